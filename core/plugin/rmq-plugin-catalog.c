/* SPDX-License-Identifier: Apache-2.0
 *
 * What plugins there are, and the opening of them. Two locks: `load_lock`, recursive, around the reading of folders and
 * everything that runs plugin code in init; `lock` around the tables. Neither is held while an object is made.
 */
#include "rmq-plugin-catalog-private.h"
#include "rmq-plugin-point-private.h"
#include "rmq-plugin-private.h"
#include "rmq-plugin-scan-private.h"
#include "rmq-plugin-suggest-private.h"
#include "base/rmq-sync-private.h"

struct _RmqPluginCatalog
{
  RmqPluginAdded added;
  void *data;
  RmqPlugin *application; /* whose are the types that were registered one by one */

  GRecMutex load_lock;
  int scan_pending; /* atomic; changed under load_lock */

  GMutex lock;
  GPtrArray *features;
  GHashTable *plugin_names;
  GPtrArray *paths;
  GPtrArray *problems;
  unsigned n_opened;
};

RmqPluginCatalog *
_rmq_plugin_catalog_new (RmqPluginAdded added, void *data, bool scan_default_paths)
{
  RmqPluginCatalog *self = g_new0 (RmqPluginCatalog, 1);

  self->added = added;
  self->data = data;
  self->scan_pending = scan_default_paths;
  g_rec_mutex_init (&self->load_lock);
  g_mutex_init (&self->lock);
  self->features = g_ptr_array_new_with_free_func (g_object_unref);
  self->plugin_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  self->application = _rmq_plugin_new ("application", NULL, NULL);
  return self;
}

void
_rmq_plugin_catalog_free (RmqPluginCatalog *self)
{
  g_ptr_array_unref (self->features);
  g_hash_table_unref (self->plugin_names);
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->problems);
  _rmq_plugin_unref (self->application);
  g_rec_mutex_clear (&self->load_lock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
_rmq_plugin_catalog_add_problem (RmqPluginCatalog *self, const char *problem)
{
  rmq_mutex_lock (&self->lock);
  g_ptr_array_add (self->problems, g_strdup (problem));
  rmq_mutex_unlock (&self->lock);
}

static void
add_feature (RmqPluginCatalog *self, RmqPluginFeature *feature)
{
  rmq_mutex_lock (&self->lock);
  g_ptr_array_add (self->features, g_object_ref (feature));
  rmq_mutex_unlock (&self->lock);
  self->added (feature, self->data);
}

/* The first plugin of a name counts. */
static bool
claim_name (RmqPluginCatalog *self, const char *name)
{
  bool first;

  rmq_mutex_lock (&self->lock);
  first = g_hash_table_add (self->plugin_names, g_strdup (name));
  rmq_mutex_unlock (&self->lock);
  return first;
}

static const char *
find_unknown_point (const RmqPluginManifest *manifest)
{
  for (size_t i = 0; i < manifest->n_provides; i++)
    if (_rmq_plugin_point_find (manifest->provides[i].point) == NULL)
      return manifest->provides[i].point;
  return NULL;
}

static void
on_manifest (RmqPluginManifest *manifest, void *data)
{
  RmqPluginCatalog *self = data;
  g_autoptr (RmqPlugin) plugin = _rmq_plugin_new_from_manifest (manifest);
  const char *unknown = find_unknown_point (manifest);
  g_autofree char *problem = NULL;

  if (unknown != NULL)
    problem = g_strdup_printf ("%s: its manifest names the extension point %s, which rmq-glib %s does not have",
                               manifest->module_path, unknown, rmq_get_version ());
  else if (!claim_name (self, plugin->name))
    problem = g_strdup_printf ("%s: not used, because another plugin %s was found before", manifest->module_path,
                               plugin->name);
  if (problem != NULL)
    {
      _rmq_plugin_catalog_add_problem (self, problem);
      return;
    }

  for (size_t i = 0; i < manifest->n_provides; i++)
    {
      const RmqPluginProvide *provide = &manifest->provides[i];
      g_autoptr (RmqPluginFeature) feature = NULL;

      feature = _rmq_plugin_feature_new (plugin, provide->point, provide->name, manifest->rank, G_TYPE_INVALID);
      add_feature (self, feature);
    }
}

static void
on_problem (const GError *problem, void *data)
{
  _rmq_plugin_catalog_add_problem (data, problem->message);
}

static bool
add_path (RmqPluginCatalog *self, const char *path, GError **error)
{
  g_autoptr (GRecMutexLocker) locker = g_rec_mutex_locker_new (&self->load_lock);

  rmq_mutex_lock (&self->lock);
  g_ptr_array_add (self->paths, g_strdup (path));
  rmq_mutex_unlock (&self->lock);
  return _rmq_plugin_scan (path, on_manifest, on_problem, self, error);
}

/* The folders are not read before something is looked for. */
static void
ensure_scanned (RmqPluginCatalog *self)
{
  g_autoptr (GRecMutexLocker) locker = NULL;
  g_auto (GStrv) paths = NULL;

  if (!g_atomic_int_get (&self->scan_pending))
    return;
  locker = g_rec_mutex_locker_new (&self->load_lock);
  if (!g_atomic_int_get (&self->scan_pending))
    return;

  paths = _rmq_plugin_default_paths (_rmq_plugin_process_is_secure (), g_getenv ("RMQ_PLUGIN_PATH"));
  for (char **path = paths; *path != NULL; path++)
    {
      g_autoptr (GError) failure = NULL;

      if (!add_path (self, *path, &failure) && !g_error_matches (failure, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND))
        _rmq_plugin_catalog_add_problem (self, failure->message);
    }
  g_atomic_int_set (&self->scan_pending, FALSE);
}

bool
_rmq_plugin_catalog_add_path (RmqPluginCatalog *self, const char *path, GError **error)
{
  ensure_scanned (self);
  return add_path (self, path, error);
}

bool
_rmq_plugin_catalog_add_builtin (RmqPluginCatalog *self,
                                 const char *name,
                                 RmqPluginGetDescriptor get_descriptor,
                                 const char *description,
                                 GError **error)
{
  const RmqPluginDescriptor *descriptor = get_descriptor ();
  g_autofree char *where = g_strdup_printf ("The built-in plugin %s", name);
  g_autoptr (GRecMutexLocker) locker = g_rec_mutex_locker_new (&self->load_lock);
  g_autoptr (RmqPlugin) plugin = NULL;
  g_autoptr (GPtrArray) added = NULL;

  if (!_rmq_plugin_check_descriptor (descriptor, name, where, error))
    return false;
  plugin = _rmq_plugin_new (name, descriptor->version, description);
  added = _rmq_plugin_run_init (plugin, descriptor, error);
  if (added == NULL)
    return false;
  if (!claim_name (self, name))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s is there twice", where);
      return false;
    }
  for (unsigned i = 0; i < added->len; i++)
    add_feature (self, g_ptr_array_index (added, i));
  return true;
}

