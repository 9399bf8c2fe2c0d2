/* SPDX-License-Identifier: Apache-2.0
 *
 * The I/O thread, or an application's context in its place: op queue, timers, and the work put off to the end of a
 * turn.
 */
#include "rmq-io-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-queue-source-private.h"
#include "base/rmq-sync-private.h"

/* Bounds of one dispatch of ops: sockets get their turn in between. */
#define OPS_PER_TURN 4096
#define OPS_TURN_US 2000

typedef struct
{
  GSource source;
  RmqIo *io;
} DeferredSource;

/* What fork splits: a child must not touch the lock or the thread of its parent, so it makes its own. */
typedef struct
{
  unsigned generation;
  GMutex lock;
  RmqIo *shared;
  void *before; /* the parent's, kept reachable */
} Process;

struct _RmqIo
{
  int ref_count;
  unsigned generation; /* of fork: see rmq-fork-private.h */
  GMainContext *context;
  GThread *thread;  /* the I/O thread: compared, never joined. NULL in an application's context */
  Process *process; /* of the I/O thread */
  GError *failure;  /* there is none, and should be */
  int quit;
  RmqClock *clock;

  RmqQueueSource *ops;
  RmqTimerHeap *timers;
  GSource *deferred_source;

  /* In the context only. */
  RmqIoDeferred *deferred;
  RmqIoDeferred **deferred_tail;
  unsigned depth; /* of our own dispatches */
  bool in_ops;
  int64_t now; /* 0: not read in this dispatch */
};

static Process *process_;

static Process *
get_process (void)
{
  unsigned generation = _rmq_fork_generation ();
  Process *current = g_atomic_pointer_get (&process_);

  while (current == NULL || current->generation != generation)
    {
      Process *made = g_new0 (Process, 1);

      made->generation = generation;
      made->before = current;
      g_mutex_init (&made->lock);
      if (g_atomic_pointer_compare_and_exchange (&process_, current, made))
        return made;
      g_mutex_clear (&made->lock);
      g_free (made);
      current = g_atomic_pointer_get (&process_);
    }
  RMQ_TSAN_ACQUIRE (current);
  return current;
}

/* --- the end of a turn --------------------------------------------------------------------------------------- */

/* What is deferred meanwhile waits for the next iteration, or two ends that feed each other would never let go. */
static void
flush_deferred (RmqIo *self)
{
  RmqIoDeferred *last = NULL;
  RmqIoDeferred *deferred;

  if (self->deferred == NULL)
    return;
  last = (RmqIoDeferred *) ((char *) self->deferred_tail - G_STRUCT_OFFSET (RmqIoDeferred, next));
  do
    {
      deferred = self->deferred;
      self->deferred = deferred->next;
      if (self->deferred == NULL)
        self->deferred_tail = &self->deferred;
      deferred->next = NULL;
      deferred->queued = false;
      deferred->run (deferred);
    }
  while (deferred != last && self->deferred != NULL);
}

static gboolean
deferred_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((DeferredSource *) source)->io->deferred != NULL;
}

static gboolean
deferred_source_check (GSource *source)
{
  return ((DeferredSource *) source)->io->deferred != NULL;
}

