/* SPDX-License-Identifier: Apache-2.0
 *
 * The settings of a push consumer: defaults, ranges, and what is said of a value outside of them.
 */
#include "rmq-push-consumer-settings-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-delay-level-private.h"
#include "wire/rmq-names-private.h"

#define MIB ((uint64_t) 1024 * 1024)
#define DEFAULT_START_MS (30 * 60 * 1000)
#define DEFAULT_MAX_RECONSUME_TIMES 16
#define GROUP_DEFAULT_CONSUMER "DEFAULT_CONSUMER"

void
_rmq_push_consumer_settings_init (RmqPushConsumerSettings *self)
{
  *self = (RmqPushConsumerSettings){
    .consume_from = RMQ_CONSUME_FROM_LAST_OFFSET,
    .pull_batch_size = 32,
    .pull_batch_bytes = 256 * 1024,
    .pull_threshold_count = 1000,
    .pull_threshold_bytes = 100 * MIB,
    .pull_threshold_span = 2000,
    .pull_threshold_topic_count = -1,
    .pull_threshold_topic_bytes = -1,
    .consume_batch_size = 1,
    .max_reconsume_times = -1,
    .consume_timeout = 15 * 60 * 1000,
    .dispatch_priority = G_PRIORITY_DEFAULT,
    .allocation_name = g_strdup ("averagely"),
  };
}

void
_rmq_push_consumer_settings_clear (RmqPushConsumerSettings *self)
{
  g_clear_pointer (&self->consume_timestamp, g_free);
  g_clear_pointer (&self->allocation_name, g_free);
  g_clear_object (&self->allocation);
}

void
_rmq_push_consumer_settings_copy (RmqPushConsumerSettings *self, const RmqPushConsumerSettings *from)
{
  *self = *from;
  self->consume_timestamp = g_strdup (from->consume_timestamp);
  self->allocation_name = g_strdup (from->allocation_name);
  if (self->allocation != NULL)
    g_object_ref (self->allocation);
}

bool
_rmq_consumer_group_check (const char *group, GError **error)
{
  if (!_rmq_group_check (group, error))
    return false;
  if (g_str_equal (group, GROUP_DEFAULT_CONSUMER))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                      "group may not be %s: groups of that name would share their messages by accident",
                      GROUP_DEFAULT_CONSUMER);
      return false;
    }
  if (_rmq_group_is_system (group) || _rmq_group_is_predefined (group))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "group %s belongs to the system", group);
      return false;
    }
  return true;
}

typedef struct
{
  const char *property;
  int64_t value;
  int64_t low;
  int64_t high;
  int64_t none; /* also allowed; G_MININT64: nothing is */
} RmqRange;

static bool
check_ranges (const RmqRange *ranges, size_t n_ranges, GError **error)
{
  for (size_t i = 0; i < n_ranges; i++)
    {
      const RmqRange *range = &ranges[i];

      if (range->value == range->none || (range->value >= range->low && range->value <= range->high))
        continue;
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                      "%s is %" G_GINT64_FORMAT ", outside of %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                      range->property, range->value, range->low, range->high);
      return false;
    }
  return true;
}

static bool
check_timestamp (RmqPushConsumerSettings *self, int64_t now_ms, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (self->consume_timestamp == NULL)
    {
      self->timestamp_ms = now_ms - DEFAULT_START_MS;
      return true;
    }
  if (_rmq_timestamp_parse (self->consume_timestamp, &self->timestamp_ms, &cause))
    return true;
  _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "consume-timestamp: %s", cause->message);
  return false;
}

bool
_rmq_push_consumer_settings_check (RmqPushConsumerSettings *self, int64_t now_ms, GError **error)
{
  const RmqRange ranges[] = {
    { "consume-threads", self->consume_threads, 1, 1000, 0 },
    { "consume-batch-size", self->consume_batch_size, 1, 1024, G_MININT64 },
    { "pull-batch-size", self->pull_batch_size, 1, 1024, G_MININT64 },
    { "pull-batch-bytes", self->pull_batch_bytes, 1, INT32_MAX, G_MININT64 },
    { "pull-interval", self->pull_interval, 0, 65535, G_MININT64 },
    { "pull-threshold-count", self->pull_threshold_count, 1, 65535, G_MININT64 },
    { "pull-threshold-bytes", MIN (self->pull_threshold_bytes, INT64_MAX), MIB, 1024 * MIB, G_MININT64 },
    { "pull-threshold-span", self->pull_threshold_span, 1, 65535, G_MININT64 },
    { "pull-threshold-topic-count", self->pull_threshold_topic_count, 1, 6553500, -1 },
    { "pull-threshold-topic-bytes", self->pull_threshold_topic_bytes, MIB, 102400 * MIB, -1 },
    { "max-reconsume-times", self->max_reconsume_times, 0, INT32_MAX, -1 },
    { "consume-timeout", self->consume_timeout, 1, INT32_MAX, G_MININT64 },
  };

  if (!check_ranges (ranges, G_N_ELEMENTS (ranges), error))
    return false;
  if (self->consume_from > RMQ_CONSUME_FROM_SAFE)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "consume-from is %d, which is no start point",
                      (int) self->consume_from);
      return false;
    }
  return check_timestamp (self, now_ms, error);
}

RmqAllocationStrategy *
_rmq_push_consumer_settings_dup_allocation (const RmqPushConsumerSettings *self, GError **error)
{
  GObject *object;

  if (self->allocation != NULL)
    return g_object_ref (self->allocation);
  object =
      rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "allocation", self->allocation_name, NULL, error);
  return object != NULL ? RMQ_ALLOCATION_STRATEGY (object) : NULL;
}

int
_rmq_push_consumer_settings_get_max_reconsume_times (const RmqPushConsumerSettings *self)
{
  return self->max_reconsume_times < 0 ? DEFAULT_MAX_RECONSUME_TIMES : self->max_reconsume_times;
}
