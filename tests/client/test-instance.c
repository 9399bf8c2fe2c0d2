/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqClientInstance: start and close, signals and list models in the main context, handles that share a core.
 */
#include "client-fixture.h"
#include "client/rmq-client-core-internal-private.h"

static void
note_thread (GObject *object, GParamSpec *spec, gpointer data)
{
  g_ptr_array_add (data, g_thread_self ());
}

static void
test_states (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_signal_connect (self->client, "notify::state", G_CALLBACK (note_thread), threads);
  g_assert_cmpint (rmq_client_instance_get_state (self->client), ==, RMQ_STATE_CREATED);
  g_assert_true (fixture_start (self, &error));
  g_assert_true (fixture_start (self, &error));
  g_assert_cmpint (rmq_client_instance_get_state (self->client), ==, RMQ_STATE_RUNNING);
  g_assert_true (fixture_close (self, self->client, &error));
  g_assert_true (fixture_close (self, self->client, &error));
  g_assert_cmpint (rmq_client_instance_get_state (self->client), ==, RMQ_STATE_CLOSED);
  g_assert_no_error (error);
  g_assert_false (fixture_start (self, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  FIXTURE_WAIT (self, threads->len >= 4);
  for (unsigned i = 0; i < threads->len; i++)
    g_assert_true (threads->pdata[i] == g_thread_self ());
}

typedef struct
{
  GString *log;
  bool wrong_thread;
  GThread *thread;
} Signals;

static void
on_opened (RmqClientInstance *client, const char *address, gpointer data)
{
  Signals *self = data;

  self->wrong_thread |= self->thread != g_thread_self ();
  g_string_append_printf (self->log, "opened %s;", address);
}

static void
on_closed (RmqClientInstance *client, const char *address, const GError *error, gpointer data)
{
  Signals *self = data;

  self->wrong_thread |= self->thread != g_thread_self ();
  g_string_append_printf (self->log, "closed %s%s;", address, error != NULL ? " with an error" : "");
}

static void
on_route_changed (RmqClientInstance *client, const char *topic, gpointer data)
{
  g_string_append_printf (((Signals *) data)->log, "route %s;", topic);
}

static unsigned
n_items (GListModel *model)
{
  return g_list_model_get_n_items (model);
}

static void
test_signals (Fixture *self, gconstpointer data)
{
  Signals signals = { g_string_new (NULL), false, g_thread_self () };
  const char *address = rmq_fake_broker_get_address (self->broker);
  g_autofree char *opened = g_strdup_printf ("opened %s;", address);
  g_autofree char *lost = g_strdup_printf ("closed %s with an error;", address);
  g_autoptr (RmqClientItem) item = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect (self->client, "connection-opened", G_CALLBACK (on_opened), &signals);
  g_signal_connect (self->client, "connection-closed", G_CALLBACK (on_closed), &signals);
  g_signal_connect (self->client, "route-changed", G_CALLBACK (on_route_changed), &signals);
  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, strstr (signals.log->str, opened) != NULL && strstr (signals.log->str, "route orders;") != NULL);
  g_assert_cmpuint (n_items (rmq_client_instance_get_connections (self->client)), ==, 1);
  g_assert_cmpuint (n_items (rmq_client_instance_get_producers (self->client)), ==, 1);
  g_assert_cmpuint (n_items (rmq_client_instance_get_consumers (self->client)), ==, 0);
  item = g_list_model_get_item (rmq_client_instance_get_connections (self->client), 0);
  g_assert_cmpstr (rmq_client_item_get_name (item), ==, address);

  rmq_fake_broker_disconnect_all (self->broker);
  FIXTURE_WAIT (self, strstr (signals.log->str, lost) != NULL);
  g_assert_true (fixture_close (self, self->client, &error));
  FIXTURE_WAIT (self, n_items (rmq_client_instance_get_connections (self->client)) == 0
                          && n_items (rmq_client_instance_get_producers (self->client)) == 0);
  g_assert_false (signals.wrong_thread);
  g_signal_handlers_disconnect_by_data (self->client, &signals);
  g_string_free (signals.log, TRUE);
}

static void
test_duplicate_group (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqProducer) twin = rmq_producer_new (self->client, "orders-producer");
  g_autoptr (RmqProducer) other = rmq_producer_new (self->client, "other-producer");
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_false (fixture_send (self, twin, TOPIC, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_DUPLICATE_GROUP);
  g_assert_nonnull (strstr (error->message, "has been created before"));
  g_clear_error (&error);
  g_assert_true (fixture_send (self, other, TOPIC, &error));
  g_assert_no_error (error);
}

static RmqClientInstance *
get_shared (Fixture *self, const char *key, const char *value)
{
  g_autoptr (RmqClientConfig) config = fixture_new_config (self, NULL);
  g_autoptr (GError) error = NULL;
  RmqClientInstance *client;

  g_assert_true (rmq_client_config_set (config, "client-id", "127.0.0.1@shared", NULL));
  if (key != NULL)
    g_assert_true (rmq_client_config_set (config, key, value, NULL));
  rmq_client_config_set_io_context (config, rmq_client_config_get_io_context (self->config));
  client = rmq_client_instance_get_shared (config, &error);
  if (client == NULL)
    g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  return client;
}

static void
test_shared (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientInstance) one = get_shared (self, NULL, NULL);
  g_autoptr (RmqClientInstance) two = NULL;
  g_autoptr (RmqProducer) of_one = rmq_producer_new (one, "one");
  g_autoptr (RmqProducer) of_two = NULL;
  g_autoptr (RmqProducer) late = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notified = g_ptr_array_new ();

  g_assert_true (fixture_send (self, of_one, TOPIC, &error));
  two = get_shared (self, NULL, NULL);
  g_assert_true (one != two);
  g_assert_null (get_shared (self, "unit-name", "other"));
  g_assert_null (get_shared (self, "rpc-hook.acl.secret-key", "other"));

  /* The later handle is told what there is. */
  FIXTURE_WAIT (self, n_items (rmq_client_instance_get_connections (two)) == 1
                          && n_items (rmq_client_instance_get_producers (two)) == 1);
  of_two = rmq_producer_new (two, "two");
  g_assert_true (fixture_send (self, of_two, TOPIC, &error));
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker), ==, 1);

  /* One closes: its producer does, the other handle goes on. */
  g_signal_connect (one, "notify::state", G_CALLBACK (note_thread), notified);
  g_assert_true (fixture_close (self, one, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmq_client_instance_get_state (one), ==, RMQ_STATE_CLOSED);
  g_assert_cmpint (rmq_client_instance_get_state (two), ==, RMQ_STATE_RUNNING);
  g_assert_cmpint (rmq_producer_get_state (of_one), ==, RMQ_STATE_CLOSED);
  FIXTURE_WAIT (self, notified->len > 0);
  g_assert_false (fixture_send (self, of_one, TOPIC, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_clear_error (&error);
  late = rmq_producer_new (one, "late");
  g_assert_false (fixture_send (self, late, TOPIC, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_true (fixture_send (self, of_two, TOPIC, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_close (self, one, &error));
  g_assert_cmpint (rmq_client_instance_get_state (two), ==, RMQ_STATE_RUNNING);

  /* The last one closes everything. */
  g_assert_true (fixture_close (self, two, &error));
  g_assert_cmpint (rmq_client_instance_get_state (two), ==, RMQ_STATE_CLOSED);
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 0);
  g_clear_object (&of_one);
  g_clear_object (&one);
  one = get_shared (self, NULL, NULL);
  g_assert_true (one != two);
  g_assert_cmpint (rmq_client_instance_get_state (one), ==, RMQ_STATE_CREATED);
}

/* A handle that is dropped ends what was made with it, and no more. */
static void
test_shared_dropped (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientInstance) one = get_shared (self, NULL, NULL);
  g_autoptr (RmqClientInstance) two = get_shared (self, NULL, NULL);
  g_autoptr (RmqProducer) of_one = rmq_producer_new (one, "one");
  g_autoptr (RmqProducer) of_two = rmq_producer_new (two, "two");
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_send (self, of_one, TOPIC, &error));
  g_assert_true (fixture_send (self, of_two, TOPIC, &error));
  g_clear_object (&of_one);
  g_clear_object (&one);
  FIXTURE_WAIT (self, fixture_count (self, RMQ_REQUEST_UNREGISTER_CLIENT) == 1);
  g_assert_true (fixture_send (self, of_two, TOPIC, &error));
  g_assert_no_error (error);
  g_clear_object (&of_two);
  g_clear_object (&two);
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 0);
}

static void
test_hooks_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientConfig) config = fixture_new_config (self, NULL);
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_client_config_set (config, "rpc-hooks", "no-such-hook", NULL));
  rmq_client_config_set_io_context (config, rmq_client_config_get_io_context (self->config));
  client = rmq_client_instance_new (config);
  rmq_client_instance_start_async (client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_false (rmq_client_instance_start_finish (client, result, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND);
  g_assert_cmpint (rmq_client_instance_get_state (client), ==, RMQ_STATE_CLOSED);
}

/* --- list models --- */

typedef struct
{
  unsigned n_changes;
  unsigned n_removed;
  unsigned n_added;
} Changes;

static void
note_change (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  Changes *self = data;

  self->n_changes++;
  self->n_removed += removed;
  self->n_added += added;
}

/* As if it had happened in the I/O context. */
static void
happen (Fixture *self, RmqClientEventKind kind, const char *format, int first, int last)
{
  for (int i = first; i <= last; i++)
    {
      g_autofree char *name = g_strdup_printf (format, i);

      _rmq_client_events_emit (_rmq_client_instance_get_core (self->client)->events, kind, name, NULL);
    }
}

static void
test_models_coalesce (Fixture *self, gconstpointer data)
{
  GListModel *model = rmq_client_instance_get_consumers (self->client);
  g_autoptr (RmqClientItem) kept = NULL;
  g_autoptr (RmqClientItem) same = NULL;
  Changes changes = { 0 };

  g_signal_connect (model, "items-changed", G_CALLBACK (note_change), &changes);
  happen (self, RMQ_CLIENT_EVENT_CONSUMER_ADDED, "g%d", 0, 99);
  FIXTURE_WAIT (self, n_items (model) == 100);
  /* A turn has a limit of time, which slow machines reach. */
  g_assert_cmpuint (changes.n_changes, <=, rmq_test_get_slowness ());
  g_assert_cmpuint (changes.n_added, ==, 100);

  /* The views keep what does not change: one in the middle goes, one comes. */
  kept = g_list_model_get_item (model, 99);
  changes = (Changes){ 0 };
  happen (self, RMQ_CLIENT_EVENT_CONSUMER_REMOVED, "g%d", 98, 98);
  happen (self, RMQ_CLIENT_EVENT_CONSUMER_ADDED, "new%d", 0, 0);
  FIXTURE_WAIT (self, changes.n_changes > 0);
  g_assert_cmpuint (changes.n_changes, ==, 1);
  g_assert_cmpuint (changes.n_removed, ==, 2);
  g_assert_cmpuint (changes.n_added, ==, 2);
  same = g_list_model_get_item (model, 98);
  g_assert_true (same == kept);

  /* Come and gone in one turn: nothing to see. */
  changes = (Changes){ 0 };
  happen (self, RMQ_CLIENT_EVENT_CONSUMER_ADDED, "short%d", 0, 49);
  happen (self, RMQ_CLIENT_EVENT_CONSUMER_REMOVED, "short%d", 0, 49);
  happen (self, RMQ_CLIENT_EVENT_PRODUCER_ADDED, "mark%d", 0, 0);
  FIXTURE_WAIT (self, n_items (rmq_client_instance_get_producers (self->client)) == 1);
  g_assert_cmpuint (changes.n_changes, ==, 0);
  g_signal_handlers_disconnect_by_data (model, &changes);
}

static void
count_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  (*(unsigned *) data)++;
}

