/* SPDX-License-Identifier: Apache-2.0
 *
 * The timer heap on a manual clock: order, shared wake-ups, re-arming and freeing inside callbacks, and a long random
 * run against a plain list.
 */
#include "base/rmq-sync-private.h"
#include "base/rmq-timer-heap-private.h"
#include "rmq-test.h"

#define START_US 1000000

typedef struct
{
  RmqClock *clock;
  GMainContext *context;
  RmqTimerHeap *heap;
  GArray *fired; /* of int: the numbers of the timers */
} Fixture;

typedef struct
{
  RmqTimer timer;
  Fixture *fixture;
  int number;
  int64_t again_in_us; /* -1: do not re-arm */
  unsigned n_fired;
} Numbered;

static void
set_up (Fixture *self)
{
  self->clock = _rmq_clock_new_manual (START_US, 0);
  self->context = g_main_context_new ();
  self->heap = _rmq_timer_heap_new (self->clock, "test timers");
  self->fired = g_array_new (FALSE, FALSE, sizeof (int));
  _rmq_timer_heap_attach (self->heap, self->context, G_PRIORITY_DEFAULT);
}

static void
tear_down (Fixture *self)
{
  g_clear_pointer (&self->heap, _rmq_timer_heap_free);
  g_assert_cmpuint (rmq_test_count_sources (self->context), ==, 0);
  g_main_context_unref (self->context);
  g_array_unref (self->fired);
  _rmq_clock_unref (self->clock);
}

static void
on_fire (RmqTimer *timer, void *data)
{
  Numbered *self = data;

  g_assert_false (rmq_timer_is_armed (timer));
  g_array_append_val (self->fixture->fired, self->number);
  self->n_fired++;
  if (self->again_in_us >= 0)
    _rmq_timer_arm (self->fixture->heap, timer, _rmq_timer_heap_now (self->fixture->heap) + self->again_in_us, 0);
}

static void
numbered_init (Numbered *self, Fixture *fixture, int number)
{
  *self = (Numbered){ .fixture = fixture, .number = number, .again_in_us = -1 };
  rmq_timer_init (&self->timer, on_fire, self);
}

/* Moves the clock and dispatches; returns how many wake-ups that took. */
static uint64_t
advance (Fixture *self, int64_t us)
{
  uint64_t before = _rmq_timer_heap_get_n_wakeups (self->heap);

  _rmq_clock_advance (self->clock, us);
  rmq_test_drain (self->context);
  return _rmq_timer_heap_get_n_wakeups (self->heap) - before;
}

static void
expect_fired (Fixture *self, const int *numbers, unsigned n)
{
  g_assert_cmpmem (self->fired->data, self->fired->len * sizeof (int), numbers, n * sizeof (int));
  g_array_set_size (self->fired, 0);
}

static void
test_order (void)
{
  Fixture self;
  Numbered timers[5];
  static const int64_t due[] = { 30, 10, 20, 10, 50 };
  static const int expected[] = { 1, 3, 2, 0 };

  set_up (&self);
  for (int i = 0; i < 5; i++)
    {
      numbered_init (&timers[i], &self, i);
      g_assert_false (rmq_timer_is_armed (&timers[i].timer));
      _rmq_timer_arm (self.heap, &timers[i].timer, START_US + due[i], 0);
      g_assert_true (rmq_timer_is_armed (&timers[i].timer));
    }
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self.heap), ==, 5);
  g_assert_cmpuint (advance (&self, 9), ==, 0);
  g_assert_cmpuint (advance (&self, 21), ==, 1);
  expect_fired (&self, expected, G_N_ELEMENTS (expected));
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self.heap), ==, 1);
  _rmq_timer_disarm (self.heap, &timers[4].timer);
  _rmq_timer_disarm (self.heap, &timers[4].timer);
  g_assert_cmpuint (advance (&self, 1000), ==, 0);
  expect_fired (&self, NULL, 0);
  tear_down (&self);
}

