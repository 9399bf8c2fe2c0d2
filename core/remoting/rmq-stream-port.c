/* SPDX-License-Identifier: Apache-2.0
 *
 * Any stream with pollable ends as a port: TLS, memory pipes, and whatever a transport wraps around its stream.
 */
#include "rmq-port-private.h"

#include <unistd.h>
#include "rmq-socket-port-private.h"

typedef struct
{
  RmqPort port;
  RmqIo *io;
  GIOStream *stream;
  GPollableInputStream *input;
  GPollableOutputStream *output;
  GSource *readable;
  GSource *writable;
} RmqStreamPort;

static gboolean
stream_ready (GObject *stream, void *data)
{
  RmqStreamPort *self = data;
  RmqIo *io = self->io;
  bool readable = stream == (GObject *) self->input;

  _rmq_io_ref (io);
  _rmq_io_enter (io);
  self->port.ready (self->port.data, readable, !readable);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
  return G_SOURCE_CONTINUE;
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
set_source (RmqStreamPort *self, GSource **source, bool wanted, bool reading)
{
  if (wanted == (*source != NULL))
    return;
  if (!wanted)
    {
      clear_source (source);
      return;
    }
  *source = reading ? g_pollable_input_stream_create_source (self->input, NULL)
                    : g_pollable_output_stream_create_source (self->output, NULL);
  g_source_set_callback (*source, G_SOURCE_FUNC (stream_ready), self, NULL);
  g_source_attach (*source, _rmq_io_get_context (self->io));
}

static void
stream_port_watch (RmqPort *port, bool readable, bool writable)
{
  RmqStreamPort *self = (RmqStreamPort *) port;

  set_source (self, &self->readable, readable, true);
  set_source (self, &self->writable, writable, false);
}

static ssize_t
stream_port_read (RmqPort *port, void *data, size_t len, GError **error)
{
  RmqStreamPort *self = (RmqStreamPort *) port;
  g_autoptr (GError) local = NULL;
  ssize_t n = g_pollable_input_stream_read_nonblocking (self->input, data, len, NULL, &local);

  if (n >= 0)
    return n;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return RMQ_PORT_WOULD_BLOCK;
  g_propagate_error (error, g_steal_pointer (&local));
  return RMQ_PORT_FAILED;
}

static ssize_t
stream_port_writev (RmqPort *port, const GOutputVector *vectors, size_t n_vectors, GError **error)
{
  RmqStreamPort *self = (RmqStreamPort *) port;
  size_t n = 0;

  switch (g_pollable_output_stream_writev_nonblocking (self->output, vectors, n_vectors, &n, NULL, error))
    {
    case G_POLLABLE_RETURN_OK:
      return (ssize_t) n;
    case G_POLLABLE_RETURN_WOULD_BLOCK:
      return RMQ_PORT_WOULD_BLOCK;
    case G_POLLABLE_RETURN_FAILED:
    default:
      return RMQ_PORT_FAILED;
    }
}

/* The socket under what a transport wrapped around it, or NULL. */
static GSocket *
find_socket (GIOStream *stream)
{
  for (unsigned depth = 0; stream != NULL && depth < 8; depth++)
    {
      if (G_IS_SOCKET_CONNECTION (stream))
        return g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
      if (g_object_class_find_property (G_OBJECT_GET_CLASS (stream), "base-io-stream") == NULL)
        return NULL;
      g_object_get (stream, "base-io-stream", &stream, NULL);
      if (stream != NULL)
        g_object_unref (stream); /* the outer one holds it */
    }
  return NULL;
}

static char *
stream_port_dup_address (RmqPort *port, bool remote)
{
  GSocket *socket = find_socket (((RmqStreamPort *) port)->stream);

  return socket != NULL ? _rmq_socket_dup_address (g_socket_get_fd (socket), remote) : NULL;
}

/* Closing TLS says goodbye and may block on it: the socket below is closed instead. */
void
_rmq_port_close_stream (GIOStream *stream)
{
  GSocket *socket = find_socket (stream);

  if (socket != NULL)
    g_socket_close (socket, NULL);
  else
    g_io_stream_close (stream, NULL, NULL);
}

static void
stream_port_free (RmqPort *port, bool forked)
{
  RmqStreamPort *self = (RmqStreamPort *) port;
  GSocket *socket;

  if (forked)
    {
      socket = find_socket (self->stream);
      if (socket != NULL)
        close (g_socket_get_fd (socket));
      return;
    }
  clear_source (&self->readable);
  clear_source (&self->writable);
  _rmq_port_close_stream (self->stream);
  g_object_unref (self->stream);
  g_free (self);
}

static const RmqPortClass stream_port_class = {
  .read = stream_port_read,
  .writev = stream_port_writev,
  .watch = stream_port_watch,
  .dup_address = stream_port_dup_address,
  .free = stream_port_free,
};

RmqPort *
_rmq_port_new_for_stream (RmqIo *io, GIOStream *stream, RmqPortReady ready, void *data, GError **error)
{
  GInputStream *input = g_io_stream_get_input_stream (stream);
  GOutputStream *output = g_io_stream_get_output_stream (stream);
  RmqStreamPort *self;

  if (G_OBJECT_TYPE (stream) == G_TYPE_TCP_CONNECTION || G_OBJECT_TYPE (stream) == G_TYPE_UNIX_CONNECTION)
    return _rmq_socket_port_new (io, G_SOCKET_CONNECTION (stream), ready, data);
  if (!G_IS_POLLABLE_INPUT_STREAM (input) || !g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (input))
      || !G_IS_POLLABLE_OUTPUT_STREAM (output)
      || !g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (output)))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "the stream %s of the transport is not pollable",
                   G_OBJECT_TYPE_NAME (stream));
      return NULL;
    }

  self = g_new0 (RmqStreamPort, 1);
  self->port = (RmqPort){ &stream_port_class, ready, data };
  self->io = io;
  self->stream = g_object_ref (stream);
  self->input = G_POLLABLE_INPUT_STREAM (input);
  self->output = G_POLLABLE_OUTPUT_STREAM (output);
  stream_port_watch (&self->port, true, false);
  return &self->port;
}
