/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow path of the byte writer: growth within the limit, and handing the bytes over.
 */
#include "rmq-byte-writer-private.h"

#define FIRST_ALLOCATION 256

bool
_rmq_byte_writer_grow (RmqByteWriter *self, size_t n)
{
  size_t doubled;
  size_t wanted;

  if (self->failed || self->len > self->limit || n > self->limit - self->len)
    {
      self->failed = true;
      return false;
    }

  /* Never beyond the limit: the inline writes look at the allocation alone. */
  doubled = self->allocated > self->limit / 2 ? self->limit : self->allocated * 2;
  wanted = MIN (MAX (MAX (self->len + n, doubled), FIRST_ALLOCATION), self->limit);
  self->data = g_realloc (self->data, wanted);
  self->allocated = wanted;
  return true;
}

GBytes *
_rmq_byte_writer_steal (RmqByteWriter *self)
{
  GBytes *bytes = g_bytes_new_take (self->data, self->len);

  self->data = NULL;
  self->len = 0;
  self->allocated = 0;
  return bytes;
}

void
_rmq_byte_writer_clear (RmqByteWriter *self)
{
  g_clear_pointer (&self->data, g_free);
  self->len = 0;
  self->allocated = 0;
}
