/* SPDX-License-Identifier: Apache-2.0
 *
 * POP: what is taken, what comes again, who is woken.
 */
#include "pop-client.h"

#define LEASE_MS 60000
#define LATE_MS 200 /* timers have some accuracy */

static const PopArgs everything = { 0 };

/* A topic, a client, and that client closed before the broker stops. */
#define WITH_CLIENT(n_queues)                                                                                          \
  g_autoptr (BrokerClient) client = (broker_add_topic (self, POP_TOPIC, (n_queues)), broker_client_new (self))

static void
test_found (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (2);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autofree char *start = NULL;
  g_autofree char *offsets = NULL;

  pop_send (client, POP_TOPIC, 0, "a b");
  pop_send (client, POP_TOPIC, 1, "c");
  reply = pop_ask (client, &everything);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  start = broker_reply_dup (reply, "startOffsetInfo");
  offsets = broker_reply_dup (reply, "msgOffsetInfo");
  g_assert_cmpstr (start, ==, "0 0 0;0 1 0");
  g_assert_cmpstr (offsets, ==, "0 0 0,1;0 1 0");
  g_assert_cmpint (broker_reply_get (reply, "popTime"), ==, BROKER_EPOCH_MS);
  g_assert_cmpint (broker_reply_get (reply, "invisibleTime"), ==, LEASE_MS);
  g_assert_cmpint (broker_reply_get (reply, "reviveQid"), ==, 0);
  g_assert_cmpint (broker_reply_get (reply, "restNum"), ==, 0);
  messages = pop_read (reply, &everything);
  pop_assert (messages, "a b c");
  g_assert_cmpstr (rmq_message_get_property (messages->pdata[1], "POP_CK"), ==,
                   "0 1700000000000 60000 0 0 broker-a 0 1");
  /* Hidden from the group, not from others. */
  pop_expect (client, &everything, "");
  pop_expect (client, &(PopArgs){ .group = "other" }, "a b c");
  for (unsigned i = 0; i < 3; i++)
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "");
}

/* No more than was asked for, and than goes into an answer. */
static void
test_limits (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autofree char *large = g_strnfill (300000, 'x');
  g_autoptr (GPtrArray) messages = NULL;

  for (unsigned i = 0; i < 40; i++)
    pop_send (client, POP_TOPIC, 0, "m");
  pop_expect (client, &(PopArgs){ .max = "3" }, "m m m");
  messages = pop (client, &everything);
  g_assert_cmpuint (messages->len, ==, 32);
  pop_expect (client, &everything, "m m m m m");
  pop_send (client, POP_TOPIC, 0, large);
  pop_send (client, POP_TOPIC, 0, "m");
  pop_expect (client, &everything, large);
  pop_expect (client, &everything, "m");
}

static void
test_large (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autofree char *large = g_strnfill (4194304, 'x');

  pop_send (client, POP_TOPIC, 0, large);
  pop_expect (client, &everything, large);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, large);
}

static void
test_again (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autofree char *id = NULL;

  pop_send (client, POP_TOPIC, 0, "a");
  {
    g_autoptr (GPtrArray) first = pop (client, &everything);

    pop_assert (first, "a");
    g_assert_cmpint (rmq_message_get_reconsume_times (first->pdata[0]), ==, 0);
    id = g_strdup (rmq_message_get_unique_id (first->pdata[0]));
  }
  for (int times = 1; times <= 3; times++)
    {
      g_autofree char *handle = g_strdup_printf ("%d %" G_GINT64_FORMAT " 60000 0 1 broker-a 0 %d", times - 1,
                                                 BROKER_EPOCH_MS + (int64_t) times * (LEASE_MS + LATE_MS), times - 1);
      g_autoptr (GPtrArray) messages = NULL;
      RmqMessage *message;

      broker_advance (self, LEASE_MS - 1);
      pop_expect (client, &everything, "");
      broker_advance (self, LATE_MS + 1);
      messages = pop (client, &everything);
      pop_assert (messages, "a");
      message = messages->pdata[0];
      g_assert_cmpint (rmq_message_get_reconsume_times (message), ==, times);
      g_assert_cmpstr (rmq_message_get_topic (message), ==, POP_TOPIC);
      g_assert_cmpstr (rmq_message_get_property (message, "POP_CK"), ==, handle);
      g_assert_cmpstr (rmq_message_get_property (message, "1ST_POP_TIME"), ==, "1700000000000");
      g_assert_cmpstr (rmq_message_get_property (message, "ORIGIN_GROUP"), ==, POP_GROUP);
      g_assert_cmpstr (rmq_message_get_property (message, "colour"), ==, "red");
      g_assert_cmpstr (rmq_message_get_tag (message), ==, "T");
      g_assert_cmpstr (rmq_message_get_property (message, "KEYS"), ==, "k");
      g_assert_cmpstr (rmq_message_get_unique_id (message), ==, id);
      g_assert_cmpint (rmq_message_get_flag (message), ==, 7);
      if (times == 3)
        g_assert_cmpint (pop_ack (client, POP_GROUP, message), ==, RMQ_RESPONSE_SUCCESS);
    }
  broker_advance (self, 10 * LEASE_MS);
  pop_expect (client, &everything, "");
}

