/* SPDX-License-Identifier: Apache-2.0
 *
 * Assignment by the broker: who gets which queue, pulled or popped.
 */
#include "broker-fixture.h"

#include "wire/rmq-assignment-body-private.h"

#define TOPIC "orders"
#define GROUP "CG"

static void
join (BrokerClient *client, const char *client_id)
{
  g_autofree char *body = g_strdup_printf (
      "{\"clientID\":\"%s\",\"producerDataSet\":[],\"consumerDataSet\":[{\"consumeFromWhere\":"
      "\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"%s\",\"messageModel\":"
      "\"CLUSTERING\",\"subscriptionDataSet\":[],\"unitMode\":false}]}",
      client_id, GROUP);
  g_autoptr (BrokerReply) reply = broker_call (client, RMQ_REQUEST_HEART_BEAT, rmq_slice_from_string (body), NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static int
set_mode (BrokerClient *client, const char *topic, const char *group, const char *mode, int share)
{
  g_autofree char *body = g_strdup_printf ("{\"topic\":\"%s\",\"consumerGroup\":\"%s\",\"mode\":\"%s\","
                                           "\"popShareQueueNum\":%d}",
                                           topic, group, mode, share);
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_SET_MESSAGE_REQUEST_MODE, rmq_slice_from_string (body), NULL);

  g_assert_nonnull (reply);
  return reply->frame.code;
}

/* "PULL 0 1 2", NULL when there is no answer. */
static char *
query (BrokerClient *client, const char *topic, const char *client_id, const char *strategy, const char *model)
{
  g_autofree char *body = g_strdup_printf ("{\"topic\":\"%s\",\"consumerGroup\":\"%s\",\"clientId\":\"%s\","
                                           "\"strategyName\":\"%s\",\"messageModel\":\"%s\"}",
                                           topic, GROUP, client_id, strategy, model);
  g_autoptr (BrokerReply) reply =
      broker_call (client, RMQ_REQUEST_QUERY_ASSIGNMENT, rmq_slice_from_string (body), NULL);
  g_autoptr (RmqAssignmentBody) answer = NULL;
  g_autoptr (GError) error = NULL;
  GString *text;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  answer = _rmq_assignment_body_decode (reply->frame.body, &error);
  g_assert_no_error (error);
  if (answer->assignments == NULL)
    return NULL;
  text = g_string_new (NULL);
  for (unsigned i = 0; i < answer->assignments->len; i++)
    {
      const RmqQueueAssignment *assignment = answer->assignments->pdata[i];

      if (i == 0)
        g_string_append (text, assignment->mode == RMQ_ASSIGNMENT_POP ? "POP" : "PULL");
      g_string_append_printf (text, " %d", rmq_message_queue_get_queue_id (assignment->queue));
      g_assert_cmpstr (rmq_message_queue_get_topic (assignment->queue), ==, topic);
      g_assert_cmpstr (rmq_message_queue_get_broker_name (assignment->queue), ==, "broker-a");
    }
  return g_string_free (text, FALSE);
}

static void
assert_assigned (BrokerClient *client, const char *client_id, const char *wanted)
{
  g_autofree char *text = query (client, TOPIC, client_id, "AVG", "CLUSTERING");

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_pull (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) first = (broker_add_topic (self, TOPIC, 5), broker_client_new (self));
  g_autoptr (BrokerClient) second = broker_client_new (self);
  g_autofree char *circle = NULL;
  g_autofree char *broadcast = NULL;

  assert_assigned (first, "a", NULL); /* nobody is online */
  join (first, "a");
  assert_assigned (first, "a", "PULL 0 1 2 3 4");
  join (second, "b");
  assert_assigned (first, "a", "PULL 0 1 2");
  assert_assigned (first, "b", "PULL 3 4");
  circle = query (first, TOPIC, "b", "AVG_BY_CIRCLE", "CLUSTERING");
  g_assert_cmpstr (circle, ==, "PULL 1 3");
  broadcast = query (first, TOPIC, "b", "AVG", "BROADCASTING");
  g_assert_cmpstr (broadcast, ==, "PULL 0 1 2 3 4");
  g_assert_null (query (first, TOPIC, "a", "CONSISTENT_HASH", "CLUSTERING"));
  g_assert_null (query (first, "nowhere", "a", "AVG", "CLUSTERING"));
}

static void
test_pop (BrokerFixture *self, const void *data)
{
  static const char *const ids[] = { "a", "b", "c", "d" };
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) broker_client_free);
  BrokerClient *client;

  broker_add_topic (self, TOPIC, 4);
  for (unsigned i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_ptr_array_add (clients, broker_client_new (self));
      join (clients->pdata[i], ids[i]);
    }
  client = clients->pdata[0];
  g_assert_cmpint (set_mode (client, TOPIC, GROUP, "POP", -1), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (client, "a", "POP -1");
  g_assert_cmpint (set_mode (client, TOPIC, GROUP, "POP", 3), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (client, "a", "POP -1");
  g_assert_cmpint (set_mode (client, TOPIC, GROUP, "POP", 1), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (client, "a", "POP 0 1");
  assert_assigned (client, "d", "POP 3 0");
  g_assert_cmpint (set_mode (client, TOPIC, GROUP, "POP", 2), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (client, "c", "POP 2 3 0");
  g_assert_cmpint (set_mode (client, TOPIC, GROUP, "PULL", 0), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (client, "c", "PULL 2");
}

static void
test_more_clients_than_queues (BrokerFixture *self, const void *data)
{
  static const char *const ids[] = { "a", "b", "c", "d", "e" };
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func ((GDestroyNotify) broker_client_free);

  broker_add_topic (self, TOPIC, 2);
  for (unsigned i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_ptr_array_add (clients, broker_client_new (self));
      join (clients->pdata[i], ids[i]);
    }
  g_assert_cmpint (set_mode (clients->pdata[0], TOPIC, GROUP, "POP", 1), ==, RMQ_RESPONSE_SUCCESS);
  assert_assigned (clients->pdata[0], "b", "POP 1");
  assert_assigned (clients->pdata[0], "c", "POP 0");
  assert_assigned (clients->pdata[0], "e", "POP 0");
}

static void
test_mode_errors (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));
  g_autofree char *retry = NULL;

  g_assert_cmpint (set_mode (client, "%RETRY%CG", GROUP, "POP", 0), ==, RMQ_RESPONSE_NO_PERMISSION);
  g_assert_cmpint (set_mode (client, "nowhere", GROUP, "POP", 0), ==, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  g_assert_cmpint (set_mode (client, TOPIC, "nobody", "POP", 0), ==, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST);
  broker_add_topic (self, "%RETRY%CG", 1);
  retry = query (client, "%RETRY%CG", "a", "AVG", "BROADCASTING");
  g_assert_cmpstr (retry, ==, "PULL 0");
}

/* The default, and that a mode outlives the broker but not its topic. */
static void
test_mode_lasts (BrokerFixture *self, const void *data)
{
  {
    g_autoptr (BrokerClient) client = (broker_add_topic (self, TOPIC, 1), broker_client_new (self));

    join (client, "a");
    assert_assigned (client, "a", "POP -1");
    g_assert_cmpint (set_mode (client, TOPIC, GROUP, "PULL", 0), ==, RMQ_RESPONSE_SUCCESS);
    assert_assigned (client, "a", "PULL 0");
  }
  broker_stop (self);
  broker_start (self);
  {
    g_autoptr (BrokerClient) client = broker_client_new (self);

    join (client, "a");
    assert_assigned (client, "a", "PULL 0");
    _rmq_broker_topics_delete (self->core->topics,
                               _rmq_broker_topics_find (self->core->topics, RMQ_SLICE_LITERAL (TOPIC)));
    broker_add_topic (self, TOPIC, 1);
    assert_assigned (client, "a", "POP -1");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  broker_add ("/assignment/B-ASG-001/pull", NULL, test_pull);
  broker_add ("/assignment/B-ASG-002/pop", NULL, test_pop);
  broker_add ("/assignment/B-ASG-002/more-clients-than-queues", NULL, test_more_clients_than_queues);
  broker_add ("/assignment/B-ASG-003/errors", "autoCreateSubscriptionGroup=false", test_mode_errors);
  broker_add ("/assignment/B-ASG-002/lasts", "defaultMessageRequestMode=POP", test_mode_lasts);
  return g_test_run ();
}
