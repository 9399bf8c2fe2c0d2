/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the bodies that carry offsets and rates.
 */
#include "rmq-stats-body-private.h"

#include <rmq/rmq.h>

static const RmqBodyField topic_offset_rows[] = {
  RMQ_ROW (RmqTopicOffset, last_update, "lastUpdateTimestamp", INT64),
  RMQ_ROW (RmqTopicOffset, max_offset, "maxOffset", INT64),
  RMQ_ROW (RmqTopicOffset, min_offset, "minOffset", INT64),
};
RMQ_DEFINE_BODY (RmqTopicOffset, topic_offset, "TopicOffset", topic_offset_rows)

static const RmqBodyField topic_offset_entry_rows[] = {
  RMQ_ROW (RmqTopicOffsetEntry, queue, "key", QUEUE),
  RMQ_ROW (RmqTopicOffsetEntry, offset, "value", STRUCT, .nested = &_rmq_topic_offset_type),
};
RMQ_DEFINE_BODY (RmqTopicOffsetEntry,
                 topic_offset_entry,
                 "Map.Entry<MessageQueue, TopicOffset>",
                 topic_offset_entry_rows)

static const RmqBodyField topic_stats_rows[] = {
  RMQ_ROW (RmqTopicStats, offsets, "offsetTable", MAP, .nested = &_rmq_topic_offset_entry_type),
  RMQ_ROW (RmqTopicStats, put_tps, "topicPutTps", DOUBLE),
};
RMQ_DEFINE_BODY (RmqTopicStats, topic_stats, "TopicStatsTable", topic_stats_rows)

static const RmqBodyField consume_offset_rows[] = {
  RMQ_ROW (RmqConsumeOffset, broker_offset, "brokerOffset", INT64),
  RMQ_ROW (RmqConsumeOffset, consumer_offset, "consumerOffset", INT64),
  RMQ_ROW (RmqConsumeOffset, last_timestamp, "lastTimestamp", INT64),
  RMQ_ROW (RmqConsumeOffset, pull_offset, "pullOffset", INT64),
};
RMQ_DEFINE_BODY (RmqConsumeOffset, consume_offset, "OffsetWrapper", consume_offset_rows)

static const RmqBodyField consume_offset_entry_rows[] = {
  RMQ_ROW (RmqConsumeOffsetEntry, queue, "key", QUEUE),
  RMQ_ROW (RmqConsumeOffsetEntry, offset, "value", STRUCT, .nested = &_rmq_consume_offset_type),
};
RMQ_DEFINE_BODY (RmqConsumeOffsetEntry,
                 consume_offset_entry,
                 "Map.Entry<MessageQueue, OffsetWrapper>",
                 consume_offset_entry_rows)

static const RmqBodyField consume_stats_rows[] = {
  RMQ_ROW (RmqConsumeStats, consume_tps, "consumeTps", DOUBLE),
  RMQ_ROW (RmqConsumeStats, offsets, "offsetTable", MAP, .nested = &_rmq_consume_offset_entry_type),
};
RMQ_DEFINE_BODY (RmqConsumeStats, consume_stats, "ConsumeStats", consume_stats_rows)

static const RmqBodyField group_consume_stats_rows[] = {
  RMQ_ROW (RmqGroupConsumeStats, group, "key", STRING),
  RMQ_ROW (RmqGroupConsumeStats, stats, "value", LIST, .nested = &_rmq_consume_stats_type),
};
RMQ_DEFINE_BODY (RmqGroupConsumeStats,
                 group_consume_stats,
                 "Map.Entry<String, List<ConsumeStats>>",
                 group_consume_stats_rows)

