/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker in a test's context, and its clients.
 */
#include "broker-fixture.h"

#include <inttypes.h>
#include "broker/store/rmq-sqlite-store-private.h"
#include "remoting/rmq-memory-pipe-private.h"
#include "wire/rmq-offset-id-private.h"

struct _BrokerClient
{
  BrokerFixture *fixture;
  GIOStream *stream;
  GByteArray *input;
  GQueue frames; /* BrokerReply, not taken yet */
  int32_t opaque;
};

/* --- the log ----------------------------------------------------------------------------------------------------- */

static unsigned n_warnings;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, size_t n_fields, void *data)
{
  const char *domain = NULL;

  for (size_t i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
      domain = fields[i].value;
  if (g_strcmp0 (domain, "Rmq") != 0 || (level & G_LOG_LEVEL_MASK) < G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, data);
  if ((level & G_LOG_LEVEL_WARNING) != 0)
    n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

unsigned
broker_take_warnings (void)
{
  unsigned n = n_warnings;

  n_warnings = 0;
  return n;
}

void
broker_test_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
}

/* --- the broker -------------------------------------------------------------------------------------------------- */

void
broker_set (BrokerFixture *self, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_broker_settings_set (self->settings, name, value, false, &error));
  g_assert_no_error (error);
}

void
broker_setup (BrokerFixture *self, const void *data)
{
  g_auto (GStrv) pairs = g_strsplit (data != NULL ? data : "", ";", -1);

  self->context = g_main_context_new ();
  self->clock = _rmq_clock_new_manual (1000000, BROKER_EPOCH_MS);
  self->io = _rmq_io_new_for_context (self->context, self->clock);
  self->settings = _rmq_broker_settings_new ();
  /* Tests let hours pass, and clients say nothing in that time. */
  broker_set (self, "serverChannelMaxIdleTimeMillis", "0");
  broker_set (self, "channelExpiredTimeout", "1000000000");
  if (g_strcmp0 (g_getenv (BROKER_STORE_ENV), "sqlite") == 0)
    {
      self->directory = rmq_test_dir_new ();
      broker_set (self, "storePathRootDir", self->directory);
    }
  else
    self->store = _rmq_memory_store_new ();
  for (char **at = pairs; *at != NULL; at++)
    {
      g_auto (GStrv) pair = g_strsplit (*at, "=", 2);

      if (pair[0] != NULL && pair[1] != NULL)
        broker_set (self, pair[0], pair[1]);
    }
  broker_start (self);
}

void
broker_start (BrokerFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (self->core);
  /* What a new process finds is what the files say. */
  if (self->directory != NULL)
    self->store = _rmq_sqlite_store_new ();
  self->core =
      _rmq_broker_core_new (self->io, _rmq_broker_settings_copy (self->settings), self->store, NULL, NULL, &error);
  g_assert_no_error (error);
  rmq_test_drain (self->context);
}

void
broker_stop (BrokerFixture *self)
{
  rmq_test_drain (self->context);
  g_clear_pointer (&self->core, _rmq_broker_core_free);
  if (self->directory != NULL)
    g_clear_object (&self->store);
  rmq_test_drain (self->context);
}

void
broker_teardown (BrokerFixture *self, const void *data)
{
  broker_stop (self);
  g_assert_cmpuint (broker_take_warnings (), ==, 0);
  g_assert_cmpuint (_rmq_timer_heap_get_n_armed (_rmq_io_get_timers (self->io)), ==, 0);
  g_clear_object (&self->store);
  g_clear_pointer (&self->directory, rmq_test_dir_free);
  _rmq_broker_settings_free (self->settings);
  _rmq_io_unref (self->io);
  rmq_test_drain (self->context);
  _rmq_clock_unref (self->clock);
  g_main_context_unref (self->context);
}

void
broker_advance (BrokerFixture *self, int64_t ms)
{
  _rmq_clock_advance (self->clock, ms * 1000);
  rmq_test_drain (self->context);
}

RmqBrokerQueue *
broker_get_queue (BrokerFixture *self, const char *topic, int queue_id)
{
  RmqBrokerTopic *found = _rmq_broker_topics_find (self->core->topics, rmq_slice_from_string (topic));

  g_assert_nonnull (found);
  return _rmq_broker_topic_get_queue (self->core, found, queue_id);
}

int64_t
broker_get_max (BrokerFixture *self, const char *topic, int queue_id)
{
  return broker_get_queue (self, topic, queue_id)->max_offset;
}

