/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of topics and groups: what is allowed, what is reserved, and the names made from them (retry, dead letters,
 * reply).
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_RETRY_PREFIX "%RETRY%"
#define RMQ_DLQ_PREFIX "%DLQ%"
#define RMQ_LMQ_PREFIX "%LMQ%"
#define RMQ_TOPIC_MAX_LENGTH 127
/* What brokers allow for retry and dead-letter topics. */
#define RMQ_RETRY_TOPIC_MAX_LENGTH 255
#define RMQ_GROUP_MAX_LENGTH 120
#define RMQ_TOPIC_AUTO_CREATE "TBW102"
#define RMQ_TOPIC_TRACE "RMQ_SYS_TRACE_TOPIC"
#define RMQ_TOPIC_SCHEDULE "SCHEDULE_TOPIC_XXXX"
#define RMQ_TOPIC_TRANS_HALF "RMQ_SYS_TRANS_HALF_TOPIC"
#define RMQ_TOPIC_TRANS_OP_HALF "RMQ_SYS_TRANS_OP_HALF_TOPIC"
#define RMQ_TOPIC_TRANS_CHECK_MAX_TIME "TRANS_CHECK_MAX_TIME_TOPIC"
#define RMQ_TOPIC_BENCHMARK "BenchmarkTest"
#define RMQ_GROUP_DEFAULT_PRODUCER "DEFAULT_PRODUCER"
#define RMQ_GROUP_INNER_PRODUCER "CLIENT_INNER_PRODUCER"
#define RMQ_GROUP_SYSTEM_PREFIX "CID_RMQ_SYS_"

RMQ_PRIVATE_BEGIN

/* What the client checks; RMQ_ERROR_INVALID_ARGUMENT says which rule is broken. name may be NULL. */
bool _rmq_topic_check (const char *name, GError **error);
bool _rmq_group_check (const char *name, GError **error);
/* As a producer's group: group_check, and not DEFAULT_PRODUCER. */
bool _rmq_producer_group_check (const char *name, GError **error);
/* Refuses the topics that only a broker may write. */
bool _rmq_topic_check_sendable (const char *name, GError **error);
/* What a broker checks. */
bool _rmq_topic_check_broker (const char *name, GError **error);
bool _rmq_group_check_broker (const char *name, GError **error);

bool _rmq_topic_is_system (const char *topic);
bool _rmq_group_is_system (const char *group);     /* CID_RMQ_SYS_… */
bool _rmq_group_is_predefined (const char *group); /* known to every broker without creation */
bool _rmq_topic_is_retry (const char *topic);
bool _rmq_topic_is_dlq (const char *topic);
bool _rmq_topic_is_lmq (const char *topic);

/* (transfer full) */
char *_rmq_topic_new_retry (const char *group);
char *_rmq_topic_new_dlq (const char *group);
char *_rmq_topic_new_reply (const char *cluster);
/* The group of a retry or dead-letter topic, inside topic; NULL for other topics. */
const char *_rmq_topic_get_group (const char *topic);

RMQ_PRIVATE_END
