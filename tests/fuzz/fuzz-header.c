/* SPDX-License-Identifier: Apache-2.0
 *
 * Every header table on texts of any kind: what decodes writes in JSON and in binary and decodes to the same, is
 * described, and passes the check exactly when nothing required is missing.
 */
#include <string.h>
#include "rmq-fuzz.h"
#include "wire/rmq-frame-private.h"
#include "wire/rmq-header-field-private.h"

static void
check_same (const RmqHeaderTable *table, const void *a, const void *b)
{
  for (const RmqHeaderField *field = table->fields; field < table->fields + table->n_fields; field++)
    {
      char buffer_a[RMQ_FIELD_TEXT_MAX], buffer_b[RMQ_FIELD_TEXT_MAX];
      bool sent = rmq_header_field_is_sent (field, a);

      RMQ_FUZZ_CHECK (rmq_header_field_is_sent (field, b) == sent);
      if (sent)
        RMQ_FUZZ_CHECK (
            rmq_slice_equal (rmq_header_field_text (field, a, buffer_a), rmq_header_field_text (field, b, buffer_b)));
    }
}

static void
write_and_read (const RmqHeaderTable *table, void *header, RmqSerializeType type)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);
  g_autofree void *again = g_malloc0 (table->struct_size + 1u);
  RmqFrameHead head = { .code = 1, .serialize_type = type };
  RmqFrameWriter writer;
  RmqFrame frame;

  _rmq_frame_begin (&writer, &out, &head);
  if (!_rmq_frame_add_header (&writer, table, header, NULL))
    {
      RMQ_FUZZ_CHECK (out.len == 0);
      return;
    }
  RMQ_FUZZ_CHECK (_rmq_frame_end (&writer, 0, NULL));
  RMQ_FUZZ_CHECK (_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL));
  RMQ_FUZZ_CHECK (frame.n_ext == writer.n_ext);
  RMQ_FUZZ_CHECK (rmq_frame_decode_header (&frame, table, again, NULL));
  check_same (table, header, again);
}

static void
run_table (const RmqHeaderTable *table, const RmqFrame *frame)
{
  g_autofree void *header = g_malloc0 (table->struct_size + 1u);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  bool whole;

  if (!_rmq_header_decode_partial (table, frame->ext, frame->n_ext, header, &error))
    {
      RMQ_FUZZ_CHECK (error != NULL);
      for (unsigned i = 0; i < table->n_fields; i++)
        RMQ_FUZZ_CHECK (!rmq_header_field_is_set (&table->fields[i], header));
      return;
    }
  text = _rmq_header_describe (table, header);
  RMQ_FUZZ_CHECK (g_utf8_validate (text, -1, NULL));
  whole = _rmq_header_check (table, header, NULL);
  write_and_read (table, header, RMQ_SERIALIZE_JSON);
  write_and_read (table, header, RMQ_SERIALIZE_BINARY);
  RMQ_FUZZ_CHECK (_rmq_header_decode (table, frame->ext, frame->n_ext, header, NULL) == whole);
}

/* The input is a run of values, each after a byte that says which field it is for and how long it is. They become a
 * binary frame, so that they reach the table as they would from the network. */
static void
add_fields (const RmqHeaderTable *table, const uint8_t *data, size_t size, RmqFrameWriter *writer)
{
  while (size > 0 && table->n_fields > 0)
    {
      const RmqHeaderField *field = &table->fields[data[0] % table->n_fields];
      size_t len = MIN (size - 1, data[0] / 8u);

      _rmq_frame_add_ext (writer, rmq_slice (field->name, field->name_len), rmq_slice ((const char *) data + 1, len));
      data += 1 + len;
      size -= 1 + len;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64 << 20);
  RmqFrameHead head = { .code = 1, .serialize_type = RMQ_SERIALIZE_BINARY };
  const RmqHeaderTable *table;
  RmqFrameWriter writer;
  size_t n_tables;
  const RmqHeaderTable *const *tables = _rmq_header_get_tables (&n_tables);
  RmqFrame frame;

  if (size < 1)
    return 0;
  table = tables[data[0] % n_tables];
  _rmq_frame_begin (&writer, &out, &head);
  add_fields (table, data + 1, size - 1, &writer);
  if (!_rmq_frame_end (&writer, 0, NULL) || !_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL))
    return 0;
  run_table (table, &frame);
  return 0;
}
