/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON: what is taken and what is refused, values and their conversions, the writer, random round trips, and every
 * prefix of real bodies.
 */
#include "base/rmq-json-private.h"
#include "rmq-test.h"
#include <rmq/rmq.h>

#include <math.h>

/* The tree as text again, in the order it was read. */
static void
write_node (RmqJsonWriter *writer, const RmqJsonNode *node)
{
  switch (node->type)
    {
    case RMQ_JSON_NULL:
      _rmq_json_writer_null (writer);
      return;
    case RMQ_JSON_BOOLEAN:
      _rmq_json_writer_boolean (writer, node->boolean);
      return;
    case RMQ_JSON_INTEGER:
      _rmq_json_writer_int64 (writer, node->integer);
      return;
    case RMQ_JSON_NUMBER:
      _rmq_json_writer_double (writer, node->number);
      return;
    case RMQ_JSON_STRING:
      _rmq_json_writer_slice (writer, node->string);
      return;
    case RMQ_JSON_ARRAY:
      _rmq_json_writer_begin_array (writer);
      break;
    case RMQ_JSON_OBJECT:
      _rmq_json_writer_begin_object (writer);
      break;
    }
  for (const RmqJsonNode *member = node->first; member != NULL; member = member->next)
    {
      if (member->key != NULL && member->key->type == RMQ_JSON_OBJECT)
        {
          _rmq_json_writer_begin_raw_key (writer);
          write_node (writer, member->key);
          _rmq_json_writer_end_raw_key (writer);
        }
      else if (member->key != NULL)
        _rmq_json_writer_key_slice (writer, member->key->string);
      write_node (writer, member);
    }
  if (node->type == RMQ_JSON_ARRAY)
    _rmq_json_writer_end_array (writer);
  else
    _rmq_json_writer_end_object (writer);
}

static char *
node_to_text (const RmqJsonNode *node)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (16 << 20);
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, &out);
  write_node (&writer, node);
  g_assert_false (out.failed);
  return g_strndup ((const char *) out.data, out.len);
}

/* In a buffer of exactly this size, so that reading beyond it is found. */
static RmqJsonDocument *
parse (const char *text, size_t len, GError **error)
{
  g_autofree char *exact = g_memdup2 (text, len);

  return _rmq_json_parse (exact, len, error);
}

static RmqJsonDocument *
parse_ok (const char *text)
{
  g_autoptr (GError) error = NULL;
  RmqJsonDocument *document = parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_nonnull (document);
  return document;
}