/* One after the other, at the end of its time the last one only. */
static void
test_all_but_one (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c d");
  messages = pop (client, &everything);
  for (unsigned i = 0; i < 4; i++)
    if (i != 2)
      g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  /* Too late: it does nothing, and is no error. */
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[2]), ==, RMQ_RESPONSE_SUCCESS);
  pop_expect (client, &everything, "c");
}

/* Whatever is acknowledged or not, in the end each message was, and none was lost. */
static void
test_nothing_lost (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (3);
  g_autoptr (GHashTable) open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  uint64_t random = 7;
  unsigned n_sent = 0;

  for (unsigned round = 0; round < 400 || g_hash_table_size (open) > 0; round++)
    {
      g_autofree char *max = g_strdup_printf ("%u", (unsigned) (1 + rmq_test_random_below (&random, 32)));
      g_autoptr (GPtrArray) messages = NULL;

      g_assert_cmpuint (round, <, 5000);
      for (unsigned i = 0; round < 400 && i < rmq_test_random_below (&random, 6); i++)
        {
          g_autofree char *body = g_strdup_printf ("m%u", n_sent++);

          pop_send (client, POP_TOPIC, (int) rmq_test_random_below (&random, 3), body);
          g_hash_table_add (open, g_steal_pointer (&body));
        }
      messages = pop (client, &(PopArgs){ .max = max, .invisible = "5000" });
      for (unsigned i = 0; i < messages->len; i++)
        {
          GBytes *bytes = rmq_message_get_body (messages->pdata[i]);
          g_autofree char *body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

          if (rmq_test_random_below (&random, 3) == 0)
            continue;
          g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
          g_assert_true (g_hash_table_remove (open, body));
        }
      broker_advance (self, (int64_t) rmq_test_random_below (&random, 3000));
    }
  broker_advance (self, LEASE_MS);
  pop_expect (client, &everything, "");
}

static void
test_ack_errors (BrokerFixture *self, const void *data)
{
  static const char handle[] = "0 1700000000000 60000 0 0 broker-a 0 0";
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b c");
  pop_expect (client, &everything, "a b c");
  g_assert_cmpint (pop_ack_with (client, "nowhere", "0", "0", handle), ==, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "1", "0", handle), ==, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "-1", "0", handle), ==, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "-1", handle), ==, RMQ_RESPONSE_NO_MESSAGE);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "4", handle), ==, RMQ_RESPONSE_NO_MESSAGE);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "0", "1 2"), ==, RMQ_RESPONSE_SYSTEM_ERROR);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "0", "0 1 2 0 0 broker-a 0 0"), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "a b c");
}

static int
batch_ack (BrokerClient *client, const char *acks)
{
  g_autofree char *body = g_strdup_printf ("{\"acks\":[%s],\"brokerName\":\"broker-a\"}", acks);
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_BATCH_ACK_MESSAGE, rmq_slice_from_string (body), NULL);

  g_assert_nonnull (reply);
  return reply->frame.code;
}

