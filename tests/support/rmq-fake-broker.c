/* SPDX-License-Identifier: Apache-2.0
 *
 * The fake broker's thread: accepts, keeps every request, asks the test's hooks, answers, holds pulls, and sends
 * requests of its own.
 */
#include "rmq-fake-broker-internal.h"
#include "base/rmq-sync-private.h"

#include "rmq-test.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-flags-private.h"

/* --- requests and replies --- */

RmqFakeRequest *
rmq_fake_request_ref (RmqFakeRequest *request)
{
  g_atomic_int_inc (&request->ref_count);
  return request;
}

void
rmq_fake_request_unref (RmqFakeRequest *request)
{
  if (!rmq_ref_dec_and_test (&request->ref_count))
    return;
  g_hash_table_unref (request->ext);
  g_bytes_unref (request->body);
  g_free (request);
}

static RmqFakeRequest *
request_new (const RmqFrame *frame, unsigned node, unsigned connection)
{
  RmqFakeRequest *request = g_new0 (RmqFakeRequest, 1);

  request->ref_count = 1;
  request->code = frame->code;
  request->opaque = frame->opaque;
  request->oneway = rmq_frame_is_oneway (frame);
  request->version = frame->version;
  request->node = node;
  request->connection = connection;
  request->time_us = g_get_monotonic_time ();
  request->ext = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (size_t i = 0; i < frame->n_ext; i++)
    if (frame->ext[i].value.data != NULL)
      g_hash_table_insert (request->ext, rmq_slice_dup (frame->ext[i].key), rmq_slice_dup (frame->ext[i].value));
  request->body = g_bytes_new (frame->body.data, frame->body.len);
  return request;
}

const char *
rmq_fake_request_get (const RmqFakeRequest *request, const char *name)
{
  return g_hash_table_lookup (request->ext, name);
}

int64_t
rmq_fake_request_get_int (const RmqFakeRequest *request, const char *name)
{
  const char *value = rmq_fake_request_get (request, name);

  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : -1;
}

