/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressor `lz4`: the LZ4 frame format, with independent blocks, the only ones the Java client reads.
 */
#include "../bounded-output.h"
#include <lz4frame.h>

#define TYPE_ID 1

#define RMQ_TYPE_LZ4_COMPRESSOR (rmq_lz4_compressor_get_type ())

G_DECLARE_FINAL_TYPE (RmqLz4Compressor, rmq_lz4_compressor, RMQ, LZ4_COMPRESSOR, RmqCompressor)

struct _RmqLz4Compressor
{
  RmqCompressor parent_instance;
};

G_DEFINE_FINAL_TYPE (RmqLz4Compressor, rmq_lz4_compressor, RMQ_TYPE_COMPRESSOR)

static int
rmq_lz4_compressor_get_type_id (RmqCompressor *compressor)
{
  return TYPE_ID;
}

static GBytes *
rmq_lz4_compressor_compress (RmqCompressor *compressor, GBytes *data, int level, GError **error)
{
  /* Up to RocketMQ's default level it is LZ4's own speed; above, the slow search. */
  LZ4F_preferences_t preferences = { .frameInfo = { .blockMode = LZ4F_blockIndependent },
                                     .compressionLevel = level > 5 ? level : 0 };
  size_t length;
  const void *input = g_bytes_get_data (data, &length);
  size_t bound = LZ4F_compressFrameBound (length, &preferences);
  uint8_t *packed = g_malloc (bound);
  size_t packed_length = LZ4F_compressFrame (packed, bound, input, length, &preferences);

  if (LZ4F_isError (packed_length))
    {
      g_free (packed);
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_FAILED, "LZ4 cannot compress: %s", LZ4F_getErrorName (packed_length));
      return NULL;
    }
  return g_bytes_new_take (g_realloc (packed, packed_length), packed_length);
}

/* Several frames in a row are one body, as the Java client has it. */
static gboolean
unpack (LZ4F_dctx *context, BoundedOutput *output, const uint8_t *input, size_t length, GError **error)
{
  size_t at = 0;
  size_t wanted = 1; /* 0 at the end of a frame */

  while (at < length || wanted != 0)
    {
      size_t consumed = length - at;
      size_t produced;

      if (!bounded_output_grow (output, error))
        return FALSE;
      produced = output->capacity - output->length;
      wanted = LZ4F_decompress (context, output->data + output->length, &produced, input + at, &consumed, NULL);
      if (LZ4F_isError (wanted) || (consumed == 0 && produced == 0))
        {
          g_set_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "The LZ4 body is %s",
                       LZ4F_isError (wanted) ? LZ4F_getErrorName (wanted) : "incomplete");
          return FALSE;
        }
      at += consumed;
      output->length += produced;
    }
  return TRUE;
}

static GBytes *
rmq_lz4_compressor_decompress (RmqCompressor *compressor, GBytes *data, size_t limit, GError **error)
{
  size_t length;
  const uint8_t *input = g_bytes_get_data (data, &length);
  g_auto (BoundedOutput) output = { NULL };
  LZ4F_dctx *context = NULL;
  size_t code = LZ4F_createDecompressionContext (&context, LZ4F_VERSION);
  gboolean ok;

  if (LZ4F_isError (code))
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_FAILED, "LZ4 cannot be set up: %s", LZ4F_getErrorName (code));
      return NULL;
    }
  bounded_output_init (&output, length < G_MAXSIZE / 4 ? length * 4 : length, limit);
  ok = unpack (context, &output, input, length, error);
  LZ4F_freeDecompressionContext (context);
  return ok ? bounded_output_finish (&output, error) : NULL;
}

static void
rmq_lz4_compressor_class_init (RmqLz4CompressorClass *klass)
{
  RmqCompressorClass *compressor_class = RMQ_COMPRESSOR_CLASS (klass);

  compressor_class->get_type_id = rmq_lz4_compressor_get_type_id;
  compressor_class->compress = rmq_lz4_compressor_compress;
  compressor_class->decompress = rmq_lz4_compressor_decompress;
}

static void
rmq_lz4_compressor_init (RmqLz4Compressor *self)
{
}

static gboolean
lz4_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "compressor", "lz4", RMQ_TYPE_LZ4_COMPRESSOR, 0);
}

RMQ_PLUGIN_DEFINE (lz4, "1.0", "Apache-2.0", lz4_init)
