/* SPDX-License-Identifier: Apache-2.0
 *
 * How RmqBrokerServer runs: it brings a core up and down in the broker's context, which is a thread's or the
 * application's.
 */
#include "rmq-broker-server-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "remoting/rmq-memory-pipe-private.h"
#include "rmq-broker-embedded-private.h"

/* --- up and down, in the broker's context -------------------------------------------------------------------- */

static RmqBrokerStore *
make_store (RmqBrokerServer *self, GError **error)
{
  if (self->store != NULL)
    return self->store;
  if (self->store_name == NULL ? self->settings->directory == NULL : g_str_equal (self->store_name, "memory"))
    self->store = _rmq_memory_store_new ();
  else if (self->store_name == NULL || g_str_equal (self->store_name, "sqlite"))
    self->store = _rmq_sqlite_store_new ();
  else
    _rmq_set_error (error, RMQ_ERROR_PLUGIN_NOT_FOUND, NULL, "There is no store \"%s\": memory and sqlite are",
                    self->store_name);
  return self->store;
}

static bool
bring_up (RmqBrokerServer *self, GError **error)
{
  RmqBrokerSettings *settings;
  uint16_t port = 0;

  if (make_store (self, error) == NULL)
    return false;
  rmq_mutex_lock (&self->mutex);
  settings = _rmq_broker_settings_copy (self->settings);
  rmq_mutex_unlock (&self->mutex);
  self->core = _rmq_broker_core_new (self->io, settings, self->store, &_rmq_broker_server_events, self, error);
  if (self->core == NULL)
    return false;
  if ((self->listen != NULL && !_rmq_broker_core_listen (self->core, self->listen, &port, error))
      || !_rmq_broker_embedded_add (self, self->name, self->core->address, error))
    {
      g_clear_pointer (&self->core, _rmq_broker_core_free);
      return false;
    }
  _rmq_broker_server_bring_faults (self);
  rmq_mutex_lock (&self->mutex);
  g_free (self->address);
  self->address = self->listen != NULL ? g_strdup (self->core->address)
                                       : g_strconcat (RMQ_BROKER_EMBEDDED_SCHEME "://", self->name, NULL);
  self->port = port;
  rmq_mutex_unlock (&self->mutex);
  return true;
}

static void
bring_down (RmqBrokerServer *self)
{
  _rmq_broker_embedded_remove (self);
  g_clear_pointer (&self->core, _rmq_broker_core_free);
}

/* --- jobs ---------------------------------------------------------------------------------------------------- */

/* Something to do in the broker's context; for a caller who waits, or with a task. */
typedef struct
{
  RmqBrokerServer *server;
  bool start;
  bool at_once; /* a stop that gives clients no time to go elsewhere */
  RmqTimer drained;
  GTask *task; /* NULL: somebody waits */
  GError *error;
  bool done;
} Job;

static void *
run_thread (void *data)
{
  GMainLoop *loop = data;
  GMainContext *context = g_main_loop_get_context (loop);

  RMQ_TSAN_ACQUIRE (loop);
  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Back to idle, after a stop and after a start that failed. In the broker's context. */
static void
leave_context (RmqBrokerServer *self)
{
  g_clear_pointer (&self->io, _rmq_io_unref);
  if (self->loop != NULL)
    g_main_loop_quit (self->loop);
}

static void
job_finish (Job *job)
{
  RmqBrokerServer *self = job->server;
  RmqBrokerState state = job->start && job->error == NULL ? RMQ_BROKER_RUNNING : RMQ_BROKER_IDLE;
  GTask *task = job->task;

  if (state == RMQ_BROKER_IDLE)
    leave_context (self);
  rmq_mutex_lock (&self->mutex);
  self->state = state;
  job->done = true;
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);
  if (task == NULL)
    return;
  if (job->error != NULL)
    g_task_return_error (task, g_steal_pointer (&job->error));
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  g_free (job);
}

static void submit (RmqBrokerServer *self, Job *job);

static void
on_drained (RmqTimer *timer, void *data)
{
  Job *job = data;

  /* Not from within the timers, which go with the rest. */
  job->at_once = true;
  submit (job->server, job);
}

