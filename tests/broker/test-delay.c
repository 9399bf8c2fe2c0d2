/* SPDX-License-Identifier: Apache-2.0
 *
 * Delay levels: when delayed messages come, in which order, and what a restart leaves of them.
 */
#include "broker-fixture.h"

#include "wire/rmq-names-private.h"

#define TOPIC "delays"

static void
send_delayed (BrokerClient *client, int queue_id, const char *body, const char *properties)
{
  g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, queue_id, body, properties);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "queueId"), ==, queue_id);
}

static void
assert_body (BrokerClient *client, int queue_id, int64_t offset, const char *body)
{
  RmqRecord record;
  g_autoptr (BrokerReply) reply = broker_pull (client, TOPIC, queue_id, offset, &record);
  g_autofree char *text = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  text = rmq_slice_dup (record.body);
  g_assert_cmpstr (text, ==, body);
}

/* B-DELAY-001: each level has its time, and a level above the last is the last. */
static void
test_levels (BrokerFixture *self, const void *data)
{
  static const int64_t seconds[] = { 1,   5,   10,  30,  60,  120,  180,  240,  300,
                                     360, 420, 480, 540, 600, 1200, 1800, 3600, 7200 };
  int64_t passed_ms = 0;

  broker_add_topic (self, TOPIC, 1);
  {
    g_autoptr (BrokerClient) client = broker_client_new (self);

    for (unsigned level = 1; level <= G_N_ELEMENTS (seconds); level++)
      {
        g_autofree char *properties = g_strdup_printf ("DELAY=%u", level);

        send_delayed (client, 0, "m", properties);
      }
    send_delayed (client, 0, "m", "DELAY=99");
    for (unsigned i = 0; i < G_N_ELEMENTS (seconds); i++)
      {
        broker_advance (self, seconds[i] * 1000 - passed_ms - 1);
        g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, i);
        broker_advance (self, 1);
        /* The accuracy of the timer. */
        broker_advance (self, 10);
        g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, i + 1 + (i + 1 == G_N_ELEMENTS (seconds)));
        passed_ms = seconds[i] * 1000 + 10;
      }
  }
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->core->timers), ==, 0);
}

/* B-DELAY-001: the levels are a setting. */
static void
test_other_levels (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 1);
  send_delayed (client, 0, "a", "DELAY=2");
  send_delayed (client, 0, "b", "DELAY=3");
  broker_advance (self, 7005);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 2);
}

/* B-DELAY-002: into its topic and queue, with everything that it had. */
static void
test_delivered (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  RmqRecord record;

  broker_add_topic (self, TOPIC, 4);
  send_delayed (client, 2, "later", "UNIQ_KEY=7F0000010539123456780036EE000001;DELAY=1;KEYS=k;TAGS=t;TIMER_DELAY_MS=5");
  broker_advance (self, 999);
  g_assert_cmpint (broker_get_max (self, TOPIC, 2), ==, 0);
  broker_advance (self, 11);
  reply = broker_pull (client, TOPIC, 2, 0, &record);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (record.queue_id, ==, 2);
  g_assert_cmpint (record.flag, ==, 7);
  g_assert_cmpint (record.born_timestamp, ==, BROKER_EPOCH_MS);
  g_assert_cmpint (record.store_timestamp, >=, BROKER_EPOCH_MS + 1000);
  g_assert_true (rmq_slice_equal_string (record.body, "later"));
  broker_record_has (&record, "UNIQ_KEY", "7F0000010539123456780036EE000001");
  broker_record_has (&record, "KEYS", "k");
  broker_record_has (&record, "TAGS", "t");
  broker_record_has (&record, "DELAY", "1");
  broker_record_has (&record, "TIMER_DELAY_MS", NULL);
}

/* B-DELAY-003: parked it is in no queue of its topic, and the id of the send finds it. */
static void
test_parked (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  RmqStoredRecord stored;
  RmqRecord record;

  broker_add_topic (self, TOPIC, 1);
  reply = broker_send (client, TOPIC, 0, "later", "DELAY=3");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
  g_assert_true (_rmq_broker_store_lookup (self->store, broker_reply_get_physical (reply), &stored));
  g_assert_true (_rmq_record_decode (&record, stored.data, stored.size, 0, NULL));
  g_assert_true (rmq_slice_equal_string (record.topic, RMQ_TOPIC_SCHEDULE));
  g_assert_cmpint (record.queue_id, ==, 2);
  broker_record_has (&record, "REAL_TOPIC", TOPIC);
  broker_record_has (&record, "REAL_QID", "0");
}

/* B-DELAY-004: a level keeps its order, and waits for no other. */
static void
test_order (BrokerFixture *self, const void *data)
{
  enum
  {
    N = 1000
  };
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 1);
  send_delayed (client, 0, "slow", "DELAY=2");
  for (int i = 0; i < N; i++)
    {
      g_autofree char *body = g_strdup_printf ("m%d", i);

      send_delayed (client, 0, body, "DELAY=1");
    }
  broker_advance (self, 1010);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, N);
  for (int i = 0; i < N; i++)
    {
      g_autofree char *body = g_strdup_printf ("m%d", i);

      assert_body (client, 0, i, body);
    }
  broker_advance (self, 4000);
  assert_body (client, 0, N, "slow");
}

