/* SPDX-License-Identifier: Apache-2.0
 *
 * The GIO shells around two memory buffers: an input stream, an output stream and the pair of both.
 */
#include "rmq-memory-pipe-private.h"

#include "rmq-memory-buffer-private.h"

/* --- input --------------------------------------------------------------------------------------------------- */

#define RMQ_TYPE_MEMORY_INPUT (rmq_memory_input_get_type ())
G_DECLARE_FINAL_TYPE (RmqMemoryInput, rmq_memory_input, RMQ, MEMORY_INPUT, GInputStream)

struct _RmqMemoryInput
{
  GInputStream parent_instance;
  RmqMemoryBuffer *buffer;
};

static void rmq_memory_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RmqMemoryInput,
                               rmq_memory_input,
                               G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, rmq_memory_input_pollable_init))

static ssize_t
rmq_memory_input_read (GInputStream *stream, void *data, size_t len, GCancellable *cancellable, GError **error)
{
  return _rmq_memory_buffer_read (RMQ_MEMORY_INPUT (stream)->buffer, data, len, true, cancellable, error);
}

static gboolean
rmq_memory_input_close (GInputStream *stream, GCancellable *cancellable, GError **error)
{
  _rmq_memory_buffer_close (RMQ_MEMORY_INPUT (stream)->buffer, RMQ_MEMORY_BUFFER_READ);
  return TRUE;
}

static void
rmq_memory_input_finalize (GObject *object)
{
  RmqMemoryInput *self = RMQ_MEMORY_INPUT (object);

  _rmq_memory_buffer_close (self->buffer, RMQ_MEMORY_BUFFER_READ);
  _rmq_memory_buffer_unref (self->buffer);
  G_OBJECT_CLASS (rmq_memory_input_parent_class)->finalize (object);
}

static void
rmq_memory_input_class_init (RmqMemoryInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rmq_memory_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = rmq_memory_input_read;
  G_INPUT_STREAM_CLASS (klass)->close_fn = rmq_memory_input_close;
}

static void
rmq_memory_input_init (RmqMemoryInput *self)
{
}

static gboolean
rmq_memory_input_is_readable (GPollableInputStream *stream)
{
  return _rmq_memory_buffer_is_ready (RMQ_MEMORY_INPUT (stream)->buffer, RMQ_MEMORY_BUFFER_READ);
}

static GSource *
rmq_memory_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  return _rmq_memory_buffer_create_source (RMQ_MEMORY_INPUT (stream)->buffer, RMQ_MEMORY_BUFFER_READ, G_OBJECT (stream),
                                           cancellable);
}

static ssize_t
rmq_memory_input_read_nonblocking (GPollableInputStream *stream, void *data, size_t len, GError **error)
{
  return _rmq_memory_buffer_read (RMQ_MEMORY_INPUT (stream)->buffer, data, len, false, NULL, error);
}

static void
rmq_memory_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = rmq_memory_input_is_readable;
  iface->create_source = rmq_memory_input_create_source;
  iface->read_nonblocking = rmq_memory_input_read_nonblocking;
}

/* --- output -------------------------------------------------------------------------------------------------- */

#define RMQ_TYPE_MEMORY_OUTPUT (rmq_memory_output_get_type ())
G_DECLARE_FINAL_TYPE (RmqMemoryOutput, rmq_memory_output, RMQ, MEMORY_OUTPUT, GOutputStream)

struct _RmqMemoryOutput
{
  GOutputStream parent_instance;
  RmqMemoryBuffer *buffer;
};

static void rmq_memory_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RmqMemoryOutput,
                               rmq_memory_output,
                               G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, rmq_memory_output_pollable_init))

static ssize_t
rmq_memory_output_write (GOutputStream *stream, const void *data, size_t len, GCancellable *cancellable, GError **error)
{
  GOutputVector vector = { data, len };

  return _rmq_memory_buffer_writev (RMQ_MEMORY_OUTPUT (stream)->buffer, &vector, 1, true, cancellable, error);
}

static gboolean
rmq_memory_output_close (GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  _rmq_memory_buffer_close (RMQ_MEMORY_OUTPUT (stream)->buffer, RMQ_MEMORY_BUFFER_WRITE);
  return TRUE;
}

