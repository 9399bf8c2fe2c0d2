/* SPDX-License-Identifier: Apache-2.0
 *
 * The name server's half: routes, lists, the key-value table, and brokers that register.
 */
#include "wired-broker.h"

#include <zlib.h>
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-record-private.h"
#include "wire/rmq-topic-route-private.h"

static RmqTopicRoute *
ask_route (Wire *wire, const char *topic)
{
  g_autoptr (RmqRemotingCommand) answer =
      wire_ask (wire, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC, NULL, "topic", topic, NULL);
  g_autoptr (GError) error = NULL;
  RmqTopicRoute *route;

  if (rmq_remoting_command_get_code (answer) == RMQ_RESPONSE_TOPIC_NOT_EXIST)
    {
      g_assert_nonnull (rmq_remoting_command_get_remark (answer));
      return NULL;
    }
  wire_assert_code (answer, RMQ_RESPONSE_SUCCESS);
  route = _rmq_topic_route_decode (wire_get_body (answer), &error);
  g_assert_no_error (error);
  return route;
}

static void
test_route (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqTopicRoute) known = NULL;
  g_autoptr (RmqTopicRoute) pattern = NULL;
  const RmqQueueData *queues;

  g_assert_null (ask_route (wire, "orders"));
  wired_put (wire, "orders", 0, "x", NULL);
  known = ask_route (wire, "orders");
  g_assert_cmpstr (_rmq_topic_route_find_master (known, "broker-a"), ==, self->address);
  g_assert_cmpuint (known->queues->len, ==, 1);
  queues = g_ptr_array_index (known->queues, 0);
  g_assert_cmpint (queues->perm, ==, 6);
  g_assert_cmpint (queues->write_queues, ==, 4);
  g_assert_null (known->order_conf);
  pattern = ask_route (wire, "TBW102");
  queues = g_ptr_array_index (pattern->queues, 0);
  g_assert_cmpint (queues->perm, ==, 7);
  g_assert_cmpint (queues->write_queues, ==, 8);
}

static bool
has_text (RmqRemotingCommand *answer, const char *text)
{
  RmqSlice body = wire_get_body (answer);

  return body.len > 0 && memmem (body.data, body.len, text, strlen (text)) != NULL;
}

static void
test_lists (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) cluster = wire_ask (wire, RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, NULL, NULL);
  g_autoptr (RmqRemotingCommand) all = NULL;
  g_autoptr (RmqRemotingCommand) of_cluster = NULL;
  g_autoptr (RmqRemotingCommand) of_other = NULL;
  g_autoptr (RmqRemotingCommand) names = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_true (has_text (cluster, "\"broker-a\""));
  g_assert_true (has_text (cluster, "\"DefaultCluster\":[\"broker-a\"]"));
  all = wire_ask (wire, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL, NULL);
  g_assert_true (has_text (all, "\"orders\""));
  of_cluster = wire_ask (wire, RMQ_REQUEST_GET_TOPICS_BY_CLUSTER, NULL, "cluster", "DefaultCluster", NULL);
  g_assert_true (has_text (of_cluster, "\"orders\""));
  of_other = wire_ask (wire, RMQ_REQUEST_GET_TOPICS_BY_CLUSTER, NULL, "cluster", "Other", NULL);
  g_assert_false (has_text (of_other, "\"orders\""));
  names = wire_ask (wire, RMQ_REQUEST_GET_SYSTEM_TOPIC_LIST_FROM_NS, NULL, NULL);
  g_assert_true (has_text (names, "\"DefaultCluster\""));
  g_assert_true (has_text (names, "\"broker-a\""));
}

static int
ask_code (Wire *wire, int code, const char *name, const char *value, const char *other, const char *other_value)
{
  g_autoptr (RmqRemotingCommand) answer = wire_ask (wire, code, NULL, name, value, other, other_value, NULL);

  return rmq_remoting_command_get_code (answer);
}

