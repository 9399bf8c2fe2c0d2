/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a push consumer, and its pull loop, against a fake broker.
 */
#include "consumer-fixture.h"

/* --- starting --- */

static void
test_receive (Fixture *self, gconstpointer data)
{
  fixture_run_all (self);
  fixture_put (self, 100);
  FIXTURE_WAIT (self, fixture_count (self) == 100);
  for (unsigned i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      g_assert_cmpuint (fixture_count_text (self, text), ==, 1);
    }
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, i) == 25);
}

static void
assert_start_refused (Fixture *self, RmqPushConsumer *consumer, const char *reason)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_start (self, consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_cmpint (rmq_push_consumer_get_state (consumer), ==, RMQ_STATE_CREATED);
  g_clear_error (&error);
  g_assert_false (rmq_push_consumer_start (consumer, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) no_group = rmq_push_consumer_new (self->client, NULL);
  g_autoptr (RmqPushConsumer) system = rmq_push_consumer_new (self->client, "CID_RMQ_SYS_X");

  fixture_set_handler (self, no_group);
  assert_start_refused (self, no_group, "group");
  fixture_set_handler (self, system);
  assert_start_refused (self, system, "system");

  g_object_set (self->consumer, "consume-batch-size", 2000, NULL);
  assert_start_refused (self, self->consumer, "consume-batch-size");
  g_object_set (self->consumer, "consume-batch-size", 1, "allocation-name", "no-such-strategy", NULL);
  {
    g_autoptr (GError) error = NULL;

    g_assert_false (fixture_start (self, self->consumer, &error));
    g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND);
  }
  g_object_set (self->consumer, "allocation-name", "averagely", NULL);
  rmq_push_consumer_set_handler (self->consumer, NULL, NULL, NULL);
  assert_start_refused (self, self->consumer, "handle");

  /* Nothing stays behind: the same object starts once it is right. */
  fixture_set_handler (self, self->consumer);
  fixture_run (self);
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_RUNNING);
}

static void
test_no_name_server (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (" ; ");
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, GROUP);
  g_autoptr (GError) error = NULL;

  fixture_set_handler (self, consumer);
  g_assert_true (rmq_push_consumer_subscribe (consumer, TOPIC, NULL, NULL));
  g_assert_false (fixture_start (self, consumer, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (rmq_push_consumer_get_state (consumer), ==, RMQ_STATE_CREATED);
}

/* Nobody listens at that address: the start still ends, and everything comes once a name server does. */
static void
test_dead_name_server (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer_with (self, GROUP, "name-servers", "127.0.0.1:1", NULL);
  const char *const servers[] = { rmq_fake_broker_get_address (self->broker), NULL };

  fixture_run_consumer (self, consumer, NULL);
  g_assert_true (rmq_client_instance_set_name_servers (rmq_push_consumer_get_client (consumer), servers, NULL));
  FIXTURE_WAIT (self, fixture_count_owned (self, consumer) == 4);
}

static void
test_duplicate_group (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) second = rmq_push_consumer_new (self->client, GROUP);
  g_autoptr (GError) error = NULL;

  fixture_run (self);
  fixture_set_handler (self, second);
  g_assert_false (fixture_start (self, second, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_DUPLICATE_GROUP);
  g_clear_error (&error);
  g_assert_false (fixture_start (self, self->consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
}

static void
test_topic_comes_later (Fixture *self, gconstpointer data)
{
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, "later", NULL, NULL));
  g_assert_true (fixture_start (self, self->consumer, NULL));
  rmq_fake_broker_add_topic (self->broker, "later", NULL, 2, 6);
  rmq_fake_broker_put (self->broker, "later", 1, "hello", NULL);
  FIXTURE_WAIT (self, fixture_count_text (self, "hello") == 1);
}

static void
test_sync_start (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_push_consumer_subscribe (self->consumer, TOPIC, NULL, NULL));
  g_assert_true (rmq_push_consumer_start (self->consumer, NULL, &error));
  g_assert_no_error (error);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_assert_true (rmq_push_consumer_commit (self->consumer, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 3), ==, 1);
  g_assert_true (rmq_push_consumer_close (self->consumer, NULL, &error));
  g_assert_no_error (error);
}

