/* SPDX-License-Identifier: Apache-2.0
 *
 * The other operations of RmqProducer: flush, the queues of a topic, close.
 */
#include "rmq-producer-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-names-private.h"

typedef struct
{
  RmqProducerCore *core;
  char *topic;
  RmqOperation *operation;
  RmqRouteRequest *request;
} OperationData;

static void
operation_data_free (void *data)
{
  OperationData *self = data;

  g_free (self->topic);
  _rmq_producer_core_unref (self->core);
  g_free (self);
}

static RmqOperation *
make_operation (RmqProducer *self,
                const RmqOperationFuncs *funcs,
                const char *topic,
                int64_t timeout_us,
                GCancellable *cancellable)
{
  OperationData *data = g_new0 (OperationData, 1);

  data->core = _rmq_producer_core_ref (self->core);
  data->topic = g_strdup (topic);
  return _rmq_operation_new (_rmq_client_core_get_io (self->core->client), funcs, data, operation_data_free, timeout_us,
                             cancellable);
}

/* --- Flush -----------------------------------------------------------------------------------------------------------
 */

static void
flush_start (RmqOperation *operation, void *data)
{
  _rmq_producer_core_wait_idle (((OperationData *) data)->core, _rmq_operation_ref (operation));
}

static void
flush_stop (RmqOperation *operation, void *data, const GError *error)
{
  _rmq_operation_ref (operation);
  _rmq_producer_core_forget_flush (((OperationData *) data)->core, operation);
  _rmq_operation_return_error (operation, g_error_copy (error));
  _rmq_operation_unref (operation);
}

static const RmqOperationFuncs flush_funcs = { flush_start, flush_stop };

/**
 * rmq_producer_flush_async:
 * @self: a producer
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when nothing is on its way, in the
 *   thread-default context of the caller
 * @user_data: data for @callback
 *
 * Waits until every message sent so far was answered or failed. Receipts may
 * still be on their way to handlers of [signal@Producer::receipts].
 */
void
rmq_producer_flush_async (RmqProducer *self,
                          int io_priority,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));

  _rmq_operation_run_async (make_operation (self, &flush_funcs, NULL, 0, cancellable), self, rmq_producer_flush_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_producer_flush_finish:
 * @self: a producer
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Producer.flush_async].
 *
 * Returns: whether nothing is on its way
 */
gboolean
rmq_producer_flush_finish (RmqProducer *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_producer_flush_async, error);
}

/**
 * rmq_producer_flush:
 * @self: a producer
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Blocks until every message sent so far was answered or failed. See
 * [method@Producer.flush_async].
 *
 * Returns: whether nothing is on its way
 */
gboolean
rmq_producer_flush (RmqProducer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), FALSE);

  return _rmq_operation_run_sync_boolean (make_operation (self, &flush_funcs, NULL, 0, cancellable), error);
}

/* --- The queues of a topic ------------------------------------------------------------------------------------------
 */

static void
queues_got_route (RmqRoute *route, const GError *error, void *user_data)
{
  RmqOperation *operation = user_data;
  OperationData *data = _rmq_operation_get_data (operation);
  GPtrArray *queues;

  data->request = NULL;
  if (route == NULL)
    {
      _rmq_operation_return_error (operation, g_error_copy (error));
    }
  else
    {
      queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
      for (unsigned i = 0; i < route->publish->len; i++)
        g_ptr_array_add (queues, rmq_message_queue_ref (route->publish->pdata[i]));
      _rmq_operation_return_pointer (operation, queues, (GDestroyNotify) g_ptr_array_unref);
    }
  _rmq_operation_unref (operation);
}

static void
queues_client_started (const GError *error, void *user_data)
{
  RmqOperation *operation = user_data;
  OperationData *data = _rmq_operation_get_data (operation);

  if (error != NULL)
    {
      _rmq_operation_return_error (operation, g_error_copy (error));
      _rmq_operation_unref (operation);
      return;
    }
  if (_rmq_operation_is_done (operation))
    {
      _rmq_operation_unref (operation);
      return;
    }
  data->request =
      _rmq_client_core_fetch_route (data->core->client, data->topic, false, 0, INT64_MAX, queues_got_route, operation);
}

static void
queues_start (RmqOperation *operation, void *user_data)
{
  OperationData *data = user_data;
  GError *error = NULL;

  if (!_rmq_topic_check (data->topic, &error))
    {
      _rmq_operation_return_error (operation, error);
      return;
    }
  _rmq_client_core_start (data->core->client, queues_client_started, _rmq_operation_ref (operation));
}