/* Ten timers spread over 90 ms, each content with 100 ms of delay: one wake-up, at the earliest latest. */
static void
test_windows (void)
{
  Fixture self;
  Numbered timers[11];

  set_up (&self);
  for (int i = 0; i < 10; i++)
    {
      numbered_init (&timers[i], &self, i);
      _rmq_timer_arm (self.heap, &timers[i].timer, START_US + 10000 * i, 100000);
    }
  /* And one that is exact, later. */
  numbered_init (&timers[10], &self, 10);
  _rmq_timer_arm (self.heap, &timers[10].timer, START_US + 150000, 0);

  g_assert_cmpuint (advance (&self, 99999), ==, 0);
  g_assert_cmpuint (advance (&self, 1), ==, 1);
  g_assert_cmpuint (self.fired->len, ==, 10);
  g_assert_cmpuint (advance (&self, 49999), ==, 0);
  g_assert_cmpuint (advance (&self, 1), ==, 1);
  g_assert_cmpuint (self.fired->len, ==, 11);
  tear_down (&self);
}

/* A wake-up for an exact timer takes along what is due within its window. */
static void
test_exact_takes_along (void)
{
  Fixture self;
  Numbered relaxed, exact, later;
  static const int expected[] = { 0, 1 };

  set_up (&self);
  numbered_init (&relaxed, &self, 0);
  numbered_init (&exact, &self, 1);
  numbered_init (&later, &self, 2);
  _rmq_timer_arm (self.heap, &relaxed.timer, START_US + 10, G_MAXINT64);
  _rmq_timer_arm (self.heap, &exact.timer, START_US + 20, 0);
  _rmq_timer_arm (self.heap, &later.timer, START_US + 21, 100);
  g_assert_cmpuint (advance (&self, 20), ==, 1);
  expect_fired (&self, expected, 2);
  tear_down (&self);
}

static void
test_rearm (void)
{
  Fixture self;
  Numbered a, b;

  set_up (&self);
  numbered_init (&a, &self, 0);
  numbered_init (&b, &self, 1);
  a.again_in_us = 100;
  _rmq_timer_arm (self.heap, &a.timer, START_US + 100, 0);
  /* Armed again while armed: the last one counts. */
  _rmq_timer_arm (self.heap, &b.timer, START_US + 50, 0);
  _rmq_timer_arm (self.heap, &b.timer, START_US + 5000, 0);
  _rmq_timer_arm (self.heap, &b.timer, START_US + 150, 0);
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self.heap), ==, 2);
  for (unsigned i = 0; i < 10; i++)
    advance (&self, 100);
  g_assert_cmpuint (a.n_fired, ==, 10);
  g_assert_cmpuint (b.n_fired, ==, 1);
  tear_down (&self);
}

/* A timer that re-arms itself for now neither blocks its dispatch nor starves others. */
static void
test_rearm_for_now (void)
{
  Fixture self;
  Numbered eager, other;

  set_up (&self);
  numbered_init (&eager, &self, 0);
  numbered_init (&other, &self, 1);
  eager.again_in_us = 0;
  _rmq_timer_arm (self.heap, &eager.timer, 0, 0);
  _rmq_timer_arm (self.heap, &other.timer, START_US, 0);
  g_assert_true (g_main_context_iteration (self.context, FALSE));
  g_assert_cmpuint (eager.n_fired, ==, 1);
  g_assert_cmpuint (other.n_fired, ==, 1);
  for (unsigned i = 0; i < 5; i++)
    g_assert_true (g_main_context_iteration (self.context, FALSE));
  g_assert_cmpuint (eager.n_fired, ==, 6);
  eager.again_in_us = -1;
  rmq_test_drain (self.context);
  tear_down (&self);
}

typedef struct
{
  RmqTimer timer;
  Fixture *fixture;
  Numbered *victims;
  unsigned n_victims;
} Killer;

static void
free_and_disarm (RmqTimer *timer, void *data)
{
  Killer *self = data;
  Fixture *fixture = self->fixture;
  int number = -1;

  for (unsigned i = 0; i < self->n_victims; i++)
    _rmq_timer_disarm (fixture->heap, &self->victims[i].timer);
  g_free (self->victims);
  g_free (self);
  g_array_append_val (fixture->fired, number);
}

static void
test_free_inside (void)
{
  Fixture self;
  Killer *killer = g_new0 (Killer, 1);
  Numbered survivor;
  static const int expected[] = { -1, 99 };

  set_up (&self);
  killer->fixture = &self;
  killer->n_victims = 50;
  killer->victims = g_new (Numbered, 50);
  rmq_timer_init (&killer->timer, free_and_disarm, killer);
  _rmq_timer_arm (self.heap, &killer->timer, START_US + 1, 0);
  for (int i = 0; i < 50; i++)
    {
      numbered_init (&killer->victims[i], &self, i);
      _rmq_timer_arm (self.heap, &killer->victims[i].timer, START_US + 2 + i % 3, 0);
    }
  numbered_init (&survivor, &self, 99);
  _rmq_timer_arm (self.heap, &survivor.timer, START_US + 3, 0);
  advance (&self, 10);
  expect_fired (&self, expected, 2);
  tear_down (&self);
}

