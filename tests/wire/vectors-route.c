/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes of the real name server, the queues that follow from routes, and allocation.
 */
#include "body-canonical.h"
#include "vectors.h"
#include "wire/rmq-allocation-private.h"
#include "wire/rmq-cluster-body-private.h"
#include "wire/rmq-java-private.h"
#include <rmq/rmq.h>

static void
expect_rewritten (VectorCase *self, const RmqBodyType *type, const void *body, const char *text)
{
  g_autofree char *written = _rmq_body_to_string (type, body);
  g_autofree char *got = canonical_of_text (rmq_slice_from_string (written), false);
  g_autofree char *want = canonical_of_text (rmq_slice_from_string (text), false);

  vector_expect_string (self, "written again", got, want);
}

static const RmqQueueData *
find_queues (const RmqTopicRoute *route, const char *broker_name)
{
  for (unsigned i = 0; i < route->queues->len; i++)
    {
      const RmqQueueData *data = g_ptr_array_index (route->queues, i);

      if (strcmp (data->broker_name, broker_name) == 0)
        return data;
    }
  return NULL;
}

/* What one broker told the name server must stand in the route. */
static void
check_topic (VectorCase *self, const RmqTopicRoute *route, JsonObject *registered, JsonObject *topic)
{
  const char *name = vector_string (registered, "brokerName");
  int64_t id = vector_int (registered, "brokerId", -1);
  const RmqBrokerData *broker = _rmq_topic_route_find_broker (route, name);
  const RmqQueueData *queues = find_queues (route, name);

  if (broker == NULL || queues == NULL)
    {
      vector_fail (self, "broker %s is missing", name);
      return;
    }
  vector_expect_string (self, "cluster", broker->cluster, vector_string (registered, "cluster"));
  vector_expect_string (self, "zone", broker->zone, vector_string (registered, "zone"));
  vector_expect_string (self, "address", _rmq_broker_data_get_address (broker, id), vector_string (registered, "addr"));
  if (id != RMQ_MASTER_BROKER_ID)
    return;
  vector_expect_string (self, "master", _rmq_topic_route_find_master (route, name), vector_string (registered, "addr"));
  vector_expect_int (self, "readQueueNums", queues->read_queues, vector_int (topic, "readQueueNums", -1));
  vector_expect_int (self, "writeQueueNums", queues->write_queues, vector_int (topic, "writeQueueNums", -1));
  vector_expect_int (self, "perm", queues->perm, vector_int (topic, "perm", -1));
  vector_expect_int (self, "topicSysFlag", queues->topic_sys_flag, vector_int (topic, "topicSysFlag", -1));
}

/* The name server moves an address that comes again under another id. */
static bool
comes_again (JsonArray *brokers, unsigned at)
{
  JsonObject *registered = json_array_get_object_element (brokers, at);

  for (unsigned i = at + 1; i < json_array_get_length (brokers); i++)
    {
      JsonObject *other = json_array_get_object_element (brokers, i);

      if (g_strcmp0 (vector_string (registered, "brokerName"), vector_string (other, "brokerName")) == 0
          && g_strcmp0 (vector_string (registered, "addr"), vector_string (other, "addr")) == 0)
        return true;
    }
  return false;
}

static void
check_registered (VectorCase *self, const RmqTopicRoute *route, const char *topic_name)
{
  JsonArray *brokers = vector_array (self->input, "registered");

  for (unsigned i = 0; brokers != NULL && i < json_array_get_length (brokers); i++)
    {
      JsonObject *registered = json_array_get_object_element (brokers, i);
      JsonArray *topics = vector_array (registered, "topics");

      if (comes_again (brokers, i))
        continue;
      for (unsigned j = 0; topics != NULL && j < json_array_get_length (topics); j++)
        if (strcmp (vector_string (json_array_get_object_element (topics, j), "topic"), topic_name) == 0)
          check_topic (self, route, registered, json_array_get_object_element (topics, j));
    }
}

static bool
run_cluster (VectorCase *self, const char *text)
{
  g_autoptr (RmqClusterInfo) info = _rmq_cluster_info_decode (rmq_slice_from_string (text), NULL);

  if (info == NULL)
    vector_fail (self, "does not decode");
  else
    expect_rewritten (self, &_rmq_cluster_info_type, info, text);
  return true;
}

static bool
run_namesrv (VectorCase *self)
{
  const char *text = vector_string (self->object, "text");
  const char *topic = vector_string (self->input, "topic");
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqTopicRoute) route = NULL;

  if (text == NULL)
    {
      vector_expect_int (self, "code", vector_int (self->object, "code", -1), 17);
      return topic != NULL;
    }
  if (vector_int (self->input, "request", 0) == 106)
    return run_cluster (self, text);
  if (topic == NULL)
    return false;
  route = _rmq_topic_route_decode (rmq_slice_from_string (text), &error);
  if (route == NULL)
    {
      vector_fail (self, "does not decode: %s", error->message);
      return true;
    }
  expect_rewritten (self, &_rmq_topic_route_type, route, text);
  check_registered (self, route, topic);
  return true;
}

