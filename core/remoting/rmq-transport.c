/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqTransport: the abstract class of extension point `transport`. The remoting layer calls it in the I/O context.
 */
#include <rmq/rmq.h>

/**
 * RmqTransport:
 *
 * Turns an endpoint into a connected stream: extension point `transport`.
 *
 * The name of the feature is the scheme of the addresses it serves. One object
 * serves all connections of that scheme of one client; its options are its
 * object properties, set by the configuration keys `transport.NAME.PROPERTY`.
 *
 * That is all a transport does: framing, pipelining, deadlines and reconnects
 * stay in the library. The stream must have pollable ends (see
 * [iface@Gio.PollableInputStream] and [iface@Gio.PollableOutputStream]).
 *
 * A transport can wrap another: with `fault+tcp://host:port` the library
 * creates `tcp`, sets it as [property@Transport:inner] of `fault`, and calls
 * `fault` alone.
 *
 * Everything is called in the I/O context, which belongs to the library: no
 * function may block. Only native code (C, Vala) can serve here.
 */
typedef struct
{
  RmqTransport *inner;
} RmqTransportPrivate;

enum
{
  PROP_INNER = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (RmqTransport, rmq_transport, G_TYPE_OBJECT)

static gboolean
rmq_transport_real_needs_address (RmqTransport *self, RmqEndpoint *endpoint)
{
  RmqTransport *inner = rmq_transport_get_inner (self);
  g_autoptr (RmqEndpoint) inner_endpoint = rmq_endpoint_dup_inner (endpoint);

  if (inner != NULL && inner_endpoint != NULL)
    return rmq_transport_needs_address (inner, inner_endpoint);
  return TRUE;
}

static void
rmq_transport_dispose (GObject *object)
{
  RmqTransportPrivate *priv = rmq_transport_get_instance_private (RMQ_TRANSPORT (object));

  g_clear_object (&priv->inner);
  G_OBJECT_CLASS (rmq_transport_parent_class)->dispose (object);
}

static void
rmq_transport_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_INNER)
    g_value_set_object (value, rmq_transport_get_inner (RMQ_TRANSPORT (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_transport_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_INNER)
    rmq_transport_set_inner (RMQ_TRANSPORT (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_transport_class_init (RmqTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = rmq_transport_dispose;
  object_class->get_property = rmq_transport_get_property;
  object_class->set_property = rmq_transport_set_property;
  klass->needs_address = rmq_transport_real_needs_address;

  /**
   * RmqTransport:inner: (getter get_inner) (setter set_inner)
   *
   * The transport that this one wraps.
   */
  props[PROP_INNER] = g_param_spec_object ("inner", NULL, NULL, RMQ_TYPE_TRANSPORT,
                                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_transport_init (RmqTransport *self)
{
}

/**
 * rmq_transport_needs_address: (virtual needs_address)
 * @self: a transport
 * @endpoint: where to connect to
 *
 * Asks whether the library is to resolve the host of @endpoint and to try its
 * addresses one by one. By default it is; a transport that wraps another
 * answers as that one does.
 *
 * Called in the I/O context.
 *
 * Returns: whether [method@Transport.connect_async] needs an address
 */
gboolean
rmq_transport_needs_address (RmqTransport *self, RmqEndpoint *endpoint)
{
  g_return_val_if_fail (RMQ_IS_TRANSPORT (self), FALSE);
  g_return_val_if_fail (endpoint != NULL, FALSE);

  return RMQ_TRANSPORT_GET_CLASS (self)->needs_address (self, endpoint);
}

/**
 * rmq_transport_connect_async: (virtual connect_async)
 * @self: a transport
 * @endpoint: where to connect to
 * @address: (nullable): one resolved address of it; `NULL` exactly when
 *   [method@Transport.needs_address] is false
 * @cancellable: (nullable): how the library ends an attempt that takes too long
 * @callback: (scope async): called when it is done, in the I/O context
 * @user_data: data for @callback
 *
 * Begins to connect. The implementation sets no time limit of its own but ends,
 * without delay, when @cancellable is cancelled.
 *
 * Called in the I/O context.
 */
void
rmq_transport_connect_async (RmqTransport *self,
                             RmqEndpoint *endpoint,
                             GSocketAddress *address,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             void *user_data)
{
  RmqTransportClass *klass;

  g_return_if_fail (RMQ_IS_TRANSPORT (self));
  g_return_if_fail (endpoint != NULL);
  g_return_if_fail (address == NULL || G_IS_SOCKET_ADDRESS (address));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  klass = RMQ_TRANSPORT_GET_CLASS (self);
  if (klass->connect_async == NULL || klass->connect_finish == NULL)
    {
      g_task_report_new_error (self, callback, user_data, rmq_transport_connect_async, RMQ_ERROR,
                               RMQ_ERROR_NOT_SUPPORTED, "%s does not implement connect_async () and connect_finish ()",
                               G_OBJECT_TYPE_NAME (self));
      return;
    }
  klass->connect_async (self, endpoint, address, cancellable, callback, user_data);
}

/**
 * rmq_transport_connect_finish: (virtual connect_finish)
 * @self: a transport
 * @result: what the callback was given
 * @error: return location for a [type@GLib.Error]
 *
 * Hands over the connected stream, whose ends are pollable.
 *
 * Called in the I/O context.
 *
 * Returns: (transfer full): the stream, or `NULL` with an error
 */
GIOStream *
rmq_transport_connect_finish (RmqTransport *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_TRANSPORT (self), NULL);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);

  if (g_async_result_is_tagged (result, rmq_transport_connect_async))
    return g_task_propagate_pointer (G_TASK (result), error);
  return RMQ_TRANSPORT_GET_CLASS (self)->connect_finish (self, result, error);
}

/**
 * rmq_transport_get_inner: (get-property inner)
 * @self: a transport
 *
 * Gets the transport that this one wraps.
 *
 * Returns: (transfer none) (nullable): the transport
 */
RmqTransport *
rmq_transport_get_inner (RmqTransport *self)
{
  RmqTransportPrivate *priv;

  g_return_val_if_fail (RMQ_IS_TRANSPORT (self), NULL);

  priv = rmq_transport_get_instance_private (self);
  return priv->inner;
}

/**
 * rmq_transport_set_inner: (set-property inner)
 * @self: a transport
 * @inner: (nullable): the transport that it is to wrap
 *
 * Sets the transport that this one wraps, before the first connection.
 */
void
rmq_transport_set_inner (RmqTransport *self, RmqTransport *inner)
{
  RmqTransportPrivate *priv;

  g_return_if_fail (RMQ_IS_TRANSPORT (self));
  g_return_if_fail (inner == NULL || RMQ_IS_TRANSPORT (inner));

  priv = rmq_transport_get_instance_private (self);
  if (g_set_object (&priv->inner, inner))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_INNER]);
}
