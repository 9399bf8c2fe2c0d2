/* SPDX-License-Identifier: Apache-2.0
 *
 * A compression table straight over zlib, lz4 and zstd, for tests of the wire layer, which loads no plugins.
 */
#pragma once

#include "wire/rmq-compression-private.h"

G_BEGIN_DECLS

extern const RmqCompressionTable rmq_test_codec_table;
/* The most the decompressors above ever held at once, in bytes, since it was last set to 0. */
extern size_t rmq_test_codec_peak;

G_END_DECLS
