/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of records: the first byte is the decoder's flags. What decodes is read through every getter; each record is
 * written again to the same bytes; on damage nothing is delivered.
 */
#include "rmq-fuzz.h"
#include "wire/rmq-message-decoder-private.h"

#define LIMIT 4096

/* "Decompresses" to as many bytes as the first one says, 16 times; an odd one is damage. */
static bool
decompress (void *data, RmqCompression type, const uint8_t *in, size_t len, size_t limit, GBytes **out, GError **error)
{
  size_t n = len > 0 ? in[0] * 16u : 0;

  RMQ_FUZZ_CHECK (limit <= LIMIT);
  if (len == 0 || in[0] % 2 == 1 || n > limit)
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "");
      return false;
    }
  *out = g_bytes_new_take (g_malloc0 (n + 1), n);
  return true;
}

static void
check_string (const char *text)
{
  RMQ_FUZZ_CHECK (text == NULL || g_utf8_validate (text, -1, NULL));
}

static void
check_property (RmqSlice name, RmqSlice value, void *data)
{
  RmqMessage *message = data;
  RmqSlice found = _rmq_message_find (message, name);

  RMQ_FUZZ_CHECK (name.len > 0 && found.data != NULL);
  check_string (_rmq_message_get_string (message, name));
}

static void
read_message (RmqMessage *message)
{
  g_autofree char *id = rmq_message_dup_message_id (message);
  g_autofree char *offset_id = rmq_message_dup_offset_id (message);
  g_autofree char *text = rmq_message_dup_text (message);
  g_autofree char *born = rmq_message_dup_born_host (message);
  g_autofree char *store = rmq_message_dup_store_host (message);
  g_auto (GStrv) keys = rmq_message_dup_keys (message);
  g_autoptr (GHashTable) table = rmq_message_dup_properties (message);
  g_autoptr (RmqMessage) copy = rmq_message_copy (message);
  g_autoptr (RmqMessage) all = _rmq_message_copy_all (message, "T");

  RMQ_FUZZ_CHECK (g_bytes_get_size (rmq_message_get_body (message)) == rmq_message_get_body_size (message));
  RMQ_FUZZ_CHECK (g_bytes_get_size (rmq_message_get_body (copy)) == rmq_message_get_body_size (message));
  RMQ_FUZZ_CHECK (offset_id == NULL || strlen (offset_id) == 32 || strlen (offset_id) == 56);
  check_string (rmq_message_get_topic (message));
  check_string (id);
  check_string (all->topic);
  RMQ_FUZZ_CHECK (copy->properties.n <= all->properties.n && (table != NULL));
  RMQ_FUZZ_CHECK (keys != NULL && (text == NULL || strlen (text) == rmq_message_get_body_size (message)));
  check_string (born);
  check_string (store);
  check_string (rmq_message_get_transaction_id (message));
  rmq_message_get_delay_level (message);
  rmq_message_get_delivery_time (message);
  rmq_message_get_priority (message);
  rmq_message_get_wait_store_ok (message);
  _rmq_message_foreach_property (message, check_property, message);
}

static void
write_records (RmqSlice body)
{
  for (size_t at = 0; at < body.len;)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (body.len);
      RmqRecord record;

      RMQ_FUZZ_CHECK (_rmq_record_decode (&record, (const uint8_t *) body.data + at, body.len - at, at, NULL));
      RMQ_FUZZ_CHECK (record.v2 || record.topic.len <= 127);
      RMQ_FUZZ_CHECK (_rmq_record_encode (&record, &out));
      RMQ_FUZZ_CHECK (out.len == record.total_size && out.len == _rmq_record_encoded_len (&record));
      RMQ_FUZZ_CHECK (memcmp (out.data, body.data + at, out.len) == 0);
      at += record.total_size;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const RmqCompressionTable table = { decompress, NULL, NULL };
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  g_autoptr (GBytes) owner = NULL;
  g_autoptr (GError) error = NULL;
  RmqDecodeContext context = { .compression = &table, .max_decompressed = LIMIT, .max_messages = 1000 };
  RmqDecodeStats stats;
  RmqSlice body;

  if (size < 1)
    return 0;
  context.flags = data[0] & 0x0F;
  body = rmq_slice ((const char *) data + 1, size - 1);
  owner = data[0] & 0x10 ? g_bytes_new_static (data, size) : NULL;
  if (!_rmq_messages_decode (&context, owner, body, messages, &stats, &error))
    {
      RMQ_FUZZ_CHECK (error != NULL && messages->len == 0 && stats.error_offset <= body.len);
      return 0;
    }
  RMQ_FUZZ_CHECK (messages->len <= 1000 && stats.n_corrupt <= messages->len);
  g_ptr_array_foreach (messages, (GFunc) (void (*) (void)) read_message, NULL);
  write_records (body);
  return 0;
}
