/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker of a test, and its raw connections.
 */
#include "wired-broker.h"

#include "base/rmq-byte-writer-private.h"
#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-record-private.h"
#include "wire/rmq-remoting-command-private.h"

#define FRAME_LIMIT (32u * 1024 * 1024)
#define EPOCH_MS INT64_C (1700000000000)

struct _Wire
{
  RmqSerializeType last_type;
  GIOStream *stream;
  RmqFrameDecoder *decoder;
  int last_opaque;
};

/* --- the broker ---------------------------------------------------------------------------------------------- */

void
wired_start (WiredBroker *self, bool manual_clock, const char *const *settings)
{
  g_autoptr (GError) error = NULL;

  self->server = rmq_broker_server_new ("127.0.0.1:0");
  if (manual_clock)
    {
      self->clock = _rmq_clock_new_manual (1000000, EPOCH_MS);
      _rmq_broker_server_set_clock (self->server, self->clock);
    }
  for (; settings != NULL && *settings != NULL; settings += 2)
    {
      rmq_broker_server_set_setting (self->server, settings[0], settings[1], &error);
      g_assert_no_error (error);
    }
  rmq_broker_server_start (self->server, NULL, &error);
  g_assert_no_error (error);
  self->address = rmq_broker_server_dup_address (self->server);
}

void
wired_stop (WiredBroker *self)
{
  g_clear_object (&self->server);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->clock, _rmq_clock_unref);
}

void
wired_advance (WiredBroker *self, int64_t ms)
{
  _rmq_clock_advance (self->clock, ms * 1000);
}

static void
set_up (WiredBroker *self, gconstpointer data)
{
  /* What a peer does wrong is told as a warning. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  wired_start (self, data != NULL, NULL);
}

static void
tear_down (WiredBroker *self, gconstpointer data)
{
  wired_stop (self);
}

void
wired_add (const char *path, void (*func) (WiredBroker *self, gconstpointer data))
{
  g_test_add (path, WiredBroker, NULL, set_up, func, tear_down);
}

void
wired_add_manual (const char *path, void (*func) (WiredBroker *self, gconstpointer data))
{
  g_test_add (path, WiredBroker, (void *) 1, set_up, func, tear_down);
}

void
wired_call (WiredBroker *self, RmqBrokerServerFunc func, void *data)
{
  g_assert_true (_rmq_broker_server_call (self->server, func, data));
}

static void
count_held (RmqBrokerCore *core, void *data)
{
  const GPtrArray *topics = _rmq_broker_topics_get_all (core->topics);
  unsigned *n = data;

  for (unsigned i = 0; i < topics->len; i++)
    {
      const RmqBrokerTopic *topic = g_ptr_array_index (topics, i);

      for (int32_t q = 0; q < topic->n_queues; q++)
        for (RmqBrokerHoldPlace *at = topic->queues[q] != NULL ? topic->queues[q]->holds : NULL; at != NULL;
             at = at->next)
          ++*n;
    }
}

unsigned
wired_count_held (WiredBroker *self)
{
  unsigned n = 0;

  wired_call (self, count_held, &n);
  return n;
}

typedef struct
{
  WiredBroker *fixture;
  unsigned n;
} Held;

static bool
is_held (void *data)
{
  Held *held = data;

  return wired_count_held (held->fixture) == held->n;
}

void
wired_wait_held (WiredBroker *self, unsigned n)
{
  Held held = { self, n };

  rmq_test_assert_until (NULL, is_held, &held);
}

/* --- connections --------------------------------------------------------------------------------------------- */

static Wire *
wire_make (GIOStream *stream)
{
  Wire *self = g_new0 (Wire, 1);

  self->stream = stream;
  self->decoder = _rmq_frame_decoder_new ();
  return self;
}

Wire *
wire_new (WiredBroker *fixture)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_timeout (client, RMQ_TEST_TIMEOUT_MS / 1000);
  connection = g_socket_client_connect_to_host (client, fixture->address, 9876, NULL, &error);
  g_assert_no_error (error);
  return wire_make (G_IO_STREAM (connection));
}

Wire *
wire_new_embedded (WiredBroker *fixture)
{
  g_autoptr (GError) error = NULL;
  GIOStream *stream = rmq_broker_server_connect (fixture->server, &error);

  g_assert_no_error (error);
  return wire_make (stream);
}

void
wire_free (Wire *self)
{
  g_io_stream_close (self->stream, NULL, NULL);
  g_object_unref (self->stream);
  _rmq_frame_decoder_free (self->decoder);
  g_free (self);
}

char *
wire_dup_local_address (Wire *self)
{
  g_autoptr (GSocketAddress) address = g_socket_connection_get_local_address (G_SOCKET_CONNECTION (self->stream), NULL);

  return g_strdup_printf ("127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
}

void
wire_send_bytes (Wire *self, const void *data, size_t len)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), data, len, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
send_frame (Wire *self, const RmqFrameHead *head, GArray *ext, GBytes *body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (FRAME_LIMIT);
  g_autoptr (GError) error = NULL;
  size_t len = 0;
  const void *data = body != NULL ? g_bytes_get_data (body, &len) : NULL;

  _rmq_frame_write (&out, head, (const RmqExtField *) (void *) ext->data, ext->len, rmq_slice (data, len), &error);
  g_assert_no_error (error);
  wire_send_bytes (self, out.data, out.len);
}

