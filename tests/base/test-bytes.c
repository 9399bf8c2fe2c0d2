/* SPDX-License-Identifier: Apache-2.0
 *
 * Slices, the byte reader, the byte writer, and UTF-8: bounds above all.
 */
#include "base/rmq-byte-reader-private.h"
#include "base/rmq-utf8-private.h"
#include "rmq-test.h"

static void
test_slice (void)
{
  g_autofree char *copy = rmq_slice_dup (rmq_slice ("abcd", 3));

  g_assert_cmpstr (copy, ==, "abc");
  g_assert_null (rmq_slice_dup (RMQ_SLICE_NULL));
  g_assert_false (rmq_slice_equal (RMQ_SLICE_NULL, RMQ_SLICE_LITERAL ("")));
  g_assert_true (rmq_slice_equal (RMQ_SLICE_NULL, rmq_slice_from_string (NULL)));
  g_assert_true (rmq_slice_equal (RMQ_SLICE_LITERAL ("a\0b"), rmq_slice ("a\0bc", 3)));
  g_assert_false (rmq_slice_equal_string (RMQ_SLICE_LITERAL ("a\0b"), "a"));
  g_assert_false (rmq_slice_equal_string (RMQ_SLICE_NULL, ""));
  g_assert_true (rmq_slice_equal_string (RMQ_SLICE_LITERAL (""), ""));
}

static void
test_reader (void)
{
  static const uint8_t data[] = { 0xff, 0x80, 1, 0x80, 0, 0, 2, 0x80, 0, 0, 0, 0, 0, 0, 3, 'x', 'y', 0xff, 0xff, 0xff };
  RmqByteReader reader;

  rmq_byte_reader_init (&reader, data, sizeof data);
  g_assert_cmpuint (rmq_byte_reader_u8 (&reader), ==, 0xff);
  g_assert_cmpint (rmq_byte_reader_i16 (&reader), ==, -32767);
  g_assert_cmpint (rmq_byte_reader_i32 (&reader), ==, G_MININT32 + 2);
  g_assert_cmpint (rmq_byte_reader_i64 (&reader), ==, G_MININT64 + 3);
  g_assert_true (rmq_slice_equal_string (rmq_byte_reader_slice (&reader, 2), "xy"));
  g_assert_cmpuint (rmq_byte_reader_left (&reader), ==, 3);
  g_assert_false (reader.failed);

  /* A read that does not fit moves nothing and spoils the reader for good. */
  g_assert_cmpuint (rmq_byte_reader_u32 (&reader), ==, 0);
  g_assert_true (reader.failed);
  g_assert_cmpuint (rmq_byte_reader_left (&reader), ==, 3);
  g_assert_cmpuint (rmq_byte_reader_u8 (&reader), ==, 0);
  g_assert_cmpuint (rmq_byte_reader_u16 (&reader), ==, 0);
  g_assert_cmpuint (rmq_byte_reader_u64 (&reader), ==, 0);
  g_assert_null (rmq_byte_reader_slice (&reader, 0).data);
}

static void
test_reader_huge (void)
{
  static const uint8_t data[4] = { 0 };
  RmqByteReader reader;

  rmq_byte_reader_init (&reader, data, sizeof data);
  g_assert_nonnull (rmq_byte_reader_take (&reader, 2));
  g_assert_null (rmq_byte_reader_take (&reader, G_MAXSIZE));
  rmq_byte_reader_init (&reader, data, sizeof data);
  g_assert_null (rmq_byte_reader_take (&reader, (size_t) -1));
  rmq_byte_reader_init (&reader, NULL, 0);
  g_assert_null (rmq_byte_reader_take (&reader, 1));
}

static void
test_writer (void)
{
  g_auto (RmqByteWriter) writer = RMQ_BYTE_WRITER_INIT (1000);
  g_autoptr (GBytes) bytes = NULL;
  static const uint8_t expected[] = {
    0, 0, 0, 20, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 8, 'a', 'b', 'c', 'd', 'e'
  };

  rmq_byte_writer_u32 (&writer, 0);
  rmq_byte_writer_u8 (&writer, 1);
  rmq_byte_writer_u16 (&writer, 0x0203);
  rmq_byte_writer_u32 (&writer, 0x04050607);
  rmq_byte_writer_u64 (&writer, 8);
  rmq_byte_writer_string (&writer, "ab");
  rmq_byte_writer_slice (&writer, RMQ_SLICE_NULL);
  rmq_byte_writer_slice (&writer, RMQ_SLICE_LITERAL ("cde"));
  rmq_byte_writer_bytes (&writer, NULL, 0);
  rmq_byte_writer_patch_u32 (&writer, 0, 20);
  rmq_byte_writer_patch_u32 (&writer, writer.len - 3, 1);
  rmq_byte_writer_patch_u32 (&writer, G_MAXSIZE, 1);
  g_assert_cmpmem (writer.data, writer.len, expected, sizeof expected);
  bytes = _rmq_byte_writer_steal (&writer);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, sizeof expected);
  g_assert_cmpuint (writer.len, ==, 0);
  rmq_byte_writer_u8 (&writer, 9);
  g_assert_cmpuint (writer.len, ==, 1);
}

