/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads big-endian values from a bounded buffer. A read past the end yields zero, moves nothing and
 * sets `failed` for good, so that a decoder may check once after a run of fields.
 */
#pragma once

#include "rmq-slice-private.h"

typedef struct
{
  const uint8_t *data;
  size_t len;
  size_t pos;
  bool failed;
} RmqByteReader;

static inline void
rmq_byte_reader_init (RmqByteReader *self, const void *data, size_t len)
{
  *self = (RmqByteReader){ data, len, 0, false };
}

static inline size_t
rmq_byte_reader_left (const RmqByteReader *self)
{
  return self->len - self->pos;
}

/* The next n bytes, or NULL. n may come straight from the wire. */
static inline const uint8_t *
rmq_byte_reader_take (RmqByteReader *self, size_t n)
{
  const uint8_t *at;

  if (G_UNLIKELY (self->failed || n > self->len - self->pos))
    {
      self->failed = true;
      return NULL;
    }
  at = self->data + self->pos;
  self->pos += n;
  return at;
}

static inline RmqSlice
rmq_byte_reader_slice (RmqByteReader *self, size_t n)
{
  const char *at = (const char *) rmq_byte_reader_take (self, n);

  return rmq_slice (at, at != NULL ? n : 0);
}

static inline uint8_t
rmq_byte_reader_u8 (RmqByteReader *self)
{
  const uint8_t *p = rmq_byte_reader_take (self, 1);

  return G_LIKELY (p != NULL) ? p[0] : 0;
}

static inline uint16_t
rmq_byte_reader_u16 (RmqByteReader *self)
{
  const uint8_t *p = rmq_byte_reader_take (self, 2);

  return G_LIKELY (p != NULL) ? (uint16_t) (p[0] << 8 | p[1]) : 0;
}

static inline uint32_t
rmq_byte_reader_u32 (RmqByteReader *self)
{
  const uint8_t *p = rmq_byte_reader_take (self, 4);
  uint32_t v;

  if (G_UNLIKELY (p == NULL))
    return 0;
  memcpy (&v, p, sizeof v);
  return GUINT32_FROM_BE (v);
}

static inline uint64_t
rmq_byte_reader_u64 (RmqByteReader *self)
{
  const uint8_t *p = rmq_byte_reader_take (self, 8);
  uint64_t v;

  if (G_UNLIKELY (p == NULL))
    return 0;
  memcpy (&v, p, sizeof v);
  return GUINT64_FROM_BE (v);
}

static inline int16_t
rmq_byte_reader_i16 (RmqByteReader *self)
{
  return (int16_t) rmq_byte_reader_u16 (self);
}

static inline int32_t
rmq_byte_reader_i32 (RmqByteReader *self)
{
  return (int32_t) rmq_byte_reader_u32 (self);
}

static inline int64_t
rmq_byte_reader_i64 (RmqByteReader *self)
{
  return (int64_t) rmq_byte_reader_u64 (self);
}
