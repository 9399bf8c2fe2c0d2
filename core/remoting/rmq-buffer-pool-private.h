/* SPDX-License-Identifier: Apache-2.0
 *
 * The buffers that the connections of one client or server take turns with, so that a thousand idle connections hold
 * none. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/rmq-byte-writer-private.h"

/* One read, at most. */
#define RMQ_CHUNK_SIZE 65536

/* A stretch of received bytes. Once shared it belongs to its GBytes, and only room nobody was given may be written. */
typedef struct
{
  GBytes *shared;
  size_t size;
  uint8_t data[];
} RmqChunk;

typedef struct _RmqBufferPool RmqBufferPool;

RMQ_PRIVATE_BEGIN

RmqBufferPool *_rmq_buffer_pool_new (void);
RmqBufferPool *_rmq_buffer_pool_ref (RmqBufferPool *self);
void _rmq_buffer_pool_unref (RmqBufferPool *self);

/* Of RMQ_CHUNK_SIZE. */
RmqChunk *_rmq_buffer_pool_take_chunk (RmqBufferPool *self);
/* Any chunk: kept, freed, or left to those it is shared with. */
void _rmq_buffer_pool_give_chunk (RmqBufferPool *self, RmqChunk *chunk);

/* Lends memory to an empty writer, and takes it back from one that is empty again. */
void _rmq_buffer_pool_lend (RmqBufferPool *self, RmqByteWriter *writer);
void _rmq_buffer_pool_return (RmqBufferPool *self, RmqByteWriter *writer);

RMQ_PRIVATE_END
