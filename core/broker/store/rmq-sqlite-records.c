/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and queues of RmqSqliteStore. A record is one row, numbered by its physical offset; queues find theirs by an
 * index; keys are rows in buckets that follow the physical offset, so that they are written near one another and go
 * with their records.
 */
#include "rmq-sqlite-store-private.h"

#include <inttypes.h>

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-broker-keys-private.h"
#include "broker/rmq-broker-put-private.h"
#include "broker/tables/rmq-broker-topics-private.h"

/* The keys of 64 MiB of records. */
#define BUCKET_SHIFT 26
/* Trimming goes a little below the limit, so that not every message trims. */
#define TRIM_PART 32

static RmqSqliteStore *
sqlite_store (RmqBrokerStore *store)
{
  return (RmqSqliteStore *) store;
}

/* --- queues -------------------------------------------------------------------------------------------------- */

static bool
sqlite_store_attach (RmqBrokerStore *store, RmqBrokerQueue *queue, GError **error)
{
  RmqSqliteStore *self = sqlite_store (store);
  sqlite3_stmt *find = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_FIND_QUEUE);
  RmqSqliteQueue *attached;
  int64_t id;

  queue->min_offset = queue->max_offset = queue->last_store_ms = 0;
  sqlite3_bind_text (find, 1, queue->topic->name, -1, SQLITE_STATIC);
  sqlite3_bind_int (find, 2, queue->id);
  if (_rmq_sqlite_store_step (self, find))
    {
      id = sqlite3_column_int64 (find, 0);
      queue->min_offset = sqlite3_column_int64 (find, 1);
      queue->max_offset = sqlite3_column_int64 (find, 2);
      if (sqlite3_column_type (find, 3) != SQLITE_NULL)
        {
          queue->max_offset = MAX (queue->max_offset, sqlite3_column_int64 (find, 3) + 1);
          queue->last_store_ms = sqlite3_column_int64 (find, 4);
        }
      sqlite3_reset (find);
    }
  else
    {
      sqlite3_stmt *add;

      _rmq_sqlite_store_begin (self);
      add = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_ADD_QUEUE);
      sqlite3_bind_text (add, 1, queue->topic->name, -1, SQLITE_STATIC);
      sqlite3_bind_int (add, 2, queue->id);
      _rmq_sqlite_store_run (self, add);
      id = sqlite3_last_insert_rowid (self->db);
    }
  if (!_rmq_sqlite_store_check (self, error))
    return false;

  attached = g_new (RmqSqliteQueue, 1);
  *attached = (RmqSqliteQueue){ id, queue };
  g_hash_table_replace (self->queues, &attached->id, attached);
  queue->store_data = attached;
  return true;
}

static void
destroy_queue (RmqSqliteStore *self, int64_t id)
{
  sqlite3_stmt *statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_MEASURE_QUEUE);

  sqlite3_bind_int64 (statement, 1, id);
  if (_rmq_sqlite_store_step (self, statement))
    {
      self->stats.n_records -= (uint64_t) sqlite3_column_int64 (statement, 0);
      self->stats.n_bytes -= (uint64_t) sqlite3_column_int64 (statement, 1);
    }
  sqlite3_reset (statement);
  _rmq_sqlite_store_begin (self);
  /* Keys of records that are no more find nothing, and go with their bucket. */
  statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_DROP_QUEUE_RECORDS);
  sqlite3_bind_int64 (statement, 1, id);
  _rmq_sqlite_store_run (self, statement);
  statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_DROP_QUEUE);
  sqlite3_bind_int64 (statement, 1, id);
  _rmq_sqlite_store_run (self, statement);
}

static void
sqlite_store_detach (RmqBrokerStore *store, RmqBrokerQueue *queue, bool destroy)
{
  RmqSqliteStore *self = sqlite_store (store);
  RmqSqliteQueue *attached = g_steal_pointer (&queue->store_data);

  if (attached == NULL)
    return;
  if (destroy)
    destroy_queue (self, attached->id);
  g_hash_table_remove (self->queues, &attached->id);
}

/* --- the oldest go ------------------------------------------------------------------------------------------- */

static void
set_min_offset (RmqSqliteStore *self, int64_t id, int64_t min_offset)
{
  RmqSqliteQueue *attached = g_hash_table_lookup (self->queues, &id);
  sqlite3_stmt *statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_TRIM_QUEUE);

  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int64 (statement, 2, min_offset);
  _rmq_sqlite_store_run (self, statement);
  if (attached == NULL)
    return;
  attached->queue->min_offset = min_offset;
  if (self->options.trimmed != NULL)
    self->options.trimmed (attached->queue, self->options.data);
}

