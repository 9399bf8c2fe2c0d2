/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fake broker answers when nobody tells it otherwise: enough of a name server and of a broker for producers
 * and consumers to live.
 */
#include "rmq-fake-broker-internal.h"

#include "wire/rmq-batch-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-flags-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-topic-route-private.h"

static void
set_code (RmqFakeReply *reply, int code, const char *remark)
{
  reply->code = code;
  g_free (reply->remark);
  reply->remark = g_strdup (remark);
}

static void
take_body (RmqFakeReply *reply, RmqByteWriter *out)
{
  g_clear_pointer (&reply->body, g_bytes_unref);
  reply->body = _rmq_byte_writer_steal (out);
}

static RmqSlice
request_body (const RmqFakeRequest *request)
{
  size_t len;
  const char *data = g_bytes_get_data (request->body, &len);

  return rmq_slice (data, len);
}

/* --- name server --- */

static void
answer_route (RmqFakeBroker *self, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  g_autoptr (RmqTopicRoute) route = _rmq_topic_route_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (16 * 1024 * 1024);
  const char *topic = rmq_fake_request_get (request, "topic");

  for (unsigned i = 0; i < self->store.topics->len; i++)
    {
      RmqFakeTopic *t = g_ptr_array_index (self->store.topics, i);
      RmqBrokerData *broker = NULL;

      if (g_strcmp0 (t->topic, topic) != 0)
        continue;
      for (unsigned n = 0; n < self->nodes->len; n++)
        {
          RmqFakeNode *node = g_ptr_array_index (self->nodes, n);

          if (node->down || !g_str_equal (node->broker_name, t->broker_name))
            continue;
          if (broker == NULL)
            broker = _rmq_topic_route_add_broker (route, "DefaultCluster", t->broker_name);
          _rmq_broker_data_set_address (broker, node->broker_id, node->address);
        }
      if (broker != NULL)
        _rmq_topic_route_add_queues (route, t->broker_name, t->n_queues, t->n_queues, t->perm);
    }
  if (route->queues->len == 0)
    {
      set_code (reply, RMQ_RESPONSE_TOPIC_NOT_EXIST, "no topic route info in name server for the topic");
      return;
    }
  _rmq_topic_route_encode (route, &out);
  take_body (reply, &out);
}

/* --- clients --- */

static bool
consumes (const RmqFakeConnection *peer, const char *group)
{
  if (peer->heartbeat == NULL || group == NULL)
    return false;
  for (unsigned i = 0; i < peer->heartbeat->consumers->len; i++)
    if (g_strcmp0 (((RmqConsumerData *) g_ptr_array_index (peer->heartbeat->consumers, i))->group, group) == 0)
      return true;
  return false;
}

static void
answer_heartbeat (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  g_autoptr (GError) error = NULL;
  RmqHeartbeatData *data = _rmq_heartbeat_data_decode (request_body (request), &error);

  if (data == NULL)
    {
      set_code (reply, RMQ_RESPONSE_SYSTEM_ERROR, error->message);
      return;
    }
  for (unsigned i = 0; i < data->consumers->len; i++)
    {
      RmqConsumerData *consumer = g_ptr_array_index (data->consumers, i);
      g_autofree char *retry = _rmq_topic_new_retry (consumer->group);

      if (rmq_fake_store_find_topic (&self->store, retry, peer->node->broker_name) == NULL)
        rmq_fake_store_add_topic (&self->store, retry, peer->node->broker_name, 1, 6);
      if (!consumes (peer, consumer->group))
        rmq_fake_broker_notify_locked (self, consumer->group);
    }
  g_clear_pointer (&peer->heartbeat, _rmq_heartbeat_data_free);
  peer->heartbeat = data;
  rmq_fake_reply_set (reply, "IS_SUPPORT_HEART_BEAT_V2", "true");
  rmq_fake_reply_set (reply, "IS_SUB_CHANGE", "true");
}

static void
answer_unregister (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request)
{
  const char *group = rmq_fake_request_get (request, "consumerGroup");

  if (peer->heartbeat == NULL || group == NULL)
    return;
  for (unsigned i = peer->heartbeat->consumers->len; i-- > 0;)
    {
      RmqConsumerData *consumer = g_ptr_array_index (peer->heartbeat->consumers, i);

      if (g_str_equal (consumer->group, group))
        g_ptr_array_remove_index (peer->heartbeat->consumers, i);
    }
  rmq_fake_broker_notify_locked (self, group);
}

