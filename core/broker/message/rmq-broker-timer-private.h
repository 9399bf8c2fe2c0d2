/* SPDX-License-Identifier: Apache-2.0
 *
 * Timer messages, between the file that parks and delivers them and the one that answers requests about them.
 */
#pragma once

#include "base/rmq-timer-heap-private.h"
#include "broker/tables/rmq-broker-ledger-private.h"
#include "wire/rmq-topic-config-private.h"

#define RMQ_TOPIC_WHEEL_TIMER "rmq_sys_wheel_timer"

/* Parked messages that are due at the same time: TIMER_OUT_MS is a multiple of the precision. */
typedef struct
{
  int64_t out_ms;
  GArray *offsets; /* int64_t, in the queue of the wheel topic */
  unsigned next;   /* the first that is not delivered */
} RmqBrokerSlot;

typedef struct
{
  RmqBrokerCore *core;
  RmqBrokerTopic *topic;
  RmqBrokerQueue *queue;
  int64_t precision_ms;
  GTree *slots; /* &slot->out_ms → RmqBrokerSlot */
  RmqBrokerLedger *ledger;
  RmqTimer timer;
  int64_t try_again_ms; /* 0, or when the broker may take messages again */
  RmqByteWriter record;
  RmqDataVersion version;
} RmqBrokerTimers;

RMQ_PRIVATE_BEGIN

/* Ends the parked messages with that topic and unique id. Returns how many there were. */
unsigned _rmq_broker_timers_recall (RmqBrokerTimers *self, RmqSlice topic, RmqSlice unique_id);

/* 370, 60, 61 */
void _rmq_broker_timers_handle_recall (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_timers_handle_check_point (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_timers_handle_metrics (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

RMQ_PRIVATE_END
