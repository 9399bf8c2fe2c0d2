/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration of consumer groups: 200, 201, 225, 352, and what a group may not read (353).
 */
#pragma once

#include "rmq-topic-config-private.h"

typedef enum
{
  RMQ_RETRY_EXPONENTIAL = 0,
  RMQ_RETRY_CUSTOMIZED = 1,
} RmqRetryPolicyType;

typedef struct
{
  int64_t initial_ms;
  int64_t max_ms;
  int64_t multiplier;
} RmqExponentialRetry;

typedef struct
{
  GArray *next; /* int64_t, milliseconds; or NULL */
} RmqCustomizedRetry;

typedef struct
{
  int32_t type;                     /* RmqRetryPolicyType */
  RmqExponentialRetry *exponential; /* or NULL */
  RmqCustomizedRetry *customized;   /* or NULL */
} RmqRetryPolicy;

typedef struct
{
  char *topic;
  char *expression_type;
  char *expression;
  int64_t version;
} RmqSimpleSubscription;

typedef struct
{
  char *name;
  bool consume_enable;
  bool consume_from_min_enable;
  bool consume_broadcast_enable;
  bool consume_orderly;
  bool notify_ids_changed;
  int32_t retry_queues;
  int32_t retry_max_times;
  int32_t consume_timeout_minutes;
  int32_t sys_flag;
  int64_t broker_id;
  int64_t slow_broker_id; /* whichBrokerWhenConsumeSlowly */
  RmqRetryPolicy *retry_policy;
  GPtrArray *subscriptions; /* RmqSimpleSubscription, or NULL */
  GPtrArray *attributes;    /* RmqStringPair */
} RmqGroupConfigBody;

typedef struct
{
  char *name;
  RmqGroupConfigBody *config;
} RmqGroupConfigEntry;

/* 225. */
typedef struct
{
  GPtrArray *configs; /* RmqGroupConfigBody, or NULL */
} RmqGroupConfigListBody;

typedef struct
{
  char *group;
  GPtrArray *topics; /* RmqStringCount: topic and bits of what is forbidden */
} RmqForbiddenEntry;

/* 201. */
typedef struct
{
  GPtrArray *configs;   /* RmqGroupConfigEntry */
  GPtrArray *forbidden; /* RmqForbiddenEntry */
  RmqDataVersion *data_version;
} RmqGroupTableBody;

/* 353. */
typedef struct
{
  char *group;
  char *topic;
  int32_t readable; /* 0, 1; -1: not said */
} RmqGroupForbiddenBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqExponentialRetry, exponential_retry)
RMQ_DECLARE_BODY (RmqCustomizedRetry, customized_retry)
RMQ_DECLARE_BODY (RmqRetryPolicy, retry_policy)
RMQ_DECLARE_BODY (RmqSimpleSubscription, simple_subscription)
RMQ_DECLARE_BODY (RmqGroupConfigBody, group_config_body)
RMQ_DECLARE_BODY (RmqGroupConfigEntry, group_config_entry)
RMQ_DECLARE_BODY (RmqGroupConfigListBody, group_config_list_body)
RMQ_DECLARE_BODY (RmqForbiddenEntry, forbidden_entry)
RMQ_DECLARE_BODY (RmqGroupTableBody, group_table_body)
RMQ_DECLARE_BODY (RmqGroupForbiddenBody, group_forbidden_body)

RmqGroupConfigBody *_rmq_group_config_body_new_for (const char *name);
/* The new entry's config, named, which belongs to self. */
RmqGroupConfigBody *_rmq_group_table_body_add (RmqGroupTableBody *self, const char *name);

RMQ_PRIVATE_END
