/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages sent back, retry topics and dead letters; and replies to requests.
 */
#include "wired-broker.h"

#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-properties-private.h"
#include "wire/rmq-record-private.h"

static int64_t
physical_of (RmqRemotingCommand *sent)
{
  RmqHost host;
  int64_t offset;

  wire_assert_code (sent, RMQ_RESPONSE_SUCCESS);
  g_assert_true (_rmq_offset_id_decode (wire_get (sent, "msgId"), &host, &offset, NULL));
  return offset;
}

static int
send_back (Wire *wire, int64_t offset, const char *group, int level, const char *max)
{
  g_autofree char *at = g_strdup_printf ("%" G_GINT64_FORMAT, offset);
  g_autofree char *delay = g_strdup_printf ("%d", level);
  g_autoptr (RmqRemotingCommand) answer = wire_ask (
      wire, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK, NULL, "offset", at, "group", group, "delayLevel", delay, "originMsgId",
      "x", "originTopic", "orders", "unitMode", "false", max != NULL ? "maxReconsumeTimes" : NULL, max, NULL);

  return rmq_remoting_command_get_code (answer);
}

typedef struct
{
  WiredBroker *fixture;
  Wire *wire;
  const char *topic;
  int64_t offset;
  RmqRemotingCommand *answer;
} Awaited;

static bool
has_come (void *data)
{
  Awaited *awaited = data;

  g_clear_pointer (&awaited->answer, rmq_remoting_command_unref);
  awaited->answer = wired_pull (awaited->wire, "reader", awaited->topic, 0, awaited->offset, "*");
  return rmq_remoting_command_get_code (awaited->answer) == RMQ_RESPONSE_SUCCESS;
}

/* The record at an offset of a topic, which is there or comes at once. */
static RmqRemotingCommand *
await_record (WiredBroker *self, Wire *wire, const char *topic, int64_t offset, RmqRecord *record)
{
  Awaited awaited = { self, wire, topic, offset, NULL };
  g_autoptr (GArray) records = NULL;

  rmq_test_assert_until (NULL, has_come, &awaited);
  records = wired_records (awaited.answer);
  *record = g_array_index (records, RmqRecord, 0);
  return awaited.answer;
}

static const char *
property (const RmqRecord *record, const char *name, char buffer[RMQ_BROKER_TEXT_SIZE])
{
  RmqSlice value = _rmq_properties_text_find (record->properties, rmq_slice_from_string (name));

  return value.data != NULL ? rmq_broker_text (value, buffer) : NULL;
}

static void
test_retry (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) sent = wired_send (wire, "orders", 1, "hello", "TAGS\1A\2KEYS\1k\2UNIQ_KEY\1U1\2");
  g_autoptr (RmqRemotingCommand) first_answer = NULL;
  g_autoptr (RmqRemotingCommand) second_answer = NULL;
  char text[RMQ_BROKER_TEXT_SIZE];
  g_autofree char *origin = g_strdup (wire_get (sent, "msgId"));
  RmqRecord record;

  g_assert_cmpint (send_back (wire, physical_of (sent), "g", 0, NULL), ==, RMQ_RESPONSE_SUCCESS);
  /* Level 3 is ten seconds. */
  wired_advance (self, 9000);
  wire_assert_quiet (wire);
  wired_advance (self, 1500);
  first_answer = await_record (self, wire, "%RETRY%g", 0, &record);
  g_assert_true (rmq_slice_equal_string (record.body, "hello"));
  g_assert_cmpint (record.reconsume_times, ==, 1);
  g_assert_cmpint (record.flag, ==, 7);
  g_assert_cmpint (record.born_timestamp, ==, 1700000000123);
  g_assert_cmpstr (property (&record, "RETRY_TOPIC", text), ==, "orders");
  g_assert_cmpstr (property (&record, "ORIGIN_MESSAGE_ID", text), ==, origin);
  g_assert_cmpstr (property (&record, "KEYS", text), ==, "k");
  g_assert_cmpstr (property (&record, "UNIQ_KEY", text), ==, "U1");

  g_assert_cmpint (send_back (wire, record.physical_offset, "g", 1, NULL), ==, RMQ_RESPONSE_SUCCESS);
  wired_advance (self, 1500);
  second_answer = await_record (self, wire, "%RETRY%g", 1, &record);
  g_assert_cmpint (record.reconsume_times, ==, 2);
  g_assert_cmpstr (property (&record, "RETRY_TOPIC", text), ==, "orders");
  g_assert_cmpstr (property (&record, "ORIGIN_MESSAGE_ID", text), ==, origin);
}

