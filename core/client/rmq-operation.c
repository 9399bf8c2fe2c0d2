/* SPDX-License-Identifier: Apache-2.0
 *
 * Public operations: from the caller's thread into the I/O context and back, exactly once.
 */
#include "rmq-operation-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"

/* Deadlines may share a wake-up within this window. */
#define DEADLINE_ACCURACY_US 20000

typedef struct
{
  GMutex mutex;
  GCond cond;
  bool done;
} RmqWaiter;

struct _RmqOperation
{
  RmqIoOp io_op;
  int ref_count;
  RmqIo *io;
  const RmqOperationFuncs *funcs;
  void *data;
  GDestroyNotify data_free;

  int64_t timeout_us;
  int64_t deadline_us;
  RmqTimer timer;
  GCancellable *cancellable;
  gulong cancel_id;

  bool is_async;
  GTask *task; /* the async form; the caller's context takes it */
  int priority;
  GSource *delivery; /* of the completion */
  RmqWaiter *waiter; /* the sync form: on the stack of the caller */

  bool started;
  bool done; /* I/O context */
  void *value;
  GDestroyNotify value_free;
  GError *error;
};

typedef struct
{
  RmqIoOp io_op;
  RmqOperation *operation;
} CancelOp;

RmqOperation *
_rmq_operation_new (RmqIo *io,
                    const RmqOperationFuncs *funcs,
                    void *data,
                    GDestroyNotify data_free,
                    int64_t timeout_us,
                    GCancellable *cancellable)
{
  RmqOperation *self = g_new0 (RmqOperation, 1);

  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->funcs = funcs;
  self->data = data;
  self->data_free = data_free;
  self->timeout_us = timeout_us;
  self->deadline_us = INT64_MAX;
  g_set_object (&self->cancellable, cancellable);
  return self;
}

RmqOperation *
_rmq_operation_ref (RmqOperation *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_operation_unref (RmqOperation *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;

  if (self->value != NULL && self->value_free != NULL)
    self->value_free (self->value);
  g_clear_error (&self->error);
  if (self->data_free != NULL)
    self->data_free (self->data);
  g_clear_pointer (&self->delivery, g_source_unref);
  g_clear_object (&self->task);
  g_clear_object (&self->cancellable);
  _rmq_io_unref (self->io);
  g_free (self);
}

void *
_rmq_operation_get_data (RmqOperation *self)
{
  return self->data;
}

int64_t
_rmq_operation_get_deadline (RmqOperation *self)
{
  return self->deadline_us;
}

bool
_rmq_operation_is_done (RmqOperation *self)
{
  return self->done;
}

/* In the caller's context: the task returns here, so its callback runs at once and every reference that the caller gave
 * us is dropped where the caller lives. */
static gboolean
complete_in_context (gpointer user_data)
{
  RmqOperation *self = user_data;
  const RmqErrorDetails *details;
  /* The I/O context may still hold the operation, but must not be the one that drops the caller's object. */
  g_autoptr (GTask) task = NULL;
  g_autoptr (GSource) source = NULL;

  RMQ_TSAN_ACQUIRE (self);
  source = g_steal_pointer (&self->delivery);
  task = g_steal_pointer (&self->task);
  details = self->error != NULL ? rmq_error_get_details (self->error) : NULL;
  if (details != NULL)
    g_task_set_task_data (task, rmq_error_details_ref ((RmqErrorDetails *) details),
                          (GDestroyNotify) rmq_error_details_unref);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->value), self->value_free);
  return G_SOURCE_REMOVE;
}

static void
deliver_async (RmqOperation *self)
{
  GSource *source = g_idle_source_new ();
  GMainContext *context;

  g_source_set_priority (source, self->priority);
  g_source_set_static_name (source, "rmq-operation");
  g_source_set_callback (source, complete_in_context, _rmq_operation_ref (self), (GDestroyNotify) _rmq_operation_unref);
  /* Its last reference goes where it ran, too. */
  self->delivery = source;
  context = g_task_get_context (self->task);
  RMQ_TSAN_RELEASE (self);
  g_source_attach (source, context);
}

