/* SPDX-License-Identifier: Apache-2.0
 *
 * message-properties and message-setters: property texts, and what the setters of a message take.
 */
#include "vectors-message-common.h"

static void
expect_parsed (VectorCase *self, RmqSlice text)
{
  JsonObject *want = vector_object (self->object, "parsed");
  g_autoptr (GHashTable) got = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  JsonObjectIter members;
  const char *member;
  JsonNode *node;

  rmq_property_iter_init (&iter, text);
  while (_rmq_property_iter_next (&iter, &name, &value))
    g_hash_table_replace (got, rmq_slice_dup (name), rmq_slice_dup (value));
  vector_expect_int (self, "number of properties", g_hash_table_size (got), json_object_get_size (want));
  json_object_iter_init (&members, want);
  while (json_object_iter_next (&members, &member, &node))
    {
      RmqSlice found = _rmq_properties_text_find (text, rmq_slice_from_string (member));

      vector_expect_string (self, member, g_hash_table_lookup (got, member), json_node_get_string (node));
      vector_expect_slice (self, member, found, json_node_get_string (node));
    }
}

static bool
run_properties (VectorCase *self)
{
  g_auto (RmqProperties) properties = { 0 };
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  const char *text = vector_string (self->input, "text");

  if (text != NULL)
    {
      expect_parsed (self, rmq_slice_from_string (text));
      return true;
    }
  if (vector_array (self->input, "properties") == NULL)
    return false;
  text = vector_string (self->object, "text");
  vector_read_properties (self->input, "properties", &properties);
  _rmq_properties_encode (&properties, &out);
  vector_expect_int (self, "size", (int64_t) _rmq_properties_encoded_len (&properties), (int64_t) strlen (text));
  vector_expect_bytes (self, "text", rmq_slice (out.len > 0 ? (const char *) out.data : "", out.len),
                       rmq_slice_from_string (text));
  expect_parsed (self, rmq_slice_from_string (text));
  return true;
}

static void
expect_reserved (VectorCase *self)
{
  JsonArray *names = vector_array (self->object, "names");

  for (unsigned i = 0; i < json_array_get_length (names); i++)
    {
      const char *name = json_array_get_string_element (names, i);
      g_autofree char *longer = g_strconcat (name, "x", NULL);
      RmqSlice slice = rmq_slice_from_string (name);

      vector_expect_bool (self, name, _rmq_property_is_reserved (slice), true);
      vector_expect_bool (self, longer, _rmq_property_is_reserved (rmq_slice_from_string (longer)), false);
      slice.len--;
      vector_expect_bool (self, "a part of it", _rmq_property_is_reserved (slice), false);
    }
}

/* Java takes U+0001 and U+0002, which would break the text; here they are refused. */
static void
expect_user_property (VectorCase *self)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  g_autoptr (GError) error = NULL;
  const char *name = vector_string (self->input, "name");
  const char *value = vector_string (self->input, "value");
  bool accepted = vector_bool (self->object, "accepted", false);

  if (name != NULL && value != NULL && (strpbrk (name, "\001\002") != NULL || strpbrk (value, "\001\002") != NULL))
    accepted = false;
  vector_expect_bool (self, "accepted", rmq_message_set_property (message, name, value, &error), accepted);
  if (accepted)
    vector_expect_string (self, name, rmq_message_get_property (message, name), value);
  else
    vector_expect_bool (self, "error", g_error_matches (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT), true);
}

static void
call_setters (VectorCase *self, RmqMessage *message)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keys = NULL;
  JsonArray *list = vector_array (self->input, "keys");
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; list != NULL && i < json_array_get_length (list); i++)
    g_strv_builder_add (builder, json_array_get_string_element (list, i));
  keys = g_strv_builder_end (builder);

  if (!rmq_message_set_tag (message, vector_string (self->input, "tags"), &error)
      || !rmq_message_set_keys (message, (const char *const *) keys, &error)
      || !rmq_message_set_wait_store_ok (message, vector_bool (self->input, "waitStoreMsgOK", true), &error)
      || !rmq_message_set_delay_level (message, (int) vector_int (self->input, "delayTimeLevel", 0), &error)
      || !rmq_message_set_delivery_time (message, vector_int (self->input, "deliverTimeMs", 0), &error))
    vector_fail (self, "refused: %s", error->message);
}

/* Empty tags and keys, which Java writes and its own parser loses, are not written here. */
static bool
run_setters (VectorCase *self)
{
  JsonObject *want = vector_object (self->object, "properties");
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  g_autoptr (GHashTable) got = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  unsigned n = 0;

  if (g_str_has_prefix (self->name, "putUserProperty"))
    expect_user_property (self);
  else if (g_str_has_prefix (self->name, "reserved-names"))
    expect_reserved (self);
  else if (want == NULL)
    return false;
  if (want == NULL)
    return true;

  call_setters (self, message);
  got = rmq_message_dup_properties (message);
  json_object_iter_init (&iter, want);
  while (json_object_iter_next (&iter, &name, &value))
    {
      const char *text = json_node_get_string (value);

      vector_expect_string (self, name, g_hash_table_lookup (got, name), text[0] != '\0' ? text : NULL);
      n += text[0] != '\0';
    }
  vector_expect_int (self, "number of properties", g_hash_table_size (got), n);
  return true;
}

const VectorCategory vectors_properties[] = {
  { "message-properties", run_properties },
  { "message-setters", run_setters },
  { NULL },
};
