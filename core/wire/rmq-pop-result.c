/* SPDX-License-Identifier: Apache-2.0
 *
 * Interprets the answer to a pop: decodes its messages and gives each its handle. RocketMQ:
 * MQClientAPIImpl.processPopResponse. A message without a handle could never be acked, so one that the offset strings
 * do not account for fails the answer; nothing is lost by that, as unacked messages come again.
 */
#include "rmq-pop-result-private.h"

#include "base/rmq-error-private.h"
#include "rmq-header-pop-private.h"
#include "rmq-names-private.h"
#include "rmq-pop-handle-private.h"
#include "rmq-pop-info-private.h"
#include "rmq-pop-topic-private.h"

/* A pop brings at most 32; what follows compares each message with each. */
#define MAX_MESSAGES 1024

/* Where a message stands in the offset strings. */
typedef struct
{
  RmqSlice retry; /* of the handle a broker set, else of the topic */
  int32_t queue_id;
  int64_t offset;
  bool is_lmq;
  bool has_handle;
} Place;

typedef struct
{
  const RmqPopContext *context;
  RmqPopResult *result;
  RmqPopInfo starts;
  RmqPopInfo offsets;
  RmqPopInfo counts;
  GArray *places;
} Popped;

static bool
fail (GError **error, const RmqMessage *message, const char *what)
{
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL,
                  "The answer to a pop does not account for message %" G_GINT64_FORMAT " of queue %d: %s",
                  message->queue_offset, (int) message->queue_id, what);
  return false;
}

static RmqSlice
retry_slice (char flag)
{
  switch (flag)
    {
    case '1':
      return RMQ_SLICE_LITERAL ("1");
    case '2':
      return RMQ_SLICE_LITERAL ("2");
    default:
      return RMQ_SLICE_LITERAL ("0");
    }
}

static bool
next_item (RmqSlice *list, RmqSlice *item)
{
  const char *comma;

  if (list->data == NULL)
    return false;
  comma = list->len > 0 ? memchr (list->data, ',', list->len) : NULL;
  *item = rmq_slice (list->data, comma != NULL ? (size_t) (comma - list->data) : list->len);
  *list = comma != NULL ? rmq_slice (comma + 1, list->len - item->len - 1) : RMQ_SLICE_NULL;
  return true;
}

/* A light queue shows the records of its parent; their offsets in it stand in a property, in the order of the names in
 * another. */
static bool
find_lmq_offset (const RmqMessage *message, const char *topic, int64_t *offset)
{
  RmqSlice names = _rmq_message_find_literal (message, RMQ_PROPERTY_INNER_MULTI_DISPATCH);
  RmqSlice numbers = _rmq_message_find_literal (message, RMQ_PROPERTY_INNER_MULTI_QUEUE_OFFSET);
  RmqSlice name;
  RmqSlice number;

  while (next_item (&names, &name) && next_item (&numbers, &number))
    if (rmq_slice_equal_string (name, topic))
      return _rmq_property_parse_int64 (number, offset);
  return false;
}

static bool
find_place (const Popped *self, const RmqMessage *message, Place *place, GError **error)
{
  RmqSlice preset = _rmq_message_find_literal (message, RMQ_PROPERTY_POP_CK);
  const char *topic = self->context->decode.topic;
  RmqPopHandle handle;

  *place = (Place){
    .retry = retry_slice (_rmq_pop_topic_retry_flag (rmq_slice_from_string (message->topic))),
    .queue_id = message->queue_id,
    .offset = message->queue_offset,
    .has_handle = preset.data != NULL,
  };
  if (place->has_handle)
    {
      if (!_rmq_pop_handle_parse (&handle, preset, error))
        return false;
      place->retry = handle.retry;
    }
  place->is_lmq = _rmq_topic_is_lmq (topic) && message->reconsume_times == 0
                  && _rmq_message_find_literal (message, RMQ_PROPERTY_INNER_MULTI_DISPATCH).len > 0;
  if (!place->is_lmq)
    return true;
  place->retry = retry_slice ('0');
  place->queue_id = 0;
  return find_lmq_offset (message, topic, &place->offset) || fail (error, message, "no offset for the light queue");
}