static void
test_accepts (void)
{
  static const struct
  {
    const char *text;
    const char *normal;
  } cases[] = {
    { "{}", "{}" },
    { " [ ] \r\n\t", "[]" },
    { "null", "null" },
    { "true", "true" },
    { "-0", "0" },
    { "[1,-2,9223372036854775807,-9223372036854775808]", "[1,-2,9223372036854775807,-9223372036854775808]" },
    { "[9223372036854775808,1.5,1e3,1E-5,0.0,-0.0,1e400]", "[9.223372036854776E18,1.5,1000.0,1.0E-5,0.0,-0.0,null]" },
    { "\"\"", "\"\"" },
    { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\xc3\xa9\"" },
    { "\"\\uD83D\\uDE80 \xf0\x9f\x9a\x80\"", "\"\xf0\x9f\x9a\x80 \xf0\x9f\x9a\x80\"" },
    { "\"\x7f\xe2\x80\xa8\"", "\"\x7f\xe2\x80\xa8\"" },
    { "\"\t\n\x01\"", "\"\\t\\n\\u0001\"" },
    /* As fastjson writes and reads it. */
    { "{0:\"x\",1 : \"y\", -3:\"z\"}", "{\"0\":\"x\",\"1\":\"y\",\"-3\":\"z\"}" },
    { "{{\"brokerName\":\"b\",\"queueId\":1}:100}", "{{\"brokerName\":\"b\",\"queueId\":1}:100}" },
    { "{ { \"b\" : 1 } : 5 ,\n\t{\"b\":2}:6 }", "{{\"b\":1}:5,{\"b\":2}:6}" },
    { "{{{\"a\":1}:2}:3}", "{{{\"a\":1}:2}:3}" },
    { "{\"{\\\"b\\\":1}\":5}", "{\"{\\\"b\\\":1}\":5}" },
    { "{'code':1,'remark':'x\\'y\"'}", "{\"code\":1,\"remark\":\"x'y\\\"\"}" },
    { "{/*x*/\"code\"/**/:/* * / */1}//end", "{\"code\":1}" },
    { "// first\n[1,// one\n2]", "[1,2]" },
    { "{\"code\":1,}", "{\"code\":1}" },
    { "[1,2,]", "[1,2]" },
    { "[\f\b1]", "[1]" },
    { "{\"$ref\":1}", "{\"$ref\":1}" },
    { "[\"$ref\",\"x\"]", "[\"$ref\",\"x\"]" },
    { "{\"@type\":\"java.util.HashMap\",\"code\":1}", "{\"@type\":\"java.util.HashMap\",\"code\":1}" },
    /* A stated rule for what is no text: U+FFFD. */
    { "\"\\ud800\"", "\"\xef\xbf\xbd\"" },
    { "\"\\udc00\\ud800x\"", "\"\xef\xbf\xbd\xef\xbf\xbdx\"" },
    { "\"\\ud800\\ud83d\\ude80\"", "\"\xef\xbf\xbd\xf0\x9f\x9a\x80\"" },
    { "\"\xff\xe4\xb8\xad\xe4\xb8\"", "\"\xef\xbf\xbd\xe4\xb8\xad\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "\"\xc0\x80\xed\xa0\x80\\n\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\n\"" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RmqJsonDocument) document = parse_ok (cases[i].text);
      g_autofree char *normal = node_to_text (_rmq_json_document_get_root (document));

      g_assert_cmpstr (normal, ==, cases[i].normal);
    }
}

static void
test_refuses (void)
{
  static const char *const cases[] = {
    "",
    " ",
    "abc",
    "tru",
    "truex",
    "nul",
    "NULL",
    "{",
    "[",
    "{}x",
    "{} {}",
    "1 2",
    "\xef\xbb\xbf{}",
    "{a:1}",
    "{code:1,\"x\":2}",
    "{\"a\"}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\":1 \"b\":2}",
    "{,}",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1}",
    "{\"a\":1]",
    "{1.5:1}",
    "{99999999999999999999:1}",
    "{true:1}",
    "{null:1}",
    "{[1]:1}",
    "{{}}",
    "{{\"a\":1} 2}",
    "01",
    "-",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x10",
    "--1",
    "NaN",
    "Infinity",
    "\"",
    "\"abc",
    "\"abc'",
    "'abc\"",
    "\"\\",
    "\"\\\"",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\u12",
    "\"\\u123g\"",
    "\"\\ud83d\\u12\"",
    "/",
    "/*",
    "/* *",
    "{/x}",
    "//only",
    "{\"$ref\":\"$.a\"}",
    "[{\"\\u0024ref\":\"@\"}]",
    "{'$ref':'..'}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqJsonDocument) document = parse (cases[i], strlen (cases[i]), &error);

      if (document != NULL)
        g_test_message ("taken: %s", cases[i]);
      g_assert_null (document);
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, " at byte "));
    }
  g_assert_null (_rmq_json_parse (NULL, 0, NULL));
  g_assert_null (parse ("\"a\0b\"", 5, NULL));
  g_assert_null (parse ("1\0", 2, NULL));
  g_assert_null (parse ("[1]\0", 4, NULL));
}

static void
test_error_offset (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse ("{\"a\":[1,2,x]}", 13, &error));
  g_assert_cmpstr (error->message, ==, "JSON: unexpected character at byte 10");
}

