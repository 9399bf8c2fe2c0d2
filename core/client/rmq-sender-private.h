/* SPDX-License-Identifier: Apache-2.0
 *
 * The send routine (RocketMQ: sendDefaultImpl, sendKernelImpl and the inner producer): one message, one deadline, as
 * many tries as allowed. Used by the producer, by send-back copies and by trace.
 */
#pragma once

#include "rmq-client-core-private.h"
#include "wire/rmq-message-private.h"
#include <rmq/rmq-send-receipt.h>

typedef struct _RmqSendOp RmqSendOp;

typedef enum
{
  RMQ_SEND_ONEWAY = 1 << 0,
  RMQ_SEND_FIXED_QUEUE = 1 << 1,    /* never moved to another queue */
  RMQ_SEND_KEEP_UNIQUE_ID = 1 << 2, /* the application set it, or this is a copy */
} RmqSendFlags;

/* receipt is (transfer full); its error is set when the send failed. In the I/O context, exactly once. */
typedef void (*RmqSendDone) (RmqSendOp *op, RmqSendReceipt *receipt, void *data);

typedef struct
{
  const char *group;
  RmqSendFlags flags;
  int64_t timeout_us;
  unsigned max_attempts;
  int default_queues;      /* 4 */
  unsigned *queue_counter; /* round robin; owned by the caller; I/O context */
  RmqMessageQueue *queue;  /* with FIXED_QUEUE */
  uint64_t sequence;
  int reconsume_times;     /* header j */
  int max_reconsume_times; /* header l; -1: absent */
} RmqSendParams;

RMQ_PRIVATE_BEGIN

/* Any thread: checks, seals the message, encodes properties and body once. NULL and error on a bad message. */
RmqSendOp *_rmq_send_op_new (RmqClientCore *core,
                             RmqMessage *message,
                             const RmqSendParams *params,
                             RmqSendDone done,
                             void *data,
                             GError **error);
/* In the I/O context: begins. */
void _rmq_send_op_start (RmqSendOp *op);
/* In the I/O context: ends it with error unless a receipt came first; done is called. */
void _rmq_send_op_abort (RmqSendOp *op, RmqError code, const char *why);
void _rmq_send_op_free (RmqSendOp *op); /* before start only */

RMQ_PRIVATE_END
