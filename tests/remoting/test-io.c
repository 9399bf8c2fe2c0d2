/* SPDX-License-Identifier: Apache-2.0
 *
 * The I/O thread and its stand-in, an application's context: life, order, the end of a turn, time, fork.
 */
#include "remoting-support.h"

#include <sys/wait.h>
#include <unistd.h>
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"

static bool
no_threads (void *data)
{
  return rmq_test_count_threads ("rmq-io") == 0;
}

static bool
one_thread (void *data)
{
  return rmq_test_count_threads ("rmq-io") == 1;
}

typedef struct
{
  RmqIoOp op;
  GThread *thread;
  GArray *order; /* of int */
  int number;
  int n_dropped;
  int n_run;
} Op;

static void
op_run (RmqIoOp *op)
{
  Op *self = (Op *) op;

  self->thread = g_thread_self ();
  if (self->order != NULL)
    g_array_append_val (self->order, self->number);
  RMQ_TSAN_RELEASE (&self->n_run);
  g_atomic_int_inc (&self->n_run);
  rmq_test_wake ();
}

static void
op_drop (RmqIoOp *op)
{
  g_atomic_int_inc (&((Op *) op)->n_dropped);
}

static void
test_thread (void)
{
  unsigned n_fds = rmq_test_count_fds ();

  g_assert_true (no_threads (NULL));
  for (unsigned i = 0; i < 20; i++)
    {
      RmqIo *io = _rmq_io_get_shared ();
      RmqIo *same = _rmq_io_get_shared ();
      Op op = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };

      g_assert_true (io == same);
      g_assert_true (_rmq_io_is_shared (io));
      g_assert_false (_rmq_io_is_current (io));
      rmq_test_assert_until (NULL, one_thread, NULL);
      _rmq_io_unref (same);
      _rmq_io_submit (io, &op.op);
      rmq_test_assert_until (NULL, rmq_test_int_is_set, &op.n_run);
      RMQ_TSAN_ACQUIRE (&op.n_run);
      g_assert_true (op.thread != g_thread_self ());
      _rmq_io_unref (io);
      if (i % 2 == 0)
        rmq_test_assert_until (NULL, no_threads, NULL);
    }
  rmq_test_assert_until (NULL, no_threads, NULL);
  g_assert_cmpuint (rmq_test_count_fds (), ==, n_fds);
}

/* The last reference goes away in the thread itself: it ends, and does not wait for itself. */
static void
drop_in_thread (void *data)
{
  g_assert_true (_rmq_io_is_current (data));
  _rmq_io_unref (data);
}

static void
test_last_reference_inside (void)
{
  RmqIo *io = _rmq_io_get_shared ();

  rmq_test_io_call (io, NULL, drop_in_thread, io);
  rmq_test_assert_until (NULL, no_threads, NULL);
  io = _rmq_io_get_shared ();
  _rmq_io_unref (io);
  rmq_test_assert_until (NULL, no_threads, NULL);
}

/* Threads take and drop the last reference all the time. */
static void *
take_and_drop (void *data)
{
  for (unsigned i = 0; i < 300; i++)
    {
      RmqIo *io = _rmq_io_get_shared ();
      Op op = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };

      if (i % 10 == 0)
        {
          _rmq_io_submit (io, &op.op);
          while (g_atomic_int_get (&op.n_run) == 0)
            g_thread_yield ();
          RMQ_TSAN_ACQUIRE (&op.n_run);
        }
      _rmq_io_unref (io);
    }
  return NULL;
}

static void
test_contended (void)
{
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("taker", take_and_drop, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  rmq_test_assert_until (NULL, no_threads, NULL);
}

/* --- an application's context -------------------------------------------------------------------------------- */

static void
test_context (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  RmqIo *io = _rmq_io_new_for_context (context, NULL);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (int));
  Op ops[100];

  for (int i = 0; i < 100; i++)
    {
      ops[i] = (Op){ { op_run, op_drop }, NULL, order, i, 0, 0 };
      _rmq_io_submit (io, &ops[i].op);
    }
  g_assert_cmpuint (order->len, ==, 0); /* never inline */
  g_assert_false (_rmq_io_is_current (io));
  rmq_test_drain (context);
  g_assert_cmpuint (order->len, ==, 100);
  for (int i = 0; i < 100; i++)
    g_assert_cmpint (g_array_index (order, int, i), ==, i);
  g_assert_true (g_main_context_acquire (context));
  g_assert_true (_rmq_io_is_current (io));
  g_main_context_release (context);
  g_assert_true (no_threads (NULL));
  g_assert_true (_rmq_io_get_context (io) == context);

  _rmq_io_unref (io);
  rmq_test_drain (context);
  g_assert_cmpuint (rmq_test_count_sources (context), ==, 0);
}

