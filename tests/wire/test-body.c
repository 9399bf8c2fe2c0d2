/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON bodies beyond the golden vectors: odd forms that peers send, what we send to which peer, and hostile texts.
 */
#include <rmq/rmq.h>
#include "wire/rmq-assignment-body-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-consumer-running-info-private.h"
#include "wire/rmq-group-config-private.h"
#include "wire/rmq-heartbeat-private.h"
#include "wire/rmq-lock-body-private.h"
#include "wire/rmq-stats-body-private.h"

static char *
to_string (const RmqBodyType *type, const void *body)
{
  return _rmq_body_to_string (type, body);
}

static void
assert_protocol_error (const RmqBodyType *type, const char *text)
{
  g_autoptr (GError) error = NULL;
  void *body = _rmq_body_decode (type, rmq_slice_from_string (text), &error);

  g_assert_null (body);
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
assert_offset (GPtrArray *offsets, unsigned at, const char *topic, const char *broker, int id, int64_t offset)
{
  const RmqQueueOffset *entry = g_ptr_array_index (offsets, at);

  g_assert_cmpstr (rmq_message_queue_get_topic (entry->queue), ==, topic);
  g_assert_cmpstr (rmq_message_queue_get_broker_name (entry->queue), ==, broker);
  g_assert_cmpint (rmq_message_queue_get_queue_id (entry->queue), ==, id);
  g_assert_cmpint (entry->offset, ==, offset);
}

static void
test_bare_numeric_keys (void)
{
  static const char *const forms[] = {
    "{\"brokerAddrs\":{0:\"a:1\",1:\"b:2\"},\"brokerName\":\"n\",\"cluster\":\"c\"}",
    "{\"brokerAddrs\":{\"0\":\"a:1\",\"1\":\"b:2\"},\"brokerName\":\"n\",\"cluster\":\"c\"}",
    "{\"brokerAddrs\":{1 :\"b:2\", 0 : \"a:1\"},\"brokerName\":\"n\",\"cluster\":\"c\"}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (RmqBrokerData) broker = _rmq_broker_data_decode (rmq_slice_from_string (forms[i]), NULL);

      g_assert_nonnull (broker);
      g_assert_cmpuint (broker->addresses->len, ==, 2);
      g_assert_cmpstr (_rmq_broker_data_get_address (broker, 0), ==, "a:1");
      g_assert_cmpstr (_rmq_broker_data_get_address (broker, 1), ==, "b:2");
      g_assert_null (_rmq_broker_data_get_address (broker, 2));
    }
}

static void
test_number_tables (void)
{
  g_autoptr (RmqDelayOffsetsBody) levels =
      _rmq_delay_offsets_body_decode (RMQ_SLICE_LITERAL ("{\"offsetTable\":{3:7,\"1\":5}}"), NULL);
  g_autoptr (RmqAllOffsetsBody) groups =
      _rmq_all_offsets_body_decode (RMQ_SLICE_LITERAL ("{\"offsetTable\":{\"T@G\":{0:5,1:6}}}"), NULL);
  const RmqGroupOffsets *group = _rmq_body_map_find (groups->offsets, "T@G");
  g_autofree char *text = to_string (&_rmq_delay_offsets_body_type, levels);

  g_assert_cmpint (((RmqIdOffset *) _rmq_body_map_find_int (levels->offsets, 3))->offset, ==, 7);
  g_assert_null (levels->data_version);
  g_assert_cmpstr (text, ==, "{\"offsetTable\":{\"1\":5,\"3\":7}}");
  g_assert_cmpint (((RmqIdOffset *) _rmq_body_map_find_int (group->offsets, 1))->offset, ==, 6);
}

static void
test_queue_keys (void)
{
  static const char *const forms[] = {
    "{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":3,\"topic\":\"T\"}:5}}",
    "{\"offsetTable\":{ {\"topic\":\"T\", \"queueId\":3, \"brokerName\":\"b\"} : 5 }}",
    "{\"offsetTable\":{\"{\\\"brokerName\\\":\\\"b\\\",\\\"queueId\\\":3,\\\"topic\\\":\\\"T\\\"}\":5}}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (RmqOffsetTable) table = _rmq_offset_table_decode (rmq_slice_from_string (forms[i]), NULL);

      g_assert_nonnull (table);
      g_assert_cmpuint (table->offsets->len, ==, 1);
      assert_offset (table->offsets, 0, "T", "b", 3, 5);
    }
}

static void
test_repeated_keys (void)
{
  const char *text = "{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":2,\"topic\":\"T\"}:1,"
                     "{\"brokerName\":\"a\",\"queueId\":2,\"topic\":\"T\"}:7,"
                     "{\"queueId\":2,\"brokerName\":\"b\",\"topic\":\"T\"}:9}}";
  g_autoptr (RmqOffsetTable) table = _rmq_offset_table_decode (rmq_slice_from_string (text), NULL);

  g_assert_cmpuint (table->offsets->len, ==, 2);
  assert_offset (table->offsets, 0, "T", "a", 2, 7);
  assert_offset (table->offsets, 1, "T", "b", 2, 9);
}

static void
test_cluster_and_stats_forms (void)
{
  const char *cluster = "{\"brokerAddrTable\":{\"b\":{\"brokerAddrs\":{0:\"1:1\",1:\"2:2\"},\"brokerName\":\"b\","
                        "\"cluster\":\"c\"}},\"clusterAddrTable\":{\"c\":[\"b\"]}}";
  const char *stats = "{\"consumeTps\":3.5,\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"T\"}:"
                      "{\"brokerOffset\":9,\"consumerOffset\":4,\"lastTimestamp\":8,\"pullOffset\":6},"
                      "{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:{\"brokerOffset\":2}}}";
  g_autoptr (RmqClusterInfo) info = _rmq_cluster_info_decode (rmq_slice_from_string (cluster), NULL);
  g_autoptr (RmqConsumeStats) consume = _rmq_consume_stats_decode (rmq_slice_from_string (stats), NULL);
  const RmqBrokerEntry *broker = _rmq_body_map_find (info->brokers, "b");
  const RmqStringsEntry *names = _rmq_body_map_find (info->clusters, "c");
  const RmqConsumeOffset *offset;

  g_assert_cmpstr (_rmq_broker_data_get_address (broker->broker, 1), ==, "2:2");
  g_assert_cmpstr (g_ptr_array_index (names->values, 0), ==, "b");
  g_assert_cmpuint (consume->offsets->len, ==, 2);
  g_assert_cmpfloat (consume->consume_tps, ==, 3.5);
  offset = ((RmqConsumeOffsetEntry *) g_ptr_array_index (consume->offsets, 0))->offset;
  g_assert_cmpint (offset->broker_offset, ==, 9);
  g_assert_cmpint (offset->consumer_offset, ==, 4);
  g_assert_cmpint (offset->pull_offset, ==, 6);
  g_assert_cmpint (offset->last_timestamp, ==, 8);
  g_assert_cmpint (_rmq_consume_stats_lag (consume), ==, 7);
}

/* Every queue-keyed body goes out with raw object keys, numeric keys quoted, U+0001 and U+0002 escaped. */
static void
test_sent_forms (void)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("T", "b", 1);
  g_autoptr (RmqConsumerRunningInfo) info = _rmq_consumer_running_info_new ();
  g_autoptr (RmqConsumerStatusBody) status = _rmq_consumer_status_body_new ();
  g_autoptr (RmqBrokerData) broker = _rmq_broker_data_new ();
  g_autofree char *info_text = NULL;
  g_autofree char *status_text = NULL;
  g_autofree char *broker_text = NULL;

  _rmq_consumer_running_info_add_queue (info, queue)->commit_offset = 7;
  _rmq_consumer_running_info_add_pop_queue (info, queue)->wait_ack_count = 2;
  _rmq_string_pairs_add (info->properties, RMQ_RUNNING_INFO_NAMESRV, "a:1;\x01\x02");
  info_text = to_string (&_rmq_consumer_running_info_type, info);
  g_assert_nonnull (strstr (info_text, "\"mqTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:{"));
  g_assert_nonnull (strstr (info_text, "\"mqPopTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:{"));
  g_assert_nonnull (strstr (info_text, "\"PROP_NAMESERVER_ADDR\":\"a:1;\\u0001\\u0002\""));

  _rmq_queue_offsets_add (status->offsets, queue, 100);
  status_text = to_string (&_rmq_consumer_status_body_type, status);
  g_assert_cmpstr (status_text, ==,
                   "{\"consumerTable\":{},\"messageQueueTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:"
                   "100}}");

  _rmq_broker_data_set_address (broker, 1, "b:2");
  _rmq_broker_data_set_address (broker, 0, "a:1");
  broker_text = to_string (&_rmq_broker_data_type, broker);
  g_assert_cmpstr (broker_text, ==, "{\"brokerAddrs\":{\"0\":\"a:1\",\"1\":\"b:2\"},\"enableActingMaster\":false}");
}

