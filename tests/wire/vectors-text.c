/* SPDX-License-Identifier: Apache-2.0
 *
 * Names, namespaces, subscriptions, hashes and the texts that identify clients and servers.
 */
#include "vectors.h"
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-namespace-private.h"
#include "wire/rmq-subscription-private.h"
#include <rmq/rmq.h>

static bool
run_java_hash (VectorCase *self)
{
  const char *text = vector_string (self->input, "text");

  if (text == NULL)
    return false;
  vector_expect_int (self, "hash", _rmq_java_string_hash (rmq_slice_from_string (text)),
                     vector_int (self->object, "hashCode", -1));
  return true;
}

static bool
run_select (VectorCase *self)
{
  const char *type = vector_string (self->input, "argType");
  unsigned queues = (unsigned) vector_int (self->input, "queues", 0);
  int64_t number = vector_int (self->input, "arg", 0);
  int32_t hash;

  if (type == NULL || queues == 0)
    return false;
  if (strcmp (type, "String") == 0)
    hash = _rmq_java_string_hash (rmq_slice_from_string (vector_string (self->input, "arg")));
  else if (strcmp (type, "Long") == 0)
    hash = _rmq_java_long_hash (number);
  else
    hash = (int32_t) number;
  vector_expect_int (self, "hash", hash, vector_int (self->object, "hashCode", -1));
  vector_expect_int (self, "index", _rmq_java_hash_index (hash, queues), vector_int (self->object, "index", -1));
  return true;
}

static int
compare_texts (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* A set as one text. */
static char *
set_to_text (GPtrArray *set)
{
  GString *text = g_string_new (NULL);

  g_ptr_array_sort (set, compare_texts);
  for (unsigned i = 0; i < set->len; i++)
    g_string_append_printf (text, "<%s>", (char *) g_ptr_array_index (set, i));
  return g_string_free (text, FALSE);
}

static char *
array_to_text (JsonArray *array)
{
  g_autoptr (GPtrArray) set = g_ptr_array_new_with_free_func (g_free);

  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      g_ptr_array_add (set, json_node_get_value_type (node) == G_TYPE_STRING
                                ? g_strdup (json_node_get_string (node))
                                : g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node)));
    }
  return set_to_text (set);
}

static void
check_sets (VectorCase *self, RmqSubscription *subscription)
{
  g_autofree char *want_tags = array_to_text (vector_array (self->object, "tagsSet"));
  g_autofree char *want_codes = array_to_text (vector_array (self->object, "codeSet"));
  g_autoptr (GPtrArray) tags = g_ptr_array_new ();
  g_autoptr (GPtrArray) codes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *got_tags = NULL;
  g_autofree char *got_codes = NULL;

  for (unsigned i = 0; i < subscription->tags->len; i++)
    g_ptr_array_add (tags, g_ptr_array_index (subscription->tags, i));
  for (unsigned i = 0; i < subscription->codes->len; i++)
    g_ptr_array_add (codes, g_strdup_printf ("%d", g_array_index (subscription->codes, int32_t, i)));
  got_tags = set_to_text (tags);
  got_codes = set_to_text (codes);
  vector_expect_string (self, "tagsSet", got_tags, want_tags);
  vector_expect_string (self, "codeSet", got_codes, want_codes);
}

static bool
run_filter (VectorCase *self)
{
  const char *type = vector_string (self->input, "type");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSubscription) subscription = NULL;
  JsonObject *codes = vector_object (self->object, "codes");
  JsonObjectIter iter;
  const char *tag;
  JsonNode *code;

  if (vector_string (self->input, "topic") == NULL)
    return false;
  subscription = _rmq_subscription_build (vector_string (self->input, "topic"),
                                          vector_string (self->input, "expression"), type, 7, &error);
  if (vector_has (self->object, "error"))
    {
      if (!g_error_matches (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION))
        vector_fail (self, "no error");
      return true;
    }
  if (subscription == NULL)
    {
      vector_fail (self, "%s", error->message);
      return true;
    }
  vector_expect_string (self, "subString", subscription->expression, vector_string (self->object, "subString"));
  vector_expect_string (self, "expressionType", subscription->type, vector_string (self->object, "expressionType"));
  check_sets (self, subscription);
  if (codes == NULL)
    return true;
  json_object_iter_init (&iter, codes);
  while (json_object_iter_next (&iter, &tag, &code))
    vector_expect_int (self, tag, _rmq_java_string_hash (rmq_slice_from_string (tag)), json_node_get_int (code));
  return true;
}

