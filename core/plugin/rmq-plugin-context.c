/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqPluginContext: what init () of a plugin adds its features to. A module that adds other features than its manifest
 * promises is refused: the manifest is what people and the registry decide by.
 */
#include "rmq-plugin-private.h"
#include "rmq-plugin-point-private.h"

/**
 * RmqPluginContext:
 *
 * Where the init function of a plugin adds its features. It is valid during
 * that call only.
 */
struct _RmqPluginContext
{
  RmqPlugin *plugin;
  GPtrArray *added;
  GError *failure; /* the first one: init may ignore what add_feature answers */
};

static RmqPluginFeature *
find_added (RmqPluginContext *self, const char *point, const char *name)
{
  for (unsigned i = 0; i < self->added->len; i++)
    {
      RmqPluginFeature *feature = g_ptr_array_index (self->added, i);

      if (g_str_equal (rmq_plugin_feature_get_point (feature), point)
          && g_str_equal (rmq_plugin_feature_get_name (feature), name))
        return feature;
    }
  return NULL;
}

static bool
check_declared (const RmqPluginManifest *manifest, const char *point, const char *name, int rank, GError **error)
{
  bool declared = false;

  for (size_t i = 0; i < manifest->n_provides && !declared; i++)
    declared = g_str_equal (manifest->provides[i].point, point) && g_str_equal (manifest->provides[i].name, name);
  if (declared && rank == manifest->rank)
    return true;

  if (!declared)
    g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s adds %s/%s, which its manifest does not name",
                 manifest->module_path, point, name);
  else
    g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s adds %s/%s with rank %d, its manifest says %d",
                 manifest->module_path, point, name, rank, manifest->rank);
  return false;
}

static bool
add_feature (RmqPluginContext *self, const char *point_name, const char *name, GType type, int rank, GError **error)
{
  const RmqPluginPoint *point = _rmq_plugin_point_find (point_name);

  if (point == NULL || !_rmq_plugin_name_is_valid (name))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is not the name of %s",
                   point == NULL ? point_name : name, point == NULL ? "an extension point" : "a feature");
      return false;
    }
  if (self->plugin->manifest != NULL && !check_declared (self->plugin->manifest, point_name, name, rank, error))
    return false;
  if (find_added (self, point_name, name) != NULL)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s/%s is added twice", point_name, name);
      return false;
    }
  if (!_rmq_plugin_point_check_type (point, type, error))
    return false;

  g_ptr_array_add (self->added, _rmq_plugin_feature_new (self->plugin, point_name, name, rank, type));
  return true;
}

/**
 * rmq_plugin_context_add_feature:
 * @self: what init was given
 * @point: the extension point, such as `transport`
 * @name: the name of the feature: `a`-`z`, `0`-`9` and `-`
 * @type: the class that implements it: a subclass of the class of @point that
 *   is not abstract
 * @rank: 0, or the `Rank` of the manifest
 *
 * Adds a feature. When something is wrong with it the plugin is refused, with
 * an error that says why, whatever init returns.
 *
 * Returns: whether it was added
 */
gboolean
rmq_plugin_context_add_feature (RmqPluginContext *self, const char *point, const char *name, GType type, int rank)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (point != NULL && name != NULL, FALSE);

  return self->failure == NULL && add_feature (self, point, name, type, rank, &self->failure);
}

static bool
check_complete (RmqPluginContext *self, GError **error)
{
  const RmqPluginManifest *manifest = self->plugin->manifest;

  for (size_t i = 0; manifest != NULL && i < manifest->n_provides; i++)
    {
      if (find_added (self, manifest->provides[i].point, manifest->provides[i].name) != NULL)
        continue;
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s does not add %s/%s, which its manifest names",
                   manifest->module_path, manifest->provides[i].point, manifest->provides[i].name);
      return false;
    }
  return true;
}

GPtrArray *
_rmq_plugin_run_init (RmqPlugin *self, const RmqPluginDescriptor *descriptor, GError **error)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) failure = NULL;
  RmqPluginContext context = { self, added, NULL };
  bool ok = descriptor->init (&context, &failure);

  if (context.failure != NULL)
    {
      g_propagate_error (error, context.failure);
      return NULL;
    }
  if (!ok)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "The plugin %s cannot be used: %s", self->name,
                   failure != NULL ? failure->message : "its init failed without saying why");
      return NULL;
    }
  if (!check_complete (&context, error))
    return NULL;
  g_atomic_pointer_set (&self->license, descriptor->license);
  return g_steal_pointer (&added);
}
