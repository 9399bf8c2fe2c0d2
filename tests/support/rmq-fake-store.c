/* SPDX-License-Identifier: Apache-2.0
 *
 * Topics, queues and offsets of the fake broker, in plain tables.
 */
#include "rmq-fake-store.h"

#include "wire/rmq-java-private.h"
#include "wire/rmq-properties-private.h"

static void
record_free (void *data)
{
  RmqFakeRecord *record = data;

  g_bytes_unref (record->bytes);
  g_free (record);
}

static void
queue_free (void *data)
{
  RmqFakeQueue *queue = data;

  g_free (queue->topic);
  g_free (queue->broker_name);
  g_ptr_array_unref (queue->records);
  g_free (queue);
}

static void
topic_free (void *data)
{
  RmqFakeTopic *topic = data;

  g_free (topic->topic);
  g_free (topic->broker_name);
  g_free (topic);
}

void
rmq_fake_store_init (RmqFakeStore *self)
{
  self->topics = g_ptr_array_new_with_free_func (topic_free);
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  self->offsets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->log = g_ptr_array_new ();
  self->physical_offset = 0;
}

void
rmq_fake_store_clear (RmqFakeStore *self)
{
  g_clear_pointer (&self->log, g_ptr_array_unref);
  g_clear_pointer (&self->topics, g_ptr_array_unref);
  g_clear_pointer (&self->queues, g_hash_table_unref);
  g_clear_pointer (&self->offsets, g_hash_table_unref);
}

RmqFakeTopic *
rmq_fake_store_find_topic (RmqFakeStore *self, const char *topic, const char *broker_name)
{
  for (unsigned i = 0; i < self->topics->len; i++)
    {
      RmqFakeTopic *t = g_ptr_array_index (self->topics, i);

      if (g_str_equal (t->topic, topic) && g_str_equal (t->broker_name, broker_name))
        return t;
    }
  return NULL;
}

bool
rmq_fake_store_has_topic (RmqFakeStore *self, const char *topic)
{
  for (unsigned i = 0; i < self->topics->len; i++)
    if (g_str_equal (((RmqFakeTopic *) g_ptr_array_index (self->topics, i))->topic, topic))
      return true;
  return false;
}

void
rmq_fake_store_add_topic (RmqFakeStore *self, const char *topic, const char *broker_name, int n_queues, int perm)
{
  RmqFakeTopic *t = rmq_fake_store_find_topic (self, topic, broker_name);

  if (t == NULL)
    {
      t = g_new0 (RmqFakeTopic, 1);
      t->topic = g_strdup (topic);
      t->broker_name = g_strdup (broker_name);
      g_ptr_array_add (self->topics, t);
    }
  t->n_queues = n_queues;
  t->perm = perm;
}

void
rmq_fake_store_remove_topic (RmqFakeStore *self, const char *topic)
{
  for (unsigned i = self->topics->len; i-- > 0;)
    if (g_str_equal (((RmqFakeTopic *) g_ptr_array_index (self->topics, i))->topic, topic))
      g_ptr_array_remove_index (self->topics, i);
}

RmqFakeQueue *
rmq_fake_store_get_queue (RmqFakeStore *self, const char *topic, const char *broker_name, int queue_id)
{
  g_autofree char *key = g_strdup_printf ("%s@%s@%d", topic, broker_name, queue_id);
  RmqFakeQueue *queue = g_hash_table_lookup (self->queues, key);

  if (queue == NULL)
    {
      queue = g_new0 (RmqFakeQueue, 1);
      queue->topic = g_strdup (topic);
      queue->broker_name = g_strdup (broker_name);
      queue->queue_id = queue_id;
      queue->records = g_ptr_array_new_with_free_func (record_free);
      g_hash_table_insert (self->queues, g_steal_pointer (&key), queue);
    }
  return queue;
}

int64_t
rmq_fake_queue_get_max_offset (const RmqFakeQueue *self)
{
  return self->base + (int64_t) self->records->len;
}

