/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerSettings: defaults, text to value and back, all from the table in the header.
 */
#include "rmq-broker-settings-private.h"

#include <string.h>
#include <inttypes.h>
#include "base/rmq-error-private.h"

typedef enum
{
  STRING,
  INTEGER,
  BOOLEAN,
} SettingKind;

typedef struct
{
  const char *name;
  SettingKind kind;
  size_t offset;
  int64_t initial;
  const char *initial_text;
  bool runtime;
} Setting;

#define INITIAL_STRING(value) .initial_text = value
#define INITIAL_INTEGER(value) .initial = value
#define INITIAL_BOOLEAN(value) .initial = value
#define ROW(KIND, member, wire_name, value, may_run)                                                                   \
  { .name = wire_name,                                                                                                 \
    .kind = KIND,                                                                                                      \
    .offset = G_STRUCT_OFFSET (RmqBrokerSettings, member),                                                             \
    .runtime = may_run,                                                                                                \
    INITIAL_##KIND (value) },

static const Setting settings[] = { RMQ_BROKER_SETTINGS (ROW) };

#define MEMBER(type, self, setting) ((type *) ((char *) (self) + (setting)->offset))
#define CONST_MEMBER(type, self, setting) ((const type *) ((const char *) (self) + (setting)->offset))

RmqBrokerSettings *
_rmq_broker_settings_new (void)
{
  RmqBrokerSettings *self = g_new0 (RmqBrokerSettings, 1);

  for (unsigned i = 0; i < G_N_ELEMENTS (settings); i++)
    switch (settings[i].kind)
      {
      case STRING:
        *MEMBER (char *, self, &settings[i]) = g_strdup (settings[i].initial_text);
        break;
      case INTEGER:
        *MEMBER (int64_t, self, &settings[i]) = settings[i].initial;
        break;
      case BOOLEAN:
        *MEMBER (bool, self, &settings[i]) = settings[i].initial != 0;
        break;
      }
  return self;
}

RmqBrokerSettings *
_rmq_broker_settings_copy (const RmqBrokerSettings *self)
{
  RmqBrokerSettings *copy = g_memdup2 (self, sizeof *self);

  for (unsigned i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].kind == STRING)
      *MEMBER (char *, copy, &settings[i]) = g_strdup (*CONST_MEMBER (char *, self, &settings[i]));
  return copy;
}

void
_rmq_broker_settings_free (RmqBrokerSettings *self)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].kind == STRING)
      g_free (*MEMBER (char *, self, &settings[i]));
  g_free (self);
}

static const Setting *
find (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].name, name))
      return &settings[i];
  return NULL;
}

bool
_rmq_broker_settings_has (const char *name)
{
  return find (name) != NULL;
}

static bool
set_boolean (bool *member, const char *value)
{
  bool yes = g_ascii_strcasecmp (value, "true") == 0;

  if (!yes && g_ascii_strcasecmp (value, "false") != 0)
    return false;
  *member = yes;
  return true;
}

bool
_rmq_broker_settings_set (RmqBrokerSettings *self, const char *name, const char *value, bool running, GError **error)
{
  const Setting *setting = find (name);
  bool set = true;

  if (setting == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "The broker has no setting \"%s\"", name);
      return false;
    }
  if (running && !setting->runtime)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL, "%s cannot be changed while the broker runs", name);
      return false;
    }

  switch (setting->kind)
    {
    case STRING:
      g_free (*MEMBER (char *, self, setting));
      *MEMBER (char *, self, setting) = g_strdup (value);
      break;
    case INTEGER:
      set = g_ascii_string_to_signed (value, 10, INT64_MIN, INT64_MAX, MEMBER (gint64, self, setting), NULL);
      break;
    case BOOLEAN:
      set = set_boolean (MEMBER (bool, self, setting), value);
      break;
    }
  if (!set)
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "\"%s\" is not a value of %s", value, name);
  return set;
}

static char *
to_text (const RmqBrokerSettings *self, const Setting *setting)
{
  switch (setting->kind)
    {
    case STRING:
      return g_strdup (*CONST_MEMBER (char *, self, setting));
    case INTEGER:
      return g_strdup_printf ("%" PRId64, *CONST_MEMBER (int64_t, self, setting));
    case BOOLEAN:
    default:
      return g_strdup (*CONST_MEMBER (bool, self, setting) ? "true" : "false");
    }
}

char *
_rmq_broker_settings_get (const RmqBrokerSettings *self, const char *name)
{
  const Setting *setting = find (name);

  return setting != NULL ? to_text (self, setting) : NULL;
}

char *
_rmq_broker_settings_to_text (const RmqBrokerSettings *self)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *value = to_text (self, &settings[i]);

      if (value != NULL)
        g_string_append_printf (text, "%s=%s\n", settings[i].name, value);
    }
  return g_string_free (text, FALSE);
}
