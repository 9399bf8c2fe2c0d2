/* SPDX-License-Identifier: Apache-2.0
 *
 * Timer messages: which time counts, when they come, what is refused; and taking them back.
 */
#include "broker-fixture.h"

#include <inttypes.h>
#include "wire/rmq-recall-handle-private.h"

#define TOPIC "timers"
#define WHEEL "rmq_sys_wheel_timer"
#define ID "7F0000010539123456780036EE000001"

static BrokerReply *
send_timer (BrokerClient *client, const char *properties)
{
  g_autofree char *all = g_strconcat ("UNIQ_KEY=" ID ";", properties, NULL);

  return broker_send (client, TOPIC, 0, "m", all);
}

static void
send_ok (BrokerClient *client, const char *properties)
{
  g_autoptr (BrokerReply) reply = send_timer (client, properties);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static void
assert_refused (BrokerClient *client, const char *properties, int code)
{
  g_autoptr (BrokerReply) reply = send_timer (client, properties);

  broker_assert_code (reply, code);
}

static BrokerReply *
recall (BrokerClient *client, const char *topic, const char *handle)
{
  return broker_call (client, RMQ_REQUEST_RECALL_MESSAGE, RMQ_SLICE_NULL, "producerGroup", "PG", "topic", topic,
                      "recallHandle", handle, NULL);
}

static void
assert_recall (BrokerClient *client, const char *topic, const char *handle, int code)
{
  g_autoptr (BrokerReply) reply = recall (client, topic, handle);

  broker_assert_code (reply, code);
}

static char *
handle_new (const char *topic, const char *broker, int64_t time_ms, const char *id)
{
  g_autofree char *time = g_strdup_printf ("%" PRId64, time_ms);

  return _rmq_recall_handle_encode (topic, broker, time, id);
}

/* The TIMER_OUT_MS of the record that waits at this offset; -1: none does. */
static int64_t
out_ms (BrokerClient *client, int64_t offset)
{
  RmqRecord record;
  g_autoptr (BrokerReply) reply = broker_pull (client, WHEEL, 0, offset, &record);
  g_autofree char *text = NULL;

  if (reply->frame.code != RMQ_RESPONSE_SUCCESS)
    return -1;
  text = broker_record_dup (&record, "TIMER_OUT_MS");
  return g_ascii_strtoll (text, NULL, 10);
}

/* B-TIMER-001: DELAY before seconds, seconds before milliseconds, these before a time. */
static void
test_precedence (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  send_ok (client, "TIMER_DELAY_SEC=10;TIMER_DELAY_MS=20500;TIMER_DELIVER_MS=1700000030500");
  g_assert_cmpint (out_ms (client, 0), ==, BROKER_EPOCH_MS + 9000);
  send_ok (client, "TIMER_DELAY_MS=20500;TIMER_DELIVER_MS=1700000030500");
  g_assert_cmpint (out_ms (client, 1), ==, BROKER_EPOCH_MS + 20000);
  send_ok (client, "TIMER_DELIVER_MS=1700000030500");
  g_assert_cmpint (out_ms (client, 2), ==, BROKER_EPOCH_MS + 30000);
  send_ok (client, "DELAY=1;TIMER_DELAY_SEC=10;TIMER_DELAY_MS=20500;TIMER_DELIVER_MS=1700000030500");
  g_assert_cmpint (broker_get_max (self, WHEEL, 0), ==, 3);
  broker_advance (self, 1010);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
}

/* B-TIMER-002: down to a multiple of the precision, and delivered a step later; never before the time. */
static void
test_delivered (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) parked = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  RmqRecord record;

  send_ok (client, "TIMER_DELAY_MS=2500;KEYS=k;TAGS=t");
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
  parked = broker_pull (client, WHEEL, 0, 0, &record);
  broker_assert_code (parked, RMQ_RESPONSE_SUCCESS);
  broker_record_has (&record, "TIMER_OUT_MS", "1700000002000");
  broker_record_has (&record, "REAL_TOPIC", TOPIC);
  broker_record_has (&record, "REAL_QID", "0");
  broker_advance (self, 2999);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
  broker_advance (self, 11);
  reply = broker_pull (client, TOPIC, 0, 0, &record);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (record.flag, ==, 7);
  broker_record_has (&record, "UNIQ_KEY", ID);
  broker_record_has (&record, "KEYS", "k");
  broker_record_has (&record, "TAGS", "t");
  broker_record_has (&record, "TIMER_OUT_MS", "1700000002000");
  broker_record_has (&record, "TIMER_DELAY_MS", "2500");
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->core->timers), ==, 0);
}

