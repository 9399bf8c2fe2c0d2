/* SPDX-License-Identifier: Apache-2.0
 *
 * What a failed send tells; cancelling; sends from completions; closing with sends under way.
 */
#include "producer-fixture.h"

#define SEND 310

static void
test_attempts (Fixture *self, gconstpointer data)
{
  const char *address = rmq_fake_broker_get_address (self->broker);
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  const RmqErrorDetails *details;

  rmq_fake_broker_fail (self->broker, SEND, 3, 14, "shutting down");
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_null (receipt);
  details = rmq_error_get_details (error);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), ==, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_cmpstr (rmq_error_details_get_attempt_address (details, i), ==, address);
      g_assert_cmpint (rmq_error_details_get_attempt_phase (details, i), ==, RMQ_PHASE_ANSWERED);
      g_assert_cmpint (rmq_error_details_get_attempt_elapsed (details, i), >=, 0);
      g_assert_nonnull (strstr (rmq_error_details_get_attempt_cause (details, i), "shutting down"));
    }
  g_assert_cmpint (rmq_error_details_get_broker_code (details), ==, 14);
  g_assert_nonnull (strstr (error->message, "14"));
  g_assert_nonnull (strstr (error->message, "orders"));
}

static void
test_phases (Fixture *self, gconstpointer data)
{
  static const struct
  {
    int answer;
    RmqPhase phase;
    RmqOutcome outcome;
  } cases[] = { { RMQ_FAKE_NO_ANSWER, RMQ_PHASE_WAIT, RMQ_OUTCOME_MAYBE_STORED },
                { RMQ_FAKE_HANG_UP, RMQ_PHASE_WAIT, RMQ_OUTCOME_MAYBE_STORED },
                { 13, RMQ_PHASE_ANSWERED, RMQ_OUTCOME_NOT_STORED } };

  rmq_producer_set_send_timeout (self->producer, 300);
  rmq_producer_set_retries (self->producer, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = NULL;
      const RmqErrorDetails *details;

      rmq_fake_broker_fail (self->broker, SEND, 1, cases[i].answer, NULL);
      receipt = fixture_send_text (self, "orders", "x", &error);
      g_assert_null (receipt);
      details = rmq_error_get_details (error);
      g_assert_cmpuint (rmq_error_details_get_n_attempts (details), ==, 1);
      g_assert_cmpint (rmq_error_details_get_attempt_phase (details, 0), ==, cases[i].phase);
      g_assert_cmpint (rmq_error_details_get_outcome (details), ==, cases[i].outcome);
    }
}

/* The name server is the one that is not there. */
static void
test_route_phase (Fixture *self, gconstpointer data)
{
  const char *address = rmq_fake_broker_get_address (self->broker);
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  const RmqErrorDetails *details;

  rmq_fake_broker_fail (self->broker, 105, -1, RMQ_FAKE_NO_ANSWER, NULL);
  rmq_producer_set_send_timeout (self->producer, 200);
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_null (receipt);
  details = rmq_error_get_details (error);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), ==, 1);
  g_assert_cmpint (rmq_error_details_get_attempt_phase (details, 0), ==, RMQ_PHASE_ROUTE);
  g_assert_cmpint (rmq_error_details_get_outcome (details), ==, RMQ_OUTCOME_NOT_STORED);
  rmq_fake_broker_fail (self->broker, 105, 0, 0, NULL);

  rmq_fake_broker_fail (self->broker, 105, -1, RMQ_FAKE_HANG_UP, NULL);
  rmq_producer_set_send_timeout (self->producer, 3000);
  g_clear_error (&error);
  receipt = fixture_send_text (self, "unknown", "x", &error);
  g_assert_null (receipt);
  details = rmq_error_get_details (error);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), >=, 1);
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 0), ==, address);
}

static bool
has_sends (void *data)
{
  Fixture *self = data;

  return rmq_fake_broker_count (self->broker, SEND) >= 1;
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (before);
  rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, before, rmq_test_keep_result, &refused);
  rmq_test_await_result (self->context, &refused);
  g_assert_null (rmq_producer_send_finish (self->producer, refused, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, SEND), ==, 0);
  g_clear_error (&error);

  rmq_fake_broker_fail (self->broker, SEND, 1, RMQ_FAKE_NO_ANSWER, NULL);
  rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, during, rmq_test_keep_result, &cancelled);
  rmq_test_assert_until (self->context, has_sends, self);
  g_cancellable_cancel (during);
  g_cancellable_cancel (during);
  rmq_test_await_result (self->context, &cancelled);
  g_assert_null (rmq_producer_send_finish (self->producer, cancelled, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  g_assert_cmpint (rmq_error_details_get_outcome (rmq_error_get_details (error)), ==, RMQ_OUTCOME_MAYBE_STORED);
  g_clear_error (&error);

  receipt = fixture_send (self, message, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker), ==, 1);
}

