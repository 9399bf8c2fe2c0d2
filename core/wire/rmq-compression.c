/* SPDX-License-Identifier: Apache-2.0
 *
 * Which format a stored body has, and the call into the table of whoever can read it.
 */
#include "rmq-compression-private.h"

#include <rmq/rmq.h>
#include "base/rmq-error-private.h"
#include "rmq-flags-private.h"

int
_rmq_compression_to_sys_flag (RmqCompression type)
{
  switch (type)
    {
    case RMQ_COMPRESSION_LZ4:
      return RMQ_SYS_FLAG_COMPRESSED | RMQ_SYS_FLAG_COMPRESSION_LZ4;
    case RMQ_COMPRESSION_ZSTD:
      return RMQ_SYS_FLAG_COMPRESSED | RMQ_SYS_FLAG_COMPRESSION_ZSTD;
    case RMQ_COMPRESSION_ZLIB:
    case RMQ_COMPRESSION_GZIP:
    default:
      return RMQ_SYS_FLAG_COMPRESSED | RMQ_SYS_FLAG_COMPRESSION_ZLIB;
    }
}

static bool
is_gzip (RmqSlice body)
{
  return body.len >= 2 && (unsigned char) body.data[0] == 0x1F && (unsigned char) body.data[1] == 0x8B;
}

bool
_rmq_compression_detect (int sys_flag, RmqSlice body, RmqCompression *type)
{
  switch (sys_flag & RMQ_SYS_FLAG_COMPRESSION_MASK)
    {
    case 0: /* what old senders leave, and proxies for gzip */
    case RMQ_SYS_FLAG_COMPRESSION_ZLIB:
      *type = is_gzip (body) ? RMQ_COMPRESSION_GZIP : RMQ_COMPRESSION_ZLIB;
      return true;
    case RMQ_SYS_FLAG_COMPRESSION_LZ4:
      *type = RMQ_COMPRESSION_LZ4;
      return true;
    case RMQ_SYS_FLAG_COMPRESSION_ZSTD:
      *type = RMQ_COMPRESSION_ZSTD;
      return true;
    default:
      return false;
    }
}

bool
_rmq_decompress (const RmqCompressionTable *table,
                 int sys_flag,
                 RmqSlice body,
                 size_t limit,
                 GBytes **out,
                 GError **error)
{
  RmqCompression type;

  if (!_rmq_compression_detect (sys_flag, body, &type))
    {
      _rmq_set_error (error, RMQ_ERROR_NOT_SUPPORTED, NULL, "The body is compressed in a way nobody knows (flag 0x%x)",
                      (unsigned) sys_flag);
      return false;
    }
  if (table == NULL || table->decompress == NULL)
    {
      _rmq_set_error (error, RMQ_ERROR_NOT_SUPPORTED, NULL, "The body is compressed and no compressor is loaded");
      return false;
    }
  return table->decompress (table->data, type, (const uint8_t *) body.data, body.len, limit, out, error);
}
