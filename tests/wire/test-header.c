/* SPDX-License-Identifier: Apache-2.0
 *
 * Header tables: presence, defaults, required fields, inherited fields, short names, and codes with their names.
 */
#include <rmq/rmq.h>
#include "wire/rmq-decimal-private.h"
#include "wire/rmq-frame-private.h"
#include "wire/rmq-header-offset-private.h"
#include "wire/rmq-header-pull-private.h"
#include "wire/rmq-header-send-private.h"
#include "base/rmq-text-private.h"

#define TEXT(text) RMQ_SLICE_LITERAL (text)

static char *
as_json (const RmqHeaderTable *table, const void *header)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (65536);

  _rmq_header_write_json (table, header, &out, true);
  return g_strndup ((char *) out.data, out.len);
}

static RmqSendMessageRequestHeaderV2
make_send_header (void)
{
  RmqSendMessageRequestHeaderV2 header = { 0 };

  RMQ_HEADER_SET (header, producer_group, TEXT ("PG"));
  RMQ_HEADER_SET (header, topic, TEXT ("T"));
  RMQ_HEADER_SET (header, default_topic, TEXT ("TBW102"));
  RMQ_HEADER_SET (header, default_topic_queue_nums, 4);
  RMQ_HEADER_SET (header, queue_id, -1);
  RMQ_HEADER_SET (header, sys_flag, 0);
  RMQ_HEADER_SET (header, born_timestamp, INT64_C (1700000000000));
  RMQ_HEADER_SET (header, flag, INT32_MIN);
  RMQ_HEADER_SET (header, properties, TEXT ("KEYS\x01k\x02"));
  RMQ_HEADER_SET (header, reconsume_times, 0);
  RMQ_HEADER_SET (header, unit_mode, false);
  RMQ_HEADER_SET (header, batch, true);
  RMQ_HEADER_SET (header, broker_name, TEXT ("b"));
  return header;
}

static void
test_values (void)
{
  RmqSendMessageRequestHeaderV2 header = make_send_header ();
  g_autofree char *text = as_json (RMQ_HEADER (SendMessageRequestHeaderV2), &header);

  g_assert_cmpstr (text, ==,
                   "\"a\":\"PG\",\"b\":\"T\",\"c\":\"TBW102\",\"d\":\"4\",\"e\":\"-1\",\"f\":\"0\","
                   "\"g\":\"1700000000000\",\"h\":\"-2147483648\",\"i\":\"KEYS\\u0001k\\u0002\",\"j\":\"0\","
                   "\"k\":\"false\",\"m\":\"true\",\"n\":\"b\"");
}

static void
test_unset_is_absent (void)
{
  RmqPullMessageRequestHeader header = { 0 };
  g_autofree char *text = NULL;

  RMQ_HEADER_SET (header, subscription, RMQ_SLICE_NULL);
  RMQ_HEADER_SET (header, expression_type, TEXT (""));
  RMQ_HEADER_SET (header, max_msg_bytes, 1);
  RMQ_HEADER_UNSET (header, max_msg_bytes);
  text = as_json (RMQ_HEADER (PullMessageRequestHeader), &header);
  g_assert_cmpstr (text, ==, "\"expressionType\":\"\"");
}

static void
test_defaults (void)
{
  RmqGetMaxOffsetRequestHeader header = { 0 };
  RmqExtField ext[] = { { TEXT ("topic"), TEXT ("T") }, { TEXT ("queueId"), TEXT ("1") } };
  g_autofree char *text = as_json (RMQ_HEADER (GetMaxOffsetRequestHeader), &header);

  g_assert_cmpstr (text, ==, "\"committed\":\"true\"");
  g_assert_true (_rmq_header_decode (RMQ_HEADER (GetMaxOffsetRequestHeader), ext, 2, &header, NULL));
  g_assert_false (header.has.committed);
  g_assert_true (header.committed);
}

