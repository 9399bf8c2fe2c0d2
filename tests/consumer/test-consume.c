/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers and their results: batches, threads, retries, dead letters, deferred answers, handlers that do not return.
 */
#include "consumer-fixture.h"

#include "base/rmq-sync-private.h"

#include "wire/rmq-header-send-private.h"

#define RETRY_TOPIC "%RETRY%" GROUP
#define DLQ_TOPIC "%DLQ%" GROUP

static int64_t
get_offset (Fixture *self, int queue_id)
{
  return rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, queue_id);
}

/* --- one after the other, out of order, late --- */

static void
test_lowest_unfinished (Fixture *self, gconstpointer data)
{
  for (unsigned i = 0; i < 8; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  rmq_fake_broker_set_offset (self->broker, GROUP, TOPIC, 0, 4);
  self->result = RMQ_CONSUME_DEFERRED;
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  for (unsigned i = 1; i < 4; i++)
    {
      g_assert_true (rmq_message_ack (fixture_peek (self, i), NULL));
      g_assert_true (fixture_commit (self));
      g_assert_cmpint (get_offset (self, 0), ==, 4);
    }
  g_assert_true (rmq_message_ack (fixture_peek (self, 0), NULL));
  g_assert_true (fixture_commit (self));
  g_assert_cmpint (get_offset (self, 0), ==, 8);
}

static void
test_settle_twice (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  self->result = RMQ_CONSUME_DEFERRED;
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  /* Running until it is settled. */
  g_assert_false (FIXTURE_TRY_WAIT (self, get_offset (self, 0) == 1, 150));
  g_assert_true (rmq_message_ack (fixture_peek (self, 0), &error));
  g_assert_no_error (error);
  g_assert_false (rmq_message_ack (fixture_peek (self, 0), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
  g_clear_error (&error);
  g_assert_false (rmq_message_retry (fixture_peek (self, 0), 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
  FIXTURE_WAIT (self, get_offset (self, 0) == 1);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 0);
}

/* Settled inside its handler, which then answers something else: the first word counts. */
static RmqConsumeResult
ack_and_retry (Fixture *self, RmqMessage *message)
{
  g_assert_true (rmq_message_ack (message, NULL));
  return RMQ_CONSUME_RETRY;
}

static void
test_settle_inside (Fixture *self, gconstpointer data)
{
  self->handler = ack_and_retry;
  rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, get_offset (self, 0) == 1);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 0);
}

static void *
ack_in_thread (void *data)
{
  g_assert_true (rmq_message_ack (data, NULL));
  rmq_message_unref (data);
  return NULL;
}

static RmqConsumeResult
start_thread (Fixture *self, RmqMessage *message)
{
  g_thread_unref (g_thread_new ("ack", ack_in_thread, rmq_message_ref (message)));
  return RMQ_CONSUME_DEFERRED;
}

static void
test_settle_from_threads (Fixture *self, gconstpointer data)
{
  self->handler = start_thread;
  fixture_put (self, 100);
  fixture_run (self);
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, get_offset (self, i) == 25);
}

/* --- batches --- */

typedef struct
{
  Fixture *fixture;
  unsigned n_calls;
  unsigned largest;
  unsigned n_to_ack; /* of the first call, each by itself */
} Batches;

static RmqConsumeResult
on_batch (RmqPushConsumer *consumer, GPtrArray *messages, void *data)
{
  Batches *batches = data;
  Fixture *self = batches->fixture;
  int64_t offset = -1;
  int queue = rmq_message_get_queue_id (g_ptr_array_index (messages, 0));

  batches->n_calls++;
  batches->largest = MAX (batches->largest, messages->len);
  for (unsigned i = 0; i < messages->len; i++)
    {
      RmqMessage *message = g_ptr_array_index (messages, i);

      g_assert_cmpint (rmq_message_get_queue_id (message), ==, queue);
      g_assert_cmpint (rmq_message_get_queue_offset (message), >, offset);
      offset = rmq_message_get_queue_offset (message);
      g_ptr_array_add (self->received, rmq_message_ref (message));
      if (batches->n_calls == 1 && i < batches->n_to_ack)
        g_assert_true (rmq_message_ack (message, NULL));
    }
  return batches->n_calls == 1 && batches->n_to_ack > 0 ? RMQ_CONSUME_RETRY : RMQ_CONSUME_SUCCESS;
}

static void
test_batches (Fixture *self, gconstpointer data)
{
  Batches batches = { .fixture = self };

  for (unsigned i = 0; i < 30; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  g_object_set (self->consumer, "consume-batch-size", 8, NULL);
  rmq_push_consumer_set_batch_handler (self->consumer, on_batch, &batches, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 30);
  g_assert_cmpuint (batches.largest, ==, 8);
  g_assert_cmpuint (batches.n_calls, ==, 4);
  FIXTURE_WAIT (self, get_offset (self, 0) == 30);
}

static void
test_part_of_a_batch (Fixture *self, gconstpointer data)
{
  Batches batches = { .fixture = self, .n_to_ack = 2 };

  for (unsigned i = 0; i < 4; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  g_object_set (self->consumer, "consume-batch-size", 4, NULL);
  rmq_push_consumer_set_batch_handler (self->consumer, on_batch, &batches, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, get_offset (self, 0) == 4);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 2);
  FIXTURE_WAIT (self, fixture_count (self) == 6);
  g_assert_cmpint (rmq_message_get_reconsume_times (fixture_peek (self, 4)), ==, 1);
}

/* --- threads --- */

typedef struct
{
  Fixture *fixture;
  GMutex mutex;
  GCond cond;
  unsigned running;
  unsigned most;
  unsigned n_calls;
  bool go;
  GThread *main;
} Workers;

static RmqConsumeResult
work (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  Workers *workers = data;

  g_assert_true (g_thread_self () != workers->main);
  rmq_mutex_lock (&workers->mutex);
  workers->n_calls++;
  workers->running++;
  workers->most = MAX (workers->most, workers->running);
  rmq_test_wake ();
  while (!workers->go)
    rmq_cond_wait (&workers->cond, &workers->mutex);
  workers->running--;
  rmq_mutex_unlock (&workers->mutex);
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

static unsigned
count_running (Workers *workers)
{
  unsigned n;

  rmq_mutex_lock (&workers->mutex);
  n = workers->running;
  rmq_mutex_unlock (&workers->mutex);
  return n;
}

static void
test_threads (Fixture *self, gconstpointer data)
{
  Workers workers = { .fixture = self, .main = g_thread_self () };
  g_autoptr (GError) error = NULL;

  fixture_put (self, 200);
  rmq_push_consumer_set_handler (self->consumer, work, &workers, NULL);
  g_object_set (self->consumer, "consume-threads", 3, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, count_running (&workers) == 3);
  g_assert_false (FIXTURE_TRY_WAIT (self, count_running (&workers) > 3, 100));
  g_object_set (self->consumer, "consume-threads", 5, NULL);
  FIXTURE_WAIT (self, count_running (&workers) == 5);
  rmq_mutex_lock (&workers.mutex);
  workers.go = true;
  g_cond_broadcast (&workers.cond);
  rmq_mutex_unlock (&workers.mutex);
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, get_offset (self, i) == 50);
  g_assert_cmpuint (workers.n_calls, ==, 200);
  g_assert_cmpuint (workers.most, ==, 5);
  g_object_set (self->consumer, "consume-threads", 1, NULL);
  fixture_put (self, 40);
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, get_offset (self, i) == 60);
  g_assert_true (fixture_close (self, self->consumer, &error));
  g_assert_no_error (error);
}

/* --- retries --- */

static RmqConsumeResult
fail_first (Fixture *self, RmqMessage *message)
{
  return rmq_message_get_reconsume_times (message) < 2 ? RMQ_CONSUME_RETRY : RMQ_CONSUME_SUCCESS;
}

static void
test_retry (Fixture *self, gconstpointer data)
{
  const char *const properties[] = { "color", "red", NULL };
  RmqFakeMessage message = { .text = "again", .tag = "T", .keys = "k1 k2", .properties = properties, .flag = 7 };
  g_autoptr (RmqFakeRequest) back = NULL;
  g_autoptr (RmqFakeRequest) pull = NULL;
  g_autofree char *id = NULL;
  RmqMessage *first, *last;

  self->handler = fail_first;
  rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 1, &message);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  FIXTURE_WAIT (self, get_offset (self, 1) == 1);
  first = fixture_peek (self, 0);
  last = fixture_peek (self, 2);

  back = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, 0);
  id = rmq_message_dup_message_id (first);
  g_assert_cmpint (rmq_fake_request_get_int (back, "offset"), ==, rmq_message_get_commit_log_offset (first));
  g_assert_cmpstr (rmq_fake_request_get (back, "group"), ==, GROUP);
  g_assert_cmpstr (rmq_fake_request_get (back, "originMsgId"), ==, id);
  g_assert_cmpstr (rmq_fake_request_get (back, "originTopic"), ==, TOPIC);
  g_assert_cmpint (rmq_fake_request_get_int (back, "delayLevel"), ==, 0);
  g_assert_cmpint (rmq_fake_request_get_int (back, "maxReconsumeTimes"), ==, 16);

  /* It shows its own topic and id, and all it came with. */
  g_assert_cmpint (rmq_message_get_reconsume_times (last), ==, 2);
  g_assert_cmpstr (rmq_message_get_topic (last), ==, TOPIC);
  g_assert_cmpstr (rmq_message_get_unique_id (last), ==, rmq_message_get_unique_id (first));
  g_assert_cmpstr (rmq_message_get_tag (last), ==, "T");
  g_assert_cmpstr (rmq_message_get_property (last, "KEYS"), ==, "k1 k2");
  g_assert_cmpstr (rmq_message_get_property (last, "color"), ==, "red");
  g_assert_cmpint (rmq_message_get_flag (last), ==, 7);
}

