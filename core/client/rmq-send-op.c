/* SPDX-License-Identifier: Apache-2.0
 *
 * A send before its first attempt: the checks, the unique id, the properties and the body as they will go out. All of
 * it in the caller's thread.
 */
#include "rmq-send-op-private.h"

#include "base/rmq-error-private.h"
#include "rmq-compression-table-private.h"
#include "wire/rmq-names-private.h"

#define DEFAULT_MAX_BODY (4 * 1024 * 1024)
#define DEFAULT_COMPRESS_THRESHOLD 4096
#define DEFAULT_COMPRESSION_LEVEL 5

void
_rmq_send_params_init (RmqSendParams *params, const char *group)
{
  *params = (RmqSendParams){
    .group = group,
    .timeout_us = 3 * G_TIME_SPAN_SECOND,
    .max_attempts = 3,
    .default_queues = 4,
    .max_reconsume_times = -1,
    .max_body = DEFAULT_MAX_BODY,
    .compress_threshold = DEFAULT_COMPRESS_THRESHOLD,
    .compression = RMQ_COMPRESSION_ZLIB,
    .compression_level = DEFAULT_COMPRESSION_LEVEL,
  };
}

static bool
check (RmqMessage *message, const RmqSendParams *params, GError **error)
{
  const char *topic = rmq_message_get_topic (message);
  RmqSlice body = _rmq_message_peek_body (message);

  if (!_rmq_topic_check (topic, error) || !_rmq_topic_check_sendable (topic, error))
    return false;
  if (body.len > 0 && body.len <= params->max_body)
    return true;
  if (body.len == 0)
    _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL,
                    "A message for topic %s has no body: brokers refuse empty ones", topic);
  else
    _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL,
                    "A message for topic %s has a body of %zu bytes, more than the %zu that max-message-size allows",
                    topic, body.len, params->max_body);
  return false;
}

/* Compressed where that makes it smaller. */
static bool
encode_body (RmqSendOp *self, GError **error)
{
  const RmqCompressionTable *table = _rmq_compression_table_get ();
  RmqSlice body = _rmq_message_peek_body (self->message);
  g_autoptr (GBytes) compressed = NULL;

  self->sys_flag = 0;
  if (self->params.compress_threshold > 0 && body.len >= self->params.compress_threshold)
    {
      if (!table->compress (table->data, self->params.compression, self->params.compression_level,
                            (const uint8_t *) body.data, body.len, &compressed, error))
        return false;
      if (g_bytes_get_size (compressed) < body.len)
        {
          self->sys_flag |= _rmq_compression_to_sys_flag (self->params.compression);
          self->body = g_steal_pointer (&compressed);
        }
    }
  if (self->body == NULL)
    self->body = g_bytes_ref (rmq_message_get_body (self->message));
  return true;
}

static bool
encode_properties (RmqSendOp *self, GError **error)
{
  const char *own_id = rmq_message_get_unique_id (self->message);
  char id[RMQ_UNIQUE_ID_MAX + 1];
  size_t id_len = 0;
  RmqByteWriter out = { (uint8_t *) self->properties, 0, self->properties_allocated, RMQ_PROPERTIES_MAX, false };
  bool encoded;

  if (own_id == NULL)
    id_len = _rmq_unique_id_generator_next (&self->core->unique_ids, self->born_timestamp, id);
  encoded = _rmq_message_encode_properties (self->message, own_id == NULL ? id : NULL, NULL, &out, error);
  self->properties = (char *) out.data;
  self->properties_allocated = (uint32_t) out.allocated;
  self->properties_len = (uint32_t) out.len;
  if (!encoded)
    return false;

  /* A new one stands last. */
  if (own_id == NULL)
    self->unique_id = rmq_slice (self->properties + self->properties_len - id_len - 1, id_len);
  else
    self->unique_id = _rmq_properties_text_find (rmq_slice (self->properties, self->properties_len),
                                                 RMQ_SLICE_LITERAL (RMQ_PROPERTY_UNIQUE_ID));
  return true;
}

static bool
encode (RmqSendOp *self, GError **error)
{
  self->born_timestamp = _rmq_clock_realtime_ms (self->core->settings->clock);
  return encode_properties (self, error) && encode_body (self, error);
}

RmqSendOp *
_rmq_send_op_new (RmqClientCore *core,
                  RmqMessage *message,
                  const RmqSendParams *params,
                  RmqSendDone done,
                  void *data,
                  GError **error)
{
  RmqSendOp *self;

  if (core->bad_settings)
    {
      g_propagate_error (error, g_error_copy (core->settings_error));
      return NULL;
    }
  if (!check (message, params, error))
    return NULL;

  self = _rmq_send_pool_take (&core->send_pool);
  self->core = _rmq_client_core_ref (core);
  self->message = rmq_message_ref (message);
  self->params = *params;
  self->done = done;
  self->data = data;
  if (params->queue != NULL)
    rmq_message_queue_ref (params->queue);
  _rmq_message_seal (message);
  if (!encode (self, error))
    {
      _rmq_send_op_free (self);
      return NULL;
    }
  return self;
}

void
_rmq_send_op_free (RmqSendOp *self)
{
  RmqClientCore *core = self->core;

  g_clear_pointer (&self->params.queue, rmq_message_queue_unref);
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  g_clear_pointer (&self->route, _rmq_route_unref);
  g_clear_pointer (&self->details, rmq_error_details_unref);
  g_clear_pointer (&self->weak, rmq_send_receipt_unref);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->vip_address, g_free);
  rmq_message_unref (self->message);
  _rmq_send_pool_give (&core->send_pool, self, self->in_io);
  _rmq_client_core_unref (core);
}

RmqIoOp *
_rmq_send_op_get_io_op (RmqSendOp *self)
{
  return &self->io_op;
}

RmqSendOp *
_rmq_send_op_from_io_op (RmqIoOp *io_op)
{
  return (RmqSendOp *) io_op;
}

void *
_rmq_send_op_get_data (RmqSendOp *self)
{
  return self->data;
}

RmqSendNote *
_rmq_send_op_get_note (RmqSendOp *self)
{
  return &self->note;
}

RmqSendOp **
_rmq_send_op_links (RmqSendOp *self)
{
  return self->links;
}

const char *
_rmq_send_op_get_topic (RmqSendOp *self)
{
  return rmq_message_get_topic (self->message);
}