/* --- the pull loop --- */

static void
test_pull_request (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) pull = NULL;

  fixture_run_all (self);
  /* One held pull for each queue, and one for the retry topic: never more. */
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  pull = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_PULL_MESSAGE, 0);
  g_assert_cmpstr (rmq_fake_request_get (pull, "consumerGroup"), ==, GROUP);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "queueOffset"), ==, 0);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "maxMsgNums"), ==, 32);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "sysFlag"), ==, 2);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "commitOffset"), ==, 0);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "suspendTimeoutMillis"), ==, 2000);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "maxMsgBytes"), ==, 262144);
  g_assert_cmpstr (rmq_fake_request_get (pull, "expressionType"), ==, "TAG");
  g_assert_null (rmq_fake_request_get (pull, "subscription"));
  g_assert_false (pull->oneway);

  for (unsigned i = 0; i < 50; i++)
    {
      fixture_put (self, 4);
      g_assert_cmpuint (rmq_fake_broker_count_held (self->broker), <=, 5);
    }
  FIXTURE_WAIT (self, fixture_count (self) == 200);
  g_assert_cmpuint (rmq_fake_broker_count_held (self->broker), <=, 5);
}

/* Behind the last message of the answer stand some that do not match: they are not asked for again. */
static void
test_next_begin_offset (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) pull = NULL;

  rmq_fake_broker_put (self->broker, TOPIC, 0, "one", "A");
  for (unsigned i = 0; i < 3; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "other", "B");
  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  fixture_run_consumer (self, self->consumer, "A");
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  FIXTURE_WAIT (self, fixture_count_pulls (self, 0) == 2);
  for (unsigned i = 0; pull == NULL; i++)
    {
      g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_PULL_MESSAGE, i);

      g_assert_nonnull (request);
      if (g_str_equal (rmq_fake_request_get (request, "topic"), TOPIC)
          && rmq_fake_request_get_int (request, "queueOffset") != 0)
        pull = g_steal_pointer (&request);
    }
  g_assert_cmpint (rmq_fake_request_get_int (pull, "queueOffset"), ==, 4);
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0) == 4);
}

static void
test_nothing_matches (Fixture *self, gconstpointer data)
{
  for (unsigned i = 0; i < 5; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "other", "B");
  fixture_run_consumer (self, self->consumer, "A");
  /* Pulled again at once, from behind them; and the stored offset follows. */
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0) == 5);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "mine", "A");
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0) == 6);
}

static void
test_offset_illegal (Fixture *self, gconstpointer data)
{
  rmq_fake_broker_set_min_offset (self->broker, TOPIC, 2, 50);
  rmq_fake_broker_put (self->broker, TOPIC, 2, "first", NULL);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 0)), ==, 50);
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 2) == 51);
}

typedef enum
{
  STAY,
  MOVE,
  MOVED,
} MoveBack;

/* Behind the third message: nothing new, until it is to go back. */
static RmqFakeVerdict
move_back_once (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  int *state = data;
  bool move = g_atomic_int_get (state) == MOVE;

  if (rmq_fake_request_get_int (request, "queueOffset") != 3 || g_atomic_int_get (state) == MOVED)
    return RMQ_FAKE_DEFAULT;
  if (move)
    g_atomic_int_set (state, MOVED);
  reply->code = move ? RMQ_RESPONSE_PULL_OFFSET_MOVED : RMQ_RESPONSE_PULL_NOT_FOUND;
  rmq_fake_reply_set_int (reply, "suggestWhichBrokerId", 0);
  rmq_fake_reply_set_int (reply, "nextBeginOffset", move ? 1 : 3);
  rmq_fake_reply_set_int (reply, "minOffset", 0);
  rmq_fake_reply_set_int (reply, "maxOffset", 3);
  return RMQ_FAKE_REPLY;
}

/* The offset goes back by order of the broker, while messages of before are with the application: what it says of them
 * later changes nothing. */
