/* SPDX-License-Identifier: Apache-2.0
 *
 * The server as an object: start and stop in all ways, several in one process, what survives, its signals, and our own
 * client from end to end.
 */
#include "wired-broker.h"

#include "wire/rmq-topic-route-private.h"

static void
test_two (WiredBroker *self, gconstpointer data)
{
  WiredBroker other = { NULL };
  g_autoptr (Wire) here = wire_new (self);
  g_autoptr (RmqRemotingCommand) max = NULL;
  Wire *there;

  wired_start (&other, false, NULL);
  g_assert_cmpstr (self->address, !=, other.address);
  there = wire_new (&other);
  wired_put (here, "orders", 0, "x", NULL);
  max = wire_ask (there, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
  g_assert_cmpint (wire_get_int (max, "offset"), ==, 0);
  g_assert_cmpint (wired_put (there, "orders", 0, "y", NULL), ==, 0);
  wire_free (there);
  wired_stop (&other);
}

static void
test_restart (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) commit = NULL;
  g_autoptr (RmqRemotingCommand) pulled = NULL;
  g_autoptr (RmqRemotingCommand) offset = NULL;
  g_autoptr (RmqRemotingCommand) nobody = NULL;
  g_autoptr (RmqRemotingCommand) kv = NULL;
  g_autoptr (RmqRemotingCommand) value = NULL;
  g_autofree char *bodies = NULL;
  g_autoptr (GError) error = NULL;

  wired_put (wire, "orders", 0, "one", NULL);
  wired_put (wire, "orders", 0, "two", NULL);
  wired_heartbeat (wire, "c1", "g", "orders", "*");
  commit = wire_ask (wire, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET, NULL, "consumerGroup", "g", "topic", "orders", "queueId",
                     "0", "commitOffset", "1", NULL);
  kv = wire_ask (wire, RMQ_REQUEST_PUT_KV_CONFIG, NULL, "namespace", "n", "key", "k", "value", "v", NULL);
  g_assert_true (rmq_broker_server_stop (self->server, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (rmq_broker_server_get_running (self->server));
  wire_assert_closed (wire);
  g_clear_pointer (&wire, wire_free);

  g_object_set (self->server, "listen", self->address, NULL);
  g_assert_true (rmq_broker_server_start (self->server, NULL, &error));
  g_assert_no_error (error);
  wire = wire_new (self);
  pulled = wired_pull (wire, "g", "orders", 0, 0, "*");
  bodies = wired_bodies (pulled);
  g_assert_cmpstr (bodies, ==, "one two");
  offset = wire_ask (wire, RMQ_REQUEST_QUERY_CONSUMER_OFFSET, NULL, "consumerGroup", "g", "topic", "orders", "queueId",
                     "0", NULL);
  g_assert_cmpint (wire_get_int (offset, "offset"), ==, 1);
  nobody = wire_ask (wire, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, NULL, "consumerGroup", "g", NULL);
  wire_assert_code (nobody, RMQ_RESPONSE_SYSTEM_ERROR);
  value = wire_ask (wire, RMQ_REQUEST_GET_KV_CONFIG, NULL, "namespace", "n", "key", "k", NULL);
  g_assert_cmpstr (wire_get (value, "value"), ==, "v");
  g_assert_cmpint (wired_put (wire, "orders", 0, "three", NULL), ==, 2);
}

static void
test_stop_with_clients (void)
{
  WiredBroker fixture = { NULL };
  Wire *wires[100];
  unsigned fds = rmq_test_count_fds ();
  int64_t begin;

  wired_start (&fixture, false, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      wires[i] = wire_new (&fixture);
      wired_put (wires[i], "orders", 0, "x", NULL);
      wired_pull_send (wires[i], "g", "orders", 0, 100, "*", 100000);
    }
  begin = g_get_monotonic_time ();
  wired_stop (&fixture);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_USEC_PER_SEC);
  g_assert_cmpuint (rmq_test_count_threads ("rmq-broker"), ==, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (wires); i++)
    wire_free (wires[i]);
  g_assert_cmpuint (rmq_test_count_fds (), ==, fds);
}

static void
test_states (void)
{
  g_autoptr (RmqBrokerServer) server = rmq_broker_server_new ("127.0.0.1:0");
  g_autoptr (RmqBrokerServer) taken = NULL;
  g_autoptr (RmqBrokerServer) nonsense = rmq_broker_server_new ("nowhere at all");
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;

  g_assert_false (rmq_broker_server_stop (server, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
  g_clear_error (&error);
  g_assert_null (rmq_broker_server_connect (server, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED);
  g_clear_error (&error);
  g_assert_true (rmq_broker_server_start (server, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (rmq_broker_server_start (server, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_STATE);
  g_clear_error (&error);
  address = rmq_broker_server_dup_address (server);
  g_assert_cmpuint (rmq_broker_server_get_port (server), >, 0);

  taken = rmq_broker_server_new (address);
  g_assert_false (rmq_broker_server_start (taken, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_false (rmq_broker_server_start (nonsense, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (rmq_broker_server_stop (server, NULL, &error));
  g_assert_true (rmq_broker_server_start (taken, NULL, &error));
  g_assert_no_error (error);
}

static void
test_async (void)
{
  g_autoptr (RmqBrokerServer) server = rmq_broker_server_new ("127.0.0.1:0");
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GError) error = NULL;

  rmq_broker_server_start_async (server, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &started);
  rmq_test_await_result (g_main_context_default (), &started);
  g_assert_true (rmq_broker_server_start_finish (server, started, &error));
  g_assert_no_error (error);
  g_assert_true (rmq_broker_server_get_running (server));
  rmq_broker_server_stop_async (server, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &stopped);
  rmq_test_await_result (g_main_context_default (), &stopped);
  g_assert_true (rmq_broker_server_stop_finish (server, stopped, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_test_count_threads ("rmq-broker"), ==, 0);
}

static void
test_own_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqBrokerServer) server =
      g_object_new (RMQ_BROKER_TYPE_SERVER, "listen", "127.0.0.1:0", "io-context", context, NULL);
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_broker_server_start (server, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_test_count_threads ("rmq-broker"), ==, 0);
  stream = rmq_broker_server_connect (server, &error);
  g_assert_no_error (error);
  rmq_test_drain (context);
  g_assert_true (rmq_broker_server_stop (server, NULL, &error));
  rmq_test_drain (context);
}

static void
test_settings (void)
{
  g_autoptr (RmqBrokerServer) server = rmq_broker_server_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *size = NULL;

  g_assert_true (rmq_broker_server_set_setting (server, "maxMessageSize", "1000", &error));
  g_assert_no_error (error);
  size = rmq_broker_server_dup_setting (server, "maxMessageSize");
  g_assert_cmpstr (size, ==, "1000");
  g_assert_false (rmq_broker_server_set_setting (server, "maxMessageSize", "many", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_false (rmq_broker_server_set_setting (server, "noSuchThing", "1", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_assert_null (rmq_broker_server_dup_setting (server, "noSuchThing"));
}

/* --- signals and our own client ------------------------------------------------------------------------------ */

typedef struct
{
  unsigned opened;
  unsigned closed;
  unsigned topics;
  unsigned stored;
} Seen;

static void
on_address (RmqBrokerServer *server, const char *address, unsigned *counter)
{
  ++*counter;
}

static void
on_stored (RmqBrokerServer *server, const char *topic, int queue_id, int64_t offset, Seen *seen)
{
  g_assert_cmpstr (topic, ==, "orders");
  g_assert_cmpint (offset, ==, seen->stored);
  seen->stored++;
}

static bool
has_seen (void *data)
{
  Seen *seen = data;

  return seen->opened == 1 && seen->closed == 1 && seen->topics == 1 && seen->stored == 3;
}

static void
test_signals (WiredBroker *self, gconstpointer data)
{
  Seen seen = { 0 };
  Wire *wire;

  g_signal_connect (self->server, "connection-opened", G_CALLBACK (on_address), &seen.opened);
  g_signal_connect (self->server, "connection-closed", G_CALLBACK (on_address), &seen.closed);
  g_signal_connect (self->server, "topic-created", G_CALLBACK (on_address), &seen.topics);
  g_signal_connect (self->server, "message-stored", G_CALLBACK (on_stored), &seen);
  wire = wire_new (self);
  for (int i = 0; i < 3; i++)
    wired_put (wire, "orders", 2, "x", NULL);
  wire_free (wire);
  if (!rmq_test_wait_until (g_main_context_default (), has_seen, &seen, RMQ_TEST_TIMEOUT_MS))
    g_error ("%u %u %u %u", seen.opened, seen.closed, seen.topics, seen.stored);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  g_ptr_array_add (data, message);
  return RMQ_CONSUME_SUCCESS;
}

typedef struct
{
  GPtrArray *messages;
  unsigned n;
} Wanted;

static bool
have_come (void *data)
{
  Wanted *wanted = data;

  return wanted->messages->len >= wanted->n;
}

static void
test_client (WiredBroker *self, gconstpointer data)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (self->address);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "producers");
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, "consumers");
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  g_autoptr (GError) error = NULL;
  Wanted wanted = { messages, 200 };

  for (int i = 0; i < 100; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "before");
      g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (producer, message, NULL, &error);

      g_assert_no_error (error);
    }
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, messages, NULL);
  rmq_push_consumer_subscribe (consumer, "orders", "*", &error);
  g_assert_no_error (error);
  rmq_push_consumer_start (consumer, NULL, &error);
  g_assert_no_error (error);
  wanted.n = 100;
  rmq_test_assert_until (g_main_context_default (), have_come, &wanted);
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "after");
      g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (producer, message, NULL, &error);

      g_assert_no_error (error);
    }
  wanted.n = 200;
  rmq_test_assert_until (g_main_context_default (), have_come, &wanted);
}

/* A stop that gives clients time: what they ask meanwhile is sent elsewhere. */
static void
test_graceful (void)
{
  const char *settings[] = { "gracefulShutdownMillis", "1000", NULL };
  WiredBroker fixture = { NULL };
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqRemotingCommand) held = NULL;
  g_autoptr (RmqRemotingCommand) away = NULL;
  Wire *wire;

  wired_start (&fixture, true, settings);
  wire = wire_new (&fixture);
  wired_put (wire, "orders", 0, "x", NULL);
  wired_pull_send (wire, "g", "orders", 0, 1, "*", 100000);
  wired_wait_held (&fixture, 1);
  rmq_broker_server_stop_async (fixture.server, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &stopped);
  held = wire_read (wire);
  wire_assert_code (held, RMQ_RESPONSE_PULL_NOT_FOUND);
  away = wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
  wire_assert_code (away, RMQ_RESPONSE_GO_AWAY);
  wired_advance (&fixture, 1100);
  rmq_test_await_result (g_main_context_default (), &stopped);
  g_assert_true (rmq_broker_server_stop_finish (fixture.server, stopped, &error));
  g_assert_no_error (error);
  wire_assert_closed (wire);
  wire_free (wire);
  wired_stop (&fixture);
}

/* --- several brokers ----------------------------------------------------------------------------------------- */

typedef struct
{
  Wire *wire;
  unsigned n_brokers;
  const char *slave; /* of broker-a, or NULL */
} Expected;

static bool
is_routed (void *data)
{
  Expected *expected = data;
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (expected->wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "orders", NULL);
  g_autoptr (RmqTopicRoute) route = NULL;

  if (rmq_remoting_command_get_code (answer) != RMQ_RESPONSE_SUCCESS)
    return expected->n_brokers == 0;
  route = _rmq_topic_route_decode (wire_get_body (answer), NULL);
  return route->queues->len == expected->n_brokers
         && g_strcmp0 (_rmq_broker_data_get_address (_rmq_topic_route_find_broker (route, "broker-a"), 1),
                       expected->slave)
                == 0;
}

static void
test_cluster (WiredBroker *self, gconstpointer data)
{
  const char *second_settings[] = { "brokerName", "broker-b", "namesrvAddr", self->address, NULL };
  const char *slave_settings[] = { "brokerName", "broker-a", "brokerId", "1", "namesrvAddr", self->address, NULL };
  g_autoptr (Wire) wire = wire_new (self);
  Expected expected = { wire, 1, NULL };
  WiredBroker second = { NULL };
  WiredBroker slave = { NULL };
  Wire *to_second;

  wired_put (wire, "orders", 0, "x", NULL);
  rmq_test_assert_until (NULL, is_routed, &expected);
  wired_start (&second, false, second_settings);
  wired_start (&slave, false, slave_settings);
  /* A topic that is made there is routed here. */
  to_second = wire_new (&second);
  wired_put (to_second, "orders", 0, "x", NULL);
  wire_free (to_second);
  expected.n_brokers = 2;
  expected.slave = slave.address;
  rmq_test_assert_until (NULL, is_routed, &expected);
  wired_stop (&slave);
  wired_stop (&second);
  expected.n_brokers = 1;
  expected.slave = NULL;
  rmq_test_assert_until (NULL, is_routed, &expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/server/two/B-TEST-001", test_two);
  wired_add ("/broker/server/restart/B-TEST-002", test_restart);
  g_test_add_func ("/broker/server/stop-with-clients/B-TEST-007", test_stop_with_clients);
  g_test_add_func ("/broker/server/states", test_states);
  g_test_add_func ("/broker/server/async", test_async);
  g_test_add_func ("/broker/server/own-context", test_own_context);
  g_test_add_func ("/broker/server/settings", test_settings);
  g_test_add_func ("/broker/server/graceful/B-WIRE-013", test_graceful);
  wired_add ("/broker/server/signals", test_signals);
  wired_add ("/broker/server/cluster/B-TEST-001", test_cluster);
  wired_add ("/broker/server/client/B-SEND-003/B-HOLD-001", test_client);
  return g_test_run ();
}