static void
test_heartbeat_form (void)
{
  g_autoptr (RmqHeartbeatData) data = _rmq_heartbeat_data_new_for ("10.0.0.1@4242#77");
  g_autofree char *text = NULL;
  RmqConsumerData *consumer;

  _rmq_heartbeat_data_add_producer (data, "PG");
  consumer = _rmq_heartbeat_data_add_consumer (data, "CG", RMQ_HEARTBEAT_CONSUME_PASSIVELY, RMQ_HEARTBEAT_CLUSTERING,
                                               RMQ_HEARTBEAT_FROM_LAST_OFFSET);
  g_ptr_array_add (consumer->subscriptions,
                   _rmq_subscription_build ("TopicA", "TagA||TagB", NULL, 1700000000000, NULL));
  text = to_string (&_rmq_heartbeat_data_type, data);
  g_assert_cmpstr (
      text, ==,
      "{\"clientID\":\"10.0.0.1@4242#77\",\"consumerDataSet\":[{\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\","
      "\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"CG\",\"messageModel\":\"CLUSTERING\","
      "\"subscriptionDataSet\":[{\"classFilterMode\":false,\"codeSet\":[2598919,2598920],\"expressionType\":\"TAG\","
      "\"subString\":\"TagA||TagB\",\"subVersion\":1700000000000,\"tagsSet\":[\"TagA\",\"TagB\"],\"topic\":\"TopicA\"}]"
      ",\"unitMode\":false}],\"heartbeatFingerprint\":0,\"producerDataSet\":[{\"groupName\":\"PG\"}],"
      "\"withoutSub\":false}");
}

