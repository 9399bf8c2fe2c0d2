/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqLeases: a table of leases by what handles say, a timer each, and their copy in the store.
 * (RocketMQ: PopBufferMergeService, PopReviveService.)
 */
#include "rmq-broker-lease-private.h"

#include "base/rmq-byte-reader-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/tables/rmq-broker-hash-private.h"

#define STATE_TABLE "pop-leases"
#define STATE_VERSION 1
#define RETRY_MS 1000
#define MAX_INVISIBLE_MS (INT64_C (1000) * 86400 * 365)

struct _RmqLeases
{
  RmqBrokerCore *core;
  RmqLeaseExpired expired;
  void *data;
  GHashTable *table; /* RmqLeaseKey * → RmqLease */
  uint64_t next_id;
};

/* --- the table ------------------------------------------------------------------------------------------------ */

static unsigned
key_hash (const void *data)
{
  const RmqLeaseKey *key = data;
  uint64_t numbers = (uint64_t) key->start_offset * 1000003 + (uint64_t) key->pop_time * 31 + (uint32_t) key->queue_id;

  return rmq_broker_slice_hash (&key->group) * 31 + rmq_broker_slice_hash (&key->topic)
         + (unsigned) (numbers ^ (numbers >> 32));
}

static gboolean
key_equal (const void *a, const void *b)
{
  const RmqLeaseKey *one = a;
  const RmqLeaseKey *other = b;

  return one->pop_time == other->pop_time && one->start_offset == other->start_offset
         && one->queue_id == other->queue_id && rmq_slice_equal (one->group, other->group)
         && rmq_slice_equal (one->topic, other->topic);
}

static void
lease_free (RmqLease *lease)
{
  _rmq_timer_disarm (lease->leases->core->timers, &lease->timer);
  g_free ((char *) lease->key.group.data);
  g_free ((char *) lease->key.topic.data);
  g_free (lease);
}

/* --- the store ------------------------------------------------------------------------------------------------ */

static void
put_state (RmqLease *lease, bool remove)
{
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, lease->id);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) value = NULL;

  if (!remove)
    {
      rmq_byte_writer_u8 (&out, STATE_VERSION);
      rmq_byte_writer_u32 (&out, (uint32_t) lease->key.group.len);
      rmq_byte_writer_slice (&out, lease->key.group);
      rmq_byte_writer_u32 (&out, (uint32_t) lease->key.topic.len);
      rmq_byte_writer_slice (&out, lease->key.topic);
      rmq_byte_writer_u32 (&out, (uint32_t) lease->key.queue_id);
      rmq_byte_writer_u64 (&out, (uint64_t) lease->key.start_offset);
      rmq_byte_writer_u64 (&out, (uint64_t) lease->key.pop_time);
      rmq_byte_writer_u64 (&out, (uint64_t) lease->invisible_ms);
      rmq_byte_writer_u8 (&out, lease->keeps_count);
      rmq_byte_writer_u32 (&out, lease->acked);
      rmq_byte_writer_u8 (&out, (uint8_t) lease->n);
      for (unsigned i = 0; i < lease->n; i++)
        rmq_byte_writer_u64 (&out, (uint64_t) lease->offsets[i]);
      value = _rmq_byte_writer_steal (&out);
    }
  _rmq_broker_store_put_state (lease->leases->core->store, STATE_TABLE, id, value);
}

static void on_time (RmqTimer *timer, void *data);

static RmqLease *
make_lease (RmqLeases *self, const RmqLeaseKey *key, int64_t invisible_ms, const int64_t *offsets, unsigned n)
{
  RmqLease *lease = g_malloc0 (sizeof (RmqLease) + n * sizeof (int64_t));
  int64_t left_ms;

  lease->leases = self;
  lease->key = *key;
  lease->key.group.data = rmq_broker_slice_copy (key->group);
  lease->key.topic.data = rmq_broker_slice_copy (key->topic);
  lease->invisible_ms = CLAMP (invisible_ms, 0, MAX_INVISIBLE_MS);
  lease->n = n;
  memcpy (lease->offsets, offsets, n * sizeof (int64_t));
  left_ms = CLAMP (key->pop_time + lease->invisible_ms - rmq_broker_now_ms (self->core), 0, MAX_INVISIBLE_MS);
  rmq_timer_init (&lease->timer, on_time, lease);
  _rmq_timer_arm (self->core->timers, &lease->timer, rmq_broker_now_us (self->core) + left_ms * 1000,
                  MIN (left_ms * 1000 / 16, 100000));
  g_hash_table_add (self->table, &lease->key);
  return lease;
}

