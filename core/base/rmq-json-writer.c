/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes JSON that both generations of fastjson read, and texts that look like theirs: raw UTF-8, Java's doubles, raw
 * object keys where a map's keys are objects.
 */
#include "rmq-json-private.h"
#include "rmq-text-private.h"
#include "rmq-utf8-private.h"

#define MAX_DEPTH 64

void
_rmq_json_writer_init (RmqJsonWriter *self, RmqByteWriter *out)
{
  *self = (RmqJsonWriter){ .out = out };
}

/* What precedes a member: a comma unless it is the first one. */
static void
separate (RmqJsonWriter *self)
{
  uint64_t bit = self->depth > 0 ? UINT64_C (1) << (self->depth - 1) : 0;

  if (self->has_member & bit)
    rmq_byte_writer_u8 (self->out, ',');
  self->has_member |= bit;
}

static void
before_value (RmqJsonWriter *self)
{
  if (self->after_key)
    self->after_key = false;
  else
    separate (self);
}

static void
begin (RmqJsonWriter *self, char bracket)
{
  before_value (self);
  if (self->depth == MAX_DEPTH)
    {
      /* Beyond what any reader takes: the caller sees it where it looks for a full buffer. */
      self->out->failed = true;
      return;
    }
  rmq_byte_writer_u8 (self->out, (uint8_t) bracket);
  self->depth++;
  self->has_member &= ~(UINT64_C (1) << (self->depth - 1));
}

static void
end (RmqJsonWriter *self, char bracket)
{
  g_return_if_fail (self->out->failed || (self->depth > 0 && !self->after_key));

  if (self->depth > 0)
    self->depth--;
  rmq_byte_writer_u8 (self->out, (uint8_t) bracket);
}

void
_rmq_json_writer_begin_object (RmqJsonWriter *self)
{
  begin (self, '{');
}

void
_rmq_json_writer_end_object (RmqJsonWriter *self)
{
  end (self, '}');
}

void
_rmq_json_writer_begin_array (RmqJsonWriter *self)
{
  begin (self, '[');
}

void
_rmq_json_writer_end_array (RmqJsonWriter *self)
{
  end (self, ']');
}

static void
quoted (RmqJsonWriter *self, RmqSlice text)
{
  rmq_byte_writer_u8 (self->out, '"');
  _rmq_json_escape (self->out, text);
  rmq_byte_writer_u8 (self->out, '"');
}

void
_rmq_json_writer_key_slice (RmqJsonWriter *self, RmqSlice name)
{
  separate (self);
  quoted (self, name);
  rmq_byte_writer_u8 (self->out, ':');
  self->after_key = true;
}

void
_rmq_json_writer_key (RmqJsonWriter *self, const char *name)
{
  _rmq_json_writer_key_slice (self, rmq_slice_from_string (name));
}

void
_rmq_json_writer_begin_raw_key (RmqJsonWriter *self)
{
  separate (self);
  /* The object that follows is no member of its own. */
  self->after_key = true;
}

void
_rmq_json_writer_end_raw_key (RmqJsonWriter *self)
{
  rmq_byte_writer_u8 (self->out, ':');
  self->after_key = true;
}

void
_rmq_json_writer_string (RmqJsonWriter *self, const char *value)
{
  _rmq_json_writer_slice (self, rmq_slice_from_string (value));
}

void
_rmq_json_writer_slice (RmqJsonWriter *self, RmqSlice value)
{
  if (value.data == NULL)
    {
      _rmq_json_writer_null (self);
      return;
    }
  before_value (self);
  quoted (self, value);
}

static void
literal (RmqJsonWriter *self, const char *text)
{
  before_value (self);
  rmq_byte_writer_string (self->out, text);
}

