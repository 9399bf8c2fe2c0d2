/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue source. Two arrays take turns: pushers fill one under the mutex while a dispatch empties the other.
 *
 * `armed` says that a dispatch is due or under way, so that a pusher wakes the context only when it finds it false.
 * A dispatch clears its ready time first and decides under the mutex, at its end, whether it is needed again: the
 * reverse order would lose a kick. Re-arming from inside the dispatch costs no system call.
 *
 * GLib releases the callback data of a source at the moment the source is destroyed, or after the dispatch that is
 * under way in that moment. Items that nobody took go there, so that none outlives the source's destruction.
 */
#include "rmq-queue-source-private.h"
#include "rmq-sync-private.h"

#include <stdatomic.h>

#define FIRST_CAPACITY 64
/* An array that grew beyond this is given back once it is empty. */
#define MAX_IDLE_CAPACITY 8192
#define DEFAULT_MAX_US 4000
/* At most so many items between two looks at the clock. */
#define MAX_STRIDE 16

typedef struct
{
  void **items;
  size_t len;
  size_t capacity;
} Items;

struct _RmqQueueSource
{
  GSource source;
  GMutex mutex;
  Items pushed; /* under the mutex */
  bool armed;   /* under the mutex */
  bool closed;  /* under the mutex */
  bool finalized;
  GDestroyNotify item_free;
  RmqQueueSourceFunc func;
  RmqQueueSourceBatchEnd batch_end;
  void *data;
  GDestroyNotify destroy;
  unsigned max_items;
  int64_t max_us;
  /* Of the dispatch, and between two dispatches handed on under the mutex. */
  Items batch;
  size_t batch_at;
  _Atomic (size_t) batch_left;
};

static bool
items_reserve (Items *self, size_t n)
{
  size_t wanted;

  if (G_LIKELY (n <= self->capacity - self->len))
    return true;
  if (n > G_MAXSIZE / sizeof (void *) / 2 - self->len)
    return false;
  wanted = MAX (MAX (self->len + n, self->capacity * 2), FIRST_CAPACITY);
  self->items = g_renew (void *, self->items, wanted);
  self->capacity = wanted;
  return true;
}

static void
items_trim (Items *self)
{
  self->len = 0;
  if (self->capacity <= MAX_IDLE_CAPACITY)
    return;
  g_clear_pointer (&self->items, g_free);
  self->capacity = 0;
}

static void
free_items (RmqQueueSource *self, void **items, size_t n)
{
  if (self->item_free == NULL)
    return;
  for (size_t i = 0; i < n; i++)
    self->item_free (items[i]);
}

/* The items of the batch that were not handed over. */
static void
drop_batch (RmqQueueSource *self)
{
  Items batch = self->batch;
  size_t at = self->batch_at;

  self->batch = (Items){ NULL, 0, 0 };
  self->batch_at = 0;
  atomic_store_explicit (&self->batch_left, 0, memory_order_relaxed);
  if (at < batch.len)
    free_items (self, batch.items + at, batch.len - at);
  g_free (batch.items);
}

/* The release of the callback data: no dispatch is under way, none follows. */
static void
queue_source_destroyed (void *data)
{
  RmqQueueSource *self = data;
  Items pushed;

  if (self->finalized)
    return;
  rmq_mutex_lock (&self->mutex);
  if (self->closed)
    {
      rmq_mutex_unlock (&self->mutex);
      return;
    }
  self->closed = true;
  pushed = self->pushed;
  self->pushed = (Items){ NULL, 0, 0 };
  rmq_mutex_unlock (&self->mutex);

  drop_batch (self);
  free_items (self, pushed.items, pushed.len);
  g_free (pushed.items);
  if (self->destroy != NULL)
    self->destroy (self->data);
}

/* Hands over items until a bound is reached or the source is destroyed. */
static void
hand_over (RmqQueueSource *self)
{
  int64_t left_us;
  int64_t end_us = self->max_us > 0 ? g_get_monotonic_time () + self->max_us : 0;
  size_t left = self->batch.len - self->batch_at;
  size_t allowed = self->max_items > 0 ? MIN (left, self->max_items) : left;
  unsigned stride = 1;
  unsigned until_look = stride;

  while (allowed-- > 0)
    {
      void *item = self->batch.items[self->batch_at++];

      atomic_store_explicit (&self->batch_left, --left, memory_order_relaxed);
      self->func (item, self->data);
      if (g_source_is_destroyed ((GSource *) self))
        return;
      if (end_us == 0 || --until_look > 0)
        continue;
      left_us = end_us - g_get_monotonic_time ();
      if (left_us <= 0)
        return;
      /* Slow items are watched one by one. */
      stride = left_us > self->max_us / 2 ? MIN (stride * 2, MAX_STRIDE) : 1;
      until_look = stride;
    }
}

