/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqMemoryStore: records in append-only segments, 16 bytes a record in an array of its queue, and 8 bytes a key in a
 * list of the segment. When it is full the oldest segment goes, with all that points into it.
 *
 * A physical offset is (segment number << SEGMENT_SHIFT) + place, so looking one up takes no search.
 */
#include "rmq-broker-store-private.h"

#include <inttypes.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-broker-keys-private.h"
#include "broker/tables/rmq-broker-topics-private.h"

/* A record is hardly larger than a frame was. */
#define SEGMENT_SHIFT 25
#define SEGMENT_MASK ((INT64_C (1) << SEGMENT_SHIFT) - 1)
#define MIN_SEGMENT (64u * 1024)
#define MAX_SEGMENT (4u * 1024 * 1024)
/* What trimming takes away at once is one part of so many. */
#define SEGMENTS 32
#define MIN_BYTES (1024u * 1024)
#define DEFAULT_MAX_BYTES (256u * 1024 * 1024)
#define FIRST_ENTRIES 16

/* Of one record, in its queue. */
typedef struct
{
  int64_t physical_offset;
  uint32_t size;
  int32_t tags_code;
} Entry;

/* Of one key, in its segment. */
typedef struct
{
  uint32_t hash;
  uint32_t at;
} KeyEntry;

typedef struct
{
  int64_t number;
  uint8_t *data;
  uint32_t len;
  uint32_t allocated;
  uint32_t n_records;
  uint32_t n_keys;
  uint32_t allocated_keys;
  KeyEntry *keys;
  GPtrArray *queues; /* Kept that have records here */
} Segment;

/* What is kept of a queue. It outlives the RmqBrokerQueue, which is made anew at each start. */
typedef struct
{
  int ref_count; /* the table, and segments */
  char *name;
  RmqBrokerQueue *queue; /* NULL while it is not attached */
  int64_t min_offset;
  int64_t max_offset;
  int64_t last_store_ms;
  int64_t last_segment; /* the last one whose list it is in; -1: none */
  Entry *entries;       /* that of min_offset stands at first */
  size_t first;
  size_t allocated;
} Kept;

typedef struct
{
  RmqBrokerStore parent_instance;
  RmqStoreOptions options;
  uint64_t max_bytes;
  uint32_t segment_bytes;

  GHashTable *queues;  /* "topic\1id" → Kept */
  GPtrArray *segments; /* Segment: consecutive numbers, the oldest first */
  int64_t next_number;
  uint64_t n_bytes; /* records, entries and keys */
  uint64_t n_records;
  uint64_t n_put;
  uint64_t n_put_bytes;
  uint64_t n_trimmed;
  GHashTable *state; /* table → (key → GBytes) */
} RmqMemoryStore;

typedef struct
{
  RmqBrokerStoreClass parent_class;
} RmqMemoryStoreClass;

G_DEFINE_TYPE (RmqMemoryStore, _rmq_memory_store, RMQ_BROKER_TYPE_STORE)

static RmqMemoryStore *
memory_store (RmqBrokerStore *store)
{
  return (RmqMemoryStore *) store;
}

/* --- segments ------------------------------------------------------------------------------------------------ */

static void
kept_unref (void *data)
{
  Kept *kept = data;

  if (--kept->ref_count > 0)
    return;
  if (kept->queue != NULL)
    kept->queue->store_data = NULL;
  g_free (kept->name);
  g_free (kept->entries);
  g_free (kept);
}

static uint64_t
segment_bytes (const Segment *segment)
{
  return segment->len + (uint64_t) segment->n_records * sizeof (Entry) + (uint64_t) segment->n_keys * sizeof (KeyEntry);
}

static void
segment_free (void *data)
{
  Segment *segment = data;

  g_ptr_array_unref (segment->queues);
  g_free (segment->keys);
  g_free (segment->data);
  g_free (segment);
}

static int64_t
segment_offset (const Segment *segment)
{
  return segment->number << SEGMENT_SHIFT;
}

static Segment *
first_segment (RmqMemoryStore *self)
{
  return self->segments->len > 0 ? g_ptr_array_index (self->segments, 0) : NULL;
}

