/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a header of serialize type ROCKETMQ.
 */
#include "base/rmq-byte-reader-private.h"
#include "base/rmq-error-private.h"
#include "base/rmq-text-private.h"
#include "base/rmq-utf8-private.h"
#include "rmq-frame-decoder-private.h"

static bool
fail (GError **error, const char *what)
{
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "A binary frame header whose %s", what);
  return false;
}

static RmqSlice
checked_text (RmqFrameDecoder *self, RmqSlice text)
{
  if (rmq_text_plain_length (text.data, text.len) == text.len || _rmq_utf8_is_valid (text.data, text.len))
    return text;
  return _rmq_frame_decoder_keep (self, text);
}

static bool
decode_ext (RmqFrameDecoder *self, RmqSlice bytes, GError **error)
{
  RmqByteReader reader;

  rmq_byte_reader_init (&reader, bytes.data, bytes.len);
  while (rmq_byte_reader_left (&reader) > 0)
    {
      RmqSlice key = rmq_byte_reader_slice (&reader, rmq_byte_reader_u16 (&reader));
      RmqSlice value = rmq_byte_reader_slice (&reader, rmq_byte_reader_u32 (&reader));
      RmqExtField *field;

      if (reader.failed)
        return fail (error, "ext fields go past their end");
      field = rmq_frame_decoder_add_ext (self, error);
      if (field == NULL)
        return false;
      field->key = key.len > 0 ? checked_text (self, key) : RMQ_SLICE_NULL;
      field->value = value.len > 0 ? checked_text (self, value) : RMQ_SLICE_NULL;
    }
  return true;
}

bool
_rmq_frame_decode_binary (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error)
{
  RmqByteReader reader;
  RmqSlice remark, ext;

  rmq_byte_reader_init (&reader, header.data, header.len);
  frame->code = rmq_byte_reader_i16 (&reader);
  frame->language = _rmq_language_from_code (rmq_byte_reader_u8 (&reader));
  frame->version = rmq_byte_reader_i16 (&reader);
  frame->opaque = rmq_byte_reader_i32 (&reader);
  frame->flag = rmq_byte_reader_i32 (&reader);
  remark = rmq_byte_reader_slice (&reader, rmq_byte_reader_u32 (&reader));
  if (reader.failed)
    return fail (error, "fixed part or remark goes past its end");
  ext = rmq_byte_reader_slice (&reader, rmq_byte_reader_u32 (&reader));
  if (reader.failed)
    return fail (error, "ext fields go past its end");

  if (remark.len > 0)
    frame->remark = checked_text (self, remark);
  frame->has_ext = ext.len > 0;
  return decode_ext (self, ext, error);
}
