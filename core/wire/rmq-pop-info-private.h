/* SPDX-License-Identifier: Apache-2.0
 *
 * The offset strings of a pop response: startOffsetInfo, msgOffsetInfo, orderCountInfo.
 */
#pragma once

#include "base/rmq-byte-writer-private.h"
#include "base/rmq-slice-private.h"

typedef struct
{
  RmqSlice retry; /* "0", "1", "2" */
  RmqSlice queue; /* "3", or "qo3%102" */
  uint32_t first; /* index into values */
  uint32_t n;
} RmqPopInfoEntry;

/* Entries in the order of the text; a handful, so they are searched one by one. */
typedef struct
{
  bool present; /* false: absent or empty text, which is not the same as no entries */
  GArray *entries;
  GArray *values; /* int64_t */
} RmqPopInfo;

RMQ_PRIVATE_BEGIN

/* lists: whether an entry may hold several values, as in msgOffsetInfo. Slices point into text. RMQ_ERROR_PROTOCOL for
 * wrong part counts, duplicate keys, and what is no number. */
bool _rmq_pop_info_parse (RmqPopInfo *self, RmqSlice text, bool lists, GError **error);
void _rmq_pop_info_clear (RmqPopInfo *self);
/* NULL: no such key. */
const int64_t *_rmq_pop_info_find (const RmqPopInfo *self, char retry, int32_t queue_id, uint32_t *n);
const int64_t *_rmq_pop_info_find_text (const RmqPopInfo *self, RmqSlice retry, RmqSlice queue, uint32_t *n);
/* orderCountInfo of one message, else of its queue, else 0. */
int32_t _rmq_pop_info_order_count (const RmqPopInfo *self, char retry, int32_t queue_id, int64_t offset);
/* orderCountInfo of a lite pop: one number a message. NULL when it does not fit. (free with g_free) */
int32_t *_rmq_pop_info_parse_lite_counts (RmqSlice text, uint32_t n_messages);

/* The broker's side; each appends one entry, with ';' before all but the first. */
void _rmq_pop_info_write_start (RmqByteWriter *out, char retry, int32_t queue_id, int64_t start_offset);
void _rmq_pop_info_write_offsets (RmqByteWriter *out, char retry, int32_t queue_id, const int64_t *offsets, uint32_t n);
void _rmq_pop_info_write_queue_count (RmqByteWriter *out, char retry, int32_t queue_id, int32_t count);
void _rmq_pop_info_write_offset_count (RmqByteWriter *out, char retry, int32_t queue_id, int64_t offset, int32_t count);

RMQ_PRIVATE_END

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqPopInfo, _rmq_pop_info_clear)
