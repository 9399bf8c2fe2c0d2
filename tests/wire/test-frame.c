/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames: limits, streams cut anywhere, tolerance, and the two serializations. Golden bytes are in test-vectors.
 */
#include <rmq/rmq.h>
#include "wire/rmq-frame-private.h"
#include "wire/rmq-header-topic-private.h"

static const char golden_header[] =
    "{\"code\":105,\"extFields\":{\"topic\":\"TopicA\",\"acceptStandardJsonOnly\":\"true\"},"
    "\"flag\":0,\"language\":\"JAVA\",\"opaque\":7,"
    "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}";

static const uint8_t golden_binary[] =
    "\x00\x00\x00\x4a\x01\x00\x00\x46\x00\x69\x07\x01\xdf\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x31\x00\x05topic\x00\x00\x00\x06TopicA\x00\x16"
    "acceptStandardJsonOnly\x00\x00\x00\x04true";

/* A frame of that type byte and header text. */
static GByteArray *
make_frame (uint8_t type, const void *header, size_t header_len, const char *body)
{
  size_t body_len = body != NULL ? strlen (body) : 0;
  uint32_t words[2] = { GUINT32_TO_BE ((uint32_t) (4 + header_len + body_len)),
                        GUINT32_TO_BE ((uint32_t) type << 24 | (uint32_t) header_len) };
  GByteArray *frame = g_byte_array_new ();

  g_byte_array_append (frame, (uint8_t *) words, sizeof words);
  g_byte_array_append (frame, header, (unsigned) header_len);
  if (body != NULL)
    g_byte_array_append (frame, (const uint8_t *) body, (unsigned) body_len);
  return frame;
}

static void
assert_ext (const RmqFrame *frame, const char *key, const char *value)
{
  RmqSlice got;
  bool found = _rmq_frame_get_ext (frame, key, &got);

  g_assert_true (found == (value != NULL));
  if (value != NULL)
    g_assert_cmpmem (got.data, got.len, value, strlen (value));
}

static void
decode_json (RmqFrameDecoder *decoder, const char *header, RmqFrame *frame)
{
  g_autoptr (GByteArray) bytes = make_frame (0, header, strlen (header), NULL);
  g_autoptr (GError) error = NULL;
  static GByteArray *kept;

  /* Frames lend from the bytes. */
  g_clear_pointer (&kept, g_byte_array_unref);
  kept = g_steal_pointer (&bytes);
  _rmq_frame_decode (decoder, kept->data, kept->len, frame, &error);
  g_assert_no_error (error);
}

static void
test_golden_json (void)
{
  g_autoptr (GByteArray) bytes = make_frame (0, golden_header, sizeof golden_header - 1, NULL);
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqFrame frame;

  g_assert_cmpmem (bytes->data, 8, "\x00\x00\x00\xa4\x00\x00\x00\xa0", 8);
  g_assert_true (_rmq_frame_decode (decoder, bytes->data, bytes->len, &frame, &error));
  g_assert_cmpint (frame.code, ==, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC);
  g_assert_cmpint (frame.opaque, ==, 7);
  g_assert_cmpint (frame.version, ==, 479);
  g_assert_cmpint (frame.language, ==, RMQ_LANGUAGE_JAVA);
  g_assert_cmpuint (frame.n_ext, ==, 2);
  assert_ext (&frame, "topic", "TopicA");
  assert_ext (&frame, "acceptStandardJsonOnly", "true");
  assert_ext (&frame, "other", NULL);
  g_assert_null (frame.body.data);
  g_assert_null (frame.remark.data);
}

static void
test_golden_binary (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_autoptr (GError) error = NULL;
  RmqFrame frame;
  RmqFrameHead head;

  g_assert_true (_rmq_frame_decode (decoder, golden_binary, sizeof golden_binary - 1, &frame, &error));
  g_assert_cmpint (frame.code, ==, 105);
  g_assert_cmpint (frame.language, ==, RMQ_LANGUAGE_OTHER);
  g_assert_cmpint (frame.version, ==, 479);
  g_assert_cmpint (frame.opaque, ==, 7);
  assert_ext (&frame, "topic", "TopicA");
  assert_ext (&frame, "acceptStandardJsonOnly", "true");

  head = (RmqFrameHead){ 105, 7, 0, 479, RMQ_LANGUAGE_OTHER, RMQ_SERIALIZE_BINARY, RMQ_SLICE_NULL };
  g_assert_true (_rmq_frame_write (&out, &head, frame.ext, frame.n_ext, RMQ_SLICE_NULL, &error));
  g_assert_cmpmem (out.data, out.len, golden_binary, sizeof golden_binary - 1);
}