static gboolean
deferred_source_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  RmqIo *self = ((DeferredSource *) source)->io;

  _rmq_io_enter (self);
  _rmq_io_leave (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs deferred_source_funcs = {
  .prepare = deferred_source_prepare,
  .check = deferred_source_check,
  .dispatch = deferred_source_dispatch,
};

void
_rmq_io_enter (RmqIo *self)
{
  if (self->depth++ == 0)
    self->now = 0;
}

void
_rmq_io_leave (RmqIo *self)
{
  flush_deferred (self);
  self->depth--;
}

void
_rmq_io_defer (RmqIo *self, RmqIoDeferred *deferred)
{
  if (deferred->queued)
    return;
  deferred->queued = true;
  deferred->next = NULL;
  *self->deferred_tail = deferred;
  self->deferred_tail = &deferred->next;
}

void
_rmq_io_undefer (RmqIo *self, RmqIoDeferred *deferred)
{
  if (!deferred->queued)
    return;
  for (RmqIoDeferred **at = &self->deferred; *at != NULL; at = &(*at)->next)
    {
      if (*at != deferred)
        continue;
      *at = deferred->next;
      if (*at == NULL)
        self->deferred_tail = at;
      break;
    }
  deferred->next = NULL;
  deferred->queued = false;
}

/* --- ops ----------------------------------------------------------------------------------------------------- */

static void
run_op (void *item, void *data)
{
  RmqIoOp *op = item;
  RmqIo *self = data;

  if (!self->in_ops)
    {
      self->in_ops = true;
      _rmq_io_enter (self);
    }
  op->run (op);
}

static void
ops_end (void *data)
{
  RmqIo *self = data;

  if (!self->in_ops)
    return;
  self->in_ops = false;
  _rmq_io_leave (self);
}

static void
drop_op (void *item)
{
  RmqIoOp *op = item;

  op->drop (op);
}

void
_rmq_io_submit (RmqIo *self, RmqIoOp *op)
{
  if (G_UNLIKELY (self->generation != _rmq_fork_generation () || self->failure != NULL)
      || !_rmq_queue_source_push (self->ops, op))
    op->drop (op);
}

/* --- life ---------------------------------------------------------------------------------------------------- */

static RmqIo *
io_new (GMainContext *context, RmqClock *clock)
{
  RmqIo *self = g_new0 (RmqIo, 1);

  self->ref_count = 1;
  self->generation = _rmq_fork_generation ();
  self->context = context;
  self->clock = clock != NULL ? _rmq_clock_ref (clock) : _rmq_clock_get_system ();
  self->deferred_tail = &self->deferred;

  self->timers = _rmq_timer_heap_new (self->clock, "rmq-io timers");
  _rmq_timer_heap_attach (self->timers, context, G_PRIORITY_DEFAULT);

  self->ops = _rmq_queue_source_new ("rmq-io ops", drop_op);
  _rmq_queue_source_set_func (self->ops, run_op, ops_end, self, NULL);
  _rmq_queue_source_set_bounds (self->ops, OPS_PER_TURN, OPS_TURN_US);
  g_source_attach ((GSource *) self->ops, context);

  self->deferred_source = g_source_new (&deferred_source_funcs, sizeof (DeferredSource));
  ((DeferredSource *) self->deferred_source)->io = self;
  g_source_set_static_name (self->deferred_source, "rmq-io deferred");
  g_source_attach (self->deferred_source, context);
  return self;
}

/* In the context, or while the context itself is finalized. */
static void
io_free (RmqIo *self)
{
  g_source_destroy (self->deferred_source);
  g_source_unref (self->deferred_source);
  g_source_destroy ((GSource *) self->ops);
  g_source_unref ((GSource *) self->ops);
  _rmq_timer_heap_free (self->timers);
  _rmq_clock_unref (self->clock);
  g_main_context_unref (self->context);
  g_clear_error (&self->failure);
  g_free (self);
}

static void *
io_thread (void *data)
{
  RmqIo *self = data;

  g_main_context_push_thread_default (self->context);
  while (!g_atomic_int_get (&self->quit))
    g_main_context_iteration (self->context, TRUE);
  g_main_context_pop_thread_default (self->context);
  /* Whoever dropped the last reference may still be at it. */
  rmq_mutex_lock (&self->process->lock);
  rmq_mutex_unlock (&self->process->lock);
  io_free (self);
  return NULL;
}

RmqIo *
_rmq_io_get_shared (void)
{
  Process *process = get_process ();
  RmqIo *self;

  rmq_mutex_lock (&process->lock);
  if (process->shared != NULL)
    {
      /* Never zero here: the last reference goes away under this lock. */
      self = _rmq_io_ref (process->shared);
    }
  else
    {
      g_autoptr (GError) error = NULL;

      self = io_new (g_main_context_new (), NULL);
      self->process = process;
      self->thread = g_thread_try_new ("rmq-io", io_thread, self, &error);
      if (self->thread != NULL)
        process->shared = self;
      else
        {
          rmq_warning ("io", NULL, "cannot start the I/O thread: %s", error->message);
          self->failure =
              _rmq_error_new (RMQ_ERROR_FAILED, NULL,
                              "The system gives no thread for I/O (%s): raise the limit and make a new client, or give "
                              "it an io-context",
                              error->message);
        }
    }
  rmq_mutex_unlock (&process->lock);
  return self;
}

RmqIo *
_rmq_io_new_for_context (GMainContext *context, RmqClock *clock)
{
  return io_new (context != NULL ? g_main_context_ref (context) : g_main_context_ref (g_main_context_default ()),
                 clock);
}

RmqIo *
_rmq_io_ref (RmqIo *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static gboolean
retired (void *data)
{
  return G_SOURCE_REMOVE;
}

static void
free_retired (void *data)
{
  RMQ_TSAN_ACQUIRE (data);
  io_free (data);
}

/* The sources of an application's context are destroyed there, in an iteration of their own: this reference may have
 * been dropped inside one of them. */
static void
retire (RmqIo *self)
{
  /* Ours until the source is let go of: in its own thread the context may already be at its end. */
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (source, "rmq-io retired");
  g_source_set_callback (source, retired, self, free_retired);
  RMQ_TSAN_RELEASE (self);
  g_source_attach (source, context);
}

static void
unref_shared (RmqIo *self)
{
  Process *process = get_process ();
  int count = g_atomic_int_get (&self->ref_count);
  GThread *thread = NULL;

  RMQ_TSAN_RELEASE (&self->ref_count);
  while (count > 1)
    {
      if (g_atomic_int_compare_and_exchange (&self->ref_count, count, count - 1))
        return;
      count = g_atomic_int_get (&self->ref_count);
    }

  rmq_mutex_lock (&process->lock);
  if (rmq_ref_dec_and_test (&self->ref_count))
    {
      process->shared = NULL;
      thread = self->thread;
      /* The thread frees the rest, after we let go of the lock. */
      g_atomic_int_set (&self->quit, 1);
      g_main_context_wakeup (self->context);
    }
  rmq_mutex_unlock (&process->lock);
  if (thread != NULL)
    g_thread_unref (thread);
}

void
_rmq_io_unref (RmqIo *self)
{
  /* In a forked child the context and its locks are the parent's, in whatever state: they are let be. */
  if (self->generation != _rmq_fork_generation ())
    g_atomic_int_add (&self->ref_count, -1);
  else if (self->thread != NULL)
    unref_shared (self);
  else if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  else if (self->failure != NULL)
    io_free (self); /* nobody iterates its context */
  else
    retire (self);
}

/* --- what it holds ------------------------------------------------------------------------------------------- */

const GError *
_rmq_io_get_failure (RmqIo *self)
{
  return self->failure;
}

GMainContext *
_rmq_io_get_context (RmqIo *self)
{
  return self->context;
}

RmqTimerHeap *
_rmq_io_get_timers (RmqIo *self)
{
  return self->timers;
}

RmqClock *
_rmq_io_get_clock (RmqIo *self)
{
  return self->clock;
}

int64_t
_rmq_io_now (RmqIo *self)
{
  if (self->depth == 0)
    return _rmq_clock_monotonic_us (self->clock);
  if (self->now == 0)
    self->now = _rmq_clock_monotonic_us (self->clock);
  return self->now;
}

bool
_rmq_io_is_current (RmqIo *self)
{
  if (self->thread != NULL)
    return self->thread == g_thread_self ();
  return self->failure == NULL && g_main_context_is_owner (self->context);
}

bool
_rmq_io_is_forked (RmqIo *self)
{
  return self->generation != _rmq_fork_generation ();
}

bool
_rmq_io_is_shared (RmqIo *self)
{
  return self->thread != NULL || self->failure != NULL;
}
