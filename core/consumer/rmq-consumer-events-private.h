/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens in the I/O context on its way to the consumer's handle, in the handle's main context. Holds the handle
 * weakly.
 */
#pragma once

#include <rmq/rmq-push-consumer.h>
#include "base/rmq-macros-private.h"
#include <stdbool.h>

typedef struct _RmqConsumerEvents RmqConsumerEvents;
typedef struct _RmqConsumerEvent RmqConsumerEvent;

/* Embedded in what it carries. */
struct _RmqConsumerEvent
{
  /* In the main context; consumer is NULL when it is gone. */
  void (*run) (RmqConsumerEvent *event, RmqPushConsumer *consumer);
  /* After run, or instead of it; any thread. */
  void (*free) (RmqConsumerEvent *event);
};

RMQ_PRIVATE_BEGIN

RmqConsumerEvents *_rmq_consumer_events_new (RmqPushConsumer *consumer, GMainContext *context);
/* What is still on its way is freed. Any thread. */
void _rmq_consumer_events_free (RmqConsumerEvents *self);
/* Any thread. */
void _rmq_consumer_events_send (RmqConsumerEvents *self, RmqConsumerEvent *event);
void _rmq_consumer_events_send_state (RmqConsumerEvents *self);
/* The arrays hold RmqMessageQueue and are referenced. */
void _rmq_consumer_events_send_assignment (RmqConsumerEvents *self,
                                           const char *topic,
                                           GPtrArray *queues,
                                           GPtrArray *assigned);

RMQ_PRIVATE_END
