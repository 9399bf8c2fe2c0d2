/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of records into messages: the golden record, damage anywhere, checksums, compression, inner batches, and what
 * a message keeps in memory.
 */
#include "rmq-test-codec.h"
#include "test-records.h"

#include "rmq-test.h"
#include "wire/rmq-batch-private.h"

#define N_RECORDS 32
#define MIB (1024 * 1024)

static const char golden_hex[] =
    "0000009ddaa320a73610a6860000000300000000000000000000002a000000000001e240000000000000018bcfe56800c0a8010a"
    "0000d4310000018bcfe568057f00000100002a9f0000000000000000000000000000000568656c6c6f09546f7069635465737400"
    "3454414753015461674102554e49515f4b455901374630303030303130353339313233343536373830303336454538303030303102";

static GBytes *
from_hex (const char *hex)
{
  size_t len = strlen (hex) / 2;
  uint8_t *bytes = g_malloc (len);

  for (size_t i = 0; i < len; i++)
    bytes[i] = (uint8_t) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new_take (bytes, len);
}

static GBytes *
to_bytes (GByteArray *array)
{
  return g_byte_array_free_to_bytes (array);
}

static void
test_golden (void)
{
  g_autoptr (GBytes) bytes = from_hex (golden_hex);
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_autoptr (GError) error = NULL;
  g_autofree char *born = NULL;
  g_autofree char *store = NULL;
  g_autofree char *text = NULL;
  g_autofree char *offset_id = NULL;
  RmqMessage *message;
  RmqRecord record;

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 157);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 1);
  message = messages->pdata[0];
  g_assert_cmpstr (rmq_message_get_topic (message), ==, "TopicTest");
  g_assert_cmpint (rmq_message_get_queue_id (message), ==, 3);
  g_assert_cmpint (rmq_message_get_queue_offset (message), ==, 42);
  g_assert_cmpint (rmq_message_get_commit_log_offset (message), ==, 123456);
  g_assert_cmpint (rmq_message_get_born_timestamp (message), ==, 1700000000000);
  g_assert_cmpint (rmq_message_get_store_timestamp (message), ==, 1700000000005);
  g_assert_cmpint (rmq_message_get_flag (message), ==, 0);
  g_assert_cmpint (rmq_message_get_sys_flag (message), ==, 0);
  g_assert_cmpint (rmq_message_get_reconsume_times (message), ==, 0);
  g_assert_cmpuint (rmq_message_get_body_crc (message), ==, 0x3610A686);
  g_assert_cmpstr (rmq_message_get_tag (message), ==, "TagA");
  g_assert_cmpstr (rmq_message_get_unique_id (message), ==, "7F0000010539123456780036EE800001");
  born = rmq_message_dup_born_host (message);
  store = rmq_message_dup_store_host (message);
  text = rmq_message_dup_text (message);
  offset_id = rmq_message_dup_offset_id (message);
  g_assert_cmpstr (born, ==, "192.168.1.10:54321");
  g_assert_cmpstr (store, ==, "127.0.0.1:10911");
  g_assert_cmpstr (text, ==, "hello");
  g_assert_cmpstr (offset_id, ==, "7F00000100002A9F000000000001E240");
  g_assert_true (rmq_message_is_sealed (message));
  g_assert_false (rmq_message_is_corrupt (message));

  g_assert_true (_rmq_record_decode (&record, g_bytes_get_data (bytes, NULL), 157, 0, &error));
  g_assert_true (_rmq_record_encode (&record, &out));
  g_assert_cmpmem (out.data, out.len, g_bytes_get_data (bytes, NULL), 157);
}