static Segment *
last_segment (RmqMemoryStore *self)
{
  return self->segments->len > 0 ? g_ptr_array_index (self->segments, self->segments->len - 1) : NULL;
}

static Segment *
find_segment (RmqMemoryStore *self, int64_t physical_offset)
{
  Segment *first = first_segment (self);
  int64_t index = first != NULL ? (physical_offset >> SEGMENT_SHIFT) - first->number : -1;

  return index >= 0 && index < self->segments->len ? g_ptr_array_index (self->segments, (unsigned) index) : NULL;
}

static const uint8_t *
entry_data (RmqMemoryStore *self, const Entry *entry)
{
  return find_segment (self, entry->physical_offset)->data + (entry->physical_offset & SEGMENT_MASK);
}

/* Entries before physical_offset go. */
static void
kept_trim (RmqMemoryStore *self, Kept *kept, int64_t physical_offset)
{
  int64_t old = kept->min_offset;

  while (kept->min_offset < kept->max_offset && kept->entries[kept->first].physical_offset < physical_offset)
    {
      kept->first++;
      kept->min_offset++;
    }
  if (kept->min_offset == kept->max_offset)
    {
      g_clear_pointer (&kept->entries, g_free);
      kept->first = kept->allocated = 0;
    }
  if (kept->queue == NULL || kept->min_offset == old)
    return;
  kept->queue->min_offset = kept->min_offset;
  if (self->options.trimmed != NULL)
    self->options.trimmed (kept->queue, self->options.data);
}

static void
drop_oldest (RmqMemoryStore *self)
{
  Segment *segment = g_ptr_array_steal_index (self->segments, 0);
  int64_t end = segment_offset (segment) + (INT64_C (1) << SEGMENT_SHIFT);

  if (self->n_trimmed == 0)
    rmq_warning ("store", "memory", "The memory store is full (%" PRIu64 " bytes): the oldest messages go from now on",
                 self->max_bytes);
  for (unsigned i = 0; i < segment->queues->len; i++)
    kept_trim (self, g_ptr_array_index (segment->queues, i), end);
  self->n_trimmed += segment->n_records;
  self->n_records -= segment->n_records;
  self->n_bytes -= segment_bytes (segment);
  segment_free (segment);
}

/* A segment with room for size bytes in one piece. */
static Segment *
make_room (RmqMemoryStore *self, size_t size, GError **error)
{
  Segment *segment = last_segment (self);

  if (size > self->max_bytes || size > SEGMENT_MASK)
    {
      _rmq_set_error (error, RMQ_ERROR_QUOTA, NULL, "A message of %" G_GSIZE_FORMAT " bytes does not fit the store",
                      size);
      return NULL;
    }
  while (self->n_bytes + size > self->max_bytes && self->segments->len > 0)
    {
      if (self->options.refuse_when_full)
        {
          _rmq_set_error (error, RMQ_ERROR_QUOTA, NULL, "The memory store is full");
          return NULL;
        }
      drop_oldest (self);
      segment = last_segment (self);
    }
  if (segment != NULL && segment->allocated - segment->len >= size)
    return segment;

  segment = g_new0 (Segment, 1);
  segment->number = self->next_number++;
  segment->allocated = MAX (self->segment_bytes, (uint32_t) size);
  segment->data = g_malloc (segment->allocated);
  segment->queues = g_ptr_array_new_with_free_func (kept_unref);
  g_ptr_array_add (self->segments, segment);
  return segment;
}

