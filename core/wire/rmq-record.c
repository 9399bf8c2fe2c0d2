/* SPDX-License-Identifier: Apache-2.0
 *
 * One stored record to and from its fields. RocketMQ: MessageDecoder; unlike it, every length is checked against the
 * record's total size, and the fields must fill it exactly.
 */
#include "rmq-record-private.h"

#include <rmq/rmq.h>
#include "base/rmq-byte-reader-private.h"
#include "base/rmq-error-private.h"

#define FIXED_SIZE 72 /* without the hosts, up to the body */

static bool
damaged (size_t offset, GError **error, const char *what)
{
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "Damaged message record at byte %" G_GSIZE_FORMAT ": %s", offset,
                  what);
  return false;
}

static bool
read_host (RmqByteReader *reader, RmqHost *host, bool is_ipv6)
{
  size_t len = is_ipv6 ? 16 : 4;
  const uint8_t *address = rmq_byte_reader_take (reader, len);
  uint32_t port = rmq_byte_reader_u32 (reader);

  if (reader->failed || port > UINT16_MAX)
    return false;
  memcpy (host->address, address, len);
  memset (host->address + len, 0, sizeof host->address - len);
  host->port = (uint16_t) port;
  host->is_ipv6 = is_ipv6;
  return true;
}

/* The rest, from the body on. */
static bool
read_texts (RmqRecord *self, RmqByteReader *reader, size_t offset, GError **error)
{
  int32_t body_len = rmq_byte_reader_i32 (reader);
  size_t topic_len;
  int16_t properties_len;

  if (body_len < 0 || (size_t) body_len > rmq_byte_reader_left (reader))
    return damaged (offset, error, "body length");
  self->body = rmq_byte_reader_slice (reader, (size_t) body_len);

  topic_len = self->v2 ? rmq_byte_reader_u16 (reader) : rmq_byte_reader_u8 (reader);
  if (topic_len == 0 || topic_len > (self->v2 ? RMQ_RECORD_TOPIC_MAX : 127))
    return damaged (offset, error, "topic length");
  self->topic = rmq_byte_reader_slice (reader, topic_len);

  properties_len = rmq_byte_reader_i16 (reader);
  if (reader->failed || properties_len < 0)
    return damaged (offset, error, "topic or properties length");
  self->properties = rmq_byte_reader_slice (reader, (size_t) properties_len);
  if (reader->failed)
    return damaged (offset, error, "properties length");
  if (rmq_byte_reader_left (reader) != 0)
    return damaged (offset, error, "its fields do not fill its size");
  return true;
}

bool
_rmq_record_decode (RmqRecord *self, const uint8_t *data, size_t len, size_t offset, GError **error)
{
  RmqByteReader reader;
  uint32_t magic;

  rmq_byte_reader_init (&reader, data, len);
  self->total_size = rmq_byte_reader_u32 (&reader);
  if (self->total_size < RMQ_RECORD_MIN_SIZE || self->total_size > len)
    return damaged (offset, error, "total size");
  reader.len = self->total_size;

  magic = rmq_byte_reader_u32 (&reader);
  if (magic != RMQ_RECORD_MAGIC_V1 && magic != RMQ_RECORD_MAGIC_V2)
    return damaged (offset, error, "magic number");
  self->v2 = magic == RMQ_RECORD_MAGIC_V2;
  self->body_crc = rmq_byte_reader_u32 (&reader);
  self->queue_id = rmq_byte_reader_i32 (&reader);
  self->flag = rmq_byte_reader_i32 (&reader);
  self->queue_offset = rmq_byte_reader_i64 (&reader);
  self->physical_offset = rmq_byte_reader_i64 (&reader);
  self->sys_flag = rmq_byte_reader_i32 (&reader);
  self->born_timestamp = rmq_byte_reader_i64 (&reader);
  if (!read_host (&reader, &self->born_host, (self->sys_flag & RMQ_SYS_FLAG_BORN_HOST_V6) != 0))
    return damaged (offset, error, "born host");
  self->store_timestamp = rmq_byte_reader_i64 (&reader);
  if (!read_host (&reader, &self->store_host, (self->sys_flag & RMQ_SYS_FLAG_STORE_HOST_V6) != 0))
    return damaged (offset, error, "store host");
  self->reconsume_times = rmq_byte_reader_i32 (&reader);
  self->prepared_transaction_offset = rmq_byte_reader_i64 (&reader);
  if (self->queue_offset < 0 || self->physical_offset < 0 || self->reconsume_times < 0)
    return damaged (offset, error, "a negative offset or count");
  return read_texts (self, &reader, offset, error);
}