void
broker_add_topic (BrokerFixture *self, const char *topic, int queues)
{
  _rmq_broker_topics_ensure (self->core->topics, rmq_slice_from_string (topic), queues, RMQ_PERM_READ | RMQ_PERM_WRITE);
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

void
broker_reply_free (BrokerReply *self)
{
  if (self == NULL)
    return;
  _rmq_frame_decoder_free (self->decoder);
  g_bytes_unref (self->bytes);
  g_free (self);
}

char *
broker_reply_dup (const BrokerReply *self, const char *field)
{
  RmqSlice value;

  return _rmq_frame_get_ext (&self->frame, field, &value) ? rmq_slice_dup (value) : NULL;
}

int64_t
broker_reply_get (const BrokerReply *self, const char *field)
{
  g_autofree char *text = broker_reply_dup (self, field);

  g_assert_nonnull (text);
  return g_ascii_strtoll (text, NULL, 10);
}

int64_t
broker_reply_get_physical (const BrokerReply *self)
{
  g_autofree char *id = broker_reply_dup (self, "msgId");
  RmqHost host;
  int64_t offset;

  g_assert_true (_rmq_offset_id_decode (id, &host, &offset, NULL));
  return offset;
}

static BrokerReply *
reply_new (const void *data, size_t len)
{
  BrokerReply *self = g_new0 (BrokerReply, 1);
  g_autoptr (GError) error = NULL;

  self->bytes = g_bytes_new (data, len);
  self->decoder = _rmq_frame_decoder_new ();
  _rmq_frame_decode (self->decoder, g_bytes_get_data (self->bytes, NULL), len, &self->frame, &error);
  g_assert_no_error (error);
  return self;
}

/* --- clients ----------------------------------------------------------------------------------------------------- */

BrokerClient *
broker_client_new (BrokerFixture *fixture)
{
  BrokerClient *self = g_new0 (BrokerClient, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) other = NULL;

  self->fixture = fixture;
  self->input = g_byte_array_new ();
  g_queue_init (&self->frames);
  _rmq_memory_pipe_new (16 * 1024 * 1024, &self->stream, &other);
  g_assert_true (_rmq_broker_core_accept_stream (fixture->core, other, "127.0.0.1:50000", &error));
  g_assert_no_error (error);
  rmq_test_drain (fixture->context);
  return self;
}

void
broker_client_free (BrokerClient *self)
{
  g_io_stream_close (self->stream, NULL, NULL);
  g_object_unref (self->stream);
  rmq_test_drain (self->fixture->context);
  g_queue_clear_full (&self->frames, (GDestroyNotify) broker_reply_free);
  g_byte_array_unref (self->input);
  g_free (self);
}

static void
split_frames (BrokerClient *self)
{
  size_t total;

  while (_rmq_frame_peek_length (self->input->data, self->input->len, &total, NULL) && total > 0
         && total <= self->input->len)
    {
      g_queue_push_tail (&self->frames, reply_new (self->input->data, total));
      g_byte_array_remove_range (self->input, 0, (unsigned) total);
    }
}

/* Lets the broker work, and takes what it wrote. */
static void
run (BrokerClient *self)
{
  GPollableInputStream *in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  uint8_t buffer[65536];

  for (;;)
    {
      gssize n;

      rmq_test_drain (self->fixture->context);
      n = g_pollable_input_stream_read_nonblocking (in, buffer, sizeof buffer, NULL, NULL);
      if (n <= 0)
        break;
      g_byte_array_append (self->input, buffer, (unsigned) n);
    }
  split_frames (self);
}

static int32_t
write_request (BrokerClient *self, int code, int flag, RmqSlice body, va_list fields)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  RmqFrameHead head = {
    .code = code, .opaque = ++self->opaque, .flag = flag, .version = 501, .language = RMQ_LANGUAGE_JAVA
  };
  RmqFrameWriter writer;
  const char *name;
  g_autoptr (GError) error = NULL;

  _rmq_frame_begin (&writer, &out, &head);
  while ((name = va_arg (fields, const char *)) != NULL)
    _rmq_frame_add_ext (&writer, rmq_slice_from_string (name), rmq_slice_from_string (va_arg (fields, const char *)));
  _rmq_frame_end (&writer, body.len, &error);
  g_assert_no_error (error);
  rmq_byte_writer_slice (&out, body);
  g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), out.data, out.len, NULL, NULL, &error);
  g_assert_no_error (error);
  return head.opaque;
}

BrokerReply *
broker_call (BrokerClient *self, int code, RmqSlice body, ...)
{
  va_list fields;
  int32_t opaque;

  va_start (fields, body);
  opaque = write_request (self, code, 0, body, fields);
  va_end (fields);
  run (self);
  for (GList *at = self->frames.head; at != NULL; at = at->next)
    {
      BrokerReply *reply = at->data;

      if (!rmq_frame_is_response (&reply->frame) || reply->frame.opaque != opaque)
        continue;
      g_queue_delete_link (&self->frames, at);
      return reply;
    }
  return NULL;
}

void
broker_post (BrokerClient *self, int code, RmqSlice body, ...)
{
  va_list fields;

  va_start (fields, body);
  write_request (self, code, RMQ_FRAME_FLAG_ONEWAY, body, fields);
  va_end (fields);
  run (self);
}

