/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a producer and of its sends (RocketMQ: DefaultMQProducerImpl): registered with the first send, every send
 * ends once, closing waits for what is under way.
 */
#include "rmq-producer-core-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "client/rmq-send-receipt-private.h"
#include "wire/rmq-names-private.h"

#define CLOSE_ACCURACY_US (10 * G_TIME_SPAN_MILLISECOND)

static const RmqProducerOptions default_options = {
  .send_timeout_ms = 3000,
  .retries = 2,
  .max_pending = 4096,
  .max_message_size = 4 * 1024 * 1024,
  .compress_threshold = 4096,
  .compression = RMQ_COMPRESSION_ZLIB,
  .compress = true,
  .default_queues = 4,
};

const char _rmq_producer_writable;
static const struct _RmqProducerInnerInterface inner_interface;
static void flush_ready (RmqIoDeferred *deferred);

static void
set_state (RmqProducerCore *self, RmqState state)
{
  g_atomic_int_set (&self->state, (int) state);
}

RmqState
_rmq_producer_core_get_state (RmqProducerCore *self)
{
  return (RmqState) g_atomic_int_get (&self->state);
}

RmqProducerCore *
_rmq_producer_core_new (RmqClientCore *client, const char *group, RmqQueueSource *receipts)
{
  RmqProducerCore *self = g_new0 (RmqProducerCore, 1);

  self->inner.iface = &inner_interface;
  self->inner.group = g_strdup (group);
  self->ref_count = 1;
  self->client = _rmq_client_core_ref (client);
  g_mutex_init (&self->lock);
  self->options = default_options;
  self->receipts = receipts;
  self->topics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->queue_counter = g_random_int ();
  self->flush_ready.run = flush_ready;
  self->flushing = g_ptr_array_new ();
  self->closing = g_ptr_array_new ();
  return self;
}

