/* SPDX-License-Identifier: Apache-2.0
 *
 * Who owns which queues: members that come and go, brokers that know nothing, strategies that fail.
 */
#include "consumer-fixture.h"

#include "base/rmq-sync-private.h"

static bool
owns (Fixture *self, RmqPushConsumer *consumer, unsigned n)
{
  return fixture_count_owned (self, consumer) == n;
}

/* --- C-REB-001, C-REB-002 --- */

static void
test_spread (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) second = fixture_new_consumer (self, GROUP);
  g_autoptr (RmqPushConsumer) third = fixture_new_consumer (self, GROUP);
  g_autoptr (RmqPushConsumer) fourth = fixture_new_consumer (self, GROUP);
  unsigned sizes[3];

  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 8, 6);
  fixture_run (self);
  FIXTURE_WAIT (self, owns (self, self->consumer, 8));
  fixture_run_consumer (self, second, NULL);
  FIXTURE_WAIT (self, owns (self, self->consumer, 4) && owns (self, second, 4));
  fixture_run_consumer (self, third, NULL);
  FIXTURE_WAIT (self, (sizes[0] = fixture_count_owned (self, self->consumer)) < 4
                          && (sizes[1] = fixture_count_owned (self, second)) < 4
                          && (sizes[2] = fixture_count_owned (self, third)) < 4 && sizes[0] + sizes[1] + sizes[2] == 8);
  fixture_run_consumer (self, fourth, NULL);
  FIXTURE_WAIT (self, owns (self, self->consumer, 2) && owns (self, second, 2) && owns (self, third, 2)
                          && owns (self, fourth, 2));
  for (int i = 0; i < 400; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%d", i);

      rmq_fake_broker_put (self->broker, TOPIC, i % 8, text, NULL);
    }
  FIXTURE_WAIT (self, fixture_count (self) == 400);
  g_assert_true (fixture_close (self, second, NULL));
  g_assert_true (fixture_close (self, third, NULL));
  FIXTURE_WAIT (self, owns (self, self->consumer, 4) && owns (self, fourth, 4));
  g_assert_true (fixture_close (self, fourth, NULL));
  FIXTURE_WAIT (self, owns (self, self->consumer, 8));
}

static bool
has_all (Fixture *self, unsigned n)
{
  g_autoptr (GHashTable) bodies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < fixture_count (self); i++)
    g_hash_table_add (bodies, rmq_message_dup_text (fixture_peek (self, i)));
  return g_hash_table_size (bodies) == n;
}

static void
test_members_change (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) second = fixture_new_consumer (self, GROUP);
  RmqPushConsumer *third = fixture_new_consumer (self, GROUP);

  fixture_run_all (self);
  for (int i = 0; i < 150; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%d", i);

      rmq_fake_broker_put (self->broker, TOPIC, i % 4, text, NULL);
      if (i == 30)
        fixture_run_consumer (self, second, NULL);
      if (i == 60)
        fixture_run_consumer (self, third, NULL);
      if (i == 90)
        g_clear_object (&third); /* without a word */
      if (i == 120)
        g_assert_true (fixture_close (self, second, NULL));
      fixture_iterate (self);
    }
  FIXTURE_WAIT (self, has_all (self, 150));
}

/* --- C-REB-003 --- */

static void
test_notified (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer =
      fixture_new_consumer_with (self, GROUP, "rebalance-interval", "600000", "rebalance-retry", "100", NULL);
  const char *const other[] = { "0.0.0.0@first", NULL };
  const char *const ext[] = { "consumerGroup", GROUP, NULL };

  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, owns (self, consumer, 4));
  rmq_fake_broker_set_extra_ids (self->broker, other);
  rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED, ext, NULL, true);
  /* The next period would be too late. */
  FIXTURE_WAIT (self, owns (self, consumer, 2));
}

static void
test_period (Fixture *self, gconstpointer data)
{
  const char *const other[] = { "0.0.0.0@first", NULL };

  fixture_run_all (self);
  rmq_fake_broker_set_extra_ids (self->broker, other);
  FIXTURE_WAIT (self, owns (self, self->consumer, 2));
}

/* --- C-REB-004 --- */

static RmqFakeVerdict
strange_list (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  rmq_fake_reply_set_body (reply, data);
  return RMQ_FAKE_REPLY;
}

static void
test_doubt (Fixture *self, gconstpointer data)
{
  static char *const answers[] = { "{\"consumerIdList\":[]}", "{}", "{\"consumerIdList\":[\"somebody@else\"]}",
                                   "[nonsense" };
  unsigned asked;

  fixture_run_all (self);
  for (unsigned i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, strange_list, answers[i]);
      asked = fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP);
      FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP) >= asked + 3);
      g_assert_true (owns (self, self->consumer, 4));
    }
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP, 3, RMQ_RESPONSE_SYSTEM_ERROR,
                        "no consumer for this group");
  asked = fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP) >= asked + 3);
  g_assert_true (owns (self, self->consumer, 4));
  g_assert_cmpuint (rmq_fake_broker_count_held (self->broker), ==, 5);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
}

