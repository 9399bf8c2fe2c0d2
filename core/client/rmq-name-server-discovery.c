/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqNameServerDiscovery: the abstract class of extension point `discovery`.
 */
#include <rmq/rmq.h>

#define DEFAULT_INTERVAL 120

/**
 * RmqNameServerDiscovery:
 *
 * Finds the addresses of the name servers when none are configured: extension
 * point `discovery` (RocketMQ: TopAddressing).
 *
 * The library asks once at start, again after 10 seconds, and then every
 * [property@NameServerDiscovery:interval] seconds. A failure, or an empty
 * answer, keeps the addresses known so far.
 *
 * Everything is called in the main context of the client. Any language can
 * serve here.
 */
typedef struct
{
  unsigned interval;
} RmqNameServerDiscoveryPrivate;

enum
{
  PROP_INTERVAL = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (RmqNameServerDiscovery, rmq_name_server_discovery, G_TYPE_OBJECT)

static void
rmq_name_server_discovery_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_INTERVAL)
    g_value_set_uint (value, rmq_name_server_discovery_get_interval (RMQ_NAME_SERVER_DISCOVERY (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_name_server_discovery_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_INTERVAL)
    rmq_name_server_discovery_set_interval (RMQ_NAME_SERVER_DISCOVERY (object), g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
rmq_name_server_discovery_class_init (RmqNameServerDiscoveryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = rmq_name_server_discovery_get_property;
  object_class->set_property = rmq_name_server_discovery_set_property;

  /**
   * RmqNameServerDiscovery:interval: (getter get_interval) (setter set_interval)
   *
   * The time between two questions, in seconds; 0 asks at start only.
   */
  props[PROP_INTERVAL] =
      g_param_spec_uint ("interval", "Interval", "Seconds between two questions; 0: at start only", 0, G_MAXINT,
                         DEFAULT_INTERVAL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_name_server_discovery_init (RmqNameServerDiscovery *self)
{
  RmqNameServerDiscoveryPrivate *priv = rmq_name_server_discovery_get_instance_private (self);

  priv->interval = DEFAULT_INTERVAL;
}

/**
 * rmq_name_server_discovery_discover_async: (virtual discover_async)
 * @self: a discovery
 * @cancellable: (nullable): how the library ends a question that takes too long
 * @callback: (scope async): called when the answer is there
 * @user_data: data for @callback
 *
 * Begins to look for name servers (RocketMQ: fetchNSAddr).
 *
 * Called in the main context of the client.
 */
void
rmq_name_server_discovery_discover_async (RmqNameServerDiscovery *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          void *user_data)
{
  RmqNameServerDiscoveryClass *klass;

  g_return_if_fail (RMQ_IS_NAME_SERVER_DISCOVERY (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  klass = RMQ_NAME_SERVER_DISCOVERY_GET_CLASS (self);
  if (klass->discover_async == NULL || klass->discover_finish == NULL)
    {
      g_task_report_new_error (
          self, callback, user_data, rmq_name_server_discovery_discover_async, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED,
          "%s does not implement discover_async () and discover_finish ()", G_OBJECT_TYPE_NAME (self));
      return;
    }
  klass->discover_async (self, cancellable, callback, user_data);
}

/**
 * rmq_name_server_discovery_discover_finish: (virtual discover_finish)
 * @self: a discovery
 * @result: what the callback was given
 * @error: return location for a [type@GLib.Error]
 *
 * Hands over what was found.
 *
 * Called in the main context of the client.
 *
 * Returns: (transfer full) (array zero-terminated=1): addresses, each
 *   `host:port` or `scheme://host:port`; or `NULL` with an error
 */
char **
rmq_name_server_discovery_discover_finish (RmqNameServerDiscovery *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_NAME_SERVER_DISCOVERY (self), NULL);
  g_return_val_if_fail (G_IS_ASYNC_RESULT (result), NULL);

  if (g_async_result_is_tagged (result, rmq_name_server_discovery_discover_async))
    return g_task_propagate_pointer (G_TASK (result), error);
  return RMQ_NAME_SERVER_DISCOVERY_GET_CLASS (self)->discover_finish (self, result, error);
}

/**
 * rmq_name_server_discovery_get_interval: (get-property interval)
 * @self: a discovery
 *
 * Gets the time between two questions.
 *
 * Returns: seconds; 0 when it is asked at start only
 */
unsigned
rmq_name_server_discovery_get_interval (RmqNameServerDiscovery *self)
{
  RmqNameServerDiscoveryPrivate *priv;

  g_return_val_if_fail (RMQ_IS_NAME_SERVER_DISCOVERY (self), 0);

  priv = rmq_name_server_discovery_get_instance_private (self);
  return priv->interval;
}

/**
 * rmq_name_server_discovery_set_interval: (set-property interval)
 * @self: a discovery
 * @seconds: seconds, or 0
 *
 * Sets the time between two questions.
 */
void
rmq_name_server_discovery_set_interval (RmqNameServerDiscovery *self, unsigned seconds)
{
  RmqNameServerDiscoveryPrivate *priv;

  g_return_if_fail (RMQ_IS_NAME_SERVER_DISCOVERY (self));
  g_return_if_fail (seconds <= G_MAXINT);

  priv = rmq_name_server_discovery_get_instance_private (self);
  if (priv->interval == seconds)
    return;
  priv->interval = seconds;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_INTERVAL]);
}