static void
queues_stop (RmqOperation *operation, void *user_data, const GError *error)
{
  OperationData *data = user_data;
  bool had_request = data->request != NULL;

  if (had_request)
    _rmq_route_request_cancel (g_steal_pointer (&data->request));
  _rmq_operation_return_error (operation, g_error_copy (error));
  if (had_request)
    _rmq_operation_unref (operation);
}

static RmqOperation *
queues_operation (RmqProducer *self, const char *topic, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { queues_start, queues_stop };

  return make_operation (self, &funcs, topic, rmq_producer_get_send_timeout (self) * G_TIME_SPAN_MILLISECOND,
                         cancellable);
}

/**
 * rmq_producer_dup_queues_async:
 * @self: a producer
 * @topic: a topic
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the queues, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Asks a name server for the queues of a topic that can be written to.
 */
void
rmq_producer_dup_queues_async (RmqProducer *self,
                               const char *topic,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));
  g_return_if_fail (topic != NULL);

  _rmq_operation_run_async (queues_operation (self, topic, cancellable), self, rmq_producer_dup_queues_async,
                            io_priority, callback, user_data);
}

/**
 * rmq_producer_dup_queues_finish:
 * @self: a producer
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Producer.dup_queues_async].
 *
 * Errors: `RMQ_ERROR_NO_ROUTE` when there is no such topic.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues
 */
GPtrArray *
rmq_producer_dup_queues_finish (RmqProducer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);

  return _rmq_operation_finish_pointer (self, result, rmq_producer_dup_queues_async, error);
}

/**
 * rmq_producer_dup_queues:
 * @self: a producer
 * @topic: a topic
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks a name server for the queues of a topic that can be written to, and
 * blocks until it answers.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues
 */
GPtrArray *
rmq_producer_dup_queues (RmqProducer *self, const char *topic, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), NULL);
  g_return_val_if_fail (topic != NULL, NULL);

  return _rmq_operation_run_sync (queues_operation (self, topic, cancellable), error);
}

/* --- Close -----------------------------------------------------------------------------------------------------------
 */

static void
close_start (RmqOperation *operation, void *user_data)
{
  OperationData *data = user_data;
  const RmqClientSettings *settings = _rmq_client_core_get_settings (data->core->client);
  int64_t patience = settings->close_timeout;
  int64_t now = _rmq_io_now (_rmq_client_core_get_io (data->core->client));

  _rmq_producer_core_close (data->core, now + patience, _rmq_operation_ref (operation));
}

static RmqOperation *
close_operation (RmqProducer *self, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { close_start, NULL };
  const RmqClientSettings *settings = _rmq_client_core_get_settings (self->core->client);

  return make_operation (self, &funcs, NULL, settings->close_timeout + G_TIME_SPAN_SECOND, cancellable);
}

/**
 * rmq_producer_close_async:
 * @self: a producer
 * @io_priority: priority of the callback
 * @cancellable: (nullable): a cancellable, to wait no longer; the producer
 *   closes all the same
 * @callback: (scope async): called when it is closed, in the thread-default
 *   context of the caller
 * @user_data: data for @callback
 *
 * Closes the producer: nothing more is taken, what is on its way may end, what
 * has not ended after the client's `close-timeout` fails with
 * `RMQ_ERROR_CLOSED`, the brokers are told.
 *
 * May be called from any thread, in any state, any number of times.
 */
void
rmq_producer_close_async (RmqProducer *self,
                          int io_priority,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (RMQ_IS_PRODUCER (self));

  _rmq_operation_run_async (close_operation (self, cancellable), self, rmq_producer_close_async, io_priority, callback,
                            user_data);
}

/**
 * rmq_producer_close_finish:
 * @self: a producer
 * @result: the result
 * @error: return location for an error
 *
 * Ends [method@Producer.close_async].
 *
 * Returns: whether it closed in time
 */
gboolean
rmq_producer_close_finish (RmqProducer *self, GAsyncResult *result, GError **error)
{
  return _rmq_operation_finish_boolean (self, result, rmq_producer_close_async, error);
}

/**
 * rmq_producer_close:
 * @self: a producer
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Closes the producer and blocks until it is closed. See
 * [method@Producer.close_async].
 *
 * Returns: whether it closed in time
 */
gboolean
rmq_producer_close (RmqProducer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_IS_PRODUCER (self), FALSE);

  return _rmq_operation_run_sync_boolean (close_operation (self, cancellable), error);
}