static void
test_offset_moved_back (Fixture *self, gconstpointer data)
{
  int state = STAY;
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  for (unsigned i = 0; i < 3; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "again", NULL);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_PULL_MESSAGE, move_back_once, &state);
  self->result = RMQ_CONSUME_DEFERRED;
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  g_atomic_int_set (&state, MOVE);
  FIXTURE_WAIT (self, fixture_count (self) == 5);
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 3)), ==, 1);
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), ==, 1);
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_false (rmq_message_ack (fixture_peek (self, i), &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
      g_clear_error (&error);
    }
  g_assert_true (rmq_message_ack (fixture_peek (self, 4), &error));
  g_assert_no_error (error);
  g_assert_true (rmq_push_consumer_commit (self->consumer, NULL, NULL));
  g_assert_cmpint (rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0), ==, 1);
  g_assert_true (rmq_message_ack (fixture_peek (self, 3), &error));
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, 0) == 3);
}

static void
test_errors (Fixture *self, gconstpointer data)
{
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_PULL_MESSAGE, 8, RMQ_RESPONSE_SYSTEM_ERROR, "store is shut");
  fixture_run_all (self);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_PULL_MESSAGE, 3, RMQ_RESPONSE_FLOW_CONTROL, NULL);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 8);

  /* The connection breaks with all pulls under way. */
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  rmq_fake_broker_disconnect_all (self->broker);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 12);
}

static void
test_timeout (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer =
      fixture_new_consumer_with (self, GROUP, "pull-timeout", "100", "pull-suspend", "50", NULL);

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_PULL_MESSAGE, 4, RMQ_FAKE_NO_ANSWER, NULL);
  fixture_run_consumer (self, consumer, NULL);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
}

/* --- flow control --- */

static void
settle_all (Fixture *self)
{
  for (unsigned i = 0; i < fixture_count (self); i++)
    rmq_message_ack (fixture_peek (self, i), NULL);
}

static void
run_one_queue (Fixture *self)
{
  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  self->result = RMQ_CONSUME_DEFERRED;
  fixture_run (self);
}

static void
test_count_threshold (Fixture *self, gconstpointer data)
{
  g_object_set (self->consumer, "pull-threshold-count", 40, NULL);
  for (unsigned i = 0; i < 200; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  run_one_queue (self);
  FIXTURE_WAIT (self, fixture_count (self) == 64);
  /* Two pulls brought 64; a third one is not sent. */
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_pulls (self, 0) > 2, 200));
  g_assert_cmpuint (rmq_fake_broker_count_held (self->broker), <=, 1); /* that of the retry topic, or none just now */
  settle_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 128);
  settle_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 192);
  settle_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 200);
}

static void
test_bytes_threshold (Fixture *self, gconstpointer data)
{
  g_autofree char *zeros = g_malloc0 (300 * 1024);
  g_autoptr (GBytes) body = g_bytes_new (zeros, 300 * 1024);

  g_object_set (self->consumer, "pull-threshold-bytes", (uint64_t) 1024 * 1024, "pull-batch-size", 1, NULL);
  for (unsigned i = 0; i < 8; i++)
    rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 0, &(RmqFakeMessage){ .body = body });
  run_one_queue (self);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_pulls (self, 0) > 4, 200));
  settle_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
}

static void
test_span_threshold (Fixture *self, gconstpointer data)
{
  g_object_set (self->consumer, "pull-threshold-span", 20, "pull-batch-size", 8, NULL);
  for (unsigned i = 0; i < 100; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
  run_one_queue (self);
  FIXTURE_WAIT (self, fixture_count (self) == 24);
  /* All but the first: the cache is nearly empty and still as wide as it was. */
  for (unsigned i = 1; i < 23; i++)
    g_assert_true (rmq_message_ack (fixture_peek (self, i), NULL));
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_pulls (self, 0) > 3, 200));
  g_assert_true (rmq_message_ack (fixture_peek (self, 0), NULL));
  FIXTURE_WAIT (self, fixture_count (self) > 24);
}

