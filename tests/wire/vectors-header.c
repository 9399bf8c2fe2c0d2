/* SPDX-License-Identifier: Apache-2.0
 *
 * headers-request, headers-response and headers-schema: every table against the class it stands for.
 */
#include "vectors-frame.h"
#include "vectors-header.h"
#include "wire/rmq-header-field-private.h"

/* headers-schema lists the headers of controllers, too. No client, broker or name server of this project speaks to
 * one, so they have no tables. */
static const char *const left_out[] = {
  "AlterSyncStateSetRequestHeader",
  "AlterSyncStateSetResponseHeader",
  "ApplyBrokerIdRequestHeader",
  "ApplyBrokerIdResponseHeader",
  "CleanControllerBrokerDataRequestHeader",
  "ElectMasterRequestHeader",
  "ElectMasterResponseHeader",
  "GetMetaDataResponseHeader",
  "GetNextBrokerIdRequestHeader",
  "GetNextBrokerIdResponseHeader",
  "GetReplicaInfoRequestHeader",
  "GetReplicaInfoResponseHeader",
  "RegisterBrokerToControllerRequestHeader",
  "RegisterBrokerToControllerResponseHeader",
  NULL,
};

const RmqHeaderField *
vectors_header_find (const RmqHeaderTable *table, const char *name)
{
  for (unsigned i = 0; i < table->n_fields; i++)
    if (strcmp (table->fields[i].name, name) == 0)
      return &table->fields[i];
  return NULL;
}

static bool
set_field (VectorCase *self, const RmqHeaderField *field, JsonNode *value, void *header)
{
  *((bool *) header + field->has_offset) = true;
  switch ((RmqFieldKind) field->kind)
    {
    case RMQ_FIELD_STRING:
      *RMQ_HEADER_AT (RmqSlice, field, header) = vectors_frame_text (value);
      return true;
    case RMQ_FIELD_INT32:
      *RMQ_HEADER_AT (int32_t, field, header) = (int32_t) json_node_get_int (value);
      return true;
    case RMQ_FIELD_INT64:
      *RMQ_HEADER_AT (int64_t, field, header) = json_node_get_int (value);
      return true;
    case RMQ_FIELD_BOOL:
      *RMQ_HEADER_AT (bool, field, header) = json_node_get_boolean (value);
      return true;
    case RMQ_FIELD_BOUNDARY:
      *RMQ_HEADER_AT (RmqBoundary, field, header) =
          strcmp (json_node_get_string (value), "UPPER") == 0 ? RMQ_BOUNDARY_UPPER : RMQ_BOUNDARY_LOWER;
      return true;
    default:
      vector_fail (self, "field %s has kind %d", field->name, field->kind);
      return false;
    }
}

bool
vectors_header_fill (VectorCase *self, const RmqHeaderTable *table, JsonObject *fields, void *header)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  memset (header, 0, table->struct_size);
  json_object_iter_init (&iter, fields);
  while (json_object_iter_next (&iter, &name, &value))
    {
      const RmqHeaderField *field = vectors_header_find (table, name);

      if (field == NULL)
        {
          vector_fail (self, "%s has no field %s", table->class_name, name);
          return false;
        }
      if (!JSON_NODE_HOLDS_NULL (value) && !set_field (self, field, value, header))
        return false;
    }
  return true;
}

/* Both headers hold the same, by the texts of their fields. */
static void
expect_same (VectorCase *self, const RmqHeaderTable *table, const void *got, const void *want)
{
  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    {
      char got_buffer[RMQ_FIELD_TEXT_MAX], want_buffer[RMQ_FIELD_TEXT_MAX];
      bool is_set = rmq_header_field_is_set (field, want);

      if (vector_expect_bool (self, field->name, rmq_header_field_is_set (field, got), is_set) && is_set)
        vector_expect_bytes (self, field->name, rmq_header_field_text (field, got, got_buffer),
                             rmq_header_field_text (field, want, want_buffer));
    }
}

/* The binary codec of SendMessageRequestHeaderV2 loses the inherited fields in Java. Ours keeps them, as its JSON does:
 * a namespace that is lost is a message in the wrong place. */
static bool
loses_inherited (const RmqHeaderTable *table, RmqSerializeType type, const char *name)
{
  static const char *const inherited[] = { "lo", "ns", "nsd", "oway", NULL };

  return table == RMQ_HEADER (SendMessageRequestHeaderV2) && type == RMQ_SERIALIZE_BINARY
         && g_strv_contains (inherited, name);
}

static JsonNode *
expected_ext (VectorCase *self, const RmqHeaderTable *table, RmqSerializeType type, bool ours)
{
  g_autofree char *text = json_to_string (vector_node (self->object, "ext"), FALSE);
  JsonNode *node = json_from_string (text, NULL);
  JsonObject *fields = vector_object (self->input, "fields");
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, fields);
  while (ours && json_object_iter_next (&iter, &name, &value))
    if (loses_inherited (table, type, name))
      json_object_set_string_member (json_node_get_object (node), name,
                                     json_node_get_value_type (value) == G_TYPE_BOOLEAN
                                         ? (json_node_get_boolean (value) ? "true" : "false")
                                         : json_node_get_string (value));
  return node;
}

