/* SPDX-License-Identifier: Apache-2.0
 *
 * Which client of a group holds which queue (Java's RebalanceLockManager). Locks belong to client ids, not to
 * connections, end by themselves, and are forgotten when the broker stops.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"

typedef struct _RmqBrokerLocks RmqBrokerLocks;

RMQ_PRIVATE_BEGIN

RmqBrokerLocks *_rmq_broker_locks_new (RmqBrokerCore *core);
void _rmq_broker_locks_free (RmqBrokerLocks *self);
/* True: client_id holds the queue now, from this call on for as long as the settings say. */
bool _rmq_broker_locks_try (RmqBrokerLocks *self,
                            const char *group,
                            const char *topic,
                            const char *broker_name,
                            int queue_id,
                            const char *client_id);
void _rmq_broker_locks_release (RmqBrokerLocks *self,
                                const char *group,
                                const char *topic,
                                const char *broker_name,
                                int queue_id,
                                const char *client_id);
/* Whether anybody in the group holds any queue. */
bool _rmq_broker_locks_is_held (RmqBrokerLocks *self, const char *group);

RMQ_PRIVATE_END
