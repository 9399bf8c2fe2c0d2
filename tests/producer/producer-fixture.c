/* SPDX-License-Identifier: Apache-2.0
 *
 * What every test of the producer begins and ends with.
 */
#include "producer-fixture.h"

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->broker = rmq_fake_broker_new ();
  rmq_fake_broker_add_topic (self->broker, "orders", "broker-a", 4, 6);
  self->config = rmq_client_config_new (rmq_fake_broker_get_address (self->broker));
  if (data == OWN_CONTEXT)
    rmq_client_config_set_io_context (self->config, self->context);
  self->client = rmq_client_instance_new (self->config);
  self->producer = rmq_producer_new (self->client, "orders-producer");
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  rmq_client_instance_close_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_client_instance_close_finish (self->client, result, &error));
  g_assert_no_error (error);
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  g_clear_object (&self->config);
  rmq_test_drain (self->context);
  rmq_fake_broker_free (self->broker);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

RmqSendReceipt *
fixture_send (Fixture *self, RmqMessage *message, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_producer_send_finish (self->producer, result, error);
}

RmqSendReceipt *
fixture_send_text (Fixture *self, const char *topic, const char *text, GError **error)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text (topic, text);

  return fixture_send (self, message, error);
}

void
fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_autofree char *thread = g_strconcat (path, "/rmq-io", NULL);
  g_autofree char *own = g_strconcat (path, "/io-context", NULL);

  g_test_add (thread, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
  g_test_add (own, Fixture, OWN_CONTEXT, fixture_set_up, func, fixture_tear_down);
}
