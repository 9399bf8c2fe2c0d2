/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods of RmqPushConsumer: checks in the caller's thread, then what the core does. Its start and close have a
 * file of their own.
 */
#include "rmq-push-consumer-handle-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-names-private.h"

/**
 * rmq_push_consumer_new:
 * @client: the client whose connections are used
 * @group: the consumer group
 *
 * Makes a consumer. Nothing is checked or sent before [method@PushConsumer.start].
 *
 * Returns: (transfer full): a new consumer
 */
RmqPushConsumer *
rmq_push_consumer_new (RmqClientInstance *client, const char *group)
{
  g_return_val_if_fail (RMQ_IS_CLIENT_INSTANCE (client), NULL);

  return g_object_new (RMQ_TYPE_PUSH_CONSUMER, "client", client, "group", group, NULL);
}

/**
 * rmq_push_consumer_get_client: (get-property client)
 * @self: a consumer
 *
 * Gets its client.
 *
 * Returns: (transfer none): the client
 */
RmqClientInstance *
rmq_push_consumer_get_client (RmqPushConsumer *self)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), NULL);

  return self->client;
}

/**
 * rmq_push_consumer_get_group: (get-property group)
 * @self: a consumer
 *
 * Gets its group.
 *
 * Returns: (nullable): the group
 */
const char *
rmq_push_consumer_get_group (RmqPushConsumer *self)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), NULL);

  return self->group;
}

/**
 * rmq_push_consumer_get_state: (get-property state)
 * @self: a consumer
 *
 * Gets the state. Changes are notified in the main context.
 *
 * Returns: the state at this moment
 */
RmqState
rmq_push_consumer_get_state (RmqPushConsumer *self)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), RMQ_STATE_CLOSED);

  return _rmq_push_consumer_core_get_state (self->core);
}

/* --- subscriptions --- */

static bool
check_usable (RmqPushConsumer *self, GError **error)
{
  if (self->fork_generation != _rmq_fork_generation ())
    {
      _rmq_set_error (error, RMQ_ERROR_FORKED, NULL,
                      "This consumer belongs to the parent process: make a new one after fork ()");
      return false;
    }
  if (rmq_push_consumer_get_state (self) < RMQ_STATE_CLOSING)
    return true;
  _rmq_set_error (error, RMQ_ERROR_CLOSED, NULL, "The consumer is closed");
  return false;
}

static bool
subscribe (RmqPushConsumer *self, const char *topic, const char *expression, const char *type, GError **error)
{
  RmqClock *clock = _rmq_io_get_clock (self->core->io);
  RmqSubscription *subscription;

  if (!check_usable (self, error) || !_rmq_topic_check (topic, error))
    return false;
  subscription = _rmq_subscription_build (topic, expression, type, _rmq_clock_realtime_ms (clock), error);
  if (subscription == NULL)
    return false;
  _rmq_push_consumer_core_subscribe (self->core, topic, subscription);
  return true;
}

/**
 * rmq_push_consumer_subscribe:
 * @self: a consumer
 * @topic: a topic; it need not exist yet
 * @tags: (nullable): tags between `||`, such as `created || paid`; `NULL`, `""` and `*`: every message
 * @error: return location for a #GError
 *
 * Subscribes to a topic, or replaces what was subscribed of it. Also while the consumer runs; what is pulled from then
 * on follows the new expression. All members of a group must subscribe alike.
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_ARGUMENT for a name or an expression that cannot be, %RMQ_ERROR_CLOSED
 */
gboolean
rmq_push_consumer_subscribe (RmqPushConsumer *self, const char *topic, const char *tags, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  return subscribe (self, topic, tags, RMQ_EXPRESSION_TAG, error);
}

/**
 * rmq_push_consumer_subscribe_sql:
 * @self: a consumer
 * @topic: a topic
 * @sql: an expression over properties, such as `price > 20 AND TAGS IS NOT NULL`
 * @error: return location for a #GError
 *
 * Subscribes to the messages of a topic that an SQL92 expression selects. The broker judges it: a broker that does not
 * allow it, or does not understand the expression, makes [method@PushConsumer.start] fail.
 *
 * Returns: as [method@PushConsumer.subscribe]
 */
gboolean
rmq_push_consumer_subscribe_sql (RmqPushConsumer *self, const char *topic, const char *sql, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  if (sql == NULL || *sql == '\0')
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "The SQL expression for topic %s is empty",
                      topic != NULL ? topic : "(null)");
      return FALSE;
    }
  return subscribe (self, topic, sql, RMQ_EXPRESSION_SQL92, error);
}

/**
 * rmq_push_consumer_unsubscribe:
 * @self: a consumer
 * @topic: a topic
 * @error: return location for a #GError
 *
 * Ends a subscription: finished messages of its queues are committed, the others go to the other members of the group.
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_ARGUMENT for a name that cannot be, %RMQ_ERROR_CLOSED
 */
gboolean
rmq_push_consumer_unsubscribe (RmqPushConsumer *self, const char *topic, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  if (!check_usable (self, error) || !_rmq_topic_check (topic, error))
    return FALSE;
  if (g_str_equal (topic, self->core->retry_topic))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                      "The subscription of %s stays: retries of the group come by it", topic);
      return FALSE;
    }
  _rmq_push_consumer_core_subscribe (self->core, topic, NULL);
  return TRUE;
}

/* --- handlers --- */

