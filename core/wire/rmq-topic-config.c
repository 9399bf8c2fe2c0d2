/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of topic configurations, their text form, and the text of attributes in requests.
 */
#include "rmq-topic-config-private.h"
#include "base/rmq-error-private.h"

static const char *const filter_types[] = { "SINGLE_TAG", "MULTI_TAG" };
static const RmqBodyEnum filter_type_names = RMQ_BODY_ENUM (filter_types);

static const RmqBodyField topic_config_rows[] = {
  RMQ_ROW (RmqTopicConfigBody, attributes, "attributes", MAP, .nested = &_rmq_string_pair_type),
  RMQ_ROW (RmqTopicConfigBody,
           mapping,
           "mappingDetail",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_queue_mapping_type),
  RMQ_ROW (RmqTopicConfigBody, order, "order", BOOLEAN),
  RMQ_ROW (RmqTopicConfigBody, perm, "perm", INT32, .initial = RMQ_PERM_READ | RMQ_PERM_WRITE),
  RMQ_ROW (RmqTopicConfigBody, read_queues, "readQueueNums", INT32, .initial = 16),
  RMQ_ROW (RmqTopicConfigBody, filter_type, "topicFilterType", ENUM, .names = &filter_type_names),
  RMQ_ROW (RmqTopicConfigBody, name, "topicName", STRING),
  RMQ_ROW (RmqTopicConfigBody, sys_flag, "topicSysFlag", INT32),
  RMQ_ROW (RmqTopicConfigBody, write_queues, "writeQueueNums", INT32, .initial = 16),
};
RMQ_DEFINE_BODY (RmqTopicConfigBody, topic_config_body, "TopicConfig", topic_config_rows)

static const RmqBodyField topic_config_entry_rows[] = {
  RMQ_ROW (RmqTopicConfigEntry, name, "key", STRING),
  RMQ_ROW (RmqTopicConfigEntry, config, "value", STRUCT, .nested = &_rmq_topic_config_body_type),
};
RMQ_DEFINE_BODY (RmqTopicConfigEntry, topic_config_entry, "Map.Entry<String, TopicConfig>", topic_config_entry_rows)

static const RmqBodyField topic_config_list_rows[] = {
  RMQ_ROW (RmqTopicConfigListBody,
           configs,
           "topicConfigList",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_topic_config_body_type),
};
RMQ_DEFINE_BODY (RmqTopicConfigListBody, topic_config_list_body, "CreateTopicListRequestBody", topic_config_list_rows)

static const RmqBodyField data_version_rows[] = {
  RMQ_ROW (RmqDataVersion, counter, "counter", INT64),
  RMQ_ROW (RmqDataVersion, state_version, "stateVersion", INT64),
  RMQ_ROW (RmqDataVersion, timestamp, "timestamp", INT64),
};
RMQ_DEFINE_BODY (RmqDataVersion, data_version, "DataVersion", data_version_rows)

static const RmqBodyField topic_table_rows[] = {
  RMQ_ROW (RmqTopicTableBody, data_version, "dataVersion", STRUCT, .nested = &_rmq_data_version_type),
  RMQ_ROW (RmqTopicTableBody,
           mapping_data_version,
           "mappingDataVersion",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_data_version_type),
  RMQ_ROW (RmqTopicTableBody, configs, "topicConfigTable", MAP, .nested = &_rmq_topic_config_entry_type),
  RMQ_ROW (RmqTopicTableBody,
           mappings,
           "topicQueueMappingInfoMap",
           MAP,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_queue_mapping_entry_type),
};
RMQ_DEFINE_BODY (RmqTopicTableBody, topic_table_body, "TopicConfigSerializeWrapper", topic_table_rows)

static const RmqBodyField register_broker_rows[] = {
  RMQ_ROW (RmqRegisterBrokerBody, filter_servers, "filterServerList", STRINGS),
  RMQ_ROW (RmqRegisterBrokerBody, table, "topicConfigSerializeWrapper", STRUCT, .nested = &_rmq_topic_table_body_type),
};
RMQ_DEFINE_BODY (RmqRegisterBrokerBody, register_broker_body, "RegisterBrokerBody", register_broker_rows)

RmqTopicConfigBody *
_rmq_topic_table_body_add (RmqTopicTableBody *self, const char *name)
{
  RmqTopicConfigEntry *entry = _rmq_topic_config_entry_new ();

  entry->name = g_strdup (name);
  entry->config->name = g_strdup (name);
  g_ptr_array_add (self->configs, entry);
  return entry->config;
}