static bool
same_queue (const Place *a, const Place *b)
{
  return a->queue_id == b->queue_id && rmq_slice_equal (a->retry, b->retry);
}

/* The position of the message among those of its queue, in the order of the body. */
static uint32_t
find_index (const Popped *self, const Place *place)
{
  uint32_t index = 0;

  for (unsigned i = 0; i < self->places->len; i++)
    {
      const Place *other = &g_array_index (self->places, Place, i);

      if (!same_queue (place, other))
        continue;
      if (other->offset == place->offset)
        break;
      index++;
    }
  return index;
}

static const int64_t *
find_info (const RmqPopInfo *info, const Place *place, uint32_t *n)
{
  char queue[16];

  g_snprintf (queue, sizeof queue, "%d", (int) place->queue_id);
  return _rmq_pop_info_find_text (info, place->retry, rmq_slice_from_string (queue), n);
}

static void
set_handle (const Popped *self, RmqMessage *message, const Place *place, int64_t start, int64_t offset)
{
  RmqPopHandle handle = {
    .start_offset = start,
    .pop_time = self->result->pop_time,
    .invisible_time = self->result->invisible_time,
    .revive_queue_id = self->result->revive_queue_id,
    .retry = place->retry,
    .broker_name = rmq_slice_from_string (self->context->decode.broker_name),
    .queue_id = place->queue_id,
    .offset = offset,
  };
  g_autofree char *text = _rmq_pop_handle_format (&handle, 8);

  _rmq_message_set_system_property (message, RMQ_PROPERTY_POP_CK, rmq_slice_from_string (text));
}

/* Very old brokers send no offset strings: the first message of each queue is its check point. */
static int64_t
find_old_start (const Popped *self, unsigned index)
{
  RmqMessage **messages = (RmqMessage **) self->result->messages->pdata;

  for (unsigned i = 0; i < index; i++)
    if (messages[i]->queue_id == messages[index]->queue_id && strcmp (messages[i]->topic, messages[index]->topic) == 0)
      return messages[i]->queue_offset;
  return messages[index]->queue_offset;
}

static bool
account (const Popped *self, RmqMessage *message, unsigned index, GError **error)
{
  const Place *place = &g_array_index (self->places, Place, index);
  const int64_t *start;
  const int64_t *offsets;
  uint32_t n;
  uint32_t nth;
  int32_t count;

  if (place->has_handle)
    return true;
  if (!self->starts.present)
    {
      set_handle (self, message, place, find_old_start (self, index), message->queue_offset);
      return true;
    }
  start = find_info (&self->starts, place, &n);
  if (start == NULL)
    return fail (error, message, "its queue is not in startOffsetInfo");
  offsets = find_info (&self->offsets, place, &n);
  if (offsets == NULL)
    return fail (error, message, "its queue is not in msgOffsetInfo");
  nth = find_index (self, place);
  if (nth >= n)
    return fail (error, message, "msgOffsetInfo has fewer messages");
  set_handle (self, message, place, *start, offsets[nth]);
  if (self->context->order && !place->is_lmq)
    {
      count = _rmq_pop_info_order_count (&self->counts, place->retry.data[0], place->queue_id, place->offset);
      if (count > 0)
        message->reconsume_times = count;
    }
  return true;
}

