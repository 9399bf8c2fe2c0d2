/* SPDX-License-Identifier: Apache-2.0
 *
 * Connecting: addresses and their map, failures and the pause after them, and the peer that says GO_AWAY.
 */
#include "channel-fixture.h"

#include <string.h>
#include "remoting/rmq-address-map-private.h"

/* --- failures ------------------------------------------------------------------------------------------------ */

static void
test_refused (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) first = NULL;
  g_autoptr (RmqTestCall) second = NULL;
  g_autofree char *port = g_strdup_printf (":%u", rmq_test_peer_get_port (self->peer));

  rmq_test_peer_set_listening (self->peer, false);
  first = fixture_invoke (self, 105, 3000);
  second = fixture_invoke (self, 105, 3000);
  rmq_test_call_await (self->context, second);
  fixture_assert_failed (first, RMQ_ERROR_CONNECT_FAILED, RMQ_PHASE_CONNECT, false);
  fixture_assert_failed (second, RMQ_ERROR_CONNECT_FAILED, RMQ_PHASE_CONNECT, false);
  g_assert_nonnull (strstr (first->error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (first->error->message, port));
  g_assert_nonnull (strstr (first->error->message, "refused"));
  g_assert_cmpuint (self->n_opened + self->n_closed, ==, 0);
}

static void
get_state (const RmqChannelInfo *info, void *data)
{
  *(const char **) data = info->state;
}

/* After a failure requests fail at once, without an attempt, until the pause is over; the pause grows. */
static void
test_back_off (Fixture *self, const void *data)
{
  int64_t longest = 100;
  const char *state = NULL;

  rmq_test_peer_set_listening (self->peer, false);
  for (unsigned i = 0; i < 8; i++)
    {
      g_autoptr (RmqTestCall) attempt = fixture_invoke (self, 105, 3000);
      g_autoptr (RmqTestCall) at_once = NULL;
      g_autoptr (RmqTestCall) still = NULL;

      rmq_test_call_await (self->context, attempt);
      g_assert_error (attempt->error, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED);
      g_assert_null (strstr (attempt->error->message, "next attempt"));
      at_once = fixture_invoke (self, 105, 3000);
      rmq_test_drain (self->context);
      fixture_assert_failed (at_once, RMQ_ERROR_CONNECT_FAILED, RMQ_PHASE_CONNECT, false);
      g_assert_nonnull (strstr (at_once->error->message, "next attempt"));
      g_assert_nonnull (strstr (at_once->error->message, "refused"));
      _rmq_remoting_client_foreach (self->client, get_state, &state);
      g_assert_cmpstr (state, ==, "backing-off");

      /* Half of it, at least. */
      fixture_advance (self, longest / 2 - 1);
      still = fixture_invoke (self, 105, 3000);
      rmq_test_drain (self->context);
      g_assert_nonnull (strstr (still->error->message, "next attempt"));
      fixture_advance (self, longest - longest / 2 + 1);
      longest = MIN (longest * 2, 5000);
    }
  rmq_test_peer_set_listening (self->peer, true);
  fixture_advance (self, 5000);
  fixture_ping (self);
  g_assert_cmpuint (self->n_opened, ==, 1);

  /* What worked once is tried again at once, and a new failure begins with a short pause. */
  rmq_test_peer_close (self->peer, 0, false);
  g_assert_true (fixture_wait (self, &self->n_closed, 1));
  fixture_ping (self);
}

static void
close_at_once (RmqTestPeer *peer, unsigned connection, GBytes *frame, void *data)
{
  rmq_test_peer_close (peer, connection, false);
}

/* A peer that takes connections only to close them is a failure, too, from the third time on. */
static void
test_useless (Fixture *self, const void *data)
{
  rmq_test_peer_set_handler (self->peer, close_at_once, NULL);
  for (unsigned i = 0; i < 3; i++)
    {
      g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 3000);

      rmq_test_call_await (self->context, call);
      g_assert_error (call->error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
    }
  {
    g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 3000);

    rmq_test_drain (self->context);
    g_assert_error (call->error, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED);
  }
  g_assert_cmpuint (self->n_opened, ==, 3);
}

