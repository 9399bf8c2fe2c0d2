/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the client instance share among themselves; nobody else includes this.
 */
#pragma once

#include "rmq-client-core-private.h"
#include "rmq-client-events-private.h"
#include "rmq-send-pool-private.h"
#include "wire/rmq-header-send-private.h"
#include "wire/rmq-unique-id-private.h"

typedef struct _RmqNameServers RmqNameServers;
typedef struct _RmqRouteTable RmqRouteTable;
typedef struct _RmqBrokerTable RmqBrokerTable;
typedef struct _RmqHeartbeats RmqHeartbeats;

struct _RmqClientCore
{
  int ref_count;
  int state; /* RmqState; atomic */
  RmqClientSettings *settings;
  GError *settings_error; /* why start will fail, or NULL */
  bool bad_settings;      /* they could not be read: settings are the defaults; or there is no thread for I/O */
  RmqIo *io;
  RmqBudget *budget;
  RmqClientEvents *events; /* towards the handle */
  GPtrArray *extra_hooks;  /* added before start; under `lock` until then */
  GMutex lock;             /* extra_hooks, wanted_*, name_servers_in_use */
  char **wanted_name_servers;
  char **wanted_address_map;
  char **name_servers_in_use; /* what the I/O context works with; NULL before the start */
  int n_handles;              /* atomic: handles that share this core and were not closed */
  bool abandoned;             /* in a forked child: its copies of the sockets are closed */
  RmqUniqueIdGenerator unique_ids;
  RmqSendPool send_pool;

  /* From here on the I/O context's alone. */
  RmqRemotingClient *remoting;
  RmqNameServers *name_servers;
  RmqRouteTable *routes;
  RmqBrokerTable *brokers;
  RmqHeartbeats *heartbeats;
  RmqRebalanceService *rebalance_service;
  RmqPullService *pull_service;
  GHashTable *producers; /* group → RmqProducerInner */
  GHashTable *consumers; /* group → RmqConsumerInner */
  GHashTable *calls;     /* RmqCall under way */
  GHashTable *gone;      /* handles that were closed before the core: their members join no more */
  GArray *start_waiters;
  GArray *close_waiters;
  RmqTimer route_timer;
  RmqTimer commit_timer;
  RmqSendMessageRequestHeaderV2 send_header; /* of the send that is being written */
  bool shut;                                 /* no call may start any more */
  bool awaits_discovery;                     /* starting, until the first look ended */
};

RMQ_PRIVATE_BEGIN

/* Never fails: what is wrong with the config is what start will say. */
RmqClientCore *_rmq_client_core_new (RmqClientConfig *config);
void _rmq_client_core_set_state (RmqClientCore *self, RmqState state);
void _rmq_client_core_tell_started (RmqClientCore *self, const GError *error);
/* done comes in the I/O context once it is closed, perhaps at once. */
void _rmq_client_core_close (RmqClientCore *self, int64_t deadline_us, void (*done) (void *data), void *data);
void _rmq_client_core_shut (RmqClientCore *self);
/* Only the members that were made with one handle, which other handles survive. */
void _rmq_client_core_close_owner (RmqClientCore *self,
                                   const void *owner,
                                   int64_t deadline_us,
                                   void (*done) (void *data),
                                   void *data);
/* A member leaves the tables; its group leaves the brokers, done (may be NULL) at the deadline at the latest. */
void _rmq_client_core_forget_producer (RmqClientCore *self, RmqProducerInner *producer);
void _rmq_client_core_forget_consumer (RmqClientCore *self, RmqConsumerInner *consumer);
void _rmq_client_core_unregister (RmqClientCore *self,
                                  const char *producer_group,
                                  const char *consumer_group,
                                  int64_t deadline_us,
                                  void (*done) (void *data),
                                  void *data);
/* In a forked child: closes its copies of the sockets, once. */
void _rmq_client_core_abandon (RmqClientCore *self);
/* Any thread. Tells a new handle of a core that is at work already what there is. */
void _rmq_client_core_replay (RmqClientCore *self, uint64_t sink_id);

