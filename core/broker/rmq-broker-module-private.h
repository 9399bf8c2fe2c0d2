/* SPDX-License-Identifier: Apache-2.0
 *
 * A module is one family of the broker's behaviour: the request codes it answers and the places where it steps in.
 * The list of all modules is in rmq-broker-modules.c, one line each; no module knows another.
 */
#pragma once

#include "rmq-broker-request-private.h"

/* Runs in the broker's context. Answers request->ticket now, or keeps it. data is the module's. */
typedef void (*RmqBrokerHandler) (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

typedef struct
{
  int32_t code;
  RmqBrokerHandler handler;
} RmqBrokerRoute;

/* What a module's before_put says. */
typedef enum
{
  RMQ_BROKER_PUT_ON,     /* go on; the message may have been changed, its topic and queue too */
  RMQ_BROKER_PUT_REFUSE, /* message->code and message->remark say why */
} RmqBrokerPutVerdict;

/* Every member may be NULL. Hooks of several modules run in the order of the list. */
struct _RmqBrokerModule
{
  const char *name;
  const RmqBrokerRoute *routes;
  unsigned n_routes;

  /* The store is open, topics, groups and offsets are loaded; nobody is connected yet. data may be set or left NULL.
   * False: the broker does not start. */
  bool (*start) (RmqBrokerCore *core, void **data, GError **error);
  /* All connections and holds are gone. Frees data. The store is still open. */
  void (*stop) (RmqBrokerCore *core, void *data);

  /* core->address is known: the first time that it listens. */
  void (*listening) (RmqBrokerCore *core, void *data);
  void (*connection_opened) (RmqBrokerCore *core, RmqBrokerPeer *peer, void *data);
  void (*connection_closed) (RmqBrokerCore *core, RmqBrokerPeer *peer, void *data);

  /* Before the handler: true when the request is taken (answered, kept or dropped). Access control, faults, journal. */
  bool (*request_in) (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
  /* Before an answer is written: may change it; true when it is taken. _rmq_broker_write () writes it later. */
  bool (*reply_out) (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqBrokerAnswer *answer, void *data);

  /* A single message is about to be stored: delay levels, timers, transactions and priorities redirect it here by
   * giving it another topic and queue. Not asked for batches, nor for messages put with `direct`. */
  RmqBrokerPutVerdict (*before_put) (RmqBrokerCore *core, RmqBrokerMessage *message, void *data);
  /* A message was stored in a topic whose `owner` is this module. Offsets stand in message->record. */
  void (*stored) (RmqBrokerCore *core, RmqBrokerQueue *queue, RmqBrokerMessage *message, void *data);

  /* A filter for an expression of another type than TAG. NULL with error RMQ_ERROR_SUBSCRIPTION: it does not parse;
   * NULL without: not a type of this module. (transfer full) */
  RmqBrokerFilter *(
      *compile) (RmqBrokerCore *core, const char *type, const char *expression, void *data, GError **error);

  /* A topic was made, changed or deleted. */
  void (*topics_changed) (RmqBrokerCore *core, void *data);
  void (*topic_deleted) (RmqBrokerCore *core, RmqBrokerTopic *topic, void *data);
  void (*group_deleted) (RmqBrokerCore *core, const char *group, void *data);
};

/* Ends with NULL. */
extern const RmqBrokerModule *const rmq_broker_modules[];

RMQ_PRIVATE_BEGIN

/* The data of a module of this core. */
void *_rmq_broker_core_get_module_data (RmqBrokerCore *core, const RmqBrokerModule *module);

RMQ_PRIVATE_END
