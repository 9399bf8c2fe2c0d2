/* SPDX-License-Identifier: Apache-2.0
 *
 * Message properties: looking names up in the text a record carries, without a table and without copying; and the
 * compact ordered list of a message that is being made.
 */
#pragma once

#include "base/rmq-byte-writer-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_PROPERTIES_MAX 32767 /* bytes of the encoded text: a signed 16-bit length */
#define RMQ_PROPERTY_NAME_END '\001'
#define RMQ_PROPERTY_VALUE_END '\002'

#define RMQ_PROPERTY_KEYS "KEYS"
#define RMQ_PROPERTY_TAGS "TAGS"
#define RMQ_PROPERTY_WAIT "WAIT"
#define RMQ_PROPERTY_DELAY "DELAY"
#define RMQ_PROPERTY_RETRY_TOPIC "RETRY_TOPIC"
#define RMQ_PROPERTY_REAL_TOPIC "REAL_TOPIC"
#define RMQ_PROPERTY_REAL_QUEUE_ID "REAL_QID"
#define RMQ_PROPERTY_TRANSACTION_PREPARED "TRAN_MSG"
#define RMQ_PROPERTY_PRODUCER_GROUP "PGROUP"
#define RMQ_PROPERTY_MIN_OFFSET "MIN_OFFSET"
#define RMQ_PROPERTY_MAX_OFFSET "MAX_OFFSET"
#define RMQ_PROPERTY_ORIGIN_MESSAGE_ID "ORIGIN_MESSAGE_ID"
#define RMQ_PROPERTY_RECONSUME_TIME "RECONSUME_TIME"
#define RMQ_PROPERTY_MAX_RECONSUME_TIMES "MAX_RECONSUME_TIMES"
#define RMQ_PROPERTY_MSG_REGION "MSG_REGION"
#define RMQ_PROPERTY_TRACE_ON "TRACE_ON"
#define RMQ_PROPERTY_UNIQUE_ID "UNIQ_KEY"
#define RMQ_PROPERTY_CONSUME_START_TIME "CONSUME_START_TIME"
#define RMQ_PROPERTY_INNER_NUM "INNER_NUM"
#define RMQ_PROPERTY_INNER_BASE "INNER_BASE"
#define RMQ_PROPERTY_CHECK_IMMUNITY_TIME "CHECK_IMMUNITY_TIME_IN_SECONDS"
#define RMQ_PROPERTY_TRANSACTION_ID "__transactionId__"
#define RMQ_PROPERTY_TRANSACTION_CHECK_TIMES "TRANSACTION_CHECK_TIMES"
#define RMQ_PROPERTY_TRANSACTION_PREPARED_QUEUE_OFFSET "TRAN_PREPARED_QUEUE_OFFSET"
#define RMQ_PROPERTY_INSTANCE_ID "INSTANCE_ID"
#define RMQ_PROPERTY_CORRELATION_ID "CORRELATION_ID"
#define RMQ_PROPERTY_REPLY_TO_CLIENT "REPLY_TO_CLIENT"
#define RMQ_PROPERTY_TTL "TTL"
#define RMQ_PROPERTY_ARRIVE_TIME "ARRIVE_TIME"
#define RMQ_PROPERTY_PUSH_REPLY_TIME "PUSH_REPLY_TIME"
#define RMQ_PROPERTY_CLUSTER "CLUSTER"
#define RMQ_PROPERTY_MESSAGE_TYPE "MSG_TYPE"
#define RMQ_PROPERTY_POP_CK "POP_CK"
#define RMQ_PROPERTY_FIRST_POP_TIME "1ST_POP_TIME"
#define RMQ_PROPERTY_SHARDING_KEY "__SHARDINGKEY"
#define RMQ_PROPERTY_INNER_MULTI_DISPATCH "INNER_MULTI_DISPATCH"
#define RMQ_PROPERTY_INNER_MULTI_QUEUE_OFFSET "INNER_MULTI_QUEUE_OFFSET"
#define RMQ_PROPERTY_TRACE_CONTEXT "TRACE_CONTEXT"
#define RMQ_PROPERTY_TIMER_DELAY_SEC "TIMER_DELAY_SEC"
#define RMQ_PROPERTY_TIMER_DELAY_MS "TIMER_DELAY_MS"
#define RMQ_PROPERTY_TIMER_DELIVER_MS "TIMER_DELIVER_MS"
#define RMQ_PROPERTY_TIMER_OUT_MS "TIMER_OUT_MS"
#define RMQ_PROPERTY_TIMER_DEL_UNIQUE_ID "TIMER_DEL_UNIQKEY"
#define RMQ_PROPERTY_BORN_HOST "__BORNHOST"
#define RMQ_PROPERTY_BORN_TIMESTAMP "BORN_TIMESTAMP"
#define RMQ_PROPERTY_DLQ_ORIGIN_TOPIC "DLQ_ORIGIN_TOPIC"
#define RMQ_PROPERTY_DLQ_ORIGIN_MESSAGE_ID "DLQ_ORIGIN_MESSAGE_ID"
#define RMQ_PROPERTY_PRIORITY "_SYS_MSG_PRIORITY_"
#define RMQ_PROPERTY_ORIGIN_GROUP "ORIGIN_GROUP"
#define RMQ_PROPERTY_LITE_TOPIC "__LITE_TOPIC"
#define RMQ_PROPERTY_CRC32 "__CRC32#"
#define RMQ_PROPERTY_START_DELIVER_TIME "__STARTDELIVERTIME"

