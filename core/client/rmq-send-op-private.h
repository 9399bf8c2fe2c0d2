/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of a send under way; only the send routine's own files include this.
 */
#pragma once

#include "rmq-client-core-internal-private.h"
#include "rmq-sender-private.h"
#include "wire/rmq-unique-id-private.h"

struct _RmqSendOp
{
  RmqIoOp io_op; /* first: the owner submits it */
  RmqSendOp *links[2];
  RmqClientCore *core;
  RmqMessage *message;
  RmqSendParams params;
  RmqSendDone done;
  void *data;
  RmqSendNote note;

  /* Encoded once, in the caller's thread. */
  char *properties; /* a buffer that the pool keeps */
  uint32_t properties_allocated;
  uint32_t properties_len;
  RmqSlice unique_id; /* in the properties */
  GBytes *body;
  int32_t sys_flag;
  int64_t born_timestamp;

  /* In the I/O context. */
  int64_t deadline_us;
  unsigned n_attempts;
  unsigned n_throttled; /* of them: the broker asked for patience */
  bool maybe_stored;
  bool redirected; /* a broker said that the queue is no longer its own */
  bool in_io;      /* started: it ends in the I/O context */
  bool in_flight;
  bool is_pausing;
  RmqRoute *route;
  RmqRouteRequest *route_request;
  int64_t attempt_began_us;
  RmqMessageQueue *queue; /* of the last attempt; referenced */
  char *vip_address;
  const char *address;
  RmqErrorDetails *details;
  RmqSendReceipt *weak; /* stored, if only so: what follows can make it no worse */
  union
  {
    RmqInvocation invocation; /* while in_flight */
    RmqTimer pause;           /* while is_pausing: between two attempts */
  };
};
