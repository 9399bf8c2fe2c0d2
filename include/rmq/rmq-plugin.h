/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plugin module is to the library: one symbol, which gives a versioned descriptor, whose init adds features.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

/**
 * RMQ_PLUGIN_ABI_MAJOR:
 *
 * The major version of the plugin ABI. A module is accepted when its own is the same.
 */
#define RMQ_PLUGIN_ABI_MAJOR (1)
/**
 * RMQ_PLUGIN_ABI_MINOR:
 *
 * The minor version of the plugin ABI. A module is accepted when its own is not greater.
 */
#define RMQ_PLUGIN_ABI_MINOR (0)

typedef struct _RmqPluginContext RmqPluginContext;
typedef struct _RmqPluginDescriptor RmqPluginDescriptor;

/**
 * RmqPluginInit: (skip)
 * @context: where to add features; valid during the call only
 * @error: return location for a [type@GLib.Error]
 *
 * Registers the types of a plugin and adds its features to @context, with
 * [method@PluginContext.add_feature]. It runs once for each registry, in any
 * thread, while the registry is locked: it must not wait for another thread.
 *
 * Returns: whether the plugin can be used
 */
typedef gboolean (*RmqPluginInit) (RmqPluginContext *context, GError **error);

/**
 * RmqPluginDescriptor: (skip)
 * @struct_size: the size of this structure as the plugin knows it
 * @abi_major: the [const@PLUGIN_ABI_MAJOR] the plugin was built with
 * @abi_minor: the [const@PLUGIN_ABI_MINOR] the plugin was built with
 * @name: the name of the plugin, as in its manifest
 * @version: the plugin's own version
 * @license: its license, as an SPDX expression
 * @init: adds its features
 *
 * What a plugin says of itself. `RMQ_PLUGIN_DEFINE()` fills it in.
 */
struct _RmqPluginDescriptor
{
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  const char *name;
  const char *version;
  const char *license;
  RmqPluginInit init;

  /*< private >*/
  void *_reserved[8];
};

/* A plugin that is linked into the library keeps its symbol to itself. */
#ifdef RMQ_COMPILATION
#define RMQ_PLUGIN_EXPORT
#else
#define RMQ_PLUGIN_EXPORT __attribute__ ((visibility ("default")))
#endif

/**
 * RMQ_PLUGIN_DEFINE:
 * @plugin_name: the name of the plugin, not quoted, with `_` for each `-`
 * @plugin_version: its version, a string
 * @plugin_license: its license, a string with an SPDX expression
 * @plugin_init: a [callback@PluginInit]
 *
 * Makes a plugin of a module. The module then has the one symbol
 * `rmq_plugin_NAME_get_descriptor` that the registry looks for, so that several
 * plugins can also be linked into one binary.
 */
#define RMQ_PLUGIN_DEFINE(plugin_name, plugin_version, plugin_license, plugin_init)                                    \
  RMQ_PLUGIN_EXPORT const RmqPluginDescriptor *rmq_plugin_##plugin_name##_get_descriptor (void);                       \
  const RmqPluginDescriptor *rmq_plugin_##plugin_name##_get_descriptor (void)                                          \
  {                                                                                                                    \
    static const RmqPluginDescriptor descriptor = { .struct_size = sizeof (RmqPluginDescriptor),                       \
                                                    .abi_major = RMQ_PLUGIN_ABI_MAJOR,                                 \
                                                    .abi_minor = RMQ_PLUGIN_ABI_MINOR,                                 \
                                                    .name = #plugin_name,                                              \
                                                    .version = (plugin_version),                                       \
                                                    .license = (plugin_license),                                       \
                                                    .init = (plugin_init) };                                           \
    return &descriptor;                                                                                                \
  }

RMQ_AVAILABLE_IN_ALL
gboolean rmq_plugin_context_add_feature (RmqPluginContext *self,
                                         const char *point,
                                         const char *name,
                                         GType type,
                                         int rank);

G_END_DECLS
