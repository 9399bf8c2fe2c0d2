/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of messages, for stores: found in a message, hashed, and looked for in a record.
 */
#include "rmq-broker-keys-private.h"

#include "base/rmq-error-private.h"

bool
_rmq_broker_messages_measure (const RmqBrokerMessage *messages, unsigned n, size_t *size, GError **error)
{
  *size = 0;
  for (unsigned i = 0; i < n; i++)
    {
      const RmqRecord *record = &messages[i].record;

      if (record->topic.len == 0 || record->topic.len > RMQ_RECORD_TOPIC_MAX || record->properties.len > INT16_MAX)
        {
          _rmq_set_error (error, RMQ_ERROR_MESSAGE_ILLEGAL, NULL, "topic or properties are too long to be stored");
          return false;
        }
      *size += _rmq_record_encoded_len (record);
    }
  return true;
}

void
_rmq_broker_message_each_key (const RmqBrokerMessage *message, RmqBrokerKeyVisit visit, void *data)
{
  RmqSlice left = message->keys;

  if (message->unique_id.len > 0)
    visit (message->unique_id, RMQ_STORE_INDEX_UNIQUE, data);
  while (left.len > 0)
    {
      const char *blank = memchr (left.data, ' ', left.len);
      size_t len = blank != NULL ? (size_t) (blank - left.data) : left.len;

      if (len > 0)
        visit (rmq_slice (left.data, len), RMQ_STORE_INDEX_KEY, data);
      len = MIN (len + 1, left.len);
      left = rmq_slice (left.data + len, left.len - len);
    }
}

uint32_t
_rmq_broker_key_hash (RmqSlice topic, RmqSlice key, RmqStoreIndex index)
{
  uint32_t hash = 2166136261u + index;

  for (size_t i = 0; i < key.len; i++)
    hash = (hash ^ (uint8_t) key.data[i]) * 16777619u;
  for (size_t i = 0; i < topic.len; i++)
    hash = (hash ^ (uint8_t) topic.data[i]) * 16777619u;
  return hash;
}

static bool
has_word (RmqSlice words, RmqSlice word)
{
  const char *at = words.data;
  const char *end = at + words.len;

  while (at != NULL && (at = memmem (at, (size_t) (end - at), word.data, word.len)) != NULL)
    {
      const char *behind = at + word.len;

      if ((at == words.data || at[-1] == ' ') && (behind == end || *behind == ' '))
        return true;
      at++;
    }
  return false;
}

bool
_rmq_broker_record_has_key (const RmqRecord *record, RmqSlice topic, RmqSlice key, RmqStoreIndex index)
{
  const char *name = index == RMQ_STORE_INDEX_UNIQUE ? RMQ_PROPERTY_UNIQUE_ID : RMQ_PROPERTY_KEYS;
  RmqSlice value = _rmq_properties_text_find (record->properties, rmq_slice_from_string (name));

  if (!rmq_slice_equal (record->topic, topic) || value.data == NULL)
    return false;
  return index == RMQ_STORE_INDEX_UNIQUE ? rmq_slice_equal (value, key) : has_word (value, key);
}
