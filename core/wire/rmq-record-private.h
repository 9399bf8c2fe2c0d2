/* SPDX-License-Identifier: Apache-2.0
 *
 * A stored message as it stands in the commit log and in the body of a pull: one record to and from its fields. All
 * text is borrowed from the buffer it was read from.
 */
#pragma once

#include "base/rmq-byte-writer-private.h"
#include "base/rmq-slice-private.h"
#include "rmq-host-private.h"
#include "rmq-flags-private.h"

#define RMQ_RECORD_MAGIC_V1 0xDAA320A7u /* topic length in one byte */
#define RMQ_RECORD_MAGIC_V2 0xDAA320ABu /* in two */
#define RMQ_RECORD_MAGIC_BLANK 0xCBD43194u
#define RMQ_RECORD_MIN_SIZE 91
#define RMQ_RECORD_TOPIC_MAX 32767

typedef struct
{
  uint32_t total_size; /* set by decode; encode computes it */
  bool v2;
  uint32_t body_crc; /* of the body as stored, 31 bits */
  int32_t queue_id;
  int32_t flag;
  int64_t queue_offset;
  int64_t physical_offset;
  int32_t sys_flag; /* bits 4 and 5 say how wide the hosts are; encode takes them from the hosts */
  int64_t born_timestamp;
  RmqHost born_host;
  int64_t store_timestamp;
  RmqHost store_host;
  int32_t reconsume_times;
  int64_t prepared_transaction_offset;
  RmqSlice body;
  RmqSlice topic;
  RmqSlice properties;
} RmqRecord;

RMQ_PRIVATE_BEGIN

/* Reads the record that starts at data; all checks of its structure are made. On damage: false, RMQ_ERROR_PROTOCOL,
 * and the message names the field. offset is only for the message. */
bool _rmq_record_decode (RmqRecord *self, const uint8_t *data, size_t len, size_t offset, GError **error);
size_t _rmq_record_encoded_len (const RmqRecord *self);
/* False when a length does not fit its field. self->v2 is set when the topic needs it. */
bool _rmq_record_encode (const RmqRecord *self, RmqByteWriter *out);
/* CRC-32 (zlib's) with the top bit cleared. */
uint32_t _rmq_crc32 (const void *data, size_t len);

RMQ_PRIVATE_END
