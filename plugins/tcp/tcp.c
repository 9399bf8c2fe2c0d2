/* SPDX-License-Identifier: Apache-2.0
 *
 * Transport `tcp`: one non-blocking connect () to one address. No thread, no resolver, no proxy.
 */
#include <rmq/rmq.h>
#include <gio/gnetworking.h>

#define RMQ_TYPE_TCP_TRANSPORT (rmq_tcp_transport_get_type ())

G_DECLARE_FINAL_TYPE (RmqTcpTransport, rmq_tcp_transport, RMQ, TCP_TRANSPORT, RmqTransport)

struct _RmqTcpTransport
{
  RmqTransport parent_instance;
  gboolean no_delay;
  gboolean keep_alive;
};

enum
{
  PROP_NO_DELAY = 1,
  PROP_KEEP_ALIVE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (RmqTcpTransport, rmq_tcp_transport, RMQ_TYPE_TRANSPORT)

static GSocket *
make_socket (RmqTcpTransport *self, GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) socket = NULL;

  socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  if (socket == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_keepalive (socket, self->keep_alive);
  if (self->no_delay && !g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, error))
    return NULL;
  return g_steal_pointer (&socket);
}

static void
return_stream (GTask *task, GSocket *socket)
{
  g_task_return_pointer (task, g_socket_connection_factory_create_connection (socket), g_object_unref);
}

static gboolean
on_writable (GSocket *socket, GIOCondition condition, void *data)
{
  GTask *task = data;
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error)
      || !g_socket_check_connect_result (socket, &error))
    g_task_return_error (task, error);
  else
    return_stream (task, socket);
  return G_SOURCE_REMOVE;
}

static void
rmq_tcp_transport_connect_async (RmqTransport *transport,
                                 RmqEndpoint *endpoint,
                                 GSocketAddress *address,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 void *user_data)
{
  g_autoptr (GTask) task = g_task_new (transport, cancellable, callback, user_data);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSource) source = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, rmq_tcp_transport_connect_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    {
      g_task_return_new_error (task, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "tcp connects to internet addresses only");
      return;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, &error)
      || (socket = make_socket (RMQ_TCP_TRANSPORT (transport), address, &error)) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  if (g_socket_connect (socket, address, NULL, &error))
    {
      return_stream (task, socket);
      return;
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PENDING))
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  source = g_socket_create_source (socket, G_IO_OUT, cancellable);
  g_source_set_static_name (source, "[rmq] tcp connect");
  g_task_attach_source (task, source, G_SOURCE_FUNC (on_writable));
}

static GIOStream *
rmq_tcp_transport_connect_finish (RmqTransport *transport, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transport), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
rmq_tcp_transport_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqTcpTransport *self = RMQ_TCP_TRANSPORT (object);

  if (prop_id == PROP_NO_DELAY)
    g_value_set_boolean (value, self->no_delay);
  else if (prop_id == PROP_KEEP_ALIVE)
    g_value_set_boolean (value, self->keep_alive);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_tcp_transport_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqTcpTransport *self = RMQ_TCP_TRANSPORT (object);

  if (prop_id == PROP_NO_DELAY)
    self->no_delay = g_value_get_boolean (value);
  else if (prop_id == PROP_KEEP_ALIVE)
    self->keep_alive = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_tcp_transport_class_init (RmqTcpTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  RmqTransportClass *transport_class = RMQ_TRANSPORT_CLASS (klass);

  object_class->get_property = rmq_tcp_transport_get_property;
  object_class->set_property = rmq_tcp_transport_set_property;
  transport_class->connect_async = rmq_tcp_transport_connect_async;
  transport_class->connect_finish = rmq_tcp_transport_connect_finish;

  props[PROP_NO_DELAY] = g_param_spec_boolean ("no-delay", "No delay", "Send small segments at once (TCP_NODELAY)",
                                               TRUE, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  props[PROP_KEEP_ALIVE] =
      g_param_spec_boolean ("keep-alive", "Keep alive", "Let the system probe idle connections (SO_KEEPALIVE)", FALSE,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_tcp_transport_init (RmqTcpTransport *self)
{
}

static gboolean
tcp_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "transport", "tcp", RMQ_TYPE_TCP_TRANSPORT, 0);
}

RMQ_PLUGIN_DEFINE (tcp, "1.0", "Apache-2.0", tcp_init)
