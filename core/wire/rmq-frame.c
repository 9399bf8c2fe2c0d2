/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the outside of a frame: lengths and type byte. The header goes to the decoder of its format.
 */
#include "base/rmq-byte-reader-private.h"
#include "base/rmq-error-private.h"
#include "base/rmq-utf8-private.h"
#include "rmq-frame-decoder-private.h"

/* Memory beyond this is given back after the frame that needed it. */
#define KEEP_EXT 256
#define KEEP_SCRATCH 65536

static bool
fail (GError **error, const char *what, uint32_t value)
{
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "Not a RocketMQ frame: %s (0x%08x)", what, value);
  return false;
}

bool
_rmq_frame_peek_length (const void *data, size_t len, size_t *total, GError **error)
{
  RmqByteReader reader;
  uint32_t length, word;

  *total = 0;
  if (len < 4)
    return true;

  rmq_byte_reader_init (&reader, data, len);
  length = rmq_byte_reader_u32 (&reader);
  if (length < 4)
    return fail (error, "its length is too small", length);
  if (length > RMQ_FRAME_MAX_LENGTH - 4)
    return fail (error, "its length is over the limit of 16 MiB", length);
  if (len >= 5 && ((const uint8_t *) data)[4] > RMQ_SERIALIZE_BINARY)
    return fail (error, "unknown type of header", ((const uint8_t *) data)[4]);
  if (len >= 8)
    {
      word = rmq_byte_reader_u32 (&reader);
      if ((word & RMQ_FRAME_MAX_HEADER_LENGTH) > length - 4)
        return fail (error, "its header is longer than the frame", word);
    }

  *total = (size_t) length + 4;
  return true;
}

RmqFrameDecoder *
_rmq_frame_decoder_new (void)
{
  RmqFrameDecoder *self = g_new0 (RmqFrameDecoder, 1);

  self->texts = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
forget_frame (RmqFrameDecoder *self)
{
  self->n_ext = 0;
  self->scratch_used = 0;
  g_clear_pointer (&self->document, _rmq_json_document_free);
  if (self->texts->len > 0)
    g_ptr_array_set_size (self->texts, 0);

  if (G_UNLIKELY (self->ext_allocated > KEEP_EXT))
    {
      g_clear_pointer (&self->ext, g_free);
      self->ext_allocated = 0;
    }
  if (G_UNLIKELY (self->scratch_allocated > KEEP_SCRATCH))
    {
      g_clear_pointer (&self->scratch, g_free);
      self->scratch_allocated = 0;
    }
}

void
_rmq_frame_decoder_free (RmqFrameDecoder *self)
{
  forget_frame (self);
  g_ptr_array_unref (self->texts);
  g_free (self->ext);
  g_free (self->scratch);
  g_free (self);
}

RmqExtField *
_rmq_frame_decoder_grow_ext (RmqFrameDecoder *self, GError **error)
{
  if (self->n_ext >= RMQ_FRAME_MAX_EXT_FIELDS)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "A frame with more than %u ext fields",
                   RMQ_FRAME_MAX_EXT_FIELDS);
      return NULL;
    }
  self->ext_allocated = MAX (32, self->ext_allocated * 2);
  self->ext = g_renew (RmqExtField, self->ext, self->ext_allocated);
  return &self->ext[self->n_ext++];
}

RmqSlice
_rmq_frame_decoder_keep (RmqFrameDecoder *self, RmqSlice text)
{
  RmqByteWriter copy = RMQ_BYTE_WRITER_INIT (G_MAXSIZE / 2);

  _rmq_utf8_append_valid (&copy, text.data, text.len);
  if (copy.data == NULL)
    return rmq_slice ("", 0);
  g_ptr_array_add (self->texts, copy.data);
  return rmq_slice ((const char *) copy.data, copy.len);
}

bool
_rmq_frame_decode (RmqFrameDecoder *self, const void *data, size_t len, RmqFrame *frame, GError **error)
{
  RmqByteReader reader;
  uint32_t word;
  size_t total;
  RmqSlice header;
  bool decoded;

  *frame = (RmqFrame){ .language = RMQ_LANGUAGE_JAVA };
  if (!_rmq_frame_peek_length (data, len, &total, error))
    return false;
  if (total != len || len < RMQ_FRAME_MIN_LENGTH)
    return fail (error, "not the whole of it is here", (uint32_t) len);

  forget_frame (self);
  rmq_byte_reader_init (&reader, data, len);
  rmq_byte_reader_u32 (&reader);
  word = rmq_byte_reader_u32 (&reader);
  header = rmq_byte_reader_slice (&reader, word & RMQ_FRAME_MAX_HEADER_LENGTH);
  frame->serialize_type = (RmqSerializeType) (word >> 24);
  decoded = frame->serialize_type == RMQ_SERIALIZE_JSON ? _rmq_frame_decode_json (self, header, frame, error)
                                                        : _rmq_frame_decode_binary (self, header, frame, error);
  if (!decoded)
    return false;

  frame->ext = self->ext;
  frame->n_ext = self->n_ext;
  if (rmq_byte_reader_left (&reader) > 0)
    frame->body = rmq_byte_reader_slice (&reader, rmq_byte_reader_left (&reader));
  return true;
}

bool
_rmq_frame_get_ext (const RmqFrame *frame, const char *key, RmqSlice *value)
{
  size_t length = strlen (key);

  for (size_t i = frame->n_ext; i-- > 0;)
    if (frame->ext[i].key.len == length && memcmp (frame->ext[i].key.data, key, length) == 0)
      {
        *value = frame->ext[i].value;
        return value->data != NULL;
      }
  *value = RMQ_SLICE_NULL;
  return false;
}
