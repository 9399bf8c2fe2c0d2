/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts in buckets of ten seconds; a rate is what the buckets of the last minute hold.
 */
#include "rmq-consumer-stats-private.h"

#include <string.h>

static RmqStatsBucket *
get_bucket (RmqConsumerStats *self, int64_t now_us)
{
  int64_t number = now_us / RMQ_STATS_BUCKET_US + 1;
  RmqStatsBucket *bucket = &self->buckets[number % RMQ_STATS_BUCKETS];

  if (bucket->number != number)
    {
      *bucket = (RmqStatsBucket){ 0 };
      bucket->number = number;
    }
  return bucket;
}

void
_rmq_consumer_stats_pulled (RmqConsumerStats *self, int64_t now_us, int64_t elapsed_us, unsigned n_messages)
{
  RmqStatsBucket *bucket = get_bucket (self, now_us);

  bucket->pulls++;
  bucket->pulled += n_messages;
  bucket->pull_us += elapsed_us;
}

void
_rmq_consumer_stats_consumed (RmqConsumerStats *self, int64_t now_us, unsigned n_ok, unsigned n_failed)
{
  RmqStatsBucket *bucket = get_bucket (self, now_us);

  bucket->ok += n_ok;
  bucket->failed += n_failed;
}

void
_rmq_consumer_stats_busy (RmqConsumerStats *self, int64_t now_us, int64_t busy_us, uint64_t n_messages)
{
  RmqStatsBucket *bucket = get_bucket (self, now_us);

  bucket->handled += n_messages;
  bucket->busy_us += busy_us;
}

void
_rmq_consumer_stats_fill (const RmqConsumerStats *self, int64_t now_us, RmqConsumeStatus *status)
{
  int64_t oldest = now_us / RMQ_STATS_BUCKET_US + 1 - (RMQ_STATS_BUCKETS - 1);
  double seconds = RMQ_STATS_BUCKETS * (double) RMQ_STATS_BUCKET_US / G_USEC_PER_SEC;
  RmqStatsBucket sum = { 0 };

  for (unsigned i = 0; i < RMQ_STATS_BUCKETS; i++)
    {
      const RmqStatsBucket *bucket = &self->buckets[i];

      if (bucket->number < oldest || bucket->number == 0)
        continue;
      sum.pulls += bucket->pulls;
      sum.pulled += bucket->pulled;
      sum.pull_us += bucket->pull_us;
      sum.ok += bucket->ok;
      sum.failed += bucket->failed;
      sum.handled += bucket->handled;
      sum.busy_us += bucket->busy_us;
    }
  status->pull_rt = sum.pulls > 0 ? (double) sum.pull_us / 1000 / (double) sum.pulls : 0;
  status->pull_tps = (double) sum.pulled / seconds;
  status->consume_rt = sum.handled > 0 ? (double) sum.busy_us / 1000 / (double) sum.handled : 0;
  status->consume_ok_tps = (double) sum.ok / seconds;
  status->consume_failed_tps = (double) sum.failed / seconds;
  status->consume_failed_messages = (int64_t) sum.failed;
}
