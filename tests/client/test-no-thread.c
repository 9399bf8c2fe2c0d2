/* SPDX-License-Identifier: Apache-2.0
 *
 * A system that gives no more threads: everything says so, nothing crashes, and a later client works.
 */
#include <rmq/rmq.h>
#include "rmq-test.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void *
nothing (void *data)
{
  return data;
}

static bool
gives_threads (void)
{
  GThread *thread = g_thread_try_new ("probe", nothing, NULL, NULL);

  if (thread == NULL)
    return false;
  g_thread_join (thread);
  return true;
}

/* The limit counts what a user has, and does not hold for root. */
static bool
limit_threads (void)
{
  struct rlimit limit;

  /* GLib's own thread, without which its tasks end the program. */
  g_object_unref (g_task_new (NULL, NULL, NULL, NULL));
  if (geteuid () == 0 && (setgroups (0, NULL) != 0 || setgid (65534) != 0 || setuid (65534) != 0))
    return false;
  /* LeakSanitizer looks into the process at its end. */
  prctl (PR_SET_DUMPABLE, 1);
  if (getrlimit (RLIMIT_NPROC, &limit) != 0)
    return false;
  limit.rlim_cur = 0;
  return setrlimit (RLIMIT_NPROC, &limit) == 0 && !gives_threads ();
}

static void
unlimit_threads (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NPROC, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NPROC, &limit), ==, 0);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

static void
expect_no_thread (GError **error)
{
  g_assert_error (*error, RMQ_ERROR, RMQ_ERROR_FAILED);
  g_assert_nonnull (strstr ((*error)->message, "no thread"));
  g_clear_error (error);
}

static void
check_client (RmqClientInstance *client)
{
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "producer");
  g_autoptr (RmqAdmin) admin = rmq_admin_new (client);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, "consumer");
  g_autoptr (RmqMessage) message = rmq_message_new_text ("orders", "x");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_client_instance_start (client, NULL, &error));
  expect_no_thread (&error);
  g_assert_cmpint (rmq_client_instance_get_state (client), ==, RMQ_STATE_CLOSED);
  g_assert_null (rmq_producer_send (producer, message, NULL, &error));
  expect_no_thread (&error);
  g_assert_false (rmq_producer_enqueue (producer, message, &error));
  expect_no_thread (&error);
  g_assert_false (rmq_producer_send_oneway (producer, message, &error));
  expect_no_thread (&error);
  g_assert_false (rmq_producer_flush (producer, NULL, &error));
  expect_no_thread (&error);
  rmq_producer_send_async (producer, message, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (g_main_context_default (), &result);
  g_assert_null (rmq_producer_send_finish (producer, result, &error));
  expect_no_thread (&error);
  g_assert_null (rmq_admin_list_topics (admin, NULL, &error));
  expect_no_thread (&error);
  rmq_push_consumer_set_handler (consumer, on_message, NULL, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, "orders", "*", &error));
  g_assert_false (rmq_push_consumer_start (consumer, NULL, &error));
  expect_no_thread (&error);
  rmq_push_consumer_close (consumer, NULL, NULL);
  rmq_client_instance_set_name_servers (client, (const char *const[]){ "127.0.0.1:2", NULL }, NULL);
  rmq_client_instance_close (client, NULL, NULL);
}

/* True in a child that can make no threads; false: the test is over, here. */
static bool
begin_without_threads (void)
{
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      if (g_test_trap_reached_timeout () || !g_test_trap_has_passed ())
        g_test_fail ();
      return false;
    }
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  if (limit_threads ())
    return true;
  g_test_skip ("threads cannot be limited here");
  return false;
}

static void
test_no_thread (void)
{
  g_autoptr (RmqClientConfig) config = NULL;
  g_autoptr (RmqClientInstance) dead = NULL;
  g_autoptr (RmqClientInstance) shared = NULL;
  g_autoptr (RmqClientInstance) alive = NULL;
  g_autoptr (GError) error = NULL;

  if (!begin_without_threads ())
    return;
  config = rmq_client_config_new ("127.0.0.1:1");
  g_assert_true (rmq_client_config_set (config, "client-id", "10.0.0.1@1", NULL));
  dead = rmq_client_instance_new (config);
  check_client (dead);
  shared = rmq_client_instance_get_shared (config, &error);
  g_assert_no_error (error);
  check_client (shared);

  unlimit_threads ();
  alive = rmq_client_instance_get_shared (config, &error);
  g_assert_no_error (error);
  g_assert_true (alive != shared);
  g_assert_true (rmq_client_instance_start (alive, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (rmq_client_instance_close (alive, NULL, &error));
}

/* With the application's context for I/O the client needs none; a handler that is to run in threads does. */
static void
test_no_consume_thread (void)
{
  g_autoptr (RmqClientConfig) config = NULL;
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  if (!begin_without_threads ())
    return;
  config = rmq_client_config_new ("127.0.0.1:1");
  rmq_client_config_set_io_context (config, g_main_context_default ());
  g_assert_true (rmq_client_config_set (config, "request-timeout", "100", NULL));
  client = rmq_client_instance_new (config);
  consumer = rmq_push_consumer_new (client, "consumer");
  g_object_set (consumer, "consume-threads", 2, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, NULL, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, "orders", "*", &error));
  rmq_push_consumer_start_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (g_main_context_default (), &result);
  g_assert_false (rmq_push_consumer_start_finish (consumer, result, &error));
  expect_no_thread (&error);

  unlimit_threads ();
  rmq_push_consumer_start_async (consumer, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &again);
  rmq_test_await_result (g_main_context_default (), &again);
  g_assert_true (rmq_push_consumer_start_finish (consumer, again, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/no-thread/C-LIFE-005/io", test_no_thread);
  g_test_add_func ("/client/no-thread/C-LIFE-005/consume-threads", test_no_consume_thread);
  return g_test_run ();
}