static void
test_batch_ack (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b c d");
  pop_expect (client, &everything, "a b c d");
  g_assert_cmpint (batch_ack (client, ""), ==, RMQ_RESPONSE_NO_MESSAGE);
  /* Bits 0, 2 and 9, which is out of range; a queue and a topic that are not there. */
  g_assert_cmpint (batch_ack (client, "{\"c\":\"CG\",\"t\":\"orders\",\"r\":\"0\",\"so\":0,\"q\":0,\"rq\":0,"
                                      "\"pt\":1700000000000,\"it\":60000,\"b\":\"BQI=\"},"
                                      "{\"c\":\"CG\",\"t\":\"orders\",\"r\":\"0\",\"so\":0,\"q\":7,\"rq\":0,"
                                      "\"pt\":1700000000000,\"it\":60000,\"b\":\"AQ==\"},"
                                      "{\"c\":\"CG\",\"t\":\"nowhere\",\"r\":\"0\",\"so\":0,\"q\":0,\"rq\":0,"
                                      "\"pt\":1700000000000,\"it\":60000,\"b\":\"AQ==\"}"),
                   ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "b d");
  /* From the retry topic, by its flag. */
  g_assert_cmpint (batch_ack (client, "{\"c\":\"CG\",\"t\":\"orders\",\"r\":\"1\",\"so\":0,\"q\":0,\"rq\":0,"
                                      "\"pt\":1700000060200,\"it\":60000,\"b\":\"AQ==\"}"),
                   ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "d");
}

static void
test_change (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  g_autofree char *handle = NULL;

  pop_send (client, POP_TOPIC, 0, "a b");
  messages = pop (client, &everything);
  broker_advance (self, 1000);
  reply = pop_change (client, POP_GROUP, messages->pdata[0], 10000, NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "popTime"), ==, BROKER_EPOCH_MS + 1000);
  g_assert_cmpint (broker_reply_get (reply, "invisibleTime"), ==, 10000);
  handle = pop_changed_handle (reply, messages->pdata[0]);
  /* The old handle is dead. */
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 10000 + LATE_MS);
  pop_expect (client, &(PopArgs){ .invisible = "1000" }, "a");
  /* Its time is over as well, and so is that of the one after it. */
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "0", handle), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 1000 + LATE_MS);
  {
    g_autoptr (GPtrArray) again = pop (client, &everything);
    g_autoptr (BrokerReply) changed = NULL;
    g_autofree char *new_handle = NULL;

    pop_assert (again, "a");
    g_assert_cmpint (rmq_message_get_reconsume_times (again->pdata[0]), ==, 2);
    changed = pop_change (client, POP_GROUP, again->pdata[0], 5000, NULL);
    new_handle = pop_changed_handle (changed, again->pdata[0]);
    g_assert_cmpint (pop_ack_with (client, "%RETRY%CG_orders", "0", "1", new_handle), ==, RMQ_RESPONSE_SUCCESS);
  }
  broker_advance (self, 3 * LEASE_MS);
  pop_expect (client, &everything, "b");
}

static void
test_change_limits (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (BrokerReply) outside = NULL;
  g_autoptr (BrokerReply) acked = NULL;

  pop_send (client, POP_TOPIC, 0, "a");
  messages = pop (client, &everything);
  outside = broker_call (client, RMQ_REQUEST_CHANGE_MESSAGE_INVISIBLETIME, RMQ_SLICE_NULL, "consumerGroup", POP_GROUP,
                         "topic", POP_TOPIC, "queueId", "0", "offset", "1", "extraInfo",
                         "0 1700000000000 60000 0 0 broker-a 0 1", "invisibleTime", "1000", NULL);
  broker_assert_code (outside, RMQ_RESPONSE_NO_MESSAGE);
  /* What was acknowledged does not come back by that. */
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  acked = pop_change (client, POP_GROUP, messages->pdata[0], 1000, NULL);
  broker_assert_code (acked, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 1000 + LATE_MS);
  pop_expect (client, &everything, "");
}

