/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests and responses over one connection of the client, against a scripted peer.
 */
#include "channel-fixture.h"

#include <string.h>
#include "wire/rmq-header-pull-private.h"

static void
test_round_trip (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 3000);

  fixture_answer (self, 0, 7, "hello");
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpint (call->code, ==, 7);
  g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), "hello", 5);
  g_assert_cmpint (call->invocation.phase, ==, RMQ_PHASE_ANSWERED);
  g_assert_true (call->invocation.written);
  g_assert_cmpuint (self->n_opened, ==, 1);
}

static void
append (GByteArray *all, GBytes *frame)
{
  size_t len;
  const void *data = g_bytes_get_data (frame, &len);

  g_byte_array_append (all, data, (unsigned) len);
}

/* The answers to the first n frames, one after another. */
static GByteArray *
answers (Fixture *self, unsigned n)
{
  GByteArray *all = g_byte_array_new ();

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (GBytes) request = fixture_frame (self, i);
      g_autofree char *body = g_strdup_printf ("answer %u", i);
      g_autoptr (GBytes) answer = rmq_test_frame_answer (request, (int) i, NULL, body);

      append (all, answer);
    }
  return all;
}

static void
assert_in_order (GPtrArray *calls)
{
  for (unsigned i = 0; i < calls->len; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);
      g_autofree char *body = g_strdup_printf ("answer %u", i);

      g_assert_no_error (call->error);
      g_assert_cmpuint (call->n_done, ==, 1);
      g_assert_cmpint (call->code, ==, i);
      g_assert_cmpuint (call->order, ==, i + 1);
      g_assert_cmpmem (g_bytes_get_data (call->body, NULL), g_bytes_get_size (call->body), body, strlen (body));
    }
}

static void
test_byte_at_a_time (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = fixture_invoke_many (self, 3, 105, -1);
  g_autoptr (GByteArray) bytes = answers (self, 3);

  rmq_test_peer_then_accept (self->peer);
  rmq_test_peer_then_drip (self->peer, bytes->data, bytes->len, 1);
  fixture_await_all (self, calls);
  assert_in_order (calls);
}

static void
test_fifty_at_once (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = fixture_invoke_many (self, 50, 105, -1);
  g_autoptr (GByteArray) bytes = answers (self, 50);

  rmq_test_peer_write (self->peer, 0, bytes->data, bytes->len);
  fixture_await_all (self, calls);
  assert_in_order (calls);
}

/* Requests of one turn leave in one write. */
static void
sum_writes (const RmqChannelInfo *info, void *data)
{
  uint64_t *sums = data;

  g_assert_cmpstr (info->state, ==, "open");
  g_assert_nonnull (info->local);
  g_assert_nonnull (info->remote);
  sums[0] += info->writes;
  sums[1] += info->requests;
  sums[2] += info->responses;
}

static void
test_coalesced (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = NULL;
  uint64_t sums[3] = { 0, 0, 0 };

  fixture_ping (self);
  calls = fixture_invoke_many (self, 200, 105, -1);
  for (unsigned i = 0; i < 200; i++)
    fixture_answer (self, i + 1, 0, NULL);
  fixture_await_all (self, calls);
  _rmq_remoting_client_foreach (self->client, sum_writes, sums);
  g_assert_cmpuint (sums[0], ==, 2);
  g_assert_cmpuint (sums[1], ==, 201);
  g_assert_cmpuint (sums[2], ==, 201);
}

static void
test_reverse_order (Fixture *self, const void *data)
{
  g_autoptr (GPtrArray) calls = fixture_invoke_many (self, 100, 105, -1);

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 100));
  for (unsigned i = 100; i-- > 0;)
    fixture_answer (self, i, (int) i, NULL);
  fixture_await_all (self, calls);
  for (unsigned i = 0; i < 100; i++)
    {
      RmqTestCall *call = g_ptr_array_index (calls, i);

      g_assert_no_error (call->error);
      g_assert_cmpint (call->code, ==, i);
      g_assert_cmpuint (call->order, ==, 100 - i);
    }
}

static void
test_binary_answer (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, -1);
  g_autoptr (GBytes) request = fixture_frame (self, 0);
  g_autoptr (GBytes) answer =
      rmq_test_frame_new (0, rmq_test_frame_get_opaque (request), RMQ_FRAME_FLAG_RESPONSE, true, "remark", "body");
  const uint8_t *bytes = g_bytes_get_data (request, NULL);

  g_assert_cmpint (bytes[4], ==, RMQ_SERIALIZE_JSON);
  rmq_test_peer_write_frame (self->peer, 0, answer);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpstr (call->remark, ==, "remark");
}

