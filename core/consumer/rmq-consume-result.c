/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of messages: finished ones leave the cache and raise the offset, failed ones go back to the broker, and
 * those whose handler does not return are taken from it.
 */
#include "rmq-puller-private.h"

#include "base/rmq-sync-private.h"

/* How many of a queue's oldest messages are looked at for handlers that do not return, and where those go. */
#define EXPIRY_MAX_ITEMS 16
#define EXPIRY_DELAY_LEVEL 3

typedef struct
{
  unsigned n_ok;
  unsigned n_failed;
} RmqResultCounts;

/* In a broadcasting group nobody else gets it again. */
static void
give_up_item (RmqPushConsumerCore *self, RmqPuller *puller, RmqConsumeItem *item)
{
  g_autofree char *id = rmq_message_dup_message_id (item->message);

  rmq_warning ("consumer", id, "The handler of group %s failed: a broadcast message does not come again",
               self->inner.group);
  _rmq_process_queue_remove (&puller->cache, &item->entry);
  _rmq_consume_item_close (item);
}

static void
look_at_items (RmqPushConsumerCore *self, RmqConsumeBatch *batch, RmqPuller *puller, RmqResultCounts *counts)
{
  for (unsigned i = 0, n_items = batch->n_items; i < n_items; i++)
    {
      RmqConsumeItem *item = &batch->items[i];

      switch (rmq_consume_item_get_state (item))
        {
        case RMQ_ITEM_DONE:
          _rmq_consume_item_take (item);
          _rmq_process_queue_remove (&puller->cache, &item->entry);
          _rmq_consume_item_close (item);
          counts->n_ok++;
          break;
        case RMQ_ITEM_FAILED:
          _rmq_consume_item_take (item);
          counts->n_failed++;
          if (self->settings.broadcasting)
            give_up_item (self, puller, item);
          else
            _rmq_send_backs_add (self->send_backs, item, g_atomic_int_get (&item->delay_level), false);
          break;
        default:
          break;
        }
    }
}

static void
take_report (RmqPushConsumerCore *self, RmqConsumeBatch *batch, double busy_us_each)
{
  const RmqClientSettings *settings = _rmq_client_core_get_settings (self->client);
  RmqPuller *puller = batch->puller;
  RmqResultCounts counts = { 0 };
  int64_t now = _rmq_io_now (self->io);
  unsigned n;

  if (batch->direct != NULL)
    _rmq_direct_consume_reported (batch->direct);
  /* Results of a queue that is no longer ours do not count: its messages come again to its new owner. */
  if (puller == NULL)
    return;
  look_at_items (self, batch, puller, &counts);
  n = counts.n_ok + counts.n_failed;
  if (n == 0)
    return;
  puller->last_consume_ms = _rmq_clock_realtime_ms (settings->clock);
  _rmq_consumer_stats_consumed (&puller->topic->stats, now, counts.n_ok, counts.n_failed);
  _rmq_consumer_stats_busy (&puller->topic->stats, now, (int64_t) (busy_us_each * n), n);
  if (counts.n_ok > 0 || self->settings.broadcasting)
    _rmq_puller_items_closed (puller);
}

void
_rmq_push_consumer_core_take_reports (RmqDelivery *delivery, void *core)
{
  RmqPushConsumerCore *self = core;
  RmqConsumeBatch *batch = _rmq_delivery_take_reports (delivery);
  int64_t busy_us;
  uint64_t n_handled;

  if (batch == NULL)
    return;
  _rmq_delivery_take_busy (delivery, &busy_us, &n_handled);
  while (batch != NULL)
    {
      RmqConsumeBatch *next = batch->next_report;

      /* First this, then the items: the other way round a result in between would be lost. */
      g_atomic_int_set (&batch->reported, 0);
      take_report (self, batch, n_handled > 0 ? (double) busy_us / (double) n_handled : 0);
      _rmq_consume_batch_unref (batch);
      batch = next;
    }
  _rmq_push_consumer_core_check_close (self);
}

/* --- handlers that do not return --- */

typedef struct
{
  RmqPushConsumerCore *core;
  int64_t now;
  int64_t timeout;
  int64_t next; /* when the first of the others will be due */
  unsigned n_items;
} RmqExpiryLook;

static bool
look_for_expiry (RmqProcessEntry *entry, void *data)
{
  RmqConsumeItem *item = rmq_consume_item_of_entry (entry);
  RmqExpiryLook *look = data;

  if (rmq_consume_item_get_state (item) == RMQ_ITEM_RUNNING)
    {
      RMQ_TSAN_ACQUIRE (&item->state);
      if (look->now - item->started_us < look->timeout)
        look->next = MIN (look->next, item->started_us + look->timeout);
      else if (_rmq_consume_item_change (item, RMQ_ITEM_RUNNING, RMQ_ITEM_TAKEN))
        {
          g_autofree char *id = rmq_message_dup_message_id (item->message);

          rmq_warning ("consumer", id,
                       "The handler of group %s has not answered for %" G_GINT64_FORMAT " ms: the message is sent back",
                       look->core->inner.group, (look->now - item->started_us) / 1000);
          _rmq_send_backs_add (look->core->send_backs, item, EXPIRY_DELAY_LEVEL, true);
        }
    }
  return ++look->n_items < EXPIRY_MAX_ITEMS;
}

static void
arm_expiry (RmqPushConsumerCore *self, int64_t due_us)
{
  int64_t timeout = (int64_t) self->settings.consume_timeout * 1000;

  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->expiry_timer, due_us, timeout / 20);
}

void
_rmq_push_consumer_core_expiry_came (RmqTimer *timer, void *core)
{
  RmqPushConsumerCore *self = core;
  int64_t now = _rmq_io_now (self->io);
  int64_t timeout = (int64_t) self->settings.consume_timeout * 1000;
  int64_t next = now + timeout;
  bool any = false;
  GHashTableIter iter;
  RmqPuller *puller;

  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    {
      RmqExpiryLook look = { self, now, timeout, next, 0 };

      if (puller->cache.count == 0)
        continue;
      any = true;
      _rmq_process_queue_foreach (&puller->cache, look_for_expiry, &look);
      next = look.next;
    }
  if (any)
    arm_expiry (self, next);
}

void
_rmq_push_consumer_core_watch_expiry (RmqPushConsumerCore *self)
{
  /* Broadcast messages cannot be sent back. */
  if (!self->settings.broadcasting && !rmq_timer_is_armed (&self->expiry_timer))
    arm_expiry (self, _rmq_io_now (self->io) + (int64_t) self->settings.consume_timeout * 1000);
}
