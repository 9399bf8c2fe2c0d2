/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets that are reset, at the server and by its clients; and what is asked of clients through the broker.
 */
#include "broker-fixture.h"

#include <inttypes.h>
#include <rmq/rmq.h>
#include "wire/rmq-offset-table-private.h"

#define TOPIC "orders"
#define GROUP "CG"

static void
fill (BrokerClient *client, int n)
{
  for (int i = 0; i < n; i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, 0, "m", "KEYS=k");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
}

static BrokerReply *
reset (BrokerClient *client,
       const char *group,
       const char *topic,
       const char *queue,
       const char *offset,
       const char *time)
{
  return broker_call (client, RMQ_REQUEST_INVOKE_BROKER_TO_RESET_OFFSET, RMQ_SLICE_NULL, "group", group, "topic", topic,
                      "queueId", queue, "offset", offset, "timestamp", time, "isForce", "true", NULL);
}

static void
assert_reset (BrokerClient *client,
              const char *group,
              const char *topic,
              const char *queue,
              const char *offset,
              const char *time,
              int code)
{
  g_autoptr (BrokerReply) reply = reset (client, group, topic, queue, offset, time);

  broker_assert_code (reply, code);
}

/* The target of queue 0 in the answer. */
static int64_t
target_of (const BrokerReply *reply)
{
  g_autoptr (RmqOffsetTable) table = _rmq_offset_table_decode (reply->frame.body, NULL);

  g_assert_nonnull (table);
  for (unsigned i = 0; i < table->offsets->len; i++)
    {
      const RmqQueueOffset *entry = g_ptr_array_index (table->offsets, i);

      if (rmq_message_queue_get_queue_id (entry->queue) == 0)
        return entry->offset;
    }
  return -1;
}

static BrokerReply *
pull (BrokerClient *client, const char *offset, const char *flags)
{
  return broker_call (client, RMQ_REQUEST_PULL_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", GROUP, "topic", TOPIC,
                      "queueId", "0", "queueOffset", offset, "maxMsgNums", "1", "sysFlag", flags, "commitOffset", "0",
                      "suspendTimeoutMillis", "15000", "subscription", "*", "subVersion", "0", "expressionType", "TAG",
                      NULL);
}

static int64_t
committed (BrokerFixture *self)
{
  return _rmq_broker_offsets_get (self->core->offsets, RMQ_SLICE_LITERAL (GROUP), RMQ_SLICE_LITERAL (TOPIC), 0);
}

/* B-RESET-001, B-RESET-002, B-RESET-004: the next pull is sent there, once, and commits wait until then. */
static void
test_server_side (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) done = NULL;
  g_autoptr (BrokerReply) ignored = NULL;
  g_autoptr (BrokerReply) moved = NULL;
  g_autoptr (BrokerReply) again = NULL;

  broker_add_topic (self, TOPIC, 2);
  fill (client, 5);
  done = reset (client, GROUP, TOPIC, "0", "2", "0");
  broker_assert_code (done, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (target_of (done), ==, 2);
  g_assert_cmpint (committed (self), ==, 2);
  ignored = broker_call (client, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, RMQ_SLICE_NULL, "consumerGroup", GROUP, "topic",
                         TOPIC, "queueId", "0", "commitOffset", "4", NULL);
  broker_assert_code (ignored, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (committed (self), ==, 2);
  moved = pull (client, "5", "4");
  broker_assert_code (moved, RMQ_RESPONSE_PULL_OFFSET_MOVED);
  g_assert_cmpint (broker_reply_get (moved, "nextBeginOffset"), ==, 2);
  again = pull (client, "2", "4");
  broker_assert_code (again, RMQ_RESPONSE_SUCCESS);
}

/* A pull that waits hears of it at once. */
static void
test_waiting_pull (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) admin = broker_client_new (self);
  g_autoptr (BrokerReply) waiting = NULL;
  g_autoptr (BrokerReply) moved = NULL;

  broker_add_topic (self, TOPIC, 1);
  fill (client, 3);
  waiting = pull (client, "3", "6");
  g_assert_null (waiting);
  assert_reset (admin, GROUP, TOPIC, "-1", "-1", "0", RMQ_RESPONSE_SUCCESS);
  moved = broker_take (client);
  broker_assert_code (moved, RMQ_RESPONSE_PULL_OFFSET_MOVED);
  g_assert_cmpint (broker_reply_get (moved, "nextBeginOffset"), ==, 0);
}