static void
test_retry_subscription (Fixture *self, gconstpointer data)
{
  bool found = false;

  rmq_fake_broker_add_topic (self->broker, RETRY_TOPIC, NULL, 1, 6);
  rmq_fake_broker_put_message (self->broker, RETRY_TOPIC, NULL, 0,
                               &(RmqFakeMessage){ .text = "old",
                                                  .reconsume_times = 3,
                                                  .properties = (const char *const[]){ "RETRY_TOPIC", TOPIC, NULL } });
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_LAST_OFFSET, NULL);
  fixture_run_consumer (self, self->consumer, "only-this");
  FIXTURE_WAIT (self, fixture_count_text (self, "old") == 1);
  for (unsigned i = 0; !found; i++)
    {
      g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_HEART_BEAT, i);
      g_autofree char *body = NULL;

      g_assert_nonnull (request);
      body = g_strndup (g_bytes_get_data (request->body, NULL), g_bytes_get_size (request->body));
      found = strstr (body, "\"subString\":\"*\"") != NULL && strstr (body, "\"topic\":\"" RETRY_TOPIC "\"") != NULL;
    }
}

static void
test_dead_letter (Fixture *self, gconstpointer data)
{
  self->result = RMQ_CONSUME_RETRY;
  g_object_set (self->consumer, "max-reconsume-times", 0, NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "hopeless", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_messages (self->broker, DLQ_TOPIC) == 1);
  FIXTURE_WAIT (self, get_offset (self, 0) == 1);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 1, 100));
}

