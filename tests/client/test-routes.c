/* SPDX-License-Identifier: Apache-2.0
 *
 * The route cache: one question for many waiters, in their order; refreshed, kept through outages; brokers that no
 * route names are left; addresses are mapped.
 */
#include "client-fixture.h"

static void
test_single_flight (Fixture *self, gconstpointer data)
{
  GAsyncResult *results[50] = { NULL };

  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      g_autoptr (RmqMessage) message = rmq_message_new_text (TOPIC, text);
      g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new (TOPIC, "broker-a", 0);

      rmq_producer_send_to_queue_async (self->producer, message, queue, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result,
                                        &results[i]);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (RmqSendReceipt) receipt = NULL;
      g_autoptr (GError) error = NULL;

      rmq_test_await_result (self->context, &results[i]);
      receipt = rmq_producer_send_to_queue_finish (self->producer, results[i], &error);
      g_assert_no_error (error);
      /* First come, first sent. */
      g_assert_cmpint (rmq_send_receipt_get_queue_offset (receipt), ==, i);
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC), <=, 2);
}

static void
test_unknown (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_send (self, self->producer, "nowhere", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_ROUTE);
  g_assert_nonnull (strstr (error->message, "nowhere"));
}

static void
test_auto_create (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  bool queues[8] = { false };

  rmq_fake_broker_add_topic (self->broker, "TBW102", "broker-a", 8, 7);
  for (int i = 0; i < 8; i++)
    {
      g_assert_true (fixture_send (self, self->producer, "fresh", &error));
      g_clear_pointer (&request, rmq_fake_request_unref);
      request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2);
      queues[rmq_fake_request_get_int (request, "e")] = true;
    }
  g_assert_no_error (error);
  for (int i = 0; i < 8; i++)
    g_assert_true (queues[i] == (i < 4));
}

static void
test_stays (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  unsigned asked;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, -1, RMQ_RESPONSE_TOPIC_NOT_EXIST, NULL);
  asked = fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC);
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC) > asked + 1);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
}

static unsigned
count_queues (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) queues = NULL;

  rmq_producer_dup_queues_async (self->producer, TOPIC, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  queues = rmq_producer_dup_queues_finish (self->producer, result, NULL);
  return queues != NULL ? queues->len : 0;
}

static bool
was_sent_beyond (Fixture *self)
{
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2);
  return rmq_fake_request_get_int (request, "e") >= 4;
}

static void
test_grows (Fixture *self, gconstpointer data)
{
  g_assert_false (was_sent_beyond (self));
  rmq_fake_broker_remove_topic (self->broker, TOPIC);
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 8, 6);
  FIXTURE_WAIT (self, was_sent_beyond (self));
  g_assert_cmpuint (count_queues (self), ==, 8);
}

/* Every broker lost its write permission: said at once, and over when it is back. */
static void
test_permission (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int64_t began_us;

  rmq_fake_broker_remove_topic (self->broker, TOPIC);
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 4, 4);
  began_us = g_get_monotonic_time ();
  g_assert_false (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_PERMISSION);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 2 * G_TIME_SPAN_SECOND * rmq_test_get_slowness ());
  rmq_fake_broker_remove_topic (self->broker, TOPIC);
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 4, 6);
  FIXTURE_WAIT (self, fixture_send (self, self->producer, TOPIC, NULL));
}

static void
count_closed (RmqClientInstance *client, const char *address, const GError *error, gpointer data)
{
  g_ptr_array_add (data, g_strdup (address));
}

static void
test_clean_up (Fixture *self, gconstpointer data)
{
  unsigned node = rmq_fake_broker_add_node (self->broker, "broker-b", 0);
  const char *address = rmq_fake_broker_get_node_address (self->broker, node);
  g_autoptr (GPtrArray) closed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_signal_connect (self->client, "connection-closed", G_CALLBACK (count_closed), closed);
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-b", 4, 6);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 2);
  rmq_fake_broker_remove_topic (self->broker, TOPIC);
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 4, 6);
  FIXTURE_WAIT (self, closed->len > 0);
  g_assert_cmpstr (closed->pdata[0], ==, address);
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 1);
  g_signal_handlers_disconnect_by_data (self->client, closed);
}

