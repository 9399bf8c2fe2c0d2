/* SPDX-License-Identifier: Apache-2.0
 *
 * What every test of the client begins and ends with.
 */
#include "client-fixture.h"

static const struct
{
  const char *key;
  const char *value;
} periods[] = {
  { "route-interval", "200" },  { "discovery-interval", "200" }, { "heartbeat-interval", "200" },
  { "commit-interval", "100" }, { "rebalance-interval", "500" }, { "rebalance-retry", "50" },
  { "pull-suspend", "1000" },   { "pull-timeout", "3000" },      { "close-timeout", "1000" },
};

/* Tests wait for these to pass, but nothing that answers may reach them. */
static const struct
{
  const char *key;
  unsigned ms;
} limits[] = { { "request-timeout", 1000 }, { "connect-timeout", 500 } };

#define MAX_SLOWNESS 8

RmqClientConfig *
fixture_new_config (Fixture *self, const char *name_servers)
{
  RmqClientConfig *config =
      rmq_client_config_new (name_servers != NULL ? name_servers : rmq_fake_broker_get_address (self->broker));

  for (unsigned i = 0; i < G_N_ELEMENTS (periods); i++)
    g_assert_true (rmq_client_config_set (config, periods[i].key, periods[i].value, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", limits[i].ms * MIN (rmq_test_get_slowness (), MAX_SLOWNESS));

      g_assert_true (rmq_client_config_set (config, limits[i].key, text, NULL));
    }
  return config;
}

void
fixture_remake_client (Fixture *self)
{
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  self->client = rmq_client_instance_new (self->config);
  self->producer = rmq_producer_new (self->client, "orders-producer");
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->broker = rmq_fake_broker_new ();
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 4, 6);
  self->config = fixture_new_config (self, NULL);
  if (data == OWN_CONTEXT)
    rmq_client_config_set_io_context (self->config, self->context);
  fixture_remake_client (self);
}

bool
fixture_start (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_client_instance_start_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_client_instance_start_finish (self->client, result, error);
}

bool
fixture_close (Fixture *self, RmqClientInstance *client, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_client_instance_close_async (client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_client_instance_close_finish (client, result, error);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_close (self, self->client, &error));
  g_assert_no_error (error);
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  g_clear_object (&self->config);
  rmq_test_drain (self->context);
  rmq_fake_broker_free (self->broker);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

void
fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_autofree char *thread = g_strconcat (path, "/rmq-io", NULL);
  g_autofree char *own = g_strconcat (path, "/io-context", NULL);

  g_test_add (thread, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
  g_test_add (own, Fixture, OWN_CONTEXT, fixture_set_up, func, fixture_tear_down);
}

bool
fixture_send (Fixture *self, RmqProducer *producer, const char *topic, GError **error)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text (topic, "x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  rmq_producer_send_async (producer, message, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  receipt = rmq_producer_send_finish (producer, result, error);
  return receipt != NULL;
}

static RmqConsumeResult
take (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

RmqPushConsumer *
fixture_start_consumer (Fixture *self, const char *group)
{
  RmqPushConsumer *consumer = rmq_push_consumer_new (self->client, group);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_set_handler (consumer, take, NULL, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, TOPIC, "*", &error));
  rmq_push_consumer_start_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_push_consumer_start_finish (consumer, result, &error));
  g_assert_no_error (error);
  return consumer;
}

void
fixture_close_consumer (Fixture *self, RmqPushConsumer *consumer)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_close_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_push_consumer_close_finish (consumer, result, &error));
  g_assert_no_error (error);
}

unsigned
fixture_count (Fixture *self, int code)
{
  return rmq_fake_broker_count (self->broker, code);
}

static gboolean
tick (void *data)
{
  return G_SOURCE_CONTINUE;
}

void
fixture_iterate (Fixture *self)
{
  g_autoptr (GSource) source = g_timeout_source_new (5);

  g_source_set_callback (source, tick, NULL, NULL);
  g_source_attach (source, self->context);
  g_main_context_iteration (self->context, TRUE);
  g_source_destroy (source);
}
