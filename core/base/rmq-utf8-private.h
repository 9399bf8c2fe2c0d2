/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 as bytes from the network: NUL is a character like any other, and overlong forms, surrogates and values past
 * U+10FFFF are ill-formed.
 */
#pragma once

#include "rmq-byte-writer-private.h"

#define RMQ_UTF8_REPLACEMENT "\xef\xbf\xbd"

/* How many bytes the character at `at` takes; 0 when it is ill-formed or cut off. at < end. */
static inline unsigned
rmq_utf8_char_length (const unsigned char *at, const unsigned char *end)
{
  static const unsigned char least_second[] = { [0x0] = 0xa0, [0x10] = 0x90 };
  unsigned char lead = at[0];
  unsigned n;

  if (lead < 0x80)
    return 1;
  if (lead < 0xc2 || lead > 0xf4)
    return 0;
  n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if ((size_t) (end - at) < n)
    return 0;
  for (unsigned i = 1; i < n; i++)
    if ((at[i] & 0xc0) != 0x80)
      return 0;
  if ((lead == 0xe0 || lead == 0xf0) && at[1] < least_second[lead - 0xe0])
    return 0;
  if ((lead == 0xed && at[1] > 0x9f) || (lead == 0xf4 && at[1] > 0x8f))
    return 0;
  return n;
}

/* Writes one code point, at most four bytes; returns how many. Surrogates must have been dealt with. */
static inline unsigned
rmq_utf8_encode (char *out, uint32_t c)
{
  if (c < 0x80)
    {
      out[0] = (char) c;
      return 1;
    }
  if (c < 0x800)
    {
      out[0] = (char) (0xc0 | c >> 6);
      out[1] = (char) (0x80 | (c & 0x3f));
      return 2;
    }
  if (c < 0x10000)
    {
      out[0] = (char) (0xe0 | c >> 12);
      out[1] = (char) (0x80 | (c >> 6 & 0x3f));
      out[2] = (char) (0x80 | (c & 0x3f));
      return 3;
    }
  out[0] = (char) (0xf0 | c >> 18);
  out[1] = (char) (0x80 | (c >> 12 & 0x3f));
  out[2] = (char) (0x80 | (c >> 6 & 0x3f));
  out[3] = (char) (0x80 | (c & 0x3f));
  return 4;
}

RMQ_PRIVATE_BEGIN

bool _rmq_utf8_is_valid (const void *data, size_t len);
/* Appends the text with each ill-formed byte replaced by U+FFFD: at most three bytes for one. */
void _rmq_utf8_append_valid (RmqByteWriter *out, const void *data, size_t len);

RMQ_PRIVATE_END
