/* SPDX-License-Identifier: Apache-2.0
 *
 * Many timers, one GSource. A timer is embedded in its owner and has an accuracy window: it fires between `due` and
 * `due + accuracy`, so that timers near each other share one wake-up. All calls in the context that owns the source.
 */
#pragma once

#include "rmq-clock-private.h"

typedef struct _RmqTimerHeap RmqTimerHeap;
typedef struct _RmqTimer RmqTimer;

/* May arm or disarm any timer, its own too, and may free its owner. */
typedef void (*RmqTimerFunc) (RmqTimer *timer, void *data);

struct _RmqTimer
{
  RmqTimerFunc func;
  void *data;
  int64_t due_us;    /* earliest */
  int64_t latest_us; /* due + accuracy */
  /*< private >*/
  size_t due_index; /* 0: not armed; else 1 + place in the heap */
  size_t latest_index;
};

RMQ_PRIVATE_BEGIN

RmqTimerHeap *_rmq_timer_heap_new (RmqClock *clock, const char *static_name);
/* The heap's GSource is attached here; at most once. */
void _rmq_timer_heap_attach (RmqTimerHeap *self, GMainContext *context, int priority);
/* Destroys the source. Timers still armed never fire. */
void _rmq_timer_heap_free (RmqTimerHeap *self);
/* The clock at the start of this dispatch, or now outside of one. */
int64_t _rmq_timer_heap_now (RmqTimerHeap *self);
size_t _rmq_timer_heap_get_n_armed (RmqTimerHeap *self);
/* How often its source was dispatched: wake-ups are a budget that tests hold. */
uint64_t _rmq_timer_heap_get_n_wakeups (RmqTimerHeap *self);

/* Arms or re-arms. O(log n), O(1) when due grows with each call. */
void _rmq_timer_arm (RmqTimerHeap *self, RmqTimer *timer, int64_t due_us, int64_t accuracy_us);
/* Harmless when not armed. */
void _rmq_timer_disarm (RmqTimerHeap *self, RmqTimer *timer);

RMQ_PRIVATE_END

static inline void
rmq_timer_init (RmqTimer *timer, RmqTimerFunc func, void *data)
{
  *timer = (RmqTimer){ func, data, 0, 0, 0, 0 };
}

static inline bool
rmq_timer_is_armed (const RmqTimer *timer)
{
  return timer->due_index != 0;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTimerHeap, _rmq_timer_heap_free)
