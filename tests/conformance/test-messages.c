/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages there and back: every way to send, what a message carries, and which ones a subscription gets.
 */
#include "conformance-fixture.h"

#include <string.h>

#define MAX_BODY 4194304

static GPtrArray *
dup_queues (ConfFixture *self)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *queues = rmq_producer_dup_queues (self->producer, self->topic, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (queues->len, ==, CONF_QUEUES);
  return queues;
}

static void
test_send_to_queue (ConfFixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) queues = dup_queues (self);
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int queue_id = rmq_message_queue_get_queue_id (queues->pdata[2]);

  for (int i = 0; i < 10; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, "x");
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt =
          rmq_producer_send_to_queue (self->producer, message, queues->pdata[2], NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpint (rmq_send_receipt_get_status (receipt), ==, RMQ_SEND_STATUS_OK);
      g_assert_cmpint (rmq_send_receipt_get_queue_id (receipt), ==, queue_id);
      g_assert_cmpint (rmq_send_receipt_get_queue_offset (receipt), ==, i);
      g_assert_nonnull (rmq_send_receipt_get_offset_id (receipt));
      g_hash_table_add (ids, g_strdup (rmq_send_receipt_get_message_id (receipt)));
    }
  g_assert_cmpuint (g_hash_table_size (ids), ==, 10);

  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, 10);
  for (int i = 0; i < 10; i++)
    {
      RmqMessage *message = consumer->messages->pdata[i];
      g_autofree char *id = rmq_message_dup_message_id (message);

      g_assert_cmpint (rmq_message_get_queue_id (message), ==, queue_id);
      g_assert_cmpint (rmq_message_get_queue_offset (message), ==, i);
      g_assert_true (g_hash_table_remove (ids, id));
    }
}

typedef struct
{
  GPtrArray *ids;
  unsigned n;
} Sent;

static void
on_sent (GObject *source, GAsyncResult *result, void *data)
{
  Sent *sent = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &error);

  g_assert_no_error (error);
  g_assert_cmpint (rmq_send_receipt_get_status (receipt), ==, RMQ_SEND_STATUS_OK);
  g_ptr_array_add (sent->ids, g_strdup (rmq_send_receipt_get_message_id (receipt)));
  sent->n++;
}

static void
on_receipts (RmqProducer *producer, GPtrArray *receipts, Sent *sent)
{
  for (unsigned i = 0; i < receipts->len; i++)
    {
      g_assert_no_error (rmq_send_receipt_get_error (receipts->pdata[i]));
      g_ptr_array_add (sent->ids, g_strdup (rmq_send_receipt_get_message_id (receipts->pdata[i])));
      sent->n++;
    }
}

static bool
all_sent (void *data)
{
  return ((Sent *) data)->n >= 100;
}

/* Sends 100 by one way, and sees each arrive once. */
static void
send_100 (ConfFixture *self, gconstpointer way)
{
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) distinct = g_hash_table_new (g_str_hash, g_str_equal);
  Sent sent = { ids, 0 };
  gulong handler = g_signal_connect (self->producer, "receipts", G_CALLBACK (on_receipts), &sent);

  conf_consumer_start (consumer);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, text);
      g_autoptr (GError) error = NULL;

      if (g_str_equal (way, "async"))
        rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, NULL, on_sent, &sent);
      else if (g_str_equal (way, "enqueue"))
        g_assert_true (rmq_producer_enqueue (self->producer, message, &error));
      else
        g_assert_true (rmq_producer_send_oneway (self->producer, message, &error));
      g_assert_no_error (error);
    }
  if (!g_str_equal (way, "oneway"))
    rmq_test_assert_until (self->context, all_sent, &sent);
  conf_consumer_wait (consumer, 100);
  g_assert_cmpuint (conf_count_texts (&consumer, 1), ==, 100);
  g_assert_cmpuint (consumer->messages->len, ==, 100);
  for (unsigned i = 0; i < ids->len; i++)
    g_hash_table_add (distinct, ids->pdata[i]);
  g_assert_cmpuint (g_hash_table_size (distinct), ==, g_str_equal (way, "oneway") ? 0 : 100);
  g_signal_handler_disconnect (self->producer, handler);
}

static void
test_async (ConfFixture *self, gconstpointer data)
{
  send_100 (self, "async");
}

static void
test_oneway (ConfFixture *self, gconstpointer data)
{
  send_100 (self, "oneway");
}

static void
test_enqueue (ConfFixture *self, gconstpointer data)
{
  send_100 (self, "enqueue");
}

static GBytes *
make_body (size_t size, bool noise)
{
  unsigned char *body = g_malloc (MAX (size, 1));
  uint64_t seed = size + 1;

  for (size_t i = 0; i < size; i++)
    body[i] = noise ? (unsigned char) rmq_test_random (&seed) : (unsigned char) (i % 251);
  return g_bytes_new_take (body, size);
}