static void
test_inherited (void)
{
  RmqQueryConsumerOffsetRequestHeader header = { 0 };
  RmqQueryConsumerOffsetRequestHeader back;
  RmqExtField ext[] = {
    { TEXT ("bname"), TEXT ("b") }, { TEXT ("ns"), TEXT ("NS") },    { TEXT ("nsd"), TEXT ("TRUE") },
    { TEXT ("oway"), TEXT ("no") }, { TEXT ("lo"), TEXT ("false") },
  };
  g_autofree char *text = NULL;

  RMQ_HEADER_SET (header, lo, false);
  RMQ_HEADER_SET (header, ns, TEXT ("NS"));
  RMQ_HEADER_SET (header, nsd, true);
  RMQ_HEADER_SET (header, bname, TEXT ("b"));
  RMQ_HEADER_SET (header, oway, true);
  text = as_json (RMQ_HEADER (QueryConsumerOffsetRequestHeader), &header);
  g_assert_cmpstr (text, ==, "\"lo\":\"false\",\"ns\":\"NS\",\"nsd\":\"true\",\"bname\":\"b\",\"oway\":\"true\"");

  g_assert_true (
      _rmq_header_decode_partial (RMQ_HEADER (QueryConsumerOffsetRequestHeader), ext, G_N_ELEMENTS (ext), &back, NULL));
  g_assert_true (back.has.lo && back.has.ns && back.has.nsd && back.has.bname && back.has.oway);
  g_assert_true (back.nsd && !back.oway && !back.lo);
  g_assert_true (rmq_slice_equal_string (back.ns, "NS"));
}

static void
test_required (void)
{
  RmqSendMessageRequestHeaderV2 header = make_send_header ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_autoptr (GError) error = NULL;
  RmqFrameHead head = { .code = 310 };
  RmqFrameWriter writer;

  rmq_byte_writer_string (&out, "before");
  RMQ_HEADER_UNSET (header, topic);
  _rmq_frame_begin (&writer, &out, &head);
  g_assert_false (_rmq_frame_add_header (&writer, RMQ_HEADER (SendMessageRequestHeaderV2), &header, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "topic"));
  g_assert_nonnull (strstr (error->message, "SendMessageRequestHeaderV2"));
  g_assert_cmpmem (out.data, out.len, "before", 6);
}

static void
test_short_names (void)
{
  RmqSendMessageRequestHeaderV2 header = make_send_header ();
  g_autofree char *long_text = as_json (RMQ_HEADER (SendMessageRequestHeader), &header);
  const RmqHeaderTable *v1 = RMQ_HEADER (SendMessageRequestHeader);
  const RmqHeaderTable *v2 = RMQ_HEADER (SendMessageRequestHeaderV2);
  unsigned n_short = 0;

  g_assert_nonnull (strstr (long_text, "\"producerGroup\":\"PG\""));
  g_assert_nonnull (strstr (long_text, "\"bname\":\"b\""));
  /* One struct: a member has its short name in one table and its long one in the other. */
  for (unsigned i = 0; i < v2->n_fields; i++)
    for (unsigned j = 0; j < v1->n_fields; j++)
      if (v2->fields[i].offset == v1->fields[j].offset && v2->fields[i].name_len == 1)
        {
          g_assert_cmpuint (v2->fields[i].kind, ==, v1->fields[j].kind);
          g_assert_cmpint (v2->fields[i].name[0], ==, 'a' + (int) n_short);
          n_short++;
        }
  g_assert_cmpuint (n_short, ==, 14);
}

static void
test_decode_errors (void)
{
  static const char *const bad[] = { "", "-", "1x", " 1", "2147483648", "-2147483649", "1.0", "0x1" };
  RmqSendMessageResponseHeader header;
  RmqExtField ext[] = {
    { TEXT ("queueOffset"), TEXT ("9223372036854775807") },
    { TEXT ("msgId"), TEXT ("id") },
    { TEXT ("queueId"), TEXT ("+3") },
  };
  const RmqHeaderTable *table = RMQ_HEADER (SendMessageResponseHeader);
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_header_decode (table, ext, 3, &header, NULL));
  g_assert_cmpint (header.queue_id, ==, 3);
  g_assert_cmpint (header.queue_offset, ==, INT64_MAX);

  g_assert_false (_rmq_header_decode (table, ext, 2, &header, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, "queueId"));
  g_assert_false (header.has.msg_id);
  g_assert_true (_rmq_header_decode_partial (table, ext, 2, &header, NULL));

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      ext[2].value = rmq_slice_from_string (bad[i]);
      g_assert_false (_rmq_header_decode_partial (table, ext, 3, &header, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
    }
}

