/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls, frames and transports for the tests of the remoting layer.
 */
#include "remoting-support.h"

#include <string.h>
#include "base/rmq-sync-private.h"
#include "remoting/rmq-memory-pipe-private.h"
#include "remoting/rmq-socket-port-private.h"

/* --- calls --------------------------------------------------------------------------------------------------- */

static unsigned n_ended;

static void
call_done (RmqInvocation *invocation, const RmqFrame *response, const GError *error)
{
  RmqTestCall *self = (RmqTestCall *) invocation;

  g_assert_true (invocation->oneway || (response == NULL) == (error != NULL));
  self->n_done++;
  self->order = ++n_ended;
  if (error != NULL)
    self->error = g_error_copy (error);
  if (response != NULL)
    {
      self->got_response = true;
      self->code = response->code;
      self->opaque = response->opaque;
      self->remark = rmq_slice_dup (response->remark);
      if (response->body.data != NULL)
        self->body = g_bytes_new (response->body.data, response->body.len);
      if (self->share)
        self->owner = rmq_frame_share (response);
    }
  rmq_test_wake ();
}

RmqTestCall *
rmq_test_call_new (int code, int64_t deadline_us)
{
  RmqTestCall *self = g_new0 (RmqTestCall, 1);

  self->invocation.code = code;
  self->invocation.deadline_us = deadline_us;
  self->invocation.done = call_done;
  return self;
}

void
rmq_test_call_free (RmqTestCall *self)
{
  g_clear_error (&self->error);
  g_free (self->remark);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->owner, g_bytes_unref);
  g_free (self);
}

bool
rmq_test_call_is_done (void *call)
{
  return ((RmqTestCall *) call)->n_done > 0;
}

void
rmq_test_call_reset_order (void)
{
  n_ended = 0;
}

/* --- the I/O context ----------------------------------------------------------------------------------------- */

typedef struct
{
  RmqIoOp op;
  void (*func) (void *data);
  void *data;
  int done;
} IoCall;

static void
io_call_run (RmqIoOp *op)
{
  IoCall *self = (IoCall *) op;

  self->func (self->data);
  RMQ_TSAN_RELEASE (&self->done);
  g_atomic_int_set (&self->done, 1);
  rmq_test_wake ();
}

static void
io_call_drop (RmqIoOp *op)
{
  g_assert_not_reached ();
}

void
rmq_test_io_call (RmqIo *io, GMainContext *context, void (*func) (void *data), void *data)
{
  IoCall call = { { io_call_run, io_call_drop }, func, data, 0 };

  _rmq_io_submit (io, &call.op);
  rmq_test_assert_until (context, rmq_test_int_is_set, &call.done);
  RMQ_TSAN_ACQUIRE (&call.done);
}

/* --- frames -------------------------------------------------------------------------------------------------- */

GBytes *
rmq_test_frame_new (int32_t code, int32_t opaque, int32_t flag, bool binary, const char *remark, const char *body)
{
  RmqByteWriter out = RMQ_BYTE_WRITER_INIT (RMQ_FRAME_MAX_LENGTH);
  RmqFrameHead head = { .code = code,
                        .opaque = opaque,
                        .flag = flag,
                        .version = RMQ_VERSION_V5_3_3,
                        .language = RMQ_LANGUAGE_JAVA,
                        .serialize_type = binary ? RMQ_SERIALIZE_BINARY : RMQ_SERIALIZE_JSON,
                        .remark = rmq_slice_from_string (remark) };

  g_assert_true (_rmq_frame_write (&out, &head, NULL, 0, rmq_slice_from_string (body), NULL));
  return _rmq_byte_writer_steal (&out);
}

static RmqFrameDecoder *
decode (GBytes *bytes, RmqFrame *frame)
{
  RmqFrameDecoder *decoder = _rmq_frame_decoder_new ();
  g_autoptr (GError) error = NULL;
  size_t len;
  const void *data = g_bytes_get_data (bytes, &len);

  _rmq_frame_decode (decoder, data, len, frame, &error);
  g_assert_no_error (error);
  return decoder;
}

int32_t
rmq_test_frame_get_opaque (GBytes *bytes)
{
  RmqFrame frame;
  g_autoptr (RmqFrameDecoder) decoder = decode (bytes, &frame);

  return frame.opaque;
}

int32_t
rmq_test_frame_get_code (GBytes *bytes)
{
  RmqFrame frame;
  g_autoptr (RmqFrameDecoder) decoder = decode (bytes, &frame);

  return frame.code;
}

int32_t
rmq_test_frame_get_flag (GBytes *bytes)
{
  RmqFrame frame;
  g_autoptr (RmqFrameDecoder) decoder = decode (bytes, &frame);

  return frame.flag;
}

char *
rmq_test_frame_dup_ext (GBytes *bytes, const char *key)
{
  RmqFrame frame;
  g_autoptr (RmqFrameDecoder) decoder = decode (bytes, &frame);
  RmqSlice value;

  return _rmq_frame_get_ext (&frame, key, &value) ? rmq_slice_dup (value) : NULL;
}

char *
rmq_test_frame_dup_body (GBytes *bytes)
{
  RmqFrame frame;
  g_autoptr (RmqFrameDecoder) decoder = decode (bytes, &frame);

  return rmq_slice_dup (frame.body);
}

