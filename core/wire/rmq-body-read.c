/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON to bodies: tolerant as the peers are, and bounded: what is built may not grow far beyond the text it comes from.
 */
#include "rmq-body-private.h"
#include "rmq-body-rows-private.h"
#include "base/rmq-error-private.h"

#include <math.h>

/* A body of honest JSON needs less memory than this many bytes for each byte of text; a flood of "{}" needs more. */
#define MEMORY_PER_BYTE 32
#define MEMORY_ALLOWANCE (64 * 1024)
/* What a list costs beside its items. */
#define CONTAINER_COST 64

typedef struct
{
  size_t left;
  const RmqBodyType *type; /* for messages */
} Reader;

static bool read_value (Reader *reader, const RmqBodyField *field, void *body, const RmqJsonNode *node, GError **error);
static bool read_struct (Reader *reader,
                         const RmqBodyType *type,
                         void *body,
                         const RmqJsonNode *object,
                         GError **error);

static bool
spend (Reader *reader, size_t n, GError **error)
{
  if (n > reader->left)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "body %s has more elements than its text can mean",
                      reader->type->name);
      return false;
    }
  reader->left -= n;
  return true;
}

static bool
spend_type (Reader *reader, const RmqBodyType *type, GError **error)
{
  size_t cost = type->size + CONTAINER_COST;

  for (unsigned i = 0; i < type->n_fields; i++)
    if (type->fields[i].kind >= RMQ_BODY_STRUCT && (type->fields[i].flags & RMQ_BODY_NULLABLE) == 0)
      cost += CONTAINER_COST;
  return spend (reader, cost, error);
}

/* *text stays as it is when the node is no text. */
static bool
read_string (Reader *reader, char **text, const RmqJsonNode *node, GError **error)
{
  RmqSlice slice;

  if (!_rmq_json_get_string (node, &slice))
    return true;
  /* A C string would end there and mean something else. */
  if (slice.len > 0 && memchr (slice.data, '\0', slice.len) != NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "body %s has a text with U+0000 in it", reader->type->name);
      return false;
    }
  if (!spend (reader, slice.len + 1, error))
    return false;
  g_free (*text);
  *text = rmq_slice_dup (slice);
  return true;
}

static int32_t
read_enum (const RmqBodyEnum *names, const RmqJsonNode *node)
{
  int32_t number;
  RmqSlice name;

  if (node->type == RMQ_JSON_INTEGER)
    return _rmq_json_get_int32 (node, &number) && number >= 0 && (uint32_t) number < names->n_names ? number : -1;
  if (!_rmq_json_get_string (node, &name))
    return -1;
  for (unsigned i = 0; i < names->n_names; i++)
    if (rmq_slice_equal_string (name, names->names[i]))
      return (int32_t) i;
  return -1;
}

/* The queue of an object, or of a string that holds one (keys of releases before 5.4). *queue stays NULL when it is
 * neither. */
static bool
read_queue (Reader *reader, RmqMessageQueue **queue, const RmqJsonNode *node, GError **error)
{
  g_autoptr (RmqJsonDocument) inner = NULL;
  g_autofree char *topic = NULL;
  g_autofree char *broker_name = NULL;
  int32_t queue_id = 0;

  if (node->type == RMQ_JSON_STRING && node->string.len > 0 && node->string.data[0] == '{')
    {
      inner = _rmq_json_parse (node->string.data, node->string.len, error);
      if (inner == NULL)
        return false;
      node = _rmq_json_document_get_root (inner);
    }
  if (node == NULL || node->type != RMQ_JSON_OBJECT)
    return true;
  if (!read_string (reader, &topic, _rmq_json_find (node, "topic"), error)
      || !read_string (reader, &broker_name, _rmq_json_find (node, "brokerName"), error)
      || !spend (reader, CONTAINER_COST, error))
    return false;
  _rmq_json_get_int32 (_rmq_json_find (node, "queueId"), &queue_id);
  g_clear_pointer (queue, rmq_message_queue_unref);
  *queue = rmq_message_queue_new (topic != NULL ? topic : "", broker_name != NULL ? broker_name : "", queue_id);
  return true;
}

