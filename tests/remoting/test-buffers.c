/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of a connection: the input that frames are assembled in, the output that they are gathered in, and the
 * table of requests under way, each against a simple model.
 */
#include "remoting-support.h"

#include <string.h>
#include "remoting/rmq-frame-buffer-private.h"
#include "remoting/rmq-output-queue-private.h"
#include "remoting/rmq-pending-table-private.h"

/* --- input --------------------------------------------------------------------------------------------------- */

/* A frame of len bytes, length word included, filled with noise. */
static void
append_frame (GByteArray *all, size_t len, uint64_t *seed)
{
  size_t at = all->len;
  uint8_t head[8] = { (uint8_t) ((len - 4) >> 24),
                      (uint8_t) ((len - 4) >> 16),
                      (uint8_t) ((len - 4) >> 8),
                      (uint8_t) (len - 4),
                      0,
                      0,
                      0,
                      0 };

  g_byte_array_set_size (all, (unsigned) (at + len));
  for (size_t i = 8; i < len; i++)
    all->data[at + i] = (uint8_t) rmq_test_random (seed);
  memcpy (all->data + at, head, sizeof head);
}

typedef struct
{
  GBytes *owner;
  const uint8_t *data;
  size_t at; /* in the stream */
  size_t len;
} Kept;

static size_t
random_length (uint64_t *seed)
{
  static const size_t limits[] = { 16, 200, 5000, 70000, 400000 };

  return 8 + rmq_test_random_below (seed, limits[rmq_test_random_below (seed, G_N_ELEMENTS (limits))]);
}

static void
keep (GArray *kept, RmqFrameBuffer *buffer, const uint8_t *frame, size_t at, size_t len)
{
  Kept one = { _rmq_frame_buffer_share (buffer), frame, at, len };

  g_array_append_val (kept, one);
}

static void
release_oldest (GArray *kept, GByteArray *stream)
{
  Kept one = g_array_index (kept, Kept, 0);

  g_assert_cmpmem (one.data, one.len, stream->data + one.at, one.len);
  g_bytes_unref (one.owner);
  g_array_remove_index (kept, 0);
}

/* Any sizes of reads, some frames shared and looked at much later, parking at any time. */
static void
test_input (void)
{
  uint64_t seed = 20240101;
  RmqBufferPool *pool = _rmq_buffer_pool_new ();

  for (unsigned round = 0; round < 40; round++)
    {
      g_autoptr (GByteArray) stream = g_byte_array_new ();
      g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (Kept));
      RmqFrameBuffer buffer;
      size_t fed = 0;
      size_t seen = 0;
      size_t max_read = round % 4 == 0 ? 3 : round % 4 == 1 ? 1000 : 100000;

      while (stream->len < (max_read == 3 ? 20000 : 2000000))
        append_frame (stream, random_length (&seed), &seed);
      _rmq_frame_buffer_init (&buffer, pool);
      while (fed < stream->len)
        {
          size_t space;
          uint8_t *room = _rmq_frame_buffer_prepare (&buffer, &space);
          size_t wanted = 1 + rmq_test_random_below (&seed, max_read);
          size_t n = MIN (MIN (wanted, space), stream->len - fed);
          const uint8_t *frame;
          size_t len;

          g_assert_cmpuint (space, >, 0);
          memcpy (room, stream->data + fed, n);
          fed += n;
          _rmq_frame_buffer_commit (&buffer, n);
          while (_rmq_frame_buffer_next (&buffer, &frame, &len, NULL) == RMQ_FRAME_BUFFER_FRAME)
            {
              g_assert_cmpmem (frame, len, stream->data + seen, len);
              if (rmq_test_random_below (&seed, 5) == 0)
                keep (kept, &buffer, frame, seen, len);
              seen += len;
            }
          g_assert_cmpuint (_rmq_frame_buffer_get_partial (&buffer), ==, fed - seen);
          if (rmq_test_random_below (&seed, 3) == 0)
            _rmq_frame_buffer_park (&buffer);
          while (kept->len > 20)
            release_oldest (kept, stream);
        }
      g_assert_cmpuint (seen, ==, stream->len);
      _rmq_frame_buffer_clear (&buffer);
      while (kept->len > 0)
        release_oldest (kept, stream);
    }
  _rmq_buffer_pool_unref (pool);
}

