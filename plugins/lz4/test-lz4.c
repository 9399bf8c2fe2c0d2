/* SPDX-License-Identifier: Apache-2.0
 *
 * What is special to compressor `lz4`: the frame's header, and several frames in a row.
 */
#include <rmq/rmq.h>
#include <string.h>

static RmqCompressor *
make_compressor (void)
{
  g_autoptr (GError) error = NULL;
  GObject *object = rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "compressor", "lz4", NULL, &error);

  g_assert_no_error (error);
  return RMQ_COMPRESSOR (object);
}

/* The Java client refuses linked blocks: bit 5 of the flags says that they stand alone. */
static void
test_header (void)
{
  static const uint8_t magic[] = { 0x04, 0x22, 0x4d, 0x18 };
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autofree char *text = g_strnfill (500000, 'a');
  g_autoptr (GBytes) body = g_bytes_new_static (text, 500000);

  g_assert_cmpint (rmq_compressor_get_type_id (compressor), ==, 1);
  for (int level = 0; level <= 9; level++)
    {
      g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, body, level, NULL);
      const uint8_t *data = g_bytes_get_data (packed, NULL);

      g_assert_cmpmem (data, 4, magic, 4);
      g_assert_cmphex (data[4] & 0xe0, ==, 0x60);
    }
}

static void
test_several_frames (void)
{
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autoptr (GBytes) first = g_bytes_new_static ("one ", 4);
  g_autoptr (GBytes) second = g_bytes_new_static ("two", 3);
  g_autoptr (GBytes) packed_first = rmq_compressor_compress (compressor, first, 5, NULL);
  g_autoptr (GBytes) packed_second = rmq_compressor_compress (compressor, second, 5, NULL);
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GBytes) packed = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (both, g_bytes_get_data (packed_first, NULL), g_bytes_get_size (packed_first));
  g_byte_array_append (both, g_bytes_get_data (packed_second, NULL), g_bytes_get_size (packed_second));
  packed = g_bytes_new (both->data, both->len);
  body = rmq_compressor_decompress (compressor, packed, 7, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "one two", 7);
  g_assert_null (rmq_compressor_decompress (compressor, packed, 6, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugins/lz4/header", test_header);
  g_test_add_func ("/plugins/lz4/several-frames", test_several_frames);
  return g_test_run ();
}
