/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqSqliteStore: a store in one SQLite file, for a broker with a data folder. Its two halves share this struct: the
 * file, its transactions and named state are in rmq-sqlite-store.c, records and queues in rmq-sqlite-records.c.
 *
 * One connection, in the broker's thread. What is appended joins the open transaction and is visible at once; the
 * commit ends it for everyone who waits (group commit). Records are rows of a table, so that they can be looked at with
 * the command sqlite3.
 */
#pragma once

#include <sqlite3.h>
#include "rmq-broker-store-private.h"

#define RMQ_SQLITE_STORE_FILE "store.sqlite"

typedef enum
{
  RMQ_SQLITE_BEGIN,
  RMQ_SQLITE_COMMIT,
  RMQ_SQLITE_COUNT,
  RMQ_SQLITE_FIND_QUEUE,
  RMQ_SQLITE_ADD_QUEUE,
  RMQ_SQLITE_TRIM_QUEUE,
  RMQ_SQLITE_DROP_QUEUE,
  RMQ_SQLITE_MEASURE_QUEUE,
  RMQ_SQLITE_DROP_QUEUE_RECORDS,
  RMQ_SQLITE_ADD_RECORD,
  RMQ_SQLITE_ADD_KEY,
  RMQ_SQLITE_SCAN,
  RMQ_SQLITE_LOOKUP,
  RMQ_SQLITE_QUERY,
  RMQ_SQLITE_STORE_TIME,
  RMQ_SQLITE_OLDEST,
  RMQ_SQLITE_TRIM_RECORDS,
  RMQ_SQLITE_TRIM_KEYS,
  RMQ_SQLITE_PUT_STATE,
  RMQ_SQLITE_DROP_STATE,
  RMQ_SQLITE_EACH_STATE,
  RMQ_SQLITE_N_STATEMENTS,
} RmqSqliteStatement;

typedef struct
{
  RmqBrokerStore parent_instance;
  RmqStoreOptions options;
  char *path;

  sqlite3 *db;
  sqlite3_stmt *statements[RMQ_SQLITE_N_STATEMENTS];
  sqlite3_stmt *lent;  /* its row was given out; reset by the next call */
  GError *failed;      /* the disk failed: nothing is taken any more */
  GSource *commit;     /* while a transaction is open */
  int64_t began_us;    /* that transaction */
  size_t n_open_bytes; /* appended in it */
  GArray *waiters;     /* for its end */

  GHashTable *queues; /* int64_t id → RmqSqliteQueue */
  RmqByteWriter out;  /* one record */
  RmqStoreStats stats;
  bool trimmed; /* said once that the oldest go */
} RmqSqliteStore;

/* An attached queue. */
typedef struct
{
  int64_t id; /* in the file */
  RmqBrokerQueue *queue;
} RmqSqliteQueue;

RMQ_PRIVATE_BEGIN

/* The statement, ready for its values. */
sqlite3_stmt *_rmq_sqlite_store_prepare (RmqSqliteStore *self, RmqSqliteStatement which);
/* True: there is a row. False: there is none, or the store has failed now. */
bool _rmq_sqlite_store_step (RmqSqliteStore *self, sqlite3_stmt *statement);
/* To the end, without rows. */
void _rmq_sqlite_store_run (RmqSqliteStore *self, sqlite3_stmt *statement);
/* False with error: it has failed. */
bool _rmq_sqlite_store_check (RmqSqliteStore *self, GError **error);
/* Opens a transaction unless there is one. */
void _rmq_sqlite_store_begin (RmqSqliteStore *self);
/* Commits now when much waits already. */
void _rmq_sqlite_store_appended (RmqSqliteStore *self, size_t n_bytes);

/* rmq-sqlite-records.c: fills in the vfuncs of records and queues. */
void _rmq_sqlite_records_init_class (RmqBrokerStoreClass *klass);

RMQ_PRIVATE_END
