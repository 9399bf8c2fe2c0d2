/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressor `zlib` (RFC 1950), the one RocketMQ uses when nobody chooses. Unpacks gzip too: what came in through a
 * proxy is stored so under the same number.
 */
#include "../bounded-output.h"
#include <zlib.h>

#define TYPE_ID 3

#define RMQ_TYPE_ZLIB_COMPRESSOR (rmq_zlib_compressor_get_type ())

G_DECLARE_FINAL_TYPE (RmqZlibCompressor, rmq_zlib_compressor, RMQ, ZLIB_COMPRESSOR, RmqCompressor)

struct _RmqZlibCompressor
{
  RmqCompressor parent_instance;
};

G_DEFINE_FINAL_TYPE (RmqZlibCompressor, rmq_zlib_compressor, RMQ_TYPE_COMPRESSOR)

static int
rmq_zlib_compressor_get_type_id (RmqCompressor *compressor)
{
  return TYPE_ID;
}

static GBytes *
rmq_zlib_compressor_compress (RmqCompressor *compressor, GBytes *data, int level, GError **error)
{
  size_t length;
  const uint8_t *input = g_bytes_get_data (data, &length);
  uLongf packed_length = compressBound (length);
  uint8_t *packed = g_malloc (packed_length);
  int code = compress2 (packed, &packed_length, input, length, level);

  if (code != Z_OK)
    {
      g_free (packed);
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_FAILED, "zlib cannot compress: %s", zError (code));
      return NULL;
    }
  return g_bytes_new_take (g_realloc (packed, packed_length), packed_length);
}

static gboolean
unpack (z_stream *stream, BoundedOutput *output, size_t length, GError **error)
{
  const uint8_t *end = (const uint8_t *) stream->next_in + length;
  int code = Z_OK;

  while (code == Z_OK)
    {
      unsigned room;

      if (!bounded_output_grow (output, error))
        return FALSE;
      room = MIN (output->capacity - output->length, G_MAXINT);
      stream->next_out = output->data + output->length;
      stream->avail_out = room;
      stream->avail_in = MIN (end - stream->next_in, G_MAXINT);
      code = inflate (stream, Z_NO_FLUSH);
      output->length += room - stream->avail_out;
    }
  if (code == Z_STREAM_END && stream->next_in == end)
    return TRUE;

  g_set_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "The zlib body is %s",
               code == Z_STREAM_END  ? "followed by other bytes"
               : code == Z_BUF_ERROR ? "incomplete"
                                     : "damaged");
  return FALSE;
}

static GBytes *
rmq_zlib_compressor_decompress (RmqCompressor *compressor, GBytes *data, size_t limit, GError **error)
{
  size_t length;
  const uint8_t *input = g_bytes_get_data (data, &length);
  z_stream stream = { .next_in = (uint8_t *) input };
  g_auto (BoundedOutput) output = { NULL };
  gboolean ok;

  if (inflateInit2 (&stream, MAX_WBITS + 32) != Z_OK) /* + 32: either header */
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_FAILED, "zlib cannot be set up");
      return NULL;
    }
  bounded_output_init (&output, length < G_MAXSIZE / 4 ? length * 4 : length, limit);
  ok = unpack (&stream, &output, length, error);
  inflateEnd (&stream);
  return ok ? bounded_output_finish (&output, error) : NULL;
}

static void
rmq_zlib_compressor_class_init (RmqZlibCompressorClass *klass)
{
  RmqCompressorClass *compressor_class = RMQ_COMPRESSOR_CLASS (klass);

  compressor_class->get_type_id = rmq_zlib_compressor_get_type_id;
  compressor_class->compress = rmq_zlib_compressor_compress;
  compressor_class->decompress = rmq_zlib_compressor_decompress;
}

static void
rmq_zlib_compressor_init (RmqZlibCompressor *self)
{
}

static gboolean
zlib_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "compressor", "zlib", RMQ_TYPE_ZLIB_COMPRESSOR, 0);
}

RMQ_PLUGIN_DEFINE (zlib, "1.0", "Apache-2.0", zlib_init)
