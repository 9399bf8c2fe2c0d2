/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for messages: pulls, POPs, notifications. A hold waits at one or more places (queues, or topics
 * whatever the queue) until a message comes there, its time is up, or its connection, topic or broker is gone.
 */
#pragma once

#include "base/rmq-timer-heap-private.h"
#include "remoting/rmq-io-private.h"
#include "broker/rmq-broker-request-private.h"

typedef enum
{
  RMQ_HOLD_NEWS,    /* at queue; at the end of the turn, once for all messages of the turn */
  RMQ_HOLD_TIMEOUT, /* time is up */
  RMQ_HOLD_GONE,    /* the topic was deleted or the broker stops: answer as at a timeout */
  RMQ_HOLD_CLOSED,  /* the connection is closed: no answer can be given */
} RmqHoldEvent;

/* NEWS: true when it answered, and the hold ends; false: it goes on waiting. Of the others the answer does not count,
 * the hold ends. queue is NULL unless NEWS. It must not end or begin other holds of the same queue. */
typedef bool (*RmqHoldFunc) (RmqBrokerCore *core, RmqBrokerHold *hold, RmqHoldEvent event, RmqBrokerQueue *queue);

#define RMQ_HOLD_MAX_PLACES 4

struct _RmqBrokerHoldPlace
{
  RmqBrokerHold *hold;
  RmqBrokerHoldPlace *prev;
  RmqBrokerHoldPlace *next;
  RmqBrokerHoldPlace **list; /* of the queue or topic; NULL: not in one */
  RmqBrokerTopic *topic;     /* set when the place is a topic */
};

/* The first member of what waits. */
struct _RmqBrokerHold
{
  RmqHoldFunc func;
  GDestroyNotify free;    /* of the whole, when the hold ends */
  RmqBrokerTicket ticket; /* kept by begin */

  /*< private >*/
  RmqBrokerCore *core;
  RmqTimer timer;
  RmqBrokerHoldPlace places[RMQ_HOLD_MAX_PLACES];
  unsigned n_places;
  bool telling;        /* func runs because of news */
  bool over;           /* … and it was ended meanwhile: an answer may close its connection */
  RmqBrokerHold *prev; /* of the connection */
  RmqBrokerHold *next;
};

RMQ_PRIVATE_BEGIN

/* hold is zeroed but for func and free. Then its places, then begin. */
void _rmq_broker_hold_at_queue (RmqBrokerHold *self, RmqBrokerQueue *queue);
void _rmq_broker_hold_at_topic (RmqBrokerHold *self, RmqBrokerTopic *topic);
void _rmq_broker_hold_begin (RmqBrokerCore *core,
                             RmqBrokerHold *self,
                             const RmqBrokerTicket *ticket,
                             int64_t timeout_ms);
/* Ends it without calling func. */
void _rmq_broker_hold_end (RmqBrokerHold *self);

/* A message was stored: holds hear of it at the end of the turn. */
void _rmq_broker_news (RmqBrokerCore *core, RmqBrokerQueue *queue);
/* Wakes what waits at a topic for another reason: an ordered queue is free again. */
void _rmq_broker_wake_topic (RmqBrokerCore *core, RmqBrokerTopic *topic);

/* For the core. */
/* The deferred work of core->tell. */
void _rmq_broker_tell_news (RmqIoDeferred *deferred);
void _rmq_broker_holds_connection_closed (RmqBrokerPeer *peer);
void _rmq_broker_holds_topic_gone (RmqBrokerCore *core, RmqBrokerTopic *topic);
void _rmq_broker_holds_stop (RmqBrokerCore *core);

RMQ_PRIVATE_END
