/* SPDX-License-Identifier: Apache-2.0
 *
 * Compression for tests of the wire layer. Output grows by doubling up to the limit and one byte, which is how too much
 * is seen.
 */
#include "rmq-test-codec.h"

#include <lz4frame.h>
#include <rmq/rmq.h>
#include <zlib.h>
#include <zstd.h>

size_t rmq_test_codec_peak;

typedef struct
{
  GByteArray *out;
  size_t filled;
  size_t limit;
} Output;

static bool
output_grow (Output *self, GError **error)
{
  size_t size = self->out->len;

  if (self->filled < size)
    return true;
  if (self->filled > self->limit)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "More than %zu bytes", self->limit);
      return false;
    }
  size = MIN (MAX (size * 2, 4096), self->limit + 1);
  g_byte_array_set_size (self->out, (unsigned) size);
  rmq_test_codec_peak = MAX (rmq_test_codec_peak, size);
  return true;
}

static bool
damaged (GError **error)
{
  g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "Damaged");
  return false;
}

static bool
inflate_all (Output *out, int window_bits, const uint8_t *in, size_t len, GError **error)
{
  z_stream stream = { .next_in = (uint8_t *) in, .avail_in = (unsigned) len };
  int code = Z_OK;
  bool ok = inflateInit2 (&stream, window_bits) == Z_OK;

  while (ok && code == Z_OK && (ok = output_grow (out, error)))
    {
      stream.next_out = out->out->data + out->filled;
      stream.avail_out = out->out->len - (unsigned) out->filled;
      code = inflate (&stream, Z_NO_FLUSH);
      out->filled = out->out->len - stream.avail_out;
    }
  ok = ok && ((code == Z_STREAM_END && stream.avail_in == 0) || damaged (error));
  inflateEnd (&stream);
  return ok && (out->filled <= out->limit || output_grow (out, error));
}

static bool
unlz4_all (Output *out, const uint8_t *in, size_t len, GError **error)
{
  LZ4F_dctx *context;
  size_t at = 0;
  size_t hint = 1;
  bool ok = !LZ4F_isError (LZ4F_createDecompressionContext (&context, LZ4F_VERSION));

  while (ok && hint != 0 && (ok = output_grow (out, error)))
    {
      size_t room = out->out->len - out->filled;
      size_t used = len - at;

      hint = LZ4F_decompress (context, out->out->data + out->filled, &room, in + at, &used, NULL);
      out->filled += LZ4F_isError (hint) ? 0 : room;
      at += used;
      if (LZ4F_isError (hint) || (hint != 0 && room == 0 && used == 0))
        ok = damaged (error);
    }
  LZ4F_freeDecompressionContext (context);
  return ok && (at == len || damaged (error)) && (out->filled <= out->limit || output_grow (out, error));
}

static bool
unzstd_all (Output *out, const uint8_t *in, size_t len, GError **error)
{
  ZSTD_DCtx *context = ZSTD_createDCtx ();
  ZSTD_inBuffer input = { in, len, 0 };
  size_t hint = 1;
  bool ok = true;

  while (ok && hint != 0 && (ok = output_grow (out, error)))
    {
      ZSTD_outBuffer output = { out->out->data, out->out->len, out->filled };
      size_t before = input.pos;

      hint = ZSTD_decompressStream (context, &output, &input);
      if (ZSTD_isError (hint) || (hint != 0 && input.pos == before && output.pos == out->filled))
        ok = damaged (error);
      out->filled = output.pos;
    }
  ZSTD_freeDCtx (context);
  return ok && (input.pos == len || damaged (error)) && (out->filled <= out->limit || output_grow (out, error));
}

static bool
decompress (void *data,
            RmqCompression type,
            const uint8_t *in,
            size_t len,
            size_t limit,
            GBytes **result,
            GError **error)
{
  Output out = { g_byte_array_new (), 0, limit };
  bool ok = false;

  switch (type)
    {
    case RMQ_COMPRESSION_ZLIB:
      ok = inflate_all (&out, MAX_WBITS, in, len, error);
      break;
    case RMQ_COMPRESSION_GZIP:
      ok = inflate_all (&out, MAX_WBITS + 16, in, len, error);
      break;
    case RMQ_COMPRESSION_LZ4:
      ok = unlz4_all (&out, in, len, error);
      break;
    case RMQ_COMPRESSION_ZSTD:
      ok = unzstd_all (&out, in, len, error);
      break;
    default:
      g_assert_not_reached ();
    }
  g_byte_array_set_size (out.out, ok ? (unsigned) out.filled : 0);
  if (ok)
    *result = g_byte_array_free_to_bytes (out.out);
  else
    g_byte_array_unref (out.out);
  return ok;
}

static bool
gzip_all (GByteArray *out, const uint8_t *in, size_t len)
{
  z_stream stream = { .next_in = (uint8_t *) in, .avail_in = (unsigned) len };
  bool ok = deflateInit2 (&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;

  g_byte_array_set_size (out, (unsigned) deflateBound (&stream, len));
  stream.next_out = out->data;
  stream.avail_out = out->len;
  ok = ok && deflate (&stream, Z_FINISH) == Z_STREAM_END;
  g_byte_array_set_size (out, out->len - stream.avail_out);
  deflateEnd (&stream);
  return ok;
}

static bool
compress_body (void *data,
               RmqCompression type,
               int level,
               const uint8_t *in,
               size_t len,
               GBytes **result,
               GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  uLongf zlib_len;
  size_t size = 0;

  switch (type)
    {
    case RMQ_COMPRESSION_ZLIB:
      zlib_len = compressBound (len);
      g_byte_array_set_size (out, (unsigned) zlib_len);
      g_assert_cmpint (compress2 (out->data, &zlib_len, in, len, level), ==, Z_OK);
      size = zlib_len;
      break;
    case RMQ_COMPRESSION_GZIP:
      g_assert_true (gzip_all (out, in, len));
      size = out->len;
      break;
    case RMQ_COMPRESSION_LZ4:
      g_byte_array_set_size (out, (unsigned) LZ4F_compressFrameBound (len, NULL));
      size = LZ4F_compressFrame (out->data, out->len, in, len, NULL);
      g_assert_false (LZ4F_isError (size));
      break;
    case RMQ_COMPRESSION_ZSTD:
      g_byte_array_set_size (out, (unsigned) ZSTD_compressBound (len));
      size = ZSTD_compress (out->data, out->len, in, len, 3);
      g_assert_false (ZSTD_isError (size));
      break;
    default:
      g_assert_not_reached ();
    }
  g_byte_array_set_size (out, (unsigned) size);
  *result = g_byte_array_free_to_bytes (g_steal_pointer (&out));
  return true;
}

const RmqCompressionTable rmq_test_codec_table = { decompress, compress_body, NULL };
