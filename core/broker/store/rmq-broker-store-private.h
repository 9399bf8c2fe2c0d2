/* SPDX-License-Identifier: Apache-2.0
 *
 * Where records are kept: the extension point `store`. A store knows queues, records and named state; it knows no
 * topics' settings, no groups and no requests. All calls in the broker's context. Records are numbered twice: in their
 * queue, without a gap, and physically, over all queues and rising, perhaps with gaps.
 */
#pragma once

#include <gio/gio.h>
#include "remoting/rmq-io-private.h"
#include "broker/rmq-broker-types-private.h"
#include "wire/rmq-header-private.h"
#include "wire/rmq-record-private.h"

/* One stored record; data is valid until the next call of the store. */
typedef struct
{
  int64_t queue_offset;
  int64_t physical_offset;
  int32_t tags_code; /* Java hash of the tag; 0: none */
  uint32_t size;
  const uint8_t *data; /* the record as it goes to clients */
} RmqStoredRecord;

/* False: no more. */
typedef bool (*RmqStoredVisit) (const RmqStoredRecord *stored, void *data);
typedef void (*RmqStateVisit) (const char *key, GBytes *value, void *data);
typedef void (*RmqStoreDurable) (const GError *error, void *data);

typedef enum
{
  RMQ_STORE_INDEX_KEY,    /* one of KEYS */
  RMQ_STORE_INDEX_UNIQUE, /* UNIQ_KEY */
} RmqStoreIndex;

typedef struct
{
  RmqIo *io;             /* of the broker: context, clock, timers; lives as long as the store is open */
  const char *directory; /* NULL: none */
  uint64_t max_bytes;    /* of records and indexes; 0: the store's own default */
  bool refuse_when_full; /* instead of dropping the oldest */
  bool sync_flush;       /* when_durable () waits for the disk */
  int64_t flush_ms;      /* the window of an asynchronous flush */
  /* Oldest records went: min_offset of that queue rose. May be NULL. */
  void (*trimmed) (RmqBrokerQueue *queue, void *data);
  void *data;
} RmqStoreOptions;

typedef struct
{
  uint64_t n_bytes;   /* that the records take now */
  uint64_t n_records; /* kept now */
  uint64_t n_put;     /* since it was opened */
  uint64_t n_put_bytes;
  int64_t min_physical_offset;
  int64_t max_physical_offset; /* of the next record */
} RmqStoreStats;

/* Names of the state tables in use. A module that keeps state takes a name of its own. */
#define RMQ_STATE_TOPICS "topics"
#define RMQ_STATE_GROUPS "groups"
#define RMQ_STATE_OFFSETS "offsets"
#define RMQ_STATE_KV "kv"

#define RMQ_BROKER_TYPE_STORE (_rmq_broker_store_get_type ())
#define RMQ_BROKER_STORE_GET_CLASS(object)                                                                             \
  (G_TYPE_INSTANCE_GET_CLASS ((object), RMQ_BROKER_TYPE_STORE, RmqBrokerStoreClass))
#define RMQ_BROKER_STORE(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), RMQ_BROKER_TYPE_STORE, RmqBrokerStore))

struct _RmqBrokerStore
{
  GObject parent_instance;
};

typedef struct
{
  GObjectClass parent_class;

  /* Once after it was made, and again after each close. A damaged or foreign file is refused, never repaired by loss.
   */
  bool (*open) (RmqBrokerStore *self, const RmqStoreOptions *options, GError **error);
  /* Everything is durable after it. What the store held stays for the next open. */
  bool (*close) (RmqBrokerStore *self, GError **error);

  /* Makes queue usable, new or with what the store has of it (by topic name and id): sets min_offset, max_offset,
   * last_store_ms and store_data. */
  bool (*attach) (RmqBrokerStore *self, RmqBrokerQueue *queue, GError **error);
  /* destroy: the records of the queue are forgotten, and it begins at 0 when it is attached again. */
  void (*detach) (RmqBrokerStore *self, RmqBrokerQueue *queue, bool destroy);

  /* All or none, visible at once. Sets queue_offset, physical_offset and total_size of each record, and max_offset and
   * last_store_ms of the queue. RMQ_ERROR_QUOTA: full and not allowed to trim. */
  bool (*append) (RmqBrokerStore *self, RmqBrokerQueue *queue, RmqBrokerMessage *messages, unsigned n, GError **error);
  /* All that was appended or put so far is as durable as it gets: a send may be answered at once. */
  bool (*is_durable) (RmqBrokerStore *self);
  /* Called while it is not: func comes later, in the broker's context, when all that is there by now is on disk; error
   * when the disk failed. At the latest close () calls it. */
  void (*when_durable) (RmqBrokerStore *self, RmqStoreDurable func, void *data);

  /* In order, from offset (≥ min_offset) on. visit may not call the store. */
  void (*scan) (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t offset, RmqStoredVisit visit, void *data);
  /* The record that begins exactly there. */
  bool (*lookup) (RmqBrokerStore *self, int64_t physical_offset, RmqStoredRecord *stored);
  /* Records of the topic with that key, newest first; candidates whose hash alone agrees may be among them. */
  void (*query) (RmqBrokerStore *self,
                 RmqSlice topic,
                 RmqSlice key,
                 RmqStoreIndex index,
                 RmqStoredVisit visit,
                 void *data);
  /* Of one record; -1 when it is not kept. */
  int64_t (*get_store_time) (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t offset);

  /* Small named values, durable with the records around them. value NULL removes. */
  void (*put_state) (RmqBrokerStore *self, const char *table, const char *key, GBytes *value);
  void (*each_state) (RmqBrokerStore *self, const char *table, RmqStateVisit visit, void *data);

  void (*get_stats) (RmqBrokerStore *self, RmqStoreStats *stats);

  void *reserved[8];
} RmqBrokerStoreClass;

