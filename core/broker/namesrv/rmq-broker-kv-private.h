/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's key-value table, for who looks into it.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"

RMQ_PRIVATE_BEGIN

/* NULL: absent. */
const char *_rmq_broker_kv_get (RmqBrokerCore *core, const char *space, const char *key);
/* (transfer full) The table of a namespace as JSON; NULL when it has no entry. */
GBytes *_rmq_broker_kv_dup_namespace (RmqBrokerCore *core, const char *space);

RMQ_PRIVATE_END
