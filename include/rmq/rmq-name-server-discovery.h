/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension point `discovery`: where the addresses of the name servers come from when nobody configured them.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <gio/gio.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_NAME_SERVER_DISCOVERY (rmq_name_server_discovery_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (RmqNameServerDiscovery, rmq_name_server_discovery, RMQ, NAME_SERVER_DISCOVERY, GObject)

/**
 * RmqNameServerDiscoveryClass:
 * @parent_class: the parent
 * @discover_async: begins to look
 * @discover_finish: hands over the addresses
 *
 * What a discovery implements; both must be.
 */
struct _RmqNameServerDiscoveryClass
{
  GObjectClass parent_class;

  void (*discover_async) (RmqNameServerDiscovery *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          void *user_data);
  char **(*discover_finish) (RmqNameServerDiscovery *self, GAsyncResult *result, GError **error);

  /*< private >*/
  void *_reserved[14];
};

RMQ_AVAILABLE_IN_ALL
void rmq_name_server_discovery_discover_async (RmqNameServerDiscovery *self,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback,
                                               void *user_data);
RMQ_AVAILABLE_IN_ALL
char **rmq_name_server_discovery_discover_finish (RmqNameServerDiscovery *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_name_server_discovery_get_interval (RmqNameServerDiscovery *self);
RMQ_AVAILABLE_IN_ALL
void rmq_name_server_discovery_set_interval (RmqNameServerDiscovery *self, unsigned seconds);

G_END_DECLS
