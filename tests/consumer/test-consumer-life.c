/* SPDX-License-Identifier: Apache-2.0
 *
 * How a push consumer ends, what it holds and what it lets go; and what brokers ask of it.
 */
#include "consumer-fixture.h"
#include "consumer/rmq-push-consumer-core-private.h"
#include "consumer/rmq-push-consumer-private.h"

#include "base/rmq-sync-private.h"

/* Each test waits for it once, and a busy machine must not reach it where it is not waited for. */
#define DIRECT_TIMEOUT_US (2 * G_TIME_SPAN_SECOND)

/* --- closing --- */

static void
test_close (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = NULL;

  fixture_run_all (self);
  fixture_put (self, 40);
  FIXTURE_WAIT (self, fixture_count (self) == 40);
  g_assert_true (fixture_close (self, self->consumer, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CLOSED);
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, i), ==, 10);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_UNREGISTER_CLIENT), ==, 1);
  ids = rmq_fake_broker_dup_client_ids (self->broker, GROUP);
  g_assert_cmpuint (g_strv_length (ids), ==, 0);
  g_assert_cmpuint (fixture_count_owned (self, self->consumer), ==, 0);

  /* Again, and what no longer works. */
  g_assert_true (fixture_close (self, self->consumer, &error));
  g_assert_no_error (error);
  g_assert_false (fixture_start (self, self->consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (rmq_push_consumer_subscribe (self->consumer, TOPIC, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

static void
test_close_unstarted (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_close (self, self->consumer, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CLOSED);
  g_assert_false (fixture_start (self, self->consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

/* A restart redelivers nothing that was finished, and what was not handled goes to the next one. */
static void
test_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) next = fixture_new_consumer (self, GROUP);
  unsigned n_first;

  fixture_put (self, 400);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) >= 50);
  g_assert_true (fixture_close (self, self->consumer, NULL));
  n_first = fixture_count (self);
  fixture_run_consumer (self, next, NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 400);
  g_assert_cmpuint (n_first, <=, 400);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 400, 100));
  g_assert_true (fixture_close (self, next, NULL));
}

typedef struct
{
  GMutex mutex;
  GCond cond;
  bool inside;
  bool go;
  int n_finished;
} Blocker;

static RmqConsumeResult
block (Fixture *self, RmqMessage *message)
{
  Blocker *blocker = self->data;

  rmq_mutex_lock (&blocker->mutex);
  blocker->inside = true;
  g_cond_broadcast (&blocker->cond);
  while (!blocker->go)
    rmq_cond_wait (&blocker->cond, &blocker->mutex);
  rmq_mutex_unlock (&blocker->mutex);
  g_atomic_int_inc (&blocker->n_finished);
  return RMQ_CONSUME_SUCCESS;
}

static void
let_go (Blocker *blocker)
{
  rmq_mutex_lock (&blocker->mutex);
  blocker->go = true;
  g_cond_broadcast (&blocker->cond);
  rmq_mutex_unlock (&blocker->mutex);
}

static bool
is_inside (Blocker *blocker)
{
  bool inside;

  rmq_mutex_lock (&blocker->mutex);
  inside = blocker->inside;
  rmq_mutex_unlock (&blocker->mutex);
  return inside;
}

static void
test_close_waits (Fixture *self, gconstpointer data)
{
  Blocker blocker = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->data = &blocker;
  self->handler = block;
  g_object_set (self->consumer, "consume-threads", 1, NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "one", NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "two", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, is_inside (&blocker));
  rmq_push_consumer_close_async (self->consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  g_assert_false (FIXTURE_TRY_WAIT (self, result != NULL, 150));
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CLOSING);
  let_go (&blocker);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_push_consumer_close_finish (self->consumer, result, &error));
  g_assert_no_error (error);
  /* The one that ran is committed, the other one was not begun. */
  g_assert_cmpint (g_atomic_int_get (&blocker.n_finished), ==, 1);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), ==, 1);
}

