/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and comparing the members of golden vectors.
 */
#include "vectors.h"

#define MAX_REPORTED 10

void
vector_fail (VectorCase *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (self->n_failures++ >= MAX_REPORTED)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("FAIL %s/%s: %s", self->file, self->name, text);
}

JsonNode *
vector_node (JsonObject *object, const char *member)
{
  return object != NULL ? json_object_get_member (object, member) : NULL;
}

bool
vector_has (JsonObject *object, const char *member)
{
  JsonNode *node = vector_node (object, member);

  return node != NULL && !JSON_NODE_HOLDS_NULL (node);
}

static JsonNode *
get_value (JsonObject *object, const char *member, GType type)
{
  JsonNode *node = vector_node (object, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

const char *
vector_string (JsonObject *object, const char *member)
{
  JsonNode *node = get_value (object, member, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

int64_t
vector_int (JsonObject *object, const char *member, int64_t fallback)
{
  JsonNode *node = get_value (object, member, G_TYPE_INT64);

  return node != NULL ? json_node_get_int (node) : fallback;
}

bool
vector_bool (JsonObject *object, const char *member, bool fallback)
{
  JsonNode *node = get_value (object, member, G_TYPE_BOOLEAN);

  return node != NULL ? json_node_get_boolean (node) : fallback;
}

JsonObject *
vector_object (JsonObject *object, const char *member)
{
  JsonNode *node = vector_node (object, member);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
vector_array (JsonObject *object, const char *member)
{
  JsonNode *node = vector_node (object, member);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

GBytes *
vector_bytes (JsonObject *object, const char *member)
{
  const char *text = vector_string (object, member);
  uint8_t *bytes;
  size_t length;

  if (text == NULL)
    return NULL;
  length = strlen (text);
  g_assert_cmpuint (length % 2, ==, 0);
  bytes = g_malloc (length / 2 + 1);
  for (size_t i = 0; i < length / 2; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);

      g_assert_true (high >= 0 && low >= 0);
      bytes[i] = (uint8_t) (high << 4 | low);
    }
  return g_bytes_new_take (bytes, length / 2);
}

RmqSlice
vector_slice_of_bytes (GBytes *bytes)
{
  size_t length;
  const char *data;

  if (bytes == NULL)
    return RMQ_SLICE_NULL;
  data = g_bytes_get_data (bytes, &length);
  return rmq_slice (data != NULL ? data : "", length);
}

bool
vector_expect_int (VectorCase *self, const char *what, int64_t got, int64_t want)
{
  if (got == want)
    return true;
  vector_fail (self, "%s is %" G_GINT64_FORMAT ", want %" G_GINT64_FORMAT, what, got, want);
  return false;
}

bool
vector_expect_bool (VectorCase *self, const char *what, bool got, bool want)
{
  if (got == want)
    return true;
  vector_fail (self, "%s is %s, want %s", what, got ? "true" : "false", want ? "true" : "false");
  return false;
}

bool
vector_expect_string (VectorCase *self, const char *what, const char *got, const char *want)
{
  if (g_strcmp0 (got, want) == 0)
    return true;
  vector_fail (self, "%s is %s, want %s", what, got != NULL ? got : "(null)", want != NULL ? want : "(null)");
  return false;
}

bool
vector_expect_slice (VectorCase *self, const char *what, RmqSlice got, const char *want)
{
  g_autofree char *text = rmq_slice_dup (got);

  if (rmq_slice_equal (got, rmq_slice_from_string (want)))
    return true;
  return vector_expect_string (self, what, text, want) && vector_expect_int (self, what, (int64_t) got.len, -1);
}

static char *
to_hex (RmqSlice bytes)
{
  GString *text = g_string_new (bytes.data != NULL ? NULL : "(none)");

  for (size_t i = 0; i < MIN (bytes.len, 512); i++)
    g_string_append_printf (text, "%02x", (uint8_t) bytes.data[i]);
  return g_string_free (text, FALSE);
}

bool
vector_expect_bytes (VectorCase *self, const char *what, RmqSlice got, RmqSlice want)
{
  g_autofree char *got_text = NULL;
  g_autofree char *want_text = NULL;

  if (rmq_slice_equal (got, want))
    return true;
  got_text = to_hex (got);
  want_text = to_hex (want);
  vector_fail (self, "%s is %zu bytes %s, want %zu bytes %s", what, got.len, got_text, want.len, want_text);
  return false;
}

static bool
objects_equal (JsonObject *a, JsonObject *b)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;

  if (json_object_get_size (a) != json_object_get_size (b))
    return false;
  json_object_iter_init (&iter, a);
  while (json_object_iter_next (&iter, &member, &node))
    {
      JsonNode *other = json_object_get_member (b, member);

      if (other == NULL || !vector_json_equal (node, other))
        return false;
    }
  return true;
}

static bool
arrays_equal (JsonArray *a, JsonArray *b)
{
  if (json_array_get_length (a) != json_array_get_length (b))
    return false;
  for (unsigned i = 0; i < json_array_get_length (a); i++)
    if (!vector_json_equal (json_array_get_element (a, i), json_array_get_element (b, i)))
      return false;
  return true;
}

bool
vector_json_equal (JsonNode *a, JsonNode *b)
{
  if (JSON_NODE_TYPE (a) != JSON_NODE_TYPE (b))
    return false;
  if (JSON_NODE_HOLDS_OBJECT (a))
    return objects_equal (json_node_get_object (a), json_node_get_object (b));
  if (JSON_NODE_HOLDS_ARRAY (a))
    return arrays_equal (json_node_get_array (a), json_node_get_array (b));
  return json_node_equal (a, b);
}

bool
vector_expect_json (VectorCase *self, const char *what, const char *got, size_t got_len, JsonNode *want)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *want_text = NULL;

  if (!json_parser_load_from_data (parser, got, (gssize) got_len, &error))
    {
      vector_fail (self, "%s is not JSON: %s", what, error->message);
      return false;
    }
  if (vector_json_equal (json_parser_get_root (parser), want))
    return true;
  want_text = json_to_string (want, FALSE);
  vector_fail (self, "%s is %.*s, want %s", what, (int) got_len, got, want_text);
  return false;
}
