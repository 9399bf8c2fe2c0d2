/* SPDX-License-Identifier: Apache-2.0
 *
 * A list model of a client as it is to be, changed name by name, and as it is shown, changed once a turn.
 */
#pragma once

#include "rmq-client-item-private.h"

typedef struct
{
  GListStore *shown;
  GPtrArray *wanted; /* RmqClientItem */
} RmqClientModel;

RMQ_PRIVATE_BEGIN

void _rmq_client_model_init (RmqClientModel *self);
void _rmq_client_model_clear (RmqClientModel *self);
void _rmq_client_model_add (RmqClientModel *self, const char *name);
void _rmq_client_model_remove (RmqClientModel *self, const char *name);
/* These names and no others; items that have one of them stay. */
void _rmq_client_model_replace (RmqClientModel *self, const char *const *names);
/* Shows what changed since the last time, by one ::items-changed at most. */
void _rmq_client_model_flush (RmqClientModel *self);

RMQ_PRIVATE_END
