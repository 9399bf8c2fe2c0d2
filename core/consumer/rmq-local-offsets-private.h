/* SPDX-License-Identifier: Apache-2.0
 *
 * The offsets of a broadcasting consumer, which no broker keeps (RocketMQ: LocalFileOffsetStore): a table, and a file
 * in Java's form that is replaced whole. I/O context.
 */
#pragma once

#include "client/rmq-client-core-private.h"

typedef struct _RmqLocalOffsets RmqLocalOffsets;

RMQ_PRIVATE_BEGIN

/* (transfer full): where the offsets of a group are, in the user's state folder. */
char *_rmq_local_offsets_dup_path (const RmqClientSettings *settings, const char *group);
/* What the file says, or, when it is gone or damaged, the one before it. Neither is there: empty. Error: there is
 * something, and nothing of it can be read: to begin anew would skip or repeat messages without a word. */
RmqLocalOffsets *_rmq_local_offsets_open (const char *path, GError **error);
/* Writes nothing. */
void _rmq_local_offsets_free (RmqLocalOffsets *self);

/* -1: none */
int64_t _rmq_local_offsets_get (RmqLocalOffsets *self, RmqMessageQueue *queue);
bool _rmq_local_offsets_has_topic (RmqLocalOffsets *self, const char *topic);
void _rmq_local_offsets_set (RmqLocalOffsets *self, RmqMessageQueue *queue, int64_t offset);
/* When something has changed. Killed at any moment, the new file or the one before can be read. */
bool _rmq_local_offsets_write (RmqLocalOffsets *self, GError **error);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqLocalOffsets, _rmq_local_offsets_free)
