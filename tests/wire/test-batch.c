/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches to send: the form of an element, what may go together, limits.
 */
#include <rmq/rmq.h>

#include "wire/rmq-batch-private.h"

#define UNIQUE_ID "7F0000010539123456780036EE800001"

static RmqMessage *
new_message (const char *topic)
{
  return rmq_message_new_text (topic, "hello");
}

static void
test_element (void)
{
  static const uint8_t head[] = { 0, 0, 0, 0x4f, 0, 0, 0,   0,   0,   0,   0,   0, 0,   0,
                                  0, 0, 0, 0,    0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0x34 };
  g_autoptr (RmqMessage) message = new_message ("T");
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1000);
  RmqBatchElement element;
  size_t position = 0;
  RmqSlice bytes;

  g_assert_true (rmq_message_set_tag (message, "TagA", NULL));
  g_assert_true (_rmq_batch_append (&out, message, UNIQUE_ID, NULL));
  g_assert_cmpuint (out.len, ==, 79);
  g_assert_cmpmem (out.data, sizeof head, head, sizeof head);
  g_assert_cmpmem (out.data + sizeof head, out.len - sizeof head, "TAGS\001TagA\002UNIQ_KEY\001" UNIQUE_ID "\002", 52);
  bytes = rmq_slice ((char *) out.data, out.len);
  g_assert_cmpint (_rmq_batch_count (bytes, NULL), ==, 1);
  g_assert_true (_rmq_batch_next (bytes, &position, &element, NULL));
  g_assert_cmpuint (position, ==, 79);
  g_assert_cmpmem (element.body.data, element.body.len, "hello", 5);
}

static void
test_many (void)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  RmqBatchElement element;
  size_t position = 0;
  RmqSlice bytes;
  size_t estimate = 0;

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autofree char *id = g_strdup_printf ("id%d", i);
      g_autoptr (RmqMessage) message = rmq_message_new_text ("T", text);

      g_assert_true (rmq_message_set_flag (message, i, NULL));
      g_assert_true (rmq_message_set_property (message, "n", text, NULL));
      estimate += _rmq_batch_message_len (message);
      g_assert_true (_rmq_batch_append (&out, message, id, NULL));
    }
  g_assert_cmpuint (out.len, <=, estimate);
  bytes = rmq_slice ((char *) out.data, out.len);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autofree char *id = g_strdup_printf ("id%d", i);

      g_assert_true (_rmq_batch_next (bytes, &position, &element, NULL));
      g_assert_cmpint (element.flag, ==, i);
      g_assert_true (rmq_slice_equal_string (element.body, text));
      g_assert_true (
          rmq_slice_equal_string (_rmq_properties_text_find (element.properties, RMQ_SLICE_LITERAL ("UNIQ_KEY")), id));
      g_assert_true (
          rmq_slice_equal_string (_rmq_properties_text_find (element.properties, RMQ_SLICE_LITERAL ("n")), text));
    }
  g_assert_false (_rmq_batch_next (bytes, &position, &element, NULL));
}

