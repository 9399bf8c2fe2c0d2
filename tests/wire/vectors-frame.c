/* SPDX-License-Identifier: Apache-2.0
 *
 * frames-json, frames-binary and frames-decode-java: whole frames, both ways.
 */
#include <rmq/rmq.h>
#include "vectors-frame.h"

RmqSlice
vectors_frame_text (JsonNode *node)
{
  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? RMQ_SLICE_NULL
                                                     : rmq_slice_from_string (json_node_get_string (node));
}

static RmqLanguage
language_of (JsonObject *object)
{
  const char *name = vector_string (object, "language");

  return name != NULL ? _rmq_language_from_name (name, strlen (name)) : RMQ_LANGUAGE_UNKNOWN;
}

static RmqSerializeType
serialize_of (JsonObject *object)
{
  return g_strcmp0 (vector_string (object, "serialize"), "ROCKETMQ") == 0 ? RMQ_SERIALIZE_BINARY : RMQ_SERIALIZE_JSON;
}

RmqFrameHead
vectors_frame_head (JsonObject *object)
{
  return (RmqFrameHead){
    .code = (int32_t) vector_int (object, "code", 0),
    .opaque = (int32_t) vector_int (object, "opaque", 0),
    .flag = (int32_t) vector_int (object, "flag", 0),
    .version = (int32_t) vector_int (object, "version", 0),
    .language = language_of (object),
    .serialize_type = serialize_of (object),
    .remark = vectors_frame_text (vector_node (object, "remark")),
  };
}

/* What an ext field of the vectors says about one key: (count, last value). */
static bool
expect_ext_field (VectorCase *self, const RmqFrame *frame, RmqSlice key, JsonNode *want)
{
  RmqSlice wanted = vectors_frame_text (want);

  for (size_t i = frame->n_ext; i-- > 0;)
    if (frame->ext[i].key.len == key.len && (key.len == 0 || memcmp (frame->ext[i].key.data, key.data, key.len) == 0))
      return vector_expect_bytes (self, key.data, frame->ext[i].value, wanted);
  vector_fail (self, "ext field %s is missing", key.data);
  return false;
}

static size_t
count_keys (const RmqFrame *frame)
{
  size_t n = 0;

  for (size_t i = 0; i < frame->n_ext; i++)
    {
      size_t later = i + 1;

      while (later < frame->n_ext
             && !(frame->ext[later].key.len == frame->ext[i].key.len
                  && memcmp (frame->ext[later].key.data, frame->ext[i].key.data, frame->ext[i].key.len) == 0))
        later++;
      n += later == frame->n_ext;
    }
  return n;
}

/* node: null, an ordered list of pairs, or an object. */
void
vectors_frame_expect_ext (VectorCase *self, const RmqFrame *frame, JsonNode *node)
{
  size_t n_wanted = 0;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      vector_expect_bool (self, "has ext fields", frame->has_ext, false);
      return;
    }
  vector_expect_bool (self, "has ext fields", frame->has_ext, true);
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *pairs = json_node_get_array (node);

      n_wanted = json_array_get_length (pairs);
      for (unsigned i = 0; i < n_wanted; i++)
        {
          JsonArray *pair = json_array_get_array_element (pairs, i);
          RmqSlice key = vectors_frame_text (json_array_get_element (pair, 0));

          expect_ext_field (self, frame, key.data != NULL ? key : RMQ_SLICE_LITERAL (""),
                            json_array_get_element (pair, 1));
        }
    }
  else
    {
      JsonObjectIter iter;
      const char *key;
      JsonNode *value;

      n_wanted = json_object_get_size (json_node_get_object (node));
      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, &key, &value))
        expect_ext_field (self, frame, rmq_slice_from_string (key), value);
    }
  vector_expect_int (self, "number of ext fields", (int64_t) count_keys (frame), (int64_t) n_wanted);
}

static void
expect_frame (VectorCase *self, const RmqFrame *frame, JsonObject *want)
{
  g_autoptr (GBytes) body = vector_bytes (want, "body");

  vector_expect_int (self, "code", frame->code, vector_int (want, "code", 0));
  vector_expect_int (self, "version", frame->version, vector_int (want, "version", 0));
  vector_expect_int (self, "flag", frame->flag, vector_int (want, "flag", 0));
  if (vector_has (want, "opaque"))
    vector_expect_int (self, "opaque", frame->opaque, vector_int (want, "opaque", 0));
  vector_expect_int (self, "language", frame->language, language_of (want));
  vector_expect_int (self, "serialize type", frame->serialize_type, serialize_of (want));
  vector_expect_bytes (self, "remark", frame->remark, vectors_frame_text (vector_node (want, "remark")));
  vectors_frame_expect_ext (self, frame, vector_node (want, "ext"));
  if (vector_object (want, "body") == NULL)
    vector_expect_bytes (self, "body", frame->body, vector_slice_of_bytes (body));
}

static GArray *
ext_of (JsonObject *input)
{
  JsonArray *pairs = vector_array (input, "ext");
  GArray *ext;

  if (pairs == NULL)
    return NULL;
  ext = g_array_sized_new (FALSE, TRUE, sizeof (RmqExtField), json_array_get_length (pairs) + 1);
  for (unsigned i = 0; i < json_array_get_length (pairs); i++)
    {
      JsonArray *pair = json_array_get_array_element (pairs, i);
      RmqExtField field = { vectors_frame_text (json_array_get_element (pair, 0)),
                            vectors_frame_text (json_array_get_element (pair, 1)) };

      g_array_append_val (ext, field);
    }
  return ext;
}

