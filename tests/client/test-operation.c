/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqOperation: one completion, in the caller's context, whatever comes first.
 */
#include "client-fixture.h"

#include "base/rmq-error-private.h"
#include "client/rmq-operation-private.h"

typedef struct
{
  RmqOperation *pending; /* kept by start when it has no answer yet; atomic */
  const char *value;
  bool fails;
  bool stop_is_late; /* stop gives a result that was already there */
  int n_freed;       /* atomic */
  GThread *stopped_in;
} Work;

static void
work_start (RmqOperation *operation, void *data)
{
  Work *self = data;

  if (self->value != NULL)
    _rmq_operation_return_pointer (operation, g_strdup (self->value), g_free);
  else if (self->fails)
    _rmq_operation_return_error (operation, _rmq_error_new (RMQ_ERROR_BROKER, NULL, "refused"));
  else
    __atomic_store_n (&self->pending, _rmq_operation_ref (operation), __ATOMIC_RELEASE);
}

static void
work_stop (RmqOperation *operation, void *data, const GError *error)
{
  Work *self = data;

  self->stopped_in = g_thread_self ();
  if (self->stop_is_late)
    _rmq_operation_return_pointer (operation, g_strdup ("just in time"), g_free);
  else
    _rmq_operation_return_error (operation, g_error_copy (error));
}

static void
work_free (void *data)
{
  g_atomic_int_inc (&((Work *) data)->n_freed);
}

static const RmqOperationFuncs funcs = { work_start, work_stop };
static const RmqOperationFuncs funcs_without_stop = { work_start, NULL };
static const char tag;

static void
complete (GObject *source, GAsyncResult *result, gpointer data)
{
  rmq_test_keep_result (source, result, data);
}

static char *
run (RmqIo *io,
     GMainContext *context,
     const RmqOperationFuncs *with,
     Work *work,
     int64_t timeout_ms,
     GCancellable *cancellable,
     GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  RmqOperation *operation = _rmq_operation_new (io, with, work, work_free, timeout_ms * 1000, cancellable);

  _rmq_operation_run_async (operation, NULL, (void *) &tag, G_PRIORITY_DEFAULT, complete, &result);
  rmq_test_await_result (context, &result);
  return _rmq_operation_finish_pointer (NULL, result, (void *) &tag, error);
}

static bool
is_freed (void *data)
{
  return g_atomic_int_get (&((Work *) data)->n_freed) == 1;
}

static void
drop_pending (Work *work)
{
  if (work->pending != NULL)
    _rmq_operation_unref (work->pending);
}

static void
with_io (void (*test) (RmqIo *io, GMainContext *context))
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (int own = 0; own < 2; own++)
    {
      RmqIo *io = own ? _rmq_io_new_for_context (context, NULL) : _rmq_io_get_shared ();

      test (io, context);
      _rmq_io_unref (io);
      rmq_test_drain (context);
    }
  g_main_context_pop_thread_default (context);
}