void
_rmq_json_writer_int64 (RmqJsonWriter *self, int64_t value)
{
  char text[24];
  char *at = text + sizeof text;
  uint64_t rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

  do
    *--at = (char) ('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (value < 0)
    *--at = '-';
  before_value (self);
  rmq_byte_writer_bytes (self->out, at, (size_t) (text + sizeof text - at));
}

/* The fewest digits that read back as the same double: "1", "12345", and the decimal exponent of the first digit. */
static unsigned
shortest_digits (double value, char digits[20], int *exponent)
{
  char text[40];
  unsigned n = 0;

  for (unsigned precision = 0; precision <= 16; precision++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%ue", precision);
      g_ascii_formatd (text, sizeof text, format, value);
      if (g_ascii_strtod (text, NULL) == value)
        break;
    }
  for (const char *at = text; *at != 'e'; at++)
    if (g_ascii_isdigit (*at))
      digits[n++] = *at;
  *exponent = (int) g_ascii_strtoll (strchr (text, 'e') + 1, NULL, 10);
  while (n > 1 && digits[n - 1] == '0')
    n--;
  return n;
}

/* Java: plain from 0.001 up to 10,000,000, else one digit, a point, at least one digit, and E. */
static void
append_java_double (GString *text, double value)
{
  char digits[20];
  int exponent;
  unsigned n = shortest_digits (value, digits, &exponent);

  if (value == 0)
    g_string_append (text, "0.0");
  else if (exponent >= -3 && exponent < 0)
    {
      g_string_append_printf (text, "0.%.*s", -exponent - 1, "00");
      g_string_append_len (text, digits, n);
    }
  else if (exponent >= 0 && exponent < 7)
    {
      unsigned n_whole = (unsigned) exponent + 1;

      for (unsigned i = 0; i < MAX (n_whole + 1, n); i++)
        {
          if (i == n_whole)
            g_string_append_c (text, '.');
          g_string_append_c (text, i < n ? digits[i] : '0');
        }
    }
  else
    {
      g_string_append_printf (text, "%c.", digits[0]);
      g_string_append_len (text, n > 1 ? digits + 1 : "0", n > 1 ? n - 1 : 1);
      g_string_append_printf (text, "E%d", exponent);
    }
}

void
_rmq_json_writer_double (RmqJsonWriter *self, double value)
{
  g_autoptr (GString) text = NULL;

  if (value != value || value - value != 0)
    {
      _rmq_json_writer_null (self);
      return;
    }
  text = g_string_new (__builtin_signbit (value) ? "-" : "");
  append_java_double (text, __builtin_fabs (value));
  literal (self, text->str);
}

void
_rmq_json_writer_boolean (RmqJsonWriter *self, bool value)
{
  literal (self, value ? "true" : "false");
}

void
_rmq_json_writer_null (RmqJsonWriter *self)
{
  literal (self, "null");
}

/* By hand: message properties are full of these, and every send writes them. */
static void
escape_ascii (RmqByteWriter *out, unsigned char c)
{
  static const char short_form[] = {
    ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
  };
  static const char digits[] = "0123456789abcdef";

  if (c < sizeof short_form && short_form[c] != '\0')
    rmq_byte_writer_bytes (out, (const char[]){ '\\', short_form[c] }, 2);
  else
    rmq_byte_writer_bytes (out, (const char[]){ '\\', 'u', '0', '0', digits[c >> 4], digits[c & 0xf] }, 6);
}

/* The length of a run that goes out as it is: plain text, and valid UTF-8 beyond ASCII. */
static inline size_t
run_length (const char *at, const char *end)
{
  const char *start = at;
  unsigned n = 0;

  do
    {
      at += n;
      at += rmq_text_plain_length (at, (size_t) (end - at));
      n = at < end && (unsigned char) *at >= 0x80
              ? rmq_utf8_char_length ((const unsigned char *) at, (const unsigned char *) end)
              : 0;
    }
  while (n > 0);
  return (size_t) (at - start);
}

void
_rmq_json_escape (RmqByteWriter *out, RmqSlice value)
{
  const char *at = value.data;
  const char *end = at + value.len;

  while (at < end)
    {
      size_t run = run_length (at, end);

      rmq_byte_writer_bytes (out, at, run);
      at += run;
      if (at == end)
        return;
      if ((unsigned char) *at >= 0x80)
        rmq_byte_writer_string (out, RMQ_UTF8_REPLACEMENT);
      else
        escape_ascii (out, (unsigned char) *at);
      at++;
    }
}