static void
test_close_deadline (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer_with (self, GROUP, "close-timeout", "200", NULL);
  g_autoptr (GError) error = NULL;

  self->result = RMQ_CONSUME_DEFERRED;
  fixture_put (self, 3);
  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  g_assert_true (rmq_message_ack (fixture_peek (self, 0), NULL));
  g_assert_false (fixture_close (self, consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "2 messages"));
  g_clear_error (&error);
  g_assert_cmpint (rmq_push_consumer_get_state (consumer), ==, RMQ_STATE_CLOSED);
  g_assert_false (rmq_message_ack (fixture_peek (self, 1), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

/* Deferred messages that are settled while it closes still count. */
static void
test_close_deferred (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->result = RMQ_CONSUME_DEFERRED;
  rmq_fake_broker_put (self->broker, TOPIC, 0, "one", NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "two", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 2);
  rmq_push_consumer_close_async (self->consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  FIXTURE_WAIT (self, rmq_push_consumer_get_state (self->consumer) == RMQ_STATE_CLOSING);
  g_assert_true (rmq_message_ack (fixture_peek (self, 0), NULL));
  g_assert_true (rmq_message_retry (fixture_peek (self, 1), 2, NULL));
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_push_consumer_close_finish (self->consumer, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), ==, 2);
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "%RETRY%" GROUP), ==, 1);
}

static RmqConsumeResult
close_inside (Fixture *self, RmqMessage *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_push_consumer_close (self->consumer, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  return RMQ_CONSUME_SUCCESS;
}

static void
test_close_inside (Fixture *self, gconstpointer data)
{
  self->handler = close_inside;
  rmq_fake_broker_put (self->broker, TOPIC, 0, "last", NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "never", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, rmq_push_consumer_get_state (self->consumer) == RMQ_STATE_CLOSED);
  g_assert_cmpuint (fixture_count (self), >=, 1);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), ==, (int64_t) fixture_count (self));
}

static void
test_close_without_servers (Fixture *self, gconstpointer data)
{
  int64_t begun;

  fixture_run_all (self);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  rmq_fake_broker_set_node_down (self->broker, 0, true);
  begun = g_get_monotonic_time ();
  g_assert_true (fixture_close (self, self->consumer, NULL));
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 5 * G_TIME_SPAN_SECOND * rmq_test_get_slowness ());
}

static void
test_client_closes (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  self->result = RMQ_CONSUME_DEFERRED;
  fixture_put (self, 4);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  rmq_client_instance_close_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CLOSED);
  g_assert_false (rmq_message_ack (fixture_peek (self, 0), NULL));
  g_assert_true (fixture_close (self, self->consumer, NULL));
}

static void
test_cancelled_start (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, 1, RMQ_FAKE_NO_ANSWER, NULL);
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, TOPIC, NULL, NULL));
  rmq_push_consumer_start_async (self->consumer, G_PRIORITY_DEFAULT, cancellable, rmq_test_keep_result, &result);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC) == 1);
  g_cancellable_cancel (cancellable);
  rmq_test_await_result (self->context, &result);
  g_assert_false (rmq_push_consumer_start_finish (self->consumer, result, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CREATED);
  fixture_run_all (self);
}

/* --- references --- */

static RmqConsumeResult
drop_consumer (Fixture *self, RmqMessage *message)
{
  g_clear_object (&self->consumer);
  return RMQ_CONSUME_SUCCESS;
}

static void
test_last_reference_inside (Fixture *self, gconstpointer data)
{
  RmqPushConsumer *consumer = self->consumer;

  g_object_add_weak_pointer (G_OBJECT (consumer), (void **) &consumer);
  self->handler = drop_consumer;
  fixture_put (self, 40);
  fixture_run (self);
  FIXTURE_WAIT (self, consumer == NULL);
  g_assert_cmpuint (fixture_count (self), ==, 1);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_UNREGISTER_CLIENT) == 1);
}

static void
test_last_reference_in_thread (Fixture *self, gconstpointer data)
{
  Blocker blocker = { 0 };

  self->data = &blocker;
  self->handler = block;
  g_object_set (self->consumer, "consume-threads", 2, NULL);
  fixture_put (self, 40);
  fixture_run (self);
  FIXTURE_WAIT (self, is_inside (&blocker));
  g_clear_object (&self->consumer);
  let_go (&blocker);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_UNREGISTER_CLIENT) == 1);
  FIXTURE_WAIT (self, rmq_test_count_threads ("rmq-consume") == 0);
}

typedef struct
{
  GThread *thread;
  int n_calls;
} Destroyed;

static void
on_destroy (void *data)
{
  Destroyed *destroyed = data;

  destroyed->thread = g_thread_self ();
  destroyed->n_calls++;
}

