/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of POP and the ids, then a whole answer: the first lines are startOffsetInfo, msgOffsetInfo and
 * orderCountInfo, the rest is the body. Every message that is delivered has a handle.
 */
#include <string.h>
#include "rmq-fuzz.h"
#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-pop-handle-private.h"
#include "wire/rmq-pop-info-private.h"
#include "wire/rmq-pop-result-private.h"
#include "wire/rmq-pop-topic-private.h"
#include "wire/rmq-recall-handle-private.h"
#include "wire/rmq-unique-id-private.h"

static RmqSlice
take_line (RmqSlice *rest)
{
  const char *end = rest->len > 0 ? memchr (rest->data, '\n', rest->len) : NULL;
  RmqSlice line = rmq_slice (rest->data, end != NULL ? (size_t) (end - rest->data) : rest->len);

  *rest = rmq_slice (line.data + line.len + (end != NULL), rest->len - line.len - (end != NULL));
  return line;
}

static void
check_handle (RmqSlice text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *formatted = NULL;
  g_autofree char *again = NULL;
  RmqPopHandle handle;
  RmqPopHandle second;
  int n_parts;

  if (!_rmq_pop_handle_parse (&handle, text, &error))
    {
      RMQ_FUZZ_CHECK (error != NULL);
      return;
    }
  n_parts = !handle.has_offset ? 7 : 9;
  formatted = _rmq_pop_handle_format (&handle, n_parts);
  /* A NUL inside a part ends the formatted text. */
  if (memchr (text.data, 0, text.len) != NULL)
    return;
  RMQ_FUZZ_CHECK (_rmq_pop_handle_parse (&second, rmq_slice_from_string (formatted), NULL));
  again = _rmq_pop_handle_format (&second, n_parts);
  RMQ_FUZZ_CHECK (strcmp (formatted, again) == 0);
}

static void
check_info (RmqSlice text, bool lists)
{
  g_auto (RmqPopInfo) info = { 0 };
  g_autoptr (GError) error = NULL;

  g_free (_rmq_pop_info_parse_lite_counts (text, 3));
  if (!_rmq_pop_info_parse (&info, text, lists, &error))
    {
      RMQ_FUZZ_CHECK (error != NULL);
      return;
    }
  RMQ_FUZZ_CHECK (info.present == (text.len > 0));
  for (unsigned i = 0; info.present && i < info.entries->len; i++)
    {
      RmqPopInfoEntry *entry = &g_array_index (info.entries, RmqPopInfoEntry, i);
      uint32_t n = 0;
      const int64_t *values = _rmq_pop_info_find_text (&info, entry->retry, entry->queue, &n);

      RMQ_FUZZ_CHECK (values == (const int64_t *) info.values->data + entry->first && n == entry->n);
      RMQ_FUZZ_CHECK (entry->first + entry->n <= info.values->len && (lists || n == 1));
    }
  _rmq_pop_info_order_count (&info, '0', 3, 102);
}

static void
check_ids (RmqSlice text)
{
  g_autofree char *string = rmq_slice_dup (text);
  g_auto (RmqRecallHandle) recall = { 0 };
  RmqUniqueId unique;
  RmqHost host;
  int64_t offset;
  char id[RMQ_UNIQUE_ID_MAX + 1];
  RmqSlice parent;
  RmqSlice lite;

  if (string == NULL)
    return;
  if (_rmq_offset_id_decode (string, &host, &offset, NULL))
    {
      _rmq_offset_id_encode (&host, offset, id);
      RMQ_FUZZ_CHECK (g_ascii_strcasecmp (id, string) == 0);
    }
  _rmq_unique_id_decode (&unique, string, strlen (string));
  if (_rmq_recall_handle_decode (&recall, string, NULL))
    RMQ_FUZZ_CHECK (recall.topic != NULL && recall.message_id != NULL);
  _rmq_lite_queue_split (string, &parent, &lite);
  g_free (_rmq_pop_topic_normal (string, "G"));
  g_free (_rmq_pop_topic_normal_any_group (string));
  g_free (_rmq_pop_topic_group (string));
}

static void
check_answer (const RmqSlice infos[3], RmqSlice body)
{
  static const char *const names[] = { "startOffsetInfo", "msgOffsetInfo", "orderCountInfo" };
  RmqExtField ext[6] = {
    { RMQ_SLICE_LITERAL ("popTime"), RMQ_SLICE_LITERAL ("1000") },
    { RMQ_SLICE_LITERAL ("invisibleTime"), RMQ_SLICE_LITERAL ("60000") },
    { RMQ_SLICE_LITERAL ("reviveQid"), RMQ_SLICE_LITERAL ("999") },
  };
  RmqFrame frame = { .flag = RMQ_FRAME_FLAG_RESPONSE, .ext = ext, .n_ext = 6, .body = body };
  g_auto (RmqPopResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  char *topic = g_ref_string_new (body.len % 2 ? "TopicTest" : "%LMQ%b");
  char *broker = g_ref_string_new ("b");
  RmqPopContext context = { .decode = { .topic = topic, .broker_name = broker }, .group = "G", .order = true };

  for (int i = 0; i < 3; i++)
    ext[3 + i] = (RmqExtField){ rmq_slice_from_string (names[i]), infos[i] };
  context.decode.flags = RMQ_DECODE_CRC_SKIP;
  if (!_rmq_pop_result_parse (&result, &frame, NULL, &context, &error))
    RMQ_FUZZ_CHECK (error != NULL);
  else
    for (unsigned i = 0; i < result.messages->len; i++)
      {
        RmqSlice handle = _rmq_message_find_literal (result.messages->pdata[i], RMQ_PROPERTY_POP_CK);
        RmqPopHandle parsed;

        RMQ_FUZZ_CHECK (_rmq_pop_handle_parse (&parsed, handle, NULL));
      }
  _rmq_pop_result_clear (&result);
  g_ref_string_release (topic);
  g_ref_string_release (broker);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  RmqSlice rest = rmq_slice ((const char *) data, size);
  RmqSlice infos[3];

  for (int i = 0; i < 3; i++)
    {
      infos[i] = take_line (&rest);
      check_handle (infos[i]);
      check_info (infos[i], i == 1);
      check_ids (infos[i]);
    }
  check_answer (infos, rest);
  return 0;
}