static void
test_sizes (ConfFixture *self, gconstpointer data)
{
  static const size_t sizes[] = { 1, 4095, 4096, 65536, MAX_BODY };
  static const char *const kinds[] = { "none", "zlib", "lz4", "zstd" };
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "*");
  unsigned n = 0;

  for (unsigned kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
      {
        g_autoptr (GBytes) body = make_body (sizes[i / 2], i % 2 == 1);
        g_autoptr (RmqMessage) message = rmq_message_new (self->topic, body);
        g_autofree char *noise = g_strdup_printf ("%u", i % 2);
        g_autoptr (RmqSendReceipt) receipt = NULL;

        g_object_set (self->producer, "compression", kinds[kind], NULL);
        g_assert_true (rmq_message_set_property (message, "noise", noise, NULL));
        g_assert_true (rmq_message_set_tag (message, kinds[kind], NULL));
        receipt = conf_send (self, message);
        n++;
      }
  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, n);
  for (unsigned i = 0; i < n; i++)
    {
      RmqMessage *message = consumer->messages->pdata[i];
      const char *kind = rmq_message_get_tag (message);
      size_t size = rmq_message_get_body_size (message);
      bool noise = g_str_equal (rmq_message_get_property (message, "noise"), "1");
      g_autoptr (GBytes) expected = make_body (size, noise);
      int type = rmq_message_get_sys_flag (message) & 0x700;

      g_assert_true (g_bytes_equal (rmq_message_get_body (message), expected));
      g_assert_false (rmq_message_is_corrupt (message));
      if (size < 4096 || g_str_equal (kind, "none"))
        g_assert_cmpint (type, ==, 0);
      else if (!noise)
        g_assert_cmpint (type, ==, g_str_equal (kind, "zlib") ? 0x300 : g_str_equal (kind, "lz4") ? 0x100 : 0x200);
    }
}

static void
test_refused (ConfFixture *self, gconstpointer data)
{
  static const size_t sizes[] = { 0, MAX_BODY + 1 };

  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) body = make_body (sizes[i], false);
      g_autoptr (RmqMessage) message = rmq_message_new (self->topic, body);
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (self->producer, message, NULL, &error);

      g_assert_null (receipt);
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_MESSAGE_ILLEGAL);
    }
}

/* C-SEND-008: only a real broker looks. */
static void
test_wrong_queue (ConfFixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new (self->topic, "broker-a", 100);
  g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, "x");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  if (self->fake != NULL)
    {
      g_test_skip ("the fake broker takes any queue");
      return;
    }
  receipt = rmq_producer_send_to_queue (self->producer, message, queue, NULL, &error);
  g_assert_null (receipt);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (rmq_error_get_details (error));
  g_assert_cmpint (rmq_error_details_get_outcome (rmq_error_get_details (error)), ==, RMQ_OUTCOME_NOT_STORED);
  g_assert_cmpint (rmq_error_details_get_broker_code (rmq_error_get_details (error)), >, 0);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_error_get_details (error)), ==, 1);
}

static void
test_fields (ConfFixture *self, gconstpointer data)
{
  static const char *const keys[] = { "k1", "nyckel-å", "键", NULL };
  static const char *const properties[][2] = {
    { "color", "blå" }, { "消息", "队列 🚀" }, { "json", "{\"a\": \"b\\c\"}" }, { "blanks", "  a  " }
  };
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, self->group, self->topic, "标签 || other");
  g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, "body");
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_auto (GStrv) got_keys = NULL;
  g_autofree char *host = NULL;
  int64_t before_ms = g_get_real_time () / 1000;
  RmqMessage *got;

  g_assert_true (rmq_message_set_tag (message, "标签", NULL));
  g_assert_true (rmq_message_set_keys (message, keys, NULL));
  g_assert_true (rmq_message_set_flag (message, -5, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (properties); i++)
    g_assert_true (rmq_message_set_property (message, properties[i][0], properties[i][1], NULL));
  receipt = conf_send (self, message);

  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, 1);
  got = consumer->messages->pdata[0];
  g_assert_cmpstr (rmq_message_get_tag (got), ==, "标签");
  got_keys = rmq_message_dup_keys (got);
  g_assert_true (g_strv_equal ((const char *const *) got_keys, keys));
  g_assert_cmpint (rmq_message_get_flag (got), ==, -5);
  for (unsigned i = 0; i < G_N_ELEMENTS (properties); i++)
    g_assert_cmpstr (rmq_message_get_property (got, properties[i][0]), ==, properties[i][1]);
  g_assert_cmpint (rmq_message_get_born_timestamp (got), >=, before_ms);
  g_assert_cmpint (rmq_message_get_store_timestamp (got), >=, before_ms);
  g_assert_cmpint (rmq_message_get_reconsume_times (got), ==, 0);
  host = rmq_message_dup_born_host (got);
  g_assert_true (g_str_has_prefix (host, "127.0.0.1:"));
  g_assert_cmpstr (rmq_message_get_unique_id (got), ==, rmq_send_receipt_get_message_id (receipt));
}

