/* SPDX-License-Identifier: Apache-2.0
 *
 * The rebalance pass (03 §8.1): topic by topic, ask who else is there, let the strategy share, give up what is no
 * longer ours and take what is.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"
#include "client/rmq-route-private.h"
#include "rmq-allocation-job-private.h"
#include "rmq-assignment-private.h"
#include "rmq-known-group-private.h"
#include "rmq-twin-watch-private.h"
#include "wire/rmq-header-consumer-private.h"
#include "wire/rmq-lock-body-private.h"

struct _RmqRebalancer
{
  RmqPushConsumerCore *core;
  bool running;
  bool stepping;
  GPtrArray *topics; /* RmqConsumerTopic, referenced: those of this pass */
  unsigned at;
  GHashTable *ids; /* address → strv: answers of this pass */
  char *address;   /* being asked */
  RmqCall *call;
  RmqAllocationJob *job;
  RmqKnownGroup *known_group;
  RmqTwinWatch *twins;
  RmqRoute *route;     /* of the topic at hand */
  GPtrArray *assigned; /* of it, while more has to be asked */
  unsigned n_starting;
  bool waiting; /* for an answer about the topic at hand */
  bool topic_changed;
  bool changed;
  bool balanced;
};

static void step (RmqRebalancer *self);

static void
topic_unref (void *topic)
{
  _rmq_consumer_topic_unref (topic);
}

static void
strv_free (void *strv)
{
  g_strfreev (strv);
}

RmqRebalancer *
_rmq_rebalancer_new (RmqPushConsumerCore *core)
{
  RmqRebalancer *self = g_new0 (RmqRebalancer, 1);

  self->core = core;
  self->topics = g_ptr_array_new_with_free_func (topic_unref);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, strv_free);
  self->twins = _rmq_twin_watch_new (core);
  return self;
}

void
_rmq_rebalancer_cancel (RmqRebalancer *self)
{
  self->running = false;
  self->waiting = false;
  self->n_starting = 0;
  g_clear_pointer (&self->call, _rmq_call_cancel);
  g_clear_pointer (&self->job, _rmq_allocation_job_cancel);
  g_clear_pointer (&self->known_group, _rmq_known_group_cancel);
  g_clear_pointer (&self->route, _rmq_route_unref);
  g_clear_pointer (&self->assigned, g_ptr_array_unref);
  g_clear_pointer (&self->address, g_free);
  g_ptr_array_set_size (self->topics, 0);
  g_hash_table_remove_all (self->ids);
}

void
_rmq_rebalancer_free (RmqRebalancer *self)
{
  _rmq_rebalancer_cancel (self);
  _rmq_twin_watch_free (self->twins);
  g_ptr_array_unref (self->topics);
  g_hash_table_unref (self->ids);
  g_free (self);
}

static RmqConsumerTopic *
get_topic (RmqRebalancer *self)
{
  return g_ptr_array_index (self->topics, self->at);
}

/* --- the end of a topic --- */

static void
topic_done (RmqRebalancer *self)
{
  RmqPushConsumerCore *core = self->core;
  RmqConsumerTopic *topic = get_topic (self);

  if (self->topic_changed)
    {
      g_autoptr (GPtrArray) assigned = _rmq_push_consumer_core_dup_assigned (core, topic);

      rmq_info ("consumer", topic->name, "Group %s: %u of %u queues are ours", core->inner.group, assigned->len,
                self->route->subscribe->len);
      self->changed = true;
      _rmq_push_consumer_core_bump_version (core, topic);
      _rmq_push_consumer_core_publish_assignment (core);
      _rmq_consumer_events_send_assignment (core->events, topic->name, self->route->subscribe, assigned);
      _rmq_client_core_emit_rebalanced (core->client, core->inner.group, topic->name);
    }
  g_clear_pointer (&self->route, _rmq_route_unref);
  self->at++;
  self->waiting = false;
  step (self);
}

/* Nothing changes for this topic. balanced: and nothing need. */
static void
keep (RmqRebalancer *self, bool balanced)
{
  self->balanced = self->balanced && balanced;
  topic_done (self);
}

/* --- taking and giving up --- */

static void
start_ended (RmqRebalancer *self)
{
  self->n_starting--;
  if (self->n_starting == 0)
    topic_done (self);
}

void
_rmq_rebalancer_start_lost (RmqRebalancer *self)
{
  if (self->n_starting > 0)
    start_ended (self);
}

static void
started (RmqPuller *puller, const GError *error, void *data)
{
  RmqRebalancer *self = data;

  if (error != NULL)
    {
      g_autofree char *queue = rmq_message_queue_to_string (puller->queue);

      rmq_warning ("consumer", queue, "Group %s cannot tell where to begin, the queue is tried again: %s",
                   self->core->inner.group, error->message);
      _rmq_client_core_emit_queue_stalled (self->core->client, self->core->inner.group, puller->queue, error->message);
      self->balanced = false;
      _rmq_push_consumer_core_remove_puller (self->core, puller);
      return;
    }
  self->topic_changed = true;
  _rmq_puller_begin (puller);
  start_ended (self);
}

