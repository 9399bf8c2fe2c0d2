/* SPDX-License-Identifier: Apache-2.0
 *
 * What every test of the push consumer begins and ends with.
 */
#include "consumer-fixture.h"

#include "base/rmq-sync-private.h"

static const struct
{
  const char *key;
  const char *value;
} periods[] = {
  { "request-timeout", "2000" },   { "route-interval", "300" },     { "heartbeat-interval", "2000" },
  { "commit-interval", "50" },     { "rebalance-interval", "500" }, { "rebalance-retry", "50" },
  { "pull-retry-delay", "50" },    { "pull-suspend", "2000" },      { "pull-timeout", "5000" },
  { "queue-idle-limit", "60000" }, { "retry-local-delay", "100" },  { "close-timeout", "3000" },
};

void
fixture_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
}

static RmqClientConfig *
new_config (Fixture *self, const char *client_id)
{
  RmqClientConfig *config = rmq_client_config_new (rmq_fake_broker_get_address (self->broker));

  for (unsigned i = 0; i < G_N_ELEMENTS (periods); i++)
    g_assert_true (rmq_client_config_set (config, periods[i].key, periods[i].value, NULL));
  if (client_id != NULL)
    g_assert_true (rmq_client_config_set (config, "client-id", client_id, NULL));
  return config;
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  Fixture *self = data;
  RmqConsumeResult result;

  rmq_mutex_lock (&self->mutex);
  g_ptr_array_add (self->received, rmq_message_ref (message));
  rmq_mutex_unlock (&self->mutex);
  result = self->handler != NULL ? self->handler (self, message) : self->result;
  rmq_message_unref (message);
  rmq_test_wake ();
  return result;
}

void
fixture_set_handler (Fixture *self, RmqPushConsumer *consumer)
{
  rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  g_mutex_init (&self->mutex);
  self->received = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  self->result = RMQ_CONSUME_SUCCESS;
  self->broker = rmq_fake_broker_new ();
  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 4, 6);
  self->config = new_config (self, NULL);
  if (data == OWN_CONTEXT)
    rmq_client_config_set_io_context (self->config, self->context);
  self->client = rmq_client_instance_new (self->config);
  self->consumer = rmq_push_consumer_new (self->client, GROUP);
  g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  fixture_set_handler (self, self->consumer);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->consumer);
  rmq_client_instance_close_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_client_instance_close_finish (self->client, result, &error));
  g_assert_no_error (error);
  g_clear_object (&self->client);
  g_clear_object (&self->config);
  rmq_test_drain (self->context);
  g_ptr_array_unref (self->received);
  rmq_fake_broker_free (self->broker);
  g_mutex_clear (&self->mutex);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}

void
fixture_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

void
fixture_add_both (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_autofree char *thread = g_strconcat (path, "/rmq-io", NULL);
  g_autofree char *own = g_strconcat (path, "/io-context", NULL);

  g_test_add (thread, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
  g_test_add (own, Fixture, OWN_CONTEXT, fixture_set_up, func, fixture_tear_down);
}

static RmqPushConsumer *
new_consumer (Fixture *self, const char *group, RmqClientConfig *config)
{
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  RmqPushConsumer *consumer = rmq_push_consumer_new (client, group);

  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  fixture_set_handler (self, consumer);
  return consumer;
}

static RmqClientConfig *
new_other_config (Fixture *self)
{
  static int counter;
  g_autofree char *id = g_strdup_printf ("127.0.0.1@other-%d", g_atomic_int_add (&counter, 1));

  return new_config (self, id);
}

RmqPushConsumer *
fixture_new_consumer (Fixture *self, const char *group)
{
  g_autoptr (RmqClientConfig) config = new_other_config (self);

  return new_consumer (self, group, config);
}

RmqPushConsumer *
fixture_new_consumer_with (Fixture *self, const char *group, ...)
{
  g_autoptr (RmqClientConfig) config = new_other_config (self);
  const char *key;
  va_list args;

  va_start (args, group);
  while ((key = va_arg (args, const char *)) != NULL)
    g_assert_true (rmq_client_config_set (config, key, va_arg (args, const char *), NULL));
  va_end (args);
  return new_consumer (self, group, config);
}

bool
fixture_start (Fixture *self, RmqPushConsumer *consumer, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_push_consumer_start_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_push_consumer_start_finish (consumer, result, error);
}

bool
fixture_close (Fixture *self, RmqPushConsumer *consumer, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_push_consumer_close_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_push_consumer_close_finish (consumer, result, error);
}

bool
fixture_commit (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_push_consumer_commit_async (self->consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  return rmq_push_consumer_commit_finish (self->consumer, result, NULL);
}

void
fixture_run_consumer (Fixture *self, RmqPushConsumer *consumer, const char *tags)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_push_consumer_subscribe (consumer, TOPIC, tags, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_start (self, consumer, &error));
  g_assert_no_error (error);
}

void
fixture_run (Fixture *self)
{
  fixture_run_consumer (self, self->consumer, NULL);
}

void
fixture_run_all (Fixture *self)
{
  fixture_run (self);
  FIXTURE_WAIT (self, fixture_count_owned (self, self->consumer) == 4);
}

void
fixture_put (Fixture *self, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      rmq_fake_broker_put (self->broker, TOPIC, (int) (i % 4), text, NULL);
    }
}

