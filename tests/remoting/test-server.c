/* SPDX-License-Identifier: Apache-2.0
 *
 * The server half, with our client on the other side: both in the test's context, or both in the I/O thread.
 */
#include "remoting-support.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
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
  bool big; /* answered with 1 MiB */
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
  Held held = { connection, frame->opaque, frame->body.data != NULL };

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

/* --- raw peers ----------------------------------------------------------------------------------------------- */

/* A connected blocking socket; the caller closes it. */
static int
connect_raw (Fixture *self)
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

  *(size_t *) args[1] = _rmq_remoting_server_get_n_connections (((Fixture *) args[0])->server);
}

/* Until the server has so many connections. */
static void
await_connections (Fixture *self, size_t wanted)
{
  int64_t end_us = g_get_monotonic_time () + RMQ_TEST_TIMEOUT_MS * 1000;
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

  *(unsigned *) args[1] = ((Fixture *) args[0])->n_closed;
}

/* Until so many came and went. */
static void
await_closed (Fixture *self, unsigned wanted)
{
  int64_t end_us = g_get_monotonic_time () + RMQ_TEST_TIMEOUT_MS * 1000;
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

  *(unsigned *) args[1] = ((Fixture *) args[0])->held->len;
}

static void
send_all (int fd, const void *data, size_t len)
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
turn (void *data)
{
}

/* Reads a whole frame; the server runs meanwhile. */
static GBytes *
receive_frame (Fixture *self, int fd)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  int64_t end_us = g_get_monotonic_time () + RMQ_TEST_TIMEOUT_MS * 1000;

  while (got->len < 4 || got->len < 4 + GUINT32_FROM_BE (*(const uint32_t *) (const void *) got->data))
    {
      uint8_t chunk[512];
      ssize_t n = recv (fd, chunk, sizeof chunk, MSG_DONTWAIT);

      if (n > 0)
        g_byte_array_append (got, chunk, (unsigned) n);
      else
        rmq_test_io_call (self->io, self->context, turn, NULL);
      g_assert_true (n != 0);
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&got));
}

/* Both serializations, each answered in its own. */
static void
test_serializations (Fixture *self, const void *data)
{
  int fd = connect_raw (self);

  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, (int) i, 0, i % 2 == 1, NULL, "body");
      g_autoptr (GBytes) answer = NULL;
      g_autofree char *body = NULL;

      send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      answer = receive_frame (self, fd);
      g_assert_cmpint (((const uint8_t *) g_bytes_get_data (answer, NULL))[4], ==, i % 2);
      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, i);
      g_assert_cmpint (rmq_test_frame_get_flag (answer), ==, RMQ_FRAME_FLAG_RESPONSE);
      body = rmq_test_frame_dup_body (answer);
      g_assert_cmpstr (body, ==, "body");
    }
  close (fd);
  await_connections (self, 0);
}

/* One byte a segment, from many peers at once: all are served, and an idle half frame holds next to no memory. */
static void
test_drip (Fixture *self, const void *data)
{
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 7, 0, false, NULL, "x");
  const uint8_t *bytes = g_bytes_get_data (request, NULL);
  int fds[20];

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = connect_raw (self);
  await_connections (self, G_N_ELEMENTS (fds));
  for (size_t at = 0; at < g_bytes_get_size (request); at++)
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
        send_all (fds[i], bytes + at, 1);
      rmq_test_io_call (self->io, self->context, turn, NULL);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (GBytes) answer = receive_frame (self, fds[i]);

      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 7);
      close (fds[i]);
    }
  await_connections (self, 0);
}

