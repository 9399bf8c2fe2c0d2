/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the message trace: contexts to text and back. Plain text with U+0001 between fields and U+0002 after
 * records.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-byte-writer-private.h"

/* Values are the peers' enum ordinals. */
typedef enum
{
  RMQ_TRACE_PUB = 0,
  RMQ_TRACE_RECALL = 1,
  RMQ_TRACE_SUB_BEFORE = 2,
  RMQ_TRACE_SUB_AFTER = 3,
  RMQ_TRACE_END_TRANSACTION = 4,
} RmqTraceType;

typedef enum
{
  RMQ_TRACE_MESSAGE_NORMAL = 0,
  RMQ_TRACE_MESSAGE_TRANSACTION_HALF = 1,
  RMQ_TRACE_MESSAGE_TRANSACTION_COMMIT = 2,
  RMQ_TRACE_MESSAGE_DELAY = 3,
  RMQ_TRACE_MESSAGE_ORDER = 4,
} RmqTraceMessageType;

typedef enum
{
  RMQ_TRACE_COMMIT = 0,
  RMQ_TRACE_ROLLBACK = 1,
  RMQ_TRACE_UNKNOWN = 2,
} RmqTraceTransactionState;

typedef struct
{
  char *topic;
  char *message_id;
  char *offset_message_id;
  char *tags;
  char *keys; /* joined by blanks */
  char *store_host;
  char *client_host;
  char *transaction_id;
  int32_t retry_times;
  int32_t body_length;
  int32_t message_type; /* RmqTraceMessageType */
  int32_t state;        /* RmqTraceTransactionState, -1: none */
  bool from_check;
} RmqTraceBean;

typedef struct
{
  RmqTraceType type;
  int64_t timestamp;
  char *region_id;
  char *group;
  char *request_id;
  int32_t cost_ms;
  int32_t context_code; /* 0 success, 1 time-out, 2 exception, 3 returned null, 4 failed */
  bool success;
  bool cloud;       /* AccessChannel CLOUD: SubAfter without time and group */
  GPtrArray *beans; /* RmqTraceBean, owned */
} RmqTraceContext;

RMQ_PRIVATE_BEGIN

RmqTraceBean *_rmq_trace_bean_new (void);
void _rmq_trace_bean_free (RmqTraceBean *self);
RmqTraceContext *_rmq_trace_context_new (RmqTraceType type);
void _rmq_trace_context_free (RmqTraceContext *self);

/* Appends the record (for SubBefore and SubAfter one a bean). Absent texts are written
 * "null", as is an empty last field, which would cost the reader the whole batch; U+0001 and U+0002 inside values are
 * dropped. */
void _rmq_trace_context_encode (const RmqTraceContext *self, RmqByteWriter *out);
/* Adds the message ids and keys of the context to a set of char * (g_str_hash, owned). */
void _rmq_trace_context_add_keys (const RmqTraceContext *self, GHashTable *keys);
/* (transfer full): RmqTraceContext, one a record. Unknown and short records are skipped, and counted in *n_skipped. */
GPtrArray *_rmq_trace_decode (RmqSlice text, unsigned *n_skipped);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTraceBean, _rmq_trace_bean_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTraceContext, _rmq_trace_context_free)
