/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls an allocation strategy: a native one here and now, a scripted one in the consumer's main context. One that is
 * late is no longer waited for.
 */
#include "rmq-allocation-job-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-assignment-private.h"

#define DEADLINE_US (5 * G_TIME_SPAN_SECOND)

/* In the I/O context until it is sent, then in the main context, then back again. */
struct _RmqAllocationJob
{
  RmqConsumerEvent event;
  RmqIoOp op;
  int ref_count; /* who waits, and the event or op under way */
  RmqPushConsumerCore *core;
  RmqAllocationStrategy *strategy;
  char *group;
  char *client_id;
  GPtrArray *queues;
  char **ids;
  GPtrArray *assigned;
  GError *error;

  /* The I/O context's alone. */
  RmqAllocationDone done; /* NULL: nobody waits any more */
  void *data;
  RmqTimer timer;
};

static void
job_unref (RmqAllocationJob *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_clear_pointer (&self->assigned, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->queues);
  g_strfreev (self->ids);
  g_object_unref (self->strategy);
  g_free (self->group);
  g_free (self->client_id);
  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

static void
call_strategy (RmqAllocationJob *self)
{
  self->assigned = rmq_allocation_strategy_allocate (self->strategy, self->group, self->client_id, self->queues,
                                                     (const char *const *) self->ids, &self->error);
  if (self->error != NULL)
    g_clear_pointer (&self->assigned, g_ptr_array_unref);
  else if (!_rmq_assignment_check (self->assigned, self->queues, &self->error))
    g_clear_pointer (&self->assigned, g_ptr_array_unref);
}

static void
end (RmqAllocationJob *self, GPtrArray *assigned, const GError *error)
{
  RmqAllocationDone done = g_steal_pointer (&self->done);

  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  if (done != NULL)
    {
      done (assigned, error, self->data);
      job_unref (self);
    }
}

static void
came_back (RmqIoOp *op)
{
  RmqAllocationJob *self = (RmqAllocationJob *) ((char *) op - offsetof (RmqAllocationJob, op));

  end (self, self->assigned, self->error);
  job_unref (self);
}

static void
came_back_too_late (RmqIoOp *op)
{
  job_unref ((RmqAllocationJob *) ((char *) op - offsetof (RmqAllocationJob, op)));
}

static void
run_in_main_context (RmqConsumerEvent *event, RmqPushConsumer *consumer)
{
  RmqAllocationJob *self = (RmqAllocationJob *) event;

  if (consumer == NULL)
    return;
  call_strategy (self);
  g_atomic_int_inc (&self->ref_count);
  _rmq_io_submit (self->core->io, &self->op);
}

static void
free_event (RmqConsumerEvent *event)
{
  job_unref ((RmqAllocationJob *) event);
}

static void
deadline_came (RmqTimer *timer, void *data)
{
  RmqAllocationJob *self = data;
  g_autoptr (GError) error = _rmq_error_new (
      RMQ_ERROR_TIMED_OUT, NULL,
      "The allocation strategy was not called within 5 s, because its main context is not iterated or is busy");

  end (self, NULL, error);
}

RmqAllocationJob *
_rmq_allocation_job_start (RmqPushConsumerCore *core,
                           GPtrArray *queues,
                           const char *const *ids,
                           RmqAllocationDone done,
                           void *data)
{
  RmqAllocationJob *self = g_new0 (RmqAllocationJob, 1);

  self->event.run = run_in_main_context;
  self->event.free = free_event;
  self->op = (RmqIoOp){ came_back, came_back_too_late };
  self->ref_count = 1;
  self->core = _rmq_push_consumer_core_ref (core);
  self->strategy = g_object_ref (core->allocation);
  self->group = g_strdup (core->inner.group);
  self->client_id = g_strdup (_rmq_client_core_get_client_id (core->client));
  self->queues = g_ptr_array_copy (queues, (GCopyFunc) rmq_message_queue_ref, NULL);
  g_ptr_array_set_free_func (self->queues, (GDestroyNotify) rmq_message_queue_unref);
  self->ids = g_strdupv ((char **) ids);
  self->done = done;
  self->data = data;
  rmq_timer_init (&self->timer, deadline_came, self);

  if ((rmq_allocation_strategy_get_flags (self->strategy) & RMQ_ALLOCATION_IN_OWNER_CONTEXT) == 0)
    {
      call_strategy (self);
      end (self, self->assigned, self->error);
      return NULL;
    }
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->timer, _rmq_io_now (core->io) + DEADLINE_US, DEADLINE_US / 20);
  g_atomic_int_inc (&self->ref_count);
  _rmq_consumer_events_send (core->events, &self->event);
  return self;
}

void
_rmq_allocation_job_cancel (RmqAllocationJob *self)
{
  self->done = NULL;
  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  job_unref (self);
}
