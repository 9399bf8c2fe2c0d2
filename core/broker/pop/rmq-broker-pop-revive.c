/* SPDX-License-Identifier: Apache-2.0
 *
 * What was popped and not acknowledged in time goes into the retry topic of the group and the topic, and is popped from
 * there. (RocketMQ: PopReviveService.)
 */
#include "rmq-broker-pop-private.h"

#include "base/rmq-log-private.h"

typedef struct
{
  int64_t offset;
  uint8_t *data; /* of the record */
  size_t size;
} Found;

/* The store's memory may move when the message is put, so the record is copied. */
static bool
copy_record (const RmqStoredRecord *stored, void *data)
{
  Found *found = data;

  if (stored->queue_offset == found->offset)
    {
      found->data = g_memdup2 (stored->data, stored->size);
      found->size = stored->size;
    }
  return false;
}

static RmqBrokerTopic *
ensure_retry_topic (RmqBrokerCore *core, const RmqLease *lease, RmqBrokerTopic *topic)
{
  g_autofree char *group = rmq_slice_dup (lease->key.group);
  g_autofree char *name = NULL;
  RmqSlice slice;
  RmqBrokerTopic *retry;

  if (_rmq_pop_topic_retry_flag (topic->slice) != '0')
    return topic;
  name = core->settings->pop_retry_v2 ? _rmq_pop_retry_topic_v2 (topic->name, group)
                                      : _rmq_pop_retry_topic_v1 (topic->name, group);
  slice = rmq_slice_from_string (name);
  retry = _rmq_broker_topics_find (core->topics, slice);
  return retry != NULL ? retry : _rmq_broker_topics_ensure (core->topics, slice, 1, RMQ_PERM_READ | RMQ_PERM_WRITE);
}

/* When it was popped first, and for whom. Where there is no room, they are left out. */
static void
add_properties (RmqBrokerMessage *message, const RmqLease *lease)
{
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, lease->key.pop_time);
  size_t room =
      strlen (time) + lease->key.group.len + sizeof RMQ_PROPERTY_FIRST_POP_TIME + sizeof RMQ_PROPERTY_ORIGIN_GROUP + 4;

  if (message->record.properties.len + room > RMQ_PROPERTIES_MAX)
    return;
  if (_rmq_broker_message_get_property (message, RMQ_PROPERTY_FIRST_POP_TIME).data == NULL)
    _rmq_broker_message_set_property (message, RMQ_PROPERTY_FIRST_POP_TIME, rmq_slice_from_string (time));
  _rmq_broker_message_set_property (message, RMQ_PROPERTY_ORIGIN_GROUP, lease->key.group);
}

static bool
put_again (RmqBrokerCore *core, const RmqLease *lease, const RmqRecord *record, RmqBrokerTopic *retry)
{
  g_auto (RmqBrokerMessage) message = { .record = *record, .topic = retry, .direct = true };
  int code;

  message.record.topic = retry->slice;
  message.record.queue_id = 0;
  message.record.v2 = false;
  message.record.born_host = core->store_host;
  if (!lease->keeps_count && message.record.reconsume_times < G_MAXINT32)
    message.record.reconsume_times++;
  add_properties (&message, lease);
  _rmq_broker_message_scan (&message);
  code = _rmq_broker_put (core, &message, 1);
  if (code != RMQ_RESPONSE_SUCCESS)
    rmq_warning ("broker", retry->name, "A message that was not acknowledged was not put into %s: %s", retry->name,
                 message.remark != NULL ? message.remark : "it is not said why");
  return code == RMQ_RESPONSE_SUCCESS;
}

/* True: done, also when the message is not kept any more. */
static bool
revive_one (RmqBrokerCore *core, const RmqLease *lease, RmqBrokerQueue *queue, int64_t offset)
{
  Found found = { .offset = offset };
  RmqRecord record;
  bool done = true;

  if (offset < queue->min_offset || offset >= queue->max_offset)
    return true;
  _rmq_broker_store_scan (core->store, queue, offset, copy_record, &found);
  if (found.data != NULL && _rmq_record_decode (&record, found.data, found.size, 0, NULL))
    done = put_again (core, lease, &record, ensure_retry_topic (core, lease, queue->topic));
  g_free (found.data);
  return done;
}

/* Those who wait for the topic itself are told of its retries, too. */
static void
wake (RmqBrokerCore *core, const RmqLease *lease)
{
  g_autofree char *topic = rmq_slice_dup (lease->key.topic);
  g_autofree char *group = rmq_slice_dup (lease->key.group);
  g_autofree char *normal = _rmq_pop_topic_normal (topic, group);
  RmqBrokerTopic *found = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (normal));

  if (found != NULL)
    _rmq_broker_pop_wake (core, found);
}

bool
_rmq_broker_pop_revive (RmqBrokerCore *core, RmqLease *lease, void *data)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, lease->key.topic);
  RmqBrokerQueue *queue;
  bool done = true;

  /* Of a topic or a group that is gone nothing comes again. */
  if (topic == NULL || _rmq_broker_subscribers_find (core->subscribers, lease->key.group) == NULL)
    return true;
  queue = _rmq_broker_topic_get_any_queue (core, topic, lease->key.queue_id);
  for (unsigned i = 0; queue != NULL && done && i < lease->n; i++)
    if ((lease->acked & UINT32_C (1) << i) == 0)
      {
        done = revive_one (core, lease, queue, lease->offsets[i]);
        if (done)
          lease->acked |= UINT32_C (1) << i;
      }
  wake (core, lease);
  return done;
}
