/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets and rates that brokers tell an administrator: 43, 45, 202, 208, 303, 315, 317, 321, and the offset-moved
 * event.
 */
#pragma once

#include "rmq-offset-table-private.h"
#include "rmq-subscription-private.h"
#include "rmq-topic-config-private.h"

typedef struct
{
  int64_t min_offset;
  int64_t max_offset;
  int64_t last_update; /* milliseconds */
} RmqTopicOffset;

typedef struct
{
  RmqMessageQueue *queue;
  RmqTopicOffset *offset;
} RmqTopicOffsetEntry;

/* 202. */
typedef struct
{
  GPtrArray *offsets; /* RmqTopicOffsetEntry */
  double put_tps;
} RmqTopicStats;

typedef struct
{
  int64_t broker_offset;
  int64_t consumer_offset;
  int64_t pull_offset;
  int64_t last_timestamp;
} RmqConsumeOffset;

typedef struct
{
  RmqMessageQueue *queue;
  RmqConsumeOffset *offset;
} RmqConsumeOffsetEntry;

/* 208. */
typedef struct
{
  GPtrArray *offsets; /* RmqConsumeOffsetEntry */
  double consume_tps;
} RmqConsumeStats;

typedef struct
{
  char *group;
  GPtrArray *stats; /* RmqConsumeStats */
} RmqGroupConsumeStats;

/* 317. */
typedef struct
{
  char *broker_address;
  GPtrArray *stats; /* maps (GPtrArray) of RmqGroupConsumeStats */
  int64_t total_diff;
  int64_t total_inflight_diff;
} RmqConsumeStatsList;

typedef struct
{
  int64_t sum;
  double tps;
  double average; /* per time */
} RmqStatsWindow;

/* 315; windows the broker does not know are NULL. */
typedef struct
{
  RmqStatsWindow *minute;
  RmqStatsWindow *hour;
  RmqStatsWindow *day;
} RmqBrokerStatsBody;

typedef struct
{
  RmqMessageQueue *queue; /* or NULL */
  int64_t min_time;
  int64_t max_time;
  int64_t consume_time;
  int64_t delay;
  char *min_time_text; /* the broker's, in its time zone; written by Java only */
  char *max_time_text;
  char *consume_time_text;
} RmqTimeSpan;

/* 303. */
typedef struct
{
  GPtrArray *spans; /* RmqTimeSpan */
} RmqTimeSpanBody;

typedef struct
{
  int64_t physical_offset;
  int32_t physical_size;
  int64_t tags_code;
  char *extend_data;
  char *bit_map;
  bool eval;
  char *message;
} RmqConsumeQueueItem;

/* 321. */
typedef struct
{
  RmqSubscription *subscription; /* or NULL */
  char *filter_data;
  GPtrArray *items; /* RmqConsumeQueueItem, or NULL */
  int64_t min_index;
  int64_t max_index;
} RmqConsumeQueueBody;

typedef struct
{
  char *key;          /* topic@group */
  GPtrArray *offsets; /* RmqIdOffset: queue id and offset */
} RmqGroupOffsets;

/* 43. */
typedef struct
{
  GPtrArray *offsets;           /* RmqGroupOffsets */
  RmqDataVersion *data_version; /* or NULL */
} RmqAllOffsetsBody;

/* 45: delay levels in place of queues. */
typedef struct
{
  GPtrArray *offsets;           /* RmqIdOffset: level and offset */
  RmqDataVersion *data_version; /* or NULL */
} RmqDelayOffsetsBody;

typedef struct
{
  char *group;
  RmqMessageQueue *queue; /* or NULL */
  int64_t offset_request;
  int64_t offset_new;
} RmqOffsetMovedBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqTopicOffset, topic_offset)
RMQ_DECLARE_BODY (RmqTopicOffsetEntry, topic_offset_entry)
RMQ_DECLARE_BODY (RmqTopicStats, topic_stats)
RMQ_DECLARE_BODY (RmqConsumeOffset, consume_offset)
RMQ_DECLARE_BODY (RmqConsumeOffsetEntry, consume_offset_entry)
RMQ_DECLARE_BODY (RmqConsumeStats, consume_stats)
RMQ_DECLARE_BODY (RmqGroupConsumeStats, group_consume_stats)
RMQ_DECLARE_BODY (RmqConsumeStatsList, consume_stats_list)
RMQ_DECLARE_BODY (RmqStatsWindow, stats_window)
RMQ_DECLARE_BODY (RmqBrokerStatsBody, broker_stats_body)
RMQ_DECLARE_BODY (RmqTimeSpan, time_span)
RMQ_DECLARE_BODY (RmqTimeSpanBody, time_span_body)
RMQ_DECLARE_BODY (RmqConsumeQueueItem, consume_queue_item)
RMQ_DECLARE_BODY (RmqConsumeQueueBody, consume_queue_body)
RMQ_DECLARE_BODY (RmqGroupOffsets, group_offsets)
RMQ_DECLARE_BODY (RmqAllOffsetsBody, all_offsets_body)
RMQ_DECLARE_BODY (RmqDelayOffsetsBody, delay_offsets_body)
RMQ_DECLARE_BODY (RmqOffsetMovedBody, offset_moved_body)

/* Both return the new entry's offsets, which belong to self. */
RmqTopicOffset *_rmq_topic_stats_add (RmqTopicStats *self, RmqMessageQueue *queue);
RmqConsumeOffset *_rmq_consume_stats_add (RmqConsumeStats *self, RmqMessageQueue *queue);
/* Messages behind: the sum over the queues. */
int64_t _rmq_consume_stats_lag (const RmqConsumeStats *self);

RMQ_PRIVATE_END
