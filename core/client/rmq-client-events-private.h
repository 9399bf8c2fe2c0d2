/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens in the I/O context on its way to the handles of a client, each in its own main context.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"
#include "wire/rmq-frame-private.h"

typedef enum
{
  RMQ_CLIENT_EVENT_TURN,     /* that was all for now; has nothing but its kind */
  RMQ_CLIENT_EVENT_LOST,     /* the same: some did not get here, ask for a snapshot */
  RMQ_CLIENT_EVENT_SNAPSHOT, /* all there is: for a handle that comes later, or missed something */
  RMQ_CLIENT_EVENT_STATE,
  RMQ_CLIENT_EVENT_NAME_SERVERS,
  RMQ_CLIENT_EVENT_OPENED,
  RMQ_CLIENT_EVENT_CLOSED,
  RMQ_CLIENT_EVENT_ROUTE_CHANGED,
  RMQ_CLIENT_EVENT_REBALANCED,
  RMQ_CLIENT_EVENT_QUEUE_STALLED,
  RMQ_CLIENT_EVENT_BROKER_REQUEST,
  RMQ_CLIENT_EVENT_PRODUCER_ADDED,
  RMQ_CLIENT_EVENT_PRODUCER_REMOVED,
  RMQ_CLIENT_EVENT_CONSUMER_ADDED,
  RMQ_CLIENT_EVENT_CONSUMER_REMOVED,
} RmqClientEventKind;

typedef struct
{
  int ref_count;
  RmqClientEventKind kind;
  char *name;   /* address, topic or group */
  char *detail; /* topic, reason */
  GError *error;
  RmqMessageQueue *queue;
  RmqRemotingCommand *command;
  char **connections; /* of a snapshot */
  char **producers;
  char **consumers;
} RmqClientEvent;

typedef struct _RmqClientEvents RmqClientEvents;
typedef struct _RmqClientEventSink RmqClientEventSink;

/* In the handle's main context. */
typedef void (*RmqClientEventFunc) (GObject *handle, const RmqClientEvent *event);

RMQ_PRIVATE_BEGIN

RmqClientEvents *_rmq_client_events_new (void);
void _rmq_client_events_free (RmqClientEvents *self);
/* Any thread. The handle is held weakly. */
RmqClientEventSink *_rmq_client_events_add_sink (RmqClientEvents *self,
                                                 GObject *handle,
                                                 GMainContext *context,
                                                 RmqClientEventFunc func);
void _rmq_client_events_remove_sink (RmqClientEvents *self, RmqClientEventSink *sink);
/* Names it also when it is gone. */
uint64_t _rmq_client_event_sink_get_id (RmqClientEventSink *sink);
/* To one handle only. */
void _rmq_client_events_emit_to (RmqClientEvents *self, uint64_t sink_id, RmqClientEventKind kind, const char *name);
/* The same; takes the lists. However many wait: there is one for each LOST at most. */
void _rmq_client_events_emit_snapshot (RmqClientEvents *self,
                                       uint64_t sink_id,
                                       char **connections,
                                       char **producers,
                                       char **consumers);
/* Any thread. Everything but kind may be NULL and is copied. */
void _rmq_client_events_emit (RmqClientEvents *self, RmqClientEventKind kind, const char *name, const char *detail);
void _rmq_client_events_emit_closed (RmqClientEvents *self, const char *address, const GError *error);
void _rmq_client_events_emit_stalled (RmqClientEvents *self,
                                      const char *group,
                                      RmqMessageQueue *queue,
                                      const char *reason);
void _rmq_client_events_emit_request (RmqClientEvents *self, const char *address, const RmqFrame *request);

RMQ_PRIVATE_END
