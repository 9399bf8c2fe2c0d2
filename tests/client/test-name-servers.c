/* SPDX-License-Identifier: Apache-2.0
 *
 * Which name server is asked: one, as long as it answers; the next when it does not; another list at run time; what a
 * discovery finds.
 */
#include "client-fixture.h"

#include "base/rmq-sync-private.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port where nobody listens. */
static char *
dead_address (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, len), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
  close (fd);
  return g_strdup_printf ("127.0.0.1:%u", ntohs (address.sin_port));
}

static void
use_servers (Fixture *self, const char *servers)
{
  rmq_client_config_set_name_servers (self->config, servers);
  fixture_remake_client (self);
}

static bool
ask (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) queues = NULL;

  rmq_producer_dup_queues_async (self->producer, TOPIC, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (self->context, &result);
  queues = rmq_producer_dup_queues_finish (self->producer, result, error);
  return queues != NULL;
}

static RmqFakeBroker *
second_server (void)
{
  RmqFakeBroker *broker = rmq_fake_broker_new ();

  rmq_fake_broker_add_topic (broker, TOPIC, "broker-a", 4, 6);
  return broker;
}

static void
test_first_dead (Fixture *self, gconstpointer data)
{
  for (int turn = 0; turn < 2; turn++)
    {
      g_autofree char *dead = dead_address ();
      const char *alive = rmq_fake_broker_get_address (self->broker);
      g_autofree char *servers = g_strdup_printf ("%s;%s", turn == 0 ? dead : alive, turn == 0 ? alive : dead);
      g_autoptr (GError) error = NULL;

      use_servers (self, servers);
      g_assert_true (ask (self, &error));
      g_assert_no_error (error);
      g_assert_true (fixture_close (self, self->client, &error));
    }
}

static void
test_sticky (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeBroker) other = second_server ();
  g_autofree char *servers =
      g_strdup_printf ("%s;%s", rmq_fake_broker_get_address (self->broker), rmq_fake_broker_get_address (other));
  g_autoptr (GError) error = NULL;
  unsigned here;
  unsigned there;

  use_servers (self, servers);
  for (int i = 0; i < 100; i++)
    g_assert_true (ask (self, &error));
  here = fixture_count (self, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC);
  there = rmq_fake_broker_count (other, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC);
  g_assert_true ((here >= 100 && there == 0) || (here == 0 && there >= 100));
  g_assert_cmpuint (rmq_fake_broker_count_connections (self->broker) + rmq_fake_broker_count_connections (other), ==,
                    1);
  g_assert_true (fixture_close (self, self->client, &error));
}

static void
test_dies_at_run_time (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeBroker) other = second_server ();
  const char *list[] = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  /* The broker of the topic is no name server, so that only one of the two dies. */
  rmq_fake_broker_add_node (self->broker, "broker-b", 0);
  rmq_fake_broker_add_topic (self->broker, "elsewhere", "broker-b", 4, 6);
  g_assert_true (fixture_send (self, self->producer, "elsewhere", &error));
  rmq_fake_broker_set_node_down (self->broker, 0, true);
  for (int i = 0; i < 20; i++)
    {
      if (!fixture_send (self, self->producer, "elsewhere", &error))
        g_error ("%s", error->message);
    }
  g_assert_cmpuint (rmq_fake_broker_count_messages (self->broker, "elsewhere"), ==, 21);

  /* With another one in the list its answers count again. */
  list[0] = rmq_fake_broker_get_address (other);
  g_assert_true (rmq_client_instance_set_name_servers (self->client, list, &error));
  g_assert_true (ask (self, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_close (self, self->client, &error));
}

static void
on_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  (*(unsigned *) data)++;
}

