/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing of slices, so that tables are asked with what stands in a request, without a copy.
 */
#pragma once

#include <glib.h>
#include "base/rmq-slice-private.h"

/* Keys are RmqSlice *. */
static inline unsigned
rmq_broker_slice_hash (const void *key)
{
  const RmqSlice *slice = key;
  uint32_t hash = 2166136261u;

  for (size_t i = 0; i < slice->len; i++)
    hash = (hash ^ (uint8_t) slice->data[i]) * 16777619u;
  return hash;
}

static inline gboolean
rmq_broker_slice_equal (const void *a, const void *b)
{
  return rmq_slice_equal (*(const RmqSlice *) a, *(const RmqSlice *) b);
}

/* Ends in NUL, but keeps one inside, so that the copy equals what it was made from. */
static inline char *
rmq_broker_slice_copy (RmqSlice slice)
{
  char *copy = g_malloc (slice.len + 1);

  if (slice.len > 0)
    memcpy (copy, slice.data, slice.len);
  copy[slice.len] = '\0';
  return copy;
}

/* A name that fits a C string. */
static inline bool
rmq_broker_slice_is_text (RmqSlice slice)
{
  return slice.len > 0 && memchr (slice.data, '\0', slice.len) == NULL;
}

/* A (group, topic) pair: two slices one after the other. */
typedef struct
{
  RmqSlice first;
  RmqSlice second;
} RmqSlicePair;

static inline unsigned
rmq_broker_pair_hash (const void *key)
{
  const RmqSlicePair *pair = key;

  return rmq_broker_slice_hash (&pair->first) * 31 + rmq_broker_slice_hash (&pair->second);
}

static inline gboolean
rmq_broker_pair_equal (const void *a, const void *b)
{
  const RmqSlicePair *one = a;
  const RmqSlicePair *other = b;

  return rmq_slice_equal (one->first, other->first) && rmq_slice_equal (one->second, other->second);
}
