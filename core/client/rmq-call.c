/* SPDX-License-Identifier: Apache-2.0
 *
 * Single requests of the client instance: what lives from the call to its answer, and the tour of the name servers.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-client-id-private.h"

/* A name server that does not answer leaves this much for the next one. */
#define MIN_ATTEMPT_US (200 * G_TIME_SPAN_MILLISECOND)

struct _RmqCall
{
  RmqInvocation invocation;
  RmqClientCore *core;
  char *address;
  GBytes *body;
  RmqCallDone done;
  void *data;
  int64_t deadline_us;
  bool failed_before_sending; /* `done` comes from the deferred */
  RmqIoDeferred deferred;
  GError *error;

  /* Tour of the name servers. */
  char **servers;
  unsigned next_server;
  unsigned n_left;
  RmqErrorDetails *details;

  uint8_t header[]; /* then the texts it points to */
};

static size_t
strings_size (const RmqHeaderTable *table, const uint8_t *header)
{
  size_t size = 0;

  for (unsigned i = 0; i < table->n_fields; i++)
    if (table->fields[i].kind == RMQ_FIELD_STRING)
      size += ((const RmqSlice *) (header + table->fields[i].offset))->len;
  return size;
}

static RmqCall *
call_new (RmqClientCore *core,
          int code,
          const RmqHeaderTable *table,
          const void *header,
          GBytes *body,
          int64_t timeout_us,
          RmqCallDone done,
          void *data)
{
  size_t struct_size = table != NULL ? table->struct_size : 0;
  size_t texts = table != NULL && header != NULL ? strings_size (table, header) : 0;
  RmqCall *self = g_malloc0 (sizeof (RmqCall) + struct_size + texts);
  char *text = (char *) self->header + struct_size;

  if (struct_size > 0 && header != NULL)
    memcpy (self->header, header, struct_size);
  for (unsigned i = 0; texts > 0 && i < table->n_fields; i++)
    {
      RmqSlice *slice = (RmqSlice *) (self->header + table->fields[i].offset);

      if (table->fields[i].kind != RMQ_FIELD_STRING || slice->len == 0)
        continue;
      memcpy (text, slice->data, slice->len);
      slice->data = text;
      text += slice->len;
    }

  self->core = _rmq_client_core_ref (core);
  self->body = body != NULL ? g_bytes_ref (body) : NULL;
  self->done = done;
  self->data = data;
  self->deadline_us = _rmq_io_now (core->io) + (timeout_us > 0 ? timeout_us : core->settings->request_timeout);

  self->invocation.code = code;
  self->invocation.table = table;
  self->invocation.header = struct_size > 0 ? self->header : NULL;
  self->invocation.body_bytes = self->body;
  if (self->body != NULL)
    self->invocation.body = g_bytes_get_data (self->body, &self->invocation.body_len);
  self->invocation.deadline_us = self->deadline_us;
  self->invocation.probe_close = true;
  self->invocation.data = self;
  g_hash_table_add (core->calls, self);
  return self;
}

static void
call_free (RmqCall *self)
{
  _rmq_io_undefer (self->core->io, &self->deferred);
  g_hash_table_remove (self->core->calls, self);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->details, rmq_error_details_unref);
  g_clear_error (&self->error);
  g_strfreev (self->servers);
  g_free (self->address);
  _rmq_client_core_unref (self->core);
  g_free (self);
}

static void
call_end (RmqCall *self, const RmqFrame *response, const GError *error)
{
  self->done (self, response, error, self->data);
  call_free (self);
}

static void
run_deferred_error (RmqIoDeferred *deferred)
{
  RmqCall *self = (RmqCall *) ((uint8_t *) deferred - offsetof (RmqCall, deferred));

  call_end (self, NULL, self->error);
}

/* done never comes from inside the call that asked. Takes error. */
static void
fail_later (RmqCall *self, GError *error)
{
  self->failed_before_sending = true;
  self->error = error;
  self->deferred.run = run_deferred_error;
  _rmq_io_defer (self->core->io, &self->deferred);
}

static bool
is_closed (RmqClientCore *core)
{
  return core->shut || core->remoting == NULL;
}

static GError *
closed_error (void)
{
  return _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client is closed");
}

static void
call_answered (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  call_end (invocation->data, response, error);
}

static void
oneway_done (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
}

