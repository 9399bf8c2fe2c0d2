/* SPDX-License-Identifier: Apache-2.0
 *
 * The timer heap: one order by `due` tells what may fire, another by `latest` tells when to wake. The source wakes at
 * the earliest `latest` and then fires everything that is due, so that timers near each other share a wake-up.
 *
 * The deadline is computed in prepare (), not set by g_source_set_ready_time (): arming and disarming happen thousands
 * of times a second in the context that owns the source, and each change of a ready time there would write an eventfd.
 */
#include "rmq-timer-heap-private.h"
#include "rmq-log-private.h"

/* Four children a node: half the levels of a binary heap, and siblings share a cache line. */
#define ARITY 4
#define FIRST_CAPACITY 32

typedef struct
{
  int64_t key;
  uint64_t sequence; /* equal keys keep the order in which they were armed */
  RmqTimer *timer;
} Entry;

typedef struct
{
  Entry *entries;
  size_t n;
  size_t capacity;
  size_t index_offset; /* of the member of RmqTimer that holds the place */
} Heap;

struct _RmqTimerHeap
{
  GSource source;
  RmqClock *clock;
  GMainContext *context; /* for the watch of a manual clock */
  Heap due;
  Heap latest;
  uint64_t sequence;
  uint64_t n_wakeups;
  int64_t now_us; /* of the dispatch under way */
  bool dispatching;
  bool attached;
};

static inline size_t *
heap_index (const Heap *self, RmqTimer *timer)
{
  return (size_t *) ((char *) timer + self->index_offset);
}

static inline bool
entry_before (const Entry *a, const Entry *b)
{
  return a->key != b->key ? a->key < b->key : a->sequence < b->sequence;
}

static inline void
heap_place (Heap *self, size_t at, Entry entry)
{
  self->entries[at] = entry;
  *heap_index (self, entry.timer) = at + 1;
}

static void
heap_sift_up (Heap *self, size_t at, Entry entry)
{
  while (at > 0)
    {
      size_t parent = (at - 1) / ARITY;

      if (!entry_before (&entry, &self->entries[parent]))
        break;
      heap_place (self, at, self->entries[parent]);
      at = parent;
    }
  heap_place (self, at, entry);
}

static void
heap_sift_down (Heap *self, size_t at, Entry entry)
{
  for (;;)
    {
      size_t child = at * ARITY + 1;
      size_t end = MIN (child + ARITY, self->n);
      size_t least = child;

      if (child >= self->n)
        break;
      for (size_t i = child + 1; i < end; i++)
        if (entry_before (&self->entries[i], &self->entries[least]))
          least = i;
      if (!entry_before (&self->entries[least], &entry))
        break;
      heap_place (self, at, self->entries[least]);
      at = least;
    }
  heap_place (self, at, entry);
}

static void
heap_add (Heap *self, Entry entry)
{
  if (self->n == self->capacity)
    {
      self->capacity = MAX (self->capacity * 2, FIRST_CAPACITY);
      self->entries = g_renew (Entry, self->entries, self->capacity);
    }
  heap_sift_up (self, self->n++, entry);
}

static void
heap_move (Heap *self, size_t at, Entry entry)
{
  if (at > 0 && entry_before (&entry, &self->entries[(at - 1) / ARITY]))
    heap_sift_up (self, at, entry);
  else
    heap_sift_down (self, at, entry);
}

static void
heap_remove (Heap *self, RmqTimer *timer)
{
  size_t *index = heap_index (self, timer);
  size_t at = *index - 1;
  Entry last = self->entries[--self->n];

  *index = 0;
  if (at < self->n)
    heap_move (self, at, last);
  if (self->capacity > 1024 && self->n < self->capacity / 8)
    {
      self->capacity /= 4;
      self->entries = g_renew (Entry, self->entries, self->capacity);
    }
}

static int64_t
add_saturated (int64_t a, int64_t b)
{
  int64_t sum;

  return __builtin_add_overflow (a, b, &sum) ? INT64_MAX : sum;
}

void
_rmq_timer_arm (RmqTimerHeap *self, RmqTimer *timer, int64_t due_us, int64_t accuracy_us)
{
  Entry entry = { due_us, self->sequence++, timer };

  /* What a callback arms for the past or for now fires in the next dispatch, after all that is due in this one. */
  if (self->dispatching && entry.key < self->now_us)
    entry.key = self->now_us;
  timer->due_us = due_us;
  timer->latest_us = add_saturated (due_us, MAX (accuracy_us, 0));

  if (timer->due_index != 0)
    heap_move (&self->due, timer->due_index - 1, entry);
  else
    heap_add (&self->due, entry);
  entry.key = MAX (timer->latest_us, entry.key);
  if (timer->latest_index != 0)
    heap_move (&self->latest, timer->latest_index - 1, entry);
  else
    heap_add (&self->latest, entry);
}

