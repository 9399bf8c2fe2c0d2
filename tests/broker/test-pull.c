/* SPDX-License-Identifier: Apache-2.0
 *
 * Pulls: the table of offsets, the order of checks, filters, and waiting.
 */
#include "wired-broker.h"

#include "wire/rmq-record-private.h"

static void
assert_pull (Wire *wire, const char *topic, int64_t offset, int code, int64_t next)
{
  g_autoptr (RmqRemotingCommand) answer = wired_pull (wire, "g", topic, 0, offset, "*");

  wire_assert_code (answer, code);
  g_assert_cmpint (wire_get_int (answer, "nextBeginOffset"), ==, next);
  g_assert_cmpint (wire_get_int (answer, "suggestWhichBrokerId"), ==, 0);
  g_assert_cmpint (wire_get_int (answer, "minOffset"), >=, 0);
  g_assert_cmpint (wire_get_int (answer, "maxOffset"), >=, 0);
  g_assert_nonnull (rmq_remoting_command_get_remark (answer));
}

static void
test_table (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  for (int i = 0; i < 5; i++)
    wired_put (wire, "orders", 0, "x", NULL);
  wired_put (wire, "empty", 1, "x", NULL);
  assert_pull (wire, "orders", 0, RMQ_RESPONSE_SUCCESS, 5);
  assert_pull (wire, "orders", 4, RMQ_RESPONSE_SUCCESS, 5);
  assert_pull (wire, "orders", 5, RMQ_RESPONSE_PULL_NOT_FOUND, 5);
  assert_pull (wire, "orders", 6, RMQ_RESPONSE_PULL_OFFSET_MOVED, 5);
  assert_pull (wire, "empty", 0, RMQ_RESPONSE_PULL_NOT_FOUND, 0);
  assert_pull (wire, "empty", 3, RMQ_RESPONSE_PULL_OFFSET_MOVED, 0);
}

static void
test_limits (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autofree char *medium = g_strnfill (100 * 1024, 'm');
  g_autofree char *large = g_strnfill (1024 * 1024, 'l');
  g_autoptr (RmqRemotingCommand) many = NULL;
  g_autoptr (RmqRemotingCommand) some = NULL;
  g_autoptr (RmqRemotingCommand) one = NULL;

  for (int i = 0; i < 100; i++)
    wired_put (wire, "small", 0, "x", NULL);
  for (int i = 0; i < 5; i++)
    wired_put (wire, "medium", 0, medium, NULL);
  wired_put (wire, "large", 0, large, NULL);
  wired_put (wire, "large", 0, large, NULL);
  many = wired_pull (wire, "g", "small", 0, 0, "*");
  g_assert_cmpint (wire_get_int (many, "nextBeginOffset"), ==, 32);
  some = wired_pull (wire, "g", "medium", 0, 0, "*");
  g_assert_cmpint (wire_get_int (some, "nextBeginOffset"), ==, 2);
  one = wired_pull (wire, "g", "large", 0, 0, "*");
  g_assert_cmpint (wire_get_int (one, "nextBeginOffset"), ==, 1);
}

static RmqRemotingCommand *
pull_by_heartbeat (Wire *wire, const char *group, const char *topic, const char *queue_id, const char *version)
{
  return wire_ask (wire, RMQ_REQUEST_PULL_MESSAGE, NULL, "consumerGroup", group, "topic", topic, "queueId", queue_id,
                   "queueOffset", "0", "maxMsgNums", "32", "sysFlag", "0", "commitOffset", "0", "suspendTimeoutMillis",
                   "0", "subVersion", version, NULL);
}

static void
set_perm (RmqBrokerCore *core, void *data)
{
  _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL ("orders"))->perm = GPOINTER_TO_INT (data);
}

static void
disable_group (RmqBrokerCore *core, void *data)
{
  _rmq_broker_subscribers_find (core->subscribers, RMQ_SLICE_LITERAL ("g"))->consume_enable = false;
}

static void
forbid_topic (RmqBrokerCore *core, void *data)
{
  _rmq_broker_subscribers_set_forbidden (core->subscribers, RMQ_SLICE_LITERAL ("g"), RMQ_SLICE_LITERAL ("orders"),
                                         data != NULL);
}

#define assert_pull_code(wire, topic, queue_id, version, code)                                                         \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (RmqRemotingCommand) answer_ = pull_by_heartbeat (wire, "g", topic, queue_id, version);                  \
    wire_assert_code (answer_, code);                                                                                  \
  }                                                                                                                    \
  G_STMT_END

