/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers to pulls, pops and sends that the golden vectors do not have: missing fields, light queues, hostile numbers.
 */
#include "test-records.h"
#include "wire/rmq-batch-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-pop-handle-private.h"
#include "wire/rmq-pop-result-private.h"
#include "wire/rmq-pull-result-private.h"
#include "wire/rmq-send-result-private.h"

#define MAX_FIELDS 10

typedef struct
{
  RmqFrame frame;
  RmqExtField fields[MAX_FIELDS];
} Answer;

/* Names and values in turn, ended by NULL. */
static void answer_init (Answer *self, int code, RmqSlice body, ...) G_GNUC_NULL_TERMINATED;

static void
answer_init (Answer *self, int code, RmqSlice body, ...)
{
  const char *name;
  va_list args;

  *self = (Answer){ .frame = { .code = code, .flag = RMQ_FRAME_FLAG_RESPONSE, .body = body, .ext = self->fields } };
  va_start (args, body);
  while ((name = va_arg (args, const char *)) != NULL)
    self->fields[self->frame.n_ext++] =
        (RmqExtField){ rmq_slice_from_string (name), rmq_slice_from_string (va_arg (args, const char *)) };
  va_end (args);
}

static RmqPopContext
pop_context (const char *topic)
{
  return (RmqPopContext){
    .decode = { .topic = g_ref_string_new_intern (topic), .broker_name = g_ref_string_new_intern ("b") },
    .group = "G",
  };
}

static void
pop_context_clear (RmqPopContext *self)
{
  g_ref_string_release (self->decode.topic);
  g_ref_string_release (self->decode.broker_name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPopContext, pop_context_clear)

static RmqSlice
slice_of (const GByteArray *array)
{
  return rmq_slice ((const char *) array->data, array->len);
}

static void
test_pop (void)
{
  g_auto (RmqPopContext) context = pop_context ("TopicTest");
  g_auto (RmqPopResult) result = { 0 };
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  RmqRecord record = test_record (100);
  RmqPopHandle handle;
  Answer answer;

  test_record_append (body, record);
  record = test_record (102);
  test_record_append (body, record);
  /* A retry message that the broker rewrote keeps its handle. */
  record = test_record (9);
  record.queue_id = 0;
  record.reconsume_times = 1;
  record.properties = RMQ_SLICE_LITERAL ("POP_CK\0019 5 60000 2 1 b 0 9\002");
  test_record_append (body, record);
  /* One that it did not. */
  record = test_record (57);
  record.queue_id = 0;
  record.topic = RMQ_SLICE_LITERAL ("%RETRY%G_TopicTest");
  test_record_append (body, record);
  answer_init (&answer, 0, slice_of (body), "popTime", "1000", "invisibleTime", "60000", "reviveQid", "4", "restNum",
               "0", "startOffsetInfo", "0 3 100;1 0 9", "msgOffsetInfo", "0 3 100,102;1 0 9,57", NULL);
  g_assert_true (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.messages->len, ==, 4);
  g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[0], "POP_CK"), ==, "100 1000 60000 4 0 b 3 100");
  g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[1], "POP_CK"), ==, "100 1000 60000 4 0 b 3 102");
  g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[2], "POP_CK"), ==, "9 5 60000 2 1 b 0 9");
  g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[3], "POP_CK"), ==, "9 1000 60000 4 1 b 0 57");
  for (unsigned i = 0; i < 4; i++)
    {
      g_autofree char *real = NULL;
      const char *text = rmq_message_get_property (result.messages->pdata[i], "POP_CK");

      g_assert_cmpstr (rmq_message_get_topic (result.messages->pdata[i]), ==, "TopicTest");
      g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[i], "1ST_POP_TIME"), ==, "1000");
      g_assert_true (_rmq_pop_handle_parse (&handle, rmq_slice_from_string (text), NULL));
      real = _rmq_pop_handle_real_topic (&handle, "TopicTest", "G");
      g_assert_cmpstr (real, ==, i < 2 ? "TopicTest" : "%RETRY%G_TopicTest");
    }
}

static void
test_pop_user_topic (void)
{
  g_auto (RmqPopContext) context = pop_context ("ns%TopicTest");
  g_auto (RmqPopResult) result = { 0 };
  g_autoptr (GByteArray) body = g_byte_array_new ();
  Answer answer;
  RmqRecord record = test_record (1);

  record.topic = RMQ_SLICE_LITERAL ("ns%TopicTest");
  test_record_append (body, record);
  context.user_topic = g_ref_string_new_intern ("TopicTest");
  answer_init (&answer, 0, slice_of (body), "popTime", "1", "invisibleTime", "1", "reviveQid", "0", NULL);
  g_assert_true (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, NULL));
  g_assert_cmpstr (rmq_message_get_topic (result.messages->pdata[0]), ==, "TopicTest");
  g_ref_string_release (context.user_topic);
}

