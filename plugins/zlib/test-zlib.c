/* SPDX-License-Identifier: Apache-2.0
 *
 * What is special to compressor `zlib`: the number, both headers, the levels.
 */
#include <rmq/rmq.h>
#include <zlib.h>
#include <string.h>

static RmqCompressor *
make_compressor (void)
{
  g_autoptr (GError) error = NULL;
  GObject *object = rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "compressor", "zlib", NULL, &error);

  g_assert_no_error (error);
  return RMQ_COMPRESSOR (object);
}

static void
test_header (void)
{
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autoptr (GBytes) body = g_bytes_new_static ("orders orders orders", 20);
  g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, body, 5, NULL);

  g_assert_cmpint (rmq_compressor_get_type_id (compressor), ==, 3);
  g_assert_cmphex (((const uint8_t *) g_bytes_get_data (packed, NULL))[0], ==, 0x78);
}

/* A proxy stores gzip under the number of zlib. */
static void
test_gzip (void)
{
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) packed = NULL;
  g_autoptr (GBytes) body = NULL;
  z_stream stream = { .next_in = (uint8_t *) "orders", .avail_in = 6 };
  uint8_t buffer[100];

  g_assert_cmpint (deflateInit2 (&stream, 5, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  stream.next_out = buffer;
  stream.avail_out = sizeof buffer;
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  packed = g_bytes_new (buffer, stream.total_out);
  deflateEnd (&stream);
  body = rmq_compressor_decompress (compressor, packed, 100, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "orders", 6);
}

static void
test_levels (void)
{
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autofree char *text = g_strnfill (10000, 'a');
  g_autoptr (GBytes) body = g_bytes_new_static (text, 10000);
  g_autoptr (GBytes) stored = rmq_compressor_compress (compressor, body, 0, NULL);
  g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, body, 9, NULL);

  g_assert_cmpuint (g_bytes_get_size (stored), >, 10000);
  g_assert_cmpuint (g_bytes_get_size (packed), <, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugins/zlib/header", test_header);
  g_test_add_func ("/plugins/zlib/gzip", test_gzip);
  g_test_add_func ("/plugins/zlib/levels", test_levels);
  return g_test_run ();
}