static void
test_binary_request (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) small = NULL;
  g_autoptr (RmqTestCall) large = NULL;
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GBytes) json = NULL;

  self->config.binary = true;
  fixture_restart (self);
  small = fixture_invoke (self, 105, -1);
  large = fixture_invoke (self, 200050, -1);
  frame = fixture_frame (self, 0);
  json = fixture_frame (self, 1);
  g_assert_cmpint (((const uint8_t *) g_bytes_get_data (frame, NULL))[4], ==, RMQ_SERIALIZE_BINARY);
  g_assert_cmpint (((const uint8_t *) g_bytes_get_data (json, NULL))[4], ==, RMQ_SERIALIZE_JSON);
  g_assert_cmpint (rmq_test_frame_get_code (json), ==, 200050);
  fixture_answer (self, 0, 0, NULL);
  fixture_answer (self, 1, 0, NULL);
  rmq_test_call_await (self->context, large);
}

static void
test_oneway (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) oneway = rmq_test_call_new (34, INT64_MAX);
  g_autoptr (RmqTestCall) call = NULL;

  oneway->invocation.oneway = true;
  _rmq_remoting_client_invoke (self->client, self->address, &oneway->invocation);
  rmq_test_call_await (self->context, oneway);
  g_assert_no_error (oneway->error);
  g_assert_false (oneway->got_response);
  g_assert_true (oneway->invocation.written);

  /* An answer to it finds nobody, and harms nobody. */
  call = fixture_invoke (self, 105, -1);
  fixture_answer (self, 0, 0, NULL);
  fixture_answer (self, 1, 0, "mine");
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpuint (self->n_closed, ==, 0);
}

static void
test_unknown_opaque (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, -1);
  g_autoptr (GBytes) request = fixture_frame (self, 0);
  g_autoptr (GBytes) stray = rmq_test_frame_new (0, 424242, RMQ_FRAME_FLAG_RESPONSE, false, NULL, NULL);
  g_autoptr (GBytes) negative = rmq_test_frame_new (0, -7, RMQ_FRAME_FLAG_RESPONSE, false, NULL, NULL);
  g_autofree char *warning = NULL;

  rmq_test_peer_write_frame (self->peer, 0, stray);
  rmq_test_peer_write_frame (self->peer, 0, negative);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpuint (self->n_closed, ==, 0);
  g_assert_cmpuint (rmq_test_take_warnings (&warning), ==, 1); /* said once */
  g_assert_nonnull (strstr (warning, "424242"));
}

/* A request of the peer with the opaque of one of ours is no answer to it. */
static void
test_same_opaque (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, -1);
  g_autoptr (GBytes) ours = fixture_frame (self, 0);
  g_autoptr (GBytes) theirs = rmq_test_frame_new (307, rmq_test_frame_get_opaque (ours), 0, true, NULL, NULL);
  g_autoptr (GBytes) reply = NULL;
  g_autofree char *seen = g_strdup_printf ("307 %d", rmq_test_frame_get_opaque (ours));
  g_autofree char *body = NULL;

  self->reply = true;
  rmq_test_peer_write_frame (self->peer, 0, theirs);
  reply = fixture_frame (self, 1);
  g_assert_cmpuint (call->n_done, ==, 0);
  g_assert_cmpstr (self->requests->pdata[0], ==, seen);
  g_assert_cmpint (rmq_test_frame_get_opaque (reply), ==, rmq_test_frame_get_opaque (ours));
  g_assert_cmpint (rmq_test_frame_get_flag (reply), ==, RMQ_FRAME_FLAG_RESPONSE);
  /* In the serialization of the request. */
  g_assert_cmpint (((const uint8_t *) g_bytes_get_data (reply, NULL))[4], ==, RMQ_SERIALIZE_BINARY);
  body = rmq_test_frame_dup_body (reply);
  g_assert_cmpstr (body, ==, "info");
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
}

