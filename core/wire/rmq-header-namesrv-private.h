/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of the name server, for clients and for brokers.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_GetRouteInfoRequestHeader_FIELDS(X, T)                                                                     \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, accept_standard_json_only, "acceptStandardJsonOnly", BOOL, RMQ_FIELD_OPTIONAL)                                 \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_GetBrokerMemberGroupRequestHeader_FIELDS(X, T)                                                             \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_REQUIRED)                                                       \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_GetTopicsByClusterRequestHeader_FIELDS(X, T) X (T, cluster, "cluster", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_DeleteTopicFromNamesrvRequestHeader_FIELDS(X, T)                                                           \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_OPTIONAL)                                                       \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_RegisterTopicRequestHeader_FIELDS(X, T)                                                                    \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  RMQ_TOPIC_FIELDS (X, T)

#define RMQ_RegisterOrderTopicRequestHeader_FIELDS(X, T)                                                               \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, order_topic_string, "orderTopicString", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_PutKVConfigRequestHeader_FIELDS(X, T)                                                                      \
  X (T, namespace, "namespace", STRING, RMQ_FIELD_REQUIRED)                                                            \
  X (T, key, "key", STRING, RMQ_FIELD_REQUIRED)                                                                        \
  X (T, value, "value", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_GetKVConfigRequestHeader_FIELDS(X, T)                                                                      \
  X (T, namespace, "namespace", STRING, RMQ_FIELD_REQUIRED)                                                            \
  X (T, key, "key", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_GetKVConfigResponseHeader_FIELDS(X, T) X (T, value, "value", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_DeleteKVConfigRequestHeader_FIELDS(X, T)                                                                   \
  X (T, namespace, "namespace", STRING, RMQ_FIELD_REQUIRED)                                                            \
  X (T, key, "key", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_GetKVListByNamespaceRequestHeader_FIELDS(X, T) X (T, namespace, "namespace", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_RegisterBrokerRequestHeader_FIELDS(X, T)                                                                   \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_addr, "brokerAddr", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_REQUIRED)                                                       \
  X (T, ha_server_addr, "haServerAddr", STRING, RMQ_FIELD_REQUIRED)                                                    \
  X (T, broker_id, "brokerId", INT64, RMQ_FIELD_REQUIRED)                                                              \
  X (T, heartbeat_timeout_millis, "heartbeatTimeoutMillis", INT64, RMQ_FIELD_OPTIONAL)                                 \
  X (T, enable_acting_master, "enableActingMaster", BOOL, RMQ_FIELD_OPTIONAL)                                          \
  X (T, compressed, "compressed", BOOL, RMQ_FIELD_DEFAULT (false))                                                     \
  X (T, body_crc32, "bodyCrc32", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_RegisterBrokerResponseHeader_FIELDS(X, T)                                                                  \
  X (T, ha_server_addr, "haServerAddr", STRING, RMQ_FIELD_OPTIONAL)                                                    \
  X (T, master_addr, "masterAddr", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_UnRegisterBrokerRequestHeader_FIELDS(X, T)                                                                 \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_addr, "brokerAddr", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_REQUIRED)                                                       \
  X (T, broker_id, "brokerId", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_BrokerHeartbeatRequestHeader_FIELDS(X, T)                                                                  \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_REQUIRED)                                                       \
  X (T, broker_addr, "brokerAddr", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_id, "brokerId", INT64, RMQ_FIELD_OPTIONAL)                                                              \
  X (T, epoch, "epoch", INT32, RMQ_FIELD_OPTIONAL)                                                                     \
  X (T, max_offset, "maxOffset", INT64, RMQ_FIELD_OPTIONAL)                                                            \
  X (T, confirm_offset, "confirmOffset", INT64, RMQ_FIELD_OPTIONAL)                                                    \
  X (T, heartbeat_timeout_mills, "heartbeatTimeoutMills", INT64, RMQ_FIELD_OPTIONAL)                                   \
  X (T, election_priority, "electionPriority", INT32, RMQ_FIELD_OPTIONAL)

#define RMQ_QueryDataVersionRequestHeader_FIELDS(X, T)                                                                 \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_addr, "brokerAddr", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, cluster_name, "clusterName", STRING, RMQ_FIELD_REQUIRED)                                                       \
  X (T, broker_id, "brokerId", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_QueryDataVersionResponseHeader_FIELDS(X, T) X (T, changed, "changed", BOOL, RMQ_FIELD_REQUIRED)

#define RMQ_WipeWritePermOfBrokerRequestHeader_FIELDS(X, T) X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_WipeWritePermOfBrokerResponseHeader_FIELDS(X, T)                                                           \
  X (T, wipe_topic_count, "wipeTopicCount", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_AddWritePermOfBrokerRequestHeader_FIELDS(X, T) X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_AddWritePermOfBrokerResponseHeader_FIELDS(X, T)                                                            \
  X (T, add_topic_count, "addTopicCount", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_NAMESRV_HEADERS(H)                                                                                         \
  H (GetRouteInfoRequestHeader, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC)                                                    \
  H (GetBrokerMemberGroupRequestHeader, RMQ_REQUEST_GET_BROKER_MEMBER_GROUP)                                           \
  H (GetTopicsByClusterRequestHeader, RMQ_REQUEST_GET_TOPICS_BY_CLUSTER)                                               \
  H (DeleteTopicFromNamesrvRequestHeader, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV)                                         \
  H (RegisterTopicRequestHeader, RMQ_REQUEST_REGISTER_TOPIC_IN_NAMESRV)                                                \
  H (RegisterOrderTopicRequestHeader, RMQ_HEADER_OF_NO_CODE)                                                           \
  H (PutKVConfigRequestHeader, RMQ_REQUEST_PUT_KV_CONFIG)                                                              \
  H (GetKVConfigRequestHeader, RMQ_REQUEST_GET_KV_CONFIG)                                                              \
  H (GetKVConfigResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                                \
  H (DeleteKVConfigRequestHeader, RMQ_REQUEST_DELETE_KV_CONFIG)                                                        \
  H (GetKVListByNamespaceRequestHeader, RMQ_REQUEST_GET_KVLIST_BY_NAMESPACE)                                           \
  H (RegisterBrokerRequestHeader, RMQ_REQUEST_REGISTER_BROKER)                                                         \
  H (RegisterBrokerResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                             \
  H (UnRegisterBrokerRequestHeader, RMQ_REQUEST_UNREGISTER_BROKER)                                                     \
  H (BrokerHeartbeatRequestHeader, RMQ_REQUEST_BROKER_HEARTBEAT)                                                       \
  H (QueryDataVersionRequestHeader, RMQ_REQUEST_QUERY_DATA_VERSION)                                                    \
  H (QueryDataVersionResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                           \
  H (WipeWritePermOfBrokerRequestHeader, RMQ_REQUEST_WIPE_WRITE_PERM_OF_BROKER)                                        \
  H (WipeWritePermOfBrokerResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                      \
  H (AddWritePermOfBrokerRequestHeader, RMQ_REQUEST_ADD_WRITE_PERM_OF_BROKER)                                          \
  H (AddWritePermOfBrokerResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_NAMESRV_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_NAMESRV_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
