/* SPDX-License-Identifier: Apache-2.0
 *
 * A fake broker, a client of it and a producer, in one of the two I/O modes.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "rmq-test.h"

typedef struct
{
  RmqFakeBroker *broker;
  GMainContext *context; /* thread default of the test; also the I/O context in that mode */
  RmqClientConfig *config;
  RmqClientInstance *client;
  RmqProducer *producer;
} Fixture;

/* data of the test: whether I/O happens in the test's own context. */
#define OWN_CONTEXT GINT_TO_POINTER (1)

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);

/* By the _async form, iterating the context. */
RmqSendReceipt *fixture_send (Fixture *self, RmqMessage *message, GError **error);
RmqSendReceipt *fixture_send_text (Fixture *self, const char *topic, const char *text, GError **error);

/* Adds the test in both I/O modes. */
void fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data));
