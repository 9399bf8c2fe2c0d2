/* SPDX-License-Identifier: Apache-2.0
 *
 * Where consumption begins, what is committed and when; and what filters let through.
 */
#include "consumer-fixture.h"

#include "client/rmq-client-core-internal-private.h"

static int64_t
get_offset (Fixture *self, int queue_id)
{
  return rmq_fake_broker_get_offset (self->broker, GROUP, TOPIC, queue_id);
}

static void
one_queue (Fixture *self, unsigned n_messages)
{
  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  for (unsigned i = 0; i < n_messages; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, "message", NULL);
}

/* --- where it begins --- */

static void
test_stored_wins (Fixture *self, gconstpointer data)
{
  one_queue (self, 10);
  rmq_fake_broker_set_offset (self->broker, GROUP, TOPIC, 0, 7);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 0)), ==, 7);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_GET_MAX_OFFSET), ==, 0);
}

static void
test_last (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) query = NULL;

  one_queue (self, 10);
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_LAST_OFFSET, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 2);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_GET_MAX_OFFSET), ==, 1);
  /* The start is kept, so that nothing is skipped when the consumer comes again. */
  FIXTURE_WAIT (self, get_offset (self, 0) == 10);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "new", NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  g_assert_cmpuint (fixture_count_text (self, "new"), ==, 1);
  query = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, 0);
  g_assert_null (rmq_fake_request_get (query, "setZeroIfNotFound"));
}

static void
test_newest (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) query = NULL;

  one_queue (self, 10);
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_NEWEST, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 2);
  FIXTURE_WAIT (self, get_offset (self, 0) == 10);
  query = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, 0);
  g_assert_cmpstr (rmq_fake_request_get (query, "setZeroIfNotFound"), ==, "false");
}

static void
test_first (Fixture *self, gconstpointer data)
{
  one_queue (self, 0);
  rmq_fake_broker_set_min_offset (self->broker, TOPIC, 0, 30);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "oldest", NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 0)), ==, 30);
}

static void
test_timestamp (Fixture *self, gconstpointer data)
{
  int64_t now = g_get_real_time () / 1000;

  one_queue (self, 0);
  for (int i = 0; i < 10; i++)
    rmq_fake_broker_put_message (self->broker, TOPIC, NULL, 0,
                                 &(RmqFakeMessage){ .text = "m", .store_timestamp = now - (10 - i) * 600000 });
  /* Half an hour ago, by default. */
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_TIMESTAMP, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) >= 2);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self) > 3, 100));
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 0)), >=, 7);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP), ==, 1);
}

/* A queue that came while the group was away: what is in it is not skipped. A group that is new begins at the end. */
static void
test_safe (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) fresh = fixture_new_consumer (self, "a-new-group");

  for (int i = 0; i < 4; i++)
    rmq_fake_broker_put (self->broker, TOPIC, i, "old", NULL);
  rmq_fake_broker_set_offset (self->broker, GROUP, TOPIC, 1, 1);
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_SAFE, NULL);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, 2, RMQ_RESPONSE_SYSTEM_ERROR, "not now");
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 3);

  g_object_set (fresh, "consume-from", RMQ_CONSUME_FROM_SAFE, NULL);
  fixture_run_consumer (self, fresh, NULL);
  FIXTURE_WAIT (self, fixture_count_owned (self, fresh) == 4);
  FIXTURE_WAIT (self, rmq_fake_broker_get_offset (self->broker, "a-new-group", TOPIC, 3) == 1);
  g_assert_cmpuint (fixture_count (self), ==, 3);
  g_assert_true (fixture_close (self, fresh, NULL));
}

static void
test_read_fails (Fixture *self, gconstpointer data)
{
  one_queue (self, 10);
  rmq_fake_broker_set_offset (self->broker, GROUP, TOPIC, 0, 7);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, 4, RMQ_RESPONSE_SYSTEM_ERROR, "no");
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_QUERY_CONSUMER_OFFSET) >= 3);
  /* Neither taken as "none", nor started, nor overwritten. */
  g_assert_cmpint (get_offset (self, 0), ==, 7);
  FIXTURE_WAIT (self, fixture_count (self) == 3);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_GET_MAX_OFFSET), ==, 0);
  for (unsigned i = 0; i < fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET); i++)
    {
      g_autoptr (RmqFakeRequest) commit =
          rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, i);

      g_assert_cmpint (rmq_fake_request_get_int (commit, "commitOffset"), >=, 7);
    }
}

