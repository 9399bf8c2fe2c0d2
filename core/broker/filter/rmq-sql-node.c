/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes of compiled SQL92 expressions: making, freeing, and the checks of operands that need no message.
 */
#include "rmq-sql-node-private.h"

RmqSqlNode *
_rmq_sql_node_new (RmqSqlNodeType type)
{
  RmqSqlNode *self = g_new0 (RmqSqlNode, 1);

  self->type = type;
  self->depth = 1;
  return self;
}

/* Recursive, as deep as the tree, which its maker bounds. */
void
_rmq_sql_node_free (RmqSqlNode *self)
{
  if (self->value.type == RMQ_SQL_STRING)
    g_free ((char *) self->value.string.data);
  g_clear_pointer (&self->set, g_hash_table_unref);
  g_clear_pointer (&self->nodes, g_ptr_array_unref);
  g_free (self);
}

void
_rmq_sql_node_add (RmqSqlNode *self, RmqSqlNode *node)
{
  if (self->nodes == NULL)
    self->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_sql_node_free);
  g_ptr_array_add (self->nodes, node);
  self->depth = MAX (self->depth, node->depth + 1);
}

static bool
is_null (const RmqSqlNode *node)
{
  return node->type == RMQ_SQL_NODE_CONSTANT && node->value.type == RMQ_SQL_NULL;
}

const char *
_rmq_sql_node_check_equal (const RmqSqlNode *left, const RmqSqlNode *right)
{
  if (is_null (left) || is_null (right))
    return "NULL is not compared: IS NULL asks for it";
  if (left->type == RMQ_SQL_NODE_CONSTANT && rmq_sql_node_is_boolean (left) && right->type == RMQ_SQL_NODE_CONSTANT
      && !rmq_sql_node_is_boolean (right))
    return "TRUE and FALSE are not compared with a number or a string";
  return NULL;
}

const char *
_rmq_sql_node_check_order (const RmqSqlNode *operand)
{
  if (operand->type == RMQ_SQL_NODE_CONSTANT && !rmq_sql_value_is_number (&operand->value))
    return "only numbers have an order";
  if (rmq_sql_node_is_boolean (operand))
    return "a condition has no order";
  return NULL;
}

const char *
_rmq_sql_node_check_between (const RmqSqlNode *low, const RmqSqlNode *high)
{
  int order;

  if (low->type != RMQ_SQL_NODE_CONSTANT || high->type != RMQ_SQL_NODE_CONSTANT
      || !rmq_sql_value_is_number (&low->value) || !rmq_sql_value_is_number (&high->value))
    return NULL; /* anything that is wrong with those, the check of order says */
  if (_rmq_sql_value_compare (&high->value, &low->value, &order) && order < 0)
    return "the second value of BETWEEN is less than the first";
  return NULL;
}