void
_rmq_topic_config_body_encode_text (const RmqTopicConfigBody *self, RmqByteWriter *out)
{
  char numbers[64];
  RmqJsonWriter writer;

  rmq_byte_writer_string (out, self->name != NULL ? self->name : "");
  g_snprintf (numbers, sizeof numbers, " %d %d %d ", self->read_queues, self->write_queues, self->perm);
  rmq_byte_writer_string (out, numbers);
  rmq_byte_writer_string (out, filter_types[self->filter_type == RMQ_TOPIC_FILTER_MULTI_TAG]);
  rmq_byte_writer_string (out, " ");

  _rmq_json_writer_init (&writer, out);
  _rmq_json_writer_begin_object (&writer);
  for (unsigned i = 0; i < self->attributes->len; i++)
    {
      const RmqStringPair *pair = g_ptr_array_index (self->attributes, i);

      _rmq_json_writer_key (&writer, pair->key);
      _rmq_json_writer_string (&writer, pair->value);
    }
  _rmq_json_writer_end_object (&writer);
}

static bool
parse_int32 (const char *text, int32_t *value)
{
  gint64 wide;

  if (!g_ascii_string_to_signed (text, 10, INT32_MIN, INT32_MAX, &wide, NULL))
    return false;
  *value = (int32_t) wide;
  return true;
}

/* The attributes are the rest of the text: their JSON may hold blanks. A broken one is ignored, as peers do. */
static void
read_attributes (RmqTopicConfigBody *self, const char *json)
{
  g_autofree char *wrapped = g_strconcat ("{\"attributes\":", json, "}", NULL);
  g_autoptr (RmqTopicConfigBody) other = _rmq_topic_config_body_decode (rmq_slice_from_string (wrapped), NULL);

  if (other == NULL)
    return;
  g_ptr_array_unref (self->attributes);
  self->attributes = g_steal_pointer (&other->attributes);
}

RmqTopicConfigBody *
_rmq_topic_config_body_decode_text (RmqSlice text, GError **error)
{
  g_autoptr (RmqTopicConfigBody) self = _rmq_topic_config_body_new ();
  g_autofree char *copy = g_strndup (text.data, text.len);
  g_auto (GStrv) items = g_strsplit (copy, " ", 6);

  if (g_strv_length (items) < 5 || !parse_int32 (items[1], &self->read_queues)
      || !parse_int32 (items[2], &self->write_queues) || !parse_int32 (items[3], &self->perm))
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL,
                      "topic configuration \"%.100s\" is not name, counts, perm, filter", copy);
      return NULL;
    }
  self->name = g_strdup (items[0]);
  self->filter_type = strcmp (items[4], filter_types[1]) == 0;
  if (items[5] != NULL)
    read_attributes (self, items[5]);
  return g_steal_pointer (&self);
}

static bool
add_attribute (GPtrArray *pairs, const char *item, GError **error)
{
  const char *equals = strchr (item, '=');
  g_autofree char *key = equals != NULL ? g_strndup (item, (size_t) (equals - item)) : g_strdup (item);
  bool remove = item[0] == '-';

  if ((item[0] != '+' && !remove) || key[1] == '\0' || remove == (equals != NULL))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "attribute \"%.100s\" is neither +key=value nor -key",
                      item);
      return false;
    }
  for (unsigned i = 0; i < pairs->len; i++)
    if (strcmp (((RmqStringPair *) g_ptr_array_index (pairs, i))->key + 1, key + 1) == 0)
      {
        _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "attribute %s is given twice", key + 1);
        return false;
      }
  _rmq_string_pairs_add (pairs, key, remove ? "" : equals + 1);
  return true;
}

GPtrArray *
_rmq_attributes_parse (const char *text, GError **error)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (_rmq_string_pair_type.free);
  g_auto (GStrv) items = g_strsplit (text != NULL ? text : "", ",", RMQ_ATTRIBUTES_MAX + 1);

  if (g_strv_length (items) > RMQ_ATTRIBUTES_MAX)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "more than %d attributes", RMQ_ATTRIBUTES_MAX);
      return NULL;
    }
  for (unsigned i = 0; items[i] != NULL; i++)
    if (!add_attribute (pairs, items[i], error))
      return NULL;
  return g_steal_pointer (&pairs);
}

char *
_rmq_attributes_to_text (GPtrArray *pairs)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < pairs->len; i++)
    {
      const RmqStringPair *pair = g_ptr_array_index (pairs, i);

      if (i > 0)
        g_string_append_c (text, ',');
      g_string_append (text, pair->key);
      if (pair->key[0] != '-')
        g_string_append_printf (text, "=%s", pair->value);
    }
  return g_string_free (text, FALSE);
}