static char *
nested (unsigned depth, const char *open, const char *close)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < depth; i++)
    g_string_append (text, open);
  for (unsigned i = 0; i < depth; i++)
    g_string_append (text, close);
  return g_string_free (text, FALSE);
}

static void
test_depth (void)
{
  g_autofree char *deepest = nested (64, "[", "]");
  g_autofree char *too_deep = nested (65, "[", "]");
  g_autofree char *far_too_deep = nested (1000000, "[", "");
  g_autofree char *keys = nested (100000, "{", "");
  g_autoptr (RmqJsonDocument) document = parse_ok (deepest);
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (too_deep, strlen (too_deep), &error));
  g_assert_nonnull (strstr (error->message, "nested too deeply"));
  g_assert_null (parse (far_too_deep, strlen (far_too_deep), NULL));
  g_assert_null (parse (keys, strlen (keys), NULL));
}

static void
test_values (void)
{
  g_autoptr (RmqJsonDocument) document =
      parse_ok ("{\"i\":12,\"n\":null,\"d\":2.0,\"h\":2.5,\"s\":\"-34\",\"t\":true,\"T\":\"TRUE\",\"f\":\"False\","
                "\"one\":1,\"two\":2,\"big\":\"9223372036854775808\",\"min\":\"-9223372036854775808\",\"a\":[1,2],"
                "\"e\":\"\",\"x\":\"12x\",\"sp\":\" 1\",\"u\":18446744073709551615,\"ds\":\"1.5e3\",\"hex\":\"0x10\","
                "\"dup\":1,\"dup\":2,7:\"seven\",{\"k\":1}:8,\"plus\":\"+5\",\"huge\":1e300,\"nan\":\"nan\"}");
  const RmqJsonNode *root = _rmq_json_document_get_root (document);
  RmqSlice text = RMQ_SLICE_NULL;
  int64_t wide = 0;
  int32_t narrow = 0;
  double number = 0;
  bool flag = false;

#define INT(name, expected)                                                                                            \
  g_assert_true (_rmq_json_get_int64 (_rmq_json_find (root, name), &wide));                                            \
  g_assert_cmpint (wide, ==, expected)
#define NO_INT(name) g_assert_false (_rmq_json_get_int64 (_rmq_json_find (root, name), &wide))
#define BOOLEAN(name, expected)                                                                                        \
  g_assert_true (_rmq_json_get_boolean (_rmq_json_find (root, name), &flag));                                          \
  g_assert_cmpint (flag, ==, expected)
#define NO_BOOLEAN(name) g_assert_false (_rmq_json_get_boolean (_rmq_json_find (root, name), &flag))
#define STRING(name, expected)                                                                                         \
  g_assert_true (_rmq_json_get_string (_rmq_json_find (root, name), &text));                                           \
  g_assert_true (rmq_slice_equal_string (text, expected))
#define NO_STRING(name) g_assert_false (_rmq_json_get_string (_rmq_json_find (root, name), &text))
#define DOUBLE(name, expected)                                                                                         \
  g_assert_true (_rmq_json_get_double (_rmq_json_find (root, name), &number));                                         \
  g_assert_cmpfloat (number, ==, expected)
#define NO_DOUBLE(name) g_assert_false (_rmq_json_get_double (_rmq_json_find (root, name), &number))

  INT ("i", 12);
  INT ("d", 2);
  INT ("s", -34);
  INT ("plus", 5);
  INT ("min", G_MININT64);
  INT ("dup", 2);
  NO_INT ("h");
  NO_INT ("n");
  NO_INT ("t");
  NO_INT ("big");
  NO_INT ("u");
  NO_INT ("huge");
  NO_INT ("e");
  NO_INT ("x");
  NO_INT ("sp");
  NO_INT ("a");
  NO_INT ("absent");
  BOOLEAN ("t", true);
  BOOLEAN ("T", true);
  BOOLEAN ("f", false);
  BOOLEAN ("one", true);
  NO_BOOLEAN ("two");
  NO_BOOLEAN ("n");
  NO_BOOLEAN ("x");
  NO_BOOLEAN ("absent");
  STRING ("i", "12");
  STRING ("t", "true");
  STRING ("h", "2.5");
  STRING ("u", "18446744073709551615");
  STRING ("e", "");
  STRING ("7", "seven");
  NO_STRING ("n");
  NO_STRING ("a");
  NO_STRING ("absent");
  DOUBLE ("i", 12);
  DOUBLE ("h", 2.5);
  DOUBLE ("ds", 1500);
  NO_DOUBLE ("hex");
  NO_DOUBLE ("nan");
  NO_DOUBLE ("e");
  NO_DOUBLE ("t");
  NO_DOUBLE ("absent");

  g_assert_true (_rmq_json_get_int32 (_rmq_json_find (root, "i"), &narrow));
  g_assert_cmpint (narrow, ==, 12);
  g_assert_false (_rmq_json_get_int32 (_rmq_json_find (root, "min"), &narrow));
  g_assert_null (_rmq_json_find (_rmq_json_find (root, "a"), "x"));
  g_assert_null (_rmq_json_find (NULL, "x"));
  g_assert_cmpuint (_rmq_json_find (root, "a")->n_members, ==, 2);
  /* A raw object is no name. */
  g_assert_null (_rmq_json_find (root, ""));
}

