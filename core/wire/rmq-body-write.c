/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies to JSON: members in the order of the rows, absent ones left out, queue keys as raw objects.
 */
#include "rmq-body-private.h"
#include "rmq-body-rows-private.h"

static void write_value (const RmqBodyField *field, const void *body, RmqJsonWriter *writer);

static bool
is_absent (const RmqBodyField *field, const void *body)
{
  switch (field->kind)
    {
    case RMQ_BODY_TRISTATE:
    case RMQ_BODY_ENUM:
      return *RMQ_BODY_AT_CONST (int32_t, field, body) < 0;
    case RMQ_BODY_STRING:
    case RMQ_BODY_QUEUE:
    case RMQ_BODY_STRUCT:
    case RMQ_BODY_STRINGS:
    case RMQ_BODY_QUEUES:
    case RMQ_BODY_INT32S:
    case RMQ_BODY_INT64S:
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAPS:
    case RMQ_BODY_MAP:
      return *RMQ_BODY_AT_CONST (void *, field, body) == NULL;
    case RMQ_BODY_INT32:
    case RMQ_BODY_INT64:
    case RMQ_BODY_DOUBLE:
    case RMQ_BODY_BOOLEAN:
      break;
    }
  return false;
}

static void
write_queue (const RmqMessageQueue *queue, RmqJsonWriter *writer)
{
  const char *broker_name = rmq_message_queue_get_broker_name (queue);
  const char *topic = rmq_message_queue_get_topic (queue);

  _rmq_json_writer_begin_object (writer);
  if (broker_name != NULL && *broker_name != '\0')
    {
      _rmq_json_writer_key (writer, "brokerName");
      _rmq_json_writer_string (writer, broker_name);
    }
  _rmq_json_writer_key (writer, "queueId");
  _rmq_json_writer_int64 (writer, rmq_message_queue_get_queue_id (queue));
  if (topic != NULL && *topic != '\0')
    {
      _rmq_json_writer_key (writer, "topic");
      _rmq_json_writer_string (writer, topic);
    }
  _rmq_json_writer_end_object (writer);
}

