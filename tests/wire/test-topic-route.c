/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes: which queues follow from them, when they changed, static topics, and routes that lie.
 */
#include <rmq/rmq.h>
#include "wire/rmq-topic-route-private.h"

static RmqTopicRoute *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RmqTopicRoute *route = _rmq_topic_route_decode (rmq_slice_from_string (text), &error);

  g_assert_no_error (error);
  return route;
}

static char *
describe (GPtrArray *queues)
{
  GString *text = g_string_new (NULL);

  g_assert_nonnull (queues);
  for (unsigned i = 0; i < queues->len; i++)
    g_string_append_printf (text, "%s|%d ", rmq_message_queue_get_broker_name (queues->pdata[i]),
                            rmq_message_queue_get_queue_id (queues->pdata[i]));
  return g_string_free (text, FALSE);
}

static void
assert_publish (const RmqTopicRoute *route, const char *expected, bool expect_ordered)
{
  bool ordered;
  g_autoptr (GPtrArray) queues = _rmq_topic_route_publish_queues (route, "T", &ordered, NULL);
  g_autofree char *text = describe (queues);

  g_assert_cmpstr (text, ==, expected);
  g_assert_true (ordered == expect_ordered);
}

static void
assert_subscribe (const RmqTopicRoute *route, const char *expected)
{
  g_autoptr (GPtrArray) queues = _rmq_topic_route_subscribe_queues (route, "T", NULL);
  g_autofree char *text = describe (queues);

  g_assert_cmpstr (text, ==, expected);
}

/* c has no master, b may not be written, a may not be read. */
static RmqTopicRoute *
make_route (void)
{
  RmqTopicRoute *route = _rmq_topic_route_new ();

  _rmq_broker_data_set_address (_rmq_topic_route_add_broker (route, "C", "c"), 1, "c:1");
  _rmq_broker_data_set_address (_rmq_topic_route_add_broker (route, "C", "b"), 0, "b:0");
  _rmq_broker_data_set_address (_rmq_topic_route_add_broker (route, "C", "a"), 0, "a:0");
  _rmq_topic_route_add_queues (route, "c", 2, 2, RMQ_PERM_READ | RMQ_PERM_WRITE);
  _rmq_topic_route_add_queues (route, "b", 2, 3, RMQ_PERM_READ);
  _rmq_topic_route_add_queues (route, "a", 3, 2, RMQ_PERM_WRITE);
  _rmq_topic_route_add_queues (route, "ghost", 4, 4, RMQ_PERM_WRITE);
  return route;
}

static void
test_publish (void)
{
  g_autoptr (RmqTopicRoute) route = make_route ();

  assert_publish (route, "a|0 a|1 ", false);
  ((RmqQueueData *) g_ptr_array_index (route->queues, 1))->perm |= RMQ_PERM_WRITE;
  assert_publish (route, "a|0 a|1 b|0 b|1 b|2 ", false);
}

static void
test_subscribe (void)
{
  g_autoptr (RmqTopicRoute) route = make_route ();

  assert_subscribe (route, "b|0 b|1 c|0 c|1 ");
}

static void
test_order_conf (void)
{
  g_autoptr (RmqTopicRoute) route = make_route ();

  route->order_conf = g_strdup ("b:4;a:2");
  assert_publish (route, "b|0 b|1 b|2 b|3 a|0 a|1 ", true);
  g_free (route->order_conf);
  route->order_conf = g_strdup ("");
  assert_publish (route, "a|0 a|1 ", false);
}