static void
test_auto_create (ConfFixture *self, gconstpointer data)
{
  g_autofree char *topic = conf_make_name ("conf-made-by-send");
  g_autoptr (RmqMessage) message = rmq_message_new_text (topic, "first");
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (ConfConsumer) consumer = NULL;

  if (self->fake != NULL)
    {
      g_test_skip ("the fake broker makes no topics");
      return;
    }
  receipt = conf_send (self, message);
  consumer = conf_consumer_new (self, self->group, topic, NULL);
  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, 1);
}

/* --- Filters --------------------------------------------------------------------------------------------------------
 */

static bool
has_committed_all (void *data)
{
  ConfConsumer *consumer = data;
  ConfFixture *self = consumer->fixture;

  for (int queue = 0; queue < CONF_QUEUES; queue++)
    if (conf_get_committed (self, rmq_push_consumer_get_group (consumer->consumer), self->topic, queue)
        < conf_get_max_offset (self, self->topic, queue))
      return false;
  return true;
}

static void
check_filter (ConfFixture *self, const char *expression, unsigned n)
{
  g_autofree char *group = conf_make_name ("conf-filter");
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, group, self->topic, expression);

  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, n);
  /* Over what does not match, too: then nothing more can come. */
  g_assert_true (rmq_test_wait_until (self->context, has_committed_all, consumer, CONF_DEADLINE_MS));
  if (consumer->messages->len != n)
    g_error ("subscription %s: %u messages, not %u", expression, consumer->messages->len, n);
}

static void
test_tags (ConfFixture *self, gconstpointer data)
{
  conf_send_texts (self, "TagA", 0, 10);
  conf_send_texts (self, "TagB", 10, 10);
  conf_send_texts (self, NULL, 20, 10);
  check_filter (self, "TagA", 10);
  check_filter (self, "TagA || TagB", 20);
  check_filter (self, "  TagB||TagA  ", 20);
  check_filter (self, "*", 30);
  check_filter (self, "", 30);
  check_filter (self, NULL, 30);
  check_filter (self, "taga || Nobody", 0);
}

static void
test_tag_collisions (ConfFixture *self, gconstpointer data)
{
  conf_send_texts (self, "Aa", 0, 8);
  conf_send_texts (self, "BB", 8, 4);
  conf_send_texts (self, "Aa", 12, 8);
  check_filter (self, "BB", 4);
  check_filter (self, "Aa", 16);
}

static void
check_sql (ConfFixture *self, const char *sql, unsigned n)
{
  g_autofree char *group = conf_make_name ("conf-sql");
  g_autoptr (ConfConsumer) consumer = conf_consumer_new (self, group, NULL, NULL);
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_subscribe_sql (consumer->consumer, self->topic, sql, &error);
  g_assert_no_error (error);
  conf_consumer_start (consumer);
  conf_consumer_wait (consumer, n);
  g_assert_true (rmq_test_wait_until (self->context, has_committed_all, consumer, CONF_DEADLINE_MS));
  if (consumer->messages->len != n)
    g_error ("%s: %u messages, not %u", sql, consumer->messages->len, n);
}

static void
test_sql (ConfFixture *self, gconstpointer data)
{
  if (self->fake != NULL)
    {
      g_test_skip ("the fake broker knows no SQL");
      return;
    }
  for (int i = 0; i < 48; i++)
    {
      static const char *const tags[] = { "TagA", "TagB", "TagC" };
      g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, "x");
      g_autofree char *price = g_strdup_printf ("%d", i);
      g_autoptr (RmqSendReceipt) receipt = NULL;

      g_assert_true (rmq_message_set_tag (message, tags[i % 3], NULL));
      g_assert_true (rmq_message_set_property (message, "price", price, NULL));
      receipt = conf_send (self, message);
    }
  check_sql (self, "(TAGS is not null and TAGS in ('TagA','TagB'))", 32);
  check_sql (self, "TRUE", 48);
  check_sql (self, "price > 20", 27);
  check_sql (self, "price BETWEEN 10 AND 100", 38);
  check_sql (self, "nothing = 'x'", 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  conf_add ("/messages/C-SEND-001,C-SEND-004/to-a-queue", test_send_to_queue);
  conf_add ("/messages/C-SEND-002,C-PUSH-001/async", test_async);
  conf_add ("/messages/C-SEND-003/oneway", test_oneway);
  conf_add ("/messages/C-SEND-002/enqueue", test_enqueue);
  conf_add ("/messages/C-SEND-012,C-SEND-019,C-SEND-020/sizes-and-compressions", test_sizes);
  conf_add ("/messages/C-SEND-012/refused", test_refused);
  conf_add ("/messages/C-SEND-008/wrong-queue", test_wrong_queue);
  conf_add ("/messages/C-SEND-029/fields", test_fields);
  conf_add ("/messages/C-ROUTE-009/topic-made-by-send", test_auto_create);
  conf_add ("/messages/C-FILT-001,C-FILT-003,C-FILT-004/tags", test_tags);
  conf_add ("/messages/C-FILT-002/equal-hashes", test_tag_collisions);
  conf_add ("/messages/C-FILT-005,C-FILT-006/sql", test_sql);
  return g_test_run ();
}