static const RmqBodyField consume_stats_list_rows[] = {
  RMQ_ROW (RmqConsumeStatsList, broker_address, "brokerAddr", STRING),
  RMQ_ROW (RmqConsumeStatsList, stats, "consumeStatsList", MAPS, .nested = &_rmq_group_consume_stats_type),
  RMQ_ROW (RmqConsumeStatsList, total_diff, "totalDiff", INT64),
  RMQ_ROW (RmqConsumeStatsList, total_inflight_diff, "totalInflightDiff", INT64),
};
RMQ_DEFINE_BODY (RmqConsumeStatsList, consume_stats_list, "ConsumeStatsList", consume_stats_list_rows)

static const RmqBodyField stats_window_rows[] = {
  RMQ_ROW (RmqStatsWindow, average, "avgpt", DOUBLE),
  RMQ_ROW (RmqStatsWindow, sum, "sum", INT64),
  RMQ_ROW (RmqStatsWindow, tps, "tps", DOUBLE),
};
RMQ_DEFINE_BODY (RmqStatsWindow, stats_window, "BrokerStatsItem", stats_window_rows)

static const RmqBodyField broker_stats_rows[] = {
  RMQ_ROW (RmqBrokerStatsBody, day, "statsDay", STRUCT, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_stats_window_type),
  RMQ_ROW (RmqBrokerStatsBody,
           hour,
           "statsHour",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_stats_window_type),
  RMQ_ROW (RmqBrokerStatsBody,
           minute,
           "statsMinute",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_stats_window_type),
};
RMQ_DEFINE_BODY (RmqBrokerStatsBody, broker_stats_body, "BrokerStatsData", broker_stats_rows)

static const RmqBodyField time_span_rows[] = {
  RMQ_ROW (RmqTimeSpan, consume_time, "consumeTimeStamp", INT64),
  RMQ_ROW (RmqTimeSpan, consume_time_text, "consumeTimeStampStr", STRING),
  RMQ_ROW (RmqTimeSpan, delay, "delayTime", INT64),
  RMQ_ROW (RmqTimeSpan, max_time, "maxTimeStamp", INT64),
  RMQ_ROW (RmqTimeSpan, max_time_text, "maxTimeStampStr", STRING),
  RMQ_ROW (RmqTimeSpan, queue, "messageQueue", QUEUE),
  RMQ_ROW (RmqTimeSpan, min_time, "minTimeStamp", INT64),
  RMQ_ROW (RmqTimeSpan, min_time_text, "minTimeStampStr", STRING),
};
RMQ_DEFINE_BODY (RmqTimeSpan, time_span, "QueueTimeSpan", time_span_rows)

static const RmqBodyField time_span_body_rows[] = {
  RMQ_ROW (RmqTimeSpanBody, spans, "consumeTimeSpanSet", LIST, .nested = &_rmq_time_span_type),
};
RMQ_DEFINE_BODY (RmqTimeSpanBody, time_span_body, "QueryConsumeTimeSpanBody", time_span_body_rows)

static const RmqBodyField consume_queue_item_rows[] = {
  RMQ_ROW (RmqConsumeQueueItem, bit_map, "bitMap", STRING),
  RMQ_ROW (RmqConsumeQueueItem, eval, "eval", BOOLEAN),
  RMQ_ROW (RmqConsumeQueueItem, extend_data, "extendDataJson", STRING),
  RMQ_ROW (RmqConsumeQueueItem, message, "msg", STRING),
  RMQ_ROW (RmqConsumeQueueItem, physical_offset, "physicOffset", INT64),
  RMQ_ROW (RmqConsumeQueueItem, physical_size, "physicSize", INT32),
  RMQ_ROW (RmqConsumeQueueItem, tags_code, "tagsCode", INT64),
};
RMQ_DEFINE_BODY (RmqConsumeQueueItem, consume_queue_item, "ConsumeQueueData", consume_queue_item_rows)

