/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends that work, and those that are refused before they leave.
 */
#include "producer-fixture.h"

static void
test_send (Fixture *self, gconstpointer data)
{
  for (int i = 0; i < 10; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = fixture_send_text (self, "orders", "hello", &error);

      g_assert_no_error (error);
      g_assert_nonnull (receipt);
      g_assert_cmpint (rmq_send_receipt_get_status (receipt), ==, RMQ_SEND_STATUS_OK);
      g_assert_cmpint (rmq_send_receipt_get_outcome (receipt), ==, RMQ_OUTCOME_STORED);
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (receipt), ==, "broker-a");
      g_assert_cmpuint (strlen (rmq_send_receipt_get_message_id (receipt)), ==, 32);
      g_assert_nonnull (rmq_send_receipt_get_offset_id (receipt));
      g_assert_cmpint (rmq_send_receipt_get_queue_offset (receipt), ==, i / 4);
      g_assert_cmpint (rmq_send_receipt_get_sequence (receipt), ==, (uint64_t) i + 1);
      g_assert_null (rmq_send_receipt_get_details (receipt));
    }
  /* Round robin: C-SEND-015. */
  for (int queue = 0; queue < 4; queue++)
    g_assert_cmpint (rmq_fake_broker_get_max_offset (self->broker, "orders", queue), >=, 2);
  g_assert_cmpint (rmq_client_instance_get_state (self->client), ==, RMQ_STATE_RUNNING);
  g_assert_cmpint (rmq_producer_get_state (self->producer), ==, RMQ_STATE_RUNNING);
}

static void
test_wire (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "body");
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;
  const char *keys[] = { "k1", "k2", NULL };
  const char *properties;
  g_autofree char *id = NULL;

  g_assert_true (rmq_message_set_tag (message, "created", &error));
  g_assert_true (rmq_message_set_keys (message, keys, &error));
  g_assert_true (rmq_message_set_property (message, "color", "blå", &error));
  receipt = fixture_send (self, message, &error);
  g_assert_no_error (error);

  request = rmq_fake_broker_get_last_request (self->broker, 310);
  g_assert_nonnull (request);
  g_assert_cmpstr (rmq_fake_request_get (request, "a"), ==, "orders-producer");
  g_assert_cmpstr (rmq_fake_request_get (request, "b"), ==, "orders");
  g_assert_cmpstr (rmq_fake_request_get (request, "c"), ==, "TBW102");
  g_assert_cmpint (rmq_fake_request_get_int (request, "d"), ==, 4);
  g_assert_cmpint (rmq_fake_request_get_int (request, "f"), ==, 0);
  g_assert_cmpint (ABS (rmq_fake_request_get_int (request, "g") - g_get_real_time () / 1000), <, 60000);
  g_assert_cmpint (rmq_fake_request_get_int (request, "h"), ==, 0);
  g_assert_cmpint (rmq_fake_request_get_int (request, "j"), ==, 0);
  g_assert_cmpstr (rmq_fake_request_get (request, "k"), ==, "false");
  g_assert_cmpstr (rmq_fake_request_get (request, "m"), ==, "false");
  g_assert_cmpstr (rmq_fake_request_get (request, "n"), ==, "broker-a");
  properties = rmq_fake_request_get (request, "i");
  id = g_strdup_printf ("UNIQ_KEY\001%s", rmq_send_receipt_get_message_id (receipt));
  g_assert_nonnull (strstr (properties, id));
  g_assert_nonnull (strstr (properties, "TAGS\001created"));
  g_assert_nonnull (strstr (properties, "KEYS\001k1 k2"));
  g_assert_nonnull (strstr (properties, "color\001blå"));
  g_assert_cmpmem (g_bytes_get_data (request->body, NULL), g_bytes_get_size (request->body), "body", 4);
}

static void
test_again (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "body");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) first = fixture_send (self, message, &error);
  g_autoptr (RmqSendReceipt) second = fixture_send (self, message, &error);

  g_assert_no_error (error);
  g_assert_true (rmq_message_is_sealed (message));
  g_assert_cmpstr (rmq_send_receipt_get_message_id (first), !=, rmq_send_receipt_get_message_id (second));
  g_assert_false (rmq_message_set_tag (message, "late", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SEALED);
}

static void
test_own_id (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "body");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  g_assert_true (rmq_message_set_unique_id (message, "7F0000010001000000000000000000AA", &error));
  receipt = fixture_send (self, message, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rmq_send_receipt_get_message_id (receipt), ==, "7F0000010001000000000000000000AA");
}

