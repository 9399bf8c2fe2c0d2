/* SPDX-License-Identifier: Apache-2.0
 *
 * How requests end when they do not end well: bad frames, cut connections, deadlines, cancelling, full queues, closing.
 */
#include "channel-fixture.h"

#include <stdio.h>
#include <string.h>

/* --- bad frames ---------------------------------------------------------------------------------------------- */

/* Two requests are pending, the peer sends bytes: both fail, it sees the connection closed, and the next call works. */
static void
assert_refused (Fixture *self, const void *bytes, size_t len)
{
  g_autoptr (GPtrArray) calls = NULL;
  g_autofree char *warning = NULL;
  unsigned n_accepted;
  unsigned n_frames;

  fixture_ping (self);
  n_accepted = rmq_test_peer_get_n_accepted (self->peer);
  n_frames = rmq_test_peer_get_n_frames (self->peer);
  calls = fixture_invoke_many (self, 2, 105, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, n_frames + 2));
  rmq_test_peer_write (self->peer, n_accepted - 1, bytes, len);
  fixture_await_all (self, calls);
  for (unsigned i = 0; i < calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      fixture_assert_failed (call, RMQ_ERROR_PROTOCOL, RMQ_PHASE_WAIT, true);
      g_assert_nonnull (strstr (call->error->message, self->address));
    }
  g_assert_error (self->closed_error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_assert_cmpuint (rmq_test_take_warnings (&warning), ==, 1);
  g_assert_nonnull (strstr (warning, self->address));
  g_assert_true (rmq_test_peer_wait_open (self->peer, self->context, 0));
  fixture_ping (self);
}

static void
test_bad_frames (Fixture *self, const void *data)
{
  static const uint8_t short_total[] = { 0, 0, 0, 3, 0, 0, 0, 0 };
  static const uint8_t long_header[] = { 0, 0, 0, 20, 0, 0, 0, 17, '{', '}' };
  static const uint8_t bad_type[] = { 0, 0, 0, 8, 9, 0, 0, 4, '{', '}', ' ', ' ' };
  static const uint8_t not_json[] = { 0, 0, 0, 8, 0, 0, 0, 4, 'n', 'o', 'p', 'e' };
  static const uint8_t bad_binary[] = { 0, 0, 0, 8, 1, 0, 0, 4, 0, 1, 2, 3 };
  static const uint8_t negative[] = { 0x80, 0, 0, 8, 0, 0, 0, 4 };

  assert_refused (self, short_total, sizeof short_total);
  assert_refused (self, long_header, sizeof long_header);
  assert_refused (self, bad_type, sizeof bad_type);
  assert_refused (self, not_json, sizeof not_json);
  assert_refused (self, bad_binary, sizeof bad_binary);
  assert_refused (self, negative, sizeof negative);
  assert_refused (self, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
}

static size_t
resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long total;
  unsigned long resident;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);
  return resident * 4096;
}

static void
test_too_long (Fixture *self, const void *data)
{
  static const uint8_t beyond[] = { 0x01, 0, 0, 0, 0, 0, 0, 4, '{', '}', ' ', ' ' }; /* 4 more than may be */
  static const uint8_t largest[] = { 0x00, 0xff, 0xff, 0xfc, 0, 0, 0, 4, '{', '}', ' ', ' ' };
  g_autoptr (RmqTestCall) call = NULL;
  unsigned n_frames;
  size_t before;

  assert_refused (self, beyond, sizeof beyond);

  /* The largest one is only announced: nothing but what came is held. */
  call = fixture_invoke (self, 105, -1);
  n_frames = rmq_test_peer_get_n_frames (self->peer) + 1;
  before = resident_bytes ();
  for (unsigned i = 0; i < 20; i++)
    {
      unsigned n = rmq_test_peer_get_n_accepted (self->peer);

      /* What is not read when the peer closes makes a reset of it. */
      g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, n_frames + 2 * i));
      rmq_test_peer_write (self->peer, n - 1, largest, sizeof largest);
      rmq_test_peer_close (self->peer, n - 1, false);
      rmq_test_call_await (self->context, call);
      fixture_assert_failed (call, RMQ_ERROR_CONNECTION_LOST, RMQ_PHASE_WAIT, true);
      rmq_test_call_free (call);
      fixture_ping (self);
      call = fixture_invoke (self, 105, -1);
    }
  g_assert_cmpuint (rmq_test_take_warnings (NULL), ==, 20);
  g_assert_cmpuint (resident_bytes (), <, before + 1024 * 1024);
  g_assert_true (_rmq_remoting_client_cancel (self->client, &call->invocation));
}

