/* SPDX-License-Identifier: Apache-2.0
 *
 * One thing that a plugin provides, such as the transport `tcp`, as the registry knows it.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_PLUGIN_FEATURE (rmq_plugin_feature_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqPluginFeature, rmq_plugin_feature, RMQ, PLUGIN_FEATURE, GObject)

RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_point (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_name (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
int rmq_plugin_feature_get_rank (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_plugin_name (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_plugin_version (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_description (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_path (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_plugin_feature_get_license (RmqPluginFeature *self);
RMQ_AVAILABLE_IN_ALL
GType rmq_plugin_feature_get_feature_type (RmqPluginFeature *self);

G_END_DECLS
