/* SPDX-License-Identifier: Apache-2.0
 *
 * What brokers ask of a client (RocketMQ: ClientRemotingProcessor): membership changes, transaction checks, offset
 * resets, running info, consuming a message on request.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-compression-table-private.h"
#include "rmq-rebalance-service-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-header-consumer-private.h"
#include "wire/rmq-header-offset-private.h"
#include "wire/rmq-header-transaction-private.h"
#include "wire/rmq-message-decoder-private.h"
#include "wire/rmq-offset-table-private.h"

#define MAX_REPLY_BODY (RMQ_FRAME_MAX_LENGTH / 2)

typedef struct
{
  RmqClientCore *core;
  RmqChannel *channel;
  const char *address;
  const RmqFrame *request;
} Request;

static void
reply (const Request *self, int code, const char *remark, RmqByteWriter *body)
{
  if (rmq_frame_is_oneway (self->request))
    return;
  _rmq_remoting_client_reply (self->core->remoting, self->channel, self->request->opaque, code, remark, NULL, NULL,
                              body != NULL ? body->data : NULL, body != NULL ? body->len : 0);
}

static RmqConsumerInner *
find_consumer (const Request *self, RmqSlice group)
{
  g_autofree char *name = rmq_slice_dup (group);
  RmqConsumerInner *consumer = name != NULL ? g_hash_table_lookup (self->core->consumers, name) : NULL;
  g_autofree char *remark = NULL;

  if (consumer != NULL)
    return consumer;
  remark = g_strdup_printf ("The Consumer Group <%s> not exist in this consumer", name != NULL ? name : "");
  reply (self, RMQ_RESPONSE_SYSTEM_ERROR, remark, NULL);
  return NULL;
}

static bool
consumer_ids_changed (const Request *self, GError **error)
{
  RmqNotifyConsumerIdsChangedRequestHeader header;
  g_autofree char *group = NULL;
  RmqConsumerInner *consumer;

  if (!rmq_frame_decode_header (self->request, RMQ_HEADER (NotifyConsumerIdsChangedRequestHeader), &header, error))
    return false;
  group = rmq_slice_dup (header.consumer_group);
  consumer = group != NULL ? g_hash_table_lookup (self->core->consumers, group) : NULL;
  if (consumer != NULL)
    _rmq_rebalance_service_wake (self->core->rebalance_service, consumer);
  return true;
}

/* The producer is that of the message's PGROUP, whichever connection the check came by. */
static bool
check_transaction (const Request *self, GError **error)
{
  RmqRecord record;
  g_autofree char *group = NULL;
  RmqProducerInner *producer;

  if (!_rmq_record_decode (&record, (const uint8_t *) self->request->body.data, self->request->body.len, 0, error))
    return false;
  group =
      rmq_slice_dup (_rmq_properties_text_find (record.properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_PRODUCER_GROUP)));
  producer = group != NULL ? g_hash_table_lookup (self->core->producers, group) : NULL;
  if (producer != NULL && producer->iface->check_transaction != NULL)
    producer->iface->check_transaction (producer, self->address, self->request);
  else
    rmq_info ("client", group,
              "A broker asks for a transaction of a group that is not here: the check is left to others");
  return true;
}

static bool
reset_offsets (const Request *self, GError **error)
{
  RmqResetOffsetRequestHeader header;
  g_autoptr (RmqOffsetTable) table = NULL;
  g_autoptr (GPtrArray) queues = g_ptr_array_new ();
  g_autofree int64_t *offsets = NULL;
  g_autofree char *topic = NULL;
  RmqConsumerInner *consumer;

  if (!rmq_frame_decode_header (self->request, RMQ_HEADER (ResetOffsetRequestHeader), &header, error))
    return false;
  table = _rmq_offset_table_decode_reset (self->request->body, error);
  if (table == NULL)
    return false;
  consumer = find_consumer (self, header.group);
  if (consumer == NULL)
    return true;

  topic = rmq_slice_dup (header.topic);
  offsets = g_new (int64_t, table->offsets->len + 1);
  for (unsigned i = 0; i < table->offsets->len; i++)
    {
      RmqQueueOffset *entry = table->offsets->pdata[i];

      offsets[i] = entry->offset;
      g_ptr_array_add (queues, entry->queue);
    }
  consumer->iface->reset_offsets (consumer, topic, queues, offsets);
  reply (self, RMQ_RESPONSE_SUCCESS, NULL, NULL);
  return true;
}

static void
add_offset (RmqMessageQueue *queue, int64_t offset, void *data)
{
  RmqConsumerStatusBody *body = data;
  RmqQueueOffset *entry = _rmq_queue_offset_new ();

  entry->queue = rmq_message_queue_ref (queue);
  entry->offset = offset;
  g_ptr_array_add (body->offsets, entry);
}

static bool
consumer_status (const Request *self, GError **error)
{
  RmqGetConsumerStatusRequestHeader header;
  g_autoptr (RmqConsumerStatusBody) body = _rmq_consumer_status_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_REPLY_BODY);
  g_autofree char *topic = NULL;
  RmqConsumerInner *consumer;

  if (!rmq_frame_decode_header (self->request, RMQ_HEADER (GetConsumerStatusRequestHeader), &header, error))
    return false;
  consumer = find_consumer (self, header.group);
  if (consumer == NULL)
    return true;
  topic = rmq_slice_dup (header.topic);
  consumer->iface->foreach_offset (consumer, topic, add_offset, body);
  _rmq_consumer_status_body_encode (body, &out);
  reply (self, RMQ_RESPONSE_SUCCESS, NULL, &out);
  return true;
}

