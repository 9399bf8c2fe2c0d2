/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a push consumer's core, and how the handle's threads reach it: each call is an op that runs in the I/O
 * context, in order.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-sync-private.h"
#include "wire/rmq-names-private.h"

/* A message that a broker wants consumed now (309) and that no handler has answered by then is answered for; the broker
 * waits for 10 s. */
#define DIRECT_TIMEOUT_US (8 * G_TIME_SPAN_SECOND)

static void
topic_unref (void *topic)
{
  _rmq_consumer_topic_unref (topic);
}

static void
puller_free (void *puller)
{
  _rmq_puller_free (puller);
}

RmqPushConsumerCore *
_rmq_push_consumer_core_new (RmqClientCore *client, const char *group, RmqPushConsumer *handle, GMainContext *context)
{
  RmqPushConsumerCore *self = g_new0 (RmqPushConsumerCore, 1);
  g_autofree char *retry_topic = _rmq_topic_new_retry (group);

  self->inner.iface = &_rmq_push_consumer_member_interface;
  self->inner.group = g_strdup (group);
  self->ref_count = 1;
  self->client = _rmq_client_core_ref (client);
  self->io = _rmq_io_ref (_rmq_client_core_get_io (client));
  self->context = g_main_context_ref (context);
  self->events = _rmq_consumer_events_new (handle, context);
  self->delivery = _rmq_delivery_new (self->io, handle, context);
  self->retry_topic = g_ref_string_new (retry_topic);
  g_mutex_init (&self->mutex);
  self->assignment = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  self->topics = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, topic_unref);
  self->pullers = g_hash_table_new_full (rmq_message_queue_hash, rmq_message_queue_equal,
                                         (GDestroyNotify) rmq_message_queue_unref, puller_free);
  self->directs = g_hash_table_new (NULL, NULL);
  self->direct_timeout_us = DIRECT_TIMEOUT_US;
  _rmq_push_consumer_settings_init (&self->settings);
  rmq_timer_init (&self->missing_route_timer, _rmq_push_consumer_core_fetch_missing_routes, self);
  rmq_timer_init (&self->expiry_timer, _rmq_push_consumer_core_expiry_came, self);
  return self;
}

