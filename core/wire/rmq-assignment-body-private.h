/* SPDX-License-Identifier: Apache-2.0
 *
 * Assignment by the broker: QUERY_ASSIGNMENT (400) and SET_MESSAGE_REQUEST_MODE (401).
 */
#pragma once

#include "rmq-heartbeat-private.h"
#include "rmq-string-pair-private.h"

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
  RmqMessageQueue *queue; /* queue id -1: any of this broker. NULL when the peer left it out */
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

RMQ_PRIVATE_BEGIN

extern const RmqBodyEnum _rmq_assignment_mode_names;

RMQ_DECLARE_BODY (RmqQueryAssignmentBody, query_assignment_body)
RMQ_DECLARE_BODY (RmqQueueAssignment, queue_assignment)
RMQ_DECLARE_BODY (RmqAssignmentBody, assignment_body)
RMQ_DECLARE_BODY (RmqRequestModeBody, request_mode_body)

RMQ_PRIVATE_END
