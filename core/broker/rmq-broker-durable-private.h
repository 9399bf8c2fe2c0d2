/* SPDX-License-Identifier: Apache-2.0
 *
 * Success that is told once it is on disk.
 */
#pragma once

#include "rmq-broker-request-private.h"

RMQ_PRIVATE_BEGIN

/* SUCCESS when all that the store was given so far is durable, else SYSTEM_ERROR. table may be NULL: no header. header
 * is a block of g_malloc () that holds all it points to; (transfer full). */
void _rmq_broker_answer_durable (RmqBrokerCore *core,
                                 const RmqBrokerTicket *ticket,
                                 const RmqHeaderTable *table,
                                 void *header);

RMQ_PRIVATE_END