static int
send_list (Wire *self, int code, WireFlags flags, GBytes *body, va_list fields)
{
  g_autoptr (GArray) ext = g_array_new (FALSE, FALSE, sizeof (RmqExtField));
  RmqFrameHead head = {
    .code = code,
    .opaque = ++self->last_opaque,
    .flag = (flags & WIRE_ONEWAY) != 0 ? RMQ_FRAME_FLAG_ONEWAY : 0,
    .language = RMQ_LANGUAGE_CPP,
    .version = RMQ_VERSION_V5_3_3,
    .serialize_type = (flags & WIRE_BINARY) != 0 ? RMQ_SERIALIZE_BINARY : RMQ_SERIALIZE_JSON,
  };
  const char *name;

  while ((name = va_arg (fields, const char *)) != NULL)
    {
      RmqExtField field = { rmq_slice_from_string (name), rmq_slice_from_string (va_arg (fields, const char *)) };

      g_array_append_val (ext, field);
    }
  send_frame (self, &head, ext, body);
  return head.opaque;
}

int
wire_send (Wire *self, int code, WireFlags flags, GBytes *body, ...)
{
  va_list fields;
  int opaque;

  va_start (fields, body);
  opaque = send_list (self, code, flags, body, fields);
  va_end (fields);
  return opaque;
}

void
wire_answer (Wire *self, int opaque, int code)
{
  g_autoptr (GArray) ext = g_array_new (FALSE, FALSE, sizeof (RmqExtField));
  RmqFrameHead head = {
    .code = code,
    .opaque = opaque,
    .flag = RMQ_FRAME_FLAG_RESPONSE,
    .language = RMQ_LANGUAGE_CPP,
    .version = RMQ_VERSION_V5_3_3,
  };

  send_frame (self, &head, ext, NULL);
}

