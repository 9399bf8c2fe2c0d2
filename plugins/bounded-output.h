/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the compressors unpack to: a buffer that grows with what arrives and ends one byte after the limit, which is
 * how too much is seen.
 */
#pragma once

#include <rmq/rmq.h>

typedef struct
{
  uint8_t *data;
  size_t length;
  size_t capacity;
  size_t limit;
} BoundedOutput;

/* expected: a guess, in proportion to the packed bytes that are really there. */
static inline void
bounded_output_init (BoundedOutput *self, size_t expected, size_t limit)
{
  self->limit = MIN (limit, G_MAXSSIZE - 1);
  self->capacity = MIN (MAX (expected, 1024), self->limit) + 1;
  self->length = 0;
  self->data = g_malloc (self->capacity);
}

static inline void
bounded_output_clear (BoundedOutput *self)
{
  g_clear_pointer (&self->data, g_free);
}

/* Makes room for at least one byte more; an error when the limit is passed. */
static inline gboolean
bounded_output_grow (BoundedOutput *self, GError **error)
{
  if (self->length < self->capacity)
    return TRUE;
  if (self->length > self->limit)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "The body unpacks to more than the %zu bytes allowed",
                   self->limit);
      return FALSE;
    }
  self->capacity = self->capacity <= self->limit / 2 ? self->capacity * 2 : self->limit + 1;
  self->data = g_realloc (self->data, self->capacity);
  return TRUE;
}

/* Ends the use of the buffer. */
static inline GBytes *
bounded_output_finish (BoundedOutput *self, GError **error)
{
  uint8_t *data;

  if (self->length > self->limit && !bounded_output_grow (self, error))
    return NULL;
  data = self->capacity - self->length > self->length / 8 ? g_realloc (self->data, MAX (self->length, 1)) : self->data;
  self->data = NULL;
  return g_bytes_new_take (data, self->length);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BoundedOutput, bounded_output_clear)