static void
test_kv (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) put = NULL;
  g_autoptr (RmqRemotingCommand) get = NULL;
  g_autoptr (RmqRemotingCommand) list = NULL;

  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_GET_KV_CONFIG, "namespace", "n", "key", "k"), ==,
                   RMQ_RESPONSE_QUERY_NOT_FOUND);
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_GET_KVLIST_BY_NAMESPACE, "namespace", "n", NULL, NULL), ==,
                   RMQ_RESPONSE_QUERY_NOT_FOUND);
  put = wire_ask (wire, RMQ_REQUEST_PUT_KV_CONFIG, NULL, "namespace", "n", "key", "k", "value", "v", NULL);
  wire_assert_code (put, RMQ_RESPONSE_SUCCESS);
  get = wire_ask (wire, RMQ_REQUEST_GET_KV_CONFIG, NULL, "namespace", "n", "key", "k", NULL);
  g_assert_cmpstr (wire_get (get, "value"), ==, "v");
  list = wire_ask (wire, RMQ_REQUEST_GET_KVLIST_BY_NAMESPACE, NULL, "namespace", "n", NULL);
  g_assert_true (has_text (list, "\"k\":\"v\""));
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_DELETE_KV_CONFIG, "namespace", "n", "key", "k"), ==,
                   RMQ_RESPONSE_SUCCESS);
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_GET_KV_CONFIG, "namespace", "n", "key", "k"), ==,
                   RMQ_RESPONSE_QUERY_NOT_FOUND);
}

static void
test_order_conf (void)
{
  const char *settings[] = { "orderMessageEnable", "true", NULL };
  WiredBroker fixture = { NULL };
  g_autoptr (RmqRemotingCommand) put = NULL;
  g_autoptr (RmqTopicRoute) route = NULL;
  Wire *wire;

  wired_start (&fixture, false, settings);
  wire = wire_new (&fixture);
  wired_put (wire, "orders", 0, "x", NULL);
  put = wire_ask (wire, RMQ_REQUEST_PUT_KV_CONFIG, NULL, "namespace", "ORDER_TOPIC_CONFIG", "key", "orders", "value",
                  "broker-a:2", NULL);
  route = ask_route (wire, "orders");
  g_assert_cmpstr (route->order_conf, ==, "broker-a:2");
  wire_free (wire);
  wired_stop (&fixture);
}

static void
test_settings (WiredBroker *self, gconstpointer data)
{
  static const char text[] = "enableAllTopicList=false\nnoSuchThing=1\n# a comment\n";
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (RmqRemotingCommand) update = wire_ask (wire, RMQ_REQUEST_UPDATE_NAMESRV_CONFIG, body, NULL);
  g_autoptr (RmqRemotingCommand) get = wire_ask (wire, RMQ_REQUEST_GET_NAMESRV_CONFIG, NULL, NULL);

  wire_assert_code (update, RMQ_RESPONSE_SUCCESS);
  g_assert_true (has_text (get, "enableAllTopicList=false\n"));
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL, NULL, NULL, NULL), ==,
                   RMQ_RESPONSE_SYSTEM_ERROR);
}

static void
test_perm (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) wiped = NULL;
  g_autoptr (RmqRemotingCommand) added = NULL;
  g_autoptr (RmqTopicRoute) without = NULL;
  g_autoptr (RmqTopicRoute) with = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  wiped = wire_ask (wire, RMQ_REQUEST_WIPE_WRITE_PERM_OF_BROKER, NULL, "brokerName", "broker-a", NULL);
  g_assert_cmpint (wire_get_int (wiped, "wipeTopicCount"), >, 0);
  without = ask_route (wire, "orders");
  g_assert_cmpint (((RmqQueueData *) g_ptr_array_index (without->queues, 0))->perm, ==, 4);
  added = wire_ask (wire, RMQ_REQUEST_ADD_WRITE_PERM_OF_BROKER, NULL, "brokerName", "broker-a", NULL);
  g_assert_cmpint (wire_get_int (added, "addTopicCount"), ==, wire_get_int (wiped, "wipeTopicCount"));
  with = ask_route (wire, "orders");
  g_assert_cmpint (((RmqQueueData *) g_ptr_array_index (with->queues, 0))->perm, ==, 6);
}

/* --- registrations ------------------------------------------------------------------------------------------- */

static GBytes *
make_registration (const char *const *topics, int64_t counter)
{
  g_autoptr (RmqRegisterBrokerBody) body = _rmq_register_broker_body_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (1024 * 1024);

  body->table->data_version->counter = counter;
  for (; *topics != NULL; topics++)
    _rmq_topic_table_body_add (body->table, *topics);
  _rmq_register_broker_body_encode (body, &out);
  return _rmq_byte_writer_steal (&out);
}