/* The same for a topic that nobody cares for any more. */
static void
test_forgotten (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqProducer) passing = rmq_producer_new (self->client, "passing");
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_add_node (self->broker, "broker-b", 0);
  rmq_fake_broker_add_topic (self->broker, "passing", "broker-b", 4, 6);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_true (fixture_send (self, passing, "passing", &error));
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 2);
  g_clear_object (&passing);
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 1);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
}

static void
test_address_map (Fixture *self, gconstpointer data)
{
  unsigned node = rmq_fake_broker_add_node (self->broker, "broker-b", 0);
  const char *from = rmq_fake_broker_get_node_address (self->broker, node);
  g_autofree char *rule = g_strdup_printf ("%s=%s", from, rmq_fake_broker_get_address (self->broker));
  const char *map[] = { rule, NULL };
  const char *bad[] = { "nothing", NULL };
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_client_instance_set_address_map (self->client, bad, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_true (rmq_client_instance_set_address_map (self->client, map, &error));
  rmq_fake_broker_add_topic (self->broker, "mapped", "broker-b", 4, 6);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, -1, RMQ_RESPONSE_MESSAGE_ILLEGAL, "no");
  g_assert_false (fixture_send (self, self->producer, "mapped", &error));
  /* Errors name what the route said. */
  g_assert_nonnull (strstr (error->message, from));
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2);
  g_assert_cmpuint (request->node, ==, 0);
}

/* The queue moved: asked anew, tried once more. */
static void
test_not_leader (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  unsigned asked;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  asked = fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, 1, RMQ_RESPONSE_NOT_LEADER_FOR_QUEUE, NULL);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC), >, asked);
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_SEND_MESSAGE_V2), ==, 3);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, 2, RMQ_RESPONSE_NOT_LEADER_FOR_QUEUE, NULL);
  g_assert_false (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_SEND_MESSAGE_V2), ==, 5);
}

/* Routes that are no routes: an error, and what was known stays. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  static const char *const bodies[] = { "", "{", "[]", "null", "{\"brokerDatas\":7}", "{\"queueDatas\":[{}]}" };

  g_assert_true (fixture_send (self, self->producer, TOPIC, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *topic = g_strdup_printf ("hostile-%u", i);
      g_autoptr (GError) error = NULL;

      g_atomic_pointer_set (&self->data, (void *) bodies[i]);
      g_assert_false (fixture_send (self, self->producer, topic, &error));
      g_assert_true (error->domain == RMQ_ERROR);
    }
}

static RmqFakeVerdict
answer_hostile (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  Fixture *self = data;
  const char *topic = rmq_fake_request_get (request, "topic");
  const char *body = g_atomic_pointer_get (&self->data);

  if (body == NULL || (!g_str_has_prefix (topic, "hostile") && strcmp (topic, TOPIC) != 0))
    return RMQ_FAKE_DEFAULT;
  rmq_fake_reply_set_body (reply, body);
  return RMQ_FAKE_REPLY;
}

static void
test_hostile_routes (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, answer_hostile, self);
  test_hostile (self, data);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/client/routes/C-ROUTE-017/single-flight", test_single_flight);
  fixture_add ("/client/routes/C-ROUTE-008/unknown", test_unknown);
  fixture_add ("/client/routes/C-ROUTE-009/auto-create", test_auto_create);
  fixture_add ("/client/routes/C-ROUTE-010/stays", test_stays);
  fixture_add ("/client/routes/C-ROUTE-006/grows", test_grows);
  fixture_add ("/client/routes/C-SEND-031/permission", test_permission);
  fixture_add ("/client/routes/C-ROUTE-011/clean-up", test_clean_up);
  fixture_add ("/client/routes/C-ROUTE-011/forgotten", test_forgotten);
  fixture_add ("/client/routes/C-ROUTE-016/address-map", test_address_map);
  fixture_add ("/client/routes/C-ROUTE-015/not-leader", test_not_leader);
  fixture_add ("/client/routes/hostile", test_hostile_routes);
  return g_test_run ();
}