size_t
_rmq_record_encoded_len (const RmqRecord *self)
{
  size_t topic_len_size = self->v2 || self->topic.len > 127 ? 2 : 1;

  return FIXED_SIZE + (RMQ_HOST_ADDRESS_LEN (&self->born_host) + 4u) + (RMQ_HOST_ADDRESS_LEN (&self->store_host) + 4u)
         + self->body.len + topic_len_size + self->topic.len + 2 + self->properties.len;
}

static void
write_host (RmqByteWriter *out, const RmqHost *host)
{
  rmq_byte_writer_bytes (out, host->address, RMQ_HOST_ADDRESS_LEN (host));
  rmq_byte_writer_u32 (out, host->port);
}

static int32_t
sys_flag_of_hosts (const RmqRecord *self)
{
  int32_t flag = self->sys_flag & ~(RMQ_SYS_FLAG_BORN_HOST_V6 | RMQ_SYS_FLAG_STORE_HOST_V6);

  if (self->born_host.is_ipv6)
    flag |= RMQ_SYS_FLAG_BORN_HOST_V6;
  if (self->store_host.is_ipv6)
    flag |= RMQ_SYS_FLAG_STORE_HOST_V6;
  return flag;
}

bool
_rmq_record_encode (const RmqRecord *self, RmqByteWriter *out)
{
  bool v2 = self->v2 || self->topic.len > 127;
  size_t total = _rmq_record_encoded_len (self);

  if (self->topic.len > RMQ_RECORD_TOPIC_MAX || self->properties.len > INT16_MAX || self->body.len > INT32_MAX
      || total > INT32_MAX || !rmq_byte_writer_reserve (out, total))
    return false;

  rmq_byte_writer_u32 (out, (uint32_t) total);
  rmq_byte_writer_u32 (out, v2 ? RMQ_RECORD_MAGIC_V2 : RMQ_RECORD_MAGIC_V1);
  rmq_byte_writer_u32 (out, self->body_crc);
  rmq_byte_writer_u32 (out, (uint32_t) self->queue_id);
  rmq_byte_writer_u32 (out, (uint32_t) self->flag);
  rmq_byte_writer_u64 (out, (uint64_t) self->queue_offset);
  rmq_byte_writer_u64 (out, (uint64_t) self->physical_offset);
  rmq_byte_writer_u32 (out, (uint32_t) sys_flag_of_hosts (self));
  rmq_byte_writer_u64 (out, (uint64_t) self->born_timestamp);
  write_host (out, &self->born_host);
  rmq_byte_writer_u64 (out, (uint64_t) self->store_timestamp);
  write_host (out, &self->store_host);
  rmq_byte_writer_u32 (out, (uint32_t) self->reconsume_times);
  rmq_byte_writer_u64 (out, (uint64_t) self->prepared_transaction_offset);
  rmq_byte_writer_u32 (out, (uint32_t) self->body.len);
  rmq_byte_writer_slice (out, self->body);
  if (v2)
    rmq_byte_writer_u16 (out, (uint16_t) self->topic.len);
  else
    rmq_byte_writer_u8 (out, (uint8_t) self->topic.len);
  rmq_byte_writer_slice (out, self->topic);
  rmq_byte_writer_u16 (out, (uint16_t) self->properties.len);
  rmq_byte_writer_slice (out, self->properties);
  return !out->failed;
}
