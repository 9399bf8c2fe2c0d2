/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of units that wait for a handler, and one run over them: calls, their clock, what became of the items,
 * reported once per batch. Who runs is a source (rmq-delivery-source.c) or threads (rmq-consume-pool.c).
 */
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-delivery-internal-private.h"
#include "rmq-push-consumer-private.h"

#define MAX_CALLS 4096
/* Handlers that are faster than this on average are timed together. */
#define FAST_CALL_US 20
#define FAST_STRIDE 32

/* Handlers of the calling thread that have not returned, innermost first. */
typedef struct _RmqDeliveryFrame RmqDeliveryFrame;
struct _RmqDeliveryFrame
{
  RmqDelivery *delivery;
  RmqDeliveryFrame *outer;
};

static __thread RmqDeliveryFrame *current_frame;

void
_rmq_delivery_free_units (RmqDeliveryUnit *unit)
{
  while (unit != NULL)
    {
      RmqDeliveryUnit *next = unit->link;

      _rmq_delivery_unit_unref (unit);
      unit = next;
    }
}

/* --- one run over units --- */

static void
look_at_clock (RmqDeliveryRun *run)
{
  int64_t now = _rmq_clock_monotonic_us (run->delivery->clock);

  run->stride = run->since > 0 && (now - run->now_us) / run->since < FAST_CALL_US ? FAST_STRIDE : 1;
  run->since = 0;
  run->now_us = now;
  run->realtime_ms = _rmq_clock_realtime_ms (run->delivery->clock);
}

static RmqConsumeHandler *
dup_handler (RmqDelivery *self)
{
  RmqConsumeHandler *handler = NULL;

  rmq_mutex_lock (&self->mutex);
  if (self->handler != NULL)
    handler = _rmq_consume_handler_ref (self->handler);
  rmq_mutex_unlock (&self->mutex);
  return handler;
}

bool
_rmq_delivery_run_begin (RmqDeliveryRun *run, RmqDelivery *delivery, RmqPushConsumer *consumer, int64_t max_us)
{
  *run = (RmqDeliveryRun){ .delivery = delivery, .consumer = consumer, .max_calls = MAX_CALLS };
  run->handler = dup_handler (delivery);
  if (run->handler == NULL)
    return false;
  look_at_clock (run);
  run->started_us = run->now_us;
  run->until_us = max_us > 0 ? run->now_us + max_us : INT64_MAX;
  return true;
}

/* The items of a chunk that are still to be handed out become RUNNING; their messages, with the handler's reference. */
static unsigned
claim (RmqDeliveryRun *run, RmqConsumeItem *items, unsigned n_items, RmqMessage **messages)
{
  unsigned n = 0;

  for (unsigned i = 0; i < n_items; i++)
    {
      RmqConsumeItem *item = &items[i];

      item->started_us = run->now_us;
      if (!_rmq_consume_item_change (item, RMQ_ITEM_CACHED, RMQ_ITEM_RUNNING))
        continue;
      item->message->consume_start_ms = run->realtime_ms;
      messages[n++] = item->message;
    }
  return n;
}

static void
settle (RmqConsumeItem *items, unsigned n_items, RmqConsumeResult result)
{
  RmqItemState state = result == RMQ_CONSUME_SUCCESS ? RMQ_ITEM_DONE : RMQ_ITEM_FAILED;

  if (result == RMQ_CONSUME_DEFERRED)
    return;
  for (unsigned i = 0; i < n_items; i++)
    {
      if (G_UNLIKELY (state == RMQ_ITEM_FAILED && result != RMQ_CONSUME_RETRY))
        items[i].is_unanswered = true;
      _rmq_consume_item_change (&items[i], RMQ_ITEM_RUNNING, state);
    }
}

