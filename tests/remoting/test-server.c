/* SPDX-License-Identifier: Apache-2.0
 *
 * The server half, with our client on the other side: requests, replies, requests of its own, streams and addresses.
 */
#include "server-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_pipelined (ServerFixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = server_calls_new (1000, CODE_ECHO);
  g_autofree char *body = g_strnfill (128, 'x');

  for (unsigned i = 0; i < calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      call->invocation.body = (const uint8_t *) body;
      call->invocation.body_len = 128;
    }
  server_invoke_all (self, calls);
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
test_serializations (ServerFixture *self, const void *data)
{
  int fd = server_connect (self);

  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, (int) i, 0, i % 2 == 1, NULL, "body");
      g_autoptr (GBytes) answer = NULL;
      g_autofree char *body = NULL;

      server_send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      answer = server_receive_frame (self, fd);
      g_assert_cmpint (((const uint8_t *) g_bytes_get_data (answer, NULL))[4], ==, i % 2);
      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, i);
      g_assert_cmpint (rmq_test_frame_get_flag (answer), ==, RMQ_FRAME_FLAG_RESPONSE);
      body = rmq_test_frame_dup_body (answer);
      g_assert_cmpstr (body, ==, "body");
    }
  close (fd);
  server_await_connections (self, 0);
}

/* One byte a segment, from many peers at once: all are served, and an idle half frame holds next to no memory. */
/* --- both ways ----------------------------------------------------------------------------------------------- */

static void
test_held (ServerFixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = server_calls_new (101, CODE_HOLD);

  ((RmqTestCall *) calls->pdata[100])->invocation.code = CODE_RELEASE;
  server_invoke_all (self, calls);
  for (unsigned i = 0; i < 100; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpstr (call->remark, ==, "held");
    }
}

static void
test_call_back (ServerFixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = server_calls_new (50, CODE_CALL_BACK);

  server_invoke_all (self, calls);
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
test_large_bodies (ServerFixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = server_calls_new (40, CODE_ECHO);
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
  server_invoke_all (self, calls);
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
  ServerFixture *self = args[0];

  *(RmqServerConnection **) args[1] = _rmq_server_connection_ref (g_array_index (self->held, ServerHeld, 0).connection);
}

/* A reference outlives the connection; what is done with it then goes nowhere, and says so. */
static void
test_use_after_close (ServerFixture *self, const void *data)
{
  int fd = server_connect (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_HOLD, 1, 0, false, NULL, NULL);
  RmqServerConnection *connection = NULL;
  Closed closed = { 0 };
  void *steal[] = { self, &connection };
  void *use[2];

  server_send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  while (server_get_n_held (self) == 0)
    ;
  rmq_test_io_call (self->io, self->context, steal_held, steal);
  close (fd);
  server_await_connections (self, 0);
  use[0] = connection;
  use[1] = &closed;
  rmq_test_io_call (self->io, self->context, use_closed, use);
  server_turn (self);
  g_assert_cmpuint (closed.n_done, ==, 1);
  g_assert_cmpint (closed.code, ==, RMQ_ERROR_CONNECTION_LOST);
}

/* --- streams ------------------------------------------------------------------------------------------------- */

static void
accept_pipe (GIOStream *other_end, void *data)
{
  ServerFixture *self = data;
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_remoting_server_accept_stream (self->server, other_end, "pipe", &error));
  g_assert_no_error (error);
}

static void
test_pipe (ServerFixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = server_calls_new (300, CODE_ECHO);
  g_autofree char *body = g_strnfill (9000, 'p');

  rmq_test_pipe_set_acceptor (accept_pipe, self, 5000);
  g_free (self->address);
  self->address = g_strdup ("pipe://server");
  for (unsigned i = 0; i < 300; i++)
    {
      ((RmqTestCall *) calls->pdata[i])->invocation.body = (const uint8_t *) body;
      ((RmqTestCall *) calls->pdata[i])->invocation.body_len = i * 30;
    }
  server_invoke_all (self, calls);
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
  ServerFixture *self = args[0];
  g_autoptr (GSocket) socket = g_socket_new_from_fd (*(int *) args[1], NULL);
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_remoting_server_accept_stream (self->server, G_IO_STREAM (connection), "unix", &error));
  g_assert_no_error (error);
}

static void
test_unix_stream (ServerFixture *self, const void *data)
{
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 9, 0, false, NULL, "u");
  g_autoptr (GBytes) answer = NULL;
  int pair[2];
  void *args[] = { self, &pair[0] };

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  rmq_test_io_call (self->io, self->context, accept_unix, args);
  server_send_all (pair[1], g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  answer = server_receive_frame (self, pair[1]);
  g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 9);
  close (pair[1]);
  server_await_connections (self, 0);
}

/* --- addresses ----------------------------------------------------------------------------------------------- */

static void
listen_badly (void *data)
{
  static const char *const bad[] = { "", "127.0.0.1", "::1:0", "[::1:0", "host.example:1", "127.0.0.1:70000", "[]:1" };
  ServerFixture *self = data;
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
test_bad_addresses (ServerFixture *self, const void *data)
{
  rmq_test_io_call (self->io, self->context, listen_badly, self);
}

/* SIGPIPE is as it was before the first socket. */
static void
test_sigpipe_untouched (ServerFixture *self, const void *data)
{
  struct sigaction action;

  g_assert_cmpint (sigaction (SIGPIPE, NULL, &action), ==, 0);
  g_assert_true (action.sa_handler == SIG_DFL);
}

int
main (int argc, char **argv)
{
  static const ServerMode ipv6 = { false, "[::1]:0", "[::1]" };
  static const ServerMode everywhere = { false, "*:0", "127.0.0.1" };
  static const ServerMode localhost = { false, "localhost:0", "127.0.0.1" };

  g_test_init (&argc, &argv, NULL);
  server_add ("C-REM-002/pipelined", test_pipelined);
  server_add ("C-CODEC-006/serializations", test_serializations);
  server_add ("C-REM-001/held", test_held);
  server_add ("call-back", test_call_back);
  server_add ("C-REM-020/large-bodies", test_large_bodies);
  server_add ("use-after-close", test_use_after_close);
  server_add ("pipe", test_pipe);
  server_add ("unix-stream", test_unix_stream);
  server_add ("bad-addresses", test_bad_addresses);
  server_add ("C-REM-018/sigpipe-untouched", test_sigpipe_untouched);
  server_add_at ("C-REM-012/ipv6", &ipv6, test_pipelined);
  server_add_at ("listen-everywhere", &everywhere, test_pipelined);
  server_add_at ("listen-localhost", &localhost, test_pipelined);
  return g_test_run ();
}
