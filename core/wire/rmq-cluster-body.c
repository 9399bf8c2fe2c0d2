/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the bodies about clusters, lists and tables.
 */
#include "rmq-cluster-body-private.h"

static const RmqBodyField broker_entry_rows[] = {
  RMQ_ROW (RmqBrokerEntry, name, "key", STRING),
  RMQ_ROW (RmqBrokerEntry, broker, "value", STRUCT, .nested = &_rmq_broker_data_type),
};
RMQ_DEFINE_BODY (RmqBrokerEntry, broker_entry, "Map.Entry<String, BrokerData>", broker_entry_rows)

static const RmqBodyField cluster_info_rows[] = {
  RMQ_ROW (RmqClusterInfo,
           brokers,
           "brokerAddrTable",
           MAP,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_broker_entry_type),
  RMQ_ROW (RmqClusterInfo,
           clusters,
           "clusterAddrTable",
           MAP,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_strings_entry_type),
};
RMQ_DEFINE_BODY (RmqClusterInfo, cluster_info, "ClusterInfo", cluster_info_rows)

static const RmqBodyField broker_group_rows[] = {
  RMQ_ROW (RmqBrokerGroup, addresses, "brokerAddrs", MAP, .nested = &_rmq_broker_address_type),
  RMQ_ROW (RmqBrokerGroup, name, "brokerName", STRING),
  RMQ_ROW (RmqBrokerGroup, cluster, "cluster", STRING),
};
RMQ_DEFINE_BODY (RmqBrokerGroup, broker_group, "BrokerMemberGroup", broker_group_rows)

static const RmqBodyField broker_group_body_rows[] = {
  RMQ_ROW (RmqBrokerGroupBody,
           group,
           "brokerMemberGroup",
           STRUCT,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_broker_group_type),
};
RMQ_DEFINE_BODY (RmqBrokerGroupBody, broker_group_body, "GetBrokerMemberGroupResponseBody", broker_group_body_rows)

static const RmqBodyField topic_list_rows[] = {
  RMQ_ROW (RmqTopicListBody, broker_address, "brokerAddr", STRING),
  RMQ_ROW (RmqTopicListBody, topics, "topicList", STRINGS),
};
RMQ_DEFINE_BODY (RmqTopicListBody, topic_list_body, "TopicList", topic_list_rows)

static const RmqBodyField group_list_rows[] = {
  RMQ_ROW (RmqGroupListBody, groups, "groupList", STRINGS),
};
RMQ_DEFINE_BODY (RmqGroupListBody, group_list_body, "GroupList", group_list_rows)

static const RmqBodyField kv_table_rows[] = {
  RMQ_ROW (RmqKvTableBody, table, "table", MAP, .nested = &_rmq_string_pair_type),
};
RMQ_DEFINE_BODY (RmqKvTableBody, kv_table_body, "KVTable", kv_table_rows)

static const RmqBodyField ha_connection_rows[] = {
  RMQ_ROW (RmqHaConnection, address, "addr", STRING),
  RMQ_ROW (RmqHaConnection, diff, "diff", INT64),
  RMQ_ROW (RmqHaConnection, in_sync, "inSync", BOOLEAN),
  RMQ_ROW (RmqHaConnection, slave_ack_offset, "slaveAckOffset", INT64),
  RMQ_ROW (RmqHaConnection, transfer_from, "transferFromWhere", INT64),
  RMQ_ROW (RmqHaConnection, transferred_per_second, "transferredByteInSecond", INT64),
};
RMQ_DEFINE_BODY (RmqHaConnection, ha_connection, "HAConnectionRuntimeInfo", ha_connection_rows)

static const RmqBodyField ha_client_rows[] = {
  RMQ_ROW (RmqHaClient, last_read, "lastReadTimestamp", INT64),
  RMQ_ROW (RmqHaClient, last_write, "lastWriteTimestamp", INT64),
  RMQ_ROW (RmqHaClient, master_address, "masterAddr", STRING),
  RMQ_ROW (RmqHaClient, master_flush_offset, "masterFlushOffset", INT64),
  RMQ_ROW (RmqHaClient, max_offset, "maxOffset", INT64),
  RMQ_ROW (RmqHaClient, transferred_per_second, "transferredByteInSecond", INT64),
};
RMQ_DEFINE_BODY (RmqHaClient, ha_client, "HAClientRuntimeInfo", ha_client_rows)

static const RmqBodyField ha_info_rows[] = {
  RMQ_ROW (RmqHaInfo, client, "haClientRuntimeInfo", STRUCT, .nested = &_rmq_ha_client_type),
  RMQ_ROW (RmqHaInfo, connections, "haConnectionInfo", LIST, .nested = &_rmq_ha_connection_type),
  RMQ_ROW (RmqHaInfo, in_sync_slaves, "inSyncSlaveNums", INT32),
  RMQ_ROW (RmqHaInfo, master, "master", BOOLEAN),
  RMQ_ROW (RmqHaInfo, master_max_offset, "masterCommitLogMaxOffset", INT64),
};
RMQ_DEFINE_BODY (RmqHaInfo, ha_info, "HARuntimeInfo", ha_info_rows)

static RmqStringsEntry *
get_cluster (RmqClusterInfo *self, const char *cluster)
{
  RmqStringsEntry *entry = _rmq_body_map_find (self->clusters, cluster);

  if (entry != NULL)
    return entry;
  if (self->clusters == NULL)
    self->clusters = g_ptr_array_new_with_free_func (_rmq_strings_entry_type.free);
  entry = _rmq_strings_entry_new ();
  entry->key = g_strdup (cluster);
  g_ptr_array_add (self->clusters, entry);
  return entry;
}

RmqBrokerData *
_rmq_cluster_info_add_broker (RmqClusterInfo *self, const char *cluster, const char *name)
{
  RmqBrokerEntry *entry = _rmq_broker_entry_new ();

  entry->name = g_strdup (name);
  entry->broker->name = g_strdup (name);
  entry->broker->cluster = g_strdup (cluster);
  if (self->brokers == NULL)
    self->brokers = g_ptr_array_new_with_free_func (_rmq_broker_entry_type.free);
  g_ptr_array_add (self->brokers, entry);
  g_ptr_array_add (get_cluster (self, cluster)->values, g_strdup (name));
  return entry->broker;
}
