/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind the registry: what is known, from where, and how far each plugin is opened. Any thread.
 */
#pragma once

#include "rmq-plugin-registry-private.h"

typedef struct _RmqPluginCatalog RmqPluginCatalog;

/* A feature became known. No lock but the recursive load lock is held. */
typedef void (*RmqPluginAdded) (RmqPluginFeature *feature, void *data);

/* scan_default_paths: the folders of the environment and of the system are read when something is first looked for. */
RmqPluginCatalog *_rmq_plugin_catalog_new (RmqPluginAdded added, void *data, bool scan_default_paths);
void _rmq_plugin_catalog_free (RmqPluginCatalog *self);

bool _rmq_plugin_catalog_add_path (RmqPluginCatalog *self, const char *path, GError **error);
bool _rmq_plugin_catalog_add_builtin (RmqPluginCatalog *self,
                                      const char *name,
                                      RmqPluginGetDescriptor get_descriptor,
                                      const char *description,
                                      GError **error);
bool _rmq_plugin_catalog_add_type (RmqPluginCatalog *self,
                                   const char *point,
                                   const char *name,
                                   GType type,
                                   int rank,
                                   GError **error);
void _rmq_plugin_catalog_add_problem (RmqPluginCatalog *self, const char *problem);

/* The feature that serves, or NULL. */
RmqPluginFeature *_rmq_plugin_catalog_find (RmqPluginCatalog *self, const char *point, const char *name);
/* Afterwards the feature has a type. */
bool _rmq_plugin_catalog_open (RmqPluginCatalog *self, RmqPluginFeature *feature, GError **error);
/* (element-type RmqPluginFeature), a copy, in the order they were known; point may be NULL. */
GPtrArray *_rmq_plugin_catalog_list (RmqPluginCatalog *self, const char *point);

char **_rmq_plugin_catalog_dup_paths (RmqPluginCatalog *self);
char **_rmq_plugin_catalog_dup_problems (RmqPluginCatalog *self);
unsigned _rmq_plugin_catalog_get_n_opened (RmqPluginCatalog *self);
