/* SPDX-License-Identifier: Apache-2.0
 *
 * result-send, result-pull, result-pop: a response frame and what the client makes of it.
 */
#include "vectors-message-common.h"
#include "rmq-test-codec.h"
#include "wire/rmq-pop-result-private.h"
#include "wire/rmq-pull-result-private.h"
#include "wire/rmq-send-result-private.h"

typedef struct
{
  RmqFrameDecoder *decoder;
  GBytes *bytes;
  RmqFrame frame;
} Response;

static void
response_init (Response *self, VectorCase *vector)
{
  g_autoptr (GError) error = NULL;
  gsize len;
  const void *data;

  self->decoder = _rmq_frame_decoder_new ();
  self->bytes = vector_bytes (vector->object, "bytes");
  data = g_bytes_get_data (self->bytes, &len);
  _rmq_frame_decode (self->decoder, data, len, &self->frame, &error);
  g_assert_no_error (error);
}

static void
response_clear (Response *self)
{
  _rmq_frame_decoder_free (self->decoder);
  g_bytes_unref (self->bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Response, response_clear)

/* A code other than success is the broker's error; bad content of a success is one of the protocol. */
static void
expect_error (VectorCase *self, const GError *error)
{
  int code = (int) vector_int (self->object, "code", 0);
  const RmqErrorDetails *details;

  if (error == NULL)
    {
      vector_fail (self, "no error");
      return;
    }
  if (code == 0)
    {
      vector_expect_bool (self, error->message, g_error_matches (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL), true);
      return;
    }
  details = rmq_error_get_details (error);
  vector_expect_bool (self, "details", details != NULL, true);
  if (details != NULL)
    vector_expect_int (self, "broker code", rmq_error_details_get_broker_code (details), code);
}

static const char *
status_text (RmqSendStatus status)
{
  static const char *const texts[] = { "FAILED", "SEND_OK", "FLUSH_DISK_TIMEOUT", "FLUSH_SLAVE_TIMEOUT",
                                       "SLAVE_NOT_AVAILABLE" };

  return texts[status];
}

static char **
read_strings (JsonArray *list)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (list == NULL)
    return NULL;
  for (unsigned i = 0; i < json_array_get_length (list); i++)
    g_strv_builder_add (builder, json_array_get_string_element (list, i));
  return g_strv_builder_end (builder);
}

static bool
run_send (VectorCase *self)
{
  g_auto (Response) response = { 0 };
  g_auto (GStrv) element_ids = read_strings (vector_array (self->input, "batchUniqKeys"));
  JsonObject *want = vector_object (self->object, "result");
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  RmqSendResult result;
  bool ok;

  if (want == NULL && !vector_has (self->object, "error"))
    return false;
  response_init (&response, self);
  ok = _rmq_send_result_parse (&result, &response.frame, &error);
  if (want == NULL)
    {
      expect_error (self, error);
      return true;
    }
  if (!vector_expect_bool (self, "parsed", ok, true))
    return true;
  id = _rmq_send_result_dup_message_id (&result, vector_string (self->input, "uniqKey"),
                                        (const char *const *) element_ids);
  vector_expect_string (self, "sendStatus", status_text (result.status), vector_string (want, "sendStatus"));
  vector_expect_string (self, "msgId", id, vector_string (want, "msgId"));
  vector_expect_slice (self, "offsetMsgId", result.offset_id, vector_string (want, "offsetMsgId"));
  vector_expect_int (self, "queueId", result.queue_id, vector_int (want, "queueId", -2));
  vector_expect_int (self, "queueOffset", result.queue_offset, vector_int (want, "queueOffset", -2));
  vector_expect_slice (self, "transactionId", result.transaction_id, vector_string (want, "transactionId"));
  vector_expect_slice (self, "regionId", result.region_id, vector_string (want, "regionId"));
  vector_expect_bool (self, "traceOn", result.trace_on, vector_bool (want, "traceOn", false));
  vector_expect_slice (self, "recallHandle", result.recall_handle, vector_string (want, "recallHandle"));
  return true;
}

static void
expect_pulled (VectorCase *self, RmqMessage *message, JsonObject *want)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_dup_queue (message);

  vector_expect_message (self, message, want);
  vector_expect_string (self, "brokerName", rmq_message_get_broker_name (message), vector_string (want, "brokerName"));
  vector_expect_string (self, "transactionId", rmq_message_get_transaction_id (message),
                        vector_string (want, "transactionId"));
  vector_expect_int (self, "queueId", rmq_message_queue_get_queue_id (queue), vector_int (want, "queueId", -2));
}

static void
expect_pull_result (VectorCase *self, const RmqPullResult *result, JsonObject *want)
{
  static const char *const statuses[] = { "FOUND", "NO_NEW_MSG", "NO_MATCHED_MSG", "OFFSET_ILLEGAL" };
  JsonArray *messages = vector_array (want, "messages");

  vector_expect_string (self, "pullStatus", statuses[result->status], vector_string (want, "pullStatus"));
  vector_expect_int (self, "nextBeginOffset", result->next_begin_offset, vector_int (want, "nextBeginOffset", -2));
  vector_expect_int (self, "minOffset", result->min_offset, vector_int (want, "minOffset", -2));
  vector_expect_int (self, "maxOffset", result->max_offset, vector_int (want, "maxOffset", -2));
  if (vector_has (want, "nextPullBrokerId"))
    vector_expect_int (self, "nextPullBrokerId", result->suggest_which_broker_id,
                       vector_int (want, "nextPullBrokerId", -2));
  if (!vector_expect_int (self, "number of messages", result->messages != NULL ? result->messages->len : 0,
                          messages != NULL ? json_array_get_length (messages) : 0))
    return;
  for (unsigned i = 0; messages != NULL && i < json_array_get_length (messages); i++)
    expect_pulled (self, result->messages->pdata[i], json_array_get_object_element (messages, i));
}

