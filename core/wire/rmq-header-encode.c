/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a header by its table, as members of a JSON object or as entries of a binary header. Every request passes
 * here, so a field costs one bounds check, one copy of fixed size and its value.
 */
#include "base/rmq-json-private.h"
#include "base/rmq-text-private.h"
#include "rmq-header-field-private.h"

/* Copied first: in the buffer, unlike where it comes from, there is something readable behind it. */
static inline void
write_json_string (RmqByteWriter *out, RmqSlice value)
{
  char *at;

  if (!rmq_byte_writer_reserve (out, value.len + RMQ_TEXT_PADDING))
    return;
  at = (char *) out->data + out->len;
  memcpy (at, value.data, value.len);
  if (G_LIKELY (rmq_text_is_plain_padded (at, value.len)))
    out->len += value.len;
  else
    _rmq_json_escape (out, value);
  rmq_byte_writer_u8 (out, '"');
}

static inline void
write_json_field (const RmqHeaderField *field, const void *header, RmqByteWriter *out, size_t skip)
{
  char *at;

  if (!rmq_byte_writer_reserve (out, RMQ_FIELD_PREFIX_SIZE + RMQ_FIELD_TEXT_MAX + 1))
    return;
  at = (char *) out->data + out->len;
  memcpy (at, field->prefix + skip, RMQ_FIELD_PREFIX_SIZE - 1);
  at += field->prefix_len - skip;

  if (field->kind == RMQ_FIELD_STRING)
    {
      out->len = (size_t) (at - (char *) out->data);
      write_json_string (out, *RMQ_HEADER_CONST_AT (RmqSlice, field, header));
      return;
    }
  at += rmq_header_field_format (field, header, at);
  *at++ = '"';
  out->len = (size_t) (at - (char *) out->data);
}

unsigned
_rmq_header_write_json (const RmqHeaderTable *table, const void *header, RmqByteWriter *out, bool first)
{
  unsigned n_written = 0;

  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    if (rmq_header_field_is_sent (field, header))
      {
        write_json_field (field, header, out, first && n_written == 0 ? 1 : 0);
        n_written++;
      }
  return n_written;
}

unsigned
_rmq_header_write_binary (const RmqHeaderTable *table, const void *header, RmqByteWriter *out)
{
  char buffer[RMQ_FIELD_TEXT_MAX];
  unsigned n_written = 0;

  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    if (rmq_header_field_is_sent (field, header))
      {
        RmqSlice value = rmq_header_field_text (field, header, buffer);

        rmq_byte_writer_u16 (out, field->name_len);
        rmq_byte_writer_bytes (out, field->name, field->name_len);
        rmq_byte_writer_u32 (out, (uint32_t) value.len);
        rmq_byte_writer_slice (out, value);
        n_written++;
      }
  return n_written;
}
