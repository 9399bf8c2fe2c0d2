/* SPDX-License-Identifier: Apache-2.0
 *
 * The server half, with our client on the other side: both in the test's context, or both in the I/O thread.
 */
#include "remoting-support.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "remoting/rmq-memory-pipe-private.h"
#include "remoting/rmq-remoting-server-private.h"
#include "remoting/rmq-server-connection-private.h"

/* What the test's server does with a request. */
enum
{
  CODE_ECHO = 1,   /* answers with the body it got, shared, not copied */
  CODE_SILENT = 2, /* does not answer */
  CODE_HOLD = 3,   /* answers when RELEASE comes, last one first */
  CODE_RELEASE = 4,
  CODE_BIG = 5,      /* answers with 1 MiB */
  CODE_CALL_BACK = 6 /* sends a request of its own, and answers with the answer's body */
};

typedef struct
{
  RmqServerConnection *connection;
  int32_t opaque;
} Held;

typedef struct
{
  RmqInvocation invocation;
  RmqServerConnection *connection;
  int32_t opaque;
} CallBack;

typedef struct
{
  bool threaded;
  GMainContext *context; /* NULL when threaded */
  RmqIo *io;
  RmqRemotingConfig config;
  RmqRemotingClient *client;
  RmqRemotingServer *server;
  char *address;
  char *listen_at;
  uint16_t port;
  unsigned n_fds;

  GArray *held;
  GBytes *big;
  RmqSerializeType seen_type;
  unsigned n_opened;
  unsigned n_closed;
  unsigned n_requests;
  unsigned n_client_requests;
  unsigned n_released;
} Fixture;

static void
held_clear (void *data)
{
  _rmq_server_connection_unref (((Held *) data)->connection);
}

static void
called_back (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  CallBack *self = (CallBack *) invocation;
  g_autoptr (GBytes) body = NULL;

  if (response != NULL && response->body.data != NULL)
    body = g_bytes_new (response->body.data, response->body.len);
  _rmq_server_connection_reply (self->connection, self->opaque, error != NULL ? 1 : response->code,
                                error != NULL ? error->message : NULL, NULL, NULL, NULL, 0, body);
  _rmq_server_connection_unref (self->connection);
  g_free (self);
}

static void
call_back (RmqServerConnection *connection, const RmqFrame *frame)
{
  CallBack *self = g_new0 (CallBack, 1);

  self->invocation.code = 307;
  self->invocation.deadline_us = INT64_MAX;
  self->invocation.done = called_back;
  self->connection = _rmq_server_connection_ref (connection);
  self->opaque = frame->opaque;
  _rmq_server_connection_invoke (connection, &self->invocation);
}

static void
on_request (RmqRemotingServer *server, RmqServerConnection *connection, const RmqFrame *frame, void *data)
{
  Fixture *self = data;
  g_autoptr (GBytes) owner = NULL;
  g_autoptr (GBytes) body = NULL;
  Held held = { connection, frame->opaque };

  self->n_requests++;
  self->seen_type = frame->serialize_type;
  switch (frame->code)
    {
    case CODE_ECHO:
      owner = rmq_frame_share (frame);
      if (frame->body.data != NULL)
        body = g_bytes_new_from_bytes (
            owner, (size_t) (frame->body.data - (const char *) g_bytes_get_data (owner, NULL)), frame->body.len);
      if (!rmq_frame_is_oneway (frame))
        _rmq_server_connection_reply (connection, frame->opaque, 0, NULL, NULL, NULL, frame->ext, frame->n_ext, body);
      break;
    case CODE_HOLD:
      _rmq_server_connection_ref (connection);
      g_array_append_val (self->held, held);
      break;
    case CODE_RELEASE:
      for (unsigned i = self->held->len; i-- > 0;)
        {
          Held *at = &g_array_index (self->held, Held, i);

          _rmq_server_connection_reply (at->connection, at->opaque, 0, "held", NULL, NULL, NULL, 0, NULL);
        }
      g_array_set_size (self->held, 0);
      _rmq_server_connection_reply (connection, frame->opaque, 0, NULL, NULL, NULL, NULL, 0, NULL);
      break;
    case CODE_BIG:
      _rmq_server_connection_reply (connection, frame->opaque, 0, NULL, NULL, NULL, NULL, 0, self->big);
      break;
    case CODE_CALL_BACK:
      call_back (connection, frame);
      break;
    case CODE_SILENT:
    default:
      break;
    }
}

static void
count_released (void *data)
{
  ((Fixture *) data)->n_released++;
}

static void
on_server_opened (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  Fixture *self = data;

  self->n_opened++;
  _rmq_server_connection_set_data (connection, self, count_released);
}

static void
on_server_closed (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  Fixture *self = data;

  g_assert_true (_rmq_server_connection_get_data (connection) == self);
  g_assert_false (_rmq_server_connection_is_open (connection));
  self->n_closed++;
  rmq_test_wake ();
}

static void
on_client_request (RmqRemotingClient *client,
                   RmqChannel *channel,
                   const char *address,
                   const RmqFrame *request,
                   void *data)
{
  Fixture *self = data;

  self->n_client_requests++;
  if (!rmq_frame_is_oneway (request))
    _rmq_remoting_client_reply (client, channel, request->opaque, 0, NULL, NULL, NULL, (const uint8_t *) "running", 7);
}

