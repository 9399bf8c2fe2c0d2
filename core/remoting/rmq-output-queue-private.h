/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes on their way out of a connection. Small frames are gathered into one buffer; large bodies are queued by
 * reference. Positions count bytes since the connection began, so that "has this frame been written" is a comparison.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include "rmq-buffer-pool-private.h"

/* A body of this size and more is not copied, provided that it has an owner. */
#define RMQ_OUTPUT_GATHER_LIMIT 4096

typedef struct
{
  GBytes *owner; /* of data; NULL: data was a gather buffer, and is freed */
  uint8_t *data;
  size_t len;
} RmqOutputSegment;

typedef struct
{
  RmqBufferPool *pool;
  RmqOutputSegment *segments;
  size_t n_segments;
  size_t n_allocated;
  size_t head;         /* the first segment with something left */
  RmqByteWriter tail;  /* after all segments: what is gathered now */
  size_t done;         /* bytes written of the first segment, or of the tail when there is none */
  size_t mark;         /* where the frame under way begins in the tail */
  uint64_t n_appended; /* bytes, ever */
  uint64_t n_written;  /* bytes, ever */
} RmqOutputQueue;

RMQ_PRIVATE_BEGIN

void _rmq_output_queue_init (RmqOutputQueue *self, RmqBufferPool *pool);
void _rmq_output_queue_clear (RmqOutputQueue *self);

/* Where to write the head of a frame. */
RmqByteWriter *_rmq_output_queue_begin (RmqOutputQueue *self);
/* Appends the frame's body; owner may be NULL. Ends what begin began. */
void _rmq_output_queue_end (RmqOutputQueue *self, const uint8_t *body, size_t len, GBytes *owner);
/* Gives up what was written since begin. */
void _rmq_output_queue_withdraw (RmqOutputQueue *self);

size_t _rmq_output_queue_get_vectors (RmqOutputQueue *self, GOutputVector *vectors, size_t max);
void _rmq_output_queue_written (RmqOutputQueue *self, size_t n);
/* Takes out the bytes from start to end, of which none was written: positions behind it move. */
void _rmq_output_queue_remove (RmqOutputQueue *self, uint64_t start, uint64_t end);
/* Gives memory back when all is written. */
void _rmq_output_queue_park (RmqOutputQueue *self);

RMQ_PRIVATE_END

static inline size_t
rmq_output_queue_get_unsent (const RmqOutputQueue *self)
{
  return (size_t) (self->n_appended - self->n_written);
}
