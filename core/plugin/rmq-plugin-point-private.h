/* SPDX-License-Identifier: Apache-2.0
 *
 * The extension points by name: which class serves at each, and whether scripts may. No class is known here but by
 * name.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <glib-object.h>
#include <stdbool.h>

typedef struct
{
  const char *name;
  const char *type_name; /* GType of the abstract class */
  bool native_only;      /* called where no interpreter can be entered */
  const char *summary;   /* what it does; where it is called */
} RmqPluginPoint;

RMQ_PRIVATE_BEGIN

/* NULL when there is no such point. */
const RmqPluginPoint *_rmq_plugin_point_find (const char *name);
/* Ends with an entry without name. */
const RmqPluginPoint *_rmq_plugin_point_get_all (void);
/* Whether objects of this type may serve at the point; the error says why not. */
bool _rmq_plugin_point_check_type (const RmqPluginPoint *point, GType type, GError **error);

/* Whether type, and its ancestors below base, are native code: no function of base's class is a closure that enters an
 * interpreter, and no binding made the type. Any thread; references the class. */
bool _rmq_plugin_type_is_native (GType type, GType base);

RMQ_PRIVATE_END