static RmqConsumeResult
retry_by_level (Fixture *self, RmqMessage *message)
{
  int level = g_str_equal (rmq_message_get_tag (message), "soon") ? 1 : -1;

  if (rmq_message_get_reconsume_times (message) > 0)
    return RMQ_CONSUME_SUCCESS;
  g_assert_true (rmq_message_retry (message, level, NULL));
  return RMQ_CONSUME_DEFERRED;
}

static void
test_delay_level (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) back = NULL;

  self->handler = retry_by_level;
  rmq_fake_broker_put (self->broker, TOPIC, 0, "soon", "soon");
  rmq_fake_broker_put (self->broker, TOPIC, 0, "never", "never");
  fixture_run (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_messages (self->broker, DLQ_TOPIC) == 1);
  FIXTURE_WAIT (self, fixture_count_text (self, "soon") == 2);
  g_assert_cmpuint (fixture_count_text (self, "never"), ==, 1);
  back = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, 0);
  g_assert_cmpint (rmq_fake_request_get_int (back, "delayLevel"), ==, 1);
}

/* The broker refuses to take it back, a copy is sent. */
static void
test_copy (Fixture *self, gconstpointer data)
{
  const char *const properties[] = { "color", "red", "TRAN_MSG", "true", NULL };
  g_autoptr (RmqFakeRequest) send = NULL;
  g_autofree char *id = NULL;
  const char *text;

  self->handler = fail_first;
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, 1, RMQ_RESPONSE_NO_PERMISSION, "no");
  rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 0,
                               &(RmqFakeMessage){ .text = "copied", .tag = "T", .flag = 9, .properties = properties });
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  send = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, 0);
  g_assert_nonnull (send);
  g_assert_cmpstr (rmq_fake_request_get (send, "b"), ==, RETRY_TOPIC);
  g_assert_cmpint (rmq_fake_request_get_int (send, "j"), ==, 1);
  g_assert_cmpint (rmq_fake_request_get_int (send, "l"), ==, 16);
  g_assert_cmpint (rmq_fake_request_get_int (send, "h"), ==, 9);
  text = rmq_fake_request_get (send, "i");
  id = rmq_message_dup_message_id (fixture_peek (self, 0));
  g_assert_nonnull (strstr (text, "RETRY_TOPIC\001" TOPIC "\002"));
  g_assert_nonnull (strstr (text, "DELAY\0013\002"));
  g_assert_nonnull (strstr (text, "color\001red\002"));
  g_assert_nonnull (strstr (text, "TAGS\001T\002"));
  g_assert_null (strstr (text, "TRAN_MSG"));
  {
    g_autofree char *origin = g_strdup_printf ("ORIGIN_MESSAGE_ID\001%s\002", id);

    g_assert_nonnull (strstr (text, origin));
  }
  g_assert_cmpint (rmq_message_get_reconsume_times (fixture_peek (self, 1)), ==, 1);
  FIXTURE_WAIT (self, get_offset (self, 0) == 1);
}

