/* SPDX-License-Identifier: Apache-2.0
 *
 * What administrators ask about topics. (RocketMQ: AdminBrokerProcessor.)
 */
#include "rmq-broker-topic-admin-private.h"

#include "broker/rmq-broker-core-private.h"
#include "rmq-broker-paging-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-header-topic-private.h"
#include "wire/rmq-stats-body-private.h"

/* NULL: answered. */
static RmqBrokerTopic *
find_topic (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice name)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, name);
  char text[RMQ_BROKER_TEXT_SIZE];

  if (topic == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "topic[%s] not exist",
                             rmq_broker_text (name, text));
  return topic;
}

static RmqMessageQueue *
message_queue_new (RmqBrokerCore *core, const RmqBrokerTopic *topic, int32_t id)
{
  return rmq_message_queue_new (topic->name, core->settings->broker_name, id);
}

/* --- 351 and 21 ----------------------------------------------------------------------------------------------- */

void
_rmq_broker_topic_handle_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetTopicConfigRequestHeader header;
  g_autoptr (RmqTopicConfigBody) config = NULL;
  RmqBrokerTopic *topic;
  char text[RMQ_BROKER_TEXT_SIZE];

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetTopicConfigRequestHeader), &header))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  if (topic == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST,
                               "No topic in this broker. topic: %s", rmq_broker_text (header.topic, text));
      return;
    }
  config = _rmq_topic_config_body_new ();
  _rmq_broker_topic_to_config (topic, config);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_config_body_type, config);
}

void
_rmq_broker_topic_handle_all_configs (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const GPtrArray *all = _rmq_broker_topics_get_all (core->topics);
  RmqGetAllTopicConfigRequestHeader header;
  RmqGetAllTopicConfigResponseHeader answer = { 0 };
  g_autoptr (RmqTopicTableBody) table = _rmq_topic_table_body_new ();
  RmqBrokerPage page;

  if (!_rmq_header_decode_partial (RMQ_HEADER (GetAllTopicConfigRequestHeader), request->frame->ext,
                                   request->frame->n_ext, &header, NULL))
    memset (&header, 0, sizeof header);
  page = _rmq_broker_page (header.has.topic_seq ? header.topic_seq : -1, header.data_version,
                           header.has.max_topic_num ? header.max_topic_num : 0,
                           _rmq_broker_topics_get_version (core->topics), all->len);
  for (unsigned i = page.begin; i < page.end; i++)
    {
      const RmqBrokerTopic *topic = g_ptr_array_index (all, i);

      _rmq_broker_topic_to_config (topic, _rmq_topic_table_body_add (table, topic->name));
    }
  if (table->data_version == NULL)
    table->data_version = _rmq_data_version_new ();
  *table->data_version = *_rmq_broker_topics_get_version (core->topics);
  RMQ_HEADER_SET (answer, total_topic_num, (int32_t) all->len);
  _rmq_broker_page_answer (core, &request->ticket, RMQ_HEADER (GetAllTopicConfigResponseHeader), &answer,
                           &_rmq_topic_table_body_type, table);
}

/* --- 202 and 303 ---------------------------------------------------------------------------------------------- */

void
_rmq_broker_topic_handle_stats (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetTopicStatsInfoRequestHeader header;
  g_autoptr (RmqTopicStats) stats = NULL;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetTopicStatsInfoRequestHeader), &header))
    return;
  topic = find_topic (core, &request->ticket, header.topic);
  if (topic == NULL)
    return;
  stats = _rmq_topic_stats_new ();
  for (int32_t i = 0; i < rmq_broker_topic_get_n_queues (topic); i++)
    {
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, i);
      g_autoptr (RmqMessageQueue) name = message_queue_new (core, topic, i);
      RmqTopicOffset *offset;

      if (queue == NULL)
        continue;
      offset = _rmq_topic_stats_add (stats, name);
      *offset = (RmqTopicOffset){ queue->min_offset, queue->max_offset, 0 };
      if (queue->max_offset > queue->min_offset)
        offset->last_update = queue->last_store_ms;
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_stats_type, stats);
}

static RmqTimeSpan *
time_span_new (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqSlice group)
{
  RmqTimeSpan *span = _rmq_time_span_new ();
  int64_t offset = _rmq_broker_offsets_get (core->offsets, group, queue->topic->slice, queue->id);

  span->queue = message_queue_new (core, queue->topic, queue->id);
  span->min_time = _rmq_broker_store_get_store_time (core->store, queue, queue->min_offset);
  span->max_time = _rmq_broker_store_get_store_time (core->store, queue, queue->max_offset - 1);
  span->consume_time = offset > 0 ? _rmq_broker_store_get_store_time (core->store, queue, offset - 1) : span->min_time;
  if (offset < queue->max_offset)
    {
      int64_t next_ms = _rmq_broker_store_get_store_time (core->store, queue, MAX (offset, queue->min_offset));

      span->delay = next_ms >= 0 ? rmq_broker_now_ms (core) - next_ms : 0;
    }
  return span;
}

void
_rmq_broker_topic_handle_time_span (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryConsumeTimeSpanRequestHeader header;
  g_autoptr (RmqTimeSpanBody) body = NULL;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryConsumeTimeSpanRequestHeader), &header))
    return;
  topic = find_topic (core, &request->ticket, header.topic);
  if (topic == NULL)
    return;
  body = _rmq_time_span_body_new ();
  for (int32_t i = 0; i < topic->write_queues; i++)
    {
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, i);

      if (queue != NULL)
        g_ptr_array_add (body->spans, time_span_new (core, queue, header.group));
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_time_span_body_type, body);
}

/* --- 300 and 305 ---------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqSlice topic;
  GHashTable *names; /* char * */
} Search;

static void
add_online (RmqBrokerOnline *online, void *data)
{
  Search *search = data;

  if (_rmq_broker_online_find_subscription (online, search->topic) != NULL)
    g_hash_table_add (search->names, g_strdup (online->name));
}

static void
add_position (RmqBrokerPosition *position, void *data)
{
  Search *search = data;

  g_hash_table_add (search->names, g_strdup (position->group));
}

GPtrArray *
_rmq_broker_topic_find_groups (RmqBrokerCore *core, RmqSlice topic)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Search search = { topic, names };
  GPtrArray *groups = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  void *name;

  _rmq_broker_clients_foreach (core->clients, false, add_online, &search);
  _rmq_broker_offsets_foreach (core->offsets, RMQ_SLICE_NULL, topic, add_position, &search);
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (groups, g_strdup (name));
  return groups;
}

void
_rmq_broker_topic_handle_groups (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryTopicConsumeByWhoRequestHeader header;
  g_autoptr (RmqGroupListBody) body = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryTopicConsumeByWhoRequestHeader), &header))
    return;
  body = _rmq_group_list_body_new ();
  g_clear_pointer (&body->groups, g_ptr_array_unref);
  body->groups = _rmq_broker_topic_find_groups (core, header.topic);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_group_list_body_type, body);
}

void
_rmq_broker_topic_handle_system (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const GPtrArray *all = _rmq_broker_topics_get_all (core->topics);
  g_autoptr (RmqTopicListBody) body = _rmq_topic_list_body_new ();

  for (unsigned i = 0; i < all->len; i++)
    {
      const RmqBrokerTopic *topic = g_ptr_array_index (all, i);

      if (topic->system)
        g_ptr_array_add (body->topics, g_strdup (topic->name));
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_list_body_type, body);
}
