/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivers units in the consumer's main context: one source, kicked only when its queue goes from empty to non-empty,
 * bounded per dispatch so that a user interface keeps painting.
 */
#include "base/rmq-sync-private.h"
#include "rmq-delivery-internal-private.h"
#include "rmq-push-consumer-private.h"

#define MAX_US 4000
/* How long messages wait before it is looked again whether ::message has a handler. */
#define NO_HANDLER_US (100 * 1000)

typedef struct
{
  GSource source;
  RmqDelivery *delivery;   /* referenced */
  RmqDeliveryUnit *active; /* taken from the queue; the dispatcher's alone */
} RmqDeliverySource;

/* Whether the application has let go of the consumer: then only this dispatch still holds it. */
static bool
is_abandoned (RmqPushConsumer *consumer)
{
  return g_atomic_int_get (&((GObject *) consumer)->ref_count) == 1;
}

/* False: the signal has no handler yet. */
static bool
deliver_active (RmqDeliverySource *source, RmqPushConsumer *consumer)
{
  RmqDelivery *self = source->delivery;
  RmqDeliveryRun run;
  bool can_call;

  if (!_rmq_delivery_run_begin (&run, self, consumer, MAX_US))
    return true;
  can_call = !_rmq_consume_handler_is_signal (run.handler) || _rmq_push_consumer_has_message_handler (consumer);
  while (can_call && source->active != NULL && !_rmq_delivery_run_is_over (&run) && !is_abandoned (consumer))
    {
      RmqDeliveryUnit *unit = source->active;

      if (_rmq_delivery_run_once (&run, unit))
        continue;
      _rmq_delivery_report (self, unit->batch);
      source->active = unit->link;
      _rmq_delivery_unit_unref (unit);
    }
  if (source->active != NULL)
    _rmq_delivery_report (self, source->active->batch);
  _rmq_delivery_run_end (&run);
  return can_call;
}

static void
take_queue (RmqDeliverySource *source)
{
  RmqDelivery *self = source->delivery;
  RmqDeliveryUnit **end = &source->active;

  while (*end != NULL)
    end = &(*end)->link;
  rmq_mutex_lock (&self->mutex);
  self->kicked = false;
  *end = self->head;
  self->head = NULL;
  self->tail = &self->head;
  rmq_mutex_unlock (&self->mutex);
}

static gboolean
dispatch (GSource *gsource)
{
  RmqDeliverySource *source = (RmqDeliverySource *) gsource;
  RmqDelivery *self = source->delivery;
  g_autoptr (RmqPushConsumer) consumer = NULL;

  /* First this, then the queue: the other way round a kick in between would be lost. */
  g_source_set_ready_time (gsource, -1);
  take_queue (source);
  if (rmq_delivery_is_stopped (self))
    return G_SOURCE_REMOVE;
  if (source->active == NULL || g_atomic_int_get (&self->paused) != 0)
    return G_SOURCE_CONTINUE;
  consumer = g_weak_ref_get (&self->consumer);
  if (consumer == NULL)
    return G_SOURCE_CONTINUE;
  if (!deliver_active (source, consumer))
    g_source_set_ready_time (gsource, g_get_monotonic_time () + NO_HANDLER_US);
  else if (source->active != NULL && !rmq_delivery_is_stopped (self) && g_atomic_int_get (&self->paused) == 0)
    g_source_set_ready_time (gsource, 0);
  return G_SOURCE_CONTINUE;
}

/* The last reference may be that of _rmq_delivery_stop (), or GLib's after this dispatch. */
static gboolean
delivery_source_dispatch (GSource *gsource, GSourceFunc callback, void *data)
{
  gboolean stays = dispatch (gsource);

  RMQ_TSAN_RELEASE (gsource);
  RMQ_TSAN_ACQUIRE (gsource);
  return stays;
}

static void
delivery_source_finalize (GSource *gsource)
{
  RmqDeliverySource *source = (RmqDeliverySource *) gsource;

  _rmq_delivery_free_units (source->active);
  _rmq_delivery_unref (source->delivery);
}

static GSourceFuncs delivery_source_funcs = {
  .dispatch = delivery_source_dispatch,
  .finalize = delivery_source_finalize,
};

void
_rmq_delivery_attach_source (RmqDelivery *self, int priority)
{
  RmqDeliverySource *source;

  self->source = g_source_new (&delivery_source_funcs, sizeof (RmqDeliverySource));
  source = (RmqDeliverySource *) self->source;
  source->delivery = _rmq_delivery_ref (self);
  g_source_set_static_name (self->source, "rmq-delivery");
  g_source_set_priority (self->source, priority);
  g_source_attach (self->source, self->context);
}
