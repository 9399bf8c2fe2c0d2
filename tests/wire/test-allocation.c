/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocation algorithms: the documented results, bad arguments, and what must hold for any numbers.
 */
#include <rmq/rmq.h>
#include "rmq-test.h"
#include "wire/rmq-allocation-private.h"
#include "wire/rmq-java-private.h"

#define MAX_CLIENTS 20
#define RING_NODES 10

static GPtrArray *
make_queues (const char *topic, const char *broker_name, unsigned n)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (queues, rmq_message_queue_new (topic, broker_name, (int) i));
  return queues;
}

static bool
by_hash (const RmqAllocationInput *input, GArray *result, GError **error)
{
  return _rmq_allocate_by_consistent_hash (input, RING_NODES, result, error);
}

static char *
allocate (RmqAllocateFunc func, GPtrArray *queues, const char *const *clients, const char *self)
{
  RmqAllocationInput input = { (RmqMessageQueue **) queues->pdata, queues->len, clients,
                               g_strv_length ((char **) clients), self };
  g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));
  GString *text = g_string_new (NULL);

  g_assert_true (func (&input, result, NULL));
  for (unsigned i = 0; i < result->len; i++)
    g_string_append_printf (text, "%u ", g_array_index (result, unsigned, i));
  return g_string_free (text, FALSE);
}

static void
assert_allocates (RmqAllocateFunc func,
                  GPtrArray *queues,
                  const char *const *clients,
                  const char *self,
                  const char *want)
{
  g_autofree char *got = allocate (func, queues, clients, self);

  g_assert_cmpstr (got, ==, want);
}

static void
test_averagely (void)
{
  static const char *const clients[] = { "c1", "c2", "c3", NULL };
  g_autoptr (GPtrArray) eight = make_queues ("T", "b", 8);
  g_autoptr (GPtrArray) two = make_queues ("T", "b", 2);

  assert_allocates (_rmq_allocate_averagely, eight, clients, "c1", "0 1 2 ");
  assert_allocates (_rmq_allocate_averagely, eight, clients, "c2", "3 4 5 ");
  assert_allocates (_rmq_allocate_averagely, eight, clients, "c3", "6 7 ");
  assert_allocates (_rmq_allocate_averagely, eight, clients, "unknown", "");
  assert_allocates (_rmq_allocate_averagely, two, clients, "c1", "0 ");
  assert_allocates (_rmq_allocate_averagely, two, clients, "c2", "1 ");
  assert_allocates (_rmq_allocate_averagely, two, clients, "c3", "");
}

static char *
room_of (const char *name, bool is_client, void *data)
{
  return g_strndup (name, strcspn (name, "@"));
}

static bool
nearby (const RmqAllocationInput *input, GArray *result, GError **error)
{
  return _rmq_allocate_machine_room_nearby (input, _rmq_allocate_averagely, room_of, NULL, result, error);
}

static bool
by_rooms (const RmqAllocationInput *input, GArray *result, GError **error)
{
  static const char *const rooms[] = { "r1", "r3", NULL };

  return _rmq_allocate_by_machine_room (input, rooms, result, error);
}

/* The last queue there is, and one there is not. */
static bool
by_config (const RmqAllocationInput *input, GArray *result, GError **error)
{
  g_autoptr (RmqMessageQueue) missing = rmq_message_queue_new ("T", "nowhere", 0);
  RmqMessageQueue *configured[2] = { missing, NULL };

  configured[1] = input->n_queues > 0 ? input->queues[input->n_queues - 1] : missing;
  return _rmq_allocate_by_config (input, configured, 2, result, error);
}

static GPtrArray *
make_rooms (void)
{
  GPtrArray *queues = make_queues ("T", "r1@b", 3);

  for (int i = 0; i < 2; i++)
    g_ptr_array_add (queues, rmq_message_queue_new ("T", "r2@b", i));
  for (int i = 0; i < 2; i++)
    g_ptr_array_add (queues, rmq_message_queue_new ("T", "r3@b", i));
  return queues;
}

static void
test_others (void)
{
  static const char *const clients[] = { "r1@x", "r1@y", "r2@z", NULL };
  g_autoptr (GPtrArray) eight = make_queues ("T", "b", 8);
  g_autoptr (GPtrArray) rooms = make_rooms ();

  assert_allocates (_rmq_allocate_averagely_by_circle, eight, clients, "r1@y", "1 4 7 ");
  assert_allocates (by_config, eight, clients, "r1@y", "7 ");
  /* r1 and r3 have five queues together: one for each, and the rest from the front. */
  assert_allocates (by_rooms, rooms, clients, "r1@x", "0 5 ");
  assert_allocates (by_rooms, rooms, clients, "r1@y", "1 6 ");
  assert_allocates (by_rooms, rooms, clients, "r2@z", "2 ");
  /* Own rooms first; r3 has nobody and is shared by all. */
  assert_allocates (nearby, rooms, clients, "r1@x", "0 1 5 ");
  assert_allocates (nearby, rooms, clients, "r1@y", "2 6 ");
  assert_allocates (nearby, rooms, clients, "r2@z", "3 4 ");
}

static void
test_consistent_hash (void)
{
  static const char *const clients[] = { "c1", "c2", NULL };
  g_autoptr (GPtrArray) queues = make_queues ("T", "b", 8);
  RmqAllocationInput input = { (RmqMessageQueue **) queues->pdata, 8, clients, 2, "c1" };
  g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));

  assert_allocates (by_hash, queues, clients, "c1", "1 2 5 6 ");
  assert_allocates (by_hash, queues, clients, "c2", "0 3 4 7 ");
  g_assert_true (_rmq_allocate_by_consistent_hash (&input, 0, result, NULL));
  g_assert_cmpuint (result->len, ==, 0);
}

