/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a header by its table out of the ext fields of a frame. As in Java, unknown keys are ignored and of equal keys
 * the last counts; unlike in Java, a malformed number is an error that names the field.
 */
#include "base/rmq-error-private.h"
#include "rmq-header-field-private.h"

static inline bool
equals_any_case (RmqSlice text, const char *word, size_t len)
{
  return text.len == len && g_ascii_strncasecmp (text.data, word, len) == 0;
}

static inline bool
is_field (const RmqHeaderField *field, RmqSlice key)
{
  return field->name_len == key.len && field->name[0] == key.data[0] && memcmp (field->name, key.data, key.len) == 0;
}

/* Senders of one kind keep one order, so the next field is tried first. */
static inline const RmqHeaderField *
find_field (const RmqHeaderTable *table, RmqSlice key, const RmqHeaderField **next)
{
  const RmqHeaderField *end = table->fields + table->n_fields;
  const RmqHeaderField *field = *next;

  if (field == end || !is_field (field, key))
    for (field = table->fields; field < end && !is_field (field, key);)
      field++;
  if (field == end)
    return NULL;
  *next = field + 1;
  return field;
}

static bool
read_value (const RmqHeaderField *field, RmqSlice text, void *header)
{
  switch ((RmqFieldKind) field->kind)
    {
    case RMQ_FIELD_STRING:
      *RMQ_HEADER_AT (RmqSlice, field, header) = text;
      return true;
    case RMQ_FIELD_INT32:
      return rmq_decimal_parse_int32 (text, RMQ_HEADER_AT (int32_t, field, header));
    case RMQ_FIELD_INT64:
      return rmq_decimal_parse (text, RMQ_HEADER_AT (int64_t, field, header));
    case RMQ_FIELD_BOOL:
      *RMQ_HEADER_AT (bool, field, header) = equals_any_case (text, "true", 4);
      return true;
    case RMQ_FIELD_BOUNDARY:
      *RMQ_HEADER_AT (RmqBoundary, field, header) =
          equals_any_case (text, "upper", 5) ? RMQ_BOUNDARY_UPPER : RMQ_BOUNDARY_LOWER;
      return true;
    default:
      return false;
    }
}

/* What an unset field reads as. */
static void
write_default (const RmqHeaderField *field, void *header)
{
  switch ((RmqFieldKind) field->kind)
    {
    case RMQ_FIELD_STRING:
      *RMQ_HEADER_AT (RmqSlice, field, header) = RMQ_SLICE_NULL;
      break;
    case RMQ_FIELD_INT32:
      *RMQ_HEADER_AT (int32_t, field, header) = field->default_value;
      break;
    case RMQ_FIELD_INT64:
      *RMQ_HEADER_AT (int64_t, field, header) = field->default_value;
      break;
    case RMQ_FIELD_BOOL:
      *RMQ_HEADER_AT (bool, field, header) = field->default_value != 0;
      break;
    case RMQ_FIELD_BOUNDARY:
    default:
      *RMQ_HEADER_AT (RmqBoundary, field, header) = RMQ_BOUNDARY_LOWER;
      break;
    }
}

static void
unset_all (const RmqHeaderTable *table, void *header)
{
  if (table->n_fields == 0)
    return;
  memset (header, 0, table->struct_size);
  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    if (field->default_value != 0)
      write_default (field, header);
}

static bool
fail_malformed (const RmqHeaderTable *table, const RmqHeaderField *field, RmqSlice text, void *header, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (text.data, (gssize) MIN (text.len, 40));

  unset_all (table, header);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "%s: field %s is not a number that fits: \"%s\"",
               table->class_name, field->name, shown);
  return false;
}

bool
_rmq_header_decode_partial (const RmqHeaderTable *table,
                            const RmqExtField *ext,
                            size_t n_ext,
                            void *header,
                            GError **error)
{
  const RmqHeaderField *next = table->fields;

  unset_all (table, header);
  if (table->n_fields == 0)
    return true;

  for (size_t i = 0; i < n_ext; i++)
    {
      const RmqHeaderField *field = find_field (table, ext[i].key, &next);
      bool *has;

      if (field == NULL)
        continue;
      has = (bool *) header + field->has_offset;
      *has = ext[i].value.data != NULL;
      if (!*has)
        write_default (field, header);
      else if (G_UNLIKELY (!read_value (field, ext[i].value, header)))
        return fail_malformed (table, field, ext[i].value, header, error);
    }
  return true;
}

bool
_rmq_header_decode (const RmqHeaderTable *table, const RmqExtField *ext, size_t n_ext, void *header, GError **error)
{
  if (!_rmq_header_decode_partial (table, ext, n_ext, header, error))
    return false;

  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    if (field->required && !rmq_header_field_is_set (field, header))
      {
        unset_all (table, header);
        g_set_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL, "%s: required field %s is missing", table->class_name,
                     field->name);
        return false;
      }
  return true;
}
