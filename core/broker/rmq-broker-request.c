/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading requests, answering them, and requests of the broker's own.
 */
#include "rmq-broker-core-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "wire/rmq-body-private.h"

bool
_rmq_broker_request_decode (RmqBrokerCore *core,
                            const RmqBrokerRequest *request,
                            const RmqHeaderTable *table,
                            void *header)
{
  g_autoptr (GError) error = NULL;

  if (G_LIKELY (rmq_frame_decode_header (request->frame, table, header, &error)))
    return true;
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s", error->message);
  return false;
}

void *
_rmq_broker_request_decode_body (RmqBrokerCore *core, const RmqBrokerRequest *request, const RmqBodyType *type)
{
  g_autoptr (GError) error = NULL;
  void *body = NULL;

  if (request->frame->body.len > 0)
    body = _rmq_body_decode (type, request->frame->body, &error);
  if (body == NULL)
    _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR, "%s",
                             error != NULL ? error->message : "the body is missing");
  return body;
}

/* --- answers ------------------------------------------------------------------------------------------------- */

void
_rmq_broker_write (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerAnswer *answer)
{
  if (ticket->oneway)
    return;
  _rmq_server_connection_reply (ticket->connection, ticket->opaque, answer->code, answer->remark, answer->table,
                                answer->header, answer->ext, answer->n_ext, answer->body);
}

void
_rmq_broker_answer (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBrokerAnswer *answer)
{
  RmqBrokerAnswer changed;

  if (G_LIKELY (core->reply_out->len == 0))
    {
      _rmq_broker_write (core, ticket, answer);
      return;
    }
  changed = *answer;
  for (unsigned i = 0; i < core->reply_out->len; i++)
    {
      const RmqBrokerHook *hook = &g_array_index (core->reply_out, RmqBrokerHook, i);

      if (hook->module->reply_out (core, ticket, &changed, hook->data))
        return;
    }
  _rmq_broker_write (core, ticket, &changed);
}

void
_rmq_broker_answer_code (RmqBrokerCore *core, const RmqBrokerTicket *ticket, int code, const char *format, ...)
{
  g_autofree char *remark = NULL;
  RmqBrokerAnswer answer = { .code = code };

  if (format != NULL)
    {
      va_list arguments;

      va_start (arguments, format);
      remark = g_strdup_vprintf (format, arguments);
      va_end (arguments);
      answer.remark = remark;
    }
  _rmq_broker_answer (core, ticket, &answer);
}

void
_rmq_broker_answer_header (RmqBrokerCore *core,
                           const RmqBrokerTicket *ticket,
                           const RmqHeaderTable *table,
                           const void *header)
{
  RmqBrokerAnswer answer = { .code = RMQ_RESPONSE_SUCCESS, .table = table, .header = header };

  _rmq_broker_answer (core, ticket, &answer);
}

void
_rmq_broker_answer_bytes (RmqBrokerCore *core, const RmqBrokerTicket *ticket, GBytes *body)
{
  RmqBrokerAnswer answer = { .code = RMQ_RESPONSE_SUCCESS, .body = body };

  _rmq_broker_answer (core, ticket, &answer);
}

void
_rmq_broker_answer_body (RmqBrokerCore *core, const RmqBrokerTicket *ticket, const RmqBodyType *type, const void *body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  g_autoptr (GBytes) bytes = NULL;

  _rmq_body_encode (type, body, &out);
  if (out.failed)
    {
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "the answer is too long for a frame");
      return;
    }
  bytes = _rmq_byte_writer_steal (&out);
  _rmq_broker_answer_bytes (core, ticket, bytes);
}

void
_rmq_broker_ticket_keep (RmqBrokerTicket *kept, const RmqBrokerTicket *ticket)
{
  *kept = *ticket;
  _rmq_server_connection_ref (kept->connection);
}

void
_rmq_broker_ticket_clear (RmqBrokerTicket *kept)
{
  g_clear_pointer (&kept->connection, _rmq_server_connection_unref);
}

/* --- requests of the broker's own ---------------------------------------------------------------------------- */

typedef struct
{
  RmqInvocation invocation;
  RmqBrokerCore *core; /* which closes its connections, and so ends all calls, before it goes */
  RmqServerConnection *connection;
  RmqBrokerCalled done;
  void *data;
  GArray *ext; /* RmqExtField */
  GStringChunk *texts;
  GBytes *body;
} Call;

static void
call_done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  Call *call = (Call *) (void *) invocation;

  if (call->done != NULL)
    call->done (call->core, response, error, call->data);
  _rmq_server_connection_unref (call->connection);
  g_array_unref (call->ext);
  g_string_chunk_free (call->texts);
  g_clear_pointer (&call->body, g_bytes_unref);
  g_free (call);
}

static void
keep_field (RmqSlice name, RmqSlice value, void *data)
{
  Call *call = data;
  RmqExtField field = { name, rmq_slice (g_string_chunk_insert_len (call->texts, value.data, (gssize) value.len),
                                         value.len) };

  g_array_append_val (call->ext, field);
}

void
_rmq_broker_call (RmqBrokerCore *core,
                  RmqServerConnection *connection,
                  int code,
                  const RmqHeaderTable *table,
                  const void *header,
                  GBytes *body,
                  int64_t timeout_ms,
                  RmqBrokerCalled done,
                  void *data)
{
  Call *call = g_new0 (Call, 1);
  size_t len = 0;

  call->core = core;
  call->connection = _rmq_server_connection_ref (connection);
  call->done = done;
  call->data = data;
  call->ext = g_array_new (FALSE, FALSE, sizeof (RmqExtField));
  call->texts = g_string_chunk_new (256);
  if (table != NULL)
    _rmq_header_foreach (table, header, keep_field, call);
  call->invocation.code = code;
  call->invocation.ext = (const RmqExtField *) (void *) call->ext->data;
  call->invocation.n_ext = call->ext->len;
  call->invocation.oneway = done == NULL;
  call->invocation.deadline_us = rmq_broker_now_us (core) + timeout_ms * 1000;
  call->invocation.done = call_done;
  if (body != NULL)
    {
      call->body = g_bytes_ref (body);
      call->invocation.body = g_bytes_get_data (call->body, &len);
      call->invocation.body_len = len;
      call->invocation.body_bytes = call->body;
    }
  _rmq_server_connection_invoke (connection, &call->invocation);
}
