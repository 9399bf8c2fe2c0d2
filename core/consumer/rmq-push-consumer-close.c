/* SPDX-License-Identifier: Apache-2.0
 *
 * Closing a push consumer (03 §7.11): no more pulls and no more calls; wait for handlers that run, up to the deadline;
 * commit, acknowledged; unregister. And commit () alone. Both always end.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-error-private.h"

#define DEADLINE_ACCURACY_US (20 * G_TIME_SPAN_MILLISECOND)
/* Even a close without patience gives the broker one round trip for the last offsets. */
#define MIN_COMMIT_US (300 * G_TIME_SPAN_MILLISECOND)

/* --- commits --- */

typedef struct _RmqCommits RmqCommits;
struct _RmqCommits
{
  RmqPushConsumerCore *core; /* referenced */
  unsigned n_left;
  int64_t timeout_us;
  GPtrArray *later; /* RmqCommit, after the first one of their topic */
  GError *error;    /* the first */
  void (*done) (RmqCommits *self, void *data);
  void *data;
};

typedef struct
{
  RmqCommits *all;
  RmqMessageQueue *queue;
  int64_t offset;
} RmqCommit;

static void committed (int64_t offset, const GError *error, void *data);

static void
send_commit (RmqCommit *self)
{
  RmqPushConsumerCore *core = self->all->core;

  self->all->n_left++;
  _rmq_offset_commit (core->client, core->inner.group, self->queue, self->offset, self->all->timeout_us, committed,
                      self);
}

static void
commits_step (RmqCommits *self)
{
  g_autoptr (GPtrArray) later = NULL;

  if (--self->n_left > 0)
    return;
  if (self->later->len > 0)
    {
      later = g_steal_pointer (&self->later);
      self->later = g_ptr_array_new ();
      for (unsigned i = 0; i < later->len; i++)
        send_commit (later->pdata[i]);
      return;
    }
  self->done (self, self->data);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->later);
  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

static void
committed (int64_t offset, const GError *error, void *data)
{
  RmqCommit *self = data;
  RmqCommits *all = self->all;
  RmqPuller *puller = g_hash_table_lookup (all->core->pullers, self->queue);

  if (error == NULL && puller != NULL)
    puller->offset.acked = self->offset;
  if (error != NULL && all->error == NULL)
    all->error = g_error_copy (error);
  rmq_message_queue_unref (self->queue);
  g_free (self);
  commits_step (all);
}

/* Every queue whose offset the broker is not known to have. done comes later or, when there is none, at once. The first
 * commits of a group in a topic must not meet: a broker makes the table for them twice, and loses one. So one goes
 * ahead of the others of its topic. */