/* --- lost connections ---------------------------------------------------------------------------------------- */

static void
test_cut_in_frame (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 11, -1);
  g_autoptr (GBytes) request = fixture_frame (self, 0);
  g_autofree char *body = g_strnfill (1000, 'b');
  g_autoptr (GBytes) answer = rmq_test_frame_answer (request, 0, NULL, body);
  g_autofree char *warning = NULL;

  rmq_test_peer_write (self->peer, 0, g_bytes_get_data (answer, NULL), g_bytes_get_size (answer) / 2);
  rmq_test_peer_close (self->peer, 0, false);
  rmq_test_call_await (self->context, call);
  fixture_assert_failed (call, RMQ_ERROR_CONNECTION_LOST, RMQ_PHASE_WAIT, true);
  g_assert_false (call->got_response);
  g_assert_cmpuint (rmq_test_take_warnings (&warning), ==, 1);
  g_assert_nonnull (strstr (warning, "in the middle of a frame"));
  fixture_ping (self);
}

static void
test_cut_before_answer (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = fixture_invoke_many (self, 20, 310, 3000);

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 20));
  rmq_test_peer_close (self->peer, 0, true);
  fixture_await_all (self, calls);
  for (unsigned i = 0; i < 20; i++)
    fixture_assert_failed ((RmqTestCall *) calls->pdata[i], RMQ_ERROR_CONNECTION_LOST, RMQ_PHASE_WAIT, true);
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_error (self->closed_error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
  fixture_ping (self);
  g_assert_cmpuint (self->n_opened, ==, 2);
}

static void
test_reconnects (Fixture *self, const void *data)
{
  for (unsigned i = 0; i < 200; i++)
    {
      fixture_ping (self);
      rmq_test_peer_close (self->peer, i, (i & 1) != 0);
      g_assert_true (fixture_wait (self, &self->n_closed, i + 1));
    }
  g_assert_cmpuint (self->n_opened, ==, 200);
}

/* Writing to a connection that the peer reset. */
static void
test_no_sigpipe (Fixture *self, const void *data)
{
  g_autofree char *large = g_strnfill (1024 * 1024, 'x');
  g_autoptr (GPtrArray) calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);

  fixture_ping (self);
  rmq_test_peer_pause (self->peer, true);
  for (unsigned i = 0; i < 16; i++)
    {
      RmqTestCall *call = rmq_test_call_new (10, INT64_MAX);

      call->invocation.body = (const uint8_t *) large;
      call->invocation.body_len = 1024 * 1024;
      g_ptr_array_add (calls, call);
      _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
    }
  rmq_test_drain (self->context);
  rmq_test_peer_close (self->peer, 0, true);
  fixture_await_all (self, calls);
  for (unsigned i = 0; i < calls->len; i++)
    g_assert_error (((RmqTestCall *) calls->pdata[i])->error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
  /* Those at the end never began to be written. */
  g_assert_true (((RmqTestCall *) calls->pdata[0])->invocation.written);
  g_assert_false (((RmqTestCall *) calls->pdata[15])->invocation.written);
  g_assert_cmpint (((RmqTestCall *) calls->pdata[15])->invocation.phase, ==, RMQ_PHASE_QUEUED);
}

/* --- deadlines ----------------------------------------------------------------------------------------------- */

