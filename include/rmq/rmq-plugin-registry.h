/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds plugins by their manifests, opens one when a feature of it is asked for, and makes objects by point and name.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <gio/gio.h>
#include <rmq/rmq-plugin-feature.h>

G_BEGIN_DECLS

#define RMQ_TYPE_PLUGIN_REGISTRY (rmq_plugin_registry_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqPluginRegistry, rmq_plugin_registry, RMQ, PLUGIN_REGISTRY, GObject)

RMQ_AVAILABLE_IN_ALL
RmqPluginRegistry *rmq_plugin_registry_get_default (void);
RMQ_AVAILABLE_IN_ALL
RmqPluginRegistry *rmq_plugin_registry_new (void);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_plugin_registry_add_path (RmqPluginRegistry *self, const char *path, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_plugin_registry_register (RmqPluginRegistry *self,
                                       const char *point,
                                       const char *name,
                                       GType type,
                                       int rank,
                                       GError **error);
RMQ_AVAILABLE_IN_ALL
GObject *rmq_plugin_registry_create (RmqPluginRegistry *self,
                                     const char *point,
                                     const char *name,
                                     GHashTable *options,
                                     GError **error);
RMQ_AVAILABLE_IN_ALL
GObject *rmq_plugin_registry_create_with_properties (RmqPluginRegistry *self,
                                                     const char *point,
                                                     const char *name,
                                                     unsigned n_properties,
                                                     const char *names[],
                                                     const GValue values[],
                                                     GError **error);
RMQ_AVAILABLE_IN_ALL
RmqPluginFeature *rmq_plugin_registry_load (RmqPluginRegistry *self,
                                            const char *point,
                                            const char *name,
                                            GError **error);
RMQ_AVAILABLE_IN_ALL
GListModel *rmq_plugin_registry_list (RmqPluginRegistry *self, const char *point);
RMQ_AVAILABLE_IN_ALL
char **rmq_plugin_registry_dup_points (RmqPluginRegistry *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_registry_describe_point (RmqPluginRegistry *self, const char *point);
RMQ_AVAILABLE_IN_ALL
char **rmq_plugin_registry_dup_paths (RmqPluginRegistry *self);
RMQ_AVAILABLE_IN_ALL
char **rmq_plugin_registry_dup_problems (RmqPluginRegistry *self);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_plugin_registry_get_n_opened_modules (RmqPluginRegistry *self);

G_END_DECLS
