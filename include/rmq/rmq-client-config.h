/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that can be set on a client: connection, identity, periods, limits, plugins.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <gio/gio.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_CLIENT_CONFIG (rmq_client_config_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqClientConfig, rmq_client_config, RMQ, CLIENT_CONFIG, GObject)

RMQ_AVAILABLE_IN_ALL
RmqClientConfig *rmq_client_config_new (const char *name_servers);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_config_load_file (RmqClientConfig *self, const char *path, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_config_load_data (RmqClientConfig *self, const char *text, const char *origin, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_config_load_environment (RmqClientConfig *self, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_config_set (RmqClientConfig *self, const char *key, const char *value, GError **error);
RMQ_AVAILABLE_IN_ALL
char *rmq_client_config_get (RmqClientConfig *self, const char *key);
RMQ_AVAILABLE_IN_ALL
char *rmq_client_config_dump (RmqClientConfig *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_client_config_get_name_servers (RmqClientConfig *self);
RMQ_AVAILABLE_IN_ALL
void rmq_client_config_set_name_servers (RmqClientConfig *self, const char *name_servers);
RMQ_AVAILABLE_IN_ALL
GMainContext *rmq_client_config_get_io_context (RmqClientConfig *self);
RMQ_AVAILABLE_IN_ALL
void rmq_client_config_set_io_context (RmqClientConfig *self, GMainContext *context);

G_END_DECLS
