/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON bodies: every class is read from Java's text and written again, and both must mean what the vector says.
 */
#include "body-canonical.h"
#include "body-classes.h"
#include "vectors.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-offset-table-private.h"
#include "wire/rmq-topic-config-private.h"
#include <rmq/rmq.h>

#define MAX_BODY (16 * 1024 * 1024)

static void
expect_same (VectorCase *self, const char *what, char *got, char *want)
{
  vector_expect_string (self, what, got, want);
  g_free (got);
  g_free (want);
}

/* Strict JSON must be strict in our form too; the others must hold a raw object key, or quoted numbers only. */
static void
check_form (VectorCase *self, RmqSlice text)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  bool strict = json_parser_load_from_data (parser, text.data, (gssize) text.len, NULL);

  if (vector_bool (self->object, "standardJson", false))
    vector_expect_bool (self, "standard JSON", strict, true);
  else if (!strict && g_strstr_len (text.data, (gssize) text.len, "{{") == NULL)
    vector_fail (self, "neither standard JSON nor raw object keys: %.*s", (int) text.len, text.data);
}

/* Values of these classes have members that Java's text derives or leaves out: times as text, "activated". */
static bool
has_other_members (VectorCase *self)
{
  const char *class_name = vector_string (self->input, "class");

  return g_strcmp0 (class_name, "QueryConsumeTimeSpanBody") == 0 || g_strcmp0 (class_name, "HARuntimeInfo") == 0;
}

/* The bits of an acknowledgement are Base64 in the text, a list of numbers in the value. */
static void
replace_bits (JsonObject *ack)
{
  JsonArray *bits = vector_array (vector_object (ack, "b"), "bits");
  g_autoptr (RmqBatchAck) built = NULL;
  g_autoptr (GArray) offsets = NULL;

  if (bits == NULL)
    return;
  built = _rmq_batch_ack_new ();
  offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
  for (unsigned i = 0; i < json_array_get_length (bits); i++)
    {
      int64_t offset = json_array_get_int_element (bits, i);

      g_array_append_val (offsets, offset);
    }
  g_assert_true (_rmq_batch_ack_set_offsets (built, (const int64_t *) offsets->data, offsets->len));
  json_object_set_string_member (ack, "b", built->bits);
}

static void
replace_all_bits (VectorCase *self)
{
  JsonObject *value = vector_object (self->input, "value");
  JsonArray *acks = vector_array (value, "acks");

  if (value != NULL)
    replace_bits (value);
  for (unsigned i = 0; acks != NULL && i < json_array_get_length (acks); i++)
    replace_bits (json_array_get_object_element (acks, i));
}

static void
round_trip (VectorCase *self, const RmqBodyType *type, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_BODY);
  JsonNode *value = vector_node (self->input, "value");
  void *body = _rmq_body_decode (type, rmq_slice_from_string (text), &error);
  void *copy;
  RmqSlice written;

  if (body == NULL)
    {
      vector_fail (self, "decode: %s", error->message);
      return;
    }
  _rmq_body_encode (type, body, &out);
  written = rmq_slice ((const char *) out.data, out.len);
  expect_same (self, "written against text", canonical_of_text (written, false),
               canonical_of_text (rmq_slice_from_string (text), false));
  replace_all_bits (self);
  if (value != NULL && vector_bool (self->object, "javaRoundTrip", false) && !has_other_members (self))
    expect_same (self, "written against value", canonical_of_text (written, true), canonical_of_value (value, true));
  check_form (self, written);

  copy = _rmq_body_copy (type, body);
  if (copy == NULL || (vector_bool (self->object, "javaRoundTrip", false) && !_rmq_body_equal (type, body, copy)))
    vector_fail (self, "the copy differs");
  if (copy != NULL)
    type->free (copy);
  type->free (body);
}

static bool
run_class (VectorCase *self, const char *class_name)
{
  const RmqBodyType *type = body_type_of_class (class_name);

  if (type == NULL || vector_string (self->object, "text") == NULL)
    return false;
  round_trip (self, type, vector_string (self->object, "text"));
  return true;
}

/* MessageQueue is not a body of its own: it is read as the only element of a lock answer. */
static bool
run_queue (VectorCase *self)
{
  const char *text = vector_string (self->object, "text");
  g_autofree char *wrapped = g_strdup_printf ("{\"lockOKMQSet\":[%s]}", text);

  round_trip (self, body_type_of_class ("LockBatchResponseBody"), wrapped);
  return true;
}

static bool
run_body (VectorCase *self)
{
  const char *class_name = vector_string (self->input, "class");

  if (class_name == NULL)
    return run_class (self, "HeartbeatData");
  if (strcmp (class_name, "MessageQueue") == 0)
    {
      json_object_remove_member (self->input, "value");
      return run_queue (self);
    }
  return run_class (self, class_name);
}

