/* SPDX-License-Identifier: Apache-2.0
 *
 * A broker in the test's own context, with a clock that only the test moves, and clients that talk to it by frames over
 * memory pipes: everything happens when the test says so.
 */
#pragma once

#include "broker/rmq-broker-core-private.h"
#include "rmq-test.h"

G_BEGIN_DECLS

/* "sqlite": messages in files, and a restart opens them anew. */
#define BROKER_STORE_ENV "RMQ_TEST_BROKER_STORE"
#define BROKER_EPOCH_MS INT64_C (1700000000000)

typedef struct
{
  GMainContext *context;
  RmqClock *clock;
  RmqIo *io;
  RmqBrokerStore *store;
  RmqTestDir *directory;       /* of the store, or NULL */
  RmqBrokerSettings *settings; /* of the next start */
  RmqBrokerCore *core;         /* NULL: stopped */
} BrokerFixture;

/* In place of g_test_init (). */
void broker_test_init (int *argc, char ***argv);
/* Warnings of the library since the last call; a test must take its own. */
unsigned broker_take_warnings (void);

/* Started, with a memory store unless the environment says another. data: "name=value;name=value", or NULL. */
void broker_setup (BrokerFixture *self, const void *data);
void broker_teardown (BrokerFixture *self, const void *data);
void broker_set (BrokerFixture *self, const char *name, const char *value);
void broker_stop (BrokerFixture *self);
void broker_start (BrokerFixture *self);
/* Moves the clock, and lets everything happen that is due. */
void broker_advance (BrokerFixture *self, int64_t ms);
RmqBrokerQueue *broker_get_queue (BrokerFixture *self, const char *topic, int queue_id);
/* The next offset of the queue: how many messages ever came there. */
int64_t broker_get_max (BrokerFixture *self, const char *topic, int queue_id);
void broker_add_topic (BrokerFixture *self, const char *topic, int queues);

#define broker_add(path, settings, func)                                                                               \
  g_test_add ((path), BrokerFixture, (settings), broker_setup, (func), broker_teardown)

/* --- clients ----------------------------------------------------------------------------------------------------- */

/* A frame that came in, answer or request. */
typedef struct
{
  RmqFrame frame;
  RmqFrameDecoder *decoder;
  GBytes *bytes;
} BrokerReply;

void broker_reply_free (BrokerReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BrokerReply, broker_reply_free)
/* (transfer full) */
char *broker_reply_dup (const BrokerReply *self, const char *field);
int64_t broker_reply_get (const BrokerReply *self, const char *field);
#define broker_assert_code(reply, wanted)                                                                              \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_nonnull (reply);                                                                                          \
    g_assert_cmpint ((reply)->frame.code, ==, (wanted));                                                               \
  }                                                                                                                    \
  G_STMT_END

typedef struct _BrokerClient BrokerClient;

BrokerClient *broker_client_new (BrokerFixture *fixture);
/* Closes its connection. */
void broker_client_free (BrokerClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BrokerClient, broker_client_free)

/* Fields are pairs of names and values, then NULL. The answer, or NULL when there is none yet. */
BrokerReply *broker_call (BrokerClient *self, int code, RmqSlice body, ...) G_GNUC_NULL_TERMINATED;
void broker_post (BrokerClient *self, int code, RmqSlice body, ...) G_GNUC_NULL_TERMINATED;
/* Any bytes. False: the broker has closed the connection. */
bool broker_write (BrokerClient *self, const void *data, size_t len);
/* The oldest frame that nobody took: late answers, and requests of the broker. NULL: none. */
BrokerReply *broker_take (BrokerClient *self);
/* Answers a request that was taken. body may be RMQ_SLICE_NULL. */
void broker_answer (BrokerClient *self, const BrokerReply *request, int code, RmqSlice body);
/* 34, as a consumer of the topic, that has every tag. */
void broker_register_consumer (BrokerClient *self, const char *client_id, const char *group, const char *topic);
/* 34, as a producer of that group. */
void broker_register_producer (BrokerClient *self, const char *client_id, const char *group);
/* 310. properties: "NAME=value;NAME=value" */
BrokerReply *broker_send (BrokerClient *self,
                          const char *topic,
                          int queue_id,
                          const char *body,
                          const char *properties);
/* 11 at an offset, without waiting: a record inside the reply, or one with another code. */
BrokerReply *broker_pull (BrokerClient *self, const char *topic, int queue_id, int64_t offset, RmqRecord *record);
/* (transfer full) NULL: it has none. */
char *broker_record_dup (const RmqRecord *record, const char *property);
/* Asserts a property; NULL: none. */
void broker_record_has (const RmqRecord *record, const char *property, const char *value);
/* The physical offset in an offset message id of a send's answer. */
int64_t broker_reply_get_physical (const BrokerReply *self);

G_END_DECLS
