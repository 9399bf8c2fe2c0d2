/* SPDX-License-Identifier: Apache-2.0
 *
 * What is special to compressor `zstd`: windows and promised sizes that would take memory.
 */
#include <rmq/rmq.h>
#include <zstd.h>

static RmqCompressor *
make_compressor (void)
{
  g_autoptr (GError) error = NULL;
  GObject *object = rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "compressor", "zstd", NULL, &error);

  g_assert_no_error (error);
  return RMQ_COMPRESSOR (object);
}

static GBytes *
pack_with_window (int window_log)
{
  ZSTD_CCtx *context = ZSTD_createCCtx ();
  uint8_t packed[200];
  ZSTD_outBuffer out = { packed, sizeof packed, 0 };
  ZSTD_inBuffer in = { "orders", 6, 0 };

  /* As a stream: the size is not known when the header is written, so the window is. */
  ZSTD_CCtx_setParameter (context, ZSTD_c_windowLog, window_log);
  g_assert_cmpuint (ZSTD_compressStream2 (context, &out, &in, ZSTD_e_continue), <, 1000000);
  g_assert_cmpuint (ZSTD_compressStream2 (context, &out, &in, ZSTD_e_end), ==, 0);
  ZSTD_freeCCtx (context);
  return g_bytes_new (packed, out.pos);
}

static void
test_window (void)
{
  g_autoptr (RmqCompressor) compressor = make_compressor ();

  g_assert_cmpint (rmq_compressor_get_type_id (compressor), ==, 2);
  for (int window_log = 10; window_log <= 27; window_log++)
    {
      g_autoptr (GBytes) packed = pack_with_window (window_log);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) small = rmq_compressor_decompress (compressor, packed, 4096, &error);
      g_autoptr (GBytes) large = rmq_compressor_decompress (compressor, packed, 256 * 1024 * 1024, NULL);

      g_assert_nonnull (large);
      if (window_log <= 23) /* all levels up to 19 */
        g_assert_no_error (error);
      else
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
    }
}

/* Magic; a frame of one segment with 8 bytes of size; the size; one raw block, the last, of 1 byte. */
static void
test_promise (void)
{
  static const uint8_t packed[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0x09, 0, 0, 'x' };
  g_autoptr (RmqCompressor) compressor = make_compressor ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (packed, sizeof packed);
  g_autoptr (GError) error = NULL;

  g_assert_null (rmq_compressor_decompress (compressor, bytes, SIZE_MAX, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plugins/zstd/window", test_window);
  g_test_add_func ("/plugins/zstd/promise", test_promise);
  return g_test_run ();
}
