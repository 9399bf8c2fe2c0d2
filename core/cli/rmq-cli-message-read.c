/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages from lines of JSON, which may be anything: what is not as `rmq consume -J` writes it is an error.
 */
#include "rmq-cli-message.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>

/* The parser calls itself for each level, so that a line of brackets would end the process. */
#define MAX_DEPTH 64

static gboolean
refuse (GError **error, const char *name, const char *why)
{
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "the line's \"%s\" %s", name, why);
  return FALSE;
}

/* What the parser cannot take, or would take wrongly: other things than an object, depth, and NUL, where it would cut a
 * text short. */
static gboolean
check_line (const char *line, gsize len, GError **error)
{
  int depth = 0;
  bool in_text = false;
  gsize first = 0;

  while (first < len && (line[first] == ' ' || line[first] == '\t'))
    first++;
  if (first == len || line[first] != '{')
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "the line is not a JSON object");
      return FALSE;
    }
  for (gsize i = first; i < len; i++)
    {
      if (line[i] == '\\')
        {
          if (len - i >= 6 && memcmp (line + i, "\\u0000", 6) == 0)
            return refuse (error, "\\u0000", "cannot be: a body that has it goes as base64");
          i++;
        }
      else if (line[i] == '"')
        in_text = !in_text;
      else if (!in_text && (line[i] == '{' || line[i] == '['))
        depth++;
      else if (!in_text && (line[i] == '}' || line[i] == ']'))
        depth--;
      if (depth > MAX_DEPTH)
        return refuse (error, "[", "goes too deep");
    }
  return TRUE;
}

static bool
is_text (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}

/* Absent and null are NULL. */
static gboolean
get_text (JsonObject *object, const char *name, const char **text, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!is_text (node))
    return refuse (error, name, "is not a text");
  *text = json_node_get_string (node);
  return TRUE;
}

static gboolean
fill_property (RmqMessage *message, const char *name, const char *value, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (RmqMessage) probe = NULL;

  if (rmq_message_set_property (message, name, value, &reason))
    return TRUE;
  /* Names that nobody may set are left out: tag and keys have members of their own, brokers and clients make the rest
   * anew. Any other failure is that of the value. */
  probe = rmq_message_new_text ("probe", "");
  if (!rmq_message_set_property (probe, name, "x", NULL))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
fill_properties (RmqMessage *message, JsonObject *object, GError **error)
{
  JsonNode *properties = json_object_get_member (object, "properties");
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (properties == NULL || JSON_NODE_HOLDS_NULL (properties))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (properties))
    return refuse (error, "properties", "is not an object");
  json_object_iter_init (&iter, json_node_get_object (properties));
  while (json_object_iter_next (&iter, &name, &node))
    {
      if (!is_text (node))
        return refuse (error, name, "is not a text");
      if (!fill_property (message, name, json_node_get_string (node), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fill_keys (RmqMessage *message, JsonObject *object, GError **error)
{
  JsonNode *keys = json_object_get_member (object, "keys");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  JsonArray *array;

  if (keys == NULL || JSON_NODE_HOLDS_NULL (keys))
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (keys))
    return refuse (error, "keys", "is not an array");
  array = json_node_get_array (keys);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (!is_text (json_array_get_element (array, i)))
        return refuse (error, "keys", "holds something that is not a text");
      g_strv_builder_add (builder, json_array_get_string_element (array, i));
    }
  list = g_strv_builder_end (builder);
  return list[0] == NULL || rmq_message_set_keys (message, (const char *const *) list, error);
}

/* g_base64_decode () passes over what it does not know. */
static GBytes *
decode_base64 (const char *text, GError **error)
{
  gsize size;
  guchar *data = g_base64_decode (text, &size);
  g_autofree char *again = g_base64_encode (data, size);

  if (g_str_equal (again, text))
    return g_bytes_new_take (data, size);
  g_free (data);
  refuse (error, "body", "is not base64");
  return NULL;
}

static GBytes *
read_body (JsonObject *object, GError **error)
{
  const char *text;
  const char *encoding;

  if (!get_text (object, "body", &text, error) || !get_text (object, "encoding", &encoding, error))
    return NULL;
  if (text == NULL)
    text = "";
  if (encoding == NULL)
    return g_bytes_new (text, strlen (text));
  if (g_str_equal (encoding, "base64"))
    return decode_base64 (text, error);
  refuse (error, "encoding", "is unknown: base64 was expected");
  return NULL;
}

static RmqMessage *
read_message (JsonObject *object, const char *topic, GError **error)
{
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  const char *own_topic;
  const char *tag;

  if (!get_text (object, "topic", &own_topic, error) || !get_text (object, "tag", &tag, error))
    return NULL;
  if (topic == NULL && own_topic == NULL)
    {
      refuse (error, "topic", "is missing: say it by --topic");
      return NULL;
    }
  body = read_body (object, error);
  if (body == NULL)
    return NULL;
  message = rmq_message_new (topic != NULL ? topic : own_topic, body);
  if ((tag != NULL && !rmq_message_set_tag (message, tag, error)) || !fill_keys (message, object, error)
      || !fill_properties (message, object, error))
    return NULL;
  return g_steal_pointer (&message);
}

RmqMessage *
rmq_cli_message_from_json (const char *line, gsize len, const char *topic, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) reason = NULL;
  JsonNode *root;

  if (!check_line (line, len, error))
    return NULL;
  if (!json_parser_load_from_data (parser, line, (gssize) len, &reason))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "the line is not JSON: %s", reason->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "the line is not a JSON object");
      return NULL;
    }
  return read_message (json_node_get_object (root), topic, error);
}
