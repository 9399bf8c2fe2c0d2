/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the assignment bodies.
 */
#include "rmq-assignment-body-private.h"

static const char *const modes[] = { "PULL", "POP" };
const RmqBodyEnum _rmq_assignment_mode_names = RMQ_BODY_ENUM (modes);

static const RmqBodyField query_assignment_rows[] = {
  RMQ_ROW (RmqQueryAssignmentBody, client_id, "clientId", STRING),
  RMQ_ROW (RmqQueryAssignmentBody, group, "consumerGroup", STRING),
  RMQ_ROW (RmqQueryAssignmentBody, model, "messageModel", ENUM, .initial = -1, .names = &_rmq_message_model_names),
  RMQ_ROW (RmqQueryAssignmentBody, strategy, "strategyName", STRING),
  RMQ_ROW (RmqQueryAssignmentBody, topic, "topic", STRING),
};
RMQ_DEFINE_BODY (RmqQueryAssignmentBody, query_assignment_body, "QueryAssignmentRequestBody", query_assignment_rows)

static const RmqBodyField queue_assignment_rows[] = {
  RMQ_ROW (RmqQueueAssignment,
           attachments,
           "attachments",
           MAP,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_string_pair_type),
  RMQ_ROW (RmqQueueAssignment, queue, "messageQueue", QUEUE),
  RMQ_ROW (RmqQueueAssignment,
           mode,
           "mode",
           ENUM,
           .initial = RMQ_ASSIGNMENT_PULL,
           .names = &_rmq_assignment_mode_names),
};
RMQ_DEFINE_BODY (RmqQueueAssignment, queue_assignment, "MessageQueueAssignment", queue_assignment_rows)

static const RmqBodyField assignment_rows[] = {
  RMQ_ROW (RmqAssignmentBody,
           assignments,
           "messageQueueAssignments",
           LIST,
           .flags = RMQ_BODY_NULLABLE,
           .nested = &_rmq_queue_assignment_type),
};
RMQ_DEFINE_BODY (RmqAssignmentBody, assignment_body, "QueryAssignmentResponseBody", assignment_rows)

static const RmqBodyField request_mode_rows[] = {
  RMQ_ROW (RmqRequestModeBody, group, "consumerGroup", STRING),
  RMQ_ROW (RmqRequestModeBody,
           mode,
           "mode",
           ENUM,
           .initial = RMQ_ASSIGNMENT_PULL,
           .names = &_rmq_assignment_mode_names),
  RMQ_ROW (RmqRequestModeBody, pop_share_queues, "popShareQueueNum", INT32),
  RMQ_ROW (RmqRequestModeBody, topic, "topic", STRING),
};
RMQ_DEFINE_BODY (RmqRequestModeBody, request_mode_body, "SetMessageRequestModeRequestBody", request_mode_rows)
