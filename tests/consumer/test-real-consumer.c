/* SPDX-License-Identifier: Apache-2.0
 *
 * The push consumer against a real RocketMQ, whose name server RMQ_NAMESRV names. With RMQ_REAL_TOOL, the tool that
 * started it, also what mqadmin has brokers ask of a client.
 */
#include <rmq/rmq.h>
#include "rmq-test.h"

#define WAIT_MS 60000

typedef struct
{
  RmqClientInstance *client;
  RmqProducer *producer;
  GPtrArray *received; /* RmqMessage */
  char *topic;
  char *group;
  RmqConsumeResult (*handler) (RmqMessage *message);
} Fixture;

/* --- fixture --- */

static void
set_up (Fixture *self, gconstpointer data)
{
  static int counter;
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (g_getenv ("RMQ_NAMESRV"));

  self->client = rmq_client_instance_new (config);
  self->producer = rmq_producer_new (self->client, "real-producer");
  self->received = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  self->topic = g_strdup_printf ("real-%d-%d", (int) getpid (), ++counter);
  self->group = g_strdup_printf ("real-service-%d-%d", (int) getpid (), counter);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_true (rmq_client_instance_close (self->client, NULL, NULL));
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  g_ptr_array_unref (self->received);
  g_free (self->topic);
  g_free (self->group);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *data)
{
  Fixture *self = data;
  RmqConsumeResult result = self->handler != NULL ? self->handler (message) : RMQ_CONSUME_SUCCESS;

  g_ptr_array_add (self->received, message);
  return result;
}

static RmqPushConsumer *
run_with (Fixture *self, RmqClientInstance *client, const char *group, const char *topic, const char *tags)
{
  g_autoptr (GError) error = NULL;
  RmqPushConsumer *consumer = rmq_push_consumer_new (client, group);

  rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, topic, tags, &error));
  g_assert_true (rmq_push_consumer_start (consumer, NULL, &error));
  g_assert_no_error (error);
  return consumer;
}

static RmqPushConsumer *
run (Fixture *self, const char *tags)
{
  return run_with (self, self->client, self->group, self->topic, tags);
}

static void
finish (RmqPushConsumer *consumer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_push_consumer_close (consumer, NULL, &error));
  g_assert_no_error (error);
  g_object_unref (consumer);
}

static void
send (Fixture *self, const char *text, const char *tag)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, text);
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;

  if (tag != NULL)
    g_assert_true (rmq_message_set_tag (message, tag, NULL));
  receipt = rmq_producer_send (self->producer, message, NULL, &error);
  g_assert_no_error (error);
}

static void
send_many (Fixture *self, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      send (self, text, NULL);
    }
}

typedef struct
{
  Fixture *fixture;
  unsigned n;
} Expected;

static bool
has_received (void *data)
{
  Expected *expected = data;

  return expected->fixture->received->len >= expected->n;
}

static void
await (Fixture *self, unsigned n)
{
  Expected expected = { self, n };

  if (!rmq_test_wait_until (g_main_context_default (), has_received, &expected, WAIT_MS))
    g_error ("%u of %u messages came", self->received->len, n);
  g_assert_cmpuint (self->received->len, ==, n);
}

static bool
never (void *data)
{
  return false;
}

/* Iterates for a while. */
static void
linger (Fixture *self, unsigned milliseconds)
{
  rmq_test_wait_until (g_main_context_default (), never, NULL, milliseconds);
}

static void
await_nothing (Fixture *self, unsigned milliseconds)
{
  unsigned n = self->received->len;

  linger (self, milliseconds);
  g_assert_cmpuint (self->received->len, ==, n);
}

typedef struct
{
  RmqPushConsumer *consumer;
  const char *topic;
  unsigned n;
} Owned;

static bool
owns (void *data)
{
  Owned *owned = data;
  g_autoptr (GPtrArray) queues = rmq_push_consumer_dup_assignment (owned->consumer);
  unsigned n = 0;

  for (unsigned i = 0; i < queues->len; i++)
    n += g_str_equal (rmq_message_queue_get_topic (g_ptr_array_index (queues, i)), owned->topic);
  return n == owned->n;
}

static void
await_owned (Fixture *self, RmqPushConsumer *consumer, unsigned n)
{
  Owned owned = { consumer, self->topic, n };

  g_assert_true (rmq_test_wait_until (g_main_context_default (), owns, &owned, WAIT_MS));
}