/* Needs the lock. */
static RmqPluginFeature *
find_registered (RmqPluginCatalog *self, const char *point, const char *name, int rank)
{
  for (unsigned i = 0; i < self->features->len; i++)
    {
      RmqPluginFeature *feature = g_ptr_array_index (self->features, i);

      if (_rmq_plugin_feature_get_plugin (feature) == self->application && rmq_plugin_feature_get_rank (feature) == rank
          && g_str_equal (rmq_plugin_feature_get_name (feature), name)
          && g_str_equal (rmq_plugin_feature_get_point (feature), point))
        return feature;
    }
  return NULL;
}

static bool
check_registration (const char *point_name, const char *name, GType type, GError **error)
{
  const RmqPluginPoint *point = _rmq_plugin_point_find (point_name);

  if (point == NULL)
    {
      _rmq_plugin_set_point_not_found (error, point_name);
      return false;
    }
  if (!_rmq_plugin_name_is_valid (name))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT,
                   "\"%s\" is not the name of a feature: a-z, 0-9 and - are allowed, a letter first", name);
      return false;
    }
  return _rmq_plugin_point_check_type (point, type, error);
}

bool
_rmq_plugin_catalog_add_type (RmqPluginCatalog *self,
                              const char *point,
                              const char *name,
                              GType type,
                              int rank,
                              GError **error)
{
  g_autoptr (RmqPluginFeature) feature = NULL;
  RmqPluginFeature *before;
  GType type_before = G_TYPE_INVALID;

  if (!check_registration (point, name, type, error))
    return false;

  feature = _rmq_plugin_feature_new (self->application, point, name, rank, type);
  rmq_mutex_lock (&self->lock);
  before = find_registered (self, point, name, rank);
  if (before == NULL)
    g_ptr_array_add (self->features, g_object_ref (feature));
  else
    type_before = rmq_plugin_feature_get_feature_type (before);
  rmq_mutex_unlock (&self->lock);

  if (before == NULL)
    {
      self->added (feature, self->data);
      return true;
    }
  if (type_before == type) /* again: no harm done */
    return true;
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT,
               "%s/%s is already registered, with the type %s and the same rank", point, name,
               g_type_name (type_before));
  return false;
}

