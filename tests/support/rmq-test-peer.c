/* SPDX-License-Identifier: Apache-2.0
 *
 * The scripted peer: one poll loop over the listening socket and the accepted ones. The mutex guards everything but the
 * calls of handlers and steps; those run unlocked, so that they may use the whole interface.
 */
#include "rmq-test-peer.h"
#include "base/rmq-sync-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FRAME (64u << 20)

typedef enum
{
  STEP_ACCEPT,
  STEP_READ_FRAME,
  STEP_WRITE,
  STEP_CLOSE,
  STEP_RESET,
  STEP_EXPECT_EOF,
  STEP_CALL,
} StepKind;

typedef struct
{
  StepKind kind;
  GBytes *bytes;
  size_t n_at_a_time;
  RmqTestPeerStepFunc func;
  void *data;
} Step;

typedef struct
{
  int fd; /* -1: closed */
  bool eof;
  GByteArray *input;
  GQueue frames; /* of GBytes: received, not yet given to a step or the handler */
} Connection;

typedef struct
{
  GBytes *frame;
  unsigned connection;
} Received;

struct _RmqTestPeer
{
  GMutex mutex;
  GThread *thread;
  char *address;
  uint16_t port;
  int listen_fd; /* -1: not listening */
  int wake_fd;
  bool stopping;
  bool paused;
  GPtrArray *connections; /* of Connection */
  GArray *received;       /* of Received */
  GQueue steps;           /* of Step */
  bool in_step;
  unsigned n_script_accepted;
  RmqTestPeerFrameFunc handler;
  void *handler_data;
};

static void
step_free (Step *step)
{
  g_clear_pointer (&step->bytes, g_bytes_unref);
  g_free (step);
}

static void
connection_free (Connection *connection)
{
  if (connection->fd >= 0)
    close (connection->fd);
  g_byte_array_unref (connection->input);
  g_queue_clear_full (&connection->frames, (GDestroyNotify) g_bytes_unref);
  g_free (connection);
}

static void
received_clear (Received *received)
{
  g_bytes_unref (received->frame);
}

static void
kick (RmqTestPeer *self)
{
  uint64_t one = 1;

  g_assert_cmpint (write (self->wake_fd, &one, sizeof one), ==, sizeof one);
}

static int
listen_at (uint16_t port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int one = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_cmpint (fd, >=, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), ==, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 128), ==, 0);
  return fd;
}

/* The mutex is held. */
static Connection *
get_connection (RmqTestPeer *self, unsigned index)
{
  return index < self->connections->len ? g_ptr_array_index (self->connections, index) : NULL;
}

