/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks and repairs UTF-8 from the network, eight ASCII bytes at a time.
 */
#include "rmq-utf8-private.h"

#define HIGH_BITS UINT64_C (0x8080808080808080)

/* The length of the longest valid start of the text. */
static size_t
valid_length (const unsigned char *data, size_t len)
{
  const unsigned char *at = data;
  const unsigned char *end = data + len;

  while (at < end)
    {
      unsigned n;
      uint64_t word;

      while ((size_t) (end - at) >= sizeof word)
        {
          memcpy (&word, at, sizeof word);
          if (word & HIGH_BITS)
            break;
          at += sizeof word;
        }
      if (at == end)
        break;
      n = rmq_utf8_char_length (at, end);
      if (n == 0)
        break;
      at += n;
    }
  return (size_t) (at - data);
}

bool
_rmq_utf8_is_valid (const void *data, size_t len)
{
  return valid_length (data, len) == len;
}

void
_rmq_utf8_append_valid (RmqByteWriter *out, const void *data, size_t len)
{
  const unsigned char *at = data;

  while (len > 0)
    {
      size_t n = valid_length (at, len);

      rmq_byte_writer_bytes (out, at, n);
      if (n == len)
        return;
      rmq_byte_writer_string (out, RMQ_UTF8_REPLACEMENT);
      at += n + 1;
      len -= n + 1;
    }
}
