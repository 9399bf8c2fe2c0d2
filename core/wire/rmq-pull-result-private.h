/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answer to a pull says, and its messages as the consumer sees them: decoded, unwrapped, filtered, and with
 * the queue they were asked of.
 */
#pragma once

#include "rmq-frame-private.h"
#include "rmq-message-decoder-private.h"
#include "rmq-subscription-private.h"

typedef enum
{
  RMQ_PULL_FOUND,
  RMQ_PULL_NO_NEW_MESSAGE,
  RMQ_PULL_NO_MATCHED_MESSAGE,
  RMQ_PULL_OFFSET_ILLEGAL,
} RmqPullStatus;

typedef struct
{
  RmqDecodeContext decode; /* topic and broker_name: the queue's, as GRefStrings */
  int32_t queue_id;
  int64_t queue_offset; /* asked for: messages below it, of an inner batch, are dropped. INT64_MIN: keep all */
  const RmqSubscription *subscription; /* what does not match is dropped; NULL: keep all */
} RmqPullContext;

typedef struct
{
  RmqPullStatus status;
  int64_t next_begin_offset;
  int64_t min_offset;
  int64_t max_offset;
  int64_t suggest_which_broker_id;
  int64_t offset_delta; /* already added */
  int32_t topic_sys_flag;
  int32_t group_sys_flag;
  GPtrArray *messages; /* never NULL with RMQ_PULL_FOUND; may be empty */
  unsigned n_decoded;  /* before filtering */
  RmqDecodeStats stats;
} RmqPullResult;

RMQ_PRIVATE_BEGIN

/* Codes 0, 19, 20, 21; other codes are the broker's error. A body that does not decode whole, or a header without
 * nextBeginOffset, is an error: ask for the same offset again. owner holds the frame's bytes; NULL: they are copied.
 * Clear in any case. */
bool _rmq_pull_result_parse (RmqPullResult *self,
                             const RmqFrame *frame,
                             GBytes *owner,
                             const RmqPullContext *context,
                             GError **error);
/* The two halves of it: first all but the messages, later, with RMQ_PULL_FOUND, those of the body. */
bool _rmq_pull_result_parse_header (RmqPullResult *self, const RmqFrame *frame, GError **error);
bool _rmq_pull_result_parse_body (RmqPullResult *self,
                                  RmqSlice body,
                                  GBytes *owner,
                                  const RmqPullContext *context,
                                  GError **error);
void _rmq_pull_result_clear (RmqPullResult *self);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPullResult, _rmq_pull_result_clear)