static bool
decode (VectorCase *self, RmqFrameDecoder *decoder, RmqSlice bytes, RmqFrame *frame)
{
  g_autoptr (GError) error = NULL;

  if (_rmq_frame_decode (decoder, bytes.data, bytes.len, frame, &error))
    return true;
  vector_fail (self, "does not decode: %s", error->message);
  return false;
}

/* The body of a case: large ones stand as a digest in input, so it is cut from the frame. */
static RmqSlice
body_of (VectorCase *self, RmqSlice frame_bytes, GBytes *body)
{
  JsonObject *digest = vector_object (self->input, "body");
  size_t length;

  if (digest == NULL)
    return vector_slice_of_bytes (body);
  length = (size_t) vector_int (digest, "length", 0);
  return rmq_slice (frame_bytes.data + frame_bytes.len - length, length);
}

static void
check_decode (VectorCase *self, RmqSlice bytes, JsonObject *want)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  RmqFrame frame;

  if (decode (self, decoder, bytes, &frame))
    expect_frame (self, &frame, want);
}

static JsonObject *
decoded_or_input (VectorCase *self)
{
  JsonObject *decoded = vector_object (self->object, "decoded");

  return decoded != NULL ? decoded : self->input;
}

static bool
run_json (VectorCase *self)
{
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  g_autoptr (GBytes) body = vector_bytes (self->input, "body");
  g_autoptr (GArray) ext = ext_of (self->input);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 24);
  RmqFrameHead head = vectors_frame_head (self->input);
  RmqSlice golden = vector_slice_of_bytes (bytes);
  const char *header_text = vector_string (self->object, "headerText");
  JsonObject *want;

  if (bytes == NULL || header_text == NULL)
    return false;
  check_decode (self, golden, decoded_or_input (self));

  if (!_rmq_frame_write (&out, &head, ext != NULL ? (RmqExtField *) ext->data : NULL, ext != NULL ? ext->len : 0,
                         body_of (self, golden, body), NULL))
    {
      vector_fail (self, "is not written");
      return true;
    }
  check_decode (self, rmq_slice ((char *) out.data, out.len), decoded_or_input (self));

  /* Our header parses to what Java's does, but for the member that is not to be sent. */
  g_assert_true (json_parser_load_from_data (parser, header_text, -1, NULL));
  want = json_node_get_object (json_parser_get_root (parser));
  json_object_remove_member (want, "serializeTypeCurrentRPC");
  vector_expect_json (self, "header", (char *) out.data + 8,
                      (size_t) out.data[5] << 16 | (size_t) out.data[6] << 8 | out.data[7],
                      json_parser_get_root (parser));
  return true;
}

/* The codes that binary would cut go out as JSON here: C-CODEC-007. */
static void
check_needs_json (VectorCase *self, RmqSlice written)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  RmqFrame frame;

  if (!decode (self, decoder, written, &frame))
    return;
  vector_expect_int (self, "serialize type of a large code", frame.serialize_type, RMQ_SERIALIZE_JSON);
  vector_expect_int (self, "code", frame.code, vector_int (self->input, "code", 0));
}

static bool
run_binary (VectorCase *self)
{
  g_autoptr (GBytes) bytes = vector_bytes (self->object, "bytes");
  g_autoptr (GBytes) body = vector_bytes (self->input, "body");
  g_autoptr (GArray) ext = ext_of (self->input);
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 24);
  RmqFrameHead head = vectors_frame_head (self->input);
  RmqSlice golden = vector_slice_of_bytes (bytes);
  RmqSlice written;

  if (bytes == NULL)
    return false;
  check_decode (self, golden, decoded_or_input (self));

  if (!_rmq_frame_write (&out, &head, ext != NULL ? (RmqExtField *) ext->data : NULL, ext != NULL ? ext->len : 0,
                         body_of (self, golden, body), NULL))
    {
      vector_fail (self, "is not written");
      return true;
    }
  written = rmq_slice ((char *) out.data, out.len);
  if (RMQ_CODE_NEEDS_JSON (head.code))
    check_needs_json (self, written);
  else
    vector_expect_bytes (self, "frame", written, golden);
  return true;
}

/* INFO rows. What is expected here: the same as Java, accepted or refused, in every one. */
static bool
run_decode_java (VectorCase *self)
{
  g_autoptr (GBytes) bytes = vector_bytes (self->input, "frame");
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  RmqSlice golden = vector_slice_of_bytes (bytes);
  JsonObject *want = vector_object (self->object, "decoded");
  bool accepted;
  RmqFrame frame;

  if (bytes == NULL || (want == NULL && !vector_has (self->object, "error")))
    return false;
  accepted = _rmq_frame_decode (decoder, golden.data, golden.len, &frame, &error);
  if (!accepted && !g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL))
    vector_fail (self, "the error is not RMQ_ERROR_PROTOCOL");
  if (vector_expect_bool (self, "accepted", accepted, want != NULL) && accepted)
    expect_frame (self, &frame, want);
  return true;
}

const VectorCategory vectors_frame[] = {
  { "frames-binary", run_binary },
  { "frames-decode-java", run_decode_java },
  { "frames-json", run_json },
  { NULL, NULL },
};