static gboolean
tick (void *data)
{
  return G_SOURCE_CONTINUE;
}

/* One blocking iteration; what no source of the context announces is looked at every few milliseconds. */
void
fixture_iterate (Fixture *self)
{
  GSource *source = g_timeout_source_new (5);

  g_source_set_callback (source, tick, NULL, NULL);
  g_source_attach (source, self->context);
  g_main_context_iteration (self->context, TRUE);
  g_source_destroy (source);
  g_source_unref (source);
}

unsigned
fixture_count (Fixture *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->received->len;
  rmq_mutex_unlock (&self->mutex);
  return n;
}

RmqMessage *
fixture_peek (Fixture *self, unsigned nth)
{
  RmqMessage *message;

  rmq_mutex_lock (&self->mutex);
  message = g_ptr_array_index (self->received, nth);
  rmq_mutex_unlock (&self->mutex);
  return message;
}

unsigned
fixture_count_text (Fixture *self, const char *text)
{
  unsigned n = 0;

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->received->len; i++)
    {
      g_autofree char *body = rmq_message_dup_text (g_ptr_array_index (self->received, i));

      n += g_strcmp0 (body, text) == 0;
    }
  rmq_mutex_unlock (&self->mutex);
  return n;
}

unsigned
fixture_count_requests (Fixture *self, int code)
{
  return rmq_fake_broker_count (self->broker, code);
}

unsigned
fixture_count_owned (Fixture *self, RmqPushConsumer *consumer)
{
  g_autoptr (GPtrArray) queues = rmq_push_consumer_dup_assignment (consumer);
  unsigned n = 0;

  for (unsigned i = 0; i < queues->len; i++)
    n += g_str_equal (rmq_message_queue_get_topic (g_ptr_array_index (queues, i)), TOPIC);
  return n;
}

unsigned
fixture_count_pulls (Fixture *self, int queue_id)
{
  unsigned n = 0;

  for (unsigned i = 0;; i++)
    {
      g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_PULL_MESSAGE, i);

      if (request == NULL)
        return n;
      n += rmq_fake_request_get_int (request, "queueId") == queue_id
           && g_strcmp0 (rmq_fake_request_get (request, "topic"), TOPIC) == 0;
    }
}

void
fixture_give_up (Fixture *self, const char *file, int line, const char *condition)
{
  for (unsigned i = 0; i < fixture_count (self); i++)
    g_printerr ("  received: queue %d, offset %" G_GINT64_FORMAT "\n",
                rmq_message_get_queue_id (fixture_peek (self, i)),
                rmq_message_get_queue_offset (fixture_peek (self, i)));
  for (int code = 0; code < 400; code++)
    if (fixture_count_requests (self, code) > 0)
      g_printerr ("  requests of code %d: %u\n", code, fixture_count_requests (self, code));
  g_printerr ("  held: %u, owned: %u\n", rmq_fake_broker_count_held (self->broker),
              fixture_count_owned (self, self->consumer));
  g_error ("%s:%d: not in time: %s", file, line, condition);
}
