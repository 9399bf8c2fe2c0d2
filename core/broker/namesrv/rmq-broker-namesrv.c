/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's answers to clients: routes and lists, of this broker and of those that registered here. (RocketMQ:
 * ClientRequestProcessor, DefaultRequestProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-header-namesrv-private.h"
#include "wire/rmq-topic-route-private.h"

/* --- brokers ------------------------------------------------------------------------------------------------- */

/* Ours, as whoever asks can reach it: a client of this process the way it came, and it adds the scheme by itself. */
static const char *
own_address (RmqBrokerCore *core, const RmqBrokerRequest *request)
{
  const char *peer = _rmq_server_connection_get_peer (request->ticket.connection);
  const char *rest = strstr (peer, "://");

  return rest != NULL ? rest + 3 : core->address;
}

/* Every address of a broker name: our own, and what registered. */
static void
fill_addresses (RmqBrokerCore *core, const RmqBrokerRequest *request, const char *name, RmqBrokerData *data)
{
  RmqRegisteredName *registered = _rmq_broker_registry_find (core->registry, rmq_slice_from_string (name));

  for (unsigned i = 0; registered != NULL && i < registered->brokers->len; i++)
    {
      const RmqRegisteredBroker *broker = g_ptr_array_index (registered->brokers, i);

      _rmq_broker_data_set_address (data, broker->id, broker->address);
    }
  if (registered != NULL)
    data->enable_acting_master = registered->acting_master;
  if (g_str_equal (name, core->settings->broker_name))
    _rmq_broker_data_set_address (data, core->settings->broker_id, own_address (core, request));
}

static bool
is_own (RmqBrokerCore *core, const RmqRegisteredName *name)
{
  return g_str_equal (name->name, core->settings->broker_name);
}

static void
add_own (RmqBrokerCore *core, const RmqBrokerRequest *request, RmqTopicRoute *route, const RmqBrokerTopic *topic)
{
  const RmqBrokerSettings *settings = core->settings;
  RmqBrokerData *broker = _rmq_topic_route_add_broker (route, settings->cluster_name, settings->broker_name);
  RmqQueueData *queues =
      _rmq_topic_route_add_queues (route, settings->broker_name, topic->read_queues, topic->write_queues,
                                   topic->route_perm >= 0 ? topic->route_perm : topic->perm);

  fill_addresses (core, request, settings->broker_name, broker);
  queues->topic_sys_flag = topic->sys_flag;
}

static void
add_registered (RmqBrokerCore *core, const RmqBrokerRequest *request, RmqTopicRoute *route, const char *topic)
{
  g_autoptr (GPtrArray) names = _rmq_broker_registry_get_all (core->registry);

  for (unsigned i = 0; i < names->len; i++)
    {
      const RmqRegisteredName *name = g_ptr_array_index (names, i);
      const RmqQueueData *known = g_hash_table_lookup (name->topics, topic);
      RmqQueueData *queues;

      /* Of our own name, our own topics are told already. */
      if (known == NULL || (is_own (core, name) && route->queues->len > 0))
        continue;
      fill_addresses (core, request, name->name, _rmq_topic_route_add_broker (route, name->cluster, name->name));
      queues = _rmq_topic_route_add_queues (route, name->name, known->read_queues, known->write_queues, known->perm);
      queues->topic_sys_flag = known->topic_sys_flag;
    }
}

static void
handle_route (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetRouteInfoRequestHeader header;
  g_autoptr (RmqTopicRoute) route = NULL;
  g_autofree char *name = NULL;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetRouteInfoRequestHeader), &header))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  name = rmq_slice_dup (header.topic);
  route = _rmq_topic_route_new ();
  if (topic != NULL && !topic->unrouted)
    add_own (core, request, route, topic);
  add_registered (core, request, route, name);
  if (route->queues->len == 0)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST,
                               "No topic route info in name server for the topic: %s", name);
      return;
    }
  if (core->settings->order_message)
    route->order_conf = g_strdup (_rmq_broker_kv_get (core, RMQ_KV_NAMESPACE_ORDER_TOPIC, name));
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_route_type, route);
}

static void
handle_cluster (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerSettings *settings = core->settings;
  g_autoptr (RmqClusterInfo) info = _rmq_cluster_info_new ();
  g_autoptr (GPtrArray) names = _rmq_broker_registry_get_all (core->registry);

  fill_addresses (core, request, settings->broker_name,
                  _rmq_cluster_info_add_broker (info, settings->cluster_name, settings->broker_name));
  for (unsigned i = 0; i < names->len; i++)
    {
      const RmqRegisteredName *name = g_ptr_array_index (names, i);

      if (!is_own (core, name))
        fill_addresses (core, request, name->name, _rmq_cluster_info_add_broker (info, name->cluster, name->name));
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_cluster_info_type, info);
}

static void
handle_group (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetBrokerMemberGroupRequestHeader header;
  g_autoptr (RmqBrokerGroupBody) body = NULL;
  g_autoptr (RmqBrokerData) all = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetBrokerMemberGroupRequestHeader), &header))
    return;
  body = _rmq_broker_group_body_new ();
  all = _rmq_broker_data_new ();
  if (body->group == NULL)
    body->group = _rmq_broker_group_new ();
  body->group->cluster = rmq_slice_dup (header.cluster_name);
  body->group->name = rmq_slice_dup (header.broker_name);
  fill_addresses (core, request, body->group->name, all);
  for (unsigned i = 0; i < all->addresses->len; i++)
    g_ptr_array_add (body->group->addresses,
                     _rmq_body_copy (&_rmq_broker_address_type, g_ptr_array_index (all->addresses, i)));
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_broker_group_body_type, body);
}