static void
free_heap (RmqTimer *timer, void *data)
{
  Fixture *self = data;

  g_clear_pointer (&self->heap, _rmq_timer_heap_free);
}

static void
test_free_heap_inside (void)
{
  Fixture self;
  RmqTimer timer;
  Numbered never;

  set_up (&self);
  rmq_timer_init (&timer, free_heap, &self);
  numbered_init (&never, &self, 0);
  _rmq_timer_arm (self.heap, &timer, START_US + 1, 0);
  _rmq_timer_arm (self.heap, &never.timer, START_US + 2, 0);
  _rmq_clock_advance (self.clock, 10);
  rmq_test_drain (self.context);
  g_assert_null (self.heap);
  g_assert_cmpuint (never.n_fired, ==, 0);
  tear_down (&self);
}

static void
note_now (RmqTimer *timer, void *data)
{
  Fixture *self = data;
  int64_t now_us = _rmq_timer_heap_now (self->heap);

  _rmq_clock_advance (self->clock, 500);
  g_assert_cmpint (_rmq_timer_heap_now (self->heap), ==, now_us);
}

static void
test_now (void)
{
  Fixture self;
  RmqTimer timer;

  set_up (&self);
  g_assert_cmpint (_rmq_timer_heap_now (self.heap), ==, START_US);
  rmq_timer_init (&timer, note_now, &self);
  _rmq_timer_arm (self.heap, &timer, START_US + 5, 0);
  advance (&self, 5);
  g_assert_cmpint (_rmq_timer_heap_now (self.heap), ==, START_US + 505);
  tear_down (&self);
}

static void
test_extremes (void)
{
  Fixture self;
  Numbered timers[3];
  static const int expected[] = { 0 };

  set_up (&self);
  for (int i = 0; i < 3; i++)
    numbered_init (&timers[i], &self, i);
  _rmq_timer_arm (self.heap, &timers[0].timer, G_MININT64, -5);
  _rmq_timer_arm (self.heap, &timers[1].timer, G_MAXINT64, G_MAXINT64);
  _rmq_timer_arm (self.heap, &timers[2].timer, START_US + 1000, G_MAXINT64);
  g_assert_cmpint (timers[2].timer.latest_us, ==, G_MAXINT64);
  advance (&self, 1);
  expect_fired (&self, expected, 1);
  g_assert_cmpuint (advance (&self, 10000), ==, 0);
  tear_down (&self);
}

/* ---- 100,000 timers against a model ---- */

#define N_MODEL 100000
#define N_ROUNDS 400

typedef struct
{
  RmqTimer timer;
  int64_t due_us; /* -1: not armed */
} Modelled;

typedef struct
{
  Fixture fixture;
  Modelled *timers;
  size_t n_fired;
  int64_t last_due_us;
} Model;

static void
model_fired (RmqTimer *timer, void *data)
{
  Model *self = data;
  Modelled *modelled = (Modelled *) timer;

  g_assert_cmpint (modelled->due_us, >=, 0);
  g_assert_cmpint (modelled->due_us, <=, _rmq_timer_heap_now (self->fixture.heap));
  g_assert_cmpint (modelled->due_us, >=, self->last_due_us); /* in the order of due */
  self->last_due_us = modelled->due_us;
  modelled->due_us = -1;
  self->n_fired++;
}

/* What must have fired by now: all whose due has come if the latest of one of them has. */
static void
check_model (Model *self)
{
  int64_t now_us = _rmq_timer_heap_now (self->fixture.heap);
  size_t n_armed = 0;

  for (size_t i = 0; i < N_MODEL; i++)
    {
      const Modelled *modelled = &self->timers[i];

      g_assert_cmpint (rmq_timer_is_armed (&modelled->timer), ==, modelled->due_us >= 0);
      if (modelled->due_us < 0)
        continue;
      n_armed++;
      g_assert_cmpint (modelled->timer.latest_us, >, now_us);
    }
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self->fixture.heap), ==, n_armed);
}

