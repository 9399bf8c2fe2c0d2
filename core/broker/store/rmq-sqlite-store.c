/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of RmqSqliteStore: schema and its checks, transactions and who waits for them, named state.
 */
#include "rmq-sqlite-store-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"

#define APPLICATION_ID 0x524d5142 /* "RMQB" */
#define SCHEMA_VERSION 1
/* A record is hardly larger than a frame was. */
#define MAX_RECORD_BYTES (32u * 1024 * 1024)
/* Ends an asynchronous window early, so that one commit does not stop the broker for long. */
#define MAX_OPEN_BYTES (16u * 1024 * 1024)

static const char schema[] =
    "CREATE TABLE queues (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, queue INTEGER NOT NULL,"
    " min_offset INTEGER NOT NULL, max_offset INTEGER NOT NULL, UNIQUE (topic, queue));"
    "CREATE TABLE records (physical INTEGER PRIMARY KEY, queue INTEGER NOT NULL, offset INTEGER NOT NULL,"
    " tags INTEGER NOT NULL, time INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE UNIQUE INDEX records_by_queue ON records (queue, offset);"
    "CREATE TABLE keys (bucket INTEGER, hash INTEGER, physical INTEGER, PRIMARY KEY (bucket, hash, physical))"
    " WITHOUT ROWID;"
    "CREATE TABLE state (name TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;"
    "CREATE TABLE counters (id INTEGER PRIMARY KEY CHECK (id = 1), next_physical INTEGER NOT NULL,"
    " n_bytes INTEGER NOT NULL, n_records INTEGER NOT NULL);"
    "INSERT INTO counters VALUES (1, 0, 0, 0);";

static const char *const texts[RMQ_SQLITE_N_STATEMENTS] = {
  [RMQ_SQLITE_BEGIN] = "BEGIN IMMEDIATE",
  [RMQ_SQLITE_COMMIT] = "COMMIT",
  [RMQ_SQLITE_COUNT] = "UPDATE counters SET next_physical = ?1, n_bytes = ?2, n_records = ?3",
  [RMQ_SQLITE_FIND_QUEUE] =
      "SELECT q.id, q.min_offset, q.max_offset, r.offset, r.time FROM queues q LEFT JOIN records r"
      " ON r.queue = q.id WHERE q.topic = ?1 AND q.queue = ?2 ORDER BY r.offset DESC LIMIT 1",
  [RMQ_SQLITE_ADD_QUEUE] = "INSERT INTO queues (topic, queue, min_offset, max_offset) VALUES (?1, ?2, 0, 0)",
  [RMQ_SQLITE_TRIM_QUEUE] = "UPDATE queues SET min_offset = ?2, max_offset = MAX (max_offset, ?2) WHERE id = ?1",
  [RMQ_SQLITE_DROP_QUEUE] = "DELETE FROM queues WHERE id = ?1",
  [RMQ_SQLITE_MEASURE_QUEUE] = "SELECT COUNT (*), COALESCE (SUM (LENGTH (data)), 0) FROM records WHERE queue = ?1",
  [RMQ_SQLITE_DROP_QUEUE_RECORDS] = "DELETE FROM records WHERE queue = ?1",
  [RMQ_SQLITE_ADD_RECORD] = "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  [RMQ_SQLITE_ADD_KEY] = "INSERT OR IGNORE INTO keys VALUES (?1, ?2, ?3)",
  [RMQ_SQLITE_SCAN] = "SELECT physical, offset, tags, data FROM records WHERE queue = ?1 AND offset >= ?2"
                      " ORDER BY offset",
  [RMQ_SQLITE_LOOKUP] = "SELECT physical, offset, tags, data FROM records WHERE physical = ?1",
  [RMQ_SQLITE_QUERY] = "SELECT r.physical, r.offset, r.tags, r.data FROM keys k JOIN records r"
                       " ON r.physical = k.physical WHERE k.bucket = ?1 AND k.hash = ?2 ORDER BY k.physical DESC",
  [RMQ_SQLITE_STORE_TIME] = "SELECT time FROM records WHERE queue = ?1 AND offset = ?2",
  [RMQ_SQLITE_OLDEST] = "SELECT physical, queue, offset, LENGTH (data) FROM records ORDER BY physical",
  [RMQ_SQLITE_TRIM_RECORDS] = "DELETE FROM records WHERE physical <= ?1",
  [RMQ_SQLITE_TRIM_KEYS] = "DELETE FROM keys WHERE bucket < ?1",
  [RMQ_SQLITE_PUT_STATE] = "INSERT OR REPLACE INTO state VALUES (?1, ?2, ?3)",
  [RMQ_SQLITE_DROP_STATE] = "DELETE FROM state WHERE name = ?1 AND key = ?2",
  [RMQ_SQLITE_EACH_STATE] = "SELECT key, value FROM state WHERE name = ?1",
};

