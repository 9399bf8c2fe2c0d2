/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace records: of every context that is read, the written record reads back as one context with the same meaning.
 */
#include "rmq-fuzz.h"
#include "wire/rmq-trace-record-private.h"

static void
write_and_read (const RmqTraceContext *context)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const RmqTraceContext *other;
  unsigned n_skipped;

  _rmq_trace_context_encode (context, &out);
  RMQ_FUZZ_CHECK (!out.failed && out.len > 0 && out.data[out.len - 1] == 2);
  again = _rmq_trace_decode (rmq_slice ((const char *) out.data, out.len), &n_skipped);
  RMQ_FUZZ_CHECK (again->len == 1 && n_skipped == 0);
  other = g_ptr_array_index (again, 0);
  RMQ_FUZZ_CHECK (other->type == context->type && other->success == (context->success || other->success));
  RMQ_FUZZ_CHECK (other->timestamp == context->timestamp && other->cost_ms == context->cost_ms);
  _rmq_trace_context_add_keys (context, keys);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned n_skipped;
  g_autoptr (GPtrArray) contexts = _rmq_trace_decode (rmq_slice ((const char *) data, size), &n_skipped);

  RMQ_FUZZ_CHECK (contexts->len + n_skipped <= size);
  for (unsigned i = 0; i < contexts->len; i++)
    write_and_read (g_ptr_array_index (contexts, i));
  return 0;
}