/* B-TIMER-002: many in any order come in the order of their times, those of one time in the order of their sends. */
static void
test_order (BrokerFixture *self, const void *data)
{
  enum
  {
    N = 300
  };
  g_autoptr (BrokerClient) client = broker_client_new (self);
  int64_t last = 0;

  for (int i = 0; i < N; i++)
    {
      g_autofree char *properties = g_strdup_printf ("TIMER_DELAY_SEC=%d;n=%03d", 2 + (i * 7) % 10, i);

      send_ok (client, properties);
    }
  broker_advance (self, 12010);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, N);
  for (int i = 0; i < N; i++)
    {
      RmqRecord record;
      g_autoptr (BrokerReply) reply = broker_pull (client, TOPIC, 0, i, &record);
      g_autofree char *time = broker_record_dup (&record, "TIMER_OUT_MS");
      g_autofree char *n = broker_record_dup (&record, "n");
      int64_t place = g_ascii_strtoll (time, NULL, 10) * 1000 + g_ascii_strtoll (n, NULL, 10);

      g_assert_cmpint (place, >, last);
      last = place;
    }
}

/* B-TIMER-003: a time past is now, one too far or unreadable is refused. */
static void
test_limits (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  send_ok (client, "TIMER_DELIVER_MS=1699999995000");
  send_ok (client, "TIMER_DELAY_MS=0");
  send_ok (client, "TIMER_DELAY_MS=-5");
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 3);
  assert_refused (client, "TIMER_DELAY_MS=abc", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_SEC=259201", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_MS=259200500", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  send_ok (client, "TIMER_DELAY_SEC=259200");
  g_assert_cmpint (broker_get_max (self, WHEEL, 0), ==, 1);
}

static void
test_disabled (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  assert_refused (client, "TIMER_DELAY_SEC=2", RMQ_RESPONSE_SYSTEM_ERROR);
  send_ok (client, "KEYS=k");
}

/* B-TIMER-004: the answer has a handle, which names the message. */
static void
test_handle (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = send_timer (client, "TIMER_DELAY_SEC=10");
  g_autoptr (BrokerReply) plain = NULL;
  g_autofree char *handle = broker_reply_dup (reply, "recallHandle");
  g_auto (RmqRecallHandle) parts = { 0 };

  g_assert_true (_rmq_recall_handle_decode (&parts, handle, NULL));
  g_assert_cmpstr (parts.topic, ==, TOPIC);
  g_assert_cmpstr (parts.broker_name, ==, "broker-a");
  g_assert_cmpstr (parts.timestamp, ==, "1700000009001");
  g_assert_cmpstr (parts.message_id, ==, ID);
  plain = send_timer (client, "KEYS=k");
  g_assert_null (broker_reply_dup (plain, "recallHandle"));
}

