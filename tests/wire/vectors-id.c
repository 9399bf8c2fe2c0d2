/* SPDX-License-Identifier: Apache-2.0
 *
 * id-unique, id-offset, id-recall-handle, id-lite.
 */
#include "vectors-message-common.h"
#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-pop-topic-private.h"
#include "wire/rmq-recall-handle-private.h"
#include "wire/rmq-unique-id-private.h"

static bool
run_unique (VectorCase *self)
{
  g_autoptr (GBytes) ip = vector_bytes (self->input, "ip");
  const char *text = vector_string (self->object, "text");
  RmqUniqueId id = {
    .pid = (uint16_t) vector_int (self->input, "pid", 0),
    .hash = (uint32_t) vector_int (self->input, "classLoaderHash", 0),
    .elapsed = (int32_t) vector_int (self->input, "elapsedMillis", 0),
    .counter = (uint16_t) vector_int (self->input, "counter", 0),
  };
  RmqUniqueId back;
  char out[RMQ_UNIQUE_ID_MAX + 1];
  size_t len;

  if (ip == NULL || text == NULL)
    return false;
  id.ip_len = g_bytes_get_size (ip);
  memcpy (id.ip, g_bytes_get_data (ip, NULL), id.ip_len);
  len = _rmq_unique_id_encode (&id, out);
  vector_expect_string (self, "text", out, text);
  vector_expect_int (self, "length", (int64_t) len, (int64_t) strlen (text));
  if (!vector_expect_bool (self, "decoded", _rmq_unique_id_decode (&back, out, len), true))
    return true;
  vector_expect_int (self, "pid", back.pid, vector_int (self->object, "pidFromId", -1));
  vector_expect_bytes (self, "ip", rmq_slice ((const char *) back.ip, back.ip_len), vector_slice_of_bytes (ip));
  vector_expect_int (self, "hash", back.hash, id.hash);
  vector_expect_int (self, "counter", back.counter, id.counter);
  return true;
}

static void
expect_offset_id (VectorCase *self, const char *text, JsonObject *want)
{
  RmqHost host;
  RmqHost wanted = vector_read_host (want, "host");
  int64_t offset;

  if (!vector_expect_bool (self, "decoded", _rmq_offset_id_decode (text, &host, &offset, NULL), true))
    return;
  vector_expect_int (self, "offset", offset, vector_int (want, "offset", -1));
  vector_expect_bool (self, "host", rmq_host_equal (&host, &wanted), true);
}

/* decode-odd tells what Java takes; here only hex digits are. */
static bool
run_offset (VectorCase *self)
{
  g_autoptr (GBytes) ip = vector_bytes (self->input, "ip");
  JsonObject *decoded = vector_object (self->object, "decoded");
  const char *odd = vector_string (self->input, "text");
  g_autoptr (GError) error = NULL;
  RmqHost host = { .port = (uint16_t) vector_int (self->input, "port", 0) };
  int64_t offset;
  char out[RMQ_OFFSET_ID_MAX + 1];

  if (odd != NULL)
    {
      if (decoded != NULL && strspn (odd, "0123456789abcdefABCDEF") == strlen (odd))
        expect_offset_id (self, odd, decoded);
      else if (vector_expect_bool (self, "decoded", _rmq_offset_id_decode (odd, &host, &offset, &error), false))
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
      return true;
    }
  if (ip == NULL || decoded == NULL)
    return false;
  host.is_ipv6 = g_bytes_get_size (ip) == 16;
  memcpy (host.address, g_bytes_get_data (ip, NULL), g_bytes_get_size (ip));
  _rmq_offset_id_encode (&host, vector_int (self->input, "offset", 0), out);
  vector_expect_string (self, "text", out, vector_string (self->object, "text"));
  expect_offset_id (self, out, decoded);
  return true;
}

static bool
run_recall (VectorCase *self)
{
  g_auto (RmqRecallHandle) handle = { 0 };
  JsonObject *decoded = vector_object (self->object, "decoded");
  const char *text = vector_string (self->object, "text");
  g_autofree char *built = NULL;
  g_autoptr (GError) error = NULL;
  bool ok;

  if (text == NULL)
    return false;
  if (vector_has (self->input, "topic"))
    {
      built = _rmq_recall_handle_encode (
          vector_string (self->input, "topic"), vector_string (self->input, "brokerName"),
          vector_string (self->input, "timestamp"), vector_string (self->input, "messageId"));
      vector_expect_string (self, "text", built, text);
    }
  ok = _rmq_recall_handle_decode (&handle, text, &error);
  vector_expect_bool (self, "decoded", ok, decoded != NULL);
  if (!ok)
    g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  if (!ok || decoded == NULL)
    return true;
  vector_expect_string (self, "topic", handle.topic, vector_string (decoded, "topic"));
  vector_expect_string (self, "brokerName", handle.broker_name, vector_string (decoded, "brokerName"));
  vector_expect_string (self, "timestamp", handle.timestamp, vector_string (decoded, "timestamp"));
  vector_expect_string (self, "messageId", handle.message_id, vector_string (decoded, "messageId"));
  return true;
}

static bool
run_lite (VectorCase *self)
{
  const char *text = vector_string (self->object, "text");
  g_autofree char *name = NULL;
  RmqSlice parent = RMQ_SLICE_NULL;
  RmqSlice lite = RMQ_SLICE_NULL;

  if (text == NULL)
    return false;
  name = _rmq_lite_queue_name (vector_string (self->input, "parentTopic"), vector_string (self->input, "liteTopic"));
  vector_expect_string (self, "text", name, text);
  vector_expect_bool (self, "isLite", _rmq_lite_queue_is_lite (text), vector_bool (self->object, "isLite", false));
  vector_expect_bool (self, "split", _rmq_lite_queue_split (text, &parent, &lite), vector_has (self->object, "parent"));
  vector_expect_slice (self, "parent", parent, vector_string (self->object, "parent"));
  vector_expect_slice (self, "lite", lite, vector_string (self->object, "lite"));
  return true;
}

const VectorCategory vectors_id[] = {
  { "id-unique", run_unique },
  { "id-offset", run_offset },
  { "id-recall-handle", run_recall },
  { "id-lite", run_lite },
  { NULL },
};