static void
test_weakly_stored (Fixture *self, gconstpointer data)
{
  static const struct
  {
    int code;
    RmqSendStatus status;
  } cases[] = { { 10, RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT },
                { 11, RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE },
                { 12, RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT } };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      rmq_fake_broker_fail (self->broker, 310, 1, cases[i].code, NULL);
      receipt = fixture_send_text (self, "orders", "x", &error);
      if (receipt == NULL)
        g_test_message ("%s", error->message);
      g_assert_no_error (error);
      g_assert_cmpint (rmq_send_receipt_get_status (receipt), ==, cases[i].status);
      g_assert_cmpint (rmq_send_receipt_get_outcome (receipt), ==, RMQ_OUTCOME_STORED);
    }
}

static void
test_refused_locally (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *topic;
    size_t size;
    RmqError code;
  } cases[] = {
    { "orders", 0, RMQ_ERROR_MESSAGE_ILLEGAL },
    { "orders", 4194305, RMQ_ERROR_MESSAGE_ILLEGAL },
    { "", 1, RMQ_ERROR_INVALID_ARGUMENT },
    { "with blank", 1, RMQ_ERROR_INVALID_ARGUMENT },
    { "SCHEDULE_TOPIC_XXXX", 1, RMQ_ERROR_INVALID_ARGUMENT },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_malloc0 (cases[i].size + 1);
      g_autoptr (GBytes) body = g_bytes_new (text, cases[i].size);
      g_autoptr (RmqMessage) message = rmq_message_new (cases[i].topic, body);
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = fixture_send (self, message, &error);

      g_assert_null (receipt);
      g_assert_error (error, RMQ_ERROR, (int) cases[i].code);
    }
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker), ==, 0);
}

static void
test_largest_body (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_malloc (4194304);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  uint64_t seed = 1;

  for (size_t i = 0; i < 4194304; i++)
    text[i] = (char) rmq_test_random (&seed);
  body = g_bytes_new (text, 4194304);
  message = rmq_message_new ("orders", body);
  g_object_set (self->producer, "compression", "none", NULL);
  receipt = fixture_send (self, message, &error);
  g_assert_no_error (error);
  g_assert_nonnull (receipt);
  request = rmq_fake_broker_get_last_request (self->broker, 310);
  g_assert_true (g_bytes_equal (request->body, body));
}

static void
test_compression (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *name;
    int flag;
  } cases[] = { { "zlib", 0x301 }, { "lz4", 0x101 }, { "zstd", 0x201 }, { "none", 0 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    for (unsigned size = 4095; size <= 4096; size++)
      {
        g_autofree char *text = g_strnfill (size, 'a');
        g_autoptr (RmqFakeRequest) request = NULL;
        g_autoptr (GError) error = NULL;
        g_autoptr (RmqSendReceipt) receipt = NULL;

        g_object_set (self->producer, "compression", cases[i].name, NULL);
        receipt = fixture_send_text (self, "orders", text, &error);
        g_assert_no_error (error);
        request = rmq_fake_broker_get_last_request (self->broker, 310);
        g_assert_cmpint (rmq_fake_request_get_int (request, "f"), ==, size == 4096 ? cases[i].flag : 0);
        if (size == 4096 && cases[i].flag != 0)
          g_assert_cmpuint (g_bytes_get_size (request->body), <, 200);
      }
}

static void
test_to_queue (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 2);

  for (int i = 0; i < 5; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      rmq_producer_send_to_queue_async (self->producer, message, queue, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result,
                                        &result);
      rmq_test_await_result (self->context, &result);
      receipt = rmq_producer_send_to_queue_finish (self->producer, result, &error);
      g_assert_no_error (error);
      g_assert_cmpint (rmq_send_receipt_get_queue_id (receipt), ==, 2);
      g_assert_cmpint (rmq_send_receipt_get_queue_offset (receipt), ==, i);
    }
}

static bool
has_oneway (void *data)
{
  return rmq_fake_broker_count_messages (data, "orders") == 100;
}

static void
test_oneway (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) request = NULL;

  for (int i = 0; i < 100; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
      g_autoptr (GError) error = NULL;

      g_assert_true (rmq_producer_send_oneway (self->producer, message, &error));
      g_assert_no_error (error);
    }
  rmq_test_assert_until (self->context, has_oneway, self->broker);
  request = rmq_fake_broker_get_last_request (self->broker, 310);
  g_assert_true (request->oneway);
}

