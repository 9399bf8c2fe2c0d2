/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqPluginFeature: one point/name that a plugin provides. All but the type and the license is known from the manifest.
 */
#include "rmq-plugin-private.h"

/**
 * RmqPluginFeature:
 *
 * One thing that a plugin provides, such as the transport `tcp`, as the
 * registry knows it. See [method@PluginRegistry.list].
 *
 * A feature that comes from a module is known before the module is opened: its
 * type and license are not. Opening fills them in.
 *
 * May be used in any thread. Nothing is notified.
 */
struct _RmqPluginFeature
{
  GObject parent_instance;
  RmqPlugin *plugin;
  char *point;
  char *name;
  int rank;
  GType type; /* atomic */
};

enum
{
  PROP_POINT = 1,
  PROP_NAME,
  PROP_RANK,
  PROP_PLUGIN_NAME,
  PROP_PLUGIN_VERSION,
  PROP_DESCRIPTION,
  PROP_PATH,
  PROP_LICENSE,
  PROP_FEATURE_TYPE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (RmqPluginFeature, rmq_plugin_feature, G_TYPE_OBJECT)

static void
rmq_plugin_feature_finalize (GObject *object)
{
  RmqPluginFeature *self = RMQ_PLUGIN_FEATURE (object);

  _rmq_plugin_unref (self->plugin);
  g_free (self->point);
  g_free (self->name);
  G_OBJECT_CLASS (rmq_plugin_feature_parent_class)->finalize (object);
}

static void
rmq_plugin_feature_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqPluginFeature *self = RMQ_PLUGIN_FEATURE (object);

