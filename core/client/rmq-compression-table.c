/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressors by format, each loaded from its plugin when a body first needs it. They are stateless, so one object of
 * each serves all clients and threads.
 */
#include "rmq-compression-table-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"

static const char *const names[RMQ_N_COMPRESSIONS] = {
  [RMQ_COMPRESSION_ZLIB] = "zlib",
  [RMQ_COMPRESSION_LZ4] = "lz4",
  [RMQ_COMPRESSION_ZSTD] = "zstd",
  [RMQ_COMPRESSION_GZIP] = "zlib", /* reads both containers */
};

static GMutex lock;
static RmqCompressor *compressors[RMQ_N_COMPRESSIONS];

/* (transfer none): kept for good. */
static RmqCompressor *
get (RmqCompression type, GError **error)
{
  RmqCompressor *compressor;

  rmq_mutex_lock (&lock);
  if (compressors[type] == NULL)
    compressors[type] = (RmqCompressor *) rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "compressor",
                                                                      names[type], NULL, error);
  compressor = compressors[type];
  rmq_mutex_unlock (&lock);
  return compressor;
}

static bool
decompress (void *data, RmqCompression type, const uint8_t *in, size_t len, size_t limit, GBytes **out, GError **error)
{
  RmqCompressor *compressor = get (type, error);
  g_autoptr (GBytes) bytes = NULL;

  if (compressor == NULL)
    return false;
  bytes = g_bytes_new_static (in, len);
  *out = rmq_compressor_decompress (compressor, bytes, limit, error);
  return *out != NULL;
}

static bool
compress (void *data, RmqCompression type, int level, const uint8_t *in, size_t len, GBytes **out, GError **error)
{
  RmqCompressor *compressor = get (type, error);
  g_autoptr (GBytes) bytes = NULL;

  if (compressor == NULL)
    return false;
  bytes = g_bytes_new_static (in, len);
  *out = rmq_compressor_compress (compressor, bytes, level, error);
  return *out != NULL;
}

const RmqCompressionTable *
_rmq_compression_table_get (void)
{
  static const RmqCompressionTable table = { decompress, compress, NULL };

  return &table;
}
