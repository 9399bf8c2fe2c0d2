/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids: unique ones across threads, clock steps, months and forks; offset ids; recall handles.
 */
#include <rmq/rmq.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-recall-handle-private.h"
#include "wire/rmq-unique-id-private.h"

#define N_THREADS 8
#define N_IDS 1000000
#define HOUR_MS 3600000
/* 2023-11-14 22:13:20 UTC */
#define SOME_TIME 1700000000000

static const uint8_t loopback[16] = { 127, 0, 0, 1 };

static void
test_form (void)
{
  const uint8_t ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
  char id[RMQ_UNIQUE_ID_MAX + 1];
  time_t seconds = SOME_TIME / 1000;
  struct tm local;
  RmqUniqueIdGenerator generator;
  RmqUniqueId parts;

  localtime_r (&seconds, &local);
  _rmq_unique_id_generator_init (&generator, loopback, 4, 1337, 0x12345678);
  g_assert_cmpuint (_rmq_unique_id_generator_next (&generator, SOME_TIME + 7, id), ==, 32);
  g_assert_cmpuint (strlen (id), ==, 32);
  g_assert_cmpuint (strspn (id, "0123456789ABCDEF"), ==, 32);
  g_assert_true (g_str_has_prefix (id, "7F0000010539"));
  g_assert_true (_rmq_unique_id_decode (&parts, id, 32));
  g_assert_cmpint (parts.pid, ==, 1337);
  g_assert_cmpint (
      (uint32_t) parts.elapsed, ==,
      ((((int64_t) (local.tm_mday - 1) * 24 + local.tm_hour) * 60 + local.tm_min) * 60 + local.tm_sec) * 1000 + 7);
  g_assert_cmpint (parts.counter, ==, 0);
  _rmq_unique_id_generator_next (&generator, SOME_TIME + 7, id);
  g_assert_true (_rmq_unique_id_decode (&parts, id, 32));
  g_assert_cmpint (parts.counter, ==, 1);

  _rmq_unique_id_generator_init (&generator, ip6, 16, 1, 1);
  g_assert_cmpuint (_rmq_unique_id_generator_next (&generator, SOME_TIME, id), ==, 56);
  g_assert_cmpuint (strlen (id), ==, 56);
  g_assert_true (_rmq_unique_id_decode (&parts, id, 56));
  g_assert_cmpmem (parts.ip, 16, ip6, 16);

  g_assert_false (_rmq_unique_id_decode (&parts, id, 32 + 1));
  id[3] = 'G';
  g_assert_false (_rmq_unique_id_decode (&parts, id, 56));
}

typedef struct
{
  RmqUniqueIdGenerator *generator;
  int64_t *now_ms; /* atomic: the tests' clock */
  char (*ids)[33];
  unsigned n;
} Maker;

/* Every thread sees the clock jump about as it makes ids. */
static void *
make_ids (void *data)
{
  Maker *self = data;
  char id[RMQ_UNIQUE_ID_MAX + 1];

  for (unsigned i = 0; i < self->n; i++)
    {
      int64_t now = __atomic_add_fetch (self->now_ms, i % 97 == 0 ? 1 : 0, __ATOMIC_RELAXED);

      if (i == self->n / 3)
        __atomic_sub_fetch (self->now_ms, HOUR_MS, __ATOMIC_RELAXED);
      if (i == self->n / 2)
        __atomic_add_fetch (self->now_ms, 31 * 24 * (int64_t) HOUR_MS, __ATOMIC_RELAXED);
      _rmq_unique_id_generator_next (self->generator, now, id);
      memcpy (self->ids[i], id, 33);
    }
  return NULL;
}

static int
compare_ids (const void *a, const void *b)
{
  return memcmp (a, b, 32);
}

static void
assert_distinct (char (*ids)[33], unsigned n)
{
  qsort (ids, n, sizeof *ids, compare_ids);
  for (unsigned i = 1; i < n; i++)
    g_assert_cmpint (memcmp (ids[i - 1], ids[i], 32), !=, 0);
}