static void
test_timeout (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) early = fixture_invoke (self, 105, 1000);
  g_autoptr (RmqTestCall) late = fixture_invoke (self, 105, 3000);

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 2));
  fixture_advance (self, 999);
  g_assert_cmpuint (early->n_done, ==, 0);
  fixture_advance (self, 51);
  fixture_assert_failed (early, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
  g_assert_nonnull (strstr (early->error->message, self->address));
  g_assert_cmpuint (late->n_done, ==, 0);

  /* The late answer is dropped without a word, the other request goes on. */
  fixture_answer (self, 0, 0, NULL);
  fixture_answer (self, 1, 0, NULL);
  rmq_test_call_await (self->context, late);
  g_assert_no_error (late->error);
  g_assert_cmpuint (early->n_done, ==, 1);
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* A thousand requests of the same age cost one wake-up. */
static void
test_many_timeouts (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = NULL;
  uint64_t wakeups;

  fixture_ping (self);
  calls = fixture_invoke_many (self, 1000, 105, 3000);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 1001));
  wakeups = _rmq_timer_heap_get_n_wakeups (_rmq_io_get_timers (self->io));
  fixture_advance (self, 3050);
  for (unsigned i = 0; i < calls->len; i++)
    fixture_assert_failed ((RmqTestCall *) calls->pdata[i], RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
  g_assert_cmpuint (_rmq_timer_heap_get_n_wakeups (_rmq_io_get_timers (self->io)), <=, wakeups + 2);
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* Nobody wakes up for the deadline of what is answered, but for that of what still waits. */
static void
test_answered_in_time (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) early = NULL;
  g_autoptr (RmqTestCall) late = NULL;
  uint64_t wakeups;

  fixture_ping (self);
  early = fixture_invoke (self, 105, 3000);
  late = fixture_invoke (self, 11, 20000);
  fixture_answer (self, 1, 0, NULL);
  rmq_test_call_await (self->context, early);
  g_assert_no_error (early->error);
  wakeups = _rmq_timer_heap_get_n_wakeups (_rmq_io_get_timers (self->io));
  fixture_advance (self, 10000);
  g_assert_cmpuint (_rmq_timer_heap_get_n_wakeups (_rmq_io_get_timers (self->io)), ==, wakeups);
  g_assert_false (late->n_done > 0);
  fixture_advance (self, 10050);
  fixture_assert_failed (late, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
}

/* What is over due when its turn comes is not written any more. */
static void
test_over_due (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = NULL;

  fixture_ping (self);
  call = fixture_invoke (self, 105, 0);
  rmq_test_call_await (self->context, call);
  fixture_assert_failed (call, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_QUEUED, false);
  fixture_ping (self);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 2);
}

/* A peer that vanished: two rounds in silence, and the connection is given up. */
static void
test_half_open (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) patient = NULL;

  fixture_ping (self);
  fixture_advance (self, 1);
  patient = fixture_invoke (self, 11, 30000);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 1000);

      g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 3 + i));
      g_assert_cmpuint (self->n_closed, ==, 0);
      fixture_advance (self, 1100);
      g_assert_error (call->error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
    }
  g_assert_cmpuint (self->n_closed, ==, 1);
  fixture_assert_failed (patient, RMQ_ERROR_CONNECTION_LOST, RMQ_PHASE_WAIT, true);
  fixture_ping (self);
  g_assert_cmpuint (self->n_opened, ==, 2);
}

/* A peer that is slow with one request, but alive, is not. */
static void
test_slow_is_not_gone (Fixture *self, const void *data)
{
  fixture_ping (self);
  for (unsigned i = 0; i < 4; i++)
    {
      g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 1000);

      g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 2 + 2 * i));
      fixture_advance (self, 500);
      fixture_ping (self);
      fixture_advance (self, 600);
      g_assert_error (call->error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
    }
  g_assert_cmpuint (self->n_closed, ==, 0);
}

static void
test_probe_close (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) probe = rmq_test_call_new (105, 1000000);
  g_autoptr (RmqTestCall) other = fixture_invoke (self, 105, 60000);

  probe->invocation.probe_close = true;
  _rmq_remoting_client_invoke (self->client, self->address, &probe->invocation);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 2));
  fixture_advance (self, 1100);
  fixture_assert_failed (probe, RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
  fixture_assert_failed (other, RMQ_ERROR_CONNECTION_LOST, RMQ_PHASE_WAIT, true);
}

/* --- cancelling ---------------------------------------------------------------------------------------------- */

