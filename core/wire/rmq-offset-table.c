/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the offset tables, the two forms of a reset, and the text of the local offset file.
 */
#include "rmq-offset-table-private.h"

#include <rmq/rmq.h>

static const RmqBodyField queue_offset_rows[] = {
  RMQ_ROW (RmqQueueOffset, queue, "key", QUEUE),
  RMQ_ROW (RmqQueueOffset, offset, "value", INT64),
};
RMQ_DEFINE_BODY (RmqQueueOffset, queue_offset, "Map.Entry<MessageQueue, Long>", queue_offset_rows)

static const RmqBodyField offset_table_rows[] = {
  RMQ_ROW (RmqOffsetTable, offsets, "offsetTable", MAP, .nested = &_rmq_queue_offset_type),
};
RMQ_DEFINE_BODY (RmqOffsetTable, offset_table, "ResetOffsetBody", offset_table_rows)

static const RmqBodyField client_offsets_rows[] = {
  RMQ_ROW (RmqClientOffsets, client_id, "key", STRING),
  RMQ_ROW (RmqClientOffsets, offsets, "value", MAP, .nested = &_rmq_queue_offset_type),
};
RMQ_DEFINE_BODY (RmqClientOffsets, client_offsets, "Map.Entry<String, Map<MessageQueue, Long>>", client_offsets_rows)

static const RmqBodyField consumer_status_rows[] = {
  RMQ_ROW (RmqConsumerStatusBody, clients, "consumerTable", MAP, .nested = &_rmq_client_offsets_type),
  RMQ_ROW (RmqConsumerStatusBody, offsets, "messageQueueTable", MAP, .nested = &_rmq_queue_offset_type),
};
RMQ_DEFINE_BODY (RmqConsumerStatusBody, consumer_status_body, "GetConsumerStatusBody", consumer_status_rows)

static const RmqBodyField flat_offset_rows[] = {
  RMQ_ROW (RmqFlatOffset, broker_name, "brokerName", STRING),
  RMQ_ROW (RmqFlatOffset, offset, "offset", INT64),
  RMQ_ROW (RmqFlatOffset, queue_id, "queueId", INT32),
  RMQ_ROW (RmqFlatOffset, topic, "topic", STRING),
};
RMQ_DEFINE_BODY (RmqFlatOffset, flat_offset, "MessageQueueForC", flat_offset_rows)

static const RmqBodyField flat_offset_table_rows[] = {
  RMQ_ROW (RmqFlatOffsetTable,
           offsets,
           "offsetTable",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_flat_offset_type),
};
RMQ_DEFINE_BODY (RmqFlatOffsetTable, flat_offset_table, "ResetOffsetBodyForC", flat_offset_table_rows)

static const RmqBodyField id_offset_rows[] = {
  RMQ_ROW (RmqIdOffset, id, "key", INT64),
  RMQ_ROW (RmqIdOffset, offset, "value", INT64),
};
RMQ_DEFINE_BODY (RmqIdOffset, id_offset, "Map.Entry<Integer, Long>", id_offset_rows)

static const RmqBodyField correction_rows[] = {
  RMQ_ROW (RmqCorrectionBody, offsets, "correctionOffsets", MAP, .nested = &_rmq_id_offset_type),
};
RMQ_DEFINE_BODY (RmqCorrectionBody, correction_body, "QueryCorrectionOffsetBody", correction_rows)

void
_rmq_queue_offsets_add (GPtrArray *offsets, RmqMessageQueue *queue, int64_t offset)
{
  RmqQueueOffset *entry = _rmq_queue_offset_new ();

  entry->queue = rmq_message_queue_ref (queue);
  entry->offset = offset;
  g_ptr_array_add (offsets, entry);
}

RmqOffsetTable *
_rmq_offset_table_decode_reset (RmqSlice body, GError **error)
{
  g_autoptr (RmqOffsetTable) self = _rmq_offset_table_decode (body, error);
  g_autoptr (RmqFlatOffsetTable) flat = NULL;

  if (self == NULL || self->offsets->len > 0)
    return g_steal_pointer (&self);
  flat = _rmq_flat_offset_table_decode (body, error);
  if (flat == NULL)
    return NULL;
  for (unsigned i = 0; flat->offsets != NULL && i < flat->offsets->len; i++)
    {
      const RmqFlatOffset *item = g_ptr_array_index (flat->offsets, i);
      g_autoptr (RmqMessageQueue) queue = NULL;

      if (item->topic == NULL || item->broker_name == NULL)
        continue;
      queue = rmq_message_queue_new (item->topic, item->broker_name, item->queue_id);
      _rmq_queue_offsets_add (self->offsets, queue, item->offset);
    }
  return g_steal_pointer (&self);
}

static void
write_member (RmqByteWriter *out, const char *name, const char *value)
{
  rmq_byte_writer_string (out, "\t\t\t\"");
  rmq_byte_writer_string (out, name);
  rmq_byte_writer_string (out, "\":\"");
  _rmq_json_escape (out, rmq_slice_from_string (value));
  rmq_byte_writer_string (out, "\",\n");
}

void
_rmq_offset_table_write_file (const RmqOffsetTable *self, RmqByteWriter *out)
{
  rmq_byte_writer_string (out, "{\n\t\"offsetTable\":{");
  for (unsigned i = 0; i < self->offsets->len; i++)
    {
      const RmqQueueOffset *entry = g_ptr_array_index (self->offsets, i);
      char numbers[80];

      rmq_byte_writer_string (out, i == 0 ? "\n\t\t{\n" : ",\n\t\t{\n");
      write_member (out, "brokerName", rmq_message_queue_get_broker_name (entry->queue));
      g_snprintf (numbers, sizeof numbers, "\t\t\t\"queueId\":%d,\n", rmq_message_queue_get_queue_id (entry->queue));
      rmq_byte_writer_string (out, numbers);
      rmq_byte_writer_string (out, "\t\t\t\"topic\":\"");
      _rmq_json_escape (out, rmq_slice_from_string (rmq_message_queue_get_topic (entry->queue)));
      g_snprintf (numbers, sizeof numbers, "\"\n\t\t}:%" G_GINT64_FORMAT, entry->offset);
      rmq_byte_writer_string (out, numbers);
    }
  rmq_byte_writer_string (out, self->offsets->len > 0 ? "\n\t}\n}" : "}\n}");
}
