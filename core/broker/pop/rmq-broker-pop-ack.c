/* SPDX-License-Identifier: Apache-2.0
 *
 * ACK_MESSAGE, BATCH_ACK_MESSAGE and CHANGE_MESSAGE_INVISIBLETIME.
 * (RocketMQ: AckMessageProcessor, ChangeInvisibleTimeProcessor.)
 */
#include "rmq-broker-pop-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-header-pop-private.h"
#include "wire/rmq-lock-body-private.h"

/* What an acknowledgement names. */
typedef struct
{
  RmqSlice group;
  RmqBrokerTopic *topic; /* the real one */
  RmqBrokerQueue *queue;
  int64_t offset;
  RmqPopHandle handle;
} Target;

/* --- checks ---------------------------------------------------------------------------------------------------- */

static bool
find_queue (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice topic, int32_t queue_id, Target *target)
{
  target->topic = _rmq_broker_topics_find (core->topics, topic);
  if (target->topic == NULL)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "topic[%.*s] not exist, apply first please!",
                               (int) topic.len, topic.data);
      return false;
    }
  if (queue_id >= 0 && queue_id < target->topic->read_queues)
    target->queue = _rmq_broker_topic_get_queue (core, target->topic, queue_id);
  if (target->queue == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL,
                             "queueId[%d] is illegal, topic:[%s] topicConfig.readQueueNums:[%d] consumer:[%s]",
                             queue_id, target->topic->name, target->topic->read_queues,
                             _rmq_server_connection_get_peer (ticket->connection));
  return target->queue != NULL;
}

static bool
parse_handle (RmqBrokerCore *core, const RmqBrokerTicket *ticket, RmqSlice text, RmqPopHandle *handle)
{
  g_autoptr (GError) error = NULL;

  if (_rmq_pop_handle_parse (handle, text, &error))
    return true;
  _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
  return false;
}

static void
make_keys (const Target *target, RmqLeaseKey *key, RmqPopOrderKey *order_key)
{
  *key = (RmqLeaseKey){ target->group, target->topic->slice, target->queue->id, target->handle.start_offset,
                        target->handle.pop_time };
  *order_key = (RmqPopOrderKey){ target->group, target->topic->slice, target->queue->id };
}

static bool
is_ordered (const RmqPopHandle *handle)
{
  return handle->revive_queue_id == RMQ_POP_REVIVE_QUEUE_ORDERED;
}

/* --- acknowledging --------------------------------------------------------------------------------------------- */

static int64_t
get_committed (RmqBrokerCore *core, const Target *target)
{
  return _rmq_broker_offsets_get (core->offsets, target->group, target->topic->slice, target->queue->id);
}

/* False: the offset is not one of the batch that is out. */
static bool
acknowledge_ordered (RmqBrokerPop *pop, const Target *target)
{
  RmqLeaseKey key;
  RmqPopOrderKey order_key;
  int64_t next;
  RmqPopOrderAck result;

  if (target->offset < get_committed (pop->core, target))
    return true;
  make_keys (target, &key, &order_key);
  result = _rmq_pop_orders_ack (pop->orders, &order_key, target->offset, target->handle.pop_time, &next);
  if (result == RMQ_POP_ORDER_COMMIT
      && !_rmq_broker_offsets_has_reset (pop->core->offsets, target->group, target->topic->slice, target->queue->id))
    _rmq_broker_offsets_commit (pop->core->offsets, target->group, target->topic->slice, target->queue->id, next);
  return result != RMQ_POP_ORDER_ILLEGAL;
}

static bool
acknowledge (RmqBrokerPop *pop, const Target *target)
{
  RmqLeaseKey key;
  RmqPopOrderKey order_key;

  if (is_ordered (&target->handle))
    return acknowledge_ordered (pop, target);
  make_keys (target, &key, &order_key);
  _rmq_leases_ack (pop->leases, &key, target->offset); /* too late is no error */
  return true;
}

void
_rmq_broker_pop_handle_ack (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  RmqAckMessageRequestHeader header;
  Target target = { 0 };

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (AckMessageRequestHeader), &header)
      || !find_queue (core, ticket, header.topic, header.queue_id, &target))
    return;
  if (header.offset < target.queue->min_offset || header.offset > target.queue->max_offset)
    {
      _rmq_broker_answer_code (
          core, ticket, RMQ_RESPONSE_NO_MESSAGE,
          "offset is illegal, key:%s@%d, commit:%" G_GINT64_FORMAT ", store:%" G_GINT64_FORMAT "~%" G_GINT64_FORMAT,
          target.topic->name, target.queue->id, header.offset, target.queue->min_offset, target.queue->max_offset);
      return;
    }
  if (!parse_handle (core, ticket, header.extra_info, &target.handle))
    return;
  target.group = header.consumer_group;
  target.offset = header.offset;
  if (acknowledge (data, &target))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
  else
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_MESSAGE_ILLEGAL,
                             "offset is illegal, key:%s@%.*s@%d, commit:%" G_GINT64_FORMAT, target.topic->name,
                             (int) target.group.len, target.group.data, target.queue->id, target.offset);
}

/* --- many at once ---------------------------------------------------------------------------------------------- */

