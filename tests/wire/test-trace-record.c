/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace records: their fields, what would corrupt a batch, and damaged ones among good ones.
 */
#include <rmq/rmq.h>
#include "wire/rmq-trace-record-private.h"

static RmqTraceContext *
make_context (RmqTraceType type)
{
  RmqTraceContext *context = _rmq_trace_context_new (type);
  RmqTraceBean *bean = _rmq_trace_bean_new ();

  context->timestamp = 1700000000000;
  context->region_id = g_strdup ("DefaultRegion");
  context->group = g_strdup ("G");
  context->request_id = g_strdup ("REQ");
  context->cost_ms = 12;
  context->context_code = 0;
  bean->topic = g_strdup ("T");
  bean->message_id = g_strdup ("ID");
  bean->offset_message_id = g_strdup ("OFF");
  bean->keys = g_strdup ("k1 k2");
  bean->store_host = g_strdup ("10.0.0.1:10911");
  bean->body_length = 5;
  bean->retry_times = 3;
  bean->state = RMQ_TRACE_COMMIT;
  g_ptr_array_add (context->beans, bean);
  return context;
}

static char *
encode (const RmqTraceContext *context)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);

  _rmq_trace_context_encode (context, &out);
  return g_strndup ((const char *) out.data, out.len);
}

static unsigned
count (const char *text, char c)
{
  unsigned n = 0;

  for (; *text != '\0'; text++)
    n += *text == c;
  return n;
}

static void
test_texts (void)
{
  static const struct
  {
    RmqTraceType type;
    unsigned n_fields;
    const char *text;
  } records[] = {
    { RMQ_TRACE_PUB, 14,
      "Pub\x01"
      "1700000000000\x01"
      "DefaultRegion\x01"
      "G\x01"
      "T\x01"
      "ID\x01"
      "null\x01"
      "k1 k2\x01"
      "10.0.0.1:10911\x01"
      "5\x01"
      "12\x01"
      "0\x01"
      "OFF\x01"
      "true\x02" },
    { RMQ_TRACE_SUB_BEFORE, 8,
      "SubBefore\x01"
      "1700000000000\x01"
      "DefaultRegion\x01"
      "G\x01"
      "REQ\x01"
      "ID\x01"
      "3\x01"
      "k1 k2\x02" },
    { RMQ_TRACE_SUB_AFTER, 9,
      "SubAfter\x01"
      "REQ\x01"
      "ID\x01"
      "12\x01"
      "true\x01"
      "k1 k2\x01"
      "0\x01"
      "1700000000000\x01"
      "G\x02" },
    { RMQ_TRACE_END_TRANSACTION, 13,
      "EndTransaction\x01"
      "1700000000000\x01"
      "DefaultRegion\x01"
      "G\x01"
      "T\x01"
      "ID\x01"
      "null\x01"
      "k1 k2\x01"
      "10.0.0.1:10911\x01"
      "0\x01"
      "null\x01"
      "COMMIT_MESSAGE\x01"
      "false\x02" },
    { RMQ_TRACE_RECALL, 7,
      "Recall\x01"
      "1700000000000\x01"
      "DefaultRegion\x01"
      "G\x01"
      "T\x01"
      "ID\x01"
      "true\x02" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (records); i++)
    {
      g_autoptr (RmqTraceContext) context = make_context (records[i].type);
      g_autofree char *text = encode (context);

      g_assert_cmpstr (text, ==, records[i].text);
      g_assert_cmpuint (count (text, 1), ==, records[i].n_fields - 1);
    }
}

/* An empty field at the end would cost Java's reader the whole batch. */
static void
test_no_empty_last_field (void)
{
  g_autoptr (RmqTraceContext) before = make_context (RMQ_TRACE_SUB_BEFORE);
  g_autoptr (RmqTraceContext) after = make_context (RMQ_TRACE_SUB_AFTER);
  g_autofree char *before_text = NULL;
  g_autofree char *after_text = NULL;
  RmqTraceBean *bean = g_ptr_array_index (before->beans, 0);

  g_free (bean->keys);
  bean->keys = g_strdup ("");
  before_text = encode (before);
  g_assert_true (g_str_has_suffix (before_text, "\x01null\x02"));
  g_clear_pointer (&after->group, g_free);
  after_text = encode (after);
  g_assert_true (g_str_has_suffix (after_text, "\x01null\x02"));
}

static void
test_separators_in_values (void)
{
  g_autoptr (RmqTraceContext) context = make_context (RMQ_TRACE_PUB);
  RmqTraceBean *bean = g_ptr_array_index (context->beans, 0);
  g_autoptr (GPtrArray) read = NULL;
  g_autofree char *text = NULL;
  unsigned n_skipped;

  bean->tags = g_strdup ("a\x01"
                         "b\x02"
                         "c");
  text = encode (context);
  read = _rmq_trace_decode (rmq_slice_from_string (text), &n_skipped);
  g_assert_cmpuint (read->len, ==, 1);
  g_assert_cmpuint (n_skipped, ==, 0);
  bean = g_ptr_array_index (((RmqTraceContext *) g_ptr_array_index (read, 0))->beans, 0);
  g_assert_cmpstr (bean->tags, ==, "abc");
}

static void
test_damaged (void)
{
  static const char *const bad[] = {
    "Pub\x01"
    "x\x02",
    "SubBefore\x01"
    "1\x01r\x01g\x01req\x01id\x01"
    "many\x01k\x02",
    "EndTransaction\x01"
    "1\x01r\x01g\x01t\x01i\x01t\x01k\x01h\x01"
    "9\x01x\x01"
    "COMMIT_MESSAGE\x01true\x02",
    "EndTransaction\x01"
    "1\x01r\x01g\x01t\x01i\x01t\x01k\x01h\x01"
    "0\x01x\x01"
    "MAYBE\x01true\x02",
    "Nonsense\x01"
    "1\x02",
    "SubAfter\x01r\x02",
  };
  g_autoptr (RmqTraceContext) good = make_context (RMQ_TRACE_RECALL);
  g_autofree char *record = encode (good);
  GString *batch = g_string_new (record);
  g_autoptr (GPtrArray) read = NULL;
  unsigned n_skipped;

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    g_string_append (batch, bad[i]);
  g_string_append (batch, record);
  /* A record that is cut still counts when its fields are there. */
  g_string_append_len (batch, record, (gssize) strlen (record) - 1);
  read = _rmq_trace_decode (rmq_slice (batch->str, batch->len), &n_skipped);
  g_assert_cmpuint (read->len, ==, 3);
  g_assert_cmpuint (n_skipped, ==, G_N_ELEMENTS (bad));
  g_string_free (batch, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/trace-record/C-TRACE-001/texts", test_texts);
  g_test_add_func ("/wire/trace-record/C-TRACE-001/no-empty-last-field", test_no_empty_last_field);
  g_test_add_func ("/wire/trace-record/separators-in-values", test_separators_in_values);
  g_test_add_func ("/wire/trace-record/damaged", test_damaged);
  return g_test_run ();
}
