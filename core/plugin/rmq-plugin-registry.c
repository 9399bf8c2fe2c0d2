/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqPluginRegistry: the public face of the catalog. Makes the objects, emits the signal, writes the errors for names
 * that do not exist.
 */
#include "rmq-plugin-registry-private.h"
#include "rmq-plugin-catalog-private.h"
#include "rmq-plugin-options-private.h"
#include "rmq-plugin-point-private.h"
#include "rmq-plugin-suggest-private.h"
#include "base/rmq-sync-private.h"
#include <string.h>

/**
 * RmqPluginRegistry:
 *
 * Finds plugins and makes objects of what they provide.
 *
 * A plugin is a module with a manifest beside it: a key file `NAME.plugin`.
 *
 * ```
 * [Plugin]
 * Name=tcp
 * Module=rmq-tcp.so
 * Provides=transport/tcp;
 * Version=1.0
 * Abi=1.0
 * Description=Plain TCP connections
 * ```
 *
 * Manifests alone tell what there is. A module is opened when a feature of it
 * is first asked for, checked before any of its code runs, and then stays.
 *
 * The default registry looks in the folders of the environment variable
 * `RMQ_PLUGIN_PATH`, which a program with raised rights ignores, and then in
 * the library's own. Manifests may lie in the folder or in a folder in it. Of
 * two plugins of one name the first one found counts. Manifests, modules and
 * folders that everybody may write are refused; see
 * [method@PluginRegistry.dup_problems].
 *
 * Of several features of one name the one with the highest rank serves; when
 * it cannot be opened that is an error, and no other is taken in its place.
 *
 * All methods may be called in any thread.
 */
struct _RmqPluginRegistry
{
  GObject parent_instance;
  GMainContext *context;
  RmqPluginCatalog *catalog;
};

enum
{
  SIGNAL_FEATURE_ADDED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RmqPluginRegistry, rmq_plugin_registry, G_TYPE_OBJECT)

static void
rmq_plugin_registry_finalize (GObject *object)
{
  RmqPluginRegistry *self = RMQ_PLUGIN_REGISTRY (object);

  _rmq_plugin_catalog_free (self->catalog);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (rmq_plugin_registry_parent_class)->finalize (object);
}

static void
rmq_plugin_registry_class_init (RmqPluginRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = rmq_plugin_registry_finalize;

  /**
   * RmqPluginRegistry::feature-added:
   * @self: the registry
   * @feature: the feature
   *
   * A feature became known. Emitted in the context that was the thread-default
   * one when the registry was made; for the default registry that is the
   * global default context.
   */
  signals[SIGNAL_FEATURE_ADDED] = g_signal_new ("feature-added", RMQ_TYPE_PLUGIN_REGISTRY, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 1, RMQ_TYPE_PLUGIN_FEATURE);
}

static void
rmq_plugin_registry_init (RmqPluginRegistry *self)
{
}

typedef struct
{
  RmqPluginRegistry *registry;
  RmqPluginFeature *feature;
} Added;

static void
added_free (void *data)
{
  Added *added = data;

  g_object_unref (added->registry);
  g_object_unref (added->feature);
  g_free (added);
}

static gboolean
emit_added (void *data)
{
  Added *added = data;

  g_signal_emit (added->registry, signals[SIGNAL_FEATURE_ADDED], 0, added->feature);
  return G_SOURCE_REMOVE;
}

static void
on_added (RmqPluginFeature *feature, void *data)
{
  RmqPluginRegistry *self = data;
  g_autoptr (GSource) source = NULL;
  Added *added;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_FEATURE_ADDED], 0, TRUE))
    return;
  added = g_new (Added, 1);
  added->registry = g_object_ref (self);
  added->feature = g_object_ref (feature);
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_added, added, added_free);
  g_source_set_static_name (source, "[rmq] feature-added");
  g_source_attach (source, self->context);
}

bool
_rmq_plugin_registry_add_builtin (RmqPluginRegistry *self,
                                  const char *name,
                                  RmqPluginGetDescriptor get_descriptor,
                                  const char *description,
                                  GError **error)
{
  return _rmq_plugin_catalog_add_builtin (self->catalog, name, get_descriptor, description, error);
}

