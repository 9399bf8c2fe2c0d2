/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends by both codes, batches, and what is refused.
 */
#include "wired-broker.h"

#include "wire/rmq-batch-private.h"
#include "wire/rmq-offset-id-private.h"
#include "wire/rmq-properties-private.h"
#include "wire/rmq-record-private.h"

#define LIMIT (4u * 1024 * 1024)

static void
test_success (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer =
      wired_send (wire, "orders", 2, "hello", "UNIQ_KEY\1AC1100010001\2KEYS\1k1 k2\2");
  g_autoptr (GError) error = NULL;
  RmqHost host;
  int64_t offset;
  g_autofree char *address = NULL;

  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  _rmq_offset_id_decode (wire_get (answer, "msgId"), &host, &offset, &error);
  g_assert_no_error (error);
  address = _rmq_host_to_string (&host);
  g_assert_cmpstr (address, ==, self->address);
  g_assert_cmpint (offset, >=, 0);
  g_assert_cmpint (wire_get_int (answer, "queueId"), ==, 2);
  g_assert_cmpint (wire_get_int (answer, "queueOffset"), ==, 0);
  g_assert_cmpstr (wire_get (answer, "transactionId"), ==, "AC1100010001");
  g_assert_cmpstr (wire_get (answer, "MSG_REGION"), ==, "DefaultRegion");
  g_assert_cmpstr (wire_get (answer, "TRACE_ON"), ==, "true");
}

static void
test_offsets (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int64_t last = -1;

  for (int i = 0; i < 30; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_send (wire, "orders", i % 3, "x", NULL);
      RmqHost host;
      int64_t offset;

      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      g_assert_cmpint (wire_get_int (answer, "queueOffset"), ==, i / 3);
      g_assert_true (_rmq_offset_id_decode (wire_get (answer, "msgId"), &host, &offset, NULL));
      g_assert_cmpint (offset, >, last);
      last = offset;
    }
}

static void
test_visible (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);

  for (int i = 0; i < 50; i++)
    {
      g_autoptr (RmqRemotingCommand) max = NULL;
      g_autoptr (RmqRemotingCommand) pulled = NULL;

      g_assert_cmpint (wired_put (wire, "orders", 0, "x", NULL), ==, i);
      max = wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
      g_assert_cmpint (wire_get_int (max, "offset"), ==, i + 1);
      pulled = wired_pull (wire, "g", "orders", 0, i, "*");
      wire_assert_code (pulled, RMQ_RESPONSE_SUCCESS);
    }
}

/* The only record of a queue. */
static void
pull_record (Wire *wire, const char *topic, int64_t offset, RmqRemotingCommand **answer, RmqRecord *record)
{
  g_autoptr (GArray) records = NULL;

  *answer = wired_pull (wire, "g", topic, 0, offset, "*");
  wire_assert_code (*answer, RMQ_RESPONSE_SUCCESS);
  records = wired_records (*answer);
  g_assert_cmpuint (records->len, >=, 1);
  *record = g_array_index (records, RmqRecord, 0);
}

static void
test_both_codes (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = g_bytes_new_static ("hello", 5);
  g_autoptr (RmqRemotingCommand) sent = NULL;
  g_autoptr (RmqRemotingCommand) first_answer = NULL;
  g_autoptr (RmqRemotingCommand) second_answer = NULL;
  RmqRecord first;
  RmqRecord second;

  wired_put (wire, "orders", 0, "hello", "KEYS\1k\2UNIQ_KEY\1U\2");
  sent = wire_ask (wire, RMQ_REQUEST_SEND_MESSAGE, body, "producerGroup", "producers", "topic", "orders",
                   "defaultTopic", "TBW102", "defaultTopicQueueNums", "4", "queueId", "0", "sysFlag", "0",
                   "bornTimestamp", "1700000000123", "flag", "7", "properties", "KEYS\1k\2UNIQ_KEY\1U\2",
                   "reconsumeTimes", "0", "unitMode", "false", "batch", "false", NULL);
  wire_assert_code (sent, RMQ_RESPONSE_SUCCESS);
  pull_record (wire, "orders", 0, &first_answer, &first);
  pull_record (wire, "orders", 1, &second_answer, &second);
  g_assert_true (rmq_slice_equal (first.body, second.body));
  g_assert_true (rmq_slice_equal (first.properties, second.properties));
  g_assert_cmpint (first.flag, ==, second.flag);
  g_assert_cmpint (first.born_timestamp, ==, second.born_timestamp);
  g_assert_cmpint (first.sys_flag, ==, second.sys_flag);
  g_assert_cmpint (first.body_crc, ==, second.body_crc);
}