/* What the application keeps counts, whether it is finished or not. */
static void
test_memory_limit (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer_with (self, GROUP, "memory-limit", "1M", NULL);
  g_autofree char *zeros = g_malloc0 (300 * 1024);
  g_autoptr (GBytes) body = g_bytes_new (zeros, 300 * 1024);

  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  g_object_set (consumer, "pull-batch-size", 1, NULL);
  for (unsigned i = 0; i < 8; i++)
    rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 0, &(RmqFakeMessage){ .body = body });
  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_pulls (self, 0) > 4, 200));
  g_ptr_array_set_size (self->received, 0);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_ptr_array_set_size (self->received, 0);
  g_assert_true (fixture_close (self, consumer, NULL));
}

/* --- pause --- */

static void
test_pause (Fixture *self, gconstpointer data)
{
  fixture_run_all (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  rmq_push_consumer_pause (self->consumer);
  g_assert_true (rmq_push_consumer_commit (self->consumer, NULL, NULL)); /* the pause has arrived */
  fixture_put (self, 8);
  /* The pulls under way bring messages; nobody is called with them, and none is sent after them. */
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 1);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 0, 200));
  g_assert_cmpuint (rmq_fake_broker_count_held (self->broker), <=, 1); /* that of the retry topic, or none just now */
  rmq_push_consumer_resume (self->consumer);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
}

/* --- subscriptions --- */

static void
test_subscribe_later (Fixture *self, gconstpointer data)
{
  unsigned heartbeats;
  g_autoptr (GError) error = NULL;
  g_autofree char *retry = g_strconcat ("%RETRY%", GROUP, NULL);

  fixture_run_all (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  rmq_fake_broker_add_topic (self->broker, "news", NULL, 1, 6);
  heartbeats = fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT);
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, "news", NULL, NULL));
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > heartbeats);
  rmq_fake_broker_put (self->broker, "news", 0, "hello", NULL);
  FIXTURE_WAIT (self, fixture_count_text (self, "hello") == 1);

  g_assert_true (rmq_push_consumer_unsubscribe (self->consumer, TOPIC, NULL));
  FIXTURE_WAIT (self, fixture_count_owned (self, self->consumer) == 0);
  fixture_put (self, 4);
  rmq_fake_broker_put (self->broker, "news", 0, "still there", NULL);
  FIXTURE_WAIT (self, fixture_count_text (self, "still there") == 1);
  g_assert_cmpuint (fixture_count (self), ==, 2);
  g_assert_false (rmq_push_consumer_unsubscribe (self->consumer, retry, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

/* While a pull for the old expression is held, the new one must not lose what only it wants. */
static void
test_change_expression (Fixture *self, gconstpointer data)
{
  fixture_run_consumer (self, self->consumer, "A");
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, TOPIC, "B", NULL));
  rmq_fake_broker_forget_requests (self->broker);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > 0);
  FIXTURE_WAIT (self, fixture_count_pulls (self, 3) > 0);
  rmq_fake_broker_put (self->broker, TOPIC, 3, "old", "A");
  rmq_fake_broker_put (self->broker, TOPIC, 3, "new", "B");
  FIXTURE_WAIT (self, fixture_count_text (self, "new") == 1);
  g_assert_cmpuint (fixture_count_text (self, "old"), ==, 0);
}

static void
test_big_messages (Fixture *self, gconstpointer data)
{
  enum
  {
    SIZE = 4 * 1024 * 1024,
    N = 10
  };
  g_autofree char *block = g_malloc (SIZE);
  g_autoptr (GBytes) body = NULL;

  memset (block, 'x', SIZE);
  body = g_bytes_new (block, SIZE);
  g_object_set (self->consumer, "pull-batch-size", 2, NULL);
  for (unsigned i = 0; i < N; i++)
    rmq_fake_broker_put_message (self->broker, TOPIC, NULL, (int) i % 4, &(RmqFakeMessage){ .body = body });
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == N);
  for (unsigned i = 0; i < N; i++)
    g_assert_cmpuint (rmq_message_get_body_size (fixture_peek (self, i)), ==, SIZE);
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) same = fixture_new_consumer (self, GROUP);
  g_autoptr (RmqPushConsumer) other = fixture_new_consumer (self, "another-service");

  fixture_run (self);
  fixture_run_consumer (self, same, NULL);
  fixture_run_consumer (self, other, NULL);
  FIXTURE_WAIT (self, fixture_count_owned (self, other) == 4);
  FIXTURE_WAIT (self, fixture_count_owned (self, same) == 2 && fixture_count_owned (self, self->consumer) == 2);
  fixture_put (self, 40);
  FIXTURE_WAIT (self, fixture_count (self) == 80);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 80, 100));
  g_assert_true (fixture_close (self, same, NULL));
  g_assert_true (fixture_close (self, other, NULL));
}

