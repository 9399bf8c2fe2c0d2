/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of golden vectors: reading and comparing.
 */
#include "vectors-message-common.h"

#include "rmq-test-codec.h"

void
vector_read_properties (JsonObject *object, const char *member, RmqProperties *properties)
{
  JsonArray *list = vector_array (object, member);

  for (unsigned i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonArray *pair = json_array_get_array_element (list, i);
      const char *value = json_array_get_null_element (pair, 1) ? NULL : json_array_get_string_element (pair, 1);

      if (value != NULL)
        _rmq_properties_set (properties, rmq_slice_from_string (json_array_get_string_element (pair, 0)),
                             rmq_slice_from_string (value));
    }
}

RmqHost
vector_read_host (JsonObject *object, const char *member)
{
  g_auto (GStrv) parts = g_strsplit (vector_string (object, member), ":", 2);
  RmqHost host = { .port = (uint16_t) g_ascii_strtoull (parts[1], NULL, 10), .is_ipv6 = strlen (parts[0]) == 32 };

  for (size_t i = 0; parts[0][i] != '\0'; i += 2)
    host.address[i / 2] = (uint8_t) (g_ascii_xdigit_value (parts[0][i]) << 4 | g_ascii_xdigit_value (parts[0][i + 1]));
  return host;
}

void
vector_expect_body (VectorCase *self, const char *what, RmqSlice got, JsonNode *want)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *sum = NULL;
  JsonObject *object;

  if (got.data == NULL)
    got.data = "";
  if (want == NULL || JSON_NODE_HOLDS_NULL (want))
    {
      vector_expect_bytes (self, what, got, rmq_slice ("", 0));
      return;
    }
  object = JSON_NODE_HOLDS_OBJECT (want) ? json_node_get_object (want) : json_object_new ();
  if (JSON_NODE_HOLDS_OBJECT (want))
    {
      sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) got.data, got.len);
      vector_expect_int (self, what, (int64_t) got.len, vector_int (object, "length", -1));
      vector_expect_string (self, what, sum, vector_string (object, "sha256"));
      return;
    }
  json_object_set_string_member (object, "hex", json_node_get_string (want));
  bytes = vector_bytes (object, "hex");
  vector_expect_bytes (self, what, got, vector_slice_of_bytes (bytes));
  json_object_unref (object);
}

void
vector_expect_properties (VectorCase *self, RmqMessage *message, JsonNode *want)
{
  g_autoptr (GHashTable) got = rmq_message_dup_properties (message);
  JsonObject *object = want != NULL && JSON_NODE_HOLDS_OBJECT (want) ? json_node_get_object (want) : NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  vector_expect_int (self, "number of properties", g_hash_table_size (got),
                     object != NULL ? json_object_get_size (object) : 0);
  if (object == NULL)
    return;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    {
      RmqSlice found = _rmq_message_find (message, rmq_slice_from_string (name));

      vector_expect_string (self, name, g_hash_table_lookup (got, name), json_node_get_string (value));
      vector_expect_slice (self, name, found, json_node_get_string (value));
      vector_expect_string (self, name, rmq_message_get_property (message, name), json_node_get_string (value));
    }
}

static void
expect_host (VectorCase *self, const char *what, const RmqHost *got, JsonObject *want)
{
  g_autofree char *text = NULL;
  RmqHost host;
  RmqHost back;

  if (!vector_has (want, what))
    return;
  host = vector_read_host (want, what);
  vector_expect_bool (self, what, got->is_ipv6, host.is_ipv6);
  vector_expect_int (self, what, got->port, host.port);
  vector_expect_bytes (self, what, rmq_slice ((const char *) got->address, 16),
                       rmq_slice ((const char *) host.address, 16));
  text = _rmq_host_to_string (got);
  vector_expect_bool (self, "host text", _rmq_host_from_string (&back, text), true);
  vector_expect_bool (self, text, rmq_host_equal (&back, got), true);
}

void
vector_expect_message (VectorCase *self, RmqMessage *message, JsonObject *want)
{
  g_autofree char *message_id = rmq_message_dup_message_id (message);
  g_autofree char *offset_id = rmq_message_dup_offset_id (message);
  const struct
  {
    const char *member;
    int64_t got;
  } numbers[] = {
    { "queueId", rmq_message_get_queue_id (message) },
    { "flag", rmq_message_get_flag (message) },
    { "queueOffset", rmq_message_get_queue_offset (message) },
    { "commitLogOffset", rmq_message_get_commit_log_offset (message) },
    { "sysFlag", rmq_message_get_sys_flag (message) },
    { "bornTimestamp", rmq_message_get_born_timestamp (message) },
    { "storeTimestamp", rmq_message_get_store_timestamp (message) },
    { "reconsumeTimes", rmq_message_get_reconsume_times (message) },
    { "preparedTransactionOffset", message->prepared_transaction_offset },
    { "bodyCRC", rmq_message_get_body_crc (message) },
    { "storeSize", message->store_size },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (vector_has (want, numbers[i].member))
      vector_expect_int (self, numbers[i].member, numbers[i].got, vector_int (want, numbers[i].member, 0));
  vector_expect_string (self, "topic", rmq_message_get_topic (message), vector_string (want, "topic"));
  expect_host (self, "bornHost", &message->born_host, want);
  expect_host (self, "storeHost", &message->store_host, want);
  vector_expect_body (self, "body", _rmq_message_peek_body (message), vector_node (want, "body"));
  vector_expect_body (self, "body bytes", vector_slice_of_bytes (rmq_message_get_body (message)),
                      vector_node (want, "body"));
  if (vector_node (want, "properties") != NULL)
    vector_expect_properties (self, message, vector_node (want, "properties"));
  if (vector_node (want, "offsetMsgId") != NULL)
    vector_expect_string (self, "offsetMsgId", offset_id, vector_string (want, "offsetMsgId"));
  vector_expect_string (self, "msgId", message_id, vector_string (want, "msgId"));
}

GPtrArray *
vector_decode_messages (VectorCase *self, RmqDecodeFlags flags, RmqDecodeStats *stats)
{
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  g_autoptr (GError) error = NULL;
  RmqDecodeContext context = { .flags = flags, .compression = &rmq_test_codec_table };

  if (_rmq_messages_decode (&context, bytes, vector_slice_of_bytes (bytes), messages, stats, &error))
    return g_steal_pointer (&messages);
  g_assert_cmpuint (messages->len, ==, 0);
  vector_fail (self, "does not decode: %s", error->message);
  return NULL;
}
