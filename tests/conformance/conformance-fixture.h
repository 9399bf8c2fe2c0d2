/* SPDX-License-Identifier: Apache-2.0
 *
 * One test on one of two servers: the real one that RMQ_NAMESRV names, else a fake one in this process. Every test has
 * a topic and names of its own, because the real server is shared.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "rmq-test.h"

#define CONF_QUEUES 4
#define CONF_DEADLINE_MS 60000

typedef struct
{
  RmqFakeBroker *fake; /* NULL: real */
  char *name_servers;
  char *broker; /* address of the master */
  GMainContext *context;
  RmqClientInstance *client;
  RmqProducer *producer;
  char *topic; /* CONF_QUEUES queues */
  char *group; /* of nobody so far */
} ConfFixture;

/* What a consumer got; its handler runs in the context of the test. */
typedef struct _ConfConsumer ConfConsumer;
struct _ConfConsumer
{
  ConfFixture *fixture;
  RmqClientInstance *client; /* its own: members of a group need one each */
  RmqPushConsumer *consumer;
  GPtrArray *messages;                                                  /* RmqMessage, in the order of their coming */
  RmqConsumeResult (*answer) (ConfConsumer *self, RmqMessage *message); /* NULL: success */
  GPtrArray *assignment;                                                /* of RmqMessageQueue; of the topic */
};

void conf_add (const char *path, void (*func) (ConfFixture *self, gconstpointer data));

char *conf_make_name (const char *stem);
void conf_create_topic (ConfFixture *self, const char *topic, int n_queues);
RmqClientInstance *conf_make_client (ConfFixture *self);
/* Fails the test when it is not stored. */
RmqSendReceipt *conf_send (ConfFixture *self, RmqMessage *message);
void conf_send_texts (ConfFixture *self, const char *tag, int first, int n);
int64_t conf_get_max_offset (ConfFixture *self, const char *topic, int queue_id);
/* -1: none. */
int64_t conf_get_committed (ConfFixture *self, const char *group, const char *topic, int queue_id);

/* Subscribed, from the first offset, not started. */
ConfConsumer *conf_consumer_new (ConfFixture *fixture, const char *group, const char *topic, const char *tags);
void conf_consumer_start (ConfConsumer *self);
/* Waits for n messages in all; fails the test at the deadline. */
void conf_consumer_wait (ConfConsumer *self, unsigned n);
/* Closes gracefully. */
void conf_consumer_free (ConfConsumer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConfConsumer, conf_consumer_free)
/* Different bodies among what came. */
unsigned conf_count_texts (ConfConsumer *const *consumers, unsigned n);