static void
test_three_topics (Fixture *self, gconstpointer data)
{
  static const char *const tags[] = { "A", "B", "C" };

  for (unsigned i = 0; i < 3; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic-%u", i);

      rmq_fake_broker_add_topic (self->broker, topic, NULL, 2, 6);
      for (unsigned k = 0; k < 3; k++)
        rmq_fake_broker_put (self->broker, topic, (int) k % 2, tags[k], tags[k]);
      g_assert_true (rmq_push_consumer_subscribe (self->consumer, topic, tags[i], NULL));
    }
  g_assert_true (fixture_start (self, self->consumer, NULL));
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  for (unsigned i = 0; i < 3; i++)
    g_assert_cmpuint (fixture_count_text (self, tags[i]), ==, 1);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 3, 100));
}

/* --- where pulls go --- */

static void
test_master_missing (Fixture *self, gconstpointer data)
{
  unsigned slave = rmq_fake_broker_add_node (self->broker, "broker-b", 1);

  g_assert_cmpuint (slave, ==, 1);
  rmq_fake_broker_add_topic (self->broker, "copied", "broker-b", 1, 6);
  rmq_fake_broker_put_message (self->broker, "copied", "broker-b", 0, &(RmqFakeMessage){ .text = "from a slave" });
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, "copied", NULL, NULL));
  g_assert_true (fixture_start (self, self->consumer, NULL));
  FIXTURE_WAIT (self, fixture_count_text (self, "from a slave") == 1);
}

static RmqFakeVerdict
suggest_slave (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  if (request->node != 0 || rmq_fake_request_get_int (request, "queueOffset") != 1)
    return RMQ_FAKE_DEFAULT;
  reply->code = RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY;
  rmq_fake_reply_set_int (reply, "suggestWhichBrokerId", 1);
  rmq_fake_reply_set_int (reply, "nextBeginOffset", 1);
  rmq_fake_reply_set_int (reply, "minOffset", 0);
  rmq_fake_reply_set_int (reply, "maxOffset", 1);
  return RMQ_FAKE_REPLY;
}

static RmqFakeRequest *
find_slave_pull (Fixture *self, unsigned node)
{
  for (unsigned i = 0;; i++)
    {
      g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_PULL_MESSAGE, i);

      if (request == NULL || request->node == node)
        return g_steal_pointer (&request);
    }
}

static bool
has_slave_pull (Fixture *self, unsigned node)
{
  g_autoptr (RmqFakeRequest) request = find_slave_pull (self, node);

  return request != NULL;
}

static void
test_suggested_broker (Fixture *self, gconstpointer data)
{
  unsigned slave = rmq_fake_broker_add_node (self->broker, "broker-a", 1);
  g_autoptr (RmqFakeRequest) pull = NULL;

  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "one", NULL);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_PULL_MESSAGE, suggest_slave, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, has_slave_pull (self, slave));
  pull = find_slave_pull (self, slave);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "queueOffset"), ==, 1);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "sysFlag"), ==, 2);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "commitOffset"), ==, 0);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
}

/* --- failures --- */

