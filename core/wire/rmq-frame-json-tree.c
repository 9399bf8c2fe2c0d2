/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an unusual JSON header as Java does: numbers, booleans and even objects as ext values, text for integers,
 * languages by number or unknown, nulls, unknown members of any shape.
 */
#include "base/rmq-error-private.h"
#include "rmq-frame-decoder-private.h"

static bool
fail (GError **error, const char *what)
{
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "A frame header whose %s", what);
  return false;
}

static bool
read_int32 (const RmqJsonNode *root, const char *name, int32_t *value, GError **error)
{
  const RmqJsonNode *node = _rmq_json_find (root, name);

  if (node == NULL || node->type == RMQ_JSON_NULL || _rmq_json_get_int32 (node, value))
    return true;
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "A frame header whose %s is not a number that fits", name);
  return false;
}

static void
read_language (const RmqJsonNode *root, RmqFrame *frame)
{
  const RmqJsonNode *node = _rmq_json_find (root, "language");

  if (node == NULL)
    return;
  if (node->type == RMQ_JSON_STRING)
    frame->language = _rmq_language_from_name (node->string.data, node->string.len);
  else if (node->type == RMQ_JSON_INTEGER && node->integer >= 0 && node->integer <= INT8_MAX)
    frame->language = _rmq_language_from_code ((int) node->integer);
  else
    frame->language = RMQ_LANGUAGE_UNKNOWN;
}

/* Depth is bounded by the parser's. */
static void
write_node (RmqJsonWriter *writer, const RmqJsonNode *node)
{
  RmqSlice text;

  switch (node->type)
    {
    case RMQ_JSON_OBJECT:
      _rmq_json_writer_begin_object (writer);
      for (const RmqJsonNode *member = node->first; member != NULL; member = member->next)
        {
          _rmq_json_writer_key_slice (writer,
                                      _rmq_json_get_string (member->key, &text) ? text : RMQ_SLICE_LITERAL (""));
          write_node (writer, member);
        }
      _rmq_json_writer_end_object (writer);
      break;
    case RMQ_JSON_ARRAY:
      _rmq_json_writer_begin_array (writer);
      for (const RmqJsonNode *element = node->first; element != NULL; element = element->next)
        write_node (writer, element);
      _rmq_json_writer_end_array (writer);
      break;
    case RMQ_JSON_STRING:
      _rmq_json_writer_slice (writer, node->string);
      break;
    case RMQ_JSON_INTEGER:
      _rmq_json_writer_int64 (writer, node->integer);
      break;
    case RMQ_JSON_NUMBER:
      _rmq_json_writer_double (writer, node->number);
      break;
    case RMQ_JSON_BOOLEAN:
      _rmq_json_writer_boolean (writer, node->boolean);
      break;
    case RMQ_JSON_NULL:
    default:
      _rmq_json_writer_null (writer);
      break;
    }
}

/* The text of any value but null: that of a container is its JSON. */
static RmqSlice
text_of (RmqFrameDecoder *self, const RmqJsonNode *node)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  RmqJsonWriter writer;
  RmqSlice text;

  if (node->type == RMQ_JSON_NULL)
    return RMQ_SLICE_NULL;
  if (_rmq_json_get_string (node, &text))
    return text;
  _rmq_json_writer_init (&writer, &out);
  write_node (&writer, node);
  return _rmq_frame_decoder_keep (self, rmq_slice ((const char *) out.data, out.len));
}

static bool
read_ext (RmqFrameDecoder *self, const RmqJsonNode *node, RmqFrame *frame, GError **error)
{
  if (node == NULL || node->type == RMQ_JSON_NULL)
    return true;
  if (node->type != RMQ_JSON_OBJECT)
    return fail (error, "extFields are not an object");

  frame->has_ext = true;
  for (const RmqJsonNode *member = node->first; member != NULL; member = member->next)
    {
      RmqExtField *field;
      RmqSlice key;

      if (!_rmq_json_get_string (member->key, &key))
        return fail (error, "ext fields have a key that is not text");
      field = rmq_frame_decoder_add_ext (self, error);
      if (field == NULL)
        return false;
      field->key = key;
      field->value = text_of (self, member);
    }
  return true;
}

bool
_rmq_frame_decode_json_tree (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error)
{
  const RmqJsonNode *root, *remark;

  self->document = _rmq_json_parse (header.data, header.len, error);
  if (self->document == NULL)
    {
      g_prefix_error (error, "A frame header that is not JSON: ");
      return false;
    }
  root = _rmq_json_document_get_root (self->document);
  if (root->type != RMQ_JSON_OBJECT)
    return fail (error, "JSON is not an object");

  if (!read_int32 (root, "code", &frame->code, error) || !read_int32 (root, "version", &frame->version, error)
      || !read_int32 (root, "opaque", &frame->opaque, error) || !read_int32 (root, "flag", &frame->flag, error))
    return false;
  read_language (root, frame);
  remark = _rmq_json_find (root, "remark");
  if (remark != NULL)
    frame->remark = text_of (self, remark);
  return read_ext (self, _rmq_json_find (root, "extFields"), frame, error);
}