static void
test_no_queues (Fixture *self, gconstpointer data)
{
  fixture_run_all (self);
  rmq_fake_broker_remove_topic (self->broker, TOPIC);
  g_assert_false (FIXTURE_TRY_WAIT (self, !owns (self, self->consumer, 4), 800));
}

/* --- C-REB-005 --- */

static void
test_broker_forgets (Fixture *self, gconstpointer data)
{
  fixture_run_all (self);
  /* The fake broker knows clients by their connections. */
  rmq_fake_broker_disconnect_all (self->broker);
  rmq_fake_broker_forget_requests (self->broker);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > 0);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_assert_true (owns (self, self->consumer, 4));
}

/* --- C-REB-006 --- */

static void
test_many_triggers (Fixture *self, gconstpointer data)
{
  const char *const ext[] = { "consumerGroup", GROUP, NULL };

  fixture_run_all (self);
  for (unsigned i = 0; i < 50; i++)
    {
      rmq_fake_broker_push (self->broker, GROUP, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED, ext, NULL, true);
      rmq_push_consumer_subscribe (self->consumer, TOPIC, i % 2 == 0 ? "A" : "*", NULL);
      fixture_iterate (self);
    }
  rmq_push_consumer_subscribe (self->consumer, TOPIC, "*", NULL);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) >= 5);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  /* Pulls that were called back are still held here until their time is over: then one for each queue is left. */
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
}

/* --- C-REB-012, C-REB-013 --- */

typedef struct
{
  unsigned n_calls;
  unsigned n_queues;
  unsigned n_assigned;
} Listener;

static void
on_assignment (RmqPushConsumer *consumer, const char *topic, GPtrArray *queues, GPtrArray *assigned, Listener *listener)
{
  if (!g_str_equal (topic, TOPIC))
    return;
  listener->n_calls++;
  listener->n_queues = queues->len;
  listener->n_assigned = assigned->len;
}

static void
on_rebalanced (RmqClientInstance *client, const char *group, const char *topic, unsigned *n_calls)
{
  g_assert_cmpstr (group, ==, GROUP);
  *n_calls += 1;
}

static int64_t
get_told_version (Fixture *self)
{
  g_autoptr (RmqFakeRequest) request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_HEART_BEAT);
  g_autofree char *body = g_strndup (g_bytes_get_data (request->body, NULL), g_bytes_get_size (request->body));
  const char *topic = strstr (body, "\"topic\":\"" TOPIC "\"");
  const char *version;

  g_assert_nonnull (topic);
  for (version = topic; !g_str_has_prefix (version, "\"subVersion\":"); version--)
    g_assert_true (version > body);
  return g_ascii_strtoll (version + strlen ("\"subVersion\":"), NULL, 10);
}

static void
test_listener (Fixture *self, gconstpointer data)
{
  const char *const other[] = { "0.0.0.0@first", NULL };
  Listener listener = { 0 };
  unsigned n_rebalanced = 0;
  int64_t version;

  g_signal_connect (self->consumer, "assignment-changed", G_CALLBACK (on_assignment), &listener);
  g_signal_connect (self->client, "rebalanced", G_CALLBACK (on_rebalanced), &n_rebalanced);
  fixture_run (self);
  FIXTURE_WAIT (self, listener.n_calls == 1);
  g_assert_cmpuint (listener.n_queues, ==, 4);
  g_assert_cmpuint (listener.n_assigned, ==, 4);
  FIXTURE_WAIT (self, rmq_fake_broker_count_held (self->broker) == 5);
  version = get_told_version (self);

  rmq_fake_broker_forget_requests (self->broker);
  rmq_fake_broker_set_extra_ids (self->broker, other);
  FIXTURE_WAIT (self, listener.n_calls == 2);
  g_assert_cmpuint (listener.n_queues, ==, 4);
  g_assert_cmpuint (listener.n_assigned, ==, 2);
  FIXTURE_WAIT (self, n_rebalanced >= 2);
  /* Told at once, and newer. */
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_HEART_BEAT) > 0);
  g_assert_cmpint (get_told_version (self), >, version);
  /* No pull failed because of it. */
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 2);
  g_signal_handlers_disconnect_by_data (self->consumer, &listener);
  g_signal_handlers_disconnect_by_data (self->client, &n_rebalanced);
}

/* --- C-REB-014 --- */

