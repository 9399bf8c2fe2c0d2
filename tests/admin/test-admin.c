/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqAdmin against a fake broker: which requests it makes, and that every failure says what the broker said.
 */
#include <rmq/rmq.h>
#include "wire/rmq-codes-private.h"
#include "rmq-fake-broker.h"
#include "rmq-test.h"

#define GROUP "orders-service"

typedef struct
{
  RmqFakeBroker *broker;
  RmqClientInstance *client;
  RmqAdmin *admin;
  char *cluster_info; /* what the name server tells of the cluster */
} Fixture;

static RmqFakeVerdict
answer_success (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  return RMQ_FAKE_REPLY;
}

static RmqFakeVerdict
answer_body (RmqFakeBroker *broker, const RmqFakeRequest *request, RmqFakeReply *reply, void *data)
{
  rmq_fake_reply_set_body (reply, data);
  return RMQ_FAKE_REPLY;
}

/* Takes text. Handed to the broker's thread under its lock. */
static void
set_cluster_info (Fixture *self, char *text)
{
  char *before = self->cluster_info;

  self->cluster_info = text;
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_BROKER_CLUSTER_INFO, answer_body, text);
  g_free (before);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqClientConfig) config = NULL;
  char *text;

  self->broker = rmq_fake_broker_new ();
  rmq_fake_broker_add_node (self->broker, "broker-b", 0);
  rmq_fake_broker_add_topic (self->broker, "orders", "broker-a", 2, 6);
  text = g_strdup_printf (
      "{\"brokerAddrTable\":{"
      "\"broker-a\":{\"cluster\":\"east\",\"brokerName\":\"broker-a\",\"brokerAddrs\":{0:\"%s\"}},"
      "\"broker-b\":{\"cluster\":\"east\",\"brokerName\":\"broker-b\",\"brokerAddrs\":{0:\"%s\"}},"
      "\"broker-c\":{\"cluster\":\"east\",\"brokerName\":\"broker-c\",\"brokerAddrs\":{1:\"127.0.0.1:1\"}}},"
      "\"clusterAddrTable\":{\"east\":[\"broker-a\",\"broker-b\",\"broker-c\"]}}",
      rmq_fake_broker_get_node_address (self->broker, 0), rmq_fake_broker_get_node_address (self->broker, 1));
  set_cluster_info (self, text);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, answer_success, NULL);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, answer_success, NULL);
  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, answer_success, NULL);
  config = rmq_client_config_new (rmq_fake_broker_get_address (self->broker));
  self->client = rmq_client_instance_new (config);
  self->admin = rmq_admin_new (self->client);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_client_instance_close (self->client, NULL, &error));
  g_assert_no_error (error);
  g_clear_object (&self->admin);
  g_clear_object (&self->client);
  rmq_fake_broker_free (self->broker);
  g_free (self->cluster_info);
}

static bool
create (Fixture *self, const char *where, GError **error)
{
  return rmq_admin_create_topic (self->admin, "fresh", 8, 4, RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE, where, NULL,
                                 error);
}

static void
test_create (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqFakeRequest) first = NULL;
  g_autoptr (RmqFakeRequest) second = NULL;

  g_assert_true (create (self, NULL, &error));
  g_assert_no_error (error);
  /* broker-c has no master. */
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC), ==, 2);
  first = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, 0);
  second = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC, 1);
  g_assert_cmpuint (first->node, !=, second->node);
  g_assert_cmpstr (rmq_fake_request_get (first, "topic"), ==, "fresh");
  g_assert_cmpint (rmq_fake_request_get_int (first, "readQueueNums"), ==, 8);
  g_assert_cmpint (rmq_fake_request_get_int (first, "writeQueueNums"), ==, 4);
  g_assert_cmpint (rmq_fake_request_get_int (first, "perm"), ==, 6);
  g_assert_cmpstr (rmq_fake_request_get (first, "topicFilterType"), ==, "SINGLE_TAG");
  g_assert_cmpstr (rmq_fake_request_get (first, "order"), ==, "false");
}

static void
test_targets (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqFakeRequest) request = NULL;

  g_assert_true (create (self, "broker-b", &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC), ==, 1);
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC);
  g_assert_cmpuint (request->node, ==, 1);

  g_assert_true (create (self, "east", &error));
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC), ==, 3);

  g_assert_false (create (self, "west", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "east"));
  g_clear_error (&error);
  g_assert_false (create (self, "broker-c", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_BROKER_NOT_FOUND);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC), ==, 3);
}