static void
take_pushed (RmqQueueSource *self)
{
  rmq_mutex_lock (&self->mutex);
  if (self->batch_at == self->batch.len)
    {
      Items empty = self->batch;

      items_trim (&empty);
      self->batch = self->pushed;
      self->batch_at = 0;
      self->pushed = empty;
      atomic_store_explicit (&self->batch_left, self->batch.len, memory_order_relaxed);
    }
  rmq_mutex_unlock (&self->mutex);
}

static gboolean
queue_source_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  RmqQueueSource *self = (RmqQueueSource *) source;
  bool again;

  g_source_set_ready_time (source, -1);
  take_pushed (self);
  if (self->batch_at < self->batch.len && self->func != NULL)
    {
      hand_over (self);
      if (self->batch_end != NULL)
        self->batch_end (self->data);
    }

  rmq_mutex_lock (&self->mutex);
  again = self->batch_at < self->batch.len || self->pushed.len > 0;
  self->armed = again;
  rmq_mutex_unlock (&self->mutex);
  if (g_source_is_destroyed (source))
    return G_SOURCE_REMOVE;
  if (again)
    g_source_set_ready_time (source, 0);
  return G_SOURCE_CONTINUE;
}

static void
queue_source_finalize (GSource *source)
{
  RmqQueueSource *self = (RmqQueueSource *) source;

  /* A source that is dropped without having been destroyed still has its callback data. */
  queue_source_destroyed (self);
  self->finalized = true;
  g_mutex_clear (&self->mutex);
}

static GSourceFuncs queue_source_funcs = {
  .dispatch = queue_source_dispatch,
  .finalize = queue_source_finalize,
};

static gboolean
never_called (void *data)
{
  g_return_val_if_reached (G_SOURCE_REMOVE);
}

RmqQueueSource *
_rmq_queue_source_new (const char *name, GDestroyNotify item_free)
{
  RmqQueueSource *self = (RmqQueueSource *) g_source_new (&queue_source_funcs, sizeof (RmqQueueSource));

  g_source_set_static_name ((GSource *) self, name);
  g_mutex_init (&self->mutex);
  self->item_free = item_free;
  self->max_us = DEFAULT_MAX_US;
  atomic_init (&self->batch_left, 0);
  g_source_set_callback ((GSource *) self, never_called, self, queue_source_destroyed);
  return self;
}

void
_rmq_queue_source_set_func (RmqQueueSource *self,
                            RmqQueueSourceFunc func,
                            RmqQueueSourceBatchEnd batch_end,
                            void *data,
                            GDestroyNotify destroy)
{
  rmq_mutex_lock (&self->mutex);
  self->func = func;
  self->batch_end = batch_end;
  self->data = data;
  self->destroy = destroy;
  rmq_mutex_unlock (&self->mutex);
}

void
_rmq_queue_source_set_bounds (RmqQueueSource *self, unsigned max_items, int64_t max_us)
{
  rmq_mutex_lock (&self->mutex);
  self->max_items = max_items;
  self->max_us = max_us;
  rmq_mutex_unlock (&self->mutex);
}

static inline bool
push (RmqQueueSource *self, void **items, size_t n_items)
{
  bool kick;

  rmq_mutex_lock (&self->mutex);
  if (self->closed || g_source_is_destroyed ((GSource *) self) || !items_reserve (&self->pushed, n_items))
    {
      rmq_mutex_unlock (&self->mutex);
      return false;
    }
  if (n_items > 0)
    memcpy (self->pushed.items + self->pushed.len, items, n_items * sizeof (void *));
  self->pushed.len += n_items;
  kick = !self->armed && n_items > 0;
  self->armed |= kick;
  rmq_mutex_unlock (&self->mutex);
  if (kick)
    g_source_set_ready_time ((GSource *) self, 0);
  return true;
}

bool
_rmq_queue_source_push (RmqQueueSource *self, void *item)
{
  return push (self, &item, 1);
}

bool
_rmq_queue_source_push_many (RmqQueueSource *self, void **items, size_t n_items)
{
  return push (self, items, n_items);
}

size_t
_rmq_queue_source_get_length (RmqQueueSource *self)
{
  size_t n;

  rmq_mutex_lock (&self->mutex);
  n = self->pushed.len + atomic_load_explicit (&self->batch_left, memory_order_relaxed);
  rmq_mutex_unlock (&self->mutex);
  return n;
}
