/* SPDX-License-Identifier: Apache-2.0
 *
 * Where to connect to: scheme with its wrappers, host, port and path, taken apart once.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_ENDPOINT (rmq_endpoint_get_type ())

typedef struct _RmqEndpoint RmqEndpoint;

RMQ_AVAILABLE_IN_ALL
GType rmq_endpoint_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqEndpoint *rmq_endpoint_new (const char *scheme, const char *host, uint16_t port, const char *path);
RMQ_AVAILABLE_IN_ALL
RmqEndpoint *rmq_endpoint_new_from_string (const char *text, const char *default_scheme, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqEndpoint *rmq_endpoint_ref (RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
void rmq_endpoint_unref (RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_endpoint_get_scheme (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_endpoint_get_transport (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_endpoint_get_host (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
uint16_t rmq_endpoint_get_port (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_endpoint_get_path (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
RmqEndpoint *rmq_endpoint_dup_inner (const RmqEndpoint *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_endpoint_to_string (const RmqEndpoint *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqEndpoint, rmq_endpoint_unref)

G_END_DECLS