/* --- commits --- */

static unsigned
count_acked_commits (Fixture *self, int64_t offset)
{
  unsigned n = 0;

  for (unsigned i = 0;; i++)
    {
      g_autoptr (RmqFakeRequest) commit =
          rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, i);

      if (commit == NULL)
        return n;
      n += !commit->oneway && rmq_fake_request_get_int (commit, "commitOffset") == offset;
    }
}

static void
test_periodic (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) commit = NULL;
  unsigned n;

  fixture_run_all (self);
  fixture_put (self, 40);
  for (int i = 0; i < 4; i++)
    FIXTURE_WAIT (self, get_offset (self, i) == 10);
  commit = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, 0);
  g_assert_true (commit->oneway);
  g_assert_cmpstr (rmq_fake_request_get (commit, "consumerGroup"), ==, GROUP);
  /* Once at rest it is confirmed; then nothing changes any more, and nothing is sent any more. */
  FIXTURE_WAIT (self, count_acked_commits (self, 10) == 4);
  n = fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET) > n, 250));
}

static bool
awaits_commit (Fixture *self)
{
  return rmq_timer_is_armed (&_rmq_client_instance_get_core (self->client)->commit_timer);
}

/* An idle consumer does not wake up for commits; what it consumes afterwards is committed all the same. */
static void
test_at_rest (Fixture *self, gconstpointer data)
{
  fixture_run_all (self);
  FIXTURE_WAIT (self, !awaits_commit (self));
  for (int n = 1; n <= 2; n++)
    {
      fixture_put (self, 4);
      for (int i = 0; i < 4; i++)
        FIXTURE_WAIT (self, get_offset (self, i) == n);
      FIXTURE_WAIT (self, !awaits_commit (self));
      g_assert_cmpuint (count_acked_commits (self, n), ==, 4);
    }
}

/* A broker may take what a pull says after a later commit. */
static void
test_not_carried_by_pull (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer_with (self, GROUP, "pull-suspend", "50", NULL);
  g_autoptr (RmqFakeRequest) pull = NULL;

  one_queue (self, 5);
  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, get_offset (self, 0) == 5);
  pull = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_PULL_MESSAGE);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "sysFlag") & 1, ==, 0);
  g_assert_cmpint (rmq_fake_request_get_int (pull, "commitOffset"), ==, 0);
}

/* Committed once, with an answer, before it is given up; and never again. */
static void
test_lost_queue (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer_with (self, GROUP, "commit-interval", "600000", NULL);
  const char *const other[] = { "0.0.0.0@first", NULL };
  unsigned n;

  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, fixture_count_owned (self, consumer) == 4);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  rmq_fake_broker_set_extra_ids (self->broker, other);
  FIXTURE_WAIT (self, fixture_count_owned (self, consumer) == 2);
  FIXTURE_WAIT (self, count_acked_commits (self, 2) == 2);
  n = fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET) > n, 150));
}

/* The process vanishes: what was consumed since the last commit comes again, nothing is skipped. */
static void
test_killed (Fixture *self, gconstpointer data)
{
  RmqPushConsumer *first = fixture_new_consumer_with (self, GROUP, "commit-interval", "600000", NULL);

  one_queue (self, 10);
  rmq_fake_broker_set_offset (self->broker, GROUP, TOPIC, 0, 4);
  fixture_run_consumer (self, first, NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 6);
  /* As good as a kill: the broker hears nothing of it. */
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, -1, RMQ_FAKE_NO_ANSWER, NULL);
  g_clear_object (&first);
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 0);
  g_assert_cmpint (get_offset (self, 0), ==, 4);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, 0, 0, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count (self) == 12);
  g_assert_cmpint (rmq_message_get_queue_offset (fixture_peek (self, 6)), ==, 4);
}

/* --- filters --- */

static void
count_with (Fixture *self, const char *tags, unsigned expected)
{
  static int counter;
  g_autofree char *group = g_strdup_printf ("filter-%d", counter++);
  g_autoptr (RmqPushConsumer) consumer = fixture_new_consumer (self, group);

  g_ptr_array_set_size (self->received, 0);
  fixture_run_consumer (self, consumer, tags);
  FIXTURE_WAIT (self, fixture_count (self) == expected);
  g_assert_true (fixture_close (self, consumer, NULL));
  g_assert_cmpuint (fixture_count (self), ==, expected);
}

