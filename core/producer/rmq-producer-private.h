/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the RmqProducer handle, for its own files.
 */
#pragma once

#include "rmq-producer-core-private.h"

struct _RmqProducer
{
  GObject parent_instance;
  RmqClientInstance *client;
  char *group;
  GMainContext *main_context;
  RmqProducerCore *core;
  RmqQueueSource *receipts;
  unsigned fork_generation;
  bool released;
};

typedef enum
{
  RMQ_PRODUCER_SIGNAL_RECEIPTS,
  RMQ_PRODUCER_SIGNAL_WRITABLE,
  RMQ_PRODUCER_N_SIGNALS
} RmqProducerSignal;

RMQ_PRIVATE_BEGIN

extern unsigned _rmq_producer_signals[RMQ_PRODUCER_N_SIGNALS];

/* Those of now. Any thread. */
RmqProducerOptions _rmq_producer_get_options (RmqProducer *self);

RMQ_PRIVATE_END
