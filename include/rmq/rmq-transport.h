/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension point `transport`: turns an endpoint into a connected stream. Framing and reconnects are the library's.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <gio/gio.h>
#include <rmq/rmq-endpoint.h>

G_BEGIN_DECLS

#define RMQ_TYPE_TRANSPORT (rmq_transport_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (RmqTransport, rmq_transport, RMQ, TRANSPORT, GObject)

/**
 * RmqTransportClass:
 * @parent_class: the parent
 * @needs_address: whether the library is to resolve the endpoint's host first
 * @connect_async: begins to connect
 * @connect_finish: hands over the connected stream
 *
 * What a transport implements. Every function is called in the I/O context.
 * [vfunc@Transport.connect_async] and [vfunc@Transport.connect_finish] must be
 * implemented.
 */
struct _RmqTransportClass
{
  GObjectClass parent_class;

  gboolean (*needs_address) (RmqTransport *self, RmqEndpoint *endpoint);
  void (*connect_async) (RmqTransport *self,
                         RmqEndpoint *endpoint,
                         GSocketAddress *address,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         void *user_data);
  GIOStream *(*connect_finish) (RmqTransport *self, GAsyncResult *result, GError **error);

  /*< private >*/
  void *_reserved[13];
};

RMQ_AVAILABLE_IN_ALL
gboolean rmq_transport_needs_address (RmqTransport *self, RmqEndpoint *endpoint);
RMQ_AVAILABLE_IN_ALL
void rmq_transport_connect_async (RmqTransport *self,
                                  RmqEndpoint *endpoint,
                                  GSocketAddress *address,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  void *user_data);
RMQ_AVAILABLE_IN_ALL
GIOStream *rmq_transport_connect_finish (RmqTransport *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqTransport *rmq_transport_get_inner (RmqTransport *self);
RMQ_AVAILABLE_IN_ALL
void rmq_transport_set_inner (RmqTransport *self, RmqTransport *inner);

G_END_DECLS