static void
test_black_hole (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) patient = fixture_invoke_at (self, "never://10.255.255.1:9876", 105, 60000);
  g_autoptr (RmqTestCall) hasty = fixture_invoke_at (self, "never://10.255.255.1:9876", 105, 1000);

  rmq_test_drain (self->context);
  fixture_ping (self); /* others are not delayed meanwhile */
  fixture_advance (self, 1050);
  fixture_assert_failed (hasty, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_CONNECT, false);
  fixture_advance (self, 1900);
  g_assert_cmpuint (patient->n_done, ==, 0);
  fixture_advance (self, 100);
  fixture_assert_failed (patient, RMQ_ERROR_CONNECT_FAILED, RMQ_PHASE_CONNECT, false);
  g_assert_nonnull (strstr (patient->error->message, "10.255.255.1:9876"));
  g_assert_nonnull (strstr (patient->error->message, "no answer within 30"));
}

static void
test_close_while_connecting (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) never = fixture_invoke_at (self, "never://h:1", 105, -1);
  g_autoptr (RmqTestCall) sock = fixture_invoke (self, 105, -1);

  g_main_context_iteration (self->context, FALSE);
  _rmq_remoting_client_close (self->client);
  fixture_assert_failed (never, RMQ_ERROR_CLOSED, RMQ_PHASE_CONNECT, false);
  fixture_assert_failed (sock, RMQ_ERROR_CLOSED, RMQ_PHASE_CONNECT, false);
  rmq_test_drain (self->context);
  g_assert_true (rmq_test_peer_wait_open (self->peer, self->context, 0));
  g_assert_cmpuint (self->n_opened + self->n_closed, ==, 0);
}

static void
assert_fails_at (Fixture *self, const char *address, int code, const char *text)
{
  g_autoptr (RmqTestCall) call = fixture_invoke_at (self, address, 105, 3000);

  rmq_test_call_await (self->context, call);
  g_assert_error (call->error, RMQ_ERROR, code);
  g_assert_nonnull (strstr (call->error->message, text));
}

static void
test_addresses (Fixture *self, const void *data)
{
  assert_fails_at (self, "::1:9876", RMQ_ERROR_INVALID_ARGUMENT, "::1:9876");
  assert_fails_at (self, "h:70000", RMQ_ERROR_INVALID_ARGUMENT, "h:70000");
  assert_fails_at (self, "h:0", RMQ_ERROR_INVALID_ARGUMENT, "h:0");
  assert_fails_at (self, "", RMQ_ERROR_INVALID_ARGUMENT, "address");
  assert_fails_at (self, "127.0.0.1", RMQ_ERROR_CONNECT_FAILED, "no port");
  assert_fails_at (self, "nosuch://127.0.0.1:1", RMQ_ERROR_CONNECT_FAILED, "nosuch");
  assert_fails_at (self, "plainly://x", RMQ_ERROR_CONNECT_FAILED, "not pollable");
  assert_fails_at (self, "no-such-host.invalid:9876", RMQ_ERROR_CONNECT_FAILED, "no-such-host.invalid");
}

static void
test_named_host (Fixture *self, const void *data)
{
  g_autofree char *address = g_strdup_printf ("localhost:%u", rmq_test_peer_get_port (self->peer));
  g_autoptr (RmqTestCall) call = fixture_invoke_at (self, address, 105, -1);

  /* Perhaps ::1 first, where nobody listens. */
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
}

/* --- address map --------------------------------------------------------------------------------------------- */

static void
test_address_map (Fixture *self, const void *data)
{
  g_autofree char *exact = g_strdup_printf ("10.0.0.5:10911=127.0.0.1:%u", rmq_test_peer_get_port (self->peer));
  const char *const map[] = { "10.0.0.5=127.0.0.1:1", exact, "*=127.0.0.2:2", NULL };
  const char *const bad[] = { "a:1", NULL };
  g_autoptr (RmqTestCall) call = NULL;
  g_autoptr (RmqTestCall) other = NULL;

  _rmq_remoting_client_set_address_map (self->client, map);
  call = fixture_invoke_at (self, "10.0.0.5:10911", 105, -1);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_true (_rmq_remoting_client_is_open (self->client, "10.0.0.5:10911"));

  /* The original stands in the error, beside what was tried. */
  other = fixture_invoke_at (self, "10.0.0.5:10912", 105, -1);
  rmq_test_call_await (self->context, other);
  g_assert_error (other->error, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED);
  g_assert_nonnull (strstr (other->error->message, "10.0.0.5:10912"));
  g_assert_nonnull (strstr (other->error->message, "127.0.0.1"));

  _rmq_remoting_client_set_address_map (self->client, bad);
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 1);
}