/* As in Java's map: the last of equal keys counts, and a null takes back. */
static void
test_repeated_keys (void)
{
  RmqSearchOffsetRequestHeader header;
  RmqExtField ext[] = {
    { TEXT ("queueId"), TEXT ("1") },          { TEXT ("queueId"), TEXT ("2") },
    { TEXT ("boundaryType"), TEXT ("Upper") }, { TEXT ("liteTopic"), TEXT ("l") },
    { TEXT ("liteTopic"), RMQ_SLICE_NULL },
  };

  g_assert_true (
      _rmq_header_decode_partial (RMQ_HEADER (SearchOffsetRequestHeader), ext, G_N_ELEMENTS (ext), &header, NULL));
  g_assert_cmpint (header.queue_id, ==, 2);
  g_assert_cmpint (header.boundary_type, ==, RMQ_BOUNDARY_UPPER);
  g_assert_false (header.has.lite_topic);
  g_assert_null (header.lite_topic.data);
}

static void
test_describe (void)
{
  RmqPullMessageRequestHeader header = { 0 };
  g_autofree char *text = NULL;

  RMQ_HEADER_SET (header, topic,
                  TEXT ("or\x01"
                        "ders"));
  RMQ_HEADER_SET (header, queue_id, 3);
  text = _rmq_header_describe (RMQ_HEADER (PullMessageRequestHeader), &header);
  g_assert_cmpstr (text, ==, "PullMessageRequestHeader { topic=or\\001ders queue_id=3 }");
}

static void
test_find_tables (void)
{
  size_t n_tables;
  const RmqHeaderTable *const *tables = _rmq_header_get_tables (&n_tables);

  for (size_t i = 0; i < n_tables; i++)
    {
      g_assert_true (_rmq_header_of_class (tables[i]->class_name) == tables[i]);
      if (tables[i]->code > 0)
        g_assert_nonnull (_rmq_request_code_get_name (tables[i]->code));
    }
  g_assert_true (_rmq_header_of_request (320) == RMQ_HEADER (SendMessageRequestHeaderV2));
  g_assert_true (_rmq_header_of_request (10) == RMQ_HEADER (SendMessageRequestHeader));
  g_assert_true (_rmq_header_of_request (361) == RMQ_HEADER (PullMessageRequestHeader));
  g_assert_null (_rmq_header_of_request (400));
  g_assert_null (_rmq_header_of_request (0));
  g_assert_null (_rmq_header_of_class ("Nothing"));
}

static void
test_versions (void)
{
  char name[RMQ_VERSION_NAME_SIZE];

  g_assert_cmpint (_rmq_version_from_name ("V4_9_3"), ==, 399);
  g_assert_cmpint (_rmq_version_from_name ("V5_3_1"), ==, 475);
  g_assert_cmpint (_rmq_version_from_name ("V5_3_3"), ==, 479);
  g_assert_cmpint (_rmq_version_from_name ("V6_0_0"), ==, RMQ_VERSION_HIGHER);
  g_assert_cmpint (_rmq_version_from_name ("V5_3_3x"), ==, -1);
  g_assert_cmpint (_rmq_version_from_name ("5.3.3"), ==, -1);
  g_assert_cmpstr (_rmq_version_get_name (4000, name), ==, "HIGHER_VERSION");
  g_assert_cmpstr (_rmq_version_get_name (-1, name), ==, "UNKNOWN");
  /* Every ordinal has a name, and the name leads back. */
  for (int version = 0; version <= RMQ_VERSION_HIGHER; version++)
    g_assert_cmpint (_rmq_version_from_name (_rmq_version_get_name (version, name)), ==, version);
}

