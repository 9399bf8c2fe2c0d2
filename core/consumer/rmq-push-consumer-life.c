/* SPDX-License-Identifier: Apache-2.0
 *
 * Start and close of RmqPushConsumer, each by the _async form and blocking: checks in the caller's thread, then the
 * core's operations.
 */
#include "rmq-push-consumer-handle-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"

/* --- start --- */

static RmqConsumeHandler *
dup_handler (RmqPushConsumer *self, const RmqPushConsumerSettings *settings, GError **error)
{
  RmqConsumeHandler *handler = NULL;

  rmq_mutex_lock (&self->mutex);
  if (self->handler != NULL)
    handler = _rmq_consume_handler_ref (self->handler);
  rmq_mutex_unlock (&self->mutex);
  if (handler != NULL)
    return handler;
  if (!_rmq_push_consumer_has_message_handler (self))
    _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                    "Nobody handles the messages: set a handler or connect to ::message before the start");
  else if (settings->consume_threads > 0)
    _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                    "consume-threads needs a handler set by set_handler (): signals are emitted in the main context");
  else
    handler = _rmq_consume_handler_new (NULL, NULL, NULL, NULL, self->main_context);
  return handler;
}

/* What can be said before anything is sent. */
static RmqOperation *
prepare_start (RmqPushConsumer *self, GCancellable *cancellable, GError **error)
{
  RmqClock *clock = _rmq_io_get_clock (self->core->io);
  g_auto (RmqPushConsumerSettings) settings = { 0 };
  g_autoptr (RmqConsumeHandler) handler = NULL;
  RmqAllocationStrategy *strategy;

  rmq_mutex_lock (&self->mutex);
  _rmq_push_consumer_settings_copy (&settings, &self->settings);
  rmq_mutex_unlock (&self->mutex);
  if (!_rmq_consumer_group_check (self->group, error)
      || !_rmq_push_consumer_settings_check (&settings, _rmq_clock_realtime_ms (clock), error))
    return NULL;
  handler = dup_handler (self, &settings, error);
  if (handler == NULL)
    return NULL;
  strategy = _rmq_push_consumer_settings_dup_allocation (&settings, error);
  if (strategy == NULL)
    return NULL;
  return _rmq_push_consumer_core_start_operation (self->core, &settings, handler, strategy, cancellable);
}

/**
 * rmq_push_consumer_start_async:
 * @self: a consumer
 * @io_priority: priority of the callback
 * @cancellable: (nullable): cancels
 * @callback: (scope async) (closure user_data): called when done
 * @user_data: data for @callback
 *
 * Starts: checks the settings, starts the client, fetches the routes of the topics, has brokers check SQL expressions,
 * registers the group. A topic or a name server that is not there yet is no error: consumption begins once it is. The
 * first rebalance is not waited for. After a failure it may be tried again.
 */
void
rmq_push_consumer_start_async (RmqPushConsumer *self,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  RmqOperation *operation;
  GError *error = NULL;
  GTask *task;

  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  operation = prepare_start (self, cancellable, &error);
  if (operation != NULL)
    {
      _rmq_operation_run_async (operation, self, rmq_push_consumer_start_async, io_priority, callback, user_data);
      return;
    }
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, rmq_push_consumer_start_async);
  g_task_set_priority (task, io_priority);
  g_task_return_error (task, error);
  g_object_unref (task);
}

/**
 * rmq_push_consumer_start_finish:
 * @self: a consumer
 * @result: the result
 * @error: return location for a #GError
 *
 * Ends [method@PushConsumer.start_async].
 *
 * Returns: %FALSE with an error: as [method@PushConsumer.start]
 */
gboolean
rmq_push_consumer_start_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  return _rmq_operation_finish_boolean (self, result, rmq_push_consumer_start_async, error);
}

/**
 * rmq_push_consumer_start:
 * @self: a consumer
 * @cancellable: (nullable): cancels
 * @error: return location for a #GError
 *
 * Blocks until the consumer is started. Handlers are called only once [property@PushConsumer:main-context] is iterated,
 * unless there are [property@PushConsumer:consume-threads].
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_ARGUMENT for a setting outside its range, no handler or a bad group,
 *   %RMQ_ERROR_DUPLICATE_GROUP, %RMQ_ERROR_SUBSCRIPTION and others of a broker that refuses an expression, the errors
 *   of [method@ClientInstance.start]
 */
gboolean
rmq_push_consumer_start (RmqPushConsumer *self, GCancellable *cancellable, GError **error)
{
  RmqOperation *operation;

  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  operation = prepare_start (self, cancellable, error);
  return operation != NULL && _rmq_operation_run_sync_boolean (operation, error);
}

/* --- close --- */

/**
 * rmq_push_consumer_close_async:
 * @self: a consumer
 * @io_priority: priority of the callback
 * @cancellable: (nullable): ends the waiting, not the closing
 * @callback: (scope async) (closure user_data): called when done
 * @user_data: data for @callback
 *
 * Closes: stops pulling and calling, waits for handlers that run and messages that are deferred, at most the client's
 * `close-timeout`, commits what is finished, and leaves the group. Messages that were pulled and not handled go to
 * other members. Any number of calls, in any state.
 */
void
rmq_push_consumer_close_async (RmqPushConsumer *self,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  _rmq_operation_run_async (_rmq_push_consumer_core_close_operation (self->core, cancellable), self,
                            rmq_push_consumer_close_async, io_priority, callback, user_data);
}

/**
 * rmq_push_consumer_close_finish:
 * @self: a consumer
 * @result: the result
 * @error: return location for a #GError
 *
 * Ends [method@PushConsumer.close_async].
 *
 * Returns: %FALSE with an error: as [method@PushConsumer.close]
 */
gboolean
rmq_push_consumer_close_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  return _rmq_operation_finish_boolean (self, result, rmq_push_consumer_close_async, error);
}

/**
 * rmq_push_consumer_close:
 * @self: a consumer
 * @cancellable: (nullable): ends the waiting, not the closing
 * @error: return location for a #GError
 *
 * As [method@PushConsumer.close_async], blocking. Inside a handler of this consumer it begins to close and does not
 * wait: %G_IO_ERROR_PENDING.
 *
 * Returns: %FALSE with %RMQ_ERROR_TIMED_OUT when handlers had not finished in time; the consumer is closed all the same
 */
gboolean
rmq_push_consumer_close (RmqPushConsumer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  if (!_rmq_delivery_is_current (self->core->delivery))
    return _rmq_operation_run_sync_boolean (_rmq_push_consumer_core_close_operation (self->core, cancellable), error);
  _rmq_push_consumer_core_close_soon (self->core);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PENDING,
                       "The consumer closes once its handler, which asks for it, has returned");
  return FALSE;
}