static RmqRemotingCommand *
register_with (Wire *wire,
               const char *name,
               const char *id,
               const char *address,
               const char *const *topics,
               int64_t counter)
{
  g_autoptr (GBytes) body = make_registration (topics, counter);
  size_t len;
  const void *bytes = g_bytes_get_data (body, &len);
  g_autofree char *crc = g_strdup_printf ("%u", _rmq_crc32 (bytes, len));

  return wire_ask (wire, RMQ_REQUEST_REGISTER_BROKER, body, "brokerName", name, "brokerAddr", address, "clusterName",
                   "Other", "haServerAddr", "10.0.0.1:10912", "brokerId", id, "compressed", "false", "bodyCrc32", crc,
                   NULL);
}

static const char *const two_topics[] = { "t1", "t2", NULL };
static const char *const one_topic[] = { "t1", NULL };

static void
test_register (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) refused = register_with (wire, "b1", "0", "10.0.0.1:1", one_topic, 1);
  g_autoptr (RmqRemotingCommand) master = register_with (wire, "b1", "0", "10.0.0.1:1", two_topics, 1);
  g_autoptr (RmqRemotingCommand) slave = register_with (wire, "b1", "1", "10.0.0.2:1", two_topics, 1);
  g_autoptr (RmqRemotingCommand) fewer = NULL;
  g_autoptr (RmqTopicRoute) route = ask_route (wire, "t1");
  g_autoptr (RmqTopicRoute) kept = NULL;
  g_autoptr (RmqTopicRoute) left = NULL;
  g_autoptr (RmqRemotingCommand) unregister = NULL;

  wire_assert_code (refused, RMQ_RESPONSE_SYSTEM_ERROR);
  wire_assert_code (master, RMQ_RESPONSE_SUCCESS);
  wire_assert_code (slave, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpstr (wire_get (slave, "masterAddr"), ==, "10.0.0.1:1");
  g_assert_cmpstr (wire_get (slave, "haServerAddr"), ==, "10.0.0.1:10912");
  g_assert_cmpstr (_rmq_broker_data_get_address (_rmq_topic_route_find_broker (route, "b1"), 0), ==, "10.0.0.1:1");
  g_assert_cmpstr (_rmq_broker_data_get_address (_rmq_topic_route_find_broker (route, "b1"), 1), ==, "10.0.0.2:1");
  /* What a later registration leaves out stays. */
  fewer = register_with (wire, "b1", "0", "10.0.0.1:1", one_topic, 2);
  wire_assert_code (fewer, RMQ_RESPONSE_SUCCESS);
  kept = ask_route (wire, "t2");
  g_assert_nonnull (kept);
  unregister = wire_ask (wire, RMQ_REQUEST_UNREGISTER_BROKER, NULL, "brokerName", "b1", "brokerAddr", "10.0.0.1:1",
                         "clusterName", "Other", "brokerId", "0", NULL);
  wire_assert_code (unregister, RMQ_RESPONSE_SUCCESS);
  left = ask_route (wire, "t1");
  g_assert_null (_rmq_topic_route_find_master (left, "b1"));
  g_assert_cmpint (((RmqQueueData *) g_ptr_array_index (left->queues, 0))->perm, ==, 6);
}

static void
test_role_switch (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) master = register_with (wire, "b1", "0", "10.0.0.1:1", two_topics, 1);
  g_autoptr (RmqRemotingCommand) slave = register_with (wire, "b1", "1", "10.0.0.2:1", two_topics, 1);
  g_autoptr (RmqRemotingCommand) promoted = register_with (wire, "b1", "0", "10.0.0.2:1", two_topics, 2);
  g_autoptr (RmqTopicRoute) first = ask_route (wire, "t1");
  g_autoptr (RmqRemotingCommand) demoted = register_with (wire, "b1", "1", "10.0.0.1:1", two_topics, 2);
  g_autoptr (RmqTopicRoute) second = ask_route (wire, "t1");
  const RmqBrokerData *broker = _rmq_topic_route_find_broker (first, "b1");

  wire_assert_code (promoted, RMQ_RESPONSE_SUCCESS);
  g_assert_cmpuint (broker->addresses->len, ==, 1);
  g_assert_cmpstr (_rmq_broker_data_get_address (broker, 0), ==, "10.0.0.2:1");
  broker = _rmq_topic_route_find_broker (second, "b1");
  g_assert_cmpuint (broker->addresses->len, ==, 2);
  g_assert_cmpstr (_rmq_broker_data_get_address (broker, 1), ==, "10.0.0.1:1");
}

