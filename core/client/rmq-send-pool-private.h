/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends that have ended, for the next ones: a send is made in one thread and ends in another, which is what allocators
 * are worst at.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include "base/rmq-macros-private.h"

typedef struct _RmqSendOp RmqSendOp;

/* All zero is ready. */
typedef struct
{
  GMutex lock;
  RmqSendOp *free; /* under lock */
  unsigned n_free; /* under lock */

  /* The I/O context's alone: handed over many at a time. */
  RmqSendOp *ended;
  RmqSendOp *ended_last;
  unsigned n_ended;
} RmqSendPool;

RMQ_PRIVATE_BEGIN

/* Any thread. Zeroed but for its buffers. */
RmqSendOp *_rmq_send_pool_take (RmqSendPool *self);
/* op has released everything but its buffers. in_io: called in the I/O context. */
void _rmq_send_pool_give (RmqSendPool *self, RmqSendOp *op, bool in_io);
void _rmq_send_pool_clear (RmqSendPool *self);

RMQ_PRIVATE_END