static void
take (RmqRebalancer *self, RmqMessageQueue *queue)
{
  RmqPuller *puller = _rmq_puller_new (self->core, get_topic (self), queue);

  g_hash_table_insert (self->core->pullers, rmq_message_queue_ref (queue), puller);
  self->n_starting++;
  _rmq_puller_find_start (puller, started, self);
}

/* A queue that hangs is committed and taken anew. */
static void
restart_idle (RmqRebalancer *self, RmqPuller *puller)
{
  g_autofree char *queue = rmq_message_queue_to_string (puller->queue);

  rmq_warning ("consumer", queue, "Nothing has been pulled for too long, group %s takes the queue anew",
               self->core->inner.group);
  self->balanced = false;
  if (puller->offset.value >= 0)
    _rmq_puller_reset (puller, puller->offset.value);
  else
    _rmq_push_consumer_core_remove_puller (self->core, puller);
}

static void
give_up_others (RmqRebalancer *self, GHashTable *wanted)
{
  int64_t limit = _rmq_client_core_get_settings (self->core->client)->queue_idle_limit;
  g_autoptr (GPtrArray) pullers = _rmq_push_consumer_core_dup_pullers (self->core);

  _rmq_push_consumer_core_take_reports (self->core->delivery, self->core);
  for (unsigned i = 0; i < pullers->len; i++)
    {
      RmqPuller *puller = g_ptr_array_index (pullers, i);

      if (puller->topic != get_topic (self))
        continue;
      if (!g_hash_table_contains (wanted, puller->queue))
        {
          self->topic_changed = true;
          _rmq_push_consumer_core_give_up (self->core, puller);
        }
      else if (_rmq_puller_is_idle (puller, limit))
        restart_idle (self, puller);
      else if (puller->state == RMQ_PULLER_RESETTING)
        self->balanced = false;
    }
}

static void
take_missing (RmqRebalancer *self)
{
  g_autoptr (GPtrArray) assigned = g_steal_pointer (&self->assigned);

  /* One more than there are, so that the topic does not end before all have been asked for. */
  self->n_starting = 1;
  for (unsigned i = 0; i < assigned->len; i++)
    if (!g_hash_table_contains (self->core->pullers, g_ptr_array_index (assigned, i)))
      take (self, g_ptr_array_index (assigned, i));
  start_ended (self);
}

static void
known_group_answered (bool known, const GError *error, void *data)
{
  RmqRebalancer *self = data;

  self->known_group = NULL;
  if (error != NULL)
    {
      rmq_warning ("consumer", get_topic (self)->name, "Whether group %s is new to the topic is not known: %s",
                   self->core->inner.group, error->message);
      g_clear_pointer (&self->assigned, g_ptr_array_unref);
      keep (self, false);
      return;
    }
  get_topic (self)->group_is_known = known;
  take_missing (self);
}

static bool
has_missing (RmqRebalancer *self)
{
  for (unsigned i = 0; i < self->assigned->len; i++)
    if (!g_hash_table_contains (self->core->pullers, g_ptr_array_index (self->assigned, i)))
      return true;
  return false;
}

static void
apply (RmqRebalancer *self, GPtrArray *assigned)
{
  RmqPushConsumerCore *core = self->core;
  g_autoptr (GHashTable) wanted = g_hash_table_new (rmq_message_queue_hash, rmq_message_queue_equal);

  for (unsigned i = 0; i < assigned->len; i++)
    g_hash_table_add (wanted, g_ptr_array_index (assigned, i));
  give_up_others (self, wanted);
  self->assigned = g_ptr_array_ref (assigned);
  if (core->local_offsets != NULL)
    {
      get_topic (self)->group_is_known = _rmq_local_offsets_has_topic (core->local_offsets, get_topic (self)->name);
      take_missing (self);
    }
  else if (core->settings.consume_from == RMQ_CONSUME_FROM_SAFE && !get_topic (self)->is_retry && has_missing (self))
    self->known_group =
        _rmq_known_group_ask (core->client, core->inner.group, self->route->subscribe, known_group_answered, self);
  else
    take_missing (self);
}

static void
allocated (GPtrArray *assigned, const GError *error, void *data)
{
  RmqRebalancer *self = data;
  RmqConsumerTopic *topic = get_topic (self);

  self->job = NULL;
  if (_rmq_push_consumer_core_find_topic (self->core, topic->name) != topic)
    keep (self, true);
  else if (assigned != NULL)
    apply (self, assigned);
  else
    {
      rmq_warning ("consumer", topic->name, "Group %s keeps the queues it has: %s", self->core->inner.group,
                   error->message);
      _rmq_client_core_emit_queue_stalled (self->core->client, self->core->inner.group,
                                           g_ptr_array_index (self->route->subscribe, 0), error->message);
      keep (self, false);
    }
}

/* --- who else is there --- */

