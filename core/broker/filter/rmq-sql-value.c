/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads numbers as Java's valueOf () does, and compares values as the Java filter does.
 */
#include "rmq-sql-value-private.h"

#include <math.h>

/* Also the decimal digits of other scripts, as Character.digit () has them for one UTF-16 unit. */
static bool
next_digit (const char **at, const char *end, int *digit)
{
  gunichar c;

  if (g_ascii_isdigit (**at))
    {
      *digit = *(*at)++ - '0';
      return true;
    }
  if ((signed char) **at >= 0)
    return false;
  c = g_utf8_get_char_validated (*at, end - *at);
  if (c > 0xffff || !g_unichar_isdigit (c))
    return false;
  *digit = g_unichar_digit_value (c);
  *at = g_utf8_next_char (*at);
  return true;
}

static bool
parse_integer (RmqSlice text, int64_t min, int64_t max, int64_t *number)
{
  const char *at = text.data;
  const char *end = text.data + text.len;
  bool negative = false;
  int64_t value = 0; /* negative, which has room for the minimum */
  int digit;

  if (text.len > 0 && (*at == '-' || *at == '+'))
    negative = *at++ == '-';
  if (at == end)
    return false;
  while (at < end)
    {
      if (!next_digit (&at, end, &digit) || value < (INT64_MIN + digit) / 10)
        return false;
      value = value * 10 - digit;
    }
  if (value < min || (!negative && value < -max))
    return false;
  *number = negative ? value : -value;
  return true;
}

bool
_rmq_sql_parse_long (RmqSlice text, int64_t *number)
{
  return parse_integer (text, INT64_MIN, INT64_MAX, number);
}

bool
_rmq_sql_parse_int (RmqSlice text, int64_t *number)
{
  return parse_integer (text, INT32_MIN, INT32_MAX, number);
}

static size_t
skip_digits (RmqSlice text, size_t at, bool hex)
{
  while (at < text.len && (hex ? g_ascii_isxdigit (text.data[at]) : g_ascii_isdigit (text.data[at])))
    at++;
  return at;
}

/* Behind an exponent that begins with letter, or at itself when there is none; 0: it is cut short. */
static size_t
skip_exponent (RmqSlice text, size_t at, char letter)
{
  size_t digits;

  if (at == text.len || g_ascii_tolower (text.data[at]) != letter)
    return at;
  at++;
  if (at < text.len && (text.data[at] == '+' || text.data[at] == '-'))
    at++;
  digits = at;
  at = skip_digits (text, at, false);
  return at > digits ? at : 0;
}

/* How much of text, which has no sign, is a number in the grammar of Double.valueOf () without its suffix; or 0. */
static size_t
measure_number (RmqSlice text)
{
  bool hex = text.len > 2 && text.data[0] == '0' && g_ascii_tolower (text.data[1]) == 'x';
  size_t start = hex ? 2 : 0;
  size_t at = skip_digits (text, start, hex);
  size_t n_digits = at - start;
  size_t end;

  if (at < text.len && text.data[at] == '.')
    {
      start = at + 1;
      at = skip_digits (text, start, hex);
      n_digits += at - start;
    }
  if (n_digits == 0)
    return 0;
  end = skip_exponent (text, at, hex ? 'p' : 'e');
  return hex && end == at ? 0 : end;
}

static RmqSlice
trim (RmqSlice text)
{
  while (text.len > 0 && (unsigned char) text.data[0] <= ' ')
    text = rmq_slice (text.data + 1, text.len - 1);
  while (text.len > 0 && (unsigned char) text.data[text.len - 1] <= ' ')
    text.len--;
  return text;
}

static double
convert_number (RmqSlice text)
{
  char buffer[64];
  g_autofree char *large = NULL;

  if (text.len >= sizeof buffer)
    {
      large = rmq_slice_dup (text);
      return g_ascii_strtod (large, NULL);
    }
  memcpy (buffer, text.data, text.len);
  buffer[text.len] = '\0';
  return g_ascii_strtod (buffer, NULL);
}

