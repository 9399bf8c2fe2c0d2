/* SPDX-License-Identifier: Apache-2.0
 *
 * What an administrator asks a client, through the broker: its state, to consume one message, its offsets. (RocketMQ:
 * AdminBrokerProcessor.callConsumer, Broker2Client.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-error-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-header-consumer-private.h"
#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-offset-table-private.h"

#define RELAY_TIMEOUT_MS 10000
#define STATUS_TIMEOUT_MS 5000

/* --- 307 and 309 ---------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqBrokerTicket ticket;
  char *group;
  char *client_id;
} Relay;

static void
relay_free (Relay *self)
{
  _rmq_broker_ticket_clear (&self->ticket);
  g_free (self->group);
  g_free (self->client_id);
  g_free (self);
}

static void
answer_error (RmqBrokerCore *core, Relay *self, const GError *error)
{
  int code = g_error_matches (error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT) ? RMQ_RESPONSE_CONSUME_MSG_TIMEOUT
                                                                     : RMQ_RESPONSE_SYSTEM_ERROR;

  _rmq_broker_answer_code (core, &self->ticket, code, "invoke consumer <%s> <%s>: %s", self->group, self->client_id,
                           error->message);
}

/* The client's answer is the broker's. */
static void
on_answered (RmqBrokerCore *core, const RmqFrame *response, const GError *error, void *data)
{
  Relay *self = data;
  g_autofree char *remark = NULL;
  g_autoptr (GBytes) body = NULL;
  RmqBrokerAnswer answer = { 0 };

  if (response == NULL)
    {
      answer_error (core, self, error);
      relay_free (self);
      return;
    }
  remark = rmq_slice_dup (response->remark);
  if (response->body.len > 0)
    body = g_bytes_new (response->body.data, response->body.len);
  answer = (RmqBrokerAnswer){
    .code = response->code,
    .remark = remark,
    .ext = response->ext,
    .n_ext = response->n_ext,
    .body = body,
  };
  _rmq_broker_answer (core, &self->ticket, &answer);
  relay_free (self);
}

/* NULL: answered. */
static RmqBrokerMember *
find_member (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice group, RmqSlice client_id)
{
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, group);
  RmqBrokerMember *member = online != NULL ? _rmq_broker_online_find_member (online, client_id) : NULL;
  char group_text[RMQ_BROKER_TEXT_SIZE];
  char client_text[RMQ_BROKER_TEXT_SIZE];

  if (member == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "The Consumer <%s> <%s> not online",
                             rmq_broker_text (group, group_text), rmq_broker_text (client_id, client_text));
  return member;
}

static void
relay (RmqBrokerCore *core,
       const RmqBrokerRequest *request,
       const RmqBrokerMember *member,
       RmqSlice group,
       const RmqHeaderTable *table,
       const void *header,
       GBytes *body)
{
  Relay *self = g_new0 (Relay, 1);

  _rmq_broker_ticket_keep (&self->ticket, &request->ticket);
  self->group = rmq_slice_dup (group);
  self->client_id = g_strdup (member->client_id);
  _rmq_broker_call (core, member->peer->connection, request->ticket.code, table, header, body, RELAY_TIMEOUT_MS,
                    on_answered, self);
}

static void
handle_running_info (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumerRunningInfoRequestHeader header;
  RmqBrokerMember *member;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumerRunningInfoRequestHeader), &header))
    return;
  member = find_member (core, &request->ticket, header.consumer_group, header.client_id);
  if (member != NULL)
    relay (core, request, member, header.consumer_group, RMQ_HEADER (GetConsumerRunningInfoRequestHeader), &header,
           NULL);
}

/* NULL: no such message. */
static GBytes *
read_message (RmqBrokerCore *core, RmqSlice id)
{
  char text[RMQ_BROKER_TEXT_SIZE];
  RmqStoredRecord stored;
  RmqHost host;
  int64_t offset;

  if (!_rmq_offset_id_decode (rmq_broker_text (id, text), &host, &offset, NULL)
      || !_rmq_broker_store_lookup (core->store, offset, &stored))
    return NULL;
  return g_bytes_new (stored.data, stored.size);
}

