/* SPDX-License-Identifier: Apache-2.0
 *
 * A list model of a client. What is wanted is kept beside what is shown, so that a turn with many changes, or with
 * changes that cancel each other, costs its views one change or none.
 */
#include "rmq-client-model-private.h"

#include <stdbool.h>

void
_rmq_client_model_init (RmqClientModel *self)
{
  self->shown = g_list_store_new (RMQ_TYPE_CLIENT_ITEM);
  self->wanted = g_ptr_array_new_with_free_func (g_object_unref);
}

void
_rmq_client_model_clear (RmqClientModel *self)
{
  g_clear_object (&self->shown);
  g_clear_pointer (&self->wanted, g_ptr_array_unref);
}

/* A name may stand there twice: while a connection is given up, the next one is made. The oldest goes first. */
static bool
find (GPtrArray *items, const char *name, guint *at)
{
  for (guint i = 0; i < items->len; i++)
    {
      if (!g_str_equal (rmq_client_item_get_name (items->pdata[i]), name))
        continue;
      *at = i;
      return true;
    }
  return false;
}

void
_rmq_client_model_add (RmqClientModel *self, const char *name)
{
  g_ptr_array_add (self->wanted, _rmq_client_item_new (name));
}

void
_rmq_client_model_remove (RmqClientModel *self, const char *name)
{
  guint at;

  if (find (self->wanted, name, &at))
    g_ptr_array_remove_index (self->wanted, at);
}

void
_rmq_client_model_replace (RmqClientModel *self, const char *const *names)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->wanted);
  g_autoptr (GHashTable) missing = g_hash_table_new (g_str_hash, g_str_equal); /* name → how often */
  GHashTableIter iter;
  gpointer name, count;

  for (const char *const *at = names; *at != NULL; at++)
    {
      count = g_hash_table_lookup (missing, *at);
      g_hash_table_insert (missing, (gpointer) *at, GINT_TO_POINTER (GPOINTER_TO_INT (count) + 1));
    }
  self->wanted = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < old->len; i++)
    {
      const char *known = rmq_client_item_get_name (old->pdata[i]);
      int left = GPOINTER_TO_INT (g_hash_table_lookup (missing, known));

      if (left == 0)
        continue;
      g_hash_table_insert (missing, (gpointer) known, GINT_TO_POINTER (left - 1));
      g_ptr_array_add (self->wanted, g_object_ref (old->pdata[i]));
    }
  g_hash_table_iter_init (&iter, missing);
  while (g_hash_table_iter_next (&iter, &name, &count))
    for (int i = 0; i < GPOINTER_TO_INT (count); i++)
      _rmq_client_model_add (self, name);
}

static bool
is_same (RmqClientModel *self, guint shown_at, guint wanted_at)
{
  g_autoptr (RmqClientItem) item = g_list_model_get_item (G_LIST_MODEL (self->shown), shown_at);

  return item == self->wanted->pdata[wanted_at];
}

void
_rmq_client_model_flush (RmqClientModel *self)
{
  guint n_shown = g_list_model_get_n_items (G_LIST_MODEL (self->shown));
  guint n_wanted = self->wanted->len;
  guint first = 0;

  while (first < n_shown && first < n_wanted && is_same (self, first, first))
    first++;
  while (n_shown > first && n_wanted > first && is_same (self, n_shown - 1, n_wanted - 1))
    {
      n_shown--;
      n_wanted--;
    }
  if (n_shown > first || n_wanted > first)
    g_list_store_splice (self->shown, first, n_shown - first, self->wanted->pdata + first, n_wanted - first);
}