bool
_rmq_sql_parse_double (RmqSlice text, double *number)
{
  bool negative = false;
  double value;
  size_t len;

  text = trim (text);
  if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    {
      negative = text.data[0] == '-';
      text = rmq_slice (text.data + 1, text.len - 1);
    }
  if (rmq_slice_equal_string (text, "NaN"))
    value = NAN;
  else if (rmq_slice_equal_string (text, "Infinity"))
    value = INFINITY;
  else
    {
      len = measure_number (text);
      if (len == 0 || text.len - len > 1 || (len < text.len && memchr ("fFdD", text.data[len], 4) == NULL))
        return false;
      value = convert_number (rmq_slice (text.data, len));
    }
  *number = negative ? -value : value;
  return true;
}

RmqSqlValue
_rmq_sql_value_negate (const RmqSqlValue *self)
{
  RmqSqlValue result = *self;

  if (self->type == RMQ_SQL_DOUBLE)
    result.number = -self->number;
  else if (self->type == RMQ_SQL_INT)
    result.integer = (int32_t) (0 - (uint32_t) self->integer);
  else if (self->type == RMQ_SQL_LONG)
    result.integer = (int64_t) (0 - (uint64_t) self->integer);
  else
    result.type = RMQ_SQL_NULL;
  return result;
}

/* A string becomes what the other side is. */
static bool
convert_string (RmqSqlValue *self, RmqSqlType type)
{
  RmqSlice text = self->string;

  self->type = type;
  if (type == RMQ_SQL_INT)
    return _rmq_sql_parse_int (text, &self->integer);
  if (type == RMQ_SQL_LONG)
    return _rmq_sql_parse_long (text, &self->integer);
  if (type == RMQ_SQL_DOUBLE)
    return _rmq_sql_parse_double (text, &self->number);
  self->boolean = text.len == 4 && g_ascii_strncasecmp (text.data, "true", 4) == 0;
  return true;
}

/* Double.compare (): a total order, in which -0.0 is below 0.0 and NaN above everything. */
static int
compare_doubles (double a, double b)
{
  if (a < b)
    return -1;
  if (a > b)
    return 1;
  if (isnan (a) || isnan (b))
    return (isnan (a) != 0) - (isnan (b) != 0);
  return (signbit (b) != 0) - (signbit (a) != 0);
}

static int
compare_numbers (const RmqSqlValue *a, const RmqSqlValue *b)
{
  if (a->type != RMQ_SQL_DOUBLE && b->type != RMQ_SQL_DOUBLE)
    return (a->integer > b->integer) - (a->integer < b->integer);
  return compare_doubles (a->type == RMQ_SQL_DOUBLE ? a->number : (double) a->integer,
                          b->type == RMQ_SQL_DOUBLE ? b->number : (double) b->integer);
}

bool
_rmq_sql_value_equal (const RmqSqlValue *a, const RmqSqlValue *b, bool *equal)
{
  RmqSqlValue left = *a;
  RmqSqlValue right = *b;

  if (left.type == RMQ_SQL_STRING && right.type == RMQ_SQL_STRING)
    {
      *equal = rmq_slice_equal (left.string, right.string);
      return true;
    }
  /* A boolean that stands first is not compared with a string: the Java filter fails in that order only. */
  if (left.type == RMQ_SQL_BOOLEAN && right.type == RMQ_SQL_STRING)
    return false;
  if (left.type == RMQ_SQL_STRING && !convert_string (&left, right.type))
    return false;
  if (right.type == RMQ_SQL_STRING && !convert_string (&right, left.type))
    return false;
  if (left.type == RMQ_SQL_BOOLEAN || right.type == RMQ_SQL_BOOLEAN)
    *equal = left.type == right.type && left.boolean == right.boolean;
  else
    *equal = compare_numbers (&left, &right) == 0;
  return true;
}

bool
_rmq_sql_value_compare (const RmqSqlValue *a, const RmqSqlValue *b, int *order)
{
  RmqSqlValue left = *a;
  RmqSqlValue right = *b;

  if (left.type == RMQ_SQL_STRING
      && !convert_string (&left, right.type == RMQ_SQL_STRING ? RMQ_SQL_DOUBLE : right.type))
    return false;
  if (right.type == RMQ_SQL_STRING && !convert_string (&right, left.type))
    return false;
  *order = compare_numbers (&left, &right);
  return true;
}