/* --- lists --------------------------------------------------------------------------------------------------- */

typedef struct
{
  GHashTable *seen;
  RmqTopicListBody *body;
} TopicList;

static void
add_name (TopicList *list, const char *name)
{
  if (g_hash_table_add (list->seen, g_strdup (name)))
    g_ptr_array_add (list->body->topics, g_strdup (name));
}

/* cluster RMQ_SLICE_NULL: all; sys_flag: only topics that have all these bits, and none of without. */
static void
answer_list (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice cluster, int with, int without)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (RmqTopicListBody) body = _rmq_topic_list_body_new ();
  g_autoptr (GPtrArray) names = _rmq_broker_registry_get_all (core->registry);
  const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);
  TopicList list = { seen, body };

  if (cluster.data == NULL || rmq_slice_equal_string (cluster, core->settings->cluster_name))
    for (unsigned i = 0; i < topics->len; i++)
      {
        const RmqBrokerTopic *topic = g_ptr_array_index (topics, i);

        if (!topic->unrouted && (topic->sys_flag & with) == with && (topic->sys_flag & without) == 0)
          add_name (&list, topic->name);
      }
  for (unsigned i = 0; i < names->len; i++)
    {
      const RmqRegisteredName *name = g_ptr_array_index (names, i);
      GHashTableIter iter;
      void *topic;
      void *value;

      if (cluster.data != NULL && !rmq_slice_equal_string (cluster, name->cluster))
        continue;
      g_hash_table_iter_init (&iter, name->topics);
      while (g_hash_table_iter_next (&iter, &topic, &value))
        {
          const RmqQueueData *queues = value;

          if ((queues->topic_sys_flag & with) == with && (queues->topic_sys_flag & without) == 0)
            add_name (&list, topic);
        }
    }
  _rmq_broker_answer_body (core, ticket, &_rmq_topic_list_body_type, body);
}

static void
handle_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  if (core->settings->all_topic_list)
    answer_list (core, &request->ticket, RMQ_SLICE_NULL, 0, 0);
  else
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "disable");
}

static void
handle_cluster_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetTopicsByClusterRequestHeader header;

  if (_rmq_broker_request_decode (core, request, RMQ_HEADER (GetTopicsByClusterRequestHeader), &header))
    answer_list (core, &request->ticket, header.cluster, 0, 0);
}

static void
handle_unit_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  int code = request->ticket.code;
  int with = code == RMQ_REQUEST_GET_UNIT_TOPIC_LIST ? RMQ_TOPIC_UNIT : RMQ_TOPIC_UNIT_SUB;
  int without = code == RMQ_REQUEST_GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST ? RMQ_TOPIC_UNIT : 0;

  answer_list (core, &request->ticket, RMQ_SLICE_NULL, with, without);
}

static void
handle_system_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (RmqTopicListBody) body = _rmq_topic_list_body_new ();
  g_autoptr (GPtrArray) names = _rmq_broker_registry_get_all (core->registry);
  TopicList list = { seen, body };

  add_name (&list, core->settings->cluster_name);
  add_name (&list, core->settings->broker_name);
  for (unsigned i = 0; i < names->len; i++)
    {
      const RmqRegisteredName *name = g_ptr_array_index (names, i);

      add_name (&list, name->cluster);
      add_name (&list, name->name);
    }
  g_free (body->broker_address);
  body->broker_address = g_strdup (core->address);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_list_body_type, body);
}

static void
handle_delete_topic (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqDeleteTopicFromNamesrvRequestHeader header;
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *topic_name = NULL;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (DeleteTopicFromNamesrvRequestHeader), &header))
    return;
  topic_name = rmq_slice_dup (header.topic);
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  if (topic != NULL
      && (!header.has.cluster_name || rmq_slice_equal_string (header.cluster_name, core->settings->cluster_name)))
    topic->unrouted = true;
  names = _rmq_broker_registry_get_all (core->registry);
  for (unsigned i = 0; i < names->len; i++)
    {
      RmqRegisteredName *name = g_ptr_array_index (names, i);

      if (!header.has.cluster_name || rmq_slice_equal_string (header.cluster_name, name->cluster))
        g_hash_table_remove (name->topics, topic_name);
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, handle_route },
  { RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, handle_cluster },
  { RMQ_REQUEST_GET_BROKER_MEMBER_GROUP, handle_group },
  { RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, handle_topics },
  { RMQ_REQUEST_GET_TOPICS_BY_CLUSTER, handle_cluster_topics },
  { RMQ_REQUEST_GET_SYSTEM_TOPIC_LIST_FROM_NS, handle_system_topics },
  { RMQ_REQUEST_GET_UNIT_TOPIC_LIST, handle_unit_topics },
  { RMQ_REQUEST_GET_HAS_UNIT_SUB_TOPIC_LIST, handle_unit_topics },
  { RMQ_REQUEST_GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, handle_unit_topics },
  { RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, handle_delete_topic },
};

const RmqBrokerModule rmq_broker_namesrv_module = {
  .name = "namesrv",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
