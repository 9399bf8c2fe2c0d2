/* SPDX-License-Identifier: Apache-2.0
 *
 * The ordered cache of one queue as a ring. An entry knows its place, so that removing one in the middle leaves a hole
 * that closes when the end next to it moves.
 */
#include "rmq-process-queue-private.h"

#define FIRST_CAPACITY 64
/* A ring that grew beyond this is given back when it runs empty, so that one burst does not stay for good. */
#define KEPT_CAPACITY 4096

static inline RmqProcessEntry **
slot (const RmqProcessQueue *self, uint64_t seq)
{
  return &self->ring[seq & (self->capacity - 1)];
}

void
_rmq_process_queue_init (RmqProcessQueue *self)
{
  *self = (RmqProcessQueue){ .next_offset = -1 };
}

void
_rmq_process_queue_clear (RmqProcessQueue *self)
{
  g_clear_pointer (&self->ring, g_free);
  _rmq_process_queue_init (self);
}

static void
grow (RmqProcessQueue *self)
{
  size_t capacity = self->capacity == 0 ? FIRST_CAPACITY : self->capacity * 2;
  RmqProcessEntry **ring = g_new (RmqProcessEntry *, capacity);

  for (uint64_t seq = self->head; seq < self->tail; seq++)
    ring[seq & (capacity - 1)] = *slot (self, seq);
  g_free (self->ring);
  self->ring = ring;
  self->capacity = capacity;
}

bool
_rmq_process_queue_put (RmqProcessQueue *self, RmqProcessEntry *entry)
{
  if (entry->offset < 0 || entry->offset < self->next_offset || entry->offset == INT64_MAX)
    return false;
  if (self->tail - self->head == self->capacity)
    grow (self);

  entry->seq = self->tail++;
  *slot (self, entry->seq) = entry;
  self->count++;
  self->bytes += entry->bytes;
  self->next_offset = entry->offset + 1;
  return true;
}

static void
close_holes (RmqProcessQueue *self)
{
  if (self->count == 0)
    {
      self->head = self->tail;
      self->taken = self->tail;
      if (self->capacity > KEPT_CAPACITY)
        {
          g_clear_pointer (&self->ring, g_free);
          self->capacity = 0;
        }
      return;
    }
  while (*slot (self, self->head) == NULL)
    self->head++;
  while (*slot (self, self->tail - 1) == NULL)
    self->tail--;
  self->taken = CLAMP (self->taken, self->head, self->tail);
}

void
_rmq_process_queue_remove (RmqProcessQueue *self, RmqProcessEntry *entry)
{
  *slot (self, entry->seq) = NULL;
  self->count--;
  self->bytes -= entry->bytes;
  if (entry->seq == self->head || entry->seq + 1 == self->tail)
    close_holes (self);
}

void
_rmq_process_queue_replace (RmqProcessQueue *self, RmqProcessEntry *old, RmqProcessEntry *entry)
{
  *entry = *old;
  *slot (self, entry->seq) = entry;
}

int64_t
_rmq_process_queue_get_min_offset (const RmqProcessQueue *self)
{
  return self->count > 0 ? (*slot (self, self->head))->offset : -1;
}

int64_t
_rmq_process_queue_get_max_offset (const RmqProcessQueue *self)
{
  return self->count > 0 ? (*slot (self, self->tail - 1))->offset : -1;
}

int64_t
_rmq_process_queue_get_span (const RmqProcessQueue *self)
{
  return _rmq_process_queue_get_max_offset (self) - _rmq_process_queue_get_min_offset (self);
}

int64_t
_rmq_process_queue_get_commit_offset (const RmqProcessQueue *self)
{
  return self->count > 0 ? _rmq_process_queue_get_min_offset (self) : self->next_offset;
}

void
_rmq_process_queue_foreach (RmqProcessQueue *self, RmqProcessEntryFunc func, void *data)
{
  uint64_t tail = self->tail;

  for (uint64_t seq = self->head; seq < tail && self->count > 0; seq++)
    {
      RmqProcessEntry *entry = *slot (self, seq);

      if (entry != NULL && !func (entry, data))
        return;
    }
}

size_t
_rmq_process_queue_take (RmqProcessQueue *self, RmqProcessEntry **entries, size_t max_entries)
{
  size_t n = 0;

  for (; self->taken < self->tail && n < max_entries; self->taken++)
    {
      RmqProcessEntry *entry = *slot (self, self->taken);

      if (entry != NULL)
        entries[n++] = entry;
    }
  return n;
}

int64_t
_rmq_process_queue_commit_taken (RmqProcessQueue *self)
{
  int64_t next = -1;

  for (; self->head < self->taken; self->head++)
    {
      RmqProcessEntry *entry = *slot (self, self->head);

      if (entry == NULL)
        continue;
      next = entry->offset + 1;
      self->count--;
      self->bytes -= entry->bytes;
    }
  close_holes (self);
  return next;
}

void
_rmq_process_queue_rollback_taken (RmqProcessQueue *self)
{
  self->taken = self->head;
}
