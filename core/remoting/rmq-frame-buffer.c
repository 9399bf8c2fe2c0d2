/* SPDX-License-Identifier: Apache-2.0
 *
 * The input side's memory: one chunk, reused while nobody else holds it; a frame beyond a chunk gets a buffer that
 * grows as it fills and ends exactly as large as the frame.
 */
#include "rmq-frame-buffer-private.h"

#include "wire/rmq-frame-private.h"

/* Less room than this is not worth a read: move on to another chunk. */
#define MIN_ROOM 4096
/* A shared chunk with less room than this is let go at the end of a turn. */
#define MIN_KEPT_ROOM (16 * 1024)
/* The beginning of a frame up to this size is stashed, and its chunk goes back to the pool. */
#define MAX_STASH 4096
/* The first step beyond a chunk; from there it doubles. */
#define FIRST_GROWTH (256 * 1024)

void
_rmq_frame_buffer_init (RmqFrameBuffer *self, RmqBufferPool *pool)
{
  *self = (RmqFrameBuffer){ .pool = _rmq_buffer_pool_ref (pool) };
}

static void
drop_chunk (RmqFrameBuffer *self)
{
  _rmq_buffer_pool_give_chunk (self->pool, g_steal_pointer (&self->chunk));
  self->start = 0;
  self->end = 0;
}

void
_rmq_frame_buffer_clear (RmqFrameBuffer *self)
{
  if (self->chunk != NULL)
    drop_chunk (self);
  g_clear_pointer (&self->stash, g_free);
  g_clear_pointer (&self->pool, _rmq_buffer_pool_unref);
}

static void
unstash (RmqFrameBuffer *self)
{
  self->chunk = _rmq_buffer_pool_take_chunk (self->pool);
  self->start = 0;
  self->end = self->stash_len;
  if (self->stash_len == 0)
    return;
  memcpy (self->chunk->data, self->stash, self->stash_len);
  g_clear_pointer (&self->stash, g_free);
  self->stash_len = 0;
}

/* How large a buffer the frame under way deserves, given what of it is here. */
static size_t
size_for (RmqFrameBuffer *self, size_t have)
{
  if (self->total <= RMQ_CHUNK_SIZE || have < RMQ_CHUNK_SIZE)
    return RMQ_CHUNK_SIZE;
  return MIN (self->total, MAX (FIRST_GROWTH, have * 2));
}

/* The frame under way moves to the front of a chunk of that size. */
static void
move_to (RmqFrameBuffer *self, size_t size)
{
  RmqChunk *old = self->chunk;
  size_t have = self->end - self->start;
  RmqChunk *chunk;

  if (size == RMQ_CHUNK_SIZE)
    chunk = _rmq_buffer_pool_take_chunk (self->pool);
  else
    {
      chunk = g_malloc (sizeof (RmqChunk) + size);
      chunk->shared = NULL;
      chunk->size = size;
    }
  memcpy (chunk->data, old->data + self->start, have);
  _rmq_buffer_pool_give_chunk (self->pool, old);
  self->chunk = chunk;
  self->start = 0;
  self->end = have;
}

static void
make_room (RmqFrameBuffer *self)
{
  size_t have = self->end - self->start;
  size_t size = size_for (self, have);

  if (self->chunk->shared != NULL || size != self->chunk->size)
    {
      if (self->chunk->shared == NULL && self->start == 0 && self->chunk->size > RMQ_CHUNK_SIZE && size > have)
        {
          /* Large blocks are moved by the system, not copied. */
          self->chunk = g_realloc (self->chunk, sizeof (RmqChunk) + size);
          self->chunk->size = size;
        }
      else
        move_to (self, size);
    }
  else if (self->start > 0)
    {
      memmove (self->chunk->data, self->chunk->data + self->start, have);
      self->start = 0;
      self->end = have;
    }
}

uint8_t *
_rmq_frame_buffer_prepare (RmqFrameBuffer *self, size_t *space)
{
  size_t have;
  size_t wanted;

  if (self->chunk == NULL)
    unstash (self);
  if (self->start == self->end && self->chunk->shared == NULL && self->chunk->size == RMQ_CHUNK_SIZE)
    {
      self->start = 0;
      self->end = 0;
    }

  /* A frame that a chunk can hold must fit where it is; a larger one grows only when its buffer is full. */
  have = self->end - self->start;
  if (self->total > RMQ_CHUNK_SIZE)
    wanted = have < RMQ_CHUNK_SIZE ? MIN_ROOM : 1;
  else
    wanted = MAX (self->total > have ? self->total - have : 0, MIN_ROOM);
  if (self->chunk->size - self->end < wanted)
    make_room (self);
  *space = self->chunk->size - self->end;
  return self->chunk->data + self->end;
}

void
_rmq_frame_buffer_commit (RmqFrameBuffer *self, size_t n)
{
  self->end += n;
}

RmqFrameBufferResult
_rmq_frame_buffer_next (RmqFrameBuffer *self, const uint8_t **frame, size_t *len, GError **error)
{
  const uint8_t *data = self->chunk->data + self->start;
  size_t have = self->end - self->start;

  if (self->total == 0)
    {
      if (have == 0)
        return RMQ_FRAME_BUFFER_MORE;
      if (!_rmq_frame_peek_length (data, have, &self->total, error))
        return RMQ_FRAME_BUFFER_BAD;
    }
  if (self->total == 0 || have < self->total)
    return RMQ_FRAME_BUFFER_MORE;

  *frame = data;
  *len = self->total;
  self->start += self->total;
  self->total = 0;
  return RMQ_FRAME_BUFFER_FRAME;
}

GBytes *
_rmq_frame_buffer_share (RmqFrameBuffer *self)
{
  RmqChunk *chunk = self->chunk;

  if (chunk->shared == NULL)
    chunk->shared = g_bytes_new_with_free_func (chunk->data, chunk->size, g_free, chunk);
  return g_bytes_ref (chunk->shared);
}

void
_rmq_frame_buffer_park (RmqFrameBuffer *self)
{
  size_t have = self->end - self->start;

  if (self->chunk == NULL)
    return;
  if (self->chunk->shared != NULL && self->chunk->size - self->end >= MIN_KEPT_ROOM)
    return;
  if (have > MAX_STASH)
    return;
  if (have > 0)
    {
      self->stash = g_memdup2 (self->chunk->data + self->start, have);
      self->stash_len = have;
    }
  drop_chunk (self);
}

size_t
_rmq_frame_buffer_get_partial (const RmqFrameBuffer *self)
{
  return self->chunk != NULL ? self->end - self->start : self->stash_len;
}
