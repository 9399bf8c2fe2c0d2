/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of lite topics (brokers of 5.5.0 and later).
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_PopLiteMessageRequestHeader_FIELDS(X, T)                                                                   \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_REQUIRED)                                                             \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, max_msg_num, "maxMsgNum", INT32, RMQ_FIELD_REQUIRED)                                                           \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, poll_time, "pollTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, born_time, "bornTime", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, attempt_id, "attemptId", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_PopLiteMessageResponseHeader_FIELDS(X, T)                                                                  \
  X (T, pop_time, "popTime", INT64, RMQ_FIELD_REQUIRED)                                                                \
  X (T, invisible_time, "invisibleTime", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, revive_qid, "reviveQid", INT32, RMQ_FIELD_REQUIRED)                                                            \
  X (T, start_offset_info, "startOffsetInfo", STRING, RMQ_FIELD_OPTIONAL)                                              \
  X (T, msg_offset_info, "msgOffsetInfo", STRING, RMQ_FIELD_OPTIONAL)                                                  \
  X (T, order_count_info, "orderCountInfo", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_LiteSubscriptionCtlRequestHeader_FIELDS(X, T) RMQ_RPC_FIELDS (X, T)

#define RMQ_NotifyUnsubscribeLiteRequestHeader_FIELDS(X, T)                                                            \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_REQUIRED)                                                             \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetParentTopicInfoRequestHeader_FIELDS(X, T) X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_GetLiteTopicInfoRequestHeader_FIELDS(X, T)                                                                 \
  X (T, parent_topic, "parentTopic", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_GetLiteClientInfoRequestHeader_FIELDS(X, T)                                                                \
  X (T, parent_topic, "parentTopic", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, group, "group", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_OPTIONAL)                                                             \
  X (T, max_count, "maxCount", INT32, RMQ_FIELD_DEFAULT (1000))

#define RMQ_GetLiteGroupInfoRequestHeader_FIELDS(X, T)                                                                 \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, top_k, "topK", INT32, RMQ_FIELD_DEFAULT (0))

#define RMQ_TriggerLiteDispatchRequestHeader_FIELDS(X, T)                                                              \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_LITE_HEADERS(H)                                                                                            \
  H (PopLiteMessageRequestHeader, RMQ_REQUEST_POP_LITE_MESSAGE)                                                        \
  H (PopLiteMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                             \
  H (LiteSubscriptionCtlRequestHeader, RMQ_REQUEST_LITE_SUBSCRIPTION_CTL)                                              \
  H (NotifyUnsubscribeLiteRequestHeader, RMQ_REQUEST_NOTIFY_UNSUBSCRIBE_LITE)                                          \
  H (GetParentTopicInfoRequestHeader, RMQ_REQUEST_GET_PARENT_TOPIC_INFO)                                               \
  H (GetLiteTopicInfoRequestHeader, RMQ_REQUEST_GET_LITE_TOPIC_INFO)                                                   \
  H (GetLiteClientInfoRequestHeader, RMQ_REQUEST_GET_LITE_CLIENT_INFO)                                                 \
  H (GetLiteGroupInfoRequestHeader, RMQ_REQUEST_GET_LITE_GROUP_INFO)                                                   \
  H (TriggerLiteDispatchRequestHeader, RMQ_REQUEST_TRIGGER_LITE_DISPATCH)

RMQ_LITE_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_LITE_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