/* The mutex is held. */
static void
close_connection (Connection *connection, bool reset)
{
  if (connection->fd < 0)
    return;
  if (reset)
    {
      struct linger now = { 1, 0 };

      setsockopt (connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
  close (connection->fd);
  connection->fd = -1;
}

/* Unlocked: it may block. The descriptor is a copy, so that a close elsewhere does not hand it to somebody else. */
static void
write_all (int fd, const uint8_t *data, size_t len)
{
  while (len > 0)
    {
      ssize_t n = send (fd, data, len, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return;
      data += n;
      len -= (size_t) n;
    }
}

void
rmq_test_peer_write (RmqTestPeer *self, unsigned connection, const void *data, size_t len)
{
  Connection *found;
  int fd = -1;

  rmq_mutex_lock (&self->mutex);
  found = get_connection (self, connection);
  if (found != NULL && found->fd >= 0)
    fd = dup (found->fd);
  rmq_mutex_unlock (&self->mutex);
  if (fd < 0)
    return;
  write_all (fd, data, len);
  close (fd);
}

void
rmq_test_peer_close (RmqTestPeer *self, unsigned connection, bool reset)
{
  Connection *found;

  rmq_mutex_lock (&self->mutex);
  found = get_connection (self, connection);
  if (found != NULL)
    close_connection (found, reset);
  rmq_mutex_unlock (&self->mutex);
  kick (self);
  rmq_test_wake ();
}

/* The mutex is held. */
static void
accept_one (RmqTestPeer *self)
{
  int one = 1;
  Connection *connection;
  int fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);

  if (fd < 0)
    return;
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connection = g_new0 (Connection, 1);
  connection->fd = fd;
  connection->input = g_byte_array_new ();
  g_queue_init (&connection->frames);
  g_ptr_array_add (self->connections, connection);
}

/* The mutex is held. */
static void
cut_frames (RmqTestPeer *self, unsigned index, Connection *connection)
{
  for (;;)
    {
      uint32_t len;
      Received received = { NULL, index };

      if (connection->input->len < sizeof len)
        return;
      memcpy (&len, connection->input->data, sizeof len);
      len = GUINT32_FROM_BE (len);
      g_assert_cmpuint (len, <, MAX_FRAME);
      if (connection->input->len - sizeof len < len)
        return;
      received.frame = g_bytes_new (connection->input->data, sizeof len + len);
      g_byte_array_remove_range (connection->input, 0, sizeof len + len);
      g_queue_push_tail (&connection->frames, g_bytes_ref (received.frame));
      g_array_append_val (self->received, received);
    }
}

/* The mutex is held. */
static void
read_some (RmqTestPeer *self, unsigned index, Connection *connection)
{
  uint8_t buffer[65536];
  ssize_t n = recv (connection->fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    {
      g_byte_array_append (connection->input, buffer, (unsigned) n);
      cut_frames (self, index, connection);
    }
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    connection->eof = true;
}

static void
run_write (RmqTestPeer *self, unsigned connection, const Step *step)
{
  size_t len;
  const uint8_t *data = g_bytes_get_data (step->bytes, &len);
  size_t chunk = step->n_at_a_time > 0 ? step->n_at_a_time : len;

  for (size_t at = 0; at < len; at += chunk)
    rmq_test_peer_write (self, connection, data + at, MIN (chunk, len - at));
}

/* Whether the step can be done now; takes what it waits for. The mutex is held. */
static bool
step_is_ready (RmqTestPeer *self, const Step *step)
{
  Connection *connection = self->n_script_accepted > 0 ? get_connection (self, self->n_script_accepted - 1) : NULL;
  g_autoptr (GBytes) frame = NULL;

  switch (step->kind)
    {
    case STEP_ACCEPT:
      if (self->n_script_accepted == self->connections->len)
        return false;
      self->n_script_accepted++;
      return true;
    case STEP_READ_FRAME:
      frame = connection != NULL ? g_queue_pop_head (&connection->frames) : NULL;
      return frame != NULL;
    case STEP_EXPECT_EOF:
      return connection != NULL && (connection->eof || connection->fd < 0);
    default:
      return true;
    }
}

/* One step, if there is one that can be done. */
static bool
run_step (RmqTestPeer *self)
{
  Step *step;
  unsigned connection;

  rmq_mutex_lock (&self->mutex);
  step = g_queue_peek_head (&self->steps);
  if (step == NULL || !step_is_ready (self, step))
    {
      rmq_mutex_unlock (&self->mutex);
      return false;
    }
  g_queue_pop_head (&self->steps);
  self->in_step = true;
  connection = MAX (self->n_script_accepted, 1) - 1;
  rmq_mutex_unlock (&self->mutex);

  if (step->kind == STEP_WRITE)
    run_write (self, connection, step);
  else if (step->kind == STEP_CLOSE || step->kind == STEP_RESET)
    rmq_test_peer_close (self, connection, step->kind == STEP_RESET);
  else if (step->kind == STEP_CALL)
    step->func (self, connection, step->data);
  step_free (step);

  rmq_mutex_lock (&self->mutex);
  self->in_step = false;
  rmq_mutex_unlock (&self->mutex);
  rmq_test_wake ();
  return true;
}

/* One frame for the handler, unless the script is to read it. */
static bool
run_handler (RmqTestPeer *self)
{
  g_autoptr (GBytes) frame = NULL;
  RmqTestPeerFrameFunc handler = NULL;
  unsigned index = 0;

  rmq_mutex_lock (&self->mutex);
  if (self->handler != NULL && g_queue_is_empty (&self->steps))
    for (index = 0; index < self->connections->len && frame == NULL; index++)
      frame = g_queue_pop_head (&get_connection (self, index)->frames);
  handler = self->handler;
  rmq_mutex_unlock (&self->mutex);
  if (frame == NULL)
    return false;
  handler (self, index - 1, frame, self->handler_data);
  return true;
}

/* The mutex is held. fds[0] is the wake-up, fds[1] the listener, fds[2 + i] connection i. */
static GArray *
describe_fds (RmqTestPeer *self)
{
  GArray *fds = g_array_new (FALSE, FALSE, sizeof (struct pollfd));
  struct pollfd fd = { self->wake_fd, POLLIN, 0 };

  g_array_append_val (fds, fd);
  fd.fd = self->listen_fd;
  g_array_append_val (fds, fd);
  for (unsigned i = 0; i < self->connections->len; i++)
    {
      const Connection *connection = get_connection (self, i);

      fd.fd = connection->eof || self->paused ? -1 : connection->fd;
      g_array_append_val (fds, fd);
    }
  return fds;
}

/* The mutex is held. */
static void
handle_events (RmqTestPeer *self, GArray *fds)
{
  uint64_t count;

  if (g_array_index (fds, struct pollfd, 0).revents != 0)
    g_assert_cmpint (read (self->wake_fd, &count, sizeof count), ==, sizeof count);
  if (g_array_index (fds, struct pollfd, 1).revents != 0 && self->listen_fd >= 0)
    accept_one (self);
  for (unsigned i = 2; i < fds->len; i++)
    {
      Connection *connection = get_connection (self, i - 2);

      if (g_array_index (fds, struct pollfd, i).revents != 0 && connection->fd >= 0)
        read_some (self, i - 2, connection);
    }
}

static void *
run (void *data)
{
  RmqTestPeer *self = data;

  for (;;)
    {
      g_autoptr (GArray) fds = NULL;
      bool stopping;

      while (run_step (self) || run_handler (self))
        ;
      rmq_mutex_lock (&self->mutex);
      stopping = self->stopping;
      fds = describe_fds (self);
      rmq_mutex_unlock (&self->mutex);
      if (stopping)
        return NULL;

      poll ((struct pollfd *) fds->data, fds->len, -1);
      rmq_mutex_lock (&self->mutex);
      handle_events (self, fds);
      rmq_mutex_unlock (&self->mutex);
      rmq_test_wake ();
    }
}

RmqTestPeer *
rmq_test_peer_new (void)
{
  RmqTestPeer *self = g_new0 (RmqTestPeer, 1);
  struct sockaddr_in address;
  socklen_t len = sizeof address;

  g_mutex_init (&self->mutex);
  g_queue_init (&self->steps);
  self->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) connection_free);
  self->received = g_array_new (FALSE, FALSE, sizeof (Received));
  g_array_set_clear_func (self->received, (GDestroyNotify) received_clear);
  self->wake_fd = eventfd (0, EFD_CLOEXEC);
  g_assert_cmpint (self->wake_fd, >=, 0);
  self->listen_fd = listen_at (0);
  g_assert_cmpint (getsockname (self->listen_fd, (struct sockaddr *) &address, &len), ==, 0);
  self->port = ntohs (address.sin_port);
  self->address = g_strdup_printf ("127.0.0.1:%u", self->port);
  self->thread = g_thread_new ("test-peer", run, self);
  return self;
}

void
rmq_test_peer_free (RmqTestPeer *self)
{
  if (self == NULL)
    return;
  rmq_mutex_lock (&self->mutex);
  self->stopping = true;
  g_queue_clear_full (&self->steps, (GDestroyNotify) step_free);
  /* A write that waits for the other side ends. */
  for (unsigned i = 0; i < self->connections->len; i++)
    if (get_connection (self, i)->fd >= 0)
      shutdown (get_connection (self, i)->fd, SHUT_RDWR);
  rmq_mutex_unlock (&self->mutex);
  kick (self);
  g_thread_join (self->thread);

  g_ptr_array_unref (self->connections);
  g_array_unref (self->received);
  if (self->listen_fd >= 0)
    close (self->listen_fd);
  close (self->wake_fd);
  g_mutex_clear (&self->mutex);
  g_free (self->address);
  g_free (self);
}

const char *
rmq_test_peer_get_address (RmqTestPeer *self)
{
  return self->address;
}

uint16_t
rmq_test_peer_get_port (RmqTestPeer *self)
{
  return self->port;
}

void
rmq_test_peer_set_handler (RmqTestPeer *self, RmqTestPeerFrameFunc func, void *data)
{
  rmq_mutex_lock (&self->mutex);
  self->handler = func;
  self->handler_data = data;
  rmq_mutex_unlock (&self->mutex);
  kick (self);
}

/* Takes the bytes. */
static void
add_step (RmqTestPeer *self, Step step)
{
  rmq_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->steps, g_memdup2 (&step, sizeof step));
  rmq_mutex_unlock (&self->mutex);
  kick (self);
}

