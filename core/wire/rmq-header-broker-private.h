/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of broker state, high availability and the broker container.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_GetBrokerConfigResponseHeader_FIELDS(X, T) X (T, version, "version", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_ViewBrokerStatsDataRequestHeader_FIELDS(X, T)                                                              \
  X (T, stats_name, "statsName", STRING, RMQ_FIELD_REQUIRED)                                                           \
  X (T, stats_key, "statsKey", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_CheckRocksdbCqWriteProgressRequestHeader_FIELDS(X, T)                                                      \
  X (T, topic, "topic", STRING, RMQ_FIELD_REQUIRED)                                                                    \
  X (T, check_store_time, "checkStoreTime", INT64, RMQ_FIELD_DEFAULT (0))

#define RMQ_ExportRocksDBConfigToJsonRequestHeader_FIELDS(X, T)                                                        \
  X (T, config_type, "configType", STRING, RMQ_FIELD_REQUIRED)

#define RMQ_ExchangeHAInfoRequestHeader_FIELDS(X, T)                                                                   \
  X (T, master_ha_address, "masterHaAddress", STRING, RMQ_FIELD_OPTIONAL)                                              \
  X (T, master_flush_offset, "masterFlushOffset", INT64, RMQ_FIELD_OPTIONAL)                                           \
  X (T, master_address, "masterAddress", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_ExchangeHAInfoResponseHeader_FIELDS(X, T)                                                                  \
  X (T, master_ha_address, "masterHaAddress", STRING, RMQ_FIELD_OPTIONAL)                                              \
  X (T, master_flush_offset, "masterFlushOffset", INT64, RMQ_FIELD_OPTIONAL)                                           \
  X (T, master_address, "masterAddress", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_ResetMasterFlushOffsetHeader_FIELDS(X, T)                                                                  \
  X (T, master_flush_offset, "masterFlushOffset", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_NotifyBrokerRoleChangedRequestHeader_FIELDS(X, T)                                                          \
  X (T, master_address, "masterAddress", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, master_epoch, "masterEpoch", INT32, RMQ_FIELD_OPTIONAL)                                                        \
  X (T, sync_state_set_epoch, "syncStateSetEpoch", INT32, RMQ_FIELD_OPTIONAL)                                          \
  X (T, master_broker_id, "masterBrokerId", INT64, RMQ_FIELD_OPTIONAL)

#define RMQ_NotifyMinBrokerIdChangeRequestHeader_FIELDS(X, T)                                                          \
  X (T, min_broker_id, "minBrokerId", INT64, RMQ_FIELD_OPTIONAL)                                                       \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_OPTIONAL)                                                         \
  X (T, min_broker_addr, "minBrokerAddr", STRING, RMQ_FIELD_OPTIONAL)                                                  \
  X (T, offline_broker_addr, "offlineBrokerAddr", STRING, RMQ_FIELD_OPTIONAL)                                          \
  X (T, ha_broker_addr, "haBrokerAddr", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_AddBrokerRequestHeader_FIELDS(X, T) X (T, config_path, "configPath", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_RemoveBrokerRequestHeader_FIELDS(X, T)                                                                     \
  X (T, broker_name, "brokerName", STRING, RMQ_FIELD_REQUIRED)                                                         \
  X (T, broker_cluster_name, "brokerClusterName", STRING, RMQ_FIELD_REQUIRED)                                          \
  X (T, broker_id, "brokerId", INT64, RMQ_FIELD_REQUIRED)

#define RMQ_BROKER_HEADERS(H)                                                                                          \
  H (GetBrokerConfigResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                            \
  H (ViewBrokerStatsDataRequestHeader, RMQ_REQUEST_VIEW_BROKER_STATS_DATA)                                             \
  H (CheckRocksdbCqWriteProgressRequestHeader, RMQ_REQUEST_CHECK_ROCKSDB_CQ_WRITE_PROGRESS)                            \
  H (ExportRocksDBConfigToJsonRequestHeader, RMQ_REQUEST_EXPORT_ROCKSDB_CONFIG_TO_JSON)                                \
  H (ExchangeHAInfoRequestHeader, RMQ_REQUEST_EXCHANGE_BROKER_HA_INFO)                                                 \
  H (ExchangeHAInfoResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                             \
  H (ResetMasterFlushOffsetHeader, RMQ_REQUEST_RESET_MASTER_FLUSH_OFFSET)                                              \
  H (NotifyBrokerRoleChangedRequestHeader, RMQ_REQUEST_NOTIFY_BROKER_ROLE_CHANGED)                                     \
  H (NotifyMinBrokerIdChangeRequestHeader, RMQ_REQUEST_NOTIFY_MIN_BROKER_ID_CHANGE)                                    \
  H (AddBrokerRequestHeader, RMQ_REQUEST_ADD_BROKER)                                                                   \
  H (RemoveBrokerRequestHeader, RMQ_REQUEST_REMOVE_BROKER)

RMQ_BROKER_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_BROKER_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