static void
have_ids (RmqRebalancer *self, const char *const *ids)
{
  RmqPushConsumerCore *core = self->core;
  RmqAllocationJob *job;

  if (!g_strv_contains (ids, _rmq_client_core_get_client_id (core->client)))
    {
      rmq_info ("consumer", get_topic (self)->name, "A broker does not list us in group %s: queues stay as they are",
                core->inner.group);
      _rmq_push_consumer_core_heartbeat_again (core);
      keep (self, false);
      return;
    }
  /* NULL: it is done, and the next one may have begun. */
  job = _rmq_allocation_job_start (core, self->route->subscribe, ids, allocated, self);
  if (job != NULL)
    self->job = job;
}

static char **
decode_ids (const RmqFrame *response, GError **error)
{
  g_autoptr (RmqConsumerListBody) list = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char **ids;

  if (response->code != RMQ_RESPONSE_SUCCESS)
    {
      g_autofree char *remark = rmq_slice_dup (response->remark);

      g_propagate_error (error, _rmq_error_new_broker (response->code, remark, NULL, "list of consumers"));
      return NULL;
    }
  list = _rmq_consumer_list_body_decode (response->body, error);
  if (list == NULL)
    return NULL;
  for (unsigned i = 0; list->client_ids != NULL && i < list->client_ids->len; i++)
    if (g_ptr_array_index (list->client_ids, i) != NULL)
      g_strv_builder_add (builder, g_ptr_array_index (list->client_ids, i));
  ids = g_strv_builder_end (builder);
  _rmq_assignment_sort_ids (ids);
  return ids;
}

static void
ids_answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data)
{
  RmqRebalancer *self = data;
  g_autoptr (GError) own_error = NULL;
  char **ids;

  self->call = NULL;
  ids = response != NULL ? decode_ids (response, &own_error) : NULL;
  if (ids == NULL)
    {
      rmq_info ("consumer", get_topic (self)->name, "Who is in group %s is not known, queues stay as they are: %s",
                self->core->inner.group, (error != NULL ? error : own_error)->message);
      if (response != NULL)
        _rmq_push_consumer_core_heartbeat_again (self->core);
      keep (self, false);
      return;
    }
  _rmq_twin_watch_look (self->twins, self->address, (const char *const *) ids);
  g_hash_table_insert (self->ids, g_steal_pointer (&self->address), ids);
  have_ids (self, (const char *const *) ids);
}

static void
ask_ids (RmqRebalancer *self, const char *address)
{
  RmqGetConsumerListByGroupRequestHeader header = { 0 };

  g_free (self->address);
  self->address = g_strdup (address);
  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (self->core->inner.group));
  self->call =
      _rmq_client_core_call (self->core->client, address, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP,
                             RMQ_HEADER (GetConsumerListByGroupRequestHeader), &header, NULL, 0, ids_answered, self);
}

static void
begin_topic (RmqRebalancer *self)
{
  RmqPushConsumerCore *core = self->core;
  RmqConsumerTopic *topic = get_topic (self);
  RmqRoute *route = _rmq_client_core_peek_route (core->client, topic->name);
  const char *address = _rmq_client_core_find_broker_of_topic (core->client, topic->name);
  char **ids;

  self->waiting = true;
  self->topic_changed = false;
  if (route == NULL || route->is_default || route->subscribe->len == 0 || address == NULL)
    {
      keep (self, true);
      return;
    }
  self->route = _rmq_route_ref (route);
  if (core->settings.broadcasting)
    {
      /* Each member has every queue, whoever else is there; but brokers let nobody pull of whom they have not heard. */
      if (topic->is_told)
        apply (self, self->route->subscribe);
      else
        keep (self, false);
      return;
    }
  ids = g_hash_table_lookup (self->ids, address);
  if (ids != NULL)
    have_ids (self, (const char *const *) ids);
  else
    ask_ids (self, address);
}

static void
pass_done (RmqRebalancer *self)
{
  RmqPushConsumerCore *core = self->core;
  bool balanced = self->balanced;

  if (self->changed)
    _rmq_push_consumer_core_heartbeat (core, false);
  _rmq_rebalancer_cancel (self);
  _rmq_rebalance_service_done (_rmq_client_core_get_rebalance_service (core->client), &core->inner, balanced);
}

/* Topics that need no answer are done at once: a loop, so that many of them do not nest. */
static void
step (RmqRebalancer *self)
{
  if (self->stepping || !self->running)
    return;
  self->stepping = true;
  while (self->running && !self->waiting && self->at < self->topics->len)
    begin_topic (self);
  self->stepping = false;
  if (self->running && !self->waiting)
    pass_done (self);
}

void
_rmq_rebalancer_run (RmqRebalancer *self)
{
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  if (self->running)
    return;
  _rmq_push_consumer_core_drop_unsubscribed (self->core);
  /* Another member may be about to read these. */
  self->core->inner.iface->persist_offsets (&self->core->inner);
  self->running = true;
  self->at = 0;
  self->changed = false;
  self->balanced = true;
  g_hash_table_iter_init (&iter, self->core->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    g_ptr_array_add (self->topics, _rmq_consumer_topic_ref (topic));
  step (self);
}