/* --- tests --- */

static void
test_receive (Fixture *self, gconstpointer data)
{
  g_autoptr (GHashTable) bodies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RmqPushConsumer *consumer;

  send_many (self, 1);
  consumer = run (self, NULL);
  await_owned (self, consumer, 4);
  send_many (self, 99);
  await (self, 100);
  for (unsigned i = 0; i < 100; i++)
    g_hash_table_add (bodies, rmq_message_dup_text (g_ptr_array_index (self->received, i)));
  g_assert_cmpuint (g_hash_table_size (bodies), ==, 99);
  finish (consumer);

  /* What was finished does not come again. */
  consumer = run (self, NULL);
  send_many (self, 4);
  await (self, 104);
  await_nothing (self, 500);
  finish (consumer);
}

static void
test_share (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (g_getenv ("RMQ_NAMESRV"));
  g_autoptr (RmqClientInstance) other = NULL;
  RmqPushConsumer *first, *second;

  g_assert_true (rmq_client_config_set (config, "instance-name", "the-other-one", NULL));
  other = rmq_client_instance_new (config);
  send_many (self, 4);
  first = run (self, NULL);
  await_owned (self, first, 4);
  second = run_with (self, other, self->group, self->topic, NULL);
  await_owned (self, first, 2);
  await_owned (self, second, 2);
  /* What the first one had not committed when the second one asked comes twice; nothing is lost. */
  linger (self, 500);
  g_assert_cmpuint (self->received->len, <=, 6);
  g_ptr_array_set_size (self->received, 0);
  send_many (self, 40);
  await (self, 40);
  finish (second);
  await_owned (self, first, 4);
  send_many (self, 8);
  await (self, 48);
  finish (first);
  g_assert_true (rmq_client_instance_close (other, NULL, NULL));
}

static void
test_tags (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *expression;
    unsigned n;
  } cases[] = { { "TagA", 4 }, { "TagA || TagB", 8 }, { "*", 13 }, { "BB", 2 }, { "none", 0 } };

  for (unsigned i = 0; i < 4; i++)
    {
      send (self, "a", "TagA");
      send (self, "b", "TagB");
    }
  for (unsigned i = 0; i < 2; i++)
    {
      send (self, "collides", "Aa");
      send (self, "mine", "BB");
    }
  send (self, "untagged", NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *group = g_strdup_printf ("%s-%u", self->group, i);
      g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (self->client, group);

      g_ptr_array_set_size (self->received, 0);
      g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
      rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
      g_assert_true (rmq_push_consumer_subscribe (consumer, self->topic, cases[i].expression, NULL));
      g_assert_true (rmq_push_consumer_start (consumer, NULL, NULL));
      await (self, cases[i].n);
      await_nothing (self, 300);
      g_assert_true (rmq_push_consumer_close (consumer, NULL, NULL));
    }
}

static RmqConsumeResult
fail_once (RmqMessage *message)
{
  return rmq_message_get_reconsume_times (message) == 0 ? RMQ_CONSUME_RETRY : RMQ_CONSUME_SUCCESS;
}

/* A new group: the first retry comes after the ten seconds of its level, not after minutes. */
static void
test_retry (Fixture *self, gconstpointer data)
{
  RmqPushConsumer *consumer;
  RmqMessage *first, *again;
  int64_t begun;

  self->handler = fail_once;
  send (self, "again", "T");
  consumer = run (self, NULL);
  await (self, 1);
  begun = g_get_monotonic_time ();
  await (self, 2);
  g_assert_cmpint (g_get_monotonic_time () - begun, >, 8 * G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 15 * G_USEC_PER_SEC);
  first = g_ptr_array_index (self->received, 0);
  again = g_ptr_array_index (self->received, 1);
  g_assert_cmpint (rmq_message_get_reconsume_times (again), ==, 1);
  g_assert_cmpstr (rmq_message_get_topic (again), ==, self->topic);
  g_assert_cmpstr (rmq_message_get_tag (again), ==, "T");
  g_assert_cmpstr (rmq_message_get_unique_id (again), ==, rmq_message_get_unique_id (first));
  finish (consumer);
}

