/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON reader on anything: what it takes, every accessor reads, and the writer's text of it reads back as the same.
 */
#include "base/rmq-json-private.h"
#include "base/rmq-utf8-private.h"
#include "rmq-fuzz.h"

static void
read_values (const RmqJsonNode *node)
{
  RmqSlice text;
  int64_t integer;
  int32_t narrow;
  double number;
  bool boolean;

  if (_rmq_json_get_string (node, &text))
    RMQ_FUZZ_CHECK (_rmq_utf8_is_valid (text.data, text.len));
  _rmq_json_get_int64 (node, &integer);
  if (_rmq_json_get_int32 (node, &narrow))
    RMQ_FUZZ_CHECK (_rmq_json_get_int64 (node, &integer) && integer == narrow);
  _rmq_json_get_double (node, &number);
  _rmq_json_get_boolean (node, &boolean);
  _rmq_json_find (node, "topic");
}

static void write_value (RmqJsonWriter *writer, const RmqJsonNode *node);

static void
write_members (RmqJsonWriter *writer, const RmqJsonNode *node)
{
  size_t n = 0;

  for (const RmqJsonNode *member = node->first; member != NULL; member = member->next, n++)
    {
      RMQ_FUZZ_CHECK ((member->key != NULL) == (node->type == RMQ_JSON_OBJECT));
      if (member->key != NULL && member->key->type == RMQ_JSON_OBJECT)
        {
          _rmq_json_writer_begin_raw_key (writer);
          write_value (writer, member->key);
          _rmq_json_writer_end_raw_key (writer);
        }
      else if (member->key != NULL)
        _rmq_json_writer_key_slice (writer, member->key->string);
      write_value (writer, member);
    }
  RMQ_FUZZ_CHECK (n == node->n_members);
}

static void
write_value (RmqJsonWriter *writer, const RmqJsonNode *node)
{
  read_values (node);
  switch (node->type)
    {
    case RMQ_JSON_NULL:
      _rmq_json_writer_null (writer);
      break;
    case RMQ_JSON_BOOLEAN:
      _rmq_json_writer_boolean (writer, node->boolean);
      break;
    case RMQ_JSON_INTEGER:
      _rmq_json_writer_int64 (writer, node->integer);
      break;
    case RMQ_JSON_NUMBER:
      _rmq_json_writer_double (writer, node->number);
      break;
    case RMQ_JSON_STRING:
      _rmq_json_writer_slice (writer, node->string);
      break;
    case RMQ_JSON_ARRAY:
      _rmq_json_writer_begin_array (writer);
      write_members (writer, node);
      _rmq_json_writer_end_array (writer);
      break;
    case RMQ_JSON_OBJECT:
      _rmq_json_writer_begin_object (writer);
      write_members (writer, node);
      _rmq_json_writer_end_object (writer);
      break;
    }
}

static RmqByteWriter
write_document (const RmqJsonDocument *document)
{
  RmqByteWriter out = RMQ_BYTE_WRITER_INIT (64 << 20);
  RmqJsonWriter writer;

  _rmq_json_writer_init (&writer, &out);
  write_value (&writer, _rmq_json_document_get_root (document));
  RMQ_FUZZ_CHECK (!out.failed);
  return out;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqJsonDocument) document = _rmq_json_parse (data, size, &error);
  g_autoptr (RmqJsonDocument) again = NULL;
  g_auto (RmqByteWriter) first = { 0 };
  g_auto (RmqByteWriter) second = { 0 };

  RMQ_FUZZ_CHECK ((document == NULL) == (error != NULL));
  if (document == NULL)
    return 0;
  first = write_document (document);
  again = _rmq_json_parse (first.data, first.len, NULL);
  RMQ_FUZZ_CHECK (again != NULL);
  second = write_document (again);
  RMQ_FUZZ_CHECK (first.len == second.len && memcmp (first.data, second.data, first.len) == 0);
  return 0;
}
