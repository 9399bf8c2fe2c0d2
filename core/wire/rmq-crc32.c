/* SPDX-License-Identifier: Apache-2.0
 *
 * The checksum of bodies: CRC-32 without its highest bit. Every message pulled is checked, so where the processor
 * multiplies polynomials, sixteen bytes at a time are folded into the next sixteen; zlib does what is left.
 */
#include "rmq-record-private.h"

#include <zlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_FOLDING 1
#include <wmmintrin.h>

/* Fewer bytes than this gain nothing. */
#define MIN_FOLDED 32

/* Moves 128 bits of the polynomial 16 bytes on: the powers of x, modulo that of CRC-32, bits reversed as it wants them.
 */
#define FOLD_LOW INT64_C (0x1751997d0)
#define FOLD_HIGH INT64_C (0x0ccaa009e)

static bool
can_fold (void)
{
  static int known; /* atomic: 0 not yet, 1 yes, 2 no */
  int is = __atomic_load_n (&known, __ATOMIC_RELAXED);

  if (is == 0)
    {
      is = __builtin_cpu_supports ("pclmul") ? 1 : 2;
      __atomic_store_n (&known, is, __ATOMIC_RELAXED);
    }
  return is == 1;
}

__attribute__ ((target ("pclmul"))) static __m128i
fold (const uint8_t *data, size_t n_blocks)
{
  const __m128i *at = (const __m128i *) (const void *) data;
  const __m128i powers = _mm_set_epi64x (FOLD_HIGH, FOLD_LOW);
  /* The register starts with all bits set. */
  __m128i sum = _mm_xor_si128 (_mm_loadu_si128 (at++), _mm_cvtsi32_si128 (-1));

  while (--n_blocks > 0)
    {
      __m128i low = _mm_clmulepi64_si128 (sum, powers, 0x00);
      __m128i high = _mm_clmulepi64_si128 (sum, powers, 0x11);

      sum = _mm_xor_si128 (_mm_xor_si128 (low, high), _mm_loadu_si128 (at++));
    }
  return sum;
}

/* What was folded stands for all of its blocks, in a register that starts with no bit set: zlib inverts it. */
static uLong
crc_of_blocks (const uint8_t *data, size_t n_blocks)
{
  uint8_t folded[16];

  _mm_storeu_si128 ((__m128i *) (void *) folded, fold (data, n_blocks));
  return crc32_z (0xFFFFFFFF, folded, sizeof folded);
}
#endif

uint32_t
_rmq_crc32 (const void *data, size_t len)
{
  const uint8_t *at = data;
  uLong crc = 0;

#ifdef HAS_FOLDING
  if (len >= MIN_FOLDED && can_fold ())
    {
      size_t n_blocks = len / 16;

      crc = crc_of_blocks (at, n_blocks);
      at += 16 * n_blocks;
      len %= 16;
    }
#endif
  if (len > 0)
    crc = crc32_z (crc, at, len);
  return (uint32_t) crc & 0x7FFFFFFF;
}