static void
load_one (const char *id, GBytes *value, void *data)
{
  RmqLeases *self = data;
  RmqByteReader in;
  RmqLeaseKey key;
  int64_t offsets[RMQ_LEASE_MAX_OFFSETS];
  int64_t invisible_ms;
  bool keeps_count;
  uint32_t acked;
  unsigned n;
  RmqLease *lease;

  rmq_byte_reader_init (&in, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  if (rmq_byte_reader_u8 (&in) != STATE_VERSION)
    return;
  key.group = rmq_byte_reader_slice (&in, rmq_byte_reader_u32 (&in));
  key.topic = rmq_byte_reader_slice (&in, rmq_byte_reader_u32 (&in));
  key.queue_id = rmq_byte_reader_i32 (&in);
  key.start_offset = rmq_byte_reader_i64 (&in);
  key.pop_time = rmq_byte_reader_i64 (&in);
  invisible_ms = rmq_byte_reader_i64 (&in);
  keeps_count = rmq_byte_reader_u8 (&in) != 0;
  acked = rmq_byte_reader_u32 (&in);
  n = rmq_byte_reader_u8 (&in);
  if (n == 0 || n > RMQ_LEASE_MAX_OFFSETS || key.pop_time < 0 || key.pop_time > INT64_MAX / 2)
    return;
  for (unsigned i = 0; i < n; i++)
    offsets[i] = rmq_byte_reader_i64 (&in);
  if (in.failed || g_hash_table_contains (self->table, &key))
    return;
  lease = make_lease (self, &key, invisible_ms, offsets, n);
  lease->id = g_ascii_strtoull (id, NULL, 10);
  lease->keeps_count = keeps_count;
  lease->acked = acked;
  self->next_id = MAX (self->next_id, lease->id + 1);
}

/* --- life ------------------------------------------------------------------------------------------------------ */

static void
end_lease (RmqLease *lease)
{
  put_state (lease, true);
  g_hash_table_remove (lease->leases->table, &lease->key);
}

static void
on_time (RmqTimer *timer, void *data)
{
  RmqLease *lease = data;
  RmqLeases *self = lease->leases;
  RmqIo *io = _rmq_io_ref (self->core->io);

  _rmq_io_enter (io);
  if (self->expired (self->core, lease, self->data))
    end_lease (lease);
  else
    {
      put_state (lease, false); /* some of it may be done */
      _rmq_timer_arm (self->core->timers, &lease->timer, rmq_broker_now_us (self->core) + RETRY_MS * 1000, 0);
    }
  _rmq_io_leave (io);
  _rmq_io_unref (io);
}

RmqLeases *
_rmq_leases_new (RmqBrokerCore *core, RmqLeaseExpired expired, void *data)
{
  RmqLeases *self = g_new0 (RmqLeases, 1);

  self->core = core;
  self->expired = expired;
  self->data = data;
  self->table = g_hash_table_new_full (key_hash, key_equal, (GDestroyNotify) lease_free, NULL);
  _rmq_broker_store_each_state (core->store, STATE_TABLE, load_one, self);
  return self;
}

void
_rmq_leases_free (RmqLeases *self)
{
  g_hash_table_unref (self->table);
  g_free (self);
}

int64_t
_rmq_leases_add (RmqLeases *self,
                 const RmqLeaseKey *key,
                 int64_t invisible_ms,
                 bool keeps_count,
                 const int64_t *offsets,
                 unsigned n)
{
  RmqLeaseKey unique = *key;
  RmqLease *lease;

  g_return_val_if_fail (n > 0 && n <= RMQ_LEASE_MAX_OFFSETS, key->pop_time);
  while (g_hash_table_contains (self->table, &unique))
    unique.pop_time++;
  lease = make_lease (self, &unique, invisible_ms, offsets, n);
  lease->id = self->next_id++;
  lease->keeps_count = keeps_count;
  put_state (lease, false);
  return unique.pop_time;
}

bool
_rmq_leases_ack (RmqLeases *self, const RmqLeaseKey *key, int64_t offset)
{
  RmqLease *lease = g_hash_table_lookup (self->table, key);
  uint32_t all;

  if (lease == NULL)
    return false;
  all = lease->n == 32 ? UINT32_MAX : (UINT32_C (1) << lease->n) - 1;
  for (unsigned i = 0; i < lease->n; i++)
    if (lease->offsets[i] == offset && (lease->acked & UINT32_C (1) << i) == 0)
      {
        lease->acked |= UINT32_C (1) << i;
        if (lease->acked == all)
          end_lease (lease);
        else
          put_state (lease, false);
        return true;
      }
  return false;
}

void
_rmq_leases_drop (RmqLeases *self, RmqSlice group, RmqSlice topic, int32_t queue_id)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqLease *lease = value;

      if ((group.data == NULL || rmq_slice_equal (group, lease->key.group))
          && (topic.data == NULL || rmq_slice_equal (topic, lease->key.topic))
          && (queue_id < 0 || queue_id == lease->key.queue_id))
        {
          put_state (lease, true);
          g_hash_table_iter_remove (&iter);
        }
    }
}