static void
test_replace (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeBroker) other = second_server ();
  const char *here = rmq_fake_broker_get_address (self->broker);
  const char *there = rmq_fake_broker_get_address (other);
  const char *both[] = { here, there, NULL };
  const char *turned[] = { there, here, NULL };
  const char *only_there[] = { there, NULL };
  const char *bad[] = { "a:port", NULL };
  g_auto (GStrv) shown = NULL;
  g_autoptr (GError) error = NULL;
  unsigned n_notified = 0;

  g_signal_connect (self->client, "notify::name-servers", G_CALLBACK (on_notify), &n_notified);
  g_assert_true (ask (self, &error));
  FIXTURE_WAIT (self, rmq_fake_broker_count_connections (self->broker) == 1);
  g_assert_true (rmq_client_instance_set_name_servers (self->client, both, &error));
  g_assert_true (ask (self, &error));
  g_assert_true (rmq_client_instance_set_name_servers (self->client, turned, &error));
  g_assert_true (ask (self, &error));
  g_assert_cmpuint (rmq_fake_broker_count_connections (other), ==, 0);
  g_assert_false (rmq_client_instance_set_name_servers (self->client, bad, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_assert_false (rmq_client_instance_set_name_servers (self->client, (const char *[]){ NULL }, &error));
  g_clear_error (&error);

  g_assert_true (rmq_client_instance_set_name_servers (self->client, only_there, &error));
  g_assert_true (ask (self, &error));
  g_assert_no_error (error);
  FIXTURE_WAIT (self, rmq_fake_broker_count (other, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC) > 0);
  shown = rmq_client_instance_dup_name_servers (self->client);
  g_assert_cmpuint (g_strv_length (shown), ==, 1);
  g_assert_cmpstr (shown[0], ==, there);
  FIXTURE_WAIT (self, n_notified >= 2);
  g_assert_true (fixture_close (self, self->client, &error));
}

static void
test_appear_later (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_set_node_down (self->broker, 0, true);
  g_assert_false (fixture_send (self, self->producer, TOPIC, &error));
  g_assert_true (error->domain == RMQ_ERROR);
  g_clear_error (&error);
  rmq_fake_broker_set_node_down (self->broker, 0, false);
  FIXTURE_WAIT (self, fixture_send (self, self->producer, TOPIC, NULL));
}

/* --- discovery --- */

typedef struct
{
  RmqNameServerDiscovery parent_instance;
} TestDiscovery;

typedef RmqNameServerDiscoveryClass TestDiscoveryClass;

static GType test_discovery_get_type (void);
G_DEFINE_TYPE (TestDiscovery, test_discovery, RMQ_TYPE_NAME_SERVER_DISCOVERY)

static GMutex discovery_mutex;
static char *found; /* NULL: fails; "": no answer at all */
static unsigned n_looks;
static GPtrArray *kept; /* tasks that nobody answered yet */

static void
keep (GTask *task)
{
  rmq_mutex_lock (&discovery_mutex);
  g_ptr_array_add (kept, g_object_ref (task));
  rmq_mutex_unlock (&discovery_mutex);
}

/* Too late for anybody. */
static void
answer_kept (void)
{
  g_autoptr (GPtrArray) tasks = NULL;

  rmq_mutex_lock (&discovery_mutex);
  tasks = g_steal_pointer (&kept);
  kept = g_ptr_array_new_with_free_func (g_object_unref);
  rmq_mutex_unlock (&discovery_mutex);
  for (unsigned i = 0; i < tasks->len; i++)
    g_task_return_new_error (tasks->pdata[i], RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED, "far too late");
}

static void
test_discovery_discover_async (RmqNameServerDiscovery *self,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               void *data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_autofree char *answer = NULL;

  rmq_mutex_lock (&discovery_mutex);
  n_looks++;
  answer = g_strdup (found);
  rmq_mutex_unlock (&discovery_mutex);
  if (answer == NULL)
    g_task_return_new_error (task, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED, "nobody is there");
  else if (*answer == '\0')
    keep (task);
  else
    g_task_return_pointer (task, g_strsplit (answer, ";", -1), (GDestroyNotify) g_strfreev);
}

static char **
test_discovery_discover_finish (RmqNameServerDiscovery *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_discovery_class_init (TestDiscoveryClass *klass)
{
  klass->discover_async = test_discovery_discover_async;
  klass->discover_finish = test_discovery_discover_finish;
}

static void
test_discovery_init (TestDiscovery *self)
{
}

static void
set_found (const char *answer)
{
  rmq_mutex_lock (&discovery_mutex);
  g_free (found);
  found = g_strdup (answer);
  rmq_mutex_unlock (&discovery_mutex);
}

static unsigned
count_looks (void)
{
  unsigned n;

  rmq_mutex_lock (&discovery_mutex);
  n = n_looks;
  rmq_mutex_unlock (&discovery_mutex);
  return n;
}

static void
use_discovery (Fixture *self)
{
  g_assert_true (rmq_client_config_set (self->config, "discovery", "test", NULL));
  rmq_client_config_set_name_servers (self->config, NULL);
  fixture_remake_client (self);
}

static bool
shows (Fixture *self, const char *address)
{
  g_auto (GStrv) shown = rmq_client_instance_dup_name_servers (self->client);

  return address != NULL ? g_strv_length (shown) == 1 && strcmp (shown[0], address) == 0 : shown[0] == NULL;
}

static void
test_discovery (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqFakeBroker) other = second_server ();
  const char *map[] = { "10.0.0.1:1=127.0.0.1:2", NULL };
  const char *here = rmq_fake_broker_get_address (self->broker);
  const char *by_hand[] = { here, NULL };
  g_autoptr (GError) error = NULL;
  unsigned looks;

  set_found (here);
  use_discovery (self);
  g_assert_true (shows (self, NULL));
  g_assert_true (ask (self, &error));
  g_assert_no_error (error);
  g_assert_true (shows (self, here));

  /* Another setting does not bring the empty list back; a failure keeps what is known. */
  g_assert_true (rmq_client_instance_set_address_map (self->client, map, &error));
  g_assert_true (ask (self, &error));
  g_assert_true (shows (self, here));
  set_found (NULL);
  looks = count_looks ();
  FIXTURE_WAIT (self, count_looks () > looks);
  g_assert_true (ask (self, &error));
  set_found (rmq_fake_broker_get_address (other));
  FIXTURE_WAIT (self, shows (self, rmq_fake_broker_get_address (other)));
  g_assert_true (ask (self, &error));

  /* What is set by hand counts more. */
  g_assert_true (rmq_client_instance_set_name_servers (self->client, by_hand, &error));
  looks = count_looks ();
  FIXTURE_WAIT (self, count_looks () > looks + 1);
  g_assert_true (shows (self, here));
  g_assert_true (fixture_close (self, self->client, &error));
  g_assert_no_error (error);
}

/* It does not answer, not even when it is cancelled: the start ends all the same, and so does a close meanwhile. What
 * it says later is nobody's. */
static void
test_discovery_hangs (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GError) error = NULL;

  set_found ("");
  use_discovery (self);
  g_assert_true (fixture_start (self, &error));
  g_assert_no_error (error);
  g_assert_false (ask (self, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_NAME_SERVER);
  g_clear_error (&error);
  g_assert_true (fixture_close (self, self->client, &error));

  use_discovery (self);
  rmq_client_instance_start_async (self->client, G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &started);
  g_assert_true (fixture_close (self, self->client, &error));
  rmq_test_await_result (self->context, &started);
  g_assert_false (rmq_client_instance_start_finish (self->client, started, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  answer_kept ();
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_assert_true (rmq_plugin_registry_register (rmq_plugin_registry_get_default (), "discovery", "test",
                                               test_discovery_get_type (), 0, &error));

  fixture_add ("/client/name-servers/C-NS-001/first-dead", test_first_dead);
  fixture_add ("/client/name-servers/C-NS-002/sticky", test_sticky);
  fixture_add ("/client/name-servers/C-NS-003+C-NS-010/dies-at-run-time", test_dies_at_run_time);
  fixture_add ("/client/name-servers/C-NS-004/replace", test_replace);
  fixture_add ("/client/name-servers/C-NS-011/appear-later", test_appear_later);
  fixture_add ("/client/name-servers/C-NS-005+C-NS-006/discovery", test_discovery);
  fixture_add ("/client/name-servers/C-NS-009+C-LIFE-005/discovery-hangs", test_discovery_hangs);
  status = g_test_run ();
  g_ptr_array_unref (kept);
  g_free (found);
  return status;
}