/* Neither way works: it stays here, and the offset does not pass it. */
static void
test_local_retry (Fixture *self, gconstpointer data)
{
  self->handler = fail_first;
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, -1, RMQ_RESPONSE_SYSTEM_ERROR, "no");
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, -1, RMQ_RESPONSE_NO_PERMISSION, "no");
  rmq_fake_broker_put (self->broker, TOPIC, 0, "stubborn", NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "stubborn too", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) >= 4);
  g_assert_cmpint (get_offset (self, 0), <=, 0);
  FIXTURE_WAIT (self, fixture_count (self) == 6);
  FIXTURE_WAIT (self, get_offset (self, 0) == 2);
  g_assert_cmpuint (fixture_count_text (self, "stubborn"), ==, 3);
  g_assert_cmpint (rmq_message_get_reconsume_times (fixture_peek (self, 5)), ==, 2);
}

/* --- handlers that do not return --- */

static void
test_consume_timeout (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) back = NULL;
  g_autoptr (GError) error = NULL;

  self->result = RMQ_CONSUME_DEFERRED;
  g_object_set (self->consumer, "consume-timeout", 200, NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "slow", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  FIXTURE_WAIT (self, get_offset (self, 0) == 1);
  back = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, 0);
  g_assert_nonnull (back);
  g_assert_cmpint (rmq_fake_request_get_int (back, "delayLevel"), ==, 3);
  g_assert_false (rmq_message_ack (fixture_peek (self, 0), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

/* --- a queue that goes away --- */

static void
test_dropped_queue (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) other = fixture_new_consumer (self, GROUP);
  g_autoptr (GError) error = NULL;
  unsigned n_lost = 0;

  self->result = RMQ_CONSUME_DEFERRED;
  fixture_put (self, 4);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  fixture_run_consumer (self, other, NULL);
  FIXTURE_WAIT (self, fixture_count_owned (self, other) == 2 && fixture_count_owned (self, self->consumer) == 2);
  /* The two of the queues that went come to the other one. */
  FIXTURE_WAIT (self, fixture_count (self) == 6);
  for (unsigned i = 0; i < 4; i++)
    if (!rmq_message_ack (fixture_peek (self, i), &error))
      {
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
        g_clear_error (&error);
        n_lost++;
      }
  g_assert_cmpuint (n_lost, ==, 2);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 0);
  for (unsigned i = 4; i < 6; i++)
    g_assert_true (rmq_message_ack (fixture_peek (self, i), NULL));
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, get_offset (self, i) == 1);
  g_assert_true (fixture_close (self, other, NULL));
}