static bool
run_heartbeat (VectorCase *self)
{
  return run_class (self, "HeartbeatData");
}

/* Java 5.5 refuses these; we read them, since brokers up to 5.3 write queue keys so, and 220 comes in C's form. */
static bool
is_read_by_us (const char *name)
{
  return strstr (name, "quoted-string-key") != NULL || strcmp (name, "running-info-full") == 0
         || strcmp (name, "ResetOffsetBody/c-form") == 0;
}

static void
check_refused_by_java (VectorCase *self, const RmqBodyType *type, RmqSlice text)
{
  g_autoptr (GError) error = NULL;
  void *body = strcmp (self->name, "ResetOffsetBody/c-form") == 0 ? _rmq_offset_table_decode_reset (text, &error)
                                                                  : _rmq_body_decode (type, text, &error);
  g_autofree char *written = NULL;

  vector_expect_bool (self, "accepted by us", body != NULL, is_read_by_us (self->name));
  if (body == NULL)
    {
      if (!g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL))
        vector_fail (self, "error %s", error->message);
      return;
    }
  written = _rmq_body_to_string (type, body);
  if (strstr (written, "{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:") == NULL)
    vector_fail (self, "the queue key was lost: %s", written);
  type->free (body);
}

/* INFO. Where we differ from what Java accepted, this says how. */
static bool
run_java_accepts (VectorCase *self)
{
  const char *class_name = vector_string (self->input, "class");
  const RmqBodyType *type = class_name != NULL ? body_type_of_class (class_name) : NULL;
  const char *text = vector_string (self->input, "text");
  const char *want = vector_string (self->object, "text");
  g_autoptr (GError) error = NULL;
  g_autofree char *written = NULL;
  void *body;

  if (type == NULL || text == NULL)
    return false;
  if (!vector_bool (self->object, "accepted", false))
    {
      check_refused_by_java (self, type, rmq_slice_from_string (text));
      return true;
    }
  body = _rmq_body_decode (type, rmq_slice_from_string (text), &error);
  if (body == NULL)
    {
      vector_fail (self, "decode: %s", error->message);
      return true;
    }
  written = _rmq_body_to_string (type, body);
  /* Null lists are empty lists here, so that nobody has to ask. */
  if (strcmp (self->name, "route-nulls") == 0)
    want = "{\"brokerDatas\":[],\"filterServerTable\":{},\"queueDatas\":[]}";
  /* Java drops an empty bit set; here the text stays, and means no offsets. */
  if (strcmp (self->name, "batch-ack-no-bits") == 0)
    want = "{\"acks\":[{\"b\":\"\",\"c\":\"CG\",\"it\":0,\"pt\":0,\"q\":1,\"rq\":0,\"so\":0}],\"brokerName\":\"b\"}";
  expect_same (self, "written", canonical_of_text (rmq_slice_from_string (written), true),
               canonical_of_text (rmq_slice_from_string (want), true));
  type->free (body);
  return true;
}

static RmqOffsetTable *
build_offsets (JsonArray *offsets)
{
  RmqOffsetTable *table = _rmq_offset_table_new ();

  for (unsigned i = 0; i < json_array_get_length (offsets); i++)
    {
      JsonObject *item = json_array_get_object_element (offsets, i);
      g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new (
          vector_string (item, "topic"), vector_string (item, "brokerName"), (int) vector_int (item, "queueId", -1));

      _rmq_queue_offsets_add (table->offsets, queue, vector_int (item, "offset", -1));
    }
  return table;
}

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Queue order in Java's text is that of a hash map, so the layouts compare by lines, sorted, the commas left out. */
static char *
sorted_lines (RmqSlice text)
{
  g_autofree char *copy = g_strndup (text.data, text.len);
  g_auto (GStrv) pieces = g_strsplit (copy, "\n\t\t{\n", -1);
  GString *joined = g_string_new (pieces[0]);
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  for (unsigned i = 1; pieces[0] != NULL && pieces[i] != NULL; i++)
    {
      if (g_str_has_suffix (pieces[i], "\n\t}\n}"))
        pieces[i][strlen (pieces[i]) - strlen ("\n\t}\n}")] = '\0';
      if (g_str_has_suffix (pieces[i], ","))
        pieces[i][strlen (pieces[i]) - 1] = '\0';
      g_ptr_array_add (entries, pieces[i]);
    }
  g_ptr_array_sort (entries, compare_texts);
  for (unsigned i = 0; i < entries->len; i++)
    g_string_append_printf (joined, "\n%s", (char *) g_ptr_array_index (entries, i));
  return g_string_free (joined, FALSE);
}

