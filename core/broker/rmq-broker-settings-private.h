/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be set, with the names that Java's BrokerConfig and NamesrvConfig give it: one table makes the struct, the
 * defaults, the text of GET_BROKER_CONFIG and the parser of UPDATE_BROKER_CONFIG.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

/* X (KIND, member, "nameOnTheWire", default, runtime): runtime says whether it may be changed while the broker runs. */
#define RMQ_BROKER_SETTINGS(X)                                                                                         \
  X (STRING, broker_name, "brokerName", "broker-a", false)                                                             \
  X (STRING, cluster_name, "brokerClusterName", "DefaultCluster", false)                                               \
  X (INTEGER, broker_id, "brokerId", 0, false)                                                                         \
  X (STRING, advertised_address, "brokerIP1", NULL, false)                                                             \
  X (STRING, name_servers, "namesrvAddr", NULL, false)                                                                 \
  X (STRING, region, "regionId", "DefaultRegion", false)                                                               \
  X (BOOLEAN, trace_on, "traceOn", true, true)                                                                         \
  X (INTEGER, perm, "brokerPermission", 6, true)                                                                       \
  X (BOOLEAN, auto_create_topics, "autoCreateTopicEnable", true, true)                                                 \
  X (BOOLEAN, auto_create_groups, "autoCreateSubscriptionGroup", true, true)                                           \
  X (INTEGER, default_queues, "defaultTopicQueueNums", 8, true)                                                        \
  X (INTEGER, max_message_bytes, "maxMessageSize", 4194304, true)                                                      \
  X (STRING, directory, "storePathRootDir", NULL, false)                                                               \
  X (INTEGER, max_store_bytes, "maxStoreBytes", 0, false)                                                              \
  X (BOOLEAN, refuse_when_full, "refuseWhenFull", false, false)                                                        \
  X (BOOLEAN, sync_flush, "flushDiskTypeSync", true, false)                                                            \
  X (INTEGER, flush_ms, "flushIntervalCommitLog", 500, false)                                                          \
  X (INTEGER, flush_offsets_ms, "flushConsumerOffsetInterval", 5000, true)                                             \
  X (INTEGER, graceful_stop_ms, "gracefulShutdownMillis", 0, false)                                                    \
  X (INTEGER, idle_timeout_ms, "serverChannelMaxIdleTimeMillis", 120000, false)                                        \
  X (INTEGER, client_timeout_ms, "channelExpiredTimeout", 120000, true)                                                \
  X (INTEGER, client_scan_ms, "scanNotActiveChannelInterval", 10000, true)                                             \
  X (INTEGER, lock_timeout_ms, "rebalanceLockMaxLiveTime", 60000, true)                                                \
  X (BOOLEAN, long_polling, "longPollingEnable", true, true)                                                           \
  X (INTEGER, short_polling_ms, "shortPollingTimeMills", 1000, true)                                                   \
  X (INTEGER, max_pull_messages, "maxTransferCountOnMessageInMemory", 32, true)                                        \
  X (INTEGER, max_pull_bytes, "maxTransferBytesOnMessageInMemory", 262144, true)                                       \
  X (INTEGER, max_pull_examined, "maxFilterMessageSize", 16000, true)                                                  \
  X (BOOLEAN, property_filter, "enablePropertyFilter", true, true)                                                     \
  X (BOOLEAN, lite_pull, "litePullMessageEnable", true, true)                                                          \
  X (BOOLEAN, reject_pull_consumers, "rejectPullConsumerEnable", false, true)                                          \
  X (BOOLEAN, reject_transactions, "rejectTransactionMessage", false, true)                                            \
  X (INTEGER, transaction_timeout_ms, "transactionTimeOut", 6000, true)                                                \
  X (INTEGER, transaction_check_ms, "transactionCheckInterval", 30000, true)                                           \
  X (INTEGER, transaction_check_max, "transactionCheckMax", 15, true)                                                  \
  X (STRING, delay_levels, "messageDelayLevel", NULL, false)                                                           \
  X (BOOLEAN, timer, "timerWheelEnable", true, true)                                                                   \
  X (INTEGER, timer_precision_ms, "timerPrecisionMs", 1000, false)                                                     \
  X (INTEGER, timer_max_delay_s, "timerMaxDelaySec", 259200, true)                                                     \
  X (INTEGER, timer_max_a_slot, "timerCongestNumEachSlot", INT32_MAX, true)                                            \
  X (BOOLEAN, recall, "recallMessageEnable", true, true)                                                               \
  X (BOOLEAN, server_side_reset, "useServerSideResetOffset", true, true)                                               \
  X (BOOLEAN, store_replies, "storeReplyMessageEnable", true, true)                                                    \
  X (BOOLEAN, order_message, "orderMessageEnable", false, true)                                                        \
  X (BOOLEAN, all_topic_list, "enableAllTopicList", true, true)                                                        \
  X (BOOLEAN, delete_with_registration, "deleteTopicWithBrokerRegistration", false, true)                              \
  X (INTEGER, registration_timeout_ms, "registrationTimeoutMillis", 120000, true)                                      \
  X (STRING, pop_mode, "defaultMessageRequestMode", "PULL", true)                                                      \
  X (INTEGER, pop_share_queues, "defaultPopShareQueueNum", -1, true)                                                   \
  X (BOOLEAN, pop_init_in_memory, "initPopOffsetByCheckMsgInMem", true, true)                                          \
  X (BOOLEAN, pop_retry_v2, "enableRetryTopicV2", false, false)                                                        \
  X (INTEGER, pop_max_polls, "maxPopPollingSize", 100000, true)                                                        \
  X (INTEGER, pop_max_polls_a_key, "popPollingSize", 1024, true)                                                       \
  X (BOOLEAN, acl, "aclEnable", false, false)

#define RMQ_BROKER_SETTING_STRING_ char *
#define RMQ_BROKER_SETTING_INTEGER_ int64_t
#define RMQ_BROKER_SETTING_BOOLEAN_ bool
#define RMQ_BROKER_SETTING_MEMBER_(KIND, member, name, initial, runtime) RMQ_BROKER_SETTING_##KIND##_ member;

typedef struct
{
  RMQ_BROKER_SETTINGS (RMQ_BROKER_SETTING_MEMBER_) /**/
} RmqBrokerSettings;

RMQ_PRIVATE_BEGIN

RmqBrokerSettings *_rmq_broker_settings_new (void);
RmqBrokerSettings *_rmq_broker_settings_copy (const RmqBrokerSettings *self);
void _rmq_broker_settings_free (RmqBrokerSettings *self);
/* By wire name. RMQ_ERROR_INVALID_CONFIG: no such setting, or not a value of its kind. running: only those that may be
 * changed then, else RMQ_ERROR_INVALID_STATE. */
bool _rmq_broker_settings_set (RmqBrokerSettings *self,
                               const char *name,
                               const char *value,
                               bool running,
                               GError **error);
bool _rmq_broker_settings_has (const char *name);
/* (transfer full); NULL: no such setting, or unset. */
char *_rmq_broker_settings_get (const RmqBrokerSettings *self, const char *name);
/* (transfer full) "name=value" lines, as java.util.Properties reads them. */
char *_rmq_broker_settings_to_text (const RmqBrokerSettings *self);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqBrokerSettings, _rmq_broker_settings_free)
