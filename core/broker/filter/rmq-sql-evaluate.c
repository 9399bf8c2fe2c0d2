/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluates compiled SQL92 expressions: TRUE, FALSE, NULL for unknown; operands that cannot be converted end it.
 */
#include "rmq-sql-node-private.h"

/* The operand that decides wins: FALSE of AND, TRUE of OR. Those behind it are not looked at. */
static bool
evaluate_logic (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  bool decisive = self->type == RMQ_SQL_NODE_OR;
  bool unknown = false;

  for (unsigned i = 0; i < self->nodes->len; i++)
    {
      if (!_rmq_sql_node_evaluate (rmq_sql_node_get (self, i), values, result))
        return false;
      if (rmq_sql_value_is (result, decisive))
        return true;
      unknown |= result->type == RMQ_SQL_NULL;
    }
  if (unknown)
    result->type = RMQ_SQL_NULL;
  else
    *result = rmq_sql_boolean (!decisive);
  return true;
}

static bool
evaluate_equal (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  RmqSqlValue left;
  RmqSqlValue right;
  bool equal;

  if (!_rmq_sql_node_evaluate (rmq_sql_node_get (self, 0), values, &left)
      || !_rmq_sql_node_evaluate (rmq_sql_node_get (self, 1), values, &right))
    return false;
  /* Unknown only when the left side is the one that is missing. */
  if (left.type == RMQ_SQL_NULL && right.type != RMQ_SQL_NULL)
    result->type = RMQ_SQL_NULL;
  else if (left.type == RMQ_SQL_NULL || right.type == RMQ_SQL_NULL)
    *result = rmq_sql_boolean (left.type == right.type);
  else if (!_rmq_sql_value_equal (&left, &right, &equal))
    return false;
  else
    *result = rmq_sql_boolean (equal);
  return true;
}

static bool
holds (RmqSqlNodeType type, int order)
{
  if (type == RMQ_SQL_NODE_GREATER)
    return order > 0;
  if (type == RMQ_SQL_NODE_GREATER_EQUAL)
    return order >= 0;
  if (type == RMQ_SQL_NODE_LESS)
    return order < 0;
  return order <= 0;
}

/* left is known, right is evaluated only when left is there. */
static bool
evaluate_order (RmqSqlNodeType type,
                const RmqSqlValue *left,
                const RmqSqlNode *right_node,
                const RmqSlice *values,
                RmqSqlValue *result)
{
  RmqSqlValue right;
  int order;

  result->type = RMQ_SQL_NULL;
  if (left->type == RMQ_SQL_NULL)
    return true;
  if (!_rmq_sql_node_evaluate (right_node, values, &right))
    return false;
  if (right.type == RMQ_SQL_NULL)
    return true;
  if (!_rmq_sql_value_compare (left, &right, &order))
    return false;
  *result = rmq_sql_boolean (holds (type, order));
  return true;
}

static bool
evaluate_comparison (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  RmqSqlValue left;

  return _rmq_sql_node_evaluate (rmq_sql_node_get (self, 0), values, &left)
         && evaluate_order (self->type, &left, rmq_sql_node_get (self, 1), values, result);
}

/* BETWEEN is >= AND <=, NOT BETWEEN is < OR >, with their order of evaluation. */
static bool
evaluate_between (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  bool within = self->type == RMQ_SQL_NODE_BETWEEN;
  bool unknown;
  RmqSqlValue left;

  if (!_rmq_sql_node_evaluate (rmq_sql_node_get (self, 0), values, &left)
      || !evaluate_order (within ? RMQ_SQL_NODE_GREATER_EQUAL : RMQ_SQL_NODE_LESS, &left, rmq_sql_node_get (self, 1),
                          values, result))
    return false;
  if (rmq_sql_value_is (result, !within))
    return true;
  unknown = result->type == RMQ_SQL_NULL;
  if (!evaluate_order (within ? RMQ_SQL_NODE_LESS_EQUAL : RMQ_SQL_NODE_GREATER, &left, rmq_sql_node_get (self, 2),
                       values, result))
    return false;
  if (unknown && !rmq_sql_value_is (result, !within))
    result->type = RMQ_SQL_NULL;
  return true;
}

