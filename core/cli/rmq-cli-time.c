/* SPDX-License-Identifier: Apache-2.0
 *
 * Durations and points in time as people write them.
 */
#include "rmq-cli.h"

#include <string.h>

bool
rmq_cli_parse_duration (const char *text, int64_t *ms)
{
  static const struct
  {
    const char *unit;
    int64_t ms;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { "", 1000 } };
  char *end = NULL;
  guint64 number = g_ascii_strtoull (text, &end, 10);

  if (!g_ascii_isdigit (*text))
    return false;
  for (unsigned i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (strcmp (end, units[i].unit) != 0)
        continue;
      if (number > (guint64) (G_MAXINT64 / 86400000))
        return false;
      *ms = (int64_t) number * units[i].ms;
      return true;
    }
  return false;
}

/* -10m, an ISO 8601 time (local where it has no zone), or milliseconds since the epoch. */
bool
rmq_cli_parse_time (const char *text, int64_t *unix_ms)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) time = NULL;
  int64_t ago;
  char *end = NULL;

  if (*text == '-')
    {
      if (!rmq_cli_parse_duration (text + 1, &ago))
        return false;
      *unix_ms = g_get_real_time () / 1000 - ago;
      return true;
    }
  time = g_date_time_new_from_iso8601 (text, zone);
  if (time != NULL)
    {
      *unix_ms = g_date_time_to_unix (time) * 1000 + g_date_time_get_microsecond (time) / 1000;
      return true;
    }
  *unix_ms = (int64_t) g_ascii_strtoull (text, &end, 10);
  return end != text && *end == '\0';
}
