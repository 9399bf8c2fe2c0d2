/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqPopOrders: blocks a queue for a group until all of a batch is acknowledged or visible again, counts deliveries,
 * and wakes what waits for the queue.
 */
#include "rmq-broker-pop-order-private.h"

#include "broker/rmq-broker-core-private.h"
#include "broker/tables/rmq-broker-hash-private.h"
#include "rmq-broker-pop-private.h"
#include "wire/rmq-pop-info-private.h"

typedef struct
{
  int64_t offset;
  int64_t visible_ms; /* 0: when the whole batch is */
  int32_t count;      /* earlier deliveries */
  bool acked;
} Entry;

typedef struct
{
  RmqPopOrderKey key; /* its text belongs to the batch */
  RmqPopOrders *orders;
  char *attempt_id; /* or NULL */
  int64_t pop_time;
  int64_t invisible_ms;
  unsigned n;
  Entry entries[RMQ_POP_ORDER_MAX_OFFSETS];
  RmqTimer timer;
} Batch;

struct _RmqPopOrders
{
  RmqBrokerCore *core;
  GHashTable *table; /* RmqPopOrderKey * → Batch, which begins with it */
};

static unsigned
key_hash (const void *data)
{
  const RmqPopOrderKey *key = data;

  return (rmq_broker_slice_hash (&key->group) * 31 + rmq_broker_slice_hash (&key->topic)) * 31
         + (unsigned) key->queue_id;
}

static gboolean
key_equal (const void *a, const void *b)
{
  const RmqPopOrderKey *one = a;
  const RmqPopOrderKey *other = b;

  return one->queue_id == other->queue_id && rmq_slice_equal (one->group, other->group)
         && rmq_slice_equal (one->topic, other->topic);
}

static void
batch_free (Batch *batch)
{
  _rmq_timer_disarm (batch->orders->core->timers, &batch->timer);
  g_free ((char *) batch->key.group.data);
  g_free ((char *) batch->key.topic.data);
  g_free (batch->attempt_id);
  g_free (batch);
}

RmqPopOrders *
_rmq_pop_orders_new (RmqBrokerCore *core)
{
  RmqPopOrders *self = g_new0 (RmqPopOrders, 1);

  self->core = core;
  self->table = g_hash_table_new_full (key_hash, key_equal, (GDestroyNotify) batch_free, NULL);
  return self;
}

void
_rmq_pop_orders_free (RmqPopOrders *self)
{
  g_hash_table_unref (self->table);
  g_free (self);
}

/* --- blocking -------------------------------------------------------------------------------------------------- */

static int64_t
get_visible_ms (const Batch *batch, const Entry *entry)
{
  return entry->visible_ms != 0 ? entry->visible_ms : batch->pop_time + batch->invisible_ms;
}

/* When the last of what is not acknowledged is visible again; 0: everything is acknowledged. */
static int64_t
get_free_ms (const Batch *batch)
{
  int64_t free_ms = 0;

  for (unsigned i = 0; i < batch->n; i++)
    if (!batch->entries[i].acked)
      free_ms = MAX (free_ms, get_visible_ms (batch, &batch->entries[i]));
  return free_ms;
}

static void
wake (const Batch *batch)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (batch->orders->core->topics, batch->key.topic);

  if (topic != NULL)
    _rmq_broker_pop_wake (batch->orders->core, topic);
}

static void
on_time (RmqTimer *timer, void *data)
{
  Batch *batch = data;
  RmqIo *io = _rmq_io_ref (batch->orders->core->io);

  _rmq_io_enter (io);
  wake (batch);
  _rmq_io_leave (io);
  _rmq_io_unref (io);
}

static void
update_timer (Batch *batch)
{
  RmqBrokerCore *core = batch->orders->core;
  int64_t free_ms = get_free_ms (batch);
  int64_t left_ms = CLAMP (free_ms - rmq_broker_now_ms (core), 0, G_MAXINT32);

  if (free_ms == 0)
    _rmq_timer_disarm (core->timers, &batch->timer);
  else
    _rmq_timer_arm (core->timers, &batch->timer, rmq_broker_now_us (core) + left_ms * 1000, 0);
}

bool
_rmq_pop_orders_is_blocked (RmqPopOrders *self, const RmqPopOrderKey *key, RmqSlice attempt_id)
{
  const Batch *batch = g_hash_table_lookup (self->table, key);

  if (batch == NULL)
    return false;
  if (batch->attempt_id != NULL && attempt_id.data != NULL && rmq_slice_equal_string (attempt_id, batch->attempt_id))
    return false;
  return rmq_broker_now_ms (self->core) < get_free_ms (batch);
}

/* --- a new batch ----------------------------------------------------------------------------------------------- */

