/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of a consumer's report about itself; "droped" is how the peers spell it.
 */
#include "rmq-consumer-running-info-private.h"

#include <rmq/rmq.h>

static const RmqBodyField process_queue_rows[] = {
  RMQ_ROW (RmqProcessQueueInfo, cached_count, "cachedMsgCount", INT32),
  RMQ_ROW (RmqProcessQueueInfo, cached_max_offset, "cachedMsgMaxOffset", INT64),
  RMQ_ROW (RmqProcessQueueInfo, cached_min_offset, "cachedMsgMinOffset", INT64),
  RMQ_ROW (RmqProcessQueueInfo, cached_mib, "cachedMsgSizeInMiB", INT32),
  RMQ_ROW (RmqProcessQueueInfo, commit_offset, "commitOffset", INT64),
  RMQ_ROW (RmqProcessQueueInfo, dropped, "droped", BOOLEAN),
  RMQ_ROW (RmqProcessQueueInfo, last_consume_time, "lastConsumeTimestamp", INT64),
  RMQ_ROW (RmqProcessQueueInfo, last_lock_time, "lastLockTimestamp", INT64),
  RMQ_ROW (RmqProcessQueueInfo, last_pull_time, "lastPullTimestamp", INT64),
  RMQ_ROW (RmqProcessQueueInfo, locked, "locked", BOOLEAN),
  RMQ_ROW (RmqProcessQueueInfo, transaction_count, "transactionMsgCount", INT32),
  RMQ_ROW (RmqProcessQueueInfo, transaction_max_offset, "transactionMsgMaxOffset", INT64),
  RMQ_ROW (RmqProcessQueueInfo, transaction_min_offset, "transactionMsgMinOffset", INT64),
  RMQ_ROW (RmqProcessQueueInfo, try_unlock_times, "tryUnlockTimes", INT64),
};
RMQ_DEFINE_BODY (RmqProcessQueueInfo, process_queue_info, "ProcessQueueInfo", process_queue_rows)

static const RmqBodyField pop_process_queue_rows[] = {
  RMQ_ROW (RmqPopProcessQueueInfo, dropped, "droped", BOOLEAN),
  RMQ_ROW (RmqPopProcessQueueInfo, last_pop_time, "lastPopTimestamp", INT64),
  RMQ_ROW (RmqPopProcessQueueInfo, wait_ack_count, "waitAckCount", INT32),
};
RMQ_DEFINE_BODY (RmqPopProcessQueueInfo, pop_process_queue_info, "PopProcessQueueInfo", pop_process_queue_rows)

static const RmqBodyField process_queue_entry_rows[] = {
  RMQ_ROW (RmqProcessQueueEntry, queue, "key", QUEUE),
  RMQ_ROW (RmqProcessQueueEntry, info, "value", STRUCT, .nested = &_rmq_process_queue_info_type),
};
RMQ_DEFINE_BODY (RmqProcessQueueEntry,
                 process_queue_entry,
                 "Map.Entry<MessageQueue, ProcessQueueInfo>",
                 process_queue_entry_rows)

static const RmqBodyField pop_process_queue_entry_rows[] = {
  RMQ_ROW (RmqPopProcessQueueEntry, queue, "key", QUEUE),
  RMQ_ROW (RmqPopProcessQueueEntry, info, "value", STRUCT, .nested = &_rmq_pop_process_queue_info_type),
};
RMQ_DEFINE_BODY (RmqPopProcessQueueEntry,
                 pop_process_queue_entry,
                 "Map.Entry<MessageQueue, PopProcessQueueInfo>",
                 pop_process_queue_entry_rows)

static const RmqBodyField consume_status_rows[] = {
  RMQ_ROW (RmqConsumeStatus, consume_failed_messages, "consumeFailedMsgs", INT64),
  RMQ_ROW (RmqConsumeStatus, consume_failed_tps, "consumeFailedTPS", DOUBLE),
  RMQ_ROW (RmqConsumeStatus, consume_ok_tps, "consumeOKTPS", DOUBLE),
  RMQ_ROW (RmqConsumeStatus, consume_rt, "consumeRT", DOUBLE),
  RMQ_ROW (RmqConsumeStatus, pull_rt, "pullRT", DOUBLE),
  RMQ_ROW (RmqConsumeStatus, pull_tps, "pullTPS", DOUBLE),
};
RMQ_DEFINE_BODY (RmqConsumeStatus, consume_status, "ConsumeStatus", consume_status_rows)

