/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of the POP family.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_PopMessageRequestHeader_FIELDS(X, T)                                                                       \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, max_msg_nums, "maxMsgNums", INT32, RMQ_FIELD_REQUIRED)                                                         \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, poll_time, "pollTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, born_time, "bornTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, init_mode, "initMode", INT32, RMQ_FIELD_REQUIRED)                                                              \
  X (T, exp_type, "expType", STRING, RMQ_FIELD_OPTIONAL)                                                               \
  X (T, exp, "exp", STRING, RMQ_FIELD_OPTIONAL)                                                                        \
  X (T, order, "order", BOOL, RMQ_FIELD_OPTIONAL)                                                                      \
  X (T, attempt_id, "attemptId", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_PopMessageResponseHeader_FIELDS(X, T)                                                                      \
  X (T, pop_time, "popTime", INT64, RMQ_FIELD_REQUIRED)                                                                \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, revive_qid, "reviveQid", INT32, RMQ_FIELD_REQUIRED)                                                            \
  X (T, rest_num, "restNum", INT64, RMQ_FIELD_REQUIRED)                                                                \
  X (T, start_offset_info, "startOffsetInfo", STRING, RMQ_FIELD_OPTIONAL)                                              \
  X (T, msg_offset_info, "msgOffsetInfo", STRING, RMQ_FIELD_OPTIONAL)                                                  \
  X (T, order_count_info, "orderCountInfo", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_PeekMessageRequestHeader_FIELDS(X, T)                                                                      \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, max_msg_nums, "maxMsgNums", INT32, RMQ_FIELD_REQUIRED)                                                         \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_AckMessageRequestHeader_FIELDS(X, T)                                                                       \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, extra_info, "extraInfo", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_ChangeInvisibleTimeRequestHeader_FIELDS(X, T)                                                              \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, extra_info, "extraInfo", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, suspend, "suspend", BOOL, RMQ_FIELD_DEFAULT (false))                                                           \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_ChangeInvisibleTimeResponseHeader_FIELDS(X, T)                                                             \
  X (T, pop_time, "popTime", INT64, RMQ_FIELD_REQUIRED)                                                                \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, revive_qid, "reviveQid", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_NotificationRequestHeader_FIELDS(X, T)                                                                     \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, poll_time, "pollTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, born_time, "bornTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, order, "order", BOOL, RMQ_FIELD_OPTIONAL)                                                                      \
  X (T, attempt_id, "attemptId", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, exp_type, "expType", STRING, RMQ_FIELD_OPTIONAL)                                                               \
  X (T, exp, "exp", STRING, RMQ_FIELD_OPTIONAL)                                                                        \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_NotificationResponseHeader_FIELDS(X, T)                                                                    \
  X (T, has_msg, "hasMsg", BOOL, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, polling_full, "pollingFull", BOOL, RMQ_FIELD_DEFAULT (false))

#define RMQ_PollingInfoRequestHeader_FIELDS(X, T)                                                                      \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_PollingInfoResponseHeader_FIELDS(X, T) X (T, polling_num, "pollingNum", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_POP_HEADERS(H)                                                                                             \
  H (PopMessageRequestHeader, RMQ_REQUEST_POP_MESSAGE)                                                                 \
  H (PopMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                                 \
  H (PeekMessageRequestHeader, RMQ_REQUEST_PEEK_MESSAGE)                                                               \
  H (AckMessageRequestHeader, RMQ_REQUEST_ACK_MESSAGE)                                                                 \
  H (ChangeInvisibleTimeRequestHeader, RMQ_REQUEST_CHANGE_MESSAGE_INVISIBLETIME)                                       \
  H (ChangeInvisibleTimeResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                        \
  H (NotificationRequestHeader, RMQ_REQUEST_NOTIFICATION)                                                              \
  H (NotificationResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                               \
  H (PollingInfoRequestHeader, RMQ_REQUEST_POLLING_INFO)                                                               \
  H (PollingInfoResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_POP_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_POP_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
