/* SPDX-License-Identifier: Apache-2.0
 *
 * Interprets the answer to a send. RocketMQ: MQClientAPIImpl.processSendResponse.
 */
#include "rmq-send-result-private.h"

#include "base/rmq-error-private.h"
#include "rmq-header-send-private.h"
#include "rmq-properties-private.h"

#define DEFAULT_REGION "DefaultRegion"

static RmqSendStatus
status_of_code (int code)
{
  switch (code)
    {
    case RMQ_RESPONSE_SUCCESS:
      return RMQ_SEND_STATUS_OK;
    case RMQ_RESPONSE_FLUSH_DISK_TIMEOUT:
      return RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT;
    case RMQ_RESPONSE_FLUSH_SLAVE_TIMEOUT:
      return RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT;
    case RMQ_RESPONSE_SLAVE_NOT_AVAILABLE:
      return RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE;
    default:
      return RMQ_SEND_STATUS_FAILED;
    }
}

static RmqSlice
absent_if_empty (RmqSlice text)
{
  return text.len > 0 ? text : RMQ_SLICE_NULL;
}

bool
_rmq_send_result_is_stored (int code)
{
  return status_of_code (code) != RMQ_SEND_STATUS_FAILED;
}

bool
_rmq_send_result_parse (RmqSendResult *self, const RmqFrame *frame, GError **error)
{
  RmqSendMessageResponseHeader header;
  RmqSlice value;

  *self = (RmqSendResult){ .status = status_of_code (frame->code) };
  if (self->status == RMQ_SEND_STATUS_FAILED)
    {
      g_autofree char *remark = rmq_slice_dup (frame->remark);

      g_propagate_error (error, _rmq_error_new_broker (frame->code, remark, NULL, "send"));
      return false;
    }
  /* What is missing does not undo that the message is stored. */
  if (!_rmq_header_decode_partial (RMQ_HEADER (SendMessageResponseHeader), frame->ext, frame->n_ext, &header, error))
    return false;
  self->offset_id = absent_if_empty (header.msg_id);
  self->queue_id = header.has.queue_id ? header.queue_id : -1;
  self->queue_offset = header.has.queue_offset ? header.queue_offset : -1;
  self->transaction_id = absent_if_empty (header.transaction_id);
  self->batch_unique_id = absent_if_empty (header.batch_uniq_id);
  self->recall_handle = absent_if_empty (header.recall_handle);
  self->region_id = RMQ_SLICE_LITERAL (DEFAULT_REGION);
  if (_rmq_frame_get_ext (frame, RMQ_PROPERTY_MSG_REGION, &value) && value.len > 0)
    self->region_id = value;
  self->trace_on =
      !_rmq_frame_get_ext (frame, RMQ_PROPERTY_TRACE_ON, &value) || !rmq_slice_equal_string (value, "false");
  return true;
}

char *
_rmq_send_result_dup_message_id (const RmqSendResult *self, const char *unique_id, const char *const *element_ids)
{
  if (element_ids == NULL || self->batch_unique_id.data != NULL)
    return g_strdup (unique_id);
  return g_strjoinv (",", (char **) element_ids);
}