bool
_rmq_delivery_run_once (RmqDeliveryRun *run, RmqDeliveryUnit *unit)
{
  RmqDelivery *self = run->delivery;
  unsigned first = (unsigned) g_atomic_int_add (&unit->next, (int) self->batch_size);
  RmqConsumeItem *items = &unit->batch->items[first];
  RmqDeliveryFrame frame = { self, current_frame };
  RmqMessage **messages;
  unsigned n_items, n;
  RmqConsumeResult result;

  if (first >= (unsigned) unit->end)
    return false;
  n_items = MIN (self->batch_size, (unsigned) unit->end - first);
  messages = g_newa (RmqMessage *, n_items);
  if (run->since >= run->stride)
    look_at_clock (run);
  n = claim (run, items, n_items, messages);
  if (n == 0)
    return true;

  current_frame = &frame;
  result = _rmq_consume_handler_call (run->handler, run->consumer, messages, n);
  current_frame = frame.outer;
  settle (items, n_items, result);
  run->since++;
  run->n_calls++;
  run->n_messages += n;
  return true;
}

bool
_rmq_delivery_run_is_over (RmqDeliveryRun *run)
{
  RmqDelivery *self = run->delivery;

  if (run->since >= run->stride)
    look_at_clock (run);
  return run->n_calls >= run->max_calls || run->now_us >= run->until_us || rmq_delivery_is_stopped (self)
         || g_atomic_int_get (&self->paused) != 0;
}

void
_rmq_delivery_run_end (RmqDeliveryRun *run)
{
  RmqDelivery *self = run->delivery;

  look_at_clock (run);
  rmq_mutex_lock (&self->mutex);
  self->busy_us += run->now_us - run->started_us;
  self->n_handled += run->n_messages;
  rmq_mutex_unlock (&self->mutex);
  _rmq_consume_handler_unref (run->handler);
}

bool
_rmq_delivery_is_current (RmqDelivery *self)
{
  for (RmqDeliveryFrame *frame = current_frame; frame != NULL; frame = frame->outer)
    if (frame->delivery == self)
      return true;
  return false;
}

/* --- reports --- */

static void
free_reports (RmqConsumeBatch *batch)
{
  while (batch != NULL)
    {
      RmqConsumeBatch *next = batch->next_report;

      _rmq_consume_batch_unref (batch);
      batch = next;
    }
}

static void
run_reports (RmqIoOp *op)
{
  RmqDelivery *self = ((RmqDeliveryOp *) op)->delivery;

  rmq_mutex_lock (&self->mutex);
  self->report_queued = false;
  rmq_mutex_unlock (&self->mutex);
  if (self->reported != NULL)
    self->reported (self, self->reported_data);
  else
    free_reports (_rmq_delivery_take_reports (self)); /* a handler outlived the close */
  _rmq_delivery_unref (self);
}

static void
drop_reports (RmqIoOp *op)
{
  RmqDelivery *self = ((RmqDeliveryOp *) op)->delivery;

  free_reports (_rmq_delivery_take_reports (self));
  _rmq_delivery_unref (self);
}

void
_rmq_delivery_report (RmqDelivery *self, RmqConsumeBatch *batch)
{
  bool first;

  /* Whoever clears the flag looks at the items after it. */
  if (g_atomic_int_exchange (&batch->reported, 1) != 0)
    return;
  _rmq_consume_batch_ref (batch);
  rmq_mutex_lock (&self->mutex);
  batch->next_report = self->reports;
  self->reports = batch;
  first = !self->report_queued;
  self->report_queued = true;
  rmq_mutex_unlock (&self->mutex);
  if (!first)
    return;
  _rmq_delivery_ref (self);
  _rmq_io_submit (self->io, &self->report_op.op);
}

RmqConsumeBatch *
_rmq_delivery_take_reports (RmqDelivery *self)
{
  RmqConsumeBatch *reports;

  rmq_mutex_lock (&self->mutex);
  reports = g_steal_pointer (&self->reports);
  rmq_mutex_unlock (&self->mutex);
  return reports;
}

void
_rmq_delivery_take_busy (RmqDelivery *self, int64_t *busy_us, uint64_t *n_messages)
{
  rmq_mutex_lock (&self->mutex);
  *busy_us = self->busy_us;
  *n_messages = self->n_handled;
  self->busy_us = 0;
  self->n_handled = 0;
  rmq_mutex_unlock (&self->mutex);
}