static bool
read_all (Wire *self, void *buffer, size_t len)
{
  g_autoptr (GError) error = NULL;
  size_t n = 0;

  if (!g_input_stream_read_all (g_io_stream_get_input_stream (self->stream), buffer, len, &n, NULL, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
    g_error ("no frame came: %s", error->message);
  return n == len;
}

RmqRemotingCommand *
wire_read (Wire *self)
{
  g_autofree uint8_t *data = NULL;
  g_autoptr (GError) error = NULL;
  RmqFrame frame;
  uint32_t word;
  size_t len;

  if (!read_all (self, &word, sizeof word))
    g_error ("the connection is closed");
  len = GUINT32_FROM_BE (word);
  g_assert_cmpuint (len, <, FRAME_LIMIT);
  data = g_malloc (len + sizeof word);
  memcpy (data, &word, sizeof word);
  g_assert_true (read_all (self, data + sizeof word, len));
  _rmq_frame_decode (self->decoder, data, len + sizeof word, &frame, &error);
  g_assert_no_error (error);
  self->last_type = frame.serialize_type;
  return _rmq_remoting_command_new_from_frame (&frame, NULL);
}

/* Notices that a group changed may come in between. */
static RmqRemotingCommand *
read_response (Wire *self)
{
  RmqRemotingCommand *answer = wire_read (self);

  while (!rmq_remoting_command_is_response (answer))
    {
      rmq_remoting_command_unref (answer);
      answer = wire_read (self);
    }
  return answer;
}

RmqRemotingCommand *
wire_ask (Wire *self, int code, GBytes *body, ...)
{
  RmqRemotingCommand *answer;
  va_list fields;
  int opaque;

  va_start (fields, body);
  opaque = send_list (self, code, WIRE_PLAIN, body, fields);
  va_end (fields);
  answer = read_response (self);
  g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
  return answer;
}

void
wire_assert_closed (Wire *self)
{
  char byte;

  g_assert_false (read_all (self, &byte, 1));
}

size_t
wire_read_to_end (Wire *self)
{
  size_t n = 0;
  char byte;

  while (read_all (self, &byte, 1))
    n++;
  return n;
}

void
wire_assert_quiet (Wire *self)
{
  g_autoptr (RmqRemotingCommand) answer = wire_ask (self, RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, NULL, NULL);

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
}

const char *
wire_get (RmqRemotingCommand *command, const char *name)
{
  return rmq_remoting_command_get_ext_field (command, name);
}

int64_t
wire_get_int (RmqRemotingCommand *command, const char *name)
{
  const char *text = wire_get (command, name);

  if (text == NULL)
    g_error ("the answer has no field %s", name);
  return g_ascii_strtoll (text, NULL, 10);
}

RmqSlice
wire_get_body (RmqRemotingCommand *command)
{
  GBytes *body = rmq_remoting_command_get_body (command);
  size_t len = 0;
  const char *data = body != NULL ? g_bytes_get_data (body, &len) : NULL;

  return rmq_slice (data, len);
}

RmqSerializeType
wire_get_last_type (Wire *self)
{
  return self->last_type;
}

/* --- often --------------------------------------------------------------------------------------------------- */

RmqRemotingCommand *
wired_send (Wire *wire, const char *topic, int queue_id, const char *body, const char *properties)
{
  g_autofree char *queue = g_strdup_printf ("%d", queue_id);
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;

  return wire_ask (wire, RMQ_REQUEST_SEND_MESSAGE_V2, bytes, "a", "producers", "b", topic, "c", "TBW102", "d", "4", "e",
                   queue, "f", "0", "g", "1700000000123", "h", "7", "i", properties != NULL ? properties : "", "j", "0",
                   "k", "false", "m", "false", NULL);
}

int64_t
wired_put (Wire *wire, const char *topic, int queue_id, const char *body, const char *properties)
{
  g_autoptr (RmqRemotingCommand) answer = wired_send (wire, topic, queue_id, body, properties);

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  return wire_get_int (answer, "queueOffset");
}

int
wired_pull_send (Wire *wire,
                 const char *group,
                 const char *topic,
                 int queue_id,
                 int64_t offset,
                 const char *expression,
                 int64_t suspend_ms)
{
  g_autofree char *queue = g_strdup_printf ("%d", queue_id);
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, offset);
  g_autofree char *suspend = g_strdup_printf ("%" G_GINT64_FORMAT, suspend_ms);

  return wire_send (wire, RMQ_REQUEST_PULL_MESSAGE, WIRE_PLAIN, NULL, "consumerGroup", group, "topic", topic, "queueId",
                    queue, "queueOffset", from, "maxMsgNums", "32", "sysFlag", suspend_ms > 0 ? "6" : "4",
                    "commitOffset", "0", "suspendTimeoutMillis", suspend, "subscription", expression, "subVersion", "0",
                    NULL);
}

RmqRemotingCommand *
wired_pull (Wire *wire, const char *group, const char *topic, int queue_id, int64_t offset, const char *expression)
{
  int opaque = wired_pull_send (wire, group, topic, queue_id, offset, expression, 0);
  RmqRemotingCommand *answer = wire_read (wire);

  g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
  return answer;
}

GArray *
wired_records (RmqRemotingCommand *answer)
{
  GArray *records = g_array_new (FALSE, FALSE, sizeof (RmqRecord));
  RmqSlice body = wire_get_body (answer);
  size_t at = 0;

  while (at < body.len)
    {
      g_autoptr (GError) error = NULL;
      RmqRecord record;

      _rmq_record_decode (&record, (const uint8_t *) body.data + at, body.len - at, at, &error);
      g_assert_no_error (error);
      at += record.total_size;
      g_array_append_val (records, record);
    }
  return records;
}

char *
wired_bodies (RmqRemotingCommand *answer)
{
  g_autoptr (GArray) records = wired_records (answer);
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < records->len; i++)
    {
      const RmqRecord *record = &g_array_index (records, RmqRecord, i);

      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append_len (text, record->body.data, (gssize) record->body.len);
    }
  return g_string_free (text, FALSE);
}

static void
send_heartbeat (Wire *wire, const RmqHeartbeatData *heartbeat)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (FRAME_LIMIT);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqRemotingCommand) answer = NULL;
  int opaque;

  _rmq_heartbeat_data_encode (heartbeat, &out);
  body = _rmq_byte_writer_steal (&out);
  opaque = wire_send (wire, RMQ_REQUEST_HEART_BEAT, WIRE_PLAIN, body, NULL);
  answer = read_response (wire);
  g_assert_cmpint (rmq_remoting_command_get_opaque (answer), ==, opaque);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpstr (wire_get (answer, "IS_SUPPORT_HEART_BEAT_V2"), ==, "true");
  g_assert_cmpstr (wire_get (answer, "IS_SUB_CHANGE"), ==, "true");
}

void
wired_heartbeat (Wire *wire, const char *client_id, const char *group, const char *topic, const char *tags)
{
  static int64_t version = 100;
  g_autoptr (RmqHeartbeatData) heartbeat = _rmq_heartbeat_data_new_for (client_id);
  RmqConsumerData *consumer = _rmq_heartbeat_data_add_consumer (
      heartbeat, group, RMQ_HEARTBEAT_CONSUME_PASSIVELY, RMQ_HEARTBEAT_CLUSTERING, RMQ_HEARTBEAT_FROM_FIRST_OFFSET);
  g_autoptr (GError) error = NULL;

  if (topic != NULL)
    g_ptr_array_add (consumer->subscriptions, _rmq_subscription_build (topic, tags, NULL, version++, &error));
  g_assert_no_error (error);
  send_heartbeat (wire, heartbeat);
}

void
wired_heartbeat_producer (Wire *wire, const char *client_id, const char *group)
{
  g_autoptr (RmqHeartbeatData) heartbeat = _rmq_heartbeat_data_new_for (client_id);

  _rmq_heartbeat_data_add_producer (heartbeat, group);
  send_heartbeat (wire, heartbeat);
}