/* --- keys ---------------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqMemoryStore *self;
  Segment *segment;
  uint32_t at;
  RmqSlice topic;
} AddKey;

static void
add_key (RmqSlice key, RmqStoreIndex index, void *data)
{
  const AddKey *add = data;
  Segment *segment = add->segment;

  if (segment->n_keys == segment->allocated_keys)
    {
      segment->allocated_keys = segment->allocated_keys == 0 ? 256 : 2 * segment->allocated_keys;
      segment->keys = g_renew (KeyEntry, segment->keys, segment->allocated_keys);
    }
  segment->keys[segment->n_keys++] = (KeyEntry){ _rmq_broker_key_hash (add->topic, key, index), add->at };
  add->self->n_bytes += sizeof (KeyEntry);
}

static void
memory_store_query (RmqBrokerStore *store,
                    RmqSlice topic,
                    RmqSlice key,
                    RmqStoreIndex index,
                    RmqStoredVisit visit,
                    void *data)
{
  RmqMemoryStore *self = memory_store (store);
  uint32_t hash = _rmq_broker_key_hash (topic, key, index);

  for (unsigned i = self->segments->len; key.len > 0 && i-- > 0;)
    {
      Segment *segment = g_ptr_array_index (self->segments, i);

      for (uint32_t k = segment->n_keys; k-- > 0;)
        {
          const KeyEntry *entry = &segment->keys[k];
          RmqStoredRecord stored = { .data = segment->data + entry->at };
          RmqRecord record;

          if (entry->hash != hash || !_rmq_record_decode (&record, stored.data, segment->len - entry->at, 0, NULL)
              || !_rmq_broker_record_has_key (&record, topic, key, index))
            continue;
          stored.size = record.total_size;
          stored.queue_offset = record.queue_offset;
          stored.physical_offset = record.physical_offset;
          if (!visit (&stored, data))
            return;
        }
    }
}

/* --- queues -------------------------------------------------------------------------------------------------- */

static char *
queue_name (const RmqBrokerQueue *queue)
{
  return g_strdup_printf ("%s\1%d", queue->topic->name, queue->id);
}

static bool
memory_store_attach (RmqBrokerStore *store, RmqBrokerQueue *queue, GError **error)
{
  RmqMemoryStore *self = memory_store (store);
  g_autofree char *name = queue_name (queue);
  Kept *kept = g_hash_table_lookup (self->queues, name);

  if (kept == NULL)
    {
      kept = g_new0 (Kept, 1);
      kept->ref_count = 1;
      kept->name = g_steal_pointer (&name);
      kept->last_segment = -1;
      g_hash_table_insert (self->queues, kept->name, kept);
    }
  kept->queue = queue;
  queue->store_data = kept;
  queue->min_offset = kept->min_offset;
  queue->max_offset = kept->max_offset;
  queue->last_store_ms = kept->last_store_ms;
  return true;
}

static void
memory_store_detach (RmqBrokerStore *store, RmqBrokerQueue *queue, bool destroy)
{
  Kept *kept = queue->store_data;

  if (kept == NULL)
    return;
  kept->queue = NULL;
  queue->store_data = NULL;
  if (!destroy)
    return;
  /* Its bytes go with their segments. */
  g_clear_pointer (&kept->entries, g_free);
  kept->min_offset = kept->max_offset = 0;
  kept->first = kept->allocated = 0;
  g_hash_table_remove (memory_store (store)->queues, kept->name);
}

static void
reserve_entries (Kept *kept, unsigned n)
{
  size_t used = (size_t) (kept->max_offset - kept->min_offset);

  if (kept->first + used + n <= kept->allocated)
    return;
  /* What was trimmed makes room first, when that is worth the copy. */
  if (kept->first > kept->allocated / 2)
    {
      memmove (kept->entries, kept->entries + kept->first, used * sizeof (Entry));
      kept->first = 0;
    }
  while (kept->first + used + n > kept->allocated)
    {
      kept->allocated = kept->allocated == 0 ? FIRST_ENTRIES : 2 * kept->allocated;
      kept->entries = g_renew (Entry, kept->entries, kept->allocated);
    }
}

static void
join_segment (Kept *kept, Segment *segment)
{
  if (kept->last_segment == segment->number)
    return;
  kept->last_segment = segment->number;
  kept->ref_count++;
  g_ptr_array_add (segment->queues, kept);
}

static void
append_one (RmqMemoryStore *self, Kept *kept, Segment *segment, RmqBrokerMessage *message)
{
  RmqRecord *record = &message->record;
  uint32_t at = segment->len;
  AddKey add = { self, segment, at, record->topic };
  /* The room is there, so the writer never allocates. */
  RmqByteWriter out = { segment->data, at, segment->allocated, segment->allocated, false };

  record->queue_offset = kept->max_offset;
  record->physical_offset = segment_offset (segment) + at;
  record->store_timestamp = MAX (record->store_timestamp, kept->last_store_ms);
  _rmq_record_encode (record, &out);
  record->total_size = (uint32_t) out.len - at;
  segment->len = (uint32_t) out.len;
  segment->n_records++;

  kept->entries[kept->first + (size_t) (kept->max_offset - kept->min_offset)] =
      (Entry){ record->physical_offset, record->total_size, message->tags_code };
  kept->max_offset++;
  kept->last_store_ms = record->store_timestamp;
  join_segment (kept, segment);
  self->n_records++;
  self->n_put++;
  self->n_put_bytes += record->total_size;
  self->n_bytes += record->total_size + sizeof (Entry);
  _rmq_broker_message_each_key (message, add_key, &add);
}

