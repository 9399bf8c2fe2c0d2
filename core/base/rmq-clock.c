/* SPDX-License-Identifier: Apache-2.0
 *
 * The system's clock as one shared object, and clocks that only move when a test says so.
 */
#include "rmq-clock-private.h"
#include "rmq-sync-private.h"

#include <stdatomic.h>

typedef struct
{
  RmqClockMoved moved;
  void *data;
} Watch;

struct _RmqClock
{
  int ref_count;
  bool manual;
  _Atomic (int64_t) monotonic_us;
  _Atomic (int64_t) realtime_us;
  GMutex mutex; /* for watches; held while they are called, so that none is called after its removal */
  GArray *watches;
};

static RmqClock system_clock = { .ref_count = 1 };

RmqClock *
_rmq_clock_get_system (void)
{
  return &system_clock;
}

RmqClock *
_rmq_clock_new_manual (int64_t monotonic_us, int64_t realtime_ms)
{
  RmqClock *self = g_new0 (RmqClock, 1);

  self->ref_count = 1;
  self->manual = true;
  atomic_init (&self->monotonic_us, monotonic_us);
  atomic_init (&self->realtime_us, realtime_ms * 1000);
  g_mutex_init (&self->mutex);
  self->watches = g_array_new (FALSE, FALSE, sizeof (Watch));
  return self;
}

RmqClock *
_rmq_clock_ref (RmqClock *self)
{
  if (self->manual)
    g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_clock_unref (RmqClock *self)
{
  if (!self->manual || !rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_array_unref (self->watches);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

int64_t
_rmq_clock_monotonic_us (RmqClock *self)
{
  return self->manual ? atomic_load (&self->monotonic_us) : g_get_monotonic_time ();
}

int64_t
_rmq_clock_realtime_ms (RmqClock *self)
{
  return (self->manual ? atomic_load (&self->realtime_us) : g_get_real_time ()) / 1000;
}

bool
_rmq_clock_is_manual (RmqClock *self)
{
  return self->manual;
}

static void
call_watches (RmqClock *self)
{
  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->watches->len; i++)
    {
      const Watch *watch = &g_array_index (self->watches, Watch, i);

      watch->moved (watch->data);
    }
  rmq_mutex_unlock (&self->mutex);
}

void
_rmq_clock_advance (RmqClock *self, int64_t us)
{
  g_return_if_fail (self->manual);
  g_return_if_fail (us >= 0);

  atomic_fetch_add (&self->realtime_us, us);
  atomic_fetch_add (&self->monotonic_us, us);
  call_watches (self);
}

void
_rmq_clock_set_realtime_ms (RmqClock *self, int64_t realtime_ms)
{
  g_return_if_fail (self->manual);

  atomic_store (&self->realtime_us, realtime_ms * 1000);
  call_watches (self);
}

void
_rmq_clock_add_watch (RmqClock *self, RmqClockMoved moved, void *data)
{
  Watch watch = { moved, data };

  if (!self->manual)
    return;
  rmq_mutex_lock (&self->mutex);
  g_array_append_val (self->watches, watch);
  rmq_mutex_unlock (&self->mutex);
}

void
_rmq_clock_remove_watch (RmqClock *self, RmqClockMoved moved, void *data)
{
  if (!self->manual)
    return;
  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->watches->len; i++)
    {
      const Watch *watch = &g_array_index (self->watches, Watch, i);

      if (watch->moved != moved || watch->data != data)
        continue;
      g_array_remove_index (self->watches, i);
      break;
    }
  rmq_mutex_unlock (&self->mutex);
}