static void
write_map_key (const RmqBodyField *key, const void *entry, RmqJsonWriter *writer)
{
  char number[24];

  switch (key->kind)
    {
    case RMQ_BODY_STRING:
      _rmq_json_writer_key (writer, *RMQ_BODY_AT_CONST (char *, key, entry));
      break;
    case RMQ_BODY_INT64:
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, *RMQ_BODY_AT_CONST (int64_t, key, entry));
      _rmq_json_writer_key (writer, number);
      break;
    case RMQ_BODY_QUEUE:
      _rmq_json_writer_begin_raw_key (writer);
      write_queue (*RMQ_BODY_AT_CONST (RmqMessageQueue *, key, entry), writer);
      _rmq_json_writer_end_raw_key (writer);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
write_map (const RmqBodyType *entry_type, const GPtrArray *map, RmqJsonWriter *writer)
{
  const RmqBodyField *key = &entry_type->fields[0];
  const RmqBodyField *value = &entry_type->fields[1];

  _rmq_json_writer_begin_object (writer);
  for (unsigned i = 0; i < map->len; i++)
    {
      const void *entry = g_ptr_array_index (map, i);

      if (is_absent (key, entry) || is_absent (value, entry))
        continue;
      write_map_key (key, entry, writer);
      write_value (value, entry, writer);
    }
  _rmq_json_writer_end_object (writer);
}

static void
write_list (const RmqBodyField *field, const GPtrArray *list, RmqJsonWriter *writer)
{
  _rmq_json_writer_begin_array (writer);
  for (unsigned i = 0; i < list->len; i++)
    {
      const void *item = g_ptr_array_index (list, i);

      switch (field->kind)
        {
        case RMQ_BODY_STRINGS:
          _rmq_json_writer_string (writer, item);
          break;
        case RMQ_BODY_QUEUES:
          write_queue (item, writer);
          break;
        case RMQ_BODY_LIST:
          _rmq_body_write (field->nested, item, writer);
          break;
        case RMQ_BODY_MAPS:
          write_map (field->nested, item, writer);
          break;
        default:
          g_assert_not_reached ();
        }
    }
  _rmq_json_writer_end_array (writer);
}

static void
write_numbers (const RmqBodyField *field, const GArray *numbers, RmqJsonWriter *writer)
{
  _rmq_json_writer_begin_array (writer);
  for (unsigned i = 0; i < numbers->len; i++)
    _rmq_json_writer_int64 (writer, field->kind == RMQ_BODY_INT32S ? g_array_index (numbers, int32_t, i)
                                                                   : g_array_index (numbers, int64_t, i));
  _rmq_json_writer_end_array (writer);
}

static void
write_value (const RmqBodyField *field, const void *body, RmqJsonWriter *writer)
{
  switch (field->kind)
    {
    case RMQ_BODY_STRING:
      _rmq_json_writer_string (writer, *RMQ_BODY_AT_CONST (char *, field, body));
      break;
    case RMQ_BODY_INT32:
      _rmq_json_writer_int64 (writer, *RMQ_BODY_AT_CONST (int32_t, field, body));
      break;
    case RMQ_BODY_INT64:
      _rmq_json_writer_int64 (writer, *RMQ_BODY_AT_CONST (int64_t, field, body));
      break;
    case RMQ_BODY_DOUBLE:
      _rmq_json_writer_double (writer, *RMQ_BODY_AT_CONST (double, field, body));
      break;
    case RMQ_BODY_BOOLEAN:
      _rmq_json_writer_boolean (writer, *RMQ_BODY_AT_CONST (bool, field, body));
      break;
    case RMQ_BODY_TRISTATE:
      _rmq_json_writer_boolean (writer, *RMQ_BODY_AT_CONST (int32_t, field, body) != 0);
      break;
    case RMQ_BODY_ENUM:
      {
        int32_t value = *RMQ_BODY_AT_CONST (int32_t, field, body);

        /* A value outside the table is a mistake of the caller; its number says more than a wrong name. */
        if ((uint32_t) value < field->names->n_names)
          _rmq_json_writer_string (writer, field->names->names[value]);
        else
          _rmq_json_writer_int64 (writer, value);
        break;
      }
    case RMQ_BODY_QUEUE:
      write_queue (*RMQ_BODY_AT_CONST (RmqMessageQueue *, field, body), writer);
      break;
    case RMQ_BODY_STRUCT:
      _rmq_body_write (field->nested, *RMQ_BODY_AT_CONST (void *, field, body), writer);
      break;
    case RMQ_BODY_STRINGS:
    case RMQ_BODY_QUEUES:
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAPS:
      write_list (field, *RMQ_BODY_AT_CONST (GPtrArray *, field, body), writer);
      break;
    case RMQ_BODY_INT32S:
    case RMQ_BODY_INT64S:
      write_numbers (field, *RMQ_BODY_AT_CONST (GArray *, field, body), writer);
      break;
    case RMQ_BODY_MAP:
      write_map (field->nested, *RMQ_BODY_AT_CONST (GPtrArray *, field, body), writer);
      break;
    }
}

void
_rmq_body_write (const RmqBodyType *type, const void *body, RmqJsonWriter *writer)
{
  _rmq_json_writer_begin_object (writer);
  for (unsigned i = 0; i < type->n_fields; i++)
    {
      const RmqBodyField *field = &type->fields[i];

      if (is_absent (field, body))
        continue;
      _rmq_json_writer_key (writer, field->name);
      write_value (field, body, writer);
    }
  _rmq_json_writer_end_object (writer);
}

void
_rmq_body_encode (const RmqBodyType *type, const void *body, RmqByteWriter *out)
{
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, out);
  _rmq_body_write (type, body, &writer);
}

char *
_rmq_body_to_string (const RmqBodyType *type, const void *body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (G_MAXSIZE / 2);

  _rmq_body_encode (type, body, &out);
  return g_strndup ((const char *) out.data, out.len);
}

void
_rmq_body_encode_list (const RmqBodyType *type, const GPtrArray *bodies, RmqByteWriter *out)
{
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, out);
  _rmq_json_writer_begin_array (&writer);
  for (unsigned i = 0; i < bodies->len; i++)
    _rmq_body_write (type, g_ptr_array_index (bodies, i), &writer);
  _rmq_json_writer_end_array (&writer);
}
