/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules for names of topics and groups, the reserved names, and names made from them.
 */
#include "rmq-names-private.h"
#include "base/rmq-error-private.h"

static const char *const system_topics[] = {
  "BenchmarkTest",
  "CHECKPOINT_TOPIC",
  "OFFSET_MOVED_EVENT",
  "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
  "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC",
  "RMQ_SYS_TRACE_TOPIC",
  "RMQ_SYS_TRANS_HALF_TOPIC",
  "RMQ_SYS_TRANS_OP_HALF_TOPIC",
  "SCHEDULE_TOPIC_XXXX",
  "SELF_TEST_TOPIC",
  "TBW102",
  "TRANS_CHECK_MAX_TIME_TOPIC",
  NULL,
};

static const char *const unsendable_topics[] = {
  "OFFSET_MOVED_EVENT",       "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC", "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC",
  "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC",      "SCHEDULE_TOPIC_XXXX",
  "SELF_TEST_TOPIC",          "TRANS_CHECK_MAX_TIME_TOPIC",       NULL,
};

static const char *const predefined_groups[] = {
  "CID_ONS-HTTP-PROXY",    "CID_ONSAPI_OWNER",  "CID_ONSAPI_PERMISSION", "CID_ONSAPI_PULL",    "CID_RMQ_SYS_TRANS",
  "CLIENT_INNER_PRODUCER", "DEFAULT_CONSUMER",  "DEFAULT_PRODUCER",      "FILTERSRV_CONSUMER", "SCHEDULE_CONSUMER",
  "SELF_TEST_C_GROUP",     "SELF_TEST_P_GROUP", "TOOLS_CONSUMER",        "__MONITOR_CONSUMER", NULL,
};

/* Every send asks, twice: a table is quickest. */
static const bool name_characters[256] = {
  ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['%'] = true,
  ['|'] = true,         ['-'] = true,         ['_'] = true,
};

/* kind: "topic" or "group". */
static bool
check (const char *kind, const char *name, size_t max_length, GError **error)
{
  size_t length = 0;

  while (name != NULL && name_characters[(unsigned char) name[length]])
    length++;
  if (name == NULL || (length == 0 && name[strspn (name, " \t\n\v\f\r")] == '\0'))
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "the %s is blank", kind);
      return false;
    }
  if (name[length] != '\0')
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                      "%s \"%.200s\": only letters and digits of ASCII and %%|-_ are allowed", kind, name);
      return false;
    }
  if (length > max_length)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "%s \"%.200s\": longer than %" G_GSIZE_FORMAT, kind,
                      name, max_length);
      return false;
    }
  return true;
}

bool
_rmq_topic_check (const char *name, GError **error)
{
  return check ("topic", name, RMQ_TOPIC_MAX_LENGTH, error);
}

bool
_rmq_group_check (const char *name, GError **error)
{
  return check ("group", name, RMQ_GROUP_MAX_LENGTH, error);
}

bool
_rmq_producer_group_check (const char *name, GError **error)
{
  if (!_rmq_group_check (name, error))
    return false;
  if (strcmp (name, RMQ_GROUP_DEFAULT_PRODUCER) == 0)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL, "group %s is reserved: choose another name", name);
      return false;
    }
  return true;
}

bool
_rmq_topic_check_sendable (const char *name, GError **error)
{
  for (const char *const *topic = unsendable_topics; *topic != NULL; topic++)
    if ((*topic)[0] == name[0] && strcmp (*topic, name) == 0)
      {
        _rmq_set_error (error, RMQ_ERROR_INVALID_ARGUMENT, NULL,
                        "topic %s belongs to the broker: nothing may be sent to it", name);
        return false;
      }
  return true;
}

bool
_rmq_topic_check_broker (const char *name, GError **error)
{
  bool derived = name != NULL && (_rmq_topic_is_retry (name) || _rmq_topic_is_dlq (name));

  return check ("topic", name, derived ? RMQ_RETRY_TOPIC_MAX_LENGTH : RMQ_TOPIC_MAX_LENGTH, error);
}

bool
_rmq_group_check_broker (const char *name, GError **error)
{
  return check ("group", name, RMQ_GROUP_MAX_LENGTH, error);
}

bool
_rmq_topic_is_system (const char *topic)
{
  return g_str_has_prefix (topic, "rmq_sys_") || g_strv_contains (system_topics, topic);
}

bool
_rmq_group_is_system (const char *group)
{
  return g_str_has_prefix (group, RMQ_GROUP_SYSTEM_PREFIX);
}

bool
_rmq_group_is_predefined (const char *group)
{
  return g_strv_contains (predefined_groups, group);
}

bool
_rmq_topic_is_retry (const char *topic)
{
  return g_str_has_prefix (topic, RMQ_RETRY_PREFIX);
}

bool
_rmq_topic_is_dlq (const char *topic)
{
  return g_str_has_prefix (topic, RMQ_DLQ_PREFIX);
}

bool
_rmq_topic_is_lmq (const char *topic)
{
  return g_str_has_prefix (topic, RMQ_LMQ_PREFIX);
}

char *
_rmq_topic_new_retry (const char *group)
{
  return g_strconcat (RMQ_RETRY_PREFIX, group, NULL);
}

char *
_rmq_topic_new_dlq (const char *group)
{
  return g_strconcat (RMQ_DLQ_PREFIX, group, NULL);
}

char *
_rmq_topic_new_reply (const char *cluster)
{
  return g_strconcat (cluster, "_REPLY_TOPIC", NULL);
}

const char *
_rmq_topic_get_group (const char *topic)
{
  if (_rmq_topic_is_retry (topic))
    return topic + strlen (RMQ_RETRY_PREFIX);
  if (_rmq_topic_is_dlq (topic))
    return topic + strlen (RMQ_DLQ_PREFIX);
  return NULL;
}