/* Records lie in the order of their queues: what is left of each begins behind the last one that went. */
static void
trim (RmqSqliteStore *self)
{
  uint64_t limit = self->options.max_bytes - self->options.max_bytes / TRIM_PART;
  g_autoptr (GHashTable) ends = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  sqlite3_stmt *statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_OLDEST);
  int64_t last = -1;
  GHashTableIter iter;
  void *id;
  void *end;

  if (!self->trimmed)
    rmq_warning ("store", "sqlite", "The store is full (%" PRIu64 " bytes): the oldest messages go from now on",
                 self->options.max_bytes);
  self->trimmed = true;
  while (self->stats.n_bytes > limit && _rmq_sqlite_store_step (self, statement))
    {
      int64_t queue = sqlite3_column_int64 (statement, 1);
      int64_t min_offset = sqlite3_column_int64 (statement, 2) + 1;

      last = sqlite3_column_int64 (statement, 0);
      g_hash_table_replace (ends, g_memdup2 (&queue, sizeof queue), g_memdup2 (&min_offset, sizeof min_offset));
      self->stats.n_bytes -= (uint64_t) sqlite3_column_int64 (statement, 3);
      self->stats.n_records--;
    }
  sqlite3_reset (statement);
  g_hash_table_iter_init (&iter, ends);
  while (g_hash_table_iter_next (&iter, &id, &end))
    set_min_offset (self, *(int64_t *) id, *(int64_t *) end);

  statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_TRIM_RECORDS);
  sqlite3_bind_int64 (statement, 1, last);
  _rmq_sqlite_store_run (self, statement);
  statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_TRIM_KEYS);
  sqlite3_bind_int64 (statement, 1, last >> BUCKET_SHIFT);
  _rmq_sqlite_store_run (self, statement);
}

static bool
is_full (RmqSqliteStore *self, size_t size)
{
  return self->options.max_bytes > 0 && self->stats.n_bytes + size > self->options.max_bytes;
}

/* --- append -------------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqSqliteStore *self;
  RmqSlice topic;
  int64_t physical_offset;
} AddKey;

static void
add_key (RmqSlice key, RmqStoreIndex index, void *data)
{
  AddKey *add = data;
  sqlite3_stmt *statement = _rmq_sqlite_store_prepare (add->self, RMQ_SQLITE_ADD_KEY);

  sqlite3_bind_int64 (statement, 1, add->physical_offset >> BUCKET_SHIFT);
  sqlite3_bind_int64 (statement, 2, _rmq_broker_key_hash (add->topic, key, index));
  sqlite3_bind_int64 (statement, 3, add->physical_offset);
  _rmq_sqlite_store_run (add->self, statement);
}

static void
append_one (RmqSqliteStore *self, RmqBrokerQueue *queue, RmqBrokerMessage *message)
{
  RmqRecord *record = &message->record;
  RmqSqliteQueue *attached = queue->store_data;
  AddKey add = { self, record->topic, self->stats.max_physical_offset };
  sqlite3_stmt *statement;

  record->queue_offset = queue->max_offset;
  record->physical_offset = self->stats.max_physical_offset;
  record->store_timestamp = MAX (record->store_timestamp, queue->last_store_ms);
  self->out.len = 0;
  _rmq_record_encode (record, &self->out);
  record->total_size = (uint32_t) self->out.len;

  statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_ADD_RECORD);
  sqlite3_bind_int64 (statement, 1, record->physical_offset);
  sqlite3_bind_int64 (statement, 2, attached->id);
  sqlite3_bind_int64 (statement, 3, record->queue_offset);
  sqlite3_bind_int (statement, 4, message->tags_code);
  sqlite3_bind_int64 (statement, 5, record->store_timestamp);
  sqlite3_bind_blob64 (statement, 6, self->out.data, self->out.len, SQLITE_STATIC);
  _rmq_sqlite_store_run (self, statement);
  _rmq_broker_message_each_key (message, add_key, &add);

  queue->max_offset++;
  queue->last_store_ms = record->store_timestamp;
  self->stats.max_physical_offset += record->total_size;
  self->stats.n_bytes += record->total_size;
  self->stats.n_records++;
  self->stats.n_put++;
  self->stats.n_put_bytes += record->total_size;
}

static bool
sqlite_store_append (RmqBrokerStore *store,
                     RmqBrokerQueue *queue,
                     RmqBrokerMessage *messages,
                     unsigned n,
                     GError **error)
{
  RmqSqliteStore *self = sqlite_store (store);
  size_t size = 0;

  if (!_rmq_sqlite_store_check (self, error) || !_rmq_broker_messages_measure (messages, n, &size, error))
    return false;
  if (self->options.refuse_when_full && is_full (self, size))
    {
      _rmq_set_error (error, RMQ_ERROR_QUOTA, NULL, "The store is full (%" PRIu64 " bytes)", self->options.max_bytes);
      return false;
    }
  _rmq_sqlite_store_begin (self);
  for (unsigned i = 0; i < n; i++)
    append_one (self, queue, &messages[i]);
  if (is_full (self, 0))
    trim (self);
  _rmq_sqlite_store_appended (self, size);
  return _rmq_sqlite_store_check (self, error);
}

/* --- reads --------------------------------------------------------------------------------------------------- */