static void
test_suspend (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (BrokerReply) reply = NULL;

  pop_send (client, POP_TOPIC, 0, "a");
  messages = pop (client, &everything);
  reply = pop_change (client, POP_GROUP, messages->pdata[0], 1000, "true");
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, 1000 + LATE_MS);
  again = pop (client, &everything);
  pop_assert (again, "a");
  g_assert_cmpint (rmq_message_get_reconsume_times (again->pdata[0]), ==, 0);
}

static void
assert_refused (BrokerClient *client, const PopArgs *args, int code)
{
  g_autoptr (BrokerReply) reply = pop_ask (client, args);

  broker_assert_code (reply, code);
}

static void
test_errors (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autofree char *late = g_strdup_printf ("%" G_GINT64_FORMAT, BROKER_EPOCH_MS - 2000);
  g_autofree char *in_time = g_strdup_printf ("%" G_GINT64_FORMAT, BROKER_EPOCH_MS - 1400);
  RmqGroupConfigBody *config;

  assert_refused (client, &(PopArgs){ .max = "33" }, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_refused (client, &(PopArgs){ .queue_id = "1" }, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_refused (client, &(PopArgs){ .topic = "nowhere" }, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_refused (client, &(PopArgs){ .type = "SQL92", .expression = "a = = 1" },
                  RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  assert_refused (client, &(PopArgs){ .expression = "||" }, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  assert_refused (client, &(PopArgs){ .born = late, .poll = "1000" }, RMQ_RESPONSE_POLLING_TIMEOUT);
  pop_send (client, POP_TOPIC, 0, "a");
  pop_expect (client, &(PopArgs){ .born = in_time, .poll = "1000" }, "a");

  _rmq_broker_topics_ensure (self->core->topics, RMQ_SLICE_LITERAL ("write-only"), 1, RMQ_PERM_WRITE);
  assert_refused (client, &(PopArgs){ .topic = "write-only" }, RMQ_RESPONSE_NO_PERMISSION);
  config = _rmq_broker_subscribers_find (self->core->subscribers, RMQ_SLICE_LITERAL (POP_GROUP));
  config->consume_enable = false;
  assert_refused (client, &everything, RMQ_RESPONSE_NO_PERMISSION);
}

static void
test_unknown_group (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  assert_refused (client, &everything, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
}

/* --- waiting --------------------------------------------------------------------------------------------------- */

static void
assert_woken (BrokerClient *client, const PopArgs *args, const char *bodies)
{
  g_autoptr (BrokerReply) reply = broker_take (client);
  g_autoptr (GPtrArray) messages = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  messages = pop_read (reply, args);
  pop_assert (messages, bodies);
}

static void
test_wait (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .poll = "15000", .expression = "T" };
  static const PopArgs one_queue = { .poll = "15000", .queue_id = "1" };
  WITH_CLIENT (2);
  g_autoptr (BrokerClient) sender = broker_client_new (self);
  g_autoptr (BrokerReply) other = NULL;
  g_autoptr (BrokerReply) timeout = NULL;

  g_assert_null (pop_ask (client, &args));
  other = broker_send (sender, POP_TOPIC, 1, "no", "TAGS=other");
  g_assert_null (broker_take (client));
  pop_send (sender, POP_TOPIC, 1, "yes");
  assert_woken (client, &args, "yes");

  g_assert_null (pop_ask (client, &one_queue));
  pop_send (sender, POP_TOPIC, 0, "elsewhere");
  g_assert_null (broker_take (client));
  pop_send (sender, POP_TOPIC, 1, "here");
  assert_woken (client, &one_queue, "here");

  pop_expect (client, &everything, "elsewhere");
  g_assert_null (pop_ask (client, &args));
  broker_advance (self, 14000);
  g_assert_null (broker_take (client));
  broker_advance (self, 1100);
  timeout = broker_take (client);
  broker_assert_code (timeout, RMQ_RESPONSE_POLLING_TIMEOUT);
}

/* At the topic, and at one of its queues. */
static void
test_wait_for_retry (BrokerFixture *self, const void *data)
{
  static const char *const queues[] = { "-1", "1" };
  WITH_CLIENT (2);

  for (unsigned i = 0; i < G_N_ELEMENTS (queues); i++)
    {
      PopArgs args = { .poll = "15000", .queue_id = queues[i] };
      g_autoptr (GPtrArray) messages = NULL;
      g_autoptr (BrokerReply) reply = NULL;

      pop_send (client, POP_TOPIC, 0, "a");
      pop_expect (client, &(PopArgs){ .invisible = "5000" }, "a");
      g_assert_null (pop_ask (client, &args));
      broker_advance (self, 5000 + LATE_MS);
      reply = broker_take (client);
      broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
      messages = pop_read (reply, &args);
      pop_assert (messages, "a");
      g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
    }
}

/* A waiting pop goes on behind a long stretch that does not pass, in the same turn. */
static void
test_wait_behind_others (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .poll = "15000", .expression = "wanted" };
  WITH_CLIENT (1);
  g_autoptr (BrokerReply) reply = NULL;

  for (unsigned i = 0; i < 300; i++)
    pop_send (client, POP_TOPIC, 0, "no");
  reply = broker_send (client, POP_TOPIC, 0, "yes", "TAGS=wanted");
  pop_expect (client, &args, "yes");
}

static void
test_wait_gone (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .poll = "15000" };
  WITH_CLIENT (1);
  g_autoptr (BrokerReply) reply = NULL;
  BrokerClient *closed = broker_client_new (self);

  g_assert_null (pop_ask (closed, &args));
  broker_client_free (closed);
  g_assert_null (pop_ask (client, &args));
  _rmq_broker_topics_delete (self->core->topics,
                             _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL (POP_TOPIC)));
  reply = broker_take (client);
  broker_assert_code (reply, RMQ_RESPONSE_POLLING_TIMEOUT);
}

static int64_t
ask_polls (BrokerClient *client, const char *queue_id)
{
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_POLLING_INFO, RMQ_SLICE_NULL, "topic", POP_TOPIC,
                                               "consumerGroup", POP_GROUP, "queueId", queue_id, NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  return broker_reply_get (reply, "pollingNum");
}

static void
test_polls (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .poll = "15000" };
  WITH_CLIENT (1);

  g_assert_cmpint (ask_polls (client, "-1"), ==, 0);
  g_assert_null (pop_ask (client, &args));
  g_assert_null (pop_ask (client, &args));
  g_assert_cmpint (ask_polls (client, "-1"), ==, 2);
  g_assert_cmpint (ask_polls (client, "0"), ==, 0);
  assert_refused (client, &args, RMQ_RESPONSE_POLLING_FULL); /* of this queue */
  g_assert_null (pop_ask (client, &(PopArgs){ .poll = "15000", .queue_id = "0" }));
  assert_refused (client, &(PopArgs){ .poll = "15000", .group = "other" }, RMQ_RESPONSE_POLLING_FULL); /* of all */
  broker_advance (self, 20000);
  g_assert_cmpint (ask_polls (client, "-1"), ==, 0);
  g_assert_null (pop_ask (client, &args));
}

/* --- where it begins ------------------------------------------------------------------------------------------- */

static void
test_init_mode (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b c");
  pop_expect (client, &(PopArgs){ .group = "first" }, "a b c");
  /* Java takes the last message, too. */
  pop_expect (client, &(PopArgs){ .group = "last", .init_mode = "1" }, "c");
  pop_expect (client, &(PopArgs){ .group = "last", .init_mode = "1" }, "");
  pop_send (client, POP_TOPIC, 0, "d");
  pop_expect (client, &(PopArgs){ .group = "last", .init_mode = "1" }, "d");
  /* A retry topic is read from its beginning. */
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &(PopArgs){ .group = "last", .init_mode = "1" }, "c d");
}

