/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes an object with properties that come from outside: as text, or as values. What does not fit is an error.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <glib-object.h>
#include <stdbool.h>

/* Names and values for g_object_new_with_properties (). */
typedef struct
{
  GPtrArray *names; /* borrowed from the class */
  GArray *values;
} RmqPluginOptions;

void _rmq_plugin_options_init (RmqPluginOptions *self);
void _rmq_plugin_options_clear (RmqPluginOptions *self);
/* what names the feature in the error. */
bool _rmq_plugin_options_add_text (RmqPluginOptions *self,
                                   GType type,
                                   const char *what,
                                   const char *name,
                                   const char *text,
                                   GError **error);
bool _rmq_plugin_options_add_value (RmqPluginOptions *self,
                                    GType type,
                                    const char *what,
                                    const char *name,
                                    const GValue *value,
                                    GError **error);
/* Runs g_initable_init () too where the class has it. */
GObject *_rmq_plugin_options_construct (RmqPluginOptions *self, GType type, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPluginOptions, _rmq_plugin_options_clear)
