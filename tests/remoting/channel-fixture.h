/* SPDX-License-Identifier: Apache-2.0
 *
 * One client in the test's own context, on a clock that the test moves, and one scripted peer.
 */
#pragma once

#include "remoting-support.h"

G_BEGIN_DECLS

typedef struct
{
  GMainContext *context;
  RmqClock *clock;
  RmqIo *io;
  RmqRemotingConfig config;
  RmqRemotingClient *client;
  RmqTestPeer *peer;
  char *address;

  unsigned n_opened;
  unsigned n_closed;
  unsigned n_writable;
  GError *closed_error; /* of the last one */
  GPtrArray *requests;  /* that came in: of char *, "CODE OPAQUE" */
  RmqChannel *channel;  /* of the last of them; referenced */
  bool reply;           /* to each */
  unsigned n_fds;
} Fixture;

void fixture_setup (Fixture *self, const void *data);
void fixture_teardown (Fixture *self, const void *data);
/* Makes the client anew, with what self->config says now. */
void fixture_restart (Fixture *self);
#define fixture_add(path, func) g_test_add (path, Fixture, NULL, fixture_setup, func, fixture_teardown)

/* A request to the peer, on its way. */
RmqTestCall *fixture_invoke (Fixture *self, int code, int64_t timeout_ms);
RmqTestCall *fixture_invoke_at (Fixture *self, const char *address, int code, int64_t timeout_ms);
GPtrArray *fixture_invoke_many (Fixture *self, unsigned n, int code, int64_t timeout_ms);
/* Waits for the peer's nth frame, from 0; (transfer full). */
GBytes *fixture_frame (Fixture *self, unsigned n);
void fixture_answer (Fixture *self, unsigned n, int code, const char *body);
/* A call that works: connects where that is needed. */
void fixture_ping (Fixture *self);
void fixture_advance (Fixture *self, int64_t ms);
bool fixture_wait (Fixture *self, const unsigned *counter, unsigned at_least);
void fixture_await_all (Fixture *self, GPtrArray *calls);

#define fixture_assert_failed(call, error_code, at_phase, was_written)                                                 \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_error ((call)->error, RMQ_ERROR, error_code);                                                             \
    g_assert_cmpuint ((call)->n_done, ==, 1);                                                                          \
    g_assert_cmpint ((call)->invocation.phase, ==, at_phase);                                                          \
    g_assert_cmpint ((call)->invocation.written, ==, was_written);                                                     \
  }                                                                                                                    \
  G_STMT_END

G_END_DECLS