/* True: clients are being sent away first; the job runs again after that. */
static bool
drain (Job *job)
{
  RmqBrokerCore *core = job->server->core;

  if (job->start || job->at_once || core == NULL || core->settings->graceful_stop_ms <= 0
      || _rmq_remoting_server_get_n_connections (core->remoting) == 0)
    return false;
  _rmq_broker_core_drain (core);
  rmq_timer_init (&job->drained, on_drained, job);
  _rmq_timer_arm (core->timers, &job->drained, rmq_broker_now_us (core) + core->settings->graceful_stop_ms * 1000, 0);
  return true;
}

static gboolean
job_run (void *data)
{
  Job *job = data;

  RMQ_TSAN_ACQUIRE (job);
  if (drain (job))
    return G_SOURCE_REMOVE;
  if (!job->start)
    bring_down (job->server);
  else
    bring_up (job->server, &job->error);
  job_finish (job);
  return G_SOURCE_REMOVE;
}

/* Waits for the thread of an earlier run, which ends by itself. */
static void
join_thread (RmqBrokerServer *self)
{
  GThread *thread;
  GMainContext *context;

  rmq_mutex_lock (&self->mutex);
  thread = self->state == RMQ_BROKER_IDLE ? g_steal_pointer (&self->thread) : NULL;
  context = self->state == RMQ_BROKER_IDLE ? g_steal_pointer (&self->context) : NULL;
  if (self->state == RMQ_BROKER_IDLE)
    g_clear_pointer (&self->loop, g_main_loop_unref);
  rmq_mutex_unlock (&self->mutex);
  if (thread != NULL && thread != g_thread_self ())
    {
      g_thread_join (thread);
      /* What was still to run there owns memory. */
      while (g_main_context_iteration (context, FALSE))
        ;
    }
  else if (thread != NULL)
    g_thread_unref (thread);
  g_clear_pointer (&context, g_main_context_unref);
}

/* From → to. False with error when it is in another state. */
static bool
enter_state (RmqBrokerServer *self, RmqBrokerState from, RmqBrokerState to, GError **error)
{
  bool entered;

  rmq_mutex_lock (&self->mutex);
  entered = self->state == from;
  if (entered)
    self->state = to;
  rmq_mutex_unlock (&self->mutex);
  if (!entered)
    _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL, "The broker %s",
                    from == RMQ_BROKER_IDLE ? "is started already" : "does not run");
  return entered;
}

static void
enter_context (RmqBrokerServer *self)
{
  self->context = self->io_context != NULL ? g_main_context_ref (self->io_context) : g_main_context_new ();
  self->io = _rmq_io_new_for_context (self->context, self->clock);
  if (self->io_context != NULL)
    return;
  self->loop = g_main_loop_new (self->context, FALSE);
  RMQ_TSAN_RELEASE (self->loop);
  self->thread = g_thread_new ("rmq-broker", run_thread, self->loop);
}

static void
submit (RmqBrokerServer *self, Job *job)
{
  /* Held until the source is let go of: once it has run, the other thread may be done with both. */
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, job_run, job, NULL);
  RMQ_TSAN_RELEASE (job);
  g_source_attach (source, context);
}

/* Whether this thread may do a job at once, as the owner of the broker's context. */
static bool
take_context (RmqBrokerServer *self)
{
  return (self->io_context != NULL || g_main_context_is_owner (self->context))
         && g_main_context_acquire (self->context);
}

/* The sync twins. */
static bool
run_and_wait (RmqBrokerServer *self, bool start, bool at_once, GError **error)
{
  Job job = { .server = self, .start = start, .at_once = at_once };
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);

  /* Nobody iterates the application's context while this thread waits, if it is this thread's. */
  if (take_context (self))
    {
      job.at_once = true;
      job_run (&job);
      g_main_context_release (context);
    }
  else
    {
      submit (self, &job);
      rmq_mutex_lock (&self->mutex);
      while (!job.done)
        rmq_cond_wait (&self->cond, &self->mutex);
      rmq_mutex_unlock (&self->mutex);
    }
  if (job.error == NULL)
    return true;
  g_propagate_error (error, job.error);
  return false;
}

static void
run_with_task (RmqBrokerServer *self, bool start, GTask *task)
{
  Job *job = g_new0 (Job, 1);

  job->server = self; /* the task has a reference */
  job->start = start;
  job->task = task;
  submit (self, job);
}

/* --- the public functions ------------------------------------------------------------------------------------ */

