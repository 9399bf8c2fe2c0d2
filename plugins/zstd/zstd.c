/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressor `zstd`: Zstandard frames.
 */
#include "../bounded-output.h"
#include <zstd.h>

#define TYPE_ID 2
#define MIN_WINDOW_LOG 23 /* what levels up to 19 use: 8 MiB, however small the body */
#define MAX_WINDOW_LOG 27

#define RMQ_TYPE_ZSTD_COMPRESSOR (rmq_zstd_compressor_get_type ())

G_DECLARE_FINAL_TYPE (RmqZstdCompressor, rmq_zstd_compressor, RMQ, ZSTD_COMPRESSOR, RmqCompressor)

struct _RmqZstdCompressor
{
  RmqCompressor parent_instance;
};

G_DEFINE_FINAL_TYPE (RmqZstdCompressor, rmq_zstd_compressor, RMQ_TYPE_COMPRESSOR)

static int
rmq_zstd_compressor_get_type_id (RmqCompressor *compressor)
{
  return TYPE_ID;
}

static GBytes *
rmq_zstd_compressor_compress (RmqCompressor *compressor, GBytes *data, int level, GError **error)
{
  size_t length;
  const void *input = g_bytes_get_data (data, &length);
  size_t bound = ZSTD_compressBound (length);
  uint8_t *packed = g_malloc (bound);
  size_t packed_length = ZSTD_compress (packed, bound, input, length, MAX (level, 1)); /* 0 would be zstd's default */

  if (ZSTD_isError (packed_length))
    {
      g_free (packed);
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_FAILED, "zstd cannot compress: %s", ZSTD_getErrorName (packed_length));
      return NULL;
    }
  return g_bytes_new_take (g_realloc (packed, packed_length), packed_length);
}

static gboolean
unpack (ZSTD_DCtx *context, BoundedOutput *output, ZSTD_inBuffer *input, GError **error)
{
  size_t wanted = 1; /* 0 at the end of a frame */

  while (input->pos < input->size || wanted != 0)
    {
      ZSTD_outBuffer out;
      size_t before = input->pos;

      if (!bounded_output_grow (output, error))
        return FALSE;
      out = (ZSTD_outBuffer){ output->data, output->capacity, output->length };
      wanted = ZSTD_decompressStream (context, &out, input);
      if (ZSTD_isError (wanted) || (input->pos == before && out.pos == output->length))
        {
          g_set_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "The zstd body is damaged: %s",
                       ZSTD_isError (wanted) ? ZSTD_getErrorName (wanted) : "incomplete");
          return FALSE;
        }
      output->length = out.pos;
    }
  return TRUE;
}

/* The window is memory too: no larger than the body may be, or than usual. */
static int
window_log_for (size_t limit)
{
  int log = MIN_WINDOW_LOG;

  while (log < MAX_WINDOW_LOG && ((size_t) 1 << log) < limit)
    log++;
  return log;
}

static GBytes *
rmq_zstd_compressor_decompress (RmqCompressor *compressor, GBytes *data, size_t limit, GError **error)
{
  ZSTD_inBuffer input = { NULL, 0, 0 };
  g_auto (BoundedOutput) output = { NULL };
  ZSTD_DCtx *context = ZSTD_createDCtx ();
  unsigned long long promised;
  gboolean ok;

  if (context == NULL)
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_FAILED, "zstd cannot be set up");
      return NULL;
    }
  input.src = g_bytes_get_data (data, &input.size);
  promised = ZSTD_getFrameContentSize (input.src, input.size); /* huge when it is not known */
  ZSTD_DCtx_setParameter (context, ZSTD_d_windowLogMax, window_log_for (limit));
  bounded_output_init (&output, promised / 64 < input.size ? promised : input.size, limit);
  ok = unpack (context, &output, &input, error);
  ZSTD_freeDCtx (context);
  return ok ? bounded_output_finish (&output, error) : NULL;
}

static void
rmq_zstd_compressor_class_init (RmqZstdCompressorClass *klass)
{
  RmqCompressorClass *compressor_class = RMQ_COMPRESSOR_CLASS (klass);

  compressor_class->get_type_id = rmq_zstd_compressor_get_type_id;
  compressor_class->compress = rmq_zstd_compressor_compress;
  compressor_class->decompress = rmq_zstd_compressor_decompress;
}

static void
rmq_zstd_compressor_init (RmqZstdCompressor *self)
{
}

static gboolean
zstd_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "compressor", "zstd", RMQ_TYPE_ZSTD_COMPRESSOR, 0);
}

RMQ_PLUGIN_DEFINE (zstd, "1.0", "Apache-2.0", zstd_init)
