/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fake broker keeps: topics with canned queues, committed offsets, clients by group. No threads, no wire but
 * the records themselves.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-fake-broker.h"
#include "wire/rmq-record-private.h"

typedef struct
{
  GBytes *bytes;
  int32_t tag_code; /* 0: no tag */
  int64_t store_timestamp;
  int64_t physical_offset;
} RmqFakeRecord;

typedef struct
{
  char *topic;
  char *broker_name;
  int queue_id;
  int64_t min_offset;
  GPtrArray *records; /* RmqFakeRecord; [0] has offset base */
  int64_t base;
} RmqFakeQueue;

typedef struct
{
  char *topic;
  char *broker_name;
  int n_queues;
  int perm;
} RmqFakeTopic;

typedef struct
{
  GPtrArray *topics;   /* RmqFakeTopic: one for each broker that has it */
  GHashTable *queues;  /* "topic@broker@id" → RmqFakeQueue */
  GHashTable *offsets; /* "group@topic@broker@id" → int64_t */
  GPtrArray *log;      /* RmqFakeRecord, borrowed, by physical offset */
  int64_t physical_offset;
} RmqFakeStore;

void rmq_fake_store_init (RmqFakeStore *self);
void rmq_fake_store_clear (RmqFakeStore *self);

RmqFakeTopic *rmq_fake_store_find_topic (RmqFakeStore *self, const char *topic, const char *broker_name);
void rmq_fake_store_add_topic (RmqFakeStore *self, const char *topic, const char *broker_name, int n_queues, int perm);
void rmq_fake_store_remove_topic (RmqFakeStore *self, const char *topic);
bool rmq_fake_store_has_topic (RmqFakeStore *self, const char *topic);

/* Made when it is not there. */
RmqFakeQueue *rmq_fake_store_get_queue (RmqFakeStore *self, const char *topic, const char *broker_name, int queue_id);
int64_t rmq_fake_queue_get_max_offset (const RmqFakeQueue *self);
/* NULL outside of what is kept. */
const RmqFakeRecord *rmq_fake_queue_get_record (const RmqFakeQueue *self, int64_t offset);
/* *store_host: where the record says it was stored. Returns the queue offset. */
int64_t rmq_fake_store_put (RmqFakeStore *self,
                            RmqFakeQueue *queue,
                            const RmqFakeMessage *message,
                            const char *properties_text,
                            const char *store_host);
/* The record at a place of the commit log, or NULL. */
const RmqFakeRecord *rmq_fake_store_find_record (RmqFakeStore *self, int64_t physical_offset);
unsigned rmq_fake_store_count_messages (RmqFakeStore *self, const char *topic);

int64_t rmq_fake_store_get_offset (RmqFakeStore *self,
                                   const char *group,
                                   const char *topic,
                                   const char *broker_name,
                                   int queue_id);
void rmq_fake_store_set_offset (RmqFakeStore *self,
                                const char *group,
                                const char *topic,
                                const char *broker_name,
                                int queue_id,
                                int64_t offset);
