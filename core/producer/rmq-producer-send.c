/* SPDX-License-Identifier: Apache-2.0
 *
 * The sending functions of RmqProducer: blocking, with a callback, one-way, and the rate path.
 */
#include "rmq-producer-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-names-private.h"

static bool
check_usable (RmqProducer *self, GError **error)
{
  if (self->fork_generation == _rmq_fork_generation ())
    return self->group_is_valid || _rmq_producer_group_check (self->group, error);
  _rmq_set_error (error, RMQ_ERROR_FORKED, NULL,
                  "This producer belongs to the parent process: make a new one after fork ()");
  return false;
}

/* --- One message, one operation
 * --------------------------------------------------------------------------------------- */

typedef struct
{
  RmqProducerCore *core;
  RmqSendOp *op;
  bool running;
  GError *error; /* of the preparation */
} SendData;

static void
send_data_free (void *data)
{
  SendData *self = data;

  if (self->op != NULL && !self->running)
    _rmq_producer_core_discard (self->op);
  g_clear_error (&self->error);
  _rmq_producer_core_unref (self->core);
  g_free (self);
}

static void
send_start (RmqOperation *operation, void *data)
{
  SendData *self = data;

  if (self->error != NULL)
    {
      _rmq_operation_return_error (operation, g_steal_pointer (&self->error));
      return;
    }
  self->running = true;
  _rmq_producer_core_run (self->core, self->op, _rmq_operation_ref (operation));
}

static void
send_stop (RmqOperation *operation, void *data, const GError *error)
{
  SendData *self = data;
  g_autofree char *what = _rmq_error_dup_what (error);

  _rmq_send_op_abort (self->op, (RmqError) error->code, what);
}

static RmqOperation *
send_operation (RmqProducer *self, RmqMessage *message, RmqMessageQueue *queue, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { send_start, send_stop };
  SendData *data = g_new0 (SendData, 1);

  data->core = _rmq_producer_core_ref (self->core);
  if (check_usable (self, &data->error))
    data->op = _rmq_producer_core_prepare (self->core, message, queue, RMQ_SEND_PLAIN, &data->error);
  return _rmq_operation_new (_rmq_client_core_get_io (self->core->client), &funcs, data, send_data_free,
                             _rmq_producer_get_options (self).send_timeout_ms * G_TIME_SPAN_MILLISECOND, cancellable);
}

/**
 * rmq_producer_send_async:
 * @self: a producer
 * @message: a message; sealed from now on
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is stored or failed, in the
 *   thread-default context of the caller
 * @user_data: data for @callback
 *
 * Sends a message to a queue of its topic.
 *
 * A topic that does not exist is created by the brokers where they allow it.
 * After a failure that may pass, another queue is tried within the timeout.
 * Cancelled before the first byte left, the message is not stored; afterwards
 * nobody knows, unless the answer was there already.
 *
 * May be called from any thread. See RocketMQ's `DefaultMQProducer.send`.
 */
void
rmq_producer_send_async (RmqProducer *self,
                         RmqMessage *message,
                         int io_priority,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));
  g_return_if_fail (message != NULL);

  _rmq_operation_run_async (send_operation (self, message, NULL, cancellable), self, rmq_producer_send_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_producer_send_finish:
 * @self: a producer
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Producer.send_async].
 *
 * Errors: those of [error@Error]; the details tell outcome and attempts.
 *
 * Returns: (transfer full): the receipt
 */
RmqSendReceipt *
rmq_producer_send_finish (RmqProducer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return _rmq_operation_finish_pointer (self, result, rmq_producer_send_async, error);
}

/**
 * rmq_producer_send:
 * @self: a producer
 * @message: a message; sealed from now on
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message and blocks until it is stored or failed. See
 * [method@Producer.send_async]. Does not iterate any main context.
 *
 * Errors: those of [error@Error]; `G_IO_ERROR_WOULD_BLOCK` in the client's own
 * I/O context.
 *
 * Returns: (transfer full): the receipt
 */
RmqSendReceipt *
rmq_producer_send (RmqProducer *self, RmqMessage *message, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);
  g_return_val_if_fail (message != NULL, NULL);

  return _rmq_operation_run_sync (send_operation (self, message, NULL, cancellable), error);
}

/**
 * rmq_producer_send_to_queue_async:
 * @self: a producer
 * @message: a message; sealed from now on
 * @queue: where it goes, and nowhere else
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is stored or failed, in the
 *   thread-default context of the caller
 * @user_data: data for @callback
 *
 * Sends a message to one queue. It is never moved to another one, so it is
 * tried once.
 */