typedef struct
{
  RmqStoreDurable func;
  void *data;
} Waiter;

typedef struct
{
  RmqBrokerStoreClass parent_class;
} RmqSqliteStoreClass;

G_DEFINE_TYPE (RmqSqliteStore, _rmq_sqlite_store, RMQ_BROKER_TYPE_STORE)

static RmqSqliteStore *
sqlite_store (RmqBrokerStore *store)
{
  return (RmqSqliteStore *) store;
}

/* --- failure ------------------------------------------------------------------------------------------------- */

static void
tell_waiters (RmqSqliteStore *self, const GError *error)
{
  g_autoptr (GArray) waiters = g_steal_pointer (&self->waiters);

  self->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  for (unsigned i = 0; i < waiters->len; i++)
    g_array_index (waiters, Waiter, i).func (error, g_array_index (waiters, Waiter, i).data);
}

/* What the open transaction holds was seen already and cannot be taken back in memory: the store is of no use until it
 * is opened anew, which shows what the disk has. */
static void
fail (RmqSqliteStore *self)
{
  if (self->failed != NULL)
    return;
  self->failed = _rmq_error_new (RMQ_ERROR_SERVICE_NOT_AVAILABLE, NULL,
                                 "The store %s failed: %s. Nothing is stored until the broker is started again",
                                 self->path, sqlite3_errmsg (self->db));
  rmq_warning ("store", "sqlite", "%s", self->failed->message);
  if (self->commit != NULL)
    g_source_set_ready_time (self->commit, 0);
}

bool
_rmq_sqlite_store_check (RmqSqliteStore *self, GError **error)
{
  if (self->failed == NULL)
    return true;
  g_propagate_error (error, g_error_copy (self->failed));
  return false;
}

/* --- statements ---------------------------------------------------------------------------------------------- */

sqlite3_stmt *
_rmq_sqlite_store_prepare (RmqSqliteStore *self, RmqSqliteStatement which)
{
  if (self->lent != NULL)
    sqlite3_reset (g_steal_pointer (&self->lent));
  sqlite3_reset (self->statements[which]);
  return self->statements[which];
}

bool
_rmq_sqlite_store_step (RmqSqliteStore *self, sqlite3_stmt *statement)
{
  int code = self->failed == NULL ? sqlite3_step (statement) : SQLITE_DONE;

  if (code == SQLITE_ROW)
    return true;
  if (code != SQLITE_DONE)
    fail (self);
  sqlite3_reset (statement);
  return false;
}

void
_rmq_sqlite_store_run (RmqSqliteStore *self, sqlite3_stmt *statement)
{
  while (_rmq_sqlite_store_step (self, statement))
    ;
}

/* --- transactions -------------------------------------------------------------------------------------------- */

