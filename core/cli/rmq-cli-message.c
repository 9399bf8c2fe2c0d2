/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages to and from lines of text.
 */
#include "rmq-cli-message.h"

#include <json-glib/json-glib.h>
#include "rmq-cli-json.h"

static void
add_properties (RmqCliJson *json, RmqMessage *message)
{
  g_autoptr (GHashTable) properties = rmq_message_dup_properties (message);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (properties), (GCompareFunc) strcmp);

  rmq_cli_json_begin_object (json, "properties");
  for (GList *at = names; at != NULL; at = at->next)
    rmq_cli_json_string (json, at->data, g_hash_table_lookup (properties, at->data));
  rmq_cli_json_end_object (json);
}

static void
add_body (RmqCliJson *json, RmqMessage *message)
{
  size_t size;
  const char *data = g_bytes_get_data (rmq_message_get_body (message), &size);
  g_autofree char *text = NULL;

  if (g_utf8_validate (data, (gssize) size, NULL) && memchr (data, '\0', size) == NULL)
    {
      text = g_strndup (data, size);
      rmq_cli_json_string (json, "body", text);
      return;
    }
  text = g_base64_encode ((const guchar *) data, size);
  rmq_cli_json_string (json, "body", text);
  rmq_cli_json_string (json, "encoding", "base64");
}

void
rmq_cli_message_append_json (RmqMessage *message, GString *out)
{
  g_auto (RmqCliJson) json = { NULL };
  g_auto (GStrv) keys = rmq_message_dup_keys (message);
  g_autofree char *id = rmq_message_dup_message_id (message);
  g_autofree char *born_host = rmq_message_dup_born_host (message);
  g_autofree char *store_host = rmq_message_dup_store_host (message);

  rmq_cli_json_init (&json);
  rmq_cli_json_begin_object (&json, NULL);
  rmq_cli_json_string (&json, "topic", rmq_message_get_topic (message));
  rmq_cli_json_int (&json, "queue", rmq_message_get_queue_id (message));
  rmq_cli_json_string (&json, "broker", rmq_message_get_broker_name (message));
  rmq_cli_json_int (&json, "offset", rmq_message_get_queue_offset (message));
  rmq_cli_json_string (&json, "msg_id", id);
  rmq_cli_json_string (&json, "uniq_id", rmq_message_get_unique_id (message));
  rmq_cli_json_string (&json, "tag", rmq_message_get_tag (message));
  rmq_cli_json_begin_array (&json, "keys");
  for (unsigned i = 0; keys != NULL && keys[i] != NULL; i++)
    rmq_cli_json_string (&json, NULL, keys[i]);
  rmq_cli_json_end_array (&json);
  add_properties (&json, message);
  rmq_cli_json_int (&json, "born_time", rmq_message_get_born_timestamp (message));
  rmq_cli_json_string (&json, "born_host", born_host);
  rmq_cli_json_int (&json, "store_time", rmq_message_get_store_timestamp (message));
  rmq_cli_json_string (&json, "store_host", store_host);
  rmq_cli_json_int (&json, "reconsume_times", rmq_message_get_reconsume_times (message));
  add_body (&json, message);
  rmq_cli_json_end_object (&json);
  g_string_append_len (out, json.text->str, (gssize) json.text->len);
  g_string_append_c (out, '\n');
}

static gboolean
fill_properties (RmqMessage *message, JsonObject *properties, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, properties);
  while (json_object_iter_next (&iter, &name, &node))
    {
      g_autoptr (GError) reserved = NULL;

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        {
          g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "property \"%s\" is not a text", name);
          return FALSE;
        }
      /* Tag, keys and what brokers add have members or makers of their own. */
      rmq_message_set_property (message, name, json_node_get_string (node), &reserved);
    }
  return TRUE;
}