GBytes *
rmq_test_frame_answer (GBytes *request, int32_t code, const char *remark, const char *body)
{
  return rmq_test_frame_new (code, rmq_test_frame_get_opaque (request), RMQ_FRAME_FLAG_RESPONSE, false, remark, body);
}

void
rmq_test_peer_write_frame (RmqTestPeer *peer, unsigned connection, GBytes *frame)
{
  size_t len;
  const void *data = g_bytes_get_data (frame, &len);

  rmq_test_peer_write (peer, connection, data, len);
}

/* --- the log ------------------------------------------------------------------------------------------------- */

static GMutex log_lock;
static unsigned n_warnings;
static char *last_warning;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *data)
{
  const char *message = "";
  const char *domain = "";

  for (size_t i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, "MESSAGE") == 0)
        message = fields[i].value;
      else if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0)
        domain = fields[i].value;
    }
  if (strcmp (domain, "Rmq") != 0)
    return g_log_writer_default (level, fields, n_fields, data);
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return G_LOG_WRITER_HANDLED;
  rmq_mutex_lock (&log_lock);
  n_warnings++;
  g_free (last_warning);
  last_warning = g_strdup (message);
  rmq_mutex_unlock (&log_lock);
  return G_LOG_WRITER_HANDLED;
}

unsigned
rmq_test_take_warnings (char **last)
{
  unsigned n;

  rmq_mutex_lock (&log_lock);
  n = n_warnings;
  n_warnings = 0;
  if (last != NULL)
    *last = g_steal_pointer (&last_warning);
  g_clear_pointer (&last_warning, g_free);
  rmq_mutex_unlock (&log_lock);
  return n;
}

/* --- transports ---------------------------------------------------------------------------------------------- */

static RmqTestPipeFunc pipe_func;
static void *pipe_data;
static size_t pipe_capacity;

void
rmq_test_pipe_set_acceptor (RmqTestPipeFunc func, void *data, size_t capacity)
{
  pipe_func = func;
  pipe_data = data;
  pipe_capacity = capacity;
}

typedef struct
{
  RmqTransport parent_instance;
} TestTransport;

typedef struct
{
  RmqTransportClass parent_class;
} TestTransportClass;

static GType test_transport_get_type (void);
G_DEFINE_TYPE (TestTransport, test_transport, RMQ_TYPE_TRANSPORT)

static void
sock_connected (GObject *source, GAsyncResult *result, void *data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (g_socket_connection_connect_finish (G_SOCKET_CONNECTION (source), result, &error))
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
sock_connect (GTask *task, GSocketAddress *address, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket =
      g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_autoptr (GSocketConnection) connection = NULL;

  g_assert_no_error (error);
  g_socket_set_option (socket, 6 /* IPPROTO_TCP */, 1 /* TCP_NODELAY */, 1, NULL);
  connection = g_socket_connection_factory_create_connection (socket);
  g_socket_connection_connect_async (connection, address, cancellable, sock_connected, g_object_ref (task));
}

static gboolean
never_cancelled (GCancellable *cancellable, void *data)
{
  g_task_return_new_error (data, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  return G_SOURCE_REMOVE;
}

static void
test_transport_connect_async (RmqTransport *self,
                              RmqEndpoint *endpoint,
                              GSocketAddress *address,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              void *data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  const char *name = rmq_endpoint_get_transport (endpoint);

  g_task_set_check_cancellable (task, FALSE);
  if (strcmp (name, "pipe") == 0)
    {
      GIOStream *near;
      GIOStream *far;

      _rmq_memory_pipe_new (pipe_capacity, &near, &far);
      pipe_func (far, pipe_data);
      g_object_unref (far);
      g_task_return_pointer (task, near, g_object_unref);
    }
  else if (strcmp (name, "never") == 0)
    {
      g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

      g_task_attach_source (task, source, G_SOURCE_FUNC (never_cancelled));
    }
  else if (strcmp (name, "plainly") == 0)
    {
      g_autoptr (GInputStream) base = g_memory_input_stream_new ();
      g_autoptr (GInputStream) input = g_buffered_input_stream_new (base);
      g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();

      g_task_return_pointer (task, g_simple_io_stream_new (input, output), g_object_unref);
    }
  else
    sock_connect (task, address, cancellable);
}

static GIOStream *
test_transport_connect_finish (RmqTransport *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
test_transport_needs_address (RmqTransport *self, RmqEndpoint *endpoint)
{
  return strcmp (rmq_endpoint_get_transport (endpoint), "sock") == 0;
}

static void
test_transport_class_init (TestTransportClass *klass)
{
  klass->parent_class.connect_async = test_transport_connect_async;
  klass->parent_class.connect_finish = test_transport_connect_finish;
  klass->parent_class.needs_address = test_transport_needs_address;
}

static void
test_transport_init (TestTransport *self)
{
}

void
rmq_test_transports_init (void)
{
  static const char *const names[] = { "sock", "pipe", "never", "plainly" };
  static bool done = false;

  if (done)
    return;
  done = true;
  g_log_set_writer_func (log_writer, NULL, NULL);
  _rmq_socket_class_init ();
  /* GLib's own worker begins with the first GTask, and stays: tests that count descriptors should have it already. */
  g_object_unref (g_task_new (NULL, NULL, NULL, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      rmq_plugin_registry_register (rmq_plugin_registry_get_default (), "transport", names[i],
                                    test_transport_get_type (), 0, &error);
      g_assert_no_error (error);
    }
}
