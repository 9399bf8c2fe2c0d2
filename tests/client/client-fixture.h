/* SPDX-License-Identifier: Apache-2.0
 *
 * A fake broker and a client of it, with every period scaled down, in one of the two I/O modes.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "rmq-test.h"
#include "wire/rmq-codes-private.h"

#define TOPIC "orders"

typedef struct
{
  RmqFakeBroker *broker;
  GMainContext *context; /* thread default of the test; also the I/O context in that mode */
  RmqClientConfig *config;
  RmqClientInstance *client;
  RmqProducer *producer;
  void *data; /* the test's own */
} Fixture;

/* data of the test: whether I/O happens in the test's own context. */
#define OWN_CONTEXT GINT_TO_POINTER (1)

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
void fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data));

/* With the scaled periods. name_servers NULL: the fake broker. */
RmqClientConfig *fixture_new_config (Fixture *self, const char *name_servers);
/* Made anew from the fixture's config, after it was changed. */
void fixture_remake_client (Fixture *self);
bool fixture_start (Fixture *self, GError **error);
bool fixture_close (Fixture *self, RmqClientInstance *client, GError **error);
/* One message, by the _async form. */
bool fixture_send (Fixture *self, RmqProducer *producer, const char *topic, GError **error);
RmqPushConsumer *fixture_start_consumer (Fixture *self, const char *group);
void fixture_close_consumer (Fixture *self, RmqPushConsumer *consumer);

unsigned fixture_count (Fixture *self, int code);
void fixture_iterate (Fixture *self);

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
      g_error ("%s:%d: not in time: %s", __FILE__, __LINE__, #condition);                                              \
  }                                                                                                                    \
  G_STMT_END
