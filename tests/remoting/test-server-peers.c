/* SPDX-License-Identifier: Apache-2.0
 *
 * The server half against peers that are slow, hostile, or many.
 */
#include "server-fixture.h"

#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_drip (ServerFixture *self, const void *data)
{
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 7, 0, false, NULL, "x");
  const uint8_t *bytes = g_bytes_get_data (request, NULL);
  int fds[20];

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = server_connect (self);
  server_await_connections (self, G_N_ELEMENTS (fds));
  for (size_t at = 0; at < g_bytes_get_size (request); at++)
    {
      for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
        server_send_all (fds[i], bytes + at, 1);
      server_turn (self);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (GBytes) answer = server_receive_frame (self, fds[i]);

      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 7);
      close (fds[i]);
    }
  server_await_connections (self, 0);
}

/* Peers that do not speak the protocol, or stop in the middle: closed, one line each, and nobody else suffers. */
static void
test_hostile (ServerFixture *self, const void *data)
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
  g_autoptr (GPtrArray) good = server_calls_new (1, CODE_ECHO);

  for (unsigned i = 0; i < G_N_ELEMENTS (attacks); i++)
    {
      int fd = server_connect (self);

      server_send_all (fd, attacks[i].bytes, attacks[i].len);
      server_await_closed (self, i + 1);
      close (fd);
      g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
    }
  {
    int fd = server_connect (self);

    server_send_all (fd, "\x00\x00\x01\x00\x00\x00\x00\x80{\"code\"", 15);
    server_await_connections (self, 1);
    close (fd);
    server_await_connections (self, 0);
    g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
  }
  server_invoke_all (self, good);
  g_assert_no_error (((RmqTestCall *) good->pdata[0])->error);
  g_assert_cmpuint (self->n_requests, ==, 1);
}

/* A peer that asks for much and reads nothing is not read from any more, and others do not notice. */
static void
test_never_reads (ServerFixture *self, const void *data)
{
  int fd = server_connect (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_BIG, 1, 0, false, NULL, NULL);
  g_autoptr (GPtrArray) good = server_calls_new (100, CODE_ECHO);

  g_assert_true (g_unix_set_fd_nonblocking (fd, TRUE, NULL));
  server_await_connections (self, 1);
  for (unsigned i = 0; i < 5000; i++)
    {
      server_send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      if (i % 50 == 0)
        server_turn (self);
    }
  server_invoke_all (self, good);
  server_await_connections (self, 2);
  g_assert_cmpuint (self->n_requests, <, 120);
  close (fd);
}

/* One that is owed more than is worth keeping is dropped. */
static void
test_owed_too_much (ServerFixture *self, const void *data)
{
  int fd = server_connect (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_HOLD, 1, 0, false, NULL, "big");
  g_autoptr (GPtrArray) release = server_calls_new (1, CODE_RELEASE);

  for (unsigned i = 0; i < 80; i++)
    server_send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  while (server_get_n_held (self) < 80)
    ;
  server_invoke_all (self, release);
  server_await_connections (self, 1);
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
  close (fd);
}

/* One that reads late gets all it asked for. */
static void
test_reads_late (ServerFixture *self, const void *data)
{
  int fd = server_connect (self);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_BIG, 1, 0, false, NULL, NULL);

  for (unsigned i = 0; i < 30; i++)
    {
      server_send_all (fd, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
      if (i % 10 == 9)
        server_turn (self);
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
            server_turn (self);
        }
      answer = g_byte_array_free_to_bytes (g_steal_pointer (&got));
      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 1);
    }
  close (fd);
  server_await_connections (self, 0);
}

static void
set_idle (void *data)
{
  _rmq_remoting_server_set_idle_timeout (((ServerFixture *) data)->server, 100000);
}

static void
test_idle (ServerFixture *self, const void *data)
{
  int quiet = server_connect (self);
  int partial = server_connect (self);

  server_await_connections (self, 2);
  server_send_all (partial, "\x00\x00\x01", 3);
  rmq_test_io_call (self->io, self->context, set_idle, self);
  server_await_connections (self, 0);
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
test_thousand (ServerFixture *self, const void *data)
{
  g_autofree int *fds = g_new (int, 1000);
  g_autoptr (GBytes) request = rmq_test_frame_new (CODE_ECHO, 3, 0, false, NULL, "x");
  unsigned n_sources = self->context != NULL ? rmq_test_count_sources (self->context) : 0;

  raise_fd_limit ();
  for (unsigned i = 0; i < 1000; i++)
    {
      fds[i] = server_connect (self);
      if (i % 100 == 99)
        server_turn (self);
    }
  server_await_connections (self, 1000);
  if (self->context != NULL)
    g_assert_cmpuint (rmq_test_count_sources (self->context), ==, n_sources); /* one source for all of them */
  for (unsigned i = 0; i < 1000; i++)
    server_send_all (fds[i], g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  for (unsigned i = 0; i < 1000; i++)
    {
      g_autoptr (GBytes) answer = server_receive_frame (self, fds[i]);

      g_assert_cmpint (rmq_test_frame_get_opaque (answer), ==, 3);
    }
  for (unsigned i = 0; i < 1000; i++)
    close (fds[i]);
  server_await_connections (self, 0);
}

/* Without descriptors accepting pauses, says so once, and goes on when there are some again. */
static void
test_out_of_descriptors (ServerFixture *self, const void *data)
{
  struct rlimit before;
  struct rlimit small;
  int fds[8];
  unsigned n = 0;

  if (rmq_test_is_valgrind ())
    {
      g_test_skip ("valgrind closes what comes beyond the limit");
      return;
    }
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
    server_turn (self);
  setrlimit (RLIMIT_NOFILE, &before);
  server_await_connections (self, G_N_ELEMENTS (fds));
  g_assert_cmpuint (rmq_test_take_warnings (NULL), <=, 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  server_await_connections (self, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  server_add ("C-CODEC-014/drip", test_drip);
  server_add ("C-CODEC-015/hostile", test_hostile);
  server_add ("never-reads", test_never_reads);
  server_add ("owed-too-much", test_owed_too_much);
  server_add ("reads-late", test_reads_late);
  server_add ("C-REM-013/idle", test_idle);
  server_add ("thousand", test_thousand);
  server_add ("out-of-descriptors", test_out_of_descriptors);
  return g_test_run ();
}
