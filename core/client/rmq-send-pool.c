/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool of sends of one client.
 */
#include "rmq-send-op-private.h"

#include "base/rmq-sync-private.h"

#define HAND_OVER 64
#define MAX_FREE 8192
/* A buffer that grew beyond this is not worth keeping. */
#define MAX_KEPT_BUFFER 4096

RmqSendOp *
_rmq_send_pool_take (RmqSendPool *self)
{
  RmqSendOp *op;
  char *buffer;
  uint32_t allocated;

  rmq_mutex_lock (&self->lock);
  op = self->free;
  if (op != NULL)
    {
      self->free = op->links[0];
      self->n_free--;
    }
  rmq_mutex_unlock (&self->lock);
  if (op == NULL)
    return g_new0 (RmqSendOp, 1);
  buffer = op->properties;
  allocated = op->properties_allocated;
  memset (op, 0, sizeof *op);
  op->properties = buffer;
  op->properties_allocated = allocated;
  return op;
}

static void
discard (RmqSendOp *op)
{
  g_free (op->properties);
  g_free (op);
}

static void
hand_over (RmqSendPool *self)
{
  RmqSendOp *surplus = NULL;

  rmq_mutex_lock (&self->lock);
  if (self->n_free < MAX_FREE)
    {
      self->ended_last->links[0] = self->free;
      self->free = self->ended;
      self->n_free += self->n_ended;
    }
  else
    {
      surplus = self->ended;
    }
  rmq_mutex_unlock (&self->lock);
  self->ended = self->ended_last = NULL;
  self->n_ended = 0;

  while (surplus != NULL)
    {
      RmqSendOp *next = surplus->links[0];

      discard (surplus);
      surplus = next;
    }
}

void
_rmq_send_pool_give (RmqSendPool *self, RmqSendOp *op, bool in_io)
{
  if (!in_io)
    {
      discard (op);
      return;
    }
  if (op->properties_allocated > MAX_KEPT_BUFFER)
    {
      g_clear_pointer (&op->properties, g_free);
      op->properties_allocated = 0;
    }
  op->links[0] = self->ended;
  self->ended = op;
  if (self->ended_last == NULL)
    self->ended_last = op;
  if (++self->n_ended >= HAND_OVER)
    hand_over (self);
}

void
_rmq_send_pool_clear (RmqSendPool *self)
{
  RmqSendOp *lists[] = { self->free, self->ended };

  for (unsigned i = 0; i < G_N_ELEMENTS (lists); i++)
    while (lists[i] != NULL)
      {
        RmqSendOp *next = lists[i]->links[0];

        discard (lists[i]);
        lists[i] = next;
      }
  g_mutex_clear (&self->lock);
}