static RmqConsumeResult
ignore (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

static void
test_user_data (Fixture *self, gconstpointer data)
{
  Destroyed destroyed = { 0 };

  rmq_push_consumer_set_handler (self->consumer, ignore, &destroyed, on_destroy);
  fixture_put (self, 40);
  fixture_run_all (self);
  g_assert_true (fixture_close (self, self->consumer, NULL));
  g_clear_object (&self->consumer);
  FIXTURE_WAIT (self, destroyed.n_calls > 0);
  g_assert_cmpint (destroyed.n_calls, ==, 1);
  g_assert_true (destroyed.thread == g_thread_self ());
}

/* Messages outlive everything. */
static void
test_message_outlives (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (RmqMessage) kept = NULL;
  g_autoptr (GError) error = NULL;

  self->result = RMQ_CONSUME_DEFERRED;
  rmq_fake_broker_put (self->broker, TOPIC, 0, "kept", "T");
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  kept = rmq_message_ref (fixture_peek (self, 0));
  g_clear_object (&self->consumer);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_UNREGISTER_CLIENT) == 1);
  text = rmq_message_dup_text (kept);
  g_assert_cmpstr (text, ==, "kept");
  g_assert_false (rmq_message_ack (kept, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
}

static void
on_state (RmqPushConsumer *consumer, GParamSpec *pspec, GString *seen)
{
  RmqState state;

  g_object_get (consumer, "state", &state, NULL);
  g_string_append_printf (seen, "%d", state);
}

static void
test_state (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  g_signal_connect (self->consumer, "notify::state", G_CALLBACK (on_state), seen);
  fixture_run_all (self);
  g_assert_true (fixture_close (self, self->consumer, NULL));
  FIXTURE_WAIT (self, g_str_has_suffix (seen->str, "4"));
  g_assert_nonnull (strchr (seen->str, '2'));
  g_signal_handlers_disconnect_by_data (self->consumer, seen);
}

static unsigned
count_all_threads (void)
{
  return rmq_test_count_threads ("");
}

static void
test_many (Fixture *self, gconstpointer data)
{
  enum
  {
    N = 100,
    N_TOPICS = 4
  };
  g_autoptr (GPtrArray) consumers = g_ptr_array_new_with_free_func (g_object_unref);

  for (unsigned t = 0; t < N_TOPICS; t++)
    {
      g_autofree char *topic = g_strdup_printf ("topic-%u", t);

      rmq_fake_broker_add_topic (self->broker, topic, NULL, 1, 6);
    }
  for (unsigned i = 0; i < N; i++)
    {
      g_autofree char *group = g_strdup_printf ("group-%u", i);
      RmqPushConsumer *consumer = fixture_new_consumer (self, group);

      g_ptr_array_add (consumers, consumer);
      for (unsigned t = 0; t < N_TOPICS; t++)
        {
          g_autofree char *topic = g_strdup_printf ("topic-%u", t);

          g_assert_true (rmq_push_consumer_subscribe (consumer, topic, NULL, NULL));
        }
      g_assert_true (fixture_start (self, consumer, NULL));
    }
  for (unsigned t = 0; t < N_TOPICS; t++)
    {
      g_autofree char *topic = g_strdup_printf ("topic-%u", t);

      rmq_fake_broker_put (self->broker, topic, 0, "to all", NULL);
    }
  FIXTURE_WAIT (self, fixture_count_text (self, "to all") == N * N_TOPICS);
  /* The test, its fake broker, rmq-io, and what GLib has. */
  g_assert_cmpuint (count_all_threads (), <=, 10);
  for (unsigned i = 0; i < N; i++)
    g_assert_true (fixture_close (self, g_ptr_array_index (consumers, i), NULL));
}

/* --- what brokers ask --- */

static RmqFakeRequest *
await_answer (Fixture *self, unsigned nth)
{
  RmqFakeRequest *answer = NULL;

  FIXTURE_WAIT (self, (answer = rmq_fake_broker_get_answer (self->broker, nth)) != NULL);
  return answer;
}

static char *
dup_body (RmqFakeRequest *answer)
{
  return g_strndup (g_bytes_get_data (answer->body, NULL), g_bytes_get_size (answer->body));
}

static void
test_running_info (Fixture *self, gconstpointer data)
{
  g_autofree char *id = rmq_client_instance_dup_client_id (self->client);
  const char *const ext[] = { "consumerGroup", GROUP, "clientId", id, "jstackEnable", "false", NULL };
  const char *const unknown[] = { "consumerGroup", "nobody", "clientId", id, "jstackEnable", "false", NULL };
  static const char *const wanted[] = { "PROP_CONSUME_TYPE",
                                        "PROP_CONSUMEORDERLY",
                                        "PROP_THREADPOOL_CORE_SIZE",
                                        "PROP_CLIENT_VERSION",
                                        "PROP_CONSUMER_START_TIMESTAMP",
                                        "PROP_NAMESERVER_ADDR",
                                        "\"subscriptionSet\":[",
                                        "\"mqTable\":{{",
                                        "\"droped\":false",
                                        "\"statusTable\":{",
                                        "CONSUME_PASSIVELY",
                                        "\"commitOffset\":1" };
  g_autoptr (RmqFakeRequest) answer = NULL;
  g_autoptr (RmqFakeRequest) refusal = NULL;
  g_autofree char *body = NULL;

  fixture_put (self, 4);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_assert_true (fixture_commit (self));
  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO, ext, NULL, false);
  answer = await_answer (self, 0);
  g_assert_cmpint (answer->code, ==, RMQ_RESPONSE_SUCCESS);
  body = dup_body (answer);
  for (unsigned i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (strstr (body, wanted[i]) == NULL)
      g_error ("%s is missing in %s", wanted[i], body);
  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO, unknown, NULL, false);
  refusal = await_answer (self, 1);
  g_assert_cmpint (refusal->code, ==, RMQ_RESPONSE_SYSTEM_ERROR);
}

