/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery `http` against a web server of this process that answers as the test says.
 */
#include "rmq-test.h"
#include <libsoup/soup.h>
#include <rmq/rmq.h>
#include <string.h>

typedef struct
{
  GMainContext *context;
  SoupServer *server;
  GSocketService *service;
  char *domain;
  /* What to answer. */
  unsigned status;
  GBytes *body;
  bool hang;
  /* What was asked. */
  char *path;
  char *query;
  char *agent;
  char *stamp;
  unsigned n_asked;
} Fix;

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, void *data)
{
  Fix *fix = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gsize length;
  const void *body = g_bytes_get_data (fix->body, &length);

  g_free (fix->path);
  g_free (fix->query);
  g_free (fix->agent);
  g_free (fix->stamp);
  fix->path = g_strdup (path);
  fix->query = g_strdup (g_uri_get_query (soup_server_message_get_uri (message)));
  fix->agent = g_strdup (soup_message_headers_get_one (headers, "User-Agent"));
  fix->stamp = g_strdup (soup_message_headers_get_one (headers, "Metaq-Client-RequestTS"));
  fix->n_asked++;
  soup_server_message_set_status (message, fix->status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, body, length);
  if (fix->status == SOUP_STATUS_FOUND)
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/elsewhere");
  if (fix->hang)
    {
      /* The head goes, the body never ends. */
      soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
    }
}

/* We accept for the server: the listener of libsoup 3.2 leaks a socket for each connection. */
static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source, void *data)
{
  Fix *fix = data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  g_assert_true (soup_server_accept_iostream (fix->server, G_IO_STREAM (connection), local, remote, NULL));
  return TRUE;
}

static void
setup (Fix *fix, const void *data)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;

  fix->context = g_main_context_new ();
  g_main_context_push_thread_default (fix->context);
  fix->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fix->server, NULL, on_request, fix, NULL);
  fix->service = g_socket_service_new ();
  g_signal_connect (fix->service, "incoming", G_CALLBACK (on_incoming), fix);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (fix->service), any, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &address, NULL));
  fix->domain = g_strdup_printf ("127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  fix->status = SOUP_STATUS_OK;
  fix->body = g_bytes_new_static ("a:1;b:2\n", 8);
}

static void
stop_server (Fix *fix)
{
  g_socket_service_stop (fix->service);
  g_socket_listener_close (G_SOCKET_LISTENER (fix->service));
  soup_server_disconnect (fix->server);
}

static void
teardown (Fix *fix, const void *data)
{
  stop_server (fix);
  rmq_test_drain (fix->context);
  g_object_unref (fix->service);
  g_object_unref (fix->server);
  g_bytes_unref (fix->body);
  g_free (fix->domain);
  g_free (fix->path);
  g_free (fix->query);
  g_free (fix->agent);
  g_free (fix->stamp);
  g_main_context_pop_thread_default (fix->context);
  g_main_context_unref (fix->context);
}

/* Further options: names and values, ended by NULL. */
static RmqNameServerDiscovery *
make_discovery (Fix *fix, const char *name, ...)
{
  g_autoptr (GHashTable) options = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  GObject *object;
  va_list args;

  g_hash_table_insert (options, (void *) "domain", fix->domain);
  va_start (args, name);
  for (; name != NULL; name = va_arg (args, const char *))
    g_hash_table_insert (options, (void *) name, va_arg (args, void *));
  va_end (args);
  object = rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "discovery", "http", options, &error);
  g_assert_no_error (error);
  return RMQ_NAME_SERVER_DISCOVERY (object);
}

static char **
ask (Fix *fix, RmqNameServerDiscovery *discovery, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_name_server_discovery_discover_async (discovery, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (fix->context, &result);
  return rmq_name_server_discovery_discover_finish (discovery, result, error);
}

static void
answer (Fix *fix, const char *body)
{
  g_bytes_unref (fix->body);
  fix->body = g_bytes_new (body, strlen (body));
}

static void
test_usual (Fix *fix, const void *data)
{
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) addresses = ask (fix, discovery, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (addresses), ==, 2);
  g_assert_cmpstr (addresses[0], ==, "a:1");
  g_assert_cmpstr (addresses[1], ==, "b:2");
  g_assert_cmpstr (fix->path, ==, "/rocketmq/nsaddr");
  g_assert_null (fix->query);
  g_assert_true (g_str_has_prefix (fix->agent, "rmq-glib/"));
  g_assert_cmpint (g_ascii_strtoll (fix->stamp, NULL, 10), >, 1700000000000);
  g_assert_cmpuint (rmq_name_server_discovery_get_interval (discovery), ==, 120);
}

