/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of RmqClientInstance: what applications ask and set. Its start and close have a file of their own.
 */
#include "rmq-client-instance-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "remoting/rmq-address-map-private.h"
#include "wire/rmq-client-id-private.h"

bool
_rmq_client_instance_is_forked (RmqClientInstance *self, GError **error)
{
  if (self->fork_generation == _rmq_fork_generation ())
    return false;
  _rmq_set_error (error, RMQ_ERROR_FORKED, NULL,
                  "This client belongs to the parent process: make a new one after fork ()");
  return true;
}

/**
 * rmq_client_instance_get_state: (get-property state)
 * @self: a client
 *
 * Gets the state. May be called from any thread.
 *
 * Returns: the state
 */
RmqState
rmq_client_instance_get_state (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), RMQ_STATE_CLOSED);

  if (g_atomic_int_get (&self->left_early) != 0)
    return RMQ_STATE_CLOSED;
  return _rmq_client_core_get_state (self->core);
}

/**
 * rmq_client_instance_dup_client_id: (get-property client-id)
 * @self: a client
 *
 * Gets how brokers know this client. May be called from any thread.
 *
 * Returns: (transfer full) (nullable): the client id; `NULL` when the settings
 *   are wrong
 */
char *
rmq_client_instance_dup_client_id (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return g_strdup (_rmq_client_core_get_client_id (self->core));
}

/**
 * rmq_client_instance_dup_name_servers: (get-property name-servers)
 * @self: a client
 *
 * Gets the addresses of the name servers in use: those that were set, else
 * those that a discovery found. May be called from any thread.
 *
 * Returns: (transfer full): the addresses
 */
char **
rmq_client_instance_dup_name_servers (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  if (_rmq_client_instance_is_forked (self, NULL))
    return g_new0 (char *, 1);
  return _rmq_client_core_dup_shown_name_servers (self->core);
}

/**
 * rmq_client_instance_set_name_servers:
 * @self: a client
 * @name_servers: (array zero-terminated=1): the new addresses
 * @error: return location for an error
 *
 * Replaces the list of name servers, also while the client runs. The
 * connection to one that is not in the list any more is closed.
 *
 * May be called from any thread. Errors: `RMQ_ERROR_INVALID_CONFIG` for an
 * empty list or an address that cannot be. See RocketMQ's
 * `updateNameServerAddressList`.
 *
 * Returns: whether the list was taken
 */
gboolean
rmq_client_instance_set_name_servers (RmqClientInstance *self, const char *const *name_servers, GError **error)
{
  g_autofree char *joined = NULL;
  g_auto (GStrv) parsed = NULL;

  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), FALSE);
  g_return_val_if_fail (name_servers != NULL, FALSE);

  if (_rmq_client_instance_is_forked (self, error))
    return FALSE;
  joined = g_strjoinv (";", (char **) name_servers);
  parsed = _rmq_name_servers_parse (joined, error);
  if (parsed == NULL)
    return FALSE;
  _rmq_client_core_set_name_servers (self->core, (const char *const *) parsed);
  return TRUE;
}

/**
 * rmq_client_instance_set_address_map:
 * @self: a client
 * @address_map: (array zero-terminated=1): entries `from=to`
 * @error: return location for an error
 *
 * Replaces what is connected to instead of the addresses that name servers
 * tell, also while the client runs: `10.0.0.5:10911=127.0.0.1:20911`, or
 * `*=gateway` for the host alone. Connections that are open stay.
 *
 * May be called from any thread. Errors: `RMQ_ERROR_INVALID_CONFIG`.
 *
 * Returns: whether the map was taken
 */
gboolean
rmq_client_instance_set_address_map (RmqClientInstance *self, const char *const *address_map, GError **error)
{
  g_autoptr (RmqAddressMap) map = NULL;

  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), FALSE);
  g_return_val_if_fail (address_map != NULL, FALSE);

  if (_rmq_client_instance_is_forked (self, error))
    return FALSE;
  map = _rmq_address_map_new (address_map, error);
  if (map == NULL)
    return FALSE;
  _rmq_client_core_set_address_map (self->core, address_map);
  return TRUE;
}

/**
 * rmq_client_instance_add_rpc_hook:
 * @self: a client that has not been started
 * @hook: a hook
 * @error: return location for an error
 *
 * Adds a hook behind those of the config. It sees every request and response,
 * in the I/O context.
 *
 * Errors: `RMQ_ERROR_INVALID_STATE` after the start.
 *
 * Returns: whether it was added
 */
gboolean
rmq_client_instance_add_rpc_hook (RmqClientInstance *self, RmqRpcHook *hook, GError **error)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), FALSE);
  g_return_val_if_fail (RMQ_IS_RPC_HOOK (hook), FALSE);

  if (_rmq_client_instance_is_forked (self, error))
    return FALSE;
  return _rmq_client_core_add_hook (self->core, hook, error);
}

/**
 * rmq_client_instance_get_main_context: (get-property main-context)
 * @self: a client
 *
 * Gets where signals and notifies are emitted.
 *
 * Returns: (transfer none): the context
 */
GMainContext *
rmq_client_instance_get_main_context (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return self->main_context;
}

/**
 * rmq_client_instance_get_connections:
 * @self: a client
 *
 * Gets the open connections. The model belongs to the main context. What
 * changes in one turn of it is one change of the model, after the signals of
 * that turn.
 *
 * Returns: (transfer none): a model of [class@ClientItem]
 */
GListModel *
rmq_client_instance_get_connections (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return G_LIST_MODEL (self->connections.shown);
}

/**
 * rmq_client_instance_get_producers:
 * @self: a client
 *
 * Gets the running producers, in a model like that of
 * [method@ClientInstance.get_connections].
 *
 * Returns: (transfer none): a model of [class@ClientItem]
 */
GListModel *
rmq_client_instance_get_producers (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return G_LIST_MODEL (self->producers.shown);
}

/**
 * rmq_client_instance_get_consumers:
 * @self: a client
 *
 * Gets the running consumers, in a model like that of
 * [method@ClientInstance.get_connections].
 *
 * Returns: (transfer none): a model of [class@ClientItem]
 */
GListModel *
rmq_client_instance_get_consumers (RmqClientInstance *self)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return G_LIST_MODEL (self->consumers.shown);
}