static void
test_status (Fixture *self, gconstpointer data)
{
  const char *const ext[] = { "topic", TOPIC, "group", GROUP, NULL };
  g_autoptr (RmqFakeRequest) answer = NULL;
  g_autofree char *body = NULL;

  fixture_put (self, 8);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_assert_true (fixture_commit (self));
  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT, ext, NULL, false);
  answer = await_answer (self, 0);
  g_assert_cmpint (answer->code, ==, RMQ_RESPONSE_SUCCESS);
  body = dup_body (answer);
  g_assert_nonnull (strstr (body, "{\"brokerName\":\"broker-a\",\"queueId\":3,\"topic\":\"" TOPIC "\"}:2"));
}

static void
reset_by_push (Fixture *self, const char *group, const char *text)
{
  const char *const ext[] = { "topic", TOPIC, "group", group, "timestamp", "0", "isForce", "true", NULL };
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET, ext, body, true);
}

static void
test_reset (Fixture *self, gconstpointer data)
{
  fixture_put (self, 16);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 16);
  /* A queue that is not ours, and a group that is not here, change nothing. */
  reset_by_push (self, "nobody",
                 "{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"" TOPIC "\"}:0}}");
  reset_by_push (self, GROUP,
                 "{\"offsetTable\":{{\"brokerName\":\"broker-z\",\"queueId\":0,\"topic\":\"" TOPIC "\"}:0,"
                 "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"" TOPIC "\"}:1}}");
  FIXTURE_WAIT (self, fixture_count (self) == 19);
  reset_by_push (self, GROUP,
                 "{\"offsetTable\":[{\"brokerName\":\"broker-a\",\"offset\":2,\"queueId\":2,\"topic\":\"" TOPIC
                 "\"}]}");
  FIXTURE_WAIT (self, fixture_count (self) == 21);
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, i) == 4);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 21, 100));
}

static RmqConsumeResult
answer_by_tag (Fixture *self, RmqMessage *message)
{
  const char *tag = rmq_message_get_tag (message);

  if (g_str_equal (tag, "good"))
    return RMQ_CONSUME_SUCCESS;
  if (g_str_equal (tag, "nothing"))
    return (RmqConsumeResult) 77;
  return g_str_equal (tag, "slow") ? RMQ_CONSUME_DEFERRED : RMQ_CONSUME_RETRY;
}

static void
push_message (Fixture *self, const char *tag)
{
  g_autofree char *id = rmq_client_instance_dup_client_id (self->client);
  const char *const ext[] = { "consumerGroup", GROUP, "clientId", id, "topic", TOPIC, "brokerName", "broker-a", NULL };
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (65536);
  g_autofree char *properties = g_strdup_printf ("TAGS\001%s\002UNIQ_KEY\00101\002", tag);
  g_autoptr (GBytes) body = NULL;
  RmqRecord record = {
    .topic = RMQ_SLICE_LITERAL (TOPIC),
    .body = RMQ_SLICE_LITERAL ("direct"),
    .properties = rmq_slice_from_string (properties),
  };

  record.body_crc = _rmq_crc32 (record.body.data, record.body.len);
  g_assert_true (_rmq_record_encode (&record, &out));
  body = _rmq_byte_writer_steal (&out);
  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY, ext, body, false);
}

