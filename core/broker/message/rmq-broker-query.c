/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored messages found again: by offset id, key, unique id or tag; and what stands in a queue. (RocketMQ:
 * QueryMessageProcessor, AdminBrokerProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <inttypes.h>
#include "broker/store/rmq-broker-keys-private.h"
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-constants-private.h"
#include "wire/rmq-header-pull-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-stats-body-private.h"

/* Java's, and what fits a frame. */
#define MAX_FOUND 64
#define MAX_FOUND_UNIQUE 32
#define MAX_BYTES (12u * 1024 * 1024)
#define MAX_ROWS 1000
#define INDEX_TYPE_TAG "T"

/* --- 33 ------------------------------------------------------------------------------------------------------- */

static void
handle_view (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqViewMessageRequestHeader header;
  RmqStoredRecord stored;
  g_autoptr (GBytes) body = NULL;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ViewMessageRequestHeader), &header))
    return;
  if (!_rmq_broker_store_lookup (core->store, header.offset, &stored))
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "can not find message by the offset, %" PRId64, header.offset);
      return;
    }
  body = g_bytes_new (stored.data, stored.size);
  _rmq_broker_answer_bytes (core, &request->ticket, body);
}

/* --- 12 ------------------------------------------------------------------------------------------------------- */

typedef struct
{
  RmqSlice topic;
  RmqSlice key;
  RmqStoreIndex index;
  bool by_tag;
  int64_t begin_ms;
  int64_t end_ms;
  unsigned max;
  GPtrArray *found; /* GBytes, the newest first */
  GArray *offsets;  /* physical, of found */
  size_t n_bytes;
  int64_t last_ms;
  int64_t last_offset;
} Search;

static bool
is_found_already (const Search *self, int64_t physical_offset)
{
  for (unsigned i = 0; i < self->offsets->len; i++)
    if (g_array_index (self->offsets, int64_t, i) == physical_offset)
      return true;
  return false;
}

/* False: that is enough. */
static bool
keep (Search *self, const RmqStoredRecord *stored, const RmqRecord *record)
{
  if (self->found->len > 0 && self->n_bytes + stored->size > MAX_BYTES)
    return false;
  self->n_bytes += stored->size;
  g_ptr_array_add (self->found, g_bytes_new (stored->data, stored->size));
  g_array_append_val (self->offsets, stored->physical_offset);
  if (stored->physical_offset > self->last_offset)
    {
      self->last_offset = stored->physical_offset;
      self->last_ms = record->store_timestamp;
    }
  return self->found->len < self->max;
}

static bool
visit_indexed (const RmqStoredRecord *stored, void *data)
{
  Search *self = data;
  RmqRecord record;

  if (!_rmq_record_decode (&record, stored->data, stored->size, 0, NULL)
      || !_rmq_broker_record_has_key (&record, self->topic, self->key, self->index)
      || record.store_timestamp < self->begin_ms || record.store_timestamp > self->end_ms
      || is_found_already (self, stored->physical_offset))
    return true;
  return keep (self, stored, &record);
}

/* Nothing indexes tags: the queue is read from the first message of the time on, and the last ones stay. */
static bool
visit_tagged (const RmqStoredRecord *stored, void *data)
{
  Search *self = data;
  RmqRecord record;

  if (stored->tags_code != _rmq_java_string_hash (self->key))
    return true;
  if (!_rmq_record_decode (&record, stored->data, stored->size, 0, NULL))
    return true;
  if (record.store_timestamp > self->end_ms)
    return false;
  if (!rmq_slice_equal (_rmq_properties_text_find (record.properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_TAGS)),
                        self->key))
    return true;
  return keep (self, stored, &record);
}

static void
search_tag (RmqBrokerCore *core, Search *self)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, self->topic);

  for (int32_t i = 0; topic != NULL && i < rmq_broker_topic_get_n_queues (topic) && self->found->len < self->max; i++)
    {
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (core, topic, i);

      if (queue != NULL && queue->min_offset < queue->max_offset)
        _rmq_broker_store_scan (core->store, queue,
                                _rmq_broker_store_find_time (core->store, queue, self->begin_ms, RMQ_BOUNDARY_LOWER),
                                visit_tagged, self);
    }
}

/* Java's index of keys has the unique ids, too. */
static void
search_key (RmqBrokerCore *core, Search *self, bool unique_only)
{
  if (!unique_only)
    {
      self->index = RMQ_STORE_INDEX_KEY;
      _rmq_broker_store_query (core->store, self->topic, self->key, self->index, visit_indexed, self);
    }
  self->index = RMQ_STORE_INDEX_UNIQUE;
  if (self->found->len < self->max)
    _rmq_broker_store_query (core->store, self->topic, self->key, self->index, visit_indexed, self);
}

