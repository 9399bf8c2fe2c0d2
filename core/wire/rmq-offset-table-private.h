/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets by queue: the file of a broadcasting consumer, the bodies of 220, 221, 222, 223, and other offset tables.
 */
#pragma once

#include "rmq-body-private.h"

typedef struct
{
  RmqMessageQueue *queue;
  int64_t offset;
} RmqQueueOffset;

/* {"offsetTable":{{queue}:offset}}: 220 in Java's form, 222's answer, offsets.json. */
typedef struct
{
  GPtrArray *offsets; /* RmqQueueOffset */
} RmqOffsetTable;

typedef struct
{
  char *client_id;
  GPtrArray *offsets; /* RmqQueueOffset */
} RmqClientOffsets;

/* 221 and 223. */
typedef struct
{
  GPtrArray *clients; /* RmqClientOffsets */
  GPtrArray *offsets; /* RmqQueueOffset */
} RmqConsumerStatusBody;

/* 220 in the form for C clients. */
typedef struct
{
  char *topic;
  char *broker_name;
  int32_t queue_id;
  int64_t offset;
} RmqFlatOffset;

typedef struct
{
  GPtrArray *offsets; /* RmqFlatOffset, or NULL */
} RmqFlatOffsetTable;

typedef struct
{
  int64_t id;
  int64_t offset;
} RmqIdOffset;

/* 308. */
typedef struct
{
  GPtrArray *offsets; /* RmqIdOffset */
} RmqCorrectionBody;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqQueueOffset, queue_offset)
RMQ_DECLARE_BODY (RmqOffsetTable, offset_table)
RMQ_DECLARE_BODY (RmqClientOffsets, client_offsets)
RMQ_DECLARE_BODY (RmqConsumerStatusBody, consumer_status_body)
RMQ_DECLARE_BODY (RmqFlatOffset, flat_offset)
RMQ_DECLARE_BODY (RmqFlatOffsetTable, flat_offset_table)
RMQ_DECLARE_BODY (RmqIdOffset, id_offset)
RMQ_DECLARE_BODY (RmqCorrectionBody, correction_body)

/* Appends to a map of RmqQueueOffset. */
void _rmq_queue_offsets_add (GPtrArray *offsets, RmqMessageQueue *queue, int64_t offset);
/* 220 comes in two forms, an object with queue keys or a list of flat objects: reads both. */
RmqOffsetTable *_rmq_offset_table_decode_reset (RmqSlice body, GError **error);
/* The local file as Java writes it: tabs, raw object keys. _rmq_offset_table_decode () reads every layout. */
void _rmq_offset_table_write_file (const RmqOffsetTable *self, RmqByteWriter *out);

RMQ_PRIVATE_END
