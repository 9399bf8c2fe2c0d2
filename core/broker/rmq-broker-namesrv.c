/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's answers to clients: routes and lists. (RocketMQ: ClientRequestProcessor, DefaultRequestProcessor.)
 */
#include "rmq-broker-core-private.h"

#include "rmq-broker-modules-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-header-namesrv-private.h"
#include "wire/rmq-topic-route-private.h"

static void
add_own (RmqBrokerCore *core, RmqTopicRoute *route, const RmqBrokerTopic *topic)
{
  const RmqBrokerSettings *settings = core->settings;
  RmqBrokerData *broker = _rmq_topic_route_add_broker (route, settings->cluster_name, settings->broker_name);
  RmqQueueData *queues =
      _rmq_topic_route_add_queues (route, settings->broker_name, topic->read_queues, topic->write_queues, topic->perm);

  _rmq_broker_data_set_address (broker, settings->broker_id, core->address);
  queues->topic_sys_flag = topic->sys_flag;
}

static void
handle_route (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqGetRouteInfoRequestHeader header;
  g_autoptr (RmqTopicRoute) route = NULL;
  RmqBrokerTopic *topic;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (GetRouteInfoRequestHeader), &header))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  if (topic == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST,
                               "No topic route info in name server for the topic: %.*s", (int) header.topic.len,
                               header.topic.data);
      return;
    }
  route = _rmq_topic_route_new ();
  add_own (core, route, topic);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_route_type, route);
}

static void
handle_cluster (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerSettings *settings = core->settings;
  g_autoptr (RmqClusterInfo) info = _rmq_cluster_info_new ();
  RmqBrokerData *broker = _rmq_cluster_info_add_broker (info, settings->cluster_name, settings->broker_name);

  _rmq_broker_data_set_address (broker, settings->broker_id, core->address);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_cluster_info_type, info);
}

static void
handle_topics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqTopicListBody) body = NULL;
  const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);

  if (!core->settings->all_topic_list)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "disable");
      return;
    }
  body = _rmq_topic_list_body_new ();
  for (unsigned i = 0; i < topics->len; i++)
    g_ptr_array_add (body->topics, g_strdup (((RmqBrokerTopic *) g_ptr_array_index (topics, i))->name));
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_topic_list_body_type, body);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, handle_route },
  { RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, handle_cluster },
  { RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, handle_topics },
};

const RmqBrokerModule rmq_broker_namesrv_module = {
  .name = "namesrv",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
