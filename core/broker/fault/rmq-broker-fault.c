/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads faults: WHERE[/topic=T][/group=G][/skip=N]:ACTION[=VALUE][*TIMES], several with commas between them.
 */
#include "rmq-broker-fault-private.h"

#include <string.h>
#include "base/rmq-error-private.h"
#include "wire/rmq-codes-private.h"

#define MAX_TEXT 65536
#define MAX_DELAY_MS (24 * 3600 * INT64_C (1000))
#define MAX_JUMP_MS (3660 * MAX_DELAY_MS)

typedef struct
{
  const char *name;
  int code;
} CodeName;

#define CODE_ROW(name, code) { #name, code },

static const CodeName request_codes[] = { RMQ_REQUEST_CODES (CODE_ROW) };
static const CodeName response_codes[] = { RMQ_RESPONSE_CODES (CODE_ROW) };

/* What people call them. */
static const CodeName families[] = {
  { "send", RMQ_REQUEST_SEND_MESSAGE },
  { "send", RMQ_REQUEST_SEND_MESSAGE_V2 },
  { "send", RMQ_REQUEST_SEND_BATCH_MESSAGE },
  { "pull", RMQ_REQUEST_PULL_MESSAGE },
  { "pull", RMQ_REQUEST_LITE_PULL_MESSAGE },
  { "pop", RMQ_REQUEST_POP_MESSAGE },
  { "ack", RMQ_REQUEST_ACK_MESSAGE },
  { "ack", RMQ_REQUEST_BATCH_ACK_MESSAGE },
  { "route", RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC },
  { "heartbeat", RMQ_REQUEST_HEART_BEAT },
  { "commit", RMQ_REQUEST_UPDATE_CONSUMER_OFFSET },
  { "offset", RMQ_REQUEST_QUERY_CONSUMER_OFFSET },
  { "lock", RMQ_REQUEST_LOCK_BATCH_MQ },
  { "back", RMQ_REQUEST_CONSUMER_SEND_MSG_BACK },
  { "end-transaction", RMQ_REQUEST_END_TRANSACTION },
};

/* How the value of an action is read. */
typedef enum
{
  NO_VALUE,
  TIME,       /* least = most, or least..most */
  JUMP,       /* with a sign */
  BYTES_TIME, /* least bytes every most milliseconds */
  PLACE,      /* the place of a byte; without: the last one */
} ValueKind;

typedef struct
{
  const char *name;
  RmqFaultKind kind;
  ValueKind value;
} Action;

static const Action actions[] = {
  { "drop", RMQ_FAULT_DROP, NO_VALUE },
  { "mute", RMQ_FAULT_MUTE, NO_VALUE },
  { "delay", RMQ_FAULT_DELAY, TIME },
  { "disk", RMQ_FAULT_DISK, TIME },
  { "clock", RMQ_FAULT_CLOCK, JUMP },
  { "drip", RMQ_FAULT_DRIP, BYTES_TIME },
  { "corrupt", RMQ_FAULT_CORRUPT, PLACE },
  { "opaque", RMQ_FAULT_OPAQUE, NO_VALUE },
  { "twice", RMQ_FAULT_TWICE, NO_VALUE },
  { "cut", RMQ_FAULT_CUT, NO_VALUE },
  { "cut-before", RMQ_FAULT_CUT_BEFORE, NO_VALUE },
  { "cut-inside", RMQ_FAULT_CUT_INSIDE, NO_VALUE },
  { "cut-after", RMQ_FAULT_CUT_AFTER, NO_VALUE },
};

static void
fault_clear (void *data)
{
  RmqFault *self = data;

  g_free (self->text);
  g_clear_pointer (&self->codes, g_array_unref);
  g_free (self->topic);
  g_free (self->group);
  g_free (self->remark);
}

RmqFault *
_rmq_fault_ref (RmqFault *self)
{
  return g_rc_box_acquire (self);
}

void
_rmq_fault_unref (RmqFault *self)
{
  g_rc_box_release_full (self, fault_clear);
}

/* --- numbers and times --------------------------------------------------------------------------------------- */

static bool
parse_number (const char *text, int64_t least, int64_t most, int64_t *number)
{
  return g_ascii_string_to_signed (text, 10, least, most, (gint64 *) number, NULL);
}

/* "200ms", "2s", "1m", "1h"; without a unit milliseconds. */
static bool
parse_time (const char *text, int64_t limit, int64_t *ms)
{
  static const struct
  {
    const char *unit;
    int64_t ms;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "", 1 } };
  g_autofree char *digits = NULL;
  unsigned i = 0;

  while (!g_str_has_suffix (text, units[i].unit))
    i++;
  digits = g_strndup (text, strlen (text) - strlen (units[i].unit));
  if (!parse_number (digits, 0, limit / units[i].ms, ms))
    return false;
  *ms *= units[i].ms;
  return true;
}

static bool
parse_span (RmqFault *self, const char *value)
{
  g_auto (GStrv) ends = g_strsplit (value, "..", 2);

  return ends[0] != NULL && parse_time (ends[0], MAX_DELAY_MS, &self->least)
         && parse_time (ends[1] != NULL ? ends[1] : ends[0], MAX_DELAY_MS, &self->most) && self->least <= self->most;
}