/* Of the columns physical, offset, tags, data. */
static RmqStoredRecord
get_record (sqlite3_stmt *row)
{
  return (RmqStoredRecord){ .physical_offset = sqlite3_column_int64 (row, 0),
                            .queue_offset = sqlite3_column_int64 (row, 1),
                            .tags_code = sqlite3_column_int (row, 2),
                            .data = sqlite3_column_blob (row, 3),
                            .size = (uint32_t) sqlite3_column_bytes (row, 3) };
}

static void
sqlite_store_scan (RmqBrokerStore *store, RmqBrokerQueue *queue, int64_t offset, RmqStoredVisit visit, void *data)
{
  RmqSqliteStore *self = sqlite_store (store);
  RmqSqliteQueue *attached = queue->store_data;
  sqlite3_stmt *row = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_SCAN);

  sqlite3_bind_int64 (row, 1, attached->id);
  sqlite3_bind_int64 (row, 2, offset);
  while (_rmq_sqlite_store_step (self, row))
    {
      RmqStoredRecord stored = get_record (row);

      if (!visit (&stored, data))
        break;
    }
  sqlite3_reset (row);
}

static bool
sqlite_store_lookup (RmqBrokerStore *store, int64_t physical_offset, RmqStoredRecord *stored)
{
  RmqSqliteStore *self = sqlite_store (store);
  sqlite3_stmt *row = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_LOOKUP);

  sqlite3_bind_int64 (row, 1, physical_offset);
  if (!_rmq_sqlite_store_step (self, row))
    return false;
  *stored = get_record (row);
  self->lent = row;
  return true;
}

/* True: the visitor wants no more. */
static bool
query_bucket (RmqSqliteStore *self,
              int64_t bucket,
              RmqSlice topic,
              RmqSlice key,
              RmqStoreIndex index,
              RmqStoredVisit visit,
              void *data)
{
  sqlite3_stmt *row = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_QUERY);
  bool enough = false;

  sqlite3_bind_int64 (row, 1, bucket);
  sqlite3_bind_int64 (row, 2, _rmq_broker_key_hash (topic, key, index));
  while (!enough && _rmq_sqlite_store_step (self, row))
    {
      RmqStoredRecord stored = get_record (row);
      RmqRecord record;

      enough = _rmq_record_decode (&record, stored.data, stored.size, 0, NULL)
               && _rmq_broker_record_has_key (&record, topic, key, index) && !visit (&stored, data);
    }
  sqlite3_reset (row);
  return enough;
}

/* -1: there is no record at all. */
static int64_t
find_oldest (RmqSqliteStore *self)
{
  sqlite3_stmt *row = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_OLDEST);
  int64_t physical_offset = -1;

  if (_rmq_sqlite_store_step (self, row))
    physical_offset = sqlite3_column_int64 (row, 0);
  sqlite3_reset (row);
  return physical_offset;
}

static void
sqlite_store_query (RmqBrokerStore *store,
                    RmqSlice topic,
                    RmqSlice key,
                    RmqStoreIndex index,
                    RmqStoredVisit visit,
                    void *data)
{
  RmqSqliteStore *self = sqlite_store (store);
  int64_t oldest = key.len > 0 ? find_oldest (self) : -1;

  if (oldest < 0)
    return;
  for (int64_t bucket = self->stats.max_physical_offset >> BUCKET_SHIFT; bucket >= oldest >> BUCKET_SHIFT; bucket--)
    if (query_bucket (self, bucket, topic, key, index, visit, data))
      return;
}

static int64_t
sqlite_store_get_store_time (RmqBrokerStore *store, RmqBrokerQueue *queue, int64_t offset)
{
  RmqSqliteStore *self = sqlite_store (store);
  RmqSqliteQueue *attached = queue->store_data;
  sqlite3_stmt *row = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_STORE_TIME);
  int64_t time = -1;

  sqlite3_bind_int64 (row, 1, attached->id);
  sqlite3_bind_int64 (row, 2, offset);
  if (_rmq_sqlite_store_step (self, row))
    time = sqlite3_column_int64 (row, 0);
  sqlite3_reset (row);
  return time;
}

static void
sqlite_store_get_stats (RmqBrokerStore *store, RmqStoreStats *stats)
{
  RmqSqliteStore *self = sqlite_store (store);
  int64_t oldest = find_oldest (self);

  *stats = self->stats;
  stats->min_physical_offset = oldest >= 0 ? oldest : self->stats.max_physical_offset;
}

void
_rmq_sqlite_records_init_class (RmqBrokerStoreClass *klass)
{
  klass->attach = sqlite_store_attach;
  klass->detach = sqlite_store_detach;
  klass->append = sqlite_store_append;
  klass->scan = sqlite_store_scan;
  klass->lookup = sqlite_store_lookup;
  klass->query = sqlite_store_query;
  klass->get_store_time = sqlite_store_get_store_time;
  klass->get_stats = sqlite_store_get_stats;
}