/* --- life --- */

RmqDelivery *
_rmq_delivery_new (RmqIo *io, RmqPushConsumer *consumer, GMainContext *context)
{
  RmqDelivery *self = g_new0 (RmqDelivery, 1);

  self->ref_count = 1;
  self->io = _rmq_io_ref (io);
  self->clock = _rmq_clock_ref (_rmq_io_get_clock (io));
  self->context = g_main_context_ref (context);
  self->tail = &self->head;
  self->batch_size = 1;
  self->report_op.op = (RmqIoOp){ run_reports, drop_reports };
  self->report_op.delivery = self;
  g_weak_ref_init (&self->consumer, consumer);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  return self;
}

RmqDelivery *
_rmq_delivery_ref (RmqDelivery *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_delivery_unref (RmqDelivery *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  /* Units and reports hold batches, which hold us: the lists are empty. */
  g_clear_pointer (&self->handler, _rmq_consume_handler_unref);
  g_weak_ref_clear (&self->consumer);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);
  RMQ_TSAN_RELEASE (self->context);
  g_main_context_unref (self->context);
  _rmq_clock_unref (self->clock);
  _rmq_io_unref (self->io);
  g_free (self);
}

void
_rmq_delivery_start (RmqDelivery *self,
                     const RmqDeliveryConfig *config,
                     RmqConsumeHandler *handler,
                     RmqDeliveryReported reported,
                     void *data)
{
  rmq_mutex_lock (&self->mutex);
  self->handler = _rmq_consume_handler_ref (handler);
  rmq_mutex_unlock (&self->mutex);
  self->batch_size = _rmq_consume_handler_get_batch_size (handler, config->batch_size);
  self->reported = reported;
  self->reported_data = data;
  if (config->n_threads == 0)
    _rmq_delivery_attach_source (self, config->priority);
  else
    _rmq_delivery_set_n_threads (self, config->n_threads);
}

void
_rmq_delivery_stop (RmqDelivery *self)
{
  RmqConsumeHandler *handler;
  RmqDeliveryUnit *units;

  g_atomic_int_set (&self->stopped, 1);
  rmq_mutex_lock (&self->mutex);
  handler = g_steal_pointer (&self->handler);
  units = g_steal_pointer (&self->head);
  self->tail = &self->head;
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);
  _rmq_delivery_free_units (units);
  g_clear_pointer (&handler, _rmq_consume_handler_unref);
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  RMQ_TSAN_RELEASE (self->source);
  RMQ_TSAN_ACQUIRE (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
_rmq_delivery_detach (RmqDelivery *self)
{
  self->reported = NULL;
  free_reports (_rmq_delivery_take_reports (self));
}

void
_rmq_delivery_add (RmqDelivery *self, RmqDeliveryUnit *unit)
{
  rmq_mutex_lock (&self->mutex);
  if (rmq_delivery_is_stopped (self))
    {
      rmq_mutex_unlock (&self->mutex);
      _rmq_delivery_unit_unref (unit);
      return;
    }
  *self->tail = unit;
  self->tail = &unit->link;
  for (unsigned i = 0; i < MIN (self->n_idle, (unsigned) (unit->end - unit->next)); i++)
    g_cond_signal (&self->cond);
  rmq_mutex_unlock (&self->mutex);
}

void
_rmq_delivery_kick (RmqDelivery *self)
{
  bool kick;

  rmq_mutex_lock (&self->mutex);
  kick = self->source != NULL && self->head != NULL && !self->kicked;
  self->kicked |= kick;
  rmq_mutex_unlock (&self->mutex);
  if (kick)
    g_source_set_ready_time (self->source, 0);
}

void
_rmq_delivery_push (RmqDelivery *self, RmqDeliveryUnit *unit)
{
  _rmq_delivery_add (self, unit);
  _rmq_delivery_kick (self);
}

void
_rmq_delivery_set_paused (RmqDelivery *self, bool paused)
{
  g_atomic_int_set (&self->paused, paused);
  rmq_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);
  if (!paused && self->source != NULL)
    g_source_set_ready_time (self->source, 0);
}
