/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks and repairs UTF-8 from the network; runs of ASCII, which is nearly all of it, are stepped over.
 */
#include "rmq-text-private.h"
#include "rmq-utf8-private.h"

/* The length of the longest valid start of the text. */
static size_t
valid_length (const unsigned char *data, size_t len)
{
  const unsigned char *at = data;
  const unsigned char *end = data + len;

  while (at < end)
    {
      unsigned n;

      at += rmq_text_ascii_length ((const char *) at, (size_t) (end - at));
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