static void
test_cancel (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) connecting = fixture_invoke (self, 101, -1);
  g_autoptr (RmqTestCall) waiting = NULL;
  g_autoptr (RmqTestCall) queued = NULL;

  g_assert_true (_rmq_remoting_client_cancel (self->client, &connecting->invocation));
  g_assert_false (_rmq_remoting_client_cancel (self->client, &connecting->invocation));
  waiting = fixture_invoke (self, 102, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 1));
  g_assert_true (_rmq_remoting_client_cancel (self->client, &waiting->invocation));
  queued = fixture_invoke (self, 103, -1);
  g_assert_true (_rmq_remoting_client_cancel (self->client, &queued->invocation));

  fixture_answer (self, 0, 0, NULL);
  fixture_ping (self);
  g_assert_cmpuint (connecting->n_done + waiting->n_done + queued->n_done, ==, 0);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 2);
}

static void
test_cancel_failing (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke_at (self, "not an address", 101, -1);

  g_assert_true (_rmq_remoting_client_cancel (self->client, &call->invocation));
  g_assert_false (_rmq_remoting_client_cancel (self->client, &call->invocation));
  fixture_ping (self);
  g_assert_cmpuint (call->n_done, ==, 0);
}

/* With a peer that does not read, requests stand everywhere: written, half written, encoded, queued. What is taken
 * back and was not begun is never seen by the peer; the stream stays in step. */
static void
test_cancel_blocked (Fixture *self, const void *data)
{
  g_autofree char *large = g_strnfill (50000, 'x');
  g_autoptr (GBytes) owner = g_bytes_new_static (large, 50000);
  g_autoptr (GPtrArray) calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  unsigned n_kept = 0;

  fixture_ping (self);
  rmq_test_peer_pause (self->peer, true);
  for (unsigned i = 0; i < 400; i++)
    {
      RmqTestCall *call = rmq_test_call_new (1000 + (int) i, i % 7 == 0 ? 1000000 : INT64_MAX);

      call->invocation.body = (const uint8_t *) large;
      call->invocation.body_len = i % 3 == 0 ? 50000 : 700 + i;
      call->invocation.body_bytes = i % 2 == 0 ? owner : NULL;
      g_ptr_array_add (calls, call);
      _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
    }
  rmq_test_drain (self->context);

  for (unsigned i = 0; i < 400; i += 3)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_true (_rmq_remoting_client_cancel (self->client, &call->invocation));
      if (!call->invocation.written)
        g_hash_table_add (gone, GINT_TO_POINTER (call->invocation.code));
    }
  fixture_advance (self, 1100); /* and some time out */
  for (unsigned i = 0; i < 400; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      if (call->n_done > 0 && !call->invocation.written)
        g_hash_table_add (gone, GINT_TO_POINTER (call->invocation.code));
      n_kept += call->n_done == 0 && i % 3 != 0;
    }
  g_assert_cmpuint (g_hash_table_size (gone), >, 20);
  g_assert_cmpuint (g_hash_table_size (gone), <, 380);

  rmq_test_peer_pause (self->peer, false);
  for (unsigned i = 1; i <= 400 - g_hash_table_size (gone); i++)
    {
      g_autoptr (GBytes) frame = fixture_frame (self, i);
      int code = rmq_test_frame_get_code (frame);

      g_assert_false (g_hash_table_contains (gone, GINT_TO_POINTER (code)));
      fixture_answer (self, i, code, NULL);
    }
  for (unsigned i = 0; i < 400; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      if (call->error != NULL || i % 3 == 0)
        continue;
      rmq_test_call_await (self->context, call);
      g_assert_no_error (call->error);
      g_assert_cmpint (call->code, ==, call->invocation.code);
      n_kept--;
    }
  g_assert_cmpuint (n_kept, ==, 0);
}

/* --- limits -------------------------------------------------------------------------------------------------- */

static void
test_in_flight_limit (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = NULL;

  self->config.max_in_flight = 10;
  fixture_restart (self);
  calls = fixture_invoke_many (self, 30, 105, 3000);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 10));
  for (unsigned i = 0; i < 5; i++)
    fixture_answer (self, i, 0, NULL);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 15));
  fixture_advance (self, 3100);
  for (unsigned i = 0; i < 5; i++)
    g_assert_no_error (((RmqTestCall *) calls->pdata[i])->error);
  for (unsigned i = 5; i < 15; i++)
    fixture_assert_failed ((RmqTestCall *) calls->pdata[i], RMQ_ERROR_TIMED_OUT, RMQ_PHASE_WAIT, true);
  for (unsigned i = 15; i < 30; i++)
    fixture_assert_failed ((RmqTestCall *) calls->pdata[i], RMQ_ERROR_TIMED_OUT, RMQ_PHASE_QUEUED, false);
  /* Every permit came back. */
  fixture_ping (self);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 16);
}

