/* SPDX-License-Identifier: Apache-2.0
 *
 * From a route to the queues a producer may write and a consumer may read, static topics included.
 */
#include "rmq-topic-route-private.h"
#include "base/rmq-error-private.h"

static bool
reserve (const GPtrArray *queues, int64_t n, const char *topic, GError **error)
{
  if (n <= RMQ_ROUTE_MAX_QUEUES - (int64_t) queues->len)
    return true;
  _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "route of topic %s: more than %d queues", topic,
                  RMQ_ROUTE_MAX_QUEUES);
  return false;
}

static bool
add_queues (GPtrArray *queues, const char *topic, const char *broker_name, int64_t n, GError **error)
{
  if (n > 0 && !reserve (queues, n, topic, error))
    return false;
  for (int i = 0; i < n; i++)
    g_ptr_array_add (queues, rmq_message_queue_new (topic, broker_name, i));
  return true;
}

/* "brokerA:4;brokerB:4" */
static bool
add_ordered (GPtrArray *queues, const char *topic, const char *order_conf, GError **error)
{
  g_auto (GStrv) items = g_strsplit (order_conf, ";", -1);

  for (unsigned i = 0; items[i] != NULL; i++)
    {
      char *colon = strchr (items[i], ':');
      guint64 n;

      if (items[i][0] == '\0')
        continue;
      if (colon == NULL || colon == items[i]
          || !g_ascii_string_to_unsigned (colon + 1, 10, 0, RMQ_ROUTE_MAX_QUEUES, &n, NULL))
        {
          _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "route of topic %s: bad order configuration \"%s\"", topic,
                          items[i]);
          return false;
        }
      *colon = '\0';
      if (!add_queues (queues, topic, items[i], (int64_t) n, error))
        return false;
    }
  return true;
}

static char *
logical_broker_name (const char *scope)
{
  /* The global scope brings two of the four underscores itself. */
  if (g_strcmp0 (scope, RMQ_STATIC_TOPIC_SCOPE_GLOBAL) == 0)
    scope += 2;
  return g_strconcat (RMQ_STATIC_TOPIC_BROKER_PREFIX, scope, NULL);
}

/* A logical id that its mapping counts, with a broker that owns it. */
static bool
is_owned (const RmqQueueMapping *mapping, const RmqQueueIdPair *pair, int32_t total)
{
  return mapping->broker_name != NULL && pair->logical_id >= 0 && pair->logical_id < total;
}

/* How many logical queues a scope has: what the newest epochs say. */
static int32_t
count_logical (const RmqTopicRoute *self, const char *scope)
{
  int32_t total = 0;

  for (unsigned i = 0; i < self->mappings->len; i++)
    {
      const RmqQueueMapping *mapping = ((RmqQueueMappingEntry *) g_ptr_array_index (self->mappings, i))->mapping;

      if (g_strcmp0 (mapping->scope, scope) == 0)
        total = MAX (total, mapping->total_queues);
    }
  return total;
}

static int
compare_by_id (const void *a, const void *b)
{
  const RmqMessageQueue *x = *(RmqMessageQueue *const *) a;
  const RmqMessageQueue *y = *(RmqMessageQueue *const *) b;
  int m = rmq_message_queue_get_queue_id (x);
  int n = rmq_message_queue_get_queue_id (y);

  return m != n ? (m < n ? -1 : 1) : rmq_message_queue_compare (x, y);
}

static int
compare_queues (const void *a, const void *b)
{
  return rmq_message_queue_compare (*(RmqMessageQueue *const *) a, *(RmqMessageQueue *const *) b);
}

/* Sorted by queue id. Ids without an owner are left out: nothing can be sent there. */
static bool
add_logical (GPtrArray *queues, const RmqTopicRoute *self, const char *topic, GError **error)
{
  for (unsigned i = 0; i < self->mappings->len; i++)
    {
      const RmqQueueMapping *mapping = ((RmqQueueMappingEntry *) g_ptr_array_index (self->mappings, i))->mapping;
      g_autofree char *broker_name = NULL;
      int32_t total;

      if (mapping->scope == NULL)
        continue;
      broker_name = logical_broker_name (mapping->scope);
      total = count_logical (self, mapping->scope);
      if (!reserve (queues, mapping->current_ids->len, topic, error))
        return false;
      for (unsigned j = 0; j < mapping->current_ids->len; j++)
        {
          const RmqQueueIdPair *pair = g_ptr_array_index (mapping->current_ids, j);

          if (is_owned (mapping, pair, total))
            g_ptr_array_add (queues, rmq_message_queue_new (topic, broker_name, (int) pair->logical_id));
        }
    }
  return true;
}

