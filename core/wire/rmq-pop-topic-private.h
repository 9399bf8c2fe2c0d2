/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of POP retry topics, and of the queues of lite topics.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

RMQ_PRIVATE_BEGIN

char *_rmq_pop_retry_topic_v1 (const char *topic, const char *group); /* %RETRY%group_topic */
char *_rmq_pop_retry_topic_v2 (const char *topic, const char *group); /* %RETRY%group+topic */
bool _rmq_pop_topic_is_retry_v2 (RmqSlice topic);
/* '0' the normal topic, '1' and '2' a retry topic of that version. */
char _rmq_pop_topic_retry_flag (RmqSlice topic);
/* The topic behind a retry topic of this group; others as they are. */
char *_rmq_pop_topic_normal (const char *topic, const char *group);
/* The same where the group is not known: only version 2 can be told apart. */
char *_rmq_pop_topic_normal_any_group (const char *topic);
char *_rmq_pop_topic_group (const char *topic);
char *_rmq_pop_polling_key (const char *topic, const char *group, int queue_id);

char *_rmq_lite_queue_name (const char *parent_topic, const char *lite_topic); /* %LMQ%$parent$lite */
bool _rmq_lite_queue_is_lite (const char *name);
/* False when it does not have exactly these two parts. The slices point into name. */
bool _rmq_lite_queue_split (const char *name, RmqSlice *parent_topic, RmqSlice *lite_topic);

RMQ_PRIVATE_END