static void
test_queue_full (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = NULL;

  self->config.max_in_flight = 1;
  self->config.max_queued = 10;
  fixture_restart (self);
  calls = fixture_invoke_many (self, 12, 105, -1);
  rmq_test_call_await (self->context, g_ptr_array_index (calls, 10));
  fixture_assert_failed ((RmqTestCall *) calls->pdata[10], RMQ_ERROR_QUEUE_FULL, RMQ_PHASE_QUEUED, false);
  fixture_assert_failed ((RmqTestCall *) calls->pdata[11], RMQ_ERROR_QUEUE_FULL, RMQ_PHASE_QUEUED, false);
  for (unsigned i = 0; i < 10; i++)
    {
      if (i == 3)
        g_assert_cmpuint (self->n_writable, ==, 0);
      fixture_answer (self, i, 0, NULL);
      rmq_test_call_await (self->context, g_ptr_array_index (calls, i));
      g_assert_no_error (((RmqTestCall *) calls->pdata[i])->error);
    }
  g_assert_cmpuint (self->n_writable, ==, 1);
}

static void
test_queue_full_bytes (Fixture *self, const void *data)
{
  g_autofree char *large = g_strnfill (1000, 'x');
  g_autoptr (GPtrArray) calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);

  self->config.max_queued_bytes = 2500;
  fixture_restart (self);
  for (unsigned i = 0; i < 4; i++)
    {
      RmqTestCall *call = rmq_test_call_new (10, INT64_MAX);

      call->invocation.body = (const uint8_t *) large;
      call->invocation.body_len = 1000;
      g_ptr_array_add (calls, call);
      _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
    }
  fixture_answer (self, 0, 0, NULL);
  fixture_answer (self, 1, 0, NULL);
  fixture_await_all (self, calls);
  g_assert_no_error (((RmqTestCall *) calls->pdata[1])->error);
  fixture_assert_failed ((RmqTestCall *) calls->pdata[2], RMQ_ERROR_QUEUE_FULL, RMQ_PHASE_QUEUED, false);
  g_assert_cmpuint (self->n_writable, ==, 1);
}

/* --- closing ------------------------------------------------------------------------------------------------- */

static void
test_close_pending (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = NULL;
  g_autoptr (GPtrArray) more = NULL;
  g_autoptr (RmqTestCall) after = NULL;
  g_autoptr (RmqTestCall) failing = NULL;

  fixture_ping (self);
  calls = fixture_invoke_many (self, 500, 105, 3000);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 501));
  more = fixture_invoke_many (self, 500, 105, 3000);
  failing = fixture_invoke_at (self, "::1:9876", 105, 3000);

  _rmq_remoting_client_close (self->client);
  _rmq_remoting_client_close (self->client);
  for (unsigned i = 0; i < 500; i++)
    {
      fixture_assert_failed ((RmqTestCall *) calls->pdata[i], RMQ_ERROR_CLOSED, RMQ_PHASE_WAIT, true);
      fixture_assert_failed ((RmqTestCall *) more->pdata[i], RMQ_ERROR_CLOSED, RMQ_PHASE_QUEUED, false);
    }
  g_assert_error (failing->error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_no_error (self->closed_error);
  after = fixture_invoke (self, 105, 3000);
  rmq_test_call_await (self->context, after);
  g_assert_error (after->error, RMQ_ERROR, RMQ_ERROR_CLOSED);
  g_assert_true (rmq_test_peer_wait_open (self->peer, NULL, 0));
}

static void
test_close_address (Fixture *self, const void *data)
{
  g_autoptr (GError) reason = g_error_new_literal (RMQ_ERROR, RMQ_ERROR_BROKER_NOT_FOUND, "left the route");
  g_autoptr (RmqTestCall) call = NULL;

  fixture_ping (self);
  g_assert_true (_rmq_remoting_client_is_open (self->client, self->address));
  call = fixture_invoke (self, 105, 3000);
  _rmq_remoting_client_close_address (self->client, self->address, reason);
  g_assert_error (call->error, RMQ_ERROR, RMQ_ERROR_BROKER_NOT_FOUND);
  g_assert_false (_rmq_remoting_client_is_open (self->client, self->address));
  g_assert_no_error (self->closed_error);
  fixture_ping (self);
}

