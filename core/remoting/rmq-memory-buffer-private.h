/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a memory pipe: a bounded ring of bytes under a lock, with sources and threads that wait for it.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

typedef struct _RmqMemoryBuffer RmqMemoryBuffer;

typedef enum
{
  RMQ_MEMORY_BUFFER_READ,
  RMQ_MEMORY_BUFFER_WRITE,
} RmqMemoryBufferSide;

RMQ_PRIVATE_BEGIN

RmqMemoryBuffer *_rmq_memory_buffer_new (size_t capacity);
RmqMemoryBuffer *_rmq_memory_buffer_ref (RmqMemoryBuffer *self);
void _rmq_memory_buffer_unref (RmqMemoryBuffer *self);

/* Any thread. 0 is end of stream; -1 with G_IO_ERROR_WOULD_BLOCK unless block. */
ssize_t _rmq_memory_buffer_read (RmqMemoryBuffer *self,
                                 void *data,
                                 size_t len,
                                 bool block,
                                 GCancellable *cancellable,
                                 GError **error);
/* Takes what fits, across vectors; at least one byte, or -1. */
ssize_t _rmq_memory_buffer_writev (RmqMemoryBuffer *self,
                                   const GOutputVector *vectors,
                                   size_t n_vectors,
                                   bool block,
                                   GCancellable *cancellable,
                                   GError **error);
/* That side will not do it again. */
void _rmq_memory_buffer_close (RmqMemoryBuffer *self, RmqMemoryBufferSide side);
bool _rmq_memory_buffer_is_ready (RmqMemoryBuffer *self, RmqMemoryBufferSide side);
/* Dispatches a GPollableSourceFunc with stream while that side is ready. */
GSource *_rmq_memory_buffer_create_source (RmqMemoryBuffer *self,
                                           RmqMemoryBufferSide side,
                                           GObject *stream,
                                           GCancellable *cancellable);

RMQ_PRIVATE_END
