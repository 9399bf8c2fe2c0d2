/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns the options of a feature into its object properties: `tcp.no-delay=false` sets the property no-delay.
 */
#include "rmq-plugin-options-private.h"
#include <rmq/rmq.h>
#include <errno.h>
#include <string.h>

static void
clear_value (void *value)
{
  g_value_unset (value);
}

void
_rmq_plugin_options_init (RmqPluginOptions *self)
{
  self->names = g_ptr_array_new ();
  self->values = g_array_new (FALSE, TRUE, sizeof (GValue));
  g_array_set_clear_func (self->values, clear_value);
}

void
_rmq_plugin_options_clear (RmqPluginOptions *self)
{
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->values, g_array_unref);
}

static char *
describe_properties (GObjectClass *klass)
{
  g_autoptr (GString) text = g_string_new (NULL);
  unsigned n = 0;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (klass, &n);

  for (unsigned i = 0; i < n; i++)
    if ((pspecs[i]->flags & G_PARAM_WRITABLE) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", pspecs[i]->name);
  return g_strdup (text->len > 0 ? text->str : "none");
}

/* The class is alive while the type's module is resident and the caller holds the class. */
static GParamSpec *
find_property (GObjectClass *klass, const char *what, const char *name, GError **error)
{
  GParamSpec *pspec = g_object_class_find_property (klass, name);
  g_autofree char *known = NULL;

  if (pspec != NULL && (pspec->flags & G_PARAM_WRITABLE) != 0)
    return pspec;
  known = describe_properties (klass);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG, "%s has no option \"%s\"; its options are: %s", what, name,
               known);
  return NULL;
}

static bool
parse_boolean (const char *text, GValue *value)
{
  static const char *const yes[] = { "true", "yes", "on", "1", NULL };
  static const char *const no[] = { "false", "no", "off", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);

  g_value_set_boolean (value, g_strv_contains (yes, lower));
  return g_strv_contains (yes, lower) || g_strv_contains (no, lower);
}

static bool
parse_number (const char *text, GValue *value)
{
  GType type = G_VALUE_TYPE (value);
  int64_t i;
  uint64_t u;

  if (type == G_TYPE_INT && g_ascii_string_to_signed (text, 10, G_MININT, G_MAXINT, &i, NULL))
    g_value_set_int (value, i);
  else if (type == G_TYPE_LONG && g_ascii_string_to_signed (text, 10, G_MINLONG, G_MAXLONG, &i, NULL))
    g_value_set_long (value, i);
  else if (type == G_TYPE_INT64 && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &i, NULL))
    g_value_set_int64 (value, i);
  else if (type == G_TYPE_UINT && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &u, NULL))
    g_value_set_uint (value, u);
  else if (type == G_TYPE_ULONG && g_ascii_string_to_unsigned (text, 10, 0, G_MAXULONG, &u, NULL))
    g_value_set_ulong (value, u);
  else if (type == G_TYPE_UINT64 && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &u, NULL))
    g_value_set_uint64 (value, u);
  else
    return false;
  return true;
}

static bool
parse_double (const char *text, GValue *value)
{
  char *end = NULL;
  double number;

  errno = 0;
  number = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || errno == ERANGE)
    return false;
  if (G_VALUE_HOLDS_FLOAT (value))
    g_value_set_float (value, number);
  else
    g_value_set_double (value, number);
  return true;
}

static bool
parse_enum (const char *text, GValue *value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (value));
  GEnumValue *found = g_enum_get_value_by_nick (klass, text);

  if (found == NULL)
    return false;
  g_value_set_enum (value, found->value);
  return true;
}

static bool
parse_flags (const char *text, GValue *value)
{
  g_autoptr (GFlagsClass) klass = g_type_class_ref (G_VALUE_TYPE (value));
  g_auto (GStrv) nicks = g_strsplit (text, ";", -1);
  unsigned flags = 0;

  for (char **nick = nicks; *nick != NULL; nick++)
    {
      GFlagsValue *found = g_flags_get_value_by_nick (klass, g_strstrip (*nick));

      if (found == NULL)
        return false;
      flags |= found->value;
    }
  g_value_set_flags (value, flags);
  return true;
}

static bool
parse_text (const char *text, GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, text);
  else if (G_VALUE_HOLDS (value, G_TYPE_STRV))
    g_value_take_boxed (value, g_strsplit (text, ";", -1));
  else if (G_VALUE_HOLDS_BOOLEAN (value))
    return parse_boolean (text, value);
  else if (G_VALUE_HOLDS_DOUBLE (value) || G_VALUE_HOLDS_FLOAT (value))
    return parse_double (text, value);
  else if (G_VALUE_HOLDS_ENUM (value))
    return parse_enum (text, value);
  else if (G_VALUE_HOLDS_FLAGS (value))
    return parse_flags (text, value);
  else
    return parse_number (text, value);
  return true;
}

static void
take (RmqPluginOptions *self, GParamSpec *pspec, GValue *value)
{
  g_ptr_array_add (self->names, (void *) pspec->name);
  g_array_append_vals (self->values, value, 1);
}

bool
_rmq_plugin_options_add_text (RmqPluginOptions *self,
                              GType type,
                              const char *what,
                              const char *name,
                              const char *text,
                              GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  GParamSpec *pspec = find_property (G_OBJECT_CLASS (klass), what, name, error);
  GValue value = G_VALUE_INIT;

  if (pspec == NULL)
    return false;

  g_value_init (&value, pspec->value_type);
  /* The text is not shown: it may be a secret. */
  if (!parse_text (text, &value) || g_param_value_validate (pspec, &value))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG,
                   "Option \"%s\" of %s has not the form of a %s, or is out of range", name, what,
                   g_type_name (pspec->value_type));
      g_value_unset (&value);
      return false;
    }
  take (self, pspec, &value);
  return true;
}

bool
_rmq_plugin_options_add_value (RmqPluginOptions *self,
                               GType type,
                               const char *what,
                               const char *name,
                               const GValue *value,
                               GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  GParamSpec *pspec = find_property (G_OBJECT_CLASS (klass), what, name, error);
  GValue copy = G_VALUE_INIT;

  if (pspec == NULL)
    return false;

  g_value_init (&copy, pspec->value_type);
  if (!g_value_transform (value, &copy) || g_param_value_validate (pspec, &copy))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG,
                   "Option \"%s\" of %s must be a %s within its range, not a %s", name, what,
                   g_type_name (pspec->value_type), G_VALUE_TYPE_NAME (value));
      g_value_unset (&copy);
      return false;
    }
  take (self, pspec, &copy);
  return true;
}

GObject *
_rmq_plugin_options_construct (RmqPluginOptions *self, GType type, GError **error)
{
  g_autoptr (GObject) object = NULL;

  object = g_object_new_with_properties (type, self->names->len, (const char **) self->names->pdata,
                                         (const GValue *) self->values->data);
  if (g_type_is_a (type, G_TYPE_INITABLE) && !g_initable_init (G_INITABLE (object), NULL, error))
    return NULL;
  return g_steal_pointer (&object);
}
