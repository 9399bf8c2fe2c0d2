/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of a compiled SQL92 expression. Its makers refuse what the Java filter refuses when it builds its own.
 */
#pragma once

#include "rmq-sql-value-private.h"

typedef enum
{
  RMQ_SQL_NODE_CONSTANT,
  RMQ_SQL_NODE_PROPERTY,
  RMQ_SQL_NODE_NEGATE,
  /* From here on: a boolean, or NULL. */
  RMQ_SQL_NODE_CAST, /* of a property, to a boolean */
  RMQ_SQL_NODE_NOT,
  RMQ_SQL_NODE_AND,
  RMQ_SQL_NODE_OR,
  RMQ_SQL_NODE_EQUAL,
  RMQ_SQL_NODE_IS_NULL,
  RMQ_SQL_NODE_GREATER,
  RMQ_SQL_NODE_GREATER_EQUAL,
  RMQ_SQL_NODE_LESS,
  RMQ_SQL_NODE_LESS_EQUAL,
  RMQ_SQL_NODE_BETWEEN,
  RMQ_SQL_NODE_NOT_BETWEEN,
  RMQ_SQL_NODE_IN,
  RMQ_SQL_NODE_CONTAINS,
  RMQ_SQL_NODE_STARTS_WITH,
  RMQ_SQL_NODE_ENDS_WITH,
} RmqSqlNodeType;

typedef struct _RmqSqlNode RmqSqlNode;
struct _RmqSqlNode
{
  RmqSqlNodeType type;
  unsigned depth;    /* of the tree below, this one included */
  bool negated;      /* NOT IN, NOT CONTAINS … */
  unsigned property; /* its number */
  RmqSqlValue value; /* of a constant; the string of CONTAINS and its like. A string is owned */
  GHashTable *set;   /* IN: GBytes */
  GPtrArray *nodes;  /* of RmqSqlNode: operands */
};

RmqSqlNode *_rmq_sql_node_new (RmqSqlNodeType type);
void _rmq_sql_node_free (RmqSqlNode *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqSqlNode, _rmq_sql_node_free)

/* Takes node, which becomes the last operand. */
void _rmq_sql_node_add (RmqSqlNode *self, RmqSqlNode *node);

static inline RmqSqlNode *
rmq_sql_node_get (const RmqSqlNode *self, unsigned i)
{
  return g_ptr_array_index (self->nodes, i);
}

/* Whether it is of a type that the grammar takes as a condition, without a cast. */
static inline bool
rmq_sql_node_is_boolean (const RmqSqlNode *self)
{
  if (self->type == RMQ_SQL_NODE_CONSTANT)
    return self->value.type == RMQ_SQL_BOOLEAN || self->value.type == RMQ_SQL_NULL;
  return self->type >= RMQ_SQL_NODE_CAST;
}

/* Why these operands cannot be compared; NULL: they can. */
const char *_rmq_sql_node_check_equal (const RmqSqlNode *left, const RmqSqlNode *right);
const char *_rmq_sql_node_check_order (const RmqSqlNode *operand);
const char *_rmq_sql_node_check_between (const RmqSqlNode *low, const RmqSqlNode *high);

/* values: one a property, RMQ_SLICE_NULL: the message has none. false: an operand cannot be converted. */
bool _rmq_sql_node_evaluate (const RmqSqlNode *self, const RmqSlice *values, RmqSqlValue *result);
