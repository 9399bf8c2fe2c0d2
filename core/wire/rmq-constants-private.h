/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that travel on the wire outside of the typed headers: ext fields, and a few fixed values. Names of message
 * properties are in rmq-properties-private.h, of topics and groups in rmq-names-private.h, flag bits in
 * rmq-flags-private.h.
 */
#pragma once

/* Ext fields that hooks and handlers add to those of the headers. */
#define RMQ_EXT_ACCESS_KEY "AccessKey"
#define RMQ_EXT_SECURITY_TOKEN "SecurityToken"
#define RMQ_EXT_SIGNATURE "Signature"
#define RMQ_EXT_NAMESPACE "ns"
#define RMQ_EXT_NAMESPACED "nsd"
#define RMQ_EXT_REQUEST_TYPE "ReqT" /* "0": stream, of the lite pull consumer */
#define RMQ_EXT_ZONE_NAME "__ZONE_NAME"
#define RMQ_EXT_ZONE_MODE "__ZONE_MODE"
#define RMQ_EXT_UNIQUE_KEY_QUERY "_UNIQUE_KEY_QUERY"
#define RMQ_EXT_IS_SUPPORT_HEART_BEAT_V2 "IS_SUPPORT_HEART_BEAT_V2"
#define RMQ_EXT_IS_SUB_CHANGE "IS_SUB_CHANGE"
#define RMQ_EXT_MSG_REGION "MSG_REGION"
#define RMQ_EXT_TRACE_ON "TRACE_ON"
#define RMQ_EXT_TIMER_ENGINE "E_T"

#define RMQ_TIMER_ENGINE_ROCKSDB "R"
#define RMQ_TIMER_ENGINE_FILE "F"
#define RMQ_INDEX_TYPE_KEY "K"
#define RMQ_INDEX_TYPE_UNIQUE "U"
#define RMQ_INDEX_TYPE_TAG "T"

#define RMQ_DEFAULT_REGION "DefaultRegion"
#define RMQ_MESSAGE_TYPE_REPLY "reply"
#define RMQ_REPLY_TOPIC_SUFFIX "REPLY_TOPIC"
#define RMQ_STREAM_CLIENT_SUFFIX "@STREAM"
#define RMQ_STATIC_TOPIC_BROKER_PREFIX "__syslo__"
#define RMQ_STATIC_TOPIC_SCOPE_GLOBAL "__global__"
#define RMQ_KV_NAMESPACE_ORDER_TOPIC "ORDER_TOPIC_CONFIG"
#define RMQ_MASTER_BROKER_ID 0