static void
test_queue_ids (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  bool seen[WIRED_QUEUES] = { false };

  wired_put (wire, "orders", 0, "x", NULL);
  for (int i = 0; i < 200; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_send (wire, "orders", -1, "x", NULL);

      wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
      g_assert_cmpint (wire_get_int (answer, "queueId"), <, WIRED_QUEUES);
      seen[wire_get_int (answer, "queueId")] = true;
    }
  for (int i = 0; i < WIRED_QUEUES; i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_send (wire, "orders", WIRED_QUEUES + i, "x", NULL);

      wire_assert_code (answer, RMQ_RESPONSE_INVALID_PARAMETER);
      g_assert_true (seen[i]);
    }
}

static void
test_auto_create (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autoptr (RmqRemotingCommand) many = NULL;
  g_autoptr (RmqRemotingCommand) none = NULL;
  g_autoptr (RmqRemotingCommand) route = NULL;
  g_autofree char *text = NULL;

  many = wire_ask (wire, RMQ_REQUEST_SEND_MESSAGE_V2, body, "a", "p", "b", "many", "c", "TBW102", "d", "100", "e", "7",
                   "f", "0", "g", "1", "h", "0", NULL);
  wire_assert_code (many, RMQ_RESPONSE_SUCCESS);
  route = wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "many", NULL);
  text = rmq_slice_dup (wire_get_body (route));
  g_assert_nonnull (strstr (text, "\"perm\":6"));
  g_assert_nonnull (strstr (text, "\"writeQueueNums\":8"));
  none = wire_ask (wire, RMQ_REQUEST_SEND_MESSAGE_V2, body, "a", "p", "b", "none", "c", "NO_SUCH_TOPIC", "d", "4", "e",
                   "0", "f", "0", "g", "1", "h", "0", NULL);
  wire_assert_code (none, RMQ_RESPONSE_TOPIC_NOT_EXIST);
}

