/* SPDX-License-Identifier: Apache-2.0
 *
 * What is open in one cell of the table of closes: a broker, a client, a producer, a push consumer, brought into a
 * state; and the counts that must be the same before and after.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "rmq-test.h"
#include "wire/rmq-codes-private.h"

#define CLOSE_TIMEOUT_MS 400
/* What a close may take on top: issue's second. */
#define GRACE_MS 1000
#define N_SENDS 8

typedef enum
{
  STATE_BEFORE_START,
  STATE_CONNECTING,
  STATE_MID_SEND,
  STATE_MID_PULL,
  STATE_IN_HANDLER,
  STATE_BROKER_HUNG,    /* it reads and does not answer */
  STATE_BROKER_STOPPED, /* SIGSTOP: it does not even read */
  STATE_AFTER_FORK,
  N_STATES
} WorldState;

typedef enum
{
  OBJECT_INSTANCE,
  OBJECT_PRODUCER,
  OBJECT_CONSUMER,
  N_OBJECTS
} WorldObject;

/* An asynchronous operation that somebody waits for. */
typedef struct
{
  int n; /* how often it completed */
  GError *error;
} Completion;

typedef struct _World World;
struct _World
{
  RmqFakeBroker *broker;
  GPid stopped; /* a process with a broker of its own; 0 */
  int stopped_in;
  int blackhole; /* a socket that takes no connection; -1 */
  GMainContext *context;
  bool own_io;
  RmqClientInstance *client;
  RmqProducer *producer;
  RmqPushConsumer *consumer;
  Completion sends[N_SENDS];
  unsigned n_sends;
  Completion start; /* of the consumer */
  bool starting;
  void (*in_handler) (World *self);
  int n_handled;         /* atomic */
  GAsyncResult *closing; /* of the close under test */
  int64_t began_us;
  bool is_first; /* GLib opens what it keeps for the whole process */
  unsigned n_fds;
  unsigned n_sources;
};

/* Brings everything into the state; in_handler is called in the consumer's handler, in STATE_IN_HANDLER. */
void world_set_up (World *self, WorldState state, bool own_io, void (*in_handler) (World *self));
/* Closes what is left open, asserts that each completion came once and that nothing is left over. */
void world_tear_down (World *self);
/* The other process: a broker until stdin ends. */
int world_serve (void);
/* Once, before anything is counted. */
void world_warm_up (void);
bool world_send (World *self, GError **error);
/* Every send and the start have ended, each once. */
void world_assert_completed (World *self);
