/* SPDX-License-Identifier: Apache-2.0
 *
 * embedded://NAME: the client of this process and a broker that listens nowhere.
 */
#include <rmq-broker/rmq-broker.h>
#include <rmq/rmq.h>
#include "rmq-test.h"

typedef struct
{
  RmqBrokerServer *server;
  RmqClientInstance *client;
  RmqProducer *producer;
} Fixture;

static RmqBrokerServer *
make_server (const char *name, const char *listen)
{
  return g_object_new (RMQ_BROKER_TYPE_SERVER, "name", name, "listen", listen, NULL);
}

static void
start (RmqBrokerServer *server)
{
  g_autoptr (GError) error = NULL;

  rmq_broker_server_start (server, NULL, &error);
  g_assert_no_error (error);
}

static void
connect_client (Fixture *self, const char *address)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (address);

  self->client = rmq_client_instance_new (config);
  self->producer = rmq_producer_new (self->client, "p");
}

static void
set_up (Fixture *self, const void *data)
{
  self->server = make_server ("here", data);
  start (self->server);
  connect_client (self, "embedded://here");
}

static void
tear_down (Fixture *self, const void *data)
{
  g_clear_object (&self->producer);
  rmq_client_instance_close (self->client, NULL, NULL);
  g_clear_object (&self->client);
  g_clear_object (&self->server);
}

static bool
send_one (Fixture *self, const char *text, GError **error)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", text);
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (self->producer, message, NULL, error);

  return receipt != NULL;
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  GHashTable *texts = data;

  g_hash_table_add (texts, rmq_message_dup_text (message));
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

static bool
has_all (void *data)
{
  return g_hash_table_size (data) == 100;
}

static void
test_there_and_back (Fixture *self, const void *data)
{
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (self->client, "g");
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *text = g_strdup_printf ("order %d", i);

      send_one (self, text, &error);
      g_assert_no_error (error);
    }
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, texts, NULL);
  rmq_push_consumer_subscribe (consumer, "orders", "*", &error);
  g_assert_no_error (error);
  rmq_push_consumer_start (consumer, NULL, &error);
  g_assert_no_error (error);
  rmq_test_assert_until (g_main_context_default (), has_all, texts);
  rmq_push_consumer_close (consumer, NULL, &error);
  g_assert_no_error (error);
}

/* A stop is a lost connection, and a start the way back. */
static void
test_restart (Fixture *self, const void *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (send_one (self, "a", &error));
  g_assert_true (rmq_broker_server_stop (self->server, NULL, NULL));
  g_assert_false (send_one (self, "b", &error));
  g_assert_true (error->domain == RMQ_ERROR);
  g_clear_error (&error);
  start (self->server);
  while (!send_one (self, "c", &error))
    g_clear_error (&error);
}

static void
test_addresses (void)
{
  g_autoptr (RmqBrokerServer) one = rmq_broker_server_new (NULL);
  g_autoptr (RmqBrokerServer) other = rmq_broker_server_new (NULL);
  g_autoptr (RmqBrokerServer) listening = make_server ("there", "127.0.0.1:0");
  g_autofree char *address = NULL;
  g_autofree char *other_address = NULL;
  g_autofree char *listening_address = NULL;
  g_autofree char *by_address = NULL;
  g_autoptr (GError) error = NULL;
  Fixture self = { NULL };

  g_assert_null (rmq_broker_server_dup_address (one));
  start (one);
  start (other);
  start (listening);
  address = rmq_broker_server_dup_address (one);
  other_address = rmq_broker_server_dup_address (other);
  listening_address = rmq_broker_server_dup_address (listening);
  g_assert_true (g_str_has_prefix (address, "embedded://"));
  g_assert_cmpstr (address, !=, other_address);
  g_assert_true (g_str_has_prefix (listening_address, "127.0.0.1:"));
  /* What a broker tells of itself leads to it as well. */
  by_address = g_strconcat ("embedded://", listening_address, NULL);
  connect_client (&self, by_address);
  g_assert_true (send_one (&self, "a", &error));
  g_assert_no_error (error);
  tear_down (&self, NULL);
}

static void
test_names (void)
{
  static const char *const bad[] = { "", "a b", "a/b", "a:1" };
  g_autoptr (RmqBrokerServer) one = make_server ("twin", NULL);
  g_autoptr (RmqBrokerServer) other = make_server ("twin", NULL);
  g_autoptr (GError) error = NULL;
  Fixture self = { NULL };

  start (one);
  g_assert_false (rmq_broker_server_start (other, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_true (rmq_broker_server_stop (one, NULL, NULL));
  start (other);
  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (RmqBrokerServer) server = make_server (bad[i], NULL);

      g_assert_false (rmq_broker_server_start (server, NULL, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
      g_clear_error (&error);
    }
  connect_client (&self, "embedded://nobody");
  g_assert_false (send_one (&self, "a", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_NAME_SERVER);
  tear_down (&self, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/broker/embedded/there-and-back", Fixture, NULL, set_up, test_there_and_back, tear_down);
  g_test_add ("/broker/embedded/there-and-back-beside-tcp", Fixture, "127.0.0.1:0", set_up, test_there_and_back,
              tear_down);
  g_test_add ("/broker/embedded/restart/B-TEST-002", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add_func ("/broker/embedded/addresses/B-TEST-001", test_addresses);
  g_test_add_func ("/broker/embedded/names", test_names);
  return g_test_run ();
}
