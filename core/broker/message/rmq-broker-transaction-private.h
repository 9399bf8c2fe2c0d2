/* SPDX-License-Identifier: Apache-2.0
 *
 * Half messages, between the file that takes and ends them and the one that asks their producers.
 */
#pragma once

#include "base/rmq-timer-heap-private.h"
#include "broker/tables/rmq-broker-ledger-private.h"

#define RMQ_BROKER_STATE_CHECKS "transaction-checks"

typedef struct
{
  RmqBrokerCore *core;
  RmqBrokerTopic *topic;
  RmqBrokerQueue *queue; /* of the half topic */
  RmqBrokerLedger *ledger;
  GHashTable *halves; /* &half->offset → RmqBrokerHalf: those that are not decided */
} RmqBrokerTransactions;

typedef struct
{
  RmqBrokerTransactions *owner;
  int64_t offset; /* in the half topic's queue */
  int64_t physical_offset;
  int32_t n_checks;
  RmqTimer timer; /* until its producer is asked */
} RmqBrokerHalf;

RMQ_PRIVATE_BEGIN

/* Undecided; asked about when its time comes. */
RmqBrokerHalf *_rmq_broker_transactions_add (RmqBrokerTransactions *self, const RmqRecord *record);
/* Decided or given up. Frees half. */
void _rmq_broker_transactions_end (RmqBrokerTransactions *self, RmqBrokerHalf *half);

/* The time, after it was stored, in which only its producer decides: CHECK_IMMUNITY_TIME_IN_SECONDS, but not less than
 * the setting. */
int64_t _rmq_broker_transactions_get_immunity_ms (RmqBrokerTransactions *self, const RmqRecord *record);
void _rmq_broker_half_wait (RmqBrokerHalf *self, int64_t wait_ms);
/* Asks, waits for a producer, or gives up after the last time. */
void _rmq_broker_half_check (RmqTimer *timer, void *data);
void _rmq_broker_transactions_load_checks (RmqBrokerTransactions *self);

/* 323 */
void _rmq_broker_transactions_handle_resume (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

RMQ_PRIVATE_END
