/* SPDX-License-Identifier: Apache-2.0
 *
 * CONSUMER_SEND_MSG_BACK, retry topics and dead letters. (RocketMQ: AbstractSendMessageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "broker/rmq-broker-durable-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "broker/rmq-broker-retry-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-offset-id-private.h"

/* What the first retry waits, as a level. */
#define FIRST_RETRY_LEVEL 3

/* --- topics -------------------------------------------------------------------------------------------------- */

static RmqBrokerTopic *
find_or_make (RmqBrokerCore *core, const char *name, int queues)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (name));

  if (topic != NULL)
    return topic;
  return _rmq_broker_topics_ensure (core->topics, rmq_slice_from_string (name), queues, RMQ_PERM_READ | RMQ_PERM_WRITE);
}

RmqBrokerTopic *
_rmq_broker_retry_topic (RmqBrokerCore *core, const char *group, int queues)
{
  g_autofree char *name = _rmq_topic_new_retry (group);

  return find_or_make (core, name, queues);
}

RmqBrokerTopic *
_rmq_broker_dead_letter_topic (RmqBrokerCore *core, const char *group)
{
  g_autofree char *name = _rmq_topic_new_dlq (group);

  return find_or_make (core, name, 1);
}

/* --- sends to a retry topic ---------------------------------------------------------------------------------- */

static void
move (RmqBrokerMessage *message, RmqBrokerTopic *topic, int32_t queue_id)
{
  message->topic = topic;
  message->record.topic = topic->slice;
  message->record.queue_id = queue_id;
}

bool
_rmq_broker_retry_route (RmqBrokerCore *core, RmqBrokerMessage *message)
{
  const char *group = _rmq_topic_get_group (message->topic->name);
  RmqGroupConfigBody *config;
  int32_t max;

  config = _rmq_broker_subscribers_find_or_create (core->subscribers, rmq_slice_from_string (group));
  if (config == NULL)
    {
      _rmq_broker_message_refuse (message, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                                  "subscription group not exist, %s", group);
      return false;
    }
  max = message->header->has.max_reconsume_times ? message->header->max_reconsume_times : config->retry_max_times;
  if (message->record.reconsume_times <= max && !_rmq_broker_locks_is_held (core->locks, group))
    return true;
  move (message, _rmq_broker_dead_letter_topic (core, group), 0);
  _rmq_broker_message_set_property (message, RMQ_PROPERTY_DELAY, RMQ_SLICE_NULL);
  return true;
}

/* --- 36 ------------------------------------------------------------------------------------------------------ */

/* Its text moves with the store, so what is put is a copy. */
static bool
load_record (RmqBrokerCore *core, int64_t offset, RmqBrokerMessage *message)
{
  RmqStoredRecord stored;
  uint8_t *copy;

  if (!_rmq_broker_store_lookup (core->store, offset, &stored))
    return false;
  copy = _rmq_broker_message_keep (message, g_memdup2 (stored.data, stored.size));
  return _rmq_record_decode (&message->record, copy, stored.size, 0, NULL);
}

static void
set_text (RmqBrokerMessage *message, const char *name, const char *value)
{
  _rmq_broker_message_set_property (message, name, rmq_slice_from_string (value));
}

/* What it was, before it goes anywhere else; both stay as the first send-back wrote them. */
static void
set_origin (RmqBrokerMessage *message, int64_t offset, bool dead)
{
  char id[RMQ_OFFSET_ID_MAX + 1];
  RmqSlice first = _rmq_broker_message_get_property (message, RMQ_PROPERTY_ORIGIN_MESSAGE_ID);
  RmqSlice topic = _rmq_broker_message_get_property (message, RMQ_PROPERTY_RETRY_TOPIC);

  id[_rmq_offset_id_encode (&message->record.store_host, offset, id)] = '\0';
  if (topic.data == NULL)
    {
      topic = message->record.topic;
      _rmq_broker_message_set_property (message, RMQ_PROPERTY_RETRY_TOPIC, topic);
      topic = _rmq_broker_message_get_property (message, RMQ_PROPERTY_RETRY_TOPIC);
    }
  if (dead)
    {
      _rmq_broker_message_set_property (message, RMQ_PROPERTY_DLQ_ORIGIN_TOPIC, topic);
      first = _rmq_broker_message_get_property (message, RMQ_PROPERTY_ORIGIN_MESSAGE_ID);
      _rmq_broker_message_set_property (message, RMQ_PROPERTY_DLQ_ORIGIN_MESSAGE_ID,
                                        first.data != NULL ? first : rmq_slice_from_string (id));
    }
  if (_rmq_broker_message_get_property (message, RMQ_PROPERTY_ORIGIN_MESSAGE_ID).data == NULL)
    set_text (message, RMQ_PROPERTY_ORIGIN_MESSAGE_ID, id);
}

static void
send_back (RmqBrokerCore *core,
           const RmqConsumerSendMsgBackRequestHeader *header,
           const RmqGroupConfigBody *config,
           RmqBrokerMessage *message)
{
  int32_t max = header->has.max_reconsume_times && header->max_reconsume_times >= 0 ? header->max_reconsume_times
                                                                                    : config->retry_max_times;
  bool dead = message->record.reconsume_times >= max || header->delay_level < 0;
  int32_t level = header->delay_level;
  char text[16];

  set_origin (message, header->offset, dead);
  if (dead)
    {
      _rmq_broker_message_set_property (message, RMQ_PROPERTY_DELAY, RMQ_SLICE_NULL);
      move (message, _rmq_broker_dead_letter_topic (core, config->name), 0);
    }
  else
    {
      if (level == 0)
        level = FIRST_RETRY_LEVEL + MIN (message->record.reconsume_times, 1000);
      g_snprintf (text, sizeof text, "%d", level);
      set_text (message, RMQ_PROPERTY_DELAY, text);
      move (message, _rmq_broker_retry_topic (core, config->name, config->retry_queues),
            g_random_int_range (0, config->retry_queues));
    }
  if (message->record.reconsume_times < INT32_MAX)
    message->record.reconsume_times++;
}

/* False: answered. */
static bool
check (RmqBrokerCore *core,
       const RmqBrokerTicket *ticket,
       const RmqConsumerSendMsgBackRequestHeader *header,
       RmqGroupConfigBody **config)
{
  *config = _rmq_broker_subscribers_find_or_create (core->subscribers, header->group);
  if (*config == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                             "subscription group not exist, %.*s", (int) header->group.len, header->group.data);
  else if ((core->settings->perm & RMQ_PERM_WRITE) == 0)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_NO_PERMISSION, "the broker[%s] sending message is forbidden",
                             core->address);
  else if ((*config)->retry_queues <= 0)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
  else
    return true;
  return false;
}

static void
handle_back (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  RmqConsumerSendMsgBackRequestHeader header;
  g_auto (RmqBrokerMessage) message = { .code = 0 };
  RmqGroupConfigBody *config;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ConsumerSendMsgBackRequestHeader), &header)
      || !check (core, ticket, &header, &config))
    return;
  if (!load_record (core, header.offset, &message))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "look message by offset failed, %" PRId64,
                               header.offset);
      return;
    }
  send_back (core, &header, config, &message);
  if (_rmq_broker_put (core, &message, 1) != RMQ_RESPONSE_SUCCESS)
    _rmq_broker_answer_code (core, ticket, message.code, "%s", message.remark != NULL ? message.remark : "not stored");
  else
    _rmq_broker_answer_durable (core, ticket, NULL, NULL);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, handle_back },
};

const RmqBrokerModule rmq_broker_back_module = {
  .name = "back",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
