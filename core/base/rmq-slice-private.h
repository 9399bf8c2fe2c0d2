/* SPDX-License-Identifier: Apache-2.0
 *
 * A borrowed run of bytes inside a buffer that somebody else owns.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <glib.h>

typedef struct
{
  const char *data; /* NULL: absent, which differs from empty */
  size_t len;
} RmqSlice;

#define RMQ_SLICE_NULL ((RmqSlice){ NULL, 0 })
#define RMQ_SLICE_LITERAL(text) ((RmqSlice){ ("" text ""), sizeof (text) - 1 })

static inline RmqSlice
rmq_slice (const char *data, size_t len)
{
  return (RmqSlice){ data, len };
}

static inline RmqSlice
rmq_slice_from_string (const char *text)
{
  return (RmqSlice){ text, text != NULL ? strlen (text) : 0 };
}

static inline bool
rmq_slice_equal (RmqSlice a, RmqSlice b)
{
  return a.len == b.len && (a.data == NULL) == (b.data == NULL) && (a.len == 0 || memcmp (a.data, b.data, a.len) == 0);
}

static inline bool
rmq_slice_equal_string (RmqSlice slice, const char *text)
{
  return slice.data != NULL && strlen (text) == slice.len && memcmp (slice.data, text, slice.len) == 0;
}

/* NULL stays NULL; the copy ends in NUL. */
static inline char *
rmq_slice_dup (RmqSlice slice)
{
  return slice.data != NULL ? g_strndup (slice.data, slice.len) : NULL;
}