/* Queues and offsets that are not there are passed over, and so is what no batch can have been. */
static void
acknowledge_set (RmqBrokerPop *pop, const RmqBatchAck *ack)
{
  RmqBrokerCore *core = pop->core;
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autofree char *real = NULL;
  Target target = { .handle = { .start_offset = ack->start_offset,
                                .pop_time = ack->pop_time,
                                .revive_queue_id = ack->revive_queue_id,
                                .retry = rmq_slice_from_string (ack->retry) } };

  if (ack->group == NULL || ack->topic == NULL
      || !_rmq_batch_ack_get_offsets (ack, 2 * RMQ_POP_MAX_MESSAGES, offsets, NULL))
    return;
  real = _rmq_pop_handle_real_topic (&target.handle, ack->topic, ack->group);
  target.group = rmq_slice_from_string (ack->group);
  target.topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (real));
  if (target.topic != NULL && ack->queue_id >= 0 && ack->queue_id < target.topic->read_queues)
    target.queue = _rmq_broker_topic_get_queue (core, target.topic, ack->queue_id);
  for (unsigned i = 0; target.queue != NULL && i < offsets->len; i++)
    {
      target.offset = g_array_index (offsets, int64_t, i);
      if (target.offset >= target.queue->min_offset && target.offset <= target.queue->max_offset)
        acknowledge (pop, &target);
    }
}

void
_rmq_broker_pop_handle_batch_ack (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqBatchAckBody) body = _rmq_broker_request_decode_body (core, request, &_rmq_batch_ack_body_type);

  if (body == NULL)
    return;
  if (body->acks == NULL || body->acks->len == 0)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_NO_MESSAGE, NULL);
      return;
    }
  for (unsigned i = 0; i < body->acks->len; i++)
    acknowledge_set (data, g_ptr_array_index (body->acks, i));
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

/* --- another time ---------------------------------------------------------------------------------------------- */

static void
change_ordered (RmqBrokerPop *pop,
                const Target *target,
                int64_t invisible_ms,
                RmqChangeInvisibleTimeResponseHeader *out)
{
  int64_t visible_ms = rmq_broker_now_ms (pop->core) + invisible_ms;
  RmqLeaseKey key;
  RmqPopOrderKey order_key;

  /* What was acknowledged already gets zeros. */
  if (target->offset < get_committed (pop->core, target))
    return;
  make_keys (target, &key, &order_key);
  _rmq_pop_orders_change (pop->orders, &order_key, target->offset, target->handle.pop_time, visible_ms);
  out->pop_time = target->handle.pop_time;
  out->invisible_time = visible_ms - target->handle.pop_time;
  out->revive_qid = target->handle.revive_queue_id;
}

/* One message leaves its lease for one of its own. When there was no lease any more, it was acknowledged or comes again
 * anyway, and another lease would bring it twice. */
static void
change_lease (RmqBrokerPop *pop,
              const Target *target,
              int64_t invisible_ms,
              bool suspend,
              RmqChangeInvisibleTimeResponseHeader *out)
{
  RmqLeaseKey key;
  RmqLeaseKey own;
  RmqPopOrderKey order_key;

  make_keys (target, &key, &order_key);
  own = key;
  own.start_offset = target->offset;
  own.pop_time = rmq_broker_now_ms (pop->core);
  if (_rmq_leases_ack (pop->leases, &key, target->offset))
    own.pop_time = _rmq_leases_add (pop->leases, &own, invisible_ms, suspend, &target->offset, 1);
  out->pop_time = own.pop_time;
  out->invisible_time = invisible_ms;
  out->revive_qid = target->handle.revive_queue_id;
}

void
_rmq_broker_pop_handle_change (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  const RmqHeaderTable *table = RMQ_HEADER (ChangeInvisibleTimeResponseHeader);
  RmqChangeInvisibleTimeRequestHeader header;
  RmqChangeInvisibleTimeResponseHeader out = { 0 };
  Target target = { 0 };
  int64_t invisible_ms;

  if (!_rmq_broker_request_decode (core, request, RMQ_HEADER (ChangeInvisibleTimeRequestHeader), &header)
      || !find_queue (core, ticket, header.topic, header.queue_id, &target))
    return;
  RMQ_HEADER_SET (out, pop_time, 0);
  RMQ_HEADER_SET (out, invisible_time, 0);
  RMQ_HEADER_SET (out, revive_qid, 0);
  if (header.offset < target.queue->min_offset || header.offset >= target.queue->max_offset)
    {
      _rmq_broker_pop_refuse (data, ticket, table, &out, RMQ_RESPONSE_NO_MESSAGE,
                              "offset is illegal, key:%s@%d, change:%" G_GINT64_FORMAT, target.topic->name,
                              target.queue->id, header.offset);
      return;
    }
  if (!parse_handle (core, ticket, header.extra_info, &target.handle))
    return;
  target.group = header.consumer_group;
  target.offset = header.offset;
  invisible_ms = CLAMP (header.invisible_time, 0, INT64_MAX / 4);
  if (is_ordered (&target.handle))
    change_ordered (data, &target, invisible_ms, &out);
  else
    change_lease (data, &target, invisible_ms, header.suspend, &out);
  _rmq_broker_answer_header (core, ticket, table, &out);
}