static void
test_young_queue (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b");
  pop_expect (client, &(PopArgs){ .init_mode = "1" }, "a b");
}

static void
test_queues (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (3);
  g_autoptr (GHashTable) first = g_hash_table_new (NULL, NULL);

  for (int i = 0; i < 3; i++)
    pop_send (client, POP_TOPIC, i, "m m m m m");
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) messages = pop (client, &(PopArgs){ .max = "2" });

      g_hash_table_add (first, GINT_TO_POINTER (rmq_message_get_queue_id (messages->pdata[0]) + 1));
    }
  g_assert_cmpuint (g_hash_table_size (first), ==, 3);
  pop_expect (client, &(PopArgs){ .queue_id = "1" }, "m m m");
  pop_expect (client, &(PopArgs){ .queue_id = "1" }, "");
  pop_expect (client, &everything, "m m m m m m");
}

static void
test_priority (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (3);
  RmqBrokerTopic *topic = _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL (POP_TOPIC));

  _rmq_string_pairs_add (topic->attributes, "message.type", "PRIORITY");
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr (BrokerReply) low = broker_send (client, POP_TOPIC, 1, "low", "_SYS_MSG_PRIORITY_=0");
      g_autoptr (BrokerReply) high = broker_send (client, POP_TOPIC, 1, "high", "_SYS_MSG_PRIORITY_=9");
      g_autoptr (BrokerReply) middle = broker_send (client, POP_TOPIC, 0, "middle", "_SYS_MSG_PRIORITY_=1");

      pop_expect (client, &(PopArgs){ .max = "2" }, "high middle");
    }
  pop_expect (client, &everything, "low low low");
}

