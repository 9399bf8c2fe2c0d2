/* SPDX-License-Identifier: Apache-2.0
 *
 * The output side's memory: a list of segments and behind it the buffer that frames are gathered in.
 */
#include "rmq-output-queue-private.h"

#include <string.h>
#include "wire/rmq-frame-private.h"

/* A gather buffer this full becomes a segment, so that slow peers make a list and not one ever larger block. */
#define SEAL_AT (64 * 1024)
/* For the frame that fills it. */
#define SEAL_SLACK (8 * 1024)

void
_rmq_output_queue_init (RmqOutputQueue *self, RmqBufferPool *pool)
{
  *self =
      (RmqOutputQueue){ .pool = _rmq_buffer_pool_ref (pool), .tail = RMQ_BYTE_WRITER_INIT (2 * RMQ_FRAME_MAX_LENGTH) };
}

static void
segment_clear (RmqOutputSegment *segment)
{
  if (segment->owner != NULL)
    g_bytes_unref (segment->owner);
  else
    g_free (segment->data);
}

void
_rmq_output_queue_clear (RmqOutputQueue *self)
{
  for (size_t i = self->head; i < self->n_segments; i++)
    segment_clear (&self->segments[i]);
  g_clear_pointer (&self->segments, g_free);
  self->n_segments = self->n_allocated = self->head = 0;
  _rmq_byte_writer_clear (&self->tail);
  self->n_appended = self->n_written;
  g_clear_pointer (&self->pool, _rmq_buffer_pool_unref);
}

static RmqOutputSegment *
add_segment (RmqOutputQueue *self)
{
  if (self->head == self->n_segments)
    self->head = self->n_segments = 0;
  if (self->n_segments == self->n_allocated && self->head > 0)
    {
      memmove (self->segments, self->segments + self->head, (self->n_segments - self->head) * sizeof *self->segments);
      self->n_segments -= self->head;
      self->head = 0;
    }
  if (self->n_segments == self->n_allocated)
    {
      self->n_allocated = MAX (8, self->n_allocated * 2);
      self->segments = g_renew (RmqOutputSegment, self->segments, self->n_allocated);
    }
  return &self->segments[self->n_segments++];
}

static void
seal_tail (RmqOutputQueue *self)
{
  RmqOutputSegment *segment;

  if (self->tail.len == 0)
    return;
  segment = add_segment (self);
  segment->owner = NULL;
  segment->data = g_steal_pointer (&self->tail.data);
  segment->len = self->tail.len;
  self->tail.len = 0;
  self->tail.allocated = 0;
}

RmqByteWriter *
_rmq_output_queue_begin (RmqOutputQueue *self)
{
  bool was_full = self->tail.len >= SEAL_AT;

  if (was_full)
    seal_tail (self);
  if (self->tail.data == NULL)
    _rmq_buffer_pool_lend (self->pool, &self->tail);
  /* The next one is likely to be filled, too: it need not grow there step by step. */
  if (was_full)
    rmq_byte_writer_reserve (&self->tail, SEAL_AT + SEAL_SLACK);
  self->mark = self->tail.len;
  return &self->tail;
}

void
_rmq_output_queue_end (RmqOutputQueue *self, const uint8_t *body, size_t len, GBytes *owner)
{
  RmqOutputSegment *segment;

  if (owner == NULL || len < RMQ_OUTPUT_GATHER_LIMIT)
    {
      rmq_byte_writer_bytes (&self->tail, body, len);
      self->n_appended += self->tail.len - self->mark;
      return;
    }
  self->n_appended += self->tail.len - self->mark + len;
  seal_tail (self);
  segment = add_segment (self);
  segment->owner = g_bytes_ref (owner);
  segment->data = (uint8_t *) body;
  segment->len = len;
}

void
_rmq_output_queue_withdraw (RmqOutputQueue *self)
{
  self->tail.len = self->mark;
  self->tail.failed = false;
}

size_t
_rmq_output_queue_get_vectors (RmqOutputQueue *self, GOutputVector *vectors, size_t max)
{
  size_t skip = self->done;
  size_t n = 0;

  for (size_t i = self->head; i < self->n_segments && n < max; i++)
    {
      vectors[n].buffer = self->segments[i].data + skip;
      vectors[n].size = self->segments[i].len - skip;
      skip = 0;
      n++;
    }
  if (n < max && self->tail.len > skip)
    {
      vectors[n].buffer = self->tail.data + skip;
      vectors[n].size = self->tail.len - skip;
      n++;
    }
  return n;
}

void
_rmq_output_queue_written (RmqOutputQueue *self, size_t n)
{
  self->n_written += n;
  n += self->done;
  while (self->head < self->n_segments && n >= self->segments[self->head].len)
    {
      n -= self->segments[self->head].len;
      segment_clear (&self->segments[self->head++]);
    }
  self->done = n;
  if (self->head == self->n_segments && self->done == self->tail.len)
    {
      self->tail.len = 0;
      self->done = 0;
    }
}

/* Takes [from, to) out of a segment that only we write; returns how many bytes that were. */
static size_t
cut (uint8_t *data, size_t *len, size_t from, size_t to)
{
  memmove (data + from, data + to, *len - to);
  *len -= to - from;
  return to - from;
}

void
_rmq_output_queue_remove (RmqOutputQueue *self, uint64_t start, uint64_t end)
{
  uint64_t at = self->n_written - self->done;
  size_t kept = self->head;

  for (size_t i = self->head; i < self->n_segments; i++)
    {
      RmqOutputSegment segment = self->segments[i];
      uint64_t next = at + segment.len;
      uint64_t from = MAX (at, start);
      uint64_t to = MIN (next, end);

      if (from < to && segment.owner != NULL)
        segment.len = 0; /* a body: all of it or nothing */
      else if (from < to)
        cut (segment.data, &segment.len, (size_t) (from - at), (size_t) (to - at));
      at = next;
      if (segment.len > 0)
        self->segments[kept++] = segment;
      else
        segment_clear (&segment);
    }
  self->n_segments = kept;
  if (at < end)
    {
      uint64_t from = MAX (at, start);

      cut (self->tail.data, &self->tail.len, (size_t) (from - at), (size_t) (end - at));
    }
  self->n_appended -= end - start;
  _rmq_output_queue_written (self, 0); /* what is left in front may be nothing */
}

void
_rmq_output_queue_park (RmqOutputQueue *self)
{
  if (self->head == self->n_segments && self->tail.len == 0)
    _rmq_buffer_pool_return (self->pool, &self->tail);
}
