/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration of topics: what can be made, changed, described and deleted.
 */
#include "broker-fixture.h"

#include "wire/rmq-stats-body-private.h"

#define TOPIC "orders"

static BrokerReply *
create (BrokerClient *client, const char *topic, const char *queues, const char *attributes)
{
  return broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, RMQ_SLICE_NULL, "topic", topic, "defaultTopic",
                      "TBW102", "readQueueNums", queues, "writeQueueNums", queues, "perm", "6", "topicFilterType",
                      "SINGLE_TAG", "topicSysFlag", "0", "order", "false", "attributes", attributes, NULL);
}

static void
assert_create (BrokerClient *client, const char *topic, const char *queues, const char *attributes, int code)
{
  g_autoptr (BrokerReply) reply = create (client, topic, queues, attributes);

  broker_assert_code (reply, code);
}

static BrokerReply *
ask (BrokerClient *client, int code, const char *topic)
{
  return broker_call (client, code, RMQ_SLICE_NULL, "topic", topic, NULL);
}

static void
assert_ask (BrokerClient *client, int code, const char *topic, int wanted)
{
  g_autoptr (BrokerReply) reply = ask (client, code, topic);

  broker_assert_code (reply, wanted);
}

/* B-TOPIC-001: made, made again, changed; the description and the route say so at once. */
static void
test_create (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqTopicConfigBody) config = NULL;

  assert_create (client, TOPIC, "4", NULL, RMQ_RESPONSE_SUCCESS);
  assert_create (client, TOPIC, "4", NULL, RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, TOPIC, RMQ_RESPONSE_SUCCESS);
  assert_create (client, TOPIC, "6", NULL, RMQ_RESPONSE_SUCCESS);
  reply = ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, TOPIC);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  config = _rmq_topic_config_body_decode (reply->frame.body, NULL);
  g_assert_cmpstr (config->name, ==, TOPIC);
  g_assert_cmpint (config->read_queues, ==, 6);
  g_assert_cmpint (config->write_queues, ==, 6);
  g_assert_cmpint (config->perm, ==, 6);
  assert_create (client, "a b", "4", NULL, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, "", "4", NULL, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, "SCHEDULE_TOPIC_XXXX", "4", NULL, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, TOPIC, "-1", NULL, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, TOPIC, "2000000000", NULL, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, TOPIC, "x", NULL, RMQ_RESPONSE_SYSTEM_ERROR);
}