/**
 * rmq_broker_server_start:
 * @self: a server
 * @cancellable: (nullable): only looked at before anything is done
 * @error: return location for a [error@Rmq.Error]
 *
 * Opens the store, starts to listen and to answer. Blocks meanwhile.
 *
 * Returns: %FALSE: it does not run
 */
gboolean
rmq_broker_server_start (RmqBrokerServer *self, GCancellable *cancellable, GError **error)
{
  bool started;

  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  join_thread (self);
  if (!enter_state (self, RMQ_BROKER_IDLE, RMQ_BROKER_STARTING, error))
    return FALSE;
  enter_context (self);
  started = run_and_wait (self, true, false, error);
  if (!started)
    join_thread (self);
  else
    _rmq_broker_server_notify_running (self);
  return started;
}

/**
 * rmq_broker_server_start_async:
 * @self: a server
 * @io_priority: has no meaning yet
 * @cancellable: (nullable): only looked at before anything is done
 * @callback: called in the caller's thread-default context
 * @user_data: for @callback
 *
 * As [method@RmqBroker.Server.start], without blocking.
 */
void
rmq_broker_server_start_async (RmqBrokerServer *self,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (RMQ_BROKER_IS_SERVER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, rmq_broker_server_start_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  join_thread (self);
  if (!enter_state (self, RMQ_BROKER_IDLE, RMQ_BROKER_STARTING, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  enter_context (self);
  run_with_task (self, true, g_steal_pointer (&task));
}

/**
 * rmq_broker_server_start_finish:
 * @self: a server
 * @result: what the callback got
 * @error: return location for a [error@Rmq.Error]
 *
 * Ends [method@RmqBroker.Server.start_async].
 *
 * Returns: %FALSE: it does not run
 */
gboolean
rmq_broker_server_start_finish (RmqBrokerServer *self, GAsyncResult *result, GError **error)
{
  gboolean started;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  started = g_task_propagate_boolean (G_TASK (result), error);
  if (!started)
    join_thread (self);
  else
    _rmq_broker_server_notify_running (self);
  return started;
}

/**
 * rmq_broker_server_stop:
 * @self: a server
 * @cancellable: (nullable): only looked at before anything is done
 * @error: return location for a [error@Rmq.Error]
 *
 * Answers what waits, closes all connections and the store. Topics, messages, offsets and groups are there again at the
 * next start of this object; with a data directory, of any other one, too.
 *
 * Returns: %FALSE: it did not run
 */
gboolean
rmq_broker_server_stop (RmqBrokerServer *self, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !enter_state (self, RMQ_BROKER_RUNNING, RMQ_BROKER_STOPPING, error))
    return FALSE;
  run_and_wait (self, false, false, NULL);
  join_thread (self);
  _rmq_broker_server_notify_running (self);
  return TRUE;
}

/**
 * rmq_broker_server_stop_async:
 * @self: a server
 * @io_priority: has no meaning yet
 * @cancellable: (nullable): only looked at before anything is done
 * @callback: called in the caller's thread-default context
 * @user_data: for @callback
 *
 * As [method@RmqBroker.Server.stop], without blocking.
 */
void
rmq_broker_server_stop_async (RmqBrokerServer *self,
                              int io_priority,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (RMQ_BROKER_IS_SERVER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, rmq_broker_server_stop_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error)
      || !enter_state (self, RMQ_BROKER_RUNNING, RMQ_BROKER_STOPPING, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  run_with_task (self, false, g_steal_pointer (&task));
}

/**
 * rmq_broker_server_stop_finish:
 * @self: a server
 * @result: what the callback got
 * @error: return location for a [error@Rmq.Error]
 *
 * Ends [method@RmqBroker.Server.stop_async].
 *
 * Returns: %FALSE: it did not run
 */
gboolean
rmq_broker_server_stop_finish (RmqBrokerServer *self, GAsyncResult *result, GError **error)
{
  gboolean stopped;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  stopped = g_task_propagate_boolean (G_TASK (result), error);
  if (stopped)
    {
      join_thread (self);
      _rmq_broker_server_notify_running (self);
    }
  return stopped;
}

/* --- connections in memory ----------------------------------------------------------------------------------- */

typedef struct
{
  RmqBrokerServer *server;
  GIOStream *stream;
  char *peer;
} Accept;

static void
accept_free (void *data)
{
  Accept *accept = data;

  g_object_unref (accept->server);
  g_object_unref (accept->stream);
  g_free (accept->peer);
  g_free (accept);
}

static gboolean
accept_stream (void *data)
{
  Accept *accept = data;
  g_autoptr (GError) error = NULL;

  RMQ_TSAN_ACQUIRE (accept);
  if (accept->server->core == NULL
      || !_rmq_broker_core_accept_stream (accept->server->core, accept->stream, accept->peer, &error))
    g_io_stream_close (accept->stream, NULL, NULL);
  return G_SOURCE_REMOVE;
}

GIOStream *
_rmq_broker_server_connect_as (RmqBrokerServer *self, const char *peer, GError **error)
{
  g_autoptr (GMainContext) context = NULL; /* held for longer than the source */
  g_autoptr (GSource) source = NULL;
  GIOStream *stream;
  Accept *accept;

  rmq_mutex_lock (&self->mutex);
  if (self->state == RMQ_BROKER_RUNNING)
    context = g_main_context_ref (self->context);
  rmq_mutex_unlock (&self->mutex);
  if (context == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_CONNECT_FAILED, NULL, "The broker does not run");
      return NULL;
    }
  accept = g_new0 (Accept, 1);
  accept->server = g_object_ref (self);
  accept->peer = g_strdup (peer);
  _rmq_memory_pipe_new (0, &stream, &accept->stream);
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, accept_stream, accept, accept_free);
  RMQ_TSAN_RELEASE (accept);
  g_source_attach (source, context);
  return stream;
}

/**
 * rmq_broker_server_connect:
 * @self: a server
 * @error: return location for a [error@Rmq.Error]
 *
 * Connects to the server without a socket. What is written to the stream is read by the server, and the other way
 * round, from any thread. Both ends are pollable.
 *
 * Returns: (transfer full): a connected stream, or %NULL when the server does not run
 */
GIOStream *
rmq_broker_server_connect (RmqBrokerServer *self, GError **error)
{
  g_return_val_if_fail (RMQ_BROKER_IS_SERVER (self), NULL);

  return _rmq_broker_server_connect_as (self, "embedded", error);
}

/* --- for this project's tests -------------------------------------------------------------------------------- */

typedef struct
{
  RmqBrokerServer *server;
  RmqBrokerServerFunc func;
  void *data;
  bool done;
  bool ran;
} Call;

static gboolean
call_run (void *data)
{
  Call *call = data;
  RmqBrokerServer *self;

  RMQ_TSAN_ACQUIRE (call);
  self = call->server;
  if (self->core != NULL)
    {
      _rmq_io_enter (self->io);
      call->func (self->core, call->data);
      _rmq_io_leave (self->io);
      call->ran = true;
    }
  rmq_mutex_lock (&self->mutex);
  call->done = true;
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);
  return G_SOURCE_REMOVE;
}

