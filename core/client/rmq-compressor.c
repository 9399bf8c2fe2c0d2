/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqCompressor: the abstract class of extension point `compressor`, and the bound on what it unpacks.
 */
#include <rmq/rmq.h>

#define DEFAULT_LEVEL 5

/**
 * RmqCompressor:
 *
 * Packs and unpacks message bodies: extension point `compressor` (RocketMQ:
 * Compressor).
 *
 * A compressor has no state: it is called in any thread, by several threads at
 * once. Only native code (C, Vala) can serve here.
 */
G_DEFINE_ABSTRACT_TYPE (RmqCompressor, rmq_compressor, G_TYPE_OBJECT)

static void
rmq_compressor_class_init (RmqCompressorClass *klass)
{
}

static void
rmq_compressor_init (RmqCompressor *self)
{
}

static gboolean
check_implemented (RmqCompressor *self, gboolean implemented, const char *function, GError **error)
{
  if (implemented)
    return TRUE;
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED, "%s does not implement %s ()", G_OBJECT_TYPE_NAME (self),
               function);
  return FALSE;
}

/**
 * rmq_compressor_get_type_id: (virtual get_type_id)
 * @self: a compressor
 *
 * Gets the number that stands for the algorithm in the system flag of a
 * message: 1 LZ4, 2 ZSTD, 3 ZLIB. Brokers and other clients know no others.
 *
 * May be called in any thread.
 *
 * Returns: the number, 0 to 7
 */
int
rmq_compressor_get_type_id (RmqCompressor *self)
{
  RmqCompressorClass *klass;

  g_return_val_if_fail (RMQ_IS_COMPRESSOR (self), 0);

  klass = RMQ_COMPRESSOR_GET_CLASS (self);
  return klass->get_type_id != NULL ? klass->get_type_id (self) & 0x7 : 0;
}

/**
 * rmq_compressor_compress: (virtual compress)
 * @self: a compressor
 * @data: the body
 * @level: 0 for the fastest to 9 for the smallest, more is taken as 9; below 0
 *   for RocketMQ's default, 5
 * @error: return location for a [type@GLib.Error]
 *
 * Packs a body.
 *
 * May be called in any thread.
 *
 * Returns: (transfer full): the packed body, or `NULL` with an error
 */
GBytes *
rmq_compressor_compress (RmqCompressor *self, GBytes *data, int level, GError **error)
{
  RmqCompressorClass *klass;

  g_return_val_if_fail (RMQ_IS_COMPRESSOR (self), NULL);
  g_return_val_if_fail (data != NULL, NULL);

  klass = RMQ_COMPRESSOR_GET_CLASS (self);
  if (!check_implemented (self, klass->compress != NULL, "compress", error))
    return NULL;
  return klass->compress (self, data, level < 0 ? DEFAULT_LEVEL : MIN (level, 9), error);
}

/**
 * rmq_compressor_decompress: (virtual decompress)
 * @self: a compressor
 * @data: the packed body, from an untrusted source
 * @limit: how many bytes the body may have; the implementation allocates no
 *   more than that, and a little
 * @error: return location for a [type@GLib.Error]
 *
 * Unpacks a body. What is damaged, incomplete, longer than @limit when
 * unpacked, or followed by other bytes is [error@Rmq.Error.CORRUPT_MESSAGE].
 *
 * May be called in any thread.
 *
 * Returns: (transfer full): the body, or `NULL` with an error
 */
GBytes *
rmq_compressor_decompress (RmqCompressor *self, GBytes *data, size_t limit, GError **error)
{
  RmqCompressorClass *klass;
  g_autoptr (GBytes) body = NULL;

  g_return_val_if_fail (RMQ_IS_COMPRESSOR (self), NULL);
  g_return_val_if_fail (data != NULL, NULL);

  klass = RMQ_COMPRESSOR_GET_CLASS (self);
  if (!check_implemented (self, klass->decompress != NULL, "decompress", error))
    return NULL;

  if (g_bytes_get_size (data) == 0)
    {
      g_set_error_literal (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE, "The packed body is empty");
      return NULL;
    }

  body = klass->decompress (self, data, limit, error);
  if (body != NULL && g_bytes_get_size (body) > limit)
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "%s gave more than the %zu bytes it was allowed",
                   G_OBJECT_TYPE_NAME (self), limit);
      return NULL;
    }
  return g_steal_pointer (&body);
}
