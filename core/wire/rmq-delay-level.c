/* SPDX-License-Identifier: Apache-2.0
 *
 * Delay levels, retry delays, latency classes, and times as text.
 */
#include "rmq-delay-level-private.h"
#include "base/rmq-error-private.h"

#include <stdio.h>

#define UNKNOWN_LEVEL_DELAY_MS 1000
#define ISOLATION_LATENCY_MS 10000

static int64_t
unit_ms (char unit)
{
  switch (unit)
    {
    case 's':
      return 1000;
    case 'm':
      return 60 * 1000;
    case 'h':
      return 3600 * 1000;
    case 'd':
      return 24 * 3600 * 1000;
    default:
      return 0;
    }
}

/* One item, which ends at `length`. */
static bool
parse_item (const char *item, size_t length, int64_t *ms)
{
  g_autofree char *number = length > 1 ? g_strndup (item, length - 1) : NULL;
  int64_t unit = length > 1 ? unit_ms (item[length - 1]) : 0;
  gint64 n;

  if (unit == 0 || !g_ascii_string_to_signed (number, 10, INT64_MIN / unit, INT64_MAX / unit, &n, NULL))
    return false;
  *ms = n * unit;
  return true;
}

bool
_rmq_delay_table_parse (RmqDelayTable *self, const char *text)
{
  const char *at = text;

  *self = (RmqDelayTable){ 0 };
  for (;;)
    {
      size_t length = strcspn (at, " ");

      if (self->n_levels == RMQ_DELAY_LEVEL_MAX || !parse_item (at, length, &self->milliseconds[self->n_levels + 1]))
        return false;
      self->n_levels++;
      at += length;
      if (*at == '\0')
        return true;
      at++;
    }
}

int64_t
_rmq_delay_table_deliver_time (const RmqDelayTable *self, int level, int64_t store_time_ms)
{
  int64_t delay = UNKNOWN_LEVEL_DELAY_MS;
  int64_t due;

  if (level > 0 && (unsigned) level <= self->n_levels)
    delay = self->milliseconds[level];
  return __builtin_add_overflow (store_time_ms, delay, &due) ? INT64_MAX : due;
}

int
_rmq_delay_table_find_level (const RmqDelayTable *self, int64_t delay_ms)
{
  for (unsigned level = 1; level <= self->n_levels; level++)
    if (self->milliseconds[level] >= delay_ms)
      return (int) level;
  return 0;
}

int
_rmq_pop_retry_delay_seconds (int reconsume_times)
{
  static const int seconds[] = { 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200 };

  return seconds[CLAMP (reconsume_times, 0, (int) G_N_ELEMENTS (seconds) - 1)];
}

int64_t
_rmq_latency_unavailable_ms (int64_t latency_ms, bool isolated)
{
  static const struct
  {
    int latency;
    int unavailable;
  } classes[] = { { 15000, 30000 }, { 5000, 10000 }, { 3000, 6000 }, { 1800, 5000 },
                  { 550, 2000 },    { 100, 0 },      { 50, 0 } };

  if (isolated)
    latency_ms = ISOLATION_LATENCY_MS;
  for (unsigned i = 0; i < G_N_ELEMENTS (classes); i++)
    if (latency_ms >= classes[i].latency)
      return classes[i].unavailable;
  return 0;
}

bool
_rmq_timestamp_parse (const char *text, int64_t *ms, GError **error)
{
  g_autoptr (GDateTime) time = NULL;
  int year;
  int month;
  int day;
  int hour;
  int minute;
  int second;

  if (text != NULL && strlen (text) == 14 && strspn (text, "0123456789") == 14
      && sscanf (text, "%4d%2d%2d%2d%2d%2d", &year, &month, &day, &hour, &minute, &second) == 6)
    time = g_date_time_new_local (year, month, day, hour, minute, second);
  if (time == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "\"%.40s\" is no time of the form yyyyMMddHHmmss",
                      text != NULL ? text : "");
      return false;
    }
  *ms = g_date_time_to_unix (time) * 1000;
  return true;
}

char *
_rmq_timestamp_format (int64_t ms)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (ms / 1000);

  return time != NULL ? g_date_time_format (time, "%Y%m%d%H%M%S") : NULL;
}
