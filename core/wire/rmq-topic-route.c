/* SPDX-License-Identifier: Apache-2.0
 *
 * The route of a topic as data: its rows, its life by reference count, looking up and comparing.
 */
#include "rmq-topic-route-private.h"

#include "base/rmq-error-private.h"

static const RmqBodyField broker_address_rows[] = {
  RMQ_ROW (RmqBrokerAddress, id, "key", INT64),
  RMQ_ROW (RmqBrokerAddress, address, "value", STRING),
};
RMQ_DEFINE_BODY (RmqBrokerAddress, broker_address, "Map.Entry<Long, String>", broker_address_rows)

static const RmqBodyField broker_data_rows[] = {
  RMQ_ROW (RmqBrokerData, addresses, "brokerAddrs", MAP, .nested = &_rmq_broker_address_type),
  RMQ_ROW (RmqBrokerData, name, "brokerName", STRING),
  RMQ_ROW (RmqBrokerData, cluster, "cluster", STRING),
  RMQ_ROW (RmqBrokerData, enable_acting_master, "enableActingMaster", BOOLEAN),
  RMQ_ROW (RmqBrokerData, zone, "zoneName", STRING),
};
RMQ_DEFINE_BODY (RmqBrokerData, broker_data, "BrokerData", broker_data_rows)

static const RmqBodyField queue_data_rows[] = {
  RMQ_ROW (RmqQueueData, broker_name, "brokerName", STRING),
  RMQ_ROW (RmqQueueData, perm, "perm", INT32),
  RMQ_ROW (RmqQueueData, read_queues, "readQueueNums", INT32),
  RMQ_ROW (RmqQueueData, topic_sys_flag, "topicSysFlag", INT32),
  RMQ_ROW (RmqQueueData, write_queues, "writeQueueNums", INT32),
};
RMQ_DEFINE_BODY (RmqQueueData, queue_data, "QueueData", queue_data_rows)

static const RmqBodyField queue_id_pair_rows[] = {
  RMQ_ROW (RmqQueueIdPair, logical_id, "key", INT64),
  RMQ_ROW (RmqQueueIdPair, physical_id, "value", INT32),
};
RMQ_DEFINE_BODY (RmqQueueIdPair, queue_id_pair, "Map.Entry<Integer, Integer>", queue_id_pair_rows)

static const RmqBodyField queue_mapping_rows[] = {
  RMQ_ROW (RmqQueueMapping, broker_name, "bname", STRING),
  RMQ_ROW (RmqQueueMapping, current_ids, "currIdMap", MAP, .nested = &_rmq_queue_id_pair_type),
  RMQ_ROW (RmqQueueMapping, dirty, "dirty", BOOLEAN),
  RMQ_ROW (RmqQueueMapping, epoch, "epoch", INT64),
  RMQ_ROW (RmqQueueMapping, scope, "scope", STRING, .initial_text = RMQ_STATIC_TOPIC_SCOPE_GLOBAL),
  RMQ_ROW (RmqQueueMapping, topic, "topic", STRING),
  RMQ_ROW (RmqQueueMapping, total_queues, "totalQueues", INT32),
};
RMQ_DEFINE_BODY (RmqQueueMapping, queue_mapping, "TopicQueueMappingInfo", queue_mapping_rows)

static const RmqBodyField queue_mapping_entry_rows[] = {
  RMQ_ROW (RmqQueueMappingEntry, broker_name, "key", STRING),
  RMQ_ROW (RmqQueueMappingEntry, mapping, "value", STRUCT, .nested = &_rmq_queue_mapping_type),
};
RMQ_DEFINE_BODY (RmqQueueMappingEntry,
                 queue_mapping_entry,
                 "Map.Entry<String, TopicQueueMappingInfo>",
                 queue_mapping_entry_rows)

