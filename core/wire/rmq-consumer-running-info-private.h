/* SPDX-License-Identifier: Apache-2.0
 *
 * What a consumer tells of itself (307), and the result of a message consumed on request (309).
 */
#pragma once

#include "rmq-subscription-private.h"
#include "rmq-string-pair-private.h"

#define RMQ_RUNNING_INFO_NAMESRV "PROP_NAMESERVER_ADDR"
#define RMQ_RUNNING_INFO_CONSUME_TYPE "PROP_CONSUME_TYPE"
#define RMQ_RUNNING_INFO_CLIENT_VERSION "PROP_CLIENT_VERSION"
#define RMQ_RUNNING_INFO_ORDERLY "PROP_CONSUMEORDERLY"
#define RMQ_RUNNING_INFO_THREADS "PROP_THREADPOOL_CORE_SIZE"
#define RMQ_RUNNING_INFO_START "PROP_CONSUMER_START_TIMESTAMP"

typedef struct
{
  int64_t commit_offset;
  int64_t cached_min_offset;
  int64_t cached_max_offset;
  int32_t cached_count;
  int32_t cached_mib;
  int64_t transaction_min_offset;
  int64_t transaction_max_offset;
  int32_t transaction_count;
  bool locked;
  int64_t try_unlock_times;
  int64_t last_lock_time;
  bool dropped;
  int64_t last_pull_time;
  int64_t last_consume_time;
} RmqProcessQueueInfo;

typedef struct
{
  int32_t wait_ack_count;
  bool dropped;
  int64_t last_pop_time;
} RmqPopProcessQueueInfo;

typedef struct
{
  RmqMessageQueue *queue;
  RmqProcessQueueInfo *info;
} RmqProcessQueueEntry;

typedef struct
{
  RmqMessageQueue *queue;
  RmqPopProcessQueueInfo *info;
} RmqPopProcessQueueEntry;

typedef struct
{
  double pull_rt;
  double pull_tps;
  double consume_rt;
  double consume_ok_tps;
  double consume_failed_tps;
  int64_t consume_failed_messages;
} RmqConsumeStatus;

typedef struct
{
  char *topic;
  RmqConsumeStatus *status;
} RmqConsumeStatusEntry;

typedef struct
{
  GPtrArray *properties;    /* RmqStringPair */
  GPtrArray *subscriptions; /* RmqSubscription */
  GPtrArray *queues;        /* RmqProcessQueueEntry */
  GPtrArray *pop_queues;    /* RmqPopProcessQueueEntry */
  GPtrArray *statuses;      /* RmqConsumeStatusEntry */
  GPtrArray *user_info;     /* RmqStringPair */
  char *jstack;
} RmqConsumerRunningInfo;

typedef enum
{
  RMQ_DIRECT_SUCCESS = 0,
  RMQ_DIRECT_LATER = 1,
  RMQ_DIRECT_ROLLBACK = 2,
  RMQ_DIRECT_COMMIT = 3,
  RMQ_DIRECT_THROW_EXCEPTION = 4,
  RMQ_DIRECT_RETURN_NULL = 5,
} RmqDirectResult;

typedef struct
{
  bool order;
  bool auto_commit;
  int32_t result; /* RmqDirectResult, or -1 */
  char *remark;
  int64_t spent_ms;
} RmqConsumeDirectlyBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqProcessQueueInfo, process_queue_info)
RMQ_DECLARE_BODY (RmqProcessQueueEntry, process_queue_entry)
RMQ_DECLARE_BODY (RmqPopProcessQueueInfo, pop_process_queue_info)
RMQ_DECLARE_BODY (RmqPopProcessQueueEntry, pop_process_queue_entry)
RMQ_DECLARE_BODY (RmqConsumeStatus, consume_status)
RMQ_DECLARE_BODY (RmqConsumeStatusEntry, consume_status_entry)
RMQ_DECLARE_BODY (RmqConsumerRunningInfo, consumer_running_info)
RMQ_DECLARE_BODY (RmqConsumeDirectlyBody, consume_directly_body)

/* Both return the new entry's info, which belongs to self. */
RmqProcessQueueInfo *_rmq_consumer_running_info_add_queue (RmqConsumerRunningInfo *self, RmqMessageQueue *queue);
RmqPopProcessQueueInfo *_rmq_consumer_running_info_add_pop_queue (RmqConsumerRunningInfo *self, RmqMessageQueue *queue);
RmqConsumeStatus *_rmq_consumer_running_info_add_status (RmqConsumerRunningInfo *self, const char *topic);

RMQ_PRIVATE_END
