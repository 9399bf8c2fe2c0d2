/* SPDX-License-Identifier: Apache-2.0
 *
 * One plugin, opened or not: what its manifest and its descriptor say. Shared by the registry and its features.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-plugin-manifest-private.h"

typedef enum
{
  RMQ_PLUGIN_CLOSED,
  RMQ_PLUGIN_OPENING,
  RMQ_PLUGIN_OPEN,
  RMQ_PLUGIN_BROKEN,
} RmqPluginState;

/* Everything before `state` never changes. state and failure are under the registry's load lock. */
typedef struct
{
  int ref_count;
  char *name;
  char *version;
  char *description;
  RmqPluginManifest *manifest; /* NULL: linked in, or of the application */
  RmqPluginState state;
  GError *failure;
  const char *license; /* atomic: NULL until opened */
} RmqPlugin;

/* Takes the manifest. */
RmqPlugin *_rmq_plugin_new_from_manifest (RmqPluginManifest *manifest);
RmqPlugin *_rmq_plugin_new (const char *name, const char *version, const char *description);
RmqPlugin *_rmq_plugin_ref (RmqPlugin *self);
void _rmq_plugin_unref (RmqPlugin *self);

/* Opens the module and checks it, and makes it resident: *descriptor stays valid. *opened tells whether any code of
 * the module was loaded, whatever came of it. */
const RmqPluginDescriptor *_rmq_plugin_open (RmqPlugin *self, bool *opened, GError **error);
/* The checks of _rmq_plugin_open () that need no module. where names it in the error. */
bool _rmq_plugin_check_descriptor (const RmqPluginDescriptor *descriptor,
                                   const char *name,
                                   const char *where,
                                   GError **error);

/* Runs init, for a module or for what is linked in. Gives the features it added, (element-type RmqPluginFeature), once
 * they are found to be just those that the manifest names. */
GPtrArray *_rmq_plugin_run_init (RmqPlugin *self, const RmqPluginDescriptor *descriptor, GError **error);

/* type is G_TYPE_INVALID until the module is opened. */
RmqPluginFeature *_rmq_plugin_feature_new (RmqPlugin *plugin,
                                           const char *point,
                                           const char *name,
                                           int rank,
                                           GType type);
RmqPlugin *_rmq_plugin_feature_get_plugin (RmqPluginFeature *self);
void _rmq_plugin_feature_set_type (RmqPluginFeature *self, GType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqPlugin, _rmq_plugin_unref)