static void
test_dead (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) sent = wired_send (wire, "orders", 0, "hello", NULL);
  g_autoptr (RmqRemotingCommand) by_level = NULL;
  g_autoptr (RmqRemotingCommand) by_count = NULL;
  char text[RMQ_BROKER_TEXT_SIZE];
  RmqRecord record;

  g_assert_cmpint (send_back (wire, physical_of (sent), "g", -1, NULL), ==, RMQ_RESPONSE_SUCCESS);
  by_level = await_record (self, wire, "%DLQ%g", 0, &record);
  g_assert_true (rmq_slice_equal_string (record.body, "hello"));
  g_assert_cmpint (record.queue_id, ==, 0);
  g_assert_cmpstr (property (&record, "RETRY_TOPIC", text), ==, "orders");
  g_assert_null (property (&record, "DELAY", text));
  g_assert_cmpint (send_back (wire, physical_of (sent), "g", 0, "0"), ==, RMQ_RESPONSE_SUCCESS);
  by_count = await_record (self, wire, "%DLQ%g", 1, &record);
  g_assert_cmpint (record.reconsume_times, ==, 1);
}

static void
set_no_retries (RmqBrokerCore *core, void *data)
{
  _rmq_broker_subscribers_find_or_create (core->subscribers, RMQ_SLICE_LITERAL ("none"))->retry_queues = 0;
}

static void
set_many_retries (RmqBrokerCore *core, void *data)
{
  _rmq_broker_subscribers_find_or_create (core->subscribers, RMQ_SLICE_LITERAL ("many"))->retry_queues = 4;
}

static void
set_read_only (RmqBrokerCore *core, void *data)
{
  core->settings->perm = RMQ_PERM_READ;
}

static void
test_refused (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) sent = wired_send (wire, "orders", 0, "hello", NULL);
  int64_t offset = physical_of (sent);

  g_assert_cmpint (send_back (wire, offset + 1, "g", 0, NULL), ==, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_cmpint (send_back (wire, -1, "g", 0, NULL), ==, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_cmpint (send_back (wire, INT64_MAX, "g", 0, NULL), ==, RMQ_RESPONSE_SYSTEM_ERROR);
  wired_call (self, set_no_retries, NULL);
  g_assert_cmpint (send_back (wire, offset, "none", 0, NULL), ==, RMQ_RESPONSE_SUCCESS);
  wired_call (self, set_read_only, NULL);
  g_assert_cmpint (send_back (wire, offset, "g", 0, NULL), ==, RMQ_RESPONSE_NO_PERMISSION);
}

static void
test_unknown_group (void)
{
  const char *settings[] = { "autoCreateSubscriptionGroup", "false", NULL };
  WiredBroker fixture = { NULL };
  g_autoptr (RmqRemotingCommand) sent = NULL;
  g_autoptr (RmqRemotingCommand) retried = NULL;
  Wire *wire;

  wired_start (&fixture, false, settings);
  wire = wire_new (&fixture);
  sent = wired_send (wire, "orders", 0, "hello", NULL);
  g_assert_cmpint (send_back (wire, physical_of (sent), "g", 0, NULL), ==, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  retried = wired_send (wire, "%RETRY%g", 0, "hello", NULL);
  wire_assert_code (retried, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  wire_free (wire);
  wired_stop (&fixture);
}

/* Where queue offsets of the retry topic's queues stand. */
static void
count_queues (RmqBrokerCore *core, void *data)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL ("%RETRY%many"));
  unsigned *n = data;

  *n = 0;
  for (int32_t i = 0; topic != NULL && i < topic->n_queues; i++)
    *n += topic->queues[i] != NULL && topic->queues[i]->max_offset > 0;
}

static bool
has_spread (void *data)
{
  unsigned n;

  wired_call (data, count_queues, &n);
  return n == 4;
}

static void
test_spread (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) sent = wired_send (wire, "orders", 0, "hello", NULL);

  wired_call (self, set_many_retries, NULL);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (send_back (wire, physical_of (sent), "many", 1, NULL), ==, RMQ_RESPONSE_SUCCESS);
  wired_advance (self, 2000);
  rmq_test_assert_until (NULL, has_spread, self);
}