static void
test_dropped (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  RmqIo *io = _rmq_io_new_for_context (context, NULL);
  Op first = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };

  /* What was submitted before the end is run or dropped, not forgotten. */
  _rmq_io_submit (io, &first.op);
  _rmq_io_unref (io);
  rmq_test_drain (context);
  g_assert_cmpint (first.n_run + first.n_dropped, ==, 1);
}

/* The context may end as soon as it has freed what was retired, while the thread that retired it is still at it. */
#define ENDS_US (500 * G_TIME_SPAN_MILLISECOND)
#define N_SOURCES 20

typedef struct
{
  RmqIo *io; /* atomic: to be dropped by the other thread */
  int stop;
} Dropper;

static void *
drop_what_comes (void *data)
{
  Dropper *self = data;

  while (g_atomic_int_get (&self->stop) == 0)
    {
      RmqIo *io = g_atomic_pointer_exchange (&self->io, NULL);

      RMQ_TSAN_ACQUIRE (&self->io);
      if (io != NULL)
        _rmq_io_unref (io);
    }
  return NULL;
}

static void
test_context_goes (void)
{
  Dropper dropper = { NULL, 0 };
  GThread *thread = g_thread_new ("dropper", drop_what_comes, &dropper);
  int64_t end_us = g_get_monotonic_time () + ENDS_US;

  while (g_get_monotonic_time () < end_us)
    {
      g_autoptr (GMainContext) context = g_main_context_new ();
      RmqIo *io = _rmq_io_new_for_context (context, NULL);

      /* More to do at the end of the context, and so more time to be met there. */
      for (unsigned k = 0; k < N_SOURCES; k++)
        {
          g_autoptr (GSource) source = g_timeout_source_new_seconds (3600);

          g_source_attach (source, context);
        }
      RMQ_TSAN_RELEASE (&dropper.io);
      g_atomic_pointer_set (&dropper.io, io);
      /* The first one that there is to dispatch. Not asleep: that takes too long to wake from. Without the pause the
       * other thread would hardly ever get the lock of the context. */
      while (!g_main_context_iteration (context, FALSE))
        g_thread_yield ();
    }
  g_atomic_int_set (&dropper.stop, 1);
  g_thread_join (thread);
}

/* --- the end of a turn --------------------------------------------------------------------------------------- */

typedef struct
{
  RmqIoDeferred deferred;
  RmqIo *io;
  GString *trace;
  char name;
  unsigned again; /* defers itself so many times more */
} Late;

static void
late_run (RmqIoDeferred *deferred)
{
  Late *self = (Late *) deferred;

  g_string_append_c (self->trace, self->name);
  if (self->again > 0)
    {
      self->again--;
      _rmq_io_defer (self->io, deferred);
    }
}

typedef struct
{
  RmqIoOp op;
  Late *lates;
  GString *trace;
} DeferOp;

static void
defer_op_run (RmqIoOp *op)
{
  DeferOp *self = (DeferOp *) op;

  g_string_append_c (self->trace, '.');
  for (unsigned i = 0; i < 3; i++)
    {
      _rmq_io_defer (self->lates[i].io, &self->lates[i].deferred);
      _rmq_io_defer (self->lates[i].io, &self->lates[i].deferred);
    }
}

