/* SPDX-License-Identifier: Apache-2.0
 *
 * Items of a pull: how they come to own their messages, how they end, and how ack and retry reach them from any thread.
 */
#include "rmq-consume-batch-private.h"

#include <rmq/rmq-push-consumer.h>
#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-delivery-private.h"

bool
_rmq_consume_item_change (RmqConsumeItem *self, RmqItemState from, RmqItemState to)
{
  RMQ_TSAN_RELEASE (&self->state);
  if (!g_atomic_int_compare_and_exchange (&self->state, (int) from, (int) to))
    return false;
  RMQ_TSAN_ACQUIRE (&self->state);
  return true;
}

RmqItemState
_rmq_consume_item_take (RmqConsumeItem *self)
{
  RmqItemState state;

  do
    state = rmq_consume_item_get_state (self);
  while (state != RMQ_ITEM_TAKEN && !_rmq_consume_item_change (self, state, RMQ_ITEM_TAKEN));
  if (state == RMQ_ITEM_CACHED)
    rmq_message_unref (self->message);
  return state;
}

void
_rmq_consume_item_requeue (RmqConsumeItem *self)
{
  rmq_message_ref (self->message);
  g_atomic_int_set (&self->delay_level, 0);
  g_atomic_int_set (&self->message->settled, 0);
  _rmq_consume_item_change (self, RMQ_ITEM_TAKEN, RMQ_ITEM_CACHED);
}

static RmqConsumeItem *
item_of_owner (RmqMessageOwner *owner)
{
  return (RmqConsumeItem *) ((char *) owner - offsetof (RmqConsumeItem, owner));
}

static bool
settle (RmqMessageOwner *owner, RmqItemState state, int delay_level, GError **error)
{
  RmqConsumeItem *self = item_of_owner (owner);
  RmqConsumeBatch *batch;

  switch (rmq_consume_item_get_state (self))
    {
    case RMQ_ITEM_DONE:
    case RMQ_ITEM_FAILED:
      _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL, "The message was settled before, by the handler's result");
      return false;
    case RMQ_ITEM_RUNNING:
      if (state == RMQ_ITEM_FAILED)
        g_atomic_int_set (&self->delay_level, delay_level);
      if (_rmq_consume_item_change (self, RMQ_ITEM_RUNNING, state))
        break;
      G_GNUC_FALLTHROUGH;
    default:
      _rmq_set_error (error, RMQ_ERROR_CLOSED, NULL,
                      "The message is no longer this consumer's: its queue went away, it took too long, or the "
                      "consumer was closed; it comes again");
      return false;
    }
  batch = rmq_consume_item_get_batch (self);
  _rmq_delivery_report (batch->delivery, batch);
  return true;
}

static bool
ack_message (RmqMessageOwner *owner, RmqMessage *message, GError **error)
{
  return settle (owner, RMQ_ITEM_DONE, 0, error);
}

static bool
retry_message (RmqMessageOwner *owner, RmqMessage *message, int delay_level, GError **error)
{
  return settle (owner, RMQ_ITEM_FAILED, delay_level, error);
}

static void
release_message (RmqMessageOwner *owner, RmqMessage *message)
{
  _rmq_consume_batch_unref (rmq_consume_item_get_batch (item_of_owner (owner)));
}

static const RmqMessageOwnerClass owner_class = { ack_message, retry_message, release_message };

RmqConsumeBatch *
_rmq_consume_batch_new (RmqDelivery *delivery, RmqMessage **messages, unsigned n_messages)
{
  RmqConsumeBatch *self = g_malloc (sizeof (RmqConsumeBatch) + (size_t) n_messages * sizeof (RmqConsumeItem));

  *self = (RmqConsumeBatch){
    .ref_count = (int) n_messages + 1,
    .delivery = _rmq_delivery_ref (delivery),
    .n_items = n_messages,
    .n_open = n_messages,
  };
  for (unsigned i = 0; i < n_messages; i++)
    {
      RmqMessage *message = messages[i];
      size_t size = message->raw_body.len;

      /* The second one is the handler's. Nobody else has seen the message yet. */
      message->ref_count++;

      self->items[i] = (RmqConsumeItem){
        .entry = { .offset = message->queue_offset, .bytes = (uint32_t) MIN (size, UINT32_MAX) },
        .owner = { &owner_class },
        .message = message,
        .state = RMQ_ITEM_CACHED,
        .index = i,
        .open = true,
      };
      _rmq_message_set_owner (message, &self->items[i].owner);
    }
  return self;
}

RmqConsumeBatch *
_rmq_consume_batch_ref (RmqConsumeBatch *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_consume_batch_unref (RmqConsumeBatch *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  _rmq_delivery_unref (self->delivery);
  g_free (self);
}

void
_rmq_consume_item_close (RmqConsumeItem *self)
{
  RmqConsumeBatch *batch = rmq_consume_item_get_batch (self);

  if (!self->open)
    return;
  self->open = false;
  /* The last message may take the batch with it, so the open items' reference goes last. */
  rmq_message_unref (self->message);
  if (--batch->n_open == 0)
    _rmq_consume_batch_unref (batch);
}

RmqDeliveryUnit *
_rmq_delivery_unit_new (RmqConsumeBatch *batch, unsigned first, unsigned n_items)
{
  RmqDeliveryUnit *self = g_new0 (RmqDeliveryUnit, 1);

  self->ref_count = 1;
  self->batch = _rmq_consume_batch_ref (batch);
  self->next = (int) first;
  self->end = (int) (first + n_items);
  return self;
}

RmqDeliveryUnit *
_rmq_delivery_unit_ref (RmqDeliveryUnit *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_delivery_unit_unref (RmqDeliveryUnit *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  _rmq_consume_batch_unref (self->batch);
  g_free (self);
}