/* B-TOPIC-002: attributes are added when a topic is made; later only some may change. */
static void
test_attributes (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqTopicConfigBody) config = NULL;

  assert_create (client, TOPIC, "4", "+no.such=1", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_create (client, TOPIC, "4", "+message.type=NONE", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_create (client, TOPIC, "4", "-message.type", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_create (client, TOPIC, "4", "message.type=FIFO", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, TOPIC, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_create (client, TOPIC, "4", "+message.type=FIFO,+queue.type=SimpleCQ", RMQ_RESPONSE_SUCCESS);
  assert_create (client, TOPIC, "4", "+queue.type=BatchCQ", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_create (client, TOPIC, "4", "-reserve.time", RMQ_RESPONSE_SYSTEM_ERROR);
  assert_create (client, TOPIC, "4", "+message.type=DELAY", RMQ_RESPONSE_SUCCESS);
  reply = ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, TOPIC);
  config = _rmq_topic_config_body_decode (reply->frame.body, NULL);
  g_assert_cmpstr (_rmq_string_pairs_get (config->attributes, "message.type"), ==, "DELAY");
  g_assert_cmpstr (_rmq_string_pairs_get (config->attributes, "queue.type"), ==, "SimpleCQ");
}

/* B-TOPIC-003: fewer queues keep their messages, and have them when they come back. */
static void
test_queues (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  RmqRecord record;
  g_autoptr (BrokerReply) pulled = NULL;

  assert_create (client, TOPIC, "4", NULL, RMQ_RESPONSE_SUCCESS);
  sent = broker_send (client, TOPIC, 3, "m", "KEYS=k");
  assert_create (client, TOPIC, "2", NULL, RMQ_RESPONSE_SUCCESS);
  assert_create (client, TOPIC, "5", NULL, RMQ_RESPONSE_SUCCESS);
  pulled = broker_pull (client, TOPIC, 3, 0, &record);
  broker_assert_code (pulled, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 4), ==, 0);
}

/* B-TOPIC-004, B-TOPIC-005: all of it goes, and what is made anew is empty. */
static void
test_delete (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  g_autoptr (BrokerReply) pulled = NULL;
  RmqRecord record;

  assert_create (client, TOPIC, "1", NULL, RMQ_RESPONSE_SUCCESS);
  assert_create (client, "%RETRY%CG_" TOPIC, "1", NULL, RMQ_RESPONSE_SUCCESS);
  sent = broker_send (client, TOPIC, 0, "m", "KEYS=k");
  _rmq_broker_offsets_commit (self->core->offsets, RMQ_SLICE_LITERAL ("CG"), RMQ_SLICE_LITERAL (TOPIC), 0, 1);
  assert_ask (client, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, TOPIC, RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, TOPIC, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, "%RETRY%CG_" TOPIC, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  pulled = broker_pull (client, TOPIC, 0, 0, &record);
  broker_assert_code (pulled, RMQ_RESPONSE_TOPIC_NOT_EXIST);
  assert_ask (client, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, TOPIC, RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, "TBW102", RMQ_RESPONSE_INVALID_PARAMETER);
  assert_create (client, TOPIC, "1", NULL, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_get_max (self, TOPIC, 0), ==, 0);
  g_assert_cmpint (
      _rmq_broker_offsets_get (self->core->offsets, RMQ_SLICE_LITERAL ("CG"), RMQ_SLICE_LITERAL (TOPIC), 0), ==,
      RMQ_BROKER_NO_OFFSET);
}

/* B-TOPIC-006: first and last offset, and the last time, of each queue. */
static void
test_stats (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  g_autoptr (BrokerReply) reply = NULL;
  g_autoptr (RmqTopicStats) stats = NULL;

  assert_create (client, TOPIC, "2", NULL, RMQ_RESPONSE_SUCCESS);
  sent = broker_send (client, TOPIC, 1, "m", "KEYS=k");
  reply = ask (client, RMQ_REQUEST_GET_TOPIC_STATS_INFO, TOPIC);
  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  stats = _rmq_topic_stats_decode (reply->frame.body, NULL);
  g_assert_cmpuint (stats->offsets->len, ==, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      const RmqTopicOffsetEntry *entry = g_ptr_array_index (stats->offsets, i);
      int id = rmq_message_queue_get_queue_id (entry->queue);

      g_assert_cmpstr (rmq_message_queue_get_broker_name (entry->queue), ==, "broker-a");
      g_assert_cmpint (entry->offset->min_offset, ==, 0);
      g_assert_cmpint (entry->offset->max_offset, ==, id);
      g_assert_cmpint (entry->offset->last_update, ==, id * BROKER_EPOCH_MS);
    }
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_STATS_INFO, "nowhere", RMQ_RESPONSE_TOPIC_NOT_EXIST);
}

static unsigned
count_page (BrokerClient *client, const char *seq, const char *version, const char *max, char **new_version)
{
  g_autoptr (BrokerReply) reply = seq != NULL
                                      ? broker_call (client, RMQ_REQUEST_GET_ALL_TOPIC_CONFIG, RMQ_SLICE_NULL,
                                                     "topicSeq", seq, "dataVersion", version, "maxTopicNum", max, NULL)
                                      : broker_call (client, RMQ_REQUEST_GET_ALL_TOPIC_CONFIG, RMQ_SLICE_NULL, NULL);
  g_autoptr (RmqTopicTableBody) table = NULL;

  broker_assert_code (reply, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (broker_reply_get (reply, "totalTopicNum"), >=, 10);
  table = _rmq_topic_table_body_decode (reply->frame.body, NULL);
  if (new_version != NULL)
    {
      g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);

      _rmq_data_version_encode (table->data_version, &out);
      *new_version = g_strndup ((const char *) out.data, out.len);
    }
  return table->configs->len;
}

/* B-TOPIC-007: a list makes all or, for a bad name, none; all topics at once, and in pages. */
static void
test_lists (BrokerFixture *self, const void *data)
{
  static const char list[] = "{\"topicConfigList\":[{\"topicName\":\"l1\",\"readQueueNums\":2,\"writeQueueNums\":2,"
                             "\"perm\":6,\"attributes\":{\"+message.type\":\"FIFO\"}},{\"topicName\":\"%s\","
                             "\"readQueueNums\":2,\"writeQueueNums\":2,\"perm\":6}]}";
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autofree char *bad = g_strdup_printf (list, "a b");
  g_autofree char *good = g_strdup_printf (list, "l2");
  g_autoptr (BrokerReply) refused =
      broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC_LIST, rmq_slice_from_string (bad), NULL);
  g_autoptr (BrokerReply) done = NULL;
  g_autofree char *version = NULL;
  unsigned n;

  broker_assert_code (refused, RMQ_RESPONSE_INVALID_PARAMETER);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, "l1", RMQ_RESPONSE_TOPIC_NOT_EXIST);
  done = broker_call (client, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC_LIST, rmq_slice_from_string (good), NULL);
  broker_assert_code (done, RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, "l1", RMQ_RESPONSE_SUCCESS);
  assert_ask (client, RMQ_REQUEST_GET_TOPIC_CONFIG, "l2", RMQ_RESPONSE_SUCCESS);

  n = count_page (client, NULL, NULL, NULL, NULL);
  g_assert_cmpuint (count_page (client, "0", "", "3", &version), ==, 3);
  g_assert_cmpuint (count_page (client, "3", version, "1000", NULL), ==, n - 3);
  /* A version that is not ours begins anew. */
  g_assert_cmpuint (count_page (client, "3", "{\"counter\":99,\"stateVersion\":0,\"timestamp\":1}", "1000", NULL), ==,
                    n);
}