static void
deliver_sync (RmqWaiter *waiter)
{
  rmq_mutex_lock (&waiter->mutex);
  waiter->done = true;
  g_cond_signal (&waiter->cond);
  rmq_mutex_unlock (&waiter->mutex);
}

/* Takes value or error. Everything that is needed after the caller was told is gone before. */
static void
end (RmqOperation *self, void *value, GDestroyNotify value_free, GError *error)
{
  RmqWaiter *waiter;

  if (self->done)
    {
      if (value != NULL && value_free != NULL)
        value_free (value);
      g_clear_error (&error);
      return;
    }

  self->done = true;
  self->value = value;
  self->value_free = value_free;
  self->error = error;
  if (rmq_timer_is_armed (&self->timer))
    _rmq_timer_disarm (_rmq_io_get_timers (self->io), &self->timer);
  /* Not g_cancellable_disconnect (), which waits for whatever else is called by the same cancellable. */
  if (self->cancel_id != 0)
    g_signal_handler_disconnect (self->cancellable, self->cancel_id);
  self->cancel_id = 0;

  waiter = self->waiter;
  if (self->is_async)
    deliver_async (self);
  else if (waiter != NULL)
    deliver_sync (waiter);
  _rmq_operation_unref (self);
}

void
_rmq_operation_return_pointer (RmqOperation *self, void *value, GDestroyNotify value_free)
{
  end (self, value, value_free, NULL);
}

void
_rmq_operation_return_boolean (RmqOperation *self, bool value)
{
  end (self, GINT_TO_POINTER (value), NULL, NULL);
}

void
_rmq_operation_return_error (RmqOperation *self, GError *error)
{
  end (self, NULL, NULL, error);
}

/* Takes error. */
static void
stop (RmqOperation *self, GError *error)
{
  g_autoptr (GError) reason = error;

  if (self->done)
    return;
  if (!self->started || self->funcs->stop == NULL)
    end (self, NULL, NULL, g_steal_pointer (&reason));
  else
    self->funcs->stop (self, self->data, reason);
}

static void
deadline_came (RmqTimer *timer, void *data)
{
  RmqOperation *self = data;

  stop (self, _rmq_error_new (RMQ_ERROR_TIMED_OUT, NULL, "Timed out after %" G_GINT64_FORMAT " ms",
                              (int64_t) (self->timeout_us / 1000)));
}

static void
cancel_run (RmqIoOp *io_op)
{
  CancelOp *cancel = (CancelOp *) io_op;

  stop (cancel->operation, _rmq_error_new (RMQ_ERROR_CANCELLED, NULL, "The operation was cancelled"));
  _rmq_operation_unref (cancel->operation);
  g_free (cancel);
}

static void
cancel_drop (RmqIoOp *io_op)
{
  CancelOp *cancel = (CancelOp *) io_op;

  _rmq_operation_unref (cancel->operation);
  g_free (cancel);
}

/* In whatever thread cancels; also at once, from g_cancellable_connect (). */
static void
cancelled (GCancellable *cancellable, gpointer user_data)
{
  RmqOperation *self = user_data;
  CancelOp *cancel = g_new0 (CancelOp, 1);

  cancel->io_op.run = cancel_run;
  cancel->io_op.drop = cancel_drop;
  cancel->operation = _rmq_operation_ref (self);
  _rmq_io_submit (self->io, &cancel->io_op);
}

static void
start_run (RmqIoOp *io_op)
{
  RmqOperation *self = (RmqOperation *) io_op;

  if (self->done)
    {
      _rmq_operation_unref (self);
      return;
    }
  if (self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable))
    {
      stop (self, _rmq_error_new (RMQ_ERROR_CANCELLED, NULL, "The operation was cancelled"));
      _rmq_operation_unref (self);
      return;
    }
  if (self->cancellable != NULL)
    self->cancel_id = g_cancellable_connect (self->cancellable, G_CALLBACK (cancelled), _rmq_operation_ref (self),
                                             (GDestroyNotify) _rmq_operation_unref);
  self->started = true;
  if (self->timeout_us > 0)
    {
      self->deadline_us = _rmq_io_now (self->io) + self->timeout_us;
      rmq_timer_init (&self->timer, deadline_came, self);
      _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->timer, self->deadline_us, DEADLINE_ACCURACY_US);
    }
  self->funcs->start (self, self->data);
  _rmq_operation_unref (self);
}