static char *
apply (const char *const *rules, const char *address)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqAddressMap) map = _rmq_address_map_new (rules, &error);
  g_autoptr (RmqEndpoint) endpoint = rmq_endpoint_new_from_string (address, "tcp", &error);
  g_autoptr (RmqEndpoint) mapped = NULL;

  g_assert_no_error (error);
  mapped = _rmq_address_map_apply (map, endpoint);
  return rmq_endpoint_to_string (mapped);
}

static void
assert_maps (const char *const *rules, const char *address, const char *expected)
{
  g_autofree char *mapped = apply (rules, address);

  g_assert_cmpstr (mapped, ==, expected);
}

static void
test_address_map_rules (void)
{
  const char *const rules[] = {
    "*=gate", "*:10912=gate:5", "broker=other", "broker:10911=[::1]:7", " x:1 = y:2 ", NULL
  };
  static const char *const bad[] = { "", "=", "a=", "=b", "a:1=*", "tcp://a:1=b:2", "a:99999=b", "a=b:0" };

  assert_maps (rules, "broker:10911", "tcp://[::1]:7");
  assert_maps (rules, "BROKER:10912", "tcp://other:10912");
  assert_maps (rules, "tls://z:10912", "tls://gate:5");
  assert_maps (rules, "z:1", "tcp://gate:1");
  assert_maps (rules, "x:1", "tcp://y:2");
  assert_maps (NULL, "x:1", "tcp://x:1");
  assert_maps (rules, "unix:///run/x", "unix:///run/x");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *const one[] = { bad[i], NULL };
      g_autoptr (GError) error = NULL;

      g_assert_null (_rmq_address_map_new (one, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
    }
}

/* --- GO_AWAY ------------------------------------------------------------------------------------------------- */

static void
test_go_away (Fixture *self, const void *data)
{
  g_autofree char *body = g_strnfill (5000, 'b');
  g_autoptr (GBytes) owner = g_bytes_new_static (body, 5000);
  g_autoptr (RmqTestCall) patient = fixture_invoke (self, 11, -1);
  g_autoptr (RmqTestCall) first = rmq_test_call_new (310, INT64_MAX);
  g_autoptr (RmqTestCall) second = NULL;
  g_autoptr (RmqTestCall) third = NULL;
  RmqExtField ext = { RMQ_SLICE_LITERAL ("a"), RMQ_SLICE_LITERAL ("1") };
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;
  g_autoptr (GBytes) same = NULL;
  g_autofree char *a = NULL;
  g_autofree char *again = NULL;
  unsigned connection = 0;

  first->invocation.body = (const uint8_t *) body;
  first->invocation.body_len = 5000;
  first->invocation.body_bytes = owner;
  first->invocation.ext = &ext;
  first->invocation.n_ext = 1;
  _rmq_remoting_client_invoke (self->client, self->address, &first->invocation);
  second = fixture_invoke (self, 105, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 3));
  before = fixture_frame (self, 1);

  /* Two are sent away: one new connection, and both go there. */
  fixture_answer (self, 1, 1500, NULL);
  after = fixture_frame (self, 3);
  fixture_answer (self, 2, 1500, NULL);
  same = rmq_test_peer_dup_frame (self->peer, 3, &connection);
  g_assert_cmpuint (connection, ==, 1);
  g_assert_cmpint (rmq_test_frame_get_code (after), ==, 310);
  g_assert_cmpint (rmq_test_frame_get_opaque (after), !=, rmq_test_frame_get_opaque (before));
  a = rmq_test_frame_dup_ext (after, "a");
  g_assert_cmpstr (a, ==, "1");
  again = rmq_test_frame_dup_body (after);
  g_assert_cmpstr (again, ==, body);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 5));
  third = fixture_invoke (self, 105, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 6));
  g_assert_cmpuint (rmq_test_peer_get_n_accepted (self->peer), ==, 2);

  fixture_answer (self, 3, 0, NULL);
  fixture_answer (self, 4, 0, NULL);
  fixture_answer (self, 5, 0, NULL);
  rmq_test_call_await (self->context, first);
  rmq_test_call_await (self->context, second);
  rmq_test_call_await (self->context, third);
  g_assert_cmpint (first->code, ==, 0);
  g_assert_true (first->invocation.resent);
  g_assert_true (second->invocation.resent);
  g_assert_false (third->invocation.resent);

  /* The old connection is kept for what it still owes, and then closed. */
  g_assert_cmpuint (self->n_closed, ==, 0);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, patient);
  g_assert_no_error (patient->error);
  g_assert_true (fixture_wait (self, &self->n_closed, 1));
  g_assert_no_error (self->closed_error);
  g_assert_true (rmq_test_peer_wait_open (self->peer, self->context, 1));
}