/* B-TOPIC-008: who has offsets in a topic, what the system's topics are, and the times of a group. */
static void
test_look (BrokerFixture *self, const void *data)
{
  g_autoptr (BrokerClient) client = broker_client_new (self);
  g_autoptr (BrokerReply) sent = NULL;
  g_autoptr (BrokerReply) groups = NULL;
  g_autoptr (BrokerReply) system = NULL;
  g_autoptr (BrokerReply) span = NULL;
  g_autoptr (RmqTimeSpanBody) spans = NULL;
  const RmqTimeSpan *first;

  assert_create (client, TOPIC, "1", NULL, RMQ_RESPONSE_SUCCESS);
  sent = broker_send (client, TOPIC, 0, "m", "KEYS=k");
  _rmq_broker_offsets_commit (self->core->offsets, RMQ_SLICE_LITERAL ("CG"), RMQ_SLICE_LITERAL (TOPIC), 0, 0);
  groups = ask (client, RMQ_REQUEST_QUERY_TOPIC_CONSUME_BY_WHO, TOPIC);
  g_assert_true (rmq_slice_equal_string (groups->frame.body, "{\"groupList\":[\"CG\"]}"));
  system = ask (client, RMQ_REQUEST_GET_SYSTEM_TOPIC_LIST_FROM_BROKER, NULL);
  g_assert_nonnull (g_strstr_len (system->frame.body.data, (gssize) system->frame.body.len, "\"TBW102\""));
  broker_advance (self, 5000);
  span = broker_call (client, RMQ_REQUEST_QUERY_CONSUME_TIME_SPAN, RMQ_SLICE_NULL, "topic", TOPIC, "group", "CG", NULL);
  broker_assert_code (span, RMQ_RESPONSE_SUCCESS);
  spans = _rmq_time_span_body_decode (span->frame.body, NULL);
  g_assert_cmpuint (spans->spans->len, ==, 1);
  first = g_ptr_array_index (spans->spans, 0);
  g_assert_cmpint (first->min_time, ==, BROKER_EPOCH_MS);
  g_assert_cmpint (first->max_time, ==, BROKER_EPOCH_MS);
  g_assert_cmpint (first->delay, ==, 5000);
}

int
main (int argc, char **argv)
{
  broker_test_init (&argc, &argv);
  broker_add ("/broker/topic/B-TOPIC-001/create", NULL, test_create);
  broker_add ("/broker/topic/B-TOPIC-002/attributes", NULL, test_attributes);
  broker_add ("/broker/topic/B-TOPIC-003/queues", NULL, test_queues);
  broker_add ("/broker/topic/B-TOPIC-004/delete", NULL, test_delete);
  broker_add ("/broker/topic/B-TOPIC-006/stats", NULL, test_stats);
  broker_add ("/broker/topic/B-TOPIC-007/lists", NULL, test_lists);
  broker_add ("/broker/topic/B-TOPIC-008/look", NULL, test_look);
  return g_test_run ();
}