static void
reply_init (RmqFakeReply *reply)
{
  *reply = (RmqFakeReply){ 0 };
  reply->ext = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
reply_clear (RmqFakeReply *reply)
{
  g_free (reply->remark);
  g_hash_table_unref (reply->ext);
  g_clear_pointer (&reply->body, g_bytes_unref);
}

void
rmq_fake_reply_set (RmqFakeReply *reply, const char *name, const char *value)
{
  g_hash_table_insert (reply->ext, g_strdup (name), g_strdup (value));
}

void
rmq_fake_reply_set_int (RmqFakeReply *reply, const char *name, int64_t value)
{
  g_hash_table_insert (reply->ext, g_strdup (name), g_strdup_printf ("%" G_GINT64_FORMAT, value));
}

void
rmq_fake_reply_set_body (RmqFakeReply *reply, const char *text)
{
  g_clear_pointer (&reply->body, g_bytes_unref);
  reply->body = g_bytes_new (text, strlen (text));
}

static RmqExtField *
ext_fields (GHashTable *ext, size_t *n_ext)
{
  RmqExtField *fields = g_new0 (RmqExtField, g_hash_table_size (ext) + 1);
  GHashTableIter iter;
  void *key, *value;

  *n_ext = 0;
  g_hash_table_iter_init (&iter, ext);
  while (g_hash_table_iter_next (&iter, &key, &value))
    fields[(*n_ext)++] = (RmqExtField){ rmq_slice_from_string (key), rmq_slice_from_string (value) };
  return fields;
}

static void
send_reply (RmqServerConnection *connection, const RmqFakeRequest *request, const RmqFakeReply *reply)
{
  size_t n_ext;
  g_autofree RmqExtField *ext = ext_fields (reply->ext, &n_ext);

  if (!request->oneway && _rmq_server_connection_is_open (connection))
    _rmq_server_connection_reply (connection, request->opaque, reply->code, reply->remark, NULL, NULL, ext, n_ext,
                                  reply->body);
}

/* --- held pulls; all in the broker's thread --- */

static void
hold_free (void *data)
{
  RmqFakeHold *hold = data;

  g_source_destroy (hold->timeout);
  g_source_unref (hold->timeout);
  _rmq_server_connection_unref (hold->connection);
  rmq_fake_request_unref (hold->request);
  g_free (hold);
}

/* True when the pull was answered, or has nobody to answer to. */
static bool
try_release (RmqFakeHold *hold, bool may_hold)
{
  RmqFakeBroker *self = hold->broker;
  RmqFakeReply reply;
  bool answered = true;

  reply_init (&reply);
  rmq_mutex_lock (&self->mutex);
  if (hold->peer != NULL)
    {
      /* The commit of a pull counts once. */
      int64_t flags = rmq_fake_request_get_int (hold->request, "sysFlag") & ~(int64_t) RMQ_PULL_FLAG_COMMIT_OFFSET;

      g_hash_table_insert (hold->request->ext, g_strdup ("sysFlag"), g_strdup_printf ("%" G_GINT64_FORMAT, flags));
      answered = rmq_fake_answer (self, hold->peer, hold->request, may_hold, &reply);
    }
  rmq_mutex_unlock (&self->mutex);
  if (answered && hold->peer != NULL)
    send_reply (hold->connection, hold->request, &reply);
  reply_clear (&reply);
  return answered;
}

static void
remove_hold (RmqFakeBroker *self, RmqFakeHold *hold)
{
  rmq_mutex_lock (&self->mutex);
  g_ptr_array_remove (self->holds, hold);
  rmq_mutex_unlock (&self->mutex);
}

static gboolean
hold_is_over (void *data)
{
  RmqFakeHold *hold = data;

  try_release (hold, false);
  remove_hold (hold->broker, hold);
  return G_SOURCE_REMOVE;
}

static void
hold_pull (RmqFakeBroker *self, RmqFakeConnection *peer, RmqFakeRequest *request)
{
  RmqFakeHold *hold = g_new0 (RmqFakeHold, 1);
  int64_t ms = CLAMP (rmq_fake_request_get_int (request, "suspendTimeoutMillis"), 0, self->max_hold_ms);

  hold->broker = self;
  hold->connection = _rmq_server_connection_ref (peer->connection);
  hold->peer = peer;
  hold->request = rmq_fake_request_ref (request);
  hold->timeout = g_timeout_source_new (ms);
  g_source_set_callback (hold->timeout, hold_is_over, hold, NULL);
  g_source_attach (hold->timeout, self->context);
  rmq_mutex_lock (&self->mutex);
  g_ptr_array_add (self->holds, hold);
  rmq_mutex_unlock (&self->mutex);
}

static gboolean
wake_holds (void *data)
{
  RmqFakeBroker *self = data;

  rmq_mutex_lock (&self->mutex);
  self->wake_queued = false;
  rmq_mutex_unlock (&self->mutex);
  for (unsigned i = self->holds->len; i-- > 0;)
    {
      RmqFakeHold *hold = g_ptr_array_index (self->holds, i);

      if (try_release (hold, true))
        remove_hold (self, hold);
    }
  return G_SOURCE_REMOVE;
}

typedef struct
{
  GSourceFunc func;
  void *data;
  GDestroyNotify destroy;
} RmqFakeJob;

/* What GLib hands over from thread to thread is said to ThreadSanitizer. */
static gboolean
run_job (void *data)
{
  RmqFakeJob *job = data;

  RMQ_TSAN_ACQUIRE (job);
  return job->func (job->data);
}

static void
job_free (void *data)
{
  RmqFakeJob *job = data;

  RMQ_TSAN_ACQUIRE (job);
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

void
rmq_fake_broker_run_in_thread (RmqFakeBroker *self, GSourceFunc func, void *data, GDestroyNotify destroy)
{
  GSource *source = g_idle_source_new ();
  RmqFakeJob *job = g_new0 (RmqFakeJob, 1);

  job->func = func;
  job->data = data;
  job->destroy = destroy;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_job, job, job_free);
  RMQ_TSAN_RELEASE (job);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

static void
wake_holds_locked (RmqFakeBroker *self)
{
  if (self->wake_queued || self->holds->len == 0)
    return;
  self->wake_queued = true;
  rmq_fake_broker_run_in_thread (self, wake_holds, self, NULL);
}

int64_t
rmq_fake_broker_put_locked (RmqFakeBroker *self,
                            const char *topic,
                            const char *broker_name,
                            int queue_id,
                            const RmqFakeMessage *message,
                            const char *properties_text)
{
  const char *address = "127.0.0.1:10911";
  int64_t offset;

  for (unsigned i = 0; i < self->nodes->len; i++)
    {
      RmqFakeNode *node = g_ptr_array_index (self->nodes, i);

      if (node->broker_id == 0 && g_str_equal (node->broker_name, broker_name))
        address = node->address;
    }
  offset = rmq_fake_store_put (&self->store, rmq_fake_store_get_queue (&self->store, topic, broker_name, queue_id),
                               message, properties_text, address);
  wake_holds_locked (self);
  return offset;
}

/* --- one request --- */

static RmqFakeVerdict
take_failure_locked (RmqFakeBroker *self, int code, RmqFakeReply *reply)
{
  RmqFakeFailure *failure = g_hash_table_lookup (self->failures, GINT_TO_POINTER (code));

  if (failure == NULL || failure->n == 0)
    return RMQ_FAKE_DEFAULT;
  if (failure->n > 0)
    failure->n--;
  if (failure->response_code == RMQ_FAKE_NO_ANSWER)
    return RMQ_FAKE_SILENT;
  if (failure->response_code == RMQ_FAKE_HANG_UP)
    return RMQ_FAKE_DISCONNECT;
  reply->code = failure->response_code;
  reply->remark = g_strdup (failure->remark);
  return RMQ_FAKE_REPLY;
}

static RmqFakeVerdict
judge (RmqFakeBroker *self, RmqFakeRequest *request, RmqFakeReply *reply)
{
  RmqFakeVerdict verdict;
  RmqFakeHook *found, hook = { 0 };

  rmq_mutex_lock (&self->mutex);
  g_ptr_array_add (self->requests, rmq_fake_request_ref (request));
  verdict = take_failure_locked (self, request->code, reply);
  found = g_hash_table_lookup (self->hooks, GINT_TO_POINTER (request->code));
  if (found != NULL)
    hook = *found;
  g_cond_broadcast (&self->cond);
  rmq_mutex_unlock (&self->mutex);

  if (verdict == RMQ_FAKE_DEFAULT && hook.func != NULL)
    verdict = hook.func (self, request, reply, hook.data);
  return verdict;
}

static void
on_request (RmqRemotingServer *server, RmqServerConnection *connection, const RmqFrame *frame, void *data)
{
  RmqFakeNode *node = data;
  RmqFakeBroker *self = node->broker;
  RmqFakeConnection *peer = _rmq_server_connection_get_data (connection);
  RmqFakeRequest *request = request_new (frame, node->index, peer->number);
  RmqFakeReply reply;
  bool answered = true;
  RmqFakeVerdict verdict;

  reply_init (&reply);
  verdict = judge (self, request, &reply);
  if (verdict == RMQ_FAKE_DEFAULT)
    {
      rmq_mutex_lock (&self->mutex);
      answered = rmq_fake_answer (self, peer, request, true, &reply);
      rmq_mutex_unlock (&self->mutex);
    }
  if (!answered)
    hold_pull (self, peer, request);
  else if (verdict == RMQ_FAKE_DISCONNECT)
    _rmq_server_connection_close (connection);
  else if (verdict != RMQ_FAKE_SILENT)
    send_reply (connection, request, &reply);
  reply_clear (&reply);
  rmq_fake_request_unref (request);
  rmq_test_wake ();
}

/* --- connections --- */

static void
connection_free (void *data)
{
  RmqFakeConnection *peer = data;

  g_clear_pointer (&peer->heartbeat, _rmq_heartbeat_data_free);
  g_free (peer);
}

static void
on_opened (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  RmqFakeNode *node = data;
  RmqFakeBroker *self = node->broker;
  RmqFakeConnection *peer = g_new0 (RmqFakeConnection, 1);
  bool down;

  peer->connection = connection;
  peer->node = node;
  rmq_mutex_lock (&self->mutex);
  down = node->down;
  peer->number = ++self->n_connections;
  g_ptr_array_add (self->connections, peer);
  rmq_mutex_unlock (&self->mutex);
  _rmq_server_connection_set_data (connection, peer, connection_free);
  if (down)
    _rmq_server_connection_close (connection);
}

static void
on_closed (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  RmqFakeNode *node = data;
  RmqFakeBroker *self = node->broker;
  RmqFakeConnection *peer = _rmq_server_connection_get_data (connection);

  rmq_mutex_lock (&self->mutex);
  g_ptr_array_remove (self->connections, peer);
  for (unsigned i = self->holds->len; i-- > 0;)
    {
      RmqFakeHold *hold = g_ptr_array_index (self->holds, i);

      if (hold->peer == peer)
        g_ptr_array_remove_index (self->holds, i);
    }
  for (unsigned i = 0; peer->heartbeat != NULL && i < peer->heartbeat->consumers->len; i++)
    rmq_fake_broker_notify_locked (self,
                                   ((RmqConsumerData *) g_ptr_array_index (peer->heartbeat->consumers, i))->group);
  rmq_mutex_unlock (&self->mutex);
  rmq_test_wake ();
}

/* --- requests of the broker's own --- */

typedef struct
{
  RmqFakeBroker *broker;
  char *group; /* NULL: everybody */
  int code;
  GHashTable *ext;
  GBytes *body;
  bool oneway;
} RmqFakePush;

typedef struct
{
  RmqInvocation invocation;
  RmqFakeBroker *broker;
  RmqExtField *ext;
  RmqFakePush *push; /* a copy that owns what ext points into */
} RmqFakeInvocation;

static void
push_free (void *data)
{
  RmqFakePush *push = data;

  g_free (push->group);
  g_hash_table_unref (push->ext);
  g_bytes_unref (push->body);
  g_free (push);
}

static void
on_pushed (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  RmqFakeInvocation *self = invocation->data;

  if (response != NULL)
    {
      rmq_mutex_lock (&self->broker->mutex);
      g_ptr_array_add (self->broker->answers, request_new (response, 0, 0));
      rmq_mutex_unlock (&self->broker->mutex);
      rmq_test_wake ();
    }
  g_free (self->ext);
  push_free (self->push);
  g_free (self);
}

static void
push_to (RmqFakePush *push, RmqServerConnection *connection)
{
  RmqFakeInvocation *call = g_new0 (RmqFakeInvocation, 1);
  size_t n_ext, body_len;

  call->broker = push->broker;
  call->push = g_new0 (RmqFakePush, 1);
  call->push->ext = g_hash_table_ref (push->ext);
  call->push->body = g_bytes_ref (push->body);
  call->ext = ext_fields (push->ext, &n_ext);
  call->invocation.code = push->code;
  call->invocation.ext = call->ext;
  call->invocation.n_ext = n_ext;
  call->invocation.body = g_bytes_get_data (push->body, &body_len);
  call->invocation.body_len = body_len;
  call->invocation.body_bytes = push->body;
  call->invocation.deadline_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  call->invocation.oneway = push->oneway;
  call->invocation.done = on_pushed;
  call->invocation.data = call;
  _rmq_server_connection_invoke (connection, &call->invocation);
}

static bool
is_member (const RmqFakeConnection *peer, const char *group)
{
  for (unsigned i = 0; peer->heartbeat != NULL && i < peer->heartbeat->consumers->len; i++)
    if (g_str_equal (((RmqConsumerData *) g_ptr_array_index (peer->heartbeat->consumers, i))->group, group))
      return true;
  return false;
}

static gboolean
run_push (void *data)
{
  RmqFakePush *push = data;
  RmqFakeBroker *self = push->broker;
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_server_connection_unref);

  rmq_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->connections->len; i++)
    {
      RmqFakeConnection *peer = g_ptr_array_index (self->connections, i);

      if (push->group == NULL || is_member (peer, push->group))
        g_ptr_array_add (targets, _rmq_server_connection_ref (peer->connection));
    }
  rmq_mutex_unlock (&self->mutex);
  for (unsigned i = 0; i < targets->len; i++)
    push_to (push, g_ptr_array_index (targets, i));
  return G_SOURCE_REMOVE;
}