static void
test_bad_order_conf (void)
{
  static const char *const bad[] = { "b", "b:", ":4", "b:x", "b:-1", "b:4;a:2147483648", "b:65536;a:1" };
  g_autoptr (RmqTopicRoute) route = make_route ();

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_free (route->order_conf);
      route->order_conf = g_strdup (bad[i]);
      g_assert_null (_rmq_topic_route_publish_queues (route, "T", NULL, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
    }
}

static void
test_static_topic (void)
{
  const char *text =
      "{\"brokerDatas\":[],\"queueDatas\":[{\"brokerName\":\"a\",\"perm\":6,\"readQueueNums\":9,\"writeQueueNums\":9}],"
      "\"topicQueueMappingByBroker\":{"
      "\"a\":{\"bname\":\"a\",\"currIdMap\":{0:5,1:6},\"epoch\":1,\"scope\":\"__global__\",\"totalQueues\":4},"
      "\"b\":{\"bname\":\"b\",\"currIdMap\":{\"1\":7,\"3\":8,\"9\":1},\"epoch\":\"1152921504606846977\","
      "\"scope\":\"__global__\",\"totalQueues\":4},"
      "\"x\":{\"currIdMap\":{2:1},\"epoch\":9}}}";
  g_autoptr (RmqTopicRoute) route = parse (text);
  const char *broker;
  int physical;

  g_assert_true (_rmq_topic_route_is_static (route));
  /* Id 2 has no owner that counts and 9 is beyond the total. */
  assert_publish (route, "__syslo__global__|0 __syslo__global__|1 __syslo__global__|3 ", false);
  assert_subscribe (route, "__syslo__global__|0 __syslo__global__|1 __syslo__global__|3 ");
  g_assert_true (_rmq_topic_route_resolve_logical (route, "__syslo__global__", 1, &broker, &physical));
  g_assert_cmpstr (broker, ==, "b");
  g_assert_cmpint (physical, ==, 7);
  g_assert_true (_rmq_topic_route_resolve_logical (route, "__syslo__global__", 0, &broker, &physical));
  g_assert_cmpstr (broker, ==, "a");
  g_assert_false (_rmq_topic_route_resolve_logical (route, "__syslo__global__", 2, &broker, &physical));
  g_assert_false (_rmq_topic_route_resolve_logical (route, "__syslo__other", 0, &broker, &physical));
}

/* Releases up to 5.3 escape what later ones write plainly. */
static void
test_escapes (void)
{
  g_autoptr (RmqTopicRoute) old = parse ("{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"1.2.3.4:5\"},\"brokerName\":"
                                         "\"\\u4e2d\\u5fc3\\ud83d\\ude00\\/b\",\"cluster\":\"c\"}],\"queueDatas\":[]}");
  g_autoptr (RmqTopicRoute) new = parse ("{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"1.2.3.4:5\"},\"brokerName\":"
                                         "\"中心😀/b\",\"cluster\":\"c\"}],\"queueDatas\":[]}");

  g_assert_true (_rmq_topic_route_equal (old, new));
  g_assert_cmpstr (_rmq_topic_route_find_master (old, "中心😀/b"), ==, "1.2.3.4:5");
}

static void
test_references (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (_rmq_topic_route_decode (
      RMQ_SLICE_LITERAL ("{\"brokerDatas\":[{\"$ref\":\"$.brokerDatas[1]\"},{}],\"queueDatas\":[]}"), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_changed (void)
{
  const char *text = "{\"brokerDatas\":[{\"brokerAddrs\":{0:\"a:1\",1:\"a:2\"},\"brokerName\":\"a\",\"cluster\":\"c\"},"
                     "{\"brokerAddrs\":{0:\"b:1\"},\"brokerName\":\"b\",\"cluster\":\"c\"}],\"queueDatas\":["
                     "{\"brokerName\":\"a\",\"perm\":6,\"readQueueNums\":4,\"writeQueueNums\":4},"
                     "{\"brokerName\":\"b\",\"perm\":6,\"readQueueNums\":4,\"writeQueueNums\":4}]}";
  const char *shuffled = "{\"queueDatas\":[{\"brokerName\":\"b\",\"perm\":6,\"readQueueNums\":4,\"writeQueueNums\":4},"
                         "{\"brokerName\":\"a\",\"perm\":6,\"readQueueNums\":4,\"writeQueueNums\":4}],"
                         "\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"b:1\"},\"brokerName\":\"b\",\"cluster\":\"c\"},"
                         "{\"brokerAddrs\":{\"1\":\"a:2\",\"0\":\"a:1\"},\"brokerName\":\"a\",\"cluster\":\"c\"}]}";
  g_autoptr (RmqTopicRoute) route = parse (text);
  g_autoptr (RmqTopicRoute) same = parse (shuffled);
  g_autoptr (RmqTopicRoute) other = parse (text);

  g_assert_true (_rmq_topic_route_equal (route, same));
  g_assert_true (_rmq_topic_route_equal (NULL, NULL));
  g_assert_false (_rmq_topic_route_equal (route, NULL));
  ((RmqQueueData *) g_ptr_array_index (other->queues, 0))->write_queues = 8;
  g_assert_false (_rmq_topic_route_equal (route, other));
  ((RmqQueueData *) g_ptr_array_index (other->queues, 0))->write_queues = 4;
  g_assert_true (_rmq_topic_route_equal (route, other));
  _rmq_broker_data_set_address (g_ptr_array_index (other->brokers, 1), 0, "b:9");
  g_assert_false (_rmq_topic_route_equal (route, other));
  g_assert_true (_rmq_topic_route_has_address (other, "b:9"));
  g_assert_false (_rmq_topic_route_has_address (route, "b:9"));
}

static void
test_default_topic (void)
{
  g_autoptr (RmqTopicRoute) route = _rmq_topic_route_new ();
  g_autoptr (RmqTopicRoute) derived = NULL;

  _rmq_broker_data_set_address (_rmq_topic_route_add_broker (route, "C", "a"), 0, "a:0");
  _rmq_topic_route_add_queues (route, "a", 8, 8, 7);
  derived = _rmq_topic_route_derive_default (route, 4);
  assert_publish (derived, "a|0 a|1 a|2 a|3 ", false);
  g_assert_cmpint (((RmqQueueData *) g_ptr_array_index (route->queues, 0))->write_queues, ==, 8);
}

/* Counts from the wire make no memory. */
static void
test_hostile_counts (void)
{
  g_autoptr (RmqTopicRoute) route = make_route ();
  RmqQueueData *a = g_ptr_array_index (route->queues, 2);
  g_autoptr (GError) error = NULL;

  a->write_queues = INT32_MAX;
  g_assert_null (_rmq_topic_route_publish_queues (route, "T", NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_clear_error (&error);
  a->write_queues = INT32_MIN;
  assert_publish (route, "", false);
  a->perm = RMQ_PERM_READ;
  a->read_queues = RMQ_ROUTE_MAX_QUEUES;
  g_assert_null (_rmq_topic_route_subscribe_queues (route, "T", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_too_many_brokers (void)
{
  g_autoptr (RmqTopicRoute) route = _rmq_topic_route_new ();
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i <= RMQ_ROUTE_MAX_BROKERS; i++)
    _rmq_topic_route_add_broker (route, "the cluster", "a broker");
  text = _rmq_body_to_string (&_rmq_topic_route_type, route);
  g_assert_null (_rmq_topic_route_decode (rmq_slice_from_string (text), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/topic-route/C-ROUTE-001/publish", test_publish);
  g_test_add_func ("/wire/topic-route/C-ROUTE-002/order-conf", test_order_conf);
  g_test_add_func ("/wire/topic-route/C-ROUTE-002/bad-order-conf", test_bad_order_conf);
  g_test_add_func ("/wire/topic-route/C-ROUTE-003/subscribe", test_subscribe);
  g_test_add_func ("/wire/topic-route/C-ROUTE-005/static-topic", test_static_topic);
  g_test_add_func ("/wire/topic-route/C-COMPAT-006/escapes", test_escapes);
  g_test_add_func ("/wire/topic-route/C-COMPAT-008/references", test_references);
  g_test_add_func ("/wire/topic-route/changed", test_changed);
  g_test_add_func ("/wire/topic-route/default-topic", test_default_topic);
  g_test_add_func ("/wire/topic-route/hostile-counts", test_hostile_counts);
  g_test_add_func ("/wire/topic-route/too-many-brokers", test_too_many_brokers);
  return g_test_run ();
}