static void
test_late_reply (Fixture *self, const void *data)
{
  g_autoptr (GBytes) theirs = rmq_test_frame_new (307, 1, 0, false, NULL, NULL);

  fixture_ping (self);
  rmq_test_peer_write_frame (self->peer, 0, theirs);
  g_assert_true (fixture_wait (self, &self->requests->len, 1));
  rmq_test_peer_close (self->peer, 0, false);
  g_assert_true (fixture_wait (self, &self->n_closed, 1));
  /* Its connection is gone: dropped, and never sent over the next one. */
  fixture_ping (self);
  _rmq_remoting_client_reply (self->client, self->channel, 1, 0, NULL, NULL, NULL, NULL, 0);
  fixture_ping (self);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 3);
}

static void
test_no_handler (Fixture *self, const void *data)
{
  RmqRemotingClient *deaf = _rmq_remoting_client_new (self->io, &self->config, NULL, NULL);
  g_autoptr (RmqTestCall) call = rmq_test_call_new (105, INT64_MAX);
  g_autoptr (GBytes) asked = rmq_test_frame_new (999, 5, 0, false, NULL, NULL);
  g_autoptr (GBytes) told = rmq_test_frame_new (998, 6, RMQ_FRAME_FLAG_ONEWAY, false, NULL, NULL);
  g_autoptr (GBytes) reply = NULL;

  _rmq_remoting_client_invoke (deaf, self->address, &call->invocation);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 1));
  rmq_test_peer_write_frame (self->peer, 0, told);
  rmq_test_peer_write_frame (self->peer, 0, asked);
  reply = fixture_frame (self, 1);
  g_assert_cmpint (rmq_test_frame_get_opaque (reply), ==, 5);
  g_assert_cmpint (rmq_test_frame_get_code (reply), ==, 3);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  _rmq_remoting_client_close (deaf);
  _rmq_remoting_client_unref (deaf);
}

/* What a response lends can be kept. */
static void
test_shared_buffer (Fixture *self, const void *data)
{
  g_autofree char *large = g_strnfill (300000, 'L');
  const char *bodies[] = { "small", large, "after" };
  RmqTestCall *calls[3];

  for (unsigned i = 0; i < 3; i++)
    {
      calls[i] = fixture_invoke (self, 11, -1);
      calls[i]->share = true;
      fixture_answer (self, i, 0, bodies[i]);
      rmq_test_call_await (self->context, calls[i]);
    }
  fixture_ping (self);
  for (unsigned i = 0; i < 3; i++)
    {
      size_t len;
      const char *owned = g_bytes_get_data (calls[i]->owner, &len);
      const char *found = memmem (owned, len, bodies[i], strlen (bodies[i]));

      g_assert_nonnull (found);
      g_assert_cmpmem (found, strlen (bodies[i]), bodies[i], strlen (bodies[i]));
      if (i == 1)
        g_assert_cmpuint (len, <, 300000 + 1000); /* sized for this frame */
      rmq_test_call_free (calls[i]);
    }
}

static void
test_bodies (Fixture *self, const void *data)
{
  g_autofree char *large = g_strnfill (100000, 'B');
  g_autoptr (GBytes) owner = g_bytes_new_static (large, 100000);
  g_autoptr (GPtrArray) calls = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_test_call_free);
  const size_t lengths[] = { 0, 5, 4095, 4096, 100000, 3, 100000 };

  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      RmqTestCall *call = rmq_test_call_new (310, INT64_MAX);

      call->invocation.body = (const uint8_t *) large;
      call->invocation.body_len = lengths[i];
      call->invocation.body_bytes = i != 6 ? owner : NULL; /* without an owner: copied */
      g_ptr_array_add (calls, call);
      _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) frame = fixture_frame (self, i);
      g_autofree char *body = rmq_test_frame_dup_body (frame);

      g_assert_cmpuint (body != NULL ? strlen (body) : 0, ==, lengths[i]);
      fixture_answer (self, i, 0, NULL);
    }
  fixture_await_all (self, calls);
}

static void
test_ext_and_remark (Fixture *self, const void *data)
{
  g_autoptr (RmqTestCall) call = rmq_test_call_new (37, INT64_MAX);
  RmqExtField ext[] = { { RMQ_SLICE_LITERAL ("a"), RMQ_SLICE_LITERAL ("1") },
                        { RMQ_SLICE_LITERAL ("b"), RMQ_SLICE_NULL } };
  g_autoptr (GBytes) frame = NULL;
  g_autofree char *a = NULL;

  call->invocation.ext = ext;
  call->invocation.n_ext = 2;
  call->invocation.remark = RMQ_SLICE_LITERAL ("why");
  _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
  frame = fixture_frame (self, 0);
  a = rmq_test_frame_dup_ext (frame, "a");
  g_assert_cmpstr (a, ==, "1");
  g_assert_null (rmq_test_frame_dup_ext (frame, "b"));
  g_assert_nonnull (memmem (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame), "\"why\"", 5));
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
}