void
_rmq_timer_disarm (RmqTimerHeap *self, RmqTimer *timer)
{
  if (timer->due_index == 0)
    return;
  heap_remove (&self->due, timer);
  heap_remove (&self->latest, timer);
}

static int64_t
source_now (RmqTimerHeap *self)
{
  return _rmq_clock_is_manual (self->clock) ? _rmq_clock_monotonic_us (self->clock)
                                            : g_source_get_time ((GSource *) self);
}

static gboolean
timer_heap_prepare (GSource *source, int *timeout)
{
  RmqTimerHeap *self = (RmqTimerHeap *) source;
  int64_t latest_us, now_us;

  *timeout = -1;
  if (self->latest.n == 0)
    return FALSE;
  latest_us = self->latest.entries[0].key;
  now_us = source_now (self);
  /* Compared, not subtracted: a timer may be due at the beginning of time. */
  if (latest_us <= now_us)
    return TRUE;
  /* A manual clock wakes the context when it moves. */
  if (!_rmq_clock_is_manual (self->clock))
    *timeout = (int) MIN ((latest_us - now_us - 1) / 1000 + 1, G_MAXINT);
  return FALSE;
}

static gboolean
timer_heap_check (GSource *source)
{
  RmqTimerHeap *self = (RmqTimerHeap *) source;

  return self->latest.n > 0 && self->latest.entries[0].key <= source_now (self);
}

static gboolean
timer_heap_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  RmqTimerHeap *self = (RmqTimerHeap *) source;
  uint64_t first_sequence = self->sequence;

  self->n_wakeups++;
  self->now_us = _rmq_clock_monotonic_us (self->clock);
  self->dispatching = true;
  while (self->due.n > 0 && self->due.entries[0].key <= self->now_us && self->due.entries[0].sequence < first_sequence)
    {
      RmqTimer *timer = self->due.entries[0].timer;

      _rmq_timer_disarm (self, timer);
      timer->func (timer, timer->data);
      if (g_source_is_destroyed (source))
        return G_SOURCE_REMOVE;
    }
  self->dispatching = false;
  _rmq_log_refresh ();
  return G_SOURCE_CONTINUE;
}

static void
timer_heap_finalize (GSource *source)
{
  RmqTimerHeap *self = (RmqTimerHeap *) source;

  g_free (self->due.entries);
  g_free (self->latest.entries);
  g_clear_pointer (&self->context, g_main_context_unref);
  _rmq_clock_unref (self->clock);
}

static GSourceFuncs timer_heap_funcs = {
  .prepare = timer_heap_prepare,
  .check = timer_heap_check,
  .dispatch = timer_heap_dispatch,
  .finalize = timer_heap_finalize,
};

static void
clock_moved (void *data)
{
  RmqTimerHeap *self = data;

  g_main_context_wakeup (self->context);
}

RmqTimerHeap *
_rmq_timer_heap_new (RmqClock *clock, const char *static_name)
{
  RmqTimerHeap *self = (RmqTimerHeap *) g_source_new (&timer_heap_funcs, sizeof (RmqTimerHeap));

  g_source_set_static_name ((GSource *) self, static_name);
  self->clock = _rmq_clock_ref (clock);
  self->due.index_offset = G_STRUCT_OFFSET (RmqTimer, due_index);
  self->latest.index_offset = G_STRUCT_OFFSET (RmqTimer, latest_index);
  return self;
}

void
_rmq_timer_heap_attach (RmqTimerHeap *self, GMainContext *context, int priority)
{
  g_return_if_fail (!self->attached);

  self->attached = true;
  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  g_source_set_priority ((GSource *) self, priority);
  g_source_attach ((GSource *) self, self->context);
  _rmq_clock_add_watch (self->clock, clock_moved, self);
}

void
_rmq_timer_heap_free (RmqTimerHeap *self)
{
  if (self == NULL)
    return;
  if (self->attached)
    _rmq_clock_remove_watch (self->clock, clock_moved, self);
  g_source_destroy ((GSource *) self);
  g_source_unref ((GSource *) self);
}

int64_t
_rmq_timer_heap_now (RmqTimerHeap *self)
{
  return self->dispatching ? self->now_us : _rmq_clock_monotonic_us (self->clock);
}

size_t
_rmq_timer_heap_get_n_armed (RmqTimerHeap *self)
{
  return self->due.n;
}

uint64_t
_rmq_timer_heap_get_n_wakeups (RmqTimerHeap *self)
{
  return self->n_wakeups;
}
