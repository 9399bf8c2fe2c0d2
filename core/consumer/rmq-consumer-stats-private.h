/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates of one topic over the last minute, for the running info (RocketMQ: ConsumerStatsManager). The I/O context's.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "wire/rmq-consumer-running-info-private.h"

#define RMQ_STATS_BUCKETS 6
#define RMQ_STATS_BUCKET_US (10 * G_USEC_PER_SEC)

typedef struct
{
  int64_t number; /* time / bucket length; 0: empty */
  uint64_t pulls;
  uint64_t pulled;
  int64_t pull_us;
  uint64_t ok;
  uint64_t failed;
  uint64_t handled;
  int64_t busy_us;
} RmqStatsBucket;

typedef struct
{
  RmqStatsBucket buckets[RMQ_STATS_BUCKETS];
} RmqConsumerStats;

RMQ_PRIVATE_BEGIN

void _rmq_consumer_stats_pulled (RmqConsumerStats *self, int64_t now_us, int64_t elapsed_us, unsigned n_messages);
void _rmq_consumer_stats_consumed (RmqConsumerStats *self, int64_t now_us, unsigned n_ok, unsigned n_failed);
void _rmq_consumer_stats_busy (RmqConsumerStats *self, int64_t now_us, int64_t busy_us, uint64_t n_messages);
void _rmq_consumer_stats_fill (const RmqConsumerStats *self, int64_t now_us, RmqConsumeStatus *status);

RMQ_PRIVATE_END
