/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the fake broker, for its two halves: rmq-fake-broker.c moves requests and answers, rmq-fake-answers.c
 * knows what a broker says.
 */
#pragma once

#include "rmq-fake-store.h"
#include "remoting/rmq-remoting-server-private.h"
#include "wire/rmq-heartbeat-private.h"

typedef struct
{
  RmqFakeBroker *broker;
  unsigned index;
  char *broker_name;
  int64_t broker_id;
  char *address;
  RmqRemotingServer *server;
  bool down;
} RmqFakeNode;

typedef struct
{
  RmqServerConnection *connection; /* borrowed: lives as long as this does */
  RmqFakeNode *node;
  unsigned number;
  RmqHeartbeatData *heartbeat; /* the last one, or NULL */
} RmqFakeConnection;

/* A pull that waits for messages. */
typedef struct
{
  RmqFakeBroker *broker;
  RmqServerConnection *connection; /* referenced */
  RmqFakeConnection *peer;         /* NULL once it is gone */
  RmqFakeRequest *request;
  GSource *timeout;
} RmqFakeHold;

typedef struct
{
  int n; /* -1: for ever */
  int response_code;
  char *remark;
} RmqFakeFailure;

typedef struct
{
  RmqFakeFunc func;
  void *data;
} RmqFakeHook;

struct _RmqFakeBroker
{
  GMutex mutex; /* over everything that is not said to be the thread's */
  GCond cond;
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  RmqIo *io;

  GPtrArray *nodes;       /* RmqFakeNode */
  GPtrArray *connections; /* RmqFakeConnection, borrowed from the server's connections */
  unsigned n_connections;
  RmqFakeStore store;
  GPtrArray *requests; /* RmqFakeRequest */
  GPtrArray *answers;  /* RmqFakeRequest: to requests of the broker's own */
  GPtrArray *holds;    /* RmqFakeHold */
  GHashTable *hooks;   /* code → RmqFakeHook */
  GHashTable *failures;
  char **extra_ids;
  int64_t max_hold_ms;
  bool instant_retry;
  bool wake_queued;
};

/* With the mutex. False: the pull is to be held (never when may_hold is false). */
bool rmq_fake_answer (RmqFakeBroker *self,
                      RmqFakeConnection *peer,
                      const RmqFakeRequest *request,
                      bool may_hold,
                      RmqFakeReply *reply);
int64_t rmq_fake_broker_put_locked (RmqFakeBroker *self,
                                    const char *topic,
                                    const char *broker_name,
                                    int queue_id,
                                    const RmqFakeMessage *message,
                                    const char *properties_text);
/* A one-way NOTIFY_CONSUMER_IDS_CHANGED to the members of a group, later, in the broker's thread. */
void rmq_fake_broker_notify_locked (RmqFakeBroker *self, const char *group);
/* func runs once in the broker's thread, in order. */
void rmq_fake_broker_run_in_thread (RmqFakeBroker *self, GSourceFunc func, void *data, GDestroyNotify destroy);
/* The properties text of a message as a producer would have sent it. */
char *rmq_fake_properties_text (const RmqFakeMessage *message);