static void
test_writer (void)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  RmqJsonWriter writer;
  g_autofree char *text = NULL;
  g_autoptr (RmqJsonDocument) document = NULL;

  _rmq_json_writer_init (&writer, &out);
  _rmq_json_writer_begin_object (&writer);
  _rmq_json_writer_key (&writer, "offsetTable");
  _rmq_json_writer_begin_object (&writer);
  for (int i = 0; i < 2; i++)
    {
      _rmq_json_writer_begin_raw_key (&writer);
      _rmq_json_writer_begin_object (&writer);
      _rmq_json_writer_key (&writer, "queueId");
      _rmq_json_writer_int64 (&writer, i);
      _rmq_json_writer_end_object (&writer);
      _rmq_json_writer_end_raw_key (&writer);
      _rmq_json_writer_begin_array (&writer);
      _rmq_json_writer_boolean (&writer, i == 0);
      _rmq_json_writer_null (&writer);
      _rmq_json_writer_end_array (&writer);
    }
  _rmq_json_writer_end_object (&writer);
  _rmq_json_writer_key (&writer, "e\n");
  _rmq_json_writer_string (&writer, NULL);
  _rmq_json_writer_key_slice (&writer, rmq_slice ("k", 1));
  _rmq_json_writer_int64 (&writer, G_MININT64);
  _rmq_json_writer_end_object (&writer);
  g_assert_false (out.failed);
  text = g_strndup ((const char *) out.data, out.len);
  g_assert_cmpstr (text, ==,
                   "{\"offsetTable\":{{\"queueId\":0}:[true,null],{\"queueId\":1}:[false,null]},"
                   "\"e\\n\":null,\"k\":-9223372036854775808}");
  document = parse_ok (text);
}

static void
test_writer_limits (void)
{
  g_auto (RmqByteWriter) small = RMQ_BYTE_WRITER_INIT (10);
  g_auto (RmqByteWriter) deep = RMQ_BYTE_WRITER_INIT (4096);
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, &small);
  _rmq_json_writer_string (&writer, "longer than that");
  g_assert_true (small.failed);

  _rmq_json_writer_init (&writer, &deep);
  for (unsigned i = 0; i < 64; i++)
    _rmq_json_writer_begin_array (&writer);
  g_assert_false (deep.failed);
  _rmq_json_writer_begin_array (&writer);
  g_assert_true (deep.failed);
  for (unsigned i = 0; i < 65; i++)
    _rmq_json_writer_end_array (&writer);
}

