/* SPDX-License-Identifier: Apache-2.0
 *
 * Events towards the handle: one queue source per consumer.
 */
#include "rmq-consumer-events-private.h"

#include "base/rmq-queue-source-private.h"
#include "rmq-push-consumer-private.h"

struct _RmqConsumerEvents
{
  RmqQueueSource *source;
};

typedef struct
{
  RmqConsumerEvent event;
  char *topic;
  GPtrArray *queues;
  GPtrArray *assigned;
} RmqAssignmentEvent;

static void
event_free (void *item)
{
  RmqConsumerEvent *event = item;

  event->free (event);
}

static void
run_event (void *item, void *data)
{
  RmqConsumerEvent *event = item;
  g_autoptr (RmqPushConsumer) consumer = g_weak_ref_get (data);

  event->run (event, consumer);
  event->free (event);
}

static void
weak_ref_free (void *data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

RmqConsumerEvents *
_rmq_consumer_events_new (RmqPushConsumer *consumer, GMainContext *context)
{
  RmqConsumerEvents *self = g_new0 (RmqConsumerEvents, 1);
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, consumer);
  self->source = _rmq_queue_source_new ("rmq-consumer-events", event_free);
  _rmq_queue_source_set_func (self->source, run_event, NULL, weak, weak_ref_free);
  g_source_attach ((GSource *) self->source, context);
  return self;
}

void
_rmq_consumer_events_free (RmqConsumerEvents *self)
{
  g_source_destroy ((GSource *) self->source);
  g_source_unref ((GSource *) self->source);
  g_free (self);
}

void
_rmq_consumer_events_send (RmqConsumerEvents *self, RmqConsumerEvent *event)
{
  if (!_rmq_queue_source_push (self->source, event))
    event->free (event);
}

static void
run_state (RmqConsumerEvent *event, RmqPushConsumer *consumer)
{
  if (consumer != NULL)
    _rmq_push_consumer_notify_state (consumer);
}

static void
free_plain (RmqConsumerEvent *event)
{
  g_free (event);
}

void
_rmq_consumer_events_send_state (RmqConsumerEvents *self)
{
  RmqConsumerEvent *event = g_new0 (RmqConsumerEvent, 1);

  event->run = run_state;
  event->free = free_plain;
  _rmq_consumer_events_send (self, event);
}

static void
run_assignment (RmqConsumerEvent *event, RmqPushConsumer *consumer)
{
  RmqAssignmentEvent *self = (RmqAssignmentEvent *) event;

  if (consumer != NULL)
    _rmq_push_consumer_emit_assignment_changed (consumer, self->topic, self->queues, self->assigned);
}

static void
free_assignment (RmqConsumerEvent *event)
{
  RmqAssignmentEvent *self = (RmqAssignmentEvent *) event;

  g_free (self->topic);
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->assigned);
  g_free (self);
}

void
_rmq_consumer_events_send_assignment (RmqConsumerEvents *self,
                                      const char *topic,
                                      GPtrArray *queues,
                                      GPtrArray *assigned)
{
  RmqAssignmentEvent *event = g_new0 (RmqAssignmentEvent, 1);

  event->event.run = run_assignment;
  event->event.free = free_assignment;
  event->topic = g_strdup (topic);
  event->queues = g_ptr_array_ref (queues);
  event->assigned = g_ptr_array_ref (assigned);
  _rmq_consumer_events_send (self, &event->event);
}
