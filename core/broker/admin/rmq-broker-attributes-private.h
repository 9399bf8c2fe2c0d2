/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of topics: which there are, what they may be, and changing them by "+name=value,-name".
 */
#pragma once

#include <gio/gio.h>
#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

RMQ_PRIVATE_BEGIN

/* (transfer full) RmqStringPair: those of a topic that has now (NULL: it is being made) after changes, whose keys begin
 * with + or -. NULL with RMQ_ERROR_INVALID_ARGUMENT: not allowed. */
GPtrArray *_rmq_broker_attributes_change (GPtrArray *now, GPtrArray *changes, GError **error);

RMQ_PRIVATE_END
