/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the bodies about lite topics.
 */
#include "rmq-lite-body-private.h"

static const char *const actions[] = { "PARTIAL_ADD", "PARTIAL_REMOVE", "COMPLETE_ADD", "COMPLETE_REMOVE" };
static const RmqBodyEnum action_names = RMQ_BODY_ENUM (actions);
static const char *const offset_types[] = { "POLICY", "OFFSET", "TAIL_N", "TIMESTAMP" };
static const RmqBodyEnum offset_type_names = RMQ_BODY_ENUM (offset_types);

static const RmqBodyField lite_offset_rows[] = {
  RMQ_ROW (RmqLiteOffset, type, "type", ENUM, .initial = -1, .names = &offset_type_names),
  RMQ_ROW (RmqLiteOffset, value, "value", INT64),
};
RMQ_DEFINE_BODY (RmqLiteOffset, lite_offset, "OffsetOption", lite_offset_rows)

static const RmqBodyField lite_subscription_rows[] = {
  RMQ_ROW (RmqLiteSubscription, action, "action", ENUM, .initial = -1, .names = &action_names),
  RMQ_ROW (RmqLiteSubscription, client_id, "clientId", STRING),
  RMQ_ROW (RmqLiteSubscription, group, "group", STRING),
  RMQ_ROW (RmqLiteSubscription, lite_topics, "liteTopicSet", STRINGS, .flags = RMQ_BODY_NULLABLE),
  RMQ_ROW (RmqLiteSubscription,
           offset,
           "offsetOption",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_lite_offset_type),
  RMQ_ROW (RmqLiteSubscription, topic, "topic", STRING),
  RMQ_ROW (RmqLiteSubscription, version, "version", INT64),
};
RMQ_DEFINE_BODY (RmqLiteSubscription, lite_subscription, "LiteSubscriptionDTO", lite_subscription_rows)

static const RmqBodyField lite_subscription_body_rows[] = {
  RMQ_ROW (RmqLiteSubscriptionBody,
           subscriptions,
           "subscriptionSet",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_lite_subscription_type),
};
RMQ_DEFINE_BODY (RmqLiteSubscriptionBody,
                 lite_subscription_body,
                 "LiteSubscriptionCtlRequestBody",
                 lite_subscription_body_rows)

static const RmqBodyField lite_broker_info_rows[] = {
  RMQ_ROW (RmqLiteBrokerInfo, consume_queues, "cqTableSize", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, current_lmq, "currentLmqNum", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, event_map_size, "eventMapSize", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, groups, "groupMeta", MAP, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_strings_entry_type),
  RMQ_ROW (RmqLiteBrokerInfo, subscriptions, "liteSubscriptionCount", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, max_lmq, "maxLmqNum", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, offsets, "offsetTableSize", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, order_infos, "orderInfoCount", INT32),
  RMQ_ROW (RmqLiteBrokerInfo, store_type, "storeType", STRING),
  RMQ_ROW (RmqLiteBrokerInfo, topics, "topicMeta", MAP, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_string_count_type),
};
RMQ_DEFINE_BODY (RmqLiteBrokerInfo, lite_broker_info, "GetBrokerLiteInfoResponseBody", lite_broker_info_rows)

static const RmqBodyField lite_subscriber_rows[] = {
  RMQ_ROW (RmqLiteSubscriber, client_id, "clientId", STRING),
  RMQ_ROW (RmqLiteSubscriber, group, "group", STRING),
};
RMQ_DEFINE_BODY (RmqLiteSubscriber, lite_subscriber, "ClientGroup", lite_subscriber_rows)

static const RmqBodyField lite_topic_info_rows[] = {
  RMQ_ROW (RmqLiteTopicInfo, topic, "liteTopic", STRING),
  RMQ_ROW (RmqLiteTopicInfo, parent, "parentTopic", STRING),
  RMQ_ROW (RmqLiteTopicInfo, sharding_to_broker, "shardingToBroker", BOOLEAN),
  RMQ_ROW (RmqLiteTopicInfo,
           subscribers,
           "subscriber",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_lite_subscriber_type),
  RMQ_ROW (RmqLiteTopicInfo,
           offset,
           "topicOffset",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_topic_offset_type),
};
RMQ_DEFINE_BODY (RmqLiteTopicInfo, lite_topic_info, "GetLiteTopicInfoResponseBody", lite_topic_info_rows)

static const RmqBodyField lite_client_info_rows[] = {
  RMQ_ROW (RmqLiteClientInfo, client_id, "clientId", STRING),
  RMQ_ROW (RmqLiteClientInfo, group, "group", STRING),
  RMQ_ROW (RmqLiteClientInfo, last_access, "lastAccessTime", INT64),
  RMQ_ROW (RmqLiteClientInfo, last_consume, "lastConsumeTime", INT64),
  RMQ_ROW (RmqLiteClientInfo, n_topics, "liteTopicCount", INT32),
  RMQ_ROW (RmqLiteClientInfo, topics, "liteTopicSet", STRINGS, .flags = RMQ_BODY_NULLABLE),
  RMQ_ROW (RmqLiteClientInfo, parent, "parentTopic", STRING),
};
RMQ_DEFINE_BODY (RmqLiteClientInfo, lite_client_info, "GetLiteClientInfoResponseBody", lite_client_info_rows)

static const RmqBodyField lite_lag_rows[] = {
  RMQ_ROW (RmqLiteLag, earliest, "earliestUnconsumedTimestamp", INT64, .initial = -1),
  RMQ_ROW (RmqLiteLag, lag, "lagCount", INT64),
  RMQ_ROW (RmqLiteLag, topic, "liteTopic", STRING),
};
RMQ_DEFINE_BODY (RmqLiteLag, lite_lag, "LiteLagInfo", lite_lag_rows)

static const RmqBodyField lite_group_info_rows[] = {
  RMQ_ROW (RmqLiteGroupInfo, earliest, "earliestUnconsumedTimestamp", INT64, .initial = -1),
  RMQ_ROW (RmqLiteGroupInfo, group, "group", STRING),
  RMQ_ROW (RmqLiteGroupInfo, by_count, "lagCountTopK", LIST, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_lite_lag_type),
  RMQ_ROW (RmqLiteGroupInfo,
           by_time,
           "lagTimestampTopK",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_lite_lag_type),
  RMQ_ROW (RmqLiteGroupInfo, topic, "liteTopic", STRING),
  RMQ_ROW (RmqLiteGroupInfo,
           offset,
           "liteTopicOffsetWrapper",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_consume_offset_type),
  RMQ_ROW (RmqLiteGroupInfo, parent, "parentTopic", STRING),
  RMQ_ROW (RmqLiteGroupInfo, total_lag, "totalLagCount", INT64),
};
RMQ_DEFINE_BODY (RmqLiteGroupInfo, lite_group_info, "GetLiteGroupInfoResponseBody", lite_group_info_rows)

static const RmqBodyField lite_parent_info_rows[] = {
  RMQ_ROW (RmqLiteParentInfo, groups, "groups", STRINGS, .flags = RMQ_BODY_NULLABLE),
  RMQ_ROW (RmqLiteParentInfo, n_topics, "liteTopicCount", INT32),
  RMQ_ROW (RmqLiteParentInfo, n_lmq, "lmqNum", INT32),
  RMQ_ROW (RmqLiteParentInfo, topic, "topic", STRING),
  RMQ_ROW (RmqLiteParentInfo, ttl_minutes, "ttl", INT32),
};
RMQ_DEFINE_BODY (RmqLiteParentInfo, lite_parent_info, "GetParentTopicInfoResponseBody", lite_parent_info_rows)