static void
test_checks (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) forbidden = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  wired_put (wire, "others", 0, "x", NULL);
  assert_pull_code (wire, "nowhere", "0", "0", RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_pull_code (wire, "orders", "4", "0", RMQ_RESPONSE_INVALID_PARAMETER);
  assert_pull_code (wire, "orders", "-1", "0", RMQ_RESPONSE_INVALID_PARAMETER);
  assert_pull_code (wire, "orders", "0", "0", RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST);
  wired_heartbeat (wire, "c1", "g", "orders", "*");
  g_clear_pointer (&forbidden, rmq_remoting_command_unref);
  assert_pull_code (wire, "others", "0", "0", RMQ_RESPONSE_SUBSCRIPTION_NOT_EXIST);
  assert_pull_code (wire, "orders", "0", "50", RMQ_RESPONSE_SUCCESS);
  assert_pull_code (wire, "orders", "0", "99999", RMQ_RESPONSE_SUBSCRIPTION_NOT_LATEST);

  wired_call (self, forbid_topic, self);
  forbidden = pull_by_heartbeat (wire, "g", "orders", "0", "0");
  wire_assert_code (forbidden, RMQ_RESPONSE_NO_PERMISSION);
  g_assert_cmpint (wire_get_int (forbidden, "forbiddenType"), ==, 5);
  wired_call (self, forbid_topic, NULL);
  assert_pull_code (wire, "orders", "0", "50", RMQ_RESPONSE_SUCCESS);

  wired_call (self, set_perm, GINT_TO_POINTER (RMQ_PERM_WRITE));
  g_clear_pointer (&forbidden, rmq_remoting_command_unref);
  forbidden = pull_by_heartbeat (wire, "g", "orders", "0", "0");
  wire_assert_code (forbidden, RMQ_RESPONSE_NO_PERMISSION);
  g_assert_cmpint (wire_get_int (forbidden, "forbiddenType"), ==, 3);
  /* The group is looked at before the topic. */
  wired_call (self, disable_group, NULL);
  g_clear_pointer (&forbidden, rmq_remoting_command_unref);
  forbidden = pull_by_heartbeat (wire, "g", "nowhere", "0", "0");
  wire_assert_code (forbidden, RMQ_RESPONSE_NO_PERMISSION);
  g_assert_cmpint (wire_get_int (forbidden, "forbiddenType"), ==, 2);
}

static void
test_commit (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) first = NULL;
  g_autoptr (RmqRemotingCommand) offset = NULL;

  for (int i = 0; i < 3; i++)
    wired_put (wire, "orders", 0, "x", NULL);
  first = wire_ask (wire, RMQ_REQUEST_PULL_MESSAGE, NULL, "consumerGroup", "g", "topic", "orders", "queueId", "0",
                    "queueOffset", "2", "maxMsgNums", "32", "sysFlag", "5", "commitOffset", "2", "suspendTimeoutMillis",
                    "0", "subscription", "*", "subVersion", "0", NULL);
  wire_assert_code (first, RMQ_RESPONSE_SUCCESS);
  offset = wire_ask (wire, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, NULL, "consumerGroup", "g", "topic", "orders", "queueId",
                     "0", NULL);
  g_assert_cmpint (wire_get_int (offset, "offset"), ==, 2);
}

static void
test_lite (WiredBroker *self, gconstpointer data)
{
  const char *settings[] = {
    "litePullMessageEnable", "false", "longPollingEnable", "false", "shortPollingTimeMills", "500", NULL
  };
  WiredBroker other = { NULL };
  g_autoptr (RmqRemotingCommand) refused = NULL;
  g_autoptr (RmqRemotingCommand) nothing = NULL;
  Wire *wire;

  wired_start (&other, true, settings);
  wire = wire_new (&other);
  wired_put (wire, "orders", 0, "x", NULL);
  refused = wire_ask (wire, RMQ_REQUEST_LITE_PULL_MESSAGE, NULL, "consumerGroup", "g", "topic", "orders", "queueId",
                      "0", "queueOffset", "0", "maxMsgNums", "32", "sysFlag", "20", "commitOffset", "0",
                      "suspendTimeoutMillis", "0", "subscription", "*", "subVersion", "0", NULL);
  wire_assert_code (refused, RMQ_RESPONSE_NO_PERMISSION);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 15000);
  wired_wait_held (&other, 1);
  wired_advance (&other, 600);
  nothing = wire_read (wire);
  wire_assert_code (nothing, RMQ_RESPONSE_PULL_NOT_FOUND);
  wire_free (wire);
  wired_stop (&other);
}