/* Both widths of hosts in either place, and how the ids and texts come out. */
static void
test_ipv6 (void)
{
  const RmqHost v6 = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 10911, true };
  RmqRecord born6 = test_record (1);
  RmqRecord store6 = test_record (2);
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_autofree char *born = NULL;
  g_autofree char *id4 = NULL;
  g_autofree char *id6 = NULL;

  born6.born_host = v6;
  store6.store_host = v6;
  test_record_append (body, born6);
  test_record_append (body, store6);
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  g_assert_cmpint (rmq_message_get_sys_flag (messages->pdata[0]), ==, RMQ_SYS_FLAG_BORN_HOST_V6);
  g_assert_cmpint (rmq_message_get_sys_flag (messages->pdata[1]), ==, RMQ_SYS_FLAG_STORE_HOST_V6);
  born = rmq_message_dup_born_host (messages->pdata[0]);
  g_assert_cmpstr (born, ==, "[2001:db8::1]:10911");
  id4 = rmq_message_dup_offset_id (messages->pdata[0]);
  id6 = rmq_message_dup_offset_id (messages->pdata[1]);
  g_assert_cmpuint (strlen (id4), ==, 32);
  g_assert_cmpuint (strlen (id6), ==, 56);
}

static void
test_v2 (void)
{
  g_autofree char *topic = g_strnfill (200, 't');
  RmqRecord record = test_record (5);
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  record.topic = rmq_slice_from_string (topic);
  test_record_append (body, record);
  test_record_append (body, test_record (6));
  g_assert_cmpint (body->data[7], ==, 0xAB);
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  g_assert_cmpuint (messages->len, ==, 2);
  g_assert_cmpstr (rmq_message_get_topic (messages->pdata[0]), ==, topic);
  g_assert_cmpstr (rmq_message_get_topic (messages->pdata[1]), ==, "TopicTest");
}

typedef void (*Damage) (GByteArray *body, size_t start, size_t end);

static void
put_u32 (GByteArray *body, size_t at, uint32_t value)
{
  value = GUINT32_TO_BE (value);
  memcpy (body->data + at, &value, sizeof value);
}

static void
cut (GByteArray *body, size_t start, size_t end)
{
  g_byte_array_set_size (body, (unsigned) end - 20);
}

static void
cut_inside_length (GByteArray *body, size_t start, size_t end)
{
  g_byte_array_set_size (body, (unsigned) start + 3);
}

static void
wrong_magic (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 4, 0xDAA320A8);
}

static void
blank_magic (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 4, RMQ_RECORD_MAGIC_BLANK);
}

static void
negative_size (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start, 0xFFFFFFFF);
}

static void
size_too_small (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start, 90);
}

static void
size_off_by_one (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start, (uint32_t) (end - start + 1));
}

static void
negative_body_length (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 84, 0x80000000);
}

static void
huge_body_length (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 84, 0x7FFFFFFF);
}

static void
body_length_off_by_one (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 84, 4);
}

static void
port_out_of_range (GByteArray *body, size_t start, size_t end)
{
  put_u32 (body, start + 52, 65536);
}

static void
wide_host (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 39] |= RMQ_SYS_FLAG_BORN_HOST_V6;
}

static void
empty_topic (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 93] = 0;
}

static void
negative_topic_length (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 93] = 0x89;
}

static void
negative_properties_length (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 103] = 0x80;
}

static void
long_properties (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 103] = 0x7F;
}

static void
negative_queue_offset (GByteArray *body, size_t start, size_t end)
{
  body->data[start + 20] = 0x80;
}

static const struct
{
  const char *name;
  Damage damage;
} damages[] = {
  { "cut", cut },
  { "cut-inside-length", cut_inside_length },
  { "wrong-magic", wrong_magic },
  { "blank-magic", blank_magic },
  { "negative-size", negative_size },
  { "size-too-small", size_too_small },
  { "size-off-by-one", size_off_by_one },
  { "negative-body-length", negative_body_length },
  { "huge-body-length", huge_body_length },
  { "body-length-off-by-one", body_length_off_by_one },
  { "port-out-of-range", port_out_of_range },
  { "host-wider-than-record", wide_host },
  { "empty-topic", empty_topic },
  { "negative-topic-length", negative_topic_length },
  { "negative-properties-length", negative_properties_length },
  { "long-properties", long_properties },
  { "negative-queue-offset", negative_queue_offset },
};

