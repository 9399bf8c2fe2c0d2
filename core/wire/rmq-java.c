/* SPDX-License-Identifier: Apache-2.0
 *
 * Java's string hash, comparison and length over UTF-16 units, computed from UTF-8 without making a copy.
 */
#include "rmq-java-private.h"

#define REPLACEMENT 0xfffd

/* The next code point; a broken byte gives U+FFFD and is one byte long. */
static uint32_t
next_code_point (const uint8_t **at, const uint8_t *end)
{
  const uint8_t *p = *at;
  gunichar c;

  if (*p < 0x80)
    {
      *at = p + 1;
      return *p;
    }
  c = g_utf8_get_char_validated ((const char *) p, end - p);
  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      *at = p + 1;
      return REPLACEMENT;
    }
  *at = p + g_unichar_to_utf8 (c, NULL);
  return c;
}

int32_t
_rmq_java_string_hash (RmqSlice text)
{
  const uint8_t *at = (const uint8_t *) text.data;
  const uint8_t *end = at + text.len;
  uint32_t hash = 0;

  while (at < end)
    {
      uint32_t c = next_code_point (&at, end);

      if (c >= 0x10000)
        {
          hash = 31 * hash + (0xd800 + ((c - 0x10000) >> 10));
          c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
      hash = 31 * hash + c;
    }
  return (int32_t) hash;
}

int32_t
_rmq_java_long_hash (int64_t value)
{
  return (int32_t) ((uint64_t) value ^ ((uint64_t) value >> 32));
}

/* UTF-16 order as a number: surrogate pairs come before U+E000 to U+FFFF. */
static uint32_t
utf16_rank (uint32_t c)
{
  return c >= 0x10000 ? c - 0x10000 + 0xd800 : c >= 0xe000 ? c + 0x100000 : c;
}

/* The code point that begins at text[at]; 0 at the end. */
static uint32_t
code_point_at (const char *text, size_t at)
{
  const uint8_t *p = (const uint8_t *) text + at;

  return *p == 0 ? 0 : next_code_point (&p, p + strnlen ((const char *) p, 4));
}

int
_rmq_java_compare (const char *a, const char *b)
{
  const uint8_t *x = (const uint8_t *) a;
  const uint8_t *y = (const uint8_t *) b;
  size_t i = 0;
  uint32_t c;
  uint32_t d;

  while (x[i] == y[i] && x[i] != 0)
    i++;
  if (x[i] == y[i])
    return 0;
  if (x[i] < 0x80 && y[i] < 0x80)
    return x[i] < y[i] ? -1 : 1;

  /* The difference may lie inside a character: compare from where it begins. */
  while (i > 0 && ((x[i] & 0xc0) == 0x80 || (y[i] & 0xc0) == 0x80))
    i--;
  c = code_point_at (a, i);
  d = code_point_at (b, i);
  if (c == d) /* different broken bytes */
    return strcmp (a, b) < 0 ? -1 : 1;
  return utf16_rank (c) < utf16_rank (d) ? -1 : 1;
}

unsigned
_rmq_java_hash_index (int32_t hash, unsigned n)
{
  int64_t remainder = (int64_t) hash % (int64_t) n;

  return (unsigned) (remainder < 0 ? -remainder : remainder);
}

size_t
_rmq_java_string_length (RmqSlice text)
{
  const uint8_t *at = (const uint8_t *) text.data;
  const uint8_t *end = at + text.len;
  size_t length = 0;

  while (at < end)
    length += next_code_point (&at, end) >= 0x10000 ? 2 : 1;
  return length;
}

RmqSlice
_rmq_java_trim (RmqSlice text)
{
  while (text.len > 0 && (uint8_t) text.data[0] <= ' ')
    {
      text.data++;
      text.len--;
    }
  while (text.len > 0 && (uint8_t) text.data[text.len - 1] <= ' ')
    text.len--;
  return text;
}
