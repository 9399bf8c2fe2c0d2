/* SPDX-License-Identifier: Apache-2.0
 *
 * What a push consumer was told, with RocketMQ's defaults and ranges. The handle fills one; start checks it and gives
 * the core a copy.
 */
#pragma once

#include <rmq/rmq-push-consumer.h>
#include <rmq/rmq-allocation-strategy.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

typedef struct
{
  bool broadcasting;
  RmqConsumeFrom consume_from;
  char *consume_timestamp; /* yyyyMMddHHmmss, local time; NULL: half an hour before the start */
  int64_t timestamp_ms;    /* the same, set by check () */
  unsigned pull_batch_size;
  unsigned pull_batch_bytes;
  unsigned pull_interval; /* ms */
  unsigned pull_threshold_count;
  uint64_t pull_threshold_bytes;
  unsigned pull_threshold_span;
  int pull_threshold_topic_count;     /* -1: none */
  int64_t pull_threshold_topic_bytes; /* -1: none */
  unsigned consume_batch_size;
  int max_reconsume_times;  /* -1: 16 */
  unsigned consume_timeout; /* ms */
  unsigned consume_threads; /* 0: the main context */
  int dispatch_priority;
  RmqAllocationStrategy *allocation; /* or NULL: by name */
  char *allocation_name;
} RmqPushConsumerSettings;

RMQ_PRIVATE_BEGIN

void _rmq_push_consumer_settings_init (RmqPushConsumerSettings *self);
void _rmq_push_consumer_settings_clear (RmqPushConsumerSettings *self);
void _rmq_push_consumer_settings_copy (RmqPushConsumerSettings *self, const RmqPushConsumerSettings *from);
/* RMQ_ERROR_INVALID_ARGUMENT names the property and its range. now_ms: for a timestamp that was not given. */
bool _rmq_push_consumer_settings_check (RmqPushConsumerSettings *self, int64_t now_ms, GError **error);
/* The name of a consumer's group: of the right form, and neither a default nor a system one. */
bool _rmq_consumer_group_check (const char *group, GError **error);
/* (transfer full): the strategy, from the registry when only its name is known. */
RmqAllocationStrategy *_rmq_push_consumer_settings_dup_allocation (const RmqPushConsumerSettings *self, GError **error);
int _rmq_push_consumer_settings_get_max_reconsume_times (const RmqPushConsumerSettings *self);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPushConsumerSettings, _rmq_push_consumer_settings_clear)
