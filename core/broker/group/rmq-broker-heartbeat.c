/* SPDX-License-Identifier: Apache-2.0
 *
 * HEART_BEAT, UNREGISTER_CLIENT, CHECK_CLIENT_CONFIG and GET_CONSUMER_LIST_BY_GROUP. (RocketMQ: ClientManageProcessor,
 * ConsumerManageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-header-consumer-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-names-private.h"

static void
answer_heartbeat (RmqBrokerCore *core, const RmqBrokerTicket *ticket, bool changed)
{
  const RmqExtField ext[] = {
    { RMQ_SLICE_LITERAL (RMQ_EXT_IS_SUPPORT_HEART_BEAT_V2), RMQ_SLICE_LITERAL ("true") },
    { RMQ_SLICE_LITERAL (RMQ_EXT_IS_SUB_CHANGE), rmq_slice_from_string (changed ? "true" : "false") },
  };
  RmqBrokerAnswer answer = { .code = RMQ_RESPONSE_SUCCESS, .ext = ext, .n_ext = G_N_ELEMENTS (ext) };

  _rmq_broker_answer (core, ticket, &answer);
}

/* Where the group's retries go, so that its members find a route to it. */
static void
make_retry_topic (RmqBrokerCore *core, const RmqGroupConfigBody *config)
{
  g_autofree char *name = _rmq_topic_new_retry (config->name);

  if (config->retry_queues > 0 && _rmq_broker_topics_find (core->topics, rmq_slice_from_string (name)) == NULL)
    _rmq_broker_topics_ensure (core->topics, rmq_slice_from_string (name), config->retry_queues,
                               RMQ_PERM_READ | RMQ_PERM_WRITE);
}

/* A heartbeat of the second kind says by its fingerprint whether the group's subscription is what the broker has. */
static bool
fingerprint_differs (RmqBrokerCore *core, const RmqHeartbeatData *heartbeat, const RmqConsumerData *consumer)
{
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, rmq_slice_from_string (consumer->group));
  bool differs;

  if (online == NULL)
    return true;
  differs = online->fingerprint != heartbeat->fingerprint;
  if (!heartbeat->without_sub)
    online->fingerprint = heartbeat->fingerprint;
  return differs;
}

static bool
register_consumer (RmqBrokerCore *core,
                   RmqBrokerPeer *peer,
                   const RmqHeartbeatData *heartbeat,
                   const RmqConsumerData *consumer)
{
  RmqGroupConfigBody *config;

  if (consumer->group == NULL
      || (core->settings->reject_pull_consumers && consumer->consume_type == RMQ_HEARTBEAT_CONSUME_ACTIVELY))
    return false;
  config = _rmq_broker_subscribers_find_or_create (core->subscribers, rmq_slice_from_string (consumer->group));
  if (config == NULL)
    return false;
  make_retry_topic (core, config);
  _rmq_broker_clients_register_consumer (core->clients, peer, heartbeat, consumer);
  return heartbeat->fingerprint != 0 && fingerprint_differs (core, heartbeat, consumer);
}

static void
handle_heartbeat (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqHeartbeatData) heartbeat = _rmq_broker_request_decode_body (core, request, &_rmq_heartbeat_data_type);
  bool changed = false;

  if (heartbeat == NULL)
    return;
  if (heartbeat->client_id == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the heartbeat has no clientID");
      return;
    }
  for (unsigned i = 0; i < heartbeat->consumers->len; i++)
    changed |= register_consumer (core, request->peer, heartbeat, g_ptr_array_index (heartbeat->consumers, i));
  for (unsigned i = 0; i < heartbeat->producers->len; i++)
    {
      const RmqProducerData *producer = g_ptr_array_index (heartbeat->producers, i);

      if (producer->group != NULL)
        _rmq_broker_clients_register_producer (core->clients, request->peer, heartbeat->client_id, producer->group);
    }
  answer_heartbeat (core, &request->ticket, heartbeat->fingerprint == 0 || changed);
}

static void
handle_unregister (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqUnregisterClientRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (UnregisterClientRequestHeader), &header))
    return;
  if (header.has.producer_group)
    _rmq_broker_clients_unregister (core->clients, request->peer, header.client_id, header.producer_group, true);
  if (header.has.consumer_group)
    _rmq_broker_clients_unregister (core->clients, request->peer, header.client_id, header.consumer_group, false);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_list (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumerListByGroupRequestHeader header;
  g_autoptr (RmqConsumerListBody) body = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  RmqBrokerOnline *online;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumerListByGroupRequestHeader), &header))
    return;
  online = _rmq_broker_clients_find_consumers (core->clients, header.consumer_group);
  if (online == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "no consumer for this group, %.*s",
                               (int) header.consumer_group.len, header.consumer_group.data);
      return;
    }
  body = _rmq_consumer_list_body_new ();
  if (body->client_ids == NULL)
    body->client_ids = g_ptr_array_new_with_free_func (g_free);
  /* One id may be there twice, while one of its connections is not known to be dead yet. */
  for (unsigned i = 0; i < online->members->len; i++)
    {
      RmqBrokerMember *member = g_ptr_array_index (online->members, i);

      if (g_hash_table_add (seen, member->client_id))
        g_ptr_array_add (body->client_ids, g_strdup (member->client_id));
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_consumer_list_body_type, body);
}

static void
handle_check (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  g_autoptr (RmqCheckClientBody) body = NULL;
  g_autoptr (RmqBrokerFilter) filter = NULL;
  g_autoptr (GError) error = NULL;

  if (request->frame->body.len > 0)
    body = _rmq_check_client_body_decode (request->frame->body, NULL);
  if (body == NULL || body->subscription == NULL || _rmq_subscription_is_tag_type (body->subscription->type))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
      return;
    }
  if (!core->settings->property_filter)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "The broker does not support consumer to filter message by %s",
                               body->subscription->type);
      return;
    }
  filter = _rmq_broker_filter_new (core, body->subscription, &error);
  if (error == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
  else if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
  else
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED, "%s", error->message);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_HEART_BEAT, handle_heartbeat },
  { RMQ_REQUEST_UNREGISTER_CLIENT, handle_unregister },
  { RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, handle_list },
  { RMQ_REQUEST_CHECK_CLIENT_CONFIG, handle_check },
};

const RmqBrokerModule rmq_broker_heartbeat_module = {
  .name = "heartbeat",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
