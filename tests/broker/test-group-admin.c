/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration of groups: settings and their pages, who is online, how far groups are.
 */
#include "broker-fixture.h"

#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-connection-body-private.h"
#include "wire/rmq-group-config-private.h"
#include "wire/rmq-stats-body-private.h"

#define TOPIC "orders"

static void
assert_update (BrokerClient *client, const char *body, int code)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, rmq_slice_from_string (body), NULL);

  broker_assert_code (reply, code);
}

static BrokerReply *
ask (BrokerClient *client, int code, const char *field, const char *group)
{
  return broker_call (client, code, RMQ_SLICE_NULL, field, group, NULL);
}

static void
assert_ask (BrokerClient *client, int code, const char *field, const char *group, int wanted)
{
  g_autoptr (BrokerReply) reply = ask (client, code, field, group);

  broker_assert_code (reply, wanted);
}

static void
commit (BrokerClient *client, const char *group, const char *offset)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, RMQ_SLICE_NULL, "consumerGroup", group, "topic", TOPIC,
                   "queueId", "0", "commitOffset", offset, NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static void
fill (BrokerFixture *self, BrokerClient *client, unsigned n)
{
  broker_add_topic (self, TOPIC, 1);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (BrokerReply) reply = broker_send (client, TOPIC, 0, "m", "");

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
    }
}

/* B-GROUP-001: made, changed, described, deleted. */
static void
test_settings (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqGroupConfigBody) config = NULL;

  assert_ask (client, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, "group", "g",
              RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  assert_update (client, "{\"groupName\":\"g\",\"retryMaxTimes\":3}", RMQ_RESPONSE_SUCCESS);
  assert_update (client, "{\"groupName\":\"g\",\"retryMaxTimes\":5,\"consumeEnable\":false}", RMQ_RESPONSE_SUCCESS);
  reply = ask (client, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, "group", "g");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  config = _rmq_group_config_body_decode (reply->frame.body, NULL);
  g_assert_cmpint (config->retry_max_times, ==, 5);
  g_assert_cmpint (config->retry_queues, ==, 1);
  g_assert_false (config->consume_enable);
  assert_update (client, "{\"groupName\":\"a b\"}", RMQ_RESPONSE_INVALID_PARAMETER);
  assert_update (client, "{\"retryMaxTimes\":3}", RMQ_RESPONSE_INVALID_PARAMETER);
  assert_update (client, "[", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_update (client, "", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_ask (client, RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP, "groupName", "g", RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP, "groupName", "g", RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, "group", "g",
              RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
}

/* B-GROUP-001: several at once; the first bad one ends it. */
static void
test_list (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) good =
      broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
                   RMQ_SLICE_LITERAL ("{\"groupConfigList\":[{\"groupName\":\"a\"},{\"groupName\":\"b\"}]}"), NULL);
  g_autoptr (BrokerReply) bad =
      broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
                   RMQ_SLICE_LITERAL ("{\"groupConfigList\":[{\"groupName\":\"\"},{\"groupName\":\"c\"}]}"), NULL);
  g_autoptr (BrokerReply) none =
      broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, RMQ_SLICE_LITERAL ("{}"), NULL);

  broker_assert_code (good, RMQ_RESPONSE_SUCCESS);
  broker_assert_code (bad, RMQ_RESPONSE_INVALID_PARAMETER);
  broker_assert_code (none, RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, "group", "b", RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_SUBSCRIPTIONGROUP_CONFIG, "group", "c",
              RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
}

/* (transfer full) The names of a page, joined; version: what the page says of itself. */
static char *
page (BrokerClient *client, const char *sequence, const char *max, char **version, int64_t *total)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, RMQ_SLICE_NULL, "groupSeq", sequence,
                   "maxGroupNum", max, "dataVersion", *version != NULL ? *version : "", NULL);
  g_autoptr (RmqGroupTableBody) body = NULL;
  GString *names = g_string_new (NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  *total = broker_reply_get (reply, "totalGroupNum");
  body = _rmq_group_table_body_decode (reply->frame.body, NULL);
  g_assert_nonnull (body);
  for (unsigned i = 0; i < body->configs->len; i++)
    g_string_append (names, ((RmqGroupConfigEntry *) g_ptr_array_index (body->configs, i))->name);
  g_free (*version);
  *version = _rmq_body_to_string (&_rmq_data_version_type, body->data_version);
  return g_string_free (names, FALSE);
}

