/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerOffsets: positions of consumer groups, changed in memory and written to the store a moment later. (RocketMQ:
 * ConsumerOffsetManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "base/rmq-byte-reader-private.h"
#include "base/rmq-log-private.h"
#include "rmq-broker-hash-private.h"

#define MAX_POSITIONS 1000000
/* Group and topic in the key of the state. */
#define SEPARATOR '\1'

typedef struct
{
  RmqSlicePair key; /* in position */
  RmqBrokerPosition position;
} Entry;

struct _RmqBrokerOffsets
{
  RmqBrokerCore *core;
  GHashTable *entries; /* &entry->key → Entry */
  GPtrArray *dirty;    /* Entry */
  RmqTimer flush;
};

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_free (entry->position.group);
  g_free (entry->position.topic);
  g_free (entry->position.committed);
  g_free (entry->position.pulled);
  g_free (entry->position.reset);
  g_free (entry);
}

static void
flush_later (RmqTimer *timer, void *data)
{
  _rmq_broker_offsets_flush (data);
}

RmqBrokerOffsets *
_rmq_broker_offsets_new (RmqBrokerCore *core)
{
  RmqBrokerOffsets *self = g_new0 (RmqBrokerOffsets, 1);

  self->core = core;
  self->entries = g_hash_table_new_full (rmq_broker_pair_hash, rmq_broker_pair_equal, NULL, entry_free);
  self->dirty = g_ptr_array_new ();
  rmq_timer_init (&self->flush, flush_later, self);
  return self;
}

void
_rmq_broker_offsets_free (RmqBrokerOffsets *self)
{
  _rmq_timer_disarm (self->core->timers, &self->flush);
  g_ptr_array_unref (self->dirty);
  g_hash_table_unref (self->entries);
  g_free (self);
}

static Entry *
find (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic)
{
  RmqSlicePair key = { group, topic };

  return g_hash_table_lookup (self->entries, &key);
}

static Entry *
ensure (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic)
{
  Entry *entry = find (self, group, topic);

  if (entry != NULL || g_hash_table_size (self->entries) >= MAX_POSITIONS)
    return entry;
  entry = g_new0 (Entry, 1);
  entry->position.group = rmq_broker_slice_copy (group);
  entry->position.topic = rmq_broker_slice_copy (topic);
  entry->key.first = rmq_slice (entry->position.group, group.len);
  entry->key.second = rmq_slice (entry->position.topic, topic.len);
  g_hash_table_insert (self->entries, &entry->key, entry);
  return entry;
}

static void
grow (int64_t **array, int32_t from, int32_t to)
{
  *array = g_renew (int64_t, *array, to);
  for (int32_t i = from; i < to; i++)
    (*array)[i] = RMQ_BROKER_NO_OFFSET;
}

static bool
reserve (RmqBrokerPosition *position, int32_t queue_id)
{
  int32_t n = position->n_queues;

  if (queue_id < 0 || queue_id >= RMQ_BROKER_MAX_QUEUES)
    return false;
  if (queue_id < n)
    return true;
  n = MAX (queue_id + 1, MIN (2 * n, RMQ_BROKER_MAX_QUEUES));
  grow (&position->committed, position->n_queues, n);
  grow (&position->pulled, position->n_queues, n);
  grow (&position->reset, position->n_queues, n);
  position->n_queues = n;
  return true;
}

static int64_t
get (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id, size_t member)
{
  Entry *entry = find (self, group, topic);

  if (entry == NULL || queue_id < 0 || queue_id >= entry->position.n_queues)
    return RMQ_BROKER_NO_OFFSET;
  return G_STRUCT_MEMBER (int64_t *, &entry->position, member)[queue_id];
}

/* The position with room for that queue, or NULL: not a queue, or too many positions. */
static Entry *
entry_for (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  Entry *entry = ensure (self, group, topic);

  return entry != NULL && reserve (&entry->position, queue_id) ? entry : NULL;
}

/* --- keeping them -------------------------------------------------------------------------------------------- */

static char *
state_key (const RmqBrokerPosition *position)
{
  return g_strdup_printf ("%s%c%s", position->group, SEPARATOR, position->topic);
}

static void
mark_dirty (RmqBrokerOffsets *self, Entry *entry)
{
  int64_t delay_us = self->core->settings->flush_offsets_ms * 1000;

  if (entry->position.dirty)
    return;
  entry->position.dirty = true;
  g_ptr_array_add (self->dirty, entry);
  if (!rmq_timer_is_armed (&self->flush))
    _rmq_timer_arm (self->core->timers, &self->flush, rmq_broker_now_us (self->core) + delay_us, delay_us / 2);
}

static void
write_entry (RmqBrokerOffsets *self, const Entry *entry)
{
  g_autofree char *key = state_key (&entry->position);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) bytes = NULL;

  for (int32_t q = 0; q < entry->position.n_queues; q++)
    {
      rmq_byte_writer_u64 (&out, (uint64_t) entry->position.committed[q]);
      rmq_byte_writer_u64 (&out, (uint64_t) entry->position.reset[q]);
    }
  bytes = _rmq_byte_writer_steal (&out);
  _rmq_broker_store_put_state (self->core->store, RMQ_STATE_OFFSETS, key, bytes);
}

void
_rmq_broker_offsets_write (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic)
{
  const Entry *entry = find (self, group, topic);

  if (entry != NULL)
    write_entry (self, entry);
}

