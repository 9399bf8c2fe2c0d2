/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices that another process is in the group with our client id: brokers then name it twice, both processes take the
 * same share of the queues, and nobody the other one. It cannot be healed here, only told. I/O context.
 */
#pragma once

#include "rmq-push-consumer-core-private.h"

typedef struct _RmqTwinWatch RmqTwinWatch;

RMQ_PRIVATE_BEGIN

RmqTwinWatch *_rmq_twin_watch_new (RmqPushConsumerCore *core);
void _rmq_twin_watch_free (RmqTwinWatch *self);
/* ids: what the broker at address says of the group. */
void _rmq_twin_watch_look (RmqTwinWatch *self, const char *address, const char *const *ids);

RMQ_PRIVATE_END