/* B-GROUP-001: the table in pages; who began with another version begins again. */
static void
test_pages (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *version = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *behind = NULL;
  g_autofree char *again = NULL;
  g_autoptr (BrokerReply) whole = NULL;
  g_autoptr (RmqGroupTableBody) body = NULL;
  int64_t total;

  assert_update (client, "{\"groupName\":\"a\"}", RMQ_RESPONSE_SUCCESS);
  assert_update (client, "{\"groupName\":\"b\"}", RMQ_RESPONSE_SUCCESS);
  assert_update (client, "{\"groupName\":\"c\"}", RMQ_RESPONSE_SUCCESS);
  first = page (client, "0", "2", &version, &total);
  g_assert_cmpstr (first, ==, "ab");
  g_assert_cmpint (total, ==, 3);
  second = page (client, "2", "2", &version, &total);
  g_assert_cmpstr (second, ==, "c");
  behind = page (client, "2000000000", "-5", &version, &total);
  g_assert_cmpstr (behind, ==, "");
  assert_update (client, "{\"groupName\":\"d\"}", RMQ_RESPONSE_SUCCESS);
  again = page (client, "2", "2", &version, &total);
  g_assert_cmpstr (again, ==, "ab");
  whole = broker_call (client, RMQ_REQUEST_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, RMQ_SLICE_NULL, NULL);
  broker_assert_code (whole, RMQ_RESPONSE_SUCCESS);
  body = _rmq_group_table_body_decode (whole->frame.body, NULL);
  g_assert_cmpuint (body->configs->len, ==, 4);
}

/* B-GROUP-002: what 353 forbids, a pull is refused; it says what holds now. */
static void
test_forbid (BrokerFixture *self, const void *data)
{
  static const struct
  {
    const char *readable;
    int expected;
  } steps[] = { { NULL, 1 }, { "false", 0 }, { NULL, 0 }, { "true", 1 } };
  g_autoptr (BrokerClient) client = broker_client_new (self);

  broker_add_topic (self, TOPIC, 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (BrokerReply) reply =
          broker_call (client, RMQ_REQUEST_UPDATE_AND_GET_GROUP_FORBIDDEN, RMQ_SLICE_NULL, "group", "g", "topic", TOPIC,
                       steps[i].readable != NULL ? "readable" : NULL, steps[i].readable, NULL);
      g_autoptr (RmqGroupForbiddenBody) body = NULL;

      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
      body = _rmq_group_forbidden_body_decode (reply->frame.body, NULL);
      g_assert_cmpstr (body->group, ==, "g");
      g_assert_cmpstr (body->topic, ==, TOPIC);
      g_assert_cmpint (body->readable, ==, steps[i].expected);
    }
}

/* B-GROUP-003, B-GROUP-007: members and subscriptions of a group that is online. */
static void
test_consumers (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) member = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (BrokerReply) asked = NULL;
  g_autoptr (RmqConsumerConnectionBody) body = NULL;
  g_autoptr (RmqQuerySubscriptionBody) subscription = NULL;
  const RmqConnectionInfo *info;

  assert_ask (client, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST, "consumerGroup", "g", RMQ_RESPONSE_CONSUMER_NOT_ONLINE);
  broker_register_consumer (member, "c1", "g", TOPIC);
  reply = ask (client, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST, "consumerGroup", "g");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_consumer_connection_body_decode (reply->frame.body, NULL);
  g_assert_cmpuint (body->connections->len, ==, 1);
  info = g_ptr_array_index (body->connections, 0);
  g_assert_cmpstr (info->client_id, ==, "c1");
  g_assert_nonnull (info->address);
  g_assert_cmpuint (body->subscriptions->len, ==, 1);
  g_assert_cmpint (body->model, ==, RMQ_HEARTBEAT_CLUSTERING);
  g_assert_cmpint (body->consume_type, ==, RMQ_HEARTBEAT_CONSUME_PASSIVELY);
  asked = broker_call (client, RMQ_REQUEST_QUERY_SUBSCRIPTION_BY_CONSUMER, RMQ_SLICE_NULL, "group", "g", "topic", TOPIC,
                       NULL);
  subscription = _rmq_query_subscription_body_decode (asked->frame.body, NULL);
  g_assert_cmpstr (subscription->subscription->expression, ==, "*");
  g_clear_pointer (&member, broker_client_free);
  rmq_test_drain (self->context);
  assert_ask (client, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST, "consumerGroup", "g", RMQ_RESPONSE_CONSUMER_NOT_ONLINE);
}

