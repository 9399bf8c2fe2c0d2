/* SPDX-License-Identifier: Apache-2.0
 *
 * "There is no transport/tpc. Did you mean tcp?"
 */
#include "rmq-plugin-suggest-private.h"
#include "base/rmq-suggest-private.h"
#include "rmq-plugin-point-private.h"
#include <rmq/rmq.h>

#define NEAR 2

static void
append_names (GString *text, const char *what, const char *name, GPtrArray *names)
{
  const char *near_name = _rmq_suggest_nearest (name, (const char *const *) names->pdata, names->len, NEAR);

  if (near_name != NULL)
    g_string_append_printf (text, " Did you mean \"%s\"?", near_name);
  g_string_append_printf (text, " %s", names->len > 0 ? what : "There is none.");
  for (unsigned i = 0; i < names->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : " ", (const char *) g_ptr_array_index (names, i));
  if (names->len > 0)
    g_string_append_c (text, '.');
}

void
_rmq_plugin_set_point_not_found (GError **error, const char *point)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (const RmqPluginPoint *known = _rmq_plugin_point_get_all (); known->name != NULL; known++)
    g_ptr_array_add (names, (void *) known->name);
  g_string_printf (text, "There is no extension point \"%s\".", point);
  append_names (text, "There are", point, names);
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND, text->str);
}

void
_rmq_plugin_set_feature_not_found (GError **error,
                                   const char *point,
                                   const char *name,
                                   GListModel *features,
                                   const char *const *paths,
                                   const char *const *problems)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < g_list_model_get_n_items (features); i++)
    {
      g_autoptr (RmqPluginFeature) feature = g_list_model_get_item (features, i);
      const char *known = rmq_plugin_feature_get_name (feature);

      if (!g_ptr_array_find_with_equal_func (names, known, g_str_equal, NULL))
        g_ptr_array_add (names, g_strdup (known));
    }

  g_string_printf (text, "No plugin provides %s/%s.", point, name);
  append_names (text, "There are", name, names);
  if (*paths != NULL)
    {
      g_autofree char *searched = g_strjoinv (", ", (char **) paths);

      g_string_append_printf (text, " Searched: %s.", searched);
    }
  for (size_t i = 0; problems[i] != NULL; i++)
    g_string_append_printf (text, " Not used: %s.", problems[i]);
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND, text->str);
}
