/* SPDX-License-Identifier: Apache-2.0
 *
 * QUERY_ASSIGNMENT and SET_MESSAGE_REQUEST_MODE: the broker shares out its queues, and says whether they are pulled or
 * popped. (RocketMQ: QueryAssignmentProcessor, MessageRequestModeManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-allocation-private.h"
#include "wire/rmq-assignment-body-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-names-private.h"

#define STATE_TABLE "request-modes"

/* The module's data: topic\ngroup → RmqRequestModeBody. */
typedef GHashTable Modes;

/* --- modes ----------------------------------------------------------------------------------------------------- */

static char *
make_key (const char *topic, const char *group)
{
  return g_strdup_printf ("%s\n%s", topic, group);
}

static void
load_mode (const char *key, GBytes *value, void *data)
{
  size_t size;
  const char *text = g_bytes_get_data (value, &size);
  RmqRequestModeBody *mode = _rmq_request_mode_body_decode (rmq_slice (text, size), NULL);

  if (mode != NULL)
    g_hash_table_insert (data, g_strdup (key), mode);
}

static void
store_mode (RmqBrokerCore *core, const char *key, const RmqRequestModeBody *mode)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) value = NULL;

  if (mode != NULL)
    {
      _rmq_request_mode_body_encode (mode, &out);
      value = _rmq_byte_writer_steal (&out);
    }
  _rmq_broker_store_put_state (core->store, STATE_TABLE, key, value);
}

/* What was set for the group in the topic, or the broker's default; retry topics are pulled. */
static RmqAssignmentMode
find_mode (RmqBrokerCore *core, Modes *modes, const char *topic, const char *group, int64_t *share)
{
  g_autofree char *key = make_key (topic, group);
  const RmqRequestModeBody *mode = g_hash_table_lookup (modes, key);

  *share = core->settings->pop_share_queues;
  if (_rmq_topic_is_retry (topic))
    return RMQ_ASSIGNMENT_PULL;
  if (mode == NULL)
    return g_strcmp0 (core->settings->pop_mode, "POP") == 0 ? RMQ_ASSIGNMENT_POP : RMQ_ASSIGNMENT_PULL;
  *share = mode->pop_share_queues;
  return (RmqAssignmentMode) mode->mode;
}

static void
handle_set_mode (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  const RmqBrokerTicket *ticket = &request->ticket;
  g_autoptr (RmqRequestModeBody) mode = _rmq_broker_request_decode_body (core, request, &_rmq_request_mode_body_type);
  g_autofree char *key = NULL;

  if (mode == NULL)
    return;
  if (mode->topic == NULL || mode->group == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SYSTEM_ERROR, "topic or consumerGroup is missing");
  else if (_rmq_topic_is_retry (mode->topic))
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_NO_PERMISSION, "retry topic is not allowed to set mode");
  else if (_rmq_broker_topics_find (core->topics, rmq_slice_from_string (mode->topic)) == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_TOPIC_NOT_EXIST, "topic[%s] not exist", mode->topic);
  else if (_rmq_broker_subscribers_find_or_create (core->subscribers, rmq_slice_from_string (mode->group)) == NULL)
    _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUBSCRIPTION_GROUP_NOT_EXIST,
                             "subscription group does not exist");
  else
    {
      key = make_key (mode->topic, mode->group);
      store_mode (core, key, mode);
      g_hash_table_insert (data, g_steal_pointer (&key), g_steal_pointer (&mode));
      _rmq_broker_answer_code (core, ticket, RMQ_RESPONSE_SUCCESS, NULL);
    }
}

/* --- sharing out ----------------------------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *queues;  /* RmqMessageQueue, sorted */
  GPtrArray *clients; /* char *, borrowed, sorted */
  RmqAllocateFunc allocate;
} Share;

static void
add_allocated (const Share *share, const char *client, GPtrArray *result)
{
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  RmqAllocationInput input = {
    .queues = (RmqMessageQueue *const *) share->queues->pdata,
    .n_queues = share->queues->len,
    .clients = (const char *const *) share->clients->pdata,
    .n_clients = share->clients->len,
    .self = client,
  };

  if (!share->allocate (&input, indexes, NULL))
    return;
  for (unsigned i = 0; i < indexes->len; i++)
    g_ptr_array_add (result, share->queues->pdata[g_array_index (indexes, unsigned, i)]);
}

static int
find_client (const Share *share, const char *client)
{
  for (unsigned i = 0; i < share->clients->len; i++)
    if (strcmp (share->clients->pdata[i], client) == 0)
      return (int) i;
  return -1;
}

/* The client's own queues and those of the n clients behind it; where clients outnumber queues, one queue each. */
static void
add_shared (const Share *share, const char *client, int64_t n, GPtrArray *result)
{
  int index = find_client (share, client);

  if (share->clients->len > share->queues->len)
    {
      if (index >= 0)
        g_ptr_array_add (result, share->queues->pdata[(unsigned) index % share->queues->len]);
      return;
    }
  for (int64_t i = 0; i <= n && (index >= 0 || i == 0); i++)
    add_allocated (share, index < 0 ? client : share->clients->pdata[((unsigned) index + i) % share->clients->len],
                   result);
}

