/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries of a send: which failures are tried again, where, how often, within what time; what never is.
 */
#include "producer-fixture.h"

#define SEND 310

/* A second broker for the topic; its node. */
static unsigned
add_broker_b (Fixture *self)
{
  unsigned node = rmq_fake_broker_add_node (self->broker, "broker-b", 0);

  rmq_fake_broker_add_topic (self->broker, "orders", "broker-b", 4, 6);
  return node;
}

typedef struct
{
  unsigned node; /* whose requests are answered so */
  RmqFakeVerdict verdict;
  int code;
  int n_seen; /* atomic */
} Misbehaviour;

static RmqFakeVerdict
misbehave (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  Misbehaviour *self = data;

  if (request->node != self->node)
    return RMQ_FAKE_DEFAULT;
  g_atomic_int_inc (&self->n_seen);
  reply->code = self->code;
  return self->verdict;
}

/* So often that broker A has had its turn, whichever queue is first. */
static void
send_until_seen (Fixture *self, Misbehaviour *misbehaviour)
{
  for (int i = 0; i < 16 && g_atomic_int_get (&misbehaviour->n_seen) == 0; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = fixture_send_text (self, "orders", "x", &error);

      if (receipt == NULL)
        g_error ("%s", error->message);
      if (g_atomic_int_get (&misbehaviour->n_seen) == 0)
        continue;
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (receipt), ==, "broker-b");
    }
  g_assert_cmpint (g_atomic_int_get (&misbehaviour->n_seen), ==, 1);
}

static void
test_reset (Fixture *self, gconstpointer data)
{
  Misbehaviour hang_up = { 0, RMQ_FAKE_DISCONNECT, 0, 0 };
  int64_t began_us;

  add_broker_b (self);
  rmq_fake_broker_set_func (self->broker, SEND, misbehave, &hang_up);
  began_us = g_get_monotonic_time ();
  send_until_seen (self, &hang_up);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, G_TIME_SPAN_SECOND * rmq_test_get_slowness ());
}

static void
test_reencoded (Fixture *self, gconstpointer data)
{
  Misbehaviour refuse = { 0, RMQ_FAKE_REPLY, 14, 0 };
  unsigned node = add_broker_b (self);
  g_autoptr (RmqFakeRequest) first = NULL;
  g_autoptr (RmqFakeRequest) second = NULL;
  unsigned n;

  rmq_fake_broker_set_func (self->broker, SEND, misbehave, &refuse);
  send_until_seen (self, &refuse);
  n = rmq_fake_broker_count (self->broker, SEND);
  first = rmq_fake_broker_get_request (self->broker, SEND, n - 2);
  second = rmq_fake_broker_get_request (self->broker, SEND, n - 1);
  g_assert_cmpuint (first->node, ==, 0);
  g_assert_cmpuint (second->node, ==, node);
  g_assert_cmpstr (rmq_fake_request_get (first, "n"), ==, "broker-a");
  g_assert_cmpstr (rmq_fake_request_get (second, "n"), ==, "broker-b");
  /* One message, whoever stores it: the same properties, the unique id among them. */
  g_assert_cmpstr (rmq_fake_request_get (first, "i"), ==, rmq_fake_request_get (second, "i"));
  g_assert_true (g_bytes_equal (first->body, second->body));
}

static void
test_codes (Fixture *self, gconstpointer data)
{
  static const struct
  {
    int code;
    unsigned tries;
  } cases[] = { { 1, 3 }, { 14, 3 }, { 16, 3 }, { 17, 3 }, { 204, 3 }, { 205, 3 }, { 13, 1 }, { 29, 1 }, { 3, 1 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      rmq_fake_broker_forget_requests (self->broker);
      rmq_fake_broker_fail (self->broker, SEND, 3, cases[i].code, "because");
      receipt = fixture_send_text (self, "orders", "x", &error);
      g_assert_null (receipt);
      g_assert_cmpint (rmq_error_details_get_broker_code (rmq_error_get_details (error)), ==, cases[i].code);
      if (rmq_fake_broker_count (self->broker, SEND) != cases[i].tries)
        g_error ("code %d: %u tries", cases[i].code, rmq_fake_broker_count (self->broker, SEND));
      rmq_fake_broker_fail (self->broker, SEND, 0, 0, NULL);
    }
}

static void
test_retries_property (Fixture *self, gconstpointer data)
{
  for (unsigned retries = 0; retries < 4; retries++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      rmq_producer_set_retries (self->producer, retries);
      g_assert_cmpuint (rmq_producer_get_retries (self->producer), ==, retries);
      rmq_fake_broker_forget_requests (self->broker);
      rmq_fake_broker_fail (self->broker, SEND, (int) retries + 1, 1, NULL);
      receipt = fixture_send_text (self, "orders", "x", &error);
      g_assert_null (receipt);
      g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, retries + 1);
      g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_error_get_details (error)), ==, retries + 1);
    }
}

