/* SPDX-License-Identifier: Apache-2.0
 *
 * What one POP takes, from which queues, and how the answer says where it came from. (RocketMQ: PopMessageProcessor.)
 */
#include "rmq-broker-pop-private.h"

#include "wire/rmq-header-pop-private.h"
#include "wire/rmq-pop-info-private.h"

/* One pop in so many looks into the retry topics first, the others afterwards: Java throws dice for it, 20 %. */
#define RETRY_FIRST_EVERY 5

typedef enum
{
  MODE_POP,
  MODE_PEEK,
} Mode;

/* One queue of one pop. */
typedef struct
{
  RmqBrokerPop *pop;
  const RmqPopRequest *request;
  RmqPopBatch *batch;
  RmqBrokerQueue *queue;
  char retry; /* as in the answer */
  int64_t start;
  unsigned n;
  int64_t offsets[RMQ_POP_MAX_MESSAGES];
} Visit;

void
_rmq_pop_batch_init (RmqPopBatch *self)
{
  *self = (RmqPopBatch){
    .body = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH),
    .start_info = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH),
    .offset_info = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH),
    .count_info = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH),
  };
}

void
_rmq_pop_batch_clear (RmqPopBatch *self)
{
  _rmq_byte_writer_clear (&self->body);
  _rmq_byte_writer_clear (&self->start_info);
  _rmq_byte_writer_clear (&self->offset_info);
  _rmq_byte_writer_clear (&self->count_info);
}

/* --- where a group stands -------------------------------------------------------------------------------------- */

/* A new group begins at the end only where something is gone already: a young queue it gets whole, as in Java, where
 * what is still in memory counts as young. */
static int64_t
get_first_position (RmqBrokerCore *core, const RmqPopRequest *request, const RmqBrokerQueue *queue, char retry)
{
  if (retry != '0' || request->init_mode == RMQ_POP_INIT_MIN)
    return queue->min_offset;
  if (core->settings->pop_init_in_memory && queue->min_offset == 0)
    return 0;
  return MAX (queue->max_offset - 1, queue->min_offset);
}

static int64_t
get_position (RmqBrokerPop *pop, const RmqPopRequest *request, const RmqBrokerQueue *queue, char retry, bool *first)
{
  RmqBrokerOffsets *offsets = pop->core->offsets;
  int64_t offset = _rmq_broker_offsets_get (offsets, request->group, queue->topic->slice, queue->id);

  *first = offset == RMQ_BROKER_NO_OFFSET;
  if (*first)
    offset = get_first_position (pop->core, request, queue, retry);
  return CLAMP (offset, queue->min_offset, queue->max_offset);
}

/* After a reset, what is out counts no more. */
static void
apply_reset (RmqBrokerPop *pop, const RmqPopRequest *request, const RmqBrokerQueue *queue)
{
  RmqBrokerOffsets *offsets = pop->core->offsets;
  RmqSlice topic = queue->topic->slice;
  int64_t reset = _rmq_broker_offsets_take_reset (offsets, request->group, topic, queue->id);

  if (reset == RMQ_BROKER_NO_OFFSET)
    return;
  _rmq_leases_drop (pop->leases, request->group, topic, queue->id);
  _rmq_pop_orders_drop (pop->orders, request->group, topic, queue->id);
  _rmq_broker_offsets_commit (offsets, request->group, topic, queue->id, reset);
}

static bool
is_blocked (RmqBrokerPop *pop, const RmqPopRequest *request, const RmqBrokerQueue *queue)
{
  RmqPopOrderKey key = { request->group, queue->topic->slice, queue->id };

  return request->order && _rmq_pop_orders_is_blocked (pop->orders, &key, request->attempt_id);
}

/* --- records --------------------------------------------------------------------------------------------------- */

/* A message that comes again shows the topic it was sent to, and says by its handle where it is to be acknowledged. */
static bool
write_again (Visit *visit, const RmqStoredRecord *stored)
{
  g_auto (RmqByteWriter) properties = RMQ_BYTE_WRITER_INIT (RMQ_PROPERTIES_MAX);
  RmqPopHandle handle = {
    .start_offset = visit->start,
    .pop_time = visit->batch->pop_time,
    .invisible_time = visit->request->invisible_ms,
    .retry = rmq_slice (&visit->retry, 1),
    .broker_name = rmq_slice_from_string (visit->pop->core->settings->broker_name),
    .queue_id = visit->queue->id,
    .has_offset = true,
    .offset = stored->queue_offset,
    .commit_log_offset = -1,
  };
  g_autofree char *text = _rmq_pop_handle_format (&handle, 8);
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  RmqRecord record;

  if (!_rmq_record_decode (&record, stored->data, stored->size, 0, NULL))
    return false;
  rmq_property_iter_init (&iter, record.properties);
  while (_rmq_property_iter_next (&iter, &name, &value))
    if (!rmq_slice_equal_string (name, RMQ_PROPERTY_POP_CK))
      rmq_property_write (&properties, name, value);
  rmq_property_write (&properties, RMQ_SLICE_LITERAL (RMQ_PROPERTY_POP_CK), rmq_slice_from_string (text));
  if (properties.failed)
    return false;
  record.properties = rmq_slice ((const char *) properties.data, properties.len);
  record.topic = visit->request->topic->slice;
  record.v2 = false;
  return _rmq_record_encode (&record, &visit->batch->body);
}

