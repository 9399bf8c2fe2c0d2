/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message says of itself. Nothing here changes it; text of received messages is made when first asked for.
 */
#include "rmq-message-private.h"

#include "rmq-offset-id-private.h"

/* fallback when there is none, or no number. */
static int64_t
get_number (RmqMessage *self, RmqSlice name, int64_t fallback)
{
  RmqSlice value = _rmq_message_find (self, name);
  int64_t number;

  return value.data != NULL && _rmq_property_parse_int64 (value, &number) ? number : fallback;
}

static int
get_int (RmqMessage *self, RmqSlice name, int fallback)
{
  int64_t number = get_number (self, name, fallback);

  return number >= G_MININT && number <= G_MAXINT ? (int) number : fallback;
}

/**
 * rmq_message_get_topic:
 * @self: a message
 *
 * The topic. A message that comes again after a failure shows its own topic, not that of the retry queue.
 *
 * Returns: (transfer none): the topic
 */
const char *
rmq_message_get_topic (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->topic;
}

/**
 * rmq_message_get_body:
 * @self: a message
 *
 * The body, decompressed. Of a corrupt message: the bytes as they were stored.
 *
 * Returns: (transfer none): the body, perhaps empty
 */
GBytes *
rmq_message_get_body (RmqMessage *self)
{
  GBytes *body;
  GBytes *made;
  size_t offset;

  g_return_val_if_fail (self != NULL, NULL);

  body = g_atomic_pointer_get (&self->body);
  if (body != NULL)
    return body;

  offset = self->raw_body.len > 0
               ? (size_t) (self->raw_body.data - (const char *) g_bytes_get_data (self->buffer, NULL))
               : 0;
  made = g_bytes_new_from_bytes (self->buffer, offset, self->raw_body.len);
  if (g_atomic_pointer_compare_and_exchange (&self->body, NULL, made))
    return made;
  g_bytes_unref (made);
  return g_atomic_pointer_get (&self->body);
}

/**
 * rmq_message_get_body_size:
 * @self: a message
 *
 * The size of the body.
 *
 * Returns: the size in bytes
 */
gsize
rmq_message_get_body_size (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->raw_body.len;
}

/**
 * rmq_message_dup_text:
 * @self: a message
 *
 * The body as a string.
 *
 * Returns: (transfer full) (nullable): the text, or %NULL when the body is not valid UTF-8 or holds a NUL
 */
char *
rmq_message_dup_text (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->raw_body.len == 0)
    return g_strdup ("");
  if (!g_utf8_validate_len (self->raw_body.data, self->raw_body.len, NULL))
    return NULL;
  return g_strndup (self->raw_body.data, self->raw_body.len);
}

/**
 * rmq_message_get_tag:
 * @self: a message
 *
 * The tag.
 *
 * Returns: (transfer none) (nullable): the tag, or %NULL
 */
const char *
rmq_message_get_tag (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return _rmq_message_get_string_literal (self, RMQ_PROPERTY_TAGS);
}

/**
 * rmq_message_dup_keys:
 * @self: a message
 *
 * The keys.
 *
 * Returns: (transfer full) (array zero-terminated=1): the keys; an empty array when there are none
 */
char **
rmq_message_dup_keys (RmqMessage *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  RmqSlice keys;
  const char *end;

  g_return_val_if_fail (self != NULL, NULL);

  keys = _rmq_message_find_literal (self, RMQ_PROPERTY_KEYS);
  end = keys.data != NULL ? keys.data + keys.len : NULL;
  for (const char *at = keys.data; at < end;)
    {
      const char *space = memchr (at, ' ', (size_t) (end - at));
      size_t len = (size_t) ((space != NULL ? space : end) - at);
      g_autofree char *key = g_strndup (at, len);

      if (len > 0)
        g_strv_builder_add (builder, key);
      at += len + 1;
    }
  return g_strv_builder_end (builder);
}

/**
 * rmq_message_get_property:
 * @self: a message
 * @name: the name, also of a property that RocketMQ uses
 *
 * One property.
 *
 * Returns: (transfer none) (nullable): its value, or %NULL
 */
const char *
rmq_message_get_property (RmqMessage *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return _rmq_message_get_string (self, rmq_slice_from_string (name));
}

static void
add_property (RmqSlice name, RmqSlice value, void *data)
{
  g_hash_table_replace (data, rmq_slice_dup (name), rmq_slice_dup (value));
}

/**
 * rmq_message_dup_properties:
 * @self: a message
 *
 * All properties, those that RocketMQ uses among them.
 *
 * Returns: (transfer full) (element-type utf8 utf8): a new table of names and values
 */
