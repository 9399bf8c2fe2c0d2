/* SPDX-License-Identifier: Apache-2.0
 *
 * SEND_MESSAGE in its two spellings, and SEND_BATCH_MESSAGE. (RocketMQ: SendMessageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "broker/rmq-broker-modules-private.h"
#include "broker/rmq-broker-retry-private.h"
#include "rmq-broker-send-private.h"
#include "wire/rmq-batch-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-offset-id-private.h"

#define MAX_BATCH 65536

/* One for each broker: room that the next send uses again. */
typedef struct
{
  RmqByteWriter properties;
  RmqByteWriter ids;
} Scratch;

/* --- the answer ---------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqBrokerCore *core;
  RmqBrokerTicket ticket;
  int32_t queue_id;
  int64_t queue_offset;
  char *msg_id;
  char *transaction_id;
  char *recall_handle;
} Pending;

static void
answer_stored (RmqBrokerCore *core, const RmqBrokerTicket *ticket, int code, const RmqSendMessageResponseHeader *header)
{
  const RmqBrokerSettings *settings = core->settings;
  const RmqExtField ext[] = {
    { RMQ_SLICE_LITERAL (RMQ_EXT_MSG_REGION), rmq_slice_from_string (settings->region) },
    { RMQ_SLICE_LITERAL (RMQ_EXT_TRACE_ON), rmq_slice_from_string (settings->trace_on ? "true" : "false") },
  };
  RmqBrokerAnswer answer = {
    .code = code,
    .table = RMQ_HEADER (SendMessageResponseHeader),
    .header = header,
    .ext = ext,
    .n_ext = G_N_ELEMENTS (ext),
  };

  _rmq_broker_answer (core, ticket, &answer);
}

static void
fill_header (RmqSendMessageResponseHeader *header,
             RmqSlice msg_id,
             int32_t queue_id,
             int64_t queue_offset,
             RmqSlice transaction_id,
             const char *recall_handle)
{
  RMQ_HEADER_SET (*header, msg_id, msg_id);
  RMQ_HEADER_SET (*header, queue_id, queue_id);
  RMQ_HEADER_SET (*header, queue_offset, queue_offset);
  RMQ_HEADER_SET (*header, transaction_id, transaction_id);
  RMQ_HEADER_SET (*header, recall_handle, rmq_slice_from_string (recall_handle));
}

static void
on_durable (const GError *error, void *data)
{
  Pending *pending = data;
  RmqSendMessageResponseHeader header = { 0 };

  fill_header (&header, rmq_slice_from_string (pending->msg_id), pending->queue_id, pending->queue_offset,
               rmq_slice_from_string (pending->transaction_id), pending->recall_handle);
  answer_stored (pending->core, &pending->ticket,
                 error == NULL ? RMQ_RESPONSE_SUCCESS : RMQ_RESPONSE_FLUSH_DISK_TIMEOUT, &header);
  _rmq_broker_ticket_clear (&pending->ticket);
  g_free (pending->msg_id);
  g_free (pending->transaction_id);
  g_free (pending->recall_handle);
  g_free (pending);
}

static void
write_id (RmqByteWriter *out, const RmqRecord *record)
{
  char id[RMQ_OFFSET_ID_MAX + 1];

  if (out->len > 0)
    rmq_byte_writer_u8 (out, ',');
  rmq_byte_writer_bytes (out, id, _rmq_offset_id_encode (&record->store_host, record->physical_offset, id));
}

static void
answer_put (RmqBrokerCore *core,
            Scratch *scratch,
            const RmqBrokerTicket *ticket,
            const RmqBrokerMessage *messages,
            unsigned n,
            int32_t queue_id)
{
  RmqSendMessageResponseHeader header = { 0 };
  Pending *pending;

  scratch->ids.len = 0;
  for (unsigned i = 0; i < n; i++)
    write_id (&scratch->ids, &messages[i].record);
  fill_header (&header, rmq_slice ((const char *) scratch->ids.data, scratch->ids.len), queue_id,
               messages->record.queue_offset, messages->unique_id, messages->recall_handle);
  if (_rmq_broker_store_is_durable (core->store))
    {
      answer_stored (core, ticket, RMQ_RESPONSE_SUCCESS, &header);
      return;
    }
  pending = g_new0 (Pending, 1);
  pending->core = core;
  _rmq_broker_ticket_keep (&pending->ticket, ticket);
  pending->queue_id = queue_id;
  pending->queue_offset = header.queue_offset;
  pending->msg_id = rmq_slice_dup (header.msg_id);
  pending->transaction_id = rmq_slice_dup (header.transaction_id);
  pending->recall_handle = g_strdup (messages->recall_handle);
  _rmq_broker_store_when_durable (core->store, on_durable, pending);
}

/* --- checks -------------------------------------------------------------------------------------------------- */