static int
compare_keys (const void *a, const void *b, void *user_data)
{
  const RmqBodyField *key = user_data;
  const void *x = *(void *const *) a;
  const void *y = *(void *const *) b;

  switch (key->kind)
    {
    case RMQ_BODY_STRING:
      return strcmp (*RMQ_BODY_AT_CONST (char *, key, x), *RMQ_BODY_AT_CONST (char *, key, y));
    case RMQ_BODY_INT64:
      {
        int64_t m = *RMQ_BODY_AT_CONST (int64_t, key, x);
        int64_t n = *RMQ_BODY_AT_CONST (int64_t, key, y);

        return m < n ? -1 : m > n;
      }
    case RMQ_BODY_QUEUE:
      return rmq_message_queue_compare (*RMQ_BODY_AT_CONST (RmqMessageQueue *, key, x),
                                        *RMQ_BODY_AT_CONST (RmqMessageQueue *, key, y));
    default:
      g_assert_not_reached ();
    }
}

/* Sorts, and keeps the last entry of each key as a Java map does: the sort is stable. */
static void
settle_map (const RmqBodyType *entry_type, GPtrArray *map)
{
  const RmqBodyField *key = &entry_type->fields[0];
  unsigned kept = 0;

  g_ptr_array_sort_with_data (map, compare_keys, (void *) key);
  for (unsigned i = 0; i < map->len; i++)
    {
      void *entry = g_steal_pointer (&map->pdata[i]);

      if (i + 1 < map->len && compare_keys (&entry, &map->pdata[i + 1], (void *) key) == 0)
        entry_type->free (entry);
      else
        map->pdata[kept++] = entry;
    }
  g_ptr_array_set_size (map, (int) kept);
}

/* False only with an error; *usable tells whether the entry has both a key and a value. */
static bool
read_entry (Reader *reader, const RmqBodyType *type, void *entry, const RmqJsonNode *node, bool *usable, GError **error)
{
  const RmqBodyField *key = &type->fields[0];
  const RmqBodyField *value = &type->fields[1];

  *usable = node->key != NULL;
  if (!*usable)
    return true;
  if (key->kind == RMQ_BODY_INT64)
    *usable = _rmq_json_get_int64 (node->key, RMQ_BODY_AT (int64_t, key, entry));
  else if (!read_value (reader, key, entry, node->key, error))
    return false;
  else
    *usable = *RMQ_BODY_AT (void *, key, entry) != NULL;
  if (!*usable)
    return true;
  if (node->type == RMQ_JSON_NULL)
    {
      *usable = (value->flags & RMQ_BODY_NULLABLE) != 0;
      return true;
    }
  if (!read_value (reader, value, entry, node, error))
    return false;
  if (value->kind == RMQ_BODY_STRING)
    *usable = *RMQ_BODY_AT (void *, value, entry) != NULL;
  else if (value->kind == RMQ_BODY_STRUCT)
    *usable = node->type == RMQ_JSON_OBJECT;
  return true;
}

static bool
read_map (Reader *reader, const RmqBodyType *type, GPtrArray *map, const RmqJsonNode *object, GError **error)
{
  for (const RmqJsonNode *node = object->first; node != NULL; node = node->next)
    {
      void *entry;
      bool usable = false;

      if (!spend_type (reader, type, error))
        return false;
      entry = _rmq_body_new (type);
      if (!read_entry (reader, type, entry, node, &usable, error))
        {
          type->free (entry);
          return false;
        }
      if (usable)
        g_ptr_array_add (map, entry);
      else
        type->free (entry);
    }
  settle_map (type, map);
  return true;
}

