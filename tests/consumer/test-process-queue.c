/* SPDX-License-Identifier: Apache-2.0
 *
 * The ordered cache of a queue: counts, ends, holes, the commit rule, and take / commit / rollback.
 */
#include <glib.h>
#include "consumer/rmq-process-queue-private.h"
#include "rmq-test.h"

static RmqProcessEntry *
entries_new (unsigned n, int64_t first, uint32_t bytes)
{
  RmqProcessEntry *entries = g_new0 (RmqProcessEntry, n);

  for (unsigned i = 0; i < n; i++)
    {
      entries[i].offset = first + i;
      entries[i].bytes = bytes;
    }
  return entries;
}

static void
put_all (RmqProcessQueue *queue, RmqProcessEntry *entries, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    g_assert_true (_rmq_process_queue_put (queue, &entries[i]));
}

static void
test_empty (void)
{
  RmqProcessQueue queue;

  _rmq_process_queue_init (&queue);
  g_assert_cmpuint (queue.count, ==, 0);
  g_assert_cmpint (_rmq_process_queue_get_min_offset (&queue), ==, -1);
  g_assert_cmpint (_rmq_process_queue_get_max_offset (&queue), ==, -1);
  g_assert_cmpint (_rmq_process_queue_get_span (&queue), ==, 0);
  g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, -1);
  g_assert_cmpint (_rmq_process_queue_commit_taken (&queue), ==, -1);
  _rmq_process_queue_clear (&queue);
}

static void
test_counts (void)
{
  RmqProcessQueue queue;
  g_autofree RmqProcessEntry *entries = entries_new (100, 0, 123);

  _rmq_process_queue_init (&queue);
  put_all (&queue, entries, 100);
  g_assert_cmpuint (queue.count, ==, 100);
  g_assert_cmpuint (queue.bytes, ==, 12300);
  g_assert_cmpint (_rmq_process_queue_get_min_offset (&queue), ==, 0);
  g_assert_cmpint (_rmq_process_queue_get_max_offset (&queue), ==, 99);
  g_assert_cmpint (_rmq_process_queue_get_span (&queue), ==, 99);

  for (unsigned i = 0; i < 100; i += 2)
    _rmq_process_queue_remove (&queue, &entries[i]);
  g_assert_cmpuint (queue.count, ==, 50);
  g_assert_cmpuint (queue.bytes, ==, 6150);
  g_assert_cmpint (_rmq_process_queue_get_min_offset (&queue), ==, 1);
  _rmq_process_queue_remove (&queue, &entries[99]);
  g_assert_cmpint (_rmq_process_queue_get_max_offset (&queue), ==, 97);
  _rmq_process_queue_clear (&queue);
}

static void
test_commit_rule (void)
{
  RmqProcessQueue queue;
  g_autofree RmqProcessEntry *entries = entries_new (4, 4, 1);

  _rmq_process_queue_init (&queue);
  put_all (&queue, entries, 4);
  for (unsigned i = 1; i < 4; i++)
    {
      _rmq_process_queue_remove (&queue, &entries[i]);
      g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, 4);
    }
  _rmq_process_queue_remove (&queue, &entries[0]);
  g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, 8);
  g_assert_cmpuint (queue.bytes, ==, 0);
  _rmq_process_queue_clear (&queue);
}

static void
test_gaps (void)
{
  RmqProcessQueue queue;
  RmqProcessEntry entries[] = {
    { .offset = 10 }, { .offset = 15 }, { .offset = 15 }, { .offset = 12 }, { .offset = 900 }
  };

  _rmq_process_queue_init (&queue);
  g_assert_true (_rmq_process_queue_put (&queue, &entries[0]));
  g_assert_true (_rmq_process_queue_put (&queue, &entries[1]));
  g_assert_false (_rmq_process_queue_put (&queue, &entries[2]));
  g_assert_false (_rmq_process_queue_put (&queue, &entries[3]));
  g_assert_true (_rmq_process_queue_put (&queue, &entries[4]));
  g_assert_cmpuint (queue.count, ==, 3);
  g_assert_cmpint (_rmq_process_queue_get_span (&queue), ==, 890);

  /* The highest finishes first: it must not be committed, and it does not come again. */
  _rmq_process_queue_remove (&queue, &entries[4]);
  g_assert_cmpint (_rmq_process_queue_get_max_offset (&queue), ==, 15);
  g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, 10);
  g_assert_false (_rmq_process_queue_put (&queue, &entries[4]));
  _rmq_process_queue_remove (&queue, &entries[0]);
  _rmq_process_queue_remove (&queue, &entries[1]);
  g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, 901);
  _rmq_process_queue_clear (&queue);
}