bool
_rmq_broker_send_check_topic (RmqBrokerCore *core,
                              const RmqBrokerTicket *ticket,
                              const RmqSendMessageRequestHeader *header,
                              RmqBrokerTopic **topic)
{
  char text[RMQ_BROKER_TEXT_SIZE];
  const char *name = rmq_broker_text (header->topic, text);
  g_autoptr (GError) error = NULL;

  if (core->stopping)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SERVICE_NOT_AVAILABLE, "the broker is stopping");
      return false;
    }
  *topic = _rmq_broker_topics_find (core->topics, header->topic);
  if (*topic == NULL && !_rmq_topic_check_broker (name, &error))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER, "%s", error->message);
      return false;
    }
  if ((core->settings->perm & RMQ_PERM_WRITE) == 0 && *topic != NULL && (*topic)->order)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_NO_PERMISSION, "the broker[%s] sending message is forbidden",
                               core->address);
      return false;
    }
  if ((*topic == NULL || (*topic)->system) && !_rmq_topic_check_sendable (name, NULL))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_NO_PERMISSION, "Sending message to topic[%s] is forbidden.",
                               name);
      return false;
    }
  if (*topic == NULL && _rmq_topic_is_retry (name))
    *topic = _rmq_broker_retry_topic (core, _rmq_topic_get_group (name), 1);
  if (*topic == NULL)
    *topic = _rmq_broker_topics_find_or_create (core->topics, header->topic, header->default_topic,
                                                header->default_topic_queue_nums);
  if (*topic == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "topic[%s] not exist, apply first please!",
                               name);
      return false;
    }
  if (header->queue_id >= rmq_broker_topic_get_n_queues (*topic))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER,
                               "request queueId[%d] is illegal, topic %s has %d queues", header->queue_id, name,
                               rmq_broker_topic_get_n_queues (*topic));
      return false;
    }
  return true;
}

static bool
check_sizes (RmqBrokerCore *core,
             const RmqBrokerTicket *ticket,
             const RmqSendMessageRequestHeader *header,
             RmqSlice body)
{
  if (body.len == 0)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the message has no body");
      return false;
    }
  if (body.len > (size_t) MAX (core->settings->max_message_bytes, 0))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL,
                               "the message body has %" G_GSIZE_FORMAT " bytes, more than %" PRId64, body.len,
                               core->settings->max_message_bytes);
      return false;
    }
  if (header->properties.len > RMQ_PROPERTIES_MAX)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL,
                               "the properties have %" G_GSIZE_FORMAT " bytes, more than %d", header->properties.len,
                               RMQ_PROPERTIES_MAX);
      return false;
    }
  return true;
}

/* --- the message --------------------------------------------------------------------------------------------- */

/* What the broker writes itself, or does not take from clients. */
static bool
is_replaced (RmqSlice name)
{
  return rmq_slice_equal_string (name, RMQ_PROPERTY_MSG_REGION) || rmq_slice_equal_string (name, RMQ_PROPERTY_TRACE_ON)
         || rmq_slice_equal_string (name, RMQ_PROPERTY_CLUSTER) || rmq_slice_equal_string (name, RMQ_PROPERTY_POP_CK);
}

static void
write_own (RmqByteWriter *out, const char *name, const char *value)
{
  if (value != NULL && *value != '\0')
    rmq_property_write (out, rmq_slice_from_string (name), rmq_slice_from_string (value));
}

