/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration of consumer groups, and who is online. (RocketMQ: AdminBrokerProcessor, SubscriptionGroupManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include <rmq/rmq.h>
#include "broker/rmq-broker-modules-private.h"
#include "broker/admin/rmq-broker-paging-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-connection-body-private.h"
#include "wire/rmq-header-group-private.h"
#include "wire/rmq-names-private.h"

/* --- settings ------------------------------------------------------------------------------------------------ */

/* Takes config. False: answered. */
static bool
update (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqGroupConfigBody *config)
{
  g_autoptr (GError) error = NULL;

  if (!_rmq_group_check_broker (config->name, &error))
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_INVALID_PARAMETER, "%s", error->message);
      _rmq_group_config_body_free (config);
      return false;
    }
  _rmq_broker_subscribers_update (core->subscribers, config);
  return true;
}

static void
handle_update (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGroupConfigBody *config = _rmq_broker_request_decode_body (core, request, &_rmq_group_config_body_type);

  if (config != NULL && update (core, &request->ticket, config))
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_update_list (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqGroupConfigListBody) body =
      _rmq_broker_request_decode_body (core, request, &_rmq_group_config_list_body_type);

  if (body == NULL)
    return;
  while (body->configs != NULL && body->configs->len > 0)
    if (!update (core, &request->ticket, g_ptr_array_steal_index (body->configs, 0)))
      return;
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_get (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetSubscriptionGroupConfigRequestHeader header;
  RmqGroupConfigBody *config;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetSubscriptionGroupConfigRequestHeader), &header))
    return;
  config = _rmq_broker_subscribers_find (core->subscribers, header.group);
  if (config != NULL)
    _rmq_broker_answer_body (core, &request->ticket, &_rmq_group_config_body_type, config);
  else
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                             "subscription group not exist, %.*s", (int) header.group.len, header.group.data);
}

static void
handle_get_all (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetAllSubscriptionGroupRequestHeader header;
  RmqGetAllSubscriptionGroupResponseHeader answer = { 0 };
  g_autoptr (GPtrArray) groups = _rmq_broker_subscribers_get_all (core->subscribers);
  const RmqDataVersion *version = _rmq_broker_subscribers_get_version (core->subscribers);
  g_autoptr (RmqGroupTableBody) body = _rmq_group_table_body_new ();
  RmqBrokerPage page;

  if (!_rmq_header_decode_partial (RMQ_HEADER (GetAllSubscriptionGroupRequestHeader), request->frame->ext,
                                   request->frame->n_ext, &header, NULL))
    memset (&header, 0, sizeof header);
  page = _rmq_broker_page (header.has.group_seq ? header.group_seq : -1, header.data_version,
                           header.has.max_group_num ? header.max_group_num : 0, version, groups->len);
  *body->data_version = *version;
  for (unsigned i = page.begin; i < page.end; i++)
    {
      const RmqGroupConfigBody *config = g_ptr_array_index (groups, i);
      RmqGroupConfigEntry *entry = _rmq_group_config_entry_new ();

      entry->name = g_strdup (config->name);
      g_clear_pointer (&entry->config, _rmq_group_config_body_free);
      entry->config = _rmq_body_copy (&_rmq_group_config_body_type, config);
      g_ptr_array_add (body->configs, entry);
    }
  RMQ_HEADER_SET (answer, total_group_num, (int32_t) groups->len);
  _rmq_broker_page_answer (core, &request->ticket, RMQ_HEADER (GetAllSubscriptionGroupResponseHeader), &answer,
                           &_rmq_group_table_body_type, body);
}

static void
handle_delete (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDeleteSubscriptionGroupRequestHeader header;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (DeleteSubscriptionGroupRequestHeader), &header))
    return;
  _rmq_broker_subscribers_delete (core->subscribers, header.group_name);
  if (header.clean_offset)
    _rmq_broker_offsets_remove_group (core->offsets, header.group_name);
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static void
handle_forbid (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqUpdateGroupForbiddenRequestHeader header;
  g_autoptr (RmqGroupForbiddenBody) body = _rmq_group_forbidden_body_new ();

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (UpdateGroupForbiddenRequestHeader), &header))
    return;
  if (header.has.readable)
    _rmq_broker_subscribers_set_forbidden (core->subscribers, header.group, header.topic, !header.readable);
  body->group = rmq_slice_dup (header.group);
  body->topic = rmq_slice_dup (header.topic);
  body->readable = !_rmq_broker_subscribers_is_forbidden (core->subscribers, header.group, header.topic);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_group_forbidden_body_type, body);
}

/* --- who is online ------------------------------------------------------------------------------------------- */