static void
test_deferred (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  RmqIo *io = _rmq_io_new_for_context (context, NULL);
  g_autoptr (GString) trace = g_string_new (NULL);
  Late lates[3];
  DeferOp ops[2] = { { { defer_op_run, op_drop }, lates, trace }, { { defer_op_run, op_drop }, lates, trace } };

  for (unsigned i = 0; i < 3; i++)
    lates[i] = (Late){ { late_run, NULL, false }, io, trace, (char) ('a' + i), 0 };

  /* Once for both ops, after them, in the same turn. */
  _rmq_io_submit (io, &ops[0].op);
  _rmq_io_submit (io, &ops[1].op);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpstr (trace->str, ==, "..abc");

  /* Outside of a dispatch of ours: in the next iteration. One that was taken back does not run. */
  g_string_truncate (trace, 0);
  for (unsigned i = 0; i < 3; i++)
    _rmq_io_defer (io, &lates[i].deferred);
  _rmq_io_undefer (io, &lates[2].deferred);
  _rmq_io_undefer (io, &lates[2].deferred);
  _rmq_io_defer (io, &lates[2].deferred);
  _rmq_io_undefer (io, &lates[0].deferred);
  g_assert_cmpstr (trace->str, ==, "");
  g_main_context_iteration (context, FALSE);
  g_assert_cmpstr (trace->str, ==, "bc");

  /* One that defers itself lets others have their turn. */
  g_string_truncate (trace, 0);
  lates[0].again = 2;
  _rmq_io_defer (io, &lates[0].deferred);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpstr (trace->str, ==, "a");
  rmq_test_drain (context);
  g_assert_cmpstr (trace->str, ==, "aaa");

  _rmq_io_unref (io);
  rmq_test_drain (context);
}

static void
test_time (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqClock) clock = _rmq_clock_new_manual (5000, 0);
  RmqIo *io = _rmq_io_new_for_context (context, clock);

  g_assert_cmpint (_rmq_io_now (io), ==, 5000);
  _rmq_io_enter (io);
  g_assert_cmpint (_rmq_io_now (io), ==, 5000);
  _rmq_clock_advance (clock, 1000);
  g_assert_cmpint (_rmq_io_now (io), ==, 5000); /* read once in a turn */
  _rmq_io_leave (io);
  g_assert_cmpint (_rmq_io_now (io), ==, 6000);
  g_assert_true (_rmq_io_get_clock (io) == clock);
  _rmq_io_unref (io);
  rmq_test_drain (context);
}

/* --- fork ---------------------------------------------------------------------------------------------------- */

/* In the child the parent's thread is gone: references are dropped without touching it, and a new one starts. */
static int
child (RmqIo *inherited)
{
  Op old = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };
  Op op = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };
  RmqIo *io;

  _rmq_io_submit (inherited, &old.op);
  if (old.n_dropped != 1)
    return 1;
  _rmq_io_unref (inherited);
  io = _rmq_io_get_shared ();
  if (io == inherited)
    return 2;
  _rmq_io_submit (io, &op.op);
  if (!rmq_test_wait_until (NULL, rmq_test_int_is_set, &op.n_run, RMQ_TEST_TIMEOUT_MS))
    return 3;
  _rmq_io_unref (io);
  return rmq_test_wait_until (NULL, no_threads, NULL, RMQ_TEST_TIMEOUT_MS) ? 0 : 4;
}

static void
test_fork (void)
{
  RmqIo *io;
  Op op = { { op_run, op_drop }, NULL, NULL, 0, 0, 0 };
  int status;
  pid_t pid;

#ifdef RMQ_TSAN
  g_test_skip ("ThreadSanitizer follows no threads after a fork");
  return;
#endif
  io = _rmq_io_get_shared ();
  pid = fork ();
  if (pid == 0)
    rmq_test_exit_child (child (io));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  _rmq_io_submit (io, &op.op);
  rmq_test_assert_until (NULL, rmq_test_int_is_set, &op.n_run);
  _rmq_io_unref (io);
  rmq_test_assert_until (NULL, no_threads, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rmq_test_transports_init ();
  g_test_add_func ("/io/thread", test_thread);
  g_test_add_func ("/io/C-LIFE-003/last-reference-inside", test_last_reference_inside);
  g_test_add_func ("/io/contended", test_contended);
  g_test_add_func ("/io/context", test_context);
  g_test_add_func ("/io/context-goes", test_context_goes);
  g_test_add_func ("/io/dropped", test_dropped);
  g_test_add_func ("/io/deferred", test_deferred);
  g_test_add_func ("/io/time", test_time);
  g_test_add_func ("/io/C-LIFE-009/fork", test_fork);
  return g_test_run ();
}