static void
test_names (Fix *fix, const void *data)
{
  g_autofree char *url = g_strdup_printf ("http://%s/other", fix->domain);
  g_autoptr (RmqNameServerDiscovery) unit = make_discovery (fix, "unit-name", "east", "subgroup", "ns", NULL);
  g_autoptr (RmqNameServerDiscovery) other = make_discovery (fix, "url", url, NULL);
  g_autoptr (RmqNameServerDiscovery) other_unit = make_discovery (fix, "url", url, "unit-name", "west", NULL);
  g_auto (GStrv) first = ask (fix, unit, NULL);
  g_auto (GStrv) second = NULL;
  g_auto (GStrv) third = NULL;

  g_assert_nonnull (first);
  g_assert_cmpstr (fix->path, ==, "/rocketmq/ns-east");
  g_assert_cmpstr (fix->query, ==, "nofix=1");
  second = ask (fix, other, NULL);
  g_assert_nonnull (second);
  g_assert_cmpstr (fix->path, ==, "/other");
  third = ask (fix, other_unit, NULL);
  g_assert_cmpstr (fix->path, ==, "/other-west");
}

static void
test_bodies (Fix *fix, const void *data)
{
  static const struct
  {
    const char *body;
    const char *joined;
  } bodies[] = {
    { "a:1", "a:1" },      { "  a:1 ; b:2 ;;  \r\nc:3\n", "a:1|b:2" },         { "\r\n\r\na:1\r\nb:2", "a:1" },
    { "a:1\nb:2", "a:1" }, { "[::1]:9876;tls://b:2", "[::1]:9876|tls://b:2" },
  };
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) addresses = NULL;
      g_autofree char *joined = NULL;

      answer (fix, bodies[i].body);
      addresses = ask (fix, discovery, &error);
      g_assert_no_error (error);
      joined = g_strjoinv ("|", addresses);
      g_assert_cmpstr (joined, ==, bodies[i].joined);
    }
}

static void
assert_fails (Fix *fix, RmqNameServerDiscovery *discovery, RmqError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ask (fix, discovery, &error));
  g_assert_error (error, RMQ_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, fix->domain));
}

static void
test_bad_bodies (Fix *fix, const void *data)
{
  static const char *const empty[] = { "", "\n", "  ", ";;", "\r\n;\r\n" };
  static const char *const bad[] = { "<html>", "a:1;b", "a:1;b:70000", "a:1;b c:2", "a:1;\xff:2" };
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);
  g_autofree char *large = g_strnfill (64 * 1024 + 1, 'a');

  for (size_t i = 0; i < G_N_ELEMENTS (empty); i++)
    {
      answer (fix, empty[i]);
      assert_fails (fix, discovery, RMQ_ERROR_NO_NAME_SERVER);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      answer (fix, bad[i]);
      assert_fails (fix, discovery, RMQ_ERROR_INVALID_ARGUMENT);
    }
  answer (fix, large);
  assert_fails (fix, discovery, RMQ_ERROR_PROTOCOL);
}

static void
test_status (Fix *fix, const void *data)
{
  static const unsigned statuses[] = { 204, 400, 404, 500, 503 };
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      fix->status = statuses[i];
      assert_fails (fix, discovery, RMQ_ERROR_NO_NAME_SERVER);
    }
}

static void
test_redirects_for_ever (Fix *fix, const void *data)
{
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);
  g_autoptr (GError) error = NULL;

  fix->status = SOUP_STATUS_FOUND;
  g_assert_null (ask (fix, discovery, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (fix->n_asked, <, 100);
}

/* The whole answer has to be there in time: bytes that keep coming do not help. */
static void
test_timeout (Fix *fix, const void *data)
{
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, "timeout", "100", NULL);

  fix->hang = true;
  assert_fails (fix, discovery, RMQ_ERROR_TIMED_OUT);
}

static void
test_refused (Fix *fix, const void *data)
{
  g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, NULL);
  g_autoptr (GError) error = NULL;

  stop_server (fix);
  g_assert_null (ask (fix, discovery, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_not_a_url (Fix *fix, const void *data)
{
  static const char *const urls[] = { "nonsense", "http://", "ftp:", "ftp://a/", "\xff" };

  for (size_t i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (RmqNameServerDiscovery) discovery = make_discovery (fix, "url", urls[i], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (ask (fix, discovery, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
    }
}

static void
test_nothing_left (Fix *fix, const void *data)
{
  unsigned before = rmq_test_count_sources (fix->context);
  RmqNameServerDiscovery *discovery = make_discovery (fix, NULL);

  for (int i = 0; i < 5; i++)
    {
      g_auto (GStrv) addresses = ask (fix, discovery, NULL);

      g_assert_nonnull (addresses);
    }
  rmq_test_drain (fix->context);
  g_assert_finalize_object (discovery);
  stop_server (fix);
  rmq_test_drain (fix->context);
  g_assert_cmpuint (rmq_test_count_sources (fix->context), <=, before);
}

#define ADD(path, func) g_test_add ("/plugins/http/C-NS-006/" path, Fix, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("usual", test_usual);
  ADD ("names", test_names);
  ADD ("bodies", test_bodies);
  ADD ("bad-bodies", test_bad_bodies);
  ADD ("status", test_status);
  ADD ("redirects-for-ever", test_redirects_for_ever);
  ADD ("timeout", test_timeout);
  ADD ("refused", test_refused);
  ADD ("not-a-url", test_not_a_url);
  ADD ("nothing-left", test_nothing_left);
  return g_test_run ();
}