static void
test_long_strings (void)
{
  const char *text = "{\"counter\":\"9223372036854775807\",\"stateVersion\":\"-9007199254740993\","
                     "\"timestamp\":1152921504606846977}";
  g_autoptr (RmqDataVersion) version = _rmq_data_version_decode (rmq_slice_from_string (text), NULL);

  g_assert_cmpint (version->counter, ==, INT64_MAX);
  g_assert_cmpint (version->state_version, ==, G_GINT64_CONSTANT (-9007199254740993));
  g_assert_cmpint (version->timestamp, ==, G_GINT64_CONSTANT (1152921504606846977));
}

/* Pretty files of both generations of Java, and ours. */
static void
test_offset_files (void)
{
  static const char *const files[] = {
    "{\n\t\"offsetTable\":{{\n\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":0,\n\t\t\t\"topic\":\"T\"\n\t\t}:7,{\n"
    "\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":1,\n\t\t\t\"topic\":\"T\"\n\t\t}:5\n\t}\n}",
    "{\n\t\"offsetTable\":{\n\t\t{\n\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":0,\n\t\t\t\"topic\":\"T\"\n\t\t}:7,"
    "\n"
    "\t\t{\n\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":1,\n\t\t\t\"topic\":\"T\"\n\t\t}:5\n\t}\n}",
  };
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);

  for (unsigned i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (RmqOffsetTable) table = _rmq_offset_table_decode (rmq_slice_from_string (files[i]), NULL);

      g_assert_cmpuint (table->offsets->len, ==, 2);
      assert_offset (table->offsets, 0, "T", "b", 0, 7);
      assert_offset (table->offsets, 1, "T", "b", 1, 5);
      out.len = 0;
      _rmq_offset_table_write_file (table, &out);
    }
  g_assert_cmpmem (out.data, out.len, files[1], strlen (files[1]));
}

static void
test_references (void)
{
  assert_protocol_error (&_rmq_consumer_status_body_type,
                         "{\"consumerTable\":{\"cid1\":{\"$ref\":\"$.consumerTable.cid2\"},\"cid2\":{}}}");
}

