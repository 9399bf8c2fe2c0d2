/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches: the elements of a SEND_BATCH_MESSAGE body and of a stored inner batch.
 */
#pragma once

#include "base/rmq-byte-writer-private.h"
#include "rmq-message-private.h"

#define RMQ_BATCH_ELEMENT_OVERHEAD 22

typedef struct
{
  int32_t flag;
  RmqSlice body;
  RmqSlice properties;
} RmqBatchElement;

RMQ_PRIVATE_BEGIN

bool _rmq_batch_element_encode (const RmqBatchElement *self, RmqByteWriter *out);
/* The element that starts at *position; moves it. False with error on damage; false without at the end. */
bool _rmq_batch_next (RmqSlice body, size_t *position, RmqBatchElement *element, GError **error);
/* Walks the whole: -1 with error on damage. */
int _rmq_batch_count (RmqSlice body, GError **error);

/* One message as an element, with its properties and unique_id (unless it has one). What it will take: */
size_t _rmq_batch_message_len (const RmqMessage *message);
bool _rmq_batch_append (RmqByteWriter *out, const RmqMessage *message, const char *unique_id, GError **error);
/* The local rules (C-BATCH-003): one topic, one WAIT, no delay, no timer, no %RETRY%. RMQ_ERROR_INVALID_ARGUMENT. */
bool _rmq_batch_check (RmqMessage *const *messages, size_t n, GError **error);
/* Whether the message may go into a batch at all. */
bool _rmq_batch_accepts (const RmqMessage *message);

RMQ_PRIVATE_END
