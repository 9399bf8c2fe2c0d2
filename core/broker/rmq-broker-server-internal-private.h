/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of RmqBrokerServer, for its two files: the object, and how it runs.
 */
#pragma once

#include "base/rmq-queue-source-private.h"
#include "rmq-broker-core-private.h"
#include "rmq-broker-server-private.h"

typedef enum
{
  RMQ_BROKER_IDLE,
  RMQ_BROKER_STARTING,
  RMQ_BROKER_RUNNING,
  RMQ_BROKER_STOPPING,
} RmqBrokerState;

struct _RmqBrokerServer
{
  GObject parent_instance;

  GMutex mutex; /* over everything but the core's own */
  GCond cond;
  RmqBrokerState state;
  char *listen; /* NULL: in this process only */
  char *address;
  unsigned port;
  char *store_name;
  char *name; /* embedded://NAME */
  RmqBrokerSettings *settings;
  RmqClock *clock; /* NULL: the system's */
  GMainContext *main_context;
  GMainContext *io_context; /* NULL: a thread */
  RmqQueueSource *events;
  GPtrArray *faults; /* texts, for the next start; NULL: none */

  /* While it is not idle. */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  RmqIo *io;
  RmqBrokerCore *core; /* the context's own */

  RmqBrokerStore *store; /* of the last start */
  int64_t asked_us;      /* when somebody was last looked for who wants ::message-stored; the context's own */
  bool wants_messages;
};

extern const RmqBrokerEvents _rmq_broker_server_events;

RMQ_PRIVATE_BEGIN

/* The property changed: tells who listens. */
void _rmq_broker_server_notify_running (RmqBrokerServer *self);
/* Hands the faults that wait for the start to the core. */
void _rmq_broker_server_bring_faults (RmqBrokerServer *self);
/* Stops it if it runs, and waits for its thread. */
void _rmq_broker_server_halt (RmqBrokerServer *self);

RMQ_PRIVATE_END
