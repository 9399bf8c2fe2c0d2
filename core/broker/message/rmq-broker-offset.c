/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of groups (14, 15) and of queues (29 to 32). (RocketMQ: ConsumerManageProcessor, AdminBrokerProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-header-offset-private.h"

/* --- of groups ----------------------------------------------------------------------------------------------- */

/* Without a stored offset: 0 while the queue still has its beginning, unless that is not wanted. */
static int64_t
first_offset (RmqBrokerCore *core, const RmqQueryConsumerOffsetRequestHeader *header)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, header->topic);
  RmqBrokerQueue *queue = topic != NULL ? _rmq_broker_topic_get_queue (core, topic, header->queue_id) : NULL;

  if (header->has.set_zero_if_not_found && !header->set_zero_if_not_found)
    return RMQ_BROKER_NO_OFFSET;
  return queue == NULL || queue->min_offset > 0 ? RMQ_BROKER_NO_OFFSET : 0;
}

static void
handle_query (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryConsumerOffsetRequestHeader header;
  RmqQueryConsumerOffsetResponseHeader answer = { 0 };
  int64_t offset;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryConsumerOffsetRequestHeader), &header))
    return;
  offset = _rmq_broker_offsets_get (core->offsets, header.consumer_group, header.topic, header.queue_id);
  if (offset == RMQ_BROKER_NO_OFFSET)
    offset = first_offset (core, &header);
  if (offset == RMQ_BROKER_NO_OFFSET)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_QUERY_NOT_FOUND,
                               "Not found, V3_0_6_SNAPSHOT maybe this consumer boot first");
      return;
    }
  RMQ_HEADER_SET (answer, offset, offset);
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (QueryConsumerOffsetResponseHeader), &answer);
}

static void
handle_update (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  RmqUpdateConsumerOffsetRequestHeader header;

  if (!_rmq_header_decode_partial (RMQ_HEADER (UpdateConsumerOffsetRequestHeader), request->frame->ext,
                                   request->frame->n_ext, &header, NULL)
      || !header.has.consumer_group || !header.has.topic)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "consumerGroup and topic are required");
  else if (_rmq_broker_topics_find (core->topics, header.topic) == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "Topic %.*s not exist!",
                             (int) header.topic.len, header.topic.data);
  else if (_rmq_broker_subscribers_find_or_create (core->subscribers, header.consumer_group) == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST, "Group %.*s not exist!",
                             (int) header.consumer_group.len, header.consumer_group.data);
  else if (!header.has.queue_id)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER, "QueueId is null, topic is %.*s",
                             (int) header.topic.len, header.topic.data);
  else if (!header.has.commit_offset)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER, "Offset is null, topic is %.*s",
                             (int) header.topic.len, header.topic.data);
  else if (_rmq_broker_offsets_has_reset (core->offsets, header.consumer_group, header.topic, header.queue_id))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, "Offset has been previously reset");
  else
    {
      _rmq_broker_offsets_commit (core->offsets, header.consumer_group, header.topic, header.queue_id,
                                  header.commit_offset);
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
    }
}

static void
write_position (RmqBrokerPosition *position, void *data)
{
  RmqJsonWriter *writer = data;
  g_autofree char *key = g_strdup_printf ("%s@%s", position->topic, position->group);
  char id[16];

  _rmq_json_writer_key (writer, key);
  _rmq_json_writer_begin_object (writer);
  for (int32_t i = 0; i < position->n_queues; i++)
    if (position->committed[i] != RMQ_BROKER_NO_OFFSET)
      {
        g_snprintf (id, sizeof id, "%d", i);
        _rmq_json_writer_key (writer, id);
        _rmq_json_writer_int64 (writer, position->committed[i]);
      }
  _rmq_json_writer_end_object (writer);
}

static void
handle_all (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  g_autoptr (GBytes) body = NULL;
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, &out);
  _rmq_json_writer_begin_object (&writer);
  _rmq_json_writer_key (&writer, "offsetTable");
  _rmq_json_writer_begin_object (&writer);
  _rmq_broker_offsets_foreach (core->offsets, RMQ_SLICE_NULL, RMQ_SLICE_NULL, write_position, &writer);
  _rmq_json_writer_end_object (&writer);
  _rmq_json_writer_end_object (&writer);
  if (out.failed)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the answer is too long for a frame");
      return;
    }
  body = _rmq_byte_writer_steal (&out);
  _rmq_broker_answer_bytes (core, &request->ticket, body);
}

/* --- of queues ----------------------------------------------------------------------------------------------- */

/* NULL: a queue that does not exist. */
static RmqBrokerQueue *
find_queue (RmqBrokerCore *core, RmqSlice name, int32_t queue_id)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, name);

  return topic != NULL ? _rmq_broker_topic_get_queue (core, topic, queue_id) : NULL;
}

static void
handle_search (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqSearchOffsetRequestHeader header;
  RmqSearchOffsetResponseHeader answer = { 0 };
  RmqBrokerQueue *queue;
  int64_t offset = 0;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (SearchOffsetRequestHeader), &header))
    return;
  queue = find_queue (core, header.topic, header.queue_id);
  if (queue != NULL)
    offset = _rmq_broker_store_find_time (core->store, queue, header.timestamp,
                                          header.has.boundary_type ? header.boundary_type : RMQ_BOUNDARY_LOWER);
  RMQ_HEADER_SET (answer, offset, offset);
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (SearchOffsetResponseHeader), &answer);
}

static void
handle_max (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetMaxOffsetRequestHeader header;
  RmqGetMaxOffsetResponseHeader answer = { 0 };
  RmqBrokerQueue *queue;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetMaxOffsetRequestHeader), &header))
    return;
  queue = find_queue (core, header.topic, header.queue_id);
  RMQ_HEADER_SET (answer, offset, queue != NULL ? queue->max_offset : 0);
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (GetMaxOffsetResponseHeader), &answer);
}

static void
handle_min (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetMinOffsetRequestHeader header;
  RmqGetMinOffsetResponseHeader answer = { 0 };
  RmqBrokerQueue *queue;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetMinOffsetRequestHeader), &header))
    return;
  queue = find_queue (core, header.topic, header.queue_id);
  RMQ_HEADER_SET (answer, offset, queue != NULL ? queue->min_offset : 0);
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (GetMinOffsetResponseHeader), &answer);
}

static void
handle_earliest (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetEarliestMsgStoretimeRequestHeader header;
  RmqGetEarliestMsgStoretimeResponseHeader answer = { 0 };
  RmqBrokerQueue *queue;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetEarliestMsgStoretimeRequestHeader), &header))
    return;
  queue = find_queue (core, header.topic, header.queue_id);
  RMQ_HEADER_SET (answer, timestamp,
                  queue != NULL ? _rmq_broker_store_get_store_time (core->store, queue, queue->min_offset) : -1);
  _rmq_broker_answer_header (core, &request->ticket, RMQ_HEADER (GetEarliestMsgStoretimeResponseHeader), &answer);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_QUERY_CONSUMER_OFFSET, handle_query },
  { RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, handle_update },
  { RMQ_REQUEST_GET_ALL_CONSUMER_OFFSET, handle_all },
  { RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP, handle_search },
  { RMQ_REQUEST_GET_MAX_OFFSET, handle_max },
  { RMQ_REQUEST_GET_MIN_OFFSET, handle_min },
  { RMQ_REQUEST_GET_EARLIEST_MSG_STORETIME, handle_earliest },
};

const RmqBrokerModule rmq_broker_offset_module = {
  .name = "offset",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