static void
test_tags (Fixture *self, gconstpointer data)
{
  for (int i = 0; i < 10; i++)
    {
      rmq_fake_broker_put (self->broker, TOPIC, i % 4, "a", "TagA");
      rmq_fake_broker_put (self->broker, TOPIC, i % 4, "b", "TagB");
    }
  rmq_fake_broker_put (self->broker, TOPIC, 0, "untagged", NULL);
  count_with (self, "TagA", 10);
  count_with (self, "TagA || TagB", 20);
  count_with (self, "  TagA||TagB  ", 20);
  count_with (self, "*", 21);
  count_with (self, "", 21);
  count_with (self, NULL, 21);
  count_with (self, "taga", 0);
}

/* "Aa" and "BB" have the same hash: the broker lets both through. */
static void
test_colliding_tags (Fixture *self, gconstpointer data)
{
  one_queue (self, 0);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "mine", "BB");
  rmq_fake_broker_put (self->broker, TOPIC, 0, "not mine", "Aa");
  fixture_run_consumer (self, self->consumer, "BB");
  FIXTURE_WAIT (self, get_offset (self, 0) == 2);
  g_assert_cmpuint (fixture_count (self), ==, 1);
  g_assert_cmpuint (fixture_count_text (self, "mine"), ==, 1);
}

static void
test_sql_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqFakeRequest) check = NULL;
  g_auto (GStrv) ids = NULL;
  g_autofree char *body = NULL;

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_CHECK_CLIENT_CONFIG, 1, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED,
                        "unexpected token near price");
  g_assert_true (rmq_push_consumer_subscribe_sql (self->consumer, TOPIC, "price >", NULL));
  g_assert_false (fixture_start (self, self->consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
  g_assert_nonnull (strstr (error->message, "unexpected token near price"));
  g_assert_cmpint (rmq_push_consumer_get_state (self->consumer), ==, RMQ_STATE_CREATED);
  ids = rmq_fake_broker_dup_client_ids (self->broker, GROUP);
  g_assert_cmpuint (g_strv_length (ids), ==, 0);
  check = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_CHECK_CLIENT_CONFIG, 0);
  body = g_strndup (g_bytes_get_data (check->body, NULL), g_bytes_get_size (check->body));
  g_assert_nonnull (strstr (body, "\"group\":\"" GROUP "\""));
  g_assert_nonnull (strstr (body, "\"expressionType\":\"SQL92\""));

  /* Corrected, it starts; and what the broker selects is delivered, with or without tags. */
  g_assert_true (rmq_push_consumer_subscribe_sql (self->consumer, TOPIC, "price > 1", NULL));
  g_assert_true (fixture_start (self, self->consumer, NULL));
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
}

static void
on_stalled (RmqClientInstance *client, const char *group, RmqMessageQueue *queue, const char *reason, unsigned *n_calls)
{
  *n_calls += strstr (reason, "too old") != NULL;
}

/* In the I/O context, which is the test's own: as if the last heartbeat had been answered so. */
static void
set_version (Fixture *self, int version)
{
  _rmq_broker_table_set_version (_rmq_client_instance_get_core (self->client)->brokers,
                                 rmq_fake_broker_get_address (self->broker), version);
}

static void
test_sql_old_broker (Fixture *self, gconstpointer data)
{
  unsigned n_stalled = 0;

  g_signal_connect (self->client, "queue-stalled", G_CALLBACK (on_stalled), &n_stalled);
  g_assert_true (rmq_push_consumer_subscribe_sql (self->consumer, TOPIC, "a > 1", NULL));
  g_assert_true (fixture_start (self, self->consumer, NULL));
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);

  /* Too old: nothing is asked of it. */
  set_version (self, RMQ_VERSION_V4_1_0_SNAPSHOT - 1);
  rmq_fake_broker_forget_requests (self->broker);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, n_stalled > 0);
  g_assert_cmpuint (fixture_count_pulls (self, 0), ==, 0);

  /* Not known: asked by a heartbeat, then it goes on. */
  set_version (self, 0);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > 0);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_signal_handlers_disconnect_by_data (self->client, &n_stalled);
}