static void
handle_consume_directly (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqConsumeMessageDirectlyResultRequestHeader header;
  RmqBrokerMember *member;
  RmqBrokerTopic *topic;
  RmqGroupConfigBody *group;
  g_autoptr (GBytes) body = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ConsumeMessageDirectlyResultRequestHeader), &header))
    return;
  body = read_message (core, header.msg_id);
  if (body == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "there is no such message");
      return;
    }
  member = find_member (core, &request->ticket, header.consumer_group, header.client_id);
  if (member == NULL)
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  group = _rmq_broker_subscribers_find (core->subscribers, header.consumer_group);
  RMQ_HEADER_SET (header, broker_name, rmq_slice_from_string (core->settings->broker_name));
  if (topic != NULL)
    RMQ_HEADER_SET (header, topic_sys_flag, topic->sys_flag);
  if (group != NULL)
    RMQ_HEADER_SET (header, group_sys_flag, group->sys_flag);
  relay (core, request, member, header.consumer_group, RMQ_HEADER (ConsumeMessageDirectlyResultRequestHeader), &header,
         body);
}

/* --- 223 ------------------------------------------------------------------------------------------------------ */

/* Answers of several clients become one. */
typedef struct
{
  RmqBrokerTicket ticket;
  unsigned n_open;
  RmqConsumerStatusBody *body;
} Status;

typedef struct
{
  Status *status;
  char *client_id;
} Asked;

static void
finish_status (RmqBrokerCore *core, Status *self)
{
  if (--self->n_open > 0)
    return;
  _rmq_broker_answer_body (core, &self->ticket, &_rmq_consumer_status_body_type, self->body);
  _rmq_broker_ticket_clear (&self->ticket);
  _rmq_consumer_status_body_free (self->body);
  g_free (self);
}

/* A client that does not answer is left out. */
static void
on_status (RmqBrokerCore *core, const RmqFrame *response, const GError *error, void *data)
{
  Asked *asked = data;
  g_autoptr (RmqConsumerStatusBody) body = NULL;

  if (response != NULL && response->code == RMQ_RESPONSE_SUCCESS)
    body = _rmq_consumer_status_body_decode (response->body, NULL);
  if (body != NULL)
    {
      RmqClientOffsets *entry = _rmq_client_offsets_new ();

      g_free (entry->client_id);
      entry->client_id = g_strdup (asked->client_id);
      for (unsigned i = 0; body->offsets != NULL && i < body->offsets->len; i++)
        {
          const RmqQueueOffset *offset = g_ptr_array_index (body->offsets, i);

          _rmq_queue_offsets_add (entry->offsets, offset->queue, offset->offset);
        }
      g_ptr_array_add (asked->status->body->clients, entry);
    }
  finish_status (core, asked->status);
  g_free (asked->client_id);
  g_free (asked);
}

static void
handle_status (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumerStatusRequestHeader header;
  RmqBrokerOnline *online;
  Status *status;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumerStatusRequestHeader), &header))
    return;
  online = _rmq_broker_clients_find_consumers (core->clients, header.group);
  if (online == NULL || online->members->len == 0)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "No Any Consumer online in the group");
      return;
    }
  status = g_new0 (Status, 1);
  status->body = _rmq_consumer_status_body_new ();
  status->n_open = 1;
  _rmq_broker_ticket_keep (&status->ticket, &request->ticket);
  for (unsigned i = 0; i < online->members->len; i++)
    {
      const RmqBrokerMember *member = g_ptr_array_index (online->members, i);
      Asked *asked;

      if (header.client_addr.len > 0 && !rmq_slice_equal_string (header.client_addr, member->client_id))
        continue;
      asked = g_new0 (Asked, 1);
      asked->status = status;
      asked->client_id = g_strdup (member->client_id);
      status->n_open++;
      _rmq_broker_call (core, member->peer->connection, RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT,
                        RMQ_HEADER (GetConsumerStatusRequestHeader), &header, NULL, STATUS_TIMEOUT_MS, on_status,
                        asked);
    }
  finish_status (core, status);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO, handle_running_info },
  { RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY, handle_consume_directly },
  { RMQ_REQUEST_INVOKE_BROKER_TO_GET_CONSUMER_STATUS, handle_status },
};

const RmqBrokerModule rmq_broker_relay_module = {
  .name = "relay",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