/* 32 records of which the 20th is damaged. */
static void
test_damage (const void *data)
{
  Damage damage = damages[GPOINTER_TO_SIZE (data)].damage;
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_autoptr (RmqMessage) before = rmq_message_new_text ("T", "kept");
  g_autoptr (GError) error = NULL;
  g_autofree char *place = NULL;
  RmqDecodeStats stats;
  size_t start = 0;
  size_t end = 0;

  for (int i = 0; i < N_RECORDS; i++)
    {
      if (i == 19)
        start = body->len;
      test_record_append (body, test_record (i));
      if (i == 19)
        end = body->len;
    }
  damage (body, start, end);
  bytes = to_bytes (body);
  g_ptr_array_add (messages, rmq_message_ref (before));
  g_assert_false (test_decode (bytes, NULL, messages, &stats, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  place = g_strdup_printf ("byte %zu", start);
  g_assert_nonnull (strstr (error->message, place));
  g_assert_cmpuint (stats.error_offset, ==, start);
  g_assert_cmpuint (messages->len, ==, 1);
  g_assert_true (messages->pdata[0] == before);
}

/* Whatever byte is hit: an error, or bodies that are right. */
static void
test_every_byte (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) good = NULL;
  gsize len;

  for (int i = 0; i < 3; i++)
    test_record_append (body, test_record (i));
  good = to_bytes (body);
  len = g_bytes_get_size (good);
  for (size_t at = 0; at < len; at++)
    for (int bit = 0; bit < 8; bit++)
      {
        uint8_t *copy = g_memdup2 (g_bytes_get_data (good, NULL), len);
        g_autoptr (GBytes) bytes = g_bytes_new_take (copy, len);
        g_autoptr (GPtrArray) messages = test_messages_new ();
        g_autoptr (GError) error = NULL;

        copy[at] ^= (uint8_t) (1 << bit);
        if (!test_decode (bytes, NULL, messages, NULL, &error))
          {
            g_assert_true (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL)
                           || g_error_matches (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE));
            g_assert_cmpuint (messages->len, ==, 0);
            continue;
          }
        g_assert_cmpuint (messages->len, ==, 3);
        for (unsigned i = 0; i < 3; i++)
          if (!rmq_message_is_corrupt (messages->pdata[i]))
            {
              RmqSlice text = _rmq_message_peek_body (messages->pdata[i]);

              g_assert_cmpmem (text.data, text.len, "hello", 5);
            }
      }
}

