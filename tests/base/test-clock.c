/* SPDX-License-Identifier: Apache-2.0
 *
 * Clocks and the byte budget: what moves, who is told, and counting from many threads.
 */
#include "base/rmq-budget-private.h"
#include "base/rmq-clock-private.h"
#include "rmq-test.h"

static void
count_move (void *data)
{
  ++*(unsigned *) data;
}

static void
test_system (void)
{
  g_autoptr (RmqClock) clock = _rmq_clock_get_system ();
  g_autoptr (RmqClock) again = _rmq_clock_ref (clock);
  unsigned n_moves = 0;
  int64_t before_us = g_get_monotonic_time ();
  int64_t before_ms = g_get_real_time () / 1000;

  g_assert_false (_rmq_clock_is_manual (clock));
  g_assert_cmpint (_rmq_clock_monotonic_us (clock), >=, before_us);
  g_assert_cmpint (_rmq_clock_realtime_ms (clock) - before_ms, >=, 0);
  _rmq_clock_add_watch (clock, count_move, &n_moves);
  _rmq_clock_remove_watch (clock, count_move, &n_moves);
  g_assert_cmpuint (n_moves, ==, 0);
}

static void
test_manual (void)
{
  g_autoptr (RmqClock) clock = _rmq_clock_new_manual (1000, 5000);
  unsigned n_moves = 0;
  unsigned n_others = 0;

  g_assert_true (_rmq_clock_is_manual (clock));
  g_assert_cmpint (_rmq_clock_monotonic_us (clock), ==, 1000);
  g_assert_cmpint (_rmq_clock_realtime_ms (clock), ==, 5000);
  _rmq_clock_add_watch (clock, count_move, &n_moves);
  _rmq_clock_add_watch (clock, count_move, &n_others);
  /* Parts of milliseconds add up. */
  for (unsigned i = 0; i < 10; i++)
    _rmq_clock_advance (clock, 250);
  g_assert_cmpint (_rmq_clock_monotonic_us (clock), ==, 3500);
  g_assert_cmpint (_rmq_clock_realtime_ms (clock), ==, 5002);
  g_assert_cmpuint (n_moves, ==, 10);

  _rmq_clock_set_realtime_ms (clock, 1);
  g_assert_cmpint (_rmq_clock_realtime_ms (clock), ==, 1);
  g_assert_cmpint (_rmq_clock_monotonic_us (clock), ==, 3500);
  g_assert_cmpuint (n_moves, ==, 11);

  _rmq_clock_remove_watch (clock, count_move, &n_moves);
  _rmq_clock_remove_watch (clock, count_move, &clock);
  _rmq_clock_advance (clock, 0);
  g_assert_cmpuint (n_moves, ==, 11);
  g_assert_cmpuint (n_others, ==, 12);
}

static void
test_budget (void)
{
  g_autoptr (RmqBudget) budget = _rmq_budget_new (100);
  g_autoptr (RmqBudget) unlimited = _rmq_budget_new (0);

  g_assert_true (_rmq_budget_try_take (budget, 60));
  g_assert_false (_rmq_budget_try_take (budget, 41));
  g_assert_false (_rmq_budget_try_take (budget, G_MAXSIZE));
  g_assert_cmpuint (_rmq_budget_get_used (budget), ==, 60);
  g_assert_true (_rmq_budget_try_take (budget, 40));
  g_assert_true (_rmq_budget_try_take (budget, 0));
  _rmq_budget_take (budget, 50); /* what is here already */
  g_assert_cmpuint (_rmq_budget_get_used (budget), ==, 150);
  g_assert_false (_rmq_budget_try_take (budget, 0));
  _rmq_budget_release (budget, 150);
  g_assert_cmpuint (_rmq_budget_get_used (budget), ==, 0);
  g_assert_cmpuint (_rmq_budget_get_limit (budget), ==, 100);

  g_assert_true (_rmq_budget_try_take (unlimited, G_MAXSIZE / 2));
  g_assert_true (_rmq_budget_try_take (unlimited, G_MAXSIZE / 2));
  g_assert_false (_rmq_budget_try_take (unlimited, 100));
  g_assert_cmpuint (_rmq_budget_get_limit (unlimited), ==, 0);
}

static void *
take_and_release (void *data)
{
  RmqBudget *budget = data;

  for (unsigned i = 0; i < 50000; i++)
    if (_rmq_budget_try_take (budget, 1 + i % 5))
      {
        g_assert_cmpuint (_rmq_budget_get_used (budget), <=, 9);
        _rmq_budget_release (budget, 1 + i % 5);
      }
  _rmq_budget_unref (budget);
  return NULL;
}

static void
test_budget_threads (void)
{
  RmqBudget *budget = _rmq_budget_new (9);
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("budget", take_and_release, _rmq_budget_ref (budget));
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (_rmq_budget_get_used (budget), ==, 0);
  _rmq_budget_unref (budget);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/system", test_system);
  g_test_add_func ("/clock/manual", test_manual);
  g_test_add_func ("/budget/limit", test_budget);
  g_test_add_func ("/budget/threads", test_budget_threads);
  return g_test_run ();
}
