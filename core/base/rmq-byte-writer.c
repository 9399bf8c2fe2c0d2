/* SPDX-License-Identifier: Apache-2.0
 *
 * The slow path of the byte writer: growth within the limit, and handing the bytes over.
 */
#include "rmq-byte-writer-private.h"

#define FIRST_ALLOCATION 256

static bool
check_limit (RmqByteWriter *self, size_t n)
{
  if (self->failed || self->len > self->limit || n > self->limit - self->len)
    self->failed = true;
  return !self->failed;
}

static void
allocate (RmqByteWriter *self, size_t size)
{
  self->data = g_realloc (self->data, size);
  self->allocated = size;
}

bool
_rmq_byte_writer_grow (RmqByteWriter *self, size_t n)
{
  size_t doubled;

  if (!check_limit (self, n))
    return false;
  /* Never beyond the limit: the inline writes look at the allocation alone. */
  doubled = self->allocated > self->limit / 2 ? self->limit : self->allocated * 2;
  allocate (self, MIN (MAX (MAX (self->len + n, doubled), FIRST_ALLOCATION), self->limit));
  return true;
}

bool
_rmq_byte_writer_grow_exactly (RmqByteWriter *self, size_t n)
{
  if (!check_limit (self, n))
    return false;
  if (n > self->allocated - self->len)
    allocate (self, self->len + n);
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
