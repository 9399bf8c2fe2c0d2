/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is connected to a broker: 203, 204, 328; and what a group subscribes (345).
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-heartbeat-private.h"

typedef struct
{
  char *client_id;
  char *address;
  int32_t language; /* RmqLanguage */
  int32_t version;
} RmqConnectionInfo;

typedef struct
{
  char *topic;
  RmqSubscription *subscription;
} RmqSubscriptionEntry;

/* 203. */
typedef struct
{
  GPtrArray *connections;   /* RmqConnectionInfo */
  GPtrArray *subscriptions; /* RmqSubscriptionEntry */
  int32_t consume_type;     /* RmqHeartbeatConsumeType, or -1 */
  int32_t model;            /* RmqHeartbeatModel, or -1 */
  int32_t from_where;       /* RmqHeartbeatFromWhere, or -1 */
} RmqConsumerConnectionBody;

/* 204. */
typedef struct
{
  GPtrArray *connections; /* RmqConnectionInfo */
} RmqProducerConnectionBody;

typedef struct
{
  char *client_id;
  char *remote_ip;
  int32_t language; /* RmqLanguage */
  int32_t version;
  int64_t last_update;
} RmqProducerInfo;

typedef struct
{
  char *group;
  GPtrArray *producers; /* RmqProducerInfo */
} RmqProducerInfoEntry;

/* 328. */
typedef struct
{
  GPtrArray *groups; /* RmqProducerInfoEntry */
} RmqProducerTableBody;

/* 345. */
typedef struct
{
  char *group;
  char *topic;
  RmqSubscription *subscription; /* or NULL */
} RmqQuerySubscriptionBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqConnectionInfo, connection_info)
RMQ_DECLARE_BODY (RmqSubscriptionEntry, subscription_entry)
RMQ_DECLARE_BODY (RmqConsumerConnectionBody, consumer_connection_body)
RMQ_DECLARE_BODY (RmqProducerConnectionBody, producer_connection_body)
RMQ_DECLARE_BODY (RmqProducerInfo, producer_info)
RMQ_DECLARE_BODY (RmqProducerInfoEntry, producer_info_entry)
RMQ_DECLARE_BODY (RmqProducerTableBody, producer_table_body)
RMQ_DECLARE_BODY (RmqQuerySubscriptionBody, query_subscription_body)

RMQ_PRIVATE_END
