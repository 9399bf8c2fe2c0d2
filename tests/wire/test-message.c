/* SPDX-License-Identifier: Apache-2.0
 *
 * A message in the making: what its setters take and refuse, sealing, copies, and how it goes out.
 */
#include "test-records.h"

#define UNIQUE_ID "7F0000010539123456780036EE800001"

static RmqMessage *
new_received (RmqRecord record)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) messages = test_messages_new ();

  test_record_append (body, record);
  bytes = g_bytes_new (body->data, body->len);
  g_assert_true (test_decode (bytes, NULL, messages, NULL, NULL));
  return rmq_message_ref (messages->pdata[0]);
}

static char *
encode (RmqMessage *message, const char *unique_id)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_message_encode_properties (message, unique_id, NULL, &out, &error));
  g_assert_no_error (error);
  return g_strndup ((const char *) out.data, out.len);
}

static void
test_new (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  g_autoptr (RmqMessage) text = rmq_message_new_text ("T", "hällo");
  g_autofree char *body = rmq_message_dup_text (text);
  g_auto (GStrv) keys = rmq_message_dup_keys (message);
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_message_is_sealed (message));
  g_assert_cmpuint (g_bytes_get_size (rmq_message_get_body (message)), ==, 0);
  g_assert_cmpstr (body, ==, "hällo");
  g_assert_cmpuint (g_strv_length (keys), ==, 0);
  g_assert_null (rmq_message_get_tag (message));
  g_assert_null (rmq_message_get_unique_id (message));
  g_assert_null (rmq_message_dup_message_id (message));
  g_assert_null (rmq_message_dup_offset_id (message));
  g_assert_null (rmq_message_get_transaction_id (message));
  g_assert_null (rmq_message_dup_queue (message));
  g_assert_null (rmq_message_get_broker_name (message));
  g_assert_null (rmq_message_dup_born_host (message));
  g_assert_null (rmq_message_dup_store_host (message));
  g_assert_cmpint (rmq_message_get_queue_id (message), ==, -1);
  g_assert_cmpint (rmq_message_get_queue_offset (message), ==, -1);
  g_assert_cmpint (rmq_message_get_commit_log_offset (message), ==, -1);
  g_assert_cmpint (rmq_message_get_priority (message), ==, -1);
  g_assert_cmpint (rmq_message_get_delay_level (message), ==, 0);
  g_assert_true (rmq_message_get_wait_store_ok (message));
  g_assert_false (rmq_message_ack (message, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
}

static void
test_setters (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  g_autoptr (GBytes) body = g_bytes_new_static ("abc", 3);
  g_autofree char *text = NULL;

  g_assert_true (rmq_message_set_topic (message, "Other", NULL));
  g_assert_true (rmq_message_set_body (message, body, NULL));
  g_assert_true (rmq_message_set_flag (message, -5, NULL));
  g_assert_true (rmq_message_set_tag (message, "created", NULL));
  g_assert_true (rmq_message_set_ordering_key (message, "user-1", NULL));
  g_assert_true (rmq_message_set_delay_level (message, 3, NULL));
  g_assert_true (rmq_message_set_delay (message, 1500, NULL));
  g_assert_true (rmq_message_set_delivery_time (message, 1700000000000, NULL));
  g_assert_true (rmq_message_set_priority (message, 2, NULL));
  g_assert_true (rmq_message_set_wait_store_ok (message, FALSE, NULL));
  g_assert_true (rmq_message_set_unique_id (message, "my-id", NULL));

  g_assert_cmpstr (rmq_message_get_topic (message), ==, "Other");
  g_assert_true (rmq_message_get_body (message) == body);
  g_assert_cmpint (rmq_message_get_flag (message), ==, -5);
  g_assert_cmpstr (rmq_message_get_tag (message), ==, "created");
  g_assert_cmpstr (rmq_message_get_ordering_key (message), ==, "user-1");
  g_assert_cmpint (rmq_message_get_delay_level (message), ==, 3);
  g_assert_cmpint (rmq_message_get_delay (message), ==, 1500);
  g_assert_cmpint (rmq_message_get_delivery_time (message), ==, 1700000000000);
  g_assert_cmpint (rmq_message_get_priority (message), ==, 2);
  g_assert_false (rmq_message_get_wait_store_ok (message));
  g_assert_cmpstr (rmq_message_get_unique_id (message), ==, "my-id");
  text = encode (message, UNIQUE_ID);
  g_assert_cmpstr (text, ==,
                   "TAGS\001created\002__SHARDINGKEY\001user-1\002DELAY\0013\002TIMER_DELAY_MS\0011500\002"
                   "TIMER_DELIVER_MS\0011700000000000\002_SYS_MSG_PRIORITY_\0012\002WAIT\001false\002"
                   "UNIQ_KEY\001my-id\002");

  g_assert_true (rmq_message_set_tag (message, NULL, NULL));
  g_assert_true (rmq_message_set_ordering_key (message, "", NULL));
  g_assert_true (rmq_message_set_delay (message, 0, NULL));
  g_assert_true (rmq_message_set_delivery_time (message, 0, NULL));
  g_assert_true (rmq_message_set_unique_id (message, NULL, NULL));
  g_assert_null (rmq_message_get_tag (message));
  g_assert_null (rmq_message_get_ordering_key (message));
  g_assert_cmpint (rmq_message_get_delay (message), ==, 0);
  g_assert_cmpint (rmq_message_get_delivery_time (message), ==, 0);
  g_assert_null (rmq_message_get_unique_id (message));
}

#define assert_refused(call, code)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GError) error = NULL;                                                                                   \
    g_assert_false (call);                                                                                             \
    g_assert_error (error, RMQ_ERROR, code);                                                                           \
  }                                                                                                                    \
  G_STMT_END

