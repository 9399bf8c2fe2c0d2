/* SPDX-License-Identifier: Apache-2.0
 *
 * Strategy `averagely` against what RocketMQ's own class answers.
 */
#include "rmq-test.h"
#include <json-glib/json-glib.h>
#include <rmq/rmq.h>

static RmqAllocationStrategy *
make_strategy (void)
{
  g_autoptr (GError) error = NULL;
  GObject *object =
      rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "allocation", "averagely", NULL, &error);

  g_assert_no_error (error);
  return RMQ_ALLOCATION_STRATEGY (object);
}

static GPtrArray *
read_queues (JsonObject *input)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  const char *topic = json_object_get_string_member (input, "topic");
  JsonArray *brokers = json_object_get_array_member (input, "brokers");

  for (unsigned i = 0; i < json_array_get_length (brokers); i++)
    {
      JsonArray *broker = json_array_get_array_element (brokers, i);

      for (int id = 0; id < json_array_get_int_element (broker, 1); id++)
        g_ptr_array_add (queues, rmq_message_queue_new (topic, json_array_get_string_element (broker, 0), id));
    }
  return queues;
}

static char **
read_clients (JsonObject *input)
{
  JsonArray *array = json_object_get_array_member (input, "cids");
  char **clients = g_new0 (char *, json_array_get_length (array) + 1);

  for (unsigned i = 0; i < json_array_get_length (array); i++)
    clients[i] = g_strdup (json_array_get_string_element (array, i));
  return clients;
}

static void
check_case (RmqAllocationStrategy *strategy, JsonObject *one)
{
  JsonObject *input = json_object_get_object_member (one, "input");
  JsonObject *wanted = json_object_get_object_member (one, "result");
  g_autoptr (GPtrArray) queues = read_queues (input);
  g_auto (GStrv) clients = read_clients (input);

  for (char **client = clients; *client != NULL; client++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) share =
          rmq_allocation_strategy_allocate (strategy, "group", *client, queues, (const char *const *) clients, &error);
      JsonArray *indexes = json_object_get_array_member (wanted, *client);

      g_assert_no_error (error);
      g_assert_cmpuint (share->len, ==, json_array_get_length (indexes));
      for (unsigned i = 0; i < share->len; i++)
        g_assert_true (g_ptr_array_index (share, i)
                       == g_ptr_array_index (queues, json_array_get_int_element (indexes, i)));
    }
}

static void
test_vectors (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = make_strategy ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", "allocate.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonArray *cases;
  unsigned n = 0;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  cases = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "cases");
  for (unsigned i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *one = json_array_get_object_element (cases, i);
      JsonObject *input = json_object_get_object_member (one, "input");

      /* The edges have another form: check-allocation goes there. */
      if (!json_object_has_member (input, "brokers")
          || !g_str_equal (json_object_get_string_member (input, "strategy"), "AVG"))
        continue;
      check_case (strategy, one);
      n++;
    }
  g_assert_cmpuint (n, >, 10);
}

/* An id that is there twice counts twice, and owns the first of its shares only: so has it Java. */
static void
test_duplicate_ids (void)
{
  static const char *const clients[] = { "a", "a", "b", NULL };
  g_autoptr (RmqAllocationStrategy) strategy = make_strategy ();
  g_autoptr (GPtrArray) queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  g_autoptr (GPtrArray) share = NULL;

  for (int id = 0; id < 41; id++)
    g_ptr_array_add (queues, rmq_message_queue_new ("T", "b", id));
  share = rmq_allocation_strategy_allocate (strategy, "group", "a", queues, clients, NULL);
  g_assert_cmpuint (share->len, ==, 14);
  g_assert_cmpint (rmq_message_queue_get_queue_id (g_ptr_array_index (share, 13)), ==, 13);
}

static void
test_name (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = make_strategy ();
  g_autofree char *name = rmq_allocation_strategy_dup_name (strategy);

  g_assert_cmpstr (name, ==, "AVG");
  g_assert_cmpuint (rmq_allocation_strategy_get_flags (strategy), ==, RMQ_ALLOCATION_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugins/averagely/vectors", test_vectors);
  g_test_add_func ("/plugins/averagely/duplicate-ids", test_duplicate_ids);
  g_test_add_func ("/plugins/averagely/name", test_name);
  return g_test_run ();
}
