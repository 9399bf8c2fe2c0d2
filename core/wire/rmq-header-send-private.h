/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of sending: plain and batch sends, replies, send-back and recall.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_SendMessageRequestHeaderV2_FIELDS(X, T)                                                                    \
  X (T, producer_group, "a", STRING, RMQ_FIELD_REQUIRED)                                                               \
  X (T, topic, "b", STRING, RMQ_FIELD_REQUIRED)                                                                        \
  X (T, default_topic, "c", STRING, RMQ_FIELD_REQUIRED)                                                                \
  X (T, default_topic_queue_nums, "d", INT32, RMQ_FIELD_REQUIRED)                                                      \
  X (T, queue_id, "e", INT32, RMQ_FIELD_REQUIRED)                                                                      \
  X (T, sys_flag, "f", INT32, RMQ_FIELD_REQUIRED)                                                                      \
  X (T, born_timestamp, "g", INT64, RMQ_FIELD_REQUIRED)                                                                \
  X (T, flag, "h", INT32, RMQ_FIELD_REQUIRED)                                                                          \
  X (T, properties, "i", STRING, RMQ_FIELD_OPTIONAL)                                                                   \
  X (T, reconsume_times, "j", INT32, RMQ_FIELD_OPTIONAL)                                                               \
  X (T, unit_mode, "k", BOOL, RMQ_FIELD_OPTIONAL)                                                                      \
  X (T, max_reconsume_times, "l", INT32, RMQ_FIELD_OPTIONAL)                                                           \
  X (T, batch, "m", BOOL, RMQ_FIELD_OPTIONAL)                                                                          \
  X (T, broker_name, "n", STRING, RMQ_FIELD_OPTIONAL)                                                                  \
  RMQ_TOPIC_FIELDS (X, T)

/* Codes 10 and 324 have the same fields under their long names, so the same struct under another table. */
#define RMQ_SendMessageRequestHeader_FIELDS(X, T)                                                                      \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, default_topic, "defaultTopic", STRING, RMQ_FIELD_REQUIRED)                                                     \
  X (T, default_topic_queue_nums, "defaultTopicQueueNums", INT32, RMQ_FIELD_REQUIRED)                                  \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, sys_flag, "sysFlag", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, born_timestamp, "bornTimestamp", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, flag, "flag", INT32, RMQ_FIELD_REQUIRED)                                                                       \
  X (T, properties, "properties", STRING, RMQ_FIELD_OPTIONAL)                                                          \
  X (T, reconsume_times, "reconsumeTimes", INT32, RMQ_FIELD_OPTIONAL)                                                  \
  X (T, unit_mode, "unitMode", BOOL, RMQ_FIELD_OPTIONAL)                                                               \
  X (T, batch, "batch", BOOL, RMQ_FIELD_OPTIONAL)                                                                      \
  X (T, max_reconsume_times, "maxReconsumeTimes", INT32, RMQ_FIELD_OPTIONAL)                                           \
  X (T, broker_name, "bname", STRING, RMQ_FIELD_OPTIONAL)                                                              \
  X (T, lo, "lo", BOOL, RMQ_FIELD_OPTIONAL)                                                                            \
  X (T, ns, "ns", STRING, RMQ_FIELD_OPTIONAL)                                                                          \
  X (T, nsd, "nsd", BOOL, RMQ_FIELD_OPTIONAL)                                                                          \
  X (T, oway, "oway", BOOL, RMQ_FIELD_OPTIONAL)

#define RMQ_SendMessageResponseHeader_FIELDS(X, T)                                                                     \
  X (T, msg_id, "msgId", STRING, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, queue_offset, "queueOffset", INT64, RMQ_FIELD_REQUIRED)                                                        \
  X (T, transaction_id, "transactionId", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, batch_uniq_id, "batchUniqId", STRING, RMQ_FIELD_OPTIONAL)                                                      \
  X (T, recall_handle, "recallHandle", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_ReplyMessageRequestHeader_FIELDS(X, T)                                                                     \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, default_topic, "defaultTopic", STRING, RMQ_FIELD_REQUIRED)                                                     \
  X (T, default_topic_queue_nums, "defaultTopicQueueNums", INT32, RMQ_FIELD_REQUIRED)                                  \
  X (T, queue_id, "queueId", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, sys_flag, "sysFlag", INT32, RMQ_FIELD_REQUIRED)                                                                \
  X (T, born_timestamp, "bornTimestamp", INT64, RMQ_FIELD_REQUIRED)                                                    \
  X (T, flag, "flag", INT32, RMQ_FIELD_REQUIRED)                                                                       \
  X (T, properties, "properties", STRING, RMQ_FIELD_OPTIONAL)                                                          \
  X (T, reconsume_times, "reconsumeTimes", INT32, RMQ_FIELD_OPTIONAL)                                                  \
  X (T, unit_mode, "unitMode", BOOL, RMQ_FIELD_DEFAULT (false))                                                        \
  X (T, born_host, "bornHost", STRING, RMQ_FIELD_REQUIRED)                                                             \
  X (T, store_host, "storeHost", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, store_timestamp, "storeTimestamp", INT64, RMQ_FIELD_REQUIRED)                                                  \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_ConsumerSendMsgBackRequestHeader_FIELDS(X, T)                                                              \
  X (T, offset, "offset", INT64, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, group, "group", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, delay_level, "delayLevel", INT32, RMQ_FIELD_REQUIRED)                                                          \
  X (T, origin_msg_id, "originMsgId", STRING, RMQ_FIELD_OPTIONAL)                                                      \
  X (T, origin_topic, "originTopic", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, unit_mode, "unitMode", BOOL, RMQ_FIELD_DEFAULT (false))                                                        \
  X (T, max_reconsume_times, "maxReconsumeTimes", INT32, RMQ_FIELD_OPTIONAL)                                           \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_RecallMessageRequestHeader_FIELDS(X, T)                                                                    \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, recall_handle, "recallHandle", STRING, RMQ_FIELD_REQUIRED)                                                     \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_RecallMessageResponseHeader_FIELDS(X, T) X (T, msg_id, "msgId", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_SEND_HEADERS(H)                                                                                            \
  H (SendMessageRequestHeaderV2, RMQ_REQUEST_SEND_MESSAGE_V2)                                                          \
  H (SendMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                                \
  H (ReplyMessageRequestHeader, RMQ_REQUEST_PUSH_REPLY_MESSAGE_TO_CLIENT)                                              \
  H (ConsumerSendMsgBackRequestHeader, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK)                                             \
  H (RecallMessageRequestHeader, RMQ_REQUEST_RECALL_MESSAGE)                                                           \
  H (RecallMessageResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_SEND_HEADERS (RMQ_HEADER_STRUCT)
typedef RmqSendMessageRequestHeaderV2 RmqSendMessageRequestHeader;

RMQ_PRIVATE_BEGIN

RMQ_SEND_HEADERS (RMQ_HEADER_DECLARE)
RMQ_HEADER_DECLARE (SendMessageRequestHeader, RMQ_REQUEST_SEND_MESSAGE)

RMQ_PRIVATE_END
