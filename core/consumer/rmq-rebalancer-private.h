/* SPDX-License-Identifier: Apache-2.0
 *
 * Which queues this consumer owns (RocketMQ: RebalanceImpl): one pass at a time over its topics. On any doubt the
 * assignment stays as it is. I/O context.
 */
#pragma once

#include "rmq-puller-private.h"

RMQ_PRIVATE_BEGIN

RmqRebalancer *_rmq_rebalancer_new (RmqPushConsumerCore *core);
/* Ends a pass that is under way without a word. */
void _rmq_rebalancer_free (RmqRebalancer *self);
/* Ends with _rmq_rebalance_service_done (). */
void _rmq_rebalancer_run (RmqRebalancer *self);
void _rmq_rebalancer_cancel (RmqRebalancer *self);
/* A puller went away before it had begun. */
void _rmq_rebalancer_start_lost (RmqRebalancer *self);

RMQ_PRIVATE_END