static int64_t
get_committed (BrokerClient *client, const char *group)
{
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, RMQ_SLICE_NULL, "topic",
                                               POP_TOPIC, "consumerGroup", group, "queueId", "0", NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  return broker_reply_get (reply, "offset");
}

static void
test_beside_pull (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  RmqRecord record;
  g_autoptr (BrokerReply) pulled = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c");
  pop_expect (client, &(PopArgs){ .max = "2" }, "a b");
  g_assert_cmpint (get_committed (client, POP_GROUP), ==, 2);
  pulled = broker_pull (client, POP_TOPIC, 0, 0, &record);
  broker_assert_code (pulled, RMQ_RESPONSE_SUCCESS);
  pop_expect (client, &everything, "c");
}

static void
test_filter (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .type = "SQL92", .expression = "price > 10 AND colour IN ('red', 'blue')" };
  static const char *const properties[] = { "price=9;colour=red", "price=11;colour=red", "price=12;colour=green",
                                            "price=x;colour=blue", "price=13;colour=blue" };
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autofree char *body = g_strdup_printf ("%u", i);
      g_autoptr (BrokerReply) reply = broker_send (client, POP_TOPIC, 0, body, properties[i]);
    }
  messages = pop (client, &args);
  pop_assert (messages, "1 4");
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[1]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &args, "1");
  pop_expect (client, &everything, "");
}

/* --- only looking ---------------------------------------------------------------------------------------------- */

static BrokerReply *
peek (BrokerClient *client, const char *topic, const char *queue_id)
{
  return broker_call (client, RMQ_REQUEST_PEEK_MESSAGE, RMQ_SLICE_NULL, "topic", topic, "consumerGroup", POP_GROUP,
                      "queueId", queue_id, "maxMsgNums", "2", NULL);
}

