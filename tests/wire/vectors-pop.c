/* SPDX-License-Identifier: Apache-2.0
 *
 * pop-extra-info, pop-offset-info, pop-retry-topics, pop-receipt-handle.
 */
#include "vectors-message-common.h"
#include "wire/rmq-pop-handle-private.h"
#include "wire/rmq-pop-info-private.h"
#include "wire/rmq-pop-topic-private.h"

static RmqSlice
retry_of_topic (const char *topic)
{
  switch (_rmq_pop_topic_retry_flag (rmq_slice_from_string (topic)))
    {
    case '1':
      return RMQ_SLICE_LITERAL ("1");
    case '2':
      return RMQ_SLICE_LITERAL ("2");
    default:
      return RMQ_SLICE_LITERAL ("0");
    }
}

/* Java reads part by part; here a text with a bad part is no handle at all. */
static bool
is_whole (JsonObject *split)
{
  static const char *const numbers[] = { "ckQueueOffset", "popTime", "invisibleTime", "reviveQid", "queueId" };

  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!JSON_NODE_HOLDS_VALUE (vector_node (split, numbers[i])))
      return false;
  return vector_string (split, "brokerName") != NULL
         && (JSON_NODE_HOLDS_VALUE (vector_node (split, "queueOffset"))
             || json_array_get_length (vector_array (split, "parts")) == 7);
}

static void
expect_split (VectorCase *self, const char *text)
{
  JsonObject *split = vector_object (self->object, "split");
  g_autofree char *real = NULL;
  g_autoptr (GError) error = NULL;
  RmqPopHandle handle;

  if (!vector_expect_bool (self, "parsed", _rmq_pop_handle_parse (&handle, rmq_slice_from_string (text), &error),
                           is_whole (split)))
    return;
  if (!is_whole (split))
    {
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
      return;
    }
  real = _rmq_pop_handle_real_topic (&handle, vector_string (self->input, "baseTopic"),
                                     vector_string (self->input, "group"));
  vector_expect_int (self, "ckQueueOffset", handle.start_offset, vector_int (split, "ckQueueOffset", 0));
  vector_expect_int (self, "popTime", handle.pop_time, vector_int (split, "popTime", 0));
  vector_expect_int (self, "invisibleTime", handle.invisible_time, vector_int (split, "invisibleTime", 0));
  vector_expect_int (self, "reviveQid", handle.revive_queue_id, vector_int (split, "reviveQid", 0));
  vector_expect_slice (self, "retry", handle.retry, vector_string (split, "retry"));
  vector_expect_slice (self, "brokerName", handle.broker_name, vector_string (split, "brokerName"));
  vector_expect_int (self, "queueId", handle.queue_id, vector_int (split, "queueId", 0));
  vector_expect_bool (self, "isOrder", handle.revive_queue_id == RMQ_POP_REVIVE_QUEUE_ORDERED,
                      vector_bool (split, "isOrder", false));
  vector_expect_bool (self, "has an offset", handle.has_offset,
                      JSON_NODE_HOLDS_VALUE (vector_node (split, "queueOffset")));
  if (handle.has_offset)
    vector_expect_int (self, "queueOffset", handle.offset, vector_int (split, "queueOffset", 0));
  vector_expect_string (self, "realTopic", real, vector_string (split, "realTopic"));
}

static bool
run_extra_info (VectorCase *self)
{
  const char *text = vector_string (self->input, "text");
  bool has_offset = vector_has (self->input, "msgQueueOffset");
  g_autofree char *built = NULL;
  RmqPopHandle handle = {
    .start_offset = vector_int (self->input, "ckQueueOffset", 0),
    .pop_time = vector_int (self->input, "popTime", 0),
    .invisible_time = vector_int (self->input, "invisibleTime", 0),
    .revive_queue_id = (int32_t) vector_int (self->input, "reviveQid", 0),
    .broker_name = rmq_slice_from_string (vector_string (self->input, "brokerName")),
    .queue_id = (int32_t) vector_int (self->input, "queueId", 0),
    .offset = vector_int (self->input, "msgQueueOffset", 0),
  };

  if (vector_object (self->object, "split") == NULL)
    return false;
  if (text != NULL)
    {
      expect_split (self, text);
      return true;
    }
  handle.retry = retry_of_topic (vector_string (self->input, "topic"));
  built = _rmq_pop_handle_format (&handle, has_offset ? 8 : 7);
  vector_expect_string (self, "text", built, vector_string (self->object, "text"));
  expect_split (self, built);
  return true;
}