/* Entries that go past the declared total, and a value of no length. */
static void
test_binary_entries (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  static const uint8_t empty_value[] = "\x00\x01\x07\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"
                                       "\x00\x00\x00\x07\x00\x01k\x00\x00\x00\x00";
  g_autoptr (GByteArray) good = make_frame (1, empty_value, sizeof empty_value - 1, "body");
  g_autoptr (GByteArray) bad = NULL;
  g_autoptr (GError) error = NULL;
  uint8_t past_end[sizeof empty_value - 1];
  RmqFrame frame;

  g_assert_true (_rmq_frame_decode (decoder, good->data, good->len, &frame, &error));
  g_assert_cmpuint (frame.n_ext, ==, 1);
  assert_ext (&frame, "k", NULL);
  g_assert_cmpmem (frame.body.data, frame.body.len, "body", 4);

  memcpy (past_end, empty_value, sizeof past_end);
  past_end[sizeof past_end - 1] = 1;
  bad = make_frame (1, past_end, sizeof past_end, "body");
  g_assert_false (_rmq_frame_decode (decoder, bad->data, bad->len, &frame, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
check_body (RmqSerializeType type, const uint8_t *body, size_t len)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  g_autoptr (GError) error = NULL;
  RmqFrameHead head = { .code = 310, .opaque = -3, .serialize_type = type };
  RmqFrame frame;

  g_assert_true (_rmq_frame_write (&out, &head, NULL, 0, rmq_slice ((const char *) body, len), &error));
  g_assert_true (_rmq_frame_decode (decoder, out.data, out.len, &frame, &error));
  g_assert_cmpint (frame.opaque, ==, -3);
  g_assert_cmpmem (frame.body.data, frame.body.len, body, len);
  if (len == 0)
    g_assert_null (frame.body.data);
}

static void
test_bodies (void)
{
  size_t large = (size_t) 4 << 20;
  g_autofree uint8_t *body = g_malloc (large);

  for (size_t i = 0; i < large; i++)
    body[i] = (uint8_t) (i ^ i >> 8);
  for (int type = RMQ_SERIALIZE_JSON; type <= RMQ_SERIALIZE_BINARY; type++)
    {
      check_body ((RmqSerializeType) type, body, large);
      check_body ((RmqSerializeType) type, body, 256);
      check_body ((RmqSerializeType) type, body, 1);
      check_body ((RmqSerializeType) type, body, 0);
    }
}

static void
test_large_codes_are_json (void)
{
  static const int codes[] = { 200050, 200151, 32768, -1000, 32767 };
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
      RmqFrameHead head = { .code = codes[i], .serialize_type = RMQ_SERIALIZE_BINARY };
      RmqFrame frame;

      g_assert_true (_rmq_frame_write (&out, &head, NULL, 0, RMQ_SLICE_NULL, NULL));
      g_assert_true (_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL));
      g_assert_cmpint (frame.code, ==, codes[i]);
      g_assert_cmpint (frame.serialize_type, ==, codes[i] > 32767 ? RMQ_SERIALIZE_JSON : RMQ_SERIALIZE_BINARY);
    }
}

static void
test_tolerance (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  RmqFrame frame;

  decode_json (decoder, "{\"code\":0,\"foo\":{\"x\":[1,2]},\"serializeTypeCurrentRPC\":\"JSON\",\"opaque\":9}", &frame);
  g_assert_cmpint (frame.opaque, ==, 9);
  g_assert_false (frame.has_ext);

  decode_json (decoder, "{\"extFields\":{\"a\":12,\"b\":true,\"c\":{\"d\":[1]},\"e\":null},\"language\":9}", &frame);
  assert_ext (&frame, "a", "12");
  assert_ext (&frame, "b", "true");
  assert_ext (&frame, "c", "{\"d\":[1]}");
  assert_ext (&frame, "e", NULL);
  g_assert_cmpint (frame.language, ==, RMQ_LANGUAGE_GO);

  decode_json (decoder, "{\"language\":\"ZIG\",\"version\":1}", &frame);
  g_assert_cmpint (frame.language, ==, RMQ_LANGUAGE_UNKNOWN);
  decode_json (decoder, "{\"language\":99}", &frame);
  g_assert_cmpint (frame.language, ==, RMQ_LANGUAGE_UNKNOWN);
}

