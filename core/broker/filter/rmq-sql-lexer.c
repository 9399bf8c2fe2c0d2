/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokens of SQL92 expressions: the longest match at a place wins, as in generated scanners.
 */
#include "rmq-sql-lexer-private.h"

static const struct
{
  const char *text;
  RmqSqlTokenType type;
} keywords[] = {
  { "NOT", RMQ_SQL_TOKEN_NOT },
  { "AND", RMQ_SQL_TOKEN_AND },
  { "OR", RMQ_SQL_TOKEN_OR },
  { "BETWEEN", RMQ_SQL_TOKEN_BETWEEN },
  { "IN", RMQ_SQL_TOKEN_IN },
  { "TRUE", RMQ_SQL_TOKEN_TRUE },
  { "FALSE", RMQ_SQL_TOKEN_FALSE },
  { "NULL", RMQ_SQL_TOKEN_NULL },
  { "IS", RMQ_SQL_TOKEN_IS },
  { "CONTAINS", RMQ_SQL_TOKEN_CONTAINS },
  { "STARTSWITH", RMQ_SQL_TOKEN_STARTS_WITH },
  { "ENDSWITH", RMQ_SQL_TOKEN_ENDS_WITH },
};

/* The longer ones first. */
static const struct
{
  const char *text;
  RmqSqlTokenType type;
} signs[] = {
  { "<>", RMQ_SQL_TOKEN_NOT_EQUAL }, { ">=", RMQ_SQL_TOKEN_GREATER_EQUAL }, { "<=", RMQ_SQL_TOKEN_LESS_EQUAL },
  { "=", RMQ_SQL_TOKEN_EQUAL },      { ">", RMQ_SQL_TOKEN_GREATER },        { "<", RMQ_SQL_TOKEN_LESS },
  { "(", RMQ_SQL_TOKEN_OPEN },       { ")", RMQ_SQL_TOKEN_CLOSE },          { ",", RMQ_SQL_TOKEN_COMMA },
  { "+", RMQ_SQL_TOKEN_PLUS },       { "-", RMQ_SQL_TOKEN_MINUS },
};

static bool
starts_with (const char *at, const char *end, const char *text)
{
  size_t len = strlen (text);

  return (size_t) (end - at) >= len && memcmp (at, text, len) == 0;
}

/* A comment up to the end of the line needs that end; without it the dashes are minus signs. */
static const char *
skip_comment (const char *at, const char *end)
{
  const char *close;

  if (starts_with (at, end, "--"))
    {
      for (close = at + 2; close < end; close++)
        if (*close == '\n' || *close == '\r')
          return close + 1;
    }
  else if (starts_with (at, end, "/*"))
    {
      close = memmem (at + 2, end - at - 2, "*/", 2);
      return close != NULL ? close + 2 : at;
    }
  return at;
}

static const char *
skip_blanks (const char *at, const char *end)
{
  for (const char *last = NULL; last != at;)
    {
      last = at;
      while (at < end && memchr (" \t\n\r\f", *at, 5) != NULL)
        at++;
      at = skip_comment (at, end);
    }
  return at;
}

static const char *
skip_digits (const char *at, const char *end)
{
  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at;
}

/* at itself when no whole exponent begins there. */
static const char *
skip_exponent (const char *at, const char *end)
{
  const char *digits = at + 1;
  const char *behind;

  if (at == end || g_ascii_tolower (*at) != 'e')
    return at;
  if (digits < end && (*digits == '+' || *digits == '-'))
    digits++;
  behind = skip_digits (digits, end);
  return behind > digits ? behind : at;
}

/* "0" and digits that begin with another are decimal; a point or an exponent makes any digits a floating point number.
 * So 007 is three tokens, and the expression ends behind the first. */
static RmqSqlTokenType
lex_number (const char **at, const char *end)
{
  const char *start = *at;
  const char *digits = skip_digits (start, end);
  const char *behind = digits;

  if (behind < end && *behind == '.')
    {
      behind = skip_digits (behind + 1, end);
      if (digits == start && behind == digits + 1)
        return RMQ_SQL_TOKEN_BAD;
      *at = skip_exponent (behind, end);
      return RMQ_SQL_TOKEN_FLOAT;
    }
  behind = skip_exponent (digits, end);
  if (behind > digits)
    {
      *at = behind;
      return RMQ_SQL_TOKEN_FLOAT;
    }
  if (*start == '0')
    digits = start + 1;
  else if (digits < end && g_ascii_tolower (*digits) == 'l')
    digits++;
  *at = digits;
  return RMQ_SQL_TOKEN_DECIMAL;
}

/* Two quotes are one in the string, unless no other follows: then the first of them closes it. */
static RmqSqlTokenType
lex_string (const char **at, const char *end)
{
  const char *close = NULL;

  for (const char *quote = *at + 1; (quote = memchr (quote, '\'', end - quote)) != NULL; quote += 2)
    {
      close = quote;
      if (quote + 1 == end || quote[1] != '\'')
        break;
    }
  if (close == NULL)
    return RMQ_SQL_TOKEN_BAD;
  *at = close + 1;
  return RMQ_SQL_TOKEN_STRING;
}

static bool
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '$';
}

static RmqSqlTokenType
lex_name (const char **at, const char *end)
{
  const char *start = *at;

  while (*at < end && is_name_char (**at))
    (*at)++;
  for (unsigned i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strlen (keywords[i].text) == (size_t) (*at - start)
        && g_ascii_strncasecmp (keywords[i].text, start, *at - start) == 0)
      return keywords[i].type;
  return RMQ_SQL_TOKEN_NAME;
}

static RmqSqlTokenType
lex_sign (const char **at, const char *end)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (signs); i++)
    if (starts_with (*at, end, signs[i].text))
      {
        *at += strlen (signs[i].text);
        return signs[i].type;
      }
  return RMQ_SQL_TOKEN_BAD;
}

RmqSqlToken
_rmq_sql_lex (const char **at, const char *end)
{
  RmqSqlToken token;
  const char *start;

  *at = start = skip_blanks (*at, end);
  if (start == end)
    token.type = RMQ_SQL_TOKEN_END;
  else if (g_ascii_isdigit (*start) || *start == '.')
    token.type = lex_number (at, end);
  else if (*start == '\'')
    token.type = lex_string (at, end);
  else if (is_name_char (*start))
    token.type = lex_name (at, end);
  else
    token.type = lex_sign (at, end);
  token.text = rmq_slice (start, *at - start);
  return token;
}
