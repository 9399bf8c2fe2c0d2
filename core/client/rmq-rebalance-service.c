/* SPDX-License-Identifier: Apache-2.0
 *
 * When consumers rebalance (RocketMQ: RebalanceService): one GSource of its own, a timer a consumer inside. A consumer
 * has one pass at a time; who wakes it meanwhile gets one more after it, never sooner than the least distance.
 */
#include "rmq-rebalance-service-private.h"

typedef struct
{
  RmqRebalanceService *service;
  RmqConsumerInner *consumer;
  RmqTimer timer;
  int64_t started_us; /* of the last pass; INT64_MIN: none yet */
  bool running;
  bool again;
} RmqRebalanceEntry;

struct _RmqRebalanceService
{
  RmqTimerHeap *heap;
  GPtrArray *entries; /* RmqRebalanceEntry */
  int64_t interval;
  int64_t retry;
};

RmqRebalanceService *
_rmq_rebalance_service_new (RmqClientCore *core)
{
  RmqIo *io = _rmq_client_core_get_io (core);
  const RmqClientSettings *settings = _rmq_client_core_get_settings (core);
  RmqRebalanceService *self = g_new0 (RmqRebalanceService, 1);

  self->heap = _rmq_timer_heap_new (_rmq_io_get_clock (io), "rmq-rebalance-service");
  _rmq_timer_heap_attach (self->heap, _rmq_io_get_context (io), G_PRIORITY_DEFAULT);
  self->entries = g_ptr_array_new ();
  self->interval = settings->rebalance_interval;
  self->retry = settings->rebalance_retry;
  return self;
}

static void
entry_free (RmqRebalanceEntry *entry)
{
  _rmq_timer_disarm (entry->service->heap, &entry->timer);
  g_free (entry);
}

void
_rmq_rebalance_service_free (RmqRebalanceService *self)
{
  for (unsigned i = 0; i < self->entries->len; i++)
    entry_free (g_ptr_array_index (self->entries, i));
  g_ptr_array_unref (self->entries);
  _rmq_timer_heap_free (self->heap);
  g_free (self);
}

static RmqRebalanceEntry *
find (RmqRebalanceService *self, RmqConsumerInner *consumer)
{
  for (unsigned i = 0; i < self->entries->len; i++)
    {
      RmqRebalanceEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->consumer == consumer)
        return entry;
    }
  return NULL;
}

static void
run_pass (RmqTimer *timer, void *data)
{
  RmqRebalanceEntry *entry = data;

  entry->running = true;
  entry->again = false;
  entry->started_us = _rmq_timer_heap_now (entry->service->heap);
  entry->consumer->iface->rebalance (entry->consumer);
}

/* As soon as the least distance to the last pass allows. */
static void
arm_soon (RmqRebalanceEntry *entry)
{
  RmqRebalanceService *self = entry->service;
  int64_t now = _rmq_timer_heap_now (self->heap);
  int64_t due = entry->started_us == INT64_MIN ? now : MAX (now, entry->started_us + self->retry);

  _rmq_timer_arm (self->heap, &entry->timer, due, 0);
}

void
_rmq_rebalance_service_add (RmqRebalanceService *self, RmqConsumerInner *consumer)
{
  RmqRebalanceEntry *entry;

  if (find (self, consumer) != NULL)
    return;
  entry = g_new0 (RmqRebalanceEntry, 1);
  entry->service = self;
  entry->consumer = consumer;
  entry->started_us = INT64_MIN;
  rmq_timer_init (&entry->timer, run_pass, entry);
  g_ptr_array_add (self->entries, entry);
  _rmq_timer_arm (self->heap, &entry->timer, _rmq_timer_heap_now (self->heap) + self->interval, self->interval / 10);
}

void
_rmq_rebalance_service_remove (RmqRebalanceService *self, RmqConsumerInner *consumer)
{
  RmqRebalanceEntry *entry = find (self, consumer);

  if (entry == NULL)
    return;
  g_ptr_array_remove_fast (self->entries, entry);
  entry_free (entry);
}

static void
wake (RmqRebalanceEntry *entry)
{
  if (entry->running)
    entry->again = true;
  else
    arm_soon (entry);
}

void
_rmq_rebalance_service_wake (RmqRebalanceService *self, RmqConsumerInner *consumer)
{
  RmqRebalanceEntry *entry;

  if (consumer != NULL)
    {
      entry = find (self, consumer);
      if (entry != NULL)
        wake (entry);
      return;
    }
  for (unsigned i = 0; i < self->entries->len; i++)
    wake (g_ptr_array_index (self->entries, i));
}

void
_rmq_rebalance_service_done (RmqRebalanceService *self, RmqConsumerInner *consumer, bool balanced)
{
  RmqRebalanceEntry *entry = find (self, consumer);
  int64_t now = _rmq_timer_heap_now (self->heap);

  if (entry == NULL || !entry->running)
    return;
  entry->running = false;
  if (entry->again)
    arm_soon (entry);
  else if (!balanced)
    _rmq_timer_arm (self->heap, &entry->timer, now + self->retry, self->retry / 10);
  else
    _rmq_timer_arm (self->heap, &entry->timer, now + self->interval, self->interval / 10);
}