void
rmq_test_peer_then_accept (RmqTestPeer *self)
{
  add_step (self, (Step){ .kind = STEP_ACCEPT });
}

void
rmq_test_peer_then_read_frame (RmqTestPeer *self)
{
  add_step (self, (Step){ .kind = STEP_READ_FRAME });
}

void
rmq_test_peer_then_write (RmqTestPeer *self, const void *data, size_t len)
{
  add_step (self, (Step){ .kind = STEP_WRITE, .bytes = g_bytes_new (data, len) });
}

void
rmq_test_peer_then_drip (RmqTestPeer *self, const void *data, size_t len, size_t n_at_a_time)
{
  add_step (self, (Step){ .kind = STEP_WRITE, .bytes = g_bytes_new (data, len), .n_at_a_time = n_at_a_time });
}

void
rmq_test_peer_then_close (RmqTestPeer *self)
{
  add_step (self, (Step){ .kind = STEP_CLOSE });
}

void
rmq_test_peer_then_reset (RmqTestPeer *self)
{
  add_step (self, (Step){ .kind = STEP_RESET });
}

void
rmq_test_peer_then_expect_eof (RmqTestPeer *self)
{
  add_step (self, (Step){ .kind = STEP_EXPECT_EOF });
}

void
rmq_test_peer_then_call (RmqTestPeer *self, RmqTestPeerStepFunc func, void *data)
{
  add_step (self, (Step){ .kind = STEP_CALL, .func = func, .data = data });
}

