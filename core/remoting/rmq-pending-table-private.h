/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests under way, by opaque. Since we choose the opaques, each is chosen to fall into a free slot: a lookup is one
 * load and one comparison, without collisions.
 */
#pragma once

#include "rmq-invocation-private.h"

typedef struct
{
  RmqInvocation **slots; /* n_slots is a power of two, at least twice n_used */
  size_t n_slots;
  size_t n_used;
} RmqPendingTable;

RMQ_PRIVATE_BEGIN

/* Sets invocation->opaque to the next one from *counter that suits. */
void _rmq_pending_table_insert (RmqPendingTable *self, RmqInvocation *invocation, uint32_t *counter);
void _rmq_pending_table_remove (RmqPendingTable *self, RmqInvocation *invocation);
void _rmq_pending_table_clear (RmqPendingTable *self);

RMQ_PRIVATE_END

/* NULL: nobody waits for it. opaque may be anything. */
static inline RmqInvocation *
rmq_pending_table_lookup (const RmqPendingTable *self, int32_t opaque)
{
  RmqInvocation *invocation;

  if (self->n_used == 0)
    return NULL;
  invocation = self->slots[(uint32_t) opaque & (self->n_slots - 1)];
  return invocation != NULL && invocation->opaque == opaque ? invocation : NULL;
}
