/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answer to a send says.
 */
#pragma once

#include <rmq/rmq.h>
#include <rmq/rmq-send-status.h>
#include "base/rmq-slice-private.h"
#include "rmq-frame-private.h"

/* Slices point into the frame; absent ones are NULL. */
typedef struct
{
  RmqSendStatus status; /* never RMQ_SEND_STATUS_FAILED */
  RmqSlice offset_id;   /* several, joined by ',', for a batch */
  int32_t queue_id;     /* -1: not told */
  int64_t queue_offset; /* of the first one; -1: not told */
  RmqSlice transaction_id;
  RmqSlice batch_unique_id;
  RmqSlice region_id; /* "DefaultRegion" when not told */
  RmqSlice recall_handle;
  bool trace_on;
} RmqSendResult;

RMQ_PRIVATE_BEGIN

/* Codes 0, 10, 11, 12. */
bool _rmq_send_result_is_stored (int code);
/* Codes 0, 10, 11, 12; any other code is the broker's error (_rmq_error_new_broker). */
bool _rmq_send_result_parse (RmqSendResult *self, const RmqFrame *frame, GError **error);
/* The id a user sees: of the one message, or of all elements joined by ','; of the batch where the broker stored it as
 * one unit. element_ids may be NULL. */
char *_rmq_send_result_dup_message_id (const RmqSendResult *self,
                                       const char *unique_id,
                                       const char *const *element_ids);

RMQ_PRIVATE_END
