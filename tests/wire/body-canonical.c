/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical texts of JSON, from our reader's tree and from json-glib's.
 */
#include "body-canonical.h"
#include <math.h>
#include <string.h>

static char *of_node (const RmqJsonNode *node, bool unordered);

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char *
join (GPtrArray *items, bool sort, char open, char close)
{
  GString *text = g_string_new (NULL);

  if (sort)
    g_ptr_array_sort (items, compare_texts);
  g_string_append_c (text, open);
  for (unsigned i = 0; i < items->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", (char *) g_ptr_array_index (items, i));
  g_string_append_c (text, close);
  return g_string_free (text, FALSE);
}

static char *
of_double (double number)
{
  return isfinite (number) ? g_strdup_printf ("%.17gd", number) : g_strdup ("null");
}

/* Java writes integers that a double cannot hold as strings. */
static bool
is_big_integer (const char *text)
{
  gint64 number;

  return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL)
         && (number > (G_GINT64_CONSTANT (1) << 53) || number < -(G_GINT64_CONSTANT (1) << 53));
}

static char *
of_string (const char *data, size_t len)
{
  g_autofree char *copy = g_strndup (data, len);

  if (is_big_integer (copy))
    return g_steal_pointer (&copy);
  return g_strdup_printf ("\"%s\"", copy);
}

/* An object as key stands for itself in canonical form. */
static char *
of_key (const RmqJsonNode *key)
{
  if (key->type == RMQ_JSON_OBJECT)
    return of_node (key, false);
  return g_strndup (key->string.data, key->string.len);
}

static char *
of_node (const RmqJsonNode *node, bool unordered)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);

  switch (node->type)
    {
    case RMQ_JSON_NULL:
      return g_strdup ("null");
    case RMQ_JSON_BOOLEAN:
      return g_strdup (node->boolean ? "true" : "false");
    case RMQ_JSON_INTEGER:
      return g_strdup_printf ("%" G_GINT64_FORMAT, node->integer);
    case RMQ_JSON_NUMBER:
      return of_double (node->number);
    case RMQ_JSON_STRING:
      return of_string (node->string.data, node->string.len);
    case RMQ_JSON_ARRAY:
      for (const RmqJsonNode *item = node->first; item != NULL; item = item->next)
        g_ptr_array_add (items, of_node (item, unordered));
      return join (items, unordered, '[', ']');
    case RMQ_JSON_OBJECT:
      for (const RmqJsonNode *item = node->first; item != NULL; item = item->next)
        {
          g_autofree char *key = of_key (item->key);
          g_autofree char *value = of_node (item, unordered);

          if (item->type != RMQ_JSON_NULL)
            g_ptr_array_add (items, g_strdup_printf ("%s:%s", key, value));
        }
      return join (items, true, '{', '}');
    }
  return NULL;
}

char *
canonical_of_text (RmqSlice text, bool unordered)
{
  g_autoptr (RmqJsonDocument) document = _rmq_json_parse (text.data, text.len, NULL);

  return document != NULL ? of_node (_rmq_json_document_get_root (document), unordered) : NULL;
}

static bool
is_entry (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  return object != NULL && json_object_get_size (object) == 2 && json_object_has_member (object, "key")
         && json_object_has_member (object, "value");
}

static char *
of_entry (JsonObject *entry, bool unordered)
{
  JsonNode *key_node = json_object_get_member (entry, "key");
  g_autofree char *key = canonical_of_value (key_node, false);
  g_autofree char *value = canonical_of_value (json_object_get_member (entry, "value"), unordered);

  return g_strdup_printf ("%s:%s", key, value);
}

static char *
of_array (JsonArray *array, bool unordered)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  unsigned n = json_array_get_length (array);
  bool is_map = n > 0;

  for (unsigned i = 0; i < n; i++)
    is_map = is_map && is_entry (json_array_get_element (array, i));
  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (items, is_map ? of_entry (json_array_get_object_element (array, i), unordered)
                                   : canonical_of_value (json_array_get_element (array, i), unordered));
  return is_map ? join (items, true, '{', '}') : join (items, unordered, '[', ']');
}

static char *
of_object (JsonObject *object, bool unordered)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  JsonObjectIter iter;
  const char *key;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &key, &node))
    {
      g_autofree char *value = canonical_of_value (node, unordered);

      if (!JSON_NODE_HOLDS_NULL (node))
        g_ptr_array_add (items, g_strdup_printf ("%s:%s", key, value));
    }
  return join (items, true, '{', '}');
}

char *
canonical_of_value (JsonNode *value, bool unordered)
{
  if (JSON_NODE_HOLDS_NULL (value))
    return g_strdup ("null");
  if (JSON_NODE_HOLDS_ARRAY (value))
    return of_array (json_node_get_array (value), unordered);
  if (JSON_NODE_HOLDS_OBJECT (value))
    return of_object (json_node_get_object (value), unordered);
  switch (json_node_get_value_type (value))
    {
    case G_TYPE_BOOLEAN:
      return g_strdup (json_node_get_boolean (value) ? "true" : "false");
    case G_TYPE_INT64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
    case G_TYPE_DOUBLE:
      return of_double (json_node_get_double (value));
    default:
      return of_string (json_node_get_string (value), strlen (json_node_get_string (value)));
    }
}
