/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the bodies about connections and subscriptions.
 */
#include "rmq-connection-body-private.h"

#define LANGUAGE_NAME(name, code) [code] = #name,
static const char *const languages[] = { RMQ_LANGUAGES (LANGUAGE_NAME) };
static const RmqBodyEnum language_names = RMQ_BODY_ENUM (languages);

static const RmqBodyField connection_info_rows[] = {
  RMQ_ROW (RmqConnectionInfo, address, "clientAddr", STRING),
  RMQ_ROW (RmqConnectionInfo, client_id, "clientId", STRING),
  RMQ_ROW (RmqConnectionInfo, language, "language", ENUM, .initial = -1, .names = &language_names),
  RMQ_ROW (RmqConnectionInfo, version, "version", INT32),
};
RMQ_DEFINE_BODY (RmqConnectionInfo, connection_info, "Connection", connection_info_rows)

static const RmqBodyField subscription_entry_rows[] = {
  RMQ_ROW (RmqSubscriptionEntry, topic, "key", STRING),
  RMQ_ROW (RmqSubscriptionEntry, subscription, "value", STRUCT, .nested = &_rmq_subscription_type),
};
RMQ_DEFINE_BODY (RmqSubscriptionEntry,
                 subscription_entry,
                 "Map.Entry<String, SubscriptionData>",
                 subscription_entry_rows)

static const RmqBodyField consumer_connection_rows[] = {
  RMQ_ROW (RmqConsumerConnectionBody, connections, "connectionSet", LIST, .nested = &_rmq_connection_info_type),
  RMQ_ROW (RmqConsumerConnectionBody,
           from_where,
           "consumeFromWhere",
           ENUM,
           .initial = -1,
           .names = &_rmq_from_where_names),
  RMQ_ROW (RmqConsumerConnectionBody,
           consume_type,
           "consumeType",
           ENUM,
           .initial = -1,
           .names = &_rmq_consume_type_names),
  RMQ_ROW (RmqConsumerConnectionBody, model, "messageModel", ENUM, .initial = -1, .names = &_rmq_message_model_names),
  RMQ_ROW (RmqConsumerConnectionBody, subscriptions, "subscriptionTable", MAP, .nested = &_rmq_subscription_entry_type),
};
RMQ_DEFINE_BODY (RmqConsumerConnectionBody, consumer_connection_body, "ConsumerConnection", consumer_connection_rows)

static const RmqBodyField producer_connection_rows[] = {
  RMQ_ROW (RmqProducerConnectionBody, connections, "connectionSet", LIST, .nested = &_rmq_connection_info_type),
};
RMQ_DEFINE_BODY (RmqProducerConnectionBody, producer_connection_body, "ProducerConnection", producer_connection_rows)

static const RmqBodyField producer_info_rows[] = {
  RMQ_ROW (RmqProducerInfo, client_id, "clientId", STRING),
  RMQ_ROW (RmqProducerInfo, language, "language", ENUM, .initial = -1, .names = &language_names),
  RMQ_ROW (RmqProducerInfo, last_update, "lastUpdateTimestamp", INT64),
  RMQ_ROW (RmqProducerInfo, remote_ip, "remoteIP", STRING),
  RMQ_ROW (RmqProducerInfo, version, "version", INT32),
};
RMQ_DEFINE_BODY (RmqProducerInfo, producer_info, "ProducerInfo", producer_info_rows)

static const RmqBodyField producer_info_entry_rows[] = {
  RMQ_ROW (RmqProducerInfoEntry, group, "key", STRING),
  RMQ_ROW (RmqProducerInfoEntry, producers, "value", LIST, .nested = &_rmq_producer_info_type),
};
RMQ_DEFINE_BODY (RmqProducerInfoEntry,
                 producer_info_entry,
                 "Map.Entry<String, List<ProducerInfo>>",
                 producer_info_entry_rows)

static const RmqBodyField producer_table_rows[] = {
  RMQ_ROW (RmqProducerTableBody, groups, "data", MAP, .nested = &_rmq_producer_info_entry_type),
};
RMQ_DEFINE_BODY (RmqProducerTableBody, producer_table_body, "ProducerTableInfo", producer_table_rows)

static const RmqBodyField query_subscription_rows[] = {
  RMQ_ROW (RmqQuerySubscriptionBody, group, "group", STRING),
  RMQ_ROW (RmqQuerySubscriptionBody,
           subscription,
           "subscriptionData",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_subscription_type),
  RMQ_ROW (RmqQuerySubscriptionBody, topic, "topic", STRING),
};
RMQ_DEFINE_BODY (RmqQuerySubscriptionBody,
                 query_subscription_body,
                 "QuerySubscriptionResponseBody",
                 query_subscription_rows)
