/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace records: contexts to text, their key sets, and text back to contexts.
 */
#include "vectors.h"
#include "wire/rmq-trace-record-private.h"

static const char *const type_names[] = { "Pub", "Recall", "SubBefore", "SubAfter", "EndTransaction" };
static const char *const message_type_names[] = { "Normal_Msg", "Trans_Msg_Half", "Trans_msg_Commit", "Delay_Msg",
                                                  "Order_Msg" };
static const char *const state_names[] = { "COMMIT_MESSAGE", "ROLLBACK_MESSAGE", "UNKNOW" };

static int
index_of (const char *const *names, size_t n, const char *name)
{
  for (size_t i = 0; name != NULL && i < n; i++)
    if (strcmp (names[i], name) == 0)
      return (int) i;
  return -1;
}

static RmqTraceBean *
build_bean (JsonObject *value)
{
  RmqTraceBean *bean = _rmq_trace_bean_new ();

  bean->topic = g_strdup (vector_string (value, "topic"));
  bean->message_id = g_strdup (vector_string (value, "msgId"));
  bean->offset_message_id = g_strdup (vector_string (value, "offsetMsgId"));
  bean->tags = g_strdup (vector_string (value, "tags"));
  bean->keys = g_strdup (vector_string (value, "keys"));
  bean->store_host = g_strdup (vector_string (value, "storeHost"));
  bean->transaction_id = g_strdup (vector_string (value, "transactionId"));
  bean->retry_times = (int) vector_int (value, "retryTimes", 0);
  bean->body_length = (int) vector_int (value, "bodyLength", 0);
  bean->message_type =
      index_of (message_type_names, G_N_ELEMENTS (message_type_names), vector_string (value, "msgType"));
  bean->state = index_of (state_names, G_N_ELEMENTS (state_names), vector_string (value, "transactionState"));
  bean->from_check = vector_bool (value, "fromTransactionCheck", false);
  return bean;
}

static RmqTraceContext *
build_context (JsonObject *value)
{
  int type = index_of (type_names, G_N_ELEMENTS (type_names), vector_string (value, "traceType"));
  RmqTraceContext *context = _rmq_trace_context_new ((RmqTraceType) type);
  JsonArray *beans = vector_array (value, "beans");

  context->timestamp = vector_int (value, "timeStamp", 0);
  context->region_id = g_strdup (vector_string (value, "regionId"));
  context->group = g_strdup (vector_string (value, "groupName"));
  context->cost_ms = (int) vector_int (value, "costTime", 0);
  context->success = vector_bool (value, "success", true);
  context->request_id = g_strdup (vector_string (value, "requestId"));
  context->context_code = (int) vector_int (value, "contextCode", 0);
  context->cloud = g_strcmp0 (vector_string (value, "accessChannel"), "CLOUD") == 0;
  for (unsigned i = 0; beans != NULL && i < json_array_get_length (beans); i++)
    g_ptr_array_add (context->beans, build_bean (json_array_get_object_element (beans, i)));
  return context;
}

/* Java leaves an empty last field, at which its own reader fails; ours says null. */
static char *
expected_text (VectorCase *self, RmqTraceType type)
{
  g_auto (GStrv) pieces = NULL;

  if (type != RMQ_TRACE_SUB_BEFORE)
    return g_strdup (vector_string (self->object, "text"));
  pieces = g_strsplit (vector_string (self->object, "text"), "\x01\x02", -1);
  return g_strjoinv ("\x01null\x02", pieces);
}

static void
check_keys (VectorCase *self, const RmqTraceContext *context)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  JsonArray *want = vector_array (self->object, "keys");

  _rmq_trace_context_add_keys (context, keys);
  vector_expect_int (self, "number of keys", g_hash_table_size (keys), json_array_get_length (want));
  for (unsigned i = 0; i < json_array_get_length (want); i++)
    if (!g_hash_table_contains (keys, json_array_get_string_element (want, i)))
      vector_fail (self, "key %s is missing", json_array_get_string_element (want, i));
}

/* Java's default for what a record does not carry is an empty text, ours none. */
static void
expect_text (VectorCase *self, const char *what, const char *got, JsonObject *value)
{
  const char *want = vector_string (value, what);

  vector_expect_string (self, what, got != NULL ? got : "", want != NULL ? want : "");
}

