/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue source: order, completeness, bounds, and what becomes of items and data when it is destroyed at any moment.
 */
#include "base/rmq-queue-source-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-test.h"

#define N_THREADS 4
#define N_ITEMS 100000

typedef struct
{
  GMainContext *context;
  RmqQueueSource *queue;
  unsigned n_handed;
  unsigned n_batches;
  unsigned n_freed;
  unsigned n_destroyed;
  unsigned stop_at; /* the item at which to destroy the source */
  size_t next[N_THREADS];
} Fixture;

static Fixture *current; /* for item_free, which has no data */

static void
count_free (void *item)
{
  current->n_freed++;
}

static void
count_item (void *item, void *data)
{
  Fixture *self = data;

  self->n_handed++;
  if (self->n_handed == self->stop_at)
    {
      g_source_destroy ((GSource *) self->queue);
      g_assert_false (_rmq_queue_source_push (self->queue, item));
    }
}

static void
count_batch (void *data)
{
  Fixture *self = data;

  g_assert_cmpuint (self->n_destroyed, ==, 0);
  self->n_batches++;
}

static void
count_destroy (void *data)
{
  Fixture *self = data;

  self->n_destroyed++;
}

static void
set_up (Fixture *self, RmqQueueSourceFunc func)
{
  *self = (Fixture){ 0 };
  current = self;
  self->context = g_main_context_new ();
  self->queue = _rmq_queue_source_new ("test queue", count_free);
  _rmq_queue_source_set_func (self->queue, func, count_batch, self, count_destroy);
}

static void
tear_down (Fixture *self)
{
  if (self->queue != NULL)
    {
      g_source_destroy ((GSource *) self->queue);
      g_source_unref ((GSource *) self->queue);
    }
  g_assert_cmpuint (self->n_destroyed, ==, 1);
  g_main_context_unref (self->context);
}

static void
push_numbers (Fixture *self, size_t n)
{
  for (size_t i = 1; i <= n; i++)
    g_assert_true (_rmq_queue_source_push (self->queue, GSIZE_TO_POINTER (i)));
}

static void
expect_in_order (void *item, void *data)
{
  Fixture *self = data;

  g_assert_cmpuint (GPOINTER_TO_SIZE (item), ==, ++self->next[0]);
  self->n_handed++;
}

static void
test_order (void)
{
  Fixture self;
  void *many[] = { GSIZE_TO_POINTER (6), GSIZE_TO_POINTER (7) };

  set_up (&self, expect_in_order);
  push_numbers (&self, 5); /* before it is attached */
  g_assert_true (_rmq_queue_source_push_many (self.queue, NULL, 0));
  g_source_attach ((GSource *) self.queue, self.context);
  g_assert_true (_rmq_queue_source_push_many (self.queue, many, 2));
  g_assert_cmpuint (_rmq_queue_source_get_length (self.queue), ==, 7);
  g_assert_cmpuint (rmq_test_drain (self.context), ==, 1);
  g_assert_cmpuint (self.n_handed, ==, 7);
  g_assert_cmpuint (self.n_batches, ==, 1);
  g_assert_cmpuint (_rmq_queue_source_get_length (self.queue), ==, 0);
  /* Nothing there, nothing dispatched: not even for an empty push. */
  g_assert_true (_rmq_queue_source_push_many (self.queue, NULL, 0));
  g_assert_cmpuint (rmq_test_drain (self.context), ==, 0);
  g_assert_cmpuint (self.n_batches, ==, 1);
  tear_down (&self);
  g_assert_cmpuint (self.n_freed, ==, 0);
}

typedef struct
{
  Fixture *fixture;
  unsigned thread;
  bool many;
} Pusher;

/* An item is its thread and its number. */
static void *
push_from_thread (void *data)
{
  const Pusher *self = data;
  void *items[7];
  size_t n = 0;

  for (size_t i = 0; i < N_ITEMS; i++)
    {
      items[n++] = GSIZE_TO_POINTER ((i * N_THREADS + self->thread) * 2 + 1);
      if (self->many && n < G_N_ELEMENTS (items) && i + 1 < N_ITEMS)
        continue;
      g_assert_true (n == 1 ? _rmq_queue_source_push (self->fixture->queue, items[0])
                            : _rmq_queue_source_push_many (self->fixture->queue, items, n));
      n = 0;
    }
  return NULL;
}

