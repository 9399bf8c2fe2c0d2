/* SPDX-License-Identifier: Apache-2.0
 *
 * What every store does alike with messages: check them before any is stored, name their keys, and tell whether a
 * record that a hash led to really has the key.
 */
#pragma once

#include "broker/rmq-broker-put-private.h"
#include "rmq-broker-store-private.h"

typedef void (*RmqBrokerKeyVisit) (RmqSlice key, RmqStoreIndex index, void *data);

RMQ_PRIVATE_BEGIN

/* The bytes that the records will take. RMQ_ERROR_MESSAGE_ILLEGAL: one of them cannot be written. */
bool _rmq_broker_messages_measure (const RmqBrokerMessage *messages, unsigned n, size_t *size, GError **error);
/* The unique id, then each word of KEYS. */
void _rmq_broker_message_each_key (const RmqBrokerMessage *message, RmqBrokerKeyVisit visit, void *data);
/* Stands in files: changing it changes their format. */
uint32_t _rmq_broker_key_hash (RmqSlice topic, RmqSlice key, RmqStoreIndex index);
bool _rmq_broker_record_has_key (const RmqRecord *record, RmqSlice topic, RmqSlice key, RmqStoreIndex index);

RMQ_PRIVATE_END