/* Not even on failures that pass elsewhere. */
static void
test_fixed_queue (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 1);
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  add_broker_b (self);
  rmq_fake_broker_fail (self->broker, SEND, 1, 14, NULL);
  rmq_producer_send_to_queue_async (self->producer, message, queue, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result,
                                    &result);
  rmq_test_await_result (self->context, &result);
  g_assert_null (rmq_producer_send_to_queue_finish (self->producer, result, &error));
  g_assert_true (error->domain == RMQ_ERROR);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, 1);
}

static bool
one_seen (void *data)
{
  return g_atomic_int_get (&((Misbehaviour *) data)->n_seen) > 0;
}

static void
test_oneway (Fixture *self, gconstpointer data)
{
  Misbehaviour hang_up = { 0, RMQ_FAKE_DISCONNECT, 0, 0 };
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_set_func (self->broker, SEND, misbehave, &hang_up);
  g_assert_true (rmq_producer_send_oneway (self->producer, message, &error));
  rmq_test_assert_until (self->context, one_seen, &hang_up);
  rmq_producer_flush_async (self->producer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_producer_flush_finish (self->producer, result, &error));
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, 1);
}

/* All tries share one time. */
static void
test_deadline (Fixture *self, gconstpointer data)
{
  static const int answers[] = { RMQ_FAKE_NO_ANSWER, RMQ_FAKE_HANG_UP };

  rmq_producer_set_send_timeout (self->producer, 300);
  for (unsigned i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      int64_t began_us = g_get_monotonic_time ();
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      rmq_fake_broker_fail (self->broker, SEND, -1, answers[i], NULL);
      receipt = fixture_send_text (self, "orders", "x", &error);
      g_assert_null (receipt);
      g_assert_cmpint (g_get_monotonic_time () - began_us, <, 800 * G_TIME_SPAN_MILLISECOND);
      g_assert_cmpint (rmq_error_details_get_outcome (rmq_error_get_details (error)), ==, RMQ_OUTCOME_MAYBE_STORED);
    }
}

static void
test_same_broker (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  rmq_fake_broker_fail (self->broker, SEND, 2, 14, NULL);
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, 3);
  /* What it took is told even of a success. */
  g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_send_receipt_get_details (receipt)), ==, 2);
}

static void
test_broker_restarts (Fixture *self, gconstpointer data)
{
  unsigned stored = 0;

  for (int i = 0; i < 60; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;

      if (i == 20)
        rmq_fake_broker_set_node_down (self->broker, 0, true);
      if (i == 40)
        rmq_fake_broker_set_node_down (self->broker, 0, false);
      receipt = fixture_send_text (self, "orders", "x", &error);
      stored += receipt != NULL;
      if (receipt == NULL)
        g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_error_get_details (error)), >, 0);
    }
  g_assert_cmpuint (stored, >=, 20);
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "orders"), >=, stored);
}

/* A broker that hangs costs its share of the time, and the message arrives elsewhere. */
static void
test_attempt_timeout (Fixture *self, gconstpointer data)
{
  Misbehaviour hang = { 0, RMQ_FAKE_SILENT, 0, 0 };

  add_broker_b (self);
  rmq_fake_broker_set_func (self->broker, SEND, misbehave, &hang);
  g_object_set (self->producer, "attempt-timeout", 200, "send-timeout", 20000, NULL);
  for (int i = 0; i < 16 && g_atomic_int_get (&hang.n_seen) == 0; i++)
    {
      int64_t began_us = g_get_monotonic_time ();
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = fixture_send_text (self, "orders", "x", &error);
      int64_t took_us = g_get_monotonic_time () - began_us;

      g_assert_no_error (error);
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (receipt), ==, "broker-b");
      if (g_atomic_int_get (&hang.n_seen) == 0)
        continue;
      g_assert_cmpint (took_us, >=, 200 * G_TIME_SPAN_MILLISECOND);
      g_assert_cmpint (took_us, <, 5 * G_TIME_SPAN_SECOND);
      g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_send_receipt_get_details (receipt)), ==, 1);
    }
  g_assert_cmpint (g_atomic_int_get (&hang.n_seen), ==, 1);
}

static RmqFakeVerdict
answer_late (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  Misbehaviour *self = data;

  /* Silent, but for the third. */
  return g_atomic_int_add (&self->n_seen, 1) < 2 ? RMQ_FAKE_SILENT : RMQ_FAKE_DEFAULT;
}