/* The list of "broker|id" as one text. */
static char *
queues_to_text (GPtrArray *queues)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < queues->len; i++)
    g_string_append_printf (text, "%s|%d ", rmq_message_queue_get_broker_name (queues->pdata[i]),
                            rmq_message_queue_get_queue_id (queues->pdata[i]));
  return g_string_free (text, FALSE);
}

static char *
strings_to_text (JsonArray *strings)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < json_array_get_length (strings); i++)
    g_string_append_printf (text, "%s ", json_array_get_string_element (strings, i));
  return g_string_free (text, FALSE);
}

static bool
run_to_queues (VectorCase *self)
{
  const char *topic = vector_string (self->input, "topic");
  const char *text = vector_string (self->input, "route");
  g_autoptr (RmqTopicRoute) route = NULL;
  g_autoptr (GPtrArray) publish = NULL;
  g_autoptr (GPtrArray) subscribe = NULL;
  g_autofree char *got_publish = NULL;
  g_autofree char *got_subscribe = NULL;
  g_autofree char *want_publish = NULL;
  g_autofree char *want_subscribe = NULL;
  bool ordered;

  if (topic == NULL || text == NULL)
    return false;
  route = _rmq_topic_route_decode (rmq_slice_from_string (text), NULL);
  g_assert_nonnull (route);
  publish = _rmq_topic_route_publish_queues (route, topic, &ordered, NULL);
  subscribe = _rmq_topic_route_subscribe_queues (route, topic, NULL);
  g_assert_nonnull (publish);
  g_assert_nonnull (subscribe);
  got_publish = queues_to_text (publish);
  got_subscribe = queues_to_text (subscribe);
  want_publish = strings_to_text (vector_array (self->object, "publish"));
  want_subscribe = strings_to_text (vector_array (self->object, "subscribeSorted"));
  vector_expect_bool (self, "orderTopic", ordered, vector_bool (self->object, "orderTopic", false));
  vector_expect_string (self, "publish", got_publish, want_publish);
  vector_expect_string (self, "subscribe", got_subscribe, want_subscribe);
  return true;
}

/* Edge cases only count their queues: those of the case before them that has as many. */
static JsonObject *
find_queues_input (VectorCase *self)
{
  JsonArray *cases = vector_array (self->head, "cases");
  int64_t wanted = vector_int (self->input, "queueCount", 0);

  for (unsigned i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *input = vector_object (json_array_get_object_element (cases, i), "input");
      JsonArray *brokers = vector_array (input, "brokers");
      int64_t n = 0;

      for (unsigned j = 0; brokers != NULL && j < json_array_get_length (brokers); j++)
        n += json_array_get_int_element (json_array_get_array_element (brokers, j), 1);
      if (brokers != NULL && n == wanted && strcmp (vector_string (input, "strategy"), "CONFIG") == 0)
        return input;
    }
  return NULL;
}

static GPtrArray *
expand_queues (VectorCase *self)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  JsonObject *input = vector_has (self->input, "brokers") ? self->input : find_queues_input (self);
  const char *topic = vector_string (input, "topic");
  JsonArray *brokers = vector_array (input, "brokers");

  for (unsigned i = 0; brokers != NULL && i < json_array_get_length (brokers); i++)
    {
      JsonArray *broker = json_array_get_array_element (brokers, i);

      for (int id = 0; id < json_array_get_int_element (broker, 1); id++)
        g_ptr_array_add (queues, rmq_message_queue_new (topic, json_array_get_string_element (broker, 0), id));
    }
  return queues;
}

/* The rule of the vectors: the text before the first '-'. */
static char *
room_of (const char *name, bool is_client, void *data)
{
  return g_strndup (name, strcspn (name, "-"));
}

static bool
allocate_by_default_ring (const RmqAllocationInput *input, GArray *result, GError **error)
{
  return _rmq_allocate_by_consistent_hash (input, 10, result, error);
}

static GStrv
dup_strings (JsonArray *strings)
{
  GPtrArray *copy = g_ptr_array_new ();

  for (unsigned i = 0; strings != NULL && i < json_array_get_length (strings); i++)
    g_ptr_array_add (copy, g_strdup (json_array_get_string_element (strings, i)));
  g_ptr_array_add (copy, NULL);
  return (GStrv) g_ptr_array_free (copy, FALSE);
}

