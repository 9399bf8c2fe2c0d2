/* SPDX-License-Identifier: Apache-2.0
 *
 * A compiled SQL92 expression and the properties it looks at.
 */
#include "rmq-sql-private.h"

#include <rmq/rmq.h>
#include "rmq-sql-parser-private.h"
#include "wire/rmq-properties-private.h"

#define VALUES_ON_STACK 16

struct _RmqSql
{
  gatomicrefcount ref_count;
  RmqSqlNode *root;
  GPtrArray *names; /* of char *: properties by number */
};

RmqSql *
_rmq_sql_compile (RmqSlice text, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  RmqSqlNode *root;
  RmqSql *self;

  if (text.len > RMQ_SQL_MAX_LENGTH)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION,
                   "SQL92 expression of %" G_GSIZE_FORMAT " bytes: this broker takes %d", text.len, RMQ_SQL_MAX_LENGTH);
      return NULL;
    }
  if (text.data == NULL)
    text = RMQ_SLICE_LITERAL ("");
  if (!g_utf8_validate_len (text.data, text.len, NULL))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION, "SQL92 expression that is not UTF-8");
      return NULL;
    }
  root = _rmq_sql_parse (text, names, error);
  if (root == NULL)
    return NULL;
  self = g_new (RmqSql, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->root = root;
  self->names = g_steal_pointer (&names);
  return self;
}

RmqSql *
_rmq_sql_ref (RmqSql *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
_rmq_sql_unref (RmqSql *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  _rmq_sql_node_free (self->root);
  g_ptr_array_unref (self->names);
  g_free (self);
}

bool
_rmq_sql_match (const RmqSql *self, RmqSlice properties)
{
  RmqSlice some[VALUES_ON_STACK];
  g_autofree RmqSlice *many = NULL;
  RmqSlice *values = some;
  RmqSqlValue result;

  if (self->names->len > VALUES_ON_STACK)
    values = many = g_new (RmqSlice, self->names->len);
  for (unsigned i = 0; i < self->names->len; i++)
    values[i] = _rmq_properties_text_find (properties, rmq_slice_from_string (self->names->pdata[i]));
  return _rmq_sql_node_evaluate (self->root, values, &result) && rmq_sql_value_is (&result, true);
}
