/* SPDX-License-Identifier: Apache-2.0
 *
 * The queues that a consumer owns, each a puller: how they are looked at, published, and given up. Which they are is
 * the rebalancer's to say.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-sync-private.h"
#include "rmq-assignment-private.h"

static int
compare_queues (const void *a, const void *b)
{
  return rmq_message_queue_compare (*(void *const *) a, *(void *const *) b);
}

void
_rmq_push_consumer_core_remove_puller (RmqPushConsumerCore *self, RmqPuller *puller)
{
  bool was_starting = puller->state == RMQ_PULLER_STARTING;

  g_hash_table_remove (self->pullers, puller->queue);
  if (was_starting)
    _rmq_rebalancer_start_lost (self->rebalancer);
}

void
_rmq_push_consumer_core_publish_assignment (RmqPushConsumerCore *self)
{
  GPtrArray *assignment = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  GPtrArray *old;
  GHashTableIter iter;
  RmqPuller *puller;
  unsigned n_queues = 0;

  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    if (puller->state != RMQ_PULLER_STARTING)
      {
        g_ptr_array_add (assignment, rmq_message_queue_ref (puller->queue));
        n_queues += !puller->topic->is_retry;
      }
  g_ptr_array_sort (assignment, compare_queues);
  self->threshold_count = (unsigned) _rmq_assignment_split_threshold (
      self->settings.pull_threshold_count, self->settings.pull_threshold_topic_count, n_queues);
  self->threshold_bytes = (uint64_t) _rmq_assignment_split_threshold (
      (int64_t) self->settings.pull_threshold_bytes, self->settings.pull_threshold_topic_bytes, n_queues);

  rmq_mutex_lock (&self->mutex);
  old = self->assignment;
  self->assignment = assignment;
  rmq_mutex_unlock (&self->mutex);
  g_ptr_array_unref (old);
}

static void
commit_ended (int64_t offset, const GError *error, void *data)
{
  if (error != NULL)
    rmq_info ("consumer", NULL, "The last offset of a queue that was given up is lost: %s", error->message);
}

void
_rmq_push_consumer_core_give_up (RmqPushConsumerCore *core, RmqPuller *puller)
{
  if (puller->state == RMQ_PULLER_PULLING && rmq_offset_is_unconfirmed (&puller->offset)
      && !_rmq_puller_commit_locally (puller))
    _rmq_offset_commit (core->client, core->inner.group, puller->queue, puller->offset.value, 0, commit_ended, NULL);
  _rmq_push_consumer_core_remove_puller (core, puller);
}

GPtrArray *
_rmq_push_consumer_core_dup_pullers (RmqPushConsumerCore *core)
{
  GPtrArray *pullers = g_ptr_array_sized_new (g_hash_table_size (core->pullers));
  GHashTableIter iter;
  void *puller;

  g_hash_table_iter_init (&iter, core->pullers);
  while (g_hash_table_iter_next (&iter, NULL, &puller))
    g_ptr_array_add (pullers, puller);
  return pullers;
}

void
_rmq_push_consumer_core_drop_unsubscribed (RmqPushConsumerCore *self)
{
  g_autoptr (GPtrArray) pullers = _rmq_push_consumer_core_dup_pullers (self);
  bool dropped = false;

  /* What handlers have finished belongs to the offset that is committed last. */
  _rmq_push_consumer_core_take_reports (self->delivery, self);
  for (unsigned i = 0; i < pullers->len; i++)
    {
      RmqPuller *puller = g_ptr_array_index (pullers, i);

      if (_rmq_push_consumer_core_find_topic (self, puller->topic->name) == puller->topic)
        continue;
      _rmq_push_consumer_core_give_up (self, puller);
      dropped = true;
    }
  if (dropped)
    _rmq_push_consumer_core_publish_assignment (self);
}

GPtrArray *
_rmq_push_consumer_core_dup_assigned (RmqPushConsumerCore *core, RmqConsumerTopic *topic)
{
  GPtrArray *assigned = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  GHashTableIter iter;
  RmqPuller *puller;

  g_hash_table_iter_init (&iter, core->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    if (puller->topic == topic && puller->state != RMQ_PULLER_STARTING)
      g_ptr_array_add (assigned, rmq_message_queue_ref (puller->queue));
  g_ptr_array_sort (assigned, compare_queues);
  return assigned;
}
