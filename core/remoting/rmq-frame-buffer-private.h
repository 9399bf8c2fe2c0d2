/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts frames together out of what a connection reads. Whole frames are lent out of the buffer, which whoever needs
 * them longer may share instead of copying. Memory follows the bytes that came, never the bytes that were announced.
 */
#pragma once

#include <stdbool.h>
#include "rmq-buffer-pool-private.h"

typedef struct
{
  RmqBufferPool *pool;
  RmqChunk *chunk; /* NULL: nothing is held */
  size_t start;    /* of the next frame */
  size_t end;      /* of what was read */
  size_t total;    /* length of the next frame; 0: not known yet */
  uint8_t *stash;  /* the beginning of a frame, kept between turns */
  size_t stash_len;
} RmqFrameBuffer;

typedef enum
{
  RMQ_FRAME_BUFFER_MORE,
  RMQ_FRAME_BUFFER_FRAME,
  RMQ_FRAME_BUFFER_BAD,
} RmqFrameBufferResult;

RMQ_PRIVATE_BEGIN

void _rmq_frame_buffer_init (RmqFrameBuffer *self, RmqBufferPool *pool);
void _rmq_frame_buffer_clear (RmqFrameBuffer *self);

/* Room for the next read; *space is never 0. Then say how much was read. Frames lent before are gone. */
uint8_t *_rmq_frame_buffer_prepare (RmqFrameBuffer *self, size_t *space);
void _rmq_frame_buffer_commit (RmqFrameBuffer *self, size_t n);
/* The next whole frame; call until MORE. BAD sets error. */
RmqFrameBufferResult _rmq_frame_buffer_next (RmqFrameBuffer *self, const uint8_t **frame, size_t *len, GError **error);
/* (transfer full) Keeps the frame just handed out alive. */
GBytes *_rmq_frame_buffer_share (RmqFrameBuffer *self);
/* At the end of a turn: gives back what is not needed until the next one. */
void _rmq_frame_buffer_park (RmqFrameBuffer *self);
/* Bytes of a frame that is not complete. */
size_t _rmq_frame_buffer_get_partial (const RmqFrameBuffer *self);

RMQ_PRIVATE_END