static RmqConsumeResult
retry_soon (RmqMessage *message)
{
  if (rmq_message_get_reconsume_times (message) > 0)
    return RMQ_CONSUME_SUCCESS;
  g_assert_true (rmq_message_retry (message, g_str_equal (rmq_message_get_tag (message), "soon") ? 1 : -1, NULL));
  return RMQ_CONSUME_DEFERRED;
}

static void
test_levels (Fixture *self, gconstpointer data)
{
  RmqPushConsumer *consumer;
  int64_t begun;

  self->handler = retry_soon;
  send (self, "soon", "soon");
  send (self, "never", "never");
  consumer = run (self, NULL);
  await (self, 2);
  begun = g_get_monotonic_time ();
  await (self, 3);
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 5 * G_USEC_PER_SEC);
  await_nothing (self, 1000);
  finish (consumer);
}

static void
test_newest (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (self->client, self->group);

  send_many (self, 8);
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_NEWEST, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, self->topic, NULL, NULL));
  g_assert_true (rmq_push_consumer_start (consumer, NULL, NULL));
  await_owned (self, consumer, 4);
  if (g_str_has_prefix (g_getenv ("RMQ_REAL_VERSION"), "5."))
    {
      await_nothing (self, 500);
      send (self, "new", NULL);
      await (self, 1);
    }
  else
    await (self, 8); /* 4.x does not know the field and says 0 */
  g_assert_true (rmq_push_consumer_close (consumer, NULL, NULL));
}

static void
send_priced (Fixture *self, int price)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text (self->topic, "priced");
  g_autofree char *text = g_strdup_printf ("%d", price);
  g_autoptr (RmqSendReceipt) receipt = NULL;

  g_assert_true (rmq_message_set_property (message, "price", text, NULL));
  receipt = rmq_producer_send (self->producer, message, NULL, NULL);
  g_assert_nonnull (receipt);
}

/* enablePropertyFilter is on in these tests. */
static void
test_sql (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (self->client, self->group);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 8; i++)
    send_priced (self, i * 10);
  rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  g_assert_true (rmq_push_consumer_subscribe_sql (consumer, self->topic, "price >", NULL));
  g_assert_false (rmq_push_consumer_start (consumer, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
  g_assert_cmpint (rmq_push_consumer_get_state (consumer), ==, RMQ_STATE_CREATED);
  g_clear_error (&error);

  g_assert_true (rmq_push_consumer_subscribe_sql (consumer, self->topic, "price > 35", NULL));
  g_assert_true (rmq_push_consumer_start (consumer, NULL, &error));
  g_assert_no_error (error);
  await (self, 4);
  await_nothing (self, 300);
  g_assert_true (rmq_push_consumer_close (consumer, NULL, NULL));
}

/* --- mqadmin --- */

typedef struct
{
  char *output;
  bool done;
} Admin;

static void
admin_done (GObject *source, GAsyncResult *result, void *data)
{
  Admin *admin = data;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &admin->output, NULL, NULL);
  admin->done = true;
}

static bool
is_done (void *data)
{
  return ((Admin *) data)->done;
}

static char *
run_admin (const char *const *args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  Admin admin = { 0 };

  g_ptr_array_add (argv, (char *) g_getenv ("RMQ_REAL_TOOL"));
  g_ptr_array_add (argv, (char *) "admin");
  g_ptr_array_add (argv, (char *) "--dir");
  g_ptr_array_add (argv, (char *) g_getenv ("RMQ_REAL_DIR"));
  for (; *args != NULL; args++)
    g_ptr_array_add (argv, (char *) *args);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, NULL, NULL, admin_done, &admin);
  g_assert_true (rmq_test_wait_until (g_main_context_default (), is_done, &admin, WAIT_MS));
  return admin.output;
}

static bool
skip_without_tool (void)
{
  if (g_getenv ("RMQ_REAL_TOOL") != NULL)
    return false;
  g_test_skip ("RMQ_REAL_TOOL is not set");
  return true;
}

static void
test_running_info (Fixture *self, gconstpointer data)
{
  g_autofree char *id = rmq_client_instance_dup_client_id (self->client);
  const char *const args[] = { "consumerStatus", "-g", self->group, "-i", id, NULL };
  g_autofree char *output = NULL;
  RmqPushConsumer *consumer;

  if (skip_without_tool ())
    return;
  send_many (self, 8);
  consumer = run (self, NULL);
  await (self, 8);
  output = run_admin (args);
  if (strstr (output, "PROP_CONSUME_TYPE") == NULL || strstr (output, self->topic) == NULL)
    g_error ("%s", output);
  finish (consumer);
}

