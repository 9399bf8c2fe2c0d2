/* SPDX-License-Identifier: Apache-2.0
 *
 * Failed messages go back (03 §7.5, §7.6): to the broker that stored them, else as a copy to %RETRY%, else they are
 * handed out here once more after a while. Until one of these worked the message stays in the cache, and the offset
 * does not pass it.
 */
#include "rmq-puller-private.h"

#include "client/rmq-sender-private.h"
#include "wire/rmq-header-send-private.h"
#include "wire/rmq-names-private.h"

#define SEND_BACK_TIMEOUT_US (5 * G_TIME_SPAN_SECOND)
/* The level of the first retry: the copy that we send ourselves has to name it. */
#define FIRST_RETRY_LEVEL 3

typedef struct _RmqSendBack RmqSendBack;
struct _RmqSendBack
{
  RmqSendBacks *all;
  RmqConsumeItem *item;
  RmqConsumeBatch *batch; /* referenced: keeps item alive */
  int delay_level;
  bool expired;
  RmqCall *call;
  RmqSendOp *copy;
  RmqTimer timer;
};

/* Lives as long as the core has it or one is under way: a copy that has left cannot be called back. */
struct _RmqSendBacks
{
  int ref_count;
  RmqPushConsumerCore *core; /* each one under way has a reference */
  GHashTable *running;       /* RmqSendBack */
  unsigned n_waiting;        /* of these, how many only wait to be handed out again */
  unsigned queue_counter;
  bool closed;
};

RmqSendBacks *
_rmq_send_backs_new (RmqPushConsumerCore *core)
{
  RmqSendBacks *self = g_new0 (RmqSendBacks, 1);

  self->ref_count = 1;
  self->core = core;
  self->running = g_hash_table_new (NULL, NULL);
  return self;
}

static void
send_backs_unref (RmqSendBacks *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->running);
  g_free (self);
}

static void
send_back_free (RmqSendBack *self)
{
  RmqPushConsumerCore *core = self->all->core;

  g_hash_table_remove (self->all->running, self);
  if (rmq_timer_is_armed (&self->timer))
    self->all->n_waiting--;
  _rmq_timer_disarm (_rmq_io_get_timers (core->io), &self->timer);
  g_clear_pointer (&self->call, _rmq_call_cancel);
  _rmq_consume_batch_unref (self->batch);
  send_backs_unref (self->all);
  g_free (self);
  _rmq_push_consumer_core_unref (core);
}

void
_rmq_send_backs_free (RmqSendBacks *self)
{
  g_autofree void **running = g_hash_table_get_keys_as_array (self->running, NULL);

  self->closed = true;
  for (unsigned i = 0; running[i] != NULL; i++)
    {
      RmqSendBack *one = running[i];

      if (one->copy != NULL)
        _rmq_send_op_abort (one->copy, RMQ_ERROR_CLOSED, "The consumer was closed");
      else
        send_back_free (one);
    }
  send_backs_unref (self);
}

bool
_rmq_send_backs_is_idle (RmqSendBacks *self)
{
  return g_hash_table_size (self->running) == self->n_waiting;
}

/* The message is safe elsewhere. */
static void
succeeded (RmqSendBack *self)
{
  g_autoptr (RmqPushConsumerCore) core = _rmq_push_consumer_core_ref (self->all->core);
  RmqPuller *puller = self->batch->puller;

  if (self->item->open && puller != NULL)
    {
      _rmq_process_queue_remove (&puller->cache, &self->item->entry);
      _rmq_consume_item_close (self->item);
      _rmq_puller_items_closed (puller);
    }
  send_back_free (self);
  _rmq_push_consumer_core_check_close (core);
}

/* --- once more, here --- */

static void
hand_out_again (RmqTimer *timer, void *data)
{
  RmqSendBack *self = data;
  RmqDelivery *delivery = self->all->core->delivery;

  /* The timer is not armed any more. */
  self->all->n_waiting--;
  if (self->item->open)
    {
      g_atomic_int_inc (&self->item->message->reconsume_times);
      _rmq_consume_item_requeue (self->item);
      _rmq_delivery_push (delivery, _rmq_delivery_unit_new (self->batch, self->item->index, 1));
    }
  send_back_free (self);
}

static void
failed (RmqSendBack *self, const char *reason)
{
  RmqPushConsumerCore *core = self->all->core;
  const RmqClientSettings *settings = _rmq_client_core_get_settings (core->client);
  g_autofree char *id = NULL;

  if (!self->item->open || self->all->closed)
    {
      send_back_free (self);
      return;
    }
  id = rmq_message_dup_message_id (self->item->message);
  rmq_warning ("consumer", id, "Group %s can neither send the message back nor copy it: %s", core->inner.group, reason);
  if (self->expired)
    {
      /* Its handler still has it, and may yet answer; else it is sent back at the next look. */
      _rmq_consume_item_change (self->item, RMQ_ITEM_TAKEN, RMQ_ITEM_RUNNING);
      send_back_free (self);
      return;
    }
  self->all->n_waiting++;
  rmq_timer_init (&self->timer, hand_out_again, self);
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->timer, _rmq_io_now (core->io) + settings->retry_local_delay,
                  settings->retry_local_delay / 20);
  _rmq_push_consumer_core_check_close (core);
}

/* --- a copy to %RETRY% --- */

static void
copy_sent (RmqSendOp *op, RmqSendReceipt *receipt, void *data)
{
  RmqSendBack *self = data;
  const GError *error = rmq_send_receipt_get_error (receipt);

  self->copy = NULL;
  if (error == NULL)
    succeeded (self);
  else
    failed (self, error->message);
  rmq_send_receipt_unref (receipt);
}

