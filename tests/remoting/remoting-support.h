/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the remoting layer share: calls that remember how they ended, frames made and taken apart by hand,
 * and two transports that need no plugin.
 */
#pragma once

#include "remoting/rmq-remoting-client-private.h"
#include "rmq-test-peer.h"

G_BEGIN_DECLS

/* One request and its end. */
typedef struct
{
  RmqInvocation invocation; /* first: the callback casts */
  unsigned n_done;
  GError *error;
  bool got_response;
  int32_t code;
  int32_t opaque;
  char *remark;
  GBytes *body;  /* a copy */
  GBytes *owner; /* what the frame shared, when `share` was set */
  bool share;
  unsigned order; /* of all that ended: 1, 2, … */
} RmqTestCall;

RmqTestCall *rmq_test_call_new (int code, int64_t deadline_us);
void rmq_test_call_free (RmqTestCall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTestCall, rmq_test_call_free)
/* As RmqTestCondition. */
bool rmq_test_call_is_done (void *call);
#define rmq_test_call_await(context, call)                                                                             \
  g_assert_true (rmq_test_wait_until ((context), rmq_test_call_is_done, (call), RMQ_TEST_TIMEOUT_MS))
void rmq_test_call_reset_order (void);

/* Runs func in the I/O context, and waits for it: iterates context where that is the I/O context, else NULL. */
void rmq_test_io_call (RmqIo *io, GMainContext *context, void (*func) (void *data), void *data);

/* A whole frame; body may be NULL. */
GBytes *rmq_test_frame_new (int32_t code,
                            int32_t opaque,
                            int32_t flag,
                            bool binary,
                            const char *remark,
                            const char *body);
/* Of a frame that came in. */
int32_t rmq_test_frame_get_opaque (GBytes *frame);
int32_t rmq_test_frame_get_code (GBytes *frame);
int32_t rmq_test_frame_get_flag (GBytes *frame);
char *rmq_test_frame_dup_ext (GBytes *frame, const char *key);
char *rmq_test_frame_dup_body (GBytes *frame);
/* The answer to a request. */
GBytes *rmq_test_frame_answer (GBytes *request, int32_t code, const char *remark, const char *body);
void rmq_test_peer_write_frame (RmqTestPeer *peer, unsigned connection, GBytes *frame);

/* Warnings of the library since the last call, which are not fatal here. Any thread. */
unsigned rmq_test_take_warnings (char **last);

/* Registers the transports below and catches the log, once. */
void rmq_test_transports_init (void);
/* "sock": a plain socket, as tcp is. "pipe": a memory pipe; each connection hands its other end to this: */
typedef void (*RmqTestPipeFunc) (GIOStream *other_end, void *data);
void rmq_test_pipe_set_acceptor (RmqTestPipeFunc func, void *data, size_t capacity);
/* "never": connects to nothing, but ends when it is cancelled. "plainly": a stream that is not pollable. */

G_END_DECLS
