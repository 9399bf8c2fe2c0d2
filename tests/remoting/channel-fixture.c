/* SPDX-License-Identifier: Apache-2.0
 *
 * The fixture of the channel tests.
 */
#include "channel-fixture.h"

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
on_request (RmqRemotingClient *client, RmqChannel *channel, const char *address, const RmqFrame *request, void *data)
{
  Fixture *self = data;

  g_ptr_array_add (self->requests, g_strdup_printf ("%d %d", request->code, request->opaque));
  g_clear_pointer (&self->channel, _rmq_channel_unref);
  self->channel = _rmq_channel_ref (channel);
  if (self->reply && !rmq_frame_is_oneway (request))
    _rmq_remoting_client_reply (client, channel, request->opaque, 0, "yes", NULL, NULL, (const uint8_t *) "info", 4);
}

static void
on_writable (RmqRemotingClient *client, const char *address, void *data)
{
  ((Fixture *) data)->n_writable++;
}

static const RmqRemotingClientEvents events = {
  .opened = on_opened,
  .closed = on_closed,
  .request = on_request,
  .writable = on_writable,
};

static void
drop_client (Fixture *self)
{
  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_unref (self->client);
}

void
fixture_restart (Fixture *self)
{
  drop_client (self);
  self->client = _rmq_remoting_client_new (self->io, &self->config, &events, self);
}

void
fixture_setup (Fixture *self, const void *data)
{
  rmq_test_transports_init ();
  rmq_test_call_reset_order ();
  self->n_fds = rmq_test_count_fds ();
  self->context = g_main_context_new ();
  self->clock = _rmq_clock_new_manual (0, 1700000000000);
  self->io = _rmq_io_new_for_context (self->context, self->clock);
  self->peer = rmq_test_peer_new ();
  self->address = g_strdup (rmq_test_peer_get_address (self->peer));
  self->requests = g_ptr_array_new_with_free_func (g_free);
  _rmq_remoting_config_init (&self->config);
  self->config.default_scheme = "sock";
  self->client = _rmq_remoting_client_new (self->io, &self->config, &events, self);
}

static bool
fds_are_back (void *data)
{
  return rmq_test_count_fds () <= ((Fixture *) data)->n_fds;
}

void
fixture_teardown (Fixture *self, const void *data)
{
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 0); /* a test takes those it expects */
  drop_client (self);
  g_clear_pointer (&self->channel, _rmq_channel_unref);
  rmq_test_peer_free (self->peer);
  _rmq_io_unref (self->io);
  rmq_test_drain (self->context);
  g_assert_cmpuint (rmq_test_count_sources (self->context), ==, 0);
  g_main_context_unref (self->context);
  _rmq_clock_unref (self->clock);
  g_ptr_array_unref (self->requests);
  g_free (self->address);
  g_clear_error (&self->closed_error);
  rmq_test_assert_until (NULL, fds_are_back, self);
}

RmqTestCall *
fixture_invoke_at (Fixture *self, const char *address, int code, int64_t timeout_ms)
{
  int64_t deadline_us = timeout_ms < 0 ? INT64_MAX : _rmq_clock_monotonic_us (self->clock) + timeout_ms * 1000;
  RmqTestCall *call = rmq_test_call_new (code, deadline_us);

  _rmq_remoting_client_invoke (self->client, address, &call->invocation);
  g_assert_cmpuint (call->n_done, ==, 0);
  return call;
}

RmqTestCall *
fixture_invoke (Fixture *self, int code, int64_t timeout_ms)
{
  return fixture_invoke_at (self, self->address, code, timeout_ms);
}

GPtrArray *
fixture_invoke_many (Fixture *self, unsigned n, int code, int64_t timeout_ms)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (calls, fixture_invoke (self, code, timeout_ms));
  return calls;
}

GBytes *
fixture_frame (Fixture *self, unsigned n)
{
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, n + 1));
  return rmq_test_peer_dup_frame (self->peer, n, NULL);
}

void
fixture_answer (Fixture *self, unsigned n, int code, const char *body)
{
  g_autoptr (GBytes) request = fixture_frame (self, n);
  g_autoptr (GBytes) answer = rmq_test_frame_answer (request, code, NULL, body);
  unsigned connection = 0;
  g_autoptr (GBytes) again = rmq_test_peer_dup_frame (self->peer, n, &connection);

  rmq_test_peer_write_frame (self->peer, connection, answer);
}

void
fixture_ping (Fixture *self)
{
  unsigned n = rmq_test_peer_get_n_frames (self->peer);
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 34, -1);

  fixture_answer (self, n, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
}

void
fixture_advance (Fixture *self, int64_t ms)
{
  _rmq_clock_advance (self->clock, ms * 1000);
  rmq_test_drain (self->context);
}

typedef struct
{
  const unsigned *counter;
  unsigned at_least;
} Counted;

static bool
is_counted (void *data)
{
  Counted *self = data;

  return *self->counter >= self->at_least;
}

bool
fixture_wait (Fixture *self, const unsigned *counter, unsigned at_least)
{
  Counted counted = { counter, at_least };

  return rmq_test_wait_until (self->context, is_counted, &counted, RMQ_TEST_TIMEOUT_MS);
}

void
fixture_await_all (Fixture *self, GPtrArray *calls)
{
  for (unsigned i = 0; i < calls->len; i++)
    rmq_test_call_await (self->context, g_ptr_array_index (calls, i));
}