static void
commit (RmqSqliteStore *self)
{
  if (self->commit == NULL)
    return;
  g_source_destroy (self->commit);
  g_clear_pointer (&self->commit, g_source_unref);
  self->n_open_bytes = 0;
  if (self->failed == NULL)
    {
      sqlite3_stmt *count = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_COUNT);

      sqlite3_bind_int64 (count, 1, self->stats.max_physical_offset);
      sqlite3_bind_int64 (count, 2, (int64_t) self->stats.n_bytes);
      sqlite3_bind_int64 (count, 3, (int64_t) self->stats.n_records);
      _rmq_sqlite_store_run (self, count);
      _rmq_sqlite_store_run (self, _rmq_sqlite_store_prepare (self, RMQ_SQLITE_COMMIT));
    }
  tell_waiters (self, self->failed);
}

static gboolean
commit_dispatch (GSource *source, GSourceFunc callback, void *data)
{
  return callback (data);
}

static gboolean
on_commit (void *data)
{
  commit (data);
  return G_SOURCE_REMOVE;
}

static GSourceFuncs commit_funcs = { .dispatch = commit_dispatch };

/* When flush is synchronous, the commit comes as soon as no other request is at hand: those that are share it. */
void
_rmq_sqlite_store_begin (RmqSqliteStore *self)
{
  if (self->commit != NULL || self->failed != NULL)
    return;
  _rmq_sqlite_store_run (self, _rmq_sqlite_store_prepare (self, RMQ_SQLITE_BEGIN));
  self->began_us = g_get_monotonic_time ();
  self->commit = g_source_new (&commit_funcs, sizeof (GSource));
  g_source_set_static_name (self->commit, "rmq-broker commit");
  g_source_set_callback (self->commit, on_commit, self, NULL);
  if (self->options.sync_flush)
    {
      g_source_set_priority (self->commit, G_PRIORITY_DEFAULT_IDLE);
      g_source_set_ready_time (self->commit, 0);
    }
  else
    g_source_set_ready_time (self->commit, self->began_us + self->options.flush_ms * G_TIME_SPAN_MILLISECOND);
  g_source_attach (self->commit, _rmq_io_get_context (self->options.io));
}

/* A flood of requests must not keep the commit away. */
void
_rmq_sqlite_store_appended (RmqSqliteStore *self, size_t n_bytes)
{
  int64_t window_us = self->options.flush_ms * G_TIME_SPAN_MILLISECOND;

  self->n_open_bytes += n_bytes;
  if (self->commit == NULL || g_source_get_priority (self->commit) == G_PRIORITY_HIGH)
    return;
  if (self->n_open_bytes < MAX_OPEN_BYTES && g_get_monotonic_time () - self->began_us < window_us)
    return;
  g_source_set_priority (self->commit, G_PRIORITY_HIGH);
  g_source_set_ready_time (self->commit, 0);
}

static bool
sqlite_store_is_durable (RmqBrokerStore *store)
{
  RmqSqliteStore *self = sqlite_store (store);

  return !self->options.sync_flush || self->commit == NULL;
}

static void
sqlite_store_when_durable (RmqBrokerStore *store, RmqStoreDurable func, void *data)
{
  Waiter waiter = { func, data };

  g_array_append_val (sqlite_store (store)->waiters, waiter);
}

/* --- the file ------------------------------------------------------------------------------------------------ */

/* Of a pragma or another question with one number for an answer. */
static bool
ask (RmqSqliteStore *self, const char *sql, int64_t *value)
{
  sqlite3_stmt *statement = NULL;
  bool found;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return false;
  found = sqlite3_step (statement) == SQLITE_ROW;
  if (found)
    *value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return found;
}

static bool
refuse (RmqSqliteStore *self, const char *what, GError **error)
{
  _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL,
                  "%s %s. It is left as it is: move it away to begin anew, or name "
                  "another data folder",
                  self->path, what);
  return false;
}

static bool
refuse_for_error (RmqSqliteStore *self, GError **error)
{
  g_autofree char *what = NULL;

  switch (sqlite3_errcode (self->db))
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return refuse (self, "is in use by another broker", error);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return refuse (self, "is damaged, or no store of a broker", error);
    default:
      what = g_strdup_printf ("cannot be used (%s)", sqlite3_errmsg (self->db));
      return refuse (self, what, error);
    }
}