#define RMQ_PROPERTY_CRC32_LEN 20 /* name, separator, ten digits, separator */

/* --- The text of a record ---------------------------------------------------------------------------------------- */

typedef struct
{
  const char *at;
  const char *end;
} RmqPropertyIter;

/* In the order of the text; duplicates come as they stand, entries without a name or a value are passed over. */
static inline void
rmq_property_iter_init (RmqPropertyIter *self, RmqSlice text)
{
  self->at = text.data;
  self->end = text.data != NULL ? text.data + text.len : NULL;
}

RMQ_PRIVATE_BEGIN

bool _rmq_property_iter_next (RmqPropertyIter *self, RmqSlice *name, RmqSlice *value);
/* The value of the last entry of that name, or RMQ_SLICE_NULL. */
RmqSlice _rmq_properties_text_find (RmqSlice text, RmqSlice name);
/* Whether only the system may set it (MessageConst's set). */
bool _rmq_property_is_reserved (RmqSlice name);
/* Strict decimal, nothing around it. */
bool _rmq_property_parse_int64 (RmqSlice value, int64_t *number);
bool _rmq_property_parse_int32 (RmqSlice value, int32_t *number);
/* The CRC property as the broker appends it; out has RMQ_PROPERTY_CRC32_LEN bytes, no NUL. */
void _rmq_property_format_crc32 (uint32_t crc, char *out);

RMQ_PRIVATE_END

/* --- A list in the making ---------------------------------------------------------------------------------------- */

/* Entries one after the other in one block: two lengths, name NUL, value NUL. All zero is an empty list. */
typedef struct
{
  char *data;
  uint32_t len;
  uint32_t allocated;
  uint32_t n;
} RmqProperties;

RMQ_PRIVATE_BEGIN

void _rmq_properties_clear (RmqProperties *self);
void _rmq_properties_copy (RmqProperties *self, const RmqProperties *from);
/* Replaces an entry of that name; the new one stands last. An empty value is kept, but lost on the wire. name and value
 * must not lie in self, and hold no NUL and no \x02, name no \x01 either. */
void _rmq_properties_set (RmqProperties *self, RmqSlice name, RmqSlice value);
/* Whether the encoded text would stay within RMQ_PROPERTIES_MAX. */
bool _rmq_properties_fit (const RmqProperties *self, RmqSlice name, RmqSlice value);
bool _rmq_properties_remove (RmqProperties *self, RmqSlice name);
/* Ends in NUL; valid until the list changes. */
RmqSlice _rmq_properties_find (const RmqProperties *self, RmqSlice name);
/* *cursor starts at 0. */
bool _rmq_properties_next (const RmqProperties *self, uint32_t *cursor, RmqSlice *name, RmqSlice *value);
size_t _rmq_properties_encoded_len (const RmqProperties *self);
void _rmq_properties_encode (const RmqProperties *self, RmqByteWriter *out);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqProperties, _rmq_properties_clear)

/* Appends one entry in wire form. */
static inline void
rmq_property_write (RmqByteWriter *out, RmqSlice name, RmqSlice value)
{
  rmq_byte_writer_slice (out, name);
  rmq_byte_writer_u8 (out, RMQ_PROPERTY_NAME_END);
  rmq_byte_writer_slice (out, value);
  rmq_byte_writer_u8 (out, RMQ_PROPERTY_VALUE_END);
}