static void
test_threads (void)
{
  unsigned n = g_test_quick () ? N_IDS : 4 * N_IDS;
  char (*ids)[33] = g_malloc (n * sizeof *ids);
  RmqUniqueIdGenerator generator;
  int64_t now_ms = SOME_TIME;
  GThread *threads[N_THREADS];
  Maker makers[N_THREADS];

  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (unsigned i = 0; i < N_THREADS; i++)
    {
      makers[i] = (Maker){ &generator, &now_ms, ids + i * (n / N_THREADS), n / N_THREADS };
      threads[i] = g_thread_new ("ids", make_ids, &makers[i]);
    }
  for (unsigned i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  assert_distinct (ids, n / N_THREADS * N_THREADS);
  g_free (ids);
}

static void
next_id (RmqUniqueIdGenerator *generator, int64_t now_ms, char *id)
{
  char text[RMQ_UNIQUE_ID_MAX + 1];

  _rmq_unique_id_generator_next (generator, now_ms, text);
  memcpy (id, text, 33);
}

/* The hour that the clock went back is lived through again. */
static void
test_step_back (void)
{
  enum
  {
    n = 100000
  };
  char (*ids)[33] = g_malloc (n * sizeof *ids);
  RmqUniqueIdGenerator generator;

  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (int i = 0; i < n; i++)
    next_id (&generator, SOME_TIME - (i >= n / 2 ? HOUR_MS : 0) + (i % (n / 2)) / 7, ids[i]);
  assert_distinct (ids, n);
  g_free (ids);
}

/* The same moment of two months, with the same counter. */
static void
test_months (void)
{
  enum
  {
    n = 24
  };
  char (*ids)[33] = g_malloc (n * sizeof *ids);
  RmqUniqueIdGenerator generator;
  RmqUniqueId parts;

  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (int i = 0; i < n; i++)
    {
      struct tm when = { .tm_year = 120 + i / 12, .tm_mon = i % 12, .tm_mday = 31, .tm_hour = 23, .tm_isdst = -1 };

      /* Also in the months without a 31st: then it is early in the next. */
      next_id (&generator, (int64_t) mktime (&when) * 1000, ids[i]);
      g_assert_true (_rmq_unique_id_decode (&parts, ids[i], 32));
      g_assert_cmpuint ((uint32_t) parts.elapsed, <=, 31u * 24 * HOUR_MS);
    }
  assert_distinct (ids, n);

  /* And the 1st of each, at the same time of day. */
  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (int i = 0; i < n; i++)
    {
      struct tm when = { .tm_year = 120 + i / 12, .tm_mon = i % 12, .tm_mday = 1, .tm_hour = 5, .tm_isdst = -1 };

      next_id (&generator, (int64_t) mktime (&when) * 1000, ids[i]);
      g_assert_true (_rmq_unique_id_decode (&parts, ids[i], 32));
      g_assert_cmpint (parts.elapsed, ==, 5 * HOUR_MS);
      g_assert_cmpint (parts.counter, ==, 0);
    }
  assert_distinct (ids, n);
  g_free (ids);
}

/* More in a millisecond than the counter has numbers. */
static void
test_burst (void)
{
  enum
  {
    n = 200000
  };
  char (*ids)[33] = g_malloc (n * sizeof *ids);
  RmqUniqueIdGenerator generator;

  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (int i = 0; i < n; i++)
    next_id (&generator, SOME_TIME, ids[i]);
  assert_distinct (ids, n);
  g_free (ids);
}

/* Parent and child, and two containers in which both have pid 1. */
static void
test_processes (void)
{
  char parent[33];
  char child[33];
  char other[33];
  RmqUniqueIdGenerator generator;
  RmqUniqueIdGenerator forked;

  _rmq_unique_id_generator_init (&generator, loopback, 4, 100, 1);
  next_id (&generator, SOME_TIME, parent);
  forked = generator;
  _rmq_unique_id_generator_reset (&forked, 101, 2);
  next_id (&generator, SOME_TIME, parent);
  next_id (&forked, SOME_TIME, child);
  g_assert_cmpstr (parent, !=, child);
  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 1);
  _rmq_unique_id_generator_init (&forked, loopback, 4, 1, 2);
  next_id (&generator, SOME_TIME, parent);
  next_id (&forked, SOME_TIME, other);
  g_assert_cmpstr (parent, !=, other);
}

static void
test_odd_clocks (void)
{
  static const int64_t times[] = { INT64_MIN, -1, 0, 1, 253402300800000, INT64_MAX, 1 };
  char (*ids)[33] = g_malloc (G_N_ELEMENTS (times) * sizeof *ids);
  RmqUniqueIdGenerator generator;

  _rmq_unique_id_generator_init (&generator, loopback, 4, 1, 42);
  for (size_t i = 0; i < G_N_ELEMENTS (times); i++)
    next_id (&generator, times[i], ids[i]);
  assert_distinct (ids, G_N_ELEMENTS (times));
  g_free (ids);
}