static bool
check_damage (RmqSqliteStore *self, GError **error)
{
  sqlite3_stmt *statement = NULL;
  g_autofree char *what = NULL;
  bool good = false;

  if (sqlite3_prepare_v2 (self->db, "PRAGMA quick_check (1)", -1, &statement, NULL) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW)
    {
      const char *answer = (const char *) sqlite3_column_text (statement, 0);

      good = g_strcmp0 (answer, "ok") == 0;
      if (!good)
        what = g_strdup_printf ("is damaged (%s)", answer);
    }
  sqlite3_finalize (statement);
  if (good)
    return true;
  return what != NULL ? refuse (self, what, error) : refuse_for_error (self, error);
}

static bool
set_up_schema (RmqSqliteStore *self, GError **error)
{
  g_autofree char *mark = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; "
                                           "COMMIT;",
                                           schema, APPLICATION_ID, SCHEMA_VERSION);
  g_autofree char *what = NULL;
  int64_t id = 0;
  int64_t version = 0;
  int64_t n_tables = 0;

  if (!ask (self, "PRAGMA application_id", &id) || !ask (self, "PRAGMA user_version", &version)
      || !ask (self, "SELECT COUNT (*) FROM sqlite_schema", &n_tables))
    return refuse_for_error (self, error);
  if (id == 0 && n_tables == 0)
    return sqlite3_exec (self->db, mark, NULL, NULL, NULL) == SQLITE_OK || refuse_for_error (self, error);
  if (id != APPLICATION_ID)
    return refuse (self, "is no store of a broker", error);
  if (version != SCHEMA_VERSION)
    {
      what = g_strdup_printf ("has format %" G_GINT64_FORMAT "; this broker reads format %d", version, SCHEMA_VERSION);
      return refuse (self, what, error);
    }
  return check_damage (self, error);
}

static bool
read_counters (RmqSqliteStore *self, GError **error)
{
  int64_t next = 0;
  int64_t n_bytes = 0;
  int64_t n_records = 0;

  if (!ask (self, "SELECT next_physical FROM counters", &next) || !ask (self, "SELECT n_bytes FROM counters", &n_bytes)
      || !ask (self, "SELECT n_records FROM counters", &n_records))
    return refuse (self, "is damaged (its counters are not there)", error);
  self->stats =
      (RmqStoreStats){ .n_bytes = (uint64_t) n_bytes, .n_records = (uint64_t) n_records, .max_physical_offset = next };
  return true;
}

static bool
open_file (RmqSqliteStore *self, GError **error)
{
  /* Every commit is on the disk when it returns; asynchronous flush means fewer commits. The log is cut often enough
   * that no single checkpoint takes long. */
  static const char pragmas[] =
      "PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -8192;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;";

  if (sqlite3_open_v2 (self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
          != SQLITE_OK
      || sqlite3_exec (self->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
    return refuse_for_error (self, error);
  if (!set_up_schema (self, error) || !read_counters (self, error))
    return false;
  for (unsigned i = 0; i < RMQ_SQLITE_N_STATEMENTS; i++)
    if (sqlite3_prepare_v3 (self->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &self->statements[i], NULL) != SQLITE_OK)
      return refuse_for_error (self, error);
  return true;
}

static void
close_file (RmqSqliteStore *self)
{
  self->lent = NULL;
  for (unsigned i = 0; i < RMQ_SQLITE_N_STATEMENTS; i++)
    {
      sqlite3_finalize (self->statements[i]);
      self->statements[i] = NULL;
    }
  sqlite3_close (self->db);
  self->db = NULL;
  g_hash_table_remove_all (self->queues);
  g_clear_error (&self->failed);
  g_clear_pointer (&self->path, g_free);
}

static bool
sqlite_store_open (RmqBrokerStore *store, const RmqStoreOptions *options, GError **error)
{
  RmqSqliteStore *self = sqlite_store (store);

  if (options->directory == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "The sqlite store needs a data folder (storePathRootDir)");
      return false;
    }
  if (g_mkdir_with_parents (options->directory, 0700) != 0)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL, "The data folder %s cannot be made: %s",
                      options->directory, g_strerror (errno));
      return false;
    }
  self->options = *options;
  self->options.directory = NULL;
  self->path = g_build_filename (options->directory, RMQ_SQLITE_STORE_FILE, NULL);
  if (open_file (self, error))
    return true;
  close_file (self);
  return false;
}