void
_rmq_broker_send_write_properties (RmqBrokerCore *core, RmqSlice text, RmqByteWriter *out)
{
  const RmqBrokerSettings *settings = core->settings;
  bool has_id = false;
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;

  out->len = 0;
  rmq_byte_writer_reserve (out, text.len + 192);
  rmq_property_iter_init (&iter, text);
  while (_rmq_property_iter_next (&iter, &name, &value))
    {
      if (is_replaced (name))
        continue;
      has_id |= rmq_slice_equal_string (name, RMQ_PROPERTY_UNIQUE_ID);
      rmq_property_write (out, name, value);
    }
  if (!has_id)
    {
      char id[RMQ_UNIQUE_ID_MAX + 1];

      _rmq_unique_id_generator_next (&core->ids, rmq_broker_now_ms (core), id);
      write_own (out, RMQ_PROPERTY_UNIQUE_ID, id);
    }
  write_own (out, RMQ_PROPERTY_MSG_REGION, settings->region);
  write_own (out, RMQ_PROPERTY_TRACE_ON, settings->trace_on ? "true" : "false");
  write_own (out, RMQ_PROPERTY_CLUSTER, settings->cluster_name);
}

void
_rmq_broker_send_fill (const RmqBrokerRequest *request,
                       const RmqSendMessageRequestHeader *header,
                       RmqBrokerTopic *topic,
                       RmqBrokerMessage *message)
{
  message->topic = topic;
  message->header = header;
  message->record = (RmqRecord){
    .queue_id = header->queue_id,
    .flag = header->flag,
    .sys_flag = header->sys_flag,
    .born_timestamp = header->born_timestamp,
    .born_host = request->peer->host,
    .reconsume_times = MAX (header->reconsume_times, 0),
    .body = request->frame->body,
    .topic = topic->slice,
  };
  if (message->record.queue_id < 0)
    message->record.queue_id = (int32_t) (topic->next_queue++ % (uint32_t) MAX (topic->write_queues, 1));
}

/* What a topic or a property forbids. */
static bool
check_kind (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerMessage *message)
{
  const char *problem = NULL;

  if (message->keys.len == 0 && message->topic->attributes->len > 0
      && g_strcmp0 (_rmq_string_pairs_get (message->topic->attributes, "cleanup.policy"), "COMPACTION") == 0)
    problem = "Required message key is missing";
  else if (message->may_redirect && _rmq_broker_message_get_property (message, RMQ_PROPERTY_INNER_NUM).data != NULL)
    problem = "message that is no batch has the property " RMQ_PROPERTY_INNER_NUM;
  if (problem != NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL, "%s", problem);
  return problem == NULL;
}

static void
answer_refused (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerMessage *message)
{
  _rmq_broker_answer_code (core, ticket, message->code, "%s", message->remark != NULL ? message->remark : "refused");
}

static void
send_one (RmqBrokerCore *core,
          const RmqBrokerRequest *request,
          const RmqSendMessageRequestHeader *header,
          Scratch *scratch)
{
  g_auto (RmqBrokerMessage) message = { .code = 0 };
  RmqBrokerTopic *topic;
  int32_t queue_id;

  if (!_rmq_broker_send_check_topic (core, &request->ticket, header, &topic)
      || !check_sizes (core, &request->ticket, header, request->frame->body))
    return;
  _rmq_broker_send_fill (request, header, topic, &message);
  _rmq_broker_send_write_properties (core, header->properties, &scratch->properties);
  message.record.properties = rmq_slice ((const char *) scratch->properties.data, scratch->properties.len);
  _rmq_broker_message_scan (&message);
  if (!check_kind (core, &request->ticket, &message))
    return;
  if (_rmq_topic_is_retry (topic->name) && !_rmq_broker_retry_route (core, &message))
    {
      answer_refused (core, &request->ticket, &message);
      return;
    }
  queue_id = message.record.queue_id;
  if (_rmq_broker_put (core, &message, 1) != RMQ_RESPONSE_SUCCESS)
    answer_refused (core, &request->ticket, &message);
  else if (!request->ticket.oneway)
    /* A priority may have chosen another queue; a parked message is told where it will be. */
    answer_put (core, scratch, &request->ticket, &message, 1,
                message.topic == topic ? message.record.queue_id : queue_id);
}

