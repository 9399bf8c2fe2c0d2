/* SPDX-License-Identifier: Apache-2.0
 *
 * What one queue has pulled and not yet finished, in offset order (RocketMQ: ProcessQueue). A ring of items: putting,
 * removing and asking for either end are O(1). Pure data, no messages known, no locks: the I/O context's.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in whatever is cached. */
typedef struct
{
  int64_t offset;
  uint64_t seq; /* its place in the ring; the ring's business */
  uint32_t bytes;
} RmqProcessEntry;

typedef struct
{
  RmqProcessEntry **ring; /* NULL where an entry was removed between others */
  size_t capacity;        /* a power of two, or 0 */
  uint64_t head;          /* the lowest entry */
  uint64_t taken;         /* head <= taken <= tail: handed out by take () and neither committed nor given back */
  uint64_t tail;          /* beyond the highest */
  size_t count;
  size_t bytes;
  int64_t next_offset; /* the highest offset ever put, + 1; -1: none yet */
} RmqProcessQueue;

RMQ_PRIVATE_BEGIN

void _rmq_process_queue_init (RmqProcessQueue *self);
/* Forgets the entries, which are the caller's. */
void _rmq_process_queue_clear (RmqProcessQueue *self);

/* Entries come in rising offsets. False, and nothing done, when this one does not lie above all before it. */
bool _rmq_process_queue_put (RmqProcessQueue *self, RmqProcessEntry *entry);
void _rmq_process_queue_remove (RmqProcessQueue *self, RmqProcessEntry *entry);
/* The new entry takes the place, offset and size of the old one. */
void _rmq_process_queue_replace (RmqProcessQueue *self, RmqProcessEntry *old, RmqProcessEntry *entry);

/* Of what is cached; -1 when nothing is. */
int64_t _rmq_process_queue_get_min_offset (const RmqProcessQueue *self);
int64_t _rmq_process_queue_get_max_offset (const RmqProcessQueue *self);
/* The highest less the lowest cached offset. */
int64_t _rmq_process_queue_get_span (const RmqProcessQueue *self);
/* Up to where everything is finished: the lowest unfinished offset, or one beyond the highest ever cached. -1 when
 * nothing was ever cached. */
int64_t _rmq_process_queue_get_commit_offset (const RmqProcessQueue *self);

/* In offset order. func may remove the entry it is called with, and no other; false ends the walk. */
typedef bool (*RmqProcessEntryFunc) (RmqProcessEntry *entry, void *data);
void _rmq_process_queue_foreach (RmqProcessQueue *self, RmqProcessEntryFunc func, void *data);

/* One consumer at a time, in order: take the lowest entries not yet taken, then commit or give back all taken. */
size_t _rmq_process_queue_take (RmqProcessQueue *self, RmqProcessEntry **entries, size_t max_entries);
/* Removes what is taken; returns the highest offset of it + 1, or -1 when nothing was taken. */
int64_t _rmq_process_queue_commit_taken (RmqProcessQueue *self);
void _rmq_process_queue_rollback_taken (RmqProcessQueue *self);

RMQ_PRIVATE_END