/* Text reaches the caller unescaped, as valid UTF-8, whichever way it was read. */
static void
test_text (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  RmqFrame frame;

  decode_json (decoder, "{\"remark\":\"\\u7cfb\\ud83d\\ude00\\/\\u0001\\\"\",\"extFields\":{\"a\\tb\":\"\\ud83d!\"}}",
               &frame);
  g_assert_cmpmem (frame.remark.data, frame.remark.len, "系😀/\x01\"", 10);
  assert_ext (&frame, "a\tb", "\xef\xbf\xbd!");

  decode_json (decoder,
               "{\"remark\":\"a\xff"
               "b\xc3\xa9\",\"extFields\":{\"k\xfe\":\"\\n\"}}",
               &frame);
  g_assert_cmpmem (frame.remark.data, frame.remark.len,
                   "a\xef\xbf\xbd"
                   "b\xc3\xa9",
                   7);
  assert_ext (&frame, "k\xef\xbf\xbd", "\n");

  decode_json (decoder, "{\"remark\":\"\\u0000\"}", &frame);
  g_assert_cmpmem (frame.remark.data, frame.remark.len, "\0", 1);
}

static void
test_flags (void)
{
  static const int flags[] = { 0, RMQ_FRAME_FLAG_RESPONSE, RMQ_FRAME_FLAG_ONEWAY, 3 };
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();

  for (int i = 0; i < 4; i++)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
      RmqFrameHead head = { .code = 1, .flag = flags[i] };
      RmqFrame frame;

      g_assert_true (_rmq_frame_write (&out, &head, NULL, 0, RMQ_SLICE_NULL, NULL));
      g_assert_true (_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL));
      g_assert_true (rmq_frame_is_response (&frame) == ((flags[i] & 1) != 0));
      g_assert_true (rmq_frame_is_oneway (&frame) == ((flags[i] & 2) != 0));
    }
}

/* As a channel reads: bytes come in pieces of any size, frames go out whole. */
static unsigned
read_stream (const uint8_t *data, size_t len, size_t piece)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  size_t start = 0;
  unsigned n = 0;

  for (size_t received = MIN (piece, len);; received = MIN (received + piece, len))
    {
      g_autoptr (GError) error = NULL;
      size_t total;
      RmqFrame frame;

      for (;;)
        {
          g_assert_true (_rmq_frame_peek_length (data + start, received - start, &total, &error));
          if (total == 0 || received - start < total)
            break;
          g_assert_true (_rmq_frame_decode (decoder, data + start, total, &frame, &error));
          g_assert_cmpint (frame.opaque, ==, (int) n);
          start += total;
          n++;
        }
      if (received == len)
        break;
    }
  g_assert_cmpuint (start, ==, len);
  return n;
}

static void
test_stream (void)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);

  for (int i = 0; i < 50; i++)
    {
      g_autofree char *body = g_strnfill ((size_t) i * 7, 'x');
      RmqExtField ext = { RMQ_SLICE_LITERAL ("key"), RMQ_SLICE_LITERAL ("value \x01") };
      RmqFrameHead head = { .code = i, .opaque = i, .serialize_type = (RmqSerializeType) (i % 2) };

      g_assert_true (_rmq_frame_write (&out, &head, &ext, 1, rmq_slice_from_string (body), NULL));
    }
  g_assert_cmpuint (read_stream (out.data, out.len, 1), ==, 50);
  g_assert_cmpuint (read_stream (out.data, out.len, 13), ==, 50);
  g_assert_cmpuint (read_stream (out.data, out.len, out.len), ==, 50);
}

