/* SPDX-License-Identifier: Apache-2.0
 *
 * The byte budget: one atomic counter with a limit. No order is implied between it and the memory it counts.
 */
#include "rmq-budget-private.h"
#include "rmq-sync-private.h"

#include <stdatomic.h>

struct _RmqBudget
{
  int ref_count;
  size_t limit; /* 0: none */
  _Atomic (size_t) used;
};

RmqBudget *
_rmq_budget_new (size_t limit)
{
  RmqBudget *self = g_new0 (RmqBudget, 1);

  self->ref_count = 1;
  self->limit = limit;
  atomic_init (&self->used, 0);
  return self;
}

RmqBudget *
_rmq_budget_ref (RmqBudget *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_budget_unref (RmqBudget *self)
{
  if (rmq_ref_dec_and_test (&self->ref_count))
    g_free (self);
}

bool
_rmq_budget_try_take (RmqBudget *self, size_t n)
{
  size_t used = atomic_load_explicit (&self->used, memory_order_relaxed);
  size_t limit = self->limit != 0 ? self->limit : G_MAXSIZE;

  do
    if (used > limit || n > limit - used)
      return false;
  while (!atomic_compare_exchange_weak_explicit (&self->used, &used, used + n, memory_order_relaxed,
                                                 memory_order_relaxed));
  return true;
}

void
_rmq_budget_take (RmqBudget *self, size_t n)
{
  /* What is here already was allocated, so the sum cannot pass the address space. */
  atomic_fetch_add_explicit (&self->used, n, memory_order_relaxed);
}

void
_rmq_budget_release (RmqBudget *self, size_t n)
{
  size_t before = atomic_fetch_sub_explicit (&self->used, n, memory_order_relaxed);

  g_return_if_fail (before >= n);
}

size_t
_rmq_budget_get_used (RmqBudget *self)
{
  return atomic_load_explicit (&self->used, memory_order_relaxed);
}

size_t
_rmq_budget_get_limit (RmqBudget *self)
{
  return self->limit;
}
