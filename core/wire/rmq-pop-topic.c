/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of POP retry topics and lite queues. RocketMQ: KeyBuilder, LiteUtil. Version 1 cannot be taken apart without
 * the group; a version 1 name with '+' in it is taken for version 2, there as here.
 */
#include "rmq-pop-topic-private.h"

#include "rmq-names-private.h"

#define LITE_PREFIX RMQ_LMQ_PREFIX "$"

char *
_rmq_pop_retry_topic_v1 (const char *topic, const char *group)
{
  return g_strconcat (RMQ_RETRY_PREFIX, group, "_", topic, NULL);
}

char *
_rmq_pop_retry_topic_v2 (const char *topic, const char *group)
{
  return g_strconcat (RMQ_RETRY_PREFIX, group, "+", topic, NULL);
}

static bool
is_retry (RmqSlice topic)
{
  size_t len = strlen (RMQ_RETRY_PREFIX);

  return topic.len >= len && memcmp (topic.data, RMQ_RETRY_PREFIX, len) == 0;
}

bool
_rmq_pop_topic_is_retry_v2 (RmqSlice topic)
{
  return is_retry (topic) && memchr (topic.data, '+', topic.len) != NULL;
}

char
_rmq_pop_topic_retry_flag (RmqSlice topic)
{
  if (!is_retry (topic))
    return '0';
  return memchr (topic.data, '+', topic.len) != NULL ? '2' : '1';
}

/* What stands behind prefix and group and one more character. */
static const char *
behind (const char *topic, const char *group, char separator)
{
  size_t len = strlen (group);

  if (!g_str_has_prefix (topic, RMQ_RETRY_PREFIX))
    return NULL;
  topic += strlen (RMQ_RETRY_PREFIX);
  if (strncmp (topic, group, len) != 0 || topic[len] != separator)
    return NULL;
  return topic + len + 1;
}

char *
_rmq_pop_topic_normal (const char *topic, const char *group)
{
  const char *normal = behind (topic, group, '+');

  if (normal == NULL)
    normal = behind (topic, group, '_');
  return g_strdup (normal != NULL ? normal : topic);
}

/* The two parts of a version 2 name that has exactly one '+'. */
static bool
split_v2 (const char *topic, RmqSlice *group, const char **normal)
{
  const char *plus = strchr (topic, '+');

  if (plus == NULL || strchr (plus + 1, '+') != NULL || !g_str_has_prefix (topic, RMQ_RETRY_PREFIX))
    return false;
  topic += strlen (RMQ_RETRY_PREFIX);
  *group = rmq_slice (topic, (size_t) (plus - topic));
  *normal = plus + 1;
  return true;
}

char *
_rmq_pop_topic_normal_any_group (const char *topic)
{
  RmqSlice group;
  const char *normal;

  return g_strdup (split_v2 (topic, &group, &normal) ? normal : topic);
}

char *
_rmq_pop_topic_group (const char *topic)
{
  RmqSlice group;
  const char *normal;

  if (split_v2 (topic, &group, &normal))
    return rmq_slice_dup (group);
  return g_strdup (g_str_has_prefix (topic, RMQ_RETRY_PREFIX) ? topic + strlen (RMQ_RETRY_PREFIX) : topic);
}

char *
_rmq_pop_polling_key (const char *topic, const char *group, int queue_id)
{
  return g_strdup_printf ("%s@%s@%d", topic, group, queue_id);
}

char *
_rmq_lite_queue_name (const char *parent_topic, const char *lite_topic)
{
  return g_strconcat (LITE_PREFIX, parent_topic, "$", lite_topic, NULL);
}

bool
_rmq_lite_queue_is_lite (const char *name)
{
  return name != NULL && g_str_has_prefix (name, LITE_PREFIX);
}

bool
_rmq_lite_queue_split (const char *name, RmqSlice *parent_topic, RmqSlice *lite_topic)
{
  const char *start;
  const char *dollar;

  if (!_rmq_lite_queue_is_lite (name))
    return false;
  start = name + strlen (LITE_PREFIX);
  dollar = strchr (start, '$');
  if (dollar == NULL || dollar == start || dollar[1] == '\0' || strchr (dollar + 1, '$') != NULL)
    return false;
  *parent_topic = rmq_slice (start, (size_t) (dollar - start));
  *lite_topic = rmq_slice_from_string (dollar + 1);
  return true;
}
