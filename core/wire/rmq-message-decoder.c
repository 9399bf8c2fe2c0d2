/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of pull, pop and query answers into messages. Damage anywhere means that nothing of the body is delivered:
 * what follows a bad length cannot be trusted, and the same offset can be asked for again. What only concerns one
 * message's body marks that message.
 */
#include "rmq-message-decoder-private.h"

#include "base/rmq-error-private.h"
#include "rmq-batch-private.h"

#define DEFAULT_MAX_MESSAGES 65536u
/* A body may unpack to so many times the limit of one message: 32 messages of 4 MiB at the default. */
#define TOTAL_FACTOR 8
/* A message that is small, and alone would hold a buffer of more than so many times its size, is copied out. */
#define PIN_FACTOR 16
#define PIN_SMALL_MESSAGE 4096
#define PIN_SMALL_BUFFER (64 * 1024)

typedef struct
{
  const RmqDecodeContext *context;
  GBytes *owner;
  size_t owner_len;
  GPtrArray *messages;
  unsigned max_messages;
  unsigned n_before;
  size_t max_decompressed;
  size_t decompressed_left;
  RmqDecodeStats *stats;
} Decoder;

/* The body and properties of one record as a buffer of their own. */
static GBytes *
copy_record (RmqRecord *record)
{
  size_t len = record->body.len + record->properties.len;
  char *data = g_malloc (MAX (len, 1));

  if (record->body.len > 0)
    memcpy (data, record->body.data, record->body.len);
  if (record->properties.len > 0)
    memcpy (data + record->body.len, record->properties.data, record->properties.len);
  record->body.data = data;
  record->properties.data = data + record->body.len;
  return g_bytes_new_take (data, len);
}

static void
mark_corrupt (Decoder *self, RmqMessage *message)
{
  message->corrupt = true;
  self->stats->n_corrupt++;
}

static void
decompress (Decoder *self, RmqMessage *message)
{
  size_t limit = MIN (self->max_decompressed, self->decompressed_left);
  GBytes *out = NULL;

  if (!_rmq_decompress (self->context->compression, message->sys_flag, message->raw_body, limit, &out, NULL))
    {
      mark_corrupt (self, message);
      return;
    }
  message->body = out;
  message->raw_body.data = g_bytes_get_data (out, &message->raw_body.len);
  self->decompressed_left -= MIN (message->raw_body.len, self->decompressed_left);
  message->sys_flag &= ~RMQ_SYS_FLAG_COMPRESSED;
}

static void
charge (Decoder *self, RmqMessage *message)
{
  size_t size = sizeof *message + message->raw_properties.len + message->raw_body.len;

  if (self->context->budget != NULL)
    _rmq_message_charge (message, self->context->budget, size);
}

static RmqMessage *
new_message (Decoder *self, RmqRecord *record)
{
  g_autoptr (GBytes) copy = NULL;
  RmqMessage *message;

  if (self->owner_len > PIN_SMALL_BUFFER && record->total_size <= PIN_SMALL_MESSAGE
      && self->owner_len / PIN_FACTOR > record->total_size)
    copy = copy_record (record);
  message = _rmq_message_new_received (record, copy != NULL ? copy : self->owner, self->context->topic);
  if (self->context->broker_name != NULL)
    _rmq_message_set_broker_name (message, self->context->broker_name);
  return message;
}

static bool
is_inner_batch (const Decoder *self, const RmqMessage *message)
{
  int bits = RMQ_SYS_FLAG_NEED_UNWRAP | RMQ_SYS_FLAG_INNER_BATCH;

  return (message->sys_flag & bits) == bits && (self->context->flags & RMQ_DECODE_KEEP_INNER) == 0;
}

static RmqMessage *
new_element (Decoder *self, RmqMessage *outer, const RmqBatchElement *element, int index)
{
  RmqRecord record = {
    .queue_id = outer->queue_id,
    .flag = element->flag,
    .queue_offset = outer->queue_offset + index,
    .physical_offset = outer->commit_log_offset,
    .sys_flag = outer->sys_flag,
    .born_timestamp = outer->born_timestamp,
    .born_host = outer->born_host,
    .store_timestamp = outer->store_timestamp,
    .store_host = outer->store_host,
    .body = element->body,
    .topic = rmq_slice_from_string (outer->topic),
    .properties = element->properties,
  };
  /* After decompression the elements lie in the unpacked body. */
  RmqMessage *message = _rmq_message_new_received (&record, rmq_message_get_body (outer), self->context->topic);

  message->has_offset_id = false;
  message->inner_wait = rmq_message_get_wait_store_ok (outer) ? 1 : 0;
  if (self->context->broker_name != NULL)
    _rmq_message_set_broker_name (message, self->context->broker_name);
  charge (self, message);
  return message;
}