  switch (prop_id)
    {
    case PROP_POINT:
      g_value_set_string (value, self->point);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_RANK:
      g_value_set_int (value, self->rank);
      break;
    case PROP_PLUGIN_NAME:
      g_value_set_string (value, rmq_plugin_feature_get_plugin_name (self));
      break;
    case PROP_PLUGIN_VERSION:
      g_value_set_string (value, rmq_plugin_feature_get_plugin_version (self));
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, rmq_plugin_feature_get_description (self));
      break;
    case PROP_PATH:
      g_value_set_string (value, rmq_plugin_feature_get_path (self));
      break;
    case PROP_LICENSE:
      g_value_set_string (value, rmq_plugin_feature_get_license (self));
      break;
    case PROP_FEATURE_TYPE:
      g_value_set_gtype (value, rmq_plugin_feature_get_feature_type (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rmq_plugin_feature_class_init (RmqPluginFeatureClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = rmq_plugin_feature_finalize;
  object_class->get_property = rmq_plugin_feature_get_property;

  /**
   * RmqPluginFeature:point: (getter get_point)
   *
   * The extension point, such as `transport`.
   */
  props[PROP_POINT] = g_param_spec_string ("point", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:name: (getter get_name)
   *
   * The name at that point, such as `tcp`.
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:rank: (getter get_rank)
   *
   * Of several features of one name the one with the highest rank serves.
   */
  props[PROP_RANK] = g_param_spec_int ("rank", NULL, NULL, G_MININT, G_MAXINT, 0, flags);
  /**
   * RmqPluginFeature:plugin-name: (getter get_plugin_name)
   *
   * The plugin that provides it.
   */
  props[PROP_PLUGIN_NAME] = g_param_spec_string ("plugin-name", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:plugin-version: (getter get_plugin_version)
   *
   * The version of the plugin.
   */
  props[PROP_PLUGIN_VERSION] = g_param_spec_string ("plugin-version", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:description: (getter get_description)
   *
   * What the plugin does, in the user's language when the manifest has it.
   */
  props[PROP_DESCRIPTION] = g_param_spec_string ("description", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:path: (getter get_path)
   *
   * The file name of the module.
   */
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:license: (getter get_license)
   *
   * The license of the plugin.
   */
  props[PROP_LICENSE] = g_param_spec_string ("license", NULL, NULL, NULL, flags);
  /**
   * RmqPluginFeature:feature-type: (getter get_feature_type)
   *
   * The class that implements it.
   */
  props[PROP_FEATURE_TYPE] = g_param_spec_gtype ("feature-type", NULL, NULL, G_TYPE_NONE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_plugin_feature_init (RmqPluginFeature *self)
{
}

RmqPluginFeature *
_rmq_plugin_feature_new (RmqPlugin *plugin, const char *point, const char *name, int rank, GType type)
{
  RmqPluginFeature *self = g_object_new (RMQ_TYPE_PLUGIN_FEATURE, NULL);

  self->plugin = _rmq_plugin_ref (plugin);
  self->point = g_strdup (point);
  self->name = g_strdup (name);
  self->rank = rank;
  self->type = type;
  return self;
}

RmqPlugin *
_rmq_plugin_feature_get_plugin (RmqPluginFeature *self)
{
  return self->plugin;
}

void
_rmq_plugin_feature_set_type (RmqPluginFeature *self, GType type)
{
  g_atomic_pointer_set (&self->type, type);
}

/**
 * rmq_plugin_feature_get_point: (get-property point)
 * @self: a feature
 *
 * Gets the extension point.
 *
 * Returns: the point, such as `transport`
 */
const char *
rmq_plugin_feature_get_point (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->point;
}

/**
 * rmq_plugin_feature_get_name: (get-property name)
 * @self: a feature
 *
 * Gets the name.
 *
 * Returns: the name, such as `tcp`
 */
const char *
rmq_plugin_feature_get_name (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->name;
}

/**
 * rmq_plugin_feature_get_rank: (get-property rank)
 * @self: a feature
 *
 * Gets the rank. Of several features of one name the highest serves; of equal
 * ones that which was known first.
 *
 * Returns: the rank; 0 is usual
 */
int
rmq_plugin_feature_get_rank (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), 0);

  return self->rank;
}

/**
 * rmq_plugin_feature_get_plugin_name: (get-property plugin-name)
 * @self: a feature
 *
 * Gets the plugin that provides it.
 *
 * Returns: the name of the plugin; `application` for a type that was
 *   registered by [method@PluginRegistry.register]
 */
const char *
rmq_plugin_feature_get_plugin_name (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->plugin->name;
}

/**
 * rmq_plugin_feature_get_plugin_version: (get-property plugin-version)
 * @self: a feature
 *
 * Gets the version of the plugin.
 *
 * Returns: (nullable): the version
 */
const char *
rmq_plugin_feature_get_plugin_version (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->plugin->version;
}

/**
 * rmq_plugin_feature_get_description: (get-property description)
 * @self: a feature
 *
 * Gets what the plugin does.
 *
 * Returns: (nullable): the description
 */
const char *
rmq_plugin_feature_get_description (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->plugin->description;
}

/**
 * rmq_plugin_feature_get_path: (get-property path)
 * @self: a feature
 *
 * Gets the module.
 *
 * Returns: (nullable) (type filename): its file name; `NULL` for what is linked in
 *   or of the application
 */
const char *
rmq_plugin_feature_get_path (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return self->plugin->manifest != NULL ? self->plugin->manifest->module_path : NULL;
}

/**
 * rmq_plugin_feature_get_license: (get-property license)
 * @self: a feature
 *
 * Gets the license of the plugin.
 *
 * Returns: (nullable): an SPDX expression; `NULL` until the module is opened
 */
const char *
rmq_plugin_feature_get_license (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), NULL);

  return g_atomic_pointer_get (&self->plugin->license);
}

/**
 * rmq_plugin_feature_get_feature_type: (get-property feature-type)
 * @self: a feature
 *
 * Gets the class that implements it.
 *
 * Returns: the type; %G_TYPE_INVALID until the module is opened, see
 *   [method@PluginRegistry.load]
 */
GType
rmq_plugin_feature_get_feature_type (RmqPluginFeature *self)
{
  g_return_val_if_fail (RMQ_IS_PLUGIN_FEATURE (self), G_TYPE_INVALID);

  return (GType) g_atomic_pointer_get (&self->type);
}
