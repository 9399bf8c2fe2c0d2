/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory pipes: bytes in order through small rings, sources in two contexts and threads, ends that close.
 */
#include "remoting-support.h"

#include <string.h>
#include "remoting/rmq-memory-pipe-private.h"

#define TOTAL 300000

static uint8_t
byte_at (size_t i)
{
  return (uint8_t) (i * 31 + (i >> 8));
}

static void
test_blocking_rules (void)
{
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GError) error = NULL;
  GPollableInputStream *in;
  GPollableOutputStream *out;
  GOutputVector vectors[] = { { "abc", 3 }, { "defgh", 5 }, { "ij", 2 } };
  size_t n = 0;
  char data[16];

  _rmq_memory_pipe_new (8, &a, &b);
  out = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (a));
  in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (b));
  g_assert_false (g_pollable_input_stream_is_readable (in));
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (in, data, 16, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);

  g_assert_true (g_pollable_output_stream_is_writable (out));
  g_assert_cmpint (g_pollable_output_stream_writev_nonblocking (out, vectors, 3, &n, NULL, &error), ==,
                   G_POLLABLE_RETURN_OK);
  g_assert_cmpuint (n, ==, 8); /* what fits */
  g_assert_false (g_pollable_output_stream_is_writable (out));
  g_assert_cmpint (g_pollable_output_stream_writev_nonblocking (out, vectors, 3, &n, NULL, &error), ==,
                   G_POLLABLE_RETURN_WOULD_BLOCK);
  g_assert_no_error (error);
  g_assert_cmpint (g_pollable_output_stream_write_nonblocking (out, "x", 1, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);

  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (in, data, 5, NULL, &error), ==, 5);
  g_assert_cmpmem (data, 5, "abcde", 5);
  g_assert_cmpint (g_pollable_output_stream_write_nonblocking (out, "ijklm", 5, NULL, &error), ==, 5);
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (in, data, 16, NULL, &error), ==, 8);
  g_assert_cmpmem (data, 8, "fghijklm", 8);
}

static void
test_close (void)
{
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GError) error = NULL;
  char data[16];

  _rmq_memory_pipe_new (0, &a, &b);
  g_output_stream_write_all (g_io_stream_get_output_stream (a), "last", 4, NULL, NULL, &error);
  g_assert_true (g_io_stream_close (a, NULL, &error));
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (b), data, 16, NULL, &error), ==, 4);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (b), data, 16, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_true (g_pollable_output_stream_is_writable (
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (b)))); /* in order to fail */
  g_assert_cmpint (g_output_stream_write (g_io_stream_get_output_stream (b), "x", 1, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

/* Dropping an end is closing it. */
static void
test_drop (void)
{
  GIOStream *a;
  GIOStream *b;
  char data[16];

  _rmq_memory_pipe_new (0, &a, &b);
  g_object_unref (a);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (b), data, 16, NULL, NULL), ==, 0);
  g_object_unref (b);
}

static void *
write_in_thread (void *data)
{
  GOutputStream *out = g_io_stream_get_output_stream (data);
  g_autofree uint8_t *bytes = g_malloc (TOTAL);

  for (size_t i = 0; i < TOTAL; i++)
    bytes[i] = byte_at (i);
  g_assert_true (g_output_stream_write_all (out, bytes, TOTAL, NULL, NULL, NULL));
  g_io_stream_close (data, NULL, NULL);
  return NULL;
}

typedef struct
{
  size_t n;
  bool ended;
} Reader;

static gboolean
read_some (GObject *stream, void *data)
{
  Reader *self = data;
  uint8_t bytes[777];
  ssize_t n;

  while (
      (n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), bytes, sizeof bytes, NULL, NULL))
      > 0)
    {
      for (ssize_t i = 0; i < n; i++)
        g_assert_cmpuint (bytes[i], ==, byte_at (self->n + (size_t) i));
      self->n += (size_t) n;
    }
  self->ended = n == 0;
  return !self->ended;
}

static bool
has_ended (void *data)
{
  return ((Reader *) data)->ended;
}

/* A thread that blocks at one end, a source at the other. */
static void
test_source_and_thread (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GSource) source = NULL;
  Reader reader = { 0, false };
  GThread *thread;

  _rmq_memory_pipe_new (1000, &a, &b);
  source = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (b)), NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (read_some), &reader, NULL);
  g_source_attach (source, context);
  thread = g_thread_new ("writer", write_in_thread, a);
  rmq_test_assert_until (context, has_ended, &reader);
  g_thread_join (thread);
  g_assert_cmpuint (reader.n, ==, TOTAL);
}

typedef struct
{
  GIOStream *stream;
  GCancellable *cancellable;
  int started;
} Blocked;

static void *
read_blocked (void *data)
{
  Blocked *self = data;
  GError *error = NULL;
  char byte;

  g_atomic_int_set (&self->started, 1);
  g_assert_cmpint (
      g_input_stream_read (g_io_stream_get_input_stream (self->stream), &byte, 1, self->cancellable, &error), ==, -1);
  return error;
}

static void
test_cancel_blocked (void)
{
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Blocked blocked;
  GThread *thread;

  _rmq_memory_pipe_new (10, &a, &b);
  blocked = (Blocked){ b, cancellable, 0 };
  thread = g_thread_new ("reader", read_blocked, &blocked);
  rmq_test_assert_until (NULL, rmq_test_int_is_set, &blocked.started);
  g_cancellable_cancel (cancellable);
  error = g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gboolean
count_call (GObject *stream, void *data)
{
  (*(unsigned *) data)++;
  return G_SOURCE_CONTINUE;
}

/* A source is ready when its side is, also by cancelling, and only then. */
static void
test_sources (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GIOStream) a = NULL;
  g_autoptr (GIOStream) b = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) readable = NULL;
  g_autoptr (GSource) writable = NULL;
  unsigned n_readable = 0;
  unsigned n_writable = 0;
  char data[16];

  _rmq_memory_pipe_new (4, &a, &b);
  readable =
      g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (b)), cancellable);
  writable =
      g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (a)), NULL);
  g_source_set_callback (readable, G_SOURCE_FUNC (count_call), &n_readable, NULL);
  g_source_set_callback (writable, G_SOURCE_FUNC (count_call), &n_writable, NULL);
  g_source_attach (readable, context);
  g_source_attach (writable, context);

  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_readable, ==, 0);
  g_assert_cmpuint (n_writable, ==, 1);
  g_output_stream_write (g_io_stream_get_output_stream (a), "full", 4, NULL, NULL);
  g_main_context_iteration (context, FALSE);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_readable, ==, 2);
  g_assert_cmpuint (n_writable, ==, 1);
  g_input_stream_read (g_io_stream_get_input_stream (b), data, 1, NULL, NULL);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_readable, ==, 3);
  g_assert_cmpuint (n_writable, ==, 2);
  g_input_stream_read (g_io_stream_get_input_stream (b), data, 16, NULL, NULL);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_readable, ==, 3);
  g_cancellable_cancel (cancellable);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_readable, ==, 4);
  g_source_destroy (readable);
  g_source_destroy (writable);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-pipe/blocking-rules", test_blocking_rules);
  g_test_add_func ("/memory-pipe/close", test_close);
  g_test_add_func ("/memory-pipe/drop", test_drop);
  g_test_add_func ("/memory-pipe/source-and-thread", test_source_and_thread);
  g_test_add_func ("/memory-pipe/cancel-blocked", test_cancel_blocked);
  g_test_add_func ("/memory-pipe/sources", test_sources);
  return g_test_run ();
}
