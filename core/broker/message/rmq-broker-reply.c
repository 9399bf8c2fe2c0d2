/* SPDX-License-Identifier: Apache-2.0
 *
 * SEND_REPLY_MESSAGE: the answer to a request goes to the producer that asked, and into the store. (RocketMQ:
 * ReplyMessageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "broker/rmq-broker-modules-private.h"
#include "rmq-broker-send-private.h"
#include "wire/rmq-offset-id-private.h"

#define PUSH_TIMEOUT_MS 10000

/* A reply while the producer that asked has not taken it yet. */
typedef struct
{
  RmqBrokerTicket ticket;
  RmqBrokerMessage message; /* its text is kept by itself */
  char *topic;              /* it may be deleted meanwhile */
  GBytes *body;
} Reply;

static void
reply_free (Reply *reply)
{
  _rmq_broker_ticket_clear (&reply->ticket);
  _rmq_broker_message_clear (&reply->message);
  g_bytes_unref (reply->body);
  g_free (reply->topic);
  g_free (reply);
}

static void
answer_stored (RmqBrokerCore *core, const Reply *reply, bool stored)
{
  const RmqRecord *record = &reply->message.record;
  RmqSendMessageResponseHeader header = { 0 };
  char id[RMQ_OFFSET_ID_MAX + 1] = "0";

  if (stored)
    id[_rmq_offset_id_encode (&record->store_host, record->physical_offset, id)] = '\0';
  RMQ_HEADER_SET (header, msg_id, rmq_slice_from_string (id));
  RMQ_HEADER_SET (header, queue_id, record->queue_id);
  RMQ_HEADER_SET (header, queue_offset, stored ? record->queue_offset : 0);
  RMQ_HEADER_SET (header, transaction_id, reply->message.unique_id);
  _rmq_broker_answer_header (core, &reply->ticket, RMQ_HEADER (SendMessageResponseHeader), &header);
}

static void
pushed (RmqBrokerCore *core, const RmqFrame *response, const GError *error, void *data)
{
  Reply *reply = data;
  bool stored = false;

  if (error != NULL || response->code != RMQ_RESPONSE_SUCCESS)
    {
      _rmq_broker_answer_code (core, &reply->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "push reply message to %s fail: %s",
                               reply->topic, error != NULL ? error->message : "the client refused it");
      reply_free (reply);
      return;
    }
  reply->message.topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (reply->topic));
  if (core->settings->store_replies && reply->message.topic != NULL && !core->stopping)
    {
      reply->message.record.topic = reply->message.topic->slice;
      stored = _rmq_broker_put (core, &reply->message, 1) == RMQ_RESPONSE_SUCCESS;
    }
  answer_stored (core, reply, stored);
  reply_free (reply);
}

static void
push (RmqBrokerCore *core, const RmqSendMessageRequestHeader *sent, Reply *reply, RmqBrokerMember *member)
{
  RmqReplyMessageRequestHeader header = { 0 };
  const RmqRecord *record = &reply->message.record;
  g_autofree char *born_host = _rmq_host_to_string (&record->born_host);

  RMQ_HEADER_SET (header, producer_group, sent->producer_group);
  RMQ_HEADER_SET (header, topic, sent->topic);
  RMQ_HEADER_SET (header, default_topic, sent->default_topic);
  RMQ_HEADER_SET (header, default_topic_queue_nums, sent->default_topic_queue_nums);
  RMQ_HEADER_SET (header, queue_id, record->queue_id);
  RMQ_HEADER_SET (header, sys_flag, record->sys_flag);
  RMQ_HEADER_SET (header, born_timestamp, record->born_timestamp);
  RMQ_HEADER_SET (header, flag, record->flag);
  RMQ_HEADER_SET (header, properties, record->properties);
  RMQ_HEADER_SET (header, reconsume_times, record->reconsume_times);
  RMQ_HEADER_SET (header, unit_mode, sent->has.unit_mode && sent->unit_mode);
  RMQ_HEADER_SET (header, born_host, rmq_slice_from_string (born_host));
  RMQ_HEADER_SET (header, store_host, rmq_slice_from_string (core->address));
  RMQ_HEADER_SET (header, store_timestamp, rmq_broker_now_ms (core));
  _rmq_broker_call (core, member->peer->connection, RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT,
                    RMQ_HEADER (ReplyMessageRequestHeader), &header, reply->body, PUSH_TIMEOUT_MS, pushed, reply);
}

static Reply *
reply_new (RmqBrokerCore *core,
           const RmqBrokerRequest *request,
           const RmqSendMessageRequestHeader *header,
           RmqBrokerTopic *topic)
{
  Reply *reply = g_new0 (Reply, 1);
  g_auto (RmqByteWriter) properties = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autofree char *now = g_strdup_printf ("%" PRId64, rmq_broker_now_ms (core));
  size_t len;

  reply->body = g_bytes_new (request->frame->body.data, request->frame->body.len);
  reply->topic = g_strdup (topic->name);
  _rmq_broker_ticket_keep (&reply->ticket, &request->ticket);
  _rmq_broker_send_fill (request, header, topic, &reply->message);
  reply->message.header = NULL;
  reply->message.direct = true;
  _rmq_broker_send_write_properties (core, header->properties, &properties);
  len = properties.len;
  reply->message.record.properties =
      rmq_slice (_rmq_broker_message_keep (&reply->message, g_steal_pointer (&properties.data)), len);
  reply->message.record.body = rmq_slice (g_bytes_get_data (reply->body, &len), g_bytes_get_size (reply->body));
  _rmq_broker_message_set_property (&reply->message, RMQ_PROPERTY_PUSH_REPLY_TIME, rmq_slice_from_string (now));
  return reply;
}

static void
handle (RmqBrokerCore *core, const RmqBrokerRequest *request, const RmqHeaderTable *table)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  RmqSendMessageRequestHeader header;
  RmqBrokerMember *member;
  RmqBrokerTopic *topic;
  RmqSlice client_id;

  if (!_rmq_broker_request_decode (core, request, table, &header)
      || !_rmq_broker_send_check_topic (core, ticket, &header, &topic))
    return;
  client_id = _rmq_properties_text_find (header.properties, rmq_slice_from_string (RMQ_PROPERTY_REPLY_TO_CLIENT));
  if (client_id.data == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, RMQ_PROPERTY_REPLY_TO_CLIENT " is null");
      return;
    }
  member = _rmq_broker_clients_find_producer_by_id (core->clients, client_id);
  if (member == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "push reply message fail, channel of <%.*s> not found.", (int) client_id.len,
                               client_id.data);
      return;
    }
  push (core, &header, reply_new (core, request, &header, topic), member);
}

static void
handle_reply (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  handle (core, request, RMQ_HEADER (SendMessageRequestHeader));
}

static void
handle_reply_v2 (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  handle (core, request, RMQ_HEADER (SendMessageRequestHeaderV2));
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_SEND_REPLY_MESSAGE, handle_reply },
  { RMQ_REQUEST_SEND_REPLY_MESSAGE_V2, handle_reply_v2 },
};

const RmqBrokerModule rmq_broker_reply_module = {
  .name = "reply",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
