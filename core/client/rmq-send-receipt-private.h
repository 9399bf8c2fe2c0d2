/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of RmqSendReceipt: one allocation, ids included.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"
#include "wire/rmq-unique-id-private.h"

struct _RmqSendReceipt
{
  int ref_count;
  RmqSendStatus status;
  RmqOutcome outcome;
  int32_t queue_id;
  int64_t queue_offset;
  uint64_t sequence;
  RmqMessage *message;
  GError *error;
  RmqErrorDetails *details; /* of a success that took several attempts; else NULL */
  RmqMessageQueue *queue;   /* of the last attempt, or NULL */
  char *transaction_id;
  char *recall_handle;
  char unique_id[RMQ_UNIQUE_ID_MAX + 1];
  char offset_id[RMQ_UNIQUE_ID_MAX + 1];
};

RMQ_PRIVATE_BEGIN

RmqSendReceipt *_rmq_send_receipt_new (RmqMessage *message, uint64_t sequence);

RMQ_PRIVATE_END