static void
set_types (RmqPluginCatalog *self, RmqPlugin *plugin, GPtrArray *added)
{
  rmq_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->features->len; i++)
    {
      RmqPluginFeature *feature = g_ptr_array_index (self->features, i);

      if (_rmq_plugin_feature_get_plugin (feature) != plugin)
        continue;
      for (unsigned j = 0; j < added->len; j++)
        {
          RmqPluginFeature *typed = g_ptr_array_index (added, j);

          if (g_str_equal (rmq_plugin_feature_get_point (typed), rmq_plugin_feature_get_point (feature))
              && g_str_equal (rmq_plugin_feature_get_name (typed), rmq_plugin_feature_get_name (feature)))
            _rmq_plugin_feature_set_type (feature, rmq_plugin_feature_get_feature_type (typed));
        }
    }
  rmq_mutex_unlock (&self->lock);
}

static bool
open_and_init (RmqPluginCatalog *self, RmqPlugin *plugin, GError **error)
{
  const RmqPluginDescriptor *descriptor;
  g_autoptr (GPtrArray) added = NULL;
  bool opened = false;

  descriptor = _rmq_plugin_open (plugin, &opened, error);
  if (opened)
    {
      rmq_mutex_lock (&self->lock);
      self->n_opened++;
      rmq_mutex_unlock (&self->lock);
    }
  if (descriptor == NULL)
    return false;
  added = _rmq_plugin_run_init (plugin, descriptor, error);
  if (added == NULL)
    return false;
  set_types (self, plugin, added);
  return true;
}

/* Once: what fails, fails again in the same way. */
bool
_rmq_plugin_catalog_open (RmqPluginCatalog *self, RmqPluginFeature *feature, GError **error)
{
  RmqPlugin *plugin = _rmq_plugin_feature_get_plugin (feature);
  g_autoptr (GRecMutexLocker) locker = NULL;

  if (rmq_plugin_feature_get_feature_type (feature) != G_TYPE_INVALID)
    return true;

  locker = g_rec_mutex_locker_new (&self->load_lock);
  if (plugin->state == RMQ_PLUGIN_OPENING)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "The init of plugin %s asks for a feature of its own",
                   plugin->name);
      return false;
    }
  if (plugin->state == RMQ_PLUGIN_CLOSED)
    {
      plugin->state = RMQ_PLUGIN_OPENING;
      if (open_and_init (self, plugin, &plugin->failure))
        plugin->state = RMQ_PLUGIN_OPEN;
      else
        plugin->state = RMQ_PLUGIN_BROKEN;
    }
  if (plugin->state == RMQ_PLUGIN_OPEN)
    return true;
  if (error != NULL)
    *error = g_error_copy (plugin->failure);
  return false;
}

/* Needs the lock. */
static RmqPluginFeature *
find_best (RmqPluginCatalog *self, const char *point, const char *name)
{
  RmqPluginFeature *best = NULL;

  for (unsigned i = 0; i < self->features->len; i++)
    {
      RmqPluginFeature *feature = g_ptr_array_index (self->features, i);

      if (g_str_equal (rmq_plugin_feature_get_name (feature), name)
          && g_str_equal (rmq_plugin_feature_get_point (feature), point)
          && (best == NULL || rmq_plugin_feature_get_rank (feature) > rmq_plugin_feature_get_rank (best)))
        best = feature;
    }
  return best;
}

RmqPluginFeature *
_rmq_plugin_catalog_find (RmqPluginCatalog *self, const char *point, const char *name)
{
  RmqPluginFeature *feature;

  ensure_scanned (self);
  rmq_mutex_lock (&self->lock);
  feature = find_best (self, point, name);
  if (feature != NULL)
    g_object_ref (feature);
  rmq_mutex_unlock (&self->lock);
  return feature;
}

GPtrArray *
_rmq_plugin_catalog_list (RmqPluginCatalog *self, const char *point)
{
  GPtrArray *chosen = g_ptr_array_new_with_free_func (g_object_unref);

  ensure_scanned (self);
  rmq_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->features->len; i++)
    {
      RmqPluginFeature *feature = g_ptr_array_index (self->features, i);

      if (point == NULL || g_str_equal (rmq_plugin_feature_get_point (feature), point))
        g_ptr_array_add (chosen, g_object_ref (feature));
    }
  rmq_mutex_unlock (&self->lock);
  return chosen;
}

static char **
dup_texts (RmqPluginCatalog *self, GPtrArray *texts)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  ensure_scanned (self);
  rmq_mutex_lock (&self->lock);
  for (unsigned i = 0; i < texts->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (texts, i));
  rmq_mutex_unlock (&self->lock);
  return g_strv_builder_end (builder);
}

char **
_rmq_plugin_catalog_dup_paths (RmqPluginCatalog *self)
{
  return dup_texts (self, self->paths);
}

char **
_rmq_plugin_catalog_dup_problems (RmqPluginCatalog *self)
{
  return dup_texts (self, self->problems);
}

unsigned
_rmq_plugin_catalog_get_n_opened (RmqPluginCatalog *self)
{
  unsigned n;

  rmq_mutex_lock (&self->lock);
  n = self->n_opened;
  rmq_mutex_unlock (&self->lock);
  return n;
}