static bool
read_list_item (Reader *reader, const RmqBodyField *field, GPtrArray *list, const RmqJsonNode *node, GError **error)
{
  char *text = NULL;
  RmqMessageQueue *queue = NULL;
  void *item;
  bool ok;

  switch (field->kind)
    {
    case RMQ_BODY_STRINGS:
      ok = spend (reader, sizeof (void *), error) && read_string (reader, &text, node, error);
      if (text != NULL)
        g_ptr_array_add (list, text);
      return ok;
    case RMQ_BODY_QUEUES:
      ok = read_queue (reader, &queue, node, error);
      if (queue != NULL)
        g_ptr_array_add (list, queue);
      return ok;
    case RMQ_BODY_MAPS:
      if (node->type != RMQ_JSON_OBJECT)
        return true;
      if (!spend (reader, CONTAINER_COST, error))
        return false;
      item = g_ptr_array_new_with_free_func (field->nested->free);
      g_ptr_array_add (list, item);
      return read_map (reader, field->nested, item, node, error);
    case RMQ_BODY_LIST:
      if (node->type != RMQ_JSON_OBJECT)
        return true;
      if (!spend_type (reader, field->nested, error))
        return false;
      item = _rmq_body_new (field->nested);
      g_ptr_array_add (list, item);
      return read_struct (reader, field->nested, item, node, error);
    default:
      g_assert_not_reached ();
    }
}

static bool
read_numbers (Reader *reader, const RmqBodyField *field, GArray *numbers, const RmqJsonNode *node, GError **error)
{
  int32_t narrow;
  int64_t wide;

  if (!spend (reader, sizeof wide, error))
    return false;
  if (field->kind == RMQ_BODY_INT32S && _rmq_json_get_int32 (node, &narrow))
    g_array_append_val (numbers, narrow);
  if (field->kind == RMQ_BODY_INT64S && _rmq_json_get_int64 (node, &wide))
    g_array_append_val (numbers, wide);
  return true;
}

/* Lists, maps and structs: a fresh one replaces the default. */
static bool
read_container (Reader *reader, const RmqBodyField *field, void **slot, const RmqJsonNode *node, GError **error)
{
  RmqJsonType wanted = field->kind == RMQ_BODY_STRUCT || field->kind == RMQ_BODY_MAP ? RMQ_JSON_OBJECT : RMQ_JSON_ARRAY;

  if (node->type != wanted)
    return true;
  if (*slot == NULL)
    {
      if (field->kind == RMQ_BODY_STRUCT ? !spend_type (reader, field->nested, error)
                                         : !spend (reader, CONTAINER_COST, error))
        return false;
      *slot = _rmq_body_field_new (field);
    }
  if (field->kind == RMQ_BODY_STRUCT)
    return read_struct (reader, field->nested, *slot, node, error);
  if (field->kind == RMQ_BODY_MAP)
    return read_map (reader, field->nested, *slot, node, error);
  for (const RmqJsonNode *item = node->first; item != NULL; item = item->next)
    if (field->kind == RMQ_BODY_INT32S || field->kind == RMQ_BODY_INT64S
            ? !read_numbers (reader, field, *slot, item, error)
            : !read_list_item (reader, field, *slot, item, error))
      return false;
  return true;
}

static bool
read_value (Reader *reader, const RmqBodyField *field, void *body, const RmqJsonNode *node, GError **error)
{
  double number;
  bool flag;

  switch (field->kind)
    {
    case RMQ_BODY_STRING:
      if (node->type == RMQ_JSON_NULL)
        g_clear_pointer (RMQ_BODY_AT (char *, field, body), g_free);
      return read_string (reader, RMQ_BODY_AT (char *, field, body), node, error);
    case RMQ_BODY_INT32:
      _rmq_json_get_int32 (node, RMQ_BODY_AT (int32_t, field, body));
      return true;
    case RMQ_BODY_INT64:
      _rmq_json_get_int64 (node, RMQ_BODY_AT (int64_t, field, body));
      return true;
    case RMQ_BODY_DOUBLE:
      if (node->type == RMQ_JSON_NULL)
        *RMQ_BODY_AT (double, field, body) = NAN;
      else if (_rmq_json_get_double (node, &number))
        *RMQ_BODY_AT (double, field, body) = number;
      return true;
    case RMQ_BODY_BOOLEAN:
      if (_rmq_json_get_boolean (node, &flag))
        *RMQ_BODY_AT (bool, field, body) = flag;
      return true;
    case RMQ_BODY_TRISTATE:
      if (_rmq_json_get_boolean (node, &flag))
        *RMQ_BODY_AT (int32_t, field, body) = flag;
      return true;
    case RMQ_BODY_ENUM:
      *RMQ_BODY_AT (int32_t, field, body) = read_enum (field->names, node);
      return true;
    case RMQ_BODY_QUEUE:
      return read_queue (reader, RMQ_BODY_AT (RmqMessageQueue *, field, body), node, error);
    case RMQ_BODY_STRUCT:
    case RMQ_BODY_STRINGS:
    case RMQ_BODY_QUEUES:
    case RMQ_BODY_INT32S:
    case RMQ_BODY_INT64S:
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAPS:
    case RMQ_BODY_MAP:
      return read_container (reader, field, RMQ_BODY_AT (void *, field, body), node, error);
    }
  return true;
}