static void
test_rank (void)
{
  static const struct
  {
    uint8_t ip[16];
    size_t len;
    int rank;
  } addresses[] = {
    { { 8, 8, 8, 8 }, 4, 3 },     { { 10, 1, 2, 3 }, 4, 2 },    { { 172, 16, 0, 1 }, 4, 2 },
    { { 172, 32, 0, 1 }, 4, 3 },  { { 192, 168, 1, 1 }, 4, 2 }, { { 127, 0, 0, 1 }, 4, 1 },
    { { 0, 0, 0, 0 }, 4, 0 },     { { 169, 254, 1, 1 }, 4, 0 }, { { 0x20, 1, 0xd, 0xb8 }, 16, 3 },
    { { 0xfe, 0x80, 1 }, 16, 0 }, { { [15] = 1 }, 16, 0 },      { { 1, 2, 3 }, 3, 0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (addresses); i++)
    g_assert_cmpint (_rmq_unique_id_rank_address (addresses[i].ip, addresses[i].len), ==, addresses[i].rank);
}

static void
test_offset_id (void)
{
  static const char *const bad[] = {
    "",
    "7F00000100002A9F000000000001E24",   /* 31 */
    "7F00000100002A9F000000000001E2400", /* 33 */
    "7F00000100002A9F000000000001E24000",
    "7F00000100002A9F000000000001E24G",
    "7F00000100012A9F000000000001E240", /* port */
    "7F00000100002A9F00000000 001E240",
    NULL,
  };
  const RmqHost host = { { 127, 0, 0, 1 }, 10911, false };
  char id[RMQ_OFFSET_ID_MAX + 1];
  RmqHost decoded;
  int64_t offset;

  g_assert_cmpuint (_rmq_offset_id_encode (&host, 123456, id), ==, 32);
  g_assert_cmpstr (id, ==, "7F00000100002A9F000000000001E240");
  g_assert_true (_rmq_offset_id_decode (id, &decoded, &offset, NULL));
  g_assert_true (rmq_host_equal (&decoded, &host));
  g_assert_cmpint (offset, ==, 123456);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (_rmq_offset_id_decode (bad[i], &decoded, &offset, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_host_text (void)
{
  static const char *const bad[] = { "",       ":1",     "1.2.3.4", "1.2.3.4:65536", "1.2.3.4:x",
                                     "host:1", "[::1:1", "::1:1",   "[1.2.3.4]:1",   NULL };
  RmqHost host;

  g_assert_true (_rmq_host_from_string (&host, "[::1]:0"));
  g_assert_true (host.is_ipv6);
  g_assert_true (_rmq_host_from_string (&host, "10.0.0.1:65535"));
  g_assert_cmpint (host.port, ==, 65535);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (_rmq_host_from_string (&host, bad[i]));
}

static void
test_recall_handle (void)
{
  static const char *const bad[] = { "djEgYSBiIGMgZA=", "djEgYSBiIGMgZA===", "djEgYSBi\ndjEg", "=", "/w==", NULL };
  g_auto (RmqRecallHandle) handle = { 0 };
  g_autofree char *huge = g_strnfill (5000, 'A');

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (_rmq_recall_handle_decode (&handle, bad[i], NULL));
  g_assert_false (_rmq_recall_handle_decode (&handle, huge, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/id/C-MSG-011/form", test_form);
  g_test_add_func ("/wire/id/C-MSG-012/threads", test_threads);
  g_test_add_func ("/wire/id/C-MSG-012/step-back", test_step_back);
  g_test_add_func ("/wire/id/C-MSG-012/months", test_months);
  g_test_add_func ("/wire/id/C-MSG-012/burst", test_burst);
  g_test_add_func ("/wire/id/C-MSG-012/processes", test_processes);
  g_test_add_func ("/wire/id/odd-clocks", test_odd_clocks);
  g_test_add_func ("/wire/id/rank", test_rank);
  g_test_add_func ("/wire/id/C-MSG-013/offset-id", test_offset_id);
  g_test_add_func ("/wire/id/host-text", test_host_text);
  g_test_add_func ("/wire/id/recall-handle", test_recall_handle);

  return g_test_run ();
}
