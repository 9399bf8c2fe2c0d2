/* SPDX-License-Identifier: Apache-2.0
 *
 * What every allocation strategy must do, alone from its own arguments: `check-allocation NAME`.
 */
#include "check.h"

#define MAX_QUEUES 17
#define MAX_CLIENTS 9

static GPtrArray *
make_queues (unsigned n)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (queues, rmq_message_queue_new ("orders", i < n / 2 ? "broker-a" : "broker-b",
                                                    i < n / 2 ? (int) i : (int) (i - n / 2)));
  return queues;
}

static char **
make_clients (unsigned n)
{
  char **clients = g_new0 (char *, n + 1);

  for (unsigned i = 0; i < n; i++)
    clients[i] = g_strdup_printf ("10.0.0.%u@DEFAULT", 10 + i);
  return clients;
}

static GPtrArray *
allocate (RmqAllocationStrategy *strategy, const char *id, GPtrArray *queues, char **clients)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *result =
      rmq_allocation_strategy_allocate (strategy, "group", id, queues, (const char *const *) clients, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  return result;
}

static void
test_name (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = check_create ();
  g_autofree char *name = rmq_allocation_strategy_dup_name (strategy);

  g_assert_cmpstr (name, !=, "");
  g_assert_cmpuint (rmq_allocation_strategy_get_flags (strategy) & ~(unsigned) RMQ_ALLOCATION_IN_OWNER_CONTEXT, ==, 0);
}

/* Every queue has exactly one owner, whatever the numbers. */
static void
test_partition (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = check_create ();

  for (unsigned n_queues = 1; n_queues <= MAX_QUEUES; n_queues++)
    for (unsigned n_clients = 1; n_clients <= MAX_CLIENTS; n_clients++)
      {
        g_autoptr (GPtrArray) queues = make_queues (n_queues);
        g_auto (GStrv) clients = make_clients (n_clients);
        g_autoptr (GHashTable) owned = g_hash_table_new_full (rmq_message_queue_hash, rmq_message_queue_equal,
                                                              (GDestroyNotify) rmq_message_queue_unref, NULL);

        for (unsigned i = 0; i < n_clients; i++)
          {
            g_autoptr (GPtrArray) share = allocate (strategy, clients[i], queues, clients);

            for (unsigned j = 0; j < share->len; j++)
              g_assert_true (g_hash_table_add (owned, rmq_message_queue_ref (g_ptr_array_index (share, j))));
          }
        g_assert_cmpuint (g_hash_table_size (owned), ==, n_queues);
      }
}

static void
test_same_again (void)
{
  g_autoptr (RmqAllocationStrategy) first = check_create ();
  g_autoptr (RmqAllocationStrategy) second = check_create ();
  g_autoptr (GPtrArray) queues = make_queues (8);
  g_auto (GStrv) clients = make_clients (3);

  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) a = allocate (first, clients[i], queues, clients);
      g_autoptr (GPtrArray) b = allocate (second, clients[i], queues, clients);

      g_assert_cmpuint (a->len, ==, b->len);
      for (unsigned j = 0; j < a->len; j++)
        g_assert_true (rmq_message_queue_equal (g_ptr_array_index (a, j), g_ptr_array_index (b, j)));
    }
}

static void
test_stranger (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = check_create ();
  g_autoptr (GPtrArray) queues = make_queues (8);
  g_auto (GStrv) clients = make_clients (3);
  g_autoptr (GPtrArray) share = allocate (strategy, "somebody@else", queues, clients);

  g_assert_cmpuint (share->len, ==, 0);
}

static void
test_illegal_arguments (void)
{
  g_autoptr (RmqAllocationStrategy) strategy = check_create ();
  g_autoptr (GPtrArray) queues = make_queues (8);
  g_autoptr (GPtrArray) no_queues = make_queues (0);
  g_auto (GStrv) clients = make_clients (3);
  g_auto (GStrv) no_clients = make_clients (0);
  const struct
  {
    const char *id;
    GPtrArray *queues;
    char **clients;
  } illegal[] = {
    { NULL, queues, clients },          { "", queues, clients },      { clients[0], NULL, clients },
    { clients[0], no_queues, clients }, { clients[0], queues, NULL }, { clients[0], queues, no_clients },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (illegal); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (rmq_allocation_strategy_allocate (strategy, "group", illegal[i].id, illegal[i].queues,
                                                       (const char *const *) illegal[i].clients, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  check_setup ("allocation", argc, argv, NULL);
  check_add ("name", test_name);
  check_add ("partition", test_partition);
  check_add ("same-again", test_same_again);
  check_add ("stranger", test_stranger);
  check_add ("C-REB-010/illegal-arguments", test_illegal_arguments);
  result = g_test_run ();
  check_teardown ();
  return result;
}
