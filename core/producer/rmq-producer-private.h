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
  bool group_is_valid;
  int heard_in_turn; /* atomic: the turn of the core in which ::receipts was last seen to have a handler */
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

/* Whether ::receipts has a handler. Asking GObject costs as much as encoding a message, so it is asked once a turn; who
 * left since then misses nothing, failures are logged as ever. Any thread. */
bool _rmq_producer_hears_receipts (RmqProducer *self);
/* Those of now. Any thread. */
RmqProducerOptions _rmq_producer_get_options (RmqProducer *self);

RMQ_PRIVATE_END
