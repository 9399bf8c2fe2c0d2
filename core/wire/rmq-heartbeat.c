/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of heartbeat bodies and the names of their enumerations.
 */
#include "rmq-heartbeat-private.h"

static const char *const consume_types[] = { "CONSUME_ACTIVELY", "CONSUME_PASSIVELY", "CONSUME_POP" };
static const char *const message_models[] = { "BROADCASTING", "CLUSTERING", "LITE_SELECTIVE" };
static const char *const from_wheres[] = {
  "CONSUME_FROM_LAST_OFFSET",  "CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST",
  "CONSUME_FROM_MIN_OFFSET",   "CONSUME_FROM_MAX_OFFSET",
  "CONSUME_FROM_FIRST_OFFSET", "CONSUME_FROM_TIMESTAMP",
};

const RmqBodyEnum _rmq_consume_type_names = RMQ_BODY_ENUM (consume_types);
const RmqBodyEnum _rmq_message_model_names = RMQ_BODY_ENUM (message_models);
const RmqBodyEnum _rmq_from_where_names = RMQ_BODY_ENUM (from_wheres);

static const RmqBodyField producer_data_rows[] = {
  RMQ_ROW (RmqProducerData, group, "groupName", STRING),
};
RMQ_DEFINE_BODY (RmqProducerData, producer_data, "ProducerData", producer_data_rows)

static const RmqBodyField consumer_data_rows[] = {
  RMQ_ROW (RmqConsumerData, from_where, "consumeFromWhere", ENUM, .initial = -1, .names = &_rmq_from_where_names),
  RMQ_ROW (RmqConsumerData, consume_type, "consumeType", ENUM, .initial = -1, .names = &_rmq_consume_type_names),
  RMQ_ROW (RmqConsumerData, group, "groupName", STRING),
  RMQ_ROW (RmqConsumerData, model, "messageModel", ENUM, .initial = -1, .names = &_rmq_message_model_names),
  RMQ_ROW (RmqConsumerData, subscriptions, "subscriptionDataSet", LIST, .nested = &_rmq_subscription_type),
  RMQ_ROW (RmqConsumerData, unit_mode, "unitMode", BOOLEAN),
};
RMQ_DEFINE_BODY (RmqConsumerData, consumer_data, "ConsumerData", consumer_data_rows)

static const RmqBodyField heartbeat_data_rows[] = {
  RMQ_ROW (RmqHeartbeatData, client_id, "clientID", STRING),
  RMQ_ROW (RmqHeartbeatData, consumers, "consumerDataSet", LIST, .nested = &_rmq_consumer_data_type),
  RMQ_ROW (RmqHeartbeatData, fingerprint, "heartbeatFingerprint", INT32),
  RMQ_ROW (RmqHeartbeatData, producers, "producerDataSet", LIST, .nested = &_rmq_producer_data_type),
  RMQ_ROW (RmqHeartbeatData, without_sub, "withoutSub", BOOLEAN),
};
RMQ_DEFINE_BODY (RmqHeartbeatData, heartbeat_data, "HeartbeatData", heartbeat_data_rows)

static const RmqBodyField check_client_rows[] = {
  RMQ_ROW (RmqCheckClientBody, client_id, "clientId", STRING),
  RMQ_ROW (RmqCheckClientBody, group, "group", STRING),
  RMQ_ROW (RmqCheckClientBody, ns, "namespace", STRING),
  RMQ_ROW (RmqCheckClientBody,
           subscription,
           "subscriptionData",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_subscription_type),
};
RMQ_DEFINE_BODY (RmqCheckClientBody, check_client_body, "CheckClientRequestBody", check_client_rows)

RmqHeartbeatData *
_rmq_heartbeat_data_new_for (const char *client_id)
{
  RmqHeartbeatData *self = _rmq_heartbeat_data_new ();

  self->client_id = g_strdup (client_id);
  return self;
}

void
_rmq_heartbeat_data_add_producer (RmqHeartbeatData *self, const char *group)
{
  RmqProducerData *producer = _rmq_producer_data_new ();

  producer->group = g_strdup (group);
  g_ptr_array_add (self->producers, producer);
}

RmqConsumerData *
_rmq_heartbeat_data_add_consumer (RmqHeartbeatData *self,
                                  const char *group,
                                  RmqHeartbeatConsumeType consume_type,
                                  RmqHeartbeatModel model,
                                  RmqHeartbeatFromWhere from_where)
{
  RmqConsumerData *consumer = _rmq_consumer_data_new ();

  consumer->group = g_strdup (group);
  consumer->consume_type = consume_type;
  consumer->model = model;
  consumer->from_where = from_where;
  g_ptr_array_add (self->consumers, consumer);
  return consumer;
}
