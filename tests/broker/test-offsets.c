/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of groups and of queues.
 */
#include "wired-broker.h"

static int64_t
ask_offset (Wire *wire, const char *group, const char *topic, const char *queue_id, const char *zero, int *code)
{
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (wire, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, NULL, "consumerGroup", group, "topic", topic, "queueId",
                queue_id, zero != NULL ? "setZeroIfNotFound" : NULL, zero, NULL);

  *code = rmq_remoting_command_get_code (answer);
  return *code == RMQ_RESPONSE_SUCCESS ? wire_get_int (answer, "offset") : -1;
}

static int
commit (Wire *wire, const char *group, const char *topic, const char *queue_id, const char *offset)
{
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (wire, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, NULL, "consumerGroup", group, "topic", topic, "queueId",
                queue_id, offset != NULL ? "commitOffset" : NULL, offset, NULL);

  return rmq_remoting_command_get_code (answer);
}

static void
test_commit (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int code;

  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_cmpint (commit (wire, "g", "orders", "0", "7"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (commit (wire, "g", "orders", "1", "8"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (commit (wire, "h", "orders", "0", "9"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 7);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "1", NULL, &code), ==, 8);
  g_assert_cmpint (ask_offset (wire, "h", "orders", "0", NULL, &code), ==, 9);
  g_assert_cmpint (commit (wire, "g", "orders", "0", "3"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 3);
}

static void
test_commit_refused (void)
{
  const char *settings[] = { "autoCreateSubscriptionGroup", "false", NULL };
  WiredBroker fixture = { NULL };
  g_autoptr (RmqRemotingCommand) no_queue = NULL;
  g_autoptr (RmqRemotingCommand) pull = NULL;
  Wire *wire;

  wired_start (&fixture, false, settings);
  wire = wire_new (&fixture);
  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_cmpint (commit (wire, "g", "orders", "0", "1"), ==, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  pull = wired_pull (wire, "g", "orders", 0, 0, "*");
  wire_assert_code (pull, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  /* A heartbeat of that group is answered, and registers nothing. */
  wired_heartbeat (wire, "c1", "g", "orders", "*");
  g_clear_pointer (&pull, rmq_remoting_command_unref);
  pull = wired_pull (wire, "g", "orders", 0, 0, "*");
  wire_assert_code (pull, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  wire_free (wire);
  wired_stop (&fixture);
}

static void
test_commit_missing (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) no_queue = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_cmpint (commit (wire, "g", "nowhere", "0", "1"), ==, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  g_assert_cmpint (commit (wire, "g", "orders", "0", NULL), ==, RMQ_RESPONSE_INVALID_PARAMETER);
  no_queue = wire_ask (wire, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, NULL, "consumerGroup", "g", "topic", "orders",
                       "commitOffset", "1", NULL);
  wire_assert_code (no_queue, RMQ_RESPONSE_INVALID_PARAMETER);
}

static void
trim (RmqBrokerCore *core, void *data)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL ("orders"));

  /* As after the store dropped its oldest messages. */
  _rmq_broker_topic_get_queue (core, topic, 0)->min_offset = 1;
}

static void
test_not_found (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int code;

  wired_put (wire, "orders", 0, "x", NULL);
  wired_put (wire, "orders", 0, "y", NULL);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 0);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "1", NULL, &code), ==, 0);
  ask_offset (wire, "g", "orders", "0", "false", &code);
  g_assert_cmpint (code, ==, RMQ_RESPONSE_QUERY_NOT_FOUND);
  wired_call (self, trim, NULL);
  ask_offset (wire, "g", "orders", "0", NULL, &code);
  g_assert_cmpint (code, ==, RMQ_RESPONSE_QUERY_NOT_FOUND);
}

static int64_t
ask_queue (Wire *wire, int code, const char *topic, const char *queue_id, const char *field)
{
  g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, code, NULL, "topic", topic, "queueId", queue_id, NULL);

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  return wire_get_int (answer, field);
}

static void
test_queue (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int64_t first_ms = _rmq_clock_realtime_ms (self->clock);

  wired_put (wire, "orders", 0, "x", NULL);
  wired_advance (self, 1000);
  wired_put (wire, "orders", 0, "y", NULL);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MAX_OFFSET, "orders", "0", "offset"), ==, 2);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MIN_OFFSET, "orders", "0", "offset"), ==, 0);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_EARLIEST_MSG_STORETIME, "orders", "0", "timestamp"), ==, first_ms);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MAX_OFFSET, "orders", "1", "offset"), ==, 0);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MIN_OFFSET, "orders", "1", "offset"), ==, 0);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_EARLIEST_MSG_STORETIME, "orders", "1", "timestamp"), ==, -1);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MAX_OFFSET, "nowhere", "0", "offset"), ==, 0);
  g_assert_cmpint (ask_queue (wire, RMQ_REQUEST_GET_MIN_OFFSET, "nowhere", "0", "offset"), ==, 0);
}