static void
test_go_away_twice (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 310, -1);

  fixture_answer (self, 0, 1500, NULL);
  fixture_answer (self, 1, 1500, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpint (call->code, ==, 1500);
  g_assert_cmpuint (rmq_test_peer_get_n_accepted (self->peer), ==, 2);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 2);
}

/* The deadline counts over both attempts, and closing finds both connections. */
static void
test_go_away_deadline (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 310, 3000);
  g_autoptr (RmqTestCall) owed = fixture_invoke (self, 11, -1);

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 2));
  fixture_advance (self, 2000);
  fixture_answer (self, 0, 1500, NULL);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 3));
  fixture_advance (self, 1050);
  fixture_assert_failed (call, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
  _rmq_remoting_client_close (self->client);
  fixture_assert_failed (owed, RMQ_ERROR_CLOSED, RMQ_PHASE_WAIT, true);
  g_assert_cmpuint (self->n_closed, ==, 2);
}

/* --- other transports ---------------------------------------------------------------------------------------- */

static void
keep_stream (GIOStream *other_end, void *data)
{
  *(GIOStream **) data = g_object_ref (other_end);
}

/* A stream that is no socket, whose other end takes a few bytes at a time. */
static void
test_memory_pipe (Fixture *self, const void *data)
{
  g_autoptr (GIOStream) far = NULL;
  g_autofree char *large = g_strnfill (20000, 'x');
  g_autoptr (RmqTestCall) call = rmq_test_call_new (310, INT64_MAX);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  rmq_test_pipe_set_acceptor (keep_stream, &far, 1000);
  call->invocation.body = (const uint8_t *) large;
  call->invocation.body_len = 20000;
  _rmq_remoting_client_invoke (self->client, "pipe://x", &call->invocation);
  while (got->len < 20000 || got->len < 4 + GUINT32_FROM_BE (*(const uint32_t *) (const void *) got->data))
    {
      uint8_t chunk[700];
      ssize_t n;

      g_main_context_iteration (self->context, FALSE);
      if (far == NULL)
        continue;
      n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (far)), chunk,
                                                    sizeof chunk, NULL, NULL);
      if (n > 0)
        g_byte_array_append (got, chunk, (unsigned) n);
    }
  request = g_bytes_new (got->data, got->len);
  answer = rmq_test_frame_answer (request, 0, NULL, "ok");
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (far), g_bytes_get_data (answer, NULL),
                                            g_bytes_get_size (answer), NULL, NULL, NULL));
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);

  g_io_stream_close (far, NULL, NULL);
  g_assert_true (fixture_wait (self, &self->n_closed, 1));
  g_assert_error (self->closed_error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/connect/C-REM-009/refused", test_refused);
  fixture_add ("/connect/back-off", test_back_off);
  fixture_add ("/connect/useless", test_useless);
  fixture_add ("/connect/C-REM-008/black-hole", test_black_hole);
  fixture_add ("/connect/close-while-connecting", test_close_while_connecting);
  fixture_add ("/connect/C-REM-011/addresses", test_addresses);
  fixture_add ("/connect/named-host", test_named_host);
  fixture_add ("/connect/C-ROUTE-016/address-map", test_address_map);
  g_test_add_func ("/connect/C-ROUTE-016/address-map-rules", test_address_map_rules);
  fixture_add ("/connect/C-REM-014/C-REM-015/go-away", test_go_away);
  fixture_add ("/connect/C-REM-016/go-away-twice", test_go_away_twice);
  fixture_add ("/connect/C-REM-014/go-away-deadline", test_go_away_deadline);
  fixture_add ("/connect/memory-pipe", test_memory_pipe);
  return g_test_run ();
}
