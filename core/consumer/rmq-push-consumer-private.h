/* SPDX-License-Identifier: Apache-2.0
 *
 * What the core and its delivery ask of the handle, in the handle's main context.
 */
#pragma once

#include <rmq/rmq-push-consumer.h>
#include "base/rmq-macros-private.h"
#include <stdbool.h>

typedef struct _RmqPushConsumerCore RmqPushConsumerCore;

RMQ_PRIVATE_BEGIN

RmqConsumeResult _rmq_push_consumer_emit_message (RmqPushConsumer *self, RmqMessage *message);
bool _rmq_push_consumer_has_message_handler (RmqPushConsumer *self);
/* The arrays hold RmqMessageQueue. */
void _rmq_push_consumer_emit_assignment_changed (RmqPushConsumer *self,
                                                 const char *topic,
                                                 GPtrArray *queues,
                                                 GPtrArray *assigned);
void _rmq_push_consumer_notify_state (RmqPushConsumer *self);
/* For tests. (transfer none) */
RmqPushConsumerCore *_rmq_push_consumer_get_core (RmqPushConsumer *self);

RMQ_PRIVATE_END