static void
test_several_clusters (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  set_cluster_info (self, g_strdup ("{\"brokerAddrTable\":{},\"clusterAddrTable\":{\"east\":[],\"west\":[]}}"));
  g_assert_false (create (self, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "west"));
}

static void
test_arguments (Fixture *self, gconstpointer data)
{
  const RmqPermission both = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE;
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_admin_create_topic (self->admin, "a b", 1, 1, both, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_admin_create_topic (self->admin, "fresh", 0, 1, both, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_admin_create_topic (self->admin, "fresh", 1, G_MAXINT, both, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (rmq_admin_get_route (self->admin, "", NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_AND_CREATE_TOPIC), ==, 0);
}

static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqFakeRequest) at_broker = NULL;
  g_autoptr (RmqFakeRequest) at_name_server = NULL;

  g_assert_true (rmq_admin_delete_topic (self->admin, "orders", NULL, NULL, &error));
  g_assert_no_error (error);
  at_broker = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_DELETE_TOPIC_IN_BROKER, 0);
  at_name_server = rmq_fake_broker_get_request (self->broker, RMQ_REQUEST_DELETE_TOPIC_IN_NAMESRV, 0);
  g_assert_nonnull (at_broker);
  g_assert_nonnull (at_name_server);
  g_assert_cmpint (at_broker->time_us, <=, at_name_server->time_us);
  g_assert_cmpstr (rmq_fake_request_get (at_broker, "topic"), ==, "orders");
  g_assert_cmpstr (rmq_fake_request_get (at_name_server, "topic"), ==, "orders");

  g_assert_false (rmq_admin_delete_topic (self->admin, "nowhere", NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_ROUTE);
}

static void
test_list (Fixture *self, gconstpointer data)
{
  static const char *const sorted[] = { "%RETRY%g", "events", "orders", NULL };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) topics = NULL;

  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, answer_body,
                            (void *) "{\"topicList\":[\"orders\",\"%RETRY%g\",\"events\"]}");
  topics = rmq_admin_list_topics (self->admin, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (topics, sorted);
}

static void
test_route (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqTopicRouteInfo) route = rmq_admin_get_route (self->admin, "orders", NULL, &error);
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GPtrArray) write = NULL;
  g_auto (GStrv) addresses = NULL;
  g_auto (GStrv) none = NULL;

  g_assert_no_error (error);
  read = rmq_topic_route_info_dup_read_queues (route);
  write = rmq_topic_route_info_dup_write_queues (route);
  g_assert_cmpstr (rmq_topic_route_info_get_topic (route), ==, "orders");
  g_assert_cmpuint (read->len, ==, 2);
  g_assert_cmpuint (write->len, ==, 2);
  g_assert_cmpuint (rmq_topic_route_info_get_n_brokers (route), ==, 1);
  g_assert_cmpstr (rmq_topic_route_info_get_broker_name (route, 0), ==, "broker-a");
  g_assert_cmpstr (rmq_topic_route_info_get_broker_master (route, 0), ==,
                   rmq_fake_broker_get_node_address (self->broker, 0));
  addresses = rmq_topic_route_info_dup_broker_addresses (route, 0);
  g_assert_cmpuint (g_strv_length (addresses), ==, 1);
  g_assert_null (rmq_topic_route_info_get_broker_name (route, 1));
  g_assert_null (rmq_topic_route_info_get_broker_cluster (route, 1));
  none = rmq_topic_route_info_dup_broker_addresses (route, 1);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

/* min, max, committed, by time; the broker is asked though no route was known before. */
static void
test_offsets (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 1);
  g_autoptr (RmqMessageQueue) elsewhere = rmq_message_queue_new ("orders", "broker-z", 1);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 5; i++)
    rmq_fake_broker_put_message (self->broker, "orders", "broker-a", 1,
                                 &(RmqFakeMessage){ .text = "x", .store_timestamp = 1000 * (i + 1) });
  rmq_fake_broker_set_min_offset (self->broker, "orders", 1, 2);
  g_assert_cmpint (rmq_admin_get_min_offset (self->admin, queue, NULL, &error), ==, 2);
  g_assert_cmpint (rmq_admin_get_max_offset (self->admin, queue, NULL, &error), ==, 5);
  g_assert_cmpint (rmq_admin_search_offset (self->admin, queue, 3500, NULL, &error), ==, 3);
  g_assert_cmpint (rmq_admin_get_committed_offset (self->admin, GROUP, queue, NULL, &error), ==, -1);
  g_assert_no_error (error);
  rmq_fake_broker_set_offset (self->broker, GROUP, "orders", 1, 4);
  g_assert_cmpint (rmq_admin_get_committed_offset (self->admin, GROUP, queue, NULL, &error), ==, 4);
  g_assert_no_error (error);

  g_assert_cmpint (rmq_admin_get_max_offset (self->admin, elsewhere, NULL, &error), ==, -1);
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_BROKER_NOT_FOUND);
}

