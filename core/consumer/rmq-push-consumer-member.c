/* SPDX-License-Identifier: Apache-2.0
 *
 * What the client instance asks of a consumer: its topics, its part of the heartbeat, rebalancing, offsets, and what
 * brokers want to know or to have done.
 */
#include "rmq-rebalancer-private.h"

#include "client/rmq-route-private.h"
#include "wire/rmq-string-pair-private.h"

static RmqPushConsumerCore *
get_core (RmqConsumerInner *inner)
{
  return (RmqPushConsumerCore *) inner;
}

static void
foreach_topic (RmqConsumerInner *inner, RmqTopicFunc func, void *data)
{
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  g_hash_table_iter_init (&iter, get_core (inner)->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    func (topic->name, data);
}

/* Brokers that are new in it must hear of us before they can list us. */
static void
route_changed (RmqConsumerInner *inner, RmqRoute *route)
{
  RmqPushConsumerCore *self = get_core (inner);

  if (_rmq_push_consumer_core_get_state (self) == RMQ_STATE_RUNNING
      && _rmq_push_consumer_core_find_topic (self, route->topic) != NULL)
    _rmq_push_consumer_core_heartbeat (self, true);
}

static RmqHeartbeatFromWhere
get_from_where (RmqConsumeFrom from)
{
  switch (from)
    {
    case RMQ_CONSUME_FROM_FIRST_OFFSET:
      return RMQ_HEARTBEAT_FROM_FIRST_OFFSET;
    case RMQ_CONSUME_FROM_TIMESTAMP:
      return RMQ_HEARTBEAT_FROM_TIMESTAMP;
    default:
      return RMQ_HEARTBEAT_FROM_LAST_OFFSET;
    }
}

static void
fill_heartbeat (RmqConsumerInner *inner, RmqHeartbeatData *data)
{
  RmqPushConsumerCore *self = get_core (inner);
  RmqConsumerData *consumer = _rmq_heartbeat_data_add_consumer (data, inner->group, RMQ_HEARTBEAT_CONSUME_PASSIVELY,
                                                                self->settings.broadcasting ? RMQ_HEARTBEAT_BROADCASTING
                                                                                            : RMQ_HEARTBEAT_CLUSTERING,
                                                                get_from_where (self->settings.consume_from));
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  consumer->unit_mode = _rmq_client_core_get_settings (self->client)->unit_mode;
  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    g_ptr_array_add (consumer->subscriptions, _rmq_subscription_copy (topic->subscription));
}

static void
rebalance (RmqConsumerInner *inner)
{
  RmqPushConsumerCore *self = get_core (inner);

  if (_rmq_push_consumer_core_get_state (self) == RMQ_STATE_RUNNING)
    _rmq_rebalancer_run (self->rebalancer);
  else
    _rmq_rebalance_service_done (_rmq_client_core_get_rebalance_service (self->client), inner, true);
}

static bool
persist_offsets (RmqConsumerInner *inner)
{
  RmqPushConsumerCore *self = get_core (inner);
  GHashTableIter iter;
  RmqPuller *puller;
  bool again = false;

  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    again |= _rmq_puller_commit (puller);
  return _rmq_push_consumer_core_write_offsets (self, NULL) ? again : true;
}

/* --- running info --- */

static void
add_number (RmqConsumerRunningInfo *info, const char *key, int64_t value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  _rmq_string_pairs_add (info->properties, key, text);
}

static void
fill_properties (RmqPushConsumerCore *self, RmqConsumerRunningInfo *info)
{
  char version[RMQ_VERSION_NAME_SIZE];

  _rmq_string_pairs_add (info->properties, RMQ_RUNNING_INFO_CONSUME_TYPE, "CONSUME_PASSIVELY");
  _rmq_string_pairs_add (info->properties, RMQ_RUNNING_INFO_ORDERLY, "false");
  _rmq_string_pairs_add (info->properties, RMQ_RUNNING_INFO_CLIENT_VERSION,
                         _rmq_version_get_name (RMQ_VERSION_CURRENT, version));
  add_number (info, RMQ_RUNNING_INFO_THREADS, MAX (1, _rmq_delivery_get_n_threads (self->delivery)));
  add_number (info, RMQ_RUNNING_INFO_START, self->start_ms);
  add_number (info, "consumeMessageBatchMaxSize", self->settings.consume_batch_size);
  add_number (info, "pullBatchSize", self->settings.pull_batch_size);
  add_number (info, "pullThresholdForQueue", self->threshold_count);
  add_number (info, "maxReconsumeTimes", _rmq_push_consumer_settings_get_max_reconsume_times (&self->settings));
}

static void
fill_queue (RmqPuller *puller, RmqProcessQueueInfo *info)
{
  info->commit_offset = puller->offset.value;
  info->cached_min_offset = MAX (0, _rmq_process_queue_get_min_offset (&puller->cache));
  info->cached_max_offset = MAX (0, _rmq_process_queue_get_max_offset (&puller->cache));
  info->cached_count = (int32_t) puller->cache.count;
  info->cached_mib = (int32_t) (puller->cache.bytes / (1024 * 1024));
  info->dropped = puller->state == RMQ_PULLER_RESETTING;
  info->last_pull_time = puller->last_pull_ms;
  info->last_consume_time = puller->last_consume_ms;
}

static void
fill_running_info (RmqConsumerInner *inner, RmqConsumerRunningInfo *info)
{
  RmqPushConsumerCore *self = get_core (inner);
  GHashTableIter iter;
  RmqConsumerTopic *topic;
  RmqPuller *puller;

  fill_properties (self, info);
  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    {
      g_ptr_array_add (info->subscriptions, _rmq_subscription_copy (topic->subscription));
      _rmq_consumer_stats_fill (&topic->stats, _rmq_io_now (self->io),
                                _rmq_consumer_running_info_add_status (info, topic->name));
    }
  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    fill_queue (puller, _rmq_consumer_running_info_add_queue (info, puller->queue));
}

/* --- offsets from outside --- */

static void
reset_offsets (RmqConsumerInner *inner, const char *topic, GPtrArray *queues, const int64_t *offsets)
{
  RmqPushConsumerCore *self = get_core (inner);

  if (_rmq_push_consumer_core_get_state (self) != RMQ_STATE_RUNNING)
    return;
  for (unsigned i = 0; i < queues->len; i++)
    {
      RmqPuller *puller = g_hash_table_lookup (self->pullers, g_ptr_array_index (queues, i));

      if (puller != NULL && puller->state != RMQ_PULLER_STARTING && g_str_equal (puller->topic->name, topic)
          && offsets[i] >= 0)
        _rmq_puller_reset (puller, offsets[i]);
    }
}

static void
foreach_offset (RmqConsumerInner *inner,
                const char *topic,
                void (*add) (RmqMessageQueue *queue, int64_t offset, void *data),
                void *data)
{
  GHashTableIter iter;
  RmqPuller *puller;

  g_hash_table_iter_init (&iter, get_core (inner)->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    if (g_str_equal (puller->topic->name, topic) && puller->offset.value >= 0)
      add (puller->queue, puller->offset.value, data);
}

static void
consume_directly (RmqConsumerInner *inner, RmqMessage *message, RmqConsumeDirectlyDone done, void *data)
{
  _rmq_push_consumer_core_consume_directly (get_core (inner), message, done, data);
}

static void
client_closed (RmqConsumerInner *inner, const GError *error)
{
  _rmq_push_consumer_core_client_closed (get_core (inner), error);
}

const struct _RmqConsumerInnerInterface _rmq_push_consumer_member_interface = {
  .foreach_topic = foreach_topic,
  .route_changed = route_changed,
  .fill_heartbeat = fill_heartbeat,
  .rebalance = rebalance,
  .persist_offsets = persist_offsets,
  .fill_running_info = fill_running_info,
  .reset_offsets = reset_offsets,
  .foreach_offset = foreach_offset,
  .consume_directly = consume_directly,
  .client_closed = client_closed,
};
