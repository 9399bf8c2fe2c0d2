/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as lines of text; rmq-cli-message-read.c is the way back.
 */
#include "rmq-cli-message.h"

#include <string.h>
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