static RmqRemotingCommand *
send_retry (Wire *wire, const char *reconsume_times, const char *max)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("again", 5);

  return wire_ask (wire, RMQ_REQUEST_SEND_MESSAGE_V2, body, "a", "CLIENT_INNER_PRODUCER", "b", "%RETRY%g", "c",
                   "TBW102", "d", "4", "e", "0", "f", "0", "g", "1", "h", "0", "j", reconsume_times, "l", max, NULL);
}

static void
test_client_retry (WiredBroker *self, gconstpointer data)
{
  static const char lock[] = "{\"clientId\":\"c\",\"consumerGroup\":\"g\",\"mqSet\":[{\"brokerName\":\"broker-a\","
                             "\"queueId\":1,\"topic\":\"T\"}]}";
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) fits = send_retry (wire, "3", "3");
  g_autoptr (RmqRemotingCommand) often = send_retry (wire, "4", "3");
  g_autoptr (RmqRemotingCommand) locked = NULL;
  g_autoptr (RmqRemotingCommand) ordered = NULL;
  g_autoptr (RmqRemotingCommand) retried = NULL;
  g_autoptr (RmqRemotingCommand) dead = NULL;
  g_autoptr (GBytes) body = g_bytes_new_static (lock, strlen (lock));
  RmqRecord record;

  wire_assert_code (fits, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (often, RMQ_RESPONSE_SUCCESS);
  retried = await_record (self, wire, "%RETRY%g", 0, &record);
  g_assert_cmpint (record.reconsume_times, ==, 3);
  dead = await_record (self, wire, "%DLQ%g", 0, &record);
  g_assert_cmpint (record.reconsume_times, ==, 4);
  locked = wire_ask (wire, RMQ_REQUEST_LOCK_BATCH_MQ, body, NULL);
  wire_assert_code (locked, RMQ_RESPONSE_SUCCESS);
  ordered = send_retry (wire, "1", "3");
  wire_assert_code (ordered, RMQ_RESPONSE_SUCCESS);
  g_clear_pointer (&dead, rmq_remoting_command_unref);
  dead = await_record (self, wire, "%DLQ%g", 1, &record);
  g_assert_cmpint (record.reconsume_times, ==, 1);
}

/* --- replies ------------------------------------------------------------------------------------------------- */

#define REPLY_PROPERTIES "MSG_TYPE\1reply\2CORRELATION_ID\1abc\2REPLY_TO_CLIENT\1asker\2"

static int
send_reply (Wire *wire, const char *properties)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("answer", 6);

  return wire_send (wire, RMQ_REQUEST_SEND_REPLY_MESSAGE_V2, WIRE_PLAIN, body, "a", "p", "b",
                    "DefaultCluster_REPLY_TOPIC", "c", "TBW102", "d", "4", "e", "0", "f", "0", "g", "1", "h", "0", "i",
                    properties, NULL);
}