/* A callback of a connection that ends may cancel those behind it, and close the client. */
typedef struct
{
  RmqInvocation invocation;
  Fixture *fixture;
  RmqTestCall *other;
} Destroyer;

static void
destroyer_done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Destroyer *self = (Destroyer *) invocation;

  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
  g_assert_true (_rmq_remoting_client_cancel (self->fixture->client, &self->other->invocation));
  _rmq_remoting_client_close (self->fixture->client);
}

static void
test_close_in_done (Fixture *self, const void *data)
{
  Destroyer destroyer = { .fixture = self };
  g_autoptr (RmqTestCall) cancelled = NULL;
  g_autoptr (RmqTestCall) last = NULL;

  fixture_ping (self);
  destroyer.invocation.code = 105;
  destroyer.invocation.deadline_us = INT64_MAX;
  destroyer.invocation.done = destroyer_done;
  _rmq_remoting_client_invoke (self->client, self->address, &destroyer.invocation);
  cancelled = destroyer.other = fixture_invoke (self, 105, -1);
  last = fixture_invoke (self, 105, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 4));
  rmq_test_peer_close (self->peer, 0, false);
  rmq_test_call_await (self->context, last);
  g_assert_error (last->error, RMQ_ERROR, RMQ_ERROR_CONNECTION_LOST);
  g_assert_cmpuint (cancelled->n_done, ==, 0);
}

static void
test_idle (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) waiting = NULL;

  fixture_ping (self);
  fixture_advance (self, 100000);
  fixture_ping (self); /* counts anew */
  fixture_advance (self, 100000);
  g_assert_cmpuint (self->n_closed, ==, 0);
  waiting = fixture_invoke (self, 11, -1);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 3));
  fixture_advance (self, 130000); /* a request under way keeps it */
  g_assert_cmpuint (self->n_closed, ==, 0);
  fixture_answer (self, 2, 0, NULL);
  rmq_test_call_await (self->context, waiting);
  fixture_advance (self, 130000);
  fixture_advance (self, 130000);
  g_assert_cmpuint (self->n_closed, ==, 1);
  g_assert_no_error (self->closed_error);
  fixture_ping (self);
  g_assert_cmpuint (self->n_opened, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/channel/C-CODEC-015/bad-frames", test_bad_frames);
  fixture_add ("/channel/C-CODEC-016/too-long", test_too_long);
  fixture_add ("/channel/C-FAIL-002/cut-in-frame", test_cut_in_frame);
  fixture_add ("/channel/C-FAIL-003/C-REM-006/cut-before-answer", test_cut_before_answer);
  fixture_add ("/channel/C-REM-017/reconnects", test_reconnects);
  fixture_add ("/channel/C-REM-018/no-sigpipe", test_no_sigpipe);
  fixture_add ("/channel/C-REM-005/C-REM-007/timeout", test_timeout);
  fixture_add ("/channel/many-timeouts", test_many_timeouts);
  fixture_add ("/channel/answered-in-time", test_answered_in_time);
  fixture_add ("/channel/over-due", test_over_due);
  fixture_add ("/channel/C-REM-010/half-open", test_half_open);
  fixture_add ("/channel/C-REM-007/slow-is-not-gone", test_slow_is_not_gone);
  fixture_add ("/channel/probe-close", test_probe_close);
  fixture_add ("/channel/C-REM-002/cancel", test_cancel);
  fixture_add ("/channel/C-REM-002/cancel-failing", test_cancel_failing);
  fixture_add ("/channel/C-REM-002/cancel-blocked", test_cancel_blocked);
  fixture_add ("/channel/C-REM-022/in-flight-limit", test_in_flight_limit);
  fixture_add ("/channel/C-REM-022/queue-full", test_queue_full);
  fixture_add ("/channel/C-REM-022/queue-full-bytes", test_queue_full_bytes);
  fixture_add ("/channel/C-REM-002/close-pending", test_close_pending);
  fixture_add ("/channel/close-address", test_close_address);
  fixture_add ("/channel/close-in-done", test_close_in_done);
  fixture_add ("/channel/C-REM-013/idle", test_idle);
  return g_test_run ();
}