static bool
run_offset_store (VectorCase *self)
{
  const char *text = vector_string (self->object, "text");
  const char *compact = vector_string (self->object, "compact");
  JsonArray *offsets = vector_array (self->input, "offsets");
  g_autoptr (RmqOffsetTable) table = NULL;
  g_autoptr (RmqOffsetTable) from_text = NULL;
  g_autoptr (RmqOffsetTable) from_compact = NULL;
  g_autoptr (RmqOffsetTable) from_ours = NULL;
  g_autofree char *plain = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_BODY);

  if (text == NULL || compact == NULL || offsets == NULL)
    return false;
  table = build_offsets (offsets);
  _rmq_offset_table_write_file (table, &out);
  expect_same (self, "file", sorted_lines (rmq_slice ((const char *) out.data, out.len)),
               sorted_lines (rmq_slice_from_string (text)));

  from_ours = _rmq_offset_table_decode (rmq_slice ((const char *) out.data, out.len), NULL);
  from_text = _rmq_offset_table_decode (rmq_slice_from_string (text), NULL);
  from_compact = _rmq_offset_table_decode (rmq_slice_from_string (compact), NULL);
  if (from_text == NULL || from_compact == NULL || from_ours == NULL
      || !_rmq_body_equal (&_rmq_offset_table_type, from_text, from_compact)
      || !_rmq_body_equal (&_rmq_offset_table_type, from_text, from_ours))
    vector_fail (self, "the layouts do not read alike");
  plain = _rmq_body_to_string (&_rmq_offset_table_type, table);
  expect_same (self, "compact", canonical_of_text (rmq_slice_from_string (plain), false),
               canonical_of_text (rmq_slice_from_string (compact), false));
  return true;
}

static RmqTopicConfigBody *
build_config (JsonObject *value)
{
  RmqTopicConfigBody *config = _rmq_topic_config_body_new ();
  JsonObject *attributes = vector_object (value, "attributes");
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;

  config->name = g_strdup (vector_string (value, "topicName"));
  config->read_queues = (int) vector_int (value, "readQueueNums", -1);
  config->write_queues = (int) vector_int (value, "writeQueueNums", -1);
  config->perm = (int) vector_int (value, "perm", -1);
  config->sys_flag = (int) vector_int (value, "topicSysFlag", -1);
  config->order = vector_bool (value, "order", false);
  config->filter_type = g_strcmp0 (vector_string (value, "topicFilterType"), "MULTI_TAG") == 0;
  json_object_iter_init (&iter, attributes);
  while (json_object_iter_next (&iter, &key, &node))
    _rmq_string_pairs_add (config->attributes, key, json_node_get_string (node));
  return config;
}

/* Attribute order is free: the part before them is text, they are JSON. */
static void
expect_config_text (VectorCase *self, const char *got, const char *want)
{
  const char *got_json = strchr (got, '{');
  const char *want_json = strchr (want, '{');

  if (got_json == NULL || want_json == NULL)
    {
      vector_fail (self, "no attributes: %s", got);
      return;
    }
  expect_same (self, "before the attributes", g_strndup (got, (size_t) (got_json - got)),
               g_strndup (want, (size_t) (want_json - want)));
  expect_same (self, "attributes", canonical_of_text (rmq_slice_from_string (got_json), false),
               canonical_of_text (rmq_slice_from_string (want_json), false));
}

static bool
run_topic_config_text (VectorCase *self)
{
  const char *text = vector_string (self->object, "text");
  JsonNode *decoded = vector_node (self->object, "decoded");
  g_autoptr (RmqTopicConfigBody) config = NULL;
  g_autoptr (RmqTopicConfigBody) read = NULL;
  g_autofree char *got = NULL;
  g_autofree char *json = NULL;
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (MAX_BODY);

  if (text == NULL || decoded == NULL)
    return false;
  config = build_config (self->input);
  _rmq_topic_config_body_encode_text (config, &out);
  got = g_strndup ((const char *) out.data, out.len);
  expect_config_text (self, got, text);

  read = _rmq_topic_config_body_decode_text (rmq_slice_from_string (text), NULL);
  vector_expect_bool (self, "decodes", read != NULL, vector_bool (self->object, "decodeOk", false));
  if (read == NULL)
    return true;
  json = _rmq_body_to_string (&_rmq_topic_config_body_type, read);
  expect_same (self, "decoded", canonical_of_text (rmq_slice_from_string (json), false),
               canonical_of_value (decoded, false));
  return true;
}

const VectorCategory vectors_body[] = {
  { "body-admin", run_body },
  { "body-client", run_body },
  { "body-heartbeat", run_heartbeat },
  { "body-offset-store", run_offset_store },
  { "java-accepts", run_java_accepts },
  { "topic-config-text", run_topic_config_text },
  { NULL },
};