static bool
sqlite_store_close (RmqBrokerStore *store, GError **error)
{
  RmqSqliteStore *self = sqlite_store (store);
  bool good;

  if (self->db == NULL)
    return true;
  commit (self);
  good = _rmq_sqlite_store_check (self, error);
  self->options.trimmed = NULL;
  close_file (self);
  return good;
}

/* --- state --------------------------------------------------------------------------------------------------- */

static void
sqlite_store_put_state (RmqBrokerStore *store, const char *table, const char *key, GBytes *value)
{
  RmqSqliteStore *self = sqlite_store (store);
  sqlite3_stmt *statement;

  _rmq_sqlite_store_begin (self);
  statement = _rmq_sqlite_store_prepare (self, value != NULL ? RMQ_SQLITE_PUT_STATE : RMQ_SQLITE_DROP_STATE);
  sqlite3_bind_text (statement, 1, table, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, key, -1, SQLITE_STATIC);
  if (value != NULL)
    sqlite3_bind_blob64 (statement, 3, g_bytes_get_size (value) > 0 ? g_bytes_get_data (value, NULL) : "",
                         g_bytes_get_size (value), SQLITE_STATIC);
  _rmq_sqlite_store_run (self, statement);
}

/* All are read first: visitors may put state. */
static void
sqlite_store_each_state (RmqBrokerStore *store, const char *table, RmqStateVisit visit, void *data)
{
  RmqSqliteStore *self = sqlite_store (store);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  sqlite3_stmt *statement = _rmq_sqlite_store_prepare (self, RMQ_SQLITE_EACH_STATE);

  sqlite3_bind_text (statement, 1, table, -1, SQLITE_STATIC);
  while (_rmq_sqlite_store_step (self, statement))
    {
      g_ptr_array_add (keys, g_strdup ((const char *) sqlite3_column_text (statement, 0)));
      g_ptr_array_add (values,
                       g_bytes_new (sqlite3_column_blob (statement, 1), (size_t) sqlite3_column_bytes (statement, 1)));
    }
  for (unsigned i = 0; i < keys->len; i++)
    visit (keys->pdata[i], values->pdata[i], data);
}

/* --- the object ---------------------------------------------------------------------------------------------- */

static void
sqlite_store_finalize (GObject *object)
{
  RmqSqliteStore *self = (RmqSqliteStore *) object;

  sqlite_store_close (&self->parent_instance, NULL);
  g_array_unref (self->waiters);
  g_hash_table_unref (self->queues);
  _rmq_byte_writer_clear (&self->out);
  G_OBJECT_CLASS (_rmq_sqlite_store_parent_class)->finalize (object);
}

static void
_rmq_sqlite_store_class_init (RmqSqliteStoreClass *klass)
{
  RmqBrokerStoreClass *store_class = (RmqBrokerStoreClass *) klass;

  G_OBJECT_CLASS (klass)->finalize = sqlite_store_finalize;
  store_class->open = sqlite_store_open;
  store_class->close = sqlite_store_close;
  store_class->is_durable = sqlite_store_is_durable;
  store_class->when_durable = sqlite_store_when_durable;
  store_class->put_state = sqlite_store_put_state;
  store_class->each_state = sqlite_store_each_state;
  _rmq_sqlite_records_init_class (store_class);
}

static void
_rmq_sqlite_store_init (RmqSqliteStore *self)
{
  self->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  self->out = RMQ_BYTE_WRITER_INIT (MAX_RECORD_BYTES);
  self->queues = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
}

RmqBrokerStore *
_rmq_sqlite_store_new (void)
{
  return g_object_new (_rmq_sqlite_store_get_type (), NULL);
}