/* B-GROUP-004: producers of a group, and of all. */
static void
test_producers (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (BrokerReply) all = NULL;
  g_autoptr (RmqProducerConnectionBody) body = NULL;
  g_autoptr (RmqProducerTableBody) table = NULL;

  assert_ask (client, RMQ_REQUEST_GET_PRODUCER_CONNECTION_LIST, "producerGroup", "p", RMQ_RESPONSE_SYSTEM_ERROR);
  broker_register_producer (client, "c1", "p");
  reply = ask (client, RMQ_REQUEST_GET_PRODUCER_CONNECTION_LIST, "producerGroup", "p");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_producer_connection_body_decode (reply->frame.body, NULL);
  g_assert_cmpstr (((RmqConnectionInfo *) g_ptr_array_index (body->connections, 0))->client_id, ==, "c1");
  all = broker_call (client, RMQ_REQUEST_GET_ALL_PRODUCER_INFO, RMQ_SLICE_NULL, NULL);
  table = _rmq_producer_table_body_decode (all->frame.body, NULL);
  g_assert_cmpuint (table->groups->len, ==, 1);
}

/* (transfer full) 208 */
static RmqConsumeStats *
stats (BrokerClient *client, const char *field, const char *value)
{
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_GET_CONSUME_STATS, RMQ_SLICE_NULL, "consumerGroup", "g", field, value, NULL);
  RmqConsumeStats *body;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_consume_stats_decode (reply->frame.body, NULL);
  g_assert_nonnull (body);
  return body;
}

/* B-GROUP-005: where a group is in its topics, by one name, by a list, or in all that it has read. */
static void
test_progress (BrokerFixture *self, const void *data)
{
  static const char *const asked[][2] = { { NULL, NULL }, { "topic", TOPIC }, { "topicList", "none;" TOPIC ";" } };
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerClient) member = broker_client_new (self);
  g_autoptr (RmqConsumeStats) elsewhere = NULL;

  fill (self, client, 3);
  commit (client, "g", "1");
  for (unsigned i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autoptr (RmqConsumeStats) body = stats (client, asked[i][0], asked[i][1]);
      const RmqConsumeOffset *offset;

      g_assert_cmpuint (body->offsets->len, ==, 1);
      offset = ((RmqConsumeOffsetEntry *) g_ptr_array_index (body->offsets, 0))->offset;
      g_assert_cmpint (offset->broker_offset, ==, 3);
      g_assert_cmpint (offset->consumer_offset, ==, 1);
      g_assert_cmpint (offset->pull_offset, ==, 1);
      g_assert_cmpint (offset->last_timestamp, ==, BROKER_EPOCH_MS);
      g_assert_cmpint (_rmq_consume_stats_lag (body), ==, 2);
    }
  /* A group that is online and reads other topics has left this one. */
  broker_register_consumer (member, "c1", "g", "other");
  elsewhere = stats (client, NULL, NULL);
  g_assert_cmpuint (elsewhere->offsets->len, ==, 0);
}