static void
read_pulled (RmqBrokerCore *core, void *data)
{
  *(int64_t *) data =
      _rmq_broker_offsets_get_pulled (core->offsets, RMQ_SLICE_LITERAL ("g"), RMQ_SLICE_LITERAL ("orders"), 0);
}

static void
test_pulled (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  int64_t pulled = -2;

  for (int i = 0; i < 40; i++)
    wired_put (wire, "orders", 0, "x", NULL);
  answer = wired_pull (wire, "g", "orders", 0, 0, "*");
  wired_call (self, read_pulled, &pulled);
  g_assert_cmpint (pulled, ==, 32);
}

/* --- filters ------------------------------------------------------------------------------------------------- */

static void
test_tags (WiredBroker *self, gconstpointer data)
{
  static const struct
  {
    const char *expression;
    const char *bodies;
  } cases[] = {
    { "*", "a1 b1 none a2 c1" }, { "A", "a1 a2" }, { "A || B", "a1 b1 a2" }, { "A||C", "a1 a2 c1" }, { "C", "c1" },
  };
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) none = NULL;

  wired_put (wire, "orders", 0, "a1", "TAGS\1A\2");
  wired_put (wire, "orders", 0, "b1", "TAGS\1B\2");
  wired_put (wire, "orders", 0, "none", "KEYS\1A\2");
  wired_put (wire, "orders", 0, "a2", "KEYS\1k\2TAGS\1A\2");
  wired_put (wire, "orders", 0, "c1", "TAGS\1C\2");
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_pull (wire, "g", "orders", 0, 0, cases[i].expression);
      g_autofree char *bodies = wired_bodies (answer);

      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      g_assert_cmpstr (bodies, ==, cases[i].bodies);
      g_assert_cmpint (wire_get_int (answer, "nextBeginOffset"), ==, 5);
    }
  none = wired_pull (wire, "g", "orders", 0, 0, "NOBODY");
  wire_assert_code (none, RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY);
  g_assert_cmpint (wire_get_int (none, "nextBeginOffset"), ==, 5);
}

static void
test_many_tags (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autofree char *bodies = NULL;

  wired_put (wire, "orders", 0, "no", "TAGS\1none\2");
  wired_put (wire, "orders", 0, "yes", "TAGS\1t11\2");
  answer = wired_pull (wire, "g", "orders", 0, 0, "t1||t2||t3||t4||t5||t6||t7||t8||t9||t10||t11||t12");
  bodies = wired_bodies (answer);
  g_assert_cmpstr (bodies, ==, "yes");
}

static void
test_long_stretch (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int64_t offset = 0;
  unsigned n = 0;

  for (int i = 0; i < 2000; i++)
    wired_put (wire, "orders", 0, "x", "TAGS\1other\2");
  wired_put (wire, "orders", 0, "mine", "TAGS\1mine\2");
  for (;;)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_pull (wire, "g", "orders", 0, offset, "mine");

      n++;
      offset = wire_get_int (answer, "nextBeginOffset");
      if (rmq_remoting_command_get_code (answer) == RMQ_RESPONSE_SUCCESS)
        break;
      wire_assert_code (answer, RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY);
    }
  g_assert_cmpint (offset, ==, 2001);
  g_assert_cmpuint (n, ==, 3);
}

/* --- waiting ------------------------------------------------------------------------------------------------- */

static void
test_hold (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) consumer = wire_new (self);
  g_autoptr (Wire) producer = wire_new (self);

  wired_put (producer, "orders", 0, "first", NULL);
  for (int i = 1; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);
      g_autofree char *bodies = NULL;
      g_autoptr (RmqRemotingCommand) answer = NULL;
      int opaque = wired_pull_send (consumer, "g", "orders", 0, i, "*", 15000);

      wired_wait_held (self, 1);
      wired_put (producer, "orders", 0, text, NULL);
      answer = wire_read (consumer);
      g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      bodies = wired_bodies (answer);
      g_assert_cmpstr (bodies, ==, text);
    }
}

static void
test_hold_race (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) consumer = wire_new (self);
  g_autoptr (Wire) producer = wire_new (self);

  wired_put (producer, "orders", 0, "first", NULL);
  for (int64_t offset = 1; offset < 2000;)
    {
      g_autoptr (RmqRemotingCommand) answer = NULL;

      wired_pull_send (consumer, "g", "orders", 0, offset, "*", 60000);
      wired_put (producer, "orders", 0, "x", NULL);
      answer = wire_read (consumer);
      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      offset = wire_get_int (answer, "nextBeginOffset");
    }
}