static void
check_decode (VectorCase *self, const RmqHeaderTable *table, RmqSlice bytes, const void *want, bool ours)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree void *header = g_malloc0 (table->struct_size + 1);
  g_autofree void *expected = g_memdup2 (want, table->struct_size + 1);
  g_autoptr (JsonNode) ext = NULL;
  RmqFrame frame;

  if (!_rmq_frame_decode (decoder, bytes.data, bytes.len, &frame, &error)
      || !rmq_frame_decode_header (&frame, table, header, &error))
    {
      vector_fail (self, "does not decode: %s", error->message);
      return;
    }
  ext = expected_ext (self, table, frame.serialize_type, ours);
  if (table->n_fields > 0 || frame.has_ext)
    vectors_frame_expect_ext (self, &frame, ext);
  for (unsigned i = 0; i < table->n_fields; i++)
    if (!ours && loses_inherited (table, frame.serialize_type, table->fields[i].name))
      *((bool *) expected + table->fields[i].has_offset) = false;
  expect_same (self, table, header, expected);
}

static bool
run_header (VectorCase *self)
{
  const RmqHeaderTable *table = _rmq_header_of_class (vector_string (self->input, "class"));
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  JsonObject *fields = vector_object (self->input, "fields");
  RmqFrameHead head = vectors_frame_head (self->input);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_autoptr (GError) error = NULL;
  g_autofree void *header = NULL;
  RmqFrameWriter writer;

  if (table == NULL || bytes == NULL || fields == NULL)
    return false;
  if ((head.flag & RMQ_FRAME_FLAG_RESPONSE) == 0 && table->code > 0)
    vector_expect_int (self, "code of the table", table->code, head.code);
  header = g_malloc0 (table->struct_size + 1);
  if (!vectors_header_fill (self, table, fields, header))
    return true;
  check_decode (self, table, vector_slice_of_bytes (bytes), header, false);

  _rmq_frame_begin (&writer, &out, &head);
  if (!_rmq_frame_add_header (&writer, table, header, &error) || !_rmq_frame_end (&writer, 0, &error))
    vector_fail (self, "is not written: %s", error->message);
  else
    check_decode (self, table, rmq_slice ((char *) out.data, out.len), header, true);
  return true;
}

static RmqFieldKind
kind_of_java_type (VectorCase *self, const char *type)
{
  static const struct
  {
    const char *type;
    RmqFieldKind kind;
  } kinds[] = {
    { "String", RMQ_FIELD_STRING }, { "int", RMQ_FIELD_INT32 },
    { "Integer", RMQ_FIELD_INT32 }, { "long", RMQ_FIELD_INT64 },
    { "Long", RMQ_FIELD_INT64 },    { "boolean", RMQ_FIELD_BOOL },
    { "Boolean", RMQ_FIELD_BOOL },  { "BoundaryType", RMQ_FIELD_BOUNDARY },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].type, type) == 0)
      return kinds[i].kind;
  vector_fail (self, "unknown type %s", type);
  return RMQ_FIELD_STRING;
}

static void
check_schema_field (VectorCase *self, const RmqHeaderTable *table, JsonObject *want)
{
  const char *name = vector_string (want, "name");
  const char *type = vector_string (want, "type");
  const RmqHeaderField *field = vectors_header_find (table, name);
  bool required = vector_bool (want, "required", false);

  if (field == NULL)
    {
      vector_fail (self, "field %s is missing", name);
      return;
    }
  vector_expect_int (self, name, field->kind, kind_of_java_type (self, type));
  vector_expect_bool (self, name, field->required, required);
  /* A Java primitive is always sent: here by being required or by having a default. */
  vector_expect_bool (self, name, field->has_default, g_ascii_islower (type[0]) && !required);
}

static bool
run_schema (VectorCase *self)
{
  const RmqHeaderTable *table = _rmq_header_of_class (self->name);
  JsonArray *fields = vector_array (self->object, "fields");

  if (g_strv_contains (left_out, self->name))
    {
      vector_expect_bool (self, "has a table", table != NULL, false);
      return true;
    }
  if (table == NULL || fields == NULL)
    return false;
  vector_expect_int (self, "number of fields", table->n_fields, json_array_get_length (fields));
  for (unsigned i = 0; i < json_array_get_length (fields); i++)
    check_schema_field (self, table, json_array_get_object_element (fields, i));
  return true;
}

const VectorCategory vectors_header[] = {
  { "headers-request", run_header },
  { "headers-response", run_header },
  { "headers-schema", run_schema },
  { NULL, NULL },
};