static void
check_flags (VectorCase *self, const char *text)
{
  g_autofree char *retry = _rmq_topic_new_retry (text);
  g_autofree char *dlq = _rmq_topic_new_dlq (text);
  g_autofree char *reply = _rmq_topic_new_reply (text);

  vector_expect_bool (self, "system topic", _rmq_topic_is_system (text),
                      vector_bool (self->object, "isSystemTopic", false));
  vector_expect_bool (self, "sendable", _rmq_topic_check_sendable (text, NULL),
                      !vector_bool (self->object, "isNotAllowedSendTopic", false));
  vector_expect_bool (self, "topic at the broker", _rmq_topic_check_broker (text, NULL),
                      !vector_has (self->object, "brokerTopicError"));
  vector_expect_bool (self, "group at the broker", _rmq_group_check_broker (text, NULL),
                      !vector_has (self->object, "brokerGroupError"));
  vector_expect_bool (self, "system group", _rmq_group_is_system (text),
                      vector_bool (self->object, "isSysConsumerGroup", false));
  vector_expect_bool (self, "predefined group", _rmq_group_is_predefined (text),
                      vector_bool (self->object, "isPredefinedGroup", false));
  vector_expect_bool (self, "LMQ", _rmq_topic_is_lmq (text), vector_bool (self->object, "isLmq", false));
  vector_expect_string (self, "retry topic", retry, vector_string (self->object, "retryTopic"));
  vector_expect_string (self, "dead-letter topic", dlq, vector_string (self->object, "dlqTopic"));
  vector_expect_string (self, "reply topic", reply, vector_string (self->object, "replyTopic"));
}

static bool
run_names (VectorCase *self)
{
  const char *text = vector_string (self->input, "text");

  vector_expect_bool (self, "topic", _rmq_topic_check (text, NULL), !vector_has (self->object, "topicError"));
  vector_expect_bool (self, "group", _rmq_group_check (text, NULL), !vector_has (self->object, "groupError"));
  if (text != NULL && json_object_has_member (self->object, "isSystemTopic"))
    check_flags (self, text);
  return true;
}

static bool
run_namespace (VectorCase *self)
{
  const char *ns = vector_string (self->input, "namespace");
  const char *resource = vector_string (self->input, "resource");
  /* Java's withoutNamespace (resource, null) leaves the name; here no namespace means any, which is "withoutAny". */
  g_autofree char *unwrapped = _rmq_namespace_unwrap (ns != NULL ? ns : "", resource);
  g_autofree char *unwrapped_any = _rmq_namespace_unwrap (NULL, resource);
  g_autofree char *wrapped = _rmq_namespace_wrap (ns, resource);
  g_autofree char *retry = _rmq_namespace_wrap_retry (ns, resource);
  g_autofree char *stripped = _rmq_namespace_strip_prefix (resource);
  g_autofree char *found = _rmq_namespace_get (resource);

  vector_expect_string (self, "wrap", wrapped, vector_string (self->object, "wrap"));
  vector_expect_string (self, "without", unwrapped, vector_string (self->object, "without"));
  vector_expect_string (self, "withoutAny", unwrapped_any, vector_string (self->object, "withoutAny"));
  vector_expect_string (self, "wrapRetry", retry, vector_string (self->object, "wrapRetry"));
  vector_expect_string (self, "withoutRetryAndDLQ", stripped, vector_string (self->object, "withoutRetryAndDLQ"));
  vector_expect_string (self, "namespaceOf", found, vector_string (self->object, "namespaceOf"));
  vector_expect_bool (self, "isAlready", _rmq_namespace_is_wrapped (ns, resource),
                      vector_bool (self->object, "isAlready", false));
  if (resource == NULL)
    return true;
  vector_expect_bool (self, "isRetry", _rmq_topic_is_retry (resource), vector_bool (self->object, "isRetry", false));
  vector_expect_bool (self, "isDLQ", _rmq_topic_is_dlq (resource), vector_bool (self->object, "isDLQ", false));
  return true;
}

static bool
run_endpoint (VectorCase *self)
{
  const char *text = vector_string (self->input, "text");
  g_autofree char *id = _rmq_endpoint_get_instance_id (text);
  g_autofree char *address = _rmq_endpoint_get_address (text);

  vector_expect_bool (self, "validInstance", _rmq_endpoint_is_instance (text),
                      vector_bool (self->object, "validInstance", false));
  vector_expect_string (self, "instanceId", id, vector_string (self->object, "instanceId"));
  vector_expect_bool (self, "isEndpoint", _rmq_endpoint_is_http (text),
                      vector_bool (self->object, "isEndpoint", false));
  vector_expect_string (self, "address", address, vector_string (self->object, "address"));
  return true;
}

static bool
run_client_misc (VectorCase *self)
{
  g_autofree char *got = NULL;

  if (g_str_has_prefix (self->name, "namesrv-endpoint"))
    return run_endpoint (self);
  if (g_str_has_prefix (self->name, "client-id"))
    got = _rmq_client_id_build (vector_string (self->input, "clientIP"), vector_string (self->input, "instanceName"),
                                vector_string (self->input, "unitName"), vector_bool (self->input, "stream", false));
  else if (g_str_has_prefix (self->name, "vip"))
    got = _rmq_vip_address (vector_bool (self->input, "enabled", false), vector_string (self->input, "addr"));
  else if (g_str_has_prefix (self->name, "ws-addr"))
    got = _rmq_discovery_url (vector_string (self->input, "domain"), vector_string (self->input, "subgroup"), NULL);
  else
    return false;
  vector_expect_string (self, "text", got, vector_string (self->object, "text"));
  return true;
}

const VectorCategory vectors_text[] = {
  { "client-misc", run_client_misc },
  { "filter-subscription", run_filter },
  { "java-hash", run_java_hash },
  { "names-validate", run_names },
  { "namespace", run_namespace },
  { "select-by-hash", run_select },
  { NULL },
};
