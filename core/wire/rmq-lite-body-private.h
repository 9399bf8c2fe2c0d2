/* SPDX-License-Identifier: Apache-2.0
 *
 * Lite topics: subscriptions (200071) and what brokers tell of them (200074 to 200078).
 */
#pragma once

#include "rmq-stats-body-private.h"

typedef enum
{
  RMQ_LITE_PARTIAL_ADD = 0,
  RMQ_LITE_PARTIAL_REMOVE = 1,
  RMQ_LITE_COMPLETE_ADD = 2,
  RMQ_LITE_COMPLETE_REMOVE = 3,
} RmqLiteAction;

typedef enum
{
  RMQ_LITE_OFFSET_POLICY = 0,
  RMQ_LITE_OFFSET_OFFSET = 1,
  RMQ_LITE_OFFSET_TAIL_N = 2,
  RMQ_LITE_OFFSET_TIMESTAMP = 3,
} RmqLiteOffsetType;

typedef struct
{
  int32_t type; /* RmqLiteOffsetType */
  int64_t value;
} RmqLiteOffset;

typedef struct
{
  int32_t action; /* RmqLiteAction */
  char *client_id;
  char *group;
  char *topic;            /* the parent */
  GPtrArray *lite_topics; /* char *, or NULL */
  RmqLiteOffset *offset;  /* or NULL */
  int64_t version;
} RmqLiteSubscription;

typedef struct
{
  GPtrArray *subscriptions; /* RmqLiteSubscription, or NULL */
} RmqLiteSubscriptionBody;

typedef struct
{
  char *store_type;
  int32_t max_lmq;
  int32_t current_lmq;
  int32_t subscriptions;
  int32_t order_infos;
  int32_t consume_queues;
  int32_t offsets;
  int32_t event_map_size;
  GPtrArray *topics; /* RmqStringCount: parent topic and time to live in minutes; or NULL */
  GPtrArray *groups; /* RmqStringsEntry: parent topic and groups; or NULL */
} RmqLiteBrokerInfo;

typedef struct
{
  char *client_id;
  char *group;
} RmqLiteSubscriber;

typedef struct
{
  char *topic;
  char *parent;
  GPtrArray *subscribers;  /* RmqLiteSubscriber, or NULL */
  RmqTopicOffset *offset;  /* or NULL */
  bool sharding_to_broker; /* the hash of its name says this broker */
} RmqLiteTopicInfo;

typedef struct
{
  char *client_id;
  char *group;
  char *parent;
  int32_t n_topics;
  GPtrArray *topics; /* char *, or NULL */
  int64_t last_access;
  int64_t last_consume;
} RmqLiteClientInfo;

typedef struct
{
  char *topic;
  int64_t lag;
  int64_t earliest; /* milliseconds, -1: none */
} RmqLiteLag;

typedef struct
{
  char *group;
  char *parent;
  char *topic;
  int64_t total_lag;
  int64_t earliest;         /* milliseconds, -1: none */
  RmqConsumeOffset *offset; /* or NULL */
  GPtrArray *by_count;      /* RmqLiteLag, or NULL */
  GPtrArray *by_time;       /* RmqLiteLag, or NULL */
} RmqLiteGroupInfo;

typedef struct
{
  char *topic;
  int32_t ttl_minutes;
  GPtrArray *groups; /* char *, or NULL */
  int32_t n_lmq;
  int32_t n_topics;
} RmqLiteParentInfo;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqLiteOffset, lite_offset)
RMQ_DECLARE_BODY (RmqLiteSubscription, lite_subscription)
RMQ_DECLARE_BODY (RmqLiteSubscriptionBody, lite_subscription_body)
RMQ_DECLARE_BODY (RmqLiteBrokerInfo, lite_broker_info)
RMQ_DECLARE_BODY (RmqLiteSubscriber, lite_subscriber)
RMQ_DECLARE_BODY (RmqLiteTopicInfo, lite_topic_info)
RMQ_DECLARE_BODY (RmqLiteClientInfo, lite_client_info)
RMQ_DECLARE_BODY (RmqLiteLag, lite_lag)
RMQ_DECLARE_BODY (RmqLiteGroupInfo, lite_group_info)
RMQ_DECLARE_BODY (RmqLiteParentInfo, lite_parent_info)

RMQ_PRIVATE_END
