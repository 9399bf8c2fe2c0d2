/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of text that need no attention, in JSON or as UTF-8, found sixteen or eight bytes at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <glib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define RMQ_TEXT_EACH_BYTE 0x0101010101010101u

static inline bool
rmq_text_is_plain (uint8_t byte)
{
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#ifdef __SSE2__
/* A bit for each of sixteen bytes that is not plain: as a signed number, one beyond ASCII is below the blank, too. */
static inline unsigned
rmq_text_marks (const char *data)
{
  __m128i bytes = _mm_loadu_si128 ((const __m128i *) (const void *) data);
  __m128i special =
      _mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('"')), _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\\')));

  return (unsigned) _mm_movemask_epi8 (_mm_or_si128 (special, _mm_cmplt_epi8 (bytes, _mm_set1_epi8 (0x20))));
}
#endif

/* How many bytes from the start are ASCII and stand for themselves inside a JSON string. */
static inline size_t
rmq_text_plain_length (const char *data, size_t len)
{
  size_t at = 0;

#ifdef __SSE2__
  for (; len - at >= 16; at += 16)
    {
      unsigned marks = rmq_text_marks (data + at);

      if (marks != 0)
        return at + (unsigned) __builtin_ctz (marks);
    }
#endif
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

/* How many bytes from the start are ASCII. */
static inline size_t
rmq_text_ascii_length (const char *data, size_t len)
{
  size_t at = 0;

#ifdef __SSE2__
  for (; len - at >= 16; at += 16)
    if (_mm_movemask_epi8 (_mm_loadu_si128 ((const __m128i *) (const void *) (data + at))) != 0)
      break;
#endif
  for (; len - at >= sizeof (uint64_t); at += sizeof (uint64_t))
    {
      uint64_t word;

      memcpy (&word, data + at, sizeof word);
      if ((word & RMQ_TEXT_EACH_BYTE * 0x80) != 0)
        break;
    }
  while (at < len && (uint8_t) data[at] < 0x80)
    at++;
  return at;
}

/* Bytes that must be readable behind a text that rmq_text_is_plain_padded () looks at; what is in them is no matter. */
#define RMQ_TEXT_PADDING 16

/* Whether all of a text stands for itself inside a JSON string. */
static inline bool
rmq_text_is_plain_padded (const char *data, size_t len)
{
#ifdef __SSE2__
  for (; len > 16; data += 16, len -= 16)
    if (rmq_text_marks (data) != 0)
      return false;
  return (rmq_text_marks (data) & ((1u << len) - 1)) == 0;
#else
  return rmq_text_plain_length (data, len) == len;
#endif
}