/* Peers that do not speak the protocol, or stop in the middle: closed, one line each, and nobody else suffers. */
static void
test_hostile (Fixture *self, const void *data)
{
  static const struct
  {
    const char *bytes;
    size_t len;
  } attacks[] = {
    { "GET / HTTP/1.1\r\n\r\n", 18 },
    { "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11 },
    { "\x00\x00\x00\x03\x00\x00\x00\x00", 8 },
    { "\x7f\xff\xff\xff\x00\x00\x00\x04", 8 },
    { "\x00\x00\x00\x08\x00\x00\x00\x04junk", 12 },
  };
  g_autoptr (GPtrArray) good = calls_new (1, CODE_ECHO);

  for (unsigned i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      int fd = connect_raw (self);

      send_all (fd, attacks[i].bytes, attacks[i].len);
      await_closed (self, i + 1);
      close (fd);
      g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
    }
  {
    int fd = connect_raw (self);

    send_all (fd, "\x00\x00\x01\x00\x00\x00\x00\x80{\"code\"", 15);
    await_connections (self, 1);
    close (fd);
    await_connections (self, 0);
    g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
  }
  invoke_all (self, good);
  g_assert_no_error (((RmqTestCall *) good->pdata[0])->error);
  g_assert_cmpuint (self->n_requests, ==, 1);
}

/* A peer that asks for much and reads nothing is not read from any more, and others do not notice. */
static void
test_never_reads (Fixture *self, const void *data)
{
  int fd = connect_raw (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_BIG, 1, 0, false, NULL, NULL);
  g_autoptr (GPtrArray) good = calls_new (100, CODE_ECHO);

  g_assert_true (g_unix_set_fd_nonblocking (fd, TRUE, NULL));
  await_connections (self, 1);
  for (unsigned i = 0; i < 5000; i++)
    {
      send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      if (i % 50 == 0)
        rmq_test_io_call (self->io, self->context, turn, NULL);
    }
  invoke_all (self, good);
  await_connections (self, 2);
  g_assert_cmpuint (self->n_requests, <, 120);
  close (fd);
}

/* One that is owed more than is worth keeping is dropped. */
static void
test_owed_too_much (Fixture *self, const void *data)
{
  int fd = connect_raw (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_HOLD, 1, 0, false, NULL, "big");
  g_autoptr (GPtrArray) release = calls_new (1, CODE_RELEASE);
  unsigned n = 0;

  for (unsigned i = 0; i < 80; i++)
    send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  while (n < 80)
    {
      void *args[] = { self, &n };

      rmq_test_io_call (self->io, self->context, get_n_held, args);
    }
  invoke_all (self, release);
  await_connections (self, 1);
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
  close (fd);
}

/* One that reads late gets all it asked for. */
static void
test_reads_late (Fixture *self, const void *data)
{
  int fd = connect_raw (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_BIG, 1, 0, false, NULL, NULL);

  for (unsigned i = 0; i < 30; i++)
    {
      send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      if (i % 10 == 9)
        rmq_test_io_call (self->io, self->context, turn, NULL);
    }
  for (unsigned i = 0; i < 30; i++)
    {
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GByteArray) got = g_byte_array_new ();

      while (got->len < 4 || got->len < 4 + GUINT32_FROM_BE (*(const uint32_t *) (const void *) got->data))
        {
          uint8_t chunk[65536];
          size_t want = got->len < 4 ? 4 - got->len
                                     : 4 + GUINT32_FROM_BE (*(const uint32_t *) (const void *) got->data) - got->len;
          ssize_t n = recv (fd, chunk, MIN (want, sizeof chunk), MSG_DONTWAIT);

          g_assert_true (n != 0);
          if (n > 0)
            g_byte_array_append (got, chunk, (unsigned) n);
          else
            rmq_test_io_call (self->io, self->context, turn, NULL);
        }
      answer = g_byte_array_free_to_bytes (g_steal_pointer (&got));
      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 1);
    }
  close (fd);
  await_connections (self, 0);
}

static void
set_idle (void *data)
{
  _rmq_remoting_server_set_idle_timeout (((Fixture *) data)->server, 100000);
}

static void
test_idle (Fixture *self, const void *data)
{
  int quiet = connect_raw (self);
  int partial = connect_raw (self);

  await_connections (self, 2);
  send_all (partial, "\x00\x00\x01", 3);
  rmq_test_io_call (self->io, self->context, set_idle, self);
  await_connections (self, 0);
  g_assert_cmpuint (rmq_test_take_warnings (NULL), <=, 1); /* of the partial one, unless idleness came first */
  close (quiet);
  close (partial);
}

/* --- many connections ---------------------------------------------------------------------------------------- */

static void
raise_fd_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = MIN (limit.rlim_max, 8192);
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
test_thousand (Fixture *self, const void *data)
{
  g_autofree int *fds = g_new (int, 1000);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 3, 0, false, NULL, "x");
  unsigned n_sources = self->context != NULL ? rmq_test_count_sources (self->context) : 0;

  raise_fd_limit ();
  for (unsigned i = 0; i < 1000; i++)
    {
      fds[i] = connect_raw (self);
      if (i % 100 == 99)
        rmq_test_io_call (self->io, self->context, turn, NULL);
    }
  await_connections (self, 1000);
  if (self->context != NULL)
    g_assert_cmpuint (rmq_test_count_sources (self->context), ==, n_sources); /* one source for all of them */
  for (unsigned i = 0; i < 1000; i++)
    send_all (fds[i], g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  for (unsigned i = 0; i < 1000; i++)
    {
      g_autoptr (GBytes) answer = receive_frame (self, fds[i]);

      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 3);
    }
  for (unsigned i = 0; i < 1000; i++)
    close (fds[i]);
  await_connections (self, 0);
}