static void
test_refused (void)
{
  RmqProcessQueue queue;

  _rmq_process_queue_init (&queue);
  g_assert_false (_rmq_process_queue_put (&queue, &(RmqProcessEntry){ .offset = -1 }));
  g_assert_false (_rmq_process_queue_put (&queue, &(RmqProcessEntry){ .offset = INT64_MAX }));
  g_assert_cmpuint (queue.count, ==, 0);
  _rmq_process_queue_clear (&queue);
}

static void
test_take (void)
{
  RmqProcessQueue queue;
  g_autofree RmqProcessEntry *entries = entries_new (10, 100, 5);
  RmqProcessEntry *taken[10];

  _rmq_process_queue_init (&queue);
  put_all (&queue, entries, 10);
  g_assert_cmpuint (_rmq_process_queue_take (&queue, taken, 4), ==, 4);
  g_assert_true (taken[0] == &entries[0] && taken[3] == &entries[3]);
  g_assert_cmpuint (queue.count, ==, 10);

  _rmq_process_queue_rollback_taken (&queue);
  g_assert_cmpuint (_rmq_process_queue_take (&queue, taken, 4), ==, 4);
  g_assert_true (taken[0] == &entries[0]);
  g_assert_cmpint (_rmq_process_queue_commit_taken (&queue), ==, 104);
  g_assert_cmpuint (queue.count, ==, 6);
  g_assert_cmpuint (queue.bytes, ==, 30);
  g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, 104);

  g_assert_cmpuint (_rmq_process_queue_take (&queue, taken, 10), ==, 6);
  g_assert_cmpuint (_rmq_process_queue_take (&queue, taken, 10), ==, 0);
  g_assert_cmpint (_rmq_process_queue_commit_taken (&queue), ==, 110);
  g_assert_cmpuint (queue.count, ==, 0);
  _rmq_process_queue_clear (&queue);
}

static bool
count_entry (RmqProcessEntry *entry, void *data)
{
  int64_t *sum = data;

  *sum += entry->offset;
  return true;
}

static void
test_replace (void)
{
  RmqProcessQueue queue;
  g_autofree RmqProcessEntry *entries = entries_new (3, 1, 7);
  RmqProcessEntry other = { 0 };
  int64_t sum = 0;

  _rmq_process_queue_init (&queue);
  put_all (&queue, entries, 3);
  _rmq_process_queue_replace (&queue, &entries[1], &other);
  _rmq_process_queue_foreach (&queue, count_entry, &sum);
  g_assert_cmpint (sum, ==, 6);
  _rmq_process_queue_remove (&queue, &entries[0]);
  _rmq_process_queue_remove (&queue, &other);
  g_assert_cmpint (_rmq_process_queue_get_min_offset (&queue), ==, 3);
  g_assert_cmpuint (queue.bytes, ==, 7);
  _rmq_process_queue_clear (&queue);
}

/* Against a plain array: random puts and removes, with a ring that wraps, grows and is given back. */
static void
test_random (void)
{
  enum
  {
    N = 20000
  };
  RmqProcessQueue queue;
  g_autofree RmqProcessEntry *entries = entries_new (N, 0, 3);
  g_autofree bool *cached = g_new0 (bool, N);
  uint64_t seed = 42;
  unsigned next = 0, lowest = 0, count = 0;

  _rmq_process_queue_init (&queue);
  while (next < N || count > 0)
    {
      unsigned window = rmq_test_random_below (&seed, 50) == 0 ? 9000 : 100;

      if (next < N && (count < window || rmq_test_random_below (&seed, 3) == 0))
        {
          g_assert_true (_rmq_process_queue_put (&queue, &entries[next]));
          cached[next++] = true;
          count++;
        }
      else
        {
          unsigned at = lowest + rmq_test_random_below (&seed, next - lowest);

          while (!cached[at])
            at = at + 1 < next ? at + 1 : lowest;
          _rmq_process_queue_remove (&queue, &entries[at]);
          cached[at] = false;
          count--;
        }
      while (lowest < next && !cached[lowest])
        lowest++;
      g_assert_cmpuint (queue.count, ==, count);
      g_assert_cmpuint (queue.bytes, ==, count * 3);
      g_assert_cmpint (_rmq_process_queue_get_commit_offset (&queue), ==, lowest);
    }
  g_assert_cmpuint (queue.capacity, <=, 16384);
  _rmq_process_queue_clear (&queue);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/consumer/process-queue/C-CONC-011/empty", test_empty);
  g_test_add_func ("/consumer/process-queue/C-CONC-011/counts", test_counts);
  g_test_add_func ("/consumer/process-queue/C-CONC-011/take-commit-rollback", test_take);
  g_test_add_func ("/consumer/process-queue/C-CONC-007/lowest-unfinished", test_commit_rule);
  g_test_add_func ("/consumer/process-queue/C-CONC-007/gaps", test_gaps);
  g_test_add_func ("/consumer/process-queue/refused", test_refused);
  g_test_add_func ("/consumer/process-queue/replace", test_replace);
  g_test_add_func ("/consumer/process-queue/random", test_random);
  return g_test_run ();
}
