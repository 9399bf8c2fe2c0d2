/* SPDX-License-Identifier: Apache-2.0
 *
 * Start and close of RmqClientInstance, each by the _async form and blocking.
 */
#include "rmq-client-instance-private.h"

#include "base/rmq-error-private.h"

static void
started (const GError *error, void *data)
{
  RmqOperation *operation = data;

  if (error != NULL)
    _rmq_operation_return_error (operation, g_error_copy (error));
  else
    _rmq_operation_return_boolean (operation, true);
  _rmq_operation_unref (operation);
}

static void
start_start (RmqOperation *operation, void *data)
{
  _rmq_client_core_start (data, started, _rmq_operation_ref (operation));
}

/* The handle was closed, the client behind it goes on for others. */
static void
refuse_start (RmqOperation *operation, void *data)
{
  _rmq_operation_return_error (operation, _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client is closed"));
}

static RmqOperation *
start_operation (RmqClientInstance *self, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { start_start, NULL };
  static const RmqOperationFuncs refusal = { refuse_start, NULL };
  bool refused = g_atomic_int_get (&self->left_early) != 0;

  return _rmq_operation_new (self->core->io, refused ? &refusal : &funcs, _rmq_client_core_ref (self->core),
                             (GDestroyNotify) _rmq_client_core_unref, 0, cancellable);
}

/**
 * rmq_client_instance_start_async:
 * @self: a client
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it runs, in the thread-default context
 *   of the caller
 * @user_data: data for @callback
 *
 * Starts the client: checks its settings, loads its plugins, looks for name
 * servers where a discovery is set. No connection is made yet. Producers and
 * consumers do this by themselves.
 */
void
rmq_client_instance_start_async (RmqClientInstance *self,
                                 int io_priority,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (RMQ_IS_CLIENT_INSTANCE (self));

  _rmq_operation_run_async (start_operation (self, cancellable), self, rmq_client_instance_start_async, io_priority,
                            callback, user_data);
}

/**
 * rmq_client_instance_start_finish:
 * @self: a client
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@ClientInstance.start_async].
 *
 * Returns: whether it runs
 */
gboolean
rmq_client_instance_start_finish (RmqClientInstance *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_client_instance_start_async, error);
}

/**
 * rmq_client_instance_start:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Starts the client and blocks until it runs. See
 * [method@ClientInstance.start_async].
 *
 * Returns: whether it runs
 */
gboolean
rmq_client_instance_start (RmqClientInstance *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), FALSE);

  return _rmq_operation_run_sync_boolean (start_operation (self, cancellable), error);
}

/**
 * rmq_client_instance_close_async:
 * @self: a client
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable, to wait no longer; the client closes
 *   all the same
 * @callback: (scope async): called when it is closed, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Closes the client with all its producers and consumers: what is pending
 * fails with `RMQ_ERROR_CLOSED`, brokers are told, connections end. Close
 * producers and consumers first to let them finish their work. A client with
 * several handles ([func@ClientInstance.get_shared]) loses what was made with
 * this one, and ends with the last.
 *
 * May be called from any thread, in any state, any number of times. Returns
 * within the setting `close-timeout`.
 */
void
rmq_client_instance_close_async (RmqClientInstance *self,
                                 int io_priority,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (RMQ_IS_CLIENT_INSTANCE (self));

  _rmq_operation_run_async (_rmq_client_instance_close_operation (self, cancellable), self,
                            rmq_client_instance_close_async, io_priority, callback, user_data);
}

/**
 * rmq_client_instance_close_finish:
 * @self: a client
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@ClientInstance.close_async].
 *
 * Returns: whether it closed in time
 */
gboolean
rmq_client_instance_close_finish (RmqClientInstance *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_client_instance_close_async, error);
}

/**
 * rmq_client_instance_close:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Closes the client and blocks until it is closed. See
 * [method@ClientInstance.close_async].
 *
 * Returns: whether it closed in time
 */
gboolean
rmq_client_instance_close (RmqClientInstance *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), FALSE);

  return _rmq_operation_run_sync_boolean (_rmq_client_instance_close_operation (self, cancellable), error);
}

/**
 * rmq_client_instance_dup_details:
 * @self: a client
 * @result: the result that an asynchronous function of this object gave
 *
 * Gets the details of a failed operation. For languages whose errors carry no
 * more than a message; call it after the `_finish` function.
 *
 * Returns: (transfer full) (nullable): the details; `NULL` when it did not fail
 */
RmqErrorDetails *
rmq_client_instance_dup_details (RmqClientInstance *self, GAsyncResult *result)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (self), NULL);

  return _rmq_operation_dup_details (result);
}
