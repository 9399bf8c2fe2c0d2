/* SPDX-License-Identifier: Apache-2.0
 *
 * Bringing a client into a state, and taking it apart.
 */
#include "close-world.h"

#include "base/rmq-sync-private.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOPIC "orders"
#define N_FILLERS 4

/* Takes connections into a queue that is full already: who connects waits. Its address. */
static char *
open_blackhole (World *self, int *fillers)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;

  self->blackhole = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->blackhole, (struct sockaddr *) &address, len), ==, 0);
  g_assert_cmpint (listen (self->blackhole, 0), ==, 0);
  g_assert_cmpint (getsockname (self->blackhole, (struct sockaddr *) &address, &len), ==, 0);
  for (unsigned i = 0; i < N_FILLERS; i++)
    {
      fillers[i] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void) !connect (fillers[i], (struct sockaddr *) &address, len);
    }
  return g_strdup_printf ("127.0.0.1:%u", ntohs (address.sin_port));
}

int
world_serve (void)
{
  g_autoptr (RmqFakeBroker) broker = rmq_fake_broker_new ();
  char end;

  rmq_fake_broker_add_topic (broker, TOPIC, "broker-a", 2, 6);
  printf ("%s\n", rmq_fake_broker_get_address (broker));
  fflush (stdout);
  while (read (STDIN_FILENO, &end, 1) > 0)
    ;
  return 0;
}

/* The address of a broker in a process of its own. */
static char *
spawn_broker (World *self)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { program, (char *) "--serve", NULL };
  g_autoptr (GError) error = NULL;
  char line[64];
  FILE *out;
  int fd;

  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &self->stopped, &self->stopped_in,
                            &fd, NULL, &error);
  g_assert_no_error (error);
  out = fdopen (fd, "r");
  g_assert_nonnull (fgets (line, sizeof line, out));
  fclose (out);
  return g_strdup (g_strchomp (line));
}

static void
end_broker (World *self)
{
  int status;

  if (self->stopped == 0)
    return;
  g_assert_cmpint (kill (self->stopped, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (self->stopped, &status, 0), ==, self->stopped);
  g_spawn_close_pid (self->stopped);
  close (self->stopped_in);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  World *self = data;

  rmq_message_unref (message);
  if (self->in_handler != NULL && g_atomic_int_add (&self->n_handled, 1) == 0)
    self->in_handler (self);
  return RMQ_CONSUME_SUCCESS;
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Completion *self = data;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &self->error);

  g_assert_true ((receipt == NULL) == (self->error != NULL));
  self->n++;
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  Completion *self = data;

  rmq_push_consumer_start_finish (RMQ_PUSH_CONSUMER (source), result, &self->error);
  self->n++;
}

static void
begin_sends (World *self)
{
  for (unsigned i = 0; i < N_SENDS; i++)
    {
      g_autoptr (RmqMessage) message = rmq_message_new_text (TOPIC, "x");

      rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, NULL, on_sent, &self->sends[i]);
    }
  self->n_sends = N_SENDS;
}

bool
world_send (World *self, GError **error)
{
  g_autoptr (RmqMessage) message = rmq_message_new_text (TOPIC, "y");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;

  rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  receipt = rmq_producer_send_finish (self->producer, result, error);
  return receipt != NULL;
}

static bool
is_held (void *data)
{
  return rmq_fake_broker_count_held (((World *) data)->broker) >= 2;
}

static bool
sends_arrived (void *data)
{
  return rmq_fake_broker_count (((World *) data)->broker, RMQ_REQUEST_SEND_MESSAGE_V2) >= N_SENDS;
}

static bool
has_handled (void *data)
{
  return g_atomic_int_get (&((World *) data)->n_handled) > 0;
}

static bool
has_started (void *data)
{
  return ((World *) data)->start.n > 0;
}

static void
run_everything (World *self)
{
  g_autoptr (GError) error = NULL;

  rmq_push_consumer_start_async (self->consumer, G_PRIORITY_DEFAULT, NULL, on_started, &self->start);
  self->starting = true;
  rmq_test_assert_until (self->context, has_started, self);
  g_assert_no_error (self->start.error);
  g_assert_true (world_send (self, &error));
  g_assert_no_error (error);
  if (self->stopped != 0)
    return;
  rmq_test_assert_until (self->context, is_held, self);
  rmq_fake_broker_forget_requests (self->broker);
}

static void
hang_broker (World *self)
{
  static const int codes[] = { RMQ_REQUEST_HEART_BEAT,
                               RMQ_REQUEST_UNREGISTER_CLIENT,
                               RMQ_REQUEST_SEND_MESSAGE_V2,
                               RMQ_REQUEST_PULL_MESSAGE,
                               RMQ_REQUEST_UPDATE_CONSUMER_OFFSET,
                               RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP,
                               RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC };

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    rmq_fake_broker_fail (self->broker, codes[i], -1, RMQ_FAKE_NO_ANSWER, NULL);
}

