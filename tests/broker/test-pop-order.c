/* SPDX-License-Identifier: Apache-2.0
 *
 * Ordered POP: one batch at a time, and how often what was delivered.
 */
#include "pop-client.h"

#define LEASE_MS 60000
#define LATE_MS 200

#define WITH_CLIENT(n_queues)                                                                                          \
  g_autoptr (BrokerClient) client = (broker_add_topic (self, POP_TOPIC, (n_queues)), broker_client_new (self))

static const PopArgs ordered = { .order = "true", .max = "3" };

static void
assert_counts (BrokerClient *client, const PopArgs *args, const char *bodies, const char *counts)
{
  g_autoptr (BrokerReply) reply = pop_ask (client, args);
  g_autoptr (GPtrArray) messages = NULL;
  g_autofree char *info = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "reviveQid"), ==, 999);
  info = broker_reply_dup (reply, "orderCountInfo");
  g_assert_cmpstr (info, ==, counts);
  messages = pop_read (reply, args);
  pop_assert (messages, bodies);
}

static void
test_blocks (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c d");
  messages = pop (client, &ordered);
  pop_assert (messages, "a b c");
  pop_expect (client, &ordered, "");
  /* Others are not concerned. */
  pop_expect (client, &(PopArgs){ .order = "true", .max = "3", .group = "other" }, "a b c");
  for (unsigned i = 0; i < 3; i++)
    {
      pop_expect (client, &ordered, "");
      g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
    }
  pop_expect (client, &ordered, "d");
}

static void
test_each_queue (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (2);

  pop_send (client, POP_TOPIC, 0, "a b c d");
  pop_expect (client, &ordered, "a b c");
  pop_send (client, POP_TOPIC, 1, "e");
  pop_expect (client, &ordered, "e");
  pop_expect (client, &ordered, "");
}

/* The last acknowledgement wakes who waits, and so does the end of the lease. */
static void
test_wakes (BrokerFixture *self, const void *data)
{
  static const PopArgs args = { .order = "true", .max = "3", .poll = "100000" };
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) next = NULL;
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (BrokerReply) woken = NULL;
  g_autoptr (BrokerReply) late = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c");
  messages = pop (client, &ordered);
  g_assert_null (pop_ask (client, &args));
  pop_send (client, POP_TOPIC, 0, "d");
  g_assert_null (broker_take (client));
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_null (broker_take (client));
      g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
    }
  woken = broker_take (client);
  broker_assert_code (woken, RMQ_RESPONSE_SUCCESS);
  next = pop_read (woken, &args);
  pop_assert (next, "d");

  g_assert_null (pop_ask (client, &args));
  broker_advance (self, LEASE_MS - 1);
  g_assert_null (broker_take (client));
  broker_advance (self, LATE_MS);
  late = broker_take (client);
  broker_assert_code (late, RMQ_RESPONSE_SUCCESS);
  again = pop_read (late, &args);
  pop_assert (again, "d");
  g_assert_cmpint (rmq_message_get_reconsume_times (again->pdata[0]), ==, 1);
}

/* As the real broker counts: a message that is new has no entry, and makes the queue's count 0. */
static void
test_counts (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c d e");
  assert_counts (client, &ordered, "a b c", "0 0 0");
  broker_advance (self, LEASE_MS + LATE_MS);
  assert_counts (client, &ordered, "a b c", "0 qo0%0 1;0 qo0%1 1;0 qo0%2 1;0 0 1");
  broker_advance (self, LEASE_MS + LATE_MS);
  messages = pop (client, &ordered);
  g_assert_cmpint (rmq_message_get_reconsume_times (messages->pdata[0]), ==, 2);
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  broker_advance (self, LEASE_MS + LATE_MS);
  assert_counts (client, &ordered, "b c d", "0 qo0%1 3;0 qo0%2 3;0 0 0");
  broker_advance (self, LEASE_MS + LATE_MS);
  assert_counts (client, &ordered, "b c d", "0 qo0%1 4;0 qo0%2 4;0 qo0%3 1;0 0 1");
}

static void
test_attempts (BrokerFixture *self, const void *data)
{
  static const PopArgs first = { .order = "true", .max = "3", .attempt_id = "one" };
  static const PopArgs second = { .order = "true", .max = "3", .attempt_id = "two" };
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b c d");
  assert_counts (client, &first, "a b c", "0 0 0");
  pop_expect (client, &second, "");
  pop_expect (client, &ordered, "");
  assert_counts (client, &first, "a b c", "0 0 0");
  broker_advance (self, LEASE_MS + LATE_MS);
  assert_counts (client, &second, "a b c", "0 qo0%0 1;0 qo0%1 1;0 qo0%2 1;0 0 1");
  assert_counts (client, &second, "a b c", "0 qo0%0 1;0 qo0%1 1;0 qo0%2 1;0 0 1");
  pop_expect (client, &first, "");
}

static int64_t
get_committed (BrokerFixture *self)
{
  return _rmq_broker_offsets_get (self->core->offsets, RMQ_SLICE_LITERAL (POP_GROUP), RMQ_SLICE_LITERAL (POP_TOPIC), 0);
}

