/* SPDX-License-Identifier: Apache-2.0
 *
 * Offset ids: where a message is stored, as upper-case hex of address, port and commit log offset.
 */
#pragma once

#include "rmq-host-private.h"

#define RMQ_OFFSET_ID_MAX 56

RMQ_PRIVATE_BEGIN

/* out: RMQ_OFFSET_ID_MAX + 1 bytes. Returns the number of digits: 32 or 56. */
size_t _rmq_offset_id_encode (const RmqHost *host, int64_t offset, char *out);
/* Exactly 32 or 56 hex digits of either case, a port that fits 16 bits: else false, RMQ_ERROR_INVALID_ARGUMENT. */
bool _rmq_offset_id_decode (const char *text, RmqHost *host, int64_t *offset, GError **error);

RMQ_PRIVATE_END