static const RmqBodyField filter_servers_rows[] = {
  RMQ_ROW (RmqFilterServers, address, "key", STRING),
  RMQ_ROW (RmqFilterServers, servers, "value", STRINGS, .flags = RMQ_BODY_NULLABLE),
};
RMQ_DEFINE_BODY (RmqFilterServers, filter_servers, "Map.Entry<String, List<String>>", filter_servers_rows)

static const RmqBodyField topic_route_rows[] = {
  RMQ_ROW (RmqTopicRoute, brokers, "brokerDatas", LIST, .nested = &_rmq_broker_data_type),
  RMQ_ROW (RmqTopicRoute, filter_servers, "filterServerTable", MAP, .nested = &_rmq_filter_servers_type),
  RMQ_ROW (RmqTopicRoute, order_conf, "orderTopicConf", STRING),
  RMQ_ROW (RmqTopicRoute, queues, "queueDatas", LIST, .nested = &_rmq_queue_data_type),
  RMQ_ROW (RmqTopicRoute,
           mappings,
           "topicQueueMappingByBroker",
           MAP,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_queue_mapping_entry_type),
};

static void
init_topic_route (void *body)
{
  g_atomic_ref_count_init (&((RmqTopicRoute *) body)->ref_count);
}

/* Looking up is linear, so a flood of brokers must not come in. */
static bool
check_topic_route (void *body, GError **error)
{
  const RmqTopicRoute *self = body;

  if (self->brokers->len <= RMQ_ROUTE_MAX_BROKERS && self->queues->len <= RMQ_ROUTE_MAX_BROKERS
      && (self->mappings == NULL || self->mappings->len <= RMQ_ROUTE_MAX_BROKERS))
    return true;
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "route with more than %d brokers", RMQ_ROUTE_MAX_BROKERS);
  return false;
}

static void
release_topic_route (void *body)
{
  if (body != NULL && g_atomic_ref_count_dec (&((RmqTopicRoute *) body)->ref_count))
    _rmq_body_release (&_rmq_topic_route_type, body);
}

RMQ_DEFINE_BODY_TYPE (RmqTopicRoute,
                      topic_route,
                      "TopicRouteData",
                      topic_route_rows,
                      release_topic_route,
                      .init = init_topic_route,
                      .finish = check_topic_route)

void
_rmq_topic_route_free (RmqTopicRoute *self)
{
  release_topic_route (self);
}

