/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a group has an offset in any of these queues. I/O context.
 */
#pragma once

#include "rmq-offset-store-private.h"

typedef struct _RmqKnownGroup RmqKnownGroup;

/* Once, never inline. error is borrowed. */
typedef void (*RmqKnownGroupDone) (bool known, const GError *error, void *data);

RMQ_PRIVATE_BEGIN

/* queues: RmqMessageQueue, at least one; copied. */
RmqKnownGroup *_rmq_known_group_ask (RmqClientCore *client,
                                     const char *group,
                                     GPtrArray *queues,
                                     RmqKnownGroupDone done,
                                     void *data);
/* done will not be called. */
void _rmq_known_group_cancel (RmqKnownGroup *self);

RMQ_PRIVATE_END
