/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts the forks that led to this process. The one process-wide registration of the library: a child must know that
 * threads, locks and connections are its parent's before it touches any of them.
 */
#include "rmq-fork-private.h"
#include "rmq-log-private.h"
#include "rmq-sync-private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* Lock-free, so that the handler may write it where almost nothing is allowed. */
static _Atomic (unsigned) generation;

static void
in_child (void)
{
  atomic_fetch_add_explicit (&generation, 1, memory_order_relaxed);
}

unsigned
_rmq_fork_generation (void)
{
  static size_t once;

  if (g_once_init_enter (&once))
    {
      /* Fails for want of memory only; then a child cannot be told from its parent, which is no reason to stop. */
      if (pthread_atfork (NULL, NULL, in_child) != 0)
        rmq_warning ("fork", NULL, "forks of this process will not be noticed");
      g_once_init_leave (&once, 1);
    }
  return atomic_load_explicit (&generation, memory_order_relaxed);
}