static bool
on_found (const RmqStoredRecord *stored, void *data)
{
  Visit *visit = data;

  visit->offsets[visit->n++] = stored->queue_offset;
  /* Without room for a handle it goes out as it is: from its topic the client sees where it comes from. */
  if (visit->retry == '0' || !write_again (visit, stored))
    rmq_byte_writer_bytes (&visit->batch->body, stored->data, stored->size);
  return true;
}

/* --- one queue ------------------------------------------------------------------------------------------------- */

/* They are the group's now, for a time. */
static void
take (Visit *visit, int64_t next)
{
  RmqBrokerPop *pop = visit->pop;
  const RmqPopRequest *request = visit->request;
  RmqSlice topic = visit->queue->topic->slice;
  RmqPopOrderKey order_key = { request->group, topic, visit->queue->id };
  RmqLeaseKey key = { request->group, topic, visit->queue->id, visit->start, visit->batch->pop_time };

  if (request->order)
    _rmq_pop_orders_take (pop->orders, &order_key, request->attempt_id, visit->batch->pop_time, request->invisible_ms,
                          visit->offsets, visit->n, &visit->batch->count_info);
  else
    _rmq_leases_add (pop->leases, &key, request->invisible_ms, false, visit->offsets, visit->n);
  _rmq_pop_info_write_start (&visit->batch->start_info, visit->retry, visit->queue->id, visit->start);
  _rmq_pop_info_write_offsets (&visit->batch->offset_info, visit->retry, visit->queue->id, visit->offsets, visit->n);
}

static void
visit_queue (RmqBrokerPop *pop,
             const RmqPopRequest *request,
             RmqPopBatch *batch,
             Mode mode,
             RmqBrokerQueue *queue,
             char retry)
{
  RmqBrokerCore *core = pop->core;
  size_t max_bytes = (size_t) MAX (core->settings->max_pull_bytes, 1);
  Visit visit = { .pop = pop, .request = request, .batch = batch, .queue = queue, .retry = retry };
  RmqBrokerRead read = { .filter = request->filter, .found = on_found, .data = &visit };
  int64_t position;
  bool first;

  if (mode == MODE_POP)
    apply_reset (pop, request, queue);
  position = get_position (pop, request, queue, retry, &first);
  if (batch->n == request->max_messages || batch->body.len >= max_bytes || is_blocked (pop, request, queue))
    {
      batch->rest += queue->max_offset - position;
      return;
    }
  visit.start = read.offset = position;
  read.max_messages = request->max_messages - batch->n;
  read.max_examined = (unsigned) MAX (core->settings->max_pull_examined / 20, RMQ_POP_MAX_MESSAGES);
  read.max_bytes = max_bytes - batch->body.len;
  _rmq_broker_store_read (core->store, queue, &read);
  batch->n += visit.n;
  batch->rest += queue->max_offset - (mode == MODE_PEEK ? position : read.next_offset);
  if (visit.n == 0 && read.next_offset < queue->max_offset && read.n_examined > 0)
    batch->unfinished = true;
  if (mode == MODE_PEEK)
    return;
  if (visit.n > 0)
    take (&visit, read.next_offset);
  /* An ordered group moves on by its acknowledgements. */
  position = request->order && visit.n > 0 ? visit.start : read.next_offset;
  if (first || position != visit.start)
    _rmq_broker_offsets_commit (core->offsets, request->group, queue->topic->slice, queue->id, position);
  /* Together with the lease: what was acknowledged does not come again when the broker is killed. */
  if (visit.n > 0 && !request->order)
    _rmq_broker_offsets_write (core->offsets, request->group, queue->topic->slice);
}

/* --- all of them ----------------------------------------------------------------------------------------------- */

/* Counts the pops of a group in a topic. */
static unsigned
take_turn (RmqBrokerPop *pop, const RmqPopRequest *request)
{
  g_autofree char *key =
      g_strdup_printf ("%s\n%.*s", request->topic->name, (int) request->group.len, request->group.data);
  unsigned turn = GPOINTER_TO_UINT (g_hash_table_lookup (pop->turns, key));

  g_hash_table_insert (pop->turns, g_steal_pointer (&key), GUINT_TO_POINTER (turn + 1));
  return turn;
}