static bool
run_pull (VectorCase *self)
{
  g_auto (Response) response = { 0 };
  g_auto (RmqPullResult) result = { 0 };
  const char *topic = vector_string (self->input, "topic");
  JsonObject *want = vector_object (self->object, "result");
  g_autoptr (RmqSubscription) subscription = NULL;
  g_autoptr (GError) error = NULL;
  RmqPullContext context = { .queue_id = (int32_t) vector_int (self->input, "queueId", 0), .queue_offset = INT64_MIN };
  bool ok;

  if (topic == NULL || (want == NULL && !vector_has (self->object, "error")))
    return false;
  subscription = _rmq_subscription_build (topic, vector_string (self->input, "expression"), NULL, 0, NULL);
  context.subscription = subscription;
  /* Five inner batches in this file were made after their checksum. */
  context.decode.flags = RMQ_DECODE_CRC_SKIP;
  context.decode.compression = &rmq_test_codec_table;
  context.decode.topic = g_ref_string_new (topic);
  context.decode.broker_name = g_ref_string_new (vector_string (self->input, "brokerName"));
  response_init (&response, self);
  ok = _rmq_pull_result_parse (&result, &response.frame, response.bytes, &context, &error);
  if (want == NULL)
    expect_error (self, error);
  else if (vector_expect_bool (self, error != NULL ? error->message : "parsed", ok, true))
    expect_pull_result (self, &result, want);
  g_ref_string_release (context.decode.topic);
  g_ref_string_release (context.decode.broker_name);
  return true;
}

static void
expect_popped (VectorCase *self, RmqMessage *message, JsonObject *want)
{
  g_autofree char *id = rmq_message_dup_message_id (message);

  vector_expect_string (self, "topic", rmq_message_get_topic (message), vector_string (want, "topic"));
  vector_expect_string (self, "brokerName", rmq_message_get_broker_name (message), vector_string (want, "brokerName"));
  vector_expect_int (self, "queueId", rmq_message_get_queue_id (message), vector_int (want, "queueId", -2));
  vector_expect_int (self, "queueOffset", rmq_message_get_queue_offset (message), vector_int (want, "queueOffset", -2));
  vector_expect_int (self, "reconsumeTimes", rmq_message_get_reconsume_times (message),
                     vector_int (want, "reconsumeTimes", -2));
  vector_expect_string (self, "POP_CK", rmq_message_get_property (message, "POP_CK"), vector_string (want, "POP_CK"));
  vector_expect_string (self, "1ST_POP_TIME", rmq_message_get_property (message, "1ST_POP_TIME"),
                        vector_string (want, "1ST_POP_TIME"));
  vector_expect_string (self, "msgId", id, vector_string (want, "msgId"));
}

static void
expect_pop_result (VectorCase *self, const RmqPopResult *result, JsonObject *want)
{
  static const char *const statuses[] = { "FOUND", "POLLING_NOT_FOUND", "POLLING_FULL" };
  JsonArray *messages = vector_array (want, "messages");

  vector_expect_string (self, "popStatus", statuses[result->status], vector_string (want, "popStatus"));
  vector_expect_int (self, "popTime", result->pop_time, vector_int (want, "popTime", -2));
  vector_expect_int (self, "invisibleTime", result->invisible_time, vector_int (want, "invisibleTime", -2));
  vector_expect_int (self, "restNum", result->rest_num, vector_int (want, "restNum", -2));
  if (!vector_expect_int (self, "number of messages", result->messages != NULL ? result->messages->len : 0,
                          messages != NULL ? json_array_get_length (messages) : 0))
    return;
  for (unsigned i = 0; messages != NULL && i < json_array_get_length (messages); i++)
    expect_popped (self, result->messages->pdata[i], json_array_get_object_element (messages, i));
}

static bool
run_pop (VectorCase *self)
{
  g_auto (Response) response = { 0 };
  g_auto (RmqPopResult) result = { 0 };
  JsonObject *want = vector_object (self->object, "result");
  g_autoptr (GError) error = NULL;
  RmqPopContext context = {
    .group = vector_string (self->input, "group"),
    .order = vector_bool (self->input, "order", false),
  };
  bool ok;

  if (want == NULL && !vector_has (self->object, "error"))
    return false;
  context.decode.topic = g_ref_string_new (vector_string (self->input, "topic"));
  context.decode.broker_name = g_ref_string_new (vector_string (self->input, "brokerName"));
  response_init (&response, self);
  ok = _rmq_pop_result_parse (&result, &response.frame, response.bytes, &context, &error);
  if (want == NULL)
    expect_error (self, error);
  else if (vector_expect_bool (self, error != NULL ? error->message : "parsed", ok, true))
    expect_pop_result (self, &result, want);
  g_ref_string_release (context.decode.topic);
  g_ref_string_release (context.decode.broker_name);
  return true;
}

const VectorCategory vectors_result[] = {
  { "result-send", run_send },
  { "result-pull", run_pull },
  { "result-pop", run_pop },
  { NULL },
};
