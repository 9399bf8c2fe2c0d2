/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benchmark programs share: options, clocks, the line of JSON that ends a round.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct
{
  const char *name_servers;
  const char *topic;
  const char *mode;
  double seconds; /* of a round */
  int rounds;     /* after the one that warms up */
  int count;      /* instead of rounds: so many messages, once */
  int in_flight;
  int body;
  gboolean unordered; /* the broker may answer a later send first */
} BenchOptions;

typedef struct
{
  int64_t started_ns;
  int64_t cpu_ns;
  uint64_t n;
  uint64_t n_failed;
  GArray *latencies; /* uint32_t, ns */
} BenchRound;

/* Exits when they are wrong. */
void bench_options_parse (BenchOptions *options, int argc, char **argv);

int64_t bench_now_ns (void);
/* User and system time of the process. */
int64_t bench_cpu_ns (void);

void bench_round_begin (BenchRound *round);
void bench_round_add_latency (BenchRound *round, int64_t ns);
/* Prints one line. */
void bench_round_end (BenchRound *round, const BenchOptions *options, int number);

/* Ends the program when error is set. */
void bench_check (GError *error);