static void
test_random (void)
{
  Model self = { 0 };
  uint64_t seed = 42;

  set_up (&self.fixture);
  self.timers = g_new (Modelled, N_MODEL);
  for (size_t i = 0; i < N_MODEL; i++)
    {
      rmq_timer_init (&self.timers[i].timer, model_fired, &self);
      self.timers[i].due_us = -1;
    }
  for (unsigned round = 0; round < N_ROUNDS; round++)
    {
      int64_t now_us = _rmq_timer_heap_now (self.fixture.heap);

      for (unsigned i = 0; i < 2 * N_MODEL / N_ROUNDS; i++)
        {
          Modelled *modelled = &self.timers[rmq_test_random_below (&seed, N_MODEL)];

          if (rmq_test_random_below (&seed, 4) == 0)
            {
              _rmq_timer_disarm (self.fixture.heap, &modelled->timer);
              modelled->due_us = -1;
              continue;
            }
          modelled->due_us = now_us + (int64_t) rmq_test_random_below (&seed, 100000);
          _rmq_timer_arm (self.fixture.heap, &modelled->timer, modelled->due_us,
                          (int64_t) rmq_test_random_below (&seed, 20000));
        }
      self.last_due_us = 0;
      advance (&self.fixture, (int64_t) rmq_test_random_below (&seed, 2000));
      if (round % 20 == 0)
        check_model (&self);
    }
  advance (&self.fixture, 1000000);
  check_model (&self);
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (self.fixture.heap), ==, 0);
  g_assert_cmpuint (self.n_fired, >, N_MODEL / 2);
  tear_down (&self.fixture);
  g_free (self.timers);
}

static void *
move_clock (void *data)
{
  Fixture *self = data;

  for (unsigned i = 0; i < 100; i++)
    _rmq_clock_advance (self->clock, 10);
  return NULL;
}

static bool
has_fired (void *data)
{
  Numbered *self = data;

  return self->n_fired > 0;
}

/* A thread moves the clock while the context sleeps. */
static void
test_clock_wakes (void)
{
  Fixture self;
  Numbered timer;
  GThread *mover;

  set_up (&self);
  numbered_init (&timer, &self, 0);
  _rmq_timer_arm (self.heap, &timer.timer, START_US + 1000, 0);
  mover = g_thread_new ("mover", move_clock, &self);
  rmq_test_assert_until (self.context, has_fired, &timer);
  g_thread_join (mover);
  g_assert_cmpuint (_rmq_timer_heap_get_n_wakeups (self.heap), ==, 1);
  tear_down (&self);
}

/* The real clock: never early, and the context sleeps until then. */
static void
test_system_clock (void)
{
  Fixture self = { 0 };
  Numbered timer;
  int64_t due_us;

  self.clock = _rmq_clock_get_system ();
  self.context = g_main_context_new ();
  self.fired = g_array_new (FALSE, FALSE, sizeof (int));
  self.heap = _rmq_timer_heap_new (self.clock, "test timers");
  _rmq_timer_heap_attach (self.heap, self.context, G_PRIORITY_DEFAULT);
  numbered_init (&timer, &self, 0);
  due_us = g_get_monotonic_time () + 20000;
  _rmq_timer_arm (self.heap, &timer.timer, due_us, 1000);
  while (timer.n_fired == 0)
    g_main_context_iteration (self.context, TRUE);
  g_assert_cmpint (g_get_monotonic_time (), >=, due_us);
  g_assert_cmpuint (_rmq_timer_heap_get_n_wakeups (self.heap), ==, 1);
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timer-heap/order", test_order);
  g_test_add_func ("/timer-heap/windows", test_windows);
  g_test_add_func ("/timer-heap/exact-takes-along", test_exact_takes_along);
  g_test_add_func ("/timer-heap/rearm", test_rearm);
  g_test_add_func ("/timer-heap/rearm-for-now", test_rearm_for_now);
  g_test_add_func ("/timer-heap/free-inside", test_free_inside);
  g_test_add_func ("/timer-heap/free-heap-inside", test_free_heap_inside);
  g_test_add_func ("/timer-heap/now", test_now);
  g_test_add_func ("/timer-heap/extremes", test_extremes);
  g_test_add_func ("/timer-heap/random", test_random);
  g_test_add_func ("/timer-heap/clock-wakes", test_clock_wakes);
  g_test_add_func ("/timer-heap/system-clock", test_system_clock);
  return g_test_run ();
}
