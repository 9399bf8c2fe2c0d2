/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of requests, threaded through themselves.
 */
#pragma once

#include "rmq-invocation-private.h"

typedef struct
{
  RmqInvocation *head;
  RmqInvocation *tail;
  size_t n;
} RmqInvocationList;

static inline void
rmq_invocation_list_append (RmqInvocationList *self, RmqInvocation *invocation)
{
  invocation->prev = self->tail;
  invocation->next = NULL;
  if (self->tail != NULL)
    self->tail->next = invocation;
  else
    self->head = invocation;
  self->tail = invocation;
  self->n++;
}

static inline void
rmq_invocation_list_remove (RmqInvocationList *self, RmqInvocation *invocation)
{
  if (invocation->prev != NULL)
    invocation->prev->next = invocation->next;
  else
    self->head = invocation->next;
  if (invocation->next != NULL)
    invocation->next->prev = invocation->prev;
  else
    self->tail = invocation->prev;
  self->n--;
}