static void
rmq_memory_output_finalize (GObject *object)
{
  RmqMemoryOutput *self = RMQ_MEMORY_OUTPUT (object);

  _rmq_memory_buffer_close (self->buffer, RMQ_MEMORY_BUFFER_WRITE);
  _rmq_memory_buffer_unref (self->buffer);
  G_OBJECT_CLASS (rmq_memory_output_parent_class)->finalize (object);
}

static void
rmq_memory_output_class_init (RmqMemoryOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rmq_memory_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = rmq_memory_output_write;
  G_OUTPUT_STREAM_CLASS (klass)->close_fn = rmq_memory_output_close;
}

static void
rmq_memory_output_init (RmqMemoryOutput *self)
{
}

static gboolean
rmq_memory_output_is_writable (GPollableOutputStream *stream)
{
  return _rmq_memory_buffer_is_ready (RMQ_MEMORY_OUTPUT (stream)->buffer, RMQ_MEMORY_BUFFER_WRITE);
}

static GSource *
rmq_memory_output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  return _rmq_memory_buffer_create_source (RMQ_MEMORY_OUTPUT (stream)->buffer, RMQ_MEMORY_BUFFER_WRITE,
                                           G_OBJECT (stream), cancellable);
}

static ssize_t
rmq_memory_output_write_nonblocking (GPollableOutputStream *stream, const void *data, size_t len, GError **error)
{
  GOutputVector vector = { data, len };

  return _rmq_memory_buffer_writev (RMQ_MEMORY_OUTPUT (stream)->buffer, &vector, 1, false, NULL, error);
}

static GPollableReturn
rmq_memory_output_writev_nonblocking (GPollableOutputStream *stream,
                                      const GOutputVector *vectors,
                                      size_t n_vectors,
                                      size_t *bytes_written,
                                      GError **error)
{
  g_autoptr (GError) local = NULL;
  ssize_t n = _rmq_memory_buffer_writev (RMQ_MEMORY_OUTPUT (stream)->buffer, vectors, n_vectors, false, NULL, &local);

  if (bytes_written != NULL)
    *bytes_written = (size_t) MAX (n, 0);
  if (n >= 0)
    return G_POLLABLE_RETURN_OK;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_POLLABLE_RETURN_WOULD_BLOCK;
  g_propagate_error (error, g_steal_pointer (&local));
  return G_POLLABLE_RETURN_FAILED;
}

static void
rmq_memory_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = rmq_memory_output_is_writable;
  iface->create_source = rmq_memory_output_create_source;
  iface->write_nonblocking = rmq_memory_output_write_nonblocking;
  iface->writev_nonblocking = rmq_memory_output_writev_nonblocking;
}

/* --- both ---------------------------------------------------------------------------------------------------- */

static RmqMemoryInput *
memory_input_new (RmqMemoryBuffer *buffer)
{
  RmqMemoryInput *self = g_object_new (RMQ_TYPE_MEMORY_INPUT, NULL);

  self->buffer = _rmq_memory_buffer_ref (buffer);
  return self;
}

static RmqMemoryOutput *
memory_output_new (RmqMemoryBuffer *buffer)
{
  RmqMemoryOutput *self = g_object_new (RMQ_TYPE_MEMORY_OUTPUT, NULL);

  self->buffer = _rmq_memory_buffer_ref (buffer);
  return self;
}

static GIOStream *
memory_stream_new (RmqMemoryBuffer *in, RmqMemoryBuffer *out)
{
  g_autoptr (RmqMemoryInput) input = memory_input_new (in);
  g_autoptr (RmqMemoryOutput) output = memory_output_new (out);

  return g_simple_io_stream_new (G_INPUT_STREAM (input), G_OUTPUT_STREAM (output));
}

void
_rmq_memory_pipe_new (size_t capacity, GIOStream **a, GIOStream **b)
{
  RmqMemoryBuffer *forth = _rmq_memory_buffer_new (capacity);
  RmqMemoryBuffer *back = _rmq_memory_buffer_new (capacity);

  *a = memory_stream_new (back, forth);
  *b = memory_stream_new (forth, back);
  _rmq_memory_buffer_unref (forth);
  _rmq_memory_buffer_unref (back);
}