/* Any thread. Applied at once when running. */
void _rmq_client_core_set_name_servers (RmqClientCore *self, const char *const *name_servers);
void _rmq_client_core_set_address_map (RmqClientCore *self, const char *const *address_map);
/* Those in use; before the start those that will be. */
void _rmq_client_core_show_name_servers (RmqClientCore *self, const char *const *name_servers);
/* Whether the application named the name servers: then discovery has no say. */
bool _rmq_client_core_has_own_name_servers (RmqClientCore *self);
bool _rmq_client_core_add_hook (RmqClientCore *self, RmqRpcHook *hook, GError **error);
void _rmq_client_core_apply_name_servers (RmqClientCore *self);
void _rmq_client_core_apply_address_map (RmqClientCore *self);

/* (transfer full): sends namespace v2 with every request (RocketMQ: NamespaceRpcHook). */
GObject *_rmq_namespace_hook_new (const char *namespace_v2);

/* Name servers (RocketMQ: NettyRemotingClient's namesrvAddrList). */
RmqNameServers *_rmq_name_servers_new (RmqClientCore *core);
void _rmq_name_servers_free (RmqNameServers *self);
void _rmq_name_servers_set (RmqNameServers *self, const char *const *addresses);
const char *const *_rmq_name_servers_get (RmqNameServers *self);
/* The scheme of the server in use, "" for none given. */
const char *_rmq_name_servers_get_scheme (RmqNameServers *self);
/* For a tour: the list and where it begins. (transfer full) */
char **_rmq_client_core_dup_name_servers (RmqClientCore *self, unsigned *first);
/* This one failed: the next call begins with another. */
void _rmq_client_core_skip_name_server (RmqClientCore *self, const char *address);
/* The outside source of the list: at start when it is empty, then every discovery_interval. */
bool _rmq_name_servers_start_discovery (RmqNameServers *self, GError **error);

/* The first look of a discovery ended: the start may go on. */
void _rmq_client_core_discovery_done (RmqClientCore *self, const GError *error);

/* Routes. */
RmqRouteTable *_rmq_route_table_new (RmqClientCore *core);
void _rmq_route_table_free (RmqRouteTable *self);
void _rmq_route_table_fail_all (RmqRouteTable *self, const GError *error);
/* Asks again for the topics of all members. */
void _rmq_route_table_refresh (RmqRouteTable *self);
/* Forgets what nobody has asked for lately. */
void _rmq_route_table_clean (RmqRouteTable *self);
void _rmq_route_table_foreach (RmqRouteTable *self, void (*func) (RmqRoute *route, void *data), void *data);

/* Brokers: addresses and versions. */
RmqBrokerTable *_rmq_broker_table_new (RmqClientCore *core);
void _rmq_broker_table_free (RmqBrokerTable *self);
/* True when an address was new. */
bool _rmq_broker_table_add_route (RmqBrokerTable *self, const RmqTopicRoute *route);
/* Drops what no route names any more; their connections are closed. */
void _rmq_broker_table_clean (RmqBrokerTable *self);
bool _rmq_broker_table_has_address (RmqBrokerTable *self, const char *address);
/* Masters and slaves, whether or not heartbeats go to them. */
void _rmq_client_core_foreach_broker_address (
    RmqClientCore *self,
    void (*func) (const char *broker_name, int64_t broker_id, const char *address, void *data),
    void *data);
void _rmq_broker_table_set_version (RmqBrokerTable *self, const char *address, int version);

/* Heartbeats. */
RmqHeartbeats *_rmq_heartbeats_new (RmqClientCore *core);
void _rmq_heartbeats_free (RmqHeartbeats *self);
void _rmq_heartbeats_start (RmqHeartbeats *self);
/* To one broker that has just been connected. */
void _rmq_heartbeats_greet (RmqHeartbeats *self, const char *address);

/* Requests of brokers (RocketMQ: ClientRemotingProcessor). */
void _rmq_request_processor_handle (RmqClientCore *core,
                                    RmqChannel *channel,
                                    const char *address,
                                    const RmqFrame *request);

RMQ_PRIVATE_END

/* The values as they are now: callbacks may change the table. (transfer container) */
static inline GPtrArray *
rmq_hash_table_dup_values (GHashTable *table)
{
  GPtrArray *values = g_ptr_array_sized_new (g_hash_table_size (table));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (values, value);
  return values;
}
