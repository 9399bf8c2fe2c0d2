/* SPDX-License-Identifier: Apache-2.0
 *
 * Property texts: walking and looking up agree, and what is read can be listed, written and read again.
 */
#include <string.h>
#include "rmq-fuzz.h"
#include "wire/rmq-properties-private.h"

/* The last value of that name, by walking. */
static RmqSlice
walk_to (RmqSlice text, RmqSlice wanted)
{
  RmqSlice last = RMQ_SLICE_NULL;
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;

  rmq_property_iter_init (&iter, text);
  while (_rmq_property_iter_next (&iter, &name, &value))
    if (rmq_slice_equal (name, wanted))
      last = value;
  return last;
}

static void
check_numbers (RmqSlice value)
{
  g_autofree char *text = rmq_slice_dup (value);
  int64_t number;
  int32_t narrow;
  bool ok = _rmq_property_parse_int64 (value, &number);
  gint64 told = 0;
  /* GLib refuses some blanks before a number, but not all. */
  const char *digits = text[0] == '-' ? text + 1 : text;
  bool want = strlen (text) == value.len && g_ascii_isdigit (digits[0])
              && g_ascii_string_to_signed (text, 10, INT64_MIN, INT64_MAX, &told, NULL);

  RMQ_FUZZ_CHECK (ok == want && (!ok || number == told));
  RMQ_FUZZ_CHECK (_rmq_property_parse_int32 (value, &narrow) == (ok && number >= INT32_MIN && number <= INT32_MAX));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (RmqProperties) list = { 0 };
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (2 * size + 16);
  RmqSlice text = rmq_slice ((const char *) data, size);
  RmqPropertyIter iter;
  RmqSlice name;
  RmqSlice value;
  RmqSlice again;
  unsigned n = 0;

  if (size > 4096)
    return 0;
  check_numbers (text);
  rmq_property_iter_init (&iter, text);
  for (; _rmq_property_iter_next (&iter, &name, &value); n++)
    {
      RMQ_FUZZ_CHECK (name.len > 0 && value.len > 0);
      RMQ_FUZZ_CHECK (memchr (name.data, RMQ_PROPERTY_NAME_END, name.len) == NULL);
      RMQ_FUZZ_CHECK (memchr (value.data, RMQ_PROPERTY_VALUE_END, value.len) == NULL);
      RMQ_FUZZ_CHECK (rmq_slice_equal (_rmq_properties_text_find (text, name), walk_to (text, name)));
      RMQ_FUZZ_CHECK (_rmq_properties_text_find (text, rmq_slice (name.data, name.len - 1)).data == NULL
                      || name.len > 1);
      _rmq_properties_set (&list, name, value);
      RMQ_FUZZ_CHECK (rmq_slice_equal (_rmq_properties_find (&list, name), value));
      check_numbers (value);
      _rmq_property_is_reserved (name);
    }
  RMQ_FUZZ_CHECK (list.n <= n);

  _rmq_properties_encode (&list, &out);
  RMQ_FUZZ_CHECK (out.len == _rmq_properties_encoded_len (&list));
  again = rmq_slice ((const char *) out.data, out.len);
  rmq_property_iter_init (&iter, again);
  for (n = 0; _rmq_property_iter_next (&iter, &name, &value); n++)
    RMQ_FUZZ_CHECK (rmq_slice_equal (value, walk_to (text, name)));
  RMQ_FUZZ_CHECK (n == list.n);
  return 0;
}