static bool
read_struct (Reader *reader, const RmqBodyType *type, void *body, const RmqJsonNode *object, GError **error)
{
  for (unsigned i = 0; i < type->n_fields; i++)
    {
      const RmqBodyField *field = &type->fields[i];
      const RmqJsonNode *node = _rmq_json_find (object, field->name);

      if (node == NULL && field->alias != NULL)
        node = _rmq_json_find (object, field->alias);
      if (node != NULL && !read_value (reader, field, body, node, error))
        return false;
    }
  return type->finish == NULL || type->finish (body, error);
}

static RmqJsonDocument *
parse (const RmqBodyType *type, RmqSlice text, RmqJsonType wanted, GError **error)
{
  g_autoptr (RmqJsonDocument) document = _rmq_json_parse (text.data, text.len, error);
  const RmqJsonNode *root;

  if (document == NULL)
    {
      g_prefix_error (error, "body %s: ", type->name);
      return NULL;
    }
  root = _rmq_json_document_get_root (document);
  if (root == NULL || root->type != wanted)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "body %s is no JSON %s", type->name,
                      wanted == RMQ_JSON_OBJECT ? "object" : "array");
      return NULL;
    }
  return g_steal_pointer (&document);
}

static Reader
reader_for (const RmqBodyType *type, RmqSlice text)
{
  size_t limit = text.len < (SIZE_MAX - MEMORY_ALLOWANCE) / MEMORY_PER_BYTE ? text.len * MEMORY_PER_BYTE : SIZE_MAX / 2;

  return (Reader){ MEMORY_ALLOWANCE + limit, type };
}

void *
_rmq_body_decode (const RmqBodyType *type, RmqSlice text, GError **error)
{
  Reader reader = reader_for (type, text);
  g_autoptr (RmqJsonDocument) document = parse (type, text, RMQ_JSON_OBJECT, error);
  void *body;

  if (document == NULL)
    return NULL;
  body = _rmq_body_new (type);
  if (!read_struct (&reader, type, body, _rmq_json_document_get_root (document), error))
    {
      type->free (body);
      return NULL;
    }
  return body;
}

GPtrArray *
_rmq_body_decode_list (const RmqBodyType *type, RmqSlice text, GError **error)
{
  Reader reader = reader_for (type, text);
  g_autoptr (RmqJsonDocument) document = parse (type, text, RMQ_JSON_ARRAY, error);
  const RmqBodyField list = { .kind = RMQ_BODY_LIST, .nested = type };
  g_autoptr (GPtrArray) bodies = NULL;

  if (document == NULL)
    return NULL;
  bodies = g_ptr_array_new_with_free_func (type->free);
  for (const RmqJsonNode *node = _rmq_json_document_get_root (document)->first; node != NULL; node = node->next)
    if (!read_list_item (&reader, &list, bodies, node, error))
      return NULL;
  return g_steal_pointer (&bodies);
}

void *
_rmq_body_copy (const RmqBodyType *type, const void *body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (G_MAXSIZE / 2);

  _rmq_body_encode (type, body, &out);
  return _rmq_body_decode (type, rmq_slice ((const char *) out.data, out.len), NULL);
}
