/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal text of integers, both ways: nearly every header field is one. Reading is as strict as Java's parseLong.
 */
#pragma once

#include "base/rmq-slice-private.h"

/* A sign and 19 digits. No NUL is written. */
#define RMQ_DECIMAL_MAX 20

static const char rmq_decimal_pairs[200] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555"
    "657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static const uint64_t rmq_decimal_powers[20] = {
  0,
  UINT64_C (10),
  UINT64_C (100),
  UINT64_C (1000),
  UINT64_C (10000),
  UINT64_C (100000),
  UINT64_C (1000000),
  UINT64_C (10000000),
  UINT64_C (100000000),
  UINT64_C (1000000000),
  UINT64_C (10000000000),
  UINT64_C (100000000000),
  UINT64_C (1000000000000),
  UINT64_C (10000000000000),
  UINT64_C (100000000000000),
  UINT64_C (1000000000000000),
  UINT64_C (10000000000000000),
  UINT64_C (100000000000000000),
  UINT64_C (1000000000000000000),
  UINT64_C (10000000000000000000),
};

/* How many digits it has: 1233 / 4096 is about the logarithm of 2, and one comparison makes it right. */
static inline unsigned
rmq_decimal_length (uint64_t value)
{
  unsigned n_bits = 64 - (unsigned) __builtin_clzll (value | 1);
  unsigned guess = n_bits * 1233 >> 12;

  return guess + (value >= rmq_decimal_powers[guess]);
}

/* Writes at most RMQ_DECIMAL_MAX bytes and returns how many. */
static inline size_t
rmq_decimal_format (char *out, int64_t value)
{
  uint64_t rest = value < 0 ? 0 - (uint64_t) value : (uint64_t) value;
  size_t at;
  size_t length;

  if (rest < 10 && value >= 0)
    {
      *out = (char) ('0' + rest);
      return 1;
    }
  *out = '-';
  length = at = rmq_decimal_length (rest) + (value < 0);
  while (rest >= 100)
    {
      at -= 2;
      memcpy (out + at, rmq_decimal_pairs + rest % 100 * 2, 2);
      rest /= 100;
    }
  if (rest >= 10)
    memcpy (out + at - 2, rmq_decimal_pairs + rest * 2, 2);
  else
    out[at - 1] = (char) ('0' + rest);
  return length;
}

/* A sign ('+' too) and digits, nothing else, within int64_t. *value is untouched when false. */
static inline bool
rmq_decimal_parse (RmqSlice text, int64_t *value)
{
  size_t at = 0;
  bool negative = false;
  uint64_t limit = INT64_MAX;
  uint64_t sum = 0;

  if (text.len > 0 && (text.data[0] == '-' || text.data[0] == '+'))
    {
      negative = text.data[0] == '-';
      limit += negative;
      at = 1;
    }
  if (at == text.len)
    return false;

  for (; at < text.len; at++)
    {
      unsigned digit = (unsigned) (uint8_t) text.data[at] - '0';

      if (digit > 9 || sum > (limit - digit) / 10)
        return false;
      sum = sum * 10 + digit;
    }
  *value = (int64_t) (negative ? 0 - sum : sum);
  return true;
}

static inline bool
rmq_decimal_parse_int32 (RmqSlice text, int32_t *value)
{
  int64_t wide;

  if (!rmq_decimal_parse (text, &wide) || wide < INT32_MIN || wide > INT32_MAX)
    return false;
  *value = (int32_t) wide;
  return true;
}