static RmqPluginRegistry *
registry_new (GMainContext *context, bool scan_default_paths)
{
  RmqPluginRegistry *self = g_object_new (RMQ_TYPE_PLUGIN_REGISTRY, NULL);

  self->context = context;
  self->catalog = _rmq_plugin_catalog_new (on_added, self, scan_default_paths);
  for (const RmqBuiltinPlugin *builtin = _rmq_builtin_plugins; builtin->name != NULL; builtin++)
    {
      g_autoptr (GError) failure = NULL;

      if (!_rmq_plugin_registry_add_builtin (self, builtin->name, builtin->get_descriptor, builtin->description,
                                             &failure))
        _rmq_plugin_catalog_add_problem (self->catalog, failure->message);
    }
  return self;
}

/**
 * rmq_plugin_registry_get_default:
 *
 * Gets the registry that clients use. Its folders are read when something is
 * first looked for.
 *
 * Returns: (transfer none): the registry
 */
RmqPluginRegistry *
rmq_plugin_registry_get_default (void)
{
  static RmqPluginRegistry *registry;

  /* Whoever comes first may be in the I/O thread: the signals are nevertheless the application's. */
  if (g_once_init_enter (&registry))
    g_once_init_leave (&registry, registry_new (g_main_context_ref (g_main_context_default ()), true));
  return registry;
}

/**
 * rmq_plugin_registry_new:
 *
 * Creates a registry that knows the plugins that are linked in and no folder.
 * Applications use [func@PluginRegistry.get_default]; this one is for tests and
 * tools.
 *
 * Returns: (transfer full): the registry
 */
RmqPluginRegistry *
rmq_plugin_registry_new (void)
{
  return registry_new (g_main_context_ref_thread_default (), false);
}

/**
 * rmq_plugin_registry_add_path:
 * @self: a registry
 * @path: (type filename): a folder
 * @error: return location for a [type@GLib.Error]
 *
 * Reads the manifests of a folder, and of the folders in it. No module is
 * opened. A manifest that is refused is a problem, not an error: see
 * [method@PluginRegistry.dup_problems].
 *
 * Returns: whether the folder could be read; [error@Rmq.Error.PLUGIN_NOT_FOUND]
 *   when there is none
 */
gboolean
rmq_plugin_registry_add_path (RmqPluginRegistry *self, const char *path, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  return _rmq_plugin_catalog_add_path (self->catalog, path, error);
}

/**
 * rmq_plugin_registry_register:
 * @self: a registry
 * @point: the extension point, such as `allocation`
 * @name: the name of the feature: `a`-`z`, `0`-`9` and `-`
 * @type: a subclass of the class of @point
 * @rank: 0, or more than 0 to serve instead of another of that name
 * @error: return location for a [type@GLib.Error]
 *
 * Makes a type of the application known, in any language:
 * `registry.register("allocation", "mine", MyStrategy, 0)`.
 *
 * The points `transport`, `rpc-hook`, `compressor` and `store` are called in
 * threads that no interpreter can be entered from. A type that is written in a
 * scripting language is refused there with
 * [error@Rmq.Error.NOT_SUPPORTED].
 *
 * Registering the same type again is no error.
 *
 * Returns: whether it is registered
 */
gboolean
rmq_plugin_registry_register (RmqPluginRegistry *self,
                              const char *point,
                              const char *name,
                              GType type,
                              int rank,
                              GError **error)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), FALSE);
  g_return_val_if_fail (point != NULL && name != NULL, FALSE);

  return _rmq_plugin_catalog_add_type (self->catalog, point, name, type, rank, error);
}

static void
set_not_found (RmqPluginRegistry *self, const char *point, const char *name, GError **error)
{
  g_auto (GStrv) paths = rmq_plugin_registry_dup_paths (self);
  g_auto (GStrv) problems = rmq_plugin_registry_dup_problems (self);
  g_autoptr (GListModel) features = rmq_plugin_registry_list (self, point);

  _rmq_plugin_set_feature_not_found (error, point, name, features, (const char *const *) paths,
                                     (const char *const *) problems);
}

/**
 * rmq_plugin_registry_load:
 * @self: a registry
 * @point: the extension point, such as `transport`
 * @name: the name of the feature, such as `tcp`
 * @error: return location for a [type@GLib.Error]
 *
 * Opens the module of a feature, when that was not done before, so that its
 * type is known. [method@PluginRegistry.create] does this by itself.
 *
 * Errors: [error@Rmq.Error.PLUGIN_NOT_FOUND], with the names that there are;
 * [error@Rmq.Error.PLUGIN_ABI], with both versions;
 * [error@Rmq.Error.PLUGIN_FAILED], with the file and the reason.
 *
 * Returns: (transfer full): the feature, or `NULL` with an error
 */