static void
set_property (RmqMessage *message, const char *name, const char *value)
{
  _rmq_message_set_system_property (message, name, rmq_slice_from_string (value));
}

static RmqMessage *
make_copy (RmqSendBack *self)
{
  RmqMessage *message = self->item->message;
  RmqMessage *copy = _rmq_message_copy_all (message, self->all->core->retry_topic);
  int level = self->delay_level > 0 ? self->delay_level : FIRST_RETRY_LEVEL + message->reconsume_times;
  g_autofree char *level_text = g_strdup_printf ("%d", level);
  g_autofree char *id = rmq_message_dup_message_id (message);
  RmqSlice origin = _rmq_message_find_literal (message, RMQ_PROPERTY_ORIGIN_MESSAGE_ID);

  set_property (copy, RMQ_PROPERTY_RETRY_TOPIC, rmq_message_get_topic (message));
  if (origin.data != NULL)
    _rmq_message_set_system_property (copy, RMQ_PROPERTY_ORIGIN_MESSAGE_ID, origin);
  else if (id != NULL)
    set_property (copy, RMQ_PROPERTY_ORIGIN_MESSAGE_ID, id);
  _rmq_message_remove_property (copy, RMQ_PROPERTY_TRANSACTION_PREPARED);
  /* These two travel in the header of the request. */
  _rmq_message_remove_property (copy, RMQ_PROPERTY_RECONSUME_TIME);
  _rmq_message_remove_property (copy, RMQ_PROPERTY_MAX_RECONSUME_TIMES);
  set_property (copy, RMQ_PROPERTY_DELAY, level_text);
  return copy;
}

static void
send_copy (RmqSendBack *self)
{
  RmqPushConsumerCore *core = self->all->core;
  g_autoptr (RmqMessage) copy = make_copy (self);
  g_autoptr (GError) error = NULL;
  RmqSendParams params;

  _rmq_send_params_init (&params, RMQ_GROUP_INNER_PRODUCER);
  params.queue_counter = &self->all->queue_counter;
  params.max_reconsume_times = _rmq_push_consumer_settings_get_max_reconsume_times (&core->settings);
  /* Beyond the limit the broker takes it for a dead letter. */
  params.reconsume_times =
      self->delay_level < 0 ? params.max_reconsume_times + 1 : self->item->message->reconsume_times + 1;
  self->copy = _rmq_send_op_new (core->client, copy, &params, copy_sent, self, &error);
  if (self->copy != NULL)
    _rmq_send_op_start (self->copy);
  else
    failed (self, error->message);
}

/* --- back to the broker --- */

static void
answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqSendBack *self = data;
  g_autofree char *id = NULL;

  self->call = NULL;
  if (response != NULL && response->code == RMQ_RESPONSE_SUCCESS)
    {
      succeeded (self);
      return;
    }
  if (!self->item->open)
    {
      send_back_free (self);
      return;
    }
  id = rmq_message_dup_message_id (self->item->message);
  if (error != NULL)
    rmq_info ("consumer", id, "The broker does not take the message back, a copy is sent: %s", error->message);
  else
    rmq_info ("consumer", id, "The broker does not take the message back (code %d), a copy is sent", response->code);
  send_copy (self);
}

static void
send_back (RmqSendBack *self, const char *address)
{
  RmqPushConsumerCore *core = self->all->core;
  RmqMessage *message = self->item->message;
  RmqConsumerSendMsgBackRequestHeader header = { 0 };
  g_autofree char *id = rmq_message_dup_message_id (message);

  RMQ_HEADER_SET (header, offset, message->commit_log_offset);
  RMQ_HEADER_SET (header, group, rmq_slice_from_string (core->inner.group));
  RMQ_HEADER_SET (header, delay_level, self->delay_level);
  if (id != NULL)
    RMQ_HEADER_SET (header, origin_msg_id, rmq_slice_from_string (id));
  RMQ_HEADER_SET (header, origin_topic, rmq_slice_from_string (rmq_message_get_topic (message)));
  RMQ_HEADER_SET (header, unit_mode, _rmq_client_core_get_settings (core->client)->unit_mode);
  RMQ_HEADER_SET (header, max_reconsume_times, _rmq_push_consumer_settings_get_max_reconsume_times (&core->settings));
  if (message->broker_name != NULL)
    RMQ_HEADER_SET (header, bname, rmq_slice_from_string (message->broker_name));
  self->call = _rmq_client_core_call (core->client, address, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK,
                                      RMQ_HEADER (ConsumerSendMsgBackRequestHeader), &header, NULL,
                                      SEND_BACK_TIMEOUT_US, answered, self);
}

void
_rmq_send_backs_add (RmqSendBacks *all, RmqConsumeItem *item, int delay_level, bool expired)
{
  RmqSendBack *self = g_new0 (RmqSendBack, 1);
  RmqMessage *message = item->message;
  const char *address = NULL;

  _rmq_push_consumer_core_ref (all->core);
  all->ref_count++;
  self->all = all;
  self->item = item;
  self->batch = _rmq_consume_batch_ref (rmq_consume_item_get_batch (item));
  self->delay_level = delay_level;
  self->expired = expired;
  g_hash_table_add (all->running, self);
  /* An element of an inner batch has no place of its own in the commit log. */
  if (message->has_offset_id && message->broker_name != NULL)
    address = _rmq_client_core_find_master (all->core->client, message->broker_name);
  if (address != NULL)
    send_back (self, address);
  else
    send_copy (self);
}
