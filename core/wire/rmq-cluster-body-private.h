/* SPDX-License-Identifier: Apache-2.0
 *
 * What name servers and brokers tell of a cluster: 106, 901, lists of topics and groups, key-value tables, replication.
 */
#pragma once

#include "rmq-string-pair-private.h"
#include "rmq-topic-route-private.h"

typedef struct
{
  char *name;
  RmqBrokerData *broker;
} RmqBrokerEntry;

/* 106. */
typedef struct
{
  GPtrArray *brokers;  /* RmqBrokerEntry, or NULL */
  GPtrArray *clusters; /* RmqStringsEntry: cluster and broker names; or NULL */
} RmqClusterInfo;

typedef struct
{
  char *cluster;
  char *name;
  GPtrArray *addresses; /* RmqBrokerAddress */
} RmqBrokerGroup;

/* 901. */
typedef struct
{
  RmqBrokerGroup *group; /* or NULL */
} RmqBrokerGroupBody;

/* 206, 224, 304, 305, 311 to 313, 343. */
typedef struct
{
  GPtrArray *topics; /* char * */
  char *broker_address;
} RmqTopicListBody;

/* 300. */
typedef struct
{
  GPtrArray *groups; /* char * */
} RmqGroupListBody;

/* 28, 219, and the order configuration that 103 answers. */
typedef struct
{
  GPtrArray *table; /* RmqStringPair */
} RmqKvTableBody;

typedef struct
{
  char *address;
  int64_t slave_ack_offset;
  int64_t diff;
  bool in_sync;
  int64_t transferred_per_second; /* bytes */
  int64_t transfer_from;
} RmqHaConnection;

typedef struct
{
  char *master_address;
  int64_t transferred_per_second; /* bytes */
  int64_t max_offset;
  int64_t last_read;
  int64_t last_write;
  int64_t master_flush_offset;
} RmqHaClient;

/* 907. */
typedef struct
{
  bool master;
  int64_t master_max_offset;
  int32_t in_sync_slaves;
  GPtrArray *connections; /* RmqHaConnection */
  RmqHaClient *client;
} RmqHaInfo;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqBrokerEntry, broker_entry)
RMQ_DECLARE_BODY (RmqClusterInfo, cluster_info)
RMQ_DECLARE_BODY (RmqBrokerGroup, broker_group)
RMQ_DECLARE_BODY (RmqBrokerGroupBody, broker_group_body)
RMQ_DECLARE_BODY (RmqTopicListBody, topic_list_body)
RMQ_DECLARE_BODY (RmqGroupListBody, group_list_body)
RMQ_DECLARE_BODY (RmqKvTableBody, kv_table_body)
RMQ_DECLARE_BODY (RmqHaConnection, ha_connection)
RMQ_DECLARE_BODY (RmqHaClient, ha_client)
RMQ_DECLARE_BODY (RmqHaInfo, ha_info)

/* The new broker, which belongs to self; its cluster gets its name. */
RmqBrokerData *_rmq_cluster_info_add_broker (RmqClusterInfo *self, const char *cluster, const char *name);

RMQ_PRIVATE_END