static void
test_crc_and_compressed (WiredBroker *self, gconstpointer data)
{
  static const char version[] = "{\"counter\":1,\"stateVersion\":0,\"timestamp\":5}";
  static const char *const texts[] = { "c1 4 4 6 SINGLE_TAG {}", "c2 4 4 6 SINGLE_TAG {}" };
  g_autoptr (Wire) wire = wire_new (self);
  g_auto (RmqByteWriter) plain = RMQ_BYTE_WRITER_INIT (4096);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqRemotingCommand) wrong = NULL;
  g_autoptr (RmqRemotingCommand) right = NULL;
  g_autoptr (RmqRemotingCommand) damaged = NULL;
  g_autoptr (RmqTopicRoute) route = NULL;
  g_autoptr (GBytes) half = NULL;
  uint8_t packed[4096];
  uLongf packed_len = sizeof packed;

  rmq_byte_writer_u32 (&plain, sizeof version - 1);
  rmq_byte_writer_string (&plain, version);
  rmq_byte_writer_u32 (&plain, G_N_ELEMENTS (texts));
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      rmq_byte_writer_u32 (&plain, (uint32_t) strlen (texts[i]));
      rmq_byte_writer_string (&plain, texts[i]);
    }
  rmq_byte_writer_u32 (&plain, 2);
  rmq_byte_writer_string (&plain, "[]");
  g_assert_cmpint (compress (packed, &packed_len, plain.data, plain.len), ==, Z_OK);
  body = g_bytes_new (packed, packed_len);
  wrong =
      wire_ask (wire, RMQ_REQUEST_REGISTER_BROKER, body, "brokerName", "b1", "brokerAddr", "10.0.0.1:1", "clusterName",
                "Other", "haServerAddr", "x", "brokerId", "0", "compressed", "true", "bodyCrc32", "12345", NULL);
  wire_assert_code (wrong, RMQ_RESPONSE_SYSTEM_ERROR);
  right =
      wire_ask (wire, RMQ_REQUEST_REGISTER_BROKER, body, "brokerName", "b1", "brokerAddr", "10.0.0.1:1", "clusterName",
                "Other", "haServerAddr", "x", "brokerId", "0", "compressed", "true", "bodyCrc32", "0", NULL);
  wire_assert_code (right, RMQ_RESPONSE_SUCCESS);
  route = ask_route (wire, "c2");
  g_assert_nonnull (route);
  half = g_bytes_new (packed, packed_len / 2);
  damaged =
      wire_ask (wire, RMQ_REQUEST_REGISTER_BROKER, half, "brokerName", "b2", "brokerAddr", "10.0.0.3:1", "clusterName",
                "Other", "haServerAddr", "x", "brokerId", "0", "compressed", "true", "bodyCrc32", "0", NULL);
  wire_assert_code (damaged, RMQ_RESPONSE_SYSTEM_ERROR);
}

typedef struct
{
  Wire *wire;
  const char *topic;
} Gone;

static bool
is_gone (void *data)
{
  Gone *gone = data;
  RmqTopicRoute *route = ask_route (gone->wire, gone->topic);

  g_clear_pointer (&route, _rmq_topic_route_free);
  return route == NULL;
}

static void
test_ends (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  Wire *broker = wire_new (self);
  g_autoptr (RmqRemotingCommand) by_connection = register_with (broker, "b1", "0", "10.0.0.1:1", two_topics, 1);
  g_autoptr (RmqRemotingCommand) by_time = NULL;
  g_autoptr (Wire) silent = wire_new (self);
  g_autoptr (RmqTopicRoute) route = ask_route (wire, "t1");
  Gone gone = { wire, "t1" };

  wire_assert_code (by_connection, RMQ_RESPONSE_SUCCESS);
  g_assert_nonnull (route);
  wire_free (broker);
  rmq_test_assert_until (NULL, is_gone, &gone);

  by_time = register_with (silent, "b2", "0", "10.0.0.1:1", two_topics, 1);
  wire_assert_code (by_time, RMQ_RESPONSE_SUCCESS);
  for (int i = 0; i < 26; i++)
    {
      wired_advance (self, 5000);
      wire_assert_quiet (silent);
      wire_assert_quiet (wire);
    }
  rmq_test_assert_until (NULL, is_gone, &gone);
}

static void
test_delete (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) registered = register_with (wire, "b1", "0", "10.0.0.1:1", two_topics, 1);
  g_autoptr (RmqTopicRoute) still = NULL;

  wired_put (wire, "orders", 0, "x", NULL);
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, "topic", "t1", "clusterName", "DefaultCluster"),
                   ==, RMQ_RESPONSE_SUCCESS);
  still = ask_route (wire, "t1");
  g_assert_nonnull (still);
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, "topic", "t1", NULL, NULL), ==,
                   RMQ_RESPONSE_SUCCESS);
  g_assert_null (ask_route (wire, "t1"));
  g_assert_cmpint (ask_code (wire, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, "topic", "orders", NULL, NULL), ==,
                   RMQ_RESPONSE_SUCCESS);
  g_assert_null (ask_route (wire, "orders"));
}