/* The oldest first. */
static GBytes *
join (const Search *self)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);

  for (unsigned i = self->found->len; i-- > 0;)
    {
      size_t len;
      const void *record =
          g_bytes_get_data (g_ptr_array_index (self->found, self->by_tag ? self->found->len - 1 - i : i), &len);

      rmq_byte_writer_bytes (&out, record, len);
    }
  return _rmq_byte_writer_steal (&out);
}

static void
answer_found (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const Search *search)
{
  RmqQueryMessageResponseHeader header = { 0 };
  RmqBrokerAnswer answer = {
    .code = RMQ_RESPONSE_QUERY_NOT_FOUND,
    .remark = "can not find message, maybe time range not correct",
    .table = RMQ_HEADER (QueryMessageResponseHeader),
    .header = &header,
  };
  g_autoptr (GBytes) body = NULL;

  RMQ_HEADER_SET (header, index_last_update_timestamp, search->last_ms);
  RMQ_HEADER_SET (header, index_last_update_phyoffset, MAX (search->last_offset, 0));
  if (search->found->len > 0)
    {
      body = join (search);
      answer.code = RMQ_RESPONSE_SUCCESS;
      answer.remark = NULL;
      answer.body = body;
    }
  _rmq_broker_answer (core, ticket, &answer);
}

static void
handle_query (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
  RmqQueryMessageRequestHeader header;
  Search search = { .found = found, .offsets = offsets, .last_offset = -1 };
  RmqSlice unique = RMQ_SLICE_NULL;
  bool unique_only;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryMessageRequestHeader), &header))
    return;
  _rmq_frame_get_ext (request->frame, RMQ_EXT_UNIQUE_KEY_QUERY, &unique);
  unique_only =
      rmq_slice_equal_string (unique, "true") || rmq_slice_equal_string (header.index_type, RMQ_INDEX_TYPE_UNIQUE);
  search.topic = header.topic;
  search.key = header.key;
  search.begin_ms = header.begin_timestamp;
  search.end_ms = header.end_timestamp;
  search.max = unique_only ? MAX_FOUND_UNIQUE : (unsigned) CLAMP (header.max_num, 0, MAX_FOUND);
  search.by_tag = rmq_slice_equal_string (header.index_type, INDEX_TYPE_TAG);
  if (search.max > 0 && search.by_tag)
    search_tag (core, &search);
  else if (search.max > 0)
    search_key (core, &search, unique_only);
  answer_found (core, &request->ticket, &search);
}

/* --- 321 ------------------------------------------------------------------------------------------------------ */

typedef struct
{
  RmqConsumeQueueBody *body;
  unsigned max;
} Rows;

static bool
add_row (const RmqStoredRecord *stored, void *data)
{
  Rows *rows = data;
  RmqConsumeQueueItem *item = _rmq_consume_queue_item_new ();

  item->physical_offset = stored->physical_offset;
  item->physical_size = (int32_t) stored->size;
  item->tags_code = stored->tags_code;
  g_ptr_array_add (rows->body->items, item);
  return rows->body->items->len < rows->max;
}

static void
add_subscription (RmqBrokerCore *core, RmqConsumeQueueBody *body, RmqSlice group, RmqSlice topic)
{
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, group);
  RmqBrokerSubscription *subscription = online != NULL ? _rmq_broker_online_find_subscription (online, topic) : NULL;

  if (subscription != NULL)
    body->subscription = _rmq_subscription_copy (subscription->subscription);
}

static void
handle_rows (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  RmqQueryConsumeQueueRequestHeader header;
  g_autoptr (RmqConsumeQueueBody) body = NULL;
  RmqBrokerTopic *topic;
  RmqBrokerQueue *queue;
  Rows rows;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (QueryConsumeQueueRequestHeader), &header))
    return;
  topic = _rmq_broker_topics_find (core->topics, header.topic);
  queue = topic != NULL ? _rmq_broker_topic_get_queue (core, topic, header.queue_id) : NULL;
  if (queue == NULL || header.index < queue->min_offset || header.index >= queue->max_offset)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS,
                               "Index %" PRId64 " of %d@%.*s is not exist!", header.index, header.queue_id,
                               (int) MIN (header.topic.len, 255), header.topic.data);
      return;
    }
  body = _rmq_consume_queue_body_new ();
  if (body->items == NULL)
    body->items = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_consume_queue_item_free);
  body->min_index = queue->min_offset;
  body->max_index = queue->max_offset;
  if (header.consumer_group.len > 0)
    add_subscription (core, body, header.consumer_group, header.topic);
  rows = (Rows){ body, (unsigned) CLAMP (header.count, 0, MAX_ROWS) };
  if (rows.max > 0)
    _rmq_broker_store_scan (core->store, queue, header.index, add_row, &rows);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_consume_queue_body_type, body);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_QUERY_MESSAGE, handle_query },
  { RMQ_REQUEST_VIEW_MESSAGE_BY_ID, handle_view },
  { RMQ_REQUEST_QUERY_CONSUME_QUEUE, handle_rows },
};

const RmqBrokerModule rmq_broker_query_module = {
  .name = "query",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