/* B-GROUP-005: of all groups at once. */
static void
test_all_progress (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqConsumeStatsList) body = NULL;

  fill (self, client, 3);
  commit (client, "g", "1");
  commit (client, "h", "3");
  reply = ask (client, RMQ_REQUEST_GET_BROKER_CONSUME_STATS, "isOrder", "false");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  body = _rmq_consume_stats_list_decode (reply->frame.body, NULL);
  g_assert_cmpuint (body->stats->len, ==, 2);
  g_assert_cmpint (body->total_diff, ==, 2);
  assert_ask (client, RMQ_REQUEST_GET_BROKER_CONSUME_STATS, NULL, NULL, RMQ_RESPONSE_SYSTEM_ERROR);
}

static int64_t
committed (BrokerFixture *self, const char *group)
{
  return _rmq_broker_offsets_get (self->core->offsets, rmq_slice_from_string (group), RMQ_SLICE_LITERAL (TOPIC), 0);
}

/* B-GROUP-007: offsets of one group become another's; the topics that a group has read. B-OFFS-007: they go with it
 * only when that is asked for. */
static void
test_offsets (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) clone = NULL;
  g_autoptr (BrokerReply) all = NULL;
  g_autoptr (BrokerReply) asked = NULL;
  g_autoptr (BrokerReply) kept = NULL;
  g_autoptr (BrokerReply) gone = NULL;
  g_autoptr (RmqTopicListBody) topics = NULL;

  fill (self, client, 3);
  commit (client, "g", "2");
  clone = broker_call (client, RMQ_REQUEST_CLONE_GROUP_OFFSET, RMQ_SLICE_NULL, "srcGroup", "g", "destGroup", "h",
                       "topic", TOPIC, "offline", "true", NULL);
  broker_assert_code (clone, RMQ_RESPONSE_SUCCESS);
  all = broker_call (client, RMQ_REQUEST_CLONE_GROUP_OFFSET, RMQ_SLICE_NULL, "srcGroup", "g", "destGroup", "i", NULL);
  broker_assert_code (all, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (committed (self, "h"), ==, 2);
  g_assert_cmpint (committed (self, "i"), ==, 2);
  asked = ask (client, RMQ_REQUEST_QUERY_TOPICS_BY_CONSUMER, "group", "h");
  topics = _rmq_topic_list_body_decode (asked->frame.body, NULL);
  g_assert_cmpuint (topics->topics->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (topics->topics, 0), ==, TOPIC);
  kept = broker_call (client, RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP, RMQ_SLICE_NULL, "groupName", "g", NULL);
  broker_assert_code (kept, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (committed (self, "g"), ==, 2);
  gone = broker_call (client, RMQ_REQUEST_DELETE_SUBSCRIPTIONGROUP, RMQ_SLICE_NULL, "groupName", "h", "cleanOffset",
                      "true", NULL);
  broker_assert_code (gone, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (committed (self, "h"), ==, RMQ_BROKER_NO_OFFSET);
}

/* Settings survive a restart. */
static void
test_restart (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  RmqGroupConfigBody *config;

  assert_update (client, "{\"groupName\":\"g\",\"retryMaxTimes\":7}", RMQ_RESPONSE_SUCCESS);
  broker_stop (self);
  broker_start (self);
  config = _rmq_broker_subscribers_find (self->core->subscribers, RMQ_SLICE_LITERAL ("g"));
  g_assert_nonnull (config);
  g_assert_cmpint (config->retry_max_times, ==, 7);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/group-admin/B-GROUP-001/settings", NULL, test_settings);
  broker_add ("/broker/group-admin/B-GROUP-001/list", NULL, test_list);
  broker_add ("/broker/group-admin/B-GROUP-001/pages", NULL, test_pages);
  broker_add ("/broker/group-admin/B-GROUP-002/forbid", NULL, test_forbid);
  broker_add ("/broker/group-admin/B-GROUP-003/consumers", NULL, test_consumers);
  broker_add ("/broker/group-admin/B-GROUP-004/producers", NULL, test_producers);
  broker_add ("/broker/group-admin/B-GROUP-005/progress", NULL, test_progress);
  broker_add ("/broker/group-admin/B-GROUP-005/all", NULL, test_all_progress);
  broker_add ("/broker/group-admin/B-GROUP-007/offsets", NULL, test_offsets);
  broker_add ("/broker/group-admin/B-TEST-002/restart", NULL, test_restart);
  return g_test_run ();
}
