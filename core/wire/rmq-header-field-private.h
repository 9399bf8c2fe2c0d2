/* SPDX-License-Identifier: Apache-2.0
 *
 * One field of a header struct, read and written by its row. For the files that walk tables.
 */
#pragma once

#include "rmq-decimal-private.h"
#include "rmq-header-private.h"

#define RMQ_HEADER_AT(type, field, header) ((type *) ((char *) (header) + (field)->offset))
#define RMQ_HEADER_CONST_AT(type, field, header) ((const type *) ((const char *) (header) + (field)->offset))

/* The flag alone; a NULL string counts as unset. */
static inline bool
rmq_header_field_is_set (const RmqHeaderField *field, const void *header)
{
  return *((const bool *) header + field->has_offset)
         && (field->kind != RMQ_FIELD_STRING || RMQ_HEADER_CONST_AT (RmqSlice, field, header)->data != NULL);
}

/* Fields with a default are sent whether set or not. */
static inline bool
rmq_header_field_is_sent (const RmqHeaderField *field, const void *header)
{
  return field->has_default || (header != NULL && rmq_header_field_is_set (field, header));
}

static inline int64_t
rmq_header_field_integer (const RmqHeaderField *field, const void *header)
{
  if (field->has_default && (header == NULL || !rmq_header_field_is_set (field, header)))
    return field->default_value;
  switch ((RmqFieldKind) field->kind)
    {
    case RMQ_FIELD_INT32:
      return *RMQ_HEADER_CONST_AT (int32_t, field, header);
    case RMQ_FIELD_INT64:
      return *RMQ_HEADER_CONST_AT (int64_t, field, header);
    case RMQ_FIELD_BOOL:
      return *RMQ_HEADER_CONST_AT (bool, field, header);
    case RMQ_FIELD_BOUNDARY:
      return *RMQ_HEADER_CONST_AT (RmqBoundary, field, header);
    case RMQ_FIELD_STRING:
    default:
      return 0;
    }
}

/* Writes the text of a field that is not a string, at most RMQ_FIELD_TEXT_MAX bytes, and returns its length. */
static inline size_t
rmq_header_field_format (const RmqHeaderField *field, const void *header, char *out)
{
  int64_t value = rmq_header_field_integer (field, header);

  if (field->kind == RMQ_FIELD_BOOL)
    {
      memcpy (out, value != 0 ? "true\0\0\0" : "false\0\0", 8);
      return value != 0 ? 4 : 5;
    }
  if (field->kind == RMQ_FIELD_BOUNDARY)
    {
      memcpy (out, value == RMQ_BOUNDARY_UPPER ? "UPPER" : "LOWER", 5);
      return 5;
    }
  return rmq_decimal_format (out, value);
}

/* The text of a field that is sent; in buffer unless it is a string. */
static inline RmqSlice
rmq_header_field_text (const RmqHeaderField *field, const void *header, char buffer[RMQ_FIELD_TEXT_MAX])
{
  if (field->kind == RMQ_FIELD_STRING)
    return *RMQ_HEADER_CONST_AT (RmqSlice, field, header);
  return rmq_slice (buffer, rmq_header_field_format (field, header, buffer));
}
