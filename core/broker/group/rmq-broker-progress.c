/* SPDX-License-Identifier: Apache-2.0
 *
 * How far groups are: consume statistics, what they read, offsets copied from one to another. (RocketMQ:
 * AdminBrokerProcessor.) Rates of consumption are not counted: they are 0.
 */
#include "broker/rmq-broker-core-private.h"

#include <rmq/rmq.h>
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-header-group-private.h"
#include "wire/rmq-stats-body-private.h"

/* --- of a queue and a topic ---------------------------------------------------------------------------------- */

static void
add_queue (RmqBrokerCore *core, RmqSlice group, RmqBrokerTopic *topic, int32_t id, RmqConsumeStats *stats)
{
  RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, id);
  int64_t committed = _rmq_broker_offsets_get (core->offsets, group, topic->slice, id);
  int64_t pulled = _rmq_broker_offsets_get_pulled (core->offsets, group, topic->slice, id);
  g_autoptr (RmqMessageQueue) key = rmq_message_queue_new (topic->name, core->settings->broker_name, id);
  RmqConsumeOffset *offset = _rmq_consume_stats_add (stats, key);

  offset->broker_offset = queue != NULL ? queue->max_offset : 0;
  offset->consumer_offset = MAX (committed, 0);
  offset->pull_offset = MAX (pulled, offset->consumer_offset);
  if (queue != NULL && committed > 0)
    offset->last_timestamp = MAX (_rmq_broker_store_get_store_time (core->store, queue, committed - 1), 0);
}

/* A group that is online and does not subscribe to the topic has no part in it any more. */
static void
add_topic (RmqBrokerCore *core, RmqSlice group, RmqSlice name, RmqConsumeStats *stats)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, name);
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, group);

  if (topic == NULL
      || (online != NULL && g_hash_table_size (online->subscriptions) > 0
          && _rmq_broker_online_find_subscription (online, name) == NULL))
    return;
  for (int32_t i = 0; i < topic->read_queues; i++)
    add_queue (core, group, topic, i, stats);
}

/* --- topics of a group --------------------------------------------------------------------------------------- */

static void
add_name (RmqBrokerPosition *position, void *data)
{
  g_ptr_array_add (data, g_strdup (position->topic));
}

/* That it has offsets in. (transfer full) */
static GPtrArray *
find_topics (RmqBrokerCore *core, RmqSlice group)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  _rmq_broker_offsets_foreach (core->offsets, group, RMQ_SLICE_NULL, add_name, names);
  return names;
}

/* topicList names each topic with a semicolon behind it. (transfer full) */
static GPtrArray *
wanted_topics (RmqBrokerCore *core, const RmqGetConsumeStatsRequestHeader *header)
{
  GPtrArray *names;
  g_autofree char *list = header->has.topic_list ? rmq_slice_dup (header->topic_list) : NULL;
  g_auto (GStrv) parts = g_strsplit (list != NULL ? list : "", ";", -1);

  if (!header->has.topic_list && (!header->has.topic || header->topic.len == 0))
    return find_topics (core, header->consumer_group);
  names = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0')
      g_ptr_array_add (names, g_strdup (parts[i]));
  if (header->has.topic && header->topic.len > 0)
    g_ptr_array_add (names, rmq_slice_dup (header->topic));
  return names;
}

static void
handle_stats (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumeStatsRequestHeader header;
  g_autoptr (RmqConsumeStats) stats = _rmq_consume_stats_new ();
  g_autoptr (GPtrArray) names = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumeStatsRequestHeader), &header))
    return;
  names = wanted_topics (core, &header);
  for (unsigned i = 0; i < names->len; i++)
    add_topic (core, header.consumer_group, rmq_slice_from_string (g_ptr_array_index (names, i)), stats);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_consume_stats_type, stats);
}