/* Whatever the limit and the sizes: never beyond it, and what was there stays. */
static void
test_writer_limit (void)
{
  uint64_t seed = 3;

  for (unsigned round = 0; round < 2000; round++)
    {
      size_t limit = rmq_test_random_below (&seed, 3000);
      g_auto (RmqByteWriter) writer = RMQ_BYTE_WRITER_INIT (limit);
      uint8_t block[600];

      while (!writer.failed)
        {
          size_t n = 1 + rmq_test_random_below (&seed, sizeof block);
          size_t before = writer.len;

          memset (block, (int) (before & 0xff), n);
          rmq_byte_writer_bytes (&writer, block, n);
          g_assert_cmpuint (writer.len, ==, n <= limit - before ? before + n : before);
          g_assert_cmpuint (writer.allocated, <=, limit);
          g_assert_cmpint (writer.failed, ==, n > limit - before);
          if (!writer.failed)
            g_assert_cmpuint (writer.data[before], ==, before & 0xff);
        }
      rmq_byte_writer_u8 (&writer, 1);
      g_assert_true (writer.failed);
      g_assert_false (_rmq_byte_writer_grow (&writer, G_MAXSIZE));
    }
}

static void
test_writer_empty (void)
{
  g_auto (RmqByteWriter) none = RMQ_BYTE_WRITER_INIT (0);
  g_auto (RmqByteWriter) huge = RMQ_BYTE_WRITER_INIT (G_MAXSIZE);
  g_autoptr (GBytes) bytes = NULL;

  rmq_byte_writer_string (&none, "");
  g_assert_false (none.failed);
  rmq_byte_writer_u8 (&none, 1);
  g_assert_true (none.failed);
  bytes = _rmq_byte_writer_steal (&none);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 0);

  rmq_byte_writer_u8 (&huge, 1);
  g_assert_false (_rmq_byte_writer_grow (&huge, G_MAXSIZE));
  g_assert_cmpuint (huge.len, ==, 1);
}

static void
test_utf8_valid (void)
{
  static const char *const valid[] = {
    "",
    "plain ascii, more than eight bytes",
    "\xc2\x80",
    "\xdf\xbf",
    "\xe0\xa0\x80",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf0\x90\x80\x80",
    "\xf4\x8f\xbf\xbf",
  };
  static const char *const invalid[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf",
    "\xe0\x9f\xbf",
    "\xed\xa0\x80",
    "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xff",
    "\xc2",
    "\xe4\xb8",
    "\xf0\x9f\x9a",
    "\xc2\x41",
    "12345678\xff",
    "1234567\xe4\xb8",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (valid); i++)
    g_assert_true (_rmq_utf8_is_valid (valid[i], strlen (valid[i])));
  for (unsigned i = 0; i < G_N_ELEMENTS (invalid); i++)
    g_assert_false (_rmq_utf8_is_valid (invalid[i], strlen (invalid[i])));
  g_assert_true (_rmq_utf8_is_valid ("a\0b", 3));
}

/* The same verdict as GLib's on noise, and a repair that is valid and leaves valid text alone. */
static void
test_utf8_random (void)
{
  uint64_t seed = 11;
  static const uint8_t interesting[] = { 'a', 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xf0, 0x90, 0xf4, 0x8f, 0xff };

  for (unsigned round = 0; round < 20000; round++)
    {
      size_t len = rmq_test_random_below (&seed, 24);
      g_autofree char *text = g_malloc (len + 1);
      g_auto (RmqByteWriter) repaired = RMQ_BYTE_WRITER_INIT (100);
      bool valid;

      for (size_t i = 0; i < len; i++)
        text[i] = (char) interesting[rmq_test_random_below (&seed, sizeof interesting)];
      valid = g_utf8_validate_len (text, len, NULL);
      g_assert_cmpint (_rmq_utf8_is_valid (text, len), ==, valid);
      _rmq_utf8_append_valid (&repaired, text, len);
      g_assert_true (_rmq_utf8_is_valid (repaired.data, repaired.len));
      g_assert_cmpuint (repaired.len, <=, 3 * len);
      if (valid)
        g_assert_cmpmem (repaired.data, repaired.len, text, len);
    }
}

static void
test_utf8_encode (void)
{
  for (gunichar c = 0; c < 0x110000; c++)
    {
      char ours[4];
      char theirs[6];
      unsigned n;

      if (c >= 0xd800 && c < 0xe000)
        continue;
      n = rmq_utf8_encode (ours, c);
      g_assert_cmpmem (ours, n, theirs, (size_t) g_unichar_to_utf8 (c, theirs));
      if (rmq_utf8_char_length ((uint8_t *) ours, (uint8_t *) ours + n) != n)
        g_error ("U+%04X", c);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bytes/slice", test_slice);
  g_test_add_func ("/bytes/reader", test_reader);
  g_test_add_func ("/bytes/reader/huge", test_reader_huge);
  g_test_add_func ("/bytes/writer", test_writer);
  g_test_add_func ("/bytes/writer/limit", test_writer_limit);
  g_test_add_func ("/bytes/writer/empty", test_writer_empty);
  g_test_add_func ("/bytes/utf8/valid", test_utf8_valid);
  g_test_add_func ("/bytes/utf8/random", test_utf8_random);
  g_test_add_func ("/bytes/utf8/encode", test_utf8_encode);
  return g_test_run ();
}
