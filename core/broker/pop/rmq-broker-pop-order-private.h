/* SPDX-License-Identifier: Apache-2.0
 *
 * Ordered POP: the one batch of a group that is out from a queue (Java's ConsumerOrderInfoManager). In memory only:
 * positions move with the acknowledgements, so after a restart the batch is simply delivered again.
 */
#pragma once

#include "base/rmq-byte-writer-private.h"
#include "base/rmq-slice-private.h"
#include "broker/rmq-broker-types-private.h"

#define RMQ_POP_ORDER_MAX_OFFSETS 32

typedef struct _RmqPopOrders RmqPopOrders;

typedef struct
{
  RmqSlice group;
  RmqSlice topic;
  int32_t queue_id;
} RmqPopOrderKey;

typedef enum
{
  RMQ_POP_ORDER_COMMIT,  /* *next is where the group is now */
  RMQ_POP_ORDER_IGNORE,  /* of another delivery */
  RMQ_POP_ORDER_ILLEGAL, /* not in the batch */
} RmqPopOrderAck;

RMQ_PRIVATE_BEGIN

RmqPopOrders *_rmq_pop_orders_new (RmqBrokerCore *core);
void _rmq_pop_orders_free (RmqPopOrders *self);

/* Whether the queue gives nothing now. The attempt that has the batch gets it again. */
bool _rmq_pop_orders_is_blocked (RmqPopOrders *self, const RmqPopOrderKey *key, RmqSlice attempt_id);
/* A batch was taken, ascending offsets, n ≥ 1. Appends to counts what orderCountInfo says of it. */
void _rmq_pop_orders_take (RmqPopOrders *self,
                           const RmqPopOrderKey *key,
                           RmqSlice attempt_id,
                           int64_t pop_time,
                           int64_t invisible_ms,
                           const int64_t *offsets,
                           unsigned n,
                           RmqByteWriter *counts);
RmqPopOrderAck _rmq_pop_orders_ack (RmqPopOrders *self,
                                    const RmqPopOrderKey *key,
                                    int64_t offset,
                                    int64_t pop_time,
                                    int64_t *next);
/* One offset is visible again at that time; what does not fit the batch is ignored. */
void _rmq_pop_orders_change (RmqPopOrders *self,
                             const RmqPopOrderKey *key,
                             int64_t offset,
                             int64_t pop_time,
                             int64_t visible_ms);
/* group or topic with data NULL, queue_id -1: any. */
void _rmq_pop_orders_drop (RmqPopOrders *self, RmqSlice group, RmqSlice topic, int32_t queue_id);

RMQ_PRIVATE_END
