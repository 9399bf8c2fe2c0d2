/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of topic administration.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_CreateTopicRequestHeader_FIELDS(X, T)                                                                      \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, default_topic, "defaultTopic", STRING, RMQ_FIELD_REQUIRED)                                                     \
  X (T, read_queue_nums, "readQueueNums", INT32, RMQ_FIELD_REQUIRED)                                                   \
  X (T, write_queue_nums, "writeQueueNums", INT32, RMQ_FIELD_REQUIRED)                                                 \
  X (T, perm, "perm", INT32, RMQ_FIELD_REQUIRED)                                                                       \
  X (T, topic_filter_type, "topicFilterType", STRING, RMQ_FIELD_REQUIRED)                                              \
  X (T, topic_sys_flag, "topicSysFlag", INT32, RMQ_FIELD_OPTIONAL)                                                     \
  X (T, order, "order", BOOL, RMQ_FIELD_REQUIRED)                                                                      \
  X (T, attributes, "attributes", STRING, RMQ_FIELD_OPTIONAL)                                                          \
  X (T, force, "force", BOOL, RMQ_FIELD_OPTIONAL)                                                                      \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_CreateTopicListRequestHeader_FIELDS(X, T) RMQ_RPC_FIELDS (X, T)

#define RMQ_DeleteTopicRequestHeader_FIELDS(X, T)                                                                      \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetTopicConfigRequestHeader_FIELDS(X, T)                                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetAllTopicConfigRequestHeader_FIELDS(X, T)                                                                \
  X (T, topic_seq, "topicSeq", INT32, RMQ_FIELD_REQUIRED)                                                              \
  X (T, data_version, "dataVersion", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, max_topic_num, "maxTopicNum", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_GetAllTopicConfigResponseHeader_FIELDS(X, T)                                                               \
  X (T, total_topic_num, "totalTopicNum", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_GetTopicStatsInfoRequestHeader_FIELDS(X, T)                                                                \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_QueryTopicConsumeByWhoRequestHeader_FIELDS(X, T)                                                           \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_QueryConsumeTimeSpanRequestHeader_FIELDS(X, T)                                                             \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_TOPIC_HEADERS(H)                                                                                           \
  H (CreateTopicRequestHeader, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC)                                                    \
  H (CreateTopicListRequestHeader, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC_LIST)                                           \
  H (DeleteTopicRequestHeader, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER)                                                     \
  H (GetTopicConfigRequestHeader, RMQ_REQUEST_GET_TOPIC_CONFIG)                                                        \
  H (GetAllTopicConfigRequestHeader, RMQ_REQUEST_GET_ALL_TOPIC_CONFIG)                                                 \
  H (GetAllTopicConfigResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                          \
  H (GetTopicStatsInfoRequestHeader, RMQ_REQUEST_GET_TOPIC_STATS_INFO)                                                 \
  H (QueryTopicConsumeByWhoRequestHeader, RMQ_REQUEST_QUERY_TOPIC_CONSUME_BY_WHO)                                      \
  H (QueryConsumeTimeSpanRequestHeader, RMQ_REQUEST_QUERY_CONSUME_TIME_SPAN)

RMQ_TOPIC_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_TOPIC_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
