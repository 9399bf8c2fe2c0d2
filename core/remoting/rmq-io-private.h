/* SPDX-License-Identifier: Apache-2.0
 *
 * Where I/O happens: the process-wide thread `rmq-io`, or a GMainContext that the application iterates. One op queue,
 * one timer heap and one clock each.
 */
#pragma once

#include <gio/gio.h>
#include "base/rmq-clock-private.h"
#include "base/rmq-timer-heap-private.h"

typedef struct _RmqIo RmqIo;
typedef struct _RmqIoOp RmqIoOp;
typedef struct _RmqIoDeferred RmqIoDeferred;

/* Embedded in what it carries. run owns the op. drop is called instead of run, in any thread, when the context is gone.
 */
struct _RmqIoOp
{
  void (*run) (RmqIoOp *op);
  void (*drop) (RmqIoOp *op);
};

/* Work for the end of the current dispatch: this is how frames of one turn become one write. */
struct _RmqIoDeferred
{
  void (*run) (RmqIoDeferred *deferred);
  RmqIoDeferred *next;
  bool queued;
};

RMQ_PRIVATE_BEGIN

/* (transfer full). The thread starts with the first reference and ends by itself after the last one. When the system
 * gives no thread, what is returned has a failure and drops every op; the next one to ask tries again. */
RmqIo *_rmq_io_get_shared (void);
/* Why nothing runs there, borrowed; NULL: it does. Any thread, constant. */
const GError *_rmq_io_get_failure (RmqIo *self);
/* Everything runs where context is iterated. clock may be NULL: the system's. */
RmqIo *_rmq_io_new_for_context (GMainContext *context, RmqClock *clock);
RmqIo *_rmq_io_ref (RmqIo *self);
/* Any thread, also its own. An application's context has to be iterated once more after the last one. */
void _rmq_io_unref (RmqIo *self);

GMainContext *_rmq_io_get_context (RmqIo *self);
RmqTimerHeap *_rmq_io_get_timers (RmqIo *self); /* in context only */
RmqClock *_rmq_io_get_clock (RmqIo *self);
int64_t _rmq_io_now (RmqIo *self); /* monotonic µs; in context only; cached for the dispatch */
/* True in the I/O thread, or in a thread that owns the application's I/O context. */
bool _rmq_io_is_current (RmqIo *self);
bool _rmq_io_is_shared (RmqIo *self);
/* True in a child of the process that made it: nothing of it may be touched there but its memory. Any thread. */
bool _rmq_io_is_forked (RmqIo *self);

/* Any thread, in order, never inline. */
void _rmq_io_submit (RmqIo *self, RmqIoOp *op);
/* In context only. Runs once, after the ops, timers or input of this turn; at the latest in the next iteration. */
void _rmq_io_defer (RmqIo *self, RmqIoDeferred *deferred);
void _rmq_io_undefer (RmqIo *self, RmqIoDeferred *deferred);
/* Around the dispatch of a source of ours (a socket's, say): the clock is read once in between, and leaving flushes
 * what was deferred. May nest. */
void _rmq_io_enter (RmqIo *self);
void _rmq_io_leave (RmqIo *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqIo, _rmq_io_unref)