static void
test_decimal (void)
{
  static const int64_t values[] = { 0, 1, -1, 9, 10, 99, 100, -100, 12345, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
  int64_t back = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    {
      char text[RMQ_DECIMAL_MAX];
      size_t length = rmq_decimal_format (text, values[i]);
      g_autofree char *expected = g_strdup_printf ("%" G_GINT64_FORMAT, values[i]);

      g_assert_cmpmem (text, length, expected, strlen (expected));
      g_assert_true (rmq_decimal_parse (rmq_slice (text, length), &back));
      g_assert_cmpint (back, ==, values[i]);
    }
  for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
    for (int64_t value = power - 1; value <= power + 1; value++)
      {
        g_autofree char *expected = g_strdup_printf ("%" G_GINT64_FORMAT, -value);
        char text[RMQ_DECIMAL_MAX];

        g_assert_cmpmem (text, rmq_decimal_format (text, -value), expected, strlen (expected));
        g_assert_cmpmem (text, rmq_decimal_format (text, value), expected + (value > 0),
                         strlen (expected) - (value > 0));
      }
  g_assert_false (rmq_decimal_parse (TEXT ("9223372036854775808"), &back));
  g_assert_false (rmq_decimal_parse (TEXT ("-9223372036854775809"), &back));
  g_assert_false (rmq_decimal_parse (TEXT ("99999999999999999999999"), &back));
  g_assert_true (rmq_decimal_parse (TEXT ("00000000000000000000000000007"), &back));
}

static void
test_plain_text (void)
{
  char text[40];

  for (int byte = 0; byte < 256; byte++)
    for (size_t at = 0; at < sizeof text; at++)
      {
        bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';

        memset (text, 'x', sizeof text);
        text[at] = (char) byte;
        g_assert_cmpuint (rmq_text_plain_length (text, sizeof text), ==, plain ? sizeof text : at);
        if (at > 0)
          {
            text[at - 1] = 0x7f;
            g_assert_cmpuint (rmq_text_plain_length (text, sizeof text), ==, plain ? sizeof text : at);
          }
      }
  g_assert_cmpuint (rmq_text_plain_length (NULL, 0), ==, 0);
}

/* What lies in the padding does not count, and what lies before it does. */
static void
test_plain_padded_text (void)
{
  char text[40 + RMQ_TEXT_PADDING];

  for (size_t len = 0; len <= 40; len++)
    {
      memset (text, 'x', len);
      memset (text + len, '"', RMQ_TEXT_PADDING);
      g_assert_true (rmq_text_is_plain_padded (text, len));
      for (size_t at = 0; at < len; at++)
        {
          text[at] = '\1';
          g_assert_false (rmq_text_is_plain_padded (text, len));
          text[at] = 'x';
        }
    }
}

static void
test_ascii_text (void)
{
  char text[40];

  memset (text, 'x', sizeof text);
  g_assert_cmpuint (rmq_text_ascii_length (text, sizeof text), ==, sizeof text);
  for (size_t at = sizeof text; at-- > 0;)
    {
      text[at] = (char) 0x80;
      g_assert_cmpuint (rmq_text_ascii_length (text, sizeof text), ==, at);
      g_assert_cmpuint (rmq_text_ascii_length (text, at), ==, at);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/header/C-CODEC-003/values", test_values);
  g_test_add_func ("/wire/header/C-CODEC-003/unset-is-absent", test_unset_is_absent);
  g_test_add_func ("/wire/header/C-CODEC-010/inherited", test_inherited);
  g_test_add_func ("/wire/header/C-CODEC-011/required", test_required);
  g_test_add_func ("/wire/header/C-CODEC-012/short-names", test_short_names);
  g_test_add_func ("/wire/header/C-CODEC-013/versions", test_versions);
  g_test_add_func ("/wire/header/defaults", test_defaults);
  g_test_add_func ("/wire/header/decode-errors", test_decode_errors);
  g_test_add_func ("/wire/header/repeated-keys", test_repeated_keys);
  g_test_add_func ("/wire/header/describe", test_describe);
  g_test_add_func ("/wire/header/find-tables", test_find_tables);
  g_test_add_func ("/wire/header/decimal", test_decimal);
  g_test_add_func ("/wire/header/plain-text", test_plain_text);
  g_test_add_func ("/wire/header/plain-padded-text", test_plain_padded_text);
  g_test_add_func ("/wire/header/ascii-text", test_ascii_text);
  return g_test_run ();
}