/* What is held follows what came, not what was announced; a frame on its own is sized exactly. */
static void
test_input_memory (void)
{
  RmqBufferPool *pool = _rmq_buffer_pool_new ();
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  uint64_t seed = 1;
  RmqFrameBuffer buffer;
  size_t fed = 0;
  const uint8_t *frame;
  size_t len;

  append_frame (stream, 3000000, &seed);
  _rmq_frame_buffer_init (&buffer, pool);
  while (fed < stream->len)
    {
      size_t space;
      uint8_t *room = _rmq_frame_buffer_prepare (&buffer, &space);
      size_t n = MIN (MIN (space, 10000), stream->len - fed);

      g_assert_cmpuint (buffer.chunk->size, <=, MAX (256 * 1024, 2 * MAX (fed, 32768)));
      memcpy (room, stream->data + fed, n);
      fed += n;
      _rmq_frame_buffer_commit (&buffer, n);
      if (fed < stream->len)
        g_assert_cmpint (_rmq_frame_buffer_next (&buffer, &frame, &len, NULL), ==, RMQ_FRAME_BUFFER_MORE);
    }
  g_assert_cmpint (_rmq_frame_buffer_next (&buffer, &frame, &len, NULL), ==, RMQ_FRAME_BUFFER_FRAME);
  g_assert_cmpuint (buffer.chunk->size, ==, 3000000);
  _rmq_frame_buffer_park (&buffer);
  g_assert_null (buffer.chunk);
  _rmq_frame_buffer_clear (&buffer);
  _rmq_buffer_pool_unref (pool);
}

/* --- output -------------------------------------------------------------------------------------------------- */

typedef struct
{
  uint64_t start;
  uint64_t end;
} Span;

/* Drains at most max bytes, as a socket would, and compares them with the model. */
static void
drain (RmqOutputQueue *queue, GByteArray *model, size_t max)
{
  GOutputVector vectors[5];
  size_t n_vectors = _rmq_output_queue_get_vectors (queue, vectors, G_N_ELEMENTS (vectors));
  size_t taken = 0;

  for (size_t i = 0; i < n_vectors && taken < max; i++)
    {
      size_t n = MIN (vectors[i].size, max - taken);

      g_assert_cmpuint (vectors[i].size, >, 0);
      g_assert_cmpmem (vectors[i].buffer, n, model->data + taken, n);
      taken += n;
    }
  g_byte_array_remove_range (model, 0, (unsigned) taken);
  _rmq_output_queue_written (queue, taken);
}

static void
add_frame (RmqOutputQueue *queue, GByteArray *model, GArray *spans, GBytes *owner, uint64_t *seed)
{
  RmqByteWriter *out = _rmq_output_queue_begin (queue);
  size_t head_len = 1 + rmq_test_random_below (seed, 300);
  size_t body_len =
      rmq_test_random_below (seed, 3) == 0 ? rmq_test_random_below (seed, 20000) : rmq_test_random_below (seed, 500);
  const uint8_t *body = g_bytes_get_data (owner, NULL);
  Span span = { queue->n_appended, 0 };

  body += rmq_test_random_below (seed, 1000);
  for (size_t i = 0; i < head_len; i++)
    rmq_byte_writer_u8 (out, (uint8_t) rmq_test_random (seed));
  if (rmq_test_random_below (seed, 10) == 0)
    {
      _rmq_output_queue_withdraw (queue);
      g_assert_cmpuint (queue->n_appended, ==, span.start);
      return;
    }
  g_byte_array_append (model, out->data + out->len - head_len, (unsigned) head_len);
  g_byte_array_append (model, body, (unsigned) body_len);
  _rmq_output_queue_end (queue, body, body_len, rmq_test_random_below (seed, 2) == 0 ? owner : NULL);
  span.end = queue->n_appended;
  g_assert_cmpuint (span.end - span.start, ==, head_len + body_len);
  g_array_append_val (spans, span);
}

static void
remove_one (RmqOutputQueue *queue, GByteArray *model, GArray *spans, uint64_t *seed)
{
  unsigned at = (unsigned) rmq_test_random_below (seed, spans->len);
  Span span = g_array_index (spans, Span, at);

  if (span.start < queue->n_written)
    return;
  g_byte_array_remove_range (model, (unsigned) (span.start - queue->n_written), (unsigned) (span.end - span.start));
  _rmq_output_queue_remove (queue, span.start, span.end);
  g_array_remove_index (spans, at);
  for (unsigned i = at; i < spans->len; i++)
    {
      g_array_index (spans, Span, i).start -= span.end - span.start;
      g_array_index (spans, Span, i).end -= span.end - span.start;
    }
}