static void
test_user_property (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);

  g_assert_true (rmq_message_set_property (message, "a", "1", NULL));
  g_assert_true (rmq_message_set_property (message, "a", "2", NULL));
  g_assert_true (rmq_message_set_property (message, "keys", "lower case is free", NULL));
  g_assert_cmpstr (rmq_message_get_property (message, "a"), ==, "2");
  g_assert_null (rmq_message_get_property (message, "b"));
  assert_refused (rmq_message_set_property (message, "KEYS", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "UNIQ_KEY", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, NULL, "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "x", NULL, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "x", "", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, " \t", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "x", "\xe2\x80\x83", &error), RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (rmq_message_get_property (message, "a"), ==, "2");
  g_assert_null (rmq_message_get_property (message, "x"));
}

static void
test_bad_characters (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  const char *const bad_keys[] = { "fine", "a\001b", NULL };
  const char *const bad_keys2[] = { "a\002b", NULL };
  const char *const not_text[] = { "\xff", NULL };

  assert_refused (rmq_message_set_property (message, "a\001b", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "a\002b", "x", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "a", "x\001y", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "a", "x\002y", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_property (message, "a", "\xc0\xaf", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_tag (message, "a\001", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_tag (message, "a\002", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_keys (message, bad_keys, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_keys (message, bad_keys2, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_keys (message, not_text, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_ordering_key (message, "\002", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_unique_id (message, "a,b", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_unique_id (message, "\001", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_topic (message, "a\001", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_topic (message, "", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_topic (message, NULL, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_delay_level (message, -1, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_delay (message, -1, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_delivery_time (message, -1, &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_priority (message, -1, &error), RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (message->properties.n, ==, 0);
}

static void
test_keys (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  const char *const keys[] = { "order-1", "用户", "k3", NULL };
  const char *const spaced[] = { "one key", NULL };
  const char *const none[] = { NULL };
  g_auto (GStrv) got = NULL;
  g_auto (GStrv) nothing = NULL;

  g_assert_true (rmq_message_set_keys (message, keys, NULL));
  g_assert_cmpstr (rmq_message_get_property (message, "KEYS"), ==, "order-1 用户 k3");
  got = rmq_message_dup_keys (message);
  g_assert_cmpuint (g_strv_length (got), ==, 3);
  g_assert_cmpstr (got[1], ==, "用户");
  assert_refused (rmq_message_set_keys (message, spaced, &error), RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_true (rmq_message_set_keys (message, none, NULL));
  nothing = rmq_message_dup_keys (message);
  g_assert_cmpuint (g_strv_length (nothing), ==, 0);
}

static void
test_tag (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);

  assert_refused (rmq_message_set_tag (message, "a || b", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_tag (message, "a|b", &error), RMQ_ERROR_INVALID_ARGUMENT);
  assert_refused (rmq_message_set_tag (message, "  ", &error), RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_true (rmq_message_set_tag (message, "*", NULL));
  g_assert_true (rmq_message_set_tag (message, "😀", NULL));
  g_assert_cmpstr (rmq_message_get_tag (message), ==, "😀");
}

static void
test_size (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new ("T", NULL);
  g_autofree char *huge = g_strnfill (32767 - 4, 'x');
  g_autofree char *chinese = g_malloc0 (10240 * 3 + 1);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);

  for (int i = 0; i < 10240; i++)
    memcpy (chinese + 3 * i, "中", 3);
  g_assert_true (rmq_message_set_property (message, "n", chinese, NULL));
  g_assert_cmpstr (rmq_message_get_property (message, "n"), ==, chinese);

  /* One byte more than 32767, then exactly that: name, separator, value, separator. */
  assert_refused (rmq_message_set_property (message, "nnn", huge, &error), RMQ_ERROR_MESSAGE_ILLEGAL);
  assert_refused (rmq_message_set_property (message, "mm", chinese, &error), RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpstr (rmq_message_get_property (message, "n"), ==, chinese);
  g_clear_pointer (&message, rmq_message_unref);
  message = rmq_message_new ("T", NULL);
  g_assert_true (rmq_message_set_property (message, "nn", huge, NULL));

  /* The id the send adds counts too. */
  assert_refused (_rmq_message_encode_properties (message, UNIQUE_ID, NULL, &out, &error), RMQ_ERROR_MESSAGE_ILLEGAL);
}

static void
test_unicode (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("T", "消息 🚀");
  g_autoptr (RmqMessage) received = NULL;
  g_autofree char *text = NULL;
  g_autofree char *body = NULL;
  const char *const keys[] = { "键😀", NULL };
  RmqRecord record = test_record (0);

  g_assert_true (rmq_message_set_tag (message, "标签", NULL));
  g_assert_true (rmq_message_set_keys (message, keys, NULL));
  g_assert_true (rmq_message_set_property (message, "属性", "值🎉", NULL));
  text = encode (message, NULL);
  record.properties = rmq_slice_from_string (text);
  record.body = _rmq_message_peek_body (message);
  received = new_received (record);
  body = rmq_message_dup_text (received);
  g_assert_cmpstr (body, ==, "消息 🚀");
  g_assert_cmpstr (rmq_message_get_tag (received), ==, "标签");
  g_assert_cmpstr (rmq_message_get_property (received, "KEYS"), ==, "键😀");
  g_assert_cmpstr (rmq_message_get_property (received, "属性"), ==, "值🎉");
}

static void
test_parse (void)
{
  RmqRecord record = test_record (0);
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (GHashTable) table = NULL;

  record.properties = RMQ_SLICE_LITERAL ("a\0011\002\002b\002bc\002v\001x\001y\002none\001\002a\0012\002last\001z");
  message = new_received (record);
  table = rmq_message_dup_properties (message);
  g_assert_cmpuint (g_hash_table_size (table), ==, 3);
  g_assert_cmpstr (rmq_message_get_property (message, "a"), ==, "2");
  g_assert_cmpstr (rmq_message_get_property (message, "v"), ==, "x\001y");
  g_assert_cmpstr (rmq_message_get_property (message, "last"), ==, "z");
  g_assert_null (rmq_message_get_property (message, "none"));
  g_assert_null (rmq_message_get_property (message, "v\001x"));
  g_assert_null (rmq_message_get_property (message, "b"));
  g_assert_null (rmq_message_get_property (message, ""));
}

static void
test_ids (void)
{
  RmqRecord record = test_record (0);
  g_autoptr (RmqMessage) with = new_received (record);
  g_autoptr (RmqMessage) without = NULL;
  g_autofree char *id = rmq_message_dup_message_id (with);
  g_autofree char *offset_id = rmq_message_dup_offset_id (with);
  g_autofree char *fallback = NULL;

  g_assert_cmpstr (id, ==, UNIQUE_ID);
  g_assert_cmpstr (rmq_message_get_unique_id (with), ==, UNIQUE_ID);
  g_assert_cmpstr (offset_id, ==, "7F00000100002A9F000000000001E240");
  record.properties = RMQ_SLICE_NULL;
  without = new_received (record);
  fallback = rmq_message_dup_message_id (without);
  g_assert_cmpstr (fallback, ==, offset_id);
  g_assert_null (rmq_message_get_unique_id (without));
}

static void
test_pulled (void)
{
  RmqRecord record = test_record (0);
  g_autoptr (RmqMessage) plain = new_received (record);
  g_autoptr (RmqMessage) half = NULL;
  g_autoptr (GHashTable) table = NULL;

  g_assert_null (rmq_message_get_property (plain, "MIN_OFFSET"));
  g_assert_null (rmq_message_get_transaction_id (plain));
  record.properties = RMQ_SLICE_LITERAL ("MIN_OFFSET\00199\002TRAN_MSG\001TRUE\002UNIQ_KEY\001id\002");
  half = new_received (record);
  half->min_offset = 5;
  half->max_offset = INT64_MAX;
  g_assert_cmpstr (rmq_message_get_property (half, "MIN_OFFSET"), ==, "5");
  g_assert_cmpstr (rmq_message_get_property (half, "MAX_OFFSET"), ==, "9223372036854775807");
  g_assert_cmpstr (rmq_message_get_transaction_id (half), ==, "id");
  table = rmq_message_dup_properties (half);
  g_assert_cmpuint (g_hash_table_size (table), ==, 4);
  g_assert_cmpstr (g_hash_table_lookup (table, "MIN_OFFSET"), ==, "5");
}

static void
test_sealed (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("T", "x");
  g_autoptr (RmqMessage) received = new_received (test_record (0));
  const char *const keys[] = { "k", NULL };

  g_assert_true (_rmq_message_seal (message));
  g_assert_false (_rmq_message_seal (message));
  g_assert_true (rmq_message_is_sealed (message));
  for (int i = 0; i < 2; i++)
    {
      RmqMessage *sealed = i == 0 ? message : received;

      assert_refused (rmq_message_set_topic (sealed, "U", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_body (sealed, NULL, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_tag (sealed, "t", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_tag (sealed, "t|u", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_keys (sealed, keys, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_property (sealed, "a", "b", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_unique_id (sealed, "a", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_ordering_key (sealed, "a", &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_flag (sealed, 1, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_wait_store_ok (sealed, FALSE, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_delay_level (sealed, 1, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_delay (sealed, 1, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_delivery_time (sealed, 1, &error), RMQ_ERROR_SEALED);
      assert_refused (rmq_message_set_priority (sealed, 1, &error), RMQ_ERROR_SEALED);
    }
}

static void
test_copy (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("T", "x");
  g_autoptr (RmqMessage) copy = NULL;
  g_autofree char *text = NULL;

  g_assert_true (rmq_message_set_tag (message, "t", NULL));
  g_assert_true (rmq_message_set_delay_level (message, 2, NULL));
  g_assert_true (rmq_message_set_flag (message, 9, NULL));
  _rmq_message_seal (message);
  copy = rmq_message_copy (message);
  g_assert_false (rmq_message_is_sealed (copy));
  g_assert_true (rmq_message_get_body (copy) == rmq_message_get_body (message));
  g_assert_cmpint (rmq_message_get_flag (copy), ==, 9);
  text = encode (copy, NULL);
  g_assert_cmpstr (text, ==, "TAGS\001t\002DELAY\0012\002");
  g_assert_true (rmq_message_set_tag (copy, "u", NULL));
  g_assert_cmpstr (rmq_message_get_tag (message), ==, "t");
}

/* What the broker and the first producer added must not go out again. */
static void
test_copy_received (void)
{
  RmqRecord record = test_record (0);
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (RmqMessage) copy = NULL;
  g_autoptr (RmqMessage) all = NULL;
  g_autofree char *text = NULL;
  g_autofree char *all_text = NULL;

  record.properties =
      RMQ_SLICE_LITERAL ("UNIQ_KEY\001id\002TAGS\001t\002KEYS\001k l\002own\001v\002MSG_REGION\001r\002TRACE_ON\001true"
                         "\002CLUSTER\001c\002WAIT\001false\002DELAY\0013\002INNER_NUM\0011\002_SYS_MSG_PRIORITY_\0013"
                         "\002__SHARDINGKEY\001s\002");
  message = new_received (record);
  message->min_offset = 1;
  copy = rmq_message_copy (message);
  g_assert_false (rmq_message_is_sealed (copy));
  text = encode (copy, NULL);
  g_assert_cmpstr (text, ==,
                   "TAGS\001t\002KEYS\001k l\002own\001v\002WAIT\001false\002_SYS_MSG_PRIORITY_\0013\002"
                   "__SHARDINGKEY\001s\002");
  g_assert_cmpint (rmq_message_get_flag (copy), ==, 7);

  all = _rmq_message_copy_all (message, "%RETRY%g");
  all_text = encode (all, UNIQUE_ID);
  g_assert_cmpstr (rmq_message_get_topic (all), ==, "%RETRY%g");
  g_assert_cmpmem (all_text, strlen (all_text), record.properties.data, record.properties.len);
}

static void
test_encode (void)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("T", "x");
  g_auto (RmqProperties) extra = { 0 };
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1000);

  g_assert_true (rmq_message_set_property (message, "a", "b", NULL));
  _rmq_properties_set (&extra, RMQ_SLICE_LITERAL ("PGROUP"), RMQ_SLICE_LITERAL ("g"));
  rmq_byte_writer_string (&out, "before ");
  g_assert_true (_rmq_message_encode_properties (message, UNIQUE_ID, &extra, &out, NULL));
  rmq_byte_writer_u8 (&out, 0);
  g_assert_cmpstr ((char *) out.data, ==, "before a\001b\002UNIQ_KEY\001" UNIQUE_ID "\002PGROUP\001g\002");
  /* The id is the send's, not the message's. */
  g_assert_null (rmq_message_get_unique_id (message));
}

/* Against a table, with names that are parts of each other. */
static void
test_properties_model (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (RmqProperties) list = { 0 };

  for (int i = 0; i < 20000; i++)
    {
      char *name = g_strnfill ((gsize) g_rand_int_range (rand, 1, 12), 'n');
      char *value = g_strnfill ((gsize) g_rand_int_range (rand, 0, 40), (char) g_rand_int_range (rand, 'a', 'z'));
      RmqSlice found;

      if (g_rand_int_range (rand, 0, 3) == 0)
        {
          g_assert_cmpint (_rmq_properties_remove (&list, rmq_slice_from_string (name)), ==,
                           g_hash_table_remove (model, name));
          g_free (name);
          g_free (value);
        }
      else
        {
          _rmq_properties_set (&list, rmq_slice_from_string (name), rmq_slice_from_string (value));
          found = _rmq_properties_find (&list, rmq_slice_from_string (name));
          g_assert_cmpstr (found.data, ==, value);
          g_hash_table_replace (model, name, value);
        }
      g_assert_cmpuint (list.n, ==, g_hash_table_size (model));
    }
  for (size_t len = 1; len < 12; len++)
    {
      g_autofree char *name = g_strnfill (len, 'n');

      g_assert_cmpstr (_rmq_properties_find (&list, rmq_slice (name, len)).data, ==, g_hash_table_lookup (model, name));
    }
}

typedef struct
{
  RmqMessageOwner parent;
  int n_acks;
  int n_retries;
  int n_releases;
  int delay_level;
  bool closed;
} Owner;

static bool
answer (Owner *self, GError **error)
{
  if (!self->closed)
    return true;
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_CLOSED, "closed");
  return false;
}

static bool
owner_ack (RmqMessageOwner *owner, RmqMessage *message, GError **error)
{
  ((Owner *) owner)->n_acks++;
  return answer ((Owner *) owner, error);
}

static bool
owner_retry (RmqMessageOwner *owner, RmqMessage *message, int delay_level, GError **error)
{
  ((Owner *) owner)->n_retries++;
  ((Owner *) owner)->delay_level = delay_level;
  return answer ((Owner *) owner, error);
}

static void
owner_release (RmqMessageOwner *owner, RmqMessage *message)
{
  g_assert_cmpstr (rmq_message_get_tag (message), ==, "TagA");
  ((Owner *) owner)->n_releases++;
}

static void
test_settle (void)
{
  static const RmqMessageOwnerClass klass = { owner_ack, owner_retry, owner_release };
  Owner owner = { .parent = { &klass } };
  RmqMessage *message = new_received (test_record (0));

  _rmq_message_set_owner (message, &owner.parent);
  assert_refused (rmq_message_retry (message, -2, &error), RMQ_ERROR_INVALID_ARGUMENT);
  owner.closed = true;
  assert_refused (rmq_message_ack (message, &error), RMQ_ERROR_CLOSED);
  owner.closed = false;
  g_assert_true (rmq_message_retry (message, 4, NULL));
  assert_refused (rmq_message_ack (message, &error), RMQ_ERROR_INVALID_STATE);
  assert_refused (rmq_message_retry (message, 0, &error), RMQ_ERROR_INVALID_STATE);
  g_assert_cmpint (owner.n_acks, ==, 1);
  g_assert_cmpint (owner.n_retries, ==, 1);
  g_assert_cmpint (owner.delay_level, ==, 4);
  g_assert_cmpint (owner.n_releases, ==, 0);
  rmq_message_unref (message);
  g_assert_cmpint (owner.n_releases, ==, 1);
}

static void
test_boxed (void)
{
  GValue value = G_VALUE_INIT;
  g_autoptr (RmqMessage) message = rmq_message_new_text ("T", "x");

  g_value_init (&value, RMQ_TYPE_MESSAGE);
  g_value_set_boxed (&value, message);
  g_assert_true (g_value_get_boxed (&value) == message);
  g_assert_cmpint (message->ref_count, ==, 2);
  g_value_unset (&value);
  g_assert_cmpint (message->ref_count, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/message/new", test_new);
  g_test_add_func ("/wire/message/setters", test_setters);
  g_test_add_func ("/wire/message/C-MSG-005/parse", test_parse);
  g_test_add_func ("/wire/message/C-MSG-014/ids", test_ids);
  g_test_add_func ("/wire/message/C-MSG-015/user-property", test_user_property);
  g_test_add_func ("/wire/message/C-MSG-016/bad-characters", test_bad_characters);
  g_test_add_func ("/wire/message/C-MSG-017/keys", test_keys);
  g_test_add_func ("/wire/message/C-MSG-018/tag", test_tag);
  g_test_add_func ("/wire/message/C-MSG-019/unicode", test_unicode);
  g_test_add_func ("/wire/message/C-MSG-021/pulled", test_pulled);
  g_test_add_func ("/wire/message/C-MSG-022/size", test_size);
  g_test_add_func ("/wire/message/sealed", test_sealed);
  g_test_add_func ("/wire/message/copy", test_copy);
  g_test_add_func ("/wire/message/copy-received", test_copy_received);
  g_test_add_func ("/wire/message/encode", test_encode);
  g_test_add_func ("/wire/message/properties-model", test_properties_model);
  g_test_add_func ("/wire/message/settle", test_settle);
  g_test_add_func ("/wire/message/boxed", test_boxed);

  return g_test_run ();
}