static void
reach (World *self, WorldState state, void (*in_handler) (World *self))
{
  switch (state)
    {
    case STATE_BEFORE_START:
      break;
    case STATE_CONNECTING:
      begin_sends (self);
      rmq_push_consumer_start_async (self->consumer, G_PRIORITY_DEFAULT, NULL, on_started, &self->start);
      self->starting = true;
      break;
    case STATE_MID_SEND:
      run_everything (self);
      rmq_fake_broker_fail (self->broker, RMQ_REQUEST_SEND_MESSAGE_V2, -1, RMQ_FAKE_NO_ANSWER, NULL);
      begin_sends (self);
      rmq_test_assert_until (self->context, sends_arrived, self);
      break;
    case STATE_BROKER_HUNG:
      run_everything (self);
      hang_broker (self);
      begin_sends (self);
      rmq_test_assert_until (self->context, sends_arrived, self);
      break;
    case STATE_BROKER_STOPPED:
      run_everything (self);
      g_assert_cmpint (kill (self->stopped, SIGSTOP), ==, 0);
      begin_sends (self);
      break;
    case STATE_IN_HANDLER:
      run_everything (self);
      begin_sends (self);
      self->in_handler = in_handler;
      rmq_fake_broker_put (self->broker, TOPIC, 0, "handle me", NULL);
      rmq_test_assert_until (self->context, has_handled, self);
      break;
    case STATE_MID_PULL:
    case STATE_AFTER_FORK:
    default:
      run_everything (self);
    }
}

/* A thread has its name a moment after it began. One of them is the fake broker's. */
static bool
has_its_threads (void *data)
{
  return rmq_test_count_threads ("rmq-") == (((World *) data)->own_io ? 1 : 2);
}

void
world_set_up (World *self, WorldState state, bool own_io, void (*in_handler) (World *self))
{
  g_autofree char *address = NULL;
  g_autofree char *timeout = g_strdup_printf ("%d", CLOSE_TIMEOUT_MS);
  g_autoptr (RmqClientConfig) config = NULL;
  int fillers[N_FILLERS];
  g_autoptr (GError) error = NULL;

  *self = (World){ .blackhole = -1, .own_io = own_io };
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->broker = rmq_fake_broker_new ();
  rmq_fake_broker_add_topic (self->broker, TOPIC, "broker-a", 2, 6);
  if (state == STATE_CONNECTING)
    {
      address = open_blackhole (self, fillers);
      for (unsigned i = 1; i < N_FILLERS; i++)
        dup2 (fillers[0], fillers[i]);
    }
  else if (state == STATE_BROKER_STOPPED)
    {
      address = spawn_broker (self);
    }
  else
    {
      address = g_strdup (rmq_fake_broker_get_address (self->broker));
    }
  rmq_test_drain (self->context);
  self->n_fds = rmq_test_count_fds ();
  self->n_sources = rmq_test_count_sources (self->context);
  g_assert_cmpuint (rmq_test_count_threads ("rmq-io"), ==, 0);

  config = rmq_client_config_new (address);
  g_assert_true (rmq_client_config_set (config, "close-timeout", timeout, &error));
  if (own_io)
    rmq_client_config_set_io_context (config, self->context);
  self->client = rmq_client_instance_new (config);
  self->producer = rmq_producer_new (self->client, "orders-producer");
  self->consumer = rmq_push_consumer_new (self->client, "orders-service");
  rmq_push_consumer_set_handler (self->consumer, on_message, self, NULL);
  g_assert_true (rmq_push_consumer_subscribe (self->consumer, TOPIC, "*", &error));
  reach (self, state, in_handler);
  rmq_test_assert_until (self->context, has_its_threads, self);
}

static bool
all_completed (void *data)
{
  World *self = data;
  bool completed = !self->starting || self->start.n > 0;

  for (unsigned i = 0; i < self->n_sends; i++)
    completed = completed && self->sends[i].n > 0;
  return completed;
}

void
world_assert_completed (World *self)
{
  rmq_test_assert_until (self->context, all_completed, self);
}

static bool
nothing_is_left (void *data)
{
  World *self = data;

  return rmq_test_count_threads ("rmq-io") == 0 && (self->is_first || rmq_test_count_fds () == self->n_fds)
         && rmq_test_count_sources (self->context) <= self->n_sources + 1; /* who waits has one */
}

void
world_warm_up (void)
{
  World world;

  world_set_up (&world, STATE_MID_PULL, false, NULL);
  world.is_first = true;
  world_tear_down (&world);
}

static void
close_client (World *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (self->client == NULL)
    return;
  rmq_client_instance_close_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  g_assert_true (rmq_client_instance_close_finish (self->client, result, &error));
  g_assert_no_error (error);
}

void
world_tear_down (World *self)
{
  close_client (self);
  world_assert_completed (self);
  rmq_test_drain (self->context);
  for (unsigned i = 0; i < self->n_sends; i++)
    {
      g_assert_cmpint (self->sends[i].n, ==, 1);
      g_clear_error (&self->sends[i].error);
    }
  g_assert_cmpint (self->start.n, ==, self->starting ? 1 : 0);
  g_clear_error (&self->start.error);

  g_clear_object (&self->consumer);
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  if (!rmq_test_wait_until (self->context, nothing_is_left, self, RMQ_TEST_TIMEOUT_MS))
    g_error ("left over: %u threads, fds %u → %u, sources %u → %u", rmq_test_count_threads ("rmq-io"), self->n_fds,
             rmq_test_count_fds (), self->n_sources, rmq_test_count_sources (self->context));
  end_broker (self);
  if (self->blackhole >= 0)
    close (self->blackhole);
  rmq_fake_broker_free (self->broker);
  RMQ_TSAN_ACQUIRE (self->context); /* the I/O thread let go of it, last of all */
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}