static void
test_output (void)
{
  uint64_t seed = 99;
  RmqBufferPool *pool = _rmq_buffer_pool_new ();
  g_autofree uint8_t *noise = g_malloc (30000);
  g_autoptr (GBytes) owner = NULL;

  for (size_t i = 0; i < 30000; i++)
    noise[i] = (uint8_t) rmq_test_random (&seed);
  owner = g_bytes_new (noise, 30000);
  for (unsigned round = 0; round < 60; round++)
    {
      g_autoptr (GByteArray) model = g_byte_array_new ();
      g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (Span));
      RmqOutputQueue queue;

      _rmq_output_queue_init (&queue, pool);
      for (unsigned i = 0; i < 500; i++)
        {
          add_frame (&queue, model, spans, owner, &seed);
          if (spans->len > 0 && rmq_test_random_below (&seed, 3) == 0)
            remove_one (&queue, model, spans, &seed);
          if (rmq_test_random_below (&seed, 2) == 0)
            drain (&queue, model, rmq_test_random_below (&seed, 6000));
          g_assert_cmpuint (rmq_output_queue_get_unsent (&queue), ==, model->len);
          _rmq_output_queue_park (&queue);
        }
      while (round % 2 == 0 && model->len > 0)
        drain (&queue, model, 1 + rmq_test_random_below (&seed, 50000));
      _rmq_output_queue_clear (&queue);
    }
  _rmq_buffer_pool_unref (pool);
}

/* --- requests under way -------------------------------------------------------------------------------------- */

static void
test_pending (void)
{
  RmqPendingTable table = { 0 };
  uint32_t counter = UINT32_MAX - 3000; /* wraps around on the way */
  uint64_t seed = 7;
  g_autofree RmqInvocation *all = g_new0 (RmqInvocation, 3000);
  g_autofree bool *in = g_new0 (bool, 3000);
  unsigned n_in = 0;

  g_assert_null (rmq_pending_table_lookup (&table, 0));
  for (unsigned i = 0; i < 200000; i++)
    {
      unsigned at = (unsigned) rmq_test_random_below (&seed, 3000);
      RmqInvocation *invocation = &all[at];

      if (in[at])
        {
          g_assert_true (rmq_pending_table_lookup (&table, invocation->opaque) == invocation);
          _rmq_pending_table_remove (&table, invocation);
          g_assert_null (rmq_pending_table_lookup (&table, invocation->opaque));
          n_in--;
        }
      else
        {
          _rmq_pending_table_insert (&table, invocation, &counter);
          g_assert_cmpint (invocation->opaque, >=, 0);
          n_in++;
        }
      in[at] = !in[at];
      g_assert_cmpuint (table.n_used, ==, n_in);
      rmq_pending_table_lookup (&table, (int32_t) rmq_test_random (&seed));
    }
  for (unsigned i = 0; i < 3000; i++)
    {
      if (in[i])
        g_assert_true (rmq_pending_table_lookup (&table, all[i].opaque) == &all[i]);
    }
  g_assert_cmpuint (table.n_slots, <=, 8192);
  _rmq_pending_table_clear (&table);
}

/* One old request among many new ones costs neither a collision nor a larger table. */
static void
test_pending_old (void)
{
  RmqPendingTable table = { 0 };
  uint32_t counter = 0;
  RmqInvocation old = { 0 };
  RmqInvocation fresh = { 0 };

  _rmq_pending_table_insert (&table, &old, &counter);
  for (unsigned i = 0; i < 100000; i++)
    {
      _rmq_pending_table_insert (&table, &fresh, &counter);
      g_assert_true (rmq_pending_table_lookup (&table, fresh.opaque) == &fresh);
      g_assert_true (rmq_pending_table_lookup (&table, old.opaque) == &old);
      _rmq_pending_table_remove (&table, &fresh);
    }
  g_assert_cmpuint (table.n_slots, ==, 64);
  _rmq_pending_table_clear (&table);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/buffers/C-CODEC-014/input", test_input);
  g_test_add_func ("/buffers/C-CODEC-016/input-memory", test_input_memory);
  g_test_add_func ("/buffers/output", test_output);
  g_test_add_func ("/buffers/pending", test_pending);
  g_test_add_func ("/buffers/pending-old", test_pending_old);
  return g_test_run ();
}
