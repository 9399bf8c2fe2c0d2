/* SPDX-License-Identifier: Apache-2.0
 *
 * The send routine (RocketMQ: sendDefaultImpl, sendKernelImpl and the inner producer): one message, one deadline, as
 * many tries as allowed. Used by the producer, by send-back copies and by trace.
 */
#pragma once

#include "rmq-client-core-private.h"
#include "wire/rmq-compression-private.h"
#include "wire/rmq-message-private.h"
#include <rmq/rmq-send-receipt.h>

typedef struct _RmqSendOp RmqSendOp;

typedef enum
{
  RMQ_SEND_PLAIN = 0,
  RMQ_SEND_ONEWAY = 1 << 0,
  RMQ_SEND_FIXED_QUEUE = 1 << 1, /* never moved to another queue */
} RmqSendFlags;

/* receipt is (transfer full); its error is set when the send failed. In the I/O context, exactly once; op is freed
 * afterwards. */
typedef void (*RmqSendDone) (RmqSendOp *op, RmqSendReceipt *receipt, void *data);

/* Pointers must live as long as the op. */
typedef struct
{
  const char *group;
  RmqSendFlags flags;
  int64_t timeout_us;
  int64_t attempt_timeout_us; /* 0: none but the whole */
  unsigned max_attempts;
  bool retry_weak;         /* stored, but not confirmed on disk or slave: again elsewhere */
  int default_queues;      /* 4 */
  unsigned *queue_counter; /* round robin; owned by the caller; I/O context */
  RmqMessageQueue *queue;  /* with FIXED_QUEUE; referenced by the op */
  uint64_t sequence;
  int reconsume_times;       /* header j */
  int max_reconsume_times;   /* header l; -1: absent */
  size_t max_body;           /* 4 MiB */
  size_t compress_threshold; /* bodies from here on are compressed; 0: never */
  RmqCompression compression;
  int compression_level;
} RmqSendParams;

/* What the owner of a send keeps with it; the send routine does not look at it. */
typedef struct
{
  void *waiter; /* for this one alone, or NULL */
  bool wants_receipt;
  bool started;
} RmqSendNote;

RMQ_PRIVATE_BEGIN

void _rmq_send_params_init (RmqSendParams *params, const char *group);
/* Any thread: checks, seals the message, encodes properties and body once. NULL and error on a bad message. */
RmqSendOp *_rmq_send_op_new (RmqClientCore *core,
                             RmqMessage *message,
                             const RmqSendParams *params,
                             RmqSendDone done,
                             void *data,
                             GError **error);
/* In the I/O context: begins. The client must be running. */
void _rmq_send_op_start (RmqSendOp *op);
/* In the I/O context: ends it with an error of this code; done is called. why: without a hint. */
void _rmq_send_op_abort (RmqSendOp *op, RmqError code, const char *why);
/* Before start only: done is not called. */
void _rmq_send_op_free (RmqSendOp *op);
/* The op as something to submit: run is the caller's. */
RmqIoOp *_rmq_send_op_get_io_op (RmqSendOp *op);
RmqSendOp *_rmq_send_op_from_io_op (RmqIoOp *io_op);
void *_rmq_send_op_get_data (RmqSendOp *op);
RmqSendNote *_rmq_send_op_get_note (RmqSendOp *op);
const char *_rmq_send_op_get_topic (RmqSendOp *op);
/* Links for the owner's list. */
RmqSendOp **_rmq_send_op_links (RmqSendOp *op);

RMQ_PRIVATE_END