static void
assert_broker_said (GError *error, const char *what)
{
  const RmqErrorDetails *details;

  g_assert_nonnull (error);
  g_test_message ("%s: %s", what, error->message);
  details = rmq_error_get_details (error);
  g_assert_nonnull (details);
  g_assert_cmpint (rmq_error_details_get_broker_code (details), ==, 16);
  g_assert_nonnull (strstr (error->message, "the reason is secret"));
  g_error_free (error);
}

/* C-ADM-007: no failure is an empty result. */
static void
test_failures (Fixture *self, gconstpointer data)
{
  static const int codes[] = {
    RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
    RMQ_REQUEST_GET_BROKER_CLUSTER_INFO,
    RMQ_REQUEST_DELETE_TOPIC_IN_BROKER,
    RMQ_REQUEST_GET_MIN_OFFSET,
    RMQ_REQUEST_GET_MAX_OFFSET,
    RMQ_REQUEST_QUERY_CONSUMER_OFFSET,
    RMQ_REQUEST_SEARCH_OFFSET_BY_TIMESTAMP,
  };
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 1);
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      rmq_fake_broker_set_func (self->broker, codes[i], NULL, NULL);
      rmq_fake_broker_fail (self->broker, codes[i], -1, 16, "the reason is secret");
    }
  g_assert_null (rmq_admin_list_topics (self->admin, NULL, &error));
  assert_broker_said (g_steal_pointer (&error), "list");
  g_assert_false (create (self, NULL, &error));
  assert_broker_said (g_steal_pointer (&error), "create");
  g_assert_false (rmq_admin_delete_topic (self->admin, "orders", NULL, NULL, &error));
  assert_broker_said (g_steal_pointer (&error), "delete");
  g_assert_cmpint (rmq_admin_get_min_offset (self->admin, queue, NULL, &error), ==, -1);
  assert_broker_said (g_steal_pointer (&error), "min");
  g_assert_cmpint (rmq_admin_get_max_offset (self->admin, queue, NULL, &error), ==, -1);
  assert_broker_said (g_steal_pointer (&error), "max");
  g_assert_cmpint (rmq_admin_get_committed_offset (self->admin, GROUP, queue, NULL, &error), ==, -1);
  assert_broker_said (g_steal_pointer (&error), "committed");
  g_assert_cmpint (rmq_admin_search_offset (self->admin, queue, 1, NULL, &error), ==, -1);
  assert_broker_said (g_steal_pointer (&error), "search");
}

