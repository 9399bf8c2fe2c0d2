/* SPDX-License-Identifier: Apache-2.0
 *
 * Batch elements: what is taken is written again to the same bytes, but for the magic number and checksum, which nobody
 * reads.
 */
#include <string.h>
#include "rmq-fuzz.h"
#include "wire/rmq-batch-private.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  RmqSlice body = rmq_slice ((const char *) data, size);
  int n = _rmq_batch_count (body, &error);
  RmqBatchElement element;
  size_t position = 0;
  size_t start = 0;
  int i = 0;

  RMQ_FUZZ_CHECK ((n < 0) == (error != NULL));
  for (; _rmq_batch_next (body, &position, &element, NULL); i++, start = position)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (size);

      RMQ_FUZZ_CHECK (position > start && position <= size);
      RMQ_FUZZ_CHECK (_rmq_batch_element_encode (&element, &out));
      RMQ_FUZZ_CHECK (out.len == position - start);
      memcpy (out.data + 4, data + start + 4, 8);
      RMQ_FUZZ_CHECK (memcmp (out.data, data + start, out.len) == 0);
    }
  RMQ_FUZZ_CHECK (n < 0 || (i == n && position == size));
  return 0;
}