static void
answer_consumer_list (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  const char *group = rmq_fake_request_get (request, "consumerGroup");
  g_autoptr (RmqConsumerListBody) list = _rmq_consumer_list_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1024 * 1024);

  if (list->client_ids == NULL)
    list->client_ids = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < self->connections->len; i++)
    {
      RmqFakeConnection *other = g_ptr_array_index (self->connections, i);

      if (other->node == peer->node && consumes (other, group))
        g_ptr_array_add (list->client_ids, g_strdup (other->heartbeat->client_id));
    }
  for (unsigned i = 0; self->extra_ids != NULL && self->extra_ids[i] != NULL; i++)
    g_ptr_array_add (list->client_ids, g_strdup (self->extra_ids[i]));
  if (list->client_ids->len == 0)
    {
      set_code (reply, RMQ_RESPONSE_SYSTEM_ERROR, "no consumer for this group");
      return;
    }
  _rmq_consumer_list_body_encode (list, &out);
  take_body (reply, &out);
}

/* --- offsets --- */

static void
answer_offset (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  const char *topic = rmq_fake_request_get (request, "topic");
  const char *broker = peer->node->broker_name;
  int queue_id = rmq_fake_request_get_int (request, "queueId");
  RmqFakeQueue *queue = rmq_fake_store_get_queue (&self->store, topic, broker, queue_id);
  int64_t value;

  switch (request->code)
    {
    case RMQ_REQUEST_QUERY_CONSUMER_OFFSET:
      value = rmq_fake_store_get_offset (&self->store, rmq_fake_request_get (request, "consumerGroup"), topic, broker,
                                         queue_id);
      if (value < 0)
        {
          set_code (reply, RMQ_RESPONSE_QUERY_NOT_FOUND, "Not found, maybe this group consumer boot first");
          return;
        }
      break;
    case RMQ_REQUEST_UPDATE_CONSUMER_OFFSET:
      rmq_fake_store_set_offset (&self->store, rmq_fake_request_get (request, "consumerGroup"), topic, broker, queue_id,
                                 rmq_fake_request_get_int (request, "commitOffset"));
      return;
    case RMQ_REQUEST_GET_MAX_OFFSET:
      value = rmq_fake_queue_get_max_offset (queue);
      break;
    case RMQ_REQUEST_GET_MIN_OFFSET:
      value = queue->min_offset;
      break;
    default: /* SEARCH_OFFSET_BY_TIMESTAMP */
      value = MAX (queue->min_offset, queue->base);
      while (value < rmq_fake_queue_get_max_offset (queue)
             && rmq_fake_queue_get_record (queue, value)->store_timestamp
                    < rmq_fake_request_get_int (request, "timestamp"))
        value++;
    }
  rmq_fake_reply_set_int (reply, "offset", value);
}

/* --- pulls --- */

static const RmqSubscription *
find_subscription (const RmqFakeConnection *peer, const char *group, const char *topic)
{
  for (unsigned i = 0; peer->heartbeat != NULL && i < peer->heartbeat->consumers->len; i++)
    {
      RmqConsumerData *consumer = g_ptr_array_index (peer->heartbeat->consumers, i);

      if (g_strcmp0 (consumer->group, group) != 0)
        continue;
      for (unsigned k = 0; k < consumer->subscriptions->len; k++)
        {
          RmqSubscription *subscription = g_ptr_array_index (consumer->subscriptions, k);

          if (g_strcmp0 (subscription->topic, topic) == 0)
            return subscription;
        }
    }
  return NULL;
}

/* At most max records from offset on that match; *next is where to go on. */
static unsigned
collect (RmqFakeQueue *queue,
         const RmqSubscription *subscription,
         int64_t offset,
         int64_t max,
         RmqByteWriter *out,
         int64_t *next)
{
  unsigned n = 0;

  for (*next = offset; n < max; (*next)++)
    {
      const RmqFakeRecord *record = rmq_fake_queue_get_record (queue, *next);
      size_t len;
      const void *data;

      if (record == NULL)
        break;
      if (!_rmq_subscription_match_code (subscription, record->tag_code))
        continue;
      data = g_bytes_get_data (record->bytes, &len);
      rmq_byte_writer_bytes (out, data, len);
      n++;
    }
  return n;
}