/* Without descriptors accepting pauses, says so once, and goes on when there are some again. */
static void
test_out_of_descriptors (Fixture *self, const void *data)
{
  struct rlimit before;
  struct rlimit small;
  int fds[8];
  unsigned n = 0;

  getrlimit (RLIMIT_NOFILE, &before);
  small = before;
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      small.rlim_cur = MAX (small.rlim_cur == before.rlim_cur ? 0 : small.rlim_cur, (rlim_t) fds[i] + 1);
    }
  setrlimit (RLIMIT_NOFILE, &small);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };

      address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
      n += connect (fds[i], (struct sockaddr *) &address, sizeof address) == 0;
    }
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (fds));
  for (unsigned i = 0; i < 5; i++)
    rmq_test_io_call (self->io, self->context, turn, NULL);
  setrlimit (RLIMIT_NOFILE, &before);
  await_connections (self, G_N_ELEMENTS (fds));
  g_assert_cmpuint (rmq_test_take_warnings (NULL), <=, 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  await_connections (self, 0);
}

/* --- both ways ----------------------------------------------------------------------------------------------- */

static void
test_held (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = calls_new (101, CODE_HOLD);

  ((RmqTestCall *) calls->pdata[100])->invocation.code = CODE_RELEASE;
  invoke_all (self, calls);
  for (unsigned i = 0; i < 100; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpstr (call->remark, ==, "held");
    }
}

static void
test_call_back (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = calls_new (50, CODE_CALL_BACK);

  invoke_all (self, calls);
  for (unsigned i = 0; i < 50; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpint (call->code, ==, 0);
      g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), "running", 7);
    }
  g_assert_cmpuint (self->n_client_requests, ==, 50);
}

static void
test_large_bodies (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = calls_new (40, CODE_ECHO);
  g_autofree uint8_t *body = g_malloc (4 * 1024 * 1024);
  g_autoptr (GBytes) owner = NULL;

  for (size_t i = 0; i < 4 * 1024 * 1024; i++)
    body[i] = (uint8_t) (i * 7 + (i >> 12));
  owner = g_bytes_new_static (body, 4 * 1024 * 1024);
  for (unsigned i = 0; i < 40; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      call->invocation.body = body + i;
      call->invocation.body_len = i % 2 == 0 ? 10 : 2 * 1024 * 1024 + i;
      call->invocation.body_bytes = owner;
    }
  invoke_all (self, calls);
  for (unsigned i = 0; i < 40; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), call->invocation.body,
                       call->invocation.body_len);
    }
}

typedef struct
{
  RmqInvocation invocation;
  unsigned n_done;
  int code;
} Closed;

static void
closed_done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Closed *self = (Closed *) invocation;

  self->n_done++;
  self->code = error->code;
}

static void
use_closed (void *data)
{
  void **args = data;
  RmqServerConnection *connection = args[0];
  Closed *closed = args[1];

  g_assert_false (_rmq_server_connection_is_open (connection));
  _rmq_server_connection_reply (connection, 1, 0, NULL, NULL, NULL, NULL, 0, NULL);
  _rmq_server_connection_close (connection);
  closed->invocation.deadline_us = INT64_MAX;
  closed->invocation.done = closed_done;
  _rmq_server_connection_invoke (connection, &closed->invocation);
  _rmq_server_connection_unref (connection);
  g_assert_cmpuint (closed->n_done, ==, 0);
}

static void
steal_held (void *data)
{
  void **args = data;
  Fixture *self = args[0];

  *(RmqServerConnection **) args[1] = _rmq_server_connection_ref (g_array_index (self->held, Held, 0).connection);
}

/* A reference outlives the connection; what is done with it then goes nowhere, and says so. */
static void
test_use_after_close (Fixture *self, const void *data)
{
  int fd = connect_raw (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_HOLD, 1, 0, false, NULL, NULL);
  RmqServerConnection *connection = NULL;
  unsigned n = 0;
  Closed closed = { 0 };
  void *steal[] = { self, &connection };
  void *use[2];

  send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  while (n == 0)
    {
      void *args[] = { self, &n };

      rmq_test_io_call (self->io, self->context, get_n_held, args);
    }
  rmq_test_io_call (self->io, self->context, steal_held, steal);
  close (fd);
  await_connections (self, 0);
  use[0] = connection;
  use[1] = &closed;
  rmq_test_io_call (self->io, self->context, use_closed, use);
  rmq_test_io_call (self->io, self->context, turn, NULL);
  g_assert_cmpuint (closed.n_done, ==, 1);
  g_assert_cmpint (closed.code, ==, RMQ_ERROR_CONNECTION_LOST);
}

