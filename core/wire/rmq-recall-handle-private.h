/* SPDX-License-Identifier: Apache-2.0
 *
 * Recall handles of timer messages.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <stdbool.h>

typedef struct
{
  char *topic;
  char *broker_name;
  char *timestamp; /* milliseconds, decimal; not checked */
  char *message_id;
} RmqRecallHandle;

RMQ_PRIVATE_BEGIN

char *_rmq_recall_handle_encode (const char *topic, const char *broker_name, const char *timestamp, const char *id);
/* RMQ_ERROR_INVALID_ARGUMENT when it is none. Clear afterwards. */
bool _rmq_recall_handle_decode (RmqRecallHandle *self, const char *text, GError **error);
void _rmq_recall_handle_clear (RmqRecallHandle *self);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqRecallHandle, _rmq_recall_handle_clear)