static bool
memory_store_append (RmqBrokerStore *store,
                     RmqBrokerQueue *queue,
                     RmqBrokerMessage *messages,
                     unsigned n,
                     GError **error)
{
  RmqMemoryStore *self = memory_store (store);
  Kept *kept = queue->store_data;
  Segment *segment;
  size_t size = 0;

  if (!_rmq_broker_messages_measure (messages, n, &size, error))
    return false;
  segment = make_room (self, size, error);
  if (segment == NULL)
    return false;

  reserve_entries (kept, n);
  for (unsigned i = 0; i < n; i++)
    append_one (self, kept, segment, &messages[i]);
  queue->max_offset = kept->max_offset;
  queue->min_offset = kept->min_offset;
  queue->last_store_ms = kept->last_store_ms;
  return true;
}

static bool
memory_store_is_durable (RmqBrokerStore *store)
{
  return true;
}

static void
memory_store_when_durable (RmqBrokerStore *store, RmqStoreDurable func, void *data)
{
  func (NULL, data);
}

static void
memory_store_scan (RmqBrokerStore *store, RmqBrokerQueue *queue, int64_t offset, RmqStoredVisit visit, void *data)
{
  RmqMemoryStore *self = memory_store (store);
  Kept *kept = queue->store_data;

  for (int64_t at = MAX (offset, kept->min_offset); at < kept->max_offset; at++)
    {
      const Entry *entry = &kept->entries[kept->first + (size_t) (at - kept->min_offset)];
      RmqStoredRecord stored = { at, entry->physical_offset, entry->tags_code, entry->size, entry_data (self, entry) };

      if (!visit (&stored, data))
        return;
    }
}

static int64_t
memory_store_get_store_time (RmqBrokerStore *store, RmqBrokerQueue *queue, int64_t offset)
{
  RmqMemoryStore *self = memory_store (store);
  Kept *kept = queue->store_data;
  const Entry *entry;
  RmqRecord record;

  if (offset < kept->min_offset || offset >= kept->max_offset)
    return -1;
  entry = &kept->entries[kept->first + (size_t) (offset - kept->min_offset)];
  return _rmq_record_decode (&record, entry_data (self, entry), entry->size, 0, NULL) ? record.store_timestamp : -1;
}

/* Offsets come from the wire: a record counts when its queue knows it at exactly that place. */
static bool
memory_store_lookup (RmqBrokerStore *store, int64_t physical_offset, RmqStoredRecord *stored)
{
  RmqMemoryStore *self = memory_store (store);
  Segment *segment = physical_offset >= 0 ? find_segment (self, physical_offset) : NULL;
  uint32_t at = (uint32_t) (physical_offset & SEGMENT_MASK);
  g_autofree char *name = NULL;
  const Entry *entry;
  RmqRecord record;
  Kept *kept;

  if (segment == NULL || at >= segment->len
      || !_rmq_record_decode (&record, segment->data + at, segment->len - at, 0, NULL)
      || record.physical_offset != physical_offset)
    return false;
  name = g_strdup_printf ("%.*s\1%d", (int) record.topic.len, record.topic.data, record.queue_id);
  kept = g_hash_table_lookup (self->queues, name);
  if (kept == NULL || record.queue_offset < kept->min_offset || record.queue_offset >= kept->max_offset)
    return false;
  entry = &kept->entries[kept->first + (size_t) (record.queue_offset - kept->min_offset)];
  if (entry->physical_offset != physical_offset)
    return false;
  *stored = (RmqStoredRecord){ record.queue_offset, physical_offset, entry->tags_code, record.total_size,
                               segment->data + at };
  return true;
}