RmqPluginFeature *
rmq_plugin_registry_load (RmqPluginRegistry *self, const char *point, const char *name, GError **error)
{
  g_autoptr (RmqPluginFeature) feature = NULL;

  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);
  g_return_val_if_fail (point != NULL && name != NULL, NULL);

  if (_rmq_plugin_point_find (point) == NULL)
    {
      _rmq_plugin_set_point_not_found (error, point);
      return NULL;
    }
  feature = _rmq_plugin_catalog_find (self->catalog, point, name);
  if (feature == NULL)
    {
      set_not_found (self, point, name, error);
      return NULL;
    }
  if (!_rmq_plugin_catalog_open (self->catalog, feature, error))
    return NULL;
  return g_steal_pointer (&feature);
}

GObject *
_rmq_plugin_registry_create_prefixed (RmqPluginRegistry *self,
                                      const char *point,
                                      const char *name,
                                      GHashTable *options,
                                      const char *prefix,
                                      GError **error)
{
  g_autoptr (RmqPluginFeature) feature = rmq_plugin_registry_load (self, point, name, error);
  g_auto (RmqPluginOptions) given = { NULL, NULL };
  g_autofree char *what = NULL;
  GHashTableIter iter;
  void *key;
  void *text;
  GType type;

  if (feature == NULL)
    return NULL;

  type = rmq_plugin_feature_get_feature_type (feature);
  what = g_strconcat (point, "/", name, NULL);
  _rmq_plugin_options_init (&given);
  if (options != NULL)
    {
      g_hash_table_iter_init (&iter, options);
      while (g_hash_table_iter_next (&iter, &key, &text))
        if (g_str_has_prefix (key, prefix)
            && !_rmq_plugin_options_add_text (&given, type, what, (const char *) key + strlen (prefix), text, error))
          return NULL;
    }
  return _rmq_plugin_options_construct (&given, type, error);
}

/**
 * rmq_plugin_registry_create:
 * @self: a registry
 * @point: the extension point, such as `transport`
 * @name: the name of the feature, such as `tcp`
 * @options: (nullable) (element-type utf8 utf8): object properties as text:
 *   numbers, `true` and `false`, nicks of enumerations, lists with `;`
 * @error: return location for a [type@GLib.Error]
 *
 * Makes an object of a feature, and opens its module before when that was not
 * done yet.
 *
 * Errors are those of [method@PluginRegistry.load], and
 * [error@Rmq.Error.INVALID_CONFIG] for an option that does not exist or has the wrong
 * form.
 *
 * Returns: (transfer full): the object, or `NULL` with an error
 */
GObject *
rmq_plugin_registry_create (RmqPluginRegistry *self,
                            const char *point,
                            const char *name,
                            GHashTable *options,
                            GError **error)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);
  g_return_val_if_fail (point != NULL && name != NULL, NULL);

  return _rmq_plugin_registry_create_prefixed (self, point, name, options, "", error);
}

/**
 * rmq_plugin_registry_create_with_properties:
 * @self: a registry
 * @point: the extension point, such as `transport`
 * @name: the name of the feature, such as `tcp`
 * @n_properties: how many properties follow
 * @names: (array length=n_properties): the names of the properties
 * @values: (array length=n_properties): their values
 * @error: return location for a [type@GLib.Error]
 *
 * As [method@PluginRegistry.create], with values instead of text.
 *
 * Returns: (transfer full): the object, or `NULL` with an error
 */
GObject *
rmq_plugin_registry_create_with_properties (RmqPluginRegistry *self,
                                            const char *point,
                                            const char *name,
                                            unsigned n_properties,
                                            const char *names[],
                                            const GValue values[],
                                            GError **error)
{
  g_autoptr (RmqPluginFeature) feature = NULL;
  g_auto (RmqPluginOptions) given = { NULL, NULL };
  g_autofree char *what = NULL;
  GType type;

  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);
  g_return_val_if_fail (point != NULL && name != NULL, NULL);
  g_return_val_if_fail (n_properties == 0 || (names != NULL && values != NULL), NULL);

  feature = rmq_plugin_registry_load (self, point, name, error);
  if (feature == NULL)
    return NULL;

  type = rmq_plugin_feature_get_feature_type (feature);
  what = g_strconcat (point, "/", name, NULL);
  _rmq_plugin_options_init (&given);
  for (unsigned i = 0; i < n_properties; i++)
    if (!_rmq_plugin_options_add_value (&given, type, what, names[i], &values[i], error))
      return NULL;
  return _rmq_plugin_options_construct (&given, type, error);
}