/* After sorting: equal neighbours once. */
static GPtrArray *
drop_repeated (GPtrArray *queues)
{
  GPtrArray *once = g_ptr_array_new_full (queues->len, (GDestroyNotify) rmq_message_queue_unref);

  for (unsigned i = 0; i < queues->len; i++)
    if (once->len == 0 || !rmq_message_queue_equal (once->pdata[once->len - 1], queues->pdata[i]))
      g_ptr_array_add (once, rmq_message_queue_ref (queues->pdata[i]));
  g_ptr_array_unref (queues);
  return once;
}

static int
compare_broker_names (const void *a, const void *b)
{
  return g_strcmp0 ((*(RmqQueueData *const *) a)->broker_name, (*(RmqQueueData *const *) b)->broker_name);
}

static bool
add_writable (GPtrArray *queues, const RmqTopicRoute *self, const char *topic, GError **error)
{
  g_autoptr (GPtrArray) by_name = g_ptr_array_sized_new (self->queues->len);

  for (unsigned i = 0; i < self->queues->len; i++)
    g_ptr_array_add (by_name, self->queues->pdata[i]);
  g_ptr_array_sort (by_name, compare_broker_names);
  for (unsigned i = 0; i < by_name->len; i++)
    {
      const RmqQueueData *data = g_ptr_array_index (by_name, i);

      if ((data->perm & RMQ_PERM_WRITE) == 0 || _rmq_topic_route_find_master (self, data->broker_name) == NULL)
        continue;
      if (!add_queues (queues, topic, data->broker_name, data->write_queues, error))
        return false;
    }
  return true;
}

GPtrArray *
_rmq_topic_route_publish_queues (const RmqTopicRoute *self, const char *topic, bool *is_ordered, GError **error)
{
  g_autoptr (GPtrArray) queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  bool ordered = self->order_conf != NULL && self->order_conf[0] != '\0';
  bool ok;

  if (is_ordered != NULL)
    *is_ordered = ordered;
  if (ordered)
    ok = add_ordered (queues, topic, self->order_conf, error);
  else if (self->order_conf == NULL && _rmq_topic_route_is_static (self))
    {
      ok = add_logical (queues, self, topic, error);
      g_ptr_array_sort (queues, compare_by_id);
      queues = drop_repeated (g_steal_pointer (&queues));
    }
  else
    ok = add_writable (queues, self, topic, error);
  return ok ? g_steal_pointer (&queues) : NULL;
}

GPtrArray *
_rmq_topic_route_subscribe_queues (const RmqTopicRoute *self, const char *topic, GError **error)
{
  g_autoptr (GPtrArray) queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  if (_rmq_topic_route_is_static (self))
    {
      if (!add_logical (queues, self, topic, error))
        return NULL;
    }
  else
    for (unsigned i = 0; i < self->queues->len; i++)
      {
        const RmqQueueData *data = g_ptr_array_index (self->queues, i);

        if ((data->perm & RMQ_PERM_READ) != 0 && data->broker_name != NULL
            && !add_queues (queues, topic, data->broker_name, data->read_queues, error))
          return NULL;
      }
  g_ptr_array_sort (queues, compare_queues);
  return drop_repeated (g_steal_pointer (&queues));
}

bool
_rmq_topic_route_resolve_logical (const RmqTopicRoute *self,
                                  const char *logical_broker,
                                  int logical_id,
                                  const char **broker_name,
                                  int *physical_id)
{
  const RmqQueueMapping *newest = NULL;
  const RmqQueueIdPair *found = NULL;

  for (unsigned i = 0; self->mappings != NULL && i < self->mappings->len; i++)
    {
      const RmqQueueMapping *mapping = ((RmqQueueMappingEntry *) g_ptr_array_index (self->mappings, i))->mapping;
      const RmqQueueIdPair *pair = _rmq_body_map_find_int (mapping->current_ids, logical_id);
      g_autofree char *name = NULL;

      if (pair == NULL || mapping->scope == NULL || mapping->broker_name == NULL
          || (newest != NULL && newest->epoch > mapping->epoch))
        continue;
      name = logical_broker_name (mapping->scope);
      if (strcmp (name, logical_broker) != 0)
        continue;
      newest = mapping;
      found = pair;
    }
  if (newest == NULL)
    return false;
  *broker_name = newest->broker_name;
  *physical_id = found->physical_id;
  return true;
}
