/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry for the layers that use extension points, and for tests.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"
#include <stdbool.h>

typedef const RmqPluginDescriptor *(*RmqPluginGetDescriptor) (void);

/* What was linked in by -Dbuiltin_plugins; ends with an entry without name. Generated. */
typedef struct
{
  const char *name;
  RmqPluginGetDescriptor get_descriptor;
  const char *description; /* as in the manifest */
} RmqBuiltinPlugin;

extern const RmqBuiltinPlugin _rmq_builtin_plugins[];

RMQ_PRIVATE_BEGIN

/* As rmq_plugin_registry_create (), with those of the options (utf8 → utf8, may be NULL) whose key begins with prefix,
 * such as "tcp.": the rest of the key is the name of the property. */
GObject *_rmq_plugin_registry_create_prefixed (RmqPluginRegistry *self,
                                               const char *point,
                                               const char *name,
                                               GHashTable *options,
                                               const char *prefix,
                                               GError **error);
/* Adds a plugin that is linked into this process, by the same init path as a module. description may be NULL. */
bool _rmq_plugin_registry_add_builtin (RmqPluginRegistry *self,
                                       const char *name,
                                       RmqPluginGetDescriptor get_descriptor,
                                       const char *description,
                                       GError **error);

RMQ_PRIVATE_END