static const Entry *
find_entry (const Batch *batch, int64_t offset)
{
  for (unsigned i = 0; i < batch->n; i++)
    if (batch->entries[i].offset == offset)
      return &batch->entries[i];
  return NULL;
}

/* The same attempt again is no further delivery. */
static int32_t
count_deliveries (const Batch *before, bool same_attempt, int64_t offset)
{
  const Entry *entry = find_entry (before, offset);

  if (entry == NULL)
    return 0;
  return same_attempt ? entry->count : entry->count + 1;
}

/* For each message that was delivered before, and for the queue the least of all. */
static void
write_counts (const Batch *batch, RmqByteWriter *counts)
{
  char retry = _rmq_pop_topic_retry_flag (batch->key.topic);
  int32_t least = G_MAXINT32;

  for (unsigned i = 0; i < batch->n; i++)
    {
      const Entry *entry = &batch->entries[i];

      least = MIN (least, entry->count);
      if (entry->count > 0)
        _rmq_pop_info_write_offset_count (counts, retry, batch->key.queue_id, entry->offset, entry->count);
    }
  _rmq_pop_info_write_queue_count (counts, retry, batch->key.queue_id, least);
}

static Batch *
find_or_add (RmqPopOrders *self, const RmqPopOrderKey *key)
{
  Batch *batch = g_hash_table_lookup (self->table, key);

  if (batch != NULL)
    return batch;
  batch = g_new0 (Batch, 1);
  batch->orders = self;
  batch->key = *key;
  batch->key.group.data = rmq_broker_slice_copy (key->group);
  batch->key.topic.data = rmq_broker_slice_copy (key->topic);
  rmq_timer_init (&batch->timer, on_time, batch);
  g_hash_table_add (self->table, &batch->key);
  return batch;
}

void
_rmq_pop_orders_take (RmqPopOrders *self,
                      const RmqPopOrderKey *key,
                      RmqSlice attempt_id,
                      int64_t pop_time,
                      int64_t invisible_ms,
                      const int64_t *offsets,
                      unsigned n,
                      RmqByteWriter *counts)
{
  Batch *batch = find_or_add (self, key);
  Batch before = *batch;
  bool same_attempt =
      before.attempt_id != NULL && attempt_id.data != NULL && rmq_slice_equal_string (attempt_id, before.attempt_id);

  g_return_if_fail (n > 0 && n <= RMQ_POP_ORDER_MAX_OFFSETS);
  batch->pop_time = pop_time;
  batch->invisible_ms = invisible_ms;
  batch->n = n;
  for (unsigned i = 0; i < n; i++)
    batch->entries[i] = (Entry){ .offset = offsets[i], .count = count_deliveries (&before, same_attempt, offsets[i]) };
  batch->attempt_id = rmq_slice_dup (attempt_id);
  g_free (before.attempt_id);
  write_counts (batch, counts);
  update_timer (batch);
}

/* --- its end --------------------------------------------------------------------------------------------------- */

RmqPopOrderAck
_rmq_pop_orders_ack (RmqPopOrders *self, const RmqPopOrderKey *key, int64_t offset, int64_t pop_time, int64_t *next)
{
  Batch *batch = g_hash_table_lookup (self->table, key);
  Entry *entry;

  if (batch == NULL || batch->pop_time != pop_time)
    return RMQ_POP_ORDER_IGNORE;
  entry = (Entry *) find_entry (batch, offset);
  if (entry == NULL)
    return RMQ_POP_ORDER_ILLEGAL;
  entry->acked = true;
  *next = batch->entries[batch->n - 1].offset + 1;
  for (unsigned i = batch->n; i > 0; i--)
    if (!batch->entries[i - 1].acked)
      *next = batch->entries[i - 1].offset;
  update_timer (batch);
  if (get_free_ms (batch) <= rmq_broker_now_ms (self->core))
    wake (batch);
  return RMQ_POP_ORDER_COMMIT;
}

void
_rmq_pop_orders_change (RmqPopOrders *self,
                        const RmqPopOrderKey *key,
                        int64_t offset,
                        int64_t pop_time,
                        int64_t visible_ms)
{
  Batch *batch = g_hash_table_lookup (self->table, key);
  Entry *entry = batch != NULL ? (Entry *) find_entry (batch, offset) : NULL;

  if (entry == NULL || batch->pop_time != pop_time)
    return;
  entry->visible_ms = MAX (visible_ms, 1);
  update_timer (batch);
}

void
_rmq_pop_orders_drop (RmqPopOrders *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Batch *batch = value;

      if ((group.data == NULL || rmq_slice_equal (group, batch->key.group))
          && (topic.data == NULL || rmq_slice_equal (topic, batch->key.topic))
          && (queue_id < 0 || queue_id == batch->key.queue_id))
        g_hash_table_iter_remove (&iter);
    }
}
