/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of maps from string to string, number or list of strings.
 */
#include "rmq-string-pair-private.h"

static const RmqBodyField string_pair_rows[] = {
  RMQ_ROW (RmqStringPair, key, "key", STRING),
  RMQ_ROW (RmqStringPair, value, "value", STRING),
};
RMQ_DEFINE_BODY (RmqStringPair, string_pair, "Map.Entry<String, String>", string_pair_rows)

static const RmqBodyField string_count_rows[] = {
  RMQ_ROW (RmqStringCount, key, "key", STRING),
  RMQ_ROW (RmqStringCount, value, "value", INT64),
};
RMQ_DEFINE_BODY (RmqStringCount, string_count, "Map.Entry<String, Long>", string_count_rows)

static const RmqBodyField strings_entry_rows[] = {
  RMQ_ROW (RmqStringsEntry, key, "key", STRING),
  RMQ_ROW (RmqStringsEntry, values, "value", STRINGS),
};
RMQ_DEFINE_BODY (RmqStringsEntry, strings_entry, "Map.Entry<String, List<String>>", strings_entry_rows)

void
_rmq_string_pairs_add (GPtrArray *pairs, const char *key, const char *value)
{
  RmqStringPair *pair = _rmq_string_pair_new ();

  pair->key = g_strdup (key);
  pair->value = g_strdup (value);
  g_ptr_array_add (pairs, pair);
}

const char *
_rmq_string_pairs_get (GPtrArray *pairs, const char *key)
{
  const RmqStringPair *pair = _rmq_body_map_find (pairs, key);

  return pair != NULL ? pair->value : NULL;
}