static RmqCall *
call_start (RmqClientCore *self,
            const char *address,
            bool oneway,
            int code,
            const RmqHeaderTable *table,
            const void *header,
            GBytes *body,
            int64_t timeout_us,
            RmqCallDone done,
            void *data)
{
  RmqCall *call = call_new (self, code, table, header, body, timeout_us, done, data);

  call->address = g_strdup (address);
  call->invocation.oneway = oneway;
  call->invocation.done = call_answered;
  if (is_closed (self))
    fail_later (call, closed_error ());
  else
    _rmq_remoting_client_invoke (self->remoting, call->address, &call->invocation);
  return call;
}

RmqCall *
_rmq_client_core_call (RmqClientCore *self,
                       const char *address,
                       int code,
                       const RmqHeaderTable *table,
                       const void *header,
                       GBytes *body,
                       int64_t timeout_us,
                       RmqCallDone done,
                       void *data)
{
  return call_start (self, address, false, code, table, header, body, timeout_us, done, data);
}

void
_rmq_client_core_call_oneway (RmqClientCore *self,
                              const char *address,
                              int code,
                              const RmqHeaderTable *table,
                              const void *header,
                              GBytes *body)
{
  call_start (self, address, true, code, table, header, body, 0, oneway_done, NULL);
}

static void try_next_server (RmqCall *self);

static void
name_server_answered (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  RmqCall *self = invocation->data;
  g_autofree char *cause = NULL;
  int64_t elapsed_ms = (_rmq_io_now (self->core->io) - invocation->started_us) / 1000;

  if (response != NULL)
    {
      call_end (self, response, NULL);
      return;
    }

  if (self->details == NULL)
    self->details = _rmq_error_details_new ();
  cause = _rmq_error_dup_what (error);
  _rmq_error_details_add_attempt (self->details, self->address, invocation->phase, elapsed_ms, cause);
  _rmq_client_core_skip_name_server (self->core, self->address);
  if (is_closed (self->core))
    call_end (self, NULL, error);
  else
    try_next_server (self);
}

/* Every server once, within the deadline; each gets a fair part of what is left of it. */
static void
try_next_server (RmqCall *self)
{
  int64_t now = _rmq_io_now (self->core->io);
  int64_t left = self->deadline_us - now;
  unsigned n_servers = g_strv_length (self->servers);
  int64_t part;

  if (self->n_left == 0 || left <= 0)
    {
      bool timed_out = self->n_left > 0;
      g_autoptr (GError) error =
          _rmq_error_new (timed_out ? RMQ_ERROR_TIMED_OUT : RMQ_ERROR_NO_NAME_SERVER, self->details,
                          n_servers == 1 ? "The name server %s did not answer" : "None of the name servers %s answered",
                          n_servers == 1 ? self->servers[0] : "in the list");

      call_end (self, NULL, error);
      return;
    }

  part = MAX (left / self->n_left, MIN (left, MIN_ATTEMPT_US));
  g_free (self->address);
  self->address = g_strdup (self->servers[self->next_server % n_servers]);
  self->next_server++;
  self->n_left--;
  self->invocation.deadline_us = now + part;
  self->invocation.written = false;
  _rmq_remoting_client_invoke (self->core->remoting, self->address, &self->invocation);
}

RmqCall *
_rmq_client_core_call_name_server (RmqClientCore *self,
                                   int code,
                                   const RmqHeaderTable *table,
                                   const void *header,
                                   GBytes *body,
                                   int64_t timeout_us,
                                   RmqCallDone done,
                                   void *data)
{
  RmqCall *call = call_new (self, code, table, header, body, timeout_us, done, data);

  call->invocation.done = name_server_answered;
  if (is_closed (self))
    {
      fail_later (call, closed_error ());
      return call;
    }

  call->servers = _rmq_client_core_dup_name_servers (self, &call->next_server);
  call->n_left = g_strv_length (call->servers);
  if (call->n_left == 0)
    fail_later (call, _rmq_error_new (RMQ_ERROR_NO_NAME_SERVER, NULL,
                                      "No name server is known: set name-servers, or NAMESRV_ADDR, or a discovery"));
  else
    try_next_server (call);
  return call;
}

void
_rmq_call_cancel (RmqCall *call)
{
  if (!call->failed_before_sending)
    _rmq_remoting_client_cancel (call->core->remoting, &call->invocation);
  call_free (call);
}