/* --- batches ------------------------------------------------------------------------------------------------- */

static bool
check_batch (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqSendMessageRequestHeader *header)
{
  const char *problem = NULL;

  if (header->topic.len > RMQ_TOPIC_MAX_LENGTH)
    problem = "message topic length over the limit";
  else if (header->topic.len >= sizeof RMQ_RETRY_PREFIX - 1
           && memcmp (header->topic.data, RMQ_RETRY_PREFIX, sizeof RMQ_RETRY_PREFIX - 1) == 0)
    problem = "batch request does not support retry group";
  else if ((header->sys_flag & RMQ_SYS_FLAG_TRANSACTION_MASK) != 0)
    problem = "batch request does not support transactions";
  if (problem != NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL, "%s", problem);
  return problem == NULL;
}

static void
send_batch (RmqBrokerCore *core,
            const RmqBrokerRequest *request,
            const RmqSendMessageRequestHeader *header,
            Scratch *scratch)
{
  g_autoptr (GError) error = NULL;
  g_autofree RmqBrokerMessage *messages = NULL;
  RmqBatchElement element;
  RmqBrokerTopic *topic;
  size_t position = 0;
  int32_t queue_id;
  int n;

  if (!_rmq_broker_send_check_topic (core, &request->ticket, header, &topic)
      || !check_batch (core, &request->ticket, header)
      || !check_sizes (core, &request->ticket, header, request->frame->body))
    return;
  n = _rmq_batch_count (request->frame->body, &error);
  if (n <= 0 || n > MAX_BATCH)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL, "%s",
                               error != NULL ? error->message : "the number of messages in the batch");
      return;
    }

  messages = g_new0 (RmqBrokerMessage, n);
  _rmq_broker_send_fill (request, header, topic, &messages[0]);
  queue_id = messages[0].record.queue_id;
  for (int i = 0; i < n && _rmq_batch_next (request->frame->body, &position, &element, NULL); i++)
    {
      messages[i] = messages[0];
      messages[i].record.body = element.body;
      messages[i].record.flag = element.flag;
      messages[i].record.properties = element.properties;
      _rmq_broker_message_scan (&messages[i]);
    }
  if (_rmq_broker_put (core, messages, (unsigned) n) != RMQ_RESPONSE_SUCCESS)
    answer_refused (core, &request->ticket, messages);
  else if (!request->ticket.oneway)
    answer_put (core, scratch, &request->ticket, messages, (unsigned) n, queue_id);
  for (int i = 0; i < n; i++)
    _rmq_broker_message_clear (&messages[i]);
}

/* The header's flag decides, not the code. */
static void
send (RmqBrokerCore *core, const RmqBrokerRequest *request, const RmqHeaderTable *table, void *data)
{
  RmqSendMessageRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, table, &header))
    return;
  if (header.has.batch && header.batch)
    send_batch (core, request, &header, data);
  else
    send_one (core, request, &header, data);
}

static void
handle_send (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  send (core, request, RMQ_HEADER (SendMessageRequestHeader), data);
}

static void
handle_send_v2 (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  send (core, request, RMQ_HEADER (SendMessageRequestHeaderV2), data);
}

static bool
start (RmqBrokerCore *core, void **data, GError **error)
{
  Scratch *scratch = g_new0 (Scratch, 1);

  scratch->properties = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  scratch->ids = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  *data = scratch;
  return true;
}

static void
stop (RmqBrokerCore *core, void *data)
{
  Scratch *scratch = data;

  _rmq_byte_writer_clear (&scratch->properties);
  _rmq_byte_writer_clear (&scratch->ids);
  g_free (scratch);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_SEND_MESSAGE, handle_send },
  { RMQ_REQUEST_SEND_MESSAGE_V2, handle_send_v2 },
  { RMQ_REQUEST_SEND_BATCH_MESSAGE, handle_send_v2 },
};

const RmqBrokerModule rmq_broker_send_module = {
  .name = "send",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = start,
  .stop = stop,
};
