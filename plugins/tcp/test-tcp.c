/* SPDX-License-Identifier: Apache-2.0
 *
 * What is special to transport `tcp`: socket options, and no thread.
 */
#include "rmq-test.h"
#include <rmq/rmq.h>
#include <gio/gnetworking.h>

typedef struct
{
  GMainContext *context;
  GSocket *listener;
  RmqEndpoint *endpoint;
  GSocketAddress *address;
} Fix;

static void
setup (Fix *fix, const void *data)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string (data != NULL ? data : "127.0.0.1", 0);
  g_autoptr (GError) error = NULL;

  fix->context = g_main_context_new ();
  g_main_context_push_thread_default (fix->context);
  fix->endpoint = rmq_endpoint_new ("tcp", "127.0.0.1", 1, NULL);
  fix->listener = g_socket_new (g_socket_address_get_family (any), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_assert_nonnull (fix->listener);
  if (g_socket_bind (fix->listener, any, FALSE, &error))
    {
      g_assert_true (g_socket_listen (fix->listener, &error));
      fix->address = g_socket_get_local_address (fix->listener, NULL);
    }
}

static void
teardown (Fix *fix, const void *data)
{
  rmq_test_drain (fix->context);
  g_object_unref (fix->listener);
  g_clear_object (&fix->address);
  rmq_endpoint_unref (fix->endpoint);
  g_main_context_pop_thread_default (fix->context);
  g_main_context_unref (fix->context);
}

static GIOStream *
connect_with (Fix *fix, const char *option, const char *value, GError **error)
{
  g_autoptr (GHashTable) options = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RmqTransport) transport = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  if (option != NULL)
    g_hash_table_insert (options, (void *) option, (void *) value);
  transport = RMQ_TRANSPORT (
      rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "transport", "tcp", options, error));
  g_assert_nonnull (transport);
  rmq_transport_connect_async (transport, fix->endpoint, fix->address, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (fix->context, &result);
  return rmq_transport_connect_finish (transport, result, error);
}

static int
get_option (GIOStream *stream, int level, int option)
{
  int value = -1;

  g_assert_true (G_IS_TCP_CONNECTION (stream));
  g_assert_true (
      g_socket_get_option (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)), level, option, &value, NULL));
  return value;
}

static void
test_options (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) usual = connect_with (fix, NULL, NULL, &error);
  g_autoptr (GIOStream) delayed = connect_with (fix, "no-delay", "false", &error);
  g_autoptr (GIOStream) kept = connect_with (fix, "keep-alive", "true", &error);

  g_assert_no_error (error);
  g_assert_cmpint (get_option (usual, IPPROTO_TCP, TCP_NODELAY), !=, 0);
  g_assert_cmpint (get_option (usual, SOL_SOCKET, SO_KEEPALIVE), ==, 0);
  g_assert_cmpint (get_option (delayed, IPPROTO_TCP, TCP_NODELAY), ==, 0);
  g_assert_cmpint (get_option (kept, SOL_SOCKET, SO_KEEPALIVE), !=, 0);
}

static void
test_ipv6 (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) stream = NULL;

  if (fix->address == NULL)
    {
      g_test_skip ("no IPv6 here");
      return;
    }
  stream = connect_with (fix, NULL, NULL, &error);
  g_assert_no_error (error);
}

/* GLib's workers come with resolvers, proxies and blocking calls; a numeric address needs none. */
static void
test_no_thread (Fix *fix, const void *data)
{
  unsigned before = rmq_test_count_threads ("");
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) stream = connect_with (fix, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (rmq_test_count_threads (""), ==, before);
}

static void
test_no_address (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&fix->address);
  g_assert_null (connect_with (fix, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/plugins/tcp/options", Fix, NULL, setup, test_options, teardown);
  g_test_add ("/plugins/tcp/ipv6", Fix, "::1", setup, test_ipv6, teardown);
  g_test_add ("/plugins/tcp/no-thread", Fix, NULL, setup, test_no_thread, teardown);
  g_test_add ("/plugins/tcp/no-address", Fix, NULL, setup, test_no_address, teardown);
  return g_test_run ();
}
