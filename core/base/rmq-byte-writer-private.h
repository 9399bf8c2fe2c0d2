/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte buffer with a hard limit. A write beyond the limit leaves the buffer as it was and
 * sets `failed` for good. Big-endian. The growth path is out of line, everything else is inline.
 */
#pragma once

#include "rmq-macros-private.h"
#include "rmq-slice-private.h"

typedef struct
{
  uint8_t *data;
  size_t len;
  size_t allocated;
  size_t limit;
  bool failed;
} RmqByteWriter;

RMQ_PRIVATE_BEGIN

/* Makes room for n more bytes; false (and failed) when the limit forbids it. */
bool _rmq_byte_writer_grow (RmqByteWriter *self, size_t n);
/* The same without room for what may come later: for small buffers that are many. */
bool _rmq_byte_writer_grow_exactly (RmqByteWriter *self, size_t n);
/* Hands the bytes over and leaves the writer empty. */
GBytes *_rmq_byte_writer_steal (RmqByteWriter *self);
void _rmq_byte_writer_clear (RmqByteWriter *self);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqByteWriter, _rmq_byte_writer_clear)

#define RMQ_BYTE_WRITER_INIT(max) ((RmqByteWriter){ NULL, 0, 0, (max), false })

static inline bool
rmq_byte_writer_reserve (RmqByteWriter *self, size_t n)
{
  return G_LIKELY (n <= self->allocated - self->len && !self->failed) || _rmq_byte_writer_grow (self, n);
}

static inline void
rmq_byte_writer_bytes (RmqByteWriter *self, const void *data, size_t n)
{
  if (n > 0 && rmq_byte_writer_reserve (self, n))
    {
      memcpy (self->data + self->len, data, n);
      self->len += n;
    }
}

static inline void
rmq_byte_writer_slice (RmqByteWriter *self, RmqSlice slice)
{
  rmq_byte_writer_bytes (self, slice.data, slice.len);
}

static inline void
rmq_byte_writer_string (RmqByteWriter *self, const char *text)
{
  rmq_byte_writer_bytes (self, text, strlen (text));
}

static inline void
rmq_byte_writer_u8 (RmqByteWriter *self, uint8_t v)
{
  if (rmq_byte_writer_reserve (self, 1))
    self->data[self->len++] = v;
}

static inline void
rmq_byte_writer_u16 (RmqByteWriter *self, uint16_t v)
{
  v = GUINT16_TO_BE (v);
  rmq_byte_writer_bytes (self, &v, sizeof v);
}

static inline void
rmq_byte_writer_u32 (RmqByteWriter *self, uint32_t v)
{
  v = GUINT32_TO_BE (v);
  rmq_byte_writer_bytes (self, &v, sizeof v);
}

static inline void
rmq_byte_writer_u64 (RmqByteWriter *self, uint64_t v)
{
  v = GUINT64_TO_BE (v);
  rmq_byte_writer_bytes (self, &v, sizeof v);
}

/* Overwrites four bytes written before: for lengths known late. */
static inline void
rmq_byte_writer_patch_u32 (RmqByteWriter *self, size_t at, uint32_t v)
{
  if (self->failed || at > self->len || self->len - at < 4)
    return;
  v = GUINT32_TO_BE (v);
  memcpy (self->data + at, &v, sizeof v);
}