const RmqFakeRecord *
rmq_fake_queue_get_record (const RmqFakeQueue *self, int64_t offset)
{
  if (offset < self->base || offset >= rmq_fake_queue_get_max_offset (self))
    return NULL;
  return g_ptr_array_index (self->records, offset - self->base);
}

int64_t
rmq_fake_store_put (RmqFakeStore *self,
                    RmqFakeQueue *queue,
                    const RmqFakeMessage *message,
                    const char *properties_text,
                    const char *store_host)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 * 1024 * 1024);
  RmqFakeRecord *kept = g_new0 (RmqFakeRecord, 1);
  RmqSlice properties = rmq_slice_from_string (properties_text);
  RmqSlice tag = _rmq_properties_text_find (properties, RMQ_SLICE_LITERAL ("TAGS"));
  int64_t now = g_get_real_time () / 1000;
  RmqRecord record = {
    .queue_id = queue->queue_id,
    .flag = message->flag,
    .sys_flag = message->sys_flag,
    .queue_offset = rmq_fake_queue_get_max_offset (queue),
    .physical_offset = self->physical_offset,
    .born_timestamp = now,
    .store_timestamp = message->store_timestamp != 0 ? message->store_timestamp : now,
    .reconsume_times = message->reconsume_times,
    .topic = rmq_slice_from_string (queue->topic),
    .properties = properties,
  };

  if (message->body != NULL)
    record.body.data = g_bytes_get_data (message->body, &record.body.len);
  else
    record.body = rmq_slice_from_string (message->text != NULL ? message->text : "");
  record.body_crc = _rmq_crc32 (record.body.data, record.body.len) ^ (message->wrong_crc ? 1 : 0);
  g_assert_true (_rmq_host_from_string (&record.born_host, "127.0.0.1:1"));
  g_assert_true (_rmq_host_from_string (&record.store_host, store_host));
  g_assert_true (_rmq_record_encode (&record, &out));

  self->physical_offset += out.len;
  kept->bytes = _rmq_byte_writer_steal (&out);
  kept->tag_code = tag.data != NULL ? _rmq_java_string_hash (tag) : 0;
  kept->store_timestamp = record.store_timestamp;
  kept->physical_offset = record.physical_offset;
  g_ptr_array_add (queue->records, kept);
  g_ptr_array_add (self->log, kept);
  return record.queue_offset;
}

const RmqFakeRecord *
rmq_fake_store_find_record (RmqFakeStore *self, int64_t physical_offset)
{
  for (unsigned i = 0; i < self->log->len; i++)
    {
      const RmqFakeRecord *record = g_ptr_array_index (self->log, i);

      if (record->physical_offset == physical_offset)
        return record;
    }
  return NULL;
}

unsigned
rmq_fake_store_count_messages (RmqFakeStore *self, const char *topic)
{
  GHashTableIter iter;
  RmqFakeQueue *queue;
  unsigned n = 0;

  g_hash_table_iter_init (&iter, self->queues);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &queue))
    if (g_str_equal (queue->topic, topic))
      n += queue->records->len;
  return n;
}

static char *
offset_key (const char *group, const char *topic, const char *broker_name, int queue_id)
{
  return g_strdup_printf ("%s@%s@%s@%d", group, topic, broker_name, queue_id);
}

int64_t
rmq_fake_store_get_offset (RmqFakeStore *self,
                           const char *group,
                           const char *topic,
                           const char *broker_name,
                           int queue_id)
{
  g_autofree char *key = offset_key (group, topic, broker_name, queue_id);
  const int64_t *offset = g_hash_table_lookup (self->offsets, key);

  return offset != NULL ? *offset : -1;
}

void
rmq_fake_store_set_offset (RmqFakeStore *self,
                           const char *group,
                           const char *topic,
                           const char *broker_name,
                           int queue_id,
                           int64_t offset)
{
  char *key = offset_key (group, topic, broker_name, queue_id);

  g_hash_table_insert (self->offsets, key, g_memdup2 (&offset, sizeof offset));
}