static int
compare_features (const void *a, const void *b, void *data)
{
  RmqPluginFeature *fa = *(RmqPluginFeature *const *) a;
  RmqPluginFeature *fb = *(RmqPluginFeature *const *) b;
  int order = g_strcmp0 (rmq_plugin_feature_get_point (fa), rmq_plugin_feature_get_point (fb));

  if (order == 0)
    order = g_strcmp0 (rmq_plugin_feature_get_name (fa), rmq_plugin_feature_get_name (fb));
  if (order == 0)
    {
      int ra = rmq_plugin_feature_get_rank (fa);
      int rb = rmq_plugin_feature_get_rank (fb);

      order = (ra < rb) - (ra > rb);
    }
  return order;
}

/**
 * rmq_plugin_registry_list:
 * @self: a registry
 * @point: (nullable): an extension point, or `NULL` for all
 *
 * Lists the features that are known. No module is opened.
 *
 * The list is a copy, sorted by point and name; of one name the one that
 * serves comes first. See [signal@PluginRegistry::feature-added] for what comes
 * later.
 *
 * Returns: (transfer full): a list model of [class@PluginFeature]
 */
GListModel *
rmq_plugin_registry_list (RmqPluginRegistry *self, const char *point)
{
  g_autoptr (GPtrArray) features = NULL;
  GListStore *store;

  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);

  store = g_list_store_new (RMQ_TYPE_PLUGIN_FEATURE);
  features = _rmq_plugin_catalog_list (self->catalog, point);
  if (features->len == 0)
    return G_LIST_MODEL (store);

  /* Stable: of equal ranks the one that was known first, and so serves, stays first. */
  g_qsort_with_data (features->pdata, features->len, sizeof (void *), compare_features, NULL);
  g_list_store_splice (store, 0, 0, features->pdata, features->len);
  return G_LIST_MODEL (store);
}

/**
 * rmq_plugin_registry_dup_points:
 * @self: a registry
 *
 * Gets the names of all extension points.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 */
char **
rmq_plugin_registry_dup_points (RmqPluginRegistry *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);

  for (const RmqPluginPoint *point = _rmq_plugin_point_get_all (); point->name != NULL; point++)
    g_strv_builder_add (builder, point->name);
  return g_strv_builder_end (builder);
}

/**
 * rmq_plugin_registry_describe_point:
 * @self: a registry
 * @point: an extension point
 *
 * Tells in one line what an extension point is for and where it is called.
 *
 * Returns: (nullable): the line, or `NULL` when there is no such point
 */
const char *
rmq_plugin_registry_describe_point (RmqPluginRegistry *self, const char *point)
{
  const RmqPluginPoint *found;

  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);
  g_return_val_if_fail (point != NULL, NULL);

  found = _rmq_plugin_point_find (point);
  return found != NULL ? found->summary : NULL;
}

/**
 * rmq_plugin_registry_dup_paths:
 * @self: a registry
 *
 * Gets the folders that were looked into, in that order.
 *
 * Returns: (transfer full) (array zero-terminated=1) (element-type filename): the folders
 */
char **
rmq_plugin_registry_dup_paths (RmqPluginRegistry *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);

  return _rmq_plugin_catalog_dup_paths (self->catalog);
}

/**
 * rmq_plugin_registry_dup_problems:
 * @self: a registry
 *
 * Gets what was found and not used, one line each, with the file and the
 * reason.
 *
 * Returns: (transfer full) (array zero-terminated=1): the lines
 */
char **
rmq_plugin_registry_dup_problems (RmqPluginRegistry *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), NULL);

  return _rmq_plugin_catalog_dup_problems (self->catalog);
}

/**
 * rmq_plugin_registry_get_n_opened_modules:
 * @self: a registry
 *
 * Gets how many modules were opened.
 *
 * Returns: the number
 */
unsigned
rmq_plugin_registry_get_n_opened_modules (RmqPluginRegistry *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_REGISTRY (self), 0);

  return _rmq_plugin_catalog_get_n_opened (self->catalog);
}