static void
test_crc (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_autoptr (GError) error = NULL;
  RmqDecodeContext mark = { .flags = RMQ_DECODE_CRC_MARK };
  RmqDecodeContext skip = { .flags = RMQ_DECODE_CRC_SKIP };
  RmqDecodeStats stats;
  RmqRecord bad = test_record (1);

  bad.body_crc = 0x3610A687;
  test_record_append (body, test_record (0));
  test_record_append (body, bad);
  test_record_append (body, test_record (2));
  bytes = to_bytes (body);

  g_assert_false (test_decode (bytes, NULL, messages, &stats, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
  g_assert_cmpuint (messages->len, ==, 0);

  g_assert_true (test_decode (bytes, &mark, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 3);
  g_assert_cmpuint (stats.n_corrupt, ==, 1);
  for (unsigned i = 0; i < 3; i++)
    g_assert_cmpint (rmq_message_is_corrupt (messages->pdata[i]), ==, i == 1);

  g_ptr_array_set_size (messages, 0);
  g_assert_true (test_decode (bytes, &skip, messages, &stats, NULL));
  g_assert_cmpuint (stats.n_corrupt, ==, 0);
}

static void
append_compressed (GByteArray *body, int64_t offset, int sys_flag, RmqCompression type, RmqSlice plain)
{
  g_autoptr (GBytes) packed = NULL;
  RmqRecord record = test_record (offset);

  g_assert_true (rmq_test_codec_table.compress (NULL, type, 5, (const uint8_t *) plain.data, plain.len, &packed, NULL));
  record.sys_flag = sys_flag;
  record.body.data = g_bytes_get_data (packed, &record.body.len);
  test_record_append (body, record);
}

/* All four flags, and gzip where zlib is announced (C-MSG-007). */
static void
test_compressed (void)
{
  static const struct
  {
    int sys_flag;
    RmqCompression type;
  } kinds[] = {
    { 0x001, RMQ_COMPRESSION_ZLIB }, { 0x101, RMQ_COMPRESSION_LZ4 },  { 0x201, RMQ_COMPRESSION_ZSTD },
    { 0x301, RMQ_COMPRESSION_ZLIB }, { 0x001, RMQ_COMPRESSION_GZIP }, { 0x301, RMQ_COMPRESSION_GZIP },
  };
  RmqDecodeContext context = { .compression = &rmq_test_codec_table };
  g_autofree char *plain = g_strnfill (10000, 'x');
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    append_compressed (body, (int64_t) i, kinds[i].sys_flag, kinds[i].type, rmq_slice (plain, 10000));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, &context, messages, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *text = rmq_message_dup_text (messages->pdata[i]);

      g_assert_false (rmq_message_is_corrupt (messages->pdata[i]));
      g_assert_cmpstr (text, ==, plain);
      g_assert_cmpuint (rmq_message_get_body_size (messages->pdata[i]), ==, 10000);
      g_assert_cmpint (rmq_message_get_sys_flag (messages->pdata[i]), ==, kinds[i].sys_flag & ~1);
      g_assert_cmpstr (rmq_message_get_tag (messages->pdata[i]), ==, "TagA");
    }
}

/* Unknown types, damaged and cut streams, streams with something behind, and no compressor at all. */
static void
test_corrupt_compression (void)
{
  RmqDecodeContext context = { .compression = &rmq_test_codec_table };
  RmqDecodeContext nothing = { .compression = NULL };
  g_autofree char *plain = g_strnfill (1000, 'x');
  g_autoptr (GBytes) packed = NULL;
  g_autofree char *longer = NULL;
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  RmqDecodeStats stats;
  RmqRecord record = test_record (0);
  gsize len;
  const char *data;

  g_assert_true (rmq_test_codec_table.compress (NULL, RMQ_COMPRESSION_ZLIB, 5, (uint8_t *) plain, 1000, &packed, NULL));
  data = g_bytes_get_data (packed, &len);
  longer = g_malloc0 (len + 3);
  memcpy (longer, data, len);

  test_record_append (body, record);
  record.sys_flag = 0x401; /* no such type */
  test_record_append (body, record);
  record.sys_flag = 0x701;
  test_record_append (body, record);
  record.sys_flag = 0x301; /* "hello" is no zlib stream */
  test_record_append (body, record);
  record.body = rmq_slice (data, len - 2);
  test_record_append (body, record);
  record.body = rmq_slice (longer, len + 3);
  test_record_append (body, record);
  test_record_append (body, test_record (9));
  bytes = to_bytes (body);

  g_assert_true (test_decode (bytes, &context, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 7);
  g_assert_cmpuint (stats.n_corrupt, ==, 5);
  for (unsigned i = 0; i < 7; i++)
    g_assert_cmpint (rmq_message_is_corrupt (messages->pdata[i]), ==, i != 0 && i != 6);
  g_assert_cmpint (rmq_message_get_sys_flag (messages->pdata[1]), ==, 0x401);
  g_assert_cmpuint (rmq_message_get_body_size (messages->pdata[1]), ==, 5);

  g_ptr_array_set_size (messages, 0);
  g_assert_true (test_decode (bytes, &nothing, messages, &stats, NULL));
  g_assert_cmpuint (stats.n_corrupt, ==, 5);
}

static void
test_decompression_bomb (void)
{
  g_autofree char *zeros = g_malloc0 (16 * MIB);
  g_autoptr (GBytes) packed = NULL;
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  RmqDecodeContext context = { .compression = &rmq_test_codec_table, .max_decompressed = 4 * MIB };
  RmqRecord record = test_record (0);
  RmqDecodeStats stats;

  /* 20 KiB is as far as zlib packs 16 MiB, a thousandth: the cap is a quarter of that. */
  g_assert_true (
      rmq_test_codec_table.compress (NULL, RMQ_COMPRESSION_ZLIB, 9, (uint8_t *) zeros, 16 * MIB, &packed, NULL));
  g_assert_cmpuint (g_bytes_get_size (packed), <, 20 * 1024);
  record.sys_flag = 0x301;
  record.body.data = g_bytes_get_data (packed, &record.body.len);
  test_record_append (body, record);
  test_record_append (body, test_record (1));
  bytes = to_bytes (body);
  rmq_test_codec_peak = 0;
  g_assert_true (test_decode (bytes, &context, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 2);
  g_assert_true (rmq_message_is_corrupt (messages->pdata[0]));
  g_assert_cmpuint (rmq_message_get_body_size (messages->pdata[0]), ==, record.body.len);
  g_assert_false (rmq_message_is_corrupt (messages->pdata[1]));
  g_assert_cmpuint (rmq_test_codec_peak, <, 2 * 4 * MIB);
}

/* Many bodies, each within the limit: together they are bounded too. */
static void
test_decompression_total (void)
{
  g_autofree char *zeros = g_malloc0 (MIB);
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  RmqDecodeContext context = { .compression = &rmq_test_codec_table, .max_decompressed = MIB };
  RmqDecodeStats stats;

  for (int i = 0; i < 10; i++)
    append_compressed (body, i, 0x301, RMQ_COMPRESSION_ZLIB, rmq_slice (zeros, MIB));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, &context, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 10);
  g_assert_cmpuint (stats.n_corrupt, ==, 2);
}

static void
append_inner (GByteArray *body, int64_t base, int n, const char *told)
{
  g_auto (RmqByteWriter) elements = RMQ_BYTE_WRITER_INIT (MIB);
  g_autofree char *properties = g_strdup_printf ("UNIQ_KEY\001outer\002INNER_NUM\001%s\002WAIT\001false\002", told);
  RmqRecord record = test_record (base);

  for (int i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("body %d", i);
      g_autofree char *own = g_strdup_printf ("UNIQ_KEY\001id %d\002", i);
      RmqBatchElement element = { i, rmq_slice_from_string (text), rmq_slice_from_string (own) };

      g_assert_true (_rmq_batch_element_encode (&element, &elements));
    }
  record.sys_flag = RMQ_SYS_FLAG_NEED_UNWRAP | RMQ_SYS_FLAG_INNER_BATCH;
  record.reconsume_times = 4;
  record.body = rmq_slice ((char *) elements.data, elements.len);
  record.properties = rmq_slice_from_string (properties);
  test_record_append (body, record);
}

static void
test_inner_batch (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  RmqDecodeStats stats;

  test_record_append (body, test_record (9));
  append_inner (body, 10, 5, "5");
  test_record_append (body, test_record (15));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 7);
  g_assert_cmpuint (stats.n_inner_batches, ==, 1);
  for (int i = 0; i < 5; i++)
    {
      RmqMessage *message = messages->pdata[1 + i];
      g_autofree char *text = rmq_message_dup_text (message);
      g_autofree char *want = g_strdup_printf ("body %d", i);
      g_autofree char *want_id = g_strdup_printf ("id %d", i);
      g_autofree char *id = rmq_message_dup_message_id (message);

      g_assert_cmpint (rmq_message_get_queue_offset (message), ==, 10 + i);
      g_assert_cmpstr (text, ==, want);
      g_assert_cmpstr (id, ==, want_id);
      g_assert_cmpint (rmq_message_get_flag (message), ==, i);
      g_assert_cmpint (rmq_message_get_born_timestamp (message), ==, 1700000000000);
      g_assert_cmpint (rmq_message_get_store_timestamp (message), ==, 1700000000005);
      g_assert_cmpint (rmq_message_get_reconsume_times (message), ==, 0);
      g_assert_null (rmq_message_dup_offset_id (message));
      g_assert_null (rmq_message_get_property (message, "INNER_NUM"));
      g_assert_cmpstr (rmq_message_get_property (message, "WAIT"), ==, "false");
      g_assert_false (rmq_message_get_wait_store_ok (message));
    }
}

/* One level only: what looks like a batch inside an element is a body. */
static void
test_inner_batch_nested (void)
{
  g_auto (RmqByteWriter) inner = RMQ_BYTE_WRITER_INIT (MIB);
  RmqBatchElement element = { 1, RMQ_SLICE_LITERAL ("deep"), RMQ_SLICE_LITERAL ("A\001b\002") };
  g_auto (RmqByteWriter) outer = RMQ_BYTE_WRITER_INIT (MIB);
  RmqRecord record = test_record (1);
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  g_assert_true (_rmq_batch_element_encode (&element, &inner));
  element.body = rmq_slice ((char *) inner.data, inner.len);
  g_assert_true (_rmq_batch_element_encode (&element, &outer));
  record.sys_flag = RMQ_SYS_FLAG_NEED_UNWRAP | RMQ_SYS_FLAG_INNER_BATCH;
  record.body = rmq_slice ((char *) outer.data, outer.len);
  test_record_append (body, record);
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  g_assert_cmpuint (messages->len, ==, 1);
  g_assert_cmpuint (rmq_message_get_body_size (messages->pdata[0]), ==, inner.len);
}

/* A damaged batch is one corrupt message; its neighbours come. */
static void
test_inner_batch_damaged (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  RmqRecord record = test_record (30);
  RmqDecodeStats stats;

  append_inner (body, 10, 5, "6"); /* the broker counted six */
  record.sys_flag = RMQ_SYS_FLAG_NEED_UNWRAP | RMQ_SYS_FLAG_INNER_BATCH;
  test_record_append (body, record); /* "hello" is no element */
  record.body = rmq_slice ("", 0);
  test_record_append (body, record);
  test_record_append (body, test_record (40));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 4);
  g_assert_cmpuint (stats.n_corrupt, ==, 3);
  g_assert_cmpuint (stats.n_inner_batches, ==, 0);
  for (unsigned i = 0; i < 4; i++)
    g_assert_cmpint (rmq_message_is_corrupt (messages->pdata[i]), ==, i != 3);
}

static void
test_limits (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_autoptr (GError) error = NULL;
  RmqDecodeContext context = { .max_messages = 10 };
  RmqDecodeStats stats;

  append_inner (body, 0, 11, "11");
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, &context, messages, &stats, NULL));
  g_assert_cmpuint (messages->len, ==, 1);
  g_assert_true (rmq_message_is_corrupt (messages->pdata[0]));
  g_clear_pointer (&bytes, g_bytes_unref);
  g_ptr_array_set_size (messages, 0);

  body = g_byte_array_new ();
  for (int i = 0; i < 11; i++)
    test_record_append (body, test_record (i));
  bytes = to_bytes (body);
  g_assert_false (test_decode (bytes, &context, messages, &stats, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_assert_cmpuint (messages->len, ==, 0);
}

static void
test_no_utf8 (void)
{
  RmqRecord record = test_record (1);
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  record.properties = RMQ_SLICE_LITERAL ("TAGS\001a\xff\xc0z\002KEYS\001k\002");
  record.topic = RMQ_SLICE_LITERAL ("T\xfe");
  test_record_append (body, record);
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  g_assert_cmpstr (rmq_message_get_tag (messages->pdata[0]), ==, "a\xef\xbf\xbd\xef\xbf\xbdz");
  g_assert_cmpstr (rmq_message_get_property (messages->pdata[0], "KEYS"), ==, "k");
  g_assert_cmpstr (rmq_message_get_topic (messages->pdata[0]), ==, "T\xef\xbf\xbd");
  g_assert_cmpuint (rmq_message_get_body_size (messages->pdata[0]), ==, 5);
}

typedef struct
{
  uint8_t *data;
  bool *freed;
} Watched;

static void
watched_free (void *data)
{
  Watched *self = data;

  *self->freed = true;
  g_free (self->data);
  g_free (self);
}

/* A buffer of the array and padding; *freed tells when nothing holds it any more. */
static GBytes *
watched_bytes (GByteArray *array, size_t padding, bool *freed)
{
  Watched *self = g_new (Watched, 1);
  gsize len = array->len;

  *freed = false;
  *self = (Watched){ g_realloc (g_byte_array_free (array, FALSE), len + padding), freed };
  memset (self->data + len, 0, padding);
  return g_bytes_new_with_free_func (self->data, len + padding, watched_free, self);
}

/* A body is a slice of the buffer it came in; a small message of a big buffer is not. */
static void
test_pinning (void)
{
  g_autofree char *big = g_strnfill (200 * 1024, 'b');
  g_autoptr (GPtrArray) messages = test_messages_new ();
  GByteArray *body = g_byte_array_new ();
  RmqRecord record = test_record (1);
  RmqMessage *small;
  RmqMessage *large;
  GBytes *bytes;
  bool freed;

  record.body = rmq_slice (big, 200 * 1024);
  test_record_append (body, record);
  test_record_append (body, test_record (2));
  bytes = watched_bytes (body, 0, &freed);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  g_bytes_unref (bytes);
  large = rmq_message_ref (messages->pdata[0]);
  small = rmq_message_ref (messages->pdata[1]);
  g_ptr_array_set_size (messages, 0);
  g_assert_false (freed);
  g_assert_cmpmem (large->raw_body.data, large->raw_body.len, big, 200 * 1024);
  rmq_message_unref (large);
  g_assert_true (freed);
  g_assert_cmpmem (small->raw_body.data, small->raw_body.len, "hello", 5);
  g_assert_cmpstr (rmq_message_get_tag (small), ==, "TagA");
  rmq_message_unref (small);
}

/* A little body in a far bigger buffer is copied once. */
static void
test_big_buffer (void)
{
  g_autoptr (GPtrArray) messages = test_messages_new ();
  GByteArray *body = g_byte_array_new ();
  RmqDecodeContext context = { 0 };
  GBytes *bytes;
  gsize len;
  bool freed;

  for (int i = 0; i < 4; i++)
    test_record_append (body, test_record (i));
  len = body->len;
  bytes = watched_bytes (body, 64 * 1024, &freed);
  g_assert_true (
      _rmq_messages_decode (&context, bytes, rmq_slice (g_bytes_get_data (bytes, NULL), len), messages, NULL, NULL));
  g_bytes_unref (bytes);
  g_assert_true (freed);
  g_assert_true (((RmqMessage *) messages->pdata[0])->buffer == ((RmqMessage *) messages->pdata[3])->buffer);
  g_assert_cmpstr (rmq_message_get_tag (messages->pdata[3]), ==, "TagA");
}

static void
test_budget (void)
{
  RmqBudget *budget = _rmq_budget_new (0);
  RmqDecodeContext context = { .budget = budget };
  g_autoptr (GPtrArray) messages = test_messages_new ();
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (int i = 0; i < 10; i++)
    test_record_append (body, test_record (i));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, &context, messages, NULL, NULL));
  g_assert_cmpuint (_rmq_budget_get_used (budget), >=, 10 * sizeof (RmqMessage));
  _rmq_budget_unref (budget);
  g_ptr_array_set_size (messages, 9);
  g_assert_cmpuint (_rmq_budget_get_used (((RmqMessage *) messages->pdata[0])->budget), ==,
                    9 * (sizeof (RmqMessage) + 52 + 5));
}

