/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame decoder on anything, as it comes and with its lengths put right so that mutations reach the header. What is
 * taken is valid UTF-8, writes and reads back as the same, and in JSON is what the tree parser alone makes of it.
 */
#include <string.h>
#include "base/rmq-utf8-private.h"
#include "rmq-fuzz.h"
#include "wire/rmq-acl-private.h"
#include "wire/rmq-frame-decoder-private.h"
#include "wire/rmq-remoting-command-private.h"

static void
check_slice (RmqSlice slice)
{
  if (slice.data != NULL)
    RMQ_FUZZ_CHECK (_rmq_utf8_is_valid (slice.data, slice.len));
  else
    RMQ_FUZZ_CHECK (slice.len == 0);
}

static void
check_texts (const RmqFrame *frame)
{
  check_slice (frame->remark);
  for (size_t i = 0; i < frame->n_ext; i++)
    {
      check_slice (frame->ext[i].key);
      check_slice (frame->ext[i].value);
    }
  RMQ_FUZZ_CHECK (frame->n_ext <= RMQ_FRAME_MAX_EXT_FIELDS);
  RMQ_FUZZ_CHECK (frame->has_ext || frame->n_ext == 0);
  RMQ_FUZZ_CHECK ((frame->body.data == NULL) == (frame->body.len == 0));
}

/* Null values are not written. */
static const RmqExtField *
next_field (const RmqFrame *frame, size_t *index)
{
  while (*index < frame->n_ext)
    {
      const RmqExtField *field = &frame->ext[(*index)++];

      if (field->value.data != NULL)
        return field;
    }
  return NULL;
}

static void
check_equal (const RmqFrame *a, const RmqFrame *b)
{
  size_t in_a = 0;
  size_t in_b = 0;
  const RmqExtField *field_a, *field_b;

  RMQ_FUZZ_CHECK (a->code == b->code && a->version == b->version && a->opaque == b->opaque && a->flag == b->flag);
  RMQ_FUZZ_CHECK (a->language == b->language && a->serialize_type == b->serialize_type);
  RMQ_FUZZ_CHECK (rmq_slice_equal (a->remark, b->remark));
  RMQ_FUZZ_CHECK (rmq_slice_equal (a->body, b->body));
  do
    {
      field_a = next_field (a, &in_a);
      field_b = next_field (b, &in_b);
      RMQ_FUZZ_CHECK ((field_a == NULL) == (field_b == NULL));
      RMQ_FUZZ_CHECK (
          field_a == NULL
          || (rmq_slice_equal (field_a->key, field_b->key) && rmq_slice_equal (field_a->value, field_b->value)));
    }
  while (field_a != NULL);
}

static void
write_and_read (const RmqFrame *frame)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);
  g_autoptr (RmqRemotingCommand) command = NULL;
  g_autofree char *text = NULL;
  const RmqExtField none;
  RmqFrameHead head = { frame->code,     frame->opaque,         frame->flag,  frame->version,
                        frame->language, frame->serialize_type, frame->remark };
  char signature[RMQ_ACL_SIGNATURE_SIZE];
  RmqFrame again;

  if (!_rmq_frame_write (&out, &head,
                         !frame->has_ext    ? NULL
                         : frame->n_ext > 0 ? frame->ext
                                            : &none,
                         frame->n_ext, frame->body, NULL))
    return; /* escapes made it too long */
  RMQ_FUZZ_CHECK (_rmq_frame_decode (decoder, out.data, out.len, &again, NULL));
  check_equal (frame, &again);
  if (frame->serialize_type == RMQ_SERIALIZE_JSON)
    RMQ_FUZZ_CHECK (frame->has_ext == again.has_ext);

  command = _rmq_remoting_command_new_from_frame (frame, NULL);
  text = rmq_remoting_command_to_string (command);
  RMQ_FUZZ_CHECK (g_utf8_validate (text, -1, NULL));
  _rmq_acl_sign (frame->ext, frame->n_ext, frame->body, "secret", signature);
}

/* Being fast must not mean being different. Only references are refused by the tree parser alone; a header with one
 * has no meaning to anyone. */
static void
compare_with_tree (const RmqFrame *frame, const uint8_t *data)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqFrame tree = { .language = RMQ_LANGUAGE_JAVA };
  size_t header_len = (size_t) data[5] << 16 | (size_t) data[6] << 8 | data[7];
  RmqSlice header = rmq_slice ((const char *) data + 8, header_len);

  if (!_rmq_frame_decode_json_tree (decoder, header, &tree, &error))
    {
      RMQ_FUZZ_CHECK (strstr (error->message, "references") != NULL);
      return;
    }
  tree.ext = decoder->ext;
  tree.n_ext = decoder->n_ext;
  tree.body = frame->body;
  check_equal (frame, &tree);
}

static void
decode (const uint8_t *data, size_t size)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqFrame frame;
  size_t total;
  bool known = _rmq_frame_peek_length (data, size, &total, &error);

  RMQ_FUZZ_CHECK (known == (error == NULL));
  if (!known || total == 0 || total > size)
    return;
  if (!_rmq_frame_decode (decoder, data, total, &frame, &error))
    {
      RMQ_FUZZ_CHECK (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL));
      return;
    }
  check_texts (&frame);
  if (frame.serialize_type == RMQ_SERIALIZE_JSON)
    compare_with_tree (&frame, data);
  write_and_read (&frame);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *framed = NULL;
  size_t header_len;
  uint32_t words[2];

  decode (data, size);

  /* Again as a frame of which the first byte says how much is the body, the second the type, the rest is content. */
  if (size < 8 || size > RMQ_FRAME_MAX_HEADER_LENGTH)
    return 0;
  header_len = size - 8 - MIN (size - 8, data[0] % 8u);
  words[0] = GUINT32_TO_BE ((uint32_t) size - 4);
  words[1] = GUINT32_TO_BE ((uint32_t) (data[4] & 1) << 24 | (uint32_t) header_len);
  framed = g_memdup2 (data, size);
  memcpy (framed, words, sizeof words);
  decode (framed, size);
  return 0;
}
