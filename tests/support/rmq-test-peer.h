/* SPDX-License-Identifier: Apache-2.0
 *
 * A TCP peer in a thread of its own, on a free port of 127.0.0.1, that does exactly what a test says: a script of steps
 * or a callback for each frame. A frame is four bytes of big-endian length and so many bytes more; the peer knows
 * nothing else of the protocol.
 *
 * A script runs on the connection accepted last; steps wait for what they need. Frames that no step reads go to the
 * handler; without a handler they wait for a step.
 */
#pragma once

#include "rmq-test.h"

G_BEGIN_DECLS

typedef struct _RmqTestPeer RmqTestPeer;

/* In the peer's thread. connection counts accepted connections from 0; frame is whole, with its length word. */
typedef void (*RmqTestPeerFrameFunc) (RmqTestPeer *peer, unsigned connection, GBytes *frame, void *data);
typedef void (*RmqTestPeerStepFunc) (RmqTestPeer *peer, unsigned connection, void *data);

/* Listens at once. */
RmqTestPeer *rmq_test_peer_new (void);
/* Closes everything and joins the thread. */
void rmq_test_peer_free (RmqTestPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTestPeer, rmq_test_peer_free)

const char *rmq_test_peer_get_address (RmqTestPeer *self); /* "127.0.0.1:PORT" */
uint16_t rmq_test_peer_get_port (RmqTestPeer *self);

/* Before the first connection. Answers with rmq_test_peer_write (). */
void rmq_test_peer_set_handler (RmqTestPeer *self, RmqTestPeerFrameFunc func, void *data);

/* The script: each call adds a step, at any time, from any thread. */
void rmq_test_peer_then_accept (RmqTestPeer *self);
void rmq_test_peer_then_read_frame (RmqTestPeer *self);
void rmq_test_peer_then_write (RmqTestPeer *self, const void *data, size_t len);
/* len bytes a time, each in a segment of its own. */
void rmq_test_peer_then_drip (RmqTestPeer *self, const void *data, size_t len, size_t n_at_a_time);
/* In order: FIN; or RST. */
void rmq_test_peer_then_close (RmqTestPeer *self);
void rmq_test_peer_then_reset (RmqTestPeer *self);
/* Until the other side closed. */
void rmq_test_peer_then_expect_eof (RmqTestPeer *self);
void rmq_test_peer_then_call (RmqTestPeer *self, RmqTestPeerStepFunc func, void *data);
/* All steps so far are done; false when that takes too long. */
bool rmq_test_peer_wait_script (RmqTestPeer *self, unsigned timeout_ms);

/* Any thread. A connection that is gone swallows what is written to it. Blocks while the other side does not read. */
void rmq_test_peer_write (RmqTestPeer *self, unsigned connection, const void *data, size_t len);
void rmq_test_peer_close (RmqTestPeer *self, unsigned connection, bool reset);
/* While paused nothing is read, so that the other side's writes pile up. */
void rmq_test_peer_pause (RmqTestPeer *self, bool paused);
/* Further connections are refused; those accepted stay. Listens again, at the same port, with true. */
void rmq_test_peer_set_listening (RmqTestPeer *self, bool listening);

unsigned rmq_test_peer_get_n_accepted (RmqTestPeer *self);
unsigned rmq_test_peer_get_n_open (RmqTestPeer *self);
/* All frames received so far, of all connections, in order. */
unsigned rmq_test_peer_get_n_frames (RmqTestPeer *self);
GBytes *rmq_test_peer_dup_frame (RmqTestPeer *self, unsigned index, unsigned *connection);
/* Blocks until so many have come; false when that takes too long. Iterates the context if one is given. */
bool rmq_test_peer_wait_frames (RmqTestPeer *self, GMainContext *context, unsigned n_frames);
bool rmq_test_peer_wait_accepted (RmqTestPeer *self, GMainContext *context, unsigned n_accepted);
bool rmq_test_peer_wait_open (RmqTestPeer *self, GMainContext *context, unsigned n_open);

G_END_DECLS
