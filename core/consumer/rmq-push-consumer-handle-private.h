/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the RmqPushConsumer handle, for its own files.
 */
#pragma once

#include "rmq-delivery-private.h"
#include "rmq-push-consumer-core-private.h"

struct _RmqPushConsumer
{
  GObject parent_instance;
  RmqClientInstance *client;
  char *group;
  GMainContext *main_context;
  RmqPushConsumerCore *core;
  unsigned fork_generation;

  GMutex mutex; /* over what start takes along */
  RmqPushConsumerSettings settings;
  RmqConsumeHandler *handler; /* NULL: the signal */
};