GHashTable *
rmq_message_dup_properties (RmqMessage *self)
{
  GHashTable *table;

  g_return_val_if_fail (self != NULL, NULL);

  table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  _rmq_message_foreach_property (self, add_property, table);
  return table;
}

/**
 * rmq_message_get_ordering_key:
 * @self: a message
 *
 * The ordering key.
 *
 * Returns: (transfer none) (nullable): the key, or %NULL
 */
const char *
rmq_message_get_ordering_key (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return _rmq_message_get_string_literal (self, RMQ_PROPERTY_SHARDING_KEY);
}

/**
 * rmq_message_get_flag:
 * @self: a message
 *
 * The application's number, see [method@Message.set_flag].
 *
 * Returns: the flag
 */
int
rmq_message_get_flag (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->flag;
}

/**
 * rmq_message_get_wait_store_ok:
 * @self: a message
 *
 * Whether the broker waits until the message is stored safely.
 *
 * Returns: %TRUE unless it was switched off
 */
gboolean
rmq_message_get_wait_store_ok (RmqMessage *self)
{
  RmqSlice value;

  g_return_val_if_fail (self != NULL, TRUE);

  value = _rmq_message_find_literal (self, RMQ_PROPERTY_WAIT);
  return value.len == 0 || (value.len == 4 && g_ascii_strncasecmp (value.data, "true", 4) == 0);
}

/**
 * rmq_message_get_delay_level:
 * @self: a message
 *
 * The delay level.
 *
 * Returns: the level; 0: none
 */
int
rmq_message_get_delay_level (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return get_int (self, RMQ_SLICE_LITERAL (RMQ_PROPERTY_DELAY), 0);
}

/**
 * rmq_message_get_delay:
 * @self: a message
 *
 * The delay.
 *
 * Returns: milliseconds; 0: none
 */
int64_t
rmq_message_get_delay (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return get_number (self, RMQ_SLICE_LITERAL (RMQ_PROPERTY_TIMER_DELAY_MS), 0);
}

/**
 * rmq_message_get_delivery_time:
 * @self: a message
 *
 * The time of delivery that was asked for.
 *
 * Returns: milliseconds since 1970-01-01 UTC; 0: none
 */
int64_t
rmq_message_get_delivery_time (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return get_number (self, RMQ_SLICE_LITERAL (RMQ_PROPERTY_TIMER_DELIVER_MS), 0);
}

/**
 * rmq_message_get_priority:
 * @self: a message
 *
 * The priority.
 *
 * Returns: the priority; -1: none
 */
int
rmq_message_get_priority (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return get_int (self, RMQ_SLICE_LITERAL (RMQ_PROPERTY_PRIORITY), -1);
}

/**
 * rmq_message_dup_message_id:
 * @self: a message
 *
 * The id to show to people: the unique id, or the offset id of a message that has none.
 *
 * Returns: (transfer full) (nullable): the id, or %NULL for a message that has neither
 */
char *
rmq_message_dup_message_id (RmqMessage *self)
{
  RmqSlice unique;

  g_return_val_if_fail (self != NULL, NULL);

  unique = _rmq_message_find_literal (self, RMQ_PROPERTY_UNIQUE_ID);
  return unique.data != NULL ? rmq_slice_dup (unique) : rmq_message_dup_offset_id (self);
}

/**
 * rmq_message_get_unique_id:
 * @self: a message
 *
 * The unique id that its producer gave it. A message to be sent has one only if it was set: the id a send made is in
 * its receipt.
 *
 * Returns: (transfer none) (nullable): the id, or %NULL
 */
const char *
rmq_message_get_unique_id (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return _rmq_message_get_string_literal (self, RMQ_PROPERTY_UNIQUE_ID);
}

/**
 * rmq_message_dup_offset_id:
 * @self: a message
 *
 * The id that tells broker and place in its commit log.
 *
 * Returns: (transfer full) (nullable): the id; %NULL unless received, and for messages of a batch that is stored whole
 */
char *
rmq_message_dup_offset_id (RmqMessage *self)
{
  char id[RMQ_OFFSET_ID_MAX + 1];

  g_return_val_if_fail (self != NULL, NULL);

  if (!self->has_offset_id)
    return NULL;
  _rmq_offset_id_encode (&self->store_host, self->commit_log_offset, id);
  return g_strdup (id);
}