static void
test_reply (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) asker = wire_new (self);
  g_autoptr (Wire) answerer = wire_new (self);
  g_autoptr (RmqRemotingCommand) pushed = NULL;
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autoptr (RmqRemotingCommand) stored = NULL;
  g_autofree char *born = wire_dup_local_address (answerer);
  RmqRecord record;

  wired_heartbeat_producer (asker, "asker", "pg");
  send_reply (answerer, REPLY_PROPERTIES);
  pushed = wire_read (asker);
  g_assert_cmpint (rmq_remoting_command_get_code (pushed), ==, RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT);
  g_assert_false (rmq_remoting_command_is_oneway (pushed));
  g_assert_cmpstr (wire_get (pushed, "bornHost"), ==, born);
  g_assert_cmpstr (wire_get (pushed, "storeHost"), ==, self->address);
  g_assert_nonnull (strstr (wire_get (pushed, "properties"), "CORRELATION_ID\1abc"));
  g_assert_nonnull (strstr (wire_get (pushed, "properties"), "PUSH_REPLY_TIME\1"));
  g_assert_true (rmq_slice_equal_string (wire_get_body (pushed), "answer"));
  wire_assert_quiet (answerer);
  wire_answer (asker, rmq_remoting_command_get_opaque (pushed), RMQ_RESPONSE_SUCCESS);
  answer = wire_read (answerer);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  stored = await_record (self, answerer, "DefaultCluster_REPLY_TOPIC", 0, &record);
  g_assert_true (rmq_slice_equal_string (record.body, "answer"));
}

static void
test_reply_refused (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) asker = wire_new (self);
  g_autoptr (Wire) answerer = wire_new (self);
  g_autoptr (RmqRemotingCommand) nobody = NULL;
  g_autoptr (RmqRemotingCommand) no_name = NULL;
  g_autoptr (RmqRemotingCommand) pushed = NULL;
  g_autoptr (RmqRemotingCommand) silent = NULL;
  g_autoptr (RmqRemotingCommand) gone = NULL;

  send_reply (answerer, REPLY_PROPERTIES);
  nobody = wire_read (answerer);
  wire_assert_code (nobody, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_nonnull (strstr (rmq_remoting_command_get_remark (nobody), "asker"));
  send_reply (answerer, "MSG_TYPE\1reply\2");
  no_name = wire_read (answerer);
  wire_assert_code (no_name, RMQ_RESPONSE_SYSTEM_ERROR);

  wired_heartbeat_producer (asker, "asker", "pg");
  send_reply (answerer, REPLY_PROPERTIES);
  pushed = wire_read (asker);
  wired_advance (self, 11000);
  silent = wire_read (answerer);
  wire_assert_code (silent, RMQ_RESPONSE_SYSTEM_ERROR);
  send_reply (answerer, REPLY_PROPERTIES);
  g_clear_pointer (&pushed, rmq_remoting_command_unref);
  pushed = wire_read (asker);
  wire_free (g_steal_pointer (&asker));
  gone = wire_read (answerer);
  wire_assert_code (gone, RMQ_RESPONSE_SYSTEM_ERROR);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add_manual ("/broker/back/retry/B-BACK-001/B-BACK-002/B-BACK-007", test_retry);
  wired_add ("/broker/back/dead/B-BACK-003/B-BACK-008", test_dead);
  wired_add ("/broker/back/refused/B-BACK-004", test_refused);
  g_test_add_func ("/broker/back/unknown-group/B-BACK-004/B-BACK-006", test_unknown_group);
  wired_add_manual ("/broker/back/spread/B-BACK-005", test_spread);
  wired_add ("/broker/back/client-retry/B-BACK-006", test_client_retry);
  wired_add ("/broker/reply/push/B-REPLY-001/B-REPLY-003", test_reply);
  wired_add_manual ("/broker/reply/refused/B-REPLY-002", test_reply_refused);
  return g_test_run ();
}
