/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of the administration of consumer and producer groups.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_DeleteSubscriptionGroupRequestHeader_FIELDS(X, T)                                                          \
  X (T, group_name, "groupName", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, clean_offset, "cleanOffset", BOOL, RMQ_FIELD_DEFAULT (false))                                                  \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetSubscriptionGroupConfigRequestHeader_FIELDS(X, T)                                                       \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetAllSubscriptionGroupRequestHeader_FIELDS(X, T)                                                          \
  X (T, group_seq, "groupSeq", INT32, RMQ_FIELD_REQUIRED)                                                              \
  X (T, data_version, "dataVersion", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, max_group_num, "maxGroupNum", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_GetAllSubscriptionGroupResponseHeader_FIELDS(X, T)                                                         \
  X (T, total_group_num, "totalGroupNum", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_GetConsumeStatsRequestHeader_FIELDS(X, T)                                                                  \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, topic_list, "topicList", STRING, RMQ_FIELD_OPTIONAL)                                                           \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetConsumeStatsInBrokerHeader_FIELDS(X, T) X (T, is_order, "isOrder", BOOL, RMQ_FIELD_REQUIRED)

#define RMQ_GetConsumerConnectionListRequestHeader_FIELDS(X, T)                                                        \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetProducerConnectionListRequestHeader_FIELDS(X, T)                                                        \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_CloneGroupOffsetRequestHeader_FIELDS(X, T)                                                                 \
  X (T, src_group, "srcGroup", STRING, RMQ_FIELD_REQUIRED)                                                             \
  X (T, dest_group, "destGroup", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, offline, "offline", BOOL, RMQ_FIELD_DEFAULT (false))                                                           \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_QueryTopicsByConsumerRequestHeader_FIELDS(X, T)                                                            \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_QuerySubscriptionByConsumerRequestHeader_FIELDS(X, T)                                                      \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_UpdateGroupForbiddenRequestHeader_FIELDS(X, T)                                                             \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, readable, "readable", BOOL, RMQ_FIELD_OPTIONAL)                                                                \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_StatisticsMessagesRequestHeader_FIELDS(X, T)                                                               \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, from_time, "fromTime", INT64, RMQ_FIELD_DEFAULT (0))                                                           \
  X (T, to_time, "toTime", INT64, RMQ_FIELD_DEFAULT (0))                                                               \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GROUP_HEADERS(H)                                                                                           \
  H (DeleteSubscriptionGroupRequestHeader, RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP)                                       \
  H (GetSubscriptionGroupConfigRequestHeader, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG)                                \
  H (GetAllSubscriptionGroupRequestHeader, RMQ_REQUEST_GET_ALL_SUBSCRIPTIONGROUP_CONFIG)                               \
  H (GetAllSubscriptionGroupResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                    \
  H (GetConsumeStatsRequestHeader, RMQ_REQUEST_GET_CONSUME_STATS)                                                      \
  H (GetConsumeStatsInBrokerHeader, RMQ_REQUEST_GET_BROKER_CONSUME_STATS)                                              \
  H (GetConsumerConnectionListRequestHeader, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST)                                 \
  H (GetProducerConnectionListRequestHeader, RMQ_REQUEST_GET_PRODUCER_CONNECTION_LIST)                                 \
  H (CloneGroupOffsetRequestHeader, RMQ_REQUEST_CLONE_GROUP_OFFSET)                                                    \
  H (QueryTopicsByConsumerRequestHeader, RMQ_REQUEST_QUERY_TOPICS_BY_CONSUMER)                                         \
  H (QuerySubscriptionByConsumerRequestHeader, RMQ_REQUEST_QUERY_SUBSCRIPTION_BY_CONSUMER)                             \
  H (UpdateGroupForbiddenRequestHeader, RMQ_REQUEST_UPDATE_AND_GET_GROUP_FORBIDDEN)                                    \
  H (StatisticsMessagesRequestHeader, RMQ_HEADER_OF_NO_CODE)

/* Classes without a field: a table, no struct. */
#define RMQ_GROUP_EMPTY_HEADERS(H) H (GetAllProducerInfoRequestHeader, RMQ_REQUEST_GET_ALL_PRODUCER_INFO)

RMQ_GROUP_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_GROUP_HEADERS (RMQ_HEADER_DECLARE)
RMQ_GROUP_EMPTY_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