static void
assert_refused (RmqMessage *first, RmqMessage *second, const char *why)
{
  RmqMessage *messages[] = { first, second };
  g_autoptr (GError) error = NULL;

  g_assert_false (_rmq_batch_check (messages, 2, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_rules (void)
{
  g_autoptr (RmqMessage) plain = new_message ("T");
  g_autoptr (RmqMessage) same = new_message ("T");
  g_autoptr (RmqMessage) waits = new_message ("T");
  g_autoptr (RmqMessage) topic = new_message ("U");
  g_autoptr (RmqMessage) no_wait = new_message ("T");
  g_autoptr (RmqMessage) level = new_message ("T");
  g_autoptr (RmqMessage) no_level = new_message ("T");
  g_autoptr (RmqMessage) delay = new_message ("T");
  g_autoptr (RmqMessage) delivery = new_message ("T");
  g_autoptr (RmqMessage) seconds = new_message ("T");
  g_autoptr (RmqMessage) retry = new_message ("%RETRY%g");
  RmqMessage *good[] = { plain, same, waits, no_level };
  RmqMessage *retries[] = { retry };

  g_assert_true (rmq_message_set_wait_store_ok (waits, TRUE, NULL));
  g_assert_true (rmq_message_set_wait_store_ok (no_wait, FALSE, NULL));
  g_assert_true (rmq_message_set_delay_level (level, 1, NULL));
  g_assert_true (rmq_message_set_delay_level (no_level, 0, NULL));
  g_assert_true (rmq_message_set_delay (delay, 1, NULL));
  g_assert_true (rmq_message_set_delivery_time (delivery, 1, NULL));
  _rmq_message_set_system_property (seconds, RMQ_PROPERTY_TIMER_DELAY_SEC, RMQ_SLICE_LITERAL ("1"));

  g_assert_true (_rmq_batch_check (good, G_N_ELEMENTS (good), NULL));
  assert_refused (plain, topic, "topics");
  assert_refused (plain, no_wait, "wait");
  assert_refused (plain, level, "delayed");
  assert_refused (delay, plain, "delivery time");
  assert_refused (plain, delivery, "delivery time");
  assert_refused (plain, seconds, "delivery time");
  g_assert_false (_rmq_batch_check (retries, 1, NULL));
  g_assert_false (_rmq_batch_check (NULL, 0, NULL));
  g_assert_false (_rmq_batch_accepts (delay));
  g_assert_true (_rmq_batch_accepts (no_level));
}

/* What does not fit leaves nothing behind. */
static void
test_limit (void)
{
  g_autoptr (RmqMessage) message = new_message ("T");
  g_autoptr (RmqMessage) fat = new_message ("T");
  g_autofree char *value = g_strnfill (32740, 'x');
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (100);
  g_auto (RmqByteWriter) wide = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_batch_append (&out, message, UNIQUE_ID, NULL));
  g_assert_cmpuint (out.len, ==, 69);
  g_assert_false (_rmq_batch_append (&out, message, UNIQUE_ID, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpuint (out.len, ==, 69);
  g_clear_error (&error);

  g_assert_true (rmq_message_set_property (fat, "p", value, NULL));
  g_assert_true (_rmq_batch_append (&wide, message, UNIQUE_ID, NULL));
  g_assert_false (_rmq_batch_append (&wide, fat, UNIQUE_ID, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
  g_assert_cmpuint (wide.len, ==, 69);
}

static void
test_damage (void)
{
  g_autoptr (RmqMessage) message = new_message ("T");
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1000);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3; i++)
    g_assert_true (_rmq_batch_append (&out, message, UNIQUE_ID, NULL));
  for (size_t len = 1; len < out.len; len++)
    {
      bool whole = len % 69 == 0;
      int n = _rmq_batch_count (rmq_slice ((char *) out.data, len), &error);

      g_assert_cmpint (n, ==, whole ? (int) (len / 69) : -1);
      if (!whole)
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
      g_clear_error (&error);
    }
  for (size_t at = 69; at < 69 + 22 + 5; at++)
    {
      bool counts = at < 73 || (at >= 85 && at < 89) || (at >= 94);

      out.data[at] ^= 0x80;
      g_assert_cmpint (_rmq_batch_count (rmq_slice ((char *) out.data, out.len), NULL), ==, counts ? -1 : 3);
      out.data[at] ^= 0x80;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/batch/C-BATCH-004/element", test_element);
  g_test_add_func ("/wire/batch/C-BATCH-002/many", test_many);
  g_test_add_func ("/wire/batch/C-BATCH-003/rules", test_rules);
  g_test_add_func ("/wire/batch/C-BATCH-007/limit", test_limit);
  g_test_add_func ("/wire/batch/damage", test_damage);

  return g_test_run ();
}