static void
test_shared_topic (void)
{
  char *topic = g_ref_string_new_intern ("TopicTest");
  char *broker = g_ref_string_new_intern ("broker-a");
  RmqDecodeContext context = { .topic = topic, .broker_name = broker };
  g_autoptr (GPtrArray) messages = test_messages_new ();
  g_autoptr (RmqMessageQueue) queue = NULL;
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  test_record_append (body, test_record (0));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, &context, messages, NULL, NULL));
  g_ref_string_release (topic);
  g_ref_string_release (broker);
  g_assert_true (rmq_message_get_topic (messages->pdata[0]) == topic);
  queue = rmq_message_dup_queue (messages->pdata[0]);
  g_assert_cmpstr (rmq_message_queue_get_topic (queue), ==, "TopicTest");
  g_assert_cmpstr (rmq_message_queue_get_broker_name (queue), ==, "broker-a");
  g_assert_cmpint (rmq_message_queue_get_queue_id (queue), ==, 3);
}

typedef struct
{
  RmqMessage *message;
  GBytes *body;
  const char *tag;
  int *ready;
} Reader;

static void *
read_message (void *data)
{
  Reader *self = data;

  g_atomic_int_inc (self->ready);
  while (g_atomic_int_get (self->ready) < 4)
    g_thread_yield ();
  self->tag = rmq_message_get_tag (self->message);
  self->body = rmq_message_get_body (self->message);
  return NULL;
}

