/* SPDX-License-Identifier: Apache-2.0
 *
 * The client instance itself (RocketMQ: MQClientInstance), behind its GObject handle: tables, services and life. Lives
 * in the I/O context; what may be called from any thread says so.
 */
#pragma once

#include "rmq-client-settings-private.h"
#include "rmq-member-private.h"
#include "rmq-route-private.h"
#include "base/rmq-budget-private.h"
#include "remoting/rmq-remoting-client-private.h"

typedef struct _RmqRebalanceService RmqRebalanceService;
typedef struct _RmqPullService RmqPullService;

typedef struct _RmqCall RmqCall;
/* response NULL exactly when error is set; both borrowed. A response of any code is no error here. */
typedef void (*RmqCallDone) (RmqCall *call, const RmqFrame *response, const GError *error, void *data);

RMQ_PRIVATE_BEGIN

RmqClientCore *_rmq_client_core_ref (RmqClientCore *self);
void _rmq_client_core_unref (RmqClientCore *self);
/* Of a handle; (transfer none). Any thread. */
RmqClientCore *_rmq_client_instance_get_core (RmqClientInstance *instance);

/* Any thread, constant. */
RmqIo *_rmq_client_core_get_io (RmqClientCore *self);
const RmqClientSettings *_rmq_client_core_get_settings (RmqClientCore *self);
RmqBudget *_rmq_client_core_get_budget (RmqClientCore *self);
const char *_rmq_client_core_get_client_id (RmqClientCore *self);
RmqState _rmq_client_core_get_state (RmqClientCore *self); /* atomic */

/* Starts once; later calls wait for the same start. done in the I/O context, error NULL when running. */
void _rmq_client_core_start (RmqClientCore *self, void (*done) (const GError *error, void *data), void *data);
/* The name servers in use. (transfer full); any thread. */
char **_rmq_client_core_dup_shown_name_servers (RmqClientCore *self);
RmqRemotingClient *_rmq_client_core_get_remoting (RmqClientCore *self);
RmqRebalanceService *_rmq_client_core_get_rebalance_service (RmqClientCore *self);
RmqPullService *_rmq_client_core_get_pull_service (RmqClientCore *self);

/* Members. A second member with the same group: RMQ_ERROR_DUPLICATE_GROUP. Removing sends UNREGISTER_CLIENT (35) to
 * every broker; done (may be NULL) when all answered or at the deadline. */
bool _rmq_client_core_add_producer (RmqClientCore *self, RmqProducerInner *producer, GError **error);
bool _rmq_client_core_add_consumer (RmqClientCore *self, RmqConsumerInner *consumer, GError **error);
void _rmq_client_core_remove_producer (RmqClientCore *self,
                                       RmqProducerInner *producer,
                                       int64_t deadline_us,
                                       void (*done) (void *data),
                                       void *data);
void _rmq_client_core_remove_consumer (RmqClientCore *self,
                                       RmqConsumerInner *consumer,
                                       int64_t deadline_us,
                                       void (*done) (void *data),
                                       void *data);

/* Heartbeats. Never dropped: one that is asked for while one is under way follows it. done may be NULL: when every
 * broker answered or failed. */
void _rmq_client_core_heartbeat_now (RmqClientCore *self, void (*done) (void *data), void *data);
/* MQVersion of a broker, from its heartbeat answer; 0: none yet. */
int _rmq_client_core_get_broker_version (RmqClientCore *self, const char *address);

/* Addresses by broker name; NULL when unknown. (transfer none), valid until the next turn. */
const char *_rmq_client_core_find_master (RmqClientCore *self, const char *broker_name);
/* RocketMQ: findBrokerAddressInSubscribe. is_slave may be NULL. */
const char *_rmq_client_core_find_broker (RmqClientCore *self,
                                          const char *broker_name,
                                          int64_t broker_id,
                                          bool only_this,
                                          bool *is_slave);
/* A broker that serves topic: a random one's master, else a slave. */
const char *_rmq_client_core_find_broker_of_topic (RmqClientCore *self, const char *topic);
/* Every address that heartbeats go to. */
void _rmq_client_core_foreach_broker (
    RmqClientCore *self,
    void (*func) (const char *broker_name, int64_t broker_id, const char *address, void *data),
    void *data);

/* One request. header is copied (shallowly: slices in it live until done, or copy them into `keep`); body is
 * referenced. The returned handle is valid until done; done comes exactly once and never inline. timeout_us 0:
 * request_timeout. */
RmqCall *_rmq_client_core_call (RmqClientCore *self,
                                const char *address,
                                int code,
                                const RmqHeaderTable *table,
                                const void *header,
                                GBytes *body,
                                int64_t timeout_us,
                                RmqCallDone done,
                                void *data);
/* The same to a name server: sticky, the next one on failure, each tried once within the timeout. */
RmqCall *_rmq_client_core_call_name_server (RmqClientCore *self,
                                            int code,
                                            const RmqHeaderTable *table,
                                            const void *header,
                                            GBytes *body,
                                            int64_t timeout_us,
                                            RmqCallDone done,
                                            void *data);
/* No answer wanted. */
void _rmq_client_core_call_oneway (RmqClientCore *self,
                                   const char *address,
                                   int code,
                                   const RmqHeaderTable *table,
                                   const void *header,
                                   GBytes *body);
/* done will not be called. */
void _rmq_call_cancel (RmqCall *call);

/* Some consumer has an offset to persist: within the commit interval. While none has, nothing wakes up for it. */
void _rmq_client_core_commit_soon (RmqClientCore *self);

/* Events towards the handle: its signals, in its main context. */
void _rmq_client_core_emit_rebalanced (RmqClientCore *self, const char *group, const char *topic);
void _rmq_client_core_emit_queue_stalled (RmqClientCore *self,
                                          const char *group,
                                          RmqMessageQueue *queue,
                                          const char *reason);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqClientCore, _rmq_client_core_unref)
