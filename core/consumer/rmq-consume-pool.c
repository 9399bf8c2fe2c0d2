/* SPDX-License-Identifier: Apache-2.0
 *
 * Worker threads for handlers that block: they share the delivery's queue, and several of them share a unit. A thread
 * ends by itself when it is not wanted any more; nobody waits for it.
 */
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-delivery-internal-private.h"

/* What a fast worker finished is reported at the latest after this. */
#define REPORT_US 1000

/* Blocks until there is work or the thread is not wanted any more (NULL). */
static RmqDeliveryUnit *
wait_for_unit (RmqDelivery *self)
{
  RmqDeliveryUnit *unit = NULL;

  rmq_mutex_lock (&self->mutex);
  while (!rmq_delivery_is_stopped (self) && self->n_running <= self->n_threads
         && (self->head == NULL || g_atomic_int_get (&self->paused) != 0))
    {
      self->n_idle++;
      rmq_cond_wait (&self->cond, &self->mutex);
      self->n_idle--;
    }
  if (rmq_delivery_is_stopped (self) || self->n_running > self->n_threads)
    self->n_running--;
  else
    unit = _rmq_delivery_unit_ref (self->head);
  rmq_mutex_unlock (&self->mutex);
  return unit;
}

static void
unit_is_empty (RmqDelivery *self, RmqDeliveryUnit *unit)
{
  rmq_mutex_lock (&self->mutex);
  if (self->head == unit)
    {
      self->head = unit->link;
      if (self->head == NULL)
        self->tail = &self->head;
      _rmq_delivery_unit_unref (unit);
    }
  rmq_mutex_unlock (&self->mutex);
}

/* False: the consumer's handle is gone. */
static bool
work_on_unit (RmqDelivery *self, RmqDeliveryUnit *unit)
{
  g_autoptr (RmqPushConsumer) consumer = g_weak_ref_get (&self->consumer);
  RmqDeliveryRun run;
  int64_t reported;
  bool more = true;

  if (consumer == NULL)
    return false;
  if (!_rmq_delivery_run_begin (&run, self, consumer, 0))
    return true;
  run.max_calls = G_MAXUINT;
  reported = run.now_us;
  while (!_rmq_delivery_run_is_over (&run) && (more = _rmq_delivery_run_once (&run, unit)))
    {
      if (run.stride != 1 && run.now_us - reported < REPORT_US)
        continue;
      _rmq_delivery_report (self, unit->batch);
      reported = run.now_us;
    }
  _rmq_delivery_report (self, unit->batch);
  _rmq_delivery_run_end (&run);
  if (!more)
    unit_is_empty (self, unit);
  return true;
}

static void *
worker (void *data)
{
  RmqDelivery *self = data;
  RmqDeliveryUnit *unit;

  while ((unit = wait_for_unit (self)) != NULL)
    {
      /* Without a handle there is nobody to call; the core is about to be told. */
      if (!work_on_unit (self, unit))
        unit_is_empty (self, unit);
      _rmq_delivery_unit_unref (unit);
    }
  _rmq_delivery_unref (self);
  return NULL;
}

void
_rmq_consume_pool_grow_locked (RmqDelivery *self)
{
  while (self->n_running < self->n_threads)
    {
      g_autoptr (GError) error = NULL;
      GThread *thread = g_thread_try_new ("rmq-consume", worker, _rmq_delivery_ref (self), &error);

      if (thread == NULL)
        {
          rmq_warning ("consumer", NULL, "%u of %u consume threads run: %s", self->n_running, self->n_threads,
                       error->message);
          /* Never the last one: the caller holds one. */
          _rmq_delivery_unref (self);
          return;
        }
      self->n_running++;
      g_thread_unref (thread);
    }
}

void
_rmq_delivery_set_n_threads (RmqDelivery *self, unsigned n_threads)
{
  rmq_mutex_lock (&self->mutex);
  self->n_threads = n_threads;
  _rmq_consume_pool_grow_locked (self);
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);
}

bool
_rmq_delivery_make_threads (RmqDelivery *self, unsigned n_threads, GError **error)
{
  bool made;

  _rmq_delivery_set_n_threads (self, n_threads);
  rmq_mutex_lock (&self->mutex);
  made = n_threads == 0 || self->n_running > 0;
  rmq_mutex_unlock (&self->mutex);
  if (made)
    return true;
  _rmq_set_error (error, RMQ_ERROR_FAILED, NULL,
                  "The system gives no thread to call the handler in: raise the limit, or set consume-threads to 0");
  return false;
}

unsigned
_rmq_delivery_get_n_threads (RmqDelivery *self)
{
  unsigned n;

  rmq_mutex_lock (&self->mutex);
  n = self->n_threads;
  rmq_mutex_unlock (&self->mutex);
  return n;
}