static void
test_pop_bad_info (void)
{
  static const char *const infos[][2] = {
    { "0 3", "0 3 1" },         /* two parts */
    { "0 3 1 4", "0 3 1" },     /* four */
    { "0 3 x", "0 3 1" },       /* no number */
    { "0 3 1;0 3 1", "0 3 1" }, /* twice */
    { "0 3 1", "0 3 1;0 3 2" }, /* twice */
    { "0 4 1", "0 3 1" },       /* no start */
    { "0 3 1", "0 4 1" },       /* no offsets */
    { "0 3 1", "" },            /* none at all */
    { "0 3 1", "0 3 ," },       /* an empty list */
    { ";0 3 1", "0 3 1" },      /* an empty entry */
    { "0 3 99999999999999999999", "0 3 1" },
    { "1 3 1", "1 3 1" }, /* of another topic */
    { " ", "0 3 1" },
  };
  g_auto (RmqPopContext) context = pop_context ("TopicTest");
  g_autoptr (GByteArray) body = g_byte_array_new ();

  test_record_append (body, test_record (1));
  for (size_t i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_auto (RmqPopResult) result = { 0 };
      g_autoptr (GError) error = NULL;
      Answer answer;

      answer_init (&answer, 0, slice_of (body), "popTime", "1000", "invisibleTime", "60000", "reviveQid", "4",
                   "startOffsetInfo", infos[i][0], "msgOffsetInfo", infos[i][1], NULL);
      g_assert_false (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
    }
}

static void
test_pop_bad_message (void)
{
  g_auto (RmqPopContext) context = pop_context ("TopicTest");
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (RmqPopResult) result = { 0 };
  g_auto (RmqPopResult) headless = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) headless_error = NULL;
  RmqRecord record = test_record (1);
  Answer answer;

  record.properties = RMQ_SLICE_LITERAL ("POP_CK\001rubbish\002");
  test_record_append (body, record);
  answer_init (&answer, 0, slice_of (body), "popTime", "1000", "invisibleTime", "60000", "reviveQid", "4", NULL);
  g_assert_false (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);

  answer_init (&answer, 0, slice_of (body), "popTime", "1000", NULL);
  g_assert_false (_rmq_pop_result_parse (&headless, &answer.frame, NULL, &context, &headless_error));
  g_assert_error (headless_error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

/* More messages than a pop brings must not cost the square of their number. */
static void
test_pop_many (void)
{
  g_auto (RmqPopContext) context = pop_context ("TopicTest");
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (RmqPopResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  Answer answer;

  for (int i = 0; i < 5000; i++)
    test_record_append (body, test_record (i));
  answer_init (&answer, 0, slice_of (body), "popTime", "1000", "invisibleTime", "60000", "reviveQid", "4", NULL);
  g_assert_false (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_pop_lmq (void)
{
  static const struct
  {
    const char *properties;
    const char *handle; /* NULL: an error */
  } cases[] = {
    { "INNER_MULTI_DISPATCH\001%LMQ%a,%LMQ%b\002INNER_MULTI_QUEUE_OFFSET\0017,4\002", "4 1000 60000 4 0 b 0 4" },
    { "INNER_MULTI_DISPATCH\001%LMQ%b\002INNER_MULTI_QUEUE_OFFSET\0014\002", "4 1000 60000 4 0 b 0 4" },
    { "INNER_MULTI_DISPATCH\001%LMQ%a,%LMQ%b\002INNER_MULTI_QUEUE_OFFSET\001,4\002", "4 1000 60000 4 0 b 0 4" },
    { "INNER_MULTI_DISPATCH\001%LMQ%a,%LMQ%c\002INNER_MULTI_QUEUE_OFFSET\0017,4\002", NULL },
    { "INNER_MULTI_DISPATCH\001%LMQ%a,%LMQ%b\002INNER_MULTI_QUEUE_OFFSET\0017\002", NULL },
    { "INNER_MULTI_DISPATCH\001%LMQ%a,%LMQ%b\002INNER_MULTI_QUEUE_OFFSET\0017,x\002", NULL },
    { "INNER_MULTI_DISPATCH\001%LMQ%b\002", NULL },
  };
  g_auto (RmqPopContext) context = pop_context ("%LMQ%b");

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) body = g_byte_array_new ();
      g_auto (RmqPopResult) result = { 0 };
      g_autoptr (GError) error = NULL;
      RmqRecord record = test_record (1000);
      Answer answer;

      record.topic = RMQ_SLICE_LITERAL ("parent");
      record.properties = rmq_slice_from_string (cases[i].properties);
      test_record_append (body, record);
      answer_init (&answer, 0, slice_of (body), "popTime", "1000", "invisibleTime", "60000", "reviveQid", "4",
                   "startOffsetInfo", "0 0 4", "msgOffsetInfo", "0 0 4", NULL);
      g_assert_cmpint (_rmq_pop_result_parse (&result, &answer.frame, NULL, &context, &error), ==,
                       cases[i].handle != NULL);
      if (cases[i].handle == NULL)
        {
          g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
          continue;
        }
      g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[0], "POP_CK"), ==, cases[i].handle);
      g_assert_cmpstr (rmq_message_get_topic (result.messages->pdata[0]), ==, "%LMQ%b");
    }
}

static void
test_pull_inner_batch (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (RmqByteWriter) elements = RMQ_BYTE_WRITER_INIT (10000);
  g_auto (RmqPullResult) result = { 0 };
  RmqPullContext context = { .queue_id = 5, .queue_offset = 12 };
  RmqRecord record = test_record (10);
  Answer answer;

  for (int i = 0; i < 5; i++)
    {
      RmqBatchElement element = { 0, RMQ_SLICE_LITERAL ("x"), RMQ_SLICE_NULL };

      g_assert_true (_rmq_batch_element_encode (&element, &elements));
    }
  record.sys_flag = RMQ_SYS_FLAG_NEED_UNWRAP | RMQ_SYS_FLAG_INNER_BATCH;
  record.body = rmq_slice ((char *) elements.data, elements.len);
  test_record_append (body, record);
  answer_init (&answer, 0, slice_of (body), "suggestWhichBrokerId", "0", "nextBeginOffset", "15", "minOffset", "0",
               "maxOffset", "15", NULL);
  g_assert_true (_rmq_pull_result_parse (&result, &answer.frame, NULL, &context, NULL));
  g_assert_cmpuint (result.n_decoded, ==, 5);
  g_assert_cmpuint (result.messages->len, ==, 3);
  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_cmpint (rmq_message_get_queue_offset (result.messages->pdata[i]), ==, 12 + i);
      g_assert_cmpint (rmq_message_get_queue_id (result.messages->pdata[i]), ==, 5);
      g_assert_cmpstr (rmq_message_get_property (result.messages->pdata[i], "MAX_OFFSET"), ==, "15");
    }
}