/* The last try has what is left: two shares are gone, the whole is not. */
static void
test_attempt_timeout_last (Fixture *self, gconstpointer data)
{
  Misbehaviour hang = { 0, RMQ_FAKE_SILENT, 0, 0 };
  int64_t began_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (RmqSendReceipt) late = NULL;

  g_object_set (self->producer, "attempt-timeout", 100, "send-timeout", 700, NULL);
  rmq_fake_broker_fail (self->broker, SEND, -1, RMQ_FAKE_NO_ANSWER, NULL);
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_null (receipt);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 690 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, 3);
  g_assert_cmpint (rmq_error_details_get_outcome (rmq_error_get_details (error)), ==, RMQ_OUTCOME_MAYBE_STORED);
  g_clear_error (&error);

  rmq_fake_broker_fail (self->broker, SEND, 0, 0, NULL);
  rmq_fake_broker_set_func (self->broker, SEND, answer_late, &hang);
  g_object_set (self->producer, "send-timeout", 20000, NULL);
  late = fixture_send_text (self, "orders", "x", &error);
  g_assert_no_error (error);
  /* Each reached the broker, though it gave the connection up on the way. */
  g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_send_receipt_get_details (late)), ==, 2);
  g_assert_cmpint (g_atomic_int_get (&hang.n_seen), ==, 3);
}

static RmqFakeVerdict
store_weakly (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  Misbehaviour *self = data;

  if (request->node != self->node)
    return RMQ_FAKE_DEFAULT;
  g_atomic_int_inc (&self->n_seen);
  reply->code = self->code;
  rmq_fake_reply_set (reply, "msgId", "7F000001000000000000000000000007");
  rmq_fake_reply_set (reply, "queueId", rmq_fake_request_get (request, "e"));
  rmq_fake_reply_set (reply, "queueOffset", "7");
  return RMQ_FAKE_REPLY;
}

static RmqSendReceipt *
send_weakly (Fixture *self, Misbehaviour *weak)
{
  g_autoptr (RmqSendReceipt) receipt = NULL;

  g_atomic_int_set (&weak->n_seen, 0);
  for (int i = 0; i < 16 && g_atomic_int_get (&weak->n_seen) == 0; i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_pointer (&receipt, rmq_send_receipt_unref);
      receipt = fixture_send_text (self, "orders", "x", &error);
      g_assert_no_error (error);
    }
  g_assert_cmpint (g_atomic_int_get (&weak->n_seen), >, 0);
  return g_steal_pointer (&receipt);
}

/* Stored is stored, unless it was asked that another broker has it too. */
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

  add_broker_b (self);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Misbehaviour weak = { 0, RMQ_FAKE_REPLY, cases[i].code, 0 };
      g_autoptr (RmqSendReceipt) once = NULL;
      g_autoptr (RmqSendReceipt) again = NULL;
      g_autoptr (RmqSendReceipt) nowhere = NULL;

      rmq_fake_broker_set_func (self->broker, SEND, store_weakly, &weak);
      g_object_set (self->producer, "retry-weakly-stored", FALSE, NULL);
      once = send_weakly (self, &weak);
      g_assert_cmpint (g_atomic_int_get (&weak.n_seen), ==, 1);
      g_assert_cmpint (rmq_send_receipt_get_status (once), ==, cases[i].status);
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (once), ==, "broker-a");

      g_object_set (self->producer, "retry-weakly-stored", TRUE, NULL);
      again = send_weakly (self, &weak);
      g_assert_cmpint (rmq_send_receipt_get_status (again), ==, RMQ_SEND_STATUS_OK);
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (again), ==, "broker-b");

      /* The other one is gone: it is stored all the same. */
      rmq_fake_broker_set_node_down (self->broker, 1, true);
      nowhere = send_weakly (self, &weak);
      g_assert_cmpint (rmq_send_receipt_get_status (nowhere), ==, cases[i].status);
      g_assert_cmpstr (rmq_send_receipt_get_broker_name (nowhere), ==, "broker-a");
      rmq_fake_broker_set_node_down (self->broker, 1, false);
      rmq_fake_broker_set_func (self->broker, SEND, NULL, NULL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  fixture_add ("/producer/retry/C-RETRY-001+C-FAIL-003/reset", test_reset);
  fixture_add ("/producer/retry/C-RETRY-004+C-RETRY-009/reencoded", test_reencoded);
  fixture_add ("/producer/retry/C-RETRY-002+C-FAIL-005/codes", test_codes);
  fixture_add ("/producer/retry/C-RETRY-010/retries", test_retries_property);
  fixture_add ("/producer/retry/C-RETRY-006/attempt-timeout", test_attempt_timeout);
  fixture_add ("/producer/retry/C-RETRY-006/attempt-timeout/last", test_attempt_timeout_last);
  fixture_add ("/producer/retry/C-RETRY-008/weakly-stored", test_weakly_stored);
  fixture_add ("/producer/retry/C-RETRY-007/fixed-queue", test_fixed_queue);
  fixture_add ("/producer/retry/C-RETRY-007/oneway", test_oneway);
  fixture_add ("/producer/retry/C-RETRY-005+C-SEND-021/deadline", test_deadline);
  fixture_add ("/producer/retry/C-RETRY-003/same-broker", test_same_broker);
  fixture_add ("/producer/retry/C-FAIL-001/broker-restarts", test_broker_restarts);
  return g_test_run ();
}