void
rmq_fake_broker_push (RmqFakeBroker *self,
                      const char *group,
                      int code,
                      const char *const *ext,
                      GBytes *body,
                      bool oneway)
{
  RmqFakePush *push = g_new0 (RmqFakePush, 1);

  push->broker = self;
  push->group = g_strdup (group);
  push->code = code;
  push->ext = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (size_t i = 0; ext != NULL && ext[i] != NULL; i += 2)
    g_hash_table_insert (push->ext, g_strdup (ext[i]), g_strdup (ext[i + 1]));
  push->body = body != NULL ? g_bytes_ref (body) : g_bytes_new (NULL, 0);
  push->oneway = oneway;
  rmq_fake_broker_run_in_thread (self, run_push, push, push_free);
}

void
rmq_fake_broker_notify_locked (RmqFakeBroker *self, const char *group)
{
  rmq_fake_broker_push (self, group, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,
                        (const char *const[]){ "consumerGroup", group, NULL }, NULL, true);
}

RmqFakeRequest *
rmq_fake_broker_get_answer (RmqFakeBroker *self, unsigned nth)
{
  RmqFakeRequest *answer = NULL;

  rmq_mutex_lock (&self->mutex);
  if (nth < self->answers->len)
    answer = rmq_fake_request_ref (g_ptr_array_index (self->answers, nth));
  rmq_mutex_unlock (&self->mutex);
  return answer;
}