static void
test_direct (Fixture *self, gconstpointer data)
{
  static const char *const results[] = { "CR_SUCCESS", "CR_LATER", "CR_RETURN_NULL", "CR_LATER" };
  static const char *const tags[] = { "good", "bad", "nothing", "slow" };

  self->handler = answer_by_tag;
  _rmq_push_consumer_get_core (self->consumer)->direct_timeout_us = DIRECT_TIMEOUT_US;
  fixture_run_all (self);
  for (unsigned i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      g_autoptr (RmqFakeRequest) answer = NULL;
      g_autofree char *body = NULL;

      push_message (self, tags[i]);
      answer = await_answer (self, i);
      g_assert_cmpint (answer->code, ==, RMQ_RESPONSE_SUCCESS);
      body = dup_body (answer);
      g_assert_nonnull (strstr (body, results[i]));
      g_assert_nonnull (strstr (body, "\"spentTimeMills\":"));
    }
  g_assert_cmpuint (fixture_count_text (self, "direct"), ==, G_N_ELEMENTS (tags));
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 0);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), <=, 0);
}

/* Nobody is there to call. */
static void
test_direct_uncalled (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) answer = NULL;
  g_autoptr (RmqFakeRequest) later = NULL;
  g_autofree char *body = NULL;
  g_autofree char *later_body = NULL;

  _rmq_push_consumer_get_core (self->consumer)->direct_timeout_us = DIRECT_TIMEOUT_US;
  fixture_run_all (self);
  rmq_push_consumer_pause (self->consumer);
  push_message (self, "good");
  answer = await_answer (self, 0);
  body = dup_body (answer);
  g_assert_nonnull (strstr (body, "CR_THROW_EXCEPTION"));
  g_assert_nonnull (strstr (body, "paused"));
  g_assert_cmpuint (fixture_count (self), ==, 0);

  rmq_push_consumer_resume (self->consumer);
  push_message (self, "good");
  later = await_answer (self, 1);
  later_body = dup_body (later);
  g_assert_nonnull (strstr (later_body, "CR_SUCCESS"));
  g_assert_cmpuint (fixture_count (self), ==, 1);
}

/* It is never answered by the handler: the close answers for it. */
static void
test_direct_and_close (Fixture *self, gconstpointer data)
{
  self->result = RMQ_CONSUME_DEFERRED;
  fixture_run_all (self);
  push_message (self, "good");
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  g_assert_true (fixture_close (self, self->consumer, NULL));
  g_assert_false (rmq_message_ack (fixture_peek (self, 0), NULL));
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  fixture_add_both ("/consumer/life/C-LIFE-001/C-LIFE-002/close", test_close);
  fixture_add ("/consumer/life/C-LIFE-001/close-unstarted", test_close_unstarted);
  fixture_add ("/consumer/life/C-LIFE-001/close-inside", test_close_inside);
  fixture_add ("/consumer/life/C-LIFE-002/restart", test_restart);
  fixture_add ("/consumer/life/C-LIFE-002/close-waits", test_close_waits);
  fixture_add ("/consumer/life/C-LIFE-002/close-deadline", test_close_deadline);
  fixture_add ("/consumer/life/C-LIFE-002/close-deferred", test_close_deferred);
  fixture_add ("/consumer/life/C-LIFE-006/close-without-servers", test_close_without_servers);
  fixture_add_both ("/consumer/life/client-closes", test_client_closes);
  fixture_add ("/consumer/life/cancelled-start", test_cancelled_start);
  fixture_add_both ("/consumer/life/C-LIFE-003/last-reference-inside", test_last_reference_inside);
  fixture_add ("/consumer/life/C-LIFE-003/last-reference-in-thread", test_last_reference_in_thread);
  fixture_add ("/consumer/life/C-LIFE-004/user-data", test_user_data);
  fixture_add ("/consumer/life/C-LIFE-010/many", test_many);
  fixture_add ("/consumer/life/message-outlives", test_message_outlives);
  fixture_add ("/consumer/life/state", test_state);
  fixture_add ("/consumer/control/C-CTRL-003/running-info", test_running_info);
  fixture_add ("/consumer/control/C-CTRL-003/status", test_status);
  fixture_add ("/consumer/control/C-CTRL-002/reset", test_reset);
  fixture_add_both ("/consumer/control/C-CTRL-004/direct", test_direct);
  fixture_add_both ("/consumer/control/C-CTRL-004/direct-uncalled", test_direct_uncalled);
  fixture_add ("/consumer/control/C-CTRL-004/direct-and-close", test_direct_and_close);
  return g_test_run ();
}