static void
check_answers (RmqIo *io, GMainContext *context)
{
  Work good = { .value = "value" };
  Work bad = { .fails = true };
  g_autoptr (GError) error = NULL;
  g_autofree char *value = run (io, context, &funcs, &good, 0, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "value");
  rmq_test_assert_until (context, is_freed, &good);
  g_assert_null (run (io, context, &funcs, &bad, 0, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_BROKER);
  rmq_test_assert_until (context, is_freed, &bad);
}

static void
test_answers (void)
{
  with_io (check_answers);
}

static void
check_deadline (RmqIo *io, GMainContext *context)
{
  Work with_stop = { 0 };
  Work without = { 0 };
  Work late = { .stop_is_late = true };
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;

  g_assert_null (run (io, context, &funcs, &with_stop, 30, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
  g_assert_nonnull (with_stop.stopped_in);
  g_clear_error (&error);
  g_assert_null (run (io, context, &funcs_without_stop, &without, 30, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
  g_clear_error (&error);
  value = run (io, context, &funcs, &late, 30, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "just in time");

  drop_pending (&with_stop);
  drop_pending (&without);
  drop_pending (&late);
  rmq_test_assert_until (context, is_freed, &with_stop);
  rmq_test_assert_until (context, is_freed, &without);
  rmq_test_assert_until (context, is_freed, &late);
}

static void
test_deadline (void)
{
  with_io (check_deadline);
}

static bool
is_pending (void *data)
{
  return __atomic_load_n (&((Work *) data)->pending, __ATOMIC_ACQUIRE) != NULL;
}

static void
check_cancel (RmqIo *io, GMainContext *context)
{
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) during = g_cancellable_new ();
  Work never = { 0 };
  Work work = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (before);
  g_assert_null (run (io, context, &funcs, &never, 0, before, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  g_assert_null (never.pending);
  g_clear_error (&error);

  _rmq_operation_run_async (_rmq_operation_new (io, &funcs, &work, work_free, 0, during), NULL, (void *) &tag,
                            G_PRIORITY_DEFAULT, complete, &result);
  rmq_test_assert_until (context, is_pending, &work);
  g_cancellable_cancel (during);
  rmq_test_await_result (context, &result);
  g_assert_null (_rmq_operation_finish_pointer (NULL, result, (void *) &tag, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  g_clear_object (&result);

  /* What comes later is nobody's, and freed. */
  _rmq_operation_return_pointer (work.pending, g_strdup ("late"), g_free);
  drop_pending (&work);
  rmq_test_assert_until (context, is_freed, &work);
}

static void
test_cancel (void)
{
  with_io (check_cancel);
}

static void
finalized (gpointer data, GObject *where)
{
  *(GThread **) data = g_thread_self ();
}

/* The caller's object is dropped where the caller lives, however late the I/O context lets go. */
static void
test_source_object (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (int i = 0; i < 200; i++)
    {
      g_autoptr (RmqIo) io = _rmq_io_get_shared ();
      Work work = { .value = "v" };
      GObject *object = g_object_new (G_TYPE_OBJECT, NULL);
      GThread *dropped_in = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autofree char *value = NULL;

      g_object_weak_ref (object, finalized, &dropped_in);
      _rmq_operation_run_async (_rmq_operation_new (io, &funcs, &work, work_free, 0, NULL), object, (void *) &tag,
                                G_PRIORITY_DEFAULT, complete, &result);
      g_object_unref (object);
      rmq_test_await_result (context, &result);
      value = _rmq_operation_finish_pointer (object, result, (void *) &tag, NULL);
      g_clear_object (&result);
      rmq_test_assert_until (context, rmq_test_pointer_is_set, &dropped_in);
      g_assert_true (dropped_in == g_thread_self ());
      rmq_test_assert_until (context, is_freed, &work);
    }
  g_main_context_pop_thread_default (context);
}

static void
test_sync (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqIo) shared = _rmq_io_get_shared ();
  RmqIo *own = _rmq_io_new_for_context (context, NULL);
  Work work = { .value = "value" };
  Work slow = { 0 };
  Work refused = { .value = "value" };
  g_autoptr (GError) error = NULL;
  g_autofree char *value =
      _rmq_operation_run_sync (_rmq_operation_new (shared, &funcs, &work, work_free, 0, NULL), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "value");
  g_assert_null (_rmq_operation_run_sync (_rmq_operation_new (shared, &funcs, &slow, work_free, 30000, NULL), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
  g_clear_error (&error);
  drop_pending (&slow);

  g_main_context_push_thread_default (context);
  g_assert_null (_rmq_operation_run_sync (_rmq_operation_new (own, &funcs, &refused, work_free, 0, NULL), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  _rmq_io_unref (own);
  rmq_test_drain (context);
  rmq_test_assert_until (context, is_freed, &work);
  rmq_test_assert_until (context, is_freed, &slow);
  rmq_test_assert_until (context, is_freed, &refused);
  g_main_context_pop_thread_default (context);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/client/operation/answers", test_answers);
  g_test_add_func ("/client/operation/deadline", test_deadline);
  g_test_add_func ("/client/operation/cancel", test_cancel);
  g_test_add_func ("/client/operation/source-object", test_source_object);
  g_test_add_func ("/client/operation/sync", test_sync);
  return g_test_run ();
}
