/* SPDX-License-Identifier: Apache-2.0
 *
 * Other brokers, as they registered here (Java's RouteInfoManager): addresses by name and id, topics with their queues.
 * A registration belongs to its connection, and ends with it or with its time.
 */
#pragma once

#include "broker/rmq-broker-request-private.h"
#include "wire/rmq-header-namesrv-private.h"
#include "wire/rmq-topic-config-private.h"

typedef struct _RmqBrokerRegistry RmqBrokerRegistry;

typedef struct
{
  int64_t id;
  char *address;
  char *ha_address;
  RmqBrokerPeer *peer;
  int64_t last_us;
  int64_t timeout_us;
  RmqDataVersion version;
} RmqRegisteredBroker;

/* All ids of one broker name. */
typedef struct
{
  char *cluster;
  char *name;
  bool acting_master;
  GPtrArray *brokers; /* RmqRegisteredBroker, by id */
  GHashTable *topics; /* topic → RmqQueueData */
} RmqRegisteredName;

RMQ_PRIVATE_BEGIN

RmqBrokerRegistry *_rmq_broker_registry_new (RmqBrokerCore *core);
void _rmq_broker_registry_free (RmqBrokerRegistry *self);

/* False: refused. *master is set to the master of a slave that registers, or NULL. */
bool _rmq_broker_registry_register (RmqBrokerRegistry *self,
                                    RmqBrokerPeer *peer,
                                    const RmqRegisterBrokerRequestHeader *header,
                                    const RmqTopicTableBody *table,
                                    RmqRegisteredBroker **master);
void _rmq_broker_registry_unregister (RmqBrokerRegistry *self, RmqSlice name, int64_t id);
void _rmq_broker_registry_connection_closed (RmqBrokerRegistry *self, RmqBrokerPeer *peer);
RmqRegisteredName *_rmq_broker_registry_find (RmqBrokerRegistry *self, RmqSlice name);
RmqRegisteredBroker *_rmq_broker_registry_find_address (RmqBrokerRegistry *self, RmqSlice address);
/* It is alive. */
void _rmq_broker_registry_touch (RmqBrokerRegistry *self, RmqRegisteredBroker *broker);
/* RmqRegisteredName, by name. (transfer container) */
GPtrArray *_rmq_broker_registry_get_all (RmqBrokerRegistry *self);
/* A topic of a registered broker, by hand. */
void _rmq_broker_registry_set_topic (RmqRegisteredName *self, const char *topic, const RmqQueueData *queues);

RMQ_PRIVATE_END