/* owners[k]: the client that gets queue k. Every queue has exactly one. */
static void
find_owners (RmqAllocateFunc func, const RmqAllocationInput *base, unsigned *owners)
{
  RmqAllocationInput input = *base;

  for (unsigned k = 0; k < input.n_queues; k++)
    owners[k] = G_MAXUINT;
  for (unsigned i = 0; i < input.n_clients; i++)
    {
      g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));

      input.self = input.clients[i];
      g_assert_true (func (&input, result, NULL));
      for (unsigned j = 0; j < result->len; j++)
        {
          unsigned k = g_array_index (result, unsigned, j);

          g_assert_cmpuint (k, <, input.n_queues);
          g_assert_cmpuint (owners[k], ==, G_MAXUINT);
          owners[k] = i;
        }
    }
  for (unsigned k = 0; k < input.n_queues; k++)
    g_assert_cmpuint (owners[k], !=, G_MAXUINT);
}

static GStrv
make_clients (unsigned n)
{
  GStrv clients = g_new0 (char *, n + 1);

  for (unsigned i = 0; i < n; i++)
    clients[i] = g_strdup_printf ("10.0.0.%02u@x", i);
  return clients;
}

static void
test_random_cases (void)
{
  static const RmqAllocateFunc funcs[] = { _rmq_allocate_averagely, _rmq_allocate_averagely_by_circle, by_hash };
  uint64_t seed = 7;

  for (unsigned round = 0; round < 100; round++)
    {
      unsigned n_clients = 1 + (unsigned) rmq_test_random_below (&seed, MAX_CLIENTS);
      unsigned n_queues = 1 + (unsigned) rmq_test_random_below (&seed, 64);
      g_auto (GStrv) clients = make_clients (n_clients);
      g_autoptr (GPtrArray) queues = make_queues ("TopicTest", "broker", n_queues);
      g_autofree unsigned *before = g_new (unsigned, n_queues);
      g_autofree unsigned *after = g_new (unsigned, n_queues);
      RmqAllocationInput input = { (RmqMessageQueue **) queues->pdata, n_queues, (const char *const *) clients,
                                   n_clients, NULL };

      for (unsigned i = 0; i < G_N_ELEMENTS (funcs); i++)
        find_owners (funcs[i], &input, before);
      if (n_clients == 1)
        continue;
      /* Without its last client, the ring moves only that client's queues. */
      input.n_clients--;
      find_owners (by_hash, &input, after);
      for (unsigned k = 0; k < n_queues; k++)
        if (before[k] != n_clients - 1)
          g_assert_cmpuint (after[k], ==, before[k]);
    }
}

static void
test_illegal_arguments (void)
{
  static const RmqAllocateFunc funcs[] = {
    _rmq_allocate_averagely, _rmq_allocate_averagely_by_circle, by_hash, by_rooms, nearby, by_config
  };
  static const char *const clients[] = { "c1", NULL };
  g_autoptr (GPtrArray) queues = make_queues ("T", "b", 4);
  const RmqAllocationInput good = { (RmqMessageQueue **) queues->pdata, 4, clients, 1, "c1" };

  for (unsigned i = 0; i < G_N_ELEMENTS (funcs); i++)
    for (unsigned what = 0; what < 4; what++)
      {
        RmqAllocationInput bad = good;
        g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));
        g_autoptr (GError) error = NULL;

        if (what == 0)
          bad.self = "";
        else if (what == 1)
          bad.self = NULL;
        else if (what == 2)
          bad.n_queues = 0;
        else
          bad.n_clients = 0;
        g_assert_false (funcs[i](&bad, result, &error));
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
        g_assert_cmpuint (result->len, ==, 0);
      }
}

static char *
no_room (const char *name, bool is_client, void *data)
{
  return is_client ? NULL : g_strdup ("r");
}

static void
test_no_room (void)
{
  static const char *const clients[] = { "c1", NULL };
  g_autoptr (GPtrArray) queues = make_queues ("T", "b", 4);
  RmqAllocationInput input = { (RmqMessageQueue **) queues->pdata, 4, clients, 1, "c1" };
  g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_autoptr (GError) error = NULL;

  g_assert_false (_rmq_allocate_machine_room_nearby (&input, _rmq_allocate_averagely, no_room, NULL, result, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

static void
test_order (void)
{
  static const char *const sorted[] = {
    "", "A", "AA", "B", "a", "aé", "é", "一", "\xf0\x9f\x98\x80", "\xee\x80\x80", "\xef\xbf\xbf"
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (sorted); i++)
    for (unsigned j = 0; j < G_N_ELEMENTS (sorted); j++)
      {
        int order = _rmq_java_compare (sorted[i], sorted[j]);

        g_assert_true (i < j ? order < 0 : i > j ? order > 0 : order == 0);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/allocation/C-REB-007/averagely", test_averagely);
  g_test_add_func ("/wire/allocation/C-REB-008/others", test_others);
  g_test_add_func ("/wire/allocation/C-REB-008/no-room", test_no_room);
  g_test_add_func ("/wire/allocation/C-REB-009/consistent-hash", test_consistent_hash);
  g_test_add_func ("/wire/allocation/C-REB-009/random-cases", test_random_cases);
  g_test_add_func ("/wire/allocation/C-REB-010/illegal-arguments", test_illegal_arguments);
  g_test_add_func ("/wire/allocation/C-REB-011/order", test_order);
  return g_test_run ();
}