RmqTopicRoute *
_rmq_topic_route_ref (RmqTopicRoute *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
_rmq_topic_route_unref (RmqTopicRoute *self)
{
  release_topic_route (self);
}

RmqBrokerData *
_rmq_topic_route_add_broker (RmqTopicRoute *self, const char *cluster, const char *name)
{
  RmqBrokerData *broker = _rmq_broker_data_new ();

  broker->cluster = g_strdup (cluster);
  broker->name = g_strdup (name);
  g_ptr_array_add (self->brokers, broker);
  return broker;
}

void
_rmq_broker_data_set_address (RmqBrokerData *self, int64_t id, const char *address)
{
  RmqBrokerAddress *entry = _rmq_body_map_find_int (self->addresses, id);
  unsigned at = 0;

  if (entry != NULL)
    {
      g_free (entry->address);
      entry->address = g_strdup (address);
      return;
    }
  entry = _rmq_broker_address_new ();
  entry->id = id;
  entry->address = g_strdup (address);
  while (at < self->addresses->len && ((RmqBrokerAddress *) g_ptr_array_index (self->addresses, at))->id < id)
    at++;
  g_ptr_array_insert (self->addresses, (int) at, entry);
}

RmqQueueData *
_rmq_topic_route_add_queues (RmqTopicRoute *self, const char *broker_name, int read_queues, int write_queues, int perm)
{
  RmqQueueData *queues = _rmq_queue_data_new ();

  queues->broker_name = g_strdup (broker_name);
  queues->read_queues = read_queues;
  queues->write_queues = write_queues;
  queues->perm = perm;
  g_ptr_array_add (self->queues, queues);
  return queues;
}

static int
compare_brokers (const void *a, const void *b)
{
  return g_strcmp0 ((*(RmqBrokerData *const *) a)->name, (*(RmqBrokerData *const *) b)->name);
}

static int
compare_queue_data (const void *a, const void *b)
{
  return g_strcmp0 ((*(RmqQueueData *const *) a)->broker_name, (*(RmqQueueData *const *) b)->broker_name);
}

/* The same elements, borrowed, in another order. */
static GPtrArray *
sorted (const GPtrArray *list, GCompareFunc compare)
{
  GPtrArray *copy = g_ptr_array_sized_new (list->len);

  for (unsigned i = 0; i < list->len; i++)
    g_ptr_array_add (copy, list->pdata[i]);
  g_ptr_array_sort (copy, compare);
  return copy;
}

bool
_rmq_topic_route_equal (const RmqTopicRoute *a, const RmqTopicRoute *b)
{
  RmqTopicRoute x;
  RmqTopicRoute y;
  g_autoptr (GPtrArray) brokers_a = NULL;
  g_autoptr (GPtrArray) brokers_b = NULL;
  g_autoptr (GPtrArray) queues_a = NULL;
  g_autoptr (GPtrArray) queues_b = NULL;

  if (a == b)
    return true;
  if (a == NULL || b == NULL || a->brokers->len != b->brokers->len || a->queues->len != b->queues->len)
    return false;
  x = *a;
  y = *b;
  x.brokers = brokers_a = sorted (a->brokers, compare_brokers);
  y.brokers = brokers_b = sorted (b->brokers, compare_brokers);
  x.queues = queues_a = sorted (a->queues, compare_queue_data);
  y.queues = queues_b = sorted (b->queues, compare_queue_data);
  return _rmq_body_equal (&_rmq_topic_route_type, &x, &y);
}

const RmqBrokerData *
_rmq_topic_route_find_broker (const RmqTopicRoute *self, const char *name)
{
  for (unsigned i = 0; i < self->brokers->len; i++)
    {
      const RmqBrokerData *broker = g_ptr_array_index (self->brokers, i);

      if (broker->name != NULL && g_strcmp0 (broker->name, name) == 0)
        return broker;
    }
  return NULL;
}

const char *
_rmq_broker_data_get_address (const RmqBrokerData *self, int64_t id)
{
  const RmqBrokerAddress *entry = _rmq_body_map_find_int (self->addresses, id);

  return entry != NULL ? entry->address : NULL;
}

const char *
_rmq_topic_route_find_master (const RmqTopicRoute *self, const char *broker_name)
{
  const RmqBrokerData *broker = _rmq_topic_route_find_broker (self, broker_name);

  return broker != NULL ? _rmq_broker_data_get_address (broker, RMQ_MASTER_BROKER_ID) : NULL;
}

bool
_rmq_topic_route_has_address (const RmqTopicRoute *self, const char *address)
{
  for (unsigned i = 0; i < self->brokers->len; i++)
    {
      const RmqBrokerData *broker = g_ptr_array_index (self->brokers, i);

      for (unsigned j = 0; j < broker->addresses->len; j++)
        if (g_strcmp0 (((RmqBrokerAddress *) g_ptr_array_index (broker->addresses, j))->address, address) == 0)
          return true;
    }
  return false;
}

bool
_rmq_topic_route_is_static (const RmqTopicRoute *self)
{
  return self->mappings != NULL && self->mappings->len > 0;
}

RmqTopicRoute *
_rmq_topic_route_derive_default (const RmqTopicRoute *self, int max_queues)
{
  RmqTopicRoute *copy = _rmq_body_copy (&_rmq_topic_route_type, self);

  for (unsigned i = 0; i < copy->queues->len; i++)
    {
      RmqQueueData *data = g_ptr_array_index (copy->queues, i);

      data->read_queues = data->write_queues = MIN (max_queues, data->read_queues);
    }
  return copy;
}
