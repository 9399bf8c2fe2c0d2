/* SPDX-License-Identifier: Apache-2.0
 *
 * Which records of a queue of parked messages are over (delivered, recalled, decided), when they end in any order. A
 * bit a record, in pages that are named state of the store; pages whose records are all over are forgotten.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "wire/rmq-record-private.h"

typedef struct _RmqBrokerLedger RmqBrokerLedger;

/* May not call the store. */
typedef void (*RmqBrokerLedgerVisit) (const RmqRecord *record, void *data);

RMQ_PRIVATE_BEGIN

/* table: the name of the state. queue outlives it. */
RmqBrokerLedger *_rmq_broker_ledger_new (RmqBrokerCore *core, const char *table, RmqBrokerQueue *queue);
/* Writes what is not written yet. */
void _rmq_broker_ledger_free (RmqBrokerLedger *self);
bool _rmq_broker_ledger_is_over (RmqBrokerLedger *self, int64_t offset);
/* Written at the end of the turn, or by flush (). */
void _rmq_broker_ledger_end (RmqBrokerLedger *self, int64_t offset);
void _rmq_broker_ledger_flush (RmqBrokerLedger *self);
/* Every record that is kept and not over, in order. */
void _rmq_broker_ledger_foreach_open (RmqBrokerLedger *self, RmqBrokerLedgerVisit visit, void *data);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqBrokerLedger, _rmq_broker_ledger_free)
