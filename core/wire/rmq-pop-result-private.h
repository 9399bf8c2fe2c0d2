/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answer to a pop says, and its messages with their handles.
 */
#pragma once

#include "rmq-frame-private.h"
#include "rmq-message-decoder-private.h"

typedef enum
{
  RMQ_POP_FOUND,
  RMQ_POP_NOT_FOUND, /* 19, 210 */
  RMQ_POP_POLLING_FULL,
} RmqPopStatus;

typedef struct
{
  RmqDecodeContext decode; /* topic: the requested one, as on the wire; broker_name; GRefStrings */
  const char *group;
  char *user_topic; /* GRefString: what messages show; NULL: as decode.topic */
  bool order;
} RmqPopContext;

typedef struct
{
  RmqPopStatus status;
  int64_t pop_time;
  int64_t invisible_time;
  int64_t rest_num;
  int32_t revive_queue_id;
  GPtrArray *messages; /* with pop_handle and POP_CK set. Not filtered: what the filter drops must be acked */
  RmqDecodeStats stats;
} RmqPopResult;

RMQ_PRIVATE_BEGIN

/* Codes 0, 19, 209, 210; other codes are the broker's error. RMQ_ERROR_PROTOCOL when the offset strings do not account
 * for every message. owner holds the frame's bytes; NULL: they are copied. Clear in any case. */
bool _rmq_pop_result_parse (RmqPopResult *self,
                            const RmqFrame *frame,
                            GBytes *owner,
                            const RmqPopContext *context,
                            GError **error);
void _rmq_pop_result_clear (RmqPopResult *self);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPopResult, _rmq_pop_result_clear)