static void
test_others (WiredBroker *self, gconstpointer data)
{
  static const char version[] = "{\"counter\":1,\"stateVersion\":0,\"timestamp\":0}";
  g_autoptr (Wire) wire = wire_new (self);
  g_autoptr (RmqRemotingCommand) registered = register_with (wire, "b1", "0", "10.0.0.1:1", two_topics, 1);
  g_autoptr (GBytes) body = g_bytes_new_static (version, strlen (version));
  g_autoptr (RmqRemotingCommand) unknown = NULL;
  g_autoptr (RmqRemotingCommand) asked = NULL;
  g_autoptr (RmqRemotingCommand) group = NULL;
  g_autoptr (RmqRemotingCommand) beat = NULL;
  g_autoptr (RmqRemotingCommand) units = NULL;

  unknown = wire_ask (wire, RMQ_REQUEST_QUERY_DATA_VERSION, body, "brokerName", "b9", "brokerAddr", "10.9.9.9:1",
                      "clusterName", "Other", "brokerId", "0", NULL);
  g_assert_cmpstr (wire_get (unknown, "changed"), ==, "true");
  asked = wire_ask (wire, RMQ_REQUEST_QUERY_DATA_VERSION, body, "brokerName", "b1", "brokerAddr", "10.0.0.1:1",
                    "clusterName", "Other", "brokerId", "0", NULL);
  g_assert_cmpstr (wire_get (asked, "changed"), ==, "false");
  group = wire_ask (wire, RMQ_REQUEST_GET_BROKER_MEMBER_GROUP, NULL, "clusterName", "Other", "brokerName", "b1", NULL);
  g_assert_true (has_text (group, "10.0.0.1:1"));
  beat = wire_ask (wire, RMQ_REQUEST_BROKER_HEARTBEAT, NULL, "clusterName", "Other", "brokerAddr", "10.0.0.1:1",
                   "brokerName", "b1", NULL);
  wire_assert_code (beat, RMQ_RESPONSE_SUCCESS);
  units = wire_ask (wire, RMQ_REQUEST_GET_UNIT_TOPIC_LIST, NULL, NULL);
  g_assert_false (has_text (units, "\"t1\""));
}

static void
make_topics (RmqBrokerCore *core, void *data)
{
  for (int i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("topic-%d", i);

      _rmq_broker_topics_ensure (core->topics, rmq_slice_from_string (name), 8, RMQ_PERM_READ | RMQ_PERM_WRITE);
    }
}

static void
test_many (WiredBroker *self, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (self);
  int64_t begin;

  wired_call (self, make_topics, NULL);
  begin = g_get_monotonic_time ();
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("topic-%d", i * 7);
      g_autoptr (RmqTopicRoute) route = ask_route (wire, name);

      g_assert_nonnull (route);
    }
  g_test_message ("%d us a look-up", (int) ((g_get_monotonic_time () - begin) / 1000));
  /* With the trip over the socket and back, on a busy machine. */
  g_assert_cmpint ((g_get_monotonic_time () - begin) / 1000, <, 5000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  wired_add ("/broker/namesrv/route/B-NS-001/B-NS-002/B-NS-004", test_route);
  g_test_add_func ("/broker/namesrv/order-conf/B-NS-003", test_order_conf);
  wired_add ("/broker/namesrv/lists/B-NS-011", test_lists);
  wired_add ("/broker/namesrv/kv/B-NS-012", test_kv);
  wired_add ("/broker/namesrv/settings/B-NS-015", test_settings);
  wired_add ("/broker/namesrv/perm/B-NS-013", test_perm);
  wired_add ("/broker/namesrv/register/B-NS-005/B-NS-008/B-NS-010", test_register);
  wired_add ("/broker/namesrv/role-switch/B-NS-009", test_role_switch);
  wired_add ("/broker/namesrv/compressed/B-NS-006", test_crc_and_compressed);
  wired_add_manual ("/broker/namesrv/ends/B-NS-007", test_ends);
  wired_add ("/broker/namesrv/delete/B-NS-014", test_delete);
  wired_add ("/broker/namesrv/others/B-NS-016", test_others);
  wired_add ("/broker/namesrv/many/B-NS-017", test_many);
  return g_test_run ();
}
