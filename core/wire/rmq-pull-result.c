/* SPDX-License-Identifier: Apache-2.0
 *
 * Interprets the answer to a pull. RocketMQ: MQClientAPIImpl.processPullResponse, PullAPIWrapper.processPullResult.
 */
#include "rmq-pull-result-private.h"

#include "base/rmq-error-private.h"
#include "rmq-header-pull-private.h"

static bool
status_of_code (int code, RmqPullStatus *status)
{
  switch (code)
    {
    case RMQ_RESPONSE_SUCCESS:
      *status = RMQ_PULL_FOUND;
      return true;
    case RMQ_RESPONSE_PULL_NOT_FOUND:
      *status = RMQ_PULL_NO_NEW_MESSAGE;
      return true;
    case RMQ_RESPONSE_PULL_RETRY_IMMEDIATELY:
      *status = RMQ_PULL_NO_MATCHED_MESSAGE;
      return true;
    case RMQ_RESPONSE_PULL_OFFSET_MOVED:
      *status = RMQ_PULL_OFFSET_ILLEGAL;
      return true;
    default:
      return false;
    }
}

static bool
read_header (RmqPullResult *self, const RmqFrame *frame, GError **error)
{
  RmqPullMessageResponseHeader header;

  if (!_rmq_header_decode_partial (RMQ_HEADER (PullMessageResponseHeader), frame->ext, frame->n_ext, &header, error))
    return false;
  if (!header.has.next_begin_offset || header.next_begin_offset < 0)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "The answer to a pull has no valid nextBeginOffset");
      return false;
    }
  self->next_begin_offset = header.next_begin_offset;
  self->min_offset = header.has.min_offset ? header.min_offset : -1;
  self->max_offset = header.has.max_offset ? header.max_offset : -1;
  self->suggest_which_broker_id = header.has.suggest_which_broker_id ? header.suggest_which_broker_id : 0;
  self->offset_delta = header.has.offset_delta ? header.offset_delta : 0;
  self->topic_sys_flag = header.has.topic_sys_flag ? header.topic_sys_flag : 0;
  self->group_sys_flag = header.has.group_sys_flag ? header.group_sys_flag : 0;
  return true;
}

/* A broker hands out a stored batch whole, so it may begin before what was asked for. */
static bool
is_wanted (const RmqPullContext *context, const RmqMessage *message)
{
  if (message->inner_wait >= 0 && message->queue_offset < context->queue_offset)
    return false;
  /* The broker compares hashes of tags, and hashes collide. */
  return context->subscription == NULL
         || _rmq_subscription_match (context->subscription, _rmq_message_find_literal (message, RMQ_PROPERTY_TAGS));
}

/* Keeps the messages that are wanted, in place, and tells each where it comes from. */
static bool
finish_messages (RmqPullResult *self, const RmqPullContext *context, GError **error)
{
  unsigned n = 0;

  for (unsigned i = 0; i < self->messages->len; i++)
    {
      RmqMessage *message = g_ptr_array_index (self->messages, i);

      if (__builtin_add_overflow (message->queue_offset, self->offset_delta, &message->queue_offset))
        {
          _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "offsetDelta %" G_GINT64_FORMAT " overflows a queue offset",
                          self->offset_delta);
          return false;
        }
      message->queue_id = context->queue_id;
      message->min_offset = self->min_offset;
      message->max_offset = self->max_offset;
      if (!is_wanted (context, message))
        continue;
      self->messages->pdata[i] = self->messages->pdata[n];
      self->messages->pdata[n++] = message;
    }
  g_ptr_array_set_size (self->messages, (int) n);
  return true;
}

bool
_rmq_pull_result_parse_header (RmqPullResult *self, const RmqFrame *frame, GError **error)
{
  *self = (RmqPullResult){ 0 };
  if (status_of_code (frame->code, &self->status))
    return read_header (self, frame, error);
  else
    {
      g_autofree char *remark = rmq_slice_dup (frame->remark);

      g_propagate_error (error, _rmq_error_new_broker (frame->code, remark, NULL, "pull"));
      return false;
    }
}

bool
_rmq_pull_result_parse_body (RmqPullResult *self,
                             RmqSlice body,
                             GBytes *owner,
                             const RmqPullContext *context,
                             GError **error)
{
  self->messages = g_ptr_array_new_full (32, (GDestroyNotify) rmq_message_unref);
  if (!_rmq_messages_decode (&context->decode, owner, body, self->messages, &self->stats, error))
    return false;
  self->n_decoded = self->messages->len;
  return finish_messages (self, context, error);
}

bool
_rmq_pull_result_parse (RmqPullResult *self,
                        const RmqFrame *frame,
                        GBytes *owner,
                        const RmqPullContext *context,
                        GError **error)
{
  return _rmq_pull_result_parse_header (self, frame, error)
         && (self->status != RMQ_PULL_FOUND || _rmq_pull_result_parse_body (self, frame->body, owner, context, error));
}

void
_rmq_pull_result_clear (RmqPullResult *self)
{
  g_clear_pointer (&self->messages, g_ptr_array_unref);
}
