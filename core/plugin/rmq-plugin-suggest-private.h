/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors for names that do not exist: they say what there is, and what was probably meant.
 */
#pragma once

#include <gio/gio.h>
#include "base/rmq-macros-private.h"

void _rmq_plugin_set_point_not_found (GError **error, const char *point);
/* features: a list of RmqPluginFeature, those of the point. */
void _rmq_plugin_set_feature_not_found (GError **error,
                                        const char *point,
                                        const char *name,
                                        GListModel *features,
                                        const char *const *paths,
                                        const char *const *problems);