static void
assert_refused (const void *data, size_t len)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqFrame frame;

  g_assert_false (_rmq_frame_decode (decoder, data, len, &frame, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_broken_frames (void)
{
  g_autoptr (GByteArray) not_json = make_frame (0, "hello", 5, NULL);
  g_autoptr (GByteArray) cut = make_frame (0, golden_header, sizeof golden_header - 2, NULL);
  g_autoptr (GError) error = NULL;
  size_t total;

  assert_refused ("\x00\x00\x00\x03\x00\x00\x00", 7);
  assert_refused ("\x00\x00\x00\x06\x00\x00\x00\x03{}", 10);
  assert_refused ("\x00\x00\x00\x06\x02\x00\x00\x02{}", 10);
  assert_refused ("\x00\x00\x00\x07\x00\x00\x00\x02{}", 10);
  assert_refused (not_json->data, not_json->len);
  assert_refused (cut->data, cut->len);

  /* Each is known as soon as the bytes that show it are here. */
  g_assert_true (_rmq_frame_peek_length ("\x00\x00\x00", 3, &total, NULL));
  g_assert_cmpuint (total, ==, 0);
  g_assert_false (_rmq_frame_peek_length ("\x00\x00\x00\x03", 4, &total, NULL));
  g_assert_false (_rmq_frame_peek_length ("HTTP/1.1", 4, &total, NULL));
  g_assert_false (_rmq_frame_peek_length ("\x00\x00\x00\x10\x16", 5, &total, NULL));
  g_assert_false (_rmq_frame_peek_length ("\x00\x00\x00\x10\x00\x00\x00\x0d", 8, &total, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_assert_true (_rmq_frame_peek_length ("\x00\x00\x00\x10\x00\x00\x00\x0c", 8, &total, NULL));
  g_assert_cmpuint (total, ==, 20);
}

static void
test_limits (void)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);
  g_autofree char *text = g_strnfill (RMQ_FRAME_MAX_LENGTH, 'x');
  RmqExtField ext = { RMQ_SLICE_LITERAL ("k"), rmq_slice (text, RMQ_FRAME_MAX_LENGTH) };
  RmqFrameHead head = { .code = 1 };
  RmqFrameWriter writer;
  g_autoptr (GError) error = NULL;
  size_t total;
  size_t header_len;

  g_assert_true (_rmq_frame_peek_length ("\x00\xff\xff\xfc", 4, &total, NULL));
  g_assert_cmpuint (total, ==, RMQ_FRAME_MAX_LENGTH);
  g_assert_false (_rmq_frame_peek_length ("\x00\xff\xff\xfd", 4, &total, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_assert_cmpuint (total, ==, 0);
  g_clear_error (&error);

  /* What no peer would read is not written, and leaves nothing behind. */
  rmq_byte_writer_string (&out, "before");
  g_assert_false (_rmq_frame_write (&out, &head, &ext, 1, RMQ_SLICE_NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpmem (out.data, out.len, "before", 6);
  g_clear_error (&error);

  _rmq_frame_begin (&writer, &out, &head);
  header_len = out.len - 6 - 8 + 1;
  g_assert_false (_rmq_frame_end (&writer, RMQ_FRAME_MAX_LENGTH - 8 - header_len + 1, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpuint (out.len, ==, 6);
  _rmq_frame_begin (&writer, &out, &head);
  g_assert_true (_rmq_frame_end (&writer, RMQ_FRAME_MAX_LENGTH - 8 - header_len, NULL));
}

static void
test_too_many_ext_fields (void)
{
  g_autoptr (GString) header = g_string_new ("{\"extFields\":{");
  g_autoptr (GByteArray) bytes = NULL;

  for (unsigned i = 0; i <= RMQ_FRAME_MAX_EXT_FIELDS; i++)
    g_string_append_printf (header, "%s\"%u\":\"\"", i > 0 ? "," : "", i);
  g_string_append (header, "}}");
  bytes = make_frame (0, header->str, header->len, NULL);
  assert_refused (bytes->data, bytes->len);

  /* The tree parser's way as well. */
  g_string_insert (header, 1, "\"x\":[],");
  g_byte_array_unref (bytes);
  bytes = make_frame (0, header->str, header->len, NULL);
  assert_refused (bytes->data, bytes->len);
}

/* An unusual frame must not change how the next one is read. */
static void
test_decoder_is_reused (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GString) long_text = g_string_new ("{\"remark\":\"\\n");
  RmqFrame frame;

  for (int i = 0; i < 100000; i++)
    g_string_append (long_text, "\\t");
  g_string_append (long_text, "\"}");

  for (int round = 0; round < 3; round++)
    {
      decode_json (decoder, long_text->str, &frame);
      g_assert_cmpuint (frame.remark.len, ==, 100001);
      decode_json (decoder, "{'code':1,'extFields':{'a':{'b':1}}}", &frame);
      assert_ext (&frame, "a", "{\"b\":1}");
      decode_json (decoder, golden_header, &frame);
      assert_ext (&frame, "topic", "TopicA");
      g_assert_cmpuint (frame.n_ext, ==, 2);
      decode_json (decoder, "{}", &frame);
      g_assert_cmpuint (frame.n_ext, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/frame/C-CODEC-001/golden-json", test_golden_json);
  g_test_add_func ("/wire/frame/C-CODEC-002/bodies", test_bodies);
  g_test_add_func ("/wire/frame/C-CODEC-004/golden-binary", test_golden_binary);
  g_test_add_func ("/wire/frame/C-CODEC-005/binary-entries", test_binary_entries);
  g_test_add_func ("/wire/frame/C-CODEC-007/large-codes-are-json", test_large_codes_are_json);
  g_test_add_func ("/wire/frame/C-CODEC-008/tolerance", test_tolerance);
  g_test_add_func ("/wire/frame/C-CODEC-009/flags", test_flags);
  g_test_add_func ("/wire/frame/C-CODEC-014/stream", test_stream);
  g_test_add_func ("/wire/frame/C-CODEC-015/broken-frames", test_broken_frames);
  g_test_add_func ("/wire/frame/C-CODEC-016/limits", test_limits);
  g_test_add_func ("/wire/frame/text", test_text);
  g_test_add_func ("/wire/frame/too-many-ext-fields", test_too_many_ext_fields);
  g_test_add_func ("/wire/frame/decoder-is-reused", test_decoder_is_reused);
  return g_test_run ();
}