/* want: { "0@1": number or list }, null (no info) or { error }. */
static void
expect_info (VectorCase *self, const char *what, const char *text, bool lists, JsonNode *want)
{
  g_auto (RmqPopInfo) info = { 0 };
  g_autoptr (GError) error = NULL;
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (want) ? json_node_get_object (want) : NULL;
  bool ok = _rmq_pop_info_parse (&info, rmq_slice_from_string (text), lists, &error);
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!vector_expect_bool (self, what, ok, object == NULL || !json_object_has_member (object, "error")))
    return;
  if (!ok)
    {
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
      return;
    }
  vector_expect_bool (self, what, info.present, object != NULL);
  if (object == NULL)
    return;
  vector_expect_int (self, what, info.entries->len, json_object_get_size (object));
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &key, &value))
    {
      const char *at = strchr (key, '@');
      JsonArray *list = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
      uint32_t n = 0;
      const int64_t *values =
          _rmq_pop_info_find_text (&info, rmq_slice (key, (size_t) (at - key)), rmq_slice_from_string (at + 1), &n);

      if (!vector_expect_int (self, key, n, list != NULL ? json_array_get_length (list) : 1))
        continue;
      for (uint32_t i = 0; i < n; i++)
        vector_expect_int (self, key, values[i],
                           list != NULL ? json_array_get_int_element (list, i) : json_node_get_int (value));
    }
}

static void
build_infos (VectorCase *self, JsonArray *queues)
{
  g_auto (RmqByteWriter) starts = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_auto (RmqByteWriter) offsets = RMQ_BYTE_WRITER_INIT (1 << 20);
  g_auto (RmqByteWriter) counts = RMQ_BYTE_WRITER_INIT (1 << 20);

  for (unsigned i = 0; i < json_array_get_length (queues); i++)
    {
      JsonObject *queue = json_array_get_object_element (queues, i);
      JsonArray *list = vector_array (queue, "msgOffsets");
      uint32_t n = list != NULL ? json_array_get_length (list) : 0;
      g_autofree int64_t *values = g_new0 (int64_t, n + 1);
      char retry = _rmq_pop_topic_retry_flag (rmq_slice_from_string (vector_string (queue, "topic")));
      int32_t queue_id = (int32_t) vector_int (queue, "queueId", 0);
      int32_t count = (int32_t) vector_int (queue, "orderCount", 0);

      for (uint32_t k = 0; k < n; k++)
        values[k] = json_array_get_int_element (list, k);
      _rmq_pop_info_write_start (&starts, retry, queue_id, vector_int (queue, "startOffset", 0));
      _rmq_pop_info_write_offsets (&offsets, retry, queue_id, values, n);
      _rmq_pop_info_write_queue_count (&counts, retry, queue_id, count);
      _rmq_pop_info_write_offset_count (&counts, retry, queue_id, values[0], count + 1);
    }
  vector_expect_slice (self, "startOffsetInfo", rmq_slice ((const char *) starts.data, starts.len),
                       vector_string (self->object, "startOffsetInfo"));
  vector_expect_slice (self, "msgOffsetInfo", rmq_slice ((const char *) offsets.data, offsets.len),
                       vector_string (self->object, "msgOffsetInfo"));
  vector_expect_slice (self, "orderCountInfo", rmq_slice ((const char *) counts.data, counts.len),
                       vector_string (self->object, "orderCountInfo"));
}

static void
expect_lite_counts (VectorCase *self, const char *text)
{
  JsonArray *want = vector_array (self->object, "parsed");
  uint32_t n = (uint32_t) vector_int (self->input, "msgCount", 0);
  g_autofree int32_t *counts = _rmq_pop_info_parse_lite_counts (rmq_slice_from_string (text), n);

  if (!vector_expect_bool (self, "parsed", counts != NULL, want != NULL) || want == NULL)
    return;
  vector_expect_int (self, "count", n, json_array_get_length (want));
  for (unsigned i = 0; i < json_array_get_length (want); i++)
    vector_expect_int (self, "count", counts[i], json_array_get_int_element (want, i));
}

static bool
run_offset_info (VectorCase *self)
{
  JsonArray *queues = vector_array (self->input, "queues");
  const char *text = vector_string (self->input, "text");

  if (queues != NULL)
    build_infos (self, queues);
  if (vector_has (self->input, "msgCount"))
    {
      expect_lite_counts (self, text);
      return true;
    }
  if (vector_node (self->object, "parsedStart") == NULL)
    return false;
  expect_info (self, "startOffsetInfo", text != NULL ? text : vector_string (self->object, "startOffsetInfo"), false,
               vector_node (self->object, "parsedStart"));
  expect_info (self, "msgOffsetInfo", text != NULL ? text : vector_string (self->object, "msgOffsetInfo"), true,
               vector_node (self->object, "parsedMsg"));
  expect_info (self, "orderCountInfo", text != NULL ? text : vector_string (self->object, "orderCountInfo"), false,
               vector_node (self->object, "parsedOrder"));
  return true;
}