/* A callback may invoke again, and free what it was called for. */
typedef struct
{
  RmqInvocation invocation;
  Fixture *fixture;
  unsigned *n_left;
} Chain;

static void
chain_done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Chain *self = (Chain *) invocation;

  g_assert_no_error (error);
  if (--*self->n_left > 0)
    _rmq_remoting_client_invoke (self->fixture->client, self->fixture->address, invocation);
  else
    g_free (self);
  rmq_test_wake ();
}

static void
answer_each (RmqTestPeer *peer, unsigned connection, GBytes *frame, void *data)
{
  g_autoptr (GBytes) answer = rmq_test_frame_answer (frame, 0, NULL, NULL);

  rmq_test_peer_write_frame (peer, connection, answer);
}

static bool
is_zero (void *data)
{
  return *(unsigned *) data == 0;
}

static void
test_invoke_in_done (Fixture *self, const void *data)
{
  Chain *chain = g_new0 (Chain, 1);
  unsigned n_left = 50;

  rmq_test_peer_set_handler (self->peer, answer_each, NULL);
  chain->invocation.code = 34;
  chain->invocation.deadline_us = INT64_MAX;
  chain->invocation.done = chain_done;
  chain->fixture = self;
  chain->n_left = &n_left;
  _rmq_remoting_client_invoke (self->client, self->address, &chain->invocation);
  rmq_test_assert_until (self->context, is_zero, &n_left);
}

/* A header that cannot be written fails its request, before anything is written, and nobody else's. */
static void
test_unwritable (Fixture *self, const void *data)
{
  RmqPullMessageRequestHeader header = { 0 };
  g_autoptr (RmqTestCall) bad = rmq_test_call_new (11, INT64_MAX);
  g_autoptr (RmqTestCall) too_large = rmq_test_call_new (10, INT64_MAX);
  g_autoptr (RmqTestCall) good = NULL;
  g_autofree uint8_t *body = g_malloc0 (RMQ_FRAME_MAX_LENGTH);

  bad->invocation.table = RMQ_HEADER (PullMessageRequestHeader);
  bad->invocation.header = &header;
  too_large->invocation.body = body;
  too_large->invocation.body_len = RMQ_FRAME_MAX_LENGTH;
  _rmq_remoting_client_invoke (self->client, self->address, &bad->invocation);
  _rmq_remoting_client_invoke (self->client, self->address, &too_large->invocation);
  good = fixture_invoke (self, 105, -1);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, good);
  g_assert_no_error (good->error);
  fixture_assert_failed (bad, RMQ_ERROR_INVALID_ARGUMENT, RMQ_PHASE_QUEUED, false);
  fixture_assert_failed (too_large, RMQ_ERROR_MESSAGE_ILLEGAL, RMQ_PHASE_QUEUED, false);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/channel/round-trip", test_round_trip);
  fixture_add ("/channel/C-CODEC-014/byte-at-a-time", test_byte_at_a_time);
  fixture_add ("/channel/C-CODEC-014/fifty-at-once", test_fifty_at_once);
  fixture_add ("/channel/coalesced", test_coalesced);
  fixture_add ("/channel/C-REM-001/reverse-order", test_reverse_order);
  fixture_add ("/channel/C-CODEC-006/binary-answer", test_binary_answer);
  fixture_add ("/channel/C-CODEC-007/binary-request", test_binary_request);
  fixture_add ("/channel/C-REM-003/oneway", test_oneway);
  fixture_add ("/channel/C-REM-004/unknown-opaque", test_unknown_opaque);
  fixture_add ("/channel/C-REM-004/C-CODEC-009/same-opaque", test_same_opaque);
  fixture_add ("/channel/late-reply", test_late_reply);
  fixture_add ("/channel/C-REM-019/no-handler", test_no_handler);
  fixture_add ("/channel/shared-buffer", test_shared_buffer);
  fixture_add ("/channel/bodies", test_bodies);
  fixture_add ("/channel/ext-and-remark", test_ext_and_remark);
  fixture_add ("/channel/invoke-in-done", test_invoke_in_done);
  fixture_add ("/channel/C-CODEC-011/unwritable", test_unwritable);
  return g_test_run ();
}