/**
 * rmq_message_get_transaction_id:
 * @self: a message
 *
 * The id of the transaction the message was sent in: its unique id.
 *
 * Returns: (transfer none) (nullable): the id; %NULL when it was no transactional message
 */
const char *
rmq_message_get_transaction_id (RmqMessage *self)
{
  RmqSlice prepared;

  g_return_val_if_fail (self != NULL, NULL);

  prepared = _rmq_message_find_literal (self, RMQ_PROPERTY_TRANSACTION_PREPARED);
  if (prepared.len != 4 || g_ascii_strncasecmp (prepared.data, "true", 4) != 0)
    return NULL;
  return rmq_message_get_unique_id (self);
}

/**
 * rmq_message_dup_queue:
 * @self: a message
 *
 * The queue it was received from.
 *
 * Returns: (transfer full) (nullable): the queue; %NULL unless received
 */
RmqMessageQueue *
rmq_message_dup_queue (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->broker_name == NULL)
    return NULL;
  return rmq_message_queue_new (self->topic, self->broker_name, self->queue_id);
}

/**
 * rmq_message_get_broker_name:
 * @self: a message
 *
 * The broker it was received from.
 *
 * Returns: (transfer none) (nullable): the broker's name; %NULL unless received
 */
const char *
rmq_message_get_broker_name (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->broker_name;
}

/**
 * rmq_message_get_queue_id:
 * @self: a message
 *
 * The number of its queue.
 *
 * Returns: the number; -1 unless received
 */
int
rmq_message_get_queue_id (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->queue_id;
}

/**
 * rmq_message_get_queue_offset:
 * @self: a message
 *
 * Its place in the queue.
 *
 * Returns: the offset; -1 unless received
 */
int64_t
rmq_message_get_queue_offset (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->queue_offset;
}

/**
 * rmq_message_get_commit_log_offset:
 * @self: a message
 *
 * Its place in the broker's commit log.
 *
 * Returns: the offset in bytes; -1 unless received
 */
int64_t
rmq_message_get_commit_log_offset (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->commit_log_offset;
}

/**
 * rmq_message_get_born_timestamp:
 * @self: a message
 *
 * When it was sent, by its producer's clock.
 *
 * Returns: milliseconds since 1970-01-01 UTC; 0 unless received
 */
int64_t
rmq_message_get_born_timestamp (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->born_timestamp;
}

/**
 * rmq_message_dup_born_host:
 * @self: a message
 *
 * Where it was sent from, as the broker saw it.
 *
 * Returns: (transfer full) (nullable): address and port, such as `192.168.1.10:54321`; %NULL unless received
 */
char *
rmq_message_dup_born_host (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->received ? _rmq_host_to_string (&self->born_host) : NULL;
}

/**
 * rmq_message_get_store_timestamp:
 * @self: a message
 *
 * When it was stored, by the broker's clock.
 *
 * Returns: milliseconds since 1970-01-01 UTC; 0 unless received
 */
int64_t
rmq_message_get_store_timestamp (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->store_timestamp;
}

/**
 * rmq_message_dup_store_host:
 * @self: a message
 *
 * The broker that stored it, by its own idea of its address.
 *
 * Returns: (transfer full) (nullable): address and port, such as `[2001:db8::1]:10911`; %NULL unless received
 */
char *
rmq_message_dup_store_host (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->received ? _rmq_host_to_string (&self->store_host) : NULL;
}

/**
 * rmq_message_get_reconsume_times:
 * @self: a message
 *
 * How often it was delivered before and not consumed.
 *
 * Returns: the number; 0 for the first delivery
 */
int
rmq_message_get_reconsume_times (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->reconsume_times;
}

/**
 * rmq_message_get_sys_flag:
 * @self: a message
 *
 * The system flag: bits of compression, transaction, address width and batch.
 *
 * Returns: the flag; 0 unless received
 */
int
rmq_message_get_sys_flag (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->sys_flag;
}

/**
 * rmq_message_get_body_crc:
 * @self: a message
 *
 * The checksum of the body as it is stored, that is before it is decompressed.
 *
 * Returns: CRC-32 in 31 bits; 0 unless received, and for messages of a batch that is stored whole
 */
guint32
rmq_message_get_body_crc (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->body_crc;
}

/**
 * rmq_message_is_corrupt:
 * @self: a message
 *
 * Whether the body is not what was sent: its checksum is wrong, or it cannot be decompressed.
 * [method@Message.get_body] then gives the bytes as they are stored.
 *
 * Returns: %TRUE for a corrupt message
 */
gboolean
rmq_message_is_corrupt (RmqMessage *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->corrupt;
}