void
_rmq_broker_offsets_flush (RmqBrokerOffsets *self)
{
  _rmq_timer_disarm (self->core->timers, &self->flush);
  for (unsigned i = 0; i < self->dirty->len; i++)
    {
      Entry *entry = g_ptr_array_index (self->dirty, i);

      write_entry (self, entry);
      entry->position.dirty = false;
    }
  g_ptr_array_set_size (self->dirty, 0);
}

static void
load_one (const char *key, GBytes *value, void *data)
{
  RmqBrokerOffsets *self = data;
  const char *separator = strchr (key, SEPARATOR);
  RmqByteReader reader;
  size_t len;
  const void *bytes = g_bytes_get_data (value, &len);
  int32_t n = (int32_t) MIN (len / 16, RMQ_BROKER_MAX_QUEUES);
  Entry *entry;

  if (separator == NULL || n == 0)
    return;
  entry = entry_for (self, rmq_slice (key, (size_t) (separator - key)), rmq_slice_from_string (separator + 1), n - 1);
  if (entry == NULL)
    return;
  rmq_byte_reader_init (&reader, bytes, len);
  for (int32_t i = 0; i < n; i++)
    {
      int64_t committed = rmq_byte_reader_i64 (&reader);
      int64_t reset = rmq_byte_reader_i64 (&reader);

      entry->position.committed[i] = MAX (committed, RMQ_BROKER_NO_OFFSET);
      entry->position.reset[i] = MAX (reset, RMQ_BROKER_NO_OFFSET);
    }
}

bool
_rmq_broker_offsets_load (RmqBrokerOffsets *self, GError **error)
{
  _rmq_broker_store_each_state (self->core->store, RMQ_STATE_OFFSETS, load_one, self);
  return true;
}

/* --- use ----------------------------------------------------------------------------------------------------- */

int64_t
_rmq_broker_offsets_get (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  return get (self, group, topic, queue_id, G_STRUCT_OFFSET (RmqBrokerPosition, committed));
}

void
_rmq_broker_offsets_commit (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id, int64_t offset)
{
  Entry *entry = entry_for (self, group, topic, queue_id);

  if (entry == NULL || offset < 0)
    return;
  if (entry->position.committed[queue_id] > offset)
    rmq_info ("broker", entry->position.group, "%s goes back in queue %d of %s, from %" PRId64 " to %" PRId64,
              entry->position.group, queue_id, entry->position.topic, entry->position.committed[queue_id], offset);
  if (entry->position.committed[queue_id] == offset)
    return;
  entry->position.committed[queue_id] = offset;
  mark_dirty (self, entry);
}

int64_t
_rmq_broker_offsets_get_pulled (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  return get (self, group, topic, queue_id, G_STRUCT_OFFSET (RmqBrokerPosition, pulled));
}

void
_rmq_broker_offsets_set_pulled (RmqBrokerOffsets *self,
                                RmqSlice group,
                                RmqSlice topic,
                                int32_t queue_id,
                                int64_t offset)
{
  Entry *entry = entry_for (self, group, topic, queue_id);

  if (entry != NULL)
    entry->position.pulled[queue_id] = offset;
}

void
_rmq_broker_offsets_reset (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id, int64_t offset)
{
  Entry *entry = entry_for (self, group, topic, queue_id);

  if (entry == NULL || offset < 0)
    return;
  entry->position.committed[queue_id] = offset;
  entry->position.reset[queue_id] = offset;
  mark_dirty (self, entry);
}

bool
_rmq_broker_offsets_has_reset (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  return get (self, group, topic, queue_id, G_STRUCT_OFFSET (RmqBrokerPosition, reset)) != RMQ_BROKER_NO_OFFSET;
}

int64_t
_rmq_broker_offsets_take_reset (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  int64_t offset = get (self, group, topic, queue_id, G_STRUCT_OFFSET (RmqBrokerPosition, reset));
  Entry *entry;

  if (G_LIKELY (offset == RMQ_BROKER_NO_OFFSET))
    return offset;
  entry = find (self, group, topic);
  entry->position.reset[queue_id] = RMQ_BROKER_NO_OFFSET;
  mark_dirty (self, entry);
  return offset;
}

static bool
agrees (const Entry *entry, RmqSlice group, RmqSlice topic)
{
  return (group.data == NULL || rmq_slice_equal (entry->key.first, group))
         && (topic.data == NULL || rmq_slice_equal (entry->key.second, topic));
}

void
_rmq_broker_offsets_foreach (RmqBrokerOffsets *self,
                             RmqSlice group,
                             RmqSlice topic,
                             RmqBrokerPositionVisit visit,
                             void *data)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (agrees (value, group, topic))
      visit (&((Entry *) value)->position, data);
}

static void
remove_all (RmqBrokerOffsets *self, RmqSlice group, RmqSlice topic)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;
      g_autofree char *key = NULL;

      if (!agrees (entry, group, topic))
        continue;
      key = state_key (&entry->position);
      _rmq_broker_store_put_state (self->core->store, RMQ_STATE_OFFSETS, key, NULL);
      if (entry->position.dirty)
        g_ptr_array_remove_fast (self->dirty, entry);
      g_hash_table_iter_remove (&iter);
    }
}

void
_rmq_broker_offsets_remove_topic (RmqBrokerOffsets *self, RmqSlice topic)
{
  remove_all (self, RMQ_SLICE_NULL, topic);
}

void
_rmq_broker_offsets_remove_group (RmqBrokerOffsets *self, RmqSlice group)
{
  remove_all (self, group, RMQ_SLICE_NULL);
}
