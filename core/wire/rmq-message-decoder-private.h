/* SPDX-License-Identifier: Apache-2.0
 *
 * From the body of a pull, pop or query to messages: walks the records, checks them all before it delivers any, checks
 * CRCs, decompresses, and takes inner batches apart.
 */
#pragma once

#include "base/rmq-budget-private.h"
#include "rmq-compression-private.h"
#include "rmq-message-private.h"

typedef enum
{
  RMQ_DECODE_CRC_FAIL = 0,        /* a wrong body CRC fails the whole body: pull it again */
  RMQ_DECODE_CRC_MARK = 1 << 0,   /* it only marks the message corrupt: when pulling again did not help */
  RMQ_DECODE_CRC_SKIP = 1 << 1,   /* not looked at */
  RMQ_DECODE_KEEP_INNER = 1 << 2, /* inner batches stay whole (POP) */
  RMQ_DECODE_KEEP_COMPRESSED = 1 << 3,
} RmqDecodeFlags;

typedef struct
{
  RmqDecodeFlags flags;
  char *topic;       /* GRefString: messages of this topic share it. May be NULL */
  char *broker_name; /* GRefString or NULL */
  const RmqCompressionTable *compression;
  size_t max_decompressed; /* a body; 0: RMQ_DECOMPRESSED_MAX */
  unsigned max_messages;   /* 0: 65536 */
  RmqBudget *budget;       /* charged for what each message retains; may be NULL */
} RmqDecodeContext;

typedef struct
{
  unsigned n_corrupt;
  unsigned n_inner_batches;
  size_t error_offset; /* of the damaged record */
} RmqDecodeStats;

RMQ_PRIVATE_BEGIN

/* owner holds the bytes of body and is referenced by the messages; NULL: they copy. Appends to messages, or appends
 * nothing and returns false: RMQ_ERROR_PROTOCOL (structure) or RMQ_ERROR_CORRUPT_MESSAGE (CRC). stats may be NULL. */
bool _rmq_messages_decode (const RmqDecodeContext *context,
                           GBytes *owner,
                           RmqSlice body,
                           GPtrArray *messages,
                           RmqDecodeStats *stats,
                           GError **error);

RMQ_PRIVATE_END
