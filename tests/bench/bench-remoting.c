/* SPDX-License-Identifier: Apache-2.0
 *
 * What one request costs from invoke to done: the client half in this thread, our own server in another, over loopback;
 * or, with --single, both in this thread over a memory pipe, where callgrind counts the same instructions every time.
 */
#include <stdio.h>
#include <time.h>
#include "remoting/rmq-remoting-client-private.h"
#include "remoting/rmq-remoting-server-private.h"
#include "bench-send-header.h"
#include "remoting/rmq-memory-pipe-private.h"

static int n_requests = 500000;
static int in_flight = 1000;
static int body_size = 128;
static int rounds = 3;
static gboolean single;
static gboolean binary;

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct
{
  GMainContext *context;
  RmqIo *io;
  RmqRemotingServer *server;
  uint16_t port;
  int quit;
} Server;

static void
on_request (RmqRemotingServer *server, RmqServerConnection *connection, const RmqFrame *frame, void *data)
{
  RmqSendMessageResponseHeader header = { 0 };

  RMQ_HEADER_SET (header, msg_id, RMQ_SLICE_LITERAL ("7F00000100002A9F000000000001E240"));
  RMQ_HEADER_SET (header, queue_id, 3);
  RMQ_HEADER_SET (header, queue_offset, 123456);
  _rmq_server_connection_reply (connection, frame->opaque, 0, NULL, RMQ_HEADER (SendMessageResponseHeader), &header,
                                NULL, 0, NULL);
}

static const RmqRemotingServerEvents server_events = { .request = on_request };

static void *
serve (void *data)
{
  Server *self = data;

  g_main_context_push_thread_default (self->context);
  while (!g_atomic_int_get (&self->quit))
    g_main_context_iteration (self->context, TRUE);
  _rmq_remoting_server_close (self->server);
  _rmq_remoting_server_unref (self->server);
  _rmq_io_unref (self->io);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
server_start (Server *self, GMainContext *context)
{
  g_autoptr (GError) error = NULL;

  self->context = context;
  self->io = _rmq_io_new_for_context (context, NULL);
  self->server = _rmq_remoting_server_new (self->io, &server_events, self);
  if (!single && !_rmq_remoting_server_listen (self->server, "127.0.0.1:0", &self->port, &error))
    g_error ("%s", error->message);
}

/* --- a transport that needs no plugin ------------------------------------------------------------------------ */

typedef struct
{
  RmqTransport parent_instance;
} BenchTransport;

typedef struct
{
  RmqTransportClass parent_class;
} BenchTransportClass;

static Server *pipe_server;
static GType bench_transport_get_type (void);
G_DEFINE_TYPE (BenchTransport, bench_transport, RMQ_TYPE_TRANSPORT)

static void
bench_transport_connect_async (RmqTransport *self,
                               RmqEndpoint *endpoint,
                               GSocketAddress *address,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               void *data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autoptr (GIOStream) far = NULL;
  GIOStream *near;

  if (pipe_server == NULL)
    {
      g_autoptr (GSocketClient) client = g_socket_client_new ();
      GError *error = NULL;
      GSocketConnection *connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);

      if (connection != NULL)
        g_task_return_pointer (task, connection, g_object_unref);
      else
        g_task_return_error (task, error);
      return;
    }
  _rmq_memory_pipe_new (0, &near, &far);
  _rmq_remoting_server_accept_stream (pipe_server->server, far, "pipe", NULL);
  g_task_return_pointer (task, near, g_object_unref);
}

static GIOStream *
bench_transport_connect_finish (RmqTransport *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
bench_transport_class_init (BenchTransportClass *klass)
{
  klass->parent_class.connect_async = bench_transport_connect_async;
  klass->parent_class.connect_finish = bench_transport_connect_finish;
}

static void
bench_transport_init (BenchTransport *self)
{
}

/* --- the client ---------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqRemotingClient *client;
  char *address;
  RmqSendMessageRequestHeaderV2 header;
  uint8_t *body;
  int n_left;    /* to invoke */
  int n_pending; /* invoked, not done */
} Bench;

static void
invoke (Bench *self, RmqInvocation *invocation)
{
  self->n_left--;
  self->n_pending++;
  _rmq_remoting_client_invoke (self->client, self->address, invocation);
}

static void
done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Bench *self = invocation->data;

  if (error != NULL)
    g_error ("%s", error->message);
  self->n_pending--;
  if (self->n_left > 0)
    invoke (self, invocation);
}