bool
_rmq_broker_server_call (RmqBrokerServer *self, RmqBrokerServerFunc func, void *data)
{
  Call call = { .server = self, .func = func, .data = data };
  g_autoptr (GSource) source = NULL;

  if (!rmq_broker_server_get_running (self))
    return false;
  if (take_context (self))
    {
      call_run (&call);
      g_main_context_release (self->context);
      return call.ran;
    }
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, call_run, &call, NULL);
  RMQ_TSAN_RELEASE (&call);
  g_source_attach (source, self->context);
  rmq_mutex_lock (&self->mutex);
  while (!call.done)
    rmq_cond_wait (&self->cond, &self->mutex);
  rmq_mutex_unlock (&self->mutex);
  return call.ran;
}

void
_rmq_broker_server_set_clock (RmqBrokerServer *self, RmqClock *clock)
{
  g_clear_pointer (&self->clock, _rmq_clock_unref);
  self->clock = _rmq_clock_ref (clock);
}

void
_rmq_broker_server_set_store (RmqBrokerServer *self, RmqBrokerStore *store)
{
  g_set_object (&self->store, store);
}

void
_rmq_broker_server_halt (RmqBrokerServer *self)
{
  if (enter_state (self, RMQ_BROKER_RUNNING, RMQ_BROKER_STOPPING, NULL))
    run_and_wait (self, false, true, NULL);
  join_thread (self);
}