static gboolean
fill (RmqMessage *message, JsonObject *object, GError **error)
{
  const char *tag = json_object_get_string_member_with_default (object, "tag", NULL);
  JsonNode *keys = json_object_get_member (object, "keys");
  JsonNode *properties = json_object_get_member (object, "properties");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  if (tag != NULL && !rmq_message_set_tag (message, tag, error))
    return FALSE;
  if (keys != NULL && JSON_NODE_HOLDS_ARRAY (keys))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (keys)); i++)
      {
        JsonNode *key = json_array_get_element (json_node_get_array (keys), i);

        if (JSON_NODE_HOLDS_VALUE (key) && json_node_get_value_type (key) == G_TYPE_STRING)
          g_strv_builder_add (builder, json_node_get_string (key));
      }
  list = g_strv_builder_end (builder);
  if (list[0] != NULL && !rmq_message_set_keys (message, (const char *const *) list, error))
    return FALSE;
  return properties == NULL || !JSON_NODE_HOLDS_OBJECT (properties)
         || fill_properties (message, json_node_get_object (properties), error);
}

RmqMessage *
rmq_cli_message_from_json (const char *line, gsize len, const char *topic, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  JsonObject *object;
  const char *text;
  const char *encoding;

  if (!json_parser_load_from_data (parser, line, (gssize) len, error))
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "the line is not a JSON object");
      return NULL;
    }
  object = json_node_get_object (json_parser_get_root (parser));
  text = json_object_get_string_member_with_default (object, "body", "");
  encoding = json_object_get_string_member_with_default (object, "encoding", NULL);
  if (topic == NULL)
    topic = json_object_get_string_member_with_default (object, "topic", "");
  if (encoding != NULL && g_str_equal (encoding, "base64"))
    {
      gsize size;
      guchar *data = g_base64_decode (text, &size);

      body = g_bytes_new_take (data, size);
    }
  else
    {
      body = g_bytes_new (text, strlen (text));
    }
  message = rmq_message_new (topic, body);
  return fill (message, object, error) ? g_steal_pointer (&message) : NULL;
}

static void
append_field (RmqMessage *message, char field, GString *out)
{
  g_auto (GStrv) keys = NULL;
  g_autofree char *text = NULL;
  size_t size;
  const char *data;

  switch (field)
    {
    case 's':
      data = g_bytes_get_data (rmq_message_get_body (message), &size);
      g_string_append_len (out, data, (gssize) size);
      break;
    case 't':
      g_string_append (out, rmq_message_get_topic (message));
      break;
    case 'p':
      g_string_append_printf (out, "%d", rmq_message_get_queue_id (message));
      break;
    case 'o':
      g_string_append_printf (out, "%" G_GINT64_FORMAT, rmq_message_get_queue_offset (message));
      break;
    case 'k':
      keys = rmq_message_dup_keys (message);
      text = keys != NULL ? g_strjoinv (" ", keys) : NULL;
      g_string_append (out, text != NULL ? text : "");
      break;
    case 'g':
      g_string_append (out, rmq_message_get_tag (message) != NULL ? rmq_message_get_tag (message) : "");
      break;
    case 'i':
      text = rmq_message_dup_message_id (message);
      g_string_append (out, text != NULL ? text : "");
      break;
    case 'B':
      g_string_append (out, rmq_message_get_broker_name (message));
      break;
    case 'T':
      g_string_append_printf (out, "%" G_GINT64_FORMAT, rmq_message_get_store_timestamp (message));
      break;
    case '%':
      g_string_append_c (out, '%');
      break;
    default:
      g_string_append_c (out, '%');
      g_string_append_c (out, field);
    }
}

void
rmq_cli_message_append_format (RmqMessage *message, const char *format, GString *out)
{
  for (const char *at = format; *at != '\0'; at++)
    {
      if (*at == '%' && at[1] != '\0')
        append_field (message, *++at, out);
      else if (*at == '\\' && at[1] != '\0')
        {
          at++;
          g_string_append_c (out, *at == 'n' ? '\n' : *at == 't' ? '\t' : *at == '0' ? '\0' : *at);
        }
      else
        g_string_append_c (out, *at);
    }
}