static bool
answer_pull (RmqFakeBroker *self,
             RmqFakeConnection *peer,
             const RmqFakeRequest *request,
             bool may_hold,
             RmqFakeReply *reply)
{
  const char *group = rmq_fake_request_get (request, "consumerGroup");
  const char *topic = rmq_fake_request_get (request, "topic");
  int queue_id = rmq_fake_request_get_int (request, "queueId");
  int64_t offset = rmq_fake_request_get_int (request, "queueOffset");
  int64_t flags = rmq_fake_request_get_int (request, "sysFlag");
  g_autoptr (RmqSubscription) own = NULL;
  const RmqSubscription *subscription;
  RmqFakeQueue *queue = rmq_fake_store_get_queue (&self->store, topic, peer->node->broker_name, queue_id);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 * 1024 * 1024);
  int64_t end = rmq_fake_queue_get_max_offset (queue);
  int64_t next = offset;

  if (may_hold && (flags & RMQ_PULL_FLAG_COMMIT_OFFSET) != 0)
    rmq_fake_store_set_offset (&self->store, group, topic, peer->node->broker_name, queue_id,
                               rmq_fake_request_get_int (request, "commitOffset"));
  /* A subscription that comes along counts instead of that of the heartbeats. */
  if ((flags & RMQ_PULL_FLAG_SUBSCRIPTION) != 0)
    own = _rmq_subscription_build (topic, rmq_fake_request_get (request, "subscription"),
                                   rmq_fake_request_get (request, "expressionType"), G_MAXINT64, NULL);
  subscription = own != NULL ? own : find_subscription (peer, group, topic);
  if (subscription == NULL)
    {
      set_code (reply, RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST, "the consumer's group info not exist");
      return true;
    }
  if (rmq_fake_request_get_int (request, "subVersion") > subscription->version)
    {
      set_code (reply, RMQ_RESPONSE_SUBSCRIPTION_NOT_LATEST, "the consumer's subscription not latest");
      return true;
    }

  if (offset < queue->min_offset || offset > end)
    {
      set_code (reply, RMQ_RESPONSE_PULL_OFFSET_MOVED, NULL);
      next = offset > end ? end : queue->min_offset;
    }
  else if (collect (queue, subscription, offset, rmq_fake_request_get_int (request, "maxMsgNums"), &out, &next) > 0)
    take_body (reply, &out);
  else if (next > offset)
    set_code (reply, RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY, NULL);
  else if (may_hold && (flags & RMQ_PULL_FLAG_SUSPEND) != 0)
    return false;
  else
    set_code (reply, RMQ_RESPONSE_PULL_NOT_FOUND, NULL);

  rmq_fake_reply_set_int (reply, "suggestWhichBrokerId", 0);
  rmq_fake_reply_set_int (reply, "nextBeginOffset", next);
  rmq_fake_reply_set_int (reply, "minOffset", queue->min_offset);
  rmq_fake_reply_set_int (reply, "maxOffset", end);
  return true;
}

/* --- sends --- */

static int64_t
store_batch (RmqFakeBroker *self,
             RmqFakeConnection *peer,
             const char *topic,
             int queue_id,
             const RmqFakeRequest *request,
             GString *ids)
{
  RmqBatchElement element;
  size_t position = 0;
  int64_t first = -1;

  while (_rmq_batch_next (request_body (request), &position, &element, NULL))
    {
      g_autoptr (GBytes) body = g_bytes_new (element.body.data, element.body.len);
      g_autofree char *properties = g_strndup (element.properties.data, element.properties.len);
      RmqFakeMessage message = { .body = body, .flag = element.flag };
      int64_t offset =
          rmq_fake_broker_put_locked (self, topic, peer->node->broker_name, queue_id, &message, properties);

      if (first < 0)
        first = offset;
      g_string_append_printf (ids, "%s7F0000010000000000000000%08X", ids->len > 0 ? "," : "", (unsigned) offset);
    }
  return first;
}

static void
answer_send (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  const char *topic = rmq_fake_request_get (request, "b");
  int queue_id = rmq_fake_request_get_int (request, "e");
  const char *properties = rmq_fake_request_get (request, "i");
  g_autoptr (GString) ids = g_string_new (NULL);
  int64_t offset;

  if (topic == NULL)
    {
      set_code (reply, RMQ_RESPONSE_SYSTEM_ERROR, "topic is missing");
      return;
    }
  if (rmq_fake_store_find_topic (&self->store, topic, peer->node->broker_name) == NULL)
    rmq_fake_store_add_topic (&self->store, topic, peer->node->broker_name, 4, 6);
  if (g_strcmp0 (rmq_fake_request_get (request, "m"), "true") == 0)
    offset = store_batch (self, peer, topic, queue_id, request, ids);
  else
    {
      RmqFakeMessage message = {
        .body = request->body,
        .flag = rmq_fake_request_get_int (request, "h"),
        .sys_flag = rmq_fake_request_get_int (request, "f"),
        .reconsume_times = MAX (0, rmq_fake_request_get_int (request, "j")),
      };

      offset = rmq_fake_broker_put_locked (self, topic, peer->node->broker_name, queue_id, &message,
                                           properties != NULL ? properties : "");
      g_string_printf (ids, "7F0000010000000000000000%08X", (unsigned) offset);
    }
  rmq_fake_reply_set (reply, "msgId", ids->str);
  rmq_fake_reply_set_int (reply, "queueId", queue_id);
  rmq_fake_reply_set_int (reply, "queueOffset", offset);
  rmq_fake_reply_set (reply, "MSG_REGION", "DefaultRegion");
  rmq_fake_reply_set (reply, "TRACE_ON", "true");
}

