/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of text that need no attention in JSON, found eight bytes at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <glib.h>

#define RMQ_TEXT_EACH_BYTE 0x0101010101010101u

static inline bool
rmq_text_is_plain (uint8_t byte)
{
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* How many bytes from the start are ASCII and stand for themselves inside a JSON string. */
static inline size_t
rmq_text_plain_length (const char *data, size_t len)
{
  size_t at = 0;

  for (; len - at >= sizeof (uint64_t); at += sizeof (uint64_t))
    {
      uint64_t word, quote, backslash, stop;

      memcpy (&word, data + at, sizeof word);
      word = GUINT64_FROM_LE (word);
      quote = word ^ RMQ_TEXT_EACH_BYTE * '"';
      backslash = word ^ RMQ_TEXT_EACH_BYTE * '\\';
      /* The high bit of each byte that is below 0x20, or zero after the xor, or not ASCII. A borrow can only add false
       * marks above the first true one. */
      stop = ((word - RMQ_TEXT_EACH_BYTE * 0x20) & ~word) | ((quote - RMQ_TEXT_EACH_BYTE) & ~quote)
             | ((backslash - RMQ_TEXT_EACH_BYTE) & ~backslash) | word;
      stop &= RMQ_TEXT_EACH_BYTE * 0x80;
      if (stop != 0)
        return at + (unsigned) __builtin_ctzll (stop) / 8;
    }
  while (at < len && rmq_text_is_plain ((uint8_t) data[at]))
    at++;
  return at;
}