RmqPushConsumerCore *
_rmq_push_consumer_core_ref (RmqPushConsumerCore *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

/* Whatever lives in the I/O context has held a reference, and is gone. */
void
_rmq_push_consumer_core_unref (RmqPushConsumerCore *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  _rmq_consumer_events_free (self->events);
  _rmq_delivery_unref (self->delivery);
  g_hash_table_unref (self->directs);
  g_hash_table_unref (self->pullers);
  g_clear_pointer (&self->local_offsets, _rmq_local_offsets_free);
  g_hash_table_unref (self->topics);
  g_ptr_array_unref (self->assignment);
  g_mutex_clear (&self->mutex);
  g_clear_object (&self->allocation);
  _rmq_push_consumer_settings_clear (&self->settings);
  rmq_ref_string_release (self->retry_topic);
  RMQ_TSAN_RELEASE (self->context);
  g_main_context_unref (self->context);
  g_free (self->inner.group);
  _rmq_client_core_unref (self->client);
  _rmq_io_unref (self->io);
  g_free (self);
}

RmqState
_rmq_push_consumer_core_get_state (RmqPushConsumerCore *self)
{
  return (RmqState) g_atomic_int_get (&self->state);
}

void
_rmq_push_consumer_core_set_state (RmqPushConsumerCore *self, RmqState state)
{
  if (_rmq_push_consumer_core_get_state (self) == state)
    return;
  g_atomic_int_set (&self->state, (int) state);
  _rmq_consumer_events_send_state (self->events);
}

GPtrArray *
_rmq_push_consumer_core_dup_assignment (RmqPushConsumerCore *self)
{
  GPtrArray *copy;

  rmq_mutex_lock (&self->mutex);
  copy = g_ptr_array_copy (self->assignment, (GCopyFunc) rmq_message_queue_ref, NULL);
  rmq_mutex_unlock (&self->mutex);
  g_ptr_array_set_free_func (copy, (GDestroyNotify) rmq_message_queue_unref);
  return copy;
}

void
_rmq_push_consumer_core_drop_all (RmqPushConsumerCore *self)
{
  RmqTimerHeap *timers = _rmq_io_get_timers (self->io);
  g_autofree void **directs = g_hash_table_get_keys_as_array (self->directs, NULL);

  _rmq_delivery_stop (self->delivery);
  for (unsigned i = 0; directs[i] != NULL; i++)
    _rmq_direct_consume_abort (directs[i]);
  g_clear_pointer (&self->rebalancer, _rmq_rebalancer_free);
  _rmq_timer_disarm (timers, &self->expiry_timer);
  _rmq_timer_disarm (timers, &self->missing_route_timer);
  g_hash_table_remove_all (self->pullers);
  g_clear_pointer (&self->send_backs, _rmq_send_backs_free);
  _rmq_delivery_detach (self->delivery);

  rmq_mutex_lock (&self->mutex);
  g_ptr_array_set_size (self->assignment, 0);
  rmq_mutex_unlock (&self->mutex);
}

/* --- from the handle's threads --- */

typedef struct _RmqCoreOp RmqCoreOp;
struct _RmqCoreOp
{
  RmqIoOp op;
  RmqPushConsumerCore *core; /* referenced */
  void (*run) (RmqPushConsumerCore *core, RmqCoreOp *op);
  char *topic;
  RmqSubscription *subscription;
  unsigned number;
};

static void
core_op_free (RmqIoOp *op)
{
  RmqCoreOp *self = (RmqCoreOp *) op;

  g_clear_pointer (&self->subscription, _rmq_subscription_free);
  g_free (self->topic);
  _rmq_push_consumer_core_unref (self->core);
  g_free (self);
}

static void
core_op_run (RmqIoOp *op)
{
  RmqCoreOp *self = (RmqCoreOp *) op;

  self->run (self->core, self);
  core_op_free (op);
}

static RmqCoreOp *
core_op_new (RmqPushConsumerCore *core, void (*run) (RmqPushConsumerCore *core, RmqCoreOp *op))
{
  RmqCoreOp *self = g_new0 (RmqCoreOp, 1);

  self->op = (RmqIoOp){ core_op_run, core_op_free };
  self->core = _rmq_push_consumer_core_ref (core);
  self->run = run;
  return self;
}

static void
run_subscribe (RmqPushConsumerCore *self, RmqCoreOp *op)
{
  if (_rmq_push_consumer_core_get_state (self) < RMQ_STATE_CLOSING)
    _rmq_push_consumer_core_set_subscription (self, op->topic, g_steal_pointer (&op->subscription));
}

void
_rmq_push_consumer_core_subscribe (RmqPushConsumerCore *self, const char *topic, RmqSubscription *subscription)
{
  RmqCoreOp *op = core_op_new (self, run_subscribe);

  op->topic = g_strdup (topic);
  op->subscription = subscription;
  _rmq_io_submit (self->io, &op->op);
}

static void
run_set_paused (RmqPushConsumerCore *self, RmqCoreOp *op)
{
  GHashTableIter iter;
  RmqPuller *puller;

  self->paused = op->number != 0;
  _rmq_delivery_set_paused (self->delivery, self->paused);
  if (self->paused)
    return;
  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    _rmq_puller_kick (puller);
}

void
_rmq_push_consumer_core_set_paused (RmqPushConsumerCore *self, bool paused)
{
  RmqCoreOp *op = core_op_new (self, run_set_paused);

  op->number = paused;
  _rmq_io_submit (self->io, &op->op);
}

static void
run_set_n_threads (RmqPushConsumerCore *self, RmqCoreOp *op)
{
  if (_rmq_push_consumer_core_get_state (self) == RMQ_STATE_RUNNING && self->settings.consume_threads > 0)
    _rmq_delivery_set_n_threads (self->delivery, op->number);
}

void
_rmq_push_consumer_core_set_n_threads (RmqPushConsumerCore *self, unsigned n_threads)
{
  RmqCoreOp *op = core_op_new (self, run_set_n_threads);

  op->number = n_threads;
  _rmq_io_submit (self->io, &op->op);
}

static void
run_close (RmqPushConsumerCore *self, RmqCoreOp *op)
{
  _rmq_push_consumer_core_begin_close (self);
  _rmq_push_consumer_core_check_close (self);
}

void
_rmq_push_consumer_core_close_soon (RmqPushConsumerCore *self)
{
  RmqCoreOp *op = core_op_new (self, run_close);

  _rmq_io_submit (self->io, &op->op);
}

bool
_rmq_push_consumer_core_write_offsets (RmqPushConsumerCore *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (self->local_offsets == NULL || _rmq_local_offsets_write (self->local_offsets, &reason))
    {
      self->write_failed = false;
      return true;
    }
  if (!self->write_failed)
    rmq_warning ("consumer", self->inner.group, "The offsets cannot be written, it is tried again: %s",
                 reason->message);
  self->write_failed = true;
  g_propagate_error (error, g_steal_pointer (&reason));
  return false;
}

/* What is finished is told once more, by words that need no answer. */
static void
commit_oneway (RmqPushConsumerCore *self)
{
  _rmq_push_consumer_core_take_reports (self->delivery, self);
  self->inner.iface->persist_offsets (&self->inner);
}

static void
run_abort (RmqPushConsumerCore *self, RmqCoreOp *op)
{
  RmqState state = _rmq_push_consumer_core_get_state (self);

  if (state >= RMQ_STATE_CLOSING)
    return;
  if (state == RMQ_STATE_RUNNING)
    commit_oneway (self);
  _rmq_push_consumer_core_set_state (self, RMQ_STATE_CLOSED);
  _rmq_push_consumer_core_fail_start (self);
  _rmq_push_consumer_core_drop_all (self);
  if (!self->registered)
    return;
  self->registered = false;
  _rmq_client_core_remove_consumer (self->client, &self->inner, _rmq_io_now (self->io), NULL, NULL);
  /* The reference of the registration. */
  _rmq_push_consumer_core_unref (self);
}

void
_rmq_push_consumer_core_abort (RmqPushConsumerCore *self)
{
  RmqCoreOp *op = core_op_new (self, run_abort);

  _rmq_io_submit (self->io, &op->op);
}