static const RmqBodyField consume_queue_rows[] = {
  RMQ_ROW (RmqConsumeQueueBody, filter_data, "filterData", STRING),
  RMQ_ROW (RmqConsumeQueueBody, max_index, "maxQueueIndex", INT64),
  RMQ_ROW (RmqConsumeQueueBody, min_index, "minQueueIndex", INT64),
  RMQ_ROW (RmqConsumeQueueBody,
           items,
           "queueData",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_consume_queue_item_type),
  RMQ_ROW (RmqConsumeQueueBody,
           subscription,
           "subscriptionData",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_subscription_type),
};
RMQ_DEFINE_BODY (RmqConsumeQueueBody, consume_queue_body, "QueryConsumeQueueResponseBody", consume_queue_rows)

static const RmqBodyField group_offsets_rows[] = {
  RMQ_ROW (RmqGroupOffsets, key, "key", STRING),
  RMQ_ROW (RmqGroupOffsets, offsets, "value", MAP, .nested = &_rmq_id_offset_type),
};
RMQ_DEFINE_BODY (RmqGroupOffsets, group_offsets, "Map.Entry<String, Map<Integer, Long>>", group_offsets_rows)

static const RmqBodyField all_offsets_rows[] = {
  RMQ_ROW (RmqAllOffsetsBody,
           data_version,
           "dataVersion",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_data_version_type),
  RMQ_ROW (RmqAllOffsetsBody, offsets, "offsetTable", MAP, .nested = &_rmq_group_offsets_type),
};
RMQ_DEFINE_BODY (RmqAllOffsetsBody, all_offsets_body, "ConsumerOffsetSerializeWrapper", all_offsets_rows)

static const RmqBodyField delay_offsets_rows[] = {
  RMQ_ROW (RmqDelayOffsetsBody,
           data_version,
           "dataVersion",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_data_version_type),
  RMQ_ROW (RmqDelayOffsetsBody, offsets, "offsetTable", MAP, .nested = &_rmq_id_offset_type),
};
RMQ_DEFINE_BODY (RmqDelayOffsetsBody, delay_offsets_body, "DelayOffsetSerializeWrapper", delay_offsets_rows)

static const RmqBodyField offset_moved_rows[] = {
  RMQ_ROW (RmqOffsetMovedBody, group, "consumerGroup", STRING),
  RMQ_ROW (RmqOffsetMovedBody, queue, "messageQueue", QUEUE),
  RMQ_ROW (RmqOffsetMovedBody, offset_new, "offsetNew", INT64),
  RMQ_ROW (RmqOffsetMovedBody, offset_request, "offsetRequest", INT64),
};
RMQ_DEFINE_BODY (RmqOffsetMovedBody, offset_moved_body, "OffsetMovedEvent", offset_moved_rows)

RmqTopicOffset *
_rmq_topic_stats_add (RmqTopicStats *self, RmqMessageQueue *queue)
{
  RmqTopicOffsetEntry *entry = _rmq_topic_offset_entry_new ();

  entry->queue = rmq_message_queue_ref (queue);
  g_ptr_array_add (self->offsets, entry);
  return entry->offset;
}

RmqConsumeOffset *
_rmq_consume_stats_add (RmqConsumeStats *self, RmqMessageQueue *queue)
{
  RmqConsumeOffsetEntry *entry = _rmq_consume_offset_entry_new ();

  entry->queue = rmq_message_queue_ref (queue);
  g_ptr_array_add (self->offsets, entry);
  return entry->offset;
}

int64_t
_rmq_consume_stats_lag (const RmqConsumeStats *self)
{
  int64_t lag = 0;

  for (unsigned i = 0; i < self->offsets->len; i++)
    {
      const RmqConsumeOffset *offset = ((RmqConsumeOffsetEntry *) g_ptr_array_index (self->offsets, i))->offset;
      int64_t behind;

      /* Whatever a peer sends, the sum stays a number. */
      if (__builtin_sub_overflow (offset->broker_offset, offset->consumer_offset, &behind)
          || __builtin_add_overflow (lag, behind, &lag))
        return INT64_MAX;
    }
  return lag;
}