/* B-RESET-003: by time, to the end, and what is refused. */
static void
test_targets (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *later = g_strdup_printf ("%" PRId64, BROKER_EPOCH_MS + 500);
  g_autoptr (BrokerReply) end = NULL;
  g_autoptr (BrokerReply) start = NULL;
  g_autoptr (BrokerReply) middle = NULL;

  broker_add_topic (self, TOPIC, 2);
  fill (client, 2);
  broker_advance (self, 1000);
  fill (client, 2);
  end = reset (client, GROUP, TOPIC, "-1", "-1", "-1");
  g_assert_cmpint (target_of (end), ==, 4);
  start = reset (client, GROUP, TOPIC, "-1", "-1", "0");
  g_assert_cmpint (target_of (start), ==, 0);
  middle = reset (client, GROUP, TOPIC, "0", NULL, later);
  g_assert_cmpint (target_of (middle), ==, 2);
  assert_reset (client, GROUP, TOPIC, "0", "5", "0", RMQ_RESPONSE_SUCCESS);
  assert_reset (client, GROUP, TOPIC, "0", "6", "0", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_reset (client, GROUP, TOPIC, "0", "-2", "0", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_reset (client, GROUP, TOPIC, "9", "0", "0", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_reset (client, GROUP, "nowhere", "0", "0", "0", RMQ_RESPONSE_TOPIC_NOT_EXIST);
  self->core->settings->auto_create_groups = false;
  assert_reset (client, "nobody", TOPIC, "0", "0", "0", RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
}

/* B-RESET-005: with the setting off the clients are told; with nobody there nothing happens. */
static void
test_by_clients (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) admin = broker_client_new (self);
  g_autoptr (BrokerReply) told = NULL;

  broker_add_topic (self, TOPIC, 1);
  fill (client, 3);
  assert_reset (admin, GROUP, TOPIC, "-1", "-1", "0", RMQ_RESPONSE_CONSUMER_NOT_ONLINE);
  broker_register_consumer (client, "c1", GROUP, TOPIC);
  for (BrokerReply *notice; (notice = broker_take (client)) != NULL; broker_reply_free (notice))
    ;
  assert_reset (admin, GROUP, TOPIC, "-1", "-1", "0", RMQ_RESPONSE_SUCCESS);
  told = broker_take (client);
  broker_assert_code (told, RMQ_REQUEST_RESET_CONSUMER_CLIENT_OFFSET);
  g_assert_cmpint (target_of (told), ==, 0);
  g_assert_cmpint (committed (self), ==, RMQ_BROKER_NO_OFFSET);
}

static BrokerReply *
ask_running_info (BrokerClient *admin, const char *client_id)
{
  return broker_call (admin, RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO, RMQ_SLICE_NULL, "consumerGroup", GROUP, "clientId",
                      client_id, "jstackEnable", "false", NULL);
}

/* B-GROUP-006: relayed to the client; offline; silent. */
static void
test_relay (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) admin = broker_client_new (self);
  g_autoptr (BrokerReply) offline = NULL;
  g_autoptr (BrokerReply) open = NULL;
  g_autoptr (BrokerReply) asked = NULL;
  g_autoptr (BrokerReply) answer = NULL;
  g_autoptr (BrokerReply) unheard = NULL;
  g_autoptr (BrokerReply) silent = NULL;

  broker_add_topic (self, TOPIC, 1);
  broker_register_consumer (client, "c1", GROUP, TOPIC);
  for (BrokerReply *notice; (notice = broker_take (client)) != NULL; broker_reply_free (notice))
    ;
  offline = ask_running_info (admin, "c2");
  broker_assert_code (offline, RMQ_RESPONSE_SYSTEM_ERROR);
  open = ask_running_info (admin, "c1");
  g_assert_null (open);
  asked = broker_take (client);
  broker_assert_code (asked, RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO);
  broker_answer (client, asked, RMQ_RESPONSE_SUCCESS, RMQ_SLICE_LITERAL ("{\"info\":1}"));
  answer = broker_take (admin);
  broker_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  g_assert_true (rmq_slice_equal_string (answer->frame.body, "{\"info\":1}"));

  unheard = ask_running_info (admin, "c1");
  g_assert_null (unheard);
  broker_advance (self, 11000);
  silent = broker_take (admin);
  broker_assert_code (silent, RMQ_RESPONSE_CONSUME_MSG_TIMEOUT);
}

/* B-GROUP-006: 309 brings the message along. */
static void
test_consume_directly (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) admin = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  g_autoptr (BrokerReply) open = NULL;
  g_autoptr (BrokerReply) asked = NULL;
  g_autoptr (BrokerReply) wrong = NULL;
  g_autofree char *id = NULL;
  g_autofree char *broker = NULL;
  RmqRecord record;

  broker_add_topic (self, TOPIC, 1);
  sent = broker_send (client, TOPIC, 0, "direct", "KEYS=k");
  id = broker_reply_dup (sent, "msgId");
  broker_register_consumer (client, "c1", GROUP, TOPIC);
  for (BrokerReply *notice; (notice = broker_take (client)) != NULL; broker_reply_free (notice))
    ;
  wrong = broker_call (admin, RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY, RMQ_SLICE_NULL, "consumerGroup", GROUP, "clientId",
                       "c1", "msgId", "x", NULL);
  broker_assert_code (wrong, RMQ_RESPONSE_SYSTEM_ERROR);
  open = broker_call (admin, RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY, RMQ_SLICE_NULL, "consumerGroup", GROUP, "clientId",
                      "c1", "msgId", id, "topic", TOPIC, NULL);
  g_assert_null (open);
  asked = broker_take (client);
  broker_assert_code (asked, RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY);
  broker = broker_reply_dup (asked, "brokerName");
  g_assert_cmpstr (broker, ==, "broker-a");
  g_assert_true (
      _rmq_record_decode (&record, (const uint8_t *) asked->frame.body.data, asked->frame.body.len, 0, NULL));
  g_assert_true (rmq_slice_equal_string (record.body, "direct"));
}

/* B-GROUP-008: the answers of all clients in one; who is silent or gone is left out. */
static void
test_status (BrokerFixture *self, const void *data)
{
  static const char offsets[] =
      "{\"messageQueueTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"" TOPIC "\"}:7}}";
  g_autoptr (BrokerClient) one = broker_client_new (self);
  g_autoptr (BrokerClient) two = broker_client_new (self);
  g_autoptr (BrokerClient) admin = broker_client_new (self);
  g_autoptr (BrokerReply) open = NULL;
  g_autoptr (BrokerReply) asked = NULL;
  g_autoptr (BrokerReply) nobody = NULL;
  g_autoptr (BrokerReply) early = NULL;
  g_autoptr (BrokerReply) answer = NULL;
  g_autoptr (RmqConsumerStatusBody) body = NULL;
  const RmqClientOffsets *client;

  broker_add_topic (self, TOPIC, 1);
  nobody = broker_call (admin, RMQ_REQUEST_INVOKE_BROKER_TO_GET_CONSUMER_STATUS, RMQ_SLICE_NULL, "topic", TOPIC,
                        "group", GROUP, NULL);
  broker_assert_code (nobody, RMQ_RESPONSE_SYSTEM_ERROR);
  broker_register_consumer (one, "c1", GROUP, TOPIC);
  broker_register_consumer (two, "c2", GROUP, TOPIC);
  for (BrokerReply *notice; (notice = broker_take (one)) != NULL; broker_reply_free (notice))
    ;
  open = broker_call (admin, RMQ_REQUEST_INVOKE_BROKER_TO_GET_CONSUMER_STATUS, RMQ_SLICE_NULL, "topic", TOPIC, "group",
                      GROUP, NULL);
  g_assert_null (open);
  asked = broker_take (one);
  broker_assert_code (asked, RMQ_REQUEST_GET_CONSUMER_STATUS_FROM_CLIENT);
  broker_answer (one, asked, RMQ_RESPONSE_SUCCESS, rmq_slice_from_string (offsets));
  early = broker_take (admin);
  g_assert_null (early);
  g_clear_pointer (&two, broker_client_free);
  answer = broker_take (admin);
  broker_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  body = _rmq_consumer_status_body_decode (answer->frame.body, NULL);
  g_assert_cmpuint (body->clients->len, ==, 1);
  client = g_ptr_array_index (body->clients, 0);
  g_assert_cmpstr (client->client_id, ==, "c1");
  g_assert_cmpint (((RmqQueueOffset *) g_ptr_array_index (client->offsets, 0))->offset, ==, 7);
}

static void
test_correction (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) all = NULL;
  g_autoptr (BrokerReply) filtered = NULL;

  broker_add_topic (self, TOPIC, 1);
  _rmq_broker_offsets_commit (self->core->offsets, RMQ_SLICE_LITERAL ("A"), RMQ_SLICE_LITERAL (TOPIC), 0, 3);
  _rmq_broker_offsets_commit (self->core->offsets, RMQ_SLICE_LITERAL ("B"), RMQ_SLICE_LITERAL (TOPIC), 0, 7);
  all = broker_call (client, RMQ_REQUEST_QUERY_CORRECTION_OFFSET, RMQ_SLICE_NULL, "topic", TOPIC, "compareGroup", "B",
                     NULL);
  broker_assert_code (all, RMQ_RESPONSE_SUCCESS);
  g_assert_nonnull (g_strstr_len (all->frame.body.data, (gssize) all->frame.body.len, ":3}"));
  filtered = broker_call (client, RMQ_REQUEST_QUERY_CORRECTION_OFFSET, RMQ_SLICE_NULL, "topic", TOPIC, "compareGroup",
                          "A", "filterGroups", "A", NULL);
  g_assert_nonnull (
      g_strstr_len (filtered->frame.body.data, (gssize) filtered->frame.body.len, ":9223372036854775807}"));
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/reset/B-RESET-001/server-side", NULL, test_server_side);
  broker_add ("/broker/reset/B-RESET-001/waiting-pull", NULL, test_waiting_pull);
  broker_add ("/broker/reset/B-RESET-003/targets", NULL, test_targets);
  broker_add ("/broker/reset/B-RESET-005/by-clients", "useServerSideResetOffset=false", test_by_clients);
  broker_add ("/broker/relay/B-GROUP-006/running-info", NULL, test_relay);
  broker_add ("/broker/relay/B-GROUP-006/consume-directly", NULL, test_consume_directly);
  broker_add ("/broker/relay/B-GROUP-008/status", NULL, test_status);
  broker_add ("/broker/reset/correction", NULL, test_correction);
  return g_test_run ();
}
