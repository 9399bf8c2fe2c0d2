/* SPDX-License-Identifier: Apache-2.0
 *
 * A fault as somebody asks for it: "send/topic=orders:SYSTEM_BUSY*3". README.md has the table of them.
 */
#pragma once

#include "broker/rmq-broker-request-private.h"

typedef enum
{
  /* Instead of the handler, or before it. */
  RMQ_FAULT_CODE,
  RMQ_FAULT_DROP,
  RMQ_FAULT_CUT,
  RMQ_FAULT_CLOCK,
  /* To the answer. */
  RMQ_FAULT_MUTE,
  RMQ_FAULT_CUT_BEFORE,
  RMQ_FAULT_CUT_INSIDE,
  RMQ_FAULT_CUT_AFTER,
  RMQ_FAULT_DELAY,
  RMQ_FAULT_DISK,
  RMQ_FAULT_DRIP,
  RMQ_FAULT_CORRUPT,
  RMQ_FAULT_OPAQUE,
  RMQ_FAULT_TWICE,
} RmqFaultKind;

typedef struct
{
  char *text;    /* as it was asked for */
  GArray *codes; /* int32_t of requests; NULL: all */
  char *topic;   /* NULL: any */
  char *group;
  RmqFaultKind kind;
  int code; /* of the answer */
  char *remark;
  int64_t least; /* milliseconds; bytes; the place of a byte */
  int64_t most;
  int64_t skip;  /* so many requests pass first */
  int64_t times; /* so often is left; -1: for ever */
  uint64_t fired;
} RmqFault;

/* Our own request: its body replaces what was asked for by other faults; an empty one clears them. The answer's body
 * tells what is there, a line each: "fired N<TAB>fault". A field "add" = "true" keeps what is there. */
#define RMQ_BROKER_REQUEST_FAULTS 987601

RMQ_PRIVATE_BEGIN

/* (transfer full) Of RmqFault; "a,b". NULL with error RMQ_ERROR_INVALID_ARGUMENT. */
GPtrArray *_rmq_broker_faults_parse (const char *text, GError **error);
RmqFault *_rmq_fault_ref (RmqFault *self);
void _rmq_fault_unref (RmqFault *self);

/* To a running broker. */
bool _rmq_broker_faults_add (RmqBrokerCore *core, const char *text, GError **error);
/* In place of what was asked for before. core NULL: tells only whether text is understood. */
bool _rmq_broker_faults_replace (RmqBrokerCore *core, const char *text, GError **error);
void _rmq_broker_faults_clear (RmqBrokerCore *core);

RMQ_PRIVATE_END

static inline bool
rmq_fault_is_of_answer (const RmqFault *self)
{
  return self->kind >= RMQ_FAULT_MUTE;
}