static void
expect_thread_order (void *item, void *data)
{
  Fixture *self = data;
  size_t number = GPOINTER_TO_SIZE (item) / 2;

  g_assert_cmpuint (number / N_THREADS, ==, self->next[number % N_THREADS]++);
  self->n_handed++;
}

static bool
all_handed (void *data)
{
  Fixture *self = data;

  return self->n_handed == N_THREADS * N_ITEMS;
}

static void
test_threads (void)
{
  Fixture self;
  Pusher pushers[N_THREADS];
  GThread *threads[N_THREADS];

  set_up (&self, expect_thread_order);
  _rmq_queue_source_set_bounds (self.queue, 1000, 0);
  g_source_attach ((GSource *) self.queue, self.context);
  for (unsigned i = 0; i < N_THREADS; i++)
    {
      pushers[i] = (Pusher){ &self, i, i % 2 == 1 };
      threads[i] = g_thread_new ("pusher", push_from_thread, &pushers[i]);
    }
  rmq_test_assert_until (self.context, all_handed, &self);
  for (unsigned i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (_rmq_queue_source_get_length (self.queue), ==, 0);
  g_assert_cmpuint (self.n_batches, >=, N_THREADS * N_ITEMS / 1000);
  tear_down (&self);
  g_assert_cmpuint (self.n_freed, ==, 0);
}

static void
test_max_items (void)
{
  Fixture self;

  set_up (&self, expect_in_order);
  _rmq_queue_source_set_bounds (self.queue, 10, 0);
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 25);
  g_assert_true (g_main_context_iteration (self.context, FALSE));
  g_assert_cmpuint (self.n_handed, ==, 10);
  g_assert_cmpuint (_rmq_queue_source_get_length (self.queue), ==, 15);
  g_assert_cmpuint (rmq_test_drain (self.context), ==, 2);
  g_assert_cmpuint (self.n_handed, ==, 25);
  g_assert_cmpuint (self.n_batches, ==, 3);
  tear_down (&self);
}

static void
burn_two_milliseconds (void *item, void *data)
{
  Fixture *self = data;
  int64_t end_us = g_get_monotonic_time () + 2000;

  while (g_get_monotonic_time () < end_us)
    ;
  self->n_handed++;
}

static void
test_max_time (void)
{
  Fixture self;

  set_up (&self, burn_two_milliseconds);
  _rmq_queue_source_set_bounds (self.queue, 0, 5000);
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 10);
  g_assert_true (g_main_context_iteration (self.context, FALSE));
  /* At 2 and 4 ms there is time, at 6 there is none. A slow machine only makes it fewer. */
  g_assert_cmpuint (self.n_handed, <=, 3);
  g_assert_cmpuint (self.n_handed, >=, 1);
  rmq_test_drain (self.context);
  g_assert_cmpuint (self.n_handed, ==, 10);
  g_assert_cmpuint (self.n_batches, >=, 4);
  tear_down (&self);
}

static void
push_again (void *item, void *data)
{
  Fixture *self = data;

  self->n_handed++;
  if (self->n_handed < 100)
    g_assert_true (_rmq_queue_source_push (self->queue, item));
}

/* What a handler pushes comes in the next dispatch: other sources have their turn between. */
static void
test_push_inside (void)
{
  Fixture self;

  set_up (&self, push_again);
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 1);
  g_assert_cmpuint (rmq_test_drain (self.context), ==, 100);
  g_assert_cmpuint (self.n_handed, ==, 100);
  tear_down (&self);
}

static void
test_destroy_inside (void)
{
  Fixture self;

  set_up (&self, count_item);
  self.stop_at = 3;
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 10);
  rmq_test_drain (self.context);
  g_assert_cmpuint (self.n_handed, ==, 3);
  g_assert_cmpuint (self.n_batches, ==, 1); /* what the three made is flushed */
  g_assert_cmpuint (self.n_freed, ==, 7);
  g_assert_cmpuint (self.n_destroyed, ==, 1);
  g_assert_cmpuint (_rmq_queue_source_get_length (self.queue), ==, 0);
  g_assert_false (_rmq_queue_source_push (self.queue, &self));
  tear_down (&self);
}

static void
drop_queue (void *item, void *data)
{
  Fixture *self = data;

  self->n_handed++;
  push_numbers (self, 4);
  g_source_destroy ((GSource *) self->queue);
  g_source_unref ((GSource *) g_steal_pointer (&self->queue));
}