/* --- streams ------------------------------------------------------------------------------------------------- */

static void
accept_pipe (GIOStream *other_end, void *data)
{
  Fixture *self = data;
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_remoting_server_accept_stream (self->server, other_end, "pipe", &error));
  g_assert_no_error (error);
}

static void
test_pipe (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = calls_new (300, CODE_ECHO);
  g_autofree char *body = g_strnfill (9000, 'p');

  rmq_test_pipe_set_acceptor (accept_pipe, self, 5000);
  g_free (self->address);
  self->address = g_strdup ("pipe://server");
  for (unsigned i = 0; i < 300; i++)
    {
      ((RmqTestCall *) calls->pdata[i])->invocation.body = (const uint8_t *) body;
      ((RmqTestCall *) calls->pdata[i])->invocation.body_len = i * 30;
    }
  invoke_all (self, calls);
  for (unsigned i = 0; i < 300; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpuint (call->body != NULL ? g_bytes_get_size (call->body) : 0, ==, i * 30);
    }
}

static void
accept_unix (void *data)
{
  void **args = data;
  Fixture *self = args[0];
  g_autoptr (GSocket) socket = g_socket_new_from_fd (*(int *) args[1], NULL);
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_remoting_server_accept_stream (self->server, G_IO_STREAM (connection), "unix", &error));
  g_assert_no_error (error);
}

static void
test_unix_stream (Fixture *self, const void *data)
{
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 9, 0, false, NULL, "u");
  g_autoptr (GBytes) answer = NULL;
  int pair[2];
  void *args[] = { self, &pair[0] };

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  rmq_test_io_call (self->io, self->context, accept_unix, args);
  send_all (pair[1], g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  answer = receive_frame (self, pair[1]);
  g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 9);
  close (pair[1]);
  await_connections (self, 0);
}

/* --- addresses ----------------------------------------------------------------------------------------------- */

static void
listen_badly (void *data)
{
  static const char *const bad[] = { "", "127.0.0.1", "::1:0", "[::1:0", "host.example:1", "127.0.0.1:70000", "[]:1" };
  Fixture *self = data;
  g_autoptr (GError) in_use = NULL;
  uint16_t port;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (_rmq_remoting_server_listen (self->server, bad[i], &port, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
  g_assert_false (_rmq_remoting_server_listen (self->server, self->address, &port, &in_use));
  g_assert_error (in_use, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (in_use->message, self->address));
}

static void
test_bad_addresses (Fixture *self, const void *data)
{
  rmq_test_io_call (self->io, self->context, listen_badly, self);
}

/* SIGPIPE is as it was before the first socket. */
static void
test_sigpipe_untouched (Fixture *self, const void *data)
{
  struct sigaction action;

  g_assert_cmpint (sigaction (SIGPIPE, NULL, &action), ==, 0);
  g_assert_true (action.sa_handler == SIG_DFL);
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

static const Mode ipv6 = { false, "[::1]:0", "[::1]" };
static const Mode everywhere = { false, "*:0", "127.0.0.1" };
static const Mode localhost = { false, "localhost:0", "127.0.0.1" };

static void
add_at (const char *path, const Mode *mode, void (*func) (Fixture *self, const void *data))
{
  g_autofree char *full_path = g_strdup_printf ("/server/context/%s", path);

  g_test_add (full_path, Fixture, mode, setup, func, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("C-REM-002/pipelined", test_pipelined);
  add ("C-CODEC-006/serializations", test_serializations);
  add ("C-CODEC-014/drip", test_drip);
  add ("C-CODEC-015/hostile", test_hostile);
  add ("never-reads", test_never_reads);
  add ("owed-too-much", test_owed_too_much);
  add ("reads-late", test_reads_late);
  add ("C-REM-013/idle", test_idle);
  add ("thousand", test_thousand);
  add ("out-of-descriptors", test_out_of_descriptors);
  add ("C-REM-001/held", test_held);
  add ("call-back", test_call_back);
  add ("C-REM-020/large-bodies", test_large_bodies);
  add ("use-after-close", test_use_after_close);
  add ("pipe", test_pipe);
  add ("unix-stream", test_unix_stream);
  add ("bad-addresses", test_bad_addresses);
  add ("C-REM-018/sigpipe-untouched", test_sigpipe_untouched);
  add_at ("C-REM-012/ipv6", &ipv6, test_pipelined);
  add_at ("listen-everywhere", &everywhere, test_pipelined);
  add_at ("listen-localhost", &localhost, test_pipelined);
  return g_test_run ();
}
