/* SPDX-License-Identifier: Apache-2.0
 *
 * POP_CK, the handle of a popped message: eight parts, seven in the short form, nine as a receipt handle.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_POP_REVIVE_QUEUE_ORDERED 999

typedef struct
{
  int64_t start_offset; /* of the check point */
  int64_t pop_time;     /* ms, the broker's clock */
  int64_t invisible_time;
  int32_t revive_queue_id;
  RmqSlice retry; /* "0", "1" or "2"; others mean the normal topic */
  RmqSlice broker_name;
  int32_t queue_id;
  bool has_offset; /* false in the short form */
  int64_t offset;
  int64_t commit_log_offset; /* -1 without a ninth part */
} RmqPopHandle;

RMQ_PRIVATE_BEGIN

/* The slices point into text. RMQ_ERROR_PROTOCOL for anything but 7 parts and more, or numbers that are none. */
bool _rmq_pop_handle_parse (RmqPopHandle *self, RmqSlice text, GError **error);
/* n_parts: 7, 8 or 9. */
char *_rmq_pop_handle_format (const RmqPopHandle *self, int n_parts);
/* The topic to ack on: topic itself, or the retry topic of the handle's kind. */
char *_rmq_pop_handle_real_topic (const RmqPopHandle *self, const char *topic, const char *group);

RMQ_PRIVATE_END
