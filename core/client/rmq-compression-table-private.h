/* SPDX-License-Identifier: Apache-2.0
 *
 * The compressor plugins as the function table that the wire layer wants.
 */
#pragma once

#include "wire/rmq-compression-private.h"

RMQ_PRIVATE_BEGIN

/* (transfer none): one for the process. Compressors are loaded when first used. Any thread. */
const RmqCompressionTable *_rmq_compression_table_get (void);

RMQ_PRIVATE_END
