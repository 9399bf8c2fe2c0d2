/* SPDX-License-Identifier: Apache-2.0
 *
 * A plain socket as a port: one source on its descriptor. Cheaper by half than two pollable sources and two stream
 * objects, for the same bytes.
 */
#include "rmq-socket-port-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

G_STATIC_ASSERT (sizeof (GOutputVector) == sizeof (struct iovec));
G_STATIC_ASSERT (G_STRUCT_OFFSET (GOutputVector, buffer) == G_STRUCT_OFFSET (struct iovec, iov_base));
G_STATIC_ASSERT (G_STRUCT_OFFSET (GOutputVector, size) == G_STRUCT_OFFSET (struct iovec, iov_len));

/* --- descriptors --------------------------------------------------------------------------------------------- */

static ssize_t
failed (int code, GError **error)
{
  if (code == EAGAIN || code == EWOULDBLOCK)
    return RMQ_PORT_WOULD_BLOCK;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return RMQ_PORT_FAILED;
}

ssize_t
_rmq_socket_read (int fd, void *data, size_t len, GError **error)
{
  ssize_t n;

  do
    n = recv (fd, data, len, 0);
  while (n < 0 && errno == EINTR);
  return n >= 0 ? n : failed (errno, error);
}

ssize_t
_rmq_socket_writev (int fd, const GOutputVector *vectors, size_t n_vectors, GError **error)
{
  struct msghdr message = { .msg_iov = (struct iovec *) vectors, .msg_iovlen = n_vectors };
  ssize_t n;

  do
    n = n_vectors == 1 ? send (fd, vectors->buffer, vectors->size, MSG_NOSIGNAL) : sendmsg (fd, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n >= 0 ? n : failed (errno, error);
}

char *
_rmq_socket_dup_address (int fd, bool remote)
{
  struct sockaddr_storage native;
  socklen_t len = sizeof native;
  g_autoptr (GSocketAddress) address = NULL;

  if ((remote ? getpeername (fd, (struct sockaddr *) &native, &len)
              : getsockname (fd, (struct sockaddr *) &native, &len))
      != 0)
    return NULL;
  address = g_socket_address_new_from_native (&native, len);
  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
}

void
_rmq_socket_class_init (void)
{
  static size_t done = 0;

  if (g_once_init_enter (&done))
    {
      struct sigaction before;
      bool known = sigaction (SIGPIPE, NULL, &before) == 0;

      g_type_class_unref (g_type_class_ref (G_TYPE_SOCKET));
      if (known)
        sigaction (SIGPIPE, &before, NULL);
      g_once_init_leave (&done, 1);
    }
}

/* --- the port ------------------------------------------------------------------------------------------------ */

typedef struct
{
  RmqPort port;
  RmqIo *io;
  GSocketConnection *connection;
  int fd;
  GSource *source;
} RmqSocketPort;

typedef struct
{
  GSource source;
  RmqSocketPort *port;
  void *tag;
  GIOCondition watched;
  bool dispatching;
  bool muted; /* somebody iterates the context from inside our dispatch */
} SocketSource;

/* GLib keeps a source from being dispatched within its own dispatch by taking its descriptors out of the poll and
 * putting them back, which wakes the context twice each time: four system calls for every read. So it may recurse, and
 * is deaf while it does. */
static gboolean
socket_source_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  SocketSource *self = (SocketSource *) source;
  RmqPort *port = &self->port->port;
  RmqIo *io = self->port->io;
  GIOCondition ready = g_source_query_unix_fd (source, self->tag);
  bool readable = (ready & (G_IO_IN | G_IO_ERR | G_IO_HUP | G_IO_NVAL)) != 0; /* reading tells what broke */
  bool writable = (ready & G_IO_OUT) != 0;

  if (self->dispatching)
    {
      self->muted = true;
      g_source_modify_unix_fd (source, self->tag, 0);
      return G_SOURCE_CONTINUE;
    }

  self->dispatching = true;
  /* io outlives the call: the port may go, and with it what holds io. */
  _rmq_io_ref (io);
  _rmq_io_enter (io);
  port->ready (port->data, readable, writable);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
  self->dispatching = false;
  if (G_UNLIKELY (self->muted) && !g_source_is_destroyed (source))
    {
      self->muted = false;
      g_source_modify_unix_fd (source, self->tag, self->watched);
    }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs socket_source_funcs = { .dispatch = socket_source_dispatch };

static ssize_t
socket_port_read (RmqPort *port, void *data, size_t len, GError **error)
{
  return _rmq_socket_read (((RmqSocketPort *) port)->fd, data, len, error);
}

static ssize_t
socket_port_writev (RmqPort *port, const GOutputVector *vectors, size_t n_vectors, GError **error)
{
  return _rmq_socket_writev (((RmqSocketPort *) port)->fd, vectors, n_vectors, error);
}

static void
socket_port_watch (RmqPort *port, bool readable, bool writable)
{
  SocketSource *source = (SocketSource *) ((RmqSocketPort *) port)->source;
  GIOCondition wanted = (readable ? G_IO_IN : 0) | (writable ? G_IO_OUT : 0);

  if (source->watched == wanted)
    return;
  source->watched = wanted;
  g_source_modify_unix_fd (&source->source, source->tag, wanted);
}

static char *
socket_port_dup_address (RmqPort *port, bool remote)
{
  return _rmq_socket_dup_address (((RmqSocketPort *) port)->fd, remote);
}

static void
socket_port_free (RmqPort *port, bool forked)
{
  RmqSocketPort *self = (RmqSocketPort *) port;

  if (forked)
    {
      close (self->fd);
      return;
    }
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_object_unref (self->connection);
  g_free (self);
}

static const RmqPortClass socket_port_class = {
  .short_read_is_last = true,
  .read = socket_port_read,
  .writev = socket_port_writev,
  .watch = socket_port_watch,
  .dup_address = socket_port_dup_address,
  .free = socket_port_free,
};

RmqPort *
_rmq_socket_port_new (RmqIo *io, GSocketConnection *connection, RmqPortReady ready, void *data)
{
  RmqSocketPort *self = g_new0 (RmqSocketPort, 1);
  SocketSource *source;

  self->port = (RmqPort){ &socket_port_class, ready, data };
  self->io = io;
  self->connection = g_object_ref (connection);
  self->fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
  g_socket_set_blocking (g_socket_connection_get_socket (connection), FALSE);

  self->source = g_source_new (&socket_source_funcs, sizeof (SocketSource));
  source = (SocketSource *) self->source;
  source->port = self;
  source->watched = G_IO_IN;
  source->tag = g_source_add_unix_fd (self->source, self->fd, G_IO_IN);
  g_source_set_can_recurse (self->source, TRUE);
  g_source_set_static_name (self->source, "rmq socket");
  g_source_attach (self->source, _rmq_io_get_context (io));
  return &self->port;
}
