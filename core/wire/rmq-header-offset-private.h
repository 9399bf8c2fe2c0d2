/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of consumer offsets and queue offsets.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_QueryConsumerOffsetRequestHeader_FIELDS(X, T)                                                              \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, set_zero_if_not_found, "setZeroIfNotFound", BOOL, RMQ_FIELD_OPTIONAL)                                          \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_QueryConsumerOffsetResponseHeader_FIELDS(X, T) X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_UpdateConsumerOffsetRequestHeader_FIELDS(X, T)                                                             \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, commit_offset, "commitOffset", INT64, RMQ_FIELD_REQUIRED)                                                      \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_SearchOffsetRequestHeader_FIELDS(X, T)                                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, lite_topic, "liteTopic", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, timestamp, "timestamp", INT64, RMQ_FIELD_REQUIRED)                                                             \
  X (T, boundary_type, "boundaryType", BOUNDARY, RMQ_FIELD_OPTIONAL)                                                   \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_SearchOffsetResponseHeader_FIELDS(X, T) X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_GetMaxOffsetRequestHeader_FIELDS(X, T)                                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, committed, "committed", BOOL, RMQ_FIELD_DEFAULT (true))                                                        \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetMaxOffsetResponseHeader_FIELDS(X, T) X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_GetMinOffsetRequestHeader_FIELDS(X, T)                                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetMinOffsetResponseHeader_FIELDS(X, T) X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_GetEarliestMsgStoretimeRequestHeader_FIELDS(X, T)                                                          \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetEarliestMsgStoretimeResponseHeader_FIELDS(X, T) X (T, timestamp, "timestamp", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_InitConsumerOffsetRequestHeader_FIELDS(X, T)                                                               \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, init_mode, "initMode", INT32, RMQ_FIELD_DEFAULT (0))                                                           \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_ResetOffsetRequestHeader_FIELDS(X, T)                                                                      \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_DEFAULT (-1))                                                            \
  X (T, offset, "offset", INT64, RMQ_FIELD_OPTIONAL)                                                                   \
  X (T, timestamp, "timestamp", INT64, RMQ_FIELD_REQUIRED)                                                             \
  X (T, is_force, "isForce", BOOL, RMQ_FIELD_REQUIRED)                                                                 \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_QueryCorrectionOffsetHeader_FIELDS(X, T)                                                                   \
  X (T, filter_groups, "filterGroups", STRING, RMQ_FIELD_OPTIONAL)                                                     \
  X (T, compare_group, "compareGroup", STRING, RMQ_FIELD_REQUIRED)                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_OFFSET_HEADERS(H)                                                                                          \
  H (QueryConsumerOffsetRequestHeader, RMQ_REQUEST_QUERY_CONSUMER_OFFSET)                                              \
  H (QueryConsumerOffsetResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                        \
  H (UpdateConsumerOffsetRequestHeader, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET)                                            \
  H (SearchOffsetRequestHeader, RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP)                                                \
  H (SearchOffsetResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                               \
  H (GetMaxOffsetRequestHeader, RMQ_REQUEST_GET_MAX_OFFSET)                                                            \
  H (GetMaxOffsetResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                               \
  H (GetMinOffsetRequestHeader, RMQ_REQUEST_GET_MIN_OFFSET)                                                            \
  H (GetMinOffsetResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                               \
  H (GetEarliestMsgStoretimeRequestHeader, RMQ_REQUEST_GET_EARLIEST_MSG_STORETIME)                                     \
  H (GetEarliestMsgStoretimeResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                    \
  H (InitConsumerOffsetRequestHeader, RMQ_HEADER_OF_NO_CODE)                                                           \
  H (ResetOffsetRequestHeader, RMQ_REQUEST_INVOKE_BROKER_TO_RESET_OFFSET)                                              \
  H (QueryCorrectionOffsetHeader, RMQ_REQUEST_QUERY_CORRECTION_OFFSET)

/* Classes without a field: a table, no struct. */
#define RMQ_OFFSET_EMPTY_HEADERS(H) H (UpdateConsumerOffsetResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_OFFSET_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_OFFSET_HEADERS (RMQ_HEADER_DECLARE)
RMQ_OFFSET_EMPTY_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