static void
test_reset (Fixture *self, gconstpointer data)
{
  const char *const args[] = { "resetOffsetByTime", "-g", self->group, "-t", self->topic, "-s", "0", NULL };
  g_autofree char *output = NULL;
  RmqPushConsumer *consumer;

  if (skip_without_tool ())
    return;
  send_many (self, 40);
  consumer = run (self, NULL);
  await (self, 40);
  g_assert_true (rmq_push_consumer_commit (consumer, NULL, NULL));
  output = run_admin (args);
  g_test_message ("%s", output);
  await (self, 80);
  await_nothing (self, 500);
  finish (consumer);
}

static void
test_direct (Fixture *self, gconstpointer data)
{
  g_autofree char *id = rmq_client_instance_dup_client_id (self->client);
  g_autofree char *output = NULL;
  RmqPushConsumer *consumer;

  if (skip_without_tool ())
    return;
  send_many (self, 1);
  consumer = run (self, NULL);
  await (self, 1);
  {
    g_autofree char *offset_id = rmq_message_dup_offset_id (g_ptr_array_index (self->received, 0));
    /* 4.x knows no -t, and its list ends at that NULL. */
    const char *t = g_str_has_prefix (g_getenv ("RMQ_REAL_VERSION"), "4.") ? NULL : "-t";
    const char *const args[] = { "queryMsgById", "-i", offset_id, "-g", self->group, "-d", id, t, self->topic, NULL };

    output = run_admin (args);
  }
  if (strstr (output, "CR_SUCCESS") == NULL)
    g_error ("%s", output);
  await (self, 2);
  finish (consumer);
}

/* --- broadcasting --- */

static RmqPushConsumer *
run_broadcast (Fixture *self, const char *name)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (g_getenv ("RMQ_NAMESRV"));
  g_autofree char *id = g_strdup_printf ("%s@%s", self->group, name);
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (GError) error = NULL;
  RmqPushConsumer *consumer;

  g_assert_true (rmq_client_config_set (config, "client-id", id, NULL));
  client = rmq_client_instance_new (config);
  consumer = rmq_push_consumer_new (client, self->group);
  g_object_set (consumer, "broadcasting", TRUE, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, self, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, self->topic, NULL, &error));
  g_assert_true (rmq_push_consumer_start (consumer, NULL, &error));
  g_assert_no_error (error);
  return consumer;
}

static void
test_broadcast (Fixture *self, gconstpointer data)
{
  RmqPushConsumer *one, *two;

  send_many (self, 16);
  one = run_broadcast (self, "one");
  two = run_broadcast (self, "two");
  await (self, 32);
  finish (one);
  /* It goes on from its file. */
  one = run_broadcast (self, "one");
  send (self, "more", NULL);
  await (self, 34);
  await_nothing (self, 500);
  finish (one);
  finish (two);
}

#define ADD(path, func) g_test_add ("/real/consumer/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  RmqTestDir *state_dir = rmq_test_dir_new (); /* for the offsets of broadcasting consumers */
  int status;

  g_setenv ("XDG_STATE_HOME", state_dir, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  ADD ("C-PUSH-001/C-LIFE-002/receive", test_receive);
  ADD ("C-REB-001/C-PUSH-016/share", test_share);
  ADD ("C-FILT-001/C-FILT-002/C-FILT-004/tags", test_tags);
  ADD ("C-DLQ-001/retry", test_retry);
  ADD ("C-DLQ-003/levels", test_levels);
  ADD ("C-FROM-004/newest", test_newest);
  ADD ("C-FILT-006/C-FILT-007/sql", test_sql);
  ADD ("C-CTRL-003/running-info", test_running_info);
  ADD ("C-CTRL-001/reset", test_reset);
  ADD ("C-CTRL-004/direct", test_direct);
  ADD ("C-BCAST-001/C-BCAST-002/broadcast", test_broadcast);
  status = g_test_run ();
  rmq_test_dir_free (state_dir);
  return status;
}