static void
test_pull_bad (void)
{
  static const char *const bad[][4] = {
    { "minOffset", "0", "maxOffset", "1" }, /* no nextBeginOffset */
    { "nextBeginOffset", "-1", "maxOffset", "1" },
    { "nextBeginOffset", "x", "maxOffset", "1" },
    { "nextBeginOffset", "1", "offsetDelta", "9223372036854775807" },
    { "nextBeginOffset", "1", "offsetDelta", "9223372036854775808" },
  };
  g_autoptr (GByteArray) body = g_byte_array_new ();

  test_record_append (body, test_record (10));
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (RmqPullResult) result = { 0 };
      g_autoptr (GError) error = NULL;
      RmqPullContext context = { 0 };
      Answer answer;

      answer_init (&answer, 0, slice_of (body), bad[i][0], bad[i][1], bad[i][2], bad[i][3], NULL);
      g_assert_false (_rmq_pull_result_parse (&result, &answer.frame, NULL, &context, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
    }
}

/* What was stored is stored, however little the answer says. */
static void
test_send_bare (void)
{
  RmqSendResult result;
  Answer answer;

  answer_init (&answer, RMQ_RESPONSE_SUCCESS, RMQ_SLICE_NULL, NULL);
  g_assert_true (_rmq_send_result_parse (&result, &answer.frame, NULL));
  g_assert_cmpint (result.status, ==, RMQ_SEND_STATUS_OK);
  g_assert_cmpint (result.queue_id, ==, -1);
  g_assert_cmpint (result.queue_offset, ==, -1);
  g_assert_null (result.offset_id.data);
  g_assert_true (result.trace_on);
}

static void
test_broker_error (void)
{
  RmqSendResult result;
  Answer answer;
  g_autoptr (GError) error = NULL;

  answer_init (&answer, RMQ_RESPONSE_SYSTEM_BUSY, RMQ_SLICE_NULL, NULL);
  answer.frame.remark = RMQ_SLICE_LITERAL ("[OVERLOAD] wait");
  g_assert_false (_rmq_send_result_parse (&result, &answer.frame, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SYSTEM_BUSY);
  g_assert_nonnull (strstr (error->message, "[OVERLOAD] wait"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/result/C-POP-002/handles", test_pop);
  g_test_add_func ("/wire/result/C-POP-002/user-topic", test_pop_user_topic);
  g_test_add_func ("/wire/result/C-POP-003/bad-info", test_pop_bad_info);
  g_test_add_func ("/wire/result/C-POP-003/bad-message", test_pop_bad_message);
  g_test_add_func ("/wire/result/C-POP-003/many", test_pop_many);
  g_test_add_func ("/wire/result/C-POP-004/lmq", test_pop_lmq);
  g_test_add_func ("/wire/result/C-MSG-010/pull-inner-batch", test_pull_inner_batch);
  g_test_add_func ("/wire/result/pull-bad", test_pull_bad);
  g_test_add_func ("/wire/result/send-bare", test_send_bare);
  g_test_add_func ("/wire/result/broker-error", test_broker_error);

  return g_test_run ();
}