static bool
running_info (const Request *self, GError **error)
{
  RmqGetConsumerRunningInfoRequestHeader header;
  g_autoptr (RmqConsumerRunningInfo) info = _rmq_consumer_running_info_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_REPLY_BODY);
  g_autofree char *servers = NULL;
  g_autofree char *joined = NULL;
  RmqConsumerInner *consumer;

  if (!rmq_frame_decode_header (self->request, RMQ_HEADER (GetConsumerRunningInfoRequestHeader), &header, error))
    return false;
  consumer = find_consumer (self, header.consumer_group);
  if (consumer == NULL)
    return true;

  joined = g_strjoinv (";", (char **) _rmq_name_servers_get (self->core->name_servers));
  servers = g_strconcat (joined, ";", NULL);
  _rmq_string_pairs_add (info->properties, RMQ_RUNNING_INFO_NAMESRV, servers);
  consumer->iface->fill_running_info (consumer, info);
  _rmq_consumer_running_info_encode (info, &out);
  reply (self, RMQ_RESPONSE_SUCCESS, NULL, &out);
  return true;
}

/* What a consume-directly needs until the handler answered. */
typedef struct
{
  RmqClientCore *core;
  RmqChannel *channel;
  int32_t opaque;
} DirectReply;

static int
direct_result_from_name (const char *name)
{
  static const struct
  {
    const char *name;
    RmqDirectResult result;
  } results[] = {
    { "CR_SUCCESS", RMQ_DIRECT_SUCCESS },         { "CR_LATER", RMQ_DIRECT_LATER },
    { "CR_ROLLBACK", RMQ_DIRECT_ROLLBACK },       { "CR_COMMIT", RMQ_DIRECT_COMMIT },
    { "CR_RETURN_NULL", RMQ_DIRECT_RETURN_NULL },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    if (strcmp (results[i].name, name) == 0)
      return (int) results[i].result;
  return RMQ_DIRECT_THROW_EXCEPTION;
}

static void
consumed_directly (const char *consume_result, const char *remark, int64_t spent_ms, void *data)
{
  DirectReply *self = data;
  g_autoptr (RmqConsumeDirectlyBody) body = _rmq_consume_directly_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_REPLY_BODY);

  body->auto_commit = true;
  body->result = direct_result_from_name (consume_result);
  body->remark = g_strdup (remark);
  body->spent_ms = spent_ms;
  _rmq_consume_directly_body_encode (body, &out);
  if (self->core->remoting != NULL)
    _rmq_remoting_client_reply (self->core->remoting, self->channel, self->opaque, RMQ_RESPONSE_SUCCESS, NULL, NULL,
                                NULL, out.data, out.len);
  _rmq_channel_unref (self->channel);
  _rmq_client_core_unref (self->core);
  g_free (self);
}

static bool
consume_directly (const Request *self, GError **error)
{
  RmqConsumeMessageDirectlyResultRequestHeader header;
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  RmqDecodeContext context = { .compression = _rmq_compression_table_get () };
  RmqConsumerInner *consumer;
  DirectReply *direct;

  if (!rmq_frame_decode_header (self->request, RMQ_HEADER (ConsumeMessageDirectlyResultRequestHeader), &header, error))
    return false;
  consumer = find_consumer (self, header.consumer_group);
  if (consumer == NULL)
    return true;
  if (!_rmq_messages_decode (&context, NULL, self->request->body, messages, NULL, error))
    return false;
  if (messages->len != 1)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "One message was to be consumed, %u came", messages->len);
      return false;
    }

  direct = g_new0 (DirectReply, 1);
  direct->core = _rmq_client_core_ref (self->core);
  direct->channel = _rmq_channel_ref (self->channel);
  direct->opaque = self->request->opaque;
  consumer->iface->consume_directly (consumer, messages->pdata[0], consumed_directly, direct);
  return true;
}

static bool
not_supported (const Request *self, GError **error)
{
  g_autofree char *remark = g_strdup_printf (" request type %d not supported", self->request->code);

  reply (self, RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED, remark, NULL);
  return true;
}

/* A reply to a request that nobody waits for any more: taken, so that the broker does not try again. */
static bool
push_reply (const Request *self, GError **error)
{
  rmq_debug ("client", self->address, "A reply came for a request that is not waiting");
  reply (self, RMQ_RESPONSE_SUCCESS, NULL, NULL);
  return true;
}

static const struct
{
  int code;
  bool (*handle) (const Request *self, GError **error);
} handlers[] = {
  { RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED, consumer_ids_changed },
  { RMQ_REQUEST_CHECK_TRANSACTION_STATE, check_transaction },
  { RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET, reset_offsets },
  { RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT, consumer_status },
  { RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO, running_info },
  { RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY, consume_directly },
  { RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT, push_reply },
};

void
_rmq_request_processor_handle (RmqClientCore *core, RmqChannel *channel, const char *address, const RmqFrame *request)
{
  Request self = { core, channel, address, request };
  g_autoptr (GError) error = NULL;
  unsigned i;

  _rmq_client_events_emit_request (core->events, address, request);
  for (i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (handlers[i].code == request->code)
      break;
  if ((i < G_N_ELEMENTS (handlers) ? handlers[i].handle : not_supported) (&self, &error))
    return;
  rmq_warning ("client", address, "Request %d of a broker is unusable: %s", request->code, error->message);
  reply (&self, RMQ_RESPONSE_SYSTEM_ERROR, error->message, NULL);
}
