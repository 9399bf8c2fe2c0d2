/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of times: delay levels of messages, POP retry delays, the latency classes of the send routine, timestamp
 * texts.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include <stdbool.h>
#include <stdint.h>

#define RMQ_DELAY_LEVELS_DEFAULT "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h"
#define RMQ_DELAY_LEVEL_MAX 64

typedef struct
{
  unsigned n_levels;
  int64_t milliseconds[RMQ_DELAY_LEVEL_MAX + 1]; /* [0] is not used */
} RmqDelayTable;

RMQ_PRIVATE_BEGIN

/* Items of a number and s, m, h or d, between blanks. Parsing ends at the first bad item and keeps the earlier ones:
 * false then. */
bool _rmq_delay_table_parse (RmqDelayTable *self, const char *text);
/* When the message of a level stored at this time is due; unknown levels are due after a second. */
int64_t _rmq_delay_table_deliver_time (const RmqDelayTable *self, int level, int64_t store_time_ms);
/* The smallest level of at least this delay; 0 when no level is long enough. */
int _rmq_delay_table_find_level (const RmqDelayTable *self, int64_t delay_ms);

/* Seconds a POP consumer hides a message that failed for the n-th time (0: the first). */
int _rmq_pop_retry_delay_seconds (int reconsume_times);

/* Milliseconds a broker is not chosen after a send that took latency_ms; isolated: after an error. */
int64_t _rmq_latency_unavailable_ms (int64_t latency_ms, bool isolated);

/* yyyyMMddHHmmss in local time to milliseconds; RMQ_ERROR_INVALID_CONFIG when it is no date. */
bool _rmq_timestamp_parse (const char *text, int64_t *ms, GError **error);
/* (transfer full): the same text of a time; NULL outside the years 1 to 9999. */
char *_rmq_timestamp_format (int64_t ms);

RMQ_PRIVATE_END
