/* SPDX-License-Identifier: Apache-2.0
 *
 * Small bodies of consumers: queue locks (41, 42), the client ids of a group (38), batch acknowledgement (200151).
 */
#pragma once

#include "rmq-body-private.h"

/* Bits of one acknowledgement's set; a broker hands out at most 32 messages at a time. */
#define RMQ_BATCH_ACK_MAX_BITS (64 * 1024)

/* LOCK_BATCH_MQ and UNLOCK_BATCH_MQ requests. */
typedef struct
{
  char *group;
  char *client_id;
  bool only_this_broker;
  GPtrArray *queues; /* RmqMessageQueue */
} RmqLockBody;

typedef struct
{
  GPtrArray *locked; /* RmqMessageQueue */
} RmqLockResultBody;

typedef struct
{
  GPtrArray *client_ids; /* char *, or NULL: absent */
} RmqConsumerListBody;

typedef struct
{
  char *group;
  char *topic; /* the original topic */
  char *retry; /* "0", "1", "2" */
  int64_t start_offset;
  int32_t queue_id;
  int32_t revive_queue_id;
  int64_t pop_time;
  int64_t invisible_time;
  char *bits; /* standard Base64 of a little-endian bit set, or NULL */
} RmqBatchAck;

typedef struct
{
  char *broker_name;
  GPtrArray *acks; /* RmqBatchAck, or NULL: absent */
} RmqBatchAckBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqLockBody, lock_body)
RMQ_DECLARE_BODY (RmqLockResultBody, lock_result_body)
RMQ_DECLARE_BODY (RmqConsumerListBody, consumer_list_body)
RMQ_DECLARE_BODY (RmqBatchAck, batch_ack)
RMQ_DECLARE_BODY (RmqBatchAckBody, batch_ack_body)

/* The bit set: bit i means offset start_offset + i. False, and nothing changed, when an offset lies before start_offset
 * or RMQ_BATCH_ACK_MAX_BITS and more behind it. */
bool _rmq_batch_ack_set_offsets (RmqBatchAck *self, const int64_t *offsets, unsigned n_offsets);
/* Appends int64_t; RMQ_ERROR_PROTOCOL for text that is no Base64 or has more than max_offsets bits set. */
bool _rmq_batch_ack_get_offsets (const RmqBatchAck *self, unsigned max_offsets, GArray *offsets, GError **error);

RMQ_PRIVATE_END