bool
broker_write (BrokerClient *self, const void *data, size_t len)
{
  bool written = g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), data, len, NULL, NULL, NULL);

  run (self);
  return written;
}

BrokerReply *
broker_take (BrokerClient *self)
{
  run (self);
  return g_queue_pop_head (&self->frames);
}

void
broker_answer (BrokerClient *self, const BrokerReply *request, int code, RmqSlice body)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  RmqFrameHead head = {
    .code = code,
    .opaque = request->frame.opaque,
    .flag = RMQ_FRAME_FLAG_RESPONSE,
    .version = 501,
    .language = RMQ_LANGUAGE_JAVA,
  };
  g_autoptr (GError) error = NULL;

  _rmq_frame_write (&out, &head, NULL, 0, body, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), out.data, out.len, NULL, NULL, &error);
  g_assert_no_error (error);
  run (self);
}

/* --- common requests --------------------------------------------------------------------------------------------- */

void
broker_register_producer (BrokerClient *self, const char *client_id, const char *group)
{
  g_autofree char *body = g_strdup_printf ("{\"clientID\":\"%s\",\"consumerDataSet\":[],\"producerDataSet\":"
                                           "[{\"groupName\":\"%s\"}],\"heartbeatFingerprint\":0,\"withoutSub\":false}",
                                           client_id, group);
  g_autoptr (BrokerReply) reply = broker_call (self, RMQ_REQUEST_HEART_BEAT, rmq_slice_from_string (body), NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

void
broker_register_consumer (BrokerClient *self, const char *client_id, const char *group, const char *topic)
{
  g_autofree char *body = g_strdup_printf (
      "{\"clientID\":\"%s\",\"consumerDataSet\":[{\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":"
      "\"CONSUME_PASSIVELY\",\"groupName\":\"%s\",\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":["
      "{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"TAG\",\"subString\":\"*\",\"subVersion\":1,"
      "\"tagsSet\":[],\"topic\":\"%s\"}],\"unitMode\":false}],\"heartbeatFingerprint\":0,\"producerDataSet\":[],"
      "\"withoutSub\":false}",
      client_id, group, topic);
  g_autoptr (BrokerReply) reply = broker_call (self, RMQ_REQUEST_HEART_BEAT, rmq_slice_from_string (body), NULL);

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
}

static char *
encode_properties (const char *properties)
{
  GString *text = g_string_new (properties);

  if (text->len > 0)
    g_string_append_c (text, RMQ_PROPERTY_VALUE_END);
  for (size_t i = 0; i < text->len; i++)
    {
      if (text->str[i] == ';')
        text->str[i] = RMQ_PROPERTY_VALUE_END;
      else if (text->str[i] == '=')
        text->str[i] = RMQ_PROPERTY_NAME_END;
    }
  return g_string_free (text, FALSE);
}

BrokerReply *
broker_send (BrokerClient *self, const char *topic, int queue_id, const char *body, const char *properties)
{
  g_autofree char *queue = g_strdup_printf ("%d", queue_id);
  g_autofree char *born = g_strdup_printf ("%" PRId64, _rmq_clock_realtime_ms (self->fixture->clock));
  g_autofree char *text = encode_properties (properties);

  return broker_call (self, RMQ_REQUEST_SEND_MESSAGE_V2, rmq_slice_from_string (body), "a", "PG", "b", topic, "c",
                      "TBW102", "d", "4", "e", queue, "f", "0", "g", born, "h", "7", "i", text, "j", "0", "k", "false",
                      "m", "false", NULL);
}

BrokerReply *
broker_pull (BrokerClient *self, const char *topic, int queue_id, int64_t offset, RmqRecord *record)
{
  g_autofree char *queue = g_strdup_printf ("%d", queue_id);
  g_autofree char *at = g_strdup_printf ("%" PRId64, offset);
  BrokerReply *reply =
      broker_call (self, RMQ_REQUEST_PULL_MESSAGE, RMQ_SLICE_NULL, "consumerGroup", "CG", "topic", topic, "queueId",
                   queue, "queueOffset", at, "maxMsgNums", "1", "sysFlag", "4", "commitOffset", "0",
                   "suspendTimeoutMillis", "0", "subscription", "*", "subVersion", "0", "expressionType", "TAG", NULL);

  g_assert_nonnull (reply);
  if (reply->frame.code == RMQ_RESPONSE_SUCCESS)
    g_assert_true (
        _rmq_record_decode (record, (const uint8_t *) reply->frame.body.data, reply->frame.body.len, 0, NULL));
  return reply;
}

char *
broker_record_dup (const RmqRecord *record, const char *property)
{
  return rmq_slice_dup (_rmq_properties_text_find (record->properties, rmq_slice_from_string (property)));
}

void
broker_record_has (const RmqRecord *record, const char *property, const char *value)
{
  g_autofree char *text = broker_record_dup (record, property);

  g_assert_cmpstr (text, ==, value);
}