static void
test_doubles (void)
{
  static const struct
  {
    double value;
    const char *text;
  } cases[] = {
    { 0, "0.0" },
    { -0.0, "-0.0" },
    { 1, "1.0" },
    { -1.5, "-1.5" },
    { 0.001, "0.001" },
    { 0.0123, "0.0123" },
    { 0.5, "0.5" },
    { 0.00099, "9.9E-4" },
    { 0.00003, "3.0E-5" },
    { 9999999, "9999999.0" },
    { 10000000, "1.0E7" },
    { 12345678.9, "1.23456789E7" },
    { 123456.789, "123456.789" },
    { 100, "100.0" },
    { 1e21, "1.0E21" },
    { 0.1, "0.1" },
    { 1.7976931348623157e308, "1.7976931348623157E308" },
    { HUGE_VAL, "null" },
    { -HUGE_VAL, "null" },
    { NAN, "null" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64);
      RmqJsonWriter writer;
      g_autofree char *text = NULL;

      _rmq_json_writer_init (&writer, &out);
      _rmq_json_writer_double (&writer, cases[i].value);
      text = g_strndup ((const char *) out.data, out.len);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_escape (void)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_autofree char *text = NULL;

  _rmq_json_escape (&out, RMQ_SLICE_LITERAL ("\0\x1f\"\\/\b\x7f\xe2\x80\xa8\xf0\x9f\x9a\x80\xff\xe4\xb8"));
  text = g_strndup ((const char *) out.data, out.len);
  g_assert_cmpstr (text, ==,
                   "\\u0000\\u001f\\\"\\\\/\\b\x7f\xe2\x80\xa8\xf0\x9f\x9a\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  _rmq_json_escape (&out, RMQ_SLICE_NULL);
}

/* ---- Random trees ---- */

static void
random_string (uint64_t *seed, RmqJsonWriter *writer, bool is_key)
{
  char text[24];
  size_t len = rmq_test_random_below (seed, sizeof text - 4);
  size_t n = 0;

  while (n < len)
    {
      gunichar c = (gunichar) rmq_test_random_below (seed, rmq_test_random_below (seed, 4) == 0 ? 0x110000 : 0x80);

      if (g_unichar_validate (c) && c != 0)
        n += (size_t) g_unichar_to_utf8 (c, text + n);
    }
  if (is_key)
    _rmq_json_writer_key_slice (writer, rmq_slice (text, n));
  else
    _rmq_json_writer_slice (writer, rmq_slice (text, n));
}

static void
random_value (uint64_t *seed, RmqJsonWriter *writer, unsigned depth)
{
  unsigned n = depth < 6 ? (unsigned) rmq_test_random_below (seed, 6) : 0;
  uint64_t bits = rmq_test_random (seed);
  double number;

  switch (rmq_test_random_below (seed, depth < 6 ? 7 : 5))
    {
    case 0:
      _rmq_json_writer_null (writer);
      return;
    case 1:
      _rmq_json_writer_boolean (writer, bits & 1);
      return;
    case 2:
      _rmq_json_writer_int64 (writer, (int64_t) bits >> (bits & 63));
      return;
    case 3:
      memcpy (&number, &bits, sizeof number);
      _rmq_json_writer_double (writer, isfinite (number) ? number : 1.25);
      return;
    case 4:
      random_string (seed, writer, false);
      return;
    case 5:
      _rmq_json_writer_begin_array (writer);
      while (n-- > 0)
        random_value (seed, writer, depth + 1);
      _rmq_json_writer_end_array (writer);
      return;
    default:
      break;
    }
  _rmq_json_writer_begin_object (writer);
  while (n-- > 0)
    {
      if (rmq_test_random_below (seed, 4) == 0)
        {
          _rmq_json_writer_begin_raw_key (writer);
          _rmq_json_writer_begin_object (writer);
          random_string (seed, writer, true);
          random_value (seed, writer, depth + 2);
          _rmq_json_writer_end_object (writer);
          _rmq_json_writer_end_raw_key (writer);
        }
      else
        random_string (seed, writer, true);
      random_value (seed, writer, depth + 1);
    }
  _rmq_json_writer_end_object (writer);
}

static void
test_round_trips (void)
{
  uint64_t seed = 7;

  for (unsigned i = 0; i < 3000; i++)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (16 << 20);
      RmqJsonWriter writer;
      g_autofree char *text = NULL;
      g_autofree char *again = NULL;
      g_autoptr (RmqJsonDocument) document = NULL;

      _rmq_json_writer_init (&writer, &out);
      random_value (&seed, &writer, 0);
      g_assert_false (out.failed);
      text = g_strndup ((const char *) out.data, out.len);
      document = parse_ok (text);
      again = node_to_text (_rmq_json_document_get_root (document));
      g_assert_cmpstr (again, ==, text);
    }
}

static const char body[] =
    "{\"consumerDataSet\":[{\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\",\"groupName\":\"g\\u7ec4\","
    "\"subscriptionDataSet\":[{\"classFilterMode\":false,\"codeSet\":[65,-66],\"subVersion\":1700000000000,"
    "\"tps\":1.5E7}],'x':/*c*/null}],\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":0}:7,1:\"\xe7\xbb\x84\"}}";

