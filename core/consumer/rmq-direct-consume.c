/* SPDX-License-Identifier: Apache-2.0
 *
 * A message that a broker wants consumed now (309), out of band: through the same handler, without a queue and without
 * an offset.
 */
#include "rmq-push-consumer-core-private.h"

struct _RmqDirectConsume
{
  RmqPushConsumerCore *core; /* referenced */
  RmqConsumeBatch *batch;    /* referenced */
  RmqConsumeDirectlyDone done;
  void *data;
  RmqTimer timer;
  int64_t begun_us;
};

static void
end (RmqDirectConsume *self, const char *result, const char *remark)
{
  int64_t spent_us = _rmq_io_now (self->core->io) - self->begun_us;

  self->batch->direct = NULL;
  g_hash_table_remove (self->core->directs, self);
  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->timer);
  _rmq_consume_item_take (&self->batch->items[0]);
  _rmq_consume_item_close (&self->batch->items[0]);
  self->done (result, remark, spent_us / 1000, self->data);
  _rmq_consume_batch_unref (self->batch);
  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

void
_rmq_direct_consume_reported (RmqDirectConsume *self)
{
  switch (rmq_consume_item_get_state (&self->batch->items[0]))
    {
    case RMQ_ITEM_DONE:
      end (self, "CR_SUCCESS", NULL);
      break;
    case RMQ_ITEM_FAILED:
      /* Of a handler in a scripted language that raised an exception only the result 0 is left, which is RETRY. */
      if (self->batch->items[0].is_unanswered)
        end (self, "CR_RETURN_NULL", "What the handler returned is no result of a handler");
      else
        end (self, "CR_LATER", NULL);
      break;
    default:
      break;
    }
}

void
_rmq_direct_consume_abort (RmqDirectConsume *self)
{
  end (self, "CR_LATER", "The consumer was closed");
}

static void
deadline_came (RmqTimer *timer, void *data)
{
  RmqDirectConsume *self = data;

  if (rmq_consume_item_get_state (&self->batch->items[0]) == RMQ_ITEM_CACHED)
    end (self, "CR_THROW_EXCEPTION",
         "No handler could be called: the consumer is paused, its main context is not iterated, or nothing is "
         "connected to ::message");
  else
    end (self, "CR_LATER", "The handler has not answered yet");
}

void
_rmq_push_consumer_core_consume_directly (RmqPushConsumerCore *core,
                                          RmqMessage *message,
                                          RmqConsumeDirectlyDone done,
                                          void *data)
{
  RmqDirectConsume *self;
  RmqConsumeBatch *batch;

  if (_rmq_push_consumer_core_get_state (core) != RMQ_STATE_RUNNING)
    {
      done ("CR_LATER", "The consumer is closing", 0, data);
      return;
    }
  self = g_new0 (RmqDirectConsume, 1);
  batch = _rmq_consume_batch_new (core->delivery, &(RmqMessage *){ rmq_message_ref (message) }, 1);
  self->core = _rmq_push_consumer_core_ref (core);
  self->batch = _rmq_consume_batch_ref (batch);
  self->done = done;
  self->data = data;
  self->begun_us = _rmq_io_now (core->io);
  batch->direct = self;
  g_hash_table_add (core->directs, self);
  rmq_timer_init (&self->timer, deadline_came, self);
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->timer, self->begun_us + core->direct_timeout_us,
                  core->direct_timeout_us / 20);
  _rmq_delivery_push (core->delivery, _rmq_delivery_unit_new (batch, 0, 1));
}
