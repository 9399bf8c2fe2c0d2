/* SPDX-License-Identifier: Apache-2.0
 *
 * Bits of the flag words on the wire, and the small functions over them.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <stdbool.h>
#include <stdint.h>

/* sysFlag of a pull request. */
#define RMQ_PULL_FLAG_COMMIT_OFFSET 0x1
#define RMQ_PULL_FLAG_SUSPEND 0x2
#define RMQ_PULL_FLAG_SUBSCRIPTION 0x4
#define RMQ_PULL_FLAG_CLASS_FILTER 0x8
#define RMQ_PULL_FLAG_LITE 0x10

/* sysFlag of a message. */
#define RMQ_SYS_FLAG_COMPRESSED 0x1
#define RMQ_SYS_FLAG_MULTI_TAGS 0x2
#define RMQ_SYS_FLAG_TRANSACTION_NOT 0x0
#define RMQ_SYS_FLAG_TRANSACTION_PREPARED 0x4
#define RMQ_SYS_FLAG_TRANSACTION_COMMIT 0x8
#define RMQ_SYS_FLAG_TRANSACTION_ROLLBACK 0xc
#define RMQ_SYS_FLAG_TRANSACTION_MASK 0xc
#define RMQ_SYS_FLAG_BORN_HOST_V6 0x10
#define RMQ_SYS_FLAG_STORE_HOST_V6 0x20
#define RMQ_SYS_FLAG_NEED_UNWRAP 0x40
#define RMQ_SYS_FLAG_INNER_BATCH 0x80
#define RMQ_SYS_FLAG_COMPRESSION_LZ4 0x100
#define RMQ_SYS_FLAG_COMPRESSION_ZSTD 0x200
#define RMQ_SYS_FLAG_COMPRESSION_ZLIB 0x300
#define RMQ_SYS_FLAG_COMPRESSION_MASK 0x700

/* topicSysFlag. */
#define RMQ_TOPIC_UNIT 0x1
#define RMQ_TOPIC_UNIT_SUB 0x2

static inline int
rmq_message_flag_set_transaction (int flag, int type)
{
  return (flag & ~RMQ_SYS_FLAG_TRANSACTION_MASK) | type;
}

RMQ_PRIVATE_BEGIN

int _rmq_pull_flag_build (bool commit_offset, bool suspend, bool subscription, bool class_filter, bool lite);
/* "ZLIB", "LZ4", "ZSTD"; no bits mean ZLIB (old senders). NULL: a type nobody knows. */
const char *_rmq_compression_get_name (int message_flag);
/* The bits of a name in any case; -1 unknown. */
int _rmq_compression_from_name (const char *name);
/* "RWX"-like text of a topic's permission in buffer. */
#define RMQ_PERM_TEXT_SIZE 4
const char *_rmq_perm_to_text (int perm, char buffer[RMQ_PERM_TEXT_SIZE]);
bool _rmq_perm_is_valid (int perm);

RMQ_PRIVATE_END
