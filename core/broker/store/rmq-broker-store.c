/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerStore, the abstract class, and what can be said of any store in terms of its vfuncs: bounded and filtered
 * reads, search by time.
 */
#include "rmq-broker-store-private.h"

#include "broker/tables/rmq-broker-filter-private.h"
#include "broker/tables/rmq-broker-topics-private.h"

G_DEFINE_ABSTRACT_TYPE (RmqBrokerStore, _rmq_broker_store, G_TYPE_OBJECT)

static void
_rmq_broker_store_class_init (RmqBrokerStoreClass *klass)
{
}

static void
_rmq_broker_store_init (RmqBrokerStore *self)
{
}

bool
_rmq_broker_store_open (RmqBrokerStore *self, const RmqStoreOptions *options, GError **error)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->open (self, options, error);
}

bool
_rmq_broker_store_close (RmqBrokerStore *self, GError **error)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->close (self, error);
}

bool
_rmq_broker_store_attach (RmqBrokerStore *self, RmqBrokerQueue *queue, GError **error)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->attach (self, queue, error);
}

void
_rmq_broker_store_detach (RmqBrokerStore *self, RmqBrokerQueue *queue, bool destroy)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->detach (self, queue, destroy);
}

bool
_rmq_broker_store_append (RmqBrokerStore *self,
                          RmqBrokerQueue *queue,
                          RmqBrokerMessage *messages,
                          unsigned n,
                          GError **error)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->append (self, queue, messages, n, error);
}

bool
_rmq_broker_store_is_durable (RmqBrokerStore *self)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->is_durable (self);
}

void
_rmq_broker_store_when_durable (RmqBrokerStore *self, RmqStoreDurable func, void *data)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->when_durable (self, func, data);
}

void
_rmq_broker_store_scan (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t offset, RmqStoredVisit visit, void *data)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->scan (self, queue, offset, visit, data);
}

bool
_rmq_broker_store_lookup (RmqBrokerStore *self, int64_t physical_offset, RmqStoredRecord *stored)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->lookup (self, physical_offset, stored);
}

void
_rmq_broker_store_query (RmqBrokerStore *self,
                         RmqSlice topic,
                         RmqSlice key,
                         RmqStoreIndex index,
                         RmqStoredVisit visit,
                         void *data)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->query (self, topic, key, index, visit, data);
}

int64_t
_rmq_broker_store_get_store_time (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t offset)
{
  return RMQ_BROKER_STORE_GET_CLASS (self)->get_store_time (self, queue, offset);
}

void
_rmq_broker_store_put_state (RmqBrokerStore *self, const char *table, const char *key, GBytes *value)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->put_state (self, table, key, value);
}

void
_rmq_broker_store_each_state (RmqBrokerStore *self, const char *table, RmqStateVisit visit, void *data)
{
  RMQ_BROKER_STORE_GET_CLASS (self)->each_state (self, table, visit, data);
}

void
_rmq_broker_store_get_stats (RmqBrokerStore *self, RmqStoreStats *stats)
{
  *stats = (RmqStoreStats){ 0 };
  RMQ_BROKER_STORE_GET_CLASS (self)->get_stats (self, stats);
}

/* --- reads --------------------------------------------------------------------------------------------------- */

static bool
wanted (const RmqBrokerRead *read, const RmqStoredRecord *stored)
{
  RmqRecord record;

  if (read->filter == NULL)
    return true;
  if (!rmq_broker_filter_match_code (read->filter, stored->tags_code))
    return false;
  if (read->filter->klass->match_record == NULL)
    return true;
  return _rmq_record_decode (&record, stored->data, stored->size, 0, NULL)
         && read->filter->klass->match_record (read->filter, &record);
}

/* How many bytes came is not read off `out`, which may hold more. */
typedef struct
{
  RmqBrokerRead *read;
  size_t n_bytes;
} Reading;

static bool
read_one (const RmqStoredRecord *stored, void *data)
{
  Reading *reading = data;
  RmqBrokerRead *read = reading->read;

  if (read->n_examined >= read->max_examined || read->n_messages >= read->max_messages)
    return false;
  if (!wanted (read, stored))
    {
      read->n_examined++;
      read->next_offset = stored->queue_offset + 1;
      return true;
    }
  if (read->n_messages > 0 && reading->n_bytes + stored->size > read->max_bytes)
    return false;

  read->n_examined++;
  read->n_messages++;
  reading->n_bytes += stored->size;
  read->next_offset = stored->queue_offset + 1;
  if (read->out != NULL)
    rmq_byte_writer_bytes (read->out, stored->data, stored->size);
  if (read->found != NULL && !read->found (stored, read->data))
    return false;
  return read->n_messages < read->max_messages;
}

void
_rmq_broker_store_read (RmqBrokerStore *self, RmqBrokerQueue *queue, RmqBrokerRead *read)
{
  Reading reading = { read, 0 };

  read->next_offset = read->offset;
  read->n_messages = 0;
  read->n_examined = 0;
  if (read->offset >= queue->min_offset && read->offset < queue->max_offset && read->max_messages > 0)
    _rmq_broker_store_scan (self, queue, read->offset, read_one, &reading);
}

/* --- search by time ------------------------------------------------------------------------------------------ */

/* The first offset in min … max whose store time is ≥ time_ms; max when there is none. */
static int64_t
first_not_before (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t time_ms)
{
  int64_t low = queue->min_offset;
  int64_t high = queue->max_offset;

  while (low < high)
    {
      int64_t middle = low + (high - low) / 2;

      if (_rmq_broker_store_get_store_time (self, queue, middle) >= time_ms)
        high = middle;
      else
        low = middle + 1;
    }
  return low;
}

int64_t
_rmq_broker_store_find_time (RmqBrokerStore *self, RmqBrokerQueue *queue, int64_t time_ms, RmqBoundary boundary)
{
  if (queue->min_offset >= queue->max_offset)
    return queue->max_offset;
  if (boundary == RMQ_BOUNDARY_LOWER)
    return first_not_before (self, queue, time_ms);
  if (time_ms == INT64_MAX)
    return queue->max_offset - 1;
  return MAX (first_not_before (self, queue, time_ms + 1) - 1, queue->min_offset);
}