static RmqFakeVerdict
swallow_first (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  int *n = data;

  return rmq_fake_request_get_int (request, "queueOffset") == 1 && g_atomic_int_add (n, 1) == 0 ? RMQ_FAKE_SILENT
                                                                                                : RMQ_FAKE_DEFAULT;
}

static void
test_idle_queue (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer =
      fixture_new_consumer_with (self, GROUP, "queue-idle-limit", "300", "rebalance-interval", "100", "pull-timeout",
                                 "600000", "pull-suspend", "100", NULL);
  int n_swallowed = 0;

  rmq_fake_broker_add_topic (self->broker, TOPIC, NULL, 1, 6);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "one", NULL);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_PULL_MESSAGE, swallow_first, &n_swallowed);
  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 1);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "two", NULL);
  FIXTURE_WAIT (self, fixture_count (self) == 2);
  g_assert_cmpuint (fixture_count_text (self, "one"), ==, 1);
  g_assert_cmpuint (fixture_count_text (self, "two"), ==, 1);
}

/* --- strategies of the application --- */

#define TEST_TYPE_STRATEGY (test_strategy_get_type ())
G_DECLARE_FINAL_TYPE (TestStrategy, test_strategy, TEST, STRATEGY, RmqAllocationStrategy)

typedef enum
{
  GIVE_FIRST,
  GIVE_ERROR,
  GIVE_NULL,
  GIVE_FOREIGN,
} TestAnswer;

struct _TestStrategy
{
  RmqAllocationStrategy parent_instance;
  int answer; /* atomic */
  bool in_owner_context;
  int n_calls; /* atomic */
  GThread *thread;
};

G_DEFINE_FINAL_TYPE (TestStrategy, test_strategy, RMQ_TYPE_ALLOCATION_STRATEGY)

static GPtrArray *
test_strategy_allocate (RmqAllocationStrategy *strategy,
                        const char *group,
                        const char *client_id,
                        GPtrArray *queues,
                        const char *const *client_ids,
                        GError **error)
{
  TestStrategy *self = TEST_STRATEGY (strategy);
  GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  g_atomic_int_inc (&self->n_calls);
  g_atomic_pointer_set (&self->thread, g_thread_self ());
  switch (g_atomic_int_get (&self->answer))
    {
    case GIVE_FIRST:
      g_ptr_array_add (result, rmq_message_queue_ref (g_ptr_array_index (queues, 0)));
      return result;
    case GIVE_FOREIGN:
      g_ptr_array_add (result, rmq_message_queue_new ("other", "broker-a", 0));
      return result;
    case GIVE_ERROR:
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_FAILED, "not today");
      break;
    default:
      break;
    }
  g_ptr_array_unref (result);
  return NULL;
}

static RmqAllocationFlags
test_strategy_get_flags (RmqAllocationStrategy *strategy)
{
  return TEST_STRATEGY (strategy)->in_owner_context ? RMQ_ALLOCATION_IN_OWNER_CONTEXT : RMQ_ALLOCATION_NONE;
}

static char *
test_strategy_dup_name (RmqAllocationStrategy *strategy)
{
  return g_strdup ("TEST");
}

static void
test_strategy_class_init (TestStrategyClass *klass)
{
  RmqAllocationStrategyClass *strategy_class = RMQ_ALLOCATION_STRATEGY_CLASS (klass);

  strategy_class->allocate = test_strategy_allocate;
  strategy_class->get_flags = test_strategy_get_flags;
  strategy_class->dup_name = test_strategy_dup_name;
}

static void
test_strategy_init (TestStrategy *self)
{
}

static void
on_stalled (RmqClientInstance *client, const char *group, RmqMessageQueue *queue, const char *reason, unsigned *n_calls)
{
  g_assert_nonnull (reason);
  *n_calls += 1;
}

static void
run_strategy (Fixture *self, bool in_owner_context)
{
  g_autoptr (TestStrategy) strategy = g_object_new (TEST_TYPE_STRATEGY, NULL);
  unsigned n_stalled = 0;

  strategy->in_owner_context = in_owner_context;
  g_object_set (self->consumer, "allocation", strategy, NULL);
  g_signal_connect (self->client, "queue-stalled", G_CALLBACK (on_stalled), &n_stalled);
  fixture_run (self);
  FIXTURE_WAIT (self, owns (self, self->consumer, 1));
  g_assert_true ((g_atomic_pointer_get (&strategy->thread) == g_thread_self ()) == in_owner_context);
  for (int answer = GIVE_ERROR; answer <= GIVE_FOREIGN; answer++)
    {
      int n_calls;

      n_stalled = 0;
      g_atomic_int_set (&strategy->answer, answer);
      FIXTURE_WAIT (self, n_stalled > 0);
      n_calls = g_atomic_int_get (&strategy->n_calls);
      FIXTURE_WAIT (self, g_atomic_int_get (&strategy->n_calls) >= n_calls + 2);
      g_assert_true (owns (self, self->consumer, 1));
    }
  g_signal_handlers_disconnect_by_data (self->client, &n_stalled);
}

