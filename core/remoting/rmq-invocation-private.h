/* SPDX-License-Identifier: Apache-2.0
 *
 * One request on its way: what the caller fills in, and how it ends. It ends exactly once, in the I/O context.
 */
#pragma once

#include <rmq/rmq.h>
#include "wire/rmq-frame-private.h"
#include "wire/rmq-header-private.h"

typedef struct _RmqInvocation RmqInvocation;
typedef struct _RmqChannel RmqChannel;
typedef struct _RmqLink RmqLink;

/* response is valid during the call only, and NULL exactly when error is set. A broker's answer of any code is a
 * response, not an error. error is borrowed. self->phase tells how far it came; self->written whether the first byte
 * may have left. The callback may free self, and may invoke again. */
typedef void (*RmqInvocationDone) (RmqInvocation *self, const RmqFrame *response, const GError *error);

struct _RmqInvocation
{
  /* Filled in by the caller; everything pointed to lives until done. */
  int code;
  const RmqHeaderTable *table; /* NULL: no typed header */
  const void *header;
  /* Instead of header, each time the request is written: what it gives is valid until it is called again, so that not
   * each request that waits has a header of its own. */
  const void *(*make_header) (RmqInvocation *self);
  const RmqExtField *ext; /* further ext fields */
  size_t n_ext;
  RmqSlice remark; /* data NULL: none */
  const uint8_t *body;
  size_t body_len;
  GBytes *body_bytes;  /* optional owner of `body`: a large one is then written without a copy. Borrowed */
  int64_t deadline_us; /* monotonic; queue, connect, write and wait all count. INT64_MAX: none */
  bool oneway;         /* done comes, with response and error NULL, when the frame is in the socket's hands */
  bool probe_close;    /* close the channel when this one times out (Java: clientCloseSocketIfTimeout) */
  RmqInvocationDone done;
  void *data;

  /* Read by the caller in done. */
  RmqPhase phase;
  bool written;
  bool resent; /* after GO_AWAY */
  int64_t started_us;

  /*< private: the connection's >*/
  RmqLink *link; /* NULL: none has it */
  RmqInvocation *prev;
  RmqInvocation *next;
  uint64_t start; /* of its frame in the connection's output, and end */
  uint64_t end;
  int32_t opaque;
  unsigned state;
  RmqRemotingCommand *command; /* as the hooks saw it; NULL without hooks */
  GError *error;               /* decided, not delivered yet */
};

static inline const void *
rmq_invocation_get_header (RmqInvocation *self)
{
  return self->make_header != NULL ? self->make_header (self) : self->header;
}