static int64_t
search (Wire *wire, int64_t time_ms, const char *boundary)
{
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, time_ms);
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (wire, RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP, NULL, "topic", "orders", "queueId", "0", "timestamp",
                time, boundary != NULL ? "boundaryType" : NULL, boundary, NULL);

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  return wire_get_int (answer, "offset");
}

/* Stored at 0, 1000, 1000, 1000, 2000 milliseconds. */
static void
test_search (WiredBroker *self, gconstpointer data)
{
  static const struct
  {
    int64_t at;
    int64_t lower;
    int64_t upper;
  } cases[] = {
    { -1, 0, 0 }, { 0, 0, 0 }, { 1, 1, 0 }, { 1000, 1, 3 }, { 1001, 4, 3 }, { 2000, 4, 4 }, { 2001, 5, 4 },
  };
  g_autoptr (Wire) wire = wire_new (self);
  int64_t start = _rmq_clock_realtime_ms (self->clock);

  wired_put (wire, "orders", 1, "x", NULL);
  g_assert_cmpint (search (wire, start, NULL), ==, 0);
  wired_put (wire, "orders", 0, "0", NULL);
  wired_advance (self, 1000);
  for (int i = 1; i < 4; i++)
    wired_put (wire, "orders", 0, "1", NULL);
  wired_advance (self, 1000);
  wired_put (wire, "orders", 0, "2", NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("at %d", (int) cases[i].at);
      g_assert_cmpint (search (wire, start + cases[i].at, NULL), ==, cases[i].lower);
      g_assert_cmpint (search (wire, start + cases[i].at, "LOWER"), ==, cases[i].lower);
      g_assert_cmpint (search (wire, start + cases[i].at, "UPPER"), ==, cases[i].upper);
    }
}

static void
test_all (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autofree char *text = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_cmpint (commit (wire, "g", "orders", "2", "5"), ==, RMQ_RESPONSE_SUCCESS);
  answer = wire_ask (wire, RMQ_REQUEST_GET_ALL_CONSUMER_OFFSET, NULL, NULL);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  text = rmq_slice_dup (wire_get_body (answer));
  g_assert_nonnull (strstr (text, "\"offsetTable\":{\"orders@g\":{\"2\":5}}"));
}

static void
reset (RmqBrokerCore *core, void *data)
{
  _rmq_broker_offsets_reset (core->offsets, RMQ_SLICE_LITERAL ("g"), RMQ_SLICE_LITERAL ("orders"), 0, 1);
}

static void
test_reset (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) moved = NULL;
  g_autoptr (RmqRemotingCommand) served = NULL;
  int code;

  for (int i = 0; i < 3; i++)
    wired_put (wire, "orders", 0, "x", NULL);
  wired_call (self, reset, NULL);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 1);
  /* What is committed meanwhile is old. */
  g_assert_cmpint (commit (wire, "g", "orders", "0", "3"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 1);
  moved = wired_pull (wire, "g", "orders", 0, 3, "*");
  wire_assert_code (moved, RMQ_RESPONSE_PULL_OFFSET_MOVED);
  g_assert_cmpint (wire_get_int (moved, "nextBeginOffset"), ==, 1);
  served = wired_pull (wire, "g", "orders", 0, 1, "*");
  wire_assert_code (served, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (commit (wire, "g", "orders", "0", "3"), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (ask_offset (wire, "g", "orders", "0", NULL, &code), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/offsets/commit/B-OFFS-001", test_commit);
  g_test_add_func ("/broker/offsets/commit-refused/B-OFFS-002/B-MEMB-011", test_commit_refused);
  wired_add ("/broker/offsets/commit-missing/B-OFFS-002", test_commit_missing);
  wired_add ("/broker/offsets/not-found/B-OFFS-003", test_not_found);
  wired_add_manual ("/broker/offsets/queue/B-OFFS-004", test_queue);
  wired_add_manual ("/broker/offsets/search/B-OFFS-005/B-OFFS-006", test_search);
  wired_add ("/broker/offsets/all/B-OFFS-008", test_all);
  wired_add ("/broker/offsets/reset/B-RESET-001/B-RESET-002", test_reset);
  return g_test_run ();
}