/* --- the signal --- */

static RmqConsumeResult
on_signal (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  Fixture *self = data;

  g_ptr_array_add (self->received, rmq_message_ref (message));
  return RMQ_CONSUME_SUCCESS;
}

static void
test_signal (Fixture *self, gconstpointer data)
{
  gulong id = g_signal_connect (self->consumer, "message", G_CALLBACK (on_signal), self);

  rmq_push_consumer_set_handler (self->consumer, NULL, NULL, NULL);
  fixture_put (self, 8);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  /* Nobody listens for a while: messages wait, and are not refused. */
  g_signal_handler_disconnect (self->consumer, id);
  fixture_put (self, 8);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK) > 0, 150));
  g_signal_connect (self->consumer, "message", G_CALLBACK (on_signal), self);
  FIXTURE_WAIT (self, fixture_count (self) == 16);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  fixture_add_both ("/consumer/consume/C-CONC-007/lowest-unfinished", test_lowest_unfinished);
  fixture_add ("/consumer/consume/C-CONC-010/settle-twice", test_settle_twice);
  fixture_add ("/consumer/consume/C-CONC-010/settle-inside", test_settle_inside);
  fixture_add ("/consumer/consume/C-CONC-010/settle-from-threads", test_settle_from_threads);
  fixture_add ("/consumer/consume/C-CONC-001/batches", test_batches);
  fixture_add ("/consumer/consume/C-CONC-001/threads", test_threads);
  fixture_add ("/consumer/consume/C-CONC-003/part-of-a-batch", test_part_of_a_batch);
  fixture_add_both ("/consumer/consume/C-CONC-002/C-CONC-006/C-DLQ-001/C-DLQ-006/retry", test_retry);
  fixture_add ("/consumer/consume/C-DLQ-004/retry-subscription", test_retry_subscription);
  fixture_add ("/consumer/consume/C-DLQ-002/dead-letter", test_dead_letter);
  fixture_add ("/consumer/consume/C-DLQ-003/delay-level", test_delay_level);
  fixture_add ("/consumer/consume/C-CONC-005/C-DLQ-005/copy", test_copy);
  fixture_add ("/consumer/consume/C-CONC-004/local-retry", test_local_retry);
  fixture_add ("/consumer/consume/C-CONC-008/dropped-queue", test_dropped_queue);
  fixture_add ("/consumer/consume/C-CONC-009/consume-timeout", test_consume_timeout);
  fixture_add ("/consumer/consume/signal", test_signal);
  return g_test_run ();
}