static void
handle_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryTopicsByConsumerRequestHeader header;
  g_autoptr (RmqTopicListBody) body = _rmq_topic_list_body_new ();

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryTopicsByConsumerRequestHeader), &header))
    return;
  g_ptr_array_unref (body->topics);
  body->topics = find_topics (core, header.group);
  body->broker_address = g_strdup (core->address);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_list_body_type, body);
}

/* --- of all groups ------------------------------------------------------------------------------------------- */

/* NULL: it has read nothing. */
static GPtrArray *
describe_group (RmqBrokerCore *core, const char *name, bool ordered_only, RmqConsumeStatsList *list)
{
  RmqSlice group = rmq_slice_from_string (name);
  g_autoptr (GPtrArray) topics = find_topics (core, group);
  RmqGroupConsumeStats *entry = _rmq_group_consume_stats_new ();
  GPtrArray *map = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_group_consume_stats_free);

  entry->group = g_strdup (name);
  g_ptr_array_add (map, entry);
  for (unsigned i = 0; i < topics->len; i++)
    {
      RmqSlice topic = rmq_slice_from_string (g_ptr_array_index (topics, i));
      RmqBrokerTopic *found = _rmq_broker_topics_find (core->topics, topic);
      RmqConsumeStats *stats;

      if (found == NULL || (ordered_only && !found->order))
        continue;
      stats = _rmq_consume_stats_new ();
      add_topic (core, group, topic, stats);
      list->total_diff += _rmq_consume_stats_lag (stats);
      for (unsigned q = 0; q < stats->offsets->len; q++)
        {
          const RmqConsumeOffset *offset = ((RmqConsumeOffsetEntry *) g_ptr_array_index (stats->offsets, q))->offset;

          list->total_inflight_diff += offset->pull_offset - offset->consumer_offset;
        }
      g_ptr_array_add (entry->stats, stats);
    }
  return map;
}

static void
handle_all_stats (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumeStatsInBrokerHeader header;
  g_autoptr (RmqConsumeStatsList) list = _rmq_consume_stats_list_new ();
  g_autoptr (GPtrArray) groups = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumeStatsInBrokerHeader), &header))
    return;
  groups = _rmq_broker_subscribers_get_all (core->subscribers);
  for (unsigned i = 0; i < groups->len; i++)
    g_ptr_array_add (list->stats, describe_group (core, ((RmqGroupConfigBody *) g_ptr_array_index (groups, i))->name,
                                                  header.is_order, list));
  list->broker_address = g_strdup (core->address);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_consume_stats_list_type, list);
}

/* --- copying ------------------------------------------------------------------------------------------------- */

static void
clone_topic (RmqBrokerCore *core, RmqSlice from, RmqSlice to, RmqSlice name)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, name);

  for (int32_t i = 0; topic != NULL && i < topic->read_queues; i++)
    {
      int64_t offset = _rmq_broker_offsets_get (core->offsets, from, name, i);

      if (offset != RMQ_BROKER_NO_OFFSET)
        _rmq_broker_offsets_commit (core->offsets, to, name, i, offset);
    }
}

static void
handle_clone (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqCloneGroupOffsetRequestHeader header;
  g_autoptr (GPtrArray) topics = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (CloneGroupOffsetRequestHeader), &header))
    return;
  if (header.has.topic && header.topic.len > 0)
    clone_topic (core, header.src_group, header.dest_group, header.topic);
  else
    {
      topics = find_topics (core, header.src_group);
      for (unsigned i = 0; i < topics->len; i++)
        clone_topic (core, header.src_group, header.dest_group, rmq_slice_from_string (g_ptr_array_index (topics, i)));
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_CONSUME_STATS, handle_stats },
  { RMQ_REQUEST_QUERY_TOPICS_BY_CONSUMER, handle_topics },
  { RMQ_REQUEST_GET_BROKER_CONSUME_STATS, handle_all_stats },
  { RMQ_REQUEST_CLONE_GROUP_OFFSET, handle_clone },
};

const RmqBrokerModule rmq_broker_progress_module = {
  .name = "progress",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