/* --- life --- */

static const RmqRemotingServerEvents server_events = { on_opened, on_closed, on_request };

static void
node_free (void *data)
{
  RmqFakeNode *node = data;

  g_free (node->broker_name);
  g_free (node->address);
  g_free (node);
}

/* Runs func in the broker's thread and waits for it. */
typedef struct
{
  void (*func) (RmqFakeBroker *self, void *data);
  RmqFakeBroker *broker;
  void *data;
  bool done;
} RmqFakeCall;

static gboolean
run_call (void *data)
{
  RmqFakeCall *call = data;

  call->func (call->broker, call->data);
  rmq_mutex_lock (&call->broker->mutex);
  call->done = true;
  g_cond_broadcast (&call->broker->cond);
  rmq_mutex_unlock (&call->broker->mutex);
  return G_SOURCE_REMOVE;
}

static void
call_in_thread (RmqFakeBroker *self, void (*func) (RmqFakeBroker *, void *), void *data)
{
  RmqFakeCall call = { func, self, data, false };

  if (g_main_context_is_owner (self->context))
    {
      func (self, data);
      return;
    }
  rmq_fake_broker_run_in_thread (self, run_call, &call, NULL);
  rmq_mutex_lock (&self->mutex);
  while (!call.done)
    rmq_cond_wait (&self->cond, &self->mutex);
  rmq_mutex_unlock (&self->mutex);
}