static void
commit_all (RmqPushConsumerCore *core, int64_t timeout_us, void (*done) (RmqCommits *commits, void *data), void *data)
{
  RmqCommits *self = g_new0 (RmqCommits, 1);
  g_autoptr (GHashTable) topics = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  RmqPuller *puller;

  self->core = _rmq_push_consumer_core_ref (core);
  self->n_left = 1;
  self->timeout_us = timeout_us;
  self->later = g_ptr_array_new ();
  self->done = done;
  self->data = data;
  g_hash_table_iter_init (&iter, core->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    {
      RmqCommit *one;

      if (puller->state == RMQ_PULLER_STARTING || !rmq_offset_is_unconfirmed (&puller->offset)
          || _rmq_puller_commit_locally (puller))
        continue;
      one = g_new0 (RmqCommit, 1);
      one->all = self;
      one->queue = rmq_message_queue_ref (puller->queue);
      one->offset = puller->offset.value;
      puller->offset.sent = one->offset;
      if (g_hash_table_add (topics, (char *) rmq_message_queue_get_topic (one->queue)))
        send_commit (one);
      else
        g_ptr_array_add (self->later, one);
    }
  _rmq_push_consumer_core_write_offsets (core, &self->error);
  commits_step (self);
}

/* --- close --- */

typedef enum
{
  RMQ_CLOSE_DRAINING,
  RMQ_CLOSE_COMMITTING,
  RMQ_CLOSE_LEAVING,
} RmqClosePhase;

struct _RmqCloseOp
{
  RmqPushConsumerCore *core; /* referenced */
  RmqClosePhase phase;
  int64_t deadline_us;
  RmqTimer timer;
  unsigned n_unfinished; /* messages that handlers still had at the deadline */
  GPtrArray *waiters;    /* RmqOperation, referenced */
};

static void
operation_unref (void *operation)
{
  _rmq_operation_unref (operation);
}

static void
tell_waiters (RmqCloseOp *self)
{
  for (unsigned i = 0; i < self->waiters->len; i++)
    {
      RmqOperation *operation = g_ptr_array_index (self->waiters, i);

      if (self->n_unfinished > 0)
        _rmq_operation_return_error (operation, _rmq_error_new (RMQ_ERROR_TIMED_OUT, NULL,
                                                                "The consumer is closed, but handlers had not finished "
                                                                "%u messages, which come again",
                                                                self->n_unfinished));
      else
        _rmq_operation_return_boolean (operation, true);
    }
}

static void
close_free (RmqCloseOp *self)
{
  RmqPushConsumerCore *core = self->core;

  _rmq_timer_disarm (_rmq_io_get_timers (core->io), &self->timer);
  core->close_op = NULL;
  g_ptr_array_unref (self->waiters);
  g_free (self);
  _rmq_push_consumer_core_unref (core);
}

static void
close_done (RmqCloseOp *self)
{
  _rmq_push_consumer_core_set_state (self->core, RMQ_STATE_CLOSED);
  tell_waiters (self);
  close_free (self);
}

static void
unregistered (void *data)
{
  RmqCloseOp *self = data;

  close_done (self);
}

static void
leave (RmqCloseOp *self)
{
  RmqPushConsumerCore *core = self->core;

  self->phase = RMQ_CLOSE_LEAVING;
  _rmq_push_consumer_core_drop_all (core);
  if (!core->registered)
    {
      close_done (self);
      return;
    }
  core->registered = false;
  _rmq_client_core_remove_consumer (core->client, &core->inner, self->deadline_us, unregistered, self);
  /* The reference of the registration. */
  _rmq_push_consumer_core_unref (core);
}

static void
last_commits_done (RmqCommits *commits, void *data)
{
  RmqCloseOp *self = data;

  /* The client may have closed meanwhile, and all of this with it. */
  if (commits->core->close_op != self || self->phase != RMQ_CLOSE_COMMITTING)
    return;
  if (commits->error != NULL)
    rmq_warning ("consumer", self->core->inner.group, "Last offsets could not be committed: %s",
                 commits->error->message);
  leave (self);
}

static void
commit_and_leave (RmqCloseOp *self)
{
  int64_t left = self->deadline_us - _rmq_io_now (self->core->io);

  self->phase = RMQ_CLOSE_COMMITTING;
  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  commit_all (self->core, MAX (left, MIN_COMMIT_US), last_commits_done, self);
}

static bool
count_running (RmqProcessEntry *entry, void *data)
{
  RmqItemState state = rmq_consume_item_get_state (rmq_consume_item_of_entry (entry));
  unsigned *n = data;

  *n += state == RMQ_ITEM_RUNNING || state == RMQ_ITEM_DONE || state == RMQ_ITEM_FAILED;
  return true;
}

static unsigned
count_unfinished (RmqPushConsumerCore *core)
{
  GHashTableIter iter;
  RmqPuller *puller;
  unsigned n = 0;

  g_hash_table_iter_init (&iter, core->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    _rmq_process_queue_foreach (&puller->cache, count_running, &n);
  return n;
}

void
_rmq_push_consumer_core_check_close (RmqPushConsumerCore *self)
{
  if (self->close_op == NULL || self->close_op->phase != RMQ_CLOSE_DRAINING)
    return;
  if (count_unfinished (self) == 0 && _rmq_send_backs_is_idle (self->send_backs))
    commit_and_leave (self->close_op);
}

static void
deadline_came (RmqTimer *timer, void *data)
{
  RmqCloseOp *self = data;

  if (self->phase != RMQ_CLOSE_DRAINING)
    return;
  _rmq_push_consumer_core_take_reports (self->core->delivery, self->core);
  /* Taking them may have been all that was missing. */
  if (self->phase != RMQ_CLOSE_DRAINING)
    return;
  self->n_unfinished = count_unfinished (self->core);
  commit_and_leave (self);
}

static bool
take_waiting_item (RmqProcessEntry *entry, void *data)
{
  RmqConsumeItem *item = rmq_consume_item_of_entry (entry);

  if (_rmq_consume_item_change (item, RMQ_ITEM_CACHED, RMQ_ITEM_TAKEN))
    rmq_message_unref (item->message);
  return true;
}

/* Nothing is pulled any more, and what no handler has yet stays in the cache, so that the offset does not pass it. */
static void
stop_pulling (RmqPushConsumerCore *self)
{
  GHashTableIter iter;
  RmqPuller *puller;

  _rmq_rebalancer_cancel (self->rebalancer);
  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    {
      if (puller->state == RMQ_PULLER_STARTING)
        {
          g_hash_table_iter_remove (&iter);
          continue;
        }
      _rmq_puller_stop (puller);
      _rmq_process_queue_foreach (&puller->cache, take_waiting_item, NULL);
    }
}

static RmqCloseOp *
close_new (RmqPushConsumerCore *core, int64_t deadline_us)
{
  RmqCloseOp *self = g_new0 (RmqCloseOp, 1);

  self->core = _rmq_push_consumer_core_ref (core);
  self->deadline_us = deadline_us;
  self->waiters = g_ptr_array_new_with_free_func (operation_unref);
  rmq_timer_init (&self->timer, deadline_came, self);
  core->close_op = self;
  return self;
}

bool
_rmq_push_consumer_core_begin_close (RmqPushConsumerCore *self)
{
  RmqState state = _rmq_push_consumer_core_get_state (self);
  int64_t deadline_us;

  if (state >= RMQ_STATE_CLOSING)
    return false;
  if (state != RMQ_STATE_RUNNING)
    {
      _rmq_push_consumer_core_set_state (self, RMQ_STATE_CLOSED);
      _rmq_push_consumer_core_fail_start (self);
      return false;
    }
  deadline_us = _rmq_io_now (self->io) + _rmq_client_core_get_settings (self->client)->close_timeout;
  close_new (self, deadline_us);
  _rmq_push_consumer_core_set_state (self, RMQ_STATE_CLOSING);
  _rmq_delivery_stop (self->delivery);
  stop_pulling (self);
  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->close_op->timer, deadline_us, DEADLINE_ACCURACY_US);
  return true;
}

void
_rmq_push_consumer_core_client_closed (RmqPushConsumerCore *self, const GError *error)
{
  if (_rmq_push_consumer_core_get_state (self) == RMQ_STATE_CLOSED)
    return;
  if (_rmq_push_consumer_core_get_state (self) == RMQ_STATE_RUNNING)
    {
      _rmq_push_consumer_core_take_reports (self->delivery, self);
      self->inner.iface->persist_offsets (&self->inner);
    }
  _rmq_push_consumer_core_set_state (self, RMQ_STATE_CLOSED);
  _rmq_push_consumer_core_fail_start (self);
  _rmq_push_consumer_core_drop_all (self);
  if (self->close_op != NULL && self->close_op->phase != RMQ_CLOSE_LEAVING)
    close_done (self->close_op);
  /* The client forgets us by itself. */
  if (self->registered)
    {
      self->registered = false;
      _rmq_push_consumer_core_unref (self);
    }
}

/* --- operations --- */

typedef struct
{
  RmqPushConsumerCore *core; /* referenced */
} RmqCoreOperation;

static void
core_operation_free (void *data)
{
  RmqCoreOperation *self = data;

  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

static RmqOperation *
core_operation_new (RmqPushConsumerCore *core,
                    const RmqOperationFuncs *funcs,
                    int64_t timeout,
                    GCancellable *cancellable)
{
  RmqCoreOperation *self = g_new0 (RmqCoreOperation, 1);

  self->core = _rmq_push_consumer_core_ref (core);
  return _rmq_operation_new (core->io, funcs, self, core_operation_free, timeout, cancellable);
}

static void
close_start (RmqOperation *operation, void *data)
{
  RmqPushConsumerCore *core = ((RmqCoreOperation *) data)->core;

  _rmq_push_consumer_core_begin_close (core);
  if (core->close_op == NULL)
    {
      _rmq_operation_return_boolean (operation, true);
      return;
    }
  g_ptr_array_add (core->close_op->waiters, _rmq_operation_ref (operation));
  /* Perhaps there is nothing to wait for. */
  _rmq_push_consumer_core_take_reports (core->delivery, core);
  _rmq_push_consumer_core_check_close (core);
}

/* Who waits gives up; the close goes on. */
static void
close_stop (RmqOperation *operation, void *data, const GError *error)
{
  _rmq_operation_return_error (operation, g_error_copy (error));
}

RmqOperation *
_rmq_push_consumer_core_close_operation (RmqPushConsumerCore *self, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { close_start, close_stop };

  return core_operation_new (self, &funcs, 0, cancellable);
}

static void
commits_done (RmqCommits *commits, void *data)
{
  RmqOperation *operation = data;

  if (commits->error != NULL)
    _rmq_operation_return_error (operation, g_error_copy (commits->error));
  else
    _rmq_operation_return_boolean (operation, true);
  _rmq_operation_unref (operation);
}

static void
commit_start (RmqOperation *operation, void *data)
{
  RmqPushConsumerCore *core = ((RmqCoreOperation *) data)->core;

  if (_rmq_push_consumer_core_get_state (core) != RMQ_STATE_RUNNING)
    {
      _rmq_operation_return_error (operation,
                                   _rmq_error_new (RMQ_ERROR_INVALID_STATE, NULL, "The consumer is not running"));
      return;
    }
  _rmq_push_consumer_core_take_reports (core->delivery, core);
  commit_all (core, 0, commits_done, _rmq_operation_ref (operation));
}

RmqOperation *
_rmq_push_consumer_core_commit_operation (RmqPushConsumerCore *self, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { commit_start, close_stop };

  return core_operation_new (self, &funcs, 0, cancellable);
}