static void
test_sql_empty (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_push_consumer_subscribe_sql (self->consumer, TOPIC, "", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_push_consumer_subscribe (self->consumer, "bad topic!", NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

static RmqFakeVerdict
walk_slowly (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  int64_t offset = rmq_fake_request_get_int (request, "queueOffset");

  if (offset >= 20000 || !g_str_equal (rmq_fake_request_get (request, "topic"), TOPIC))
    return RMQ_FAKE_DEFAULT;
  reply->code = RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY;
  rmq_fake_reply_set_int (reply, "suggestWhichBrokerId", 0);
  rmq_fake_reply_set_int (reply, "nextBeginOffset", MIN (offset + 800, 20000));
  rmq_fake_reply_set_int (reply, "minOffset", 0);
  rmq_fake_reply_set_int (reply, "maxOffset", 20001);
  return RMQ_FAKE_REPLY;
}

static void
test_long_way (Fixture *self, gconstpointer data)
{
  one_queue (self, 0);
  rmq_fake_broker_set_min_offset (self->broker, TOPIC, 0, 20000);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_PULL_MESSAGE, walk_slowly, NULL);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "at last", "A");
  fixture_run_consumer (self, self->consumer, "A");
  FIXTURE_WAIT (self, fixture_count_text (self, "at last") == 1);
  g_assert_cmpuint (fixture_count_pulls (self, 0), <=, 30);
}

static RmqFakeVerdict
never_further (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  reply->code = RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY;
  rmq_fake_reply_set_int (reply, "suggestWhichBrokerId", 0);
  rmq_fake_reply_set_int (reply, "nextBeginOffset", rmq_fake_request_get_int (request, "queueOffset"));
  rmq_fake_reply_set_int (reply, "minOffset", 0);
  rmq_fake_reply_set_int (reply, "maxOffset", 100);
  return RMQ_FAKE_REPLY;
}

static void
test_no_tight_loop (Fixture *self, gconstpointer data)
{
  int64_t begun;
  unsigned n;

  one_queue (self, 0);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_PULL_MESSAGE, never_further, NULL);
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count_pulls (self, 0) > 0);
  begun = g_get_monotonic_time ();
  n = fixture_count_pulls (self, 0);
  FIXTURE_WAIT (self, fixture_count_pulls (self, 0) >= n + 30);
  g_assert_cmpint (g_get_monotonic_time () - begun, >=, 250000);
}

static void
add_own (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, OWN_CONTEXT, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  fixture_add ("/consumer/from/C-FROM-001/stored-wins", test_stored_wins);
  fixture_add ("/consumer/from/C-FROM-002/last", test_last);
  fixture_add ("/consumer/from/C-FROM-002/first", test_first);
  fixture_add ("/consumer/from/C-FROM-002/timestamp", test_timestamp);
  fixture_add ("/consumer/from/C-FROM-003/C-OFF-005/read-fails", test_read_fails);
  fixture_add ("/consumer/from/C-FROM-004/newest", test_newest);
  fixture_add ("/consumer/from/C-FROM-005/safe", test_safe);
  fixture_add_both ("/consumer/offsets/C-OFF-001/periodic", test_periodic);
  add_own ("/consumer/offsets/C-OFF-001/at-rest", test_at_rest);
  fixture_add ("/consumer/offsets/C-OFF-002/not-carried-by-pull", test_not_carried_by_pull);
  fixture_add ("/consumer/offsets/C-OFF-004/lost-queue", test_lost_queue);
  fixture_add ("/consumer/offsets/C-OFF-006/killed", test_killed);
  fixture_add ("/consumer/filter/C-FILT-001/C-FILT-003/tags", test_tags);
  fixture_add ("/consumer/filter/C-FILT-002/colliding-tags", test_colliding_tags);
  fixture_add ("/consumer/filter/C-FILT-007/sql-refused", test_sql_refused);
  fixture_add ("/consumer/filter/C-FILT-007/sql-empty", test_sql_empty);
  add_own ("/consumer/filter/C-FILT-009/sql-old-broker", test_sql_old_broker);
  fixture_add ("/consumer/filter/C-FILT-010/long-way", test_long_way);
  fixture_add ("/consumer/filter/C-FILT-010/no-tight-loop", test_no_tight_loop);
  return g_test_run ();
}
