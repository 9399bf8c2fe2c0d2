/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON writer for lines of output.
 */
#include "rmq-cli-json.h"
#include <stdint.h>
#include <stdio.h>

void
rmq_cli_json_init (RmqCliJson *self)
{
  self->text = g_string_new (NULL);
  self->comma = false;
}

void
rmq_cli_json_clear (RmqCliJson *self)
{
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  self->text = NULL;
}

static void
append_text (GString *out, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (out, '"');
  for (const char *c = valid; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_c (out, '\\');
      if (*c == '\n')
        g_string_append (out, "\\n");
      else if (*c == '\t')
        g_string_append (out, "\\t");
      else if ((unsigned char) *c < 0x20 || *c == 0x7f)
        g_string_append_printf (out, "\\u%04x", *c);
      else
        g_string_append_c (out, *c);
    }
  g_string_append_c (out, '"');
}

static void
begin_value (RmqCliJson *self, const char *name)
{
  if (self->comma)
    g_string_append_c (self->text, ',');
  self->comma = true;
  if (name == NULL)
    return;
  append_text (self->text, name);
  g_string_append_c (self->text, ':');
}

static void
begin (RmqCliJson *self, const char *name, char bracket)
{
  begin_value (self, name);
  g_string_append_c (self->text, bracket);
  self->comma = false;
}

static void
end (RmqCliJson *self, char bracket)
{
  g_string_append_c (self->text, bracket);
  self->comma = true;
}

void
rmq_cli_json_begin_object (RmqCliJson *self, const char *name)
{
  begin (self, name, '{');
}

void
rmq_cli_json_end_object (RmqCliJson *self)
{
  end (self, '}');
}

void
rmq_cli_json_begin_array (RmqCliJson *self, const char *name)
{
  begin (self, name, '[');
}

void
rmq_cli_json_end_array (RmqCliJson *self)
{
  end (self, ']');
}

void
rmq_cli_json_string (RmqCliJson *self, const char *name, const char *value)
{
  begin_value (self, name);
  if (value != NULL)
    append_text (self->text, value);
  else
    g_string_append (self->text, "null");
}

void
rmq_cli_json_int (RmqCliJson *self, const char *name, int64_t value)
{
  begin_value (self, name);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
rmq_cli_json_bool (RmqCliJson *self, const char *name, bool value)
{
  begin_value (self, name);
  g_string_append (self->text, value ? "true" : "false");
}

void
rmq_cli_json_print (RmqCliJson *self)
{
  g_string_append_c (self->text, '\n');
  fwrite (self->text->str, 1, self->text->len, stdout);
  g_string_truncate (self->text, 0);
  self->comma = false;
}
