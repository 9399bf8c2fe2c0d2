/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of the RmqClientInstance handle, for its own files.
 */
#pragma once

#include "rmq-client-core-internal-private.h"
#include "rmq-client-model-private.h"
#include "rmq-operation-private.h"

struct _RmqClientInstance
{
  GObject parent_instance;
  RmqClientConfig *config;
  GMainContext *main_context;
  RmqClientCore *core;
  RmqClientEventSink *sink;
  RmqClientModel connections;
  RmqClientModel producers;
  RmqClientModel consumers;
  unsigned fork_generation;
  bool left;      /* closed; under the lock of all shared clients */
  int left_early; /* closed while others of its core were open; atomic */
  bool released;
};

RMQ_PRIVATE_BEGIN

/* (transfer full): for a handle under construction. */
RmqClientCore *_rmq_client_instance_take_core (RmqClientConfig *config, bool *is_new);
RmqOperation *_rmq_client_instance_close_operation (RmqClientInstance *self, GCancellable *cancellable);
/* When the handle is disposed of. */
void _rmq_client_instance_release (RmqClientInstance *self);
/* The core belongs to the parent process. Sets error. */
bool _rmq_client_instance_is_forked (RmqClientInstance *self, GError **error);

RMQ_PRIVATE_END
