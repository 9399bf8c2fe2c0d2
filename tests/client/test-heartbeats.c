/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeats: at once on every change and connection, then every interval; to slaves only with consumers; full ones.
 */
#include "client-fixture.h"

static unsigned
count_at (Fixture *self, unsigned node)
{
  unsigned n = 0;

  for (unsigned i = 0; i < fixture_count (self, RMQ_REQUEST_HEART_BEAT); i++)
    {
      g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_HEART_BEAT, i);

      n += request != NULL && request->node == node;
    }
  return n;
}

static char *
last_body (Fixture *self)
{
  g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_HEART_BEAT);
  size_t len;
  const char *body;

  if (request == NULL)
    return g_strdup ("");
  body = g_bytes_get_data (request->body, &len);
  return g_strndup (body, len);
}

static bool
last_says (Fixture *self, const char *text)
{
  g_autofree char *body = last_body (self);

  return strstr (body, text) != NULL;
}

/* Long periods: what comes at once does not come by an interval. */
static void
slow_down (Fixture *self)
{
  g_assert_true (rmq_client_config_set (self->config, "heartbeat-interval", "600000", NULL));
  g_assert_true (rmq_client_config_set (self->config, "route-interval", "600000", NULL));
  fixture_remake_client (self);
}

static void
test_at_once (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (GError) error = NULL;

  slow_down (self);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, last_says (self, "\"orders-producer\""));
  consumer = fixture_start_consumer (self, "orders-service");
  FIXTURE_WAIT (self, last_says (self, "\"orders-service\""));
  g_assert_true (last_says (self, "\"%RETRY%orders-service\""));
  g_assert_true (rmq_push_consumer_subscribe (consumer, "others", "*", &error));
  FIXTURE_WAIT (self, last_says (self, "\"others\""));
  g_assert_true (rmq_push_consumer_unsubscribe (consumer, "others", &error));
  FIXTURE_WAIT (self, !last_says (self, "\"others\""));
  fixture_close_consumer (self, consumer);
}

static void
test_on_connect (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  unsigned before;
  unsigned connection;

  slow_down (self);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_HEART_BEAT) > 0);
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_HEART_BEAT);
  connection = request->connection;
  before = fixture_count (self, RMQ_REQUEST_HEART_BEAT);
  rmq_fake_broker_disconnect_all (self->broker);
  /* A send may still be quicker than the loss. */
  FIXTURE_WAIT (self, fixture_send (self, self->producer, TOPIC, NULL)
                          && fixture_count (self, RMQ_REQUEST_HEART_BEAT) > before);
  g_clear_pointer (&request, rmq_fake_request_unref);
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_HEART_BEAT);
  g_assert_cmpuint (request->connection, !=, connection);
}

static void
test_interval (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  unsigned before;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  before = fixture_count (self, RMQ_REQUEST_HEART_BEAT);
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_HEART_BEAT) >= before + 3);
}

static void
test_slaves (Fixture *self, gconstpointer data)
{
  unsigned slave = rmq_fake_broker_add_node (self->broker, "broker-a", 1);
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (GError) error = NULL;
  unsigned before;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, count_at (self, 0) >= 3);
  g_assert_cmpuint (count_at (self, slave), ==, 0);
  consumer = fixture_start_consumer (self, "orders-service");
  FIXTURE_WAIT (self, count_at (self, slave) > 0);
  fixture_close_consumer (self, consumer);
  before = count_at (self, 0);
  FIXTURE_WAIT (self, count_at (self, 0) >= before + 2);
}

/* None without members, however long. */
static void
test_nobody (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) queues = NULL;
  g_autoptr (GError) error = NULL;

  rmq_producer_dup_queues_async (self->producer, TOPIC, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  queues = rmq_producer_dup_queues_finish (self->producer, result, &error);
  g_assert_no_error (error);
  g_assert_false (FIXTURE_TRY_WAIT (self, fixture_count (self, RMQ_REQUEST_HEART_BEAT) > 0, 500));
}

/* A broker that does not answer takes no heartbeat from another, and each change still goes out. */
static void
test_hung_broker (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (GError) error = NULL;

  slow_down (self);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_HEART_BEAT, 1, RMQ_FAKE_NO_ANSWER, NULL);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_HEART_BEAT) == 1);
  consumer = fixture_start_consumer (self, "orders-service");
  FIXTURE_WAIT (self, last_says (self, "\"orders-service\""));
  fixture_close_consumer (self, consumer);
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_HEART_BEAT, 2, RMQ_RESPONSE_SYSTEM_ERROR, "not now");
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_HEART_BEAT) >= 4);
}

static void
test_unregister (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (RmqFakeRequest) of_consumer = NULL;
  g_autoptr (RmqFakeRequest) of_producer = NULL;
  g_autoptr (GError) error = NULL;
  unsigned node = rmq_fake_broker_add_node (self->broker, "broker-b", 0);

  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-b", 4, 6);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  consumer = fixture_start_consumer (self, "orders-service");
  FIXTURE_WAIT (self, count_at (self, 0) > 0 && count_at (self, node) > 0);
  fixture_close_consumer (self, consumer);
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_UNREGISTER_CLIENT), ==, 2);
  of_consumer = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_UNREGISTER_CLIENT);
  g_assert_cmpstr (rmq_fake_request_get (of_consumer, "consumerGroup"), ==, "orders-service");
  g_assert_null (rmq_fake_request_get (of_consumer, "producerGroup"));
  g_assert_true (fixture_close (self, self->client, &error));
  g_assert_cmpuint (fixture_count (self, RMQ_REQUEST_UNREGISTER_CLIENT), ==, 4);
  of_producer = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_UNREGISTER_CLIENT);
  g_assert_cmpstr (rmq_fake_request_get (of_producer, "producerGroup"), ==, "orders-producer");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/client/heartbeats/C-LIFE-011/at-once", test_at_once);
  fixture_add ("/client/heartbeats/C-LIFE-011/on-connect", test_on_connect);
  fixture_add ("/client/heartbeats/C-LIFE-011/interval", test_interval);
  fixture_add ("/client/heartbeats/C-LIFE-011/slaves", test_slaves);
  fixture_add ("/client/heartbeats/nobody", test_nobody);
  fixture_add ("/client/heartbeats/C-FAIL-007/hung-broker", test_hung_broker);
  fixture_add ("/client/heartbeats/refused", test_refused);
  fixture_add ("/client/heartbeats/C-LIFE-002/unregister", test_unregister);
  return g_test_run ();
}