static int
compare_clients (const void *a, const void *b)
{
  return _rmq_java_compare (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_clients (RmqBrokerOnline *online)
{
  GPtrArray *clients = g_ptr_array_new ();

  for (unsigned i = 0; i < online->members->len; i++)
    g_ptr_array_add (clients, ((RmqBrokerMember *) online->members->pdata[i])->client_id);
  g_ptr_array_sort (clients, compare_clients);
  return clients;
}

static GPtrArray *
list_queues (RmqBrokerCore *core, const RmqBrokerTopic *topic)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  for (int32_t i = 0; i < topic->read_queues; i++)
    g_ptr_array_add (queues, rmq_message_queue_new (topic->name, core->settings->broker_name, i));
  return queues;
}

static RmqAllocateFunc
find_strategy (const char *name)
{
  if (g_strcmp0 (name, "AVG") == 0)
    return _rmq_allocate_averagely;
  if (g_strcmp0 (name, "AVG_BY_CIRCLE") == 0)
    return _rmq_allocate_averagely_by_circle;
  return NULL;
}

/* --- the answer ------------------------------------------------------------------------------------------------ */

static void
add_assignment (RmqAssignmentBody *body, RmqMessageQueue *queue, RmqAssignmentMode mode)
{
  RmqQueueAssignment *assignment = _rmq_queue_assignment_new ();

  assignment->queue = queue;
  assignment->mode = mode;
  g_ptr_array_add (body->assignments, assignment);
}

static void
add_all (RmqAssignmentBody *body, const GPtrArray *queues, RmqAssignmentMode mode)
{
  for (unsigned i = 0; i < queues->len; i++)
    add_assignment (body, rmq_message_queue_ref (queues->pdata[i]), mode);
}

/* False: the question has no answer, which is told by an empty object. */
static bool
assign (RmqBrokerCore *core, Modes *modes, const RmqQueryAssignmentBody *query, RmqAssignmentBody *body)
{
  RmqBrokerTopic *topic = _rmq_broker_topics_find (core->topics, rmq_slice_from_string (query->topic));
  RmqBrokerOnline *online = _rmq_broker_clients_find_consumers (core->clients, rmq_slice_from_string (query->group));
  g_autoptr (GPtrArray) queues = NULL;
  g_autoptr (GPtrArray) clients = NULL;
  g_autoptr (GPtrArray) mine = g_ptr_array_new ();
  int64_t n_shares;
  RmqAssignmentMode mode = find_mode (core, modes, query->topic, query->group, &n_shares);
  Share share = { .allocate = find_strategy (query->strategy) };

  if (topic == NULL || !rmq_broker_topic_is_readable (topic))
    return false;
  share.queues = queues = list_queues (core, topic);
  if (query->model == RMQ_HEARTBEAT_BROADCASTING)
    {
      add_all (body, queues, mode);
      return true;
    }
  if (online == NULL || share.allocate == NULL || queues->len == 0)
    return false;
  share.clients = clients = list_clients (online);
  if (mode == RMQ_ASSIGNMENT_POP && (n_shares <= 0 || n_shares >= (int64_t) clients->len - 1))
    {
      add_assignment (body, rmq_message_queue_new (topic->name, core->settings->broker_name, -1), mode);
      return true;
    }
  if (mode == RMQ_ASSIGNMENT_POP)
    add_shared (&share, query->client_id, n_shares, mine);
  else
    add_allocated (&share, query->client_id, mine);
  add_all (body, mine, mode);
  return true;
}

static void
handle_query (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqQueryAssignmentBody) query =
      _rmq_broker_request_decode_body (core, request, &_rmq_query_assignment_body_type);
  g_autoptr (RmqAssignmentBody) body = _rmq_assignment_body_new ();

  if (query == NULL)
    return;
  if (query->topic == NULL || query->group == NULL || query->client_id == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "topic, consumerGroup or clientId is missing");
      return;
    }
  g_clear_pointer (&body->assignments, g_ptr_array_unref);
  body->assignments = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_queue_assignment_free);
  if (!assign (core, data, query, body))
    g_clear_pointer (&body->assignments, g_ptr_array_unref);
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_assignment_body_type, body);
}

/* --- the module ------------------------------------------------------------------------------------------------ */

static bool
assignment_start (RmqBrokerCore *core, void **data, GError **error)
{
  Modes *modes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) _rmq_request_mode_body_free);

  _rmq_broker_store_each_state (core->store, STATE_TABLE, load_mode, modes);
  *data = modes;
  return true;
}

static void
assignment_stop (RmqBrokerCore *core, void *data)
{
  g_hash_table_unref (data);
}

static void
remove_modes (RmqBrokerCore *core, Modes *modes, const char *topic, const char *group)
{
  GHashTableIter iter;
  void *key;
  void *value;

  g_hash_table_iter_init (&iter, modes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const RmqRequestModeBody *mode = value;

      if (g_strcmp0 (mode->topic, topic) == 0 || g_strcmp0 (mode->group, group) == 0)
        {
          store_mode (core, key, NULL);
          g_hash_table_iter_remove (&iter);
        }
    }
}

static void
assignment_topic_deleted (RmqBrokerCore *core, RmqBrokerTopic *topic, void *data)
{
  remove_modes (core, data, topic->name, NULL);
}

static void
assignment_group_deleted (RmqBrokerCore *core, const char *group, void *data)
{
  remove_modes (core, data, NULL, group);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_QUERY_ASSIGNMENT, handle_query },
  { RMQ_REQUEST_SET_MESSAGE_REQUEST_MODE, handle_set_mode },
};

const RmqBrokerModule rmq_broker_assignment_module = {
  .name = "assignment",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
  .start = assignment_start,
  .stop = assignment_stop,
  .topic_deleted = assignment_topic_deleted,
  .group_deleted = assignment_group_deleted,
};