RmqProducerCore *
_rmq_producer_core_ref (RmqProducerCore *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_producer_core_unref (RmqProducerCore *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  g_ptr_array_unref (self->closing);
  g_ptr_array_unref (self->flushing);
  g_hash_table_unref (self->topics);
  g_mutex_clear (&self->lock);
  g_free (self->inner.group);
  _rmq_client_core_unref (self->client);
  g_free (self);
}

static RmqIo *
io (RmqProducerCore *self)
{
  return _rmq_client_core_get_io (self->client);
}

/* --- Room ------------------------------------------------------------------------------------------------------------
 */

bool
_rmq_producer_core_take_slot (RmqProducerCore *self, GError **error)
{
  unsigned max_pending;

  rmq_mutex_lock (&self->lock);
  max_pending = self->options.max_pending;
  rmq_mutex_unlock (&self->lock);
  if ((unsigned) g_atomic_int_add (&self->n_pending, 1) < max_pending)
    return true;
  g_atomic_int_set (&self->was_full, 1);
  g_atomic_int_add (&self->n_pending, -1);
  _rmq_set_error (error, RMQ_ERROR_QUEUE_FULL, NULL,
                  "%u messages are on their way already (max-pending): wait for ::writable", max_pending);
  return false;
}

bool
_rmq_producer_core_release_slots (RmqProducerCore *self, unsigned n)
{
  unsigned left = (unsigned) (g_atomic_int_add (&self->n_pending, -(int) n) - (int) n);
  unsigned max_pending;

  if (g_atomic_int_get (&self->was_full) == 0)
    return false;
  rmq_mutex_lock (&self->lock);
  max_pending = self->options.max_pending;
  rmq_mutex_unlock (&self->lock);
  return left <= max_pending / 2 && g_atomic_int_compare_and_exchange (&self->was_full, 1, 0);
}

void
_rmq_producer_item_free (void *item)
{
  if (item != RMQ_PRODUCER_WRITABLE)
    g_ptr_array_unref (item);
}

/* --- Receipts
 * ---------------------------------------------------------------------------------------------------------- */

void
_rmq_producer_core_forget_receipts (RmqProducerCore *self)
{
  rmq_mutex_lock (&self->lock);
  self->receipts = NULL;
  rmq_mutex_unlock (&self->lock);
}

/* Takes item. Under the lock, so that neither the source nor the context it is in goes away meanwhile. */
static void
push_item (RmqProducerCore *self, void *item)
{
  bool pushed;

  rmq_mutex_lock (&self->lock);
  pushed = self->receipts != NULL && _rmq_queue_source_push (self->receipts, item);
  rmq_mutex_unlock (&self->lock);
  if (!pushed)
    _rmq_producer_item_free (item);
}

static void
flush_ready (RmqIoDeferred *deferred)
{
  RmqProducerCore *self = (RmqProducerCore *) ((uint8_t *) deferred - offsetof (RmqProducerCore, flush_ready));
  GPtrArray *ready = g_steal_pointer (&self->ready);

  g_atomic_int_inc (&self->n_turns);
  if (ready != NULL)
    {
      self->n_expected = ready->len;
      push_item (self, ready);
    }
  if (self->is_writable)
    push_item (self, RMQ_PRODUCER_WRITABLE);
  self->is_writable = false;
  _rmq_producer_core_unref (self);
}

static void
flush_later (RmqProducerCore *self)
{
  if (self->ready != NULL || self->is_writable)
    return;
  _rmq_producer_core_ref (self);
  _rmq_io_defer (io (self), &self->flush_ready);
}

/* Takes receipt. */
static void
hand_out (RmqProducerCore *self, RmqSendReceipt *receipt)
{
  flush_later (self);
  if (self->ready == NULL)
    self->ready = g_ptr_array_new_full (self->n_expected, (GDestroyNotify) rmq_send_receipt_unref);
  g_ptr_array_add (self->ready, receipt);
}

void
_rmq_producer_core_note_unseen (RmqSendReceipt *receipt, RmqProducerCore *self)
{
  if (receipt->error == NULL)
    return;
  rmq_warning ("producer", self->inner.group, "%s (%d failures that no handler of ::receipts saw)",
               receipt->error->message, g_atomic_int_add (&self->n_failed_unseen, 1) + 1);
}

/* Takes receipt. */
static void
report_unseen (RmqProducerCore *self, RmqSendReceipt *receipt)
{
  _rmq_producer_core_note_unseen (receipt, self);
  if (_rmq_producer_core_release_slots (self, 1))
    {
      flush_later (self);
      self->is_writable = true;
    }
  rmq_send_receipt_unref (receipt);
}

/* --- Sends
 * ------------------------------------------------------------------------------------------------------------- */

static void
link_op (RmqProducerCore *self, RmqSendOp *op)
{
  RmqSendOp **links = _rmq_send_op_links (op);

  links[0] = self->last;
  links[1] = NULL;
  if (self->last != NULL)
    _rmq_send_op_links (self->last)[1] = op;
  else
    self->first = op;
  self->last = op;
  self->n_sends++;
}

static void
unlink_op (RmqProducerCore *self, RmqSendOp *op)
{
  RmqSendOp **links = _rmq_send_op_links (op);

  if (links[0] != NULL)
    _rmq_send_op_links (links[0])[1] = links[1];
  else
    self->first = links[1];
  if (links[1] != NULL)
    _rmq_send_op_links (links[1])[0] = links[0];
  else
    self->last = links[0];
  self->n_sends--;
}

static void
end_operations (GPtrArray *operations)
{
  g_autoptr (GPtrArray) ended = g_ptr_array_copy (operations, NULL, NULL);

  g_ptr_array_set_size (operations, 0);
  for (unsigned i = 0; i < ended->len; i++)
    {
      _rmq_operation_return_boolean (ended->pdata[i], true);
      _rmq_operation_unref (ended->pdata[i]);
    }
}

static void leave (RmqProducerCore *self);

static void
check_idle (RmqProducerCore *self)
{
  if (self->n_sends > 0)
    return;
  end_operations (self->flushing);
  if (_rmq_producer_core_get_state (self) == RMQ_STATE_CLOSING)
    leave (self);
}

/* Takes receipt. */
static void
tell (RmqProducerCore *self, const RmqSendNote *note, RmqSendReceipt *receipt)
{
  RmqOperation *operation = note->waiter;

  if (operation == NULL)
    {
      if (note->wants_receipt)
        hand_out (self, receipt);
      else
        report_unseen (self, receipt);
      return;
    }
  if (receipt->error == NULL)
    {
      _rmq_operation_return_pointer (operation, receipt, (GDestroyNotify) rmq_send_receipt_unref);
    }
  else
    {
      _rmq_operation_return_error (operation, g_error_copy (receipt->error));
      rmq_send_receipt_unref (receipt);
    }
  _rmq_operation_unref (operation);
}

static void
send_done (RmqSendOp *op, RmqSendReceipt *receipt, void *data)
{
  RmqProducerCore *self = data;

  unlink_op (self, op);
  tell (self, _rmq_send_op_get_note (op), receipt);
  check_idle (self);
  _rmq_producer_core_unref (self);
}

RmqSendOp *
_rmq_producer_core_prepare (RmqProducerCore *self,
                            RmqMessage *message,
                            RmqMessageQueue *queue,
                            RmqSendFlags flags,
                            GError **error)
{
  RmqProducerOptions options;
  RmqSendParams params;
  RmqSendOp *op;

  _rmq_send_params_init (&params, self->inner.group);
  rmq_mutex_lock (&self->lock);
  options = self->options;
  params.sequence = ++self->next_sequence;
  rmq_mutex_unlock (&self->lock);
  params.flags = flags | (queue != NULL ? RMQ_SEND_FIXED_QUEUE : 0);
  params.queue = queue;
  params.timeout_us = options.send_timeout_ms * G_TIME_SPAN_MILLISECOND;
  params.attempt_timeout_us = options.attempt_timeout_ms * G_TIME_SPAN_MILLISECOND;
  params.max_attempts = options.retries + 1;
  params.retry_weak = options.retry_weak;
  params.default_queues = options.default_queues;
  params.queue_counter = &self->queue_counter;
  params.max_body = options.max_message_size;
  params.compress_threshold = options.compress ? options.compress_threshold : 0;
  params.compression = options.compression;

  op = _rmq_send_op_new (self->client, message, &params, send_done, self, error);
  if (op != NULL)
    _rmq_producer_core_ref (self);
  return op;
}

void
_rmq_producer_core_discard (RmqSendOp *op)
{
  RmqProducerCore *self = _rmq_send_op_get_data (op);

  _rmq_send_op_free (op);
  _rmq_producer_core_unref (self);
}

static void
start_op (RmqProducerCore *self, RmqSendOp *op)
{
  _rmq_send_op_get_note (op)->started = true;
  _rmq_send_op_start (op);
}

/* --- Registration
 * --------------------------------------------------------------------------------------------------------- */

static void
abort_all (RmqProducerCore *self, RmqError code, const char *why)
{
  RmqSendOp *op = self->first;

  _rmq_producer_core_ref (self);
  while (op != NULL)
    {
      RmqSendOp *next = _rmq_send_op_links (op)[1];

      _rmq_send_op_abort (op, code, why);
      op = next;
    }
  _rmq_producer_core_unref (self);
}

static void
client_started (const GError *client_error, void *data)
{
  g_autoptr (RmqProducerCore) self = data;
  g_autoptr (GError) error = client_error != NULL ? g_error_copy (client_error) : NULL;
  RmqSendOp *op;

  if (_rmq_producer_core_get_state (self) != RMQ_STATE_STARTING)
    return;
  if (error != NULL || !_rmq_client_core_add_producer (self->client, &self->inner, &error))
    {
      g_autofree char *what = _rmq_error_dup_what (error);

      set_state (self, RMQ_STATE_CREATED);
      abort_all (self, error->domain == RMQ_ERROR ? (RmqError) error->code : RMQ_ERROR_FAILED, what);
      return;
    }

  set_state (self, RMQ_STATE_RUNNING);
  op = self->first;
  while (op != NULL)
    {
      RmqSendOp *next = _rmq_send_op_links (op)[1];

      if (!_rmq_send_op_get_note (op)->started)
        start_op (self, op);
      op = next;
    }
  check_idle (self);
}

static void
remember_topic (RmqProducerCore *self, RmqSendOp *op)
{
  const char *topic = _rmq_send_op_get_topic (op);
  gpointer known = NULL;

  if (self->last_topic != NULL && strcmp (self->last_topic, topic) == 0)
    return;
  if (!g_hash_table_lookup_extended (self->topics, topic, &known, NULL))
    {
      known = g_strdup (topic);
      g_hash_table_add (self->topics, known);
    }
  self->last_topic = known;
}

void
_rmq_producer_core_run (RmqProducerCore *self, RmqSendOp *op, RmqOperation *operation)
{
  RmqState state = _rmq_producer_core_get_state (self);

  _rmq_send_op_get_note (op)->waiter = operation;
  link_op (self, op);
  if (state == RMQ_STATE_CLOSING || state == RMQ_STATE_CLOSED)
    {
      _rmq_send_op_abort (op, RMQ_ERROR_CLOSED, "the producer is closed");
      return;
    }
  remember_topic (self, op);
  if (state == RMQ_STATE_RUNNING)
    {
      start_op (self, op);
    }
  else if (state == RMQ_STATE_CREATED)
    {
      set_state (self, RMQ_STATE_STARTING);
      _rmq_client_core_start (self->client, client_started, _rmq_producer_core_ref (self));
    }
}

static void
submitted_run (RmqIoOp *io_op)
{
  RmqSendOp *op = _rmq_send_op_from_io_op (io_op);

  _rmq_producer_core_run (_rmq_send_op_get_data (op), op, NULL);
}

static void
submitted_drop (RmqIoOp *io_op)
{
  _rmq_producer_core_discard (_rmq_send_op_from_io_op (io_op));
}

void
_rmq_producer_core_submit (RmqProducerCore *self, RmqSendOp *op, bool wants_receipt)
{
  RmqIoOp *io_op = _rmq_send_op_get_io_op (op);

  _rmq_send_op_get_note (op)->wants_receipt = wants_receipt;
  io_op->run = submitted_run;
  io_op->drop = submitted_drop;
  _rmq_io_submit (io (self), io_op);
}

void
_rmq_producer_core_wait_idle (RmqProducerCore *self, RmqOperation *operation)
{
  g_ptr_array_add (self->flushing, operation);
  check_idle (self);
}

void
_rmq_producer_core_forget_flush (RmqProducerCore *self, RmqOperation *operation)
{
  if (g_ptr_array_remove (self->flushing, operation))
    _rmq_operation_unref (operation);
}

/* --- Close
 * --------------------------------------------------------------------------------------------------------------- */

static void
left (void *data)
{
  g_autoptr (RmqProducerCore) self = data;

  set_state (self, RMQ_STATE_CLOSED);
  end_operations (self->closing);
}

static void
leave (RmqProducerCore *self)
{
  if (self->leaving)
    return;
  self->leaving = true;
  _rmq_timer_disarm (_rmq_io_get_timers (io (self)), &self->close_timer);
  _rmq_client_core_remove_producer (self->client, &self->inner, self->close_deadline_us, left,
                                    _rmq_producer_core_ref (self));
}

static void
close_deadline_came (RmqTimer *timer, void *data)
{
  abort_all (data, RMQ_ERROR_CLOSED, "the producer was closed before the answer came");
}

void
_rmq_producer_core_close (RmqProducerCore *self, int64_t deadline_us, RmqOperation *operation)
{
  RmqState state = _rmq_producer_core_get_state (self);

  if (operation != NULL)
    g_ptr_array_add (self->closing, operation);
  if (state == RMQ_STATE_CLOSING)
    {
      /* Whoever drops the last handle has no patience. */
      if (deadline_us <= _rmq_io_now (io (self)))
        abort_all (self, RMQ_ERROR_CLOSED, "the producer was closed");
      return;
    }
  if (state != RMQ_STATE_RUNNING)
    {
      set_state (self, RMQ_STATE_CLOSED);
      abort_all (self, RMQ_ERROR_CLOSED, "the producer was closed");
      end_operations (self->closing);
      return;
    }

  set_state (self, RMQ_STATE_CLOSING);
  self->close_deadline_us = deadline_us;
  rmq_timer_init (&self->close_timer, close_deadline_came, self);
  if (self->n_sends > 0 && deadline_us > _rmq_io_now (io (self)))
    _rmq_timer_arm (_rmq_io_get_timers (io (self)), &self->close_timer, deadline_us, CLOSE_ACCURACY_US);
  else
    abort_all (self, RMQ_ERROR_CLOSED, "the producer was closed");
  check_idle (self);
}

/* --- What the client asks
 * -------------------------------------------------------------------------------------------------- */

static RmqProducerCore *
from_inner (RmqProducerInner *inner)
{
  return (RmqProducerCore *) inner;
}

static void
inner_foreach_topic (RmqProducerInner *inner, RmqTopicFunc func, void *data)
{
  GHashTableIter iter;
  gpointer topic;

  g_hash_table_iter_init (&iter, from_inner (inner)->topics);
  while (g_hash_table_iter_next (&iter, &topic, NULL))
    func (topic, data);
}

/* Each attempt looks the route up anew. */
static void
inner_route_changed (RmqProducerInner *inner, RmqRoute *route)
{
}

static void
inner_client_closed (RmqProducerInner *inner, const GError *error)
{
  g_autoptr (RmqProducerCore) self = _rmq_producer_core_ref (from_inner (inner));
  g_autofree char *what = _rmq_error_dup_what (error);

  self->leaving = true;
  _rmq_timer_disarm (_rmq_io_get_timers (io (self)), &self->close_timer);
  set_state (self, RMQ_STATE_CLOSED);
  abort_all (self, RMQ_ERROR_CLOSED, what);
  end_operations (self->closing);
}

static const struct _RmqProducerInnerInterface inner_interface = {
  .foreach_topic = inner_foreach_topic,
  .route_changed = inner_route_changed,
  .client_closed = inner_client_closed,
};
