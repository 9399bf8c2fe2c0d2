/* SPDX-License-Identifier: Apache-2.0
 *
 * Stored records for tests: made, joined to bodies, and decoded.
 */
#pragma once

#include "wire/rmq-message-decoder-private.h"

/* Everything filled in; topic "TopicTest", body "hello", CRC not yet set. */
static inline RmqRecord
test_record (int64_t queue_offset)
{
  return (RmqRecord){
    .queue_id = 3,
    .flag = 7,
    .queue_offset = queue_offset,
    .physical_offset = 123456 + queue_offset * 200,
    .born_timestamp = 1700000000000,
    .born_host = { { 192, 168, 1, 10 }, 54321, false },
    .store_timestamp = 1700000000005,
    .store_host = { { 127, 0, 0, 1 }, 10911, false },
    .body = RMQ_SLICE_LITERAL ("hello"),
    .topic = RMQ_SLICE_LITERAL ("TopicTest"),
    .properties = RMQ_SLICE_LITERAL ("TAGS\001TagA\002UNIQ_KEY\0017F0000010539123456780036EE800001\002"),
  };
}

/* With the right CRC. */
static inline void
test_record_append (GByteArray *body, RmqRecord record)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1 << 26);

  if (record.body_crc == 0)
    record.body_crc = _rmq_crc32 (record.body.data, record.body.len);
  g_assert_true (_rmq_record_encode (&record, &out));
  g_byte_array_append (body, out.data, (unsigned) out.len);
}

static inline GPtrArray *
test_messages_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
}

static inline bool
test_decode (GBytes *bytes, const RmqDecodeContext *context, GPtrArray *messages, RmqDecodeStats *stats, GError **error)
{
  static const RmqDecodeContext plain;
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);

  return _rmq_messages_decode (context != NULL ? context : &plain, bytes, rmq_slice (data, len), messages, stats,
                               error);
}
