/* SPDX-License-Identifier: Apache-2.0
 *
 * RPC hooks around the requests of a client: order, attempts, failures.
 */
#include "channel-fixture.h"

#include <string.h>

#define TEST_TYPE_HOOK (test_hook_get_type ())
G_DECLARE_FINAL_TYPE (TestHook, test_hook, TEST, HOOK, RmqRpcHook)

struct _TestHook
{
  RmqRpcHook parent_instance;
  const char *name;
  GString *trace; /* of all hooks of a test; not owned */
  unsigned n_before;
  bool fail_before;
  bool fail_after;
  char *seen_body;
};

G_DEFINE_FINAL_TYPE (TestHook, test_hook, RMQ_TYPE_RPC_HOOK)

static gboolean
test_hook_before (RmqRpcHook *hook, const char *address, RmqRemotingCommand *request, GError **error)
{
  TestHook *self = TEST_HOOK (hook);
  g_autofree char *count = g_strdup_printf ("%u", ++self->n_before);
  GBytes *body = rmq_remoting_command_get_body (request);

  g_assert_true (g_str_has_prefix (address, "127.0.0.1:"));
  g_string_append_printf (self->trace, "+%s", self->name);
  if (body != NULL)
    {
      g_free (self->seen_body);
      self->seen_body = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
    }
  if (self->fail_before)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "no key");
      return FALSE;
    }
  return rmq_remoting_command_set_ext_field (request, self->name, count, error);
}

static gboolean
test_hook_after (RmqRpcHook *hook,
                 const char *address,
                 RmqRemotingCommand *request,
                 RmqRemotingCommand *response,
                 GError **error)
{
  TestHook *self = TEST_HOOK (hook);

  g_assert_false (rmq_remoting_command_is_response (request));
  g_assert_true (rmq_remoting_command_is_response (response));
  g_assert_cmpint (rmq_remoting_command_get_opaque (request), ==, rmq_remoting_command_get_opaque (response));
  g_assert_nonnull (rmq_remoting_command_get_ext_field (request, self->name));
  g_assert_true (rmq_remoting_command_is_sealed (request));
  g_string_append_printf (self->trace, "-%s", self->name);
  if (self->fail_after)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "bad answer");
  return !self->fail_after;
}

static void
test_hook_finalize (GObject *object)
{
  g_free (TEST_HOOK (object)->seen_body);
  G_OBJECT_CLASS (test_hook_parent_class)->finalize (object);
}

static void
test_hook_class_init (TestHookClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_hook_finalize;
  RMQ_RPC_HOOK_CLASS (klass)->before_request = test_hook_before;
  RMQ_RPC_HOOK_CLASS (klass)->after_response = test_hook_after;
}

static void
test_hook_init (TestHook *self)
{
}

static GPtrArray *
hooks_new (Fixture *self, GString *trace)
{
  GPtrArray *hooks = g_ptr_array_new_with_free_func (g_object_unref);

  for (unsigned i = 0; i < 2; i++)
    {
      TestHook *hook = g_object_new (TEST_TYPE_HOOK, NULL);

      hook->name = i == 0 ? "one" : "two";
      hook->trace = trace;
      g_ptr_array_add (hooks, hook);
    }
  _rmq_remoting_client_set_hooks (self->client, hooks);
  return hooks;
}

static void
test_order (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autofree char *large = g_strnfill (6000, 'l');
  g_autoptr (GBytes) owner = g_bytes_new_static (large, 6000);
  const size_t lengths[] = { 3, 6000 };

  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (RmqTestCall) call = rmq_test_call_new (310, INT64_MAX);
      g_autoptr (GBytes) frame = NULL;
      g_autofree char *one = NULL;
      g_autofree char *two = NULL;
      g_autofree char *body = NULL;
      g_autofree char *count = g_strdup_printf ("%u", i + 1);

      call->invocation.body = (const uint8_t *) large;
      call->invocation.body_len = lengths[i];
      call->invocation.body_bytes = owner;
      _rmq_remoting_client_invoke (self->client, self->address, &call->invocation);
      frame = fixture_frame (self, i);
      one = rmq_test_frame_dup_ext (frame, "one");
      two = rmq_test_frame_dup_ext (frame, "two");
      body = rmq_test_frame_dup_body (frame);
      g_assert_cmpstr (one, ==, count);
      g_assert_cmpstr (two, ==, count);
      g_assert_cmpuint (strlen (body), ==, lengths[i]);
      g_assert_cmpstr (body, ==, TEST_HOOK (hooks->pdata[0])->seen_body);
      fixture_answer (self, i, 0, i == 0 ? "x" : large);
      rmq_test_call_await (self->context, call);
      g_assert_no_error (call->error);
    }
  g_assert_cmpstr (trace->str, ==, "+one+two-two-one+one+two-two-one");
}