/* What a read is to find, and what it found. */
typedef struct
{
  RmqBrokerFilter *filter; /* or NULL: everything */
  int64_t offset;          /* where to begin, min_offset … max_offset */
  unsigned max_messages;
  unsigned max_examined;
  size_t max_bytes;     /* at least one message comes all the same */
  RmqByteWriter *out;   /* records, one after the other; or NULL */
  RmqStoredVisit found; /* of each one, or NULL; its answer counts */
  void *data;

  int64_t next_offset; /* behind what was examined */
  unsigned n_messages;
  unsigned n_examined;
} RmqBrokerRead;

RMQ_PRIVATE_BEGIN

GType _rmq_broker_store_get_type (void) G_GNUC_CONST;

/* As the vfuncs say. */
bool _rmq_broker_store_open (RmqBrokerStore *self, const RmqStoreOptions *options, GError **error);
bool _rmq_broker_store_close (RmqBrokerStore *self, GError **error);
bool _rmq_broker_store_attach (RmqBrokerStore *self, RmqBrokerQueue *queue, GError **error);
void _rmq_broker_store_detach (RmqBrokerStore *self, RmqBrokerQueue *queue, bool destroy);
bool _rmq_broker_store_append (RmqBrokerStore *self,
                               RmqBrokerQueue *queue,
                               RmqBrokerMessage *messages,
                               unsigned n,
                               GError **error);
bool _rmq_broker_store_is_durable (RmqBrokerStore *self);
void _rmq_broker_store_when_durable (RmqBrokerStore *self, RmqStoreDurable func, void *data);
void _rmq_broker_store_scan (RmqBrokerStore *self,
                             RmqBrokerQueue *queue,
                             int64_t offset,
                             RmqStoredVisit visit,
                             void *data);
bool _rmq_broker_store_lookup (RmqBrokerStore *self, int64_t physical_offset, RmqStoredRecord *stored);
void _rmq_broker_store_query (RmqBrokerStore *self,
                              RmqSlice topic,
                              RmqSlice key,
                              RmqStoreIndex index,
                              RmqStoredVisit visit,
                              void *data);
int64_t _rmq_broker_store_get_store_time (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t offset);
void _rmq_broker_store_put_state (RmqBrokerStore *self, const char *table, const char *key, GBytes *value);
void _rmq_broker_store_each_state (RmqBrokerStore *self, const char *table, RmqStateVisit visit, void *data);
void _rmq_broker_store_get_stats (RmqBrokerStore *self, RmqStoreStats *stats);

/* A bounded, filtered scan: what pull, POP and the tools read with. */
void _rmq_broker_store_read (RmqBrokerStore *self, RmqBrokerQueue *queue, RmqBrokerRead *read);
/* LOWER: the first offset with a store time ≥ time_ms, max_offset when all are older. UPPER: the last one with a store
 * time ≤ time_ms, min_offset when all are newer. 0 for a queue that never held anything. */
int64_t _rmq_broker_store_find_time (RmqBrokerStore *self,
                                     RmqBrokerQueue *queue,
                                     int64_t time_ms,
                                     RmqBoundary boundary);

/* In memory, bounded by bytes, the oldest go first. Survives close and open, not its last reference. */
GType _rmq_memory_store_get_type (void) G_GNUC_CONST;
RmqBrokerStore *_rmq_memory_store_new (void);
/* In one file in options->directory. */
GType _rmq_sqlite_store_get_type (void) G_GNUC_CONST;
RmqBrokerStore *_rmq_sqlite_store_new (void);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqBrokerStore, g_object_unref)