static int64_t
clock_ns (clockid_t id)
{
  struct timespec now;

  clock_gettime (id, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
count (const RmqChannelInfo *info, void *data)
{
  *(uint64_t *) data += info->writes;
}

static void
run_round (Bench *self, GMainContext *context, RmqInvocation *invocations)
{
  uint64_t before = 0;
  uint64_t after = 0;
  int64_t cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID);
  int64_t wall_ns = clock_ns (CLOCK_MONOTONIC);

  _rmq_remoting_client_foreach (self->client, count, &before);
  self->n_left = n_requests;
  for (int i = 0; i < in_flight && self->n_left > 0; i++)
    invoke (self, &invocations[i]);
  while (self->n_pending > 0)
    g_main_context_iteration (context, TRUE);

  cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
  wall_ns = clock_ns (CLOCK_MONOTONIC) - wall_ns;
  _rmq_remoting_client_foreach (self->client, count, &after);
  printf ("{\"requests\":%d,\"in_flight\":%d,\"body\":%d,\"mode\":\"%s\",\"header\":\"%s\",\"cpu_ns\":%.0f,"
          "\"rate\":%.0f,\"requests_per_write\":%.1f}\n",
          n_requests, in_flight, body_size, single ? "single" : "loopback", binary ? "binary" : "json",
          (double) cpu_ns / n_requests, n_requests * 1e9 / (double) wall_ns,
          (double) n_requests / (double) MAX (1, after - before));
}

static void
bench (RmqIo *io, GMainContext *context, uint16_t port)
{
  RmqRemotingConfig config;
  Bench self = { 0 };
  g_autofree RmqInvocation *invocations = g_new0 (RmqInvocation, (size_t) in_flight);

  _rmq_remoting_config_init (&config);
  config.default_scheme = "bench";
  config.binary = binary;
  self.client = _rmq_remoting_client_new (io, &config, NULL, NULL);
  self.address = g_strdup_printf ("127.0.0.1:%u", single ? 1u : port);
  self.body = g_malloc0 ((size_t) body_size + 1);
  bench_fill_send_header (&self.header, BENCH_PROPERTIES);
  for (int i = 0; i < in_flight; i++)
    {
      invocations[i].code = RMQ_REQUEST_SEND_MESSAGE_V2;
      invocations[i].table = RMQ_HEADER (SendMessageRequestHeaderV2);
      invocations[i].header = &self.header;
      invocations[i].body = self.body;
      invocations[i].body_len = (size_t) body_size;
      invocations[i].deadline_us = g_get_monotonic_time () + INT64_C (3600) * G_USEC_PER_SEC;
      invocations[i].done = done;
      invocations[i].data = &self;
    }
  for (int i = 0; i < rounds; i++)
    run_round (&self, context, invocations);
  _rmq_remoting_client_close (self.client);
  _rmq_remoting_client_unref (self.client);
  g_free (self.address);
  g_free (self.body);
}

int
main (int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "count", 'n', 0, G_OPTION_ARG_INT, &n_requests, "requests a round", "N" },
    { "inflight", 'i', 0, G_OPTION_ARG_INT, &in_flight, "unanswered at most", "N" },
    { "body", 'b', 0, G_OPTION_ARG_INT, &body_size, "bytes of a body", "N" },
    { "rounds", 'r', 0, G_OPTION_ARG_INT, &rounds, "rounds", "N" },
    { "single", 's', 0, G_OPTION_ARG_NONE, &single, "client and server in one thread, over memory", NULL },
    { "binary", 0, 0, G_OPTION_ARG_NONE, &binary, "binary headers", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainContext) server_context = NULL;
  GThread *thread = NULL;
  RmqIo *io;
  Server server = { 0 };

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || n_requests <= 0 || in_flight <= 0 || body_size < 0)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "count and inflight are positive numbers");
      return 1;
    }
  rmq_plugin_registry_register (rmq_plugin_registry_get_default (), "transport", "bench", bench_transport_get_type (),
                                0, NULL);
  g_main_context_push_thread_default (context);
  io = _rmq_io_new_for_context (context, NULL);
  server_context = single ? g_main_context_ref (context) : g_main_context_new ();
  server_start (&server, server_context);
  if (single)
    pipe_server = &server;
  else
    thread = g_thread_new ("server", serve, &server);

  bench (io, context, server.port);

  g_atomic_int_set (&server.quit, 1);
  g_main_context_wakeup (server_context);
  if (thread != NULL)
    g_thread_join (thread);
  else
    serve (&server);
  _rmq_io_unref (io);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);
  return 0;
}