static void
set_handler (RmqPushConsumer *self,
             RmqMessageHandler message,
             RmqBatchHandler batch,
             void *user_data,
             GDestroyNotify destroy)
{
  RmqConsumeHandler *handler = NULL;
  RmqConsumeHandler *old;

  if (message != NULL || batch != NULL)
    handler = _rmq_consume_handler_new (message, batch, user_data, destroy, self->main_context);
  rmq_mutex_lock (&self->mutex);
  old = self->handler;
  self->handler = handler;
  rmq_mutex_unlock (&self->mutex);
  g_clear_pointer (&old, _rmq_consume_handler_unref);
}

/**
 * rmq_push_consumer_set_handler:
 * @self: a consumer
 * @handler: (nullable) (scope notified) (closure user_data) (destroy destroy): what is called for each message
 * @user_data: data for @handler
 * @destroy: (nullable): frees @user_data, in [property@PushConsumer:main-context]
 *
 * Sets the handler. Takes effect at start; it replaces a batch handler.
 */
void
rmq_push_consumer_set_handler (RmqPushConsumer *self,
                               RmqMessageHandler handler,
                               gpointer user_data,
                               GDestroyNotify destroy)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  set_handler (self, handler, NULL, user_data, destroy);
}

/**
 * rmq_push_consumer_set_batch_handler:
 * @self: a consumer
 * @handler: (nullable) (scope notified) (closure user_data) (destroy destroy): what is called for up to
 *   [property@PushConsumer:consume-batch-size] messages
 * @user_data: data for @handler
 * @destroy: (nullable): frees @user_data, in [property@PushConsumer:main-context]
 *
 * Sets a handler of batches. Its result is that of every message of the batch that was not settled by itself with
 * [method@Message.ack] or [method@Message.retry]. Takes effect at start; it replaces a handler of single messages.
 */
void
rmq_push_consumer_set_batch_handler (RmqPushConsumer *self,
                                     RmqBatchHandler handler,
                                     gpointer user_data,
                                     GDestroyNotify destroy)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  set_handler (self, NULL, handler, user_data, destroy);
}

/* --- while it runs --- */

/**
 * rmq_push_consumer_pause:
 * @self: a consumer
 *
 * Stops pulling and calling the handler, until [method@PushConsumer.resume]. Handlers that run finish; messages that
 * are here already wait.
 */
void
rmq_push_consumer_pause (RmqPushConsumer *self)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  if (check_usable (self, NULL))
    _rmq_push_consumer_core_set_paused (self->core, true);
}

/**
 * rmq_push_consumer_resume:
 * @self: a consumer
 *
 * Goes on after [method@PushConsumer.pause], at once.
 */
void
rmq_push_consumer_resume (RmqPushConsumer *self)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  if (check_usable (self, NULL))
    _rmq_push_consumer_core_set_paused (self->core, false);
}

/**
 * rmq_push_consumer_dup_assignment:
 * @self: a consumer
 *
 * Which queues are this consumer's now.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues, sorted
 */
GPtrArray *
rmq_push_consumer_dup_assignment (RmqPushConsumer *self)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), NULL);

  return _rmq_push_consumer_core_dup_assignment (self->core);
}

/**
 * rmq_push_consumer_commit_async:
 * @self: a consumer
 * @io_priority: priority of the callback
 * @cancellable: (nullable): cancels
 * @callback: (scope async) (closure user_data): called when done
 * @user_data: data for @callback
 *
 * Commits what is finished now, and waits for the brokers' answers. Offsets are also committed by themselves, every
 * `commit-interval` of the client and when a queue or the consumer goes.
 */
void
rmq_push_consumer_commit_async (RmqPushConsumer *self,
                                int io_priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PUSH_CONSUMER (self));

  _rmq_operation_run_async (_rmq_push_consumer_core_commit_operation (self->core, cancellable), self,
                            rmq_push_consumer_commit_async, io_priority, callback, user_data);
}

/**
 * rmq_push_consumer_commit_finish:
 * @self: a consumer
 * @result: the result
 * @error: return location for a #GError
 *
 * Ends [method@PushConsumer.commit_async].
 *
 * Returns: %FALSE with an error: as [method@PushConsumer.commit]
 */
gboolean
rmq_push_consumer_commit_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  return _rmq_operation_finish_boolean (self, result, rmq_push_consumer_commit_async, error);
}

/**
 * rmq_push_consumer_commit:
 * @self: a consumer
 * @cancellable: (nullable): cancels
 * @error: return location for a #GError
 *
 * As [method@PushConsumer.commit_async], blocking.
 *
 * Returns: %FALSE with %RMQ_ERROR_INVALID_STATE when it does not run, or the first error of a broker
 */
gboolean
rmq_push_consumer_commit (RmqPushConsumer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), FALSE);

  return _rmq_operation_run_sync_boolean (_rmq_push_consumer_core_commit_operation (self->core, cancellable), error);
}

/**
 * rmq_push_consumer_dup_details:
 * @self: a consumer
 * @result: a result that a callback of this consumer got
 *
 * Gets the details of a failed operation.
 *
 * Returns: (transfer full) (nullable): the details
 */
RmqErrorDetails *
rmq_push_consumer_dup_details (RmqPushConsumer *self, GAsyncResult *result)
{
  g_return_val_if_fail (RMQ_IS_PUSH_CONSUMER (self), NULL);

  return _rmq_operation_dup_details (result);
}