/* The last reference but GLib's own goes inside the handler. */
static void
test_unref_inside (void)
{
  Fixture self;

  set_up (&self, drop_queue);
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 3);
  rmq_test_drain (self.context);
  g_assert_cmpuint (self.n_handed, ==, 1);
  g_assert_cmpuint (self.n_freed, ==, 2 + 4);
  tear_down (&self);
}

static void
test_destroy_outside (void)
{
  Fixture self;

  set_up (&self, count_item);
  _rmq_queue_source_set_bounds (self.queue, 2, 0);
  g_source_attach ((GSource *) self.queue, self.context);
  push_numbers (&self, 5);
  g_assert_true (g_main_context_iteration (self.context, FALSE));
  push_numbers (&self, 5);
  g_source_destroy ((GSource *) self.queue);
  g_assert_cmpuint (self.n_freed, ==, 8); /* three of the first batch, five pushed since */
  g_assert_cmpuint (self.n_destroyed, ==, 1);
  g_assert_false (_rmq_queue_source_push (self.queue, &self));
  tear_down (&self);
}

static void
test_never_attached (void)
{
  Fixture self;

  set_up (&self, count_item);
  push_numbers (&self, 5);
  g_source_unref ((GSource *) g_steal_pointer (&self.queue));
  g_assert_cmpuint (self.n_freed, ==, 5);
  tear_down (&self);
}

static void *
push_until_refused (void *data)
{
  Fixture *self = data;
  size_t n = 0;

  while (_rmq_queue_source_push (self->queue, &self))
    n++;
  return GSIZE_TO_POINTER (n);
}

/* Every item is handed over, freed, or still the pusher's. */
static void
test_destroy_race (void)
{
  for (unsigned round = 0; round < 100; round++)
    {
      Fixture self;
      GThread *threads[N_THREADS];
      size_t n_pushed = 0;

      set_up (&self, count_item);
      _rmq_queue_source_set_bounds (self.queue, 1 + round % 7, 0);
      g_source_attach ((GSource *) self.queue, self.context);
      for (unsigned i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new ("pusher", push_until_refused, &self);
      for (unsigned i = 0; i <= round; i++)
        g_main_context_iteration (self.context, FALSE);
      g_source_destroy ((GSource *) self.queue);
      for (unsigned i = 0; i < N_THREADS; i++)
        n_pushed += GPOINTER_TO_SIZE (g_thread_join (threads[i]));
      g_assert_cmpuint (self.n_handed + self.n_freed, ==, n_pushed);
      tear_down (&self);
    }
}

static void *
run_context (void *data)
{
  Fixture *self = data;

  while (!g_source_is_destroyed ((GSource *) self->queue))
    g_main_context_iteration (self->context, TRUE);
  return NULL;
}

/* Destroyed by another thread than the one that dispatches. */
static void
test_destroy_from_thread (void)
{
  for (unsigned round = 0; round < 100; round++)
    {
      Fixture self;
      GThread *loop;

      set_up (&self, count_item);
      _rmq_queue_source_set_bounds (self.queue, 3, 0);
      g_source_attach ((GSource *) self.queue, self.context);
      loop = g_thread_new ("loop", run_context, &self);
      push_numbers (&self, 100 + round * 10);
      g_source_destroy ((GSource *) self.queue);
      g_main_context_wakeup (self.context);
      g_thread_join (loop);
      g_assert_cmpuint (self.n_handed + self.n_freed, ==, 100 + round * 10);
      tear_down (&self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue-source/order", test_order);
  g_test_add_func ("/queue-source/threads", test_threads);
  g_test_add_func ("/queue-source/max-items", test_max_items);
  g_test_add_func ("/queue-source/max-time", test_max_time);
  g_test_add_func ("/queue-source/push-inside", test_push_inside);
  g_test_add_func ("/queue-source/destroy-inside", test_destroy_inside);
  g_test_add_func ("/queue-source/unref-inside", test_unref_inside);
  g_test_add_func ("/queue-source/destroy-outside", test_destroy_outside);
  g_test_add_func ("/queue-source/never-attached", test_never_attached);
  g_test_add_func ("/queue-source/destroy-race", test_destroy_race);
  g_test_add_func ("/queue-source/destroy-from-thread", test_destroy_from_thread);
  return g_test_run ();
}
