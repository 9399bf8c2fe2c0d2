/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of JSON bodies: a body is born with its rows' defaults and released by its rows.
 */
#include "rmq-body-private.h"
#include "rmq-body-rows-private.h"

static void
clear_field (const RmqBodyField *field, void *body)
{
  switch (field->kind)
    {
    case RMQ_BODY_STRING:
      g_free (*RMQ_BODY_AT (char *, field, body));
      break;
    case RMQ_BODY_QUEUE:
      g_clear_pointer (RMQ_BODY_AT (RmqMessageQueue *, field, body), rmq_message_queue_unref);
      break;
    case RMQ_BODY_STRUCT:
      if (*RMQ_BODY_AT (void *, field, body) != NULL)
        field->nested->free (*RMQ_BODY_AT (void *, field, body));
      break;
    case RMQ_BODY_STRINGS:
    case RMQ_BODY_QUEUES:
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAPS:
    case RMQ_BODY_MAP:
      g_clear_pointer (RMQ_BODY_AT (GPtrArray *, field, body), g_ptr_array_unref);
      break;
    case RMQ_BODY_INT32S:
    case RMQ_BODY_INT64S:
      g_clear_pointer (RMQ_BODY_AT (GArray *, field, body), g_array_unref);
      break;
    case RMQ_BODY_INT32:
    case RMQ_BODY_INT64:
    case RMQ_BODY_DOUBLE:
    case RMQ_BODY_BOOLEAN:
    case RMQ_BODY_TRISTATE:
    case RMQ_BODY_ENUM:
      break;
    }
}

static void
unref_map (void *map)
{
  g_ptr_array_unref (map);
}

static void
unref_queue (void *queue)
{
  rmq_message_queue_unref (queue);
}

/* An empty list, map or nested struct for this row; NULL for the other kinds. */
void *
_rmq_body_field_new (const RmqBodyField *field)
{
  switch (field->kind)
    {
    case RMQ_BODY_STRUCT:
      return _rmq_body_new (field->nested);
    case RMQ_BODY_STRINGS:
      return g_ptr_array_new_with_free_func (g_free);
    case RMQ_BODY_QUEUES:
      return g_ptr_array_new_with_free_func (unref_queue);
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAP:
      return g_ptr_array_new_with_free_func (field->nested->free);
    case RMQ_BODY_MAPS:
      return g_ptr_array_new_with_free_func (unref_map);
    case RMQ_BODY_INT32S:
      return g_array_new (FALSE, FALSE, sizeof (int32_t));
    case RMQ_BODY_INT64S:
      return g_array_new (FALSE, FALSE, sizeof (int64_t));
    case RMQ_BODY_STRING:
    case RMQ_BODY_QUEUE:
    case RMQ_BODY_INT32:
    case RMQ_BODY_INT64:
    case RMQ_BODY_DOUBLE:
    case RMQ_BODY_BOOLEAN:
    case RMQ_BODY_TRISTATE:
    case RMQ_BODY_ENUM:
      break;
    }
  return NULL;
}

static void
init_field (const RmqBodyField *field, void *body)
{
  switch (field->kind)
    {
    case RMQ_BODY_STRING:
      *RMQ_BODY_AT (char *, field, body) = g_strdup (field->initial_text);
      break;
    case RMQ_BODY_INT32:
    case RMQ_BODY_TRISTATE:
    case RMQ_BODY_ENUM:
      *RMQ_BODY_AT (int32_t, field, body) = (int32_t) field->initial;
      break;
    case RMQ_BODY_INT64:
      *RMQ_BODY_AT (int64_t, field, body) = field->initial;
      break;
    case RMQ_BODY_DOUBLE:
      *RMQ_BODY_AT (double, field, body) = (double) field->initial;
      break;
    case RMQ_BODY_BOOLEAN:
      *RMQ_BODY_AT (bool, field, body) = field->initial != 0;
      break;
    case RMQ_BODY_QUEUE:
      break;
    case RMQ_BODY_STRUCT:
    case RMQ_BODY_STRINGS:
    case RMQ_BODY_QUEUES:
    case RMQ_BODY_INT32S:
    case RMQ_BODY_INT64S:
    case RMQ_BODY_LIST:
    case RMQ_BODY_MAPS:
    case RMQ_BODY_MAP:
      if ((field->flags & RMQ_BODY_NULLABLE) == 0)
        *RMQ_BODY_AT (void *, field, body) = _rmq_body_field_new (field);
      break;
    }
}