static bool
allocate_by_config (VectorCase *self, const RmqAllocationInput *input, GArray *result, GError **error)
{
  JsonArray *indexes = vector_array (self->input, "configured");
  g_autoptr (GPtrArray) configured = g_ptr_array_new ();

  for (unsigned i = 0; i < json_array_get_length (indexes); i++)
    g_ptr_array_add (configured, input->queues[json_array_get_int_element (indexes, i)]);
  return _rmq_allocate_by_config (input, (RmqMessageQueue **) configured->pdata, configured->len, result, error);
}

/* False for a strategy nobody knows; *ok what the function returned. */
static bool
allocate (VectorCase *self, const RmqAllocationInput *input, GArray *result, bool *ok, GError **error)
{
  const char *strategy = vector_string (self->input, "strategy");
  g_auto (GStrv) rooms = dup_strings (vector_array (self->input, "idcs"));

  if (strcmp (strategy, "AVG") == 0)
    *ok = _rmq_allocate_averagely (input, result, error);
  else if (strcmp (strategy, "AVG_BY_CIRCLE") == 0)
    *ok = _rmq_allocate_averagely_by_circle (input, result, error);
  else if (strcmp (strategy, "CONSISTENT_HASH") == 0)
    *ok = _rmq_allocate_by_consistent_hash (input, (unsigned) vector_int (self->input, "virtualNodes", 10), result,
                                            error);
  else if (strcmp (strategy, "MACHINE_ROOM") == 0)
    *ok = _rmq_allocate_by_machine_room (input, (const char *const *) rooms, result, error);
  else if (strcmp (strategy, "CONFIG") == 0)
    *ok = allocate_by_config (self, input, result, error);
  else if (strcmp (strategy, "MACHINE_ROOM_NEARBY-AVG") == 0)
    *ok = _rmq_allocate_machine_room_nearby (input, _rmq_allocate_averagely, room_of, NULL, result, error);
  else if (strcmp (strategy, "MACHINE_ROOM_NEARBY-AVG_BY_CIRCLE") == 0)
    *ok = _rmq_allocate_machine_room_nearby (input, _rmq_allocate_averagely_by_circle, room_of, NULL, result, error);
  else if (strcmp (strategy, "MACHINE_ROOM_NEARBY-CONSISTENT_HASH") == 0)
    *ok = _rmq_allocate_machine_room_nearby (input, allocate_by_default_ring, room_of, NULL, result, error);
  else
    return false;
  return true;
}

static char *
indexes_to_text (GArray *indexes)
{
  GString *text = g_string_new (NULL);

  for (unsigned i = 0; i < indexes->len; i++)
    g_string_append_printf (text, "%u ", g_array_index (indexes, unsigned, i));
  return g_string_free (text, FALSE);
}

static bool
check_client (VectorCase *self, RmqAllocationInput *input, const char *client, JsonNode *want)
{
  g_autoptr (GArray) result = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_autoptr (GError) error = NULL;
  g_autofree char *got_text = NULL;
  GString *want_text;
  bool ok;

  input->self = strcmp (client, "(empty)") == 0 ? "" : client;
  if (!allocate (self, input, result, &ok, &error))
    return false;
  if (!JSON_NODE_HOLDS_ARRAY (want))
    {
      if (ok || !g_error_matches (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT))
        vector_fail (self, "no error for %s", client);
      return true;
    }
  want_text = g_string_new (NULL);
  for (unsigned i = 0; i < json_array_get_length (json_node_get_array (want)); i++)
    g_string_append_printf (want_text, "%" G_GINT64_FORMAT " ",
                            json_array_get_int_element (json_node_get_array (want), i));
  got_text = indexes_to_text (result);
  vector_expect_bool (self, "allocates", ok, true);
  vector_expect_string (self, client, got_text, want_text->str);
  g_string_free (want_text, TRUE);
  return true;
}

static bool
run_allocate (VectorCase *self)
{
  g_autoptr (GPtrArray) queues = expand_queues (self);
  g_auto (GStrv) clients = dup_strings (vector_array (self->input, "cids"));
  RmqAllocationInput input = { (RmqMessageQueue **) queues->pdata, queues->len, (const char *const *) clients,
                               g_strv_length (clients), NULL };
  JsonObject *results = vector_object (self->object, "result");
  JsonObjectIter iter;
  const char *client;
  JsonNode *want;

  if (results == NULL || vector_string (self->input, "strategy") == NULL)
    return false;
  for (unsigned i = 1; i < input.n_clients; i++)
    if (_rmq_java_compare (clients[i - 1], clients[i]) > 0)
      vector_fail (self, "Java sorts %s before %s, we do not", clients[i - 1], clients[i]);
  json_object_iter_init (&iter, results);
  while (json_object_iter_next (&iter, &client, &want))
    if (!check_client (self, &input, client, want))
      return false;
  return true;
}

const VectorCategory vectors_route[] = {
  { "allocate", run_allocate },
  { "route-namesrv", run_namesrv },
  { "route-to-queues", run_to_queues },
  { NULL },
};