static void
test_subscription_codes (Fixture *self, gconstpointer data)
{
  static const int codes[] = { RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST, RMQ_RESPONSE_SUBSCRIPTION_NOT_LATEST,
                               RMQ_RESPONSE_FILTER_DATA_NOT_EXIST, RMQ_RESPONSE_FILTER_DATA_NOT_LATEST };
  unsigned before;

  fixture_run_all (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  before = fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT);
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      rmq_fake_broker_fail (self->broker, RMQ_REQUEST_PULL_MESSAGE, 6, codes[i], "not known");
      fixture_put (self, 4);
      FIXTURE_WAIT (self, fixture_count (self) == 4 * (i + 1));
    }
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > before);
  /* One a second at most, and those of the interval. */
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT), <=, before + 4);
}

static void
test_damaged (Fixture *self, gconstpointer data)
{
  rmq_fake_broker_put (self->broker, TOPIC, 0, "before", NULL);
  rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 0, &(RmqFakeMessage){ .text = "damaged", .wrong_crc = true });
  rmq_fake_broker_put (self->broker, TOPIC, 0, "behind", NULL);
  fixture_run_all (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  g_assert_false (rmq_message_is_corrupt (fixture_peek (self, 0)));
  g_assert_true (rmq_message_is_corrupt (fixture_peek (self, 1)));
  g_assert_false (rmq_message_is_corrupt (fixture_peek (self, 2)));
  /* It was pulled again, in case the network had done it. */
  g_assert_cmpuint (fixture_count_pulls (self, 0), >=, 4);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  fixture_add_both ("/consumer/push/C-PUSH-001/receive", test_receive);
  fixture_add ("/consumer/push/C-PUSH-002/refused", test_refused);
  fixture_add ("/consumer/push/C-PUSH-002/no-name-server", test_no_name_server);
  fixture_add ("/consumer/push/C-PUSH-003/topic-comes-later", test_topic_comes_later);
  fixture_add ("/consumer/push/C-LIFE-005/dead-name-server", test_dead_name_server);
  fixture_add ("/consumer/push/C-LIFE-007/duplicate-group", test_duplicate_group);
  fixture_add ("/consumer/push/sync", test_sync_start);
  fixture_add_both ("/consumer/push/C-PUSH-004/pull-request", test_pull_request);
  fixture_add ("/consumer/push/C-PUSH-005/next-begin-offset", test_next_begin_offset);
  fixture_add ("/consumer/push/C-PUSH-006/nothing-matches", test_nothing_matches);
  fixture_add ("/consumer/push/C-PUSH-007/offset-illegal", test_offset_illegal);
  fixture_add ("/consumer/push/C-PUSH-007/C-CTRL-001/moved-back", test_offset_moved_back);
  fixture_add_both ("/consumer/push/C-PUSH-009/errors", test_errors);
  fixture_add ("/consumer/push/C-PUSH-009/timeout", test_timeout);
  fixture_add ("/consumer/push/C-PUSH-010/count", test_count_threshold);
  fixture_add ("/consumer/push/C-PUSH-010/bytes", test_bytes_threshold);
  fixture_add ("/consumer/push/C-PUSH-010/span", test_span_threshold);
  fixture_add ("/consumer/push/memory-limit", test_memory_limit);
  fixture_add ("/consumer/push/C-PUSH-012/C-PUSH-013/pause", test_pause);
  fixture_add ("/consumer/push/C-PUSH-014/subscribe-later", test_subscribe_later);
  fixture_add ("/consumer/push/C-PUSH-014/change-expression", test_change_expression);
  fixture_add ("/consumer/push/C-PUSH-015/big-messages", test_big_messages);
  fixture_add ("/consumer/push/C-PUSH-016/groups", test_groups);
  fixture_add ("/consumer/push/C-PUSH-017/three-topics", test_three_topics);
  fixture_add ("/consumer/push/C-ROUTE-012/C-ROUTE-013/master-missing", test_master_missing);
  fixture_add ("/consumer/push/C-ROUTE-014/suggested-broker", test_suggested_broker);
  fixture_add ("/consumer/push/C-FAIL-006/subscription-codes", test_subscription_codes);
  fixture_add ("/consumer/push/C-FAIL-010/damaged", test_damaged);
  return g_test_run ();
}
