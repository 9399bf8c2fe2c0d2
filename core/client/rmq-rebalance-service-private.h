/* SPDX-License-Identifier: Apache-2.0
 *
 * When consumers rebalance (RocketMQ: RebalanceService): one GSource for all of an instance's consumers. It knows only
 * members.
 */
#pragma once

#include "rmq-client-core-private.h"

RMQ_PRIVATE_BEGIN

RmqRebalanceService *_rmq_rebalance_service_new (RmqClientCore *core);
void _rmq_rebalance_service_free (RmqRebalanceService *self);
void _rmq_rebalance_service_add (RmqRebalanceService *self, RmqConsumerInner *consumer);
void _rmq_rebalance_service_remove (RmqRebalanceService *self, RmqConsumerInner *consumer);
/* As soon as allowed; one at a time per consumer, and one more after it when asked meanwhile. NULL: all. */
void _rmq_rebalance_service_wake (RmqRebalanceService *self, RmqConsumerInner *consumer);
/* A pass has ended. Not balanced: again after rebalance_retry. */
void _rmq_rebalance_service_done (RmqRebalanceService *self, RmqConsumerInner *consumer, bool balanced);

RMQ_PRIVATE_END