static bool
evaluate_in (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  RmqSlice value = values[rmq_sql_node_get (self, 0)->property];
  g_autoptr (GBytes) key = NULL;

  result->type = RMQ_SQL_NULL;
  if (value.data == NULL)
    return true;
  key = g_bytes_new_static (value.data, value.len);
  *result = rmq_sql_boolean (g_hash_table_contains (self->set, key) != self->negated);
  return true;
}

static bool
find_text (RmqSqlNodeType type, RmqSlice text, RmqSlice search)
{
  if (search.len > text.len)
    return false;
  if (type == RMQ_SQL_NODE_STARTS_WITH)
    return memcmp (text.data, search.data, search.len) == 0;
  if (type == RMQ_SQL_NODE_ENDS_WITH)
    return memcmp (text.data + text.len - search.len, search.data, search.len) == 0;
  return memmem (text.data, text.len, search.data, search.len) != NULL;
}

/* Never unknown: without a string to look in, or anything to look for, it is false, with NOT and without. */
static bool
evaluate_find (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  RmqSqlValue text;

  *result = rmq_sql_boolean (false);
  if (self->value.string.len == 0)
    return true;
  if (!_rmq_sql_node_evaluate (rmq_sql_node_get (self, 0), values, &text))
    return false;
  if (text.type == RMQ_SQL_STRING)
    result->boolean = find_text (self->type, text.string, self->value.string) != self->negated;
  return true;
}

static bool
evaluate_unary (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  if (!_rmq_sql_node_evaluate (rmq_sql_node_get (self, 0), values, result))
    return false;
  if (self->type == RMQ_SQL_NODE_NEGATE)
    *result = _rmq_sql_value_negate (result);
  else if (self->type == RMQ_SQL_NODE_IS_NULL)
    *result = rmq_sql_boolean (result->type == RMQ_SQL_NULL);
  else if (self->type == RMQ_SQL_NODE_CAST && result->type != RMQ_SQL_NULL)
    *result = rmq_sql_boolean (false); /* a property is a string, never TRUE */
  else if (self->type == RMQ_SQL_NODE_NOT && result->type == RMQ_SQL_BOOLEAN)
    result->boolean = !result->boolean;
  return true;
}

static void
get_property (RmqSlice value, RmqSqlValue *result)
{
  result->type = value.data != NULL ? RMQ_SQL_STRING : RMQ_SQL_NULL;
  result->string = value;
}

bool
_rmq_sql_node_evaluate (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result)
{
  switch (self->type)
    {
    case RMQ_SQL_NODE_CONSTANT:
      *result = self->value;
      return true;
    case RMQ_SQL_NODE_PROPERTY:
      get_property (values[self->property], result);
      return true;
    case RMQ_SQL_NODE_AND:
    case RMQ_SQL_NODE_OR:
      return evaluate_logic (self, values, result);
    case RMQ_SQL_NODE_EQUAL:
      return evaluate_equal (self, values, result);
    case RMQ_SQL_NODE_BETWEEN:
    case RMQ_SQL_NODE_NOT_BETWEEN:
      return evaluate_between (self, values, result);
    case RMQ_SQL_NODE_GREATER:
    case RMQ_SQL_NODE_GREATER_EQUAL:
    case RMQ_SQL_NODE_LESS:
    case RMQ_SQL_NODE_LESS_EQUAL:
      return evaluate_comparison (self, values, result);
    case RMQ_SQL_NODE_IN:
      return evaluate_in (self, values, result);
    case RMQ_SQL_NODE_CONTAINS:
    case RMQ_SQL_NODE_STARTS_WITH:
    case RMQ_SQL_NODE_ENDS_WITH:
      return evaluate_find (self, values, result);
    case RMQ_SQL_NODE_NEGATE:
    case RMQ_SQL_NODE_CAST:
    case RMQ_SQL_NODE_NOT:
    case RMQ_SQL_NODE_IS_NULL:
    default:
      return evaluate_unary (self, values, result);
    }
}