typedef struct
{
  GHashTable *ids;
  unsigned n;
  uint64_t last;
} Receipts;

static void
count_receipts (RmqProducer *producer, GPtrArray *receipts, gpointer data)
{
  Receipts *self = data;

  for (unsigned i = 0; i < receipts->len; i++)
    {
      RmqSendReceipt *receipt = receipts->pdata[i];

      g_assert_no_error (rmq_send_receipt_get_error (receipt));
      g_assert_true (g_hash_table_add (self->ids, g_strdup (rmq_send_receipt_get_message_id (receipt))));
      self->n++;
    }
}

static bool
has_all (void *data)
{
  return ((Receipts *) data)->n == 1000;
}

static void
test_enqueue (Fixture *self, gconstpointer data)
{
  Receipts receipts = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), 0, 0 };

  g_signal_connect (self->producer, "receipts", G_CALLBACK (count_receipts), &receipts);
  for (int i = 0; i < 1000; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
      g_autoptr (GError) error = NULL;

      g_assert_true (rmq_producer_enqueue (self->producer, message, &error));
      g_assert_no_error (error);
    }
  rmq_test_assert_until (self->context, has_all, &receipts);
  g_assert_cmpuint (g_hash_table_size (receipts.ids), ==, 1000);
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "orders"), ==, 1000);
  g_assert_cmpuint (rmq_producer_get_n_pending (self->producer), ==, 0);
  g_hash_table_unref (receipts.ids);
}

static void
mark (RmqProducer *producer, gpointer data)
{
  *(int *) data = 1;
}

static void
ignore (RmqProducer *producer, GPtrArray *receipts, gpointer data)
{
}

static void
test_full (Fixture *self, gconstpointer data)
{
  int writable = 0;

  g_object_set (self->producer, "max-pending", 10, NULL);
  g_signal_connect (self->producer, "writable", G_CALLBACK (mark), &writable);
  g_signal_connect (self->producer, "receipts", G_CALLBACK (ignore), NULL);
  for (int i = 0; i < 11; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (rmq_producer_enqueue (self->producer, message, &error), ==, i < 10);
      if (i == 10)
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_QUEUE_FULL);
    }
  rmq_test_assert_until (self->context, rmq_test_int_is_set, &writable);
}

static void
test_flush (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 100; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");

      g_assert_true (rmq_producer_enqueue (self->producer, message, &error));
    }
  rmq_producer_flush_async (self->producer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_producer_flush_finish (self->producer, result, &error));
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "orders"), ==, 100);
}

static void
test_queues (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) unknown = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) queues = NULL;

  rmq_producer_dup_queues_async (self->producer, "orders", G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  queues = rmq_producer_dup_queues_finish (self->producer, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (queues->len, ==, 4);

  rmq_producer_dup_queues_async (self->producer, "unknown", G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &unknown);
  rmq_test_await_result (self->context, &unknown);
  g_assert_null (rmq_producer_dup_queues_finish (self->producer, unknown, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_ROUTE);
}

static void
test_sync (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (self->producer, message, NULL, &error);

  if (data == OWN_CONTEXT)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
      return;
    }
  g_assert_no_error (error);
  g_assert_nonnull (receipt);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/producer/C-SEND-001+C-SEND-015/send", test_send);
  fixture_add ("/producer/C-SEND-017/wire", test_wire);
  fixture_add ("/producer/send-again", test_again);
  fixture_add ("/producer/C-SEND-018/own-id", test_own_id);
  fixture_add ("/producer/C-SEND-016/weakly-stored", test_weakly_stored);
  fixture_add ("/producer/C-SEND-011+C-SEND-013+C-SEND-014/refused-locally", test_refused_locally);
  fixture_add ("/producer/C-SEND-012/largest-body", test_largest_body);
  fixture_add ("/producer/C-SEND-019+C-SEND-020/compression", test_compression);
  fixture_add ("/producer/C-SEND-004/to-queue", test_to_queue);
  fixture_add ("/producer/C-SEND-003/oneway", test_oneway);
  fixture_add ("/producer/C-SEND-002/enqueue", test_enqueue);
  fixture_add ("/producer/C-SEND-024+C-SEND-028/full", test_full);
  fixture_add ("/producer/flush", test_flush);
  fixture_add ("/producer/queues", test_queues);
  fixture_add ("/producer/sync", test_sync);
  return g_test_run ();
}
