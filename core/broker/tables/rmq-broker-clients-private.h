/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is online: members of consumer and producer groups by connection, and what a group subscribes to (Java's
 * ConsumerManager and ProducerManager).
 */
#pragma once

#include "broker/rmq-broker-request-private.h"
#include "wire/rmq-heartbeat-private.h"

/* A client of one group on one connection. */
typedef struct
{
  char *client_id;
  RmqBrokerPeer *peer;
  RmqLanguage language;
  int32_t version;
  int64_t last_us; /* heartbeat, monotonic */
  int64_t last_ms; /* the same on the wall */
} RmqBrokerMember;

typedef struct
{
  char *name;
  bool producers;
  GPtrArray *members; /* RmqBrokerMember */
  unsigned next;      /* round robin over producers */
  /* Of consumers: */
  int32_t consume_type;
  int32_t model;
  int32_t from_where;
  int32_t fingerprint;       /* of heartbeat v2; 0: none */
  GHashTable *subscriptions; /* topic (RmqSlice * in the value) → RmqBrokerSubscription */
} RmqBrokerOnline;

typedef struct
{
  RmqSlice topic; /* in subscription */
  RmqSubscription *subscription;
  RmqBrokerFilter *filter; /* compiled; NULL: everything passes, or invalid */
  bool invalid;            /* the expression does not compile */
} RmqBrokerSubscription;

RMQ_PRIVATE_BEGIN

RmqBrokerClients *_rmq_broker_clients_new (RmqBrokerCore *core);
void _rmq_broker_clients_free (RmqBrokerClients *self);

/* Returns whether the group changed (a new member, other topics): then its members are told, unless it broadcasts or
 * does not want that. */
bool _rmq_broker_clients_register_consumer (RmqBrokerClients *self,
                                            RmqBrokerPeer *peer,
                                            const RmqHeartbeatData *heartbeat,
                                            const RmqConsumerData *consumer);
void _rmq_broker_clients_register_producer (RmqBrokerClients *self,
                                            RmqBrokerPeer *peer,
                                            const char *client_id,
                                            const char *group);
void _rmq_broker_clients_unregister (RmqBrokerClients *self,
                                     RmqBrokerPeer *peer,
                                     RmqSlice client_id,
                                     RmqSlice group,
                                     bool producers);
void _rmq_broker_clients_connection_closed (RmqBrokerClients *self, RmqBrokerPeer *peer);

/* NULL when nobody is online. */
RmqBrokerOnline *_rmq_broker_clients_find_consumers (RmqBrokerClients *self, RmqSlice group);
RmqBrokerOnline *_rmq_broker_clients_find_producers (RmqBrokerClients *self, RmqSlice group);
RmqBrokerSubscription *_rmq_broker_online_find_subscription (RmqBrokerOnline *self, RmqSlice topic);
RmqBrokerMember *_rmq_broker_online_find_member (RmqBrokerOnline *self, RmqSlice client_id);
/* The next producer of the group that can be written to, or NULL. */
RmqBrokerMember *_rmq_broker_clients_pick_producer (RmqBrokerClients *self, RmqSlice group);
/* The producer of any group with that client id: whom replies go to. */
RmqBrokerMember *_rmq_broker_clients_find_producer_by_id (RmqBrokerClients *self, RmqSlice client_id);
typedef void (*RmqBrokerOnlineVisit) (RmqBrokerOnline *online, void *data);
void _rmq_broker_clients_foreach (RmqBrokerClients *self, bool producers, RmqBrokerOnlineVisit visit, void *data);
/* 40 to everybody in the group. */
void _rmq_broker_clients_notify (RmqBrokerClients *self, RmqSlice group);

/* A request of the broker's own to a client; one-way when done is NULL. header is copied field by field into the
 * frame's text at once. done (response, NULL) or (NULL, error) comes in the broker's context. */
typedef void (*RmqBrokerCalled) (RmqBrokerCore *core, const RmqFrame *response, const GError *error, void *data);
void _rmq_broker_call (RmqBrokerCore *core,
                       RmqServerConnection *connection,
                       int code,
                       const RmqHeaderTable *table,
                       const void *header,
                       GBytes *body,
                       int64_t timeout_ms,
                       RmqBrokerCalled done,
                       void *data);

RMQ_PRIVATE_END
