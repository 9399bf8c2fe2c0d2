/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: which levels somebody wants, as one mask, and structured messages for those.
 *
 * The mask is asked for on every log statement and costs one load there. It is worked out anew by
 * _rmq_log_refresh (), which the timers call when they fire and each message that is written calls too; a second must
 * have passed since the last time. So the path of a disabled level reads no clock.
 *
 * GLib does not tell which writer is installed, so its default writer's rule (G_MESSAGES_DEBUG,
 * g_log_set_debug_enabled ()) decides about debug and info. RMQ_LOG replaces that rule, for programs with another
 * writer and for silence; the default writer then still drops what it does not want.
 */
#include "rmq-log-private.h"
#include "rmq-sync-private.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define REFRESH_US G_USEC_PER_SEC
/* Set in a mask that was worked out, so that it is never 0. */
#define KNOWN G_LOG_FLAG_RECURSION

static _Atomic (int) wanted_levels;
static _Atomic (int64_t) refreshed_us;

static const struct
{
  const char *name;
  GLogLevelFlags level;
} thresholds[] = {
  { "none", 0 },
  { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE },
  { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

/* The levels RMQ_LOG asks for; -1 when it is unset or means nothing. Read once: the environment is no message bus. */
static int
levels_from_environment (void)
{
  static size_t once;
  static int levels = -1;

  if (g_once_init_enter (&once))
    {
      const char *name = g_getenv ("RMQ_LOG");
      int sum = 0;

      for (unsigned i = 0; name != NULL && i < G_N_ELEMENTS (thresholds); i++)
        {
          sum |= (int) thresholds[i].level;
          if (strcmp (name, thresholds[i].name) == 0)
            {
              levels = sum;
              break;
            }
        }
      g_once_init_leave (&once, 1);
    }
  return levels;
}

static int
work_out_levels (void)
{
  int levels = levels_from_environment ();

  if (levels < 0)
    {
      levels = 0;
      for (unsigned i = 1; i < G_N_ELEMENTS (thresholds); i++)
        if (!g_log_writer_default_would_drop (thresholds[i].level, G_LOG_DOMAIN))
          levels |= (int) thresholds[i].level;
    }
  levels |= KNOWN;
  atomic_store_explicit (&wanted_levels, levels, memory_order_relaxed);
  return levels;
}

void
_rmq_log_refresh (void)
{
  int64_t now_us = g_get_monotonic_time ();
  int64_t before_us = atomic_load_explicit (&refreshed_us, memory_order_relaxed);

  if (now_us - before_us < REFRESH_US
      || !atomic_compare_exchange_strong_explicit (&refreshed_us, &before_us, now_us, memory_order_relaxed,
                                                   memory_order_relaxed))
    return;
  work_out_levels ();
}

bool
_rmq_log_enabled (GLogLevelFlags level)
{
  int levels = atomic_load_explicit (&wanted_levels, memory_order_relaxed);

  if (G_UNLIKELY (levels == 0))
    levels = work_out_levels ();
  return (levels & (int) level) != 0;
}

static const char *
syslog_priority (GLogLevelFlags level)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_ERROR:
      return "3";
    case G_LOG_LEVEL_CRITICAL:
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

void
_rmq_log (GLogLevelFlags level,
          const char *component,
          const char *subject,
          const char *file,
          const char *line,
          const char *function,
          const char *format,
          ...)
{
  g_autoptr (GString) message = g_string_new (component);
  GLogField fields[8];
  size_t n = 0;
  va_list args;

  if (subject != NULL)
    g_string_append_printf (message, " %s", subject);
  g_string_append (message, ": ");
  va_start (args, format);
  g_string_append_vprintf (message, format, args);
  va_end (args);

  fields[n++] = (GLogField){ "MESSAGE", message->str, -1 };
  fields[n++] = (GLogField){ "PRIORITY", syslog_priority (level), -1 };
  fields[n++] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  fields[n++] = (GLogField){ "RMQ_COMPONENT", component, -1 };
  fields[n++] = (GLogField){ "CODE_FILE", file, -1 };
  fields[n++] = (GLogField){ "CODE_LINE", line, -1 };
  fields[n++] = (GLogField){ "CODE_FUNC", function, -1 };
  if (subject != NULL)
    fields[n++] = (GLogField){ "RMQ_SUBJECT", subject, -1 };
  g_log_structured_array (level, fields, n);
  _rmq_log_refresh ();
}
