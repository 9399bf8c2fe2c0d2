/* SPDX-License-Identifier: Apache-2.0
 *
 * The client half against scripted peers: framing, matching, deadlines, closing. Everything of the client runs in the
 * test's own context.
 */
#include "remoting-support.h"

#include <string.h>

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
  GError *closed_error;
} Fixture;

static void
on_opened (RmqRemotingClient *client, const char *address, void *data)
{
  ((Fixture *) data)->n_opened++;
}

static void
on_closed (RmqRemotingClient *client, const char *address, const GError *error, void *data)
{
  Fixture *self = data;

  self->n_closed++;
  g_clear_error (&self->closed_error);
  if (error != NULL)
    self->closed_error = g_error_copy (error);
}

static void
on_writable (RmqRemotingClient *client, const char *address, void *data)
{
  ((Fixture *) data)->n_writable++;
}

static const RmqRemotingClientEvents events = {
  .opened = on_opened,
  .closed = on_closed,
  .writable = on_writable,
};

static void
setup (Fixture *self, const void *data)
{
  rmq_test_transports_init ();
  rmq_test_call_reset_order ();
  self->context = g_main_context_new ();
  self->clock = _rmq_clock_new_manual (1000000, 1700000000000);
  self->io = _rmq_io_new_for_context (self->context, self->clock);
  self->peer = rmq_test_peer_new ();
  self->address = g_strdup (rmq_test_peer_get_address (self->peer));
  _rmq_remoting_config_init (&self->config);
  self->config.default_scheme = "sock";
  self->client = _rmq_remoting_client_new (self->io, &self->config, &events, self);
}

static void
teardown (Fixture *self, const void *data)
{
  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_unref (self->client);
  rmq_test_peer_free (self->peer);
  _rmq_io_unref (self->io);
  rmq_test_drain (self->context);
  g_assert_cmpuint (rmq_test_count_sources (self->context), ==, 0);
  g_main_context_unref (self->context);
  _rmq_clock_unref (self->clock);
  g_free (self->address);
  g_clear_error (&self->closed_error);
}

static RmqTestCall *
invoke (Fixture *self, int code, int64_t timeout_ms)
{
  RmqTestCall *call = rmq_test_call_new (code, _rmq_clock_monotonic_us (self->clock) + timeout_ms * 1000);

  _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
  g_assert_cmpuint (call->n_done, ==, 0);
  return call;
}

static void
test_round_trip (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = invoke (self, 105, 3000);
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 1));
  request = rmq_test_peer_dup_frame (self->peer, 0, NULL);
  g_assert_cmpint (rmq_test_frame_get_code (request), ==, 105);
  answer = rmq_test_frame_answer (request, 0, "fine", "hello");
  rmq_test_peer_write_frame (self->peer, 0, answer);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpint (call->code, ==, 0);
  g_assert_cmpstr (call->remark, ==, "fine");
  g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), "hello", 5);
  g_assert_cmpuint (call->n_done, ==, 1);
  g_assert_cmpint (call->invocation.phase, ==, RMQ_PHASE_ANSWERED);
  g_assert_cmpuint (self->n_opened, ==, 1);
}

static void
add (const char *path, void (*func) (Fixture *self, const void *data))
{
  g_test_add (path, Fixture, NULL, setup, func, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/channel/round-trip", test_round_trip);
  return g_test_run ();
}
