/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of requests under way: a direct-mapped array that doubles.
 */
#include "rmq-pending-table-private.h"

#include <string.h>

#define FIRST_SLOTS 64
/* A table that grew beyond this is given back when it is empty. */
#define MAX_KEPT_SLOTS 4096

/* Opaques that differ modulo n differ modulo 2n, so nobody has to move twice. */
static void
grow (RmqPendingTable *self)
{
  size_t n_slots = MAX (FIRST_SLOTS, self->n_slots * 2);
  RmqInvocation **slots = g_new0 (RmqInvocation *, n_slots);

  for (size_t i = 0; i < self->n_slots; i++)
    {
      if (self->slots[i] != NULL)
        slots[(uint32_t) self->slots[i]->opaque & (n_slots - 1)] = self->slots[i];
    }
  g_free (self->slots);
  self->slots = slots;
  self->n_slots = n_slots;
}

void
_rmq_pending_table_insert (RmqPendingTable *self, RmqInvocation *invocation, uint32_t *counter)
{
  RmqInvocation **slot;
  uint32_t opaque;

  if (self->n_used * 2 >= self->n_slots)
    grow (self);
  do
    {
      opaque = (*counter)++ & INT32_MAX;
      slot = &self->slots[opaque & (self->n_slots - 1)];
    }
  while (*slot != NULL);

  *slot = invocation;
  invocation->opaque = (int32_t) opaque;
  self->n_used++;
}

void
_rmq_pending_table_remove (RmqPendingTable *self, RmqInvocation *invocation)
{
  self->slots[(uint32_t) invocation->opaque & (self->n_slots - 1)] = NULL;
  if (--self->n_used == 0 && self->n_slots > MAX_KEPT_SLOTS)
    _rmq_pending_table_clear (self);
}

void
_rmq_pending_table_clear (RmqPendingTable *self)
{
  g_clear_pointer (&self->slots, g_free);
  self->n_slots = 0;
  self->n_used = 0;
}
