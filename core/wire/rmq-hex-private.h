/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as upper-case hex digits and back: the form of all ids.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* out: 2 * len + 1 characters. Returns 2 * len. */
static inline size_t
rmq_hex_encode (const uint8_t *bytes, size_t len, char *out)
{
  static const char digits[] = "0123456789ABCDEF";

  for (size_t i = 0; i < len; i++)
    {
      out[2 * i] = digits[bytes[i] >> 4];
      out[2 * i + 1] = digits[bytes[i] & 0xF];
    }
  out[2 * len] = '\0';
  return 2 * len;
}

/* n_digits is even; either case. out: n_digits / 2 bytes. */
static inline bool
rmq_hex_decode (const char *text, size_t n_digits, uint8_t *out)
{
  for (size_t i = 0; i < n_digits; i++)
    {
      char c = text[i];
      unsigned value;

      if (c >= '0' && c <= '9')
        value = (unsigned) (c - '0');
      else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        value = (unsigned) ((c | 0x20) - 'a') + 10;
      else
        return false;
      out[i / 2] = (uint8_t) (i % 2 == 0 ? value << 4 : out[i / 2] | value);
    }
  return true;
}
