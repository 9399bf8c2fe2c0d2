/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of pulling and of message queries.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_PullMessageRequestHeader_FIELDS(X, T)                                                                      \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, queue_offset, "queueOffset", INT64, RMQ_FIELD_REQUIRED)                                                        \
  X (T, max_msg_nums, "maxMsgNums", INT32, RMQ_FIELD_REQUIRED)                                                         \
  X (T, sys_flag, "sysFlag", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, commit_offset, "commitOffset", INT64, RMQ_FIELD_REQUIRED)                                                      \
  X (T, suspend_timeout_millis, "suspendTimeoutMillis", INT64, RMQ_FIELD_REQUIRED)                                     \
  X (T, subscription, "subscription", STRING, RMQ_FIELD_OPTIONAL)                                                      \
  X (T, sub_version, "subVersion", INT64, RMQ_FIELD_REQUIRED)                                                          \
  X (T, expression_type, "expressionType", STRING, RMQ_FIELD_OPTIONAL)                                                 \
  X (T, max_msg_bytes, "maxMsgBytes", INT32, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, request_source, "requestSource", INT32, RMQ_FIELD_OPTIONAL)                                                    \
  X (T, proxy_froward_client_id, "proxyFrowardClientId", STRING, RMQ_FIELD_OPTIONAL)                                   \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_PullMessageResponseHeader_FIELDS(X, T)                                                                     \
  X (T, suggest_which_broker_id, "suggestWhichBrokerId", INT64, RMQ_FIELD_REQUIRED)                                    \
  X (T, next_begin_offset, "nextBeginOffset", INT64, RMQ_FIELD_REQUIRED)                                               \
  X (T, min_offset, "minOffset", INT64, RMQ_FIELD_REQUIRED)                                                            \
  X (T, max_offset, "maxOffset", INT64, RMQ_FIELD_REQUIRED)                                                            \
  X (T, offset_delta, "offsetDelta", INT64, RMQ_FIELD_OPTIONAL)                                                        \
  X (T, topic_sys_flag, "topicSysFlag", INT32, RMQ_FIELD_OPTIONAL)                                                     \
  X (T, group_sys_flag, "groupSysFlag", INT32, RMQ_FIELD_OPTIONAL)                                                     \
  X (T, forbidden_type, "forbiddenType", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_QueryMessageRequestHeader_FIELDS(X, T)                                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, key, "key", STRING, RMQ_FIELD_REQUIRED)                                                                        \
  X (T, max_num, "maxNum", INT32, RMQ_FIELD_REQUIRED)                                                                  \
  X (T, begin_timestamp, "beginTimestamp", INT64, RMQ_FIELD_REQUIRED)                                                  \
  X (T, end_timestamp, "endTimestamp", INT64, RMQ_FIELD_REQUIRED)                                                      \
  X (T, index_type, "indexType", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, last_key, "lastKey", STRING, RMQ_FIELD_OPTIONAL)                                                               \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_QueryMessageResponseHeader_FIELDS(X, T)                                                                    \
  X (T, index_last_update_timestamp, "indexLastUpdateTimestamp", INT64, RMQ_FIELD_REQUIRED)                            \
  X (T, index_last_update_phyoffset, "indexLastUpdatePhyoffset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_ViewMessageRequestHeader_FIELDS(X, T)                                                                      \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_QueryConsumeQueueRequestHeader_FIELDS(X, T)                                                                \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_DEFAULT (0))                                                             \
  X (T, index, "index", INT64, RMQ_FIELD_DEFAULT (0))                                                                  \
  X (T, count, "count", INT32, RMQ_FIELD_DEFAULT (0))                                                                  \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_PULL_HEADERS(H)                                                                                            \
  H (PullMessageRequestHeader, RMQ_REQUEST_PULL_MESSAGE)                                                               \
  H (PullMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                                \
  H (QueryMessageRequestHeader, RMQ_REQUEST_QUERY_MESSAGE)                                                             \
  H (QueryMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                               \
  H (ViewMessageRequestHeader, RMQ_REQUEST_VIEW_MESSAGE_BY_ID)                                                         \
  H (QueryConsumeQueueRequestHeader, RMQ_REQUEST_QUERY_CONSUME_QUEUE)

/* Classes without a field: a table, no struct. */
#define RMQ_PULL_EMPTY_HEADERS(H) H (ViewMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_PULL_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_PULL_HEADERS (RMQ_HEADER_DECLARE)
RMQ_PULL_EMPTY_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