/* B-DELAY-005: 45 says how far each level is. */
static void
test_offsets (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autofree char *body = NULL;

  broker_add_topic (self, TOPIC, 1);
  send_delayed (client, 0, "a", "DELAY=1");
  send_delayed (client, 0, "b", "DELAY=18");
  broker_advance (self, 1010);
  reply = broker_call (client, RMQ_REQUEST_GET_ALL_DELAY_OFFSET, RMQ_SLICE_NULL, NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = rmq_slice_dup (reply->frame.body);
  g_assert_nonnull (strstr (body, "\"offsetTable\":{\"1\":1,\"18\":0}"));
}

/* B-HOLD-008: a pull that waits gets it when it is due. */
static void
test_waiting_pull (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) consumer = broker_client_new (self);
  g_autoptr (BrokerReply) none = NULL;
  g_autoptr (BrokerReply) got = NULL;

  broker_add_topic (self, TOPIC, 1);
  none = broker_call (consumer, RMQ_REQUEST_PULL_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", "CG", "topic", TOPIC,
                      "queueId", "0", "queueOffset", "0", "maxMsgNums", "1", "sysFlag", "6", "commitOffset", "0",
                      "suspendTimeoutMillis", "15000", "subscription", "*", "subVersion", "0", "expressionType", "TAG",
                      NULL);
  g_assert_null (none);
  send_delayed (client, 0, "later", "DELAY=2");
  broker_advance (self, 5010);
  got = broker_take (consumer);
  broker_assert_code (got, RMQ_RESPONSE_SUCCESS);
}

/* B-TEST-002, B-DELAY-002: what waited is due after a restart, what was delivered is not delivered again. */
static void
test_restart (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) before = broker_client_new (self);
  g_autoptr (BrokerClient) after = NULL;

  broker_add_topic (self, TOPIC, 1);
  send_delayed (before, 0, "first", "DELAY=1");
  send_delayed (before, 0, "long", "DELAY=3");
  broker_advance (self, 1010);
  send_delayed (before, 0, "second", "DELAY=1");
  g_clear_pointer (&before, broker_client_free);
  broker_stop (self);
  _rmq_clock_advance (self->clock, 4000000);
  broker_start (self);
  broker_advance (self, 10);
  after = broker_client_new (self);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 2);
  assert_body (after, 0, 1, "second");
  broker_advance (self, 6000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 3);
  assert_body (after, 0, 2, "long");
}

/* More than the store holds came meanwhile: what waited is lost, with a warning, and what waits next is not. */
static void
test_trimmed (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *big = g_strnfill (60000, 'x');

  broker_add_topic (self, TOPIC, 1);
  broker_add_topic (self, "flood", 1);
  for (int i = 0; i < 3; i++)
    send_delayed (client, 0, "lost", "DELAY=2");
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, "flood", 0, big, "KEYS=k");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
  /* The store said that it is full. */
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  send_delayed (client, 0, "kept", "DELAY=2");
  broker_advance (self, 5010);
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
  assert_body (client, 0, 0, "kept");
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->core->timers), ==, 0);
}

static void
test_not_a_level (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) word = NULL;
  g_autoptr (BrokerReply) negative = NULL;

  broker_add_topic (self, TOPIC, 1);
  word = broker_send (client, TOPIC, 0, "m", "DELAY=x");
  broker_assert_code (word, RMQ_RESPONSE_SYSTEM_ERROR);
  negative = broker_send (client, TOPIC, 0, "m", "DELAY=-1");
  broker_assert_code (negative, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
}

/* The topic went while the message waited: it is dropped, the next ones come. */
static void
test_deleted_topic (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) other = NULL;

  broker_add_topic (self, TOPIC, 1);
  broker_add_topic (self, "other", 1);
  send_delayed (client, 0, "m", "DELAY=1");
  other = broker_send (client, "other", 0, "m", "DELAY=1");
  broker_assert_code (other, RMQ_RESPONSE_SUCCESS);
  _rmq_broker_topics_delete (self->core->topics,
                             _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL (TOPIC)));
  broker_advance (self, 1010);
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  g_assert_cmpint (broker_get_max (self, "other", 0), ==, 1);
}

/* A wall clock that jumps: ahead, what is due comes soon; back, nothing waits longer than its level. */
static void
test_clock_jump (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 1);
  send_delayed (client, 0, "m", "DELAY=17");
  _rmq_clock_set_realtime_ms (self->clock, BROKER_EPOCH_MS + 3600 * 1000);
  broker_advance (self, 11000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
  send_delayed (client, 0, "m", "DELAY=2");
  _rmq_clock_set_realtime_ms (self->clock, BROKER_EPOCH_MS);
  broker_advance (self, 11000);
  broker_advance (self, 11000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 2);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/delay/B-DELAY-001/levels", NULL, test_levels);
  broker_add ("/broker/delay/B-DELAY-001/other-levels", "messageDelayLevel=1s 2s 7s", test_other_levels);
  broker_add ("/broker/delay/B-DELAY-002/delivered", NULL, test_delivered);
  broker_add ("/broker/delay/B-DELAY-003/parked", NULL, test_parked);
  broker_add ("/broker/delay/B-DELAY-004/order", NULL, test_order);
  broker_add ("/broker/delay/B-DELAY-005/offsets", NULL, test_offsets);
  broker_add ("/broker/delay/B-HOLD-008/waiting-pull", NULL, test_waiting_pull);
  broker_add ("/broker/delay/B-TEST-002/restart", NULL, test_restart);
  broker_add ("/broker/delay/trimmed", "maxStoreBytes=1048576", test_trimmed);
  broker_add ("/broker/delay/not-a-level", NULL, test_not_a_level);
  broker_add ("/broker/delay/deleted-topic", NULL, test_deleted_topic);
  broker_add ("/broker/delay/clock-jump", NULL, test_clock_jump);
  return g_test_run ();
}