static void
check_bean (VectorCase *self, const RmqTraceBean *bean, JsonObject *value)
{
  const char *type = vector_string (value, "msgType");

  expect_text (self, "topic", bean->topic, value);
  expect_text (self, "msgId", bean->message_id, value);
  expect_text (self, "offsetMsgId", bean->offset_message_id, value);
  expect_text (self, "tags", bean->tags, value);
  expect_text (self, "keys", bean->keys, value);
  expect_text (self, "storeHost", bean->store_host, value);
  expect_text (self, "transactionId", bean->transaction_id, value);
  vector_expect_int (self, "retryTimes", bean->retry_times, vector_int (value, "retryTimes", -1));
  vector_expect_int (self, "bodyLength", bean->body_length, vector_int (value, "bodyLength", -1));
  vector_expect_bool (self, "fromTransactionCheck", bean->from_check,
                      vector_bool (value, "fromTransactionCheck", false));
  if (type != NULL)
    vector_expect_string (self, "msgType", message_type_names[bean->message_type], type);
  if (vector_string (value, "transactionState") != NULL)
    vector_expect_string (self, "transactionState", bean->state >= 0 ? state_names[bean->state] : NULL,
                          vector_string (value, "transactionState"));
}

static void
check_context (VectorCase *self, const RmqTraceContext *context, JsonObject *value)
{
  JsonArray *beans = vector_array (value, "beans");

  vector_expect_string (self, "traceType", type_names[context->type], vector_string (value, "traceType"));
  if (vector_has (value, "timeStamp"))
    vector_expect_int (self, "timeStamp", context->timestamp, vector_int (value, "timeStamp", -1));
  expect_text (self, "regionId", context->region_id, value);
  expect_text (self, "groupName", context->group, value);
  vector_expect_int (self, "costTime", context->cost_ms, vector_int (value, "costTime", -1));
  vector_expect_bool (self, "success", context->success, vector_bool (value, "success", false));
  vector_expect_int (self, "contextCode", context->context_code, vector_int (value, "contextCode", -1));
  if (vector_has (value, "requestId"))
    expect_text (self, "requestId", context->request_id, value);
  if (!vector_expect_int (self, "number of beans", context->beans->len, json_array_get_length (beans)))
    return;
  for (unsigned i = 0; i < context->beans->len; i++)
    check_bean (self, g_ptr_array_index (context->beans, i), json_array_get_object_element (beans, i));
}

/* One bad record costs Java the whole text; we skip it, say so, and keep the others. */
static void
check_decode (VectorCase *self, const char *text)
{
  JsonArray *want = vector_array (self->object, "decoded");
  unsigned n_skipped;
  g_autoptr (GPtrArray) contexts = _rmq_trace_decode (rmq_slice_from_string (text), &n_skipped);

  if (vector_has (self->object, "decodeError"))
    {
      vector_expect_bool (self, "skips", n_skipped > 0, true);
      return;
    }
  if (want == NULL || !vector_expect_int (self, "number of contexts", contexts->len, json_array_get_length (want)))
    return;
  for (unsigned i = 0; i < contexts->len; i++)
    check_context (self, g_ptr_array_index (contexts, i), json_array_get_object_element (want, i));
}

static bool
run_trace (VectorCase *self)
{
  g_autoptr (RmqTraceContext) context = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autofree char *want = NULL;

  if (g_str_has_prefix (self->name, "decode") || g_str_has_prefix (self->name, "batch-decode"))
    {
      const char *text = vector_string (self->input, "text");

      check_decode (self, text != NULL ? text : vector_string (self->object, "text"));
      return true;
    }
  if (vector_string (self->input, "traceType") == NULL)
    return false;
  context = build_context (self->input);
  _rmq_trace_context_encode (context, &out);
  want = expected_text (self, context->type);
  vector_expect_slice (self, "text", rmq_slice ((const char *) out.data, out.len), want);
  check_keys (self, context);
  check_decode (self, vector_string (self->object, "text"));
  return true;
}

const VectorCategory vectors_trace[] = {
  { "trace", run_trace },
  { NULL },
};