static void
expect_retry_topic (VectorCase *self, const char *topic, const char *version)
{
  const char *group = vector_string (self->input, "group");
  g_autofree char *is_v2_member = g_strconcat (version, "IsV2", NULL);
  g_autofree char *normal_member = g_strconcat (version, "Normal", NULL);
  g_autofree char *any_member = g_strconcat (version, "NormalNoGroup", NULL);
  g_autofree char *group_member = g_strconcat (version, "Group", NULL);
  g_autofree char *normal = _rmq_pop_topic_normal (topic, group);
  g_autofree char *any = _rmq_pop_topic_normal_any_group (topic);
  g_autofree char *topic_group = _rmq_pop_topic_group (topic);

  vector_expect_string (self, version, topic, vector_string (self->object, version));
  vector_expect_bool (self, is_v2_member, _rmq_pop_topic_is_retry_v2 (rmq_slice_from_string (topic)),
                      vector_bool (self->object, is_v2_member, false));
  vector_expect_string (self, normal_member, normal, vector_string (self->object, normal_member));
  vector_expect_string (self, any_member, any, vector_string (self->object, any_member));
  vector_expect_string (self, group_member, topic_group, vector_string (self->object, group_member));
}

static bool
run_retry_topics (VectorCase *self)
{
  const char *topic = vector_string (self->input, "topic");
  const char *group = vector_string (self->input, "group");
  const char *key = vector_string (self->object, "pollingKey");
  g_autofree char *v1 = NULL;
  g_autofree char *v2 = NULL;
  g_autofree char *polling_key = NULL;

  if (topic == NULL || group == NULL || key == NULL)
    return false;
  v1 = _rmq_pop_retry_topic_v1 (topic, group);
  v2 = _rmq_pop_retry_topic_v2 (topic, group);
  polling_key = _rmq_pop_polling_key (topic, group, atoi (strrchr (key, '@') + 1));
  expect_retry_topic (self, v1, "v1");
  expect_retry_topic (self, v2, "v2");
  vector_expect_string (self, "pollingKey", polling_key, key);
  return true;
}

static void
encode_receipt (VectorCase *self)
{
  RmqPopHandle handle = {
    .start_offset = vector_int (self->input, "startOffset", 0),
    .pop_time = vector_int (self->input, "retrieveTime", 0),
    .invisible_time = vector_int (self->input, "invisibleTime", 0),
    .revive_queue_id = (int32_t) vector_int (self->input, "reviveQueueId", 0),
    .retry = rmq_slice_from_string (vector_string (self->input, "topicType")),
    .broker_name = rmq_slice_from_string (vector_string (self->input, "brokerName")),
    .queue_id = (int32_t) vector_int (self->input, "queueId", 0),
    .offset = vector_int (self->input, "offset", 0),
    .commit_log_offset = vector_int (self->input, "commitLogOffset", 0),
  };
  g_autofree char *text = _rmq_pop_handle_format (&handle, 9);
  g_autofree char *real = _rmq_pop_handle_real_topic (&handle, "T", "G");

  vector_expect_string (self, "text", text, vector_string (self->object, "text"));
  vector_expect_int (self, "nextVisibleTime", handle.pop_time + handle.invisible_time,
                     vector_int (self->object, "nextVisibleTime", 0));
  vector_expect_bool (self, "isRetryTopic", !rmq_slice_equal_string (handle.retry, "0"),
                      vector_bool (self->object, "isRetryTopic", false));
  vector_expect_string (self, "realTopic", real, vector_string (self->object, "realTopic"));
}

static bool
run_receipt_handle (VectorCase *self)
{
  JsonObject *decoded = vector_object (self->object, "decoded");
  const char *text = vector_string (self->input, "text");
  g_autofree char *back = NULL;
  RmqPopHandle handle;
  bool ok;

  if (text == NULL)
    {
      encode_receipt (self);
      return vector_string (self->object, "text") != NULL;
    }
  ok = _rmq_pop_handle_parse (&handle, rmq_slice_from_string (text), NULL) && handle.has_offset;
  vector_expect_bool (self, "decoded", ok, !vector_has (decoded, "error"));
  if (!ok)
    return true;
  vector_expect_int (self, "startOffset", handle.start_offset, vector_int (decoded, "startOffset", 0));
  vector_expect_int (self, "offset", handle.offset, vector_int (decoded, "offset", 0));
  vector_expect_int (self, "commitLogOffset", handle.commit_log_offset, vector_int (decoded, "commitLogOffset", 0));
  back = _rmq_pop_handle_format (&handle, 9);
  vector_expect_string (self, "encode", back, vector_string (decoded, "encode"));
  return true;
}

const VectorCategory vectors_pop[] = {
  { "pop-extra-info", run_extra_info },
  { "pop-offset-info", run_offset_info },
  { "pop-retry-topics", run_retry_topics },
  { "pop-receipt-handle", run_receipt_handle },
  { NULL },
};