/* In a topic of priorities the highest come first, or, as the group has it, in so many of a hundred pops. */
static bool
goes_by_priority (RmqBrokerPop *pop, const RmqPopRequest *request, unsigned turn)
{
  const RmqGroupConfigBody *group;
  const char *factor = NULL;

  if (request->order || g_strcmp0 (_rmq_string_pairs_get (request->topic->attributes, "message.type"), "PRIORITY") != 0)
    return false;
  group = _rmq_broker_subscribers_find (pop->core->subscribers, request->group);
  if (group != NULL && group->attributes != NULL)
    factor = _rmq_string_pairs_get (group->attributes, "priority.factor");
  return factor == NULL || turn % 100 < g_ascii_strtoull (factor, NULL, 10);
}

static RmqBrokerTopic *
find_retry_topic (RmqBrokerPop *pop, const RmqPopRequest *request, char version)
{
  g_autofree char *group = rmq_slice_dup (request->group);
  g_autofree char *name = version == '1' ? _rmq_pop_retry_topic_v1 (request->topic->name, group)
                                         : _rmq_pop_retry_topic_v2 (request->topic->name, group);

  return _rmq_broker_topics_find (pop->core->topics, rmq_slice_from_string (name));
}

static void
visit_retries (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch, Mode mode)
{
  for (char version = '1'; version <= '2'; version++)
    {
      RmqBrokerTopic *topic = find_retry_topic (pop, request, version);

      for (int32_t i = 0; topic != NULL && i < topic->read_queues; i++)
        {
          RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (pop->core, topic, i);

          if (queue != NULL)
            visit_queue (pop, request, batch, mode, queue, version);
        }
    }
}

static void
visit_topic (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch, Mode mode, unsigned turn)
{
  RmqBrokerTopic *topic = request->topic;
  int32_t n = request->queue_id < 0 ? topic->read_queues : 1;
  int32_t start = request->queue_id < 0 && n > 0 ? (int32_t) (turn % (unsigned) n) : 0;

  for (int32_t i = 0; i < n; i++)
    {
      int32_t id = request->queue_id < 0 ? (start - i + n) % n : request->queue_id;
      RmqBrokerQueue *queue = _rmq_broker_topic_get_queue (pop->core, topic, id);

      if (queue != NULL)
        visit_queue (pop, request, batch, mode, queue, '0');
    }
}

static void
visit_all (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch, Mode mode)
{
  unsigned turn = take_turn (pop, request);
  bool retry_first = turn % RETRY_FIRST_EVERY == RETRY_FIRST_EVERY - 1;

  if (goes_by_priority (pop, request, turn))
    {
      turn = (unsigned) MAX (request->topic->read_queues, 1) - 1;
      retry_first = false;
    }
  batch->pop_time = rmq_broker_now_ms (pop->core);
  if (!request->order && retry_first)
    visit_retries (pop, request, batch, mode);
  visit_topic (pop, request, batch, mode, turn);
  if (!request->order && !retry_first)
    visit_retries (pop, request, batch, mode);
  if (batch->n > 0)
    batch->unfinished = false;
  pop->core->counters.n_got += batch->n;
  pop->core->counters.n_got_bytes += batch->body.len;
}

void
_rmq_broker_pop_read (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch)
{
  visit_all (pop, request, batch, MODE_POP);
}

void
_rmq_broker_pop_peek (RmqBrokerPop *pop, const RmqPopRequest *request, RmqPopBatch *batch)
{
  visit_all (pop, request, batch, MODE_PEEK);
}

/* --- only looking ---------------------------------------------------------------------------------------------- */

/* With a long way to the next message that passes, the answer is yes. */
static bool
queue_has_messages (RmqBrokerPop *pop, const RmqPopRequest *request, RmqBrokerQueue *queue, char retry)
{
  RmqBrokerRead read = { .filter = request->filter, .max_messages = 1, .max_bytes = 1 };
  bool first;

  if (queue == NULL || is_blocked (pop, request, queue))
    return false;
  read.offset = get_position (pop, request, queue, retry, &first);
  if (read.offset == queue->max_offset || request->filter == NULL)
    return read.offset < queue->max_offset;
  read.max_examined = (unsigned) MAX (pop->core->settings->max_pull_examined / 20, RMQ_POP_MAX_MESSAGES);
  _rmq_broker_store_read (pop->core->store, queue, &read);
  return read.n_messages > 0 || read.next_offset < queue->max_offset;
}

bool
_rmq_broker_pop_has_messages (RmqBrokerPop *pop, const RmqPopRequest *request)
{
  RmqBrokerCore *core = pop->core;

  for (int32_t i = 0; i < request->topic->read_queues; i++)
    if ((request->queue_id < 0 || request->queue_id == i)
        && queue_has_messages (pop, request, _rmq_broker_topic_get_queue (core, request->topic, i), '0'))
      return true;
  for (char version = '1'; !request->order && version <= '2'; version++)
    {
      RmqBrokerTopic *topic = find_retry_topic (pop, request, version);

      for (int32_t i = 0; topic != NULL && i < topic->read_queues; i++)
        if (queue_has_messages (pop, request, _rmq_broker_topic_get_queue (core, topic, i), version))
          return true;
    }
  return false;
}