/* B-TIMER-005: a recalled message never comes, and others do. */
static void
test_recall (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = send_timer (client, "TIMER_DELAY_SEC=10");
  g_autoptr (BrokerReply) other = broker_send (client, TOPIC, 0, "other", "UNIQ_KEY=other;TIMER_DELAY_SEC=10");
  g_autofree char *handle = broker_reply_dup (sent, "recallHandle");
  g_autoptr (BrokerReply) reply = recall (client, TOPIC, handle);
  g_autofree char *id = NULL;
  RmqRecord record;
  g_autoptr (BrokerReply) pulled = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  id = broker_reply_dup (reply, "msgId");
  g_assert_cmpstr (id, ==, ID);
  assert_recall (client, TOPIC, handle, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 12000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
  pulled = broker_pull (client, TOPIC, 0, 0, &record);
  g_assert_true (rmq_slice_equal_string (record.body, "other"));
}

/* B-TIMER-005: what is refused, in this order. */
static void
test_recall_refused (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *good = handle_new (TOPIC, "broker-a", BROKER_EPOCH_MS + 10000, ID);
  g_autofree char *elsewhere = handle_new (TOPIC, "broker-b", BROKER_EPOCH_MS + 10000, ID);
  g_autofree char *past = handle_new (TOPIC, "broker-a", BROKER_EPOCH_MS - 1, ID);
  g_autofree char *far = handle_new (TOPIC, "broker-a", BROKER_EPOCH_MS + INT64_C (259201000), ID);

  broker_add_topic (self, TOPIC, 1);
  broker_add_topic (self, "other", 1);
  assert_recall (client, "nowhere", good, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_recall (client, "other", good, RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, elsewhere, RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, past, RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, far, RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, "!", RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, "aGVsbG8=", RMQ_RESPONSE_ILLEGAL_OPERATION);
  assert_recall (client, TOPIC, NULL, RMQ_RESPONSE_ILLEGAL_OPERATION);
  self->core->settings->perm = RMQ_PERM_READ;
  assert_recall (client, TOPIC, good, RMQ_RESPONSE_SERVICE_NOT_AVAILABLE);
  self->core->settings->broker_id = 1;
  assert_recall (client, TOPIC, good, RMQ_RESPONSE_SLAVE_NOT_AVAILABLE);
  self->core->settings->recall = false;
  assert_recall (client, TOPIC, good, RMQ_RESPONSE_NO_PERMISSION);
}

/* B-TIMER-006: the same id in another topic is another message. */
static void
test_recall_other_topic (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *handle = handle_new ("other", "broker-a", BROKER_EPOCH_MS + 10000, ID);

  broker_add_topic (self, "other", 1);
  send_ok (client, "TIMER_DELAY_SEC=10");
  assert_recall (client, "other", handle, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 12000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
}

/* A message that takes back another, as before there were handles. */
static void
test_recall_message (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) marker = NULL;

  send_ok (client, "TIMER_DELAY_SEC=10");
  marker = broker_send (client, TOPIC, 0, "0", "UNIQ_KEY=x;TIMER_DELAY_SEC=10;TIMER_DEL_UNIQKEY=" TOPIC "+" ID);
  broker_assert_code (marker, RMQ_RESPONSE_SUCCESS);
  assert_refused (client, "TIMER_DELAY_SEC=0;TIMER_DEL_UNIQKEY=x", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  broker_advance (self, 12000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
}

/* B-TIMER-007: no more than so many at one time. */
static void
test_flow_control (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autofree char *remark = NULL;

  send_ok (client, "TIMER_DELAY_SEC=10");
  send_ok (client, "TIMER_DELAY_SEC=10");
  reply = send_timer (client, "TIMER_DELAY_SEC=10");
  broker_assert_code (reply, RMQ_RESPONSE_SYSTEM_ERROR);
  remark = rmq_slice_dup (reply->frame.remark);
  g_assert_nonnull (strstr (remark, "flow control"));
  send_ok (client, "TIMER_DELAY_SEC=11");
}

/* B-TIMER-008: a sum beyond 63 bits is not now. */
static void
test_overflow (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  assert_refused (client, "TIMER_DELAY_SEC=9223372036854775", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_SEC=9223372036854775807", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_SEC=18446744073709551", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_MS=9223372036854775807", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELIVER_MS=9223372036854775807", RMQ_RESPONSE_MESSAGE_ILLEGAL);
  assert_refused (client, "TIMER_DELAY_MS=99999999999999999999", RMQ_RESPONSE_MESSAGE_ILLEGAL);
}

/* B-TIMER-009: the check point is seven numbers, the metrics count by topic. */
static void
test_metrics (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) point = NULL;
  g_autoptr (BrokerReply) metrics = NULL;
  g_autofree char *body = NULL;

  send_ok (client, "TIMER_DELAY_SEC=10");
  send_ok (client, "TIMER_DELAY_SEC=2");
  send_ok (client, "TIMER_DELAY_SEC=20");
  broker_advance (self, 2010);
  point = broker_call (client, RMQ_REQUEST_GET_TIMER_CHECK_POINT, RMQ_SLICE_NULL, NULL);
  broker_assert_code (point, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpuint (point->frame.body.len, ==, 56);
  metrics = broker_call (client, RMQ_REQUEST_GET_TIMER_METRICS, RMQ_SLICE_NULL, NULL);
  broker_assert_code (metrics, RMQ_RESPONSE_SUCCESS);
  body = rmq_slice_dup (metrics->frame.body);
  g_assert_nonnull (strstr (body, "\"timingCount\":{\"" TOPIC "\":{\"count\":2,"));
}

/* B-TEST-002: a restart keeps what waits, what was delivered and what was recalled. */
static void
test_restart (BrokerFixture *self, const void *data)
{
  BrokerClient *client = broker_client_new (self);
  g_autoptr (BrokerReply) recalled = NULL;
  g_autofree char *handle = NULL;

  broker_add_topic (self, TOPIC, 1);
  send_ok (client, "TIMER_DELAY_SEC=2");
  send_ok (client, "TIMER_DELAY_SEC=5");
  send_ok (client, "TIMER_DELAY_SEC=30");
  recalled = broker_send (client, TOPIC, 0, "never", "UNIQ_KEY=x;TIMER_DELAY_SEC=30");
  handle = broker_reply_dup (recalled, "recallHandle");
  broker_advance (self, 2010);
  assert_recall (client, TOPIC, handle, RMQ_RESPONSE_SUCCESS);
  broker_client_free (client);
  broker_stop (self);
  _rmq_clock_advance (self->clock, 10000000);
  broker_start (self);
  broker_advance (self, 10);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 2);
  broker_advance (self, 30000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 3);
}

/* Thousands, delivered in another order than they are stored, with restarts in between: each comes once. */
static void
test_many (BrokerFixture *self, const void *data)
{
  enum
  {
    N = 3000
  };
  BrokerClient *client = broker_client_new (self);
  g_autofree bool *seen = g_new0 (bool, N);

  for (int i = 0; i < N; i++)
    {
      g_autofree char *properties = g_strdup_printf ("TIMER_DELAY_SEC=%d;n=%d", 2 + i * 13 % 17, i);

      send_ok (client, properties);
    }
  broker_client_free (client);
  for (int second = 0; second < 20; second++)
    {
      broker_advance (self, 1000);
      if (second % 5 != 2)
        continue;
      broker_stop (self);
      broker_start (self);
    }
  broker_advance (self, 1000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, N);
  client = broker_client_new (self);
  for (int i = 0; i < N; i++)
    {
      RmqRecord record;
      g_autoptr (BrokerReply) reply = broker_pull (client, TOPIC, 0, i, &record);
      g_autofree char *n = broker_record_dup (&record, "n");
      int64_t number = g_ascii_strtoll (n, NULL, 10);

      g_assert_false (seen[number]);
      seen[number] = true;
    }
  broker_client_free (client);
}

/* More than the store holds came meanwhile: what waited is lost, with a warning, and what waits next is not. */
static void
test_trimmed (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *big = g_strnfill (60000, 'x');

  for (int i = 0; i < 3; i++)
    send_ok (client, "TIMER_DELAY_SEC=3");
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, "flood", 0, big, "KEYS=k");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
  /* The store said that it is full. */
  g_assert_cmpuint (broker_take_warnings (), ==, 1);
  send_ok (client, "TIMER_DELAY_SEC=3");
  broker_advance (self, 4000);
  g_assert_cmpuint (broker_take_warnings (), ==, 3);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->core->timers), ==, 0);
  broker_stop (self);
  broker_start (self);
  broker_advance (self, 4000);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 1);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/timer/B-TIMER-001/precedence", "defaultTopicQueueNums=1", test_precedence);
  broker_add ("/broker/timer/B-TIMER-002/delivered", NULL, test_delivered);
  broker_add ("/broker/timer/B-TIMER-002/order", NULL, test_order);
  broker_add ("/broker/timer/B-TIMER-003/limits", NULL, test_limits);
  broker_add ("/broker/timer/B-TIMER-003/disabled", "timerWheelEnable=false", test_disabled);
  broker_add ("/broker/timer/B-TIMER-004/handle", NULL, test_handle);
  broker_add ("/broker/timer/B-TIMER-005/recall", NULL, test_recall);
  broker_add ("/broker/timer/B-TIMER-005/refused", NULL, test_recall_refused);
  broker_add ("/broker/timer/B-TIMER-006/other-topic", NULL, test_recall_other_topic);
  broker_add ("/broker/timer/recall-message", NULL, test_recall_message);
  broker_add ("/broker/timer/B-TIMER-007/flow-control", "timerCongestNumEachSlot=2", test_flow_control);
  broker_add ("/broker/timer/B-TIMER-008/overflow", NULL, test_overflow);
  broker_add ("/broker/timer/B-TIMER-009/metrics", NULL, test_metrics);
  broker_add ("/broker/timer/trimmed", "maxStoreBytes=1048576", test_trimmed);
  broker_add ("/broker/timer/B-TEST-002/restart", NULL, test_restart);
  broker_add ("/broker/timer/B-TEST-002/many", NULL, test_many);
  return g_test_run ();
}
