/* SPDX-License-Identifier: Apache-2.0
 *
 * Resetting a group's offsets: at the server, where the next pull hears of it, or by telling the clients. And what
 * corrections a group needs beside others (308). (RocketMQ: AdminBrokerProcessor, Broker2Client.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include <rmq/rmq.h>
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-header-offset-private.h"
#include "wire/rmq-offset-table-private.h"

#define PUSH_TIMEOUT_MS 5000

/* --- targets -------------------------------------------------------------------------------------------------- */

/* A negative time is the end. */
static int64_t
offset_at (RmqBrokerCore *core, RmqBrokerQueue *queue, int64_t time_ms)
{
  if (time_ms < 0)
    return queue->max_offset;
  return _rmq_broker_store_find_time (core->store, queue, time_ms, RMQ_BOUNDARY_LOWER);
}

static void
add_target (RmqBrokerCore *core, RmqOffsetTable *table, const RmqBrokerQueue *queue, int64_t offset)
{
  g_autoptr (RmqMessageQueue) name = rmq_message_queue_new (queue->topic->name, core->settings->broker_name, queue->id);

  _rmq_queue_offsets_add (table->offsets, name, offset);
}

/* One queue, to an offset or a time. False: answered. */
static bool
find_target (RmqBrokerCore *core,
             const RmqBrokerTicket *ticket,
             const RmqResetOffsetRequestHeader *header,
             RmqBrokerTopic *topic,
             RmqOffsetTable *table)
{
  RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, header->queue_id);
  int64_t offset = header->has.offset ? header->offset : -1;

  if (queue == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "Topic %s has no queue %d", topic->name,
                               header->queue_id);
      return false;
    }
  if (offset == -1)
    offset = offset_at (core, queue, header->timestamp);
  else if (offset < queue->min_offset || offset > queue->max_offset + 1)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "Target offset %" PRId64 " not in consume queue range [%" PRId64 "-%" PRId64 "]", offset,
                               queue->min_offset, queue->max_offset);
      return false;
    }
  add_target (core, table, queue, offset);
  return true;
}

static bool
find_targets (RmqBrokerCore *core,
              const RmqBrokerTicket *ticket,
              const RmqResetOffsetRequestHeader *header,
              RmqBrokerTopic *topic,
              RmqOffsetTable *table)
{
  if (header->queue_id >= 0)
    return find_target (core, ticket, header, topic, table);
  for (int32_t i = 0; i < topic->read_queues; i++)
    {
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, i);

      if (queue != NULL)
        add_target (core, table, queue, offset_at (core, queue, header->timestamp));
    }
  return true;
}

/* --- at the server -------------------------------------------------------------------------------------------- */

/* Pulls that wait hear of it at once. */
static void
apply (RmqBrokerCore *core, RmqSlice group, RmqBrokerTopic *topic, const RmqOffsetTable *table)
{
  for (unsigned i = 0; i < table->offsets->len; i++)
    {
      const RmqQueueOffset *target = g_ptr_array_index (table->offsets, i);
      int32_t id = rmq_message_queue_get_queue_id (target->queue);
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, id);

      _rmq_broker_offsets_reset (core->offsets, group, topic->slice, id, target->offset);
      if (queue != NULL)
        _rmq_broker_news (core, queue);
    }
}

/* --- by the clients ------------------------------------------------------------------------------------------- */

/* Without force nothing goes ahead of where the group is. */
static void
hold_back (RmqBrokerCore *core, RmqSlice group, RmqBrokerTopic *topic, RmqOffsetTable *table)
{
  for (unsigned i = 0; i < table->offsets->len; i++)
    {
      RmqQueueOffset *target = g_ptr_array_index (table->offsets, i);
      int64_t committed =
          _rmq_broker_offsets_get (core->offsets, group, topic->slice, rmq_message_queue_get_queue_id (target->queue));

      if (committed >= 0)
        target->offset = MIN (target->offset, committed);
    }
}

/* As a list of flat objects, for clients that do not read Java's map. */
static GBytes *
encode_flat (const RmqOffsetTable *table)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (RmqFlatOffsetTable) flat = _rmq_flat_offset_table_new ();

  if (flat->offsets == NULL)
    flat->offsets = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_flat_offset_free);
  for (unsigned i = 0; i < table->offsets->len; i++)
    {
      const RmqQueueOffset *target = g_ptr_array_index (table->offsets, i);
      RmqFlatOffset *entry = _rmq_flat_offset_new ();

      g_free (entry->topic);
      entry->topic = g_strdup (rmq_message_queue_get_topic (target->queue));
      g_free (entry->broker_name);
      entry->broker_name = g_strdup (rmq_message_queue_get_broker_name (target->queue));
      entry->queue_id = rmq_message_queue_get_queue_id (target->queue);
      entry->offset = target->offset;
      g_ptr_array_add (flat->offsets, entry);
    }
  _rmq_flat_offset_table_encode (flat, &out);
  return _rmq_byte_writer_steal (&out);
}