/* One level only: elements have no system flag of their own. False when the batch is damaged, as is one whose count
 * is not what the broker counted; nothing is added then. */
static bool
unwrap (Decoder *self, RmqMessage *outer)
{
  RmqSlice body = _rmq_message_peek_body (outer);
  int n = _rmq_batch_count (body, NULL);
  int32_t told;
  RmqBatchElement element;
  size_t position = 0;

  if (n <= 0 || (unsigned) n > self->max_messages - (self->messages->len - self->n_before)
      || outer->queue_offset > INT64_MAX - n)
    return false;
  if (_rmq_property_parse_int32 (_rmq_message_find_literal (outer, RMQ_PROPERTY_INNER_NUM), &told) && told != n)
    return false;
  for (int i = 0; _rmq_batch_next (body, &position, &element, NULL); i++)
    g_ptr_array_add (self->messages, new_element (self, outer, &element, i));
  return true;
}

static bool
check_crc (Decoder *self, const RmqRecord *record, bool *corrupt, size_t offset, GError **error)
{
  RmqDecodeFlags flags = self->context->flags;

  /* Zero is what is left there by writers that do not compute it. */
  if ((flags & RMQ_DECODE_CRC_SKIP) != 0 || record->body_crc == 0
      || _rmq_crc32 (record->body.data, record->body.len) == record->body_crc)
    return true;
  if ((flags & RMQ_DECODE_CRC_MARK) != 0)
    {
      *corrupt = true;
      return true;
    }
  _rmq_set_error (error, RMQ_ERROR_CORRUPT_MESSAGE, NULL,
                  "The checksum of a message body is wrong: record at byte %" G_GSIZE_FORMAT
                  ", queue offset %" G_GINT64_FORMAT,
                  offset, record->queue_offset);
  return false;
}

static bool
add_record (Decoder *self, RmqRecord *record, size_t offset, GError **error)
{
  RmqMessage *message;
  bool corrupt = false;

  if (!check_crc (self, record, &corrupt, offset, error))
    return false;
  if (self->messages->len - self->n_before >= self->max_messages)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "The answer holds more than %u messages", self->max_messages);
      return false;
    }

  message = new_message (self, record);
  if (corrupt)
    mark_corrupt (self, message);
  else if ((message->sys_flag & RMQ_SYS_FLAG_COMPRESSED) != 0
           && (self->context->flags & RMQ_DECODE_KEEP_COMPRESSED) == 0)
    decompress (self, message);

  if (!message->corrupt && is_inner_batch (self, message))
    {
      if (unwrap (self, message))
        {
          self->stats->n_inner_batches++;
          rmq_message_unref (message);
          return true;
        }
      mark_corrupt (self, message);
    }
  charge (self, message);
  g_ptr_array_add (self->messages, message);
  return true;
}

bool
_rmq_messages_decode (const RmqDecodeContext *context,
                      GBytes *owner,
                      RmqSlice body,
                      GPtrArray *messages,
                      RmqDecodeStats *stats,
                      GError **error)
{
  g_autoptr (GBytes) copy = NULL;
  RmqDecodeStats unwanted;
  Decoder self = {
    .context = context,
    .messages = messages,
    .max_messages = context->max_messages > 0 ? context->max_messages : DEFAULT_MAX_MESSAGES,
    .n_before = messages->len,
    .max_decompressed = context->max_decompressed > 0 ? context->max_decompressed : RMQ_DECOMPRESSED_MAX,
    .stats = stats != NULL ? stats : &unwanted,
  };
  size_t position = 0;

  *self.stats = (RmqDecodeStats){ 0 };
  if (body.len == 0)
    return true;
  self.decompressed_left =
      self.max_decompressed > SIZE_MAX / TOTAL_FACTOR ? SIZE_MAX : self.max_decompressed * TOTAL_FACTOR;
  /* One copy of a body that lies in a far bigger buffer is cheaper than one of each message. */
  if (owner == NULL || g_bytes_get_size (owner) / PIN_FACTOR > body.len)
    {
      owner = copy = g_bytes_new (body.data, body.len);
      body.data = g_bytes_get_data (copy, NULL);
    }
  self.owner = owner;
  self.owner_len = g_bytes_get_size (owner);

  while (position < body.len)
    {
      RmqRecord record;

      if (!_rmq_record_decode (&record, (const uint8_t *) body.data + position, body.len - position, position, error)
          || !add_record (&self, &record, position, error))
        {
          self.stats->error_offset = position;
          g_ptr_array_set_size (messages, (int) self.n_before);
          return false;
        }
      position += record.total_size;
    }
  return true;
}