static void
test_no_auto_create (void)
{
  const char *settings[] = { "autoCreateTopicEnable", "false", NULL };
  WiredBroker fixture = { NULL };
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_autoptr (RmqRemotingCommand) route = NULL;
  Wire *wire;

  wired_start (&fixture, false, settings);
  wire = wire_new (&fixture);
  answer = wired_send (wire, "orders", 0, "x", NULL);
  wire_assert_code (answer, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  route = wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", "TBW102", NULL);
  wire_assert_code (route, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  wire_free (wire);
  wired_stop (&fixture);
}

static void
test_refused_topics (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autofree char *too_long = g_strnfill (128, 'a');
  const struct
  {
    const char *topic;
    int code;
  } cases[] = {
    { "bad topic", RMQ_RESPONSE_INVALID_PARAMETER },
    { "bad/topic", RMQ_RESPONSE_INVALID_PARAMETER },
    { "", RMQ_RESPONSE_INVALID_PARAMETER },
    { too_long, RMQ_RESPONSE_INVALID_PARAMETER },
    { "RMQ_SYS_TRANS_HALF_TOPIC", RMQ_RESPONSE_NO_PERMISSION },
    { "SCHEDULE_TOPIC_XXXX", RMQ_RESPONSE_NO_PERMISSION },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RmqRemotingCommand) answer = wired_send (wire, cases[i].topic, 0, "x", NULL);

      g_test_message ("topic \"%s\"", cases[i].topic);
      wire_assert_code (answer, cases[i].code);
    }
}

static void
test_sizes (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autofree char *most = g_strnfill (LIMIT, 'x');
  g_autofree char *more = g_strnfill (LIMIT + 1, 'x');
  g_autofree char *properties = g_strnfill (32768, 'p');
  g_autoptr (RmqRemotingCommand) empty = wired_send (wire, "orders", 0, NULL, NULL);
  g_autoptr (RmqRemotingCommand) fits = wired_send (wire, "orders", 0, most, NULL);
  g_autoptr (RmqRemotingCommand) too_long = wired_send (wire, "orders", 0, more, NULL);
  g_autoptr (RmqRemotingCommand) too_many = wired_send (wire, "orders", 0, "x", properties);
  g_autoptr (RmqRemotingCommand) pulled = NULL;

  g_assert_cmpint (rmq_remoting_command_get_code (empty), !=, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (fits, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (too_long, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wire_assert_code (too_many, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  pulled = wired_pull (wire, "g", "orders", 0, 0, "*");
  wire_assert_code (pulled, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpuint (wire_get_body (pulled).len, >, LIMIT);
}

static void
test_record (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autofree char *local = wire_dup_local_address (wire);
  g_autofree char *born = NULL;
  g_autoptr (RmqRemotingCommand) answer = NULL;
  RmqRecord record;

  wired_put (wire, "orders", 0, "hello", "KEYS\1k\2");
  pull_record (wire, "orders", 0, &answer, &record);
  born = _rmq_host_to_string (&record.born_host);
  g_assert_cmpstr (born, ==, local);
  g_assert_cmpint (record.born_timestamp, ==, 1700000000123);
  g_assert_cmpint (record.flag, ==, 7);
  g_assert_cmpint (record.sys_flag, ==, 0);
  g_assert_cmpint (record.reconsume_times, ==, 0);
  g_assert_cmpint (record.store_timestamp, >, 0);
  g_assert_cmpuint (record.body_crc, ==, 0x3610A686);
  g_assert_true (rmq_slice_equal_string (record.body, "hello"));
  g_assert_false (record.v2);
}

static const char *
property (const RmqRecord *record, const char *name, char buffer[RMQ_BROKER_TEXT_SIZE])
{
  RmqSlice value = _rmq_properties_text_find (record->properties, rmq_slice_from_string (name));

  return value.data != NULL ? rmq_broker_text (value, buffer) : NULL;
}

static void
test_properties (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  RmqRecord record;
  char text[RMQ_BROKER_TEXT_SIZE];

  wired_put (wire, "orders", 0, "x", "POP_CK\0011 2 3\2KEYS\1k\2");
  pull_record (wire, "orders", 0, &answer, &record);
  g_assert_cmpstr (property (&record, "CLUSTER", text), ==, "DefaultCluster");
  g_assert_cmpstr (property (&record, "MSG_REGION", text), ==, "DefaultRegion");
  g_assert_cmpstr (property (&record, "TRACE_ON", text), ==, "true");
  g_assert_cmpstr (property (&record, "KEYS", text), ==, "k");
  g_assert_null (property (&record, "POP_CK", text));
  g_assert_cmpuint (strlen (property (&record, "UNIQ_KEY", text)), ==, 32);
}

static void
test_long_retry_topic (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autofree char *group = g_strnfill (120, 'g');
  g_autofree char *topic = g_strconcat ("%RETRY%", group, "_and_more", NULL);
  g_autofree char *short_topic = g_strconcat ("%RETRY%", group, NULL);
  g_autoptr (RmqRemotingCommand) sent = wired_send (wire, short_topic, 0, "x", NULL);
  g_autoptr (RmqRemotingCommand) answer = NULL;
  RmqRecord record;

  wire_assert_code (sent, RMQ_RESPONSE_SUCCESS);
  pull_record (wire, short_topic, 0, &answer, &record);
  g_assert_cmpuint (record.topic.len, ==, 127);
  g_assert_false (record.v2);
  g_assert_cmpuint (strlen (topic), >, 127);
}

static void
make_compaction (RmqBrokerCore *core, void *data)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, RMQ_SLICE_LITERAL ("orders"));

  _rmq_string_pairs_add (topic->attributes, "cleanup.policy", "COMPACTION");
}

static void
test_kinds (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) inner = wired_send (wire, "orders", 0, "x", "INNER_NUM\0013\2");
  g_autoptr (RmqRemotingCommand) no_key = NULL;

  wire_assert_code (inner, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wired_call (self, make_compaction, NULL);
  no_key = wired_send (wire, "orders", 0, "x", NULL);
  wire_assert_code (no_key, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wired_put (wire, "orders", 0, "x", "KEYS\1k\2");
}

/* --- batches ------------------------------------------------------------------------------------------------- */

static GBytes *
make_batch (unsigned n, const char *stem)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (64u * 1024 * 1024);

  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *body = g_strdup_printf ("%s%u", stem, i);
      g_autofree char *properties = g_strdup_printf ("KEYS\1key%u\2UNIQ_KEY\1id%u\2", i, i);
      RmqBatchElement element = { (int32_t) i, rmq_slice_from_string (body), rmq_slice_from_string (properties) };

      g_assert_true (_rmq_batch_element_encode (&element, &out));
    }
  return _rmq_byte_writer_steal (&out);
}

static RmqRemotingCommand *
send_batch (Wire *wire, int code, const char *topic, const char *sys_flag, const char *flag, GBytes *body)
{
  return wire_ask (wire, code, body, "a", "p", "b", topic, "c", "TBW102", "d", "4", "e", "0", "f", sys_flag, "g", "1",
                   "h", "0", "m", flag, NULL);
}

static void
test_batch (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = make_batch (100, "b");
  g_autoptr (RmqRemotingCommand) answer = NULL;
  g_auto (GStrv) ids = NULL;
  int64_t next = 1;

  wired_put (wire, "orders", 0, "x", NULL);
  answer = send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "orders", "0", "true", body);
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (wire_get_int (answer, "queueOffset"), ==, 1);
  ids = g_strsplit (wire_get (answer, "msgId"), ",", -1);
  g_assert_cmpuint (g_strv_length (ids), ==, 100);
  while (next < 101)
    {
      g_autoptr (RmqRemotingCommand) pulled = wired_pull (wire, "g", "orders", 0, next, "*");
      g_autoptr (GArray) records = wired_records (pulled);

      for (unsigned i = 0; i < records->len; i++)
        {
          const RmqRecord *record = &g_array_index (records, RmqRecord, i);
          g_autofree char *properties = g_strdup_printf (
              "KEYS\1key%" G_GINT64_FORMAT "\2UNIQ_KEY\1id%" G_GINT64_FORMAT "\2", next + i - 1, next + i - 1);
          RmqHost host;
          int64_t offset;

          g_assert_cmpint (record->queue_offset, ==, next + i);
          g_assert_cmpint (record->flag, ==, next + i - 1);
          g_assert_true (rmq_slice_equal_string (record->properties, properties));
          g_assert_true (_rmq_offset_id_decode (ids[next + i - 1], &host, &offset, NULL));
          g_assert_cmpint (offset, ==, record->physical_offset);
        }
      next += records->len;
    }
}

static void
test_batch_flag (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = make_batch (3, "b");
  g_autoptr (RmqRemotingCommand) single =
      send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "orders", "0", "false", body);
  g_autoptr (RmqRemotingCommand) batch = send_batch (wire, RMQ_REQUEST_SEND_MESSAGE_V2, "orders", "0", "true", body);
  g_autoptr (RmqRemotingCommand) max = NULL;

  wire_assert_code (single, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (batch, RMQ_RESPONSE_SUCCESS);
  max = wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
  g_assert_cmpint (wire_get_int (max, "offset"), ==, 4);
}

static void
test_batch_refused (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = make_batch (3, "b");
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (body, 0, g_bytes_get_size (body) - 3);
  g_autofree char *stem = g_strnfill (1024 * 1024, 's');
  g_autoptr (GBytes) large = make_batch (5, stem);
  g_autoptr (RmqRemotingCommand) retry =
      send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "%RETRY%g", "0", "true", body);
  g_autoptr (RmqRemotingCommand) prepared =
      send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "orders", "4", "true", body);
  g_autoptr (RmqRemotingCommand) too_large =
      send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "orders", "0", "true", large);
  g_autoptr (RmqRemotingCommand) broken = send_batch (wire, RMQ_REQUEST_SEND_BATCH_MESSAGE, "orders", "0", "true", cut);
  g_autoptr (RmqRemotingCommand) max = NULL;

  wire_assert_code (retry, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wire_assert_code (prepared, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wire_assert_code (too_large, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  wire_assert_code (broken, RMQ_RESPONSE_MESSAGE_ILLEGAL);
  max = wire_ask (wire, RMQ_REQUEST_GET_MAX_OFFSET, NULL, "topic", "orders", "queueId", "0", NULL);
  g_assert_cmpint (wire_get_int (max, "offset"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/send/success/B-SEND-001", test_success);
  wired_add ("/broker/send/offsets/B-SEND-002", test_offsets);
  wired_add ("/broker/send/visible/B-SEND-003", test_visible);
  wired_add ("/broker/send/both-codes/B-SEND-004", test_both_codes);
  wired_add ("/broker/send/queue-ids/B-SEND-005", test_queue_ids);
  wired_add ("/broker/send/auto-create/B-SEND-006/B-NS-004", test_auto_create);
  g_test_add_func ("/broker/send/no-auto-create/B-SEND-006/B-NS-002", test_no_auto_create);
  wired_add ("/broker/send/refused-topics/B-SEND-007", test_refused_topics);
  wired_add ("/broker/send/sizes/B-SEND-008", test_sizes);
  wired_add ("/broker/send/record/B-SEND-009", test_record);
  wired_add ("/broker/send/properties/B-SEND-010", test_properties);
  wired_add ("/broker/send/long-retry-topic/B-SEND-013", test_long_retry_topic);
  wired_add ("/broker/send/kinds/B-SEND-014/B-SEND-015", test_kinds);
  wired_add ("/broker/send/batch/B-BATCH-001/B-BATCH-002", test_batch);
  wired_add ("/broker/send/batch-flag/B-BATCH-003", test_batch_flag);
  wired_add ("/broker/send/batch-refused/B-BATCH-004/B-BATCH-007", test_batch_refused);
  return g_test_run ();
}