/* --- state --------------------------------------------------------------------------------------------------- */

static void
memory_store_put_state (RmqBrokerStore *store, const char *table, const char *key, GBytes *value)
{
  RmqMemoryStore *self = memory_store (store);
  GHashTable *entries = g_hash_table_lookup (self->state, table);

  if (entries == NULL)
    {
      entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
      g_hash_table_insert (self->state, g_strdup (table), entries);
    }
  if (value != NULL)
    g_hash_table_replace (entries, g_strdup (key), g_bytes_ref (value));
  else
    g_hash_table_remove (entries, key);
}

static void
memory_store_each_state (RmqBrokerStore *store, const char *table, RmqStateVisit visit, void *data)
{
  GHashTable *entries = g_hash_table_lookup (memory_store (store)->state, table);
  GHashTableIter iter;
  void *key;
  void *value;

  if (entries == NULL)
    return;
  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    visit (key, value, data);
}

/* --- the object ---------------------------------------------------------------------------------------------- */

static bool
memory_store_open (RmqBrokerStore *store, const RmqStoreOptions *options, GError **error)
{
  RmqMemoryStore *self = memory_store (store);

  self->options = *options;
  self->options.directory = NULL;
  self->max_bytes = options->max_bytes == 0 ? DEFAULT_MAX_BYTES : MAX (options->max_bytes, MIN_BYTES);
  self->segment_bytes = (uint32_t) CLAMP (self->max_bytes / SEGMENTS, MIN_SEGMENT, MAX_SEGMENT);
  return true;
}

static bool
memory_store_close (RmqBrokerStore *store, GError **error)
{
  RmqMemoryStore *self = memory_store (store);
  GHashTableIter iter;
  void *kept;

  self->options.trimmed = NULL;
  g_hash_table_iter_init (&iter, self->queues);
  while (g_hash_table_iter_next (&iter, NULL, &kept))
    ((Kept *) kept)->queue = NULL;
  return true;
}

static void
memory_store_get_stats (RmqBrokerStore *store, RmqStoreStats *stats)
{
  RmqMemoryStore *self = memory_store (store);
  Segment *first = first_segment (self);
  Segment *last = last_segment (self);

  stats->n_bytes = self->n_bytes;
  stats->n_records = self->n_records;
  stats->n_put = self->n_put;
  stats->n_put_bytes = self->n_put_bytes;
  stats->min_physical_offset = first != NULL ? segment_offset (first) : self->next_number << SEGMENT_SHIFT;
  stats->max_physical_offset = last != NULL ? segment_offset (last) + last->len : self->next_number << SEGMENT_SHIFT;
}

static void
memory_store_finalize (GObject *object)
{
  RmqMemoryStore *self = (RmqMemoryStore *) object;

  g_ptr_array_unref (self->segments);
  g_hash_table_unref (self->queues);
  g_hash_table_unref (self->state);
  G_OBJECT_CLASS (_rmq_memory_store_parent_class)->finalize (object);
}

static void
_rmq_memory_store_class_init (RmqMemoryStoreClass *klass)
{
  RmqBrokerStoreClass *store_class = (RmqBrokerStoreClass *) klass;

  G_OBJECT_CLASS (klass)->finalize = memory_store_finalize;
  store_class->open = memory_store_open;
  store_class->close = memory_store_close;
  store_class->attach = memory_store_attach;
  store_class->detach = memory_store_detach;
  store_class->append = memory_store_append;
  store_class->is_durable = memory_store_is_durable;
  store_class->when_durable = memory_store_when_durable;
  store_class->scan = memory_store_scan;
  store_class->lookup = memory_store_lookup;
  store_class->query = memory_store_query;
  store_class->get_store_time = memory_store_get_store_time;
  store_class->put_state = memory_store_put_state;
  store_class->each_state = memory_store_each_state;
  store_class->get_stats = memory_store_get_stats;
}

static void
_rmq_memory_store_init (RmqMemoryStore *self)
{
  self->segments = g_ptr_array_new_with_free_func (segment_free);
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, kept_unref);
  self->state = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
}

RmqBrokerStore *
_rmq_memory_store_new (void)
{
  return g_object_new (_rmq_memory_store_get_type (), NULL);
}