static bool
parse_jump (RmqFault *self, const char *value)
{
  if ((*value != '+' && *value != '-') || !parse_time (value + 1, MAX_JUMP_MS, &self->least))
    return false;
  if (*value == '-')
    self->least = -self->least;
  return true;
}

static bool
parse_drip (RmqFault *self, const char *value)
{
  g_auto (GStrv) parts = g_strsplit (value, "/", 2);

  return parts[0] != NULL && parts[1] != NULL && parse_number (parts[0], 1, INT32_MAX, &self->least)
         && parse_time (parts[1], MAX_DELAY_MS, &self->most);
}

static bool
parse_value (RmqFault *self, ValueKind kind, const char *value)
{
  switch (kind)
    {
    case NO_VALUE:
      return value == NULL;
    case TIME:
      return value != NULL && parse_span (self, value);
    case JUMP:
      return value != NULL && parse_jump (self, value);
    case BYTES_TIME:
      return value != NULL && parse_drip (self, value);
    case PLACE:
    default:
      self->least = -1;
      return value == NULL || parse_number (value, 0, INT32_MAX, &self->least);
    }
}

/* --- one fault ----------------------------------------------------------------------------------------------- */

static bool
find_code (const CodeName *names, size_t n, const char *name, int *code)
{
  int64_t number;

  for (size_t i = 0; i < n; i++)
    if (g_ascii_strcasecmp (names[i].name, name) == 0)
      {
        *code = names[i].code;
        return true;
      }
  if (!parse_number (name, 0, INT32_MAX, &number))
    return false;
  *code = (int) number;
  return true;
}

/* "send", "SEND_MESSAGE_V2", "310", "*" */
static bool
parse_codes (RmqFault *self, const char *name)
{
  int code;

  if (g_str_equal (name, "*"))
    return true;
  self->codes = g_array_new (FALSE, FALSE, sizeof (int32_t));
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].name, name))
      g_array_append_val (self->codes, families[i].code);
  if (self->codes->len > 0)
    return true;
  if (!find_code (request_codes, G_N_ELEMENTS (request_codes), name, &code))
    return false;
  g_array_append_val (self->codes, code);
  return true;
}

static bool
parse_where (RmqFault *self, const char *where)
{
  g_auto (GStrv) parts = g_strsplit (where, "/", -1);

  if (parts[0] == NULL || !parse_codes (self, parts[0]))
    return false;
  for (char **part = parts + 1; *part != NULL; part++)
    {
      const char *value = strchr (*part, '=');

      if (value == NULL || value[1] == '\0')
        return false;
      if (g_str_has_prefix (*part, "topic=") && self->topic == NULL)
        self->topic = g_strdup (value + 1);
      else if (g_str_has_prefix (*part, "group=") && self->group == NULL)
        self->group = g_strdup (value + 1);
      else if (!g_str_has_prefix (*part, "skip=") || !parse_number (value + 1, 0, INT32_MAX, &self->skip))
        return false;
    }
  return true;
}

/* action is cut in place. */
static bool
parse_action (RmqFault *self, char *action)
{
  char *star = strrchr (action, '*');
  char *value;

  self->times = -1;
  if (star != NULL)
    {
      if (!parse_number (star + 1, 1, INT32_MAX, &self->times))
        return false;
      *star = '\0';
    }
  value = strchr (action, '=');
  if (value != NULL)
    *value++ = '\0';
  for (size_t i = 0; i < G_N_ELEMENTS (actions); i++)
    if (g_str_equal (actions[i].name, action))
      {
        self->kind = actions[i].kind;
        return parse_value (self, actions[i].value, value);
      }
  self->kind = RMQ_FAULT_CODE;
  self->remark = g_strdup (value != NULL ? value : "a fault that was asked for");
  return find_code (response_codes, G_N_ELEMENTS (response_codes), action, &self->code);
}

static RmqFault *
parse_fault (const char *text, GError **error)
{
  RmqFault *self = g_rc_box_new0 (RmqFault);
  g_auto (GStrv) halves = g_strsplit (text, ":", 2);

  self->text = g_strdup (text);
  if (halves[0] != NULL && halves[1] != NULL && parse_where (self, halves[0]) && parse_action (self, halves[1]))
    return self;
  _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                  "\"%s\" is not a fault: REQUEST:FAULT[*TIMES] is expected, as in send:SYSTEM_BUSY*3 or "
                  "pull:delay=200ms",
                  text);
  _rmq_fault_unref (self);
  return NULL;
}

GPtrArray *
_rmq_broker_faults_parse (const char *text, GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_fault_unref);
  g_auto (GStrv) parts = NULL;

  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "Faults are asked for in a text of at most %d bytes",
                      MAX_TEXT);
      return NULL;
    }
  parts = g_strsplit (text, ",", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      RmqFault *fault = *g_strstrip (*part) != '\0' ? parse_fault (*part, error) : NULL;

      if (fault != NULL)
        g_ptr_array_add (faults, fault);
      else if (**part != '\0')
        return NULL;
    }
  return g_steal_pointer (&faults);
}