/* No prefix is a value, and none makes the parser read past its end. */
static void
test_truncation (void)
{
  g_autoptr (RmqJsonDocument) whole = parse_ok (body);

  for (size_t len = 0; len < sizeof body - 1; len++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqJsonDocument) document = parse (body, len, &error);

      g_assert_null (document);
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
    }
}

/* What parses after a change of one byte also writes and parses again. */
static void
test_flips (void)
{
  for (size_t at = 0; at < sizeof body - 1; at++)
    for (unsigned change = 1; change < 256; change = change * 2 + 1)
      {
        g_autofree char *changed = g_strdup (body);
        g_autoptr (RmqJsonDocument) document = NULL;
        g_autoptr (RmqJsonDocument) second = NULL;
        g_autofree char *text = NULL;

        changed[at] = (char) (changed[at] ^ (char) change);
        document = parse (changed, sizeof body - 1, NULL);
        if (document == NULL)
          continue;
        text = node_to_text (_rmq_json_document_get_root (document));
        second = parse_ok (text);
      }
}

/* Large inputs of the least text a node, and of one long string. */
static void
test_large (void)
{
  g_autoptr (GString) numbers = g_string_new ("[0");
  g_autoptr (GString) string = g_string_new ("\"");
  g_autoptr (RmqJsonDocument) many = NULL;
  g_autoptr (RmqJsonDocument) one = NULL;

  for (unsigned i = 1; i < 200000; i++)
    g_string_append (numbers, ",0");
  g_string_append_c (numbers, ']');
  many = parse_ok (numbers->str);
  g_assert_cmpuint (_rmq_json_document_get_root (many)->n_members, ==, 200000);

  for (unsigned i = 0; i < 200000; i++)
    g_string_append (string, i % 100 == 0 ? "\\n" : "abcdefg");
  g_string_append_c (string, '"');
  one = parse_ok (string->str);
  g_assert_cmpuint (_rmq_json_document_get_root (one)->string.len, ==, 198000 * 7 + 2000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/accepts", test_accepts);
  g_test_add_func ("/json/refuses", test_refuses);
  g_test_add_func ("/json/error-offset", test_error_offset);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/writer", test_writer);
  g_test_add_func ("/json/writer-limits", test_writer_limits);
  g_test_add_func ("/json/doubles", test_doubles);
  g_test_add_func ("/json/escape", test_escape);
  g_test_add_func ("/json/round-trips", test_round_trips);
  g_test_add_func ("/json/truncation", test_truncation);
  g_test_add_func ("/json/flips", test_flips);
  g_test_add_func ("/json/large", test_large);
  return g_test_run ();
}
