/* SPDX-License-Identifier: Apache-2.0
 *
 * message-batch, message-batch-stored, message-inner-batch.
 */
#include "vectors-message-common.h"
#include "wire/rmq-batch-private.h"

/* From the fields of the case, then once more from a message with these fields. */
static void
encode_element (JsonObject *input, RmqByteWriter *plain, RmqByteWriter *from_message)
{
  g_auto (RmqProperties) properties = { 0 };
  g_auto (RmqByteWriter) text = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autoptr (GBytes) body = vector_bytes (input, "body");
  g_autoptr (RmqMessage) message = rmq_message_new ("T", body);
  RmqBatchElement element = { (int32_t) vector_int (input, "flag", 0), vector_slice_of_bytes (body), RMQ_SLICE_NULL };

  vector_read_properties (input, "properties", &properties);
  _rmq_properties_encode (&properties, &text);
  element.properties = rmq_slice ((const char *) text.data, text.len);
  g_assert_true (_rmq_batch_element_encode (&element, plain));

  message->flag = element.flag;
  _rmq_properties_copy (&message->properties, &properties);
  g_assert_true (_rmq_batch_append (from_message, message, NULL, NULL));
  g_assert_cmpuint (_rmq_batch_message_len (message), >=, RMQ_BATCH_ELEMENT_OVERHEAD + element.body.len + text.len);
}

static void
expect_element (VectorCase *self, const RmqBatchElement *element, JsonObject *want)
{
  JsonObject *properties = vector_object (want, "properties");
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  unsigned n = 0;

  vector_expect_int (self, "flag", element->flag, vector_int (want, "flag", 0));
  vector_expect_body (self, "body", element->body, vector_node (want, "body"));
  rmq_property_iter_init (&iter, element->properties);
  for (; _rmq_property_iter_next (&iter, &name, &value); n++)
    {
      g_autofree char *key = rmq_slice_dup (name);

      vector_expect_slice (self, key, value, vector_string (properties, key));
    }
  vector_expect_int (self, "number of properties", n, properties != NULL ? json_object_get_size (properties) : 0);
}

static bool
run_batch (VectorCase *self)
{
  g_auto (RmqByteWriter) plain = RMQ_BYTE_WRITER_INIT (1 << 24);
  g_auto (RmqByteWriter) from_messages = RMQ_BYTE_WRITER_INIT (1 << 24);
  g_autoptr (GBytes) want = vector_bytes (self->object, "bytes");
  RmqSlice bytes = vector_slice_of_bytes (want);
  JsonArray *messages = vector_array (self->input, "messages");
  JsonArray *decoded = vector_array (self->object, "decoded");
  RmqBatchElement element;
  size_t position = 0;

  if (messages == NULL || decoded == NULL)
    return false;
  for (unsigned i = 0; i < json_array_get_length (messages); i++)
    encode_element (json_array_get_object_element (messages, i), &plain, &from_messages);
  vector_expect_bytes (self, "encoded", rmq_slice ((const char *) plain.data, plain.len), bytes);
  vector_expect_bytes (self, "messages", rmq_slice ((const char *) from_messages.data, from_messages.len), bytes);

  vector_expect_int (self, "count", _rmq_batch_count (bytes, NULL), vector_int (self->object, "count", -1));
  for (unsigned i = 0; i < json_array_get_length (decoded); i++)
    if (vector_expect_bool (self, "next", _rmq_batch_next (bytes, &position, &element, NULL), true))
      expect_element (self, &element, json_array_get_object_element (decoded, i));
  vector_expect_bool (self, "end", _rmq_batch_next (bytes, &position, &element, NULL), false);
  return true;
}

static bool
run_messages (VectorCase *self, JsonArray *wanted)
{
  RmqDecodeStats stats;
  g_autoptr (GPtrArray) messages = vector_decode_messages (self, RMQ_DECODE_CRC_FAIL, &stats);

  if (wanted == NULL)
    return false;
  if (messages == NULL || !vector_expect_int (self, "count", messages->len, json_array_get_length (wanted)))
    return true;
  for (unsigned i = 0; i < messages->len; i++)
    vector_expect_message (self, messages->pdata[i], json_array_get_object_element (wanted, i));
  return true;
}

static bool
run_batch_stored (VectorCase *self)
{
  return run_messages (self, vector_array (self->object, "javaDecoded"));
}

static bool
run_inner_batch (VectorCase *self)
{
  RmqDecodeStats stats;
  g_autoptr (GPtrArray) whole = vector_decode_messages (self, RMQ_DECODE_KEEP_INNER, &stats);

  if (whole != NULL && vector_expect_int (self, "number of records", whole->len, 1))
    vector_expect_message (self, whole->pdata[0], vector_object (self->object, "outer"));
  return run_messages (self, vector_array (self->object, "elements"));
}

const VectorCategory vectors_batch[] = {
  { "message-batch", run_batch },
  { "message-batch-stored", run_batch_stored },
  { "message-inner-batch", run_inner_batch },
  { NULL },
};