static bool
script_is_done (void *data)
{
  RmqTestPeer *self = data;
  bool done;

  rmq_mutex_lock (&self->mutex);
  done = g_queue_is_empty (&self->steps) && !self->in_step;
  rmq_mutex_unlock (&self->mutex);
  return done;
}

bool
rmq_test_peer_wait_script (RmqTestPeer *self, unsigned timeout_ms)
{
  return rmq_test_wait_until (NULL, script_is_done, self, timeout_ms);
}

void
rmq_test_peer_pause (RmqTestPeer *self, bool paused)
{
  rmq_mutex_lock (&self->mutex);
  self->paused = paused;
  rmq_mutex_unlock (&self->mutex);
  kick (self);
}

void
rmq_test_peer_set_listening (RmqTestPeer *self, bool listening)
{
  rmq_mutex_lock (&self->mutex);
  if (listening && self->listen_fd < 0)
    self->listen_fd = listen_at (self->port);
  else if (!listening && self->listen_fd >= 0)
    {
      /* shutdown () first: the poll under way holds the socket open, and it would still accept. */
      shutdown (self->listen_fd, SHUT_RDWR);
      close (self->listen_fd);
      self->listen_fd = -1;
    }
  rmq_mutex_unlock (&self->mutex);
  kick (self);
}

unsigned
rmq_test_peer_get_n_accepted (RmqTestPeer *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->connections->len;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

unsigned
rmq_test_peer_get_n_open (RmqTestPeer *self)
{
  unsigned n = 0;

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->connections->len; i++)
    n += get_connection (self, i)->fd >= 0 && !get_connection (self, i)->eof;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

unsigned
rmq_test_peer_get_n_frames (RmqTestPeer *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->received->len;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

GBytes *
rmq_test_peer_dup_frame (RmqTestPeer *self, unsigned index, unsigned *connection)
{
  Received received;

  rmq_mutex_lock (&self->mutex);
  g_assert_cmpuint (index, <, self->received->len);
  received = g_array_index (self->received, Received, index);
  g_bytes_ref (received.frame);
  rmq_mutex_unlock (&self->mutex);
  if (connection != NULL)
    *connection = received.connection;
  return received.frame;
}

typedef struct
{
  RmqTestPeer *peer;
  unsigned (*count) (RmqTestPeer *);
  unsigned wanted;
  bool exactly;
} Count;

static bool
count_is_reached (void *data)
{
  const Count *count = data;
  unsigned n = count->count (count->peer);

  return count->exactly ? n == count->wanted : n >= count->wanted;
}

bool
rmq_test_peer_wait_frames (RmqTestPeer *self, GMainContext *context, unsigned n_frames)
{
  Count count = { self, rmq_test_peer_get_n_frames, n_frames, false };

  return rmq_test_wait_until (context, count_is_reached, &count, RMQ_TEST_TIMEOUT_MS);
}

bool
rmq_test_peer_wait_accepted (RmqTestPeer *self, GMainContext *context, unsigned n_accepted)
{
  Count count = { self, rmq_test_peer_get_n_accepted, n_accepted, false };

  return rmq_test_wait_until (context, count_is_reached, &count, RMQ_TEST_TIMEOUT_MS);
}

bool
rmq_test_peer_wait_open (RmqTestPeer *self, GMainContext *context, unsigned n_open)
{
  Count count = { self, rmq_test_peer_get_n_open, n_open, true };

  return rmq_test_wait_until (context, count_is_reached, &count, RMQ_TEST_TIMEOUT_MS);
}
