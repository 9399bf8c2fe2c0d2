/* SPDX-License-Identifier: Apache-2.0
 *
 * A handful of spare buffers: what one connection gives back the next one takes, still warm in the cache.
 */
#include "rmq-buffer-pool-private.h"

#define MAX_SPARE 4
/* A writer that grew beyond this is not kept. */
#define MAX_KEPT_WRITER (256 * 1024)

struct _RmqBufferPool
{
  unsigned ref_count;
  unsigned n_chunks;
  RmqChunk *chunks[MAX_SPARE];
  unsigned n_writers;
  struct
  {
    uint8_t *data;
    size_t allocated;
  } writers[MAX_SPARE];
};

RmqBufferPool *
_rmq_buffer_pool_new (void)
{
  RmqBufferPool *self = g_new0 (RmqBufferPool, 1);

  self->ref_count = 1;
  return self;
}

RmqBufferPool *
_rmq_buffer_pool_ref (RmqBufferPool *self)
{
  self->ref_count++;
  return self;
}

void
_rmq_buffer_pool_unref (RmqBufferPool *self)
{
  if (--self->ref_count > 0)
    return;
  while (self->n_chunks > 0)
    g_free (self->chunks[--self->n_chunks]);
  while (self->n_writers > 0)
    g_free (self->writers[--self->n_writers].data);
  g_free (self);
}

RmqChunk *
_rmq_buffer_pool_take_chunk (RmqBufferPool *self)
{
  RmqChunk *chunk;

  if (self->n_chunks > 0)
    return self->chunks[--self->n_chunks];
  chunk = g_malloc (sizeof (RmqChunk) + RMQ_CHUNK_SIZE);
  chunk->shared = NULL;
  chunk->size = RMQ_CHUNK_SIZE;
  return chunk;
}

void
_rmq_buffer_pool_give_chunk (RmqBufferPool *self, RmqChunk *chunk)
{
  if (chunk->shared != NULL)
    g_bytes_unref (chunk->shared); /* the last one frees the chunk */
  else if (chunk->size == RMQ_CHUNK_SIZE && self->n_chunks < MAX_SPARE)
    self->chunks[self->n_chunks++] = chunk;
  else
    g_free (chunk);
}

void
_rmq_buffer_pool_lend (RmqBufferPool *self, RmqByteWriter *writer)
{
  if (writer->data != NULL || self->n_writers == 0)
    return;
  self->n_writers--;
  writer->data = self->writers[self->n_writers].data;
  writer->allocated = self->writers[self->n_writers].allocated;
}

void
_rmq_buffer_pool_return (RmqBufferPool *self, RmqByteWriter *writer)
{
  if (writer->data == NULL)
    return;
  if (self->n_writers < MAX_SPARE && writer->allocated <= MAX_KEPT_WRITER)
    {
      self->writers[self->n_writers].data = writer->data;
      self->writers[self->n_writers].allocated = writer->allocated;
      self->n_writers++;
      writer->data = NULL;
      writer->allocated = 0;
    }
  _rmq_byte_writer_clear (writer);
}
