/* SPDX-License-Identifier: Apache-2.0
 *
 * How compression comes into this layer: a table of functions, filled by whoever loads the plugins. The wire layer only
 * knows what the bits of a system flag and the first bytes of a body say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

/* Named by format, not by flag: flags 0 and 0x300 both mean zlib, and a proxy stores gzip under flag 0. */
typedef enum
{
  RMQ_COMPRESSION_ZLIB,
  RMQ_COMPRESSION_LZ4, /* frame format */
  RMQ_COMPRESSION_ZSTD,
  RMQ_COMPRESSION_GZIP, /* read only */
} RmqCompression;

#define RMQ_N_COMPRESSIONS 4

/* All of in, which must be one whole stream with nothing behind it. At most limit bytes come out, and at no time is
 * more than about that allocated; more is RMQ_ERROR_CORRUPT_MESSAGE, as is damage. No such format:
 * RMQ_ERROR_NOT_SUPPORTED. Any thread. */
typedef bool (*RmqDecompressFunc) (void *data,
                                   RmqCompression type,
                                   const uint8_t *in,
                                   size_t len,
                                   size_t limit,
                                   GBytes **out,
                                   GError **error);
/* level: the format's own; -1 for its default. */
typedef bool (*RmqCompressFunc) (void *data,
                                 RmqCompression type,
                                 int level,
                                 const uint8_t *in,
                                 size_t len,
                                 GBytes **out,
                                 GError **error);

typedef struct
{
  RmqDecompressFunc decompress;
  RmqCompressFunc compress;
  void *data;
} RmqCompressionTable;

#define RMQ_DECOMPRESSED_MAX (16 * 1024 * 1024) /* default limit: four times what a broker takes */

RMQ_PRIVATE_BEGIN

/* The bits 0 and 8 to 10 a producer sets. */
int _rmq_compression_to_sys_flag (RmqCompression type);
/* What a stored body is, by flag and first bytes. False for types nobody knows. */
bool _rmq_compression_detect (int sys_flag, RmqSlice body, RmqCompression *type);
/* Detects and calls. table may be NULL: RMQ_ERROR_NOT_SUPPORTED. */
bool _rmq_decompress (const RmqCompressionTable *table,
                      int sys_flag,
                      RmqSlice body,
                      size_t limit,
                      GBytes **out,
                      GError **error);

RMQ_PRIVATE_END
