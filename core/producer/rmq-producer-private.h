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

/* Properties that are members of RmqProducerOptions, in this order after all others. */
typedef enum
{
  RMQ_PRODUCER_OPTION_SEND_TIMEOUT,
  RMQ_PRODUCER_OPTION_ATTEMPT_TIMEOUT,
  RMQ_PRODUCER_OPTION_RETRIES,
  RMQ_PRODUCER_OPTION_RETRY_WEAKLY_STORED,
  RMQ_PRODUCER_OPTION_MAX_PENDING,
  RMQ_PRODUCER_OPTION_MAX_MESSAGE_SIZE,
  RMQ_PRODUCER_OPTION_COMPRESSION,
  RMQ_PRODUCER_OPTION_COMPRESS_THRESHOLD,
  RMQ_PRODUCER_OPTION_DEFAULT_QUEUES,
  RMQ_PRODUCER_N_OPTIONS
} RmqProducerOption;

RMQ_PRIVATE_BEGIN

extern unsigned _rmq_producer_signals[RMQ_PRODUCER_N_SIGNALS];

/* Whether ::receipts has a handler. Asking GObject costs as much as encoding a message, so it is asked once a turn; who
 * left since then misses nothing, failures are logged as ever. Any thread. */
bool _rmq_producer_hears_receipts (RmqProducer *self);
/* rmq-producer-options.c. install fills in RMQ_PRODUCER_N_OPTIONS of them. */
void _rmq_producer_options_get (const RmqProducerOptions *self, unsigned option, GValue *value);
void _rmq_producer_options_set (RmqProducerOptions *self, unsigned option, const GValue *value);
void _rmq_producer_options_install (GParamSpec **specs);
/* Those of now. Any thread. */
RmqProducerOptions _rmq_producer_get_options (RmqProducer *self);

RMQ_PRIVATE_END