static const RmqBodyField consume_status_entry_rows[] = {
  RMQ_ROW (RmqConsumeStatusEntry, topic, "key", STRING),
  RMQ_ROW (RmqConsumeStatusEntry, status, "value", STRUCT, .nested = &_rmq_consume_status_type),
};
RMQ_DEFINE_BODY (RmqConsumeStatusEntry,
                 consume_status_entry,
                 "Map.Entry<String, ConsumeStatus>",
                 consume_status_entry_rows)

static const RmqBodyField running_info_rows[] = {
  RMQ_ROW (RmqConsumerRunningInfo, jstack, "jstack", STRING),
  RMQ_ROW (RmqConsumerRunningInfo, pop_queues, "mqPopTable", MAP, .nested = &_rmq_pop_process_queue_entry_type),
  RMQ_ROW (RmqConsumerRunningInfo, queues, "mqTable", MAP, .nested = &_rmq_process_queue_entry_type),
  RMQ_ROW (RmqConsumerRunningInfo, properties, "properties", MAP, .nested = &_rmq_string_pair_type),
  RMQ_ROW (RmqConsumerRunningInfo, statuses, "statusTable", MAP, .nested = &_rmq_consume_status_entry_type),
  RMQ_ROW (RmqConsumerRunningInfo, subscriptions, "subscriptionSet", LIST, .nested = &_rmq_subscription_type),
  RMQ_ROW (RmqConsumerRunningInfo, user_info, "userConsumerInfo", MAP, .nested = &_rmq_string_pair_type),
};
RMQ_DEFINE_BODY (RmqConsumerRunningInfo, consumer_running_info, "ConsumerRunningInfo", running_info_rows)

static const char *const direct_results[] = { "CR_SUCCESS", "CR_LATER",           "CR_ROLLBACK",
                                              "CR_COMMIT",  "CR_THROW_EXCEPTION", "CR_RETURN_NULL" };
static const RmqBodyEnum direct_result_names = RMQ_BODY_ENUM (direct_results);

static const RmqBodyField consume_directly_rows[] = {
  RMQ_ROW (RmqConsumeDirectlyBody, auto_commit, "autoCommit", BOOLEAN, .initial = true),
  RMQ_ROW (RmqConsumeDirectlyBody, result, "consumeResult", ENUM, .initial = -1, .names = &direct_result_names),
  RMQ_ROW (RmqConsumeDirectlyBody, order, "order", BOOLEAN),
  RMQ_ROW (RmqConsumeDirectlyBody, remark, "remark", STRING),
  RMQ_ROW (RmqConsumeDirectlyBody, spent_ms, "spentTimeMills", INT64),
};
RMQ_DEFINE_BODY (RmqConsumeDirectlyBody, consume_directly_body, "ConsumeMessageDirectlyResult", consume_directly_rows)

RmqProcessQueueInfo *
_rmq_consumer_running_info_add_queue (RmqConsumerRunningInfo *self, RmqMessageQueue *queue)
{
  RmqProcessQueueEntry *entry = _rmq_process_queue_entry_new ();

  entry->queue = rmq_message_queue_ref (queue);
  g_ptr_array_add (self->queues, entry);
  return entry->info;
}

RmqPopProcessQueueInfo *
_rmq_consumer_running_info_add_pop_queue (RmqConsumerRunningInfo *self, RmqMessageQueue *queue)
{
  RmqPopProcessQueueEntry *entry = _rmq_pop_process_queue_entry_new ();

  entry->queue = rmq_message_queue_ref (queue);
  g_ptr_array_add (self->pop_queues, entry);
  return entry->info;
}

RmqConsumeStatus *
_rmq_consumer_running_info_add_status (RmqConsumerRunningInfo *self, const char *topic)
{
  RmqConsumeStatusEntry *entry = _rmq_consume_status_entry_new ();

  entry->topic = g_strdup (topic);
  g_ptr_array_add (self->statuses, entry);
  return entry->status;
}
