/* SPDX-License-Identifier: Apache-2.0
 *
 * The running broker: what all modules share. Lives in one context, so nothing here has a lock. RmqBrokerServer makes
 * it when it starts and frees it when it stops; what has to survive that is in the store.
 */
#pragma once

#include "remoting/rmq-io-private.h"
#include "broker/tables/rmq-broker-clients-private.h"
#include "broker/tables/rmq-broker-filter-private.h"
#include "broker/tables/rmq-broker-holds-private.h"
#include "broker/namesrv/rmq-broker-kv-private.h"
#include "broker/tables/rmq-broker-locks-private.h"
#include "rmq-broker-module-private.h"
#include "broker/tables/rmq-broker-offsets-private.h"
#include "rmq-broker-put-private.h"
#include "broker/tables/rmq-broker-registry-private.h"
#include "rmq-broker-request-private.h"
#include "rmq-broker-settings-private.h"
#include "broker/store/rmq-broker-store-private.h"
#include "broker/tables/rmq-broker-subscribers-private.h"
#include "broker/tables/rmq-broker-topics-private.h"
#include "wire/rmq-unique-id-private.h"

/* What the outside hears of; called in the broker's context. Members may be NULL. */
typedef struct
{
  void (*opened) (RmqBrokerPeer *peer, void *data);
  void (*closed) (RmqBrokerPeer *peer, void *data);
  void (*topic_created) (const char *topic, void *data);
  void (*message_stored) (const RmqBrokerMessage *message, void *data);
  void (*fault_fired) (const char *fault, int code, const char *address, void *data);
} RmqBrokerEvents;

typedef struct
{
  uint64_t n_requests;
  uint64_t n_unknown;
  uint64_t n_put; /* messages */
  uint64_t n_put_bytes;
  uint64_t n_got;
  uint64_t n_got_bytes;
} RmqBrokerCounters;

/* One hook of one module, with its data beside it. */
typedef struct
{
  const RmqBrokerModule *module;
  void *data;
} RmqBrokerHook;

struct _RmqBrokerCore
{
  RmqIo *io;
  RmqTimerHeap *timers; /* io's */
  RmqClock *clock;      /* io's: the only place where time comes from */
  RmqRemotingServer *remoting;
  RmqBrokerSettings *settings; /* owned; may be changed while it runs */
  RmqBrokerEvents events;
  void *events_data;
  int64_t boot_ms;
  int64_t skew_ms; /* how far the wall clock was made to jump */
  bool stopping;
  bool draining; /* about to stop: requests are sent away */

  RmqBrokerStore *store;
  RmqBrokerTopics *topics;
  RmqBrokerSubscribers *subscribers;
  RmqBrokerOffsets *offsets;
  RmqBrokerClients *clients;
  RmqBrokerLocks *locks;
  RmqBrokerRegistry *registry;
  RmqBrokerCounters counters;
  RmqUniqueIdGenerator ids; /* for messages that come without one */

  RmqHost store_host;            /* what is advertised, binary */
  char *address;                 /* the same as text: "127.0.0.1:9876" */
  GPtrArray *news;               /* RmqBrokerQueue with has_news */
  RmqBrokerHoldPlace *next_told; /* of the list that is being told */
  RmqIoDeferred tell;            /* … at the end of the turn */

  GHashTable *handlers; /* by code */
  void **module_data;   /* by place in rmq_broker_modules */
  unsigned n_started;   /* modules */
  bool listening;
  bool store_open;
  GArray *request_in; /* RmqBrokerHook, as those below */
  GArray *reply_out;
  GArray *before_put;
  GArray *connection_opened;
  GArray *connection_closed;
};

RMQ_PRIVATE_BEGIN

/* In the context of io. settings (taken) and store (referenced) are ready to use; store is opened here. */
RmqBrokerCore *_rmq_broker_core_new (RmqIo *io,
                                     RmqBrokerSettings *settings,
                                     RmqBrokerStore *store,
                                     const RmqBrokerEvents *events,
                                     void *data,
                                     GError **error);
/* May be called more than once; port is what was bound. The first address is the advertised one, unless the settings
 * name another. */
bool _rmq_broker_core_listen (RmqBrokerCore *self, const char *address, uint16_t *port, GError **error);
/* Tells the modules. */
void _rmq_broker_core_topics_changed (RmqBrokerCore *self);
bool _rmq_broker_core_accept_stream (RmqBrokerCore *self, GIOStream *stream, const char *peer, GError **error);
/* Answers what is held; from here on clients that know it are told to go elsewhere (GO_AWAY). */
void _rmq_broker_core_drain (RmqBrokerCore *self);
/* Answers what is held, closes all connections, stops the modules, closes the store. */
void _rmq_broker_core_free (RmqBrokerCore *self);

/* Writes an answer past the modules' reply_out: for those that took it there. */
void _rmq_broker_write (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerAnswer *answer);
/* Runs the handler of a request past request_in: for those that took it there, with a frame of their own. */
void _rmq_broker_run (RmqBrokerCore *core, const RmqBrokerRequest *request);

RMQ_PRIVATE_END

/* Milliseconds of the wall clock, and monotonic microseconds. */
static inline int64_t
rmq_broker_now_ms (RmqBrokerCore *core)
{
  return _rmq_clock_realtime_ms (core->clock) + core->skew_ms;
}

static inline int64_t
rmq_broker_now_us (RmqBrokerCore *core)
{
  return _rmq_io_now (core->io);
}