static void
test_hold_timeout (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;

  wired_put (wire, "orders", 0, "first", NULL);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 15000);
  wired_wait_held (self, 1);
  wired_advance (self, 14900);
  wire_assert_quiet (wire);
  wired_advance (self, 300);
  answer = wire_read (wire);
  wire_assert_code (answer, RMQ_RESPONSE_PULL_NOT_FOUND);
  g_assert_cmpint (wire_get_int (answer, "nextBeginOffset"), ==, 1);
}

static void
test_hold_filter (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) consumer = wire_new (self);
  g_autoptr (Wire) producer = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autofree char *bodies = NULL;

  wired_put (producer, "orders", 0, "first", NULL);
  wired_pull_send (consumer, "g", "orders", 0, 1, "A", 15000);
  wired_wait_held (self, 1);
  for (int i = 0; i < 5; i++)
    wired_put (producer, "orders", 0, "no", "TAGS\1B\2");
  wire_assert_quiet (consumer);
  wired_put (producer, "orders", 0, "yes", "TAGS\1A\2");
  answer = wire_read (consumer);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  bodies = wired_bodies (answer);
  g_assert_cmpstr (bodies, ==, "yes");
  g_assert_cmpint (wire_get_int (answer, "nextBeginOffset"), ==, 7);
}

static void
test_hold_groups (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) producer = wire_new (self);
  Wire *consumers[10];

  wired_put (producer, "orders", 0, "first", NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (consumers); i++)
    {
      g_autofree char *group = g_strdup_printf ("g%u", i);

      consumers[i] = wire_new (self);
      wired_pull_send (consumers[i], group, "orders", 0, 1, "*", 15000);
    }
  wired_wait_held (self, G_N_ELEMENTS (consumers));
  wired_put (producer, "orders", 0, "second", NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (consumers); i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wire_read (consumers[i]);

      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      wire_free (consumers[i]);
    }
}

static void
test_hold_disconnect (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) producer = wire_new (self);

  wired_put (producer, "orders", 0, "first", NULL);
  for (int i = 0; i < 200; i++)
    {
      Wire *consumer = wire_new (self);

      wired_pull_send (consumer, "g", "orders", 0, 1 + i, "*", 600000);
      if (i % 2 == 0)
        wire_assert_quiet (consumer);
      wire_free (consumer);
      wired_put (producer, "orders", 0, "x", NULL);
    }
  wired_wait_held (self, 0);
}

static void
test_hold_stop (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autoptr (GError) error = NULL;

  wired_put (wire, "orders", 0, "first", NULL);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 600000);
  wired_wait_held (self, 1);
  rmq_broker_server_stop (self->server, NULL, &error);
  g_assert_no_error (error);
  answer = wire_read (wire);
  wire_assert_code (answer, RMQ_RESPONSE_PULL_NOT_FOUND);
  wire_assert_closed (wire);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/pull/table/B-PULL-001/B-PULL-002/B-PULL-014", test_table);
  wired_add ("/broker/pull/limits/B-PULL-003", test_limits);
  wired_add ("/broker/pull/checks/B-PULL-004/B-PULL-005/B-PULL-006/B-PULL-013", test_checks);
  wired_add ("/broker/pull/commit/B-PULL-008", test_commit);
  wired_add ("/broker/pull/pulled/B-PULL-009", test_pulled);
  wired_add ("/broker/pull/lite/B-PULL-012/B-HOLD-003", test_lite);
  wired_add ("/broker/pull/tags/B-FILT-001/B-PULL-007/B-PULL-010", test_tags);
  wired_add ("/broker/pull/many-tags/B-FILT-001", test_many_tags);
  wired_add ("/broker/pull/long-stretch/B-PULL-011", test_long_stretch);
  wired_add ("/broker/pull/hold/B-HOLD-001", test_hold);
  wired_add ("/broker/pull/hold-race/B-HOLD-005", test_hold_race);
  wired_add_manual ("/broker/pull/hold-timeout/B-HOLD-002/B-TEST-006", test_hold_timeout);
  wired_add ("/broker/pull/hold-filter/B-HOLD-004", test_hold_filter);
  wired_add ("/broker/pull/hold-groups/B-HOLD-006", test_hold_groups);
  wired_add ("/broker/pull/hold-disconnect/B-HOLD-007", test_hold_disconnect);
  wired_add ("/broker/pull/hold-stop/B-HOLD-009", test_hold_stop);
  return g_test_run ();
}