static void
test_peek (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (BrokerReply) nothing = peek (client, POP_TOPIC, "-1");
  g_autoptr (BrokerReply) some = NULL;
  g_autoptr (BrokerReply) no_queue = peek (client, POP_TOPIC, "1");
  g_autoptr (BrokerReply) no_topic = peek (client, "nowhere", "-1");

  broker_assert_code (nothing, RMQ_RESPONSE_PULL_NOT_FOUND);
  broker_assert_code (no_queue, RMQ_RESPONSE_INVALID_PARAMETER);
  broker_assert_code (no_topic, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  pop_send (client, POP_TOPIC, 0, "a b c");
  for (unsigned i = 0; i < 2; i++)
    {
      some = peek (client, POP_TOPIC, "0");
      broker_assert_code (some, RMQ_RESPONSE_SUCCESS);
      g_assert_cmpint (broker_reply_get (some, "restNum"), ==, 3);
      g_assert_cmpuint (some->frame.body.len, >, 200);
      g_clear_pointer (&some, broker_reply_free);
    }
  pop_expect (client, &everything, "a b c");
}

static BrokerReply *
notify (BrokerClient *client, const char *poll, const char *expression)
{
  return broker_call (client, RMQ_REQUEST_NOTIFICATION, RMQ_SLICE_NULL, "topic", POP_TOPIC, "consumerGroup", POP_GROUP,
                      "queueId", "-1", "pollTime", poll, "bornTime", "0", expression != NULL ? "exp" : "-",
                      expression != NULL ? expression : "", NULL);
}

static void
assert_notified (BrokerReply *reply, const char *has_message)
{
  g_autofree char *text = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  text = broker_reply_dup (reply, "hasMsg");
  g_assert_cmpstr (text, ==, has_message);
  broker_reply_free (reply);
}

static void
test_notification (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (BrokerReply) bad = NULL;

  assert_notified (notify (client, "0", NULL), "false");
  g_assert_null (notify (client, "10000", NULL));
  pop_send (client, POP_TOPIC, 0, "a");
  assert_notified (broker_take (client), "true");
  assert_notified (notify (client, "0", NULL), "true");
  assert_notified (notify (client, "0", "T"), "true");
  assert_notified (notify (client, "0", "other"), "false");
  bad = notify (client, "0", "||");
  broker_assert_code (bad, RMQ_RESPONSE_SUBSCRIPTION_PARSE_FAILED);
  pop_expect (client, &everything, "a");
  assert_notified (notify (client, "0", NULL), "false");
  g_assert_null (notify (client, "10000", NULL));
  broker_advance (self, 11000);
  assert_notified (broker_take (client), "false");
  /* What comes again counts. */
  broker_advance (self, LEASE_MS);
  assert_notified (notify (client, "0", NULL), "true");
}

/* --- what lasts ------------------------------------------------------------------------------------------------ */

static void
test_restart (BrokerFixture *self, const void *data)
{
  {
    WITH_CLIENT (1);
    g_autoptr (GPtrArray) messages = NULL;

    pop_send (client, POP_TOPIC, 0, "a b c");
    messages = pop (client, &everything);
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[1]), ==, RMQ_RESPONSE_SUCCESS);
  }
  broker_stop (self);
  broker_advance (self, 1000);
  broker_start (self);
  {
    g_autoptr (BrokerClient) client = broker_client_new (self);

    pop_expect (client, &everything, "");
    broker_advance (self, LEASE_MS - 1000 + LATE_MS);
    pop_expect (client, &everything, "a c");
  }
  /* And what became due meanwhile. */
  broker_stop (self);
  broker_advance (self, 2 * LEASE_MS);
  broker_start (self);
  {
    g_autoptr (BrokerClient) client = broker_client_new (self);

    broker_advance (self, 1);
    pop_expect (client, &everything, "a c");
  }
}

static void
count_state (const char *key, GBytes *value, void *data)
{
  (*(unsigned *) data)++;
}

/* Leases and positions are in the store before anything else happens: a broker that is killed knows both. */
static void
test_written_at_once (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  unsigned n_leases = 0;
  unsigned n_positions = 0;

  pop_send (client, POP_TOPIC, 0, "a b");
  _rmq_broker_store_each_state (self->store, RMQ_STATE_OFFSETS, count_state, &n_positions);
  g_assert_cmpuint (n_positions, ==, 0);
  pop_expect (client, &everything, "a b");
  _rmq_broker_store_each_state (self->store, RMQ_STATE_OFFSETS, count_state, &n_positions);
  _rmq_broker_store_each_state (self->store, "pop-leases", count_state, &n_leases);
  g_assert_cmpuint (n_positions, ==, 1);
  g_assert_cmpuint (n_leases, ==, 1);
}

static void
test_reset (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "0 1 2 3 4 5 6 7 8 9");
  messages = pop (client, &everything);
  _rmq_broker_offsets_reset (self->core->offsets, RMQ_SLICE_LITERAL (POP_GROUP), RMQ_SLICE_LITERAL (POP_TOPIC), 0, 4);
  broker_advance (self, 1);
  pop_expect (client, &everything, "4 5 6 7 8 9");
  for (unsigned i = 0; i < messages->len; i++)
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "4 5 6 7 8 9");
}