static GBytes *
encode (const RmqOffsetTable *table)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);

  _rmq_offset_table_encode (table, &out);
  return _rmq_byte_writer_steal (&out);
}

static void
push (RmqBrokerCore *core, RmqBrokerOnline *online, const RmqResetOffsetRequestHeader *header, GBytes *body)
{
  for (unsigned i = 0; i < online->members->len; i++)
    {
      const RmqBrokerMember *member = g_ptr_array_index (online->members, i);

      _rmq_broker_call (core, member->peer->connection, RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET,
                        RMQ_HEADER (ResetOffsetRequestHeader), header, body, PUSH_TIMEOUT_MS, NULL, NULL);
    }
}

/* --- 222 and 308 ---------------------------------------------------------------------------------------------- */

static void
tell_clients (RmqBrokerCore *core,
              const RmqBrokerRequest *request,
              const RmqResetOffsetRequestHeader *header,
              RmqBrokerTopic *topic,
              RmqOffsetTable *table)
{
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, header->group);
  char group[RMQ_BROKER_TEXT_SIZE];
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (online == NULL || online->members->len == 0)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_CONSUMER_NOT_ONLINE,
                               "Consumer not online, so can not reset offset, Group: %s Topic: %s Timestamp: %" PRId64,
                               rmq_broker_text (header->group, group), topic->name, header->timestamp);
      return;
    }
  if (!header->is_force)
    hold_back (core, header->group, topic, table);
  body = request->frame->language == RMQ_LANGUAGE_CPP ? encode_flat (table) : encode (table);
  push (core, online, header, body);
  answer = encode (table);
  _rmq_broker_answer_bytes (core, &request->ticket, answer);
}

static void
handle_reset (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  g_autoptr (RmqOffsetTable) table = NULL;
  RmqResetOffsetRequestHeader header;
  char text[RMQ_BROKER_TEXT_SIZE];
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ResetOffsetRequestHeader), &header))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  if (topic == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "Topic %s does not exist",
                               rmq_broker_text (header.topic, text));
      return;
    }
  if (_rmq_broker_subscribers_find_or_create (core->subscribers, header.group) == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST, "Group %s does not exist",
                               rmq_broker_text (header.group, text));
      return;
    }
  table = _rmq_offset_table_new ();
  if (!find_targets (core, ticket, &header, topic, table))
    return;
  if (!core->settings->server_side_reset)
    {
      tell_clients (core, request, &header, topic, table);
      return;
    }
  apply (core, header.group, topic, table);
  _rmq_broker_answer_body (core, ticket, &_rmq_offset_table_type, table);
}

typedef struct
{
  GStrv filtered;
  GArray *smallest; /* int64_t, by queue id; RMQ_BROKER_NO_OFFSET: none */
} Correction;

static void
visit_position (RmqBrokerPosition *position, void *data)
{
  Correction *self = data;

  if (self->filtered != NULL && g_strv_contains ((const char *const *) self->filtered, position->group))
    return;
  for (int32_t i = 0; i < position->n_queues; i++)
    {
      int64_t *smallest;

      while ((int32_t) self->smallest->len <= i)
        {
          int64_t none = RMQ_BROKER_NO_OFFSET;

          g_array_append_val (self->smallest, none);
        }
      smallest = &g_array_index (self->smallest, int64_t, i);
      if (position->committed[i] >= 0 && (*smallest < 0 || position->committed[i] < *smallest))
        *smallest = position->committed[i];
    }
}

static void
handle_correction (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (GArray) smallest = g_array_new (FALSE, FALSE, sizeof (int64_t));
  Correction correction = { NULL, smallest };
  RmqQueryCorrectionOffsetHeader header;
  g_autoptr (RmqCorrectionBody) body = NULL;
  g_autofree char *names = NULL;
  g_auto (GStrv) filtered = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryCorrectionOffsetHeader), &header))
    return;
  names = rmq_slice_dup (header.filter_groups);
  if (names != NULL)
    correction.filtered = filtered = g_strsplit (names, ",", -1);
  _rmq_broker_offsets_foreach (core->offsets, RMQ_SLICE_NULL, header.topic, visit_position, &correction);
  body = _rmq_correction_body_new ();
  for (unsigned i = 0; i < smallest->len; i++)
    {
      int64_t offset = g_array_index (smallest, int64_t, i);
      int64_t own = _rmq_broker_offsets_get (core->offsets, header.compare_group, header.topic, (int32_t) i);
      RmqIdOffset *entry;

      if (offset < 0)
        continue;
      entry = _rmq_id_offset_new ();
      *entry = (RmqIdOffset){ i, own >= 0 && offset > own ? INT64_MAX : offset };
      g_ptr_array_add (body->offsets, entry);
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_correction_body_type, body);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_INVOKE_BROKER_TO_RESET_OFFSET, handle_reset },
  { RMQ_REQUEST_QUERY_CORRECTION_OFFSET, handle_correction },
};

const RmqBrokerModule rmq_broker_reset_module = {
  .name = "reset",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