static void
start_drop (RmqIoOp *io_op)
{
  RmqOperation *self = (RmqOperation *) io_op;
  const GError *failure = _rmq_io_get_failure (self->io);

  end (self, NULL, NULL,
       failure != NULL ? g_error_copy (failure)
                       : _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client's I/O context is gone"));
  _rmq_operation_unref (self);
}

/* One reference for the submitted op, one until the end. */
static void
submit (RmqOperation *self)
{
  self->io_op.run = start_run;
  self->io_op.drop = start_drop;
  _rmq_operation_ref (self);
  _rmq_operation_ref (self);
  _rmq_io_submit (self->io, &self->io_op);
}

static GError *
forked_error (void)
{
  return _rmq_error_new (RMQ_ERROR_FORKED, NULL,
                         "This client belongs to the parent process: make a new one after fork ()");
}

void
_rmq_operation_run_async (RmqOperation *self,
                          void *source_object,
                          void *source_tag,
                          int io_priority,
                          GAsyncReadyCallback callback,
                          void *user_data)
{
  self->is_async = true;
  self->task = g_task_new (source_object, self->cancellable, callback, user_data);
  self->priority = io_priority;
  g_task_set_source_tag (self->task, source_tag);
  g_task_set_check_cancellable (self->task, FALSE);
  g_task_set_priority (self->task, io_priority);

  if (_rmq_io_is_forked (self->io))
    {
      self->done = true;
      self->error = forked_error ();
      deliver_async (self);
    }
  else
    {
      submit (self);
    }
  _rmq_operation_unref (self);
}

/* A caller that would itself have to iterate the I/O context must not wait for it. */
static bool
would_block (RmqIo *io)
{
  g_autoptr (GMainContext) own = NULL;

  if (_rmq_io_is_current (io))
    return true;
  if (_rmq_io_is_shared (io))
    return false;
  own = g_main_context_ref_thread_default ();
  return own == _rmq_io_get_context (io);
}

void *
_rmq_operation_run_sync (RmqOperation *self, GError **error)
{
  RmqWaiter waiter = { 0 };
  void *value = NULL;

  if (_rmq_io_is_forked (self->io))
    {
      self->error = forked_error ();
    }
  else if (would_block (self->io))
    {
      self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                                         "A blocking call in the client's own I/O context would wait for itself: "
                                         "use the _async form, or no io-context");
    }
  else
    {
      g_mutex_init (&waiter.mutex);
      g_cond_init (&waiter.cond);
      self->waiter = &waiter;
      submit (self);
      rmq_mutex_lock (&waiter.mutex);
      while (!waiter.done)
        rmq_cond_wait (&waiter.cond, &waiter.mutex);
      rmq_mutex_unlock (&waiter.mutex);
      g_mutex_clear (&waiter.mutex);
      g_cond_clear (&waiter.cond);
    }

  if (self->error != NULL)
    {
      _rmq_error_remember (self->error);
      g_propagate_error (error, g_steal_pointer (&self->error));
    }
  else
    {
      value = g_steal_pointer (&self->value);
    }
  _rmq_operation_unref (self);
  return value;
}

bool
_rmq_operation_run_sync_boolean (RmqOperation *self, GError **error)
{
  return GPOINTER_TO_INT (_rmq_operation_run_sync (self, error)) != 0;
}

void *
_rmq_operation_finish_pointer (void *source_object, GAsyncResult *result, void *source_tag, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source_object), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, source_tag), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

bool
_rmq_operation_finish_boolean (void *source_object, GAsyncResult *result, void *source_tag, GError **error)
{
  return GPOINTER_TO_INT (_rmq_operation_finish_pointer (source_object, result, source_tag, error)) != 0;
}

RmqErrorDetails *
_rmq_operation_dup_details (GAsyncResult *result)
{
  RmqErrorDetails *details;

  g_return_val_if_fail (G_IS_TASK (result), NULL);

  details = g_task_get_task_data (G_TASK (result));
  return details != NULL ? rmq_error_details_ref (details) : NULL;
}