static void
test_before_fails (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autoptr (RmqTestCall) call = NULL;

  TEST_HOOK (hooks->pdata[0])->fail_before = true;
  call = fixture_invoke (self, 105, 3000);
  rmq_test_call_await (self->context, call);
  fixture_assert_failed (call, RMQ_ERROR_HOOK_FAILED, RMQ_PHASE_QUEUED, false);
  g_assert_nonnull (strstr (call->error->message, "no key"));
  g_assert_nonnull (strstr (call->error->message, "TestHook"));
  g_assert_cmpstr (trace->str, ==, "+one");
  TEST_HOOK (hooks->pdata[0])->fail_before = false;
  fixture_ping (self);
  g_assert_cmpuint (rmq_test_peer_get_n_frames (self->peer), ==, 1);
}

static void
test_after_fails (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 105, 3000);

  TEST_HOOK (hooks->pdata[1])->fail_after = true;
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  fixture_assert_failed (call, RMQ_ERROR_HOOK_FAILED, RMQ_PHASE_ANSWERED, true);
  g_assert_nonnull (strstr (call->error->message, "bad answer"));
  g_assert_cmpstr (trace->str, ==, "+one+two-two");
  g_assert_cmpuint (self->n_closed, ==, 0);
}

/* Without a response the hooks hear no more of it. */
static void
test_no_response (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autoptr (RmqTestCall) timed_out = fixture_invoke (self, 105, 1000);
  g_autoptr (RmqTestCall) cancelled = fixture_invoke (self, 105, 3000);
  g_autoptr (RmqTestCall) lost = fixture_invoke (self, 105, 3000);
  g_autoptr (RmqTestCall) oneway = rmq_test_call_new (34, INT64_MAX);

  oneway->invocation.oneway = true;
  _rmq_remoting_client_invoke (self->client, self->address, &oneway->invocation);
  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 4));
  g_assert_true (_rmq_remoting_client_cancel (self->client, &cancelled->invocation));
  fixture_advance (self, 1100);
  rmq_test_peer_close (self->peer, 0, false);
  rmq_test_call_await (self->context, lost);
  g_assert_error (timed_out->error, RMQ_ERROR, RMQ_ERROR_TIMED_OUT);
  g_assert_no_error (oneway->error);
  g_assert_cmpstr (trace->str, ==, "+one+two+one+two+one+two+one+two");
}

static void
test_each_attempt (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 310, -1);
  g_autoptr (GBytes) second = NULL;
  g_autofree char *one = NULL;

  fixture_answer (self, 0, 1500, NULL);
  second = fixture_frame (self, 1);
  one = rmq_test_frame_dup_ext (second, "one");
  g_assert_cmpstr (one, ==, "2"); /* signed anew */
  fixture_answer (self, 1, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  g_assert_cmpstr (trace->str, ==, "+one+two+one+two-two-one");
}

/* Swapped or taken away while requests are under way. */
static void
test_swapped (Fixture *self, const void *data)
{
  g_autoptr (GString) trace = g_string_new (NULL);
  g_autoptr (GPtrArray) hooks = hooks_new (self, trace);
  g_autoptr (RmqTestCall) call = fixture_invoke (self, 310, -1);

  g_assert_true (rmq_test_peer_wait_frames (self->peer, self->context, 1));
  _rmq_remoting_client_set_hooks (self->client, NULL);
  fixture_answer (self, 0, 0, NULL);
  rmq_test_call_await (self->context, call);
  g_assert_no_error (call->error);
  fixture_ping (self);
  g_assert_cmpstr (trace->str, ==, "+one+two");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/hooks/C-REM-021/order", test_order);
  fixture_add ("/hooks/C-REM-021/before-fails", test_before_fails);
  fixture_add ("/hooks/C-REM-021/after-fails", test_after_fails);
  fixture_add ("/hooks/C-REM-021/no-response", test_no_response);
  fixture_add ("/hooks/C-REM-015/C-REM-021/each-attempt", test_each_attempt);
  fixture_add ("/hooks/swapped", test_swapped);
  return g_test_run ();
}
