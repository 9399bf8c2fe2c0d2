/* SPDX-License-Identifier: Apache-2.0
 *
 * Assignment by the broker: QUERY_ASSIGNMENT (400), SET_MESSAGE_REQUEST_MODE (401), and lite subscriptions (200071).
 */
#pragma once

#include "rmq-heartbeat-private.h"

typedef enum
{
  RMQ_ASSIGNMENT_PULL = 0,
  RMQ_ASSIGNMENT_POP = 1,
} RmqAssignmentMode;

typedef struct
{
  char *topic;
  char *group;
  char *client_id;
  char *strategy;
  int32_t model; /* RmqHeartbeatModel */
} RmqQueryAssignmentBody;

typedef struct
{
  RmqMessageQueue *queue; /* queue id -1: any of this broker */
  int32_t mode;           /* RmqAssignmentMode */
  GPtrArray *attachments; /* RmqStringPair, or NULL */
} RmqQueueAssignment;

/* assignments NULL: an answer to be ignored; empty: nothing is assigned. */
typedef struct
{
  GPtrArray *assignments; /* RmqQueueAssignment, or NULL */
} RmqAssignmentBody;

typedef struct
{
  char *topic;
  char *group;
  int32_t mode; /* RmqAssignmentMode */
  int32_t pop_share_queues;
} RmqRequestModeBody;

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

RMQ_PRIVATE_BEGIN

extern const RmqBodyEnum _rmq_assignment_mode_names;

RMQ_DECLARE_BODY (RmqQueryAssignmentBody, query_assignment_body)
RMQ_DECLARE_BODY (RmqQueueAssignment, queue_assignment)
RMQ_DECLARE_BODY (RmqAssignmentBody, assignment_body)
RMQ_DECLARE_BODY (RmqRequestModeBody, request_mode_body)
RMQ_DECLARE_BODY (RmqLiteSubscription, lite_subscription)
RMQ_DECLARE_BODY (RmqLiteSubscriptionBody, lite_subscription_body)

RMQ_PRIVATE_END
