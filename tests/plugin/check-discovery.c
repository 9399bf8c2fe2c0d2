/* SPDX-License-Identifier: Apache-2.0
 *
 * What every discovery must do: `check-discovery NAME [KEY=VALUE…]`. {address} in a value is that of a small web server
 * here, which answers with two addresses, or hangs, as the test says.
 */
#include "check.h"
#include <string.h>

#define ANSWER "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n127.0.0.1:9876;localhost:9877\n"

static GSocketService *service;
static int hang;        /* atomic */
static GPtrArray *held; /* connections that get no answer */

static gboolean
on_incoming (GSocketService *self, GSocketConnection *connection, GObject *source, void *data)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  char request[1024];

  if (g_atomic_int_get (&hang))
    {
      g_ptr_array_add (held, g_object_ref (connection));
      return TRUE;
    }
  /* A request fits one segment, and the client has sent it by now or soon: both sides are on this machine. */
  g_input_stream_read (in, request, sizeof request, NULL, NULL);
  g_output_stream_write_all (out, ANSWER, strlen (ANSWER), NULL, NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  return TRUE;
}

static GMainContext *server_context;
static GMainLoop *server_loop;

/* In a thread of its own: a read there may wait. */
static void *
serve (void *data)
{
  g_main_context_push_thread_default (server_context);
  g_main_loop_run (server_loop);
  g_main_context_pop_thread_default (server_context);
  return NULL;
}

static char **
discover (GMainContext *context, RmqNameServerDiscovery *discovery, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_name_server_discovery_discover_async (discovery, cancellable, rmq_test_keep_result, &result);
  g_assert_null (result); /* never inside the call */
  rmq_test_await_result (context, &result);
  return rmq_name_server_discovery_discover_finish (discovery, result, error);
}

static void
test_addresses (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  RmqNameServerDiscovery *discovery;

  g_main_context_push_thread_default (context);
  discovery = check_create ();
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) addresses = discover (context, discovery, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length (addresses), >=, 1);
      for (char **address = addresses; *address != NULL; address++)
        {
          g_autoptr (RmqEndpoint) endpoint = rmq_endpoint_new_from_string (*address, "tcp", &error);

          g_assert_no_error (error);
        }
    }
  rmq_test_drain (context);
  g_assert_finalize_object (discovery);
  g_assert_cmpuint (rmq_test_count_sources (context), ==, 0);
  g_main_context_pop_thread_default (context);
}

static void
test_cancelled (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqNameServerDiscovery) discovery = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (context);
  discovery = check_create ();
  g_atomic_int_set (&hang, TRUE);
  rmq_name_server_discovery_discover_async (discovery, cancellable, rmq_test_keep_result, &result);
  rmq_test_drain (context);
  g_cancellable_cancel (cancellable);
  rmq_test_await_result (context, &result);
  {
    g_auto (GStrv) addresses = rmq_name_server_discovery_discover_finish (discovery, result, &error);

    /* One that has no need to wait may have been done before. */
    if (addresses == NULL)
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }
  g_clear_error (&error);
  g_assert_null (discover (context, discovery, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_atomic_int_set (&hang, FALSE);
  rmq_test_drain (context);
  g_main_context_pop_thread_default (context);
}

static void
test_interval (void)
{
  g_autoptr (RmqNameServerDiscovery) discovery = check_create ();

  rmq_name_server_discovery_set_interval (discovery, 7);
  g_assert_cmpuint (rmq_name_server_discovery_get_interval (discovery), ==, 7);
}

int
main (int argc, char **argv)
{
  g_autofree char *address = NULL;
  GThread *thread;
  int result;

  g_test_init (&argc, &argv, NULL);
  held = g_ptr_array_new_with_free_func (g_object_unref);
  server_context = g_main_context_new ();
  server_loop = g_main_loop_new (server_context, FALSE);
  g_main_context_push_thread_default (server_context);
  service = g_socket_service_new ();
  address =
      g_strdup_printf ("127.0.0.1:%u", g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL));
  g_signal_connect (service, "incoming", G_CALLBACK (on_incoming), NULL);
  g_main_context_pop_thread_default (server_context);
  thread = g_thread_new ("server", serve, NULL);

  check_setup ("discovery", argc, argv, address);
  check_add ("C-NS-006/addresses", test_addresses);
  check_add ("cancelled", test_cancelled);
  check_add ("interval", test_interval);
  result = g_test_run ();
  check_teardown ();

  g_main_loop_quit (server_loop);
  g_thread_join (thread);
  g_ptr_array_unref (held);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_object_unref (service);
  g_main_loop_unref (server_loop);
  g_main_context_unref (server_context);
  return result;
}