static void
test_retry_v2 (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "a");
  pop_expect (client, &everything, "a");
  broker_advance (self, LEASE_MS + LATE_MS);
  messages = pop (client, &everything);
  pop_assert (messages, "a");
  g_assert_cmpstr (rmq_message_get_property (messages->pdata[0], "POP_CK"), ==,
                   "0 1700000060200 60000 0 2 broker-a 0 0");
  g_assert_nonnull (_rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL ("%RETRY%CG+orders")));
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "");
}

/* A topic that is made anew has nothing to do with the one before. */
static void
test_deleted (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b");
  pop_expect (client, &(PopArgs){ .max = "1" }, "a");
  broker_advance (self, LEASE_MS + LATE_MS);
  g_assert_nonnull (_rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL ("%RETRY%CG_orders")));
  pop_expect (client, &everything, "b a");
  _rmq_broker_topics_delete (self->core->topics,
                             _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL (POP_TOPIC)));
  g_assert_null (_rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL ("%RETRY%CG_orders")));
  broker_add_topic (self, POP_TOPIC, 1);
  broker_advance (self, LEASE_MS + LATE_MS);
  pop_expect (client, &everything, "");
  pop_send (client, POP_TOPIC, 0, "c");
  pop_expect (client, &everything, "c");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  broker_add ("/pop/B-POP-001/found", NULL, test_found);
  broker_add ("/pop/B-POP-001/limits", NULL, test_limits);
  broker_add ("/pop/B-POP-018/large", NULL, test_large);
  broker_add ("/pop/B-POP-002,B-POP-003/again", NULL, test_again);
  broker_add ("/pop/B-POP-004/all-but-one", NULL, test_all_but_one);
  broker_add ("/pop/B-POP-005/nothing-lost", NULL, test_nothing_lost);
  broker_add ("/pop/B-POP-006/ack-errors", NULL, test_ack_errors);
  broker_add ("/pop/B-POP-007/batch-ack", NULL, test_batch_ack);
  broker_add ("/pop/B-POP-008/change", NULL, test_change);
  broker_add ("/pop/B-POP-008/change-limits", NULL, test_change_limits);
  broker_add ("/pop/B-POP-008/suspend", NULL, test_suspend);
  broker_add ("/pop/B-POP-009,B-POP-010/errors", NULL, test_errors);
  broker_add ("/pop/B-POP-009/unknown-group", "autoCreateSubscriptionGroup=false", test_unknown_group);
  broker_add ("/pop/B-POP-011/wait", NULL, test_wait);
  broker_add ("/pop/B-POP-011/wait-for-retry", NULL, test_wait_for_retry);
  broker_add ("/pop/B-POP-011/wait-behind-others", "maxFilterMessageSize=1000", test_wait_behind_others);
  broker_add ("/pop/B-POP-011/wait-gone", NULL, test_wait_gone);
  broker_add ("/pop/B-POP-012,B-POP-017/polls", "popPollingSize=2;maxPopPollingSize=3", test_polls);
  broker_add ("/pop/B-POP-013/init-mode", "initPopOffsetByCheckMsgInMem=false", test_init_mode);
  broker_add ("/pop/B-POP-013/young-queue", NULL, test_young_queue);
  broker_add ("/pop/B-POP-014/queues", NULL, test_queues);
  broker_add ("/pop/B-FIVE-001/priority", NULL, test_priority);
  broker_add ("/pop/B-POP-015/beside-pull", NULL, test_beside_pull);
  broker_add ("/pop/B-FILT-005/filter", NULL, test_filter);
  broker_add ("/pop/B-POP-016/peek", NULL, test_peek);
  broker_add ("/pop/B-POP-017/notification", NULL, test_notification);
  broker_add ("/pop/B-TEST-002/restart", NULL, test_restart);
  broker_add ("/pop/B-TEST-003/written-at-once", NULL, test_written_at_once);
  broker_add ("/pop/B-RESET-006/reset", NULL, test_reset);
  broker_add ("/pop/B-POP-002/retry-v2", "enableRetryTopicV2=true", test_retry_v2);
  broker_add ("/pop/B-TOPIC-004,B-TOPIC-005/deleted", NULL, test_deleted);
  return g_test_run ();
}
