/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the RmqClientInstance handle, for its own files.
 */
#pragma once

#include "rmq-client-core-internal-private.h"

struct _RmqClientInstance
{
  GObject parent_instance;
  RmqClientConfig *config;
  GMainContext *main_context;
  RmqClientCore *core;
  RmqClientEventSink *sink;
  GListStore *connections;
  GListStore *producers;
  GListStore *consumers;
  unsigned fork_generation;
};

RMQ_PRIVATE_BEGIN

/* Nobody gets this core by rmq_client_instance_get_shared () any more. */
void _rmq_client_instance_forget_shared (RmqClientCore *core);

RMQ_PRIVATE_END