/* Places first, topics last: the topic of a record tells its queue. */
static bool
finish_messages (Popped *self, GError **error)
{
  GPtrArray *messages = self->result->messages;
  char *topic = self->context->user_topic != NULL ? self->context->user_topic : self->context->decode.topic;
  char pop_time[24];

  for (unsigned i = 0; i < messages->len; i++)
    {
      Place place;

      if (!find_place (self, g_ptr_array_index (messages, i), &place, error))
        return false;
      g_array_append_val (self->places, place);
    }
  for (unsigned i = 0; i < messages->len; i++)
    if (!account (self, g_ptr_array_index (messages, i), i, error))
      return false;

  g_snprintf (pop_time, sizeof pop_time, "%" G_GINT64_FORMAT, self->result->pop_time);
  for (unsigned i = 0; i < messages->len; i++)
    {
      RmqMessage *message = g_ptr_array_index (messages, i);

      if (_rmq_message_find_literal (message, RMQ_PROPERTY_FIRST_POP_TIME).data == NULL)
        _rmq_message_set_system_property (message, RMQ_PROPERTY_FIRST_POP_TIME, rmq_slice_from_string (pop_time));
      _rmq_message_override_topic (message, topic);
    }
  return true;
}

static bool
status_of_code (int code, RmqPopStatus *status)
{
  switch (code)
    {
    case RMQ_RESPONSE_SUCCESS:
      *status = RMQ_POP_FOUND;
      return true;
    case RMQ_RESPONSE_PULL_NOT_FOUND:
    case RMQ_RESPONSE_POLLING_TIMEOUT:
      *status = RMQ_POP_NOT_FOUND;
      return true;
    case RMQ_RESPONSE_POLLING_FULL:
      *status = RMQ_POP_POLLING_FULL;
      return true;
    default:
      return false;
    }
}

static bool
parse_found (Popped *self,
             const RmqFrame *frame,
             GBytes *owner,
             const RmqPopMessageResponseHeader *header,
             GError **error)
{
  RmqDecodeContext decode = self->context->decode;

  if (!header->has.pop_time || !header->has.invisible_time || !header->has.revive_qid)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL,
                      "The answer to a pop has no popTime, invisibleTime or reviveQid");
      return false;
    }
  decode.flags |= RMQ_DECODE_KEEP_INNER;
  if (decode.max_messages == 0 || decode.max_messages > MAX_MESSAGES)
    decode.max_messages = MAX_MESSAGES;
  self->result->messages = g_ptr_array_new_full (32, (GDestroyNotify) rmq_message_unref);
  return _rmq_pop_info_parse (&self->starts, header->start_offset_info, false, error)
         && _rmq_pop_info_parse (&self->offsets, header->msg_offset_info, true, error)
         && _rmq_pop_info_parse (&self->counts, header->order_count_info, false, error)
         && _rmq_messages_decode (&decode, owner, frame->body, self->result->messages, &self->result->stats, error)
         && finish_messages (self, error);
}

bool
_rmq_pop_result_parse (RmqPopResult *self,
                       const RmqFrame *frame,
                       GBytes *owner,
                       const RmqPopContext *context,
                       GError **error)
{
  Popped popped = { .context = context, .result = self };
  RmqPopMessageResponseHeader header;
  bool ok;

  *self = (RmqPopResult){ 0 };
  if (!status_of_code (frame->code, &self->status))
    {
      g_autofree char *remark = rmq_slice_dup (frame->remark);

      g_propagate_error (error, _rmq_error_new_broker (frame->code, remark, NULL, "pop"));
      return false;
    }
  if (!_rmq_header_decode_partial (RMQ_HEADER (PopMessageResponseHeader), frame->ext, frame->n_ext, &header, error))
    return false;
  self->pop_time = header.has.pop_time ? header.pop_time : 0;
  self->invisible_time = header.has.invisible_time ? header.invisible_time : 0;
  self->rest_num = header.has.rest_num ? header.rest_num : 0;
  self->revive_queue_id = header.has.revive_qid ? header.revive_qid : 0;
  if (self->status != RMQ_POP_FOUND)
    return true;

  popped.places = g_array_new (FALSE, FALSE, sizeof (Place));
  ok = parse_found (&popped, frame, owner, &header, error);
  g_array_unref (popped.places);
  _rmq_pop_info_clear (&popped.starts);
  _rmq_pop_info_clear (&popped.offsets);
  _rmq_pop_info_clear (&popped.counts);
  return ok;
}

void
_rmq_pop_result_clear (RmqPopResult *self)
{
  g_clear_pointer (&self->messages, g_ptr_array_unref);
}
