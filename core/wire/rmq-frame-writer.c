/* SPDX-License-Identifier: Apache-2.0
 *
 * Appends a frame to a buffer, in JSON or in binary. The lengths come last, over the eight bytes left open for them.
 */
#include "base/rmq-error-private.h"
#include "base/rmq-json-private.h"
#include "rmq-decimal-private.h"
#include "rmq-frame-private.h"

#define LENGTHS 8
/* All that a JSON header has before its remark: names, four numbers and a language. */
#define JSON_HEAD_MAX 160

static inline char *
put (char *at, const char *text, size_t len)
{
  memcpy (at, text, len);
  return at + len;
}
#define PUT(at, literal) put (at, literal, sizeof (literal) - 1)

static void
write_json_text (RmqByteWriter *out, RmqSlice text)
{
  rmq_byte_writer_u8 (out, '"');
  _rmq_json_escape (out, text);
  rmq_byte_writer_u8 (out, '"');
}

static void
begin_json (RmqByteWriter *out, const RmqFrameHead *head)
{
  const char *language = _rmq_language_get_name (head->language);
  char *at;

  if (!rmq_byte_writer_reserve (out, JSON_HEAD_MAX))
    return;
  at = (char *) out->data + out->len;
  at = PUT (at, "{\"code\":");
  at += rmq_decimal_format (at, head->code);
  at = PUT (at, ",\"language\":");
  if (language != NULL)
    {
      *at++ = '"';
      at = put (at, language, strlen (language));
      *at++ = '"';
    }
  else
    at = PUT (at, "null");
  at = PUT (at, ",\"version\":");
  at += rmq_decimal_format (at, head->version);
  at = PUT (at, ",\"opaque\":");
  at += rmq_decimal_format (at, head->opaque);
  at = PUT (at, ",\"flag\":");
  at += rmq_decimal_format (at, head->flag);
  out->len = (size_t) (at - (char *) out->data);

  if (head->remark.data != NULL)
    {
      rmq_byte_writer_string (out, ",\"remark\":");
      write_json_text (out, head->remark);
    }
}

static void
begin_binary (RmqFrameWriter *self, const RmqFrameHead *head)
{
  RmqByteWriter *out = self->out;

  rmq_byte_writer_u16 (out, (uint16_t) head->code);
  rmq_byte_writer_u8 (out, (uint8_t) head->language);
  rmq_byte_writer_u16 (out, (uint16_t) head->version);
  rmq_byte_writer_u32 (out, (uint32_t) head->opaque);
  rmq_byte_writer_u32 (out, (uint32_t) head->flag);
  rmq_byte_writer_u32 (out, (uint32_t) head->remark.len);
  rmq_byte_writer_slice (out, head->remark);
  self->ext_at = out->len;
  rmq_byte_writer_u32 (out, 0);
}

void
_rmq_frame_begin (RmqFrameWriter *self, RmqByteWriter *out, const RmqFrameHead *head)
{
  static const uint8_t open_lengths[LENGTHS];

  *self = (RmqFrameWriter){ .out = out, .start = out->len, .serialize_type = head->serialize_type };
  if (RMQ_CODE_NEEDS_JSON (head->code))
    self->serialize_type = RMQ_SERIALIZE_JSON;

  rmq_byte_writer_bytes (out, open_lengths, LENGTHS);
  if (self->serialize_type == RMQ_SERIALIZE_JSON)
    begin_json (out, head);
  else
    begin_binary (self, head);
}

static void
open_json_ext (RmqFrameWriter *self)
{
  if (self->ext_at != 0)
    return;
  rmq_byte_writer_string (self->out, ",\"extFields\":{");
  self->ext_at = self->out->len;
}

static void
withdraw (RmqFrameWriter *self)
{
  self->out->len = self->start;
  self->failed = true;
}

bool
_rmq_frame_add_header (RmqFrameWriter *self, const RmqHeaderTable *table, const void *header, GError **error)
{
  if (!_rmq_header_check (table, header, error))
    {
      withdraw (self);
      return false;
    }
  if (self->serialize_type == RMQ_SERIALIZE_BINARY)
    {
      self->n_ext += _rmq_header_write_binary (table, header, self->out);
      return true;
    }
  open_json_ext (self);
  self->n_ext += _rmq_header_write_json (table, header, self->out, self->n_ext == 0);
  return true;
}

void
_rmq_frame_add_ext (RmqFrameWriter *self, RmqSlice key, RmqSlice value)
{
  RmqByteWriter *out = self->out;

  if (value.data == NULL)
    return;
  if (self->serialize_type == RMQ_SERIALIZE_BINARY)
    {
      if (key.len > INT16_MAX)
        {
          self->failed = true;
          return;
        }
      rmq_byte_writer_u16 (out, (uint16_t) key.len);
      rmq_byte_writer_slice (out, key);
      rmq_byte_writer_u32 (out, (uint32_t) value.len);
      rmq_byte_writer_slice (out, value);
    }
  else
    {
      open_json_ext (self);
      if (self->n_ext > 0)
        rmq_byte_writer_u8 (out, ',');
      write_json_text (out, key);
      rmq_byte_writer_u8 (out, ':');
      write_json_text (out, value);
    }
  self->n_ext++;
}

static bool
fail (RmqFrameWriter *self, const char *what, GError **error)
{
  withdraw (self);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL, "A frame cannot be written: %s", what);
  return false;
}

bool
_rmq_frame_end (RmqFrameWriter *self, size_t body_length, GError **error)
{
  RmqByteWriter *out = self->out;
  size_t header_length;

  if (self->serialize_type == RMQ_SERIALIZE_BINARY)
    rmq_byte_writer_patch_u32 (out, self->ext_at, (uint32_t) (out->len - self->ext_at - 4));
  else
    {
      if (self->ext_at != 0)
        rmq_byte_writer_u8 (out, '}');
      rmq_byte_writer_u8 (out, '}');
    }
  if (self->failed || out->failed)
    return fail (self, "its header does not fit", error);

  header_length = out->len - self->start - LENGTHS;
  if (header_length > RMQ_FRAME_MAX_HEADER_LENGTH || body_length > RMQ_FRAME_MAX_LENGTH
      || LENGTHS + header_length + body_length > RMQ_FRAME_MAX_LENGTH)
    return fail (self, "it would pass the limit of 16 MiB", error);

  rmq_byte_writer_patch_u32 (out, self->start, (uint32_t) (4 + header_length + body_length));
  rmq_byte_writer_patch_u32 (out, self->start + 4, (uint32_t) self->serialize_type << 24 | (uint32_t) header_length);
  return true;
}

bool
_rmq_frame_write (RmqByteWriter *out,
                  const RmqFrameHead *head,
                  const RmqExtField *ext,
                  size_t n_ext,
                  RmqSlice body,
                  GError **error)
{
  RmqFrameWriter writer;

  _rmq_frame_begin (&writer, out, head);
  if (ext != NULL && writer.serialize_type == RMQ_SERIALIZE_JSON)
    open_json_ext (&writer);
  for (size_t i = 0; i < n_ext; i++)
    _rmq_frame_add_ext (&writer, ext[i].key, ext[i].value);
  if (!_rmq_frame_end (&writer, body.len, error))
    return false;
  rmq_byte_writer_slice (out, body);
  return !out->failed || fail (&writer, "its body does not fit", error);
}
