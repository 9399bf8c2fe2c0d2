/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes that a topic may have. (RocketMQ: TopicAttributes, AttributeUtil.)
 */
#include "rmq-broker-attributes-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-properties-private.h"
#include "wire/rmq-string-pair-private.h"

typedef struct
{
  const char *name;
  const char *const *values; /* NULL: a number, min … max */
  int64_t min;
  int64_t max;
  bool changeable;
} Attribute;

static const char *const message_types[] = { "UNSPECIFIED", "NORMAL",   "FIFO", "DELAY", "TRANSACTION",
                                             "MIXED",       "PRIORITY", "LITE", NULL };
static const char *const queue_types[] = { "SimpleCQ", "BatchCQ", "RocksDBCQ", NULL };
static const char *const policies[] = { "DELETE", "COMPACTION", NULL };

static const Attribute attributes[] = {
  { "queue.type", queue_types, 0, 0, false },
  { "cleanup.policy", policies, 0, 0, false },
  { "message.type", message_types, 0, 0, true },
  { "reserve.time", NULL, -1, INT64_MAX, true },
  { "lite.topic.expiration", NULL, -1, INT64_MAX, true },
};

static const Attribute *
find (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (attributes); i++)
    if (g_str_equal (attributes[i].name, name))
      return &attributes[i];
  return NULL;
}

static bool
is_value (const Attribute *attribute, const char *value)
{
  int64_t number;

  if (attribute->values != NULL)
    return value != NULL && g_strv_contains (attribute->values, value);
  return value != NULL && _rmq_property_parse_int64 (rmq_slice_from_string (value), &number) && number >= attribute->min
         && number <= attribute->max;
}

/* NULL: allowed. */
static const char *
find_problem (GPtrArray *now, const RmqStringPair *change)
{
  bool adds = change->key[0] == '+';
  const Attribute *attribute;
  const char *name;

  /* An empty key, too: lists (18) may have one. */
  if (!adds && change->key[0] != '-')
    return "an attribute is added with + or taken away with -";
  name = change->key + 1;
  attribute = find (name);
  if (!adds && now == NULL)
    return "only add attribute is supported while creating topic";
  if (attribute == NULL)
    return "unsupported key";
  if (now != NULL && !attribute->changeable)
    return "attempt to update an unchangeable attribute";
  if (!adds && _rmq_string_pairs_get (now, name) == NULL)
    return "attempt to delete a nonexistent key";
  if (adds && !is_value (attribute, change->value))
    return "value is not in set";
  return NULL;
}

static void
remove_pair (GPtrArray *pairs, const char *name)
{
  for (unsigned i = pairs->len; i-- > 0;)
    if (g_str_equal (((RmqStringPair *) g_ptr_array_index (pairs, i))->key, name))
      g_ptr_array_remove_index (pairs, i);
}

static GPtrArray *
copy_pairs (GPtrArray *pairs)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_string_pair_free);

  for (unsigned i = 0; pairs != NULL && i < pairs->len; i++)
    {
      const RmqStringPair *pair = g_ptr_array_index (pairs, i);

      _rmq_string_pairs_add (copy, pair->key, pair->value);
    }
  return copy;
}

GPtrArray *
_rmq_broker_attributes_change (GPtrArray *now, GPtrArray *changes, GError **error)
{
  g_autoptr (GPtrArray) changed = copy_pairs (now);

  for (unsigned i = 0; changes != NULL && i < changes->len; i++)
    {
      const RmqStringPair *change = g_ptr_array_index (changes, i);
      const char *problem = find_problem (now, change);

      if (problem != NULL)
        {
          _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "%s: %s", problem,
                          change->key[0] == '+' || change->key[0] == '-' ? change->key + 1 : change->key);
          return NULL;
        }
      remove_pair (changed, change->key + 1);
      if (change->key[0] == '+')
        _rmq_string_pairs_add (changed, change->key + 1, change->value);
    }
  return g_steal_pointer (&changed);
}
