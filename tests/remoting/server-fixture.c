/* SPDX-License-Identifier: Apache-2.0
 *
 * The fixture of the server tests.
 */
#include "server-fixture.h"

#include <netinet/in.h>
#include <sys/socket.h>

static int64_t
deadline_us (void)
{
  return g_get_monotonic_time () + (int64_t) RMQ_TEST_TIMEOUT_MS * 1000 * rmq_test_get_slowness ();
}

typedef struct
{
  RmqInvocation invocation;
  RmqServerConnection *connection;
  int32_t opaque;
} CallBack;

static void
held_clear (void *data)
{
  _rmq_server_connection_unref (((ServerHeld *) data)->connection);
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
  ServerFixture *self = data;
  g_autoptr (GBytes) owner = NULL;
  g_autoptr (GBytes) body = NULL;
  ServerHeld held = { connection, frame->opaque, frame->body.data != NULL };

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
          ServerHeld *at = &g_array_index (self->held, ServerHeld, i);

          _rmq_server_connection_reply (at->connection, at->opaque, 0, "held", NULL, NULL, NULL, 0,
                                        at->big ? self->big : NULL);
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
  ((ServerFixture *) data)->n_released++;
}

static void
on_server_opened (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  ServerFixture *self = data;

  self->n_opened++;
  _rmq_server_connection_set_data (connection, self, count_released);
}

static void
on_server_closed (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  ServerFixture *self = data;

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
  ServerFixture *self = data;

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
  ServerFixture *self = data;
  g_autoptr (GError) error = NULL;

  self->server = _rmq_remoting_server_new (self->io, &server_events, self);
  _rmq_remoting_server_listen (self->server, self->listen_at, &self->port, &error);
  g_assert_no_error (error);
  self->client = _rmq_remoting_client_new (self->io, &self->config, &client_events, self);
}

static void
stop (void *data)
{
  ServerFixture *self = data;

  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_unref (self->client);
  g_array_set_size (self->held, 0);
  _rmq_remoting_server_close (self->server);
  _rmq_remoting_server_close (self->server);
  g_assert_cmpuint (_rmq_remoting_server_get_n_connections (self->server), ==, 0);
  _rmq_remoting_server_unref (self->server);
}

void
server_setup (ServerFixture *self, const void *data)
{
  const ServerMode *mode = data;

  rmq_test_transports_init ();
  self->n_fds = rmq_test_count_fds ();
  self->threaded = mode->threaded;
  self->listen_at = g_strdup (mode->listen_at);
  self->held = g_array_new (FALSE, FALSE, sizeof (ServerHeld));
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
  return rmq_test_count_fds () == ((ServerFixture *) data)->n_fds;
}

static bool
no_threads (void *data)
{
  return rmq_test_count_threads ("rmq-io") == 0;
}

void
server_teardown (ServerFixture *self, const void *data)
{
  rmq_test_io_call (self->io, self->context, stop, self);
  g_assert_cmpuint (self->n_opened, ==, self->n_closed);
  g_assert_cmpuint (self->n_opened, ==, self->n_released);
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 0);
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
  ServerFixture *fixture;
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

void
server_invoke_all (ServerFixture *self, GPtrArray *calls)
{
  Batch batch = { self, calls };
  int64_t end_us = deadline_us ();
  unsigned n = 0;
  void *args[] = { calls, &n };

  rmq_test_io_call (self->io, self->context, batch_invoke, &batch);
  while (n < calls->len)
    {
      rmq_test_io_call (self->io, self->context, batch_count, args);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
}

GPtrArray *
server_calls_new (unsigned n, int code)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (calls, rmq_test_call_new (code, INT64_MAX));
  return calls;
}

/* --- raw peers ----------------------------------------------------------------------------------------------- */

int
server_connect (ServerFixture *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
get_n_connections (void *data)
{
  void **args = data;

  *(size_t *) args[1] = _rmq_remoting_server_get_n_connections (((ServerFixture *) args[0])->server);
}

void
server_await_connections (ServerFixture *self, size_t wanted)
{
  int64_t end_us = deadline_us ();
  size_t n = wanted + 1;
  void *args[] = { self, &n };

  while (n != wanted)
    {
      rmq_test_io_call (self->io, self->context, get_n_connections, args);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
}

static void
get_n_closed (void *data)
{
  void **args = data;

  *(unsigned *) args[1] = ((ServerFixture *) args[0])->n_closed;
}

void
server_await_closed (ServerFixture *self, unsigned wanted)
{
  int64_t end_us = deadline_us ();
  unsigned n = 0;
  void *args[] = { self, &n };

  while (n < wanted)
    {
      rmq_test_io_call (self->io, self->context, get_n_closed, args);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
}

static void
get_n_held (void *data)
{
  void **args = data;

  *(unsigned *) args[1] = ((ServerFixture *) args[0])->held->len;
}

unsigned
server_get_n_held (ServerFixture *self)
{
  unsigned n = 0;
  void *args[] = { self, &n };

  rmq_test_io_call (self->io, self->context, get_n_held, args);
  return n;
}

void
server_send_all (int fd, const void *data, size_t len)
{
  while (len > 0)
    {
      ssize_t n = send (fd, data, len, MSG_NOSIGNAL);

      if (n <= 0)
        return;
      data = (const char *) data + n;
      len -= (size_t) n;
    }
}

static void
nothing (void *data)
{
}

void
server_turn (ServerFixture *self)
{
  rmq_test_io_call (self->io, self->context, nothing, NULL);
}

GBytes *
server_receive_frame (ServerFixture *self, int fd)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  int64_t end_us = deadline_us ();

  while (got->len < 4 || got->len < 4 + GUINT32_FROM_BE (*(const uint32_t *) (const void *) got->data))
    {
      uint8_t chunk[512];
      ssize_t n = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT);

      if (n > 0)
        g_byte_array_append (got, chunk, (unsigned) n);
      else
        server_turn (self);
      g_assert_true (n != 0);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&got));
}

/* Both serializations, each answered in its own. */

/* --- registering --------------------------------------------------------------------------------------------- */

void
server_add_at (const char *path, const ServerMode *mode, void (*func) (ServerFixture *self, const void *data))
{
  g_autofree char *full_path = g_strdup_printf ("/server/%s/%s", mode->threaded ? "thread" : "context", path);

  g_test_add (full_path, ServerFixture, mode, server_setup, func, server_teardown);
}

void
server_add (const char *path, void (*func) (ServerFixture *self, const void *data))
{
  static const ServerMode in_context = { false, "127.0.0.1:0", "127.0.0.1" };
  static const ServerMode in_thread = { true, "127.0.0.1:0", "127.0.0.1" };

  server_add_at (path, &in_context, func);
  server_add_at (path, &in_thread, func);
}
