/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored records: message-record, message-record-v2, message-compressed, message-pull-body, crc32.
 */
#include "vectors-message-common.h"

static void
decode_one (VectorCase *self, RmqDecodeFlags flags)
{
  RmqDecodeStats stats;
  g_autoptr (GPtrArray) messages = vector_decode_messages (self, flags, &stats);

  if (messages == NULL || !vector_expect_int (self, "number of messages", messages->len, 1))
    return;
  vector_expect_bool (self, "corrupt", rmq_message_is_corrupt (messages->pdata[0]), false);
  vector_expect_message (self, messages->pdata[0], vector_object (self->object, "decoded"));
}

static void
encode_one (VectorCase *self)
{
  g_auto (RmqProperties) properties = { 0 };
  g_auto (RmqByteWriter) text = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 24);
  g_autoptr (GBytes) body = vector_bytes (self->input, "body");
  g_autoptr (GBytes) want = vector_bytes (self->object, "bytes");
  RmqRecord record = {
    .body_crc = (uint32_t) vector_int (self->input, "bodyCRC", 0),
    .queue_id = (int32_t) vector_int (self->input, "queueId", 0),
    .flag = (int32_t) vector_int (self->input, "flag", 0),
    .queue_offset = vector_int (self->input, "queueOffset", 0),
    .physical_offset = vector_int (self->input, "commitLogOffset", 0),
    .sys_flag = (int32_t) vector_int (self->input, "sysFlag", 0),
    .born_timestamp = vector_int (self->input, "bornTimestamp", 0),
    .born_host = vector_read_host (self->input, "bornHost"),
    .store_timestamp = vector_int (self->input, "storeTimestamp", 0),
    .store_host = vector_read_host (self->input, "storeHost"),
    .reconsume_times = (int32_t) vector_int (self->input, "reconsumeTimes", 0),
    .prepared_transaction_offset = vector_int (self->input, "preparedTransactionOffset", 0),
    .body = vector_slice_of_bytes (body),
    .topic = rmq_slice_from_string (vector_string (self->input, "topic")),
  };

  vector_read_properties (self->input, "properties", &properties);
  _rmq_properties_encode (&properties, &text);
  record.properties = rmq_slice ((const char *) text.data, text.len);
  vector_expect_bool (self, "encoded", _rmq_record_encode (&record, &out), true);
  vector_expect_int (self, "size", (int64_t) _rmq_record_encoded_len (&record), (int64_t) out.len);
  vector_expect_bytes (self, "record", rmq_slice ((const char *) out.data, out.len), vector_slice_of_bytes (want));
}

static bool
run_record (VectorCase *self)
{
  if (vector_object (self->object, "decoded") == NULL)
    return false;
  decode_one (self, RMQ_DECODE_CRC_FAIL);
  encode_one (self);
  return true;
}

/* Where Java gives up, the message is delivered as it is stored, and marked. */
static bool
run_compressed (VectorCase *self)
{
  RmqDecodeStats stats;
  g_autoptr (GPtrArray) messages = NULL;

  if (vector_object (self->object, "decoded") != NULL)
    {
      decode_one (self, RMQ_DECODE_CRC_SKIP);
      return true;
    }
  messages = vector_decode_messages (self, RMQ_DECODE_CRC_SKIP, &stats);
  if (messages == NULL || !vector_expect_int (self, "number of messages", messages->len, 1))
    return true;
  vector_expect_bool (self, "corrupt", rmq_message_is_corrupt (messages->pdata[0]), true);
  vector_expect_int (self, "number of corrupt messages", stats.n_corrupt, 1);
  vector_expect_int (self, "sysFlag", rmq_message_get_sys_flag (messages->pdata[0]),
                     vector_int (self->input, "sysFlag", -1));
  vector_expect_body (self, "body", _rmq_message_peek_body (messages->pdata[0]), vector_node (self->input, "body"));
  return true;
}

static void
expect_damage (VectorCase *self)
{
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  g_autoptr (GError) error = NULL;
  RmqDecodeContext context = { 0 };
  RmqDecodeStats stats;

  vector_expect_bool (self, "decoded",
                      _rmq_messages_decode (&context, bytes, vector_slice_of_bytes (bytes), messages, &stats, &error),
                      false);
  vector_expect_int (self, "number of messages", messages->len, 0);
  vector_expect_bool (self, "error", g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL), true);
  vector_expect_bool (self, "place of the damage is told", stats.error_offset > 0, true);
}

static bool
run_pull_body (VectorCase *self)
{
  RmqDecodeStats stats;
  JsonArray *wanted = vector_array (self->object, "javaDecoded");
  g_autoptr (GPtrArray) messages = NULL;

  if (vector_bool (self->object, "damaged", false) || g_str_has_prefix (self->name, "trailing-"))
    {
      expect_damage (self);
      return true;
    }
  messages = vector_decode_messages (self, RMQ_DECODE_CRC_FAIL, &stats);
  if (messages == NULL || wanted == NULL
      || !vector_expect_int (self, "number of messages", messages->len, json_array_get_length (wanted)))
    return wanted != NULL;
  for (unsigned i = 0; i < messages->len; i++)
    vector_expect_message (self, messages->pdata[i], json_array_get_object_element (wanted, i));
  return true;
}

static bool
run_crc32 (VectorCase *self)
{
  g_autoptr (GBytes) data = vector_bytes (self->input, "data");
  g_autoptr (GBytes) want = vector_bytes (self->object, "bytes");
  char property[RMQ_PROPERTY_CRC32_LEN];
  RmqSlice bytes = vector_slice_of_bytes (data);
  uint32_t crc;

  if (data == NULL || want == NULL)
    return false;
  crc = _rmq_crc32 (bytes.data, bytes.len);
  vector_expect_int (self, "crc32", crc, vector_int (self->object, "crc32", -1));
  _rmq_property_format_crc32 (crc, property);
  vector_expect_bytes (self, "property", rmq_slice (property, sizeof property), vector_slice_of_bytes (want));
  return true;
}

const VectorCategory vectors_message[] = {
  { "message-record", run_record },
  { "message-record-v2", run_record },
  { "message-compressed", run_compressed },
  { "message-pull-body", run_pull_body },
  { "crc32", run_crc32 },
  { NULL },
};