static void
test_nonsense (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_set_func (self->broker, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, answer_body,
                            (void *) "[not json");
  g_assert_null (rmq_admin_list_topics (self->admin, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
}

static void
test_silence (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int64_t began = g_get_monotonic_time ();

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, -1, RMQ_FAKE_NO_ANSWER, NULL);
  rmq_admin_set_timeout (self->admin, 300);
  g_assert_cmpuint (rmq_admin_get_timeout (self->admin), ==, 300);
  g_assert_null (rmq_admin_list_topics (self->admin, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (g_get_monotonic_time () - began, <, RMQ_TEST_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (RmqErrorDetails) details = NULL;
  g_autoptr (GError) error = NULL;

  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, -1, RMQ_FAKE_NO_ANSWER, NULL);
  rmq_admin_list_topics_async (self->admin, G_PRIORITY_DEFAULT, cancellable, rmq_test_keep_result, &result);
  g_cancellable_cancel (cancellable);
  rmq_test_await_result (g_main_context_default (), &result);
  g_assert_null (rmq_admin_list_topics_finish (self->admin, result, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CANCELLED);
  details = rmq_admin_dup_details (self->admin, result);
}

/* The admin may go before its answer comes. */
static void
test_dispose (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  RmqAdmin *admin = rmq_admin_new (self->client);
  g_autoptr (RmqTopicRouteInfo) route = NULL;
  g_autoptr (GError) error = NULL;

  rmq_admin_get_route_async (admin, "orders", G_PRIORITY_DEFAULT, NULL, rmq_test_keep_result, &result);
  g_object_unref (admin);
  rmq_test_await_result (g_main_context_default (), &result);
  admin = RMQ_ADMIN (g_async_result_get_source_object (result));
  route = rmq_admin_get_route_finish (admin, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (route);
  g_object_unref (admin);
}

/* --- browse --- */

static void
test_browse (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (RmqFakeRequest) request = NULL;
  int64_t next = -1;

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("m%d", i);

      rmq_fake_broker_put (self->broker, "orders", 1, text, NULL);
    }
  messages = rmq_admin_browse (self->admin, NULL, queue, 2, 2, 0, &next, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 2);
  g_assert_cmpint (next, ==, 4);
  g_assert_cmpint (rmq_message_get_queue_offset (messages->pdata[0]), ==, 2);
  g_assert_cmpstr (rmq_message_get_topic (messages->pdata[0]), ==, "orders");
  g_assert_cmpstr (rmq_message_get_broker_name (messages->pdata[0]), ==, "broker-a");
  request = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_PULL_MESSAGE);
  g_assert_cmpstr (rmq_fake_request_get (request, "consumerGroup"), ==, "TOOLS_CONSUMER");
  /* Neither a commit nor a wait. */
  g_assert_cmpint (rmq_fake_request_get_int (request, "sysFlag"), ==, 4);
  g_assert_cmpuint (rmq_fake_broker_count (self->broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET), ==, 0);
}

/* The end, beyond it, and a wait for what comes. */
static void
test_browse_end (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("orders", "broker-a", 0);
  g_autoptr (RmqMessageQueue) nowhere = rmq_message_queue_new ("orders", "broker-x", 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) at_end = NULL;
  g_autoptr (GPtrArray) beyond = NULL;
  g_autoptr (GPtrArray) waited = NULL;
  int64_t next = -1;

  rmq_fake_broker_put (self->broker, "orders", 0, "one", NULL);
  at_end = rmq_admin_browse (self->admin, NULL, queue, 1, 32, 0, &next, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (at_end->len, ==, 0);
  g_assert_cmpint (next, ==, 1);
  beyond = rmq_admin_browse (self->admin, NULL, queue, 77, 32, 0, &next, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (beyond->len, ==, 0);
  g_assert_cmpint (next, ==, 1);
  rmq_fake_broker_set_max_hold (self->broker, 50);
  rmq_admin_set_timeout (self->admin, 5000);
  waited = rmq_admin_browse (self->admin, GROUP, queue, 1, 32, 60000, &next, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (waited->len, ==, 0);
  g_assert_cmpint (next, ==, 1);

  g_assert_null (rmq_admin_browse (self->admin, NULL, nowhere, 0, 32, 0, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_BROKER_NOT_FOUND);
  g_clear_error (&error);
  rmq_fake_broker_fail (self->broker, RMQ_REQUEST_PULL_MESSAGE, 1, RMQ_RESPONSE_NO_PERMISSION, "not you");
  g_assert_null (rmq_admin_browse (self->admin, NULL, queue, 0, 32, 0, NULL, NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NO_PERMISSION);
  g_assert_nonnull (strstr (error->message, "not you"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/admin/C-ADM-001/create", test_create },
    { "/admin/C-ADM-001/targets", test_targets },
    { "/admin/C-ADM-001/several-clusters", test_several_clusters },
    { "/admin/C-ADM-001/arguments", test_arguments },
    { "/admin/C-ADM-001/delete", test_delete },
    { "/admin/C-ADM-006/list", test_list },
    { "/admin/C-ADM-006/route", test_route },
    { "/admin/C-PULL-003/offsets", test_offsets },
    { "/admin/C-ADM-007/failures", test_failures },
    { "/admin/C-ADM-007/nonsense", test_nonsense },
    { "/admin/browse", test_browse },
    { "/admin/browse/end", test_browse_end },
    { "/admin/silence", test_silence },
    { "/admin/cancel", test_cancel },
    { "/admin/dispose", test_dispose },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