static void
start (void *data)
{
  static const RmqRemotingServerEvents server_events = {
    .opened = on_server_opened,
    .closed = on_server_closed,
    .request = on_request,
  };
  static const RmqRemotingClientEvents client_events = { .request = on_client_request };
  Fixture *self = data;
  g_autoptr (GError) error = NULL;

  self->server = _rmq_remoting_server_new (self->io, &server_events, self);
  _rmq_remoting_server_listen (self->server, self->listen_at, &self->port, &error);
  g_assert_no_error (error);
  self->client = _rmq_remoting_client_new (self->io, &self->config, &client_events, self);
}

static void
stop (void *data)
{
  Fixture *self = data;

  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_unref (self->client);
  g_array_set_size (self->held, 0);
  _rmq_remoting_server_close (self->server);
  _rmq_remoting_server_close (self->server);
  g_assert_cmpuint (_rmq_remoting_server_get_n_connections (self->server), ==, 0);
  _rmq_remoting_server_unref (self->server);
}

typedef struct
{
  bool threaded;
  const char *listen_at;
  const char *host;
} Mode;

static void
setup (Fixture *self, const void *data)
{
  const Mode *mode = data;

  rmq_test_transports_init ();
  self->n_fds = rmq_test_count_fds ();
  self->threaded = mode->threaded;
  self->listen_at = g_strdup (mode->listen_at);
  self->held = g_array_new (FALSE, FALSE, sizeof (Held));
  g_array_set_clear_func (self->held, held_clear);
  self->big = g_bytes_new_take (g_malloc0 (1024 * 1024), 1024 * 1024);
  _rmq_remoting_config_init (&self->config);
  self->config.default_scheme = "sock";
  if (self->threaded)
    self->io = _rmq_io_get_shared ();
  else
    {
      self->context = g_main_context_new ();
      self->io = _rmq_io_new_for_context (self->context, NULL);
    }
  rmq_test_io_call (self->io, self->context, start, self);
  self->address = g_strdup_printf ("%s:%u", mode->host, self->port);
}

static bool
fds_are_back (void *data)
{
  return rmq_test_count_fds () == ((Fixture *) data)->n_fds;
}

static bool
no_threads (void *data)
{
  return rmq_test_count_threads ("rmq-io") == 0;
}

static void
teardown (Fixture *self, const void *data)
{
  rmq_test_io_call (self->io, self->context, stop, self);
  g_assert_cmpuint (self->n_opened, ==, self->n_closed);
  g_assert_cmpuint (self->n_opened, ==, self->n_released);
  _rmq_io_unref (self->io);
  if (self->context != NULL)
    {
      rmq_test_drain (self->context);
      g_assert_cmpuint (rmq_test_count_sources (self->context), ==, 0);
      g_main_context_unref (self->context);
    }
  rmq_test_assert_until (NULL, no_threads, NULL);
  rmq_test_assert_until (NULL, fds_are_back, self);
  g_array_unref (self->held);
  g_bytes_unref (self->big);
  g_free (self->address);
  g_free (self->listen_at);
}

/* --- calls in the I/O context -------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  GPtrArray *calls;
} Batch;

static void
batch_invoke (void *data)
{
  Batch *self = data;

  for (unsigned i = 0; i < self->calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (self->calls, i);

      _rmq_remoting_client_invoke (self->fixture->client, self->fixture->address, &call->invocation);
    }
}

static void
batch_count (void *data)
{
  void **args = data;
  GPtrArray *calls = args[0];
  unsigned *n = args[1];

  *n = 0;
  for (unsigned i = 0; i < calls->len; i++)
    *n += ((RmqTestCall *) g_ptr_array_index (calls, i))->n_done;
}

/* Invokes all in one turn, and waits for all. */
static void
invoke_all (Fixture *self, GPtrArray *calls)
{
  Batch batch = { self, calls };
  int64_t end_us = g_get_monotonic_time () + RMQ_TEST_TIMEOUT_MS * 1000;
  unsigned n = 0;
  void *args[] = { calls, &n };

  rmq_test_io_call (self->io, self->context, batch_invoke, &batch);
  while (n < calls->len)
    {
      rmq_test_io_call (self->io, self->context, batch_count, args);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
}

static GPtrArray *
calls_new (unsigned n, int code)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (calls, rmq_test_call_new (code, INT64_MAX));
  return calls;
}

/* --- tests --------------------------------------------------------------------------------------------------- */

static void
test_pipelined (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = calls_new (1000, CODE_ECHO);
  g_autofree char *body = g_strnfill (128, 'x');

  for (unsigned i = 0; i < calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      call->invocation.body = (const uint8_t *) body;
      call->invocation.body_len = 128;
    }
  invoke_all (self, calls);
  for (unsigned i = 0; i < calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpuint (call->n_done, ==, 1);
      g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), body, 128);
    }
  g_assert_cmpuint (self->n_opened, ==, 1);
  g_assert_cmpuint (self->n_requests, ==, 1000);
}

static void
add (const char *path, void (*func) (Fixture *self, const void *data))
{
  static const Mode in_context = { false, "127.0.0.1:0", "127.0.0.1" };
  static const Mode in_thread = { true, "127.0.0.1:0", "127.0.0.1" };
  g_autofree char *context_path = g_strdup_printf ("/server/context/%s", path);
  g_autofree char *thread_path = g_strdup_printf ("/server/thread/%s", path);

  g_test_add (context_path, Fixture, &in_context, setup, func, teardown);
  g_test_add (thread_path, Fixture, &in_thread, setup, func, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("pipelined", test_pipelined);
  return g_test_run ();
}