/* More happens than an idle context collects: what is shown afterwards is right all the same. */
static void
test_models_overflow (Fixture *self, gconstpointer data)
{
  GListModel *connections = rmq_client_instance_get_connections (self->client);
  GListModel *producers = rmq_client_instance_get_producers (self->client);
  GListModel *consumers = rmq_client_instance_get_consumers (self->client);
  g_autoptr (RmqProducer) second = rmq_producer_new (self->client, "second");
  g_autoptr (RmqClientItem) before = NULL;
  g_autoptr (RmqClientItem) after = NULL;
  g_autoptr (GError) error = NULL;
  unsigned n_notified = 0;

  g_assert_true (fixture_send (self, self->producer, TOPIC, &error));
  FIXTURE_WAIT (self, n_items (producers) == 1);
  before = g_list_model_get_item (producers, 0);
  g_signal_connect (self->client, "notify::state", G_CALLBACK (count_notify), &n_notified);

  for (int round = 0; round < 3; round++)
    {
      n_notified = 0;
      /* Consumers that there never were, so that only a snapshot can put it right. */
      happen (self, RMQ_CLIENT_EVENT_CONSUMER_ADDED, "ghost%d", 0, 4999);
      if (round == 0)
        {
          g_autoptr (RmqMessage) message = rmq_message_new_text (TOPIC, "x");
          g_autoptr (RmqSendReceipt) receipt = NULL;

          if (data == OWN_CONTEXT)
            g_assert_true (fixture_send (self, second, TOPIC, &error));
          else
            receipt = rmq_producer_send (second, message, NULL, &error);
          g_assert_no_error (error);
        }
      FIXTURE_WAIT (self, n_notified > 0);
      FIXTURE_WAIT (self, n_items (consumers) == 0);
      g_assert_cmpuint (n_items (producers), ==, 2);
      g_assert_cmpuint (n_items (connections), ==, 1);
    }
  after = g_list_model_get_item (producers, 0);
  g_assert_true (after == before);
  g_signal_handlers_disconnect_by_data (self->client, &n_notified);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/client/instance/C-LIFE-007/states", test_states);
  fixture_add ("/client/instance/C-LIFE-004/signals", test_signals);
  fixture_add ("/client/instance/C-SEND-030/duplicate-group", test_duplicate_group);
  fixture_add ("/client/instance/C-LIFE-008/shared", test_shared);
  fixture_add ("/client/instance/C-LIFE-008/dropped", test_shared_dropped);
  fixture_add ("/client/instance/C-STAT-002/models-coalesce", test_models_coalesce);
  fixture_add ("/client/instance/C-STAT-002/models-overflow", test_models_overflow);
  fixture_add ("/client/instance/hooks-refused", test_hooks_refused);
  return g_test_run ();
}