/* Reset bodies come as a map or, for clients that say CPP, as a list. */
static void
test_reset_forms (void)
{
  g_autoptr (RmqOffsetTable) map = _rmq_offset_table_decode_reset (
      RMQ_SLICE_LITERAL ("{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:100}}"), NULL);
  g_autoptr (RmqOffsetTable) list = _rmq_offset_table_decode_reset (
      RMQ_SLICE_LITERAL ("{\"offsetTable\":[{\"brokerName\":\"b\",\"offset\":100,\"queueId\":1,\"topic\":\"T\"},{}]}"),
      NULL);
  g_autoptr (RmqOffsetTable) empty = _rmq_offset_table_decode_reset (RMQ_SLICE_LITERAL ("{}"), NULL);

  g_assert_cmpuint (map->offsets->len, ==, 1);
  g_assert_cmpuint (list->offsets->len, ==, 1);
  assert_offset (map->offsets, 0, "T", "b", 1, 100);
  assert_offset (list->offsets, 0, "T", "b", 1, 100);
  g_assert_cmpuint (empty->offsets->len, ==, 0);
}

/* Absent and empty are two answers here. */
static void
test_absent_lists (void)
{
  g_autoptr (RmqAssignmentBody) absent = _rmq_assignment_body_decode (RMQ_SLICE_LITERAL ("{}"), NULL);
  g_autoptr (RmqAssignmentBody) null =
      _rmq_assignment_body_decode (RMQ_SLICE_LITERAL ("{\"messageQueueAssignments\":null}"), NULL);
  g_autoptr (RmqAssignmentBody) empty =
      _rmq_assignment_body_decode (RMQ_SLICE_LITERAL ("{\"messageQueueAssignments\":[]}"), NULL);

  g_assert_null (absent->assignments);
  g_assert_null (null->assignments);
  g_assert_nonnull (empty->assignments);
  g_assert_cmpuint (empty->assignments->len, ==, 0);
}

/* Members of a wrong type count as absent; those of lists and maps are left out. */
static void
test_wrong_types (void)
{
  const char *text = "{\"groupName\":[1],\"retryMaxTimes\":{},\"consumeEnable\":\"maybe\",\"attributes\":[],"
                     "\"groupRetryPolicy\":7,\"subscriptionDataSet\":[1,null,{\"topic\":\"T\"},[]]}";
  g_autoptr (RmqGroupConfigBody) config = _rmq_group_config_body_decode (rmq_slice_from_string (text), NULL);
  g_autoptr (RmqTopicTableBody) table = _rmq_topic_table_body_decode (
      RMQ_SLICE_LITERAL ("{\"topicConfigTable\":{\"a\":null,\"b\":5,\"c\":{\"perm\":4}}}"), NULL);

  g_assert_null (config->name);
  g_assert_cmpint (config->retry_max_times, ==, 16);
  g_assert_true (config->consume_enable);
  g_assert_cmpuint (config->attributes->len, ==, 0);
  g_assert_cmpint (config->retry_policy->type, ==, RMQ_RETRY_CUSTOMIZED);
  g_assert_cmpuint (config->subscriptions->len, ==, 1);
  g_assert_cmpuint (table->configs->len, ==, 1);
  g_assert_cmpint (((RmqTopicConfigEntry *) g_ptr_array_index (table->configs, 0))->config->perm, ==, 4);
}

static void
test_enums (void)
{
  g_autoptr (RmqConsumerData) data = _rmq_consumer_data_decode (
      RMQ_SLICE_LITERAL ("{\"consumeType\":1,\"messageModel\":\"NO_SUCH\",\"consumeFromWhere\":99}"), NULL);
  g_autofree char *text = to_string (&_rmq_consumer_data_type, data);

  g_assert_cmpint (data->consume_type, ==, RMQ_HEARTBEAT_CONSUME_PASSIVELY);
  g_assert_cmpint (data->model, ==, -1);
  g_assert_cmpint (data->from_where, ==, -1);
  g_assert_cmpstr (text, ==, "{\"consumeType\":\"CONSUME_PASSIVELY\",\"subscriptionDataSet\":[],\"unitMode\":false}");
}

static void
test_hostile (void)
{
  GString *flood = g_string_new ("{\"groupConfigList\":[");
  g_autofree char *text = NULL;

  assert_protocol_error (&_rmq_lock_body_type, "");
  assert_protocol_error (&_rmq_lock_body_type, "[]");
  assert_protocol_error (&_rmq_lock_body_type, "{\"mqSet\":[");
  assert_protocol_error (&_rmq_lock_body_type, "{\"clientId\":\"a\\u0000b\"}");
  assert_protocol_error (&_rmq_offset_table_type, "{\"offsetTable\":{\"{broken\":1}}");

  /* Three bytes of text would become hundreds of memory. */
  for (unsigned i = 0; i < 100000; i++)
    g_string_append (flood, "{},");
  g_string_append (flood, "{}]}");
  text = g_string_free (flood, FALSE);
  assert_protocol_error (&_rmq_group_config_list_body_type, text);
}

