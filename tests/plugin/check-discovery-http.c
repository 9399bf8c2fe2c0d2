/* SPDX-License-Identifier: Apache-2.0
 *
 * The discovery `http` against a web server of this process (C-NS-006): the list, another list later, refusals,
 * rubbish.
 */
#include <libsoup/soup.h>
#include <rmq/rmq.h>
#include "rmq-test.h"

typedef struct
{
  SoupServer *server;
  RmqNameServerDiscovery *discovery;
  const char *body;
  guint status;
  unsigned n_requests;
  char *last_path;
} Fixture;

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Fixture *self = data;

  self->n_requests++;
  g_free (self->last_path);
  self->last_path = g_strdup (path);
  soup_server_message_set_status (message, self->status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, self->body, strlen (self->body));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GHashTable) options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, answer, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  g_hash_table_insert (options, g_strdup ("url"),
                       g_strdup_printf ("http://127.0.0.1:%d/rocketmq/nsaddr", g_uri_get_port (uris->data)));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  self->status = 200;
  self->body = "";
  self->discovery = (RmqNameServerDiscovery *) rmq_plugin_registry_create (rmq_plugin_registry_get_default (),
                                                                           "discovery", "http", options, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->discovery);
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_free (self->last_path);
}

static char **
discover (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  rmq_name_server_discovery_discover_async (self->discovery, NULL, rmq_test_keep_result, &result);
  rmq_test_await_result (g_main_context_default (), &result);
  return rmq_name_server_discovery_discover_finish (self->discovery, result, error);
}

static void
test_list (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) first = NULL;
  g_auto (GStrv) second = NULL;

  self->body = "  10.0.0.1:9876;10.0.0.2:9876\nwhatever follows\n";
  first = discover (self, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (first), ==, 2);
  g_assert_cmpstr (first[0], ==, "10.0.0.1:9876");
  g_assert_cmpstr (self->last_path, ==, "/rocketmq/nsaddr");
  self->body = "10.0.0.3:9876";
  second = discover (self, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (second[0], ==, "10.0.0.3:9876");
  g_assert_null (second[1]);
}

static void
test_failure (Fixture *self, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
  } cases[] = { { 404, "10.0.0.1:9876" }, { 500, "" }, { 200, "" }, { 200, "\n\n" }, { 200, "no address at all" } };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) list = NULL;

      self->status = cases[i].status;
      self->body = cases[i].body;
      list = discover (self, &error);
      g_assert_null (list);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/discovery-http/C-NS-006/list", Fixture, NULL, set_up, test_list, tear_down);
  g_test_add ("/discovery-http/C-NS-006/failure", Fixture, NULL, set_up, test_failure, tear_down);
  return g_test_run ();
}
