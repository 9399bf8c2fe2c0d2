/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads values out of a JSON tree with the conversions that the Java side does: numbers in strings, booleans as
 * numbers.
 */
#include "rmq-json-private.h"

/* Beyond this a double no longer stands for one integer. */
#define MAX_EXACT_DOUBLE 9007199254740992.0

const RmqJsonNode *
_rmq_json_find (const RmqJsonNode *object, const char *name)
{
  const RmqJsonNode *found = NULL;
  size_t len;

  if (object == NULL || object->type != RMQ_JSON_OBJECT)
    return NULL;
  len = strlen (name);
  /* An integer key matches by its text, so that {0:…} and {"0":…} are the same. */
  for (const RmqJsonNode *member = object->first; member != NULL; member = member->next)
    if (member->key->string.len == len && member->key->type != RMQ_JSON_OBJECT
        && memcmp (member->key->string.data, name, len) == 0)
      found = member;
  return found;
}

bool
_rmq_json_get_string (const RmqJsonNode *node, RmqSlice *value)
{
  if (node == NULL || node->type == RMQ_JSON_NULL || node->type == RMQ_JSON_ARRAY || node->type == RMQ_JSON_OBJECT)
    return false;
  *value = node->string;
  return true;
}

static bool
parse_int64 (RmqSlice text, int64_t *value)
{
  const char *at = text.data;
  const char *end = at + text.len;
  bool negative = text.len > 0 && *at == '-';
  int64_t sum = 0;

  if (text.len > 0 && (*at == '-' || *at == '+'))
    at++;
  if (at == end)
    return false;
  /* Negative, because that range is the wider one. */
  for (; at < end; at++)
    if (!g_ascii_isdigit (*at) || __builtin_mul_overflow (sum, 10, &sum)
        || __builtin_sub_overflow (sum, *at - '0', &sum))
      return false;
  if (!negative && sum == INT64_MIN)
    return false;
  *value = negative ? sum : -sum;
  return true;
}

bool
_rmq_json_get_int64 (const RmqJsonNode *node, int64_t *value)
{
  if (node == NULL)
    return false;
  switch (node->type)
    {
    case RMQ_JSON_INTEGER:
      *value = node->integer;
      return true;
    case RMQ_JSON_NUMBER:
      if (!(node->number >= -MAX_EXACT_DOUBLE && node->number <= MAX_EXACT_DOUBLE)
          || (double) (int64_t) node->number != node->number)
        return false;
      *value = (int64_t) node->number;
      return true;
    case RMQ_JSON_STRING:
      return parse_int64 (node->string, value);
    default:
      return false;
    }
}

bool
_rmq_json_get_int32 (const RmqJsonNode *node, int32_t *value)
{
  int64_t wide;

  if (!_rmq_json_get_int64 (node, &wide) || wide < INT32_MIN || wide > INT32_MAX)
    return false;
  *value = (int32_t) wide;
  return true;
}

static bool
parse_double (RmqSlice text, double *value)
{
  g_autofree char *copy = NULL;
  char *end;

  /* No number needs more, and strtod () would skip spaces and read hexadecimals and names. */
  if (text.len == 0 || text.len > 512 || !(g_ascii_isdigit (text.data[0]) || strchr ("+-.", text.data[0])))
    return false;
  for (size_t i = 0; i < text.len; i++)
    if (!g_ascii_isdigit (text.data[i]) && (text.data[i] == '\0' || strchr ("+-.eE", text.data[i]) == NULL))
      return false;
  copy = g_strndup (text.data, text.len);
  *value = g_ascii_strtod (copy, &end);
  return *end == '\0';
}

bool
_rmq_json_get_double (const RmqJsonNode *node, double *value)
{
  if (node == NULL)
    return false;
  switch (node->type)
    {
    case RMQ_JSON_INTEGER:
      *value = (double) node->integer;
      return true;
    case RMQ_JSON_NUMBER:
      *value = node->number;
      return true;
    case RMQ_JSON_STRING:
      return parse_double (node->string, value);
    default:
      return false;
    }
}

bool
_rmq_json_get_boolean (const RmqJsonNode *node, bool *value)
{
  RmqSlice text;

  if (node == NULL)
    return false;
  switch (node->type)
    {
    case RMQ_JSON_BOOLEAN:
      *value = node->boolean;
      return true;
    case RMQ_JSON_INTEGER:
      *value = node->integer == 1;
      return node->integer == 0 || node->integer == 1;
    case RMQ_JSON_STRING:
      text = node->string;
      *value = text.len == 4 && g_ascii_strncasecmp (text.data, "true", 4) == 0;
      return *value || (text.len == 5 && g_ascii_strncasecmp (text.data, "false", 5) == 0);
    default:
      return false;
    }
}
