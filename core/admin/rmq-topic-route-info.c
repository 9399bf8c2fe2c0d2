/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqTopicRouteInfo: an immutable view of a route for applications.
 */
#include "rmq-topic-route-info-private.h"

#include "base/rmq-sync-private.h"
#include "wire/rmq-constants-private.h"

struct _RmqTopicRouteInfo
{
  int ref_count;
  RmqRoute *route;
};

/**
 * RmqTopicRouteInfo:
 *
 * Where a topic lives: its queues and the brokers that have them, as a name
 * server told it. Immutable; any thread.
 *
 * See RocketMQ's `TopicRouteData`.
 */
G_DEFINE_BOXED_TYPE (RmqTopicRouteInfo, rmq_topic_route_info, rmq_topic_route_info_ref, rmq_topic_route_info_unref)

RmqTopicRouteInfo *
_rmq_topic_route_info_new (RmqRoute *route)
{
  RmqTopicRouteInfo *self = g_new0 (RmqTopicRouteInfo, 1);

  self->ref_count = 1;
  self->route = _rmq_route_ref (route);
  return self;
}

/**
 * rmq_topic_route_info_ref:
 * @self: a route
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
RmqTopicRouteInfo *
rmq_topic_route_info_ref (RmqTopicRouteInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * rmq_topic_route_info_unref:
 * @self: (transfer full): a route
 *
 * Drops a reference.
 */
void
rmq_topic_route_info_unref (RmqTopicRouteInfo *self)
{
  g_return_if_fail (self != NULL);

  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  _rmq_route_unref (self->route);
  g_free (self);
}

/**
 * rmq_topic_route_info_get_topic:
 * @self: a route
 *
 * Gets the topic.
 *
 * Returns: the topic
 */
const char *
rmq_topic_route_info_get_topic (RmqTopicRouteInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->route->topic;
}

static GPtrArray *
dup_queues (GPtrArray *queues)
{
  GPtrArray *copy = g_ptr_array_new_full (queues->len, (GDestroyNotify) rmq_message_queue_unref);

  for (unsigned i = 0; i < queues->len; i++)
    g_ptr_array_add (copy, rmq_message_queue_ref (queues->pdata[i]));
  return copy;
}

/**
 * rmq_topic_route_info_dup_read_queues:
 * @self: a route
 *
 * Gets the queues that consumers read, sorted.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues
 */
GPtrArray *
rmq_topic_route_info_dup_read_queues (RmqTopicRouteInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return dup_queues (self->route->subscribe);
}

/**
 * rmq_topic_route_info_dup_write_queues:
 * @self: a route
 *
 * Gets the queues that producers write, in the order in which they take turns.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues
 */
GPtrArray *
rmq_topic_route_info_dup_write_queues (RmqTopicRouteInfo *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return dup_queues (self->route->publish);
}

/**
 * rmq_topic_route_info_get_n_brokers:
 * @self: a route
 *
 * Counts the brokers that have queues of the topic.
 *
 * Returns: how many there are
 */
unsigned
rmq_topic_route_info_get_n_brokers (RmqTopicRouteInfo *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->route->data->brokers->len;
}

static const RmqBrokerData *
get_broker (RmqTopicRouteInfo *self, unsigned index)
{
  return index < self->route->data->brokers->len ? self->route->data->brokers->pdata[index] : NULL;
}

/**
 * rmq_topic_route_info_get_broker_name:
 * @self: a route
 * @index: which broker, from 0
 *
 * Gets the name of a broker.
 *
 * Returns: (nullable): the name; `NULL` when there is no such broker
 */
const char *
rmq_topic_route_info_get_broker_name (RmqTopicRouteInfo *self, unsigned index)
{
  const RmqBrokerData *broker;

  g_return_val_if_fail (self != NULL, NULL);

  broker = get_broker (self, index);
  return broker != NULL ? broker->name : NULL;
}

/**
 * rmq_topic_route_info_get_broker_cluster:
 * @self: a route
 * @index: which broker, from 0
 *
 * Gets the cluster of a broker.
 *
 * Returns: (nullable): the cluster; `NULL` when the name server told none
 */
const char *
rmq_topic_route_info_get_broker_cluster (RmqTopicRouteInfo *self, unsigned index)
{
  const RmqBrokerData *broker;

  g_return_val_if_fail (self != NULL, NULL);

  broker = get_broker (self, index);
  return broker != NULL ? broker->cluster : NULL;
}

/**
 * rmq_topic_route_info_get_broker_master:
 * @self: a route
 * @index: which broker, from 0
 *
 * Gets the address of a broker's master, as the name server told it.
 *
 * Returns: (nullable): the address; `NULL` when there is no master now
 */
const char *
rmq_topic_route_info_get_broker_master (RmqTopicRouteInfo *self, unsigned index)
{
  const RmqBrokerData *broker;

  g_return_val_if_fail (self != NULL, NULL);

  broker = get_broker (self, index);
  return broker != NULL ? _rmq_broker_data_get_address (broker, RMQ_MASTER_BROKER_ID) : NULL;
}

/**
 * rmq_topic_route_info_dup_broker_addresses:
 * @self: a route
 * @index: which broker, from 0
 *
 * Gets the addresses of a broker, the master's first.
 *
 * Returns: (transfer full) (array zero-terminated=1): the addresses
 */
char **
rmq_topic_route_info_dup_broker_addresses (RmqTopicRouteInfo *self, unsigned index)
{
  const RmqBrokerData *broker;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (self != NULL, NULL);

  broker = get_broker (self, index);
  for (unsigned i = 0; broker != NULL && i < broker->addresses->len; i++)
    g_strv_builder_add (builder, ((RmqBrokerAddress *) broker->addresses->pdata[i])->address);
  return g_strv_builder_end (builder);
}
