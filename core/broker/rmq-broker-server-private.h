/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of this project do to a server that others cannot.
 */
#pragma once

#include <rmq-broker/rmq-broker.h>
#include "base/rmq-clock-private.h"
#include "rmq-broker-types-private.h"

RMQ_PRIVATE_BEGIN

/* Before it is started. */
void _rmq_broker_server_set_clock (RmqBrokerServer *self, RmqClock *clock);
void _rmq_broker_server_set_store (RmqBrokerServer *self, RmqBrokerStore *store);
/* func runs once in the broker's context, with the core, before this returns. False: it does not run. */
typedef void (*RmqBrokerServerFunc) (struct _RmqBrokerCore *core, void *data);
bool _rmq_broker_server_call (RmqBrokerServer *self, RmqBrokerServerFunc func, void *data);

RMQ_PRIVATE_END
