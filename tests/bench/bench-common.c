/* SPDX-License-Identifier: Apache-2.0
 *
 * Options, clocks and output of the benchmark programs.
 */
#include "bench-common.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

void
bench_options_parse (BenchOptions *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "namesrv", 0, 0, G_OPTION_ARG_STRING, &options->name_servers, "Name server (127.0.0.1:9876)", "H:P" },
    { "topic", 0, 0, G_OPTION_ARG_STRING, &options->topic, "Topic (BenchTopic)", "T" },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options->mode, "What is measured", "MODE" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options->seconds, "Length of a round (2)", "S" },
    { "rounds", 0, 0, G_OPTION_ARG_INT, &options->rounds, "Rounds after the first, which warms up (3)", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT, &options->count, "One round of N messages instead", "N" },
    { "inflight", 0, 0, G_OPTION_ARG_INT, &options->in_flight, "send_async: most unanswered (1000)", "N" },
    { "body", 0, 0, G_OPTION_ARG_INT, &options->body, "Bytes of a body (128)", "N" },
    { "unordered", 0, 0, G_OPTION_ARG_NONE, &options->unordered, "Answers may overtake each other: a real broker",
      NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  *options = (BenchOptions){
    .name_servers = "127.0.0.1:9876",
    .topic = "BenchTopic",
    .mode = "",
    .seconds = 2,
    .rounds = 3,
    .in_flight = 1000,
    .body = 128,
  };
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1 || options->body < 1)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "see --help");
      exit (1);
    }
}

int64_t
bench_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
bench_cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

void
bench_round_begin (BenchRound *round)
{
  if (round->latencies == NULL)
    round->latencies = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  g_array_set_size (round->latencies, 0);
  round->n = 0;
  round->n_failed = 0;
  round->cpu_ns = bench_cpu_ns ();
  round->started_ns = bench_now_ns ();
}

void
bench_round_add_latency (BenchRound *round, int64_t ns)
{
  uint32_t value = (uint32_t) MIN (ns, UINT32_MAX);

  g_array_append_val (round->latencies, value);
}

static int
compare (const void *a, const void *b)
{
  uint32_t left = *(const uint32_t *) a;
  uint32_t right = *(const uint32_t *) b;

  return (left > right) - (left < right);
}

void
bench_round_end (BenchRound *round, const BenchOptions *options, int number)
{
  double elapsed = (double) (bench_now_ns () - round->started_ns);
  double cpu = (double) (bench_cpu_ns () - round->cpu_ns);
  const uint32_t *sorted = (const uint32_t *) (void *) round->latencies->data;
  size_t n = round->latencies->len;
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  printf ("{\"mode\":\"%s\",\"round\":%d,\"body\":%d,\"count\":%" G_GUINT64_FORMAT ",\"failures\":%" G_GUINT64_FORMAT
          ",\"rate\":%.0f,\"cpu_us\":%.3f,\"rss_kb\":%ld",
          options->mode, number, options->body, round->n, round->n_failed, (double) round->n * 1e9 / elapsed,
          cpu / 1e3 / (double) MAX (round->n, 1), usage.ru_maxrss);
  if (n > 0)
    {
      qsort (round->latencies->data, n, sizeof (uint32_t), compare);
      printf (",\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f", sorted[n / 2] / 1e3, sorted[n * 99 / 100] / 1e3,
              sorted[n * 999 / 1000] / 1e3);
    }
  printf ("}\n");
  fflush (stdout);
}

void
bench_check (GError *error)
{
  if (error == NULL)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}
