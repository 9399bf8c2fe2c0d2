/* SPDX-License-Identifier: Apache-2.0
 *
 * The route of a topic as a name server tells it (105): brokers, queue counts, order configuration and static-topic
 * mapping; and what follows from it: the queues to publish to and to subscribe.
 */
#pragma once

#include "rmq-body-private.h"
#include "rmq-constants-private.h"

/* Bits of a queue's permission. */
#define RMQ_PERM_INHERIT 1
#define RMQ_PERM_WRITE 2
#define RMQ_PERM_READ 4
#define RMQ_PERM_PRIORITY 8

#define RMQ_LOGICAL_BROKER_NONE "__syslo__none__"
/* A route with more queues of one topic than this is refused. */
#define RMQ_ROUTE_MAX_QUEUES 65536
#define RMQ_ROUTE_MAX_BROKERS 4096

typedef struct
{
  int64_t id; /* RMQ_MASTER_BROKER_ID: the master */
  char *address;
} RmqBrokerAddress;

typedef struct
{
  char *cluster;
  char *name;
  GPtrArray *addresses; /* RmqBrokerAddress, by id */
  char *zone;
  bool enable_acting_master;
} RmqBrokerData;

typedef struct
{
  char *broker_name;
  int32_t read_queues;
  int32_t write_queues;
  int32_t perm;
  int32_t topic_sys_flag;
} RmqQueueData;

typedef struct
{
  int64_t logical_id;
  int32_t physical_id;
} RmqQueueIdPair;

typedef struct
{
  char *topic;
  char *scope; /* RMQ_STATIC_TOPIC_SCOPE_GLOBAL when absent */
  int32_t total_queues;
  char *broker_name;
  int64_t epoch;
  bool dirty;
  GPtrArray *current_ids; /* RmqQueueIdPair */
} RmqQueueMapping;

/* A broker's mapping, by broker name. */
typedef struct
{
  char *broker_name;
  RmqQueueMapping *mapping;
} RmqQueueMappingEntry;

typedef struct
{
  char *address;
  GPtrArray *servers; /* char *, or NULL */
} RmqFilterServers;

typedef struct
{
  char *order_conf;          /* "brokerA:4;brokerB:4", or NULL */
  GPtrArray *brokers;        /* RmqBrokerData */
  GPtrArray *queues;         /* RmqQueueData */
  GPtrArray *filter_servers; /* RmqFilterServers */
  GPtrArray *mappings;       /* RmqQueueMappingEntry, or NULL: not a static topic */
  /*< private >*/
  gatomicrefcount ref_count;
} RmqTopicRoute;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqBrokerAddress, broker_address)
RMQ_DECLARE_BODY (RmqBrokerData, broker_data)
RMQ_DECLARE_BODY (RmqQueueData, queue_data)
RMQ_DECLARE_BODY (RmqQueueIdPair, queue_id_pair)
RMQ_DECLARE_BODY (RmqQueueMapping, queue_mapping)
RMQ_DECLARE_BODY (RmqQueueMappingEntry, queue_mapping_entry)
RMQ_DECLARE_BODY (RmqFilterServers, filter_servers)
/* _rmq_topic_route_free () drops one reference. A route is not changed once it is shared. */
RMQ_DECLARE_BODY (RmqTopicRoute, topic_route)
RmqTopicRoute *_rmq_topic_route_ref (RmqTopicRoute *self);
void _rmq_topic_route_unref (RmqTopicRoute *self);

/* Additions of a server that builds a route; the results belong to the route. */
RmqBrokerData *_rmq_topic_route_add_broker (RmqTopicRoute *self, const char *cluster, const char *name);
void _rmq_broker_data_set_address (RmqBrokerData *self, int64_t id, const char *address);
RmqQueueData *_rmq_topic_route_add_queues (RmqTopicRoute *self,
                                           const char *broker_name,
                                           int read_queues,
                                           int write_queues,
                                           int perm);

/* As Java decides that a route changed: brokers and queues compared as sets, everything counts. */
bool _rmq_topic_route_equal (const RmqTopicRoute *a, const RmqTopicRoute *b);

/* NULL when unknown. The first broker of that name counts. */
const RmqBrokerData *_rmq_topic_route_find_broker (const RmqTopicRoute *self, const char *name);
const char *_rmq_broker_data_get_address (const RmqBrokerData *self, int64_t id);
const char *_rmq_topic_route_find_master (const RmqTopicRoute *self, const char *broker_name);
bool _rmq_topic_route_has_address (const RmqTopicRoute *self, const char *address);
bool _rmq_topic_route_is_static (const RmqTopicRoute *self);

/* The route a producer uses for a topic that does not exist yet, out of the route of TBW102: queue counts limited. */
RmqTopicRoute *_rmq_topic_route_derive_default (const RmqTopicRoute *self, int max_queues);

/* (transfer full): RmqMessageQueue in the peers' order. *is_ordered (may be NULL) tells whether the order configuration
 * gave them. RMQ_ERROR_PROTOCOL: more than RMQ_ROUTE_MAX_QUEUES. */
GPtrArray *_rmq_topic_route_publish_queues (const RmqTopicRoute *self,
                                            const char *topic,
                                            bool *is_ordered,
                                            GError **error);
/* (transfer full): sorted by topic, broker name, id. */
GPtrArray *_rmq_topic_route_subscribe_queues (const RmqTopicRoute *self, const char *topic, GError **error);
/* Static topics: which broker and physical queue own a logical queue now; false when none. *broker_name is borrowed. */
bool _rmq_topic_route_resolve_logical (const RmqTopicRoute *self,
                                       const char *logical_broker,
                                       int logical_id,
                                       const char **broker_name,
                                       int *physical_id);

RMQ_PRIVATE_END