typedef struct
{
  Fixture *fixture;
  int left;
} Chain;

static void
send_next (GObject *source, GAsyncResult *result, gpointer data)
{
  Chain *self = data;
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;

  if (result != NULL)
    {
      receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &error);
      g_assert_no_error (error);
      self->left--;
    }
  if (self->left == 0)
    return;
  message = rmq_message_new_text ("orders", "x");
  rmq_producer_send_async (self->fixture->producer, message, G_PRIORITY_DEFAULT, NULL, send_next, self);
}

static bool
chain_ended (void *data)
{
  return ((Chain *) data)->left == 0;
}

static void
test_chain (Fixture *self, gconstpointer data)
{
  Chain chain = { self, 1000 };

  send_next (NULL, NULL, &chain);
  rmq_test_assert_until (self->context, chain_ended, &chain);
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "orders"), ==, 1000);
}

typedef struct
{
  int n_completed;
  int n_closed;
} Completions;

static void
count_completion (GObject *source, GAsyncResult *result, gpointer data)
{
  Completions *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &error);

  self->n_completed++;
  if (error == NULL)
    return;
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  self->n_closed++;
}

/* The client or the producer closes under 500 sends, answered or not. */
static void
test_close (Fixture *self, gconstpointer data)
{
  for (int turn = 0; turn < 4; turn++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (RmqClientInstance) client = NULL;
      g_autoptr (RmqProducer) producer = NULL;
      g_autoptr (GError) error = NULL;
      Completions completions = { 0, 0 };
      bool whole = turn % 2 == 1;
      bool answers = turn < 2;

      g_assert_true (rmq_client_config_set (self->config, "close-timeout", "300", NULL));
      client = rmq_client_instance_new (self->config);
      producer = rmq_producer_new (client, "closing");
      rmq_fake_broker_fail (self->broker, SEND, answers ? 0 : -1, RMQ_FAKE_NO_ANSWER, NULL);
      for (int i = 0; i < 500; i++)
        {
          g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");

          rmq_producer_send_async (producer, message, G_PRIORITY_DEFAULT, NULL, count_completion, &completions);
        }
      if (whole)
        rmq_client_instance_close_async (client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
      else
        rmq_producer_close_async (producer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
      rmq_test_await_result (self->context, &result);
      g_assert_true (whole ? rmq_client_instance_close_finish (client, result, &error)
                           : rmq_producer_close_finish (producer, result, &error));
      g_assert_no_error (error);
      /* All of them before the close. */
      g_assert_cmpint (completions.n_completed, ==, 500);
      /* Answers may be quicker than the close; without any, all end by it. */
      if (!answers)
        g_assert_cmpint (completions.n_closed, ==, 500);
      g_clear_object (&producer);
      rmq_test_drain (self->context);
      g_assert_cmpint (completions.n_completed, ==, 500);
    }
}

/* What comes after the close is refused. */
static void
test_after_close (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;

  rmq_producer_close_async (self->producer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_producer_close_finish (self->producer, result, &error));
  receipt = fixture_send (self, message, &error);
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (rmq_producer_enqueue (self->producer, message, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (rmq_producer_send_oneway (self->producer, message, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

static void
collect (RmqProducer *producer, GPtrArray *receipts, gpointer data)
{
  for (unsigned i = 0; i < receipts->len; i++)
    g_ptr_array_add (data, rmq_send_receipt_ref (receipts->pdata[i]));
}

static bool
has_ten (void *data)
{
  return ((GPtrArray *) data)->len == 10;
}

static void
test_failed_receipts (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) receipts = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_send_receipt_unref);

  g_signal_connect (self->producer, "receipts", G_CALLBACK (collect), receipts);
  rmq_fake_broker_fail (self->broker, SEND, -1, 13, "no");
  for (int i = 0; i < 10; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");

      g_assert_true (rmq_producer_enqueue (self->producer, message, NULL));
    }
  rmq_test_assert_until (self->context, has_ten, receipts);
  for (unsigned i = 0; i < receipts->len; i++)
    {
      RmqSendReceipt *receipt = receipts->pdata[i];

      g_assert_cmpuint (rmq_send_receipt_get_sequence (receipt), ==, i + 1);
      g_assert_nonnull (rmq_send_receipt_get_error (receipt));
      g_assert_cmpint (rmq_send_receipt_get_outcome (receipt), ==, RMQ_OUTCOME_NOT_STORED);
      g_assert_nonnull (rmq_send_receipt_get_message (receipt));
    }
  g_assert_cmpuint (rmq_producer_get_n_pending (self->producer), ==, 0);
  g_signal_handlers_disconnect_by_data (self->producer, receipts);
}

/* An answer that is none: maybe stored, and the producer goes on. */
static RmqFakeVerdict
answer_nonsense (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  reply->code = 0;
  rmq_fake_reply_set (reply, "queueId", "not a number");
  return RMQ_FAKE_REPLY;
}

static void
test_nonsense (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  rmq_fake_broker_set_func (self->broker, SEND, answer_nonsense, NULL);
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_null (receipt);
  g_assert_cmpint (rmq_error_details_get_outcome (rmq_error_get_details (error)), ==, RMQ_OUTCOME_MAYBE_STORED);
  g_clear_error (&error);
  rmq_fake_broker_set_func (self->broker, SEND, NULL, NULL);
  receipt = fixture_send_text (self, "orders", "x", &error);
  g_assert_no_error (error);
}

static unsigned
count_in (const char *text, const char *what)
{
  unsigned n = 0;

  while ((text = strstr (text, what)) != NULL)
    {
      text += strlen (what);
      n++;
    }
  return n;
}

/* What to try stands at the end, once, and in no cause of an attempt. */
static void
check_hints (GError **error)
{
  static const char *const hints[] = { "Check that the broker answers", "Check that the server runs",
                                       "Set the name servers" };
  const RmqErrorDetails *details = rmq_error_get_details (*error);
  unsigned n_hints = 0;

  g_test_message ("%s", (*error)->message);
  for (unsigned i = 0; i < G_N_ELEMENTS (hints); i++)
    {
      n_hints += count_in ((*error)->message, hints[i]);
      for (unsigned k = 0; k < rmq_error_details_get_n_attempts (details); k++)
        g_assert_null (strstr (rmq_error_details_get_attempt_cause (details, k), hints[i]));
    }
  /* A connection that was lost has none. */
  g_assert_cmpuint (n_hints, ==, g_error_matches (*error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST) ? 0 : 1);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), >, 0);
  g_clear_error (error);
}

static void
test_hint_once (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  /* The deadline of the whole, and of each try. */
  rmq_fake_broker_fail (self->broker, SEND, -1, RMQ_FAKE_NO_ANSWER, NULL);
  g_object_set (self->producer, "send-timeout", 150, NULL);
  g_assert_null (fixture_send_text (self, "orders", "x", &error));
  check_hints (&error);
  g_object_set (self->producer, "send-timeout", 400, "attempt-timeout", 50, NULL);
  g_assert_null (fixture_send_text (self, "orders", "x", &error));
  check_hints (&error);

  /* Refused, and refused again while the address backs off; then without a route. */
  rmq_fake_broker_set_node_down (self->broker, 0, true);
  for (int i = 0; i < 3; i++)
    {
      g_assert_null (fixture_send_text (self, "orders", "x", &error));
      check_hints (&error);
      g_assert_null (fixture_send_text (self, "other", "x", &error));
      check_hints (&error);
    }
  rmq_fake_broker_set_node_down (self->broker, 0, false);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);

  fixture_add ("/producer/errors/C-SEND-022/attempts", test_attempts);
  fixture_add ("/producer/errors/C-SEND-022/phases", test_phases);
  fixture_add ("/producer/errors/C-SEND-022/route", test_route_phase);
  fixture_add ("/producer/errors/C-SEND-022/hint-once", test_hint_once);
  fixture_add ("/producer/errors/C-SEND-027/cancel", test_cancel);
  fixture_add ("/producer/errors/C-SEND-025/chain", test_chain);
  fixture_add ("/producer/errors/C-SEND-026/close", test_close);
  fixture_add ("/producer/errors/C-LIFE-007/after-close", test_after_close);
  fixture_add ("/producer/errors/failed-receipts", test_failed_receipts);
  fixture_add ("/producer/errors/nonsense", test_nonsense);
  return g_test_run ();
}
