/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers by which clients register, are listed, locked and inspected.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_HeartbeatRequestHeader_FIELDS(X, T) RMQ_RPC_FIELDS (X, T)

#define RMQ_UnregisterClientRequestHeader_FIELDS(X, T)                                                                 \
  X (T, client_id, "clientID", STRING, RMQ_FIELD_REQUIRED)                                                             \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetConsumerListByGroupRequestHeader_FIELDS(X, T)                                                           \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_NotifyConsumerIdsChangedRequestHeader_FIELDS(X, T)                                                         \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_LockBatchMqRequestHeader_FIELDS(X, T) RMQ_RPC_FIELDS (X, T)

#define RMQ_UnlockBatchMqRequestHeader_FIELDS(X, T) RMQ_RPC_FIELDS (X, T)

#define RMQ_GetConsumerRunningInfoRequestHeader_FIELDS(X, T)                                                           \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_REQUIRED)                                                             \
  X (T, jstack_enable, "jstackEnable", BOOL, RMQ_FIELD_DEFAULT (false))                                                \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_GetConsumerStatusRequestHeader_FIELDS(X, T)                                                                \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, client_addr, "clientAddr", STRING, RMQ_FIELD_OPTIONAL)                                                         \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_ConsumeMessageDirectlyResultRequestHeader_FIELDS(X, T)                                                     \
  X (T, consumer_group, "consumerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, client_id, "clientId", STRING, RMQ_FIELD_OPTIONAL)                                                             \
  X (T, msg_id, "msgId", STRING, RMQ_FIELD_OPTIONAL)                                                                   \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_OPTIONAL)                                                         \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, topic_sys_flag, "topicSysFlag", INT32, RMQ_FIELD_OPTIONAL)                                                     \
  X (T, group_sys_flag, "groupSysFlag", INT32, RMQ_FIELD_OPTIONAL)                                                     \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_CONSUMER_HEADERS(H)                                                                                        \
  H (HeartbeatRequestHeader, RMQ_REQUEST_HEART_BEAT)                                                                   \
  H (UnregisterClientRequestHeader, RMQ_REQUEST_UNREGISTER_CLIENT)                                                     \
  H (GetConsumerListByGroupRequestHeader, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP)                                      \
  H (NotifyConsumerIdsChangedRequestHeader, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED)                                   \
  H (LockBatchMqRequestHeader, RMQ_REQUEST_LOCK_BATCH_MQ)                                                              \
  H (UnlockBatchMqRequestHeader, RMQ_REQUEST_UNLOCK_BATCH_MQ)                                                          \
  H (GetConsumerRunningInfoRequestHeader, RMQ_REQUEST_GET_CONSUMER_RUNNING_INFO)                                       \
  H (GetConsumerStatusRequestHeader, RMQ_REQUEST_INVOKE_BROKER_TO_GET_CONSUMER_STATUS)                                 \
  H (ConsumeMessageDirectlyResultRequestHeader, RMQ_REQUEST_CONSUME_MESSAGE_DIRECTLY)

/* Classes without a field: a table, no struct. */
#define RMQ_CONSUMER_EMPTY_HEADERS(H)                                                                                  \
  H (UnregisterClientResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                           \
  H (GetConsumerListByGroupResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_CONSUMER_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_CONSUMER_HEADERS (RMQ_HEADER_DECLARE)
RMQ_CONSUMER_EMPTY_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