static void
node_listen (RmqFakeBroker *self, void *data)
{
  RmqFakeNode *node = data;
  g_autoptr (GError) error = NULL;
  uint16_t port;

  node->server = _rmq_remoting_server_new (self->io, &server_events, node);
  if (!_rmq_remoting_server_listen (node->server, "127.0.0.1:0", &port, &error))
    g_error ("the fake broker cannot listen: %s", error->message);
  node->address = g_strdup_printf ("127.0.0.1:%u", port);
}

unsigned
rmq_fake_broker_add_node (RmqFakeBroker *self, const char *broker_name, int64_t broker_id)
{
  RmqFakeNode *node = g_new0 (RmqFakeNode, 1);

  node->broker = self;
  node->broker_name = g_strdup (broker_name);
  node->broker_id = broker_id;
  node->index = self->nodes->len;
  call_in_thread (self, node_listen, node);
  rmq_mutex_lock (&self->mutex);
  g_ptr_array_add (self->nodes, node);
  rmq_mutex_unlock (&self->mutex);
  return node->index;
}

static void *
broker_thread (void *data)
{
  RmqFakeBroker *self = data;

  RMQ_TSAN_ACQUIRE (self);
  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
failure_free (void *data)
{
  RmqFakeFailure *failure = data;

  g_free (failure->remark);
  g_free (failure);
}

RmqFakeBroker *
rmq_fake_broker_new (void)
{
  RmqFakeBroker *self = g_new0 (RmqFakeBroker, 1);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->io = _rmq_io_new_for_context (self->context, NULL);
  self->nodes = g_ptr_array_new_with_free_func (node_free);
  self->connections = g_ptr_array_new ();
  self->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_fake_request_unref);
  self->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_fake_request_unref);
  self->holds = g_ptr_array_new_with_free_func (hold_free);
  self->hooks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->failures = g_hash_table_new_full (NULL, NULL, NULL, failure_free);
  self->max_hold_ms = 15000;
  self->instant_retry = true;
  rmq_fake_store_init (&self->store);
  RMQ_TSAN_RELEASE (self);
  self->thread = g_thread_new ("rmq-fake-broker", broker_thread, self);
  rmq_fake_broker_add_node (self, "broker-a", 0);
  return self;
}

static void
close_all (RmqFakeBroker *self, void *data)
{
  for (unsigned i = 0; i < self->nodes->len; i++)
    {
      RmqFakeNode *node = g_ptr_array_index (self->nodes, i);

      _rmq_remoting_server_close (node->server);
      _rmq_remoting_server_unref (node->server);
    }
  g_main_loop_quit (self->loop);
}

void
rmq_fake_broker_free (RmqFakeBroker *self)
{
  call_in_thread (self, close_all, NULL);
  g_thread_join (self->thread);
  /* What was still to run in the thread owns memory. */
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_ptr_array_unref (self->holds);
  g_ptr_array_unref (self->nodes);
  g_ptr_array_unref (self->connections);
  g_ptr_array_unref (self->requests);
  g_ptr_array_unref (self->answers);
  g_hash_table_unref (self->hooks);
  g_hash_table_unref (self->failures);
  g_strfreev (self->extra_ids);
  rmq_fake_store_clear (&self->store);
  _rmq_io_unref (self->io);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->mutex);
  g_free (self);
}
