/* SPDX-License-Identifier: Apache-2.0
 *
 * The running state and the settings, as the tools see and change them.
 */
#include "broker-fixture.h"

#include "wire/rmq-cluster-body-private.h"

/* B-MISC-001: what clusterList and brokerStatus print. */
static void
test_runtime (BrokerFixture *self, const void *data)
{
  static const char *const keys[] = {
    "brokerVersion",       "brokerVersionDesc",        "bootTimestamp",           "putTps",
    "getTransferredTps",   "msgPutTotalTodayNow",      "msgPutTotalTodayMorning", "msgPutTotalYesterdayMorning",
    "msgGetTotalTodayNow", "commitLogMinOffset",       "commitLogMaxOffset",      "commitLogDiskRatio",
    "dispatchBehindBytes", "earliestMessageTimeStamp", "sendThreadPoolQueueSize", "pullThreadPoolQueueCapacity",
  };
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqKvTableBody) body = NULL;

  broker_add_topic (self, "orders", 1);
  sent = broker_send (client, "orders", 0, "m", "");
  broker_advance (self, 2000);
  reply = broker_call (client, RMQ_REQUEST_GET_BROKER_RUNTIME_INFO, RMQ_SLICE_NULL, NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_kv_table_body_decode (reply->frame.body, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_nonnull (_rmq_string_pairs_get (body->table, keys[i]));
  g_assert_cmpstr (_rmq_string_pairs_get (body->table, "msgPutTotalTodayNow"), ==, "1");
  g_assert_cmpstr (_rmq_string_pairs_get (body->table, "runtime"), ==, "2000");
  g_assert_cmpstr (_rmq_string_pairs_get (body->table, "putTps"), ==, "0.500 0.500 0.500");
  g_assert_cmpint (g_ascii_strtoll (_rmq_string_pairs_get (body->table, "earliestMessageTimeStamp"), NULL, 10), ==,
                   BROKER_EPOCH_MS);
}

/* An empty broker has no first message. */
static void
test_empty (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_GET_BROKER_RUNTIME_INFO, RMQ_SLICE_NULL, NULL);
  g_autoptr (RmqKvTableBody) body = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_kv_table_body_decode (reply->frame.body, NULL);
  g_assert_cmpstr (_rmq_string_pairs_get (body->table, "earliestMessageTimeStamp"), ==, "-1");
}

static void
assert_set (BrokerClient *client, const char *text, int code)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_UPDATE_BROKER_CONFIG, rmq_slice_from_string (text), NULL);

  broker_assert_code (reply, code);
}

static void
assert_has (BrokerClient *client, const char *line)
{
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_GET_BROKER_CONFIG, RMQ_SLICE_NULL, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  text = rmq_slice_dup (reply->frame.body);
  lines = g_strsplit (text, "\n", -1);
  if (!g_strv_contains ((const char *const *) lines, line))
    g_error ("no line %s in:\n%s", line, text);
}

/* B-MISC-002: the text of the settings is read and changed; all of a change is made, or nothing of it. */
static void
test_settings (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);

  assert_has (client, "brokerName=broker-a");
  assert_has (client, "transactionCheckMax=15");
  assert_set (client, "# how often\n\n  transactionCheckMax = 16 \r\nlitePullMessageEnable:false\n",
              RMQ_RESPONSE_SUCCESS);
  assert_has (client, "transactionCheckMax=16");
  assert_has (client, "litePullMessageEnable=false");
  assert_set (client, "transactionCheckMax=17\nlitePullMessageEnable=perhaps", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_set (client, "transactionCheckMax=17\nbrokerName=other", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_set (client, "transactionCheckMax=17\nbrokerConfigPath=x", RMQ_RESPONSE_NO_PERMISSION);
  assert_set (client, "configBlackList=", RMQ_RESPONSE_NO_PERMISSION);
  assert_has (client, "transactionCheckMax=16");
  /* What Java's broker has and this one not; what is as it was; nothing at all. */
  assert_set (client, "adminBrokerThreadPoolNums=4\nbrokerName=broker-a\ntransaction\\CheckMax=18",
              RMQ_RESPONSE_SUCCESS);
  assert_has (client, "transactionCheckMax=18");
  assert_set (client, "", RMQ_RESPONSE_SUCCESS);
  assert_set (client, "=\n:\n\\", RMQ_RESPONSE_SUCCESS);
}

/* The version rises with each change. */
static void
test_version (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) before = broker_call (client, RMQ_REQUEST_GET_BROKER_CONFIG, RMQ_SLICE_NULL, NULL);
  g_autoptr (BrokerReply) after = NULL;
  g_autofree char *first = broker_reply_dup (before, "version");
  g_autofree char *second = NULL;

  assert_set (client, "transactionCheckMax=16", RMQ_RESPONSE_SUCCESS);
  after = broker_call (client, RMQ_REQUEST_GET_BROKER_CONFIG, RMQ_SLICE_NULL, NULL);
  second = broker_reply_dup (after, "version");
  g_assert_nonnull (first);
  g_assert_nonnull (second);
  g_assert_cmpstr (first, !=, second);
}

/* B-MISC-003: clean-ups are answered; statistics are not kept. */
static void
test_clean_ups (BrokerFixture *self, const void *data)
{
  static const int codes[] = { RMQ_REQUEST_CLEAN_EXPIRED_CONSUMEQUEUE, RMQ_REQUEST_CLEAN_UNUSED_TOPIC,
                               RMQ_REQUEST_DELETE_EXPIRED_COMMITLOG };
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) stats = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (BrokerReply) reply = broker_call (client, codes[i], RMQ_SLICE_NULL, NULL);

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
  stats = broker_call (client, RMQ_REQUEST_VIEW_BROKER_STATS_DATA, RMQ_SLICE_NULL, "statsName", "TOPIC_PUT_NUMS",
                       "statsKey", "orders", NULL);
  broker_assert_code (stats, RMQ_RESPONSE_SYSTEM_ERROR);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/state/B-MISC-001/runtime", NULL, test_runtime);
  broker_add ("/broker/state/B-MISC-001/empty", NULL, test_empty);
  broker_add ("/broker/state/B-MISC-002/settings", NULL, test_settings);
  broker_add ("/broker/state/B-MISC-002/version", NULL, test_version);
  broker_add ("/broker/state/B-MISC-003/clean-ups", NULL, test_clean_ups);
  return g_test_run ();
}
