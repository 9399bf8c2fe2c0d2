/* SPDX-License-Identifier: Apache-2.0
 *
 * The block pool: blocks come zeroed, no two takers have the same one, and they change threads.
 */
#include "base/rmq-block-pool-private.h"

#include <string.h>

#define N_BLOCKS 10000

typedef struct
{
  void *words[8];
} Thing;

static RmqBlockPool pool = RMQ_BLOCK_POOL_INIT (Thing);

static void
take_all (Thing **things)
{
  for (unsigned i = 0; i < N_BLOCKS; i++)
    {
      things[i] = _rmq_block_pool_take (&pool);
      for (unsigned j = 0; j < G_N_ELEMENTS (things[i]->words); j++)
        g_assert_null (things[i]->words[j]);
      things[i]->words[0] = things[i];
      things[i]->words[7] = things;
    }
}

static void
give_all (Thing **things)
{
  for (unsigned i = 0; i < N_BLOCKS; i++)
    {
      g_assert_true (things[i]->words[0] == things[i] && things[i]->words[7] == things);
      _rmq_block_pool_give (&pool, things[i]);
    }
}

static void *
give_in_thread (void *things)
{
  give_all (things);
  return NULL;
}

static void *
take_and_give (void *data)
{
  g_autofree Thing **things = g_new (Thing *, N_BLOCKS);

  for (unsigned round = 0; round < 5; round++)
    {
      take_all (things);
      give_all (things);
    }
  return NULL;
}

/* Far more than the depot holds: the rest is freed. What was given elsewhere, in a thread that is gone, comes back. */
static void
test_change_threads (void)
{
  g_autofree Thing **things = g_new (Thing *, N_BLOCKS);

  for (unsigned round = 0; round < 3; round++)
    {
      take_all (things);
      g_thread_join (g_thread_new ("give", give_in_thread, things));
    }
}

static void
test_many_threads (void)
{
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("take", take_and_give, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/block-pool/change-threads", test_change_threads);
  g_test_add_func ("/base/block-pool/many-threads", test_many_threads);
  return g_test_run ();
}