void *
_rmq_body_new (const RmqBodyType *type)
{
  void *body = g_malloc0 (type->size);

  for (unsigned i = 0; i < type->n_fields; i++)
    init_field (&type->fields[i], body);
  if (type->init != NULL)
    type->init (body);
  return body;
}

void
_rmq_body_release (const RmqBodyType *type, void *body)
{
  if (body == NULL)
    return;
  for (unsigned i = 0; i < type->n_fields; i++)
    clear_field (&type->fields[i], body);
  g_free (body);
}

static bool list_equal (const RmqBodyField *field, const GPtrArray *a, const GPtrArray *b);

static bool
item_equal (const RmqBodyField *field, const void *a, const void *b)
{
  switch (field->kind)
    {
    case RMQ_BODY_STRINGS:
      return strcmp (a, b) == 0;
    case RMQ_BODY_QUEUES:
      return rmq_message_queue_equal (a, b);
    case RMQ_BODY_MAPS:
      {
        const RmqBodyField map = { .kind = RMQ_BODY_MAP, .nested = field->nested };

        return list_equal (&map, a, b);
      }
    default:
      return _rmq_body_equal (field->nested, a, b);
    }
}

static bool
list_equal (const RmqBodyField *field, const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return false;
  for (unsigned i = 0; i < a->len; i++)
    if (!item_equal (field, a->pdata[i], b->pdata[i]))
      return false;
  return true;
}

static bool
numbers_equal (const GArray *a, const GArray *b, size_t size)
{
  return a->len == b->len && (a->len == 0 || memcmp (a->data, b->data, a->len * size) == 0);
}

static bool
field_equal (const RmqBodyField *field, const void *a, const void *b)
{
  const void *x;
  const void *y;

  switch (field->kind)
    {
    case RMQ_BODY_INT32:
    case RMQ_BODY_TRISTATE:
    case RMQ_BODY_ENUM:
      return *RMQ_BODY_AT_CONST (int32_t, field, a) == *RMQ_BODY_AT_CONST (int32_t, field, b);
    case RMQ_BODY_INT64:
      return *RMQ_BODY_AT_CONST (int64_t, field, a) == *RMQ_BODY_AT_CONST (int64_t, field, b);
    case RMQ_BODY_DOUBLE:
      return memcmp (RMQ_BODY_AT_CONST (double, field, a), RMQ_BODY_AT_CONST (double, field, b), sizeof (double)) == 0;
    case RMQ_BODY_BOOLEAN:
      return *RMQ_BODY_AT_CONST (bool, field, a) == *RMQ_BODY_AT_CONST (bool, field, b);
    default:
      break;
    }

  x = *RMQ_BODY_AT_CONST (void *, field, a);
  y = *RMQ_BODY_AT_CONST (void *, field, b);
  if (x == NULL || y == NULL)
    return x == y;
  switch (field->kind)
    {
    case RMQ_BODY_STRING:
      return strcmp (x, y) == 0;
    case RMQ_BODY_QUEUE:
      return rmq_message_queue_equal (x, y);
    case RMQ_BODY_STRUCT:
      return _rmq_body_equal (field->nested, x, y);
    case RMQ_BODY_INT32S:
      return numbers_equal (x, y, sizeof (int32_t));
    case RMQ_BODY_INT64S:
      return numbers_equal (x, y, sizeof (int64_t));
    default:
      return list_equal (field, x, y);
    }
}

bool
_rmq_body_equal (const RmqBodyType *type, const void *a, const void *b)
{
  for (unsigned i = 0; i < type->n_fields; i++)
    if (!field_equal (&type->fields[i], a, b))
      return false;
  return true;
}

void *
_rmq_body_map_find (GPtrArray *map, const char *key)
{
  for (unsigned i = 0; map != NULL && i < map->len; i++)
    {
      /* An entry begins with its key. */
      char **entry = g_ptr_array_index (map, i);

      if (g_strcmp0 (*entry, key) == 0)
        return entry;
    }
  return NULL;
}

void *
_rmq_body_map_find_int (GPtrArray *map, int64_t key)
{
  for (unsigned i = 0; map != NULL && i < map->len; i++)
    {
      int64_t *entry = g_ptr_array_index (map, i);

      if (*entry == key)
        return entry;
    }
  return NULL;
}
