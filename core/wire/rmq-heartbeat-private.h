/* SPDX-License-Identifier: Apache-2.0
 *
 * HEART_BEAT (34): the producers and consumers of a client, and CHECK_CLIENT_CONFIG (46). The fingerprint stays 0 and
 * the subscriptions are always sent, which every broker understands.
 */
#pragma once

#include "rmq-subscription-private.h"

/* Values are the peers' enum ordinals. */
typedef enum
{
  RMQ_HEARTBEAT_CONSUME_ACTIVELY = 0,
  RMQ_HEARTBEAT_CONSUME_PASSIVELY = 1,
  RMQ_HEARTBEAT_CONSUME_POP = 2,
} RmqHeartbeatConsumeType;

typedef enum
{
  RMQ_HEARTBEAT_BROADCASTING = 0,
  RMQ_HEARTBEAT_CLUSTERING = 1,
  RMQ_HEARTBEAT_LITE_SELECTIVE = 2,
} RmqHeartbeatModel;

typedef enum
{
  RMQ_HEARTBEAT_FROM_LAST_OFFSET = 0,
  RMQ_HEARTBEAT_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST = 1,
  RMQ_HEARTBEAT_FROM_MIN_OFFSET = 2,
  RMQ_HEARTBEAT_FROM_MAX_OFFSET = 3,
  RMQ_HEARTBEAT_FROM_FIRST_OFFSET = 4,
  RMQ_HEARTBEAT_FROM_TIMESTAMP = 5,
} RmqHeartbeatFromWhere;

typedef struct
{
  char *group;
} RmqProducerData;

typedef struct
{
  char *group;
  int32_t consume_type;     /* RmqHeartbeatConsumeType */
  int32_t model;            /* RmqHeartbeatModel */
  int32_t from_where;       /* RmqHeartbeatFromWhere */
  GPtrArray *subscriptions; /* RmqSubscription, owned */
  bool unit_mode;
} RmqConsumerData;

typedef struct
{
  char *client_id;
  GPtrArray *producers; /* RmqProducerData, owned */
  GPtrArray *consumers; /* RmqConsumerData, owned */
  int32_t fingerprint;
  bool without_sub;
} RmqHeartbeatData;

typedef struct
{
  char *client_id;
  char *group;
  char *ns;
  RmqSubscription *subscription; /* owned */
} RmqCheckClientBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqProducerData, producer_data)
RMQ_DECLARE_BODY (RmqConsumerData, consumer_data)
RMQ_DECLARE_BODY (RmqHeartbeatData, heartbeat_data)
RMQ_DECLARE_BODY (RmqCheckClientBody, check_client_body)

extern const RmqBodyEnum _rmq_consume_type_names;
extern const RmqBodyEnum _rmq_message_model_names;
extern const RmqBodyEnum _rmq_from_where_names;

RmqHeartbeatData *_rmq_heartbeat_data_new_for (const char *client_id);
void _rmq_heartbeat_data_add_producer (RmqHeartbeatData *self, const char *group);
/* The new consumer belongs to self; add its subscriptions with g_ptr_array_add (consumer->subscriptions, …). */
RmqConsumerData *_rmq_heartbeat_data_add_consumer (RmqHeartbeatData *self,
                                                   const char *group,
                                                   RmqHeartbeatConsumeType consume_type,
                                                   RmqHeartbeatModel model,
                                                   RmqHeartbeatFromWhere from_where);

RMQ_PRIVATE_END