void
rmq_producer_send_to_queue_async (RmqProducer *self,
                                  RmqMessage *message,
                                  RmqMessageQueue *queue,
                                  int io_priority,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));
  g_return_if_fail (message != NULL);
  g_return_if_fail (queue != NULL);

  _rmq_operation_run_async (send_operation (self, message, queue, cancellable), self, rmq_producer_send_to_queue_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_producer_send_to_queue_finish:
 * @self: a producer
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Producer.send_to_queue_async].
 *
 * Returns: (transfer full): the receipt
 */
RmqSendReceipt *
rmq_producer_send_to_queue_finish (RmqProducer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return _rmq_operation_finish_pointer (self, result, rmq_producer_send_to_queue_async, error);
}

/**
 * rmq_producer_send_to_queue:
 * @self: a producer
 * @message: a message; sealed from now on
 * @queue: where it goes, and nowhere else
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Sends a message to one queue and blocks until it is stored or failed. See
 * [method@Producer.send_to_queue_async].
 *
 * Returns: (transfer full): the receipt
 */
RmqSendReceipt *
rmq_producer_send_to_queue (RmqProducer *self,
                            RmqMessage *message,
                            RmqMessageQueue *queue,
                            GCancellable *cancellable,
                            GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);
  g_return_val_if_fail (message != NULL, NULL);
  g_return_val_if_fail (queue != NULL, NULL);

  return _rmq_operation_run_sync (send_operation (self, message, queue, cancellable), error);
}

/* --- The rate path
 * ----------------------------------------------------------------------------------------------------- */

static gboolean
submit (RmqProducer *self, RmqMessage *message, RmqSendFlags flags, bool wants_receipt, GError **error)
{
  RmqSendOp *op;

  if (!check_usable (self, error))
    return FALSE;
  if (_rmq_producer_core_get_state (self->core) >= RMQ_STATE_CLOSING)
    {
      _rmq_set_error (error, RMQ_ERROR_CLOSED, NULL, "The producer is closed");
      return FALSE;
    }
  if (!_rmq_producer_core_take_slot (self->core, error))
    return FALSE;
  op = _rmq_producer_core_prepare (self->core, message, NULL, flags, error);
  if (op == NULL)
    {
      _rmq_producer_core_release_slots (self->core, 1);
      return FALSE;
    }
  _rmq_producer_core_submit (self->core, op, wants_receipt);
  return TRUE;
}

/**
 * rmq_producer_send_oneway:
 * @self: a producer
 * @message: a message; sealed from now on
 * @error: return location for an error
 *
 * Sends a message without asking for an answer: whether it was stored is not
 * known. Failures that the client sees are logged.
 *
 * May be called from any thread. Errors: `RMQ_ERROR_MESSAGE_ILLEGAL` and the
 * like for what cannot be sent, `RMQ_ERROR_QUEUE_FULL` when it is faster than
 * the connection.
 *
 * Returns: whether it is on its way
 */
gboolean
rmq_producer_send_oneway (RmqProducer *self, RmqMessage *message, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  return submit (self, message, RMQ_SEND_ONEWAY, false, error);
}

/**
 * rmq_producer_enqueue:
 * @self: a producer
 * @message: a message; sealed from now on
 * @error: return location for an error
 *
 * Sends a message; its receipt comes by [signal@Producer::receipts]. This is
 * the fast way.
 *
 * May be called from any thread. Errors: `RMQ_ERROR_MESSAGE_ILLEGAL` and the
 * like for what cannot be sent; `RMQ_ERROR_CLOSED` after the close;
 * `RMQ_ERROR_QUEUE_FULL` when [property@Producer:max-pending] messages are on their way: go on at
 * [signal@Producer::writable].
 *
 * Returns: whether it is on its way
 */
gboolean
rmq_producer_enqueue (RmqProducer *self, RmqMessage *message, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  return submit (self, message, RMQ_SEND_PLAIN, _rmq_producer_hears_receipts (self), error);
}

/**
 * rmq_producer_dup_details:
 * @self: a producer
 * @result: the result that an asynchronous function of this object gave
 *
 * Gets the details of a failed operation. For languages whose errors carry no
 * more than a message; call it after the `_finish` function.
 *
 * Returns: (transfer full) (nullable): the details; `NULL` when it did not fail
 */
RmqErrorDetails *
rmq_producer_dup_details (RmqProducer *self, GAsyncResult *result)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return _rmq_operation_dup_details (result);
}
