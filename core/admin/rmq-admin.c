/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqAdmin: the handle that applications hold. What it does is in the other files.
 */
#include "rmq-admin-private.h"

#include "client/rmq-operation-private.h"
#include "base/rmq-sync-private.h"

#define DEFAULT_TIMEOUT_MS 5000

/**
 * RmqAdmin:
 *
 * Looks into a cluster and changes it: topics, routes, offsets.
 *
 * It is no member of a group and keeps no state of its own: it asks name
 * servers and brokers through the connections of its client, which the first
 * operation starts. An answer that is not success is an error with the broker's
 * code and text ([struct@ErrorDetails]), never an empty result.
 *
 * Methods may be called from any thread.
 *
 * See RocketMQ's `MQAdmin` and `DefaultMQAdminExt`.
 */
G_DEFINE_FINAL_TYPE (RmqAdmin, rmq_admin, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_TIMEOUT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

GType
rmq_permission_get_type (void)
{
  static GType type;

  if (g_once_init_enter (&type))
    {
      static const GFlagsValue values[] = {
        { RMQ_PERMISSION_NONE, "RMQ_PERMISSION_NONE", "none" },
        { RMQ_PERMISSION_WRITE, "RMQ_PERMISSION_WRITE", "write" },
        { RMQ_PERMISSION_READ, "RMQ_PERMISSION_READ", "read" },
        { 0, NULL, NULL },
      };
      GType registered = g_flags_register_static ("RmqPermission", values);

      g_once_init_leave (&type, registered);
    }
  return type;
}

static void
rmq_admin_constructed (GObject *object)
{
  RmqAdmin *self = RMQ_ADMIN (object);

  G_OBJECT_CLASS (rmq_admin_parent_class)->constructed (object);
  if (self->client == NULL)
    self->client = rmq_client_instance_new (NULL);
}

static void
rmq_admin_finalize (GObject *object)
{
  RmqAdmin *self = RMQ_ADMIN (object);

  g_clear_object (&self->client);
  G_OBJECT_CLASS (rmq_admin_parent_class)->finalize (object);
}

static void
rmq_admin_get_property (GObject *object, unsigned prop_id, GValue *value, GParamSpec *pspec)
{
  RmqAdmin *self = RMQ_ADMIN (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, rmq_admin_get_timeout (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rmq_admin_set_property (GObject *object, unsigned prop_id, const GValue *value, GParamSpec *pspec)
{
  RmqAdmin *self = RMQ_ADMIN (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      self->client = g_value_dup_object (value);
      break;
    case PROP_TIMEOUT:
      rmq_admin_set_timeout (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
rmq_admin_class_init (RmqAdminClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = rmq_admin_constructed;
  object_class->finalize = rmq_admin_finalize;
  object_class->get_property = rmq_admin_get_property;
  object_class->set_property = rmq_admin_set_property;

  /**
   * RmqAdmin:client: (getter get_client)
   *
   * The client whose connections are used.
   */
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, RMQ_TYPE_CLIENT_INSTANCE,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * RmqAdmin:timeout: (getter get_timeout) (setter set_timeout)
   *
   * Milliseconds an operation may take, with the connection and every request.
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", NULL, NULL, 1, 86400000, DEFAULT_TIMEOUT_MS,
                                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
rmq_admin_init (RmqAdmin *self)
{
  self->timeout_ms = DEFAULT_TIMEOUT_MS;
}

/**
 * rmq_admin_new:
 * @client: the client whose connections are used
 *
 * Creates an admin. Never fails: what is wrong with the client is reported by
 * the first operation.
 *
 * Returns: (transfer full): a new admin
 */
RmqAdmin *
rmq_admin_new (RmqClientInstance *client)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (client), NULL);

  return g_object_new (RMQ_TYPE_ADMIN, "client", client, NULL);
}

/**
 * rmq_admin_get_client: (get-property client)
 * @self: an admin
 *
 * Gets the client.
 *
 * Returns: (transfer none): the client
 */
RmqClientInstance *
rmq_admin_get_client (RmqAdmin *self)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return self->client;
}

/**
 * rmq_admin_get_timeout: (get-property timeout)
 * @self: an admin
 *
 * Gets how long an operation may take.
 *
 * Returns: milliseconds
 */
unsigned
rmq_admin_get_timeout (RmqAdmin *self)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), 0);

  return (unsigned) g_atomic_int_get ((int *) &self->timeout_ms);
}

/**
 * rmq_admin_set_timeout: (set-property timeout)
 * @self: an admin
 * @milliseconds: how long, from 1 to 86400000
 *
 * Sets how long an operation may take. Operations that have begun keep theirs.
 */
void
rmq_admin_set_timeout (RmqAdmin *self, unsigned milliseconds)
{
  g_return_if_fail (RMQ_IS_ADMIN (self));
  g_return_if_fail (milliseconds >= 1 && milliseconds <= 86400000);

  if (rmq_admin_get_timeout (self) == milliseconds)
    return;
  g_atomic_int_set ((int *) &self->timeout_ms, (int) milliseconds);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TIMEOUT]);
}

/**
 * rmq_admin_dup_details:
 * @self: an admin
 * @result: the result that an asynchronous function of this object gave
 *
 * Gets the details of a failed operation. For languages whose errors carry no
 * more than a message; call it after the `_finish` function.
 *
 * Returns: (transfer full) (nullable): the details; `NULL` when it did not fail
 */
RmqErrorDetails *
rmq_admin_dup_details (RmqAdmin *self, GAsyncResult *result)
{
  g_return_val_if_fail (RMQ_IS_ADMIN (self), NULL);

  return _rmq_operation_dup_details (result);
}