static void
add_connections (RmqBrokerOnline *online, GPtrArray *connections)
{
  for (unsigned i = 0; i < online->members->len; i++)
    {
      const RmqBrokerMember *member = g_ptr_array_index (online->members, i);
      RmqConnectionInfo *info = _rmq_connection_info_new ();

      info->client_id = g_strdup (member->client_id);
      info->address = _rmq_host_to_string (&member->peer->host);
      info->language = (int32_t) member->language;
      info->version = member->version;
      g_ptr_array_add (connections, info);
    }
}

static void
add_subscriptions (RmqBrokerOnline *online, GPtrArray *subscriptions)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, online->subscriptions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RmqBrokerSubscription *subscription = value;
      RmqSubscriptionEntry *entry = _rmq_subscription_entry_new ();

      entry->topic = rmq_slice_dup (subscription->topic);
      g_clear_pointer (&entry->subscription, _rmq_subscription_free);
      entry->subscription = _rmq_subscription_copy (subscription->subscription);
      g_ptr_array_add (subscriptions, entry);
    }
}

static void
handle_consumers (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetConsumerConnectionListRequestHeader header;
  RmqBrokerOnline *online;
  g_autoptr (RmqConsumerConnectionBody) body = _rmq_consumer_connection_body_new ();

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetConsumerConnectionListRequestHeader), &header))
    return;
  online = _rmq_broker_clients_find_consumers (core->clients, header.consumer_group);
  if (online == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_CONSUMER_NOT_ONLINE,
                               "the consumer group[%.*s] not online", (int) header.consumer_group.len,
                               header.consumer_group.data);
      return;
    }
  add_connections (online, body->connections);
  add_subscriptions (online, body->subscriptions);
  body->consume_type = online->consume_type;
  body->model = online->model;
  body->from_where = online->from_where;
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_consumer_connection_body_type, body);
}

static void
handle_producers (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetProducerConnectionListRequestHeader header;
  RmqBrokerOnline *online;
  g_autoptr (RmqProducerConnectionBody) body = _rmq_producer_connection_body_new ();

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetProducerConnectionListRequestHeader), &header))
    return;
  online = _rmq_broker_clients_find_producers (core->clients, header.producer_group);
  if (online == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the producer group[%.*s] not exist",
                               (int) header.producer_group.len, header.producer_group.data);
      return;
    }
  add_connections (online, body->connections);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_producer_connection_body_type, body);
}

static void
add_producers (RmqBrokerOnline *online, void *data)
{
  GPtrArray *groups = data;
  RmqProducerInfoEntry *entry = _rmq_producer_info_entry_new ();

  entry->group = g_strdup (online->name);
  for (unsigned i = 0; i < online->members->len; i++)
    {
      const RmqBrokerMember *member = g_ptr_array_index (online->members, i);
      RmqProducerInfo *info = _rmq_producer_info_new ();

      info->client_id = g_strdup (member->client_id);
      info->remote_ip = _rmq_host_to_string (&member->peer->host);
      info->language = (int32_t) member->language;
      info->version = member->version;
      info->last_update = member->last_ms;
      g_ptr_array_add (entry->producers, info);
    }
  g_ptr_array_add (groups, entry);
}

static void
handle_all_producers (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqProducerTableBody) body = _rmq_producer_table_body_new ();

  _rmq_broker_clients_foreach (core->clients, true, add_producers, body->groups);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_producer_table_body_type, body);
}

static void
handle_subscription (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQuerySubscriptionByConsumerRequestHeader header;
  RmqBrokerOnline *online;
  RmqBrokerSubscription *found = NULL;
  g_autoptr (RmqQuerySubscriptionBody) body = _rmq_query_subscription_body_new ();

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QuerySubscriptionByConsumerRequestHeader), &header))
    return;
  online = _rmq_broker_clients_find_consumers (core->clients, header.group);
  if (online != NULL && header.has.topic)
    found = _rmq_broker_online_find_subscription (online, header.topic);
  body->group = rmq_slice_dup (header.group);
  body->topic = header.has.topic ? rmq_slice_dup (header.topic) : NULL;
  if (found != NULL)
    {
      g_clear_pointer (&body->subscription, _rmq_subscription_free);
      body->subscription = _rmq_subscription_copy (found->subscription);
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_query_subscription_body_type, body);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, handle_update },
  { RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, handle_update_list },
  { RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, handle_get },
  { RMQ_REQUEST_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, handle_get_all },
  { RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP, handle_delete },
  { RMQ_REQUEST_UPDATE_AND_GET_GROUP_FORBIDDEN, handle_forbid },
  { RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST, handle_consumers },
  { RMQ_REQUEST_GET_PRODUCER_CONNECTION_LIST, handle_producers },
  { RMQ_REQUEST_GET_ALL_PRODUCER_INFO, handle_all_producers },
  { RMQ_REQUEST_QUERY_SUBSCRIPTION_BY_CONSUMER, handle_subscription },
};

const RmqBrokerModule rmq_broker_group_admin_module = {
  .name = "group-admin",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
