/* SPDX-License-Identifier: Apache-2.0
 *
 * Batch elements: written for SEND_BATCH_MESSAGE, read from there and from stored inner batches.
 */
#include "rmq-batch-private.h"

#include "base/rmq-byte-reader-private.h"
#include "base/rmq-error-private.h"

#define UNIQUE_ID_ENTRY_MAX (sizeof RMQ_PROPERTY_UNIQUE_ID + 56 + 1)

bool
_rmq_batch_element_encode (const RmqBatchElement *self, RmqByteWriter *out)
{
  size_t total = RMQ_BATCH_ELEMENT_OVERHEAD + self->body.len + self->properties.len;

  if (self->properties.len > INT16_MAX || self->body.len > INT32_MAX - RMQ_BATCH_ELEMENT_OVERHEAD - INT16_MAX
      || !rmq_byte_writer_reserve (out, total))
    return false;
  rmq_byte_writer_u32 (out, (uint32_t) total);
  rmq_byte_writer_u32 (out, 0); /* magic and CRC: the broker's business */
  rmq_byte_writer_u32 (out, 0);
  rmq_byte_writer_u32 (out, (uint32_t) self->flag);
  rmq_byte_writer_u32 (out, (uint32_t) self->body.len);
  rmq_byte_writer_slice (out, self->body);
  rmq_byte_writer_u16 (out, (uint16_t) self->properties.len);
  rmq_byte_writer_slice (out, self->properties);
  return !out->failed;
}

static bool
damaged (size_t position, GError **error)
{
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "Damaged batch element at byte %" G_GSIZE_FORMAT, position);
  return false;
}

bool
_rmq_batch_next (RmqSlice body, size_t *position, RmqBatchElement *element, GError **error)
{
  RmqByteReader reader;
  uint32_t total;
  int32_t body_len;
  int16_t properties_len;

  if (*position >= body.len)
    return false;
  rmq_byte_reader_init (&reader, body.data + *position, body.len - *position);
  total = rmq_byte_reader_u32 (&reader);
  if (total < RMQ_BATCH_ELEMENT_OVERHEAD || total > reader.len)
    return damaged (*position, error);
  reader.len = total;

  rmq_byte_reader_take (&reader, 8); /* magic and CRC: not looked at, as in Java */
  element->flag = rmq_byte_reader_i32 (&reader);
  body_len = rmq_byte_reader_i32 (&reader);
  if (body_len < 0)
    return damaged (*position, error);
  element->body = rmq_byte_reader_slice (&reader, (size_t) body_len);
  properties_len = rmq_byte_reader_i16 (&reader);
  if (reader.failed || properties_len < 0)
    return damaged (*position, error);
  element->properties = rmq_byte_reader_slice (&reader, (size_t) properties_len);
  if (reader.failed || rmq_byte_reader_left (&reader) != 0)
    return damaged (*position, error);
  *position += total;
  return true;
}

int
_rmq_batch_count (RmqSlice body, GError **error)
{
  g_autoptr (GError) local = NULL;
  RmqBatchElement element;
  size_t position = 0;
  int n = 0;

  while (_rmq_batch_next (body, &position, &element, &local))
    n++;
  if (local == NULL)
    return n;
  g_propagate_error (error, g_steal_pointer (&local));
  return -1;
}

size_t
_rmq_batch_message_len (const RmqMessage *message)
{
  return RMQ_BATCH_ELEMENT_OVERHEAD + _rmq_message_peek_body (message).len
         + _rmq_properties_encoded_len (&message->properties) + UNIQUE_ID_ENTRY_MAX;
}

bool
_rmq_batch_append (RmqByteWriter *out, const RmqMessage *message, const char *unique_id, GError **error)
{
  RmqSlice body = _rmq_message_peek_body (message);
  size_t start = out->len;
  size_t properties_at;
  size_t properties_len;
  uint16_t length;

  rmq_byte_writer_reserve (out, _rmq_batch_message_len (message));
  rmq_byte_writer_u32 (out, 0);
  rmq_byte_writer_u32 (out, 0);
  rmq_byte_writer_u32 (out, 0);
  rmq_byte_writer_u32 (out, (uint32_t) message->flag);
  rmq_byte_writer_u32 (out, (uint32_t) body.len);
  rmq_byte_writer_slice (out, body);
  rmq_byte_writer_u16 (out, 0);
  properties_at = out->len;
  if (out->failed || body.len > INT32_MAX)
    {
      out->len = start;
      _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL, "The batch passes the limit of %" G_GSIZE_FORMAT " bytes",
                      out->limit);
      return false;
    }
  if (!_rmq_message_encode_properties (message, unique_id, NULL, out, error))
    {
      out->len = start;
      return false;
    }
  properties_len = out->len - properties_at;
  length = GUINT16_TO_BE ((uint16_t) properties_len);
  memcpy (out->data + properties_at - sizeof length, &length, sizeof length);
  rmq_byte_writer_patch_u32 (out, start, (uint32_t) (out->len - start));
  return true;
}