static void
answer_send_back (RmqFakeBroker *self, RmqFakeConnection *peer, const RmqFakeRequest *request, RmqFakeReply *reply)
{
  const char *group = rmq_fake_request_get (request, "group");
  int64_t level = rmq_fake_request_get_int (request, "delayLevel");
  int64_t limit = rmq_fake_request_get_int (request, "maxReconsumeTimes");
  const RmqFakeRecord *kept = rmq_fake_store_find_record (&self->store, rmq_fake_request_get_int (request, "offset"));
  g_autoptr (GString) properties = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autofree char *topic = NULL;
  RmqRecord record;
  size_t len;
  const uint8_t *data;

  if (kept == NULL || group == NULL)
    {
      set_code (reply, RMQ_RESPONSE_SYSTEM_ERROR, "look message by offset failed");
      return;
    }
  data = g_bytes_get_data (kept->bytes, &len);
  g_assert_true (_rmq_record_decode (&record, data, len, 0, NULL));
  properties = g_string_new_len (record.properties.data, record.properties.len);
  if (_rmq_properties_text_find (record.properties, RMQ_SLICE_LITERAL ("RETRY_TOPIC")).data == NULL)
    g_string_append_printf (properties, "RETRY_TOPIC\001%.*s\002", (int) record.topic.len, record.topic.data);
  if (_rmq_properties_text_find (record.properties, RMQ_SLICE_LITERAL ("ORIGIN_MESSAGE_ID")).data == NULL)
    g_string_append_printf (properties, "ORIGIN_MESSAGE_ID\001%s\002", rmq_fake_request_get (request, "originMsgId"));

  topic = level < 0 || record.reconsume_times >= (limit < 0 ? 16 : limit) ? _rmq_topic_new_dlq (group)
                                                                          : _rmq_topic_new_retry (group);
  body = g_bytes_new (record.body.data, record.body.len);
  if (self->instant_retry || g_str_has_prefix (topic, RMQ_DLQ_PREFIX))
    rmq_fake_broker_put_locked (self, topic, peer->node->broker_name, 0,
                                &(RmqFakeMessage){ .body = body,
                                                   .flag = record.flag,
                                                   .sys_flag = record.sys_flag,
                                                   .reconsume_times = record.reconsume_times + 1 },
                                properties->str);
}

/* The lock body and the answer to it have the same queues. */
static void
answer_lock (const RmqFakeRequest *request, RmqFakeReply *reply)
{
  g_autoptr (RmqLockBody) asked = _rmq_lock_body_decode (request_body (request), NULL);
  g_autoptr (RmqLockResultBody) given = _rmq_lock_result_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1024 * 1024);

  for (unsigned i = 0; asked != NULL && i < asked->queues->len; i++)
    g_ptr_array_add (given->locked, rmq_message_queue_ref (g_ptr_array_index (asked->queues, i)));
  _rmq_lock_result_body_encode (given, &out);
  take_body (reply, &out);
}

bool
rmq_fake_answer (RmqFakeBroker *self,
                 RmqFakeConnection *peer,
                 const RmqFakeRequest *request,
                 bool may_hold,
                 RmqFakeReply *reply)
{
  switch (request->code)
    {
    case RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC:
      answer_route (self, request, reply);
      break;
    case RMQ_REQUEST_HEART_BEAT:
      answer_heartbeat (self, peer, request, reply);
      break;
    case RMQ_REQUEST_UNREGISTER_CLIENT:
      answer_unregister (self, peer, request);
      break;
    case RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP:
      answer_consumer_list (self, peer, request, reply);
      break;
    case RMQ_REQUEST_QUERY_CONSUMER_OFFSET:
    case RMQ_REQUEST_UPDATE_CONSUMER_OFFSET:
    case RMQ_REQUEST_GET_MAX_OFFSET:
    case RMQ_REQUEST_GET_MIN_OFFSET:
    case RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP:
      answer_offset (self, peer, request, reply);
      break;
    case RMQ_REQUEST_PULL_MESSAGE:
    case RMQ_REQUEST_LITE_PULL_MESSAGE:
      return answer_pull (self, peer, request, may_hold, reply);
    case RMQ_REQUEST_SEND_MESSAGE_V2:
    case RMQ_REQUEST_SEND_BATCH_MESSAGE:
      answer_send (self, peer, request, reply);
      break;
    case RMQ_REQUEST_CONSUMER_SEND_MSG_BACK:
      answer_send_back (self, peer, request, reply);
      break;
    case RMQ_REQUEST_LOCK_BATCH_MQ:
      answer_lock (request, reply);
      break;
    case RMQ_REQUEST_UNLOCK_BATCH_MQ:
    case RMQ_REQUEST_CHECK_CLIENT_CONFIG:
    case RMQ_REQUEST_END_TRANSACTION:
      break;
    default:
      set_code (reply, RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED, "request type not supported");
    }
  return true;
}
