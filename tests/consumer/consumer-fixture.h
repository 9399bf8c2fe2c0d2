/* SPDX-License-Identifier: Apache-2.0
 *
 * A fake broker, a client of it with every period scaled down, and a push consumer whose handler keeps what it gets.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "rmq-test.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-record-private.h"

#define TOPIC "orders"
#define GROUP "orders-service"

typedef struct _Fixture Fixture;
/* In the handler. Owns message no more than the handler's caller: it is unreferenced afterwards. */
typedef RmqConsumeResult (*FixtureHandler) (Fixture *self, RmqMessage *message);

struct _Fixture
{
  RmqFakeBroker *broker;
  GMainContext *context; /* thread default of the test */
  RmqClientConfig *config;
  RmqClientInstance *client;
  RmqPushConsumer *consumer;

  GMutex mutex;
  GPtrArray *received;    /* RmqMessage, by the order of the calls; under the mutex */
  FixtureHandler handler; /* NULL: result is the answer */
  RmqConsumeResult result;
  void *data; /* the test's own */
};

/* data of the test: whether I/O happens in the test's own context. */
#define OWN_CONTEXT GINT_TO_POINTER (1)

/* g_test_init (); and the warnings that these tests provoke do not end the program. */
void fixture_init (int *argc, char ***argv);
/* Four queues of TOPIC, a consumer that begins at the first offset and subscribes to nothing yet. */
void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
void fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data));
/* The same with I/O in the test's own context too. */
void fixture_add_both (const char *path, void (*func) (Fixture *self, gconstpointer data));

/* Another client with another id, at the same broker; close it with fixture_close (). */
RmqPushConsumer *fixture_new_consumer (Fixture *self, const char *group);
/* With further settings of the client: key, value, …, NULL. */
RmqPushConsumer *fixture_new_consumer_with (Fixture *self, const char *group, ...) G_GNUC_NULL_TERMINATED;
void fixture_set_handler (Fixture *self, RmqPushConsumer *consumer);
/* By the _async forms, iterating the context. */
bool fixture_start (Fixture *self, RmqPushConsumer *consumer, GError **error);
bool fixture_close (Fixture *self, RmqPushConsumer *consumer, GError **error);
bool fixture_commit (Fixture *self);
/* Subscribes to TOPIC, with any tag, and starts. */
void fixture_run (Fixture *self);
void fixture_run_consumer (Fixture *self, RmqPushConsumer *consumer, const char *tags);
/* Subscribes, starts and waits until it has the four queues. */
void fixture_run_all (Fixture *self);
/* Puts n messages "message-0" … into TOPIC, over the four queues in turn. */
void fixture_put (Fixture *self, unsigned n);

void fixture_iterate (Fixture *self);
unsigned fixture_count (Fixture *self);
RmqMessage *fixture_peek (Fixture *self, unsigned nth);
/* How often a body was received. */
unsigned fixture_count_text (Fixture *self, const char *text);
unsigned fixture_count_requests (Fixture *self, int code);
/* Pulls of one queue of TOPIC. */
unsigned fixture_count_pulls (Fixture *self, int queue_id);
unsigned fixture_count_owned (Fixture *self, RmqPushConsumer *consumer);

/* Ends the test, and tells how things stand. */
G_NORETURN void fixture_give_up (Fixture *self, const char *file, int line, const char *condition);

/* False when the time is over. */
#define FIXTURE_TRY_WAIT(self, condition, milliseconds)                                                                \
  ({                                                                                                                   \
    int64_t fixture_deadline_ = g_get_monotonic_time () + (int64_t) (milliseconds) *1000;                              \
    bool fixture_held_;                                                                                                \
    while (!(fixture_held_ = (condition)) && g_get_monotonic_time () < fixture_deadline_)                              \
      fixture_iterate (self);                                                                                          \
    fixture_held_;                                                                                                     \
  })

#define FIXTURE_WAIT(self, condition)                                                                                  \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (!FIXTURE_TRY_WAIT (self, condition, RMQ_TEST_TIMEOUT_MS))                                                      \
      fixture_give_up (self, __FILE__, __LINE__, #condition);                                                          \
  }                                                                                                                    \
  G_STMT_END