/* Body and strings are made once, by whichever thread comes first. */
static void
test_lazy (void)
{
  GByteArray *body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  for (int i = 0; i < 50; i++)
    test_record_append (body, test_record (i));
  bytes = to_bytes (body);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  for (unsigned i = 0; i < messages->len; i++)
    {
      GThread *threads[4];
      Reader readers[4];
      int ready = 0;

      for (int t = 0; t < 4; t++)
        {
          readers[t] = (Reader){ messages->pdata[i], NULL, NULL, &ready };
          threads[t] = g_thread_new ("reader", read_message, &readers[t]);
        }
      for (int t = 0; t < 4; t++)
        g_thread_join (threads[t]);
      for (int t = 1; t < 4; t++)
        {
          g_assert_true (readers[t].body == readers[0].body);
          g_assert_true (readers[t].tag == readers[0].tag);
        }
      g_assert_cmpstr (readers[0].tag, ==, "TagA");
    }
}

static uint32_t
crc_bit_by_bit (const uint8_t *data, size_t len)
{
  uint32_t crc = UINT32_MAX;

  for (size_t i = 0; i < len; i++)
    {
      crc ^= data[i];
      for (unsigned bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (0xEDB88320 & -(crc & 1));
    }
  return ~crc & 0x7FFFFFFF;
}

/* Blocks and what is left of them, wherever they lie. */
static void
test_crc_of_all_lengths (void)
{
  uint8_t data[300];

  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t) g_test_rand_int ();
  for (size_t start = 0; start < 17; start++)
    for (size_t len = 0; len < sizeof data - start; len++)
      g_assert_cmphex (_rmq_crc32 (data + start, len), ==, crc_bit_by_bit (data + start, len));
  g_assert_cmphex (_rmq_crc32 ("123456789", 9), ==, 0x4BF43926);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/message/C-MSG-001/golden", test_golden);
  g_test_add_func ("/wire/message/C-MSG-002/ipv6", test_ipv6);
  g_test_add_func ("/wire/message/C-MSG-003/v2", test_v2);
  for (size_t i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/wire/message/C-MSG-004/", damages[i].name, NULL);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_damage);
    }
  g_test_add_func ("/wire/message/C-FAIL-010/every-byte", test_every_byte);
  g_test_add_func ("/wire/message/C-FAIL-010/crc", test_crc);
  g_test_add_func ("/wire/message/crc-of-all-lengths", test_crc_of_all_lengths);
  g_test_add_func ("/wire/message/C-MSG-006/C-MSG-007/compressed", test_compressed);
  g_test_add_func ("/wire/message/C-MSG-008/corrupt", test_corrupt_compression);
  g_test_add_func ("/wire/message/C-MSG-009/bomb", test_decompression_bomb);
  g_test_add_func ("/wire/message/C-MSG-009/total", test_decompression_total);
  g_test_add_func ("/wire/message/C-MSG-010/inner-batch", test_inner_batch);
  g_test_add_func ("/wire/message/C-MSG-010/one-level", test_inner_batch_nested);
  g_test_add_func ("/wire/message/C-MSG-010/damaged", test_inner_batch_damaged);
  g_test_add_func ("/wire/message/decoder/limits", test_limits);
  g_test_add_func ("/wire/message/decoder/no-utf8", test_no_utf8);
  g_test_add_func ("/wire/message/decoder/pinning", test_pinning);
  g_test_add_func ("/wire/message/decoder/big-buffer", test_big_buffer);
  g_test_add_func ("/wire/message/decoder/budget", test_budget);
  g_test_add_func ("/wire/message/decoder/shared-topic", test_shared_topic);
  g_test_add_func ("/wire/message/decoder/lazy", test_lazy);

  return g_test_run ();
}
