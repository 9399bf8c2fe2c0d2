/* SPDX-License-Identifier: Apache-2.0
 *
 * Where consumer groups are: committed, pulled and reset offsets by group, topic and queue (Java's
 * ConsumerOffsetManager). Written to the store in the background, at the latest when the broker stops.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_BROKER_NO_OFFSET (-1)

/* Of one group in one topic; arrays by queue id. */
typedef struct
{
  char *group;
  char *topic;
  int64_t *committed; /* RMQ_BROKER_NO_OFFSET: none */
  int64_t *pulled;
  int64_t *reset; /* what the next pull is told, once */
  int32_t n_queues;
  bool dirty;
} RmqBrokerPosition;

typedef void (*RmqBrokerPositionVisit) (RmqBrokerPosition *position, void *data);

RMQ_PRIVATE_BEGIN

RmqBrokerOffsets *_rmq_broker_offsets_new (RmqBrokerCore *core);
void _rmq_broker_offsets_free (RmqBrokerOffsets *self);
bool _rmq_broker_offsets_load (RmqBrokerOffsets *self, GError **error);
/* Writes what is dirty to the store. */
void _rmq_broker_offsets_flush (RmqBrokerOffsets *self);
/* Writes one position now, so that it is as durable as what was put into the store before. */
void _rmq_broker_offsets_write (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic);

/* RMQ_BROKER_NO_OFFSET when there is none. */
int64_t _rmq_broker_offsets_get (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id);
void _rmq_broker_offsets_commit (RmqBrokerOffsets *self,
                                 RmqSlice group,
                                 RmqSlice topic,
                                 int32_t queue_id,
                                 int64_t offset);
int64_t _rmq_broker_offsets_get_pulled (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id);
void _rmq_broker_offsets_set_pulled (RmqBrokerOffsets *self,
                                     RmqSlice group,
                                     RmqSlice topic,
                                     int32_t queue_id,
                                     int64_t offset);
/* Commits offset, and the next pull of that queue is sent there. */
void _rmq_broker_offsets_reset (RmqBrokerOffsets *self,
                                RmqSlice group,
                                RmqSlice topic,
                                int32_t queue_id,
                                int64_t offset);
bool _rmq_broker_offsets_has_reset (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id);
/* The pending reset, which is over with this; or RMQ_BROKER_NO_OFFSET. */
int64_t _rmq_broker_offsets_take_reset (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id);

/* All positions of a group, of a topic, or (NULL slices) of all. visit may not change the table. */
void _rmq_broker_offsets_foreach (RmqBrokerOffsets *self,
                                  RmqSlice group,
                                  RmqSlice topic,
                                  RmqBrokerPositionVisit visit,
                                  void *data);
void _rmq_broker_offsets_remove_topic (RmqBrokerOffsets *self, RmqSlice topic);
void _rmq_broker_offsets_remove_group (RmqBrokerOffsets *self, RmqSlice group);

RMQ_PRIVATE_END