static void
test_ack_bits (void)
{
  const int64_t offsets[] = { 10, 13, 19 };
  const int64_t too_early[] = { 9 };
  const int64_t too_far[] = { 10 + RMQ_BATCH_ACK_MAX_BITS };
  g_autoptr (RmqBatchAck) ack = _rmq_batch_ack_new ();
  g_autoptr (GArray) got = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (GError) error = NULL;

  ack->start_offset = 10;
  g_assert_true (_rmq_batch_ack_set_offsets (ack, offsets, G_N_ELEMENTS (offsets)));
  g_assert_cmpstr (ack->bits, ==, "CQI=");
  g_assert_false (_rmq_batch_ack_set_offsets (ack, too_early, 1));
  g_assert_false (_rmq_batch_ack_set_offsets (ack, too_far, 1));
  g_assert_cmpstr (ack->bits, ==, "CQI=");
  g_assert_true (_rmq_batch_ack_get_offsets (ack, 32, got, NULL));
  g_assert_cmpmem (got->data, got->len * sizeof (int64_t), offsets, sizeof offsets);

  g_assert_false (_rmq_batch_ack_get_offsets (ack, 2, got, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_free (ack->bits);
  ack->bits = g_strdup ("C?I=");
  g_assert_false (_rmq_batch_ack_get_offsets (ack, 32, got, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_free (ack->bits);
  ack->bits = g_strdup ("gA==");
  ack->start_offset = INT64_MAX - 3;
  g_assert_false (_rmq_batch_ack_get_offsets (ack, 32, got, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_attributes (void)
{
  static const char *const bad[] = { "key=v", "+key", "-key=v", "+a=1,-a", "+=v", "+a=1,", "-" };
  g_autoptr (GPtrArray) pairs = _rmq_attributes_parse ("+message.type=FIFO,-old,+k=a=b", NULL);
  g_autoptr (GPtrArray) none = _rmq_attributes_parse (NULL, NULL);
  g_autofree char *text = _rmq_attributes_to_text (pairs);
  g_autoptr (GString) many = NULL;

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (pairs->len, ==, 3);
  g_assert_cmpstr (_rmq_string_pairs_get (pairs, "+message.type"), ==, "FIFO");
  g_assert_cmpstr (_rmq_string_pairs_get (pairs, "+k"), ==, "a=b");
  g_assert_cmpstr (text, ==, "+message.type=FIFO,-old,+k=a=b");
  many = g_string_new ("-0");
  for (unsigned i = 1; i <= RMQ_ATTRIBUTES_MAX; i++)
    g_string_append_printf (many, ",-%u", i);
  g_assert_null (_rmq_attributes_parse (many->str, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (_rmq_attributes_parse (bad[i], &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/body/C-CODEC-017/bare-numeric-keys", test_bare_numeric_keys);
  g_test_add_func ("/wire/body/C-CODEC-017/number-tables", test_number_tables);
  g_test_add_func ("/wire/body/C-CODEC-017/queue-keys", test_queue_keys);
  g_test_add_func ("/wire/body/C-CODEC-017/repeated-keys", test_repeated_keys);
  g_test_add_func ("/wire/body/C-CODEC-017/cluster-and-stats", test_cluster_and_stats_forms);
  g_test_add_func ("/wire/body/C-CODEC-018/sent-forms", test_sent_forms);
  g_test_add_func ("/wire/body/C-CODEC-018/heartbeat", test_heartbeat_form);
  g_test_add_func ("/wire/body/C-CODEC-019/long-strings", test_long_strings);
  g_test_add_func ("/wire/body/C-BCAST-006/offset-files", test_offset_files);
  g_test_add_func ("/wire/body/C-COMPAT-008/references", test_references);
  g_test_add_func ("/wire/body/reset-forms", test_reset_forms);
  g_test_add_func ("/wire/body/absent-lists", test_absent_lists);
  g_test_add_func ("/wire/body/wrong-types", test_wrong_types);
  g_test_add_func ("/wire/body/enums", test_enums);
  g_test_add_func ("/wire/body/hostile", test_hostile);
  g_test_add_func ("/wire/body/ack-bits", test_ack_bits);
  g_test_add_func ("/wire/body/attributes", test_attributes);
  return g_test_run ();
}
