/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of group configurations.
 */
#include "rmq-group-config-private.h"

static const char *const policy_types[] = { "EXPONENTIAL", "CUSTOMIZED" };
static const RmqBodyEnum policy_type_names = RMQ_BODY_ENUM (policy_types);

static const RmqBodyField exponential_retry_rows[] = {
  RMQ_ROW (RmqExponentialRetry, initial_ms, "initial", INT64, .initial = 5000),
  RMQ_ROW (RmqExponentialRetry, max_ms, "max", INT64, .initial = 7200000),
  RMQ_ROW (RmqExponentialRetry, multiplier, "multiplier", INT64, .initial = 2),
};
RMQ_DEFINE_BODY (RmqExponentialRetry, exponential_retry, "ExponentialRetryPolicy", exponential_retry_rows)

static const RmqBodyField customized_retry_rows[] = {
  RMQ_ROW (RmqCustomizedRetry, next, "next", INT64S, .flags = RMQ_BODY_NULLABLE),
};
RMQ_DEFINE_BODY (RmqCustomizedRetry, customized_retry, "CustomizedRetryPolicy", customized_retry_rows)

static const RmqBodyField retry_policy_rows[] = {
  RMQ_ROW (RmqRetryPolicy,
           customized,
           "customizedRetryPolicy",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_customized_retry_type),
  RMQ_ROW (RmqRetryPolicy,
           exponential,
           "exponentialRetryPolicy",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_exponential_retry_type),
  RMQ_ROW (RmqRetryPolicy, type, "type", ENUM, .initial = RMQ_RETRY_CUSTOMIZED, .names = &policy_type_names),
};
RMQ_DEFINE_BODY (RmqRetryPolicy, retry_policy, "GroupRetryPolicy", retry_policy_rows)

static const RmqBodyField simple_subscription_rows[] = {
  RMQ_ROW (RmqSimpleSubscription, expression, "expression", STRING),
  RMQ_ROW (RmqSimpleSubscription, expression_type, "expressionType", STRING),
  RMQ_ROW (RmqSimpleSubscription, topic, "topic", STRING),
  RMQ_ROW (RmqSimpleSubscription, version, "version", INT64),
};
RMQ_DEFINE_BODY (RmqSimpleSubscription, simple_subscription, "SimpleSubscriptionData", simple_subscription_rows)

static const RmqBodyField group_config_rows[] = {
  RMQ_ROW (RmqGroupConfigBody, attributes, "attributes", MAP, .nested = &_rmq_string_pair_type),
  RMQ_ROW (RmqGroupConfigBody, broker_id, "brokerId", INT64),
  RMQ_ROW (RmqGroupConfigBody, consume_broadcast_enable, "consumeBroadcastEnable", BOOLEAN, .initial = true),
  RMQ_ROW (RmqGroupConfigBody, consume_enable, "consumeEnable", BOOLEAN, .initial = true),
  RMQ_ROW (RmqGroupConfigBody, consume_from_min_enable, "consumeFromMinEnable", BOOLEAN, .initial = true),
  RMQ_ROW (RmqGroupConfigBody, consume_orderly, "consumeMessageOrderly", BOOLEAN),
  RMQ_ROW (RmqGroupConfigBody, consume_timeout_minutes, "consumeTimeoutMinute", INT32, .initial = 15),
  RMQ_ROW (RmqGroupConfigBody, name, "groupName", STRING),
  RMQ_ROW (RmqGroupConfigBody, retry_policy, "groupRetryPolicy", STRUCT, .nested = &_rmq_retry_policy_type),
  RMQ_ROW (RmqGroupConfigBody, sys_flag, "groupSysFlag", INT32),
  RMQ_ROW (RmqGroupConfigBody, notify_ids_changed, "notifyConsumerIdsChangedEnable", BOOLEAN, .initial = true),
  RMQ_ROW (RmqGroupConfigBody, retry_max_times, "retryMaxTimes", INT32, .initial = 16),
  RMQ_ROW (RmqGroupConfigBody, retry_queues, "retryQueueNums", INT32, .initial = 1),
  RMQ_ROW (RmqGroupConfigBody,
           subscriptions,
           "subscriptionDataSet",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_simple_subscription_type),
  RMQ_ROW (RmqGroupConfigBody, slow_broker_id, "whichBrokerWhenConsumeSlowly", INT64, .initial = 1),
};
RMQ_DEFINE_BODY (RmqGroupConfigBody, group_config_body, "SubscriptionGroupConfig", group_config_rows)

static const RmqBodyField group_config_entry_rows[] = {
  RMQ_ROW (RmqGroupConfigEntry, name, "key", STRING),
  RMQ_ROW (RmqGroupConfigEntry, config, "value", STRUCT, .nested = &_rmq_group_config_body_type),
};
RMQ_DEFINE_BODY (RmqGroupConfigEntry,
                 group_config_entry,
                 "Map.Entry<String, SubscriptionGroupConfig>",
                 group_config_entry_rows)

static const RmqBodyField group_config_list_rows[] = {
  RMQ_ROW (RmqGroupConfigListBody,
           configs,
           "groupConfigList",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_group_config_body_type),
};
RMQ_DEFINE_BODY (RmqGroupConfigListBody, group_config_list_body, "SubscriptionGroupList", group_config_list_rows)

static const RmqBodyField forbidden_entry_rows[] = {
  RMQ_ROW (RmqForbiddenEntry, group, "key", STRING),
  RMQ_ROW (RmqForbiddenEntry, topics, "value", MAP, .nested = &_rmq_string_count_type),
};
RMQ_DEFINE_BODY (RmqForbiddenEntry, forbidden_entry, "Map.Entry<String, Map<String, Integer>>", forbidden_entry_rows)

static const RmqBodyField group_table_rows[] = {
  RMQ_ROW (RmqGroupTableBody, data_version, "dataVersion", STRUCT, .nested = &_rmq_data_version_type),
  RMQ_ROW (RmqGroupTableBody, forbidden, "forbiddenTable", MAP, .nested = &_rmq_forbidden_entry_type),
  RMQ_ROW (RmqGroupTableBody, configs, "subscriptionGroupTable", MAP, .nested = &_rmq_group_config_entry_type),
};
RMQ_DEFINE_BODY (RmqGroupTableBody, group_table_body, "SubscriptionGroupWrapper", group_table_rows)

static const RmqBodyField group_forbidden_rows[] = {
  RMQ_ROW (RmqGroupForbiddenBody, group, "group", STRING),
  RMQ_ROW (RmqGroupForbiddenBody, readable, "readable", TRISTATE, .initial = -1),
  RMQ_ROW (RmqGroupForbiddenBody, topic, "topic", STRING),
};
RMQ_DEFINE_BODY (RmqGroupForbiddenBody, group_forbidden_body, "GroupForbidden", group_forbidden_rows)

RmqGroupConfigBody *
_rmq_group_config_body_new_for (const char *name)
{
  RmqGroupConfigBody *self = _rmq_group_config_body_new ();

  self->name = g_strdup (name);
  return self;
}

RmqGroupConfigBody *
_rmq_group_table_body_add (RmqGroupTableBody *self, const char *name)
{
  RmqGroupConfigEntry *entry = _rmq_group_config_entry_new ();

  entry->name = g_strdup (name);
  entry->config->name = g_strdup (name);
  g_ptr_array_add (self->configs, entry);
  return entry->config;
}