static void
test_change_in_the_middle (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) next = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (BrokerReply) done = NULL;

  pop_send (client, POP_TOPIC, 0, "1 2 3 4");
  messages = pop (client, &ordered);
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[2]), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (get_committed (self), ==, 1);
  broker_advance (self, 100);
  reply = pop_change (client, POP_GROUP, messages->pdata[1], 5000, NULL);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "popTime"), ==, BROKER_EPOCH_MS);
  g_assert_cmpint (broker_reply_get (reply, "invisibleTime"), ==, 5100);
  g_assert_cmpint (broker_reply_get (reply, "reviveQid"), ==, 999);
  /* The first one is done: there is nothing to change. */
  done = pop_change (client, POP_GROUP, messages->pdata[0], 5000, NULL);
  broker_assert_code (done, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (done, "popTime"), ==, 0);
  g_assert_cmpint (broker_reply_get (done, "invisibleTime"), ==, 0);

  broker_advance (self, 4999);
  pop_expect (client, &ordered, "");
  broker_advance (self, 1);
  next = pop (client, &(PopArgs){ .order = "true", .max = "2" });
  pop_assert (next, "2 3");
  for (unsigned i = 0; i < 2; i++)
    g_assert_cmpint (pop_ack (client, POP_GROUP, next->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (get_committed (self), ==, 3);
  pop_expect (client, &ordered, "4");
}

static void
test_wrong_acks (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "a b c d e");
  messages = pop (client, &ordered);
  /* Of another delivery; of none; twice. */
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "1", "0 5 60000 999 0 broker-a 0 1"), ==,
                   RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (get_committed (self), ==, 0);
  g_assert_cmpint (pop_ack_with (client, POP_TOPIC, "0", "4", "0 1700000000000 60000 999 0 broker-a 0 4"), ==,
                   RMQ_RESPONSE_MESSAGE_ILLEGAL);
  for (unsigned i = 0; i < 2; i++)
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (get_committed (self), ==, 1);
  pop_expect (client, &ordered, "");
}

/* What was popped without order and came again is not seen by an ordered pop. */
static void
test_no_retries (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a");
  pop_expect (client, &(PopArgs){ .max = "1" }, "a");
  broker_advance (self, LEASE_MS + LATE_MS);
  g_assert_nonnull (_rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL ("%RETRY%CG_orders")));
  pop_expect (client, &ordered, "");
  pop_expect (client, &(PopArgs){ .max = "1" }, "a");
}

static void
test_notification (BrokerFixture *self, const void *data)
{
  static const char *const wanted[] = { "true", "false" };
  WITH_CLIENT (1);

  pop_send (client, POP_TOPIC, 0, "a b c d");
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (BrokerReply) reply =
          broker_call (client, RMQ_REQUEST_NOTIFICATION, RMQ_SLICE_NULL, "topic", POP_TOPIC, "consumerGroup", POP_GROUP,
                       "queueId", "-1", "pollTime", "0", "bornTime", "0", "order", "true", NULL);
      g_autofree char *has_message = broker_reply_dup (reply, "hasMsg");

      g_assert_cmpstr (has_message, ==, wanted[i]);
      pop_expect (client, &ordered, i == 0 ? "a b c" : "");
    }
}

/* The batch is forgotten, not its messages. */
static void
test_restart (BrokerFixture *self, const void *data)
{
  {
    WITH_CLIENT (1);
    g_autoptr (GPtrArray) messages = NULL;

    pop_send (client, POP_TOPIC, 0, "a b c d");
    messages = pop (client, &ordered);
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[0]), ==, RMQ_RESPONSE_SUCCESS);
  }
  broker_stop (self);
  broker_start (self);
  {
    g_autoptr (BrokerClient) client = broker_client_new (self);

    pop_expect (client, &ordered, "b c d");
  }
}

static void
test_reset (BrokerFixture *self, const void *data)
{
  WITH_CLIENT (1);
  g_autoptr (GPtrArray) messages = NULL;

  pop_send (client, POP_TOPIC, 0, "0 1 2 3 4 5");
  messages = pop (client, &ordered);
  _rmq_broker_offsets_reset (self->core->offsets, RMQ_SLICE_LITERAL (POP_GROUP), RMQ_SLICE_LITERAL (POP_TOPIC), 0, 4);
  broker_advance (self, 1);
  assert_counts (client, &ordered, "4 5", "0 0 0");
  for (unsigned i = 0; i < messages->len; i++)
    g_assert_cmpint (pop_ack (client, POP_GROUP, messages->pdata[i]), ==, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (get_committed (self), ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  broker_add ("/pop-order/B-POPO-001/blocks", NULL, test_blocks);
  broker_add ("/pop-order/B-POPO-001/each-queue", NULL, test_each_queue);
  broker_add ("/pop-order/B-POPO-001/wakes", NULL, test_wakes);
  broker_add ("/pop-order/B-POPO-002/counts", NULL, test_counts);
  broker_add ("/pop-order/B-POPO-003/attempts", NULL, test_attempts);
  broker_add ("/pop-order/B-POPO-004,B-POPO-005/change", NULL, test_change_in_the_middle);
  broker_add ("/pop-order/B-POPO-005/wrong-acks", NULL, test_wrong_acks);
  broker_add ("/pop-order/B-POPO-006/no-retries", NULL, test_no_retries);
  broker_add ("/pop-order/B-POP-017/notification", NULL, test_notification);
  broker_add ("/pop-order/B-TEST-002/restart", NULL, test_restart);
  broker_add ("/pop-order/B-RESET-006/reset", NULL, test_reset);
  return g_test_run ();
}
