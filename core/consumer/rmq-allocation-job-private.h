/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of an allocation strategy, in the context it wants to be called in, with a deadline.
 */
#pragma once

#include "rmq-push-consumer-core-private.h"

typedef struct _RmqAllocationJob RmqAllocationJob;

/* In the I/O context, once, perhaps before start returns. assigned: RmqMessageQueue, checked; NULL exactly when error
 * is set. Both borrowed. */
typedef void (*RmqAllocationDone) (GPtrArray *assigned, const GError *error, void *data);

RMQ_PRIVATE_BEGIN

/* queues and ids sorted; both copied. NULL: done was called already. */
RmqAllocationJob *_rmq_allocation_job_start (RmqPushConsumerCore *core,
                                             GPtrArray *queues,
                                             const char *const *ids,
                                             RmqAllocationDone done,
                                             void *data);
/* done will not be called. */
void _rmq_allocation_job_cancel (RmqAllocationJob *self);

RMQ_PRIVATE_END