static void
test_strategy_in_io (Fixture *self, gconstpointer data)
{
  run_strategy (self, false);
}

static void
test_strategy_in_owner (Fixture *self, gconstpointer data)
{
  run_strategy (self, true);
}

/* --- C-REB-016 --- */

static GMutex warnings_lock;
static char *twin_warning; /* the last one */
static unsigned n_twin_warnings;

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields, void *data)
{
  for (gsize i = 0; level == G_LOG_LEVEL_WARNING && i < n_fields; i++)
    {
      if (!g_str_equal (fields[i].key, "MESSAGE") || strstr (fields[i].value, "has the client id") == NULL)
        continue;
      rmq_mutex_lock (&warnings_lock);
      g_free (twin_warning);
      twin_warning = g_strdup (fields[i].value);
      n_twin_warnings++;
      rmq_mutex_unlock (&warnings_lock);
    }
  return g_log_writer_default (level, fields, n_fields, data);
}

static unsigned
count_twin_warnings (const char *named)
{
  unsigned n;

  rmq_mutex_lock (&warnings_lock);
  if (n_twin_warnings > 0)
    g_assert_nonnull (strstr (twin_warning, named));
  n = n_twin_warnings;
  rmq_mutex_unlock (&warnings_lock);
  return n;
}

static RmqFakeVerdict
tell_connections (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  rmq_fake_reply_set_body (reply, data);
  return RMQ_FAKE_REPLY;
}

/* Told once, though every rebalance sees it, and with the other's address. */
static void
test_twin (Fixture *self, gconstpointer data)
{
  g_autofree char *id = rmq_client_instance_dup_client_id (self->client);
  const char *const twice[] = { id, NULL };
  /* The broker answers with it for longer than this function lives, not longer than its fixture. */
  static char *body;
  unsigned asked;

  g_free (body);
  body = g_strdup_printf (
      "{\"connectionSet\":[{\"clientId\":\"%s\",\"clientAddr\":\"192.0.2.7:4711\",\"language\":\"JAVA\","
      "\"version\":479},{\"clientId\":\"other\",\"clientAddr\":\"192.0.2.8:4711\"}]}",
      id);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST, tell_connections, body);
  fixture_run_all (self);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST), ==, 0);
  rmq_fake_broker_set_extra_ids (self->broker, twice);
  FIXTURE_WAIT (self, count_twin_warnings ("192.0.2.7:4711") == 1);
  asked = fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_CONNECTION_LIST) >= asked + 3);
  g_assert_cmpuint (count_twin_warnings ("192.0.2.7:4711"), ==, 1);
  g_assert_null (strstr (twin_warning, "192.0.2.8"));

  /* It went away and came back. */
  rmq_fake_broker_set_extra_ids (self->broker, NULL);
  asked = fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP);
  FIXTURE_WAIT (self, fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP) >= asked + 2);
  rmq_fake_broker_set_extra_ids (self->broker, twice);
  FIXTURE_WAIT (self, count_twin_warnings ("192.0.2.7:4711") == 2);
}

int
main (int argc, char **argv)
{
  fixture_init (&argc, &argv);
  g_log_set_writer_func (keep_warning, NULL, NULL);
  fixture_add ("/consumer/rebalance/C-REB-001/spread", test_spread);
  fixture_add ("/consumer/rebalance/C-REB-002/members-change", test_members_change);
  fixture_add_both ("/consumer/rebalance/C-REB-003/notified", test_notified);
  fixture_add ("/consumer/rebalance/C-REB-003/period", test_period);
  fixture_add ("/consumer/rebalance/C-REB-004/doubt", test_doubt);
  fixture_add ("/consumer/rebalance/C-REB-004/no-queues", test_no_queues);
  fixture_add ("/consumer/rebalance/C-REB-005/broker-forgets", test_broker_forgets);
  fixture_add ("/consumer/rebalance/C-REB-006/many-triggers", test_many_triggers);
  fixture_add_both ("/consumer/rebalance/C-REB-012/C-REB-013/listener", test_listener);
  fixture_add ("/consumer/rebalance/C-REB-014/idle-queue", test_idle_queue);
  fixture_add ("/consumer/rebalance/C-REB-016/twin", test_twin);
  fixture_add ("/consumer/rebalance/strategy/io-context", test_strategy_in_io);
  fixture_add ("/consumer/rebalance/strategy/owner-context", test_strategy_in_owner);
  return g_test_run ();
}
