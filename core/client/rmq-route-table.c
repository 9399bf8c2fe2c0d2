/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of a client by topic (RocketMQ: topicRouteTable and updateTopicRouteInfoFromNameServer): one request at a
 * time for a topic, however many wait for it; what was known stays through outages.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "wire/rmq-codes-private.h"
#include "wire/rmq-header-namesrv-private.h"
#include "wire/rmq-names-private.h"

#define REFRESH_DISTANCE_US G_TIME_SPAN_SECOND
/* Members ask for their topics every interval. */
#define STALE_INTERVALS 3
#define WAITER_ACCURACY_US (10 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  RmqRouteTable *table;
  char *topic;
  RmqRoute *route;   /* or NULL: not known */
  RmqCall *call;     /* under way, or NULL */
  bool asks_default; /* the call asks for TBW102's route instead */
  int64_t asked_us;
  RmqRouteRequest *first; /* who waits, in the order in which they came */
  RmqRouteRequest *last;
} RouteEntry;

struct _RmqRouteRequest
{
  RouteEntry *entry;
  RmqRouteRequest *prev;
  RmqRouteRequest *next;
  bool allow_default;
  int default_queues;
  RmqTimer timer;
  RmqRouteDone done;
  void *data;
};

struct _RmqRouteTable
{
  RmqClientCore *core;
  GHashTable *entries; /* topic → RouteEntry */
  RouteEntry *last;    /* that was looked up: nearly always the same; or NULL */
};

RmqRoute *
_rmq_route_ref (RmqRoute *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_route_unref (RmqRoute *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  rmq_ref_string_release (self->topic);
  _rmq_topic_route_unref (self->data);
  g_ptr_array_unref (self->publish);
  g_ptr_array_unref (self->subscribe);
  g_free (self);
}

/* Takes data. */
static RmqRoute *
route_new (const char *topic, RmqTopicRoute *data, bool is_default, GError **error)
{
  g_autoptr (GPtrArray) publish = _rmq_topic_route_publish_queues (data, topic, NULL, error);
  g_autoptr (GPtrArray) subscribe = publish != NULL ? _rmq_topic_route_subscribe_queues (data, topic, error) : NULL;
  RmqRoute *self;

  if (subscribe == NULL)
    {
      _rmq_topic_route_unref (data);
      return NULL;
    }
  self = g_new0 (RmqRoute, 1);
  self->ref_count = 1;
  self->topic = g_ref_string_new_intern (topic);
  self->data = data;
  self->publish = g_steal_pointer (&publish);
  self->subscribe = g_steal_pointer (&subscribe);
  self->is_default = is_default;
  return self;
}

static void
request_free (RmqRouteRequest *self)
{
  RouteEntry *entry = self->entry;

  _rmq_timer_disarm (_rmq_io_get_timers (entry->table->core->io), &self->timer);
  if (self->prev != NULL)
    self->prev->next = self->next;
  else
    entry->first = self->next;
  if (self->next != NULL)
    self->next->prev = self->prev;
  else
    entry->last = self->prev;
  g_free (self);
}

static void
request_end (RmqRouteRequest *self, RmqRoute *route, const GError *error)
{
  RmqRouteDone done = self->done;
  void *data = self->data;

  request_free (self);
  done (route, error, data);
}

static void
entry_free (gpointer data)
{
  RouteEntry *self = data;

  while (self->first != NULL)
    request_free (self->first);
  if (self->call != NULL)
    _rmq_call_cancel (self->call);
  g_clear_pointer (&self->route, _rmq_route_unref);
  g_free (self->topic);
  g_free (self);
}

RmqRouteTable *
_rmq_route_table_new (RmqClientCore *core)
{
  RmqRouteTable *self = g_new0 (RmqRouteTable, 1);

  self->core = core;
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  return self;
}

void
_rmq_route_table_free (RmqRouteTable *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

/* Waiters may ask again from their callback: only those of now are served. */
static void
serve_waiters (RouteEntry *entry, RmqRoute *route, const GError *error, bool those_for_default)
{
  g_autoptr (GPtrArray) served = g_ptr_array_new ();
  g_autoptr (RmqRoute) kept = route != NULL ? _rmq_route_ref (route) : NULL;

  for (RmqRouteRequest *at = entry->first; at != NULL; at = at->next)
    if (those_for_default || !at->allow_default)
      g_ptr_array_add (served, at);
  for (unsigned i = 0; i < served->len; i++)
    {
      RmqRouteRequest *request = served->pdata[i];
      bool still_there = false;

      for (RmqRouteRequest *at = entry->first; at != NULL && !still_there; at = at->next)
        still_there = at == request;
      if (still_there)
        request_end (request, kept, error);
    }
}

static void
announce (RmqRouteTable *self, RmqRoute *route)
{
  g_autoptr (GPtrArray) producers = rmq_hash_table_dup_values (self->core->producers);
  g_autoptr (GPtrArray) consumers = rmq_hash_table_dup_values (self->core->consumers);

  rmq_debug ("route", route->topic, "Route changed: %u queues to publish to, %u to subscribe", route->publish->len,
             route->subscribe->len);
  for (unsigned i = 0; i < producers->len; i++)
    {
      RmqProducerInner *producer = producers->pdata[i];

      producer->iface->route_changed (producer, route);
    }
  for (unsigned i = 0; i < consumers->len; i++)
    {
      RmqConsumerInner *consumer = consumers->pdata[i];

      consumer->iface->route_changed (consumer, route);
    }
  _rmq_client_events_emit (self->core->events, RMQ_CLIENT_EVENT_ROUTE_CHANGED, route->topic, NULL);
}

/* Takes data. Returns the route that counts now. */
static RmqRoute *
take_route (RmqRouteTable *self, RouteEntry *entry, RmqTopicRoute *data, bool is_default, GError **error)
{
  bool changed = entry->route == NULL || entry->route->is_default != is_default
                 || !_rmq_topic_route_equal (entry->route->data, data);
  RmqRoute *route;

  if (!changed)
    {
      _rmq_topic_route_unref (data);
      return entry->route;
    }
  route = route_new (entry->topic, data, is_default, error);
  if (route == NULL)
    return NULL;

  g_clear_pointer (&entry->route, _rmq_route_unref);
  entry->route = route;
  if (_rmq_broker_table_add_route (self->core->brokers, route->data))
    _rmq_client_core_heartbeat_now (self->core, NULL, NULL);
  announce (self, route);
  return route;
}

static void answered (RmqCall *call, const RmqFrame *response, const GError *error, void *data);

static void
ask (RmqRouteTable *self, RouteEntry *entry, bool for_default)
{
  RmqGetRouteInfoRequestHeader header = { 0 };

  RMQ_HEADER_SET (header, topic, rmq_slice_from_string (for_default ? RMQ_TOPIC_AUTO_CREATE : entry->topic));
  entry->asks_default = for_default;
  entry->asked_us = _rmq_io_now (self->core->io);
  entry->call =
      _rmq_client_core_call_name_server (self->core, RMQ_REQUEST_GET_ROUTEINFO_BY_TOPIC,
                                         RMQ_HEADER (GetRouteInfoRequestHeader), &header, NULL, 0, answered, entry);
}

static RmqTopicRoute *
decode (RouteEntry *entry, const RmqFrame *response, GError **error)
{
  g_autoptr (RmqTopicRoute) route = _rmq_topic_route_decode (response->body, error);
  int queues = 0;

  if (route == NULL || !entry->asks_default)
    return g_steal_pointer (&route);
  for (RmqRouteRequest *at = entry->first; at != NULL; at = at->next)
    if (at->allow_default)
      queues = MAX (queues, at->default_queues);
  return _rmq_topic_route_derive_default (route, queues);
}

static bool
wants_default (RouteEntry *entry)
{
  for (RmqRouteRequest *at = entry->first; at != NULL; at = at->next)
    if (at->allow_default)
      return true;
  return false;
}

/* The name server knows no such topic. */
static void
not_found (RmqRouteTable *self, RouteEntry *entry)
{
  g_autoptr (GError) error = NULL;
  bool was_default = entry->asks_default;

  error = _rmq_error_new (RMQ_ERROR_NO_ROUTE, NULL, "Topic %s does not exist%s", entry->topic,
                          was_default ? ", and the brokers do not create topics by themselves: create it first"
                                      : " or no broker that has it is registered");
  if (entry->route != NULL && !entry->route->is_default && !was_default)
    rmq_info ("route", entry->topic, "The name server does not know the topic any more; the known route stays");

  if (!was_default && wants_default (entry))
    {
      ask (self, entry, true);
      serve_waiters (entry, NULL, error, false);
    }
  else
    {
      serve_waiters (entry, NULL, error, true);
    }
}

static void
answered (RmqCall *call, const RmqFrame *response, const GError *call_error, void *data)
{
  RouteEntry *entry = data;
  RmqRouteTable *self = entry->table;
  g_autoptr (GError) error = NULL;
  RmqTopicRoute *decoded;
  RmqRoute *route = NULL;

  entry->call = NULL;
  if (call_error != NULL)
    {
      serve_waiters (entry, NULL, call_error, true);
      return;
    }
  if (response->code == RMQ_RESPONSE_TOPIC_NOT_EXIST)
    {
      not_found (self, entry);
      return;
    }
  if (response->code != RMQ_RESPONSE_SUCCESS)
    {
      g_autofree char *remark = rmq_slice_dup (response->remark);
      g_autofree char *what = g_strdup_printf ("route of topic %s", entry->topic);

      error = _rmq_error_new_broker (response->code, remark, NULL, what);
      serve_waiters (entry, NULL, error, true);
      return;
    }

  decoded = decode (entry, response, &error);
  if (decoded != NULL)
    route = take_route (self, entry, decoded, entry->asks_default, &error);
  if (route == NULL)
    rmq_warning ("route", entry->topic, "The name server's answer is unusable: %s", error->message);
  serve_waiters (entry, route, error, true);
}

static RouteEntry *
get_entry (RmqRouteTable *self, const char *topic)
{
  RouteEntry *entry = g_hash_table_lookup (self->entries, topic);

  if (entry == NULL)
    {
      entry = g_new0 (RouteEntry, 1);
      entry->table = self;
      entry->topic = g_strdup (topic);
      g_hash_table_insert (self->entries, entry->topic, entry);
    }
  return entry;
}

static void
waiter_timed_out (RmqTimer *timer, void *data)
{
  RmqRouteRequest *self = data;
  g_autoptr (GError) error =
      _rmq_error_new (RMQ_ERROR_TIMED_OUT, NULL, "The route of topic %s did not come in time", self->entry->topic);

  request_end (self, NULL, error);
}

RmqRouteRequest *
_rmq_client_core_fetch_route (RmqClientCore *core,
                              const char *topic,
                              bool allow_default,
                              int default_queues,
                              int64_t deadline_us,
                              RmqRouteDone done,
                              void *data)
{
  RouteEntry *entry = get_entry (core->routes, topic);
  RmqRouteRequest *request = g_new0 (RmqRouteRequest, 1);

  request->entry = entry;
  request->allow_default = allow_default;
  request->default_queues = default_queues;
  request->done = done;
  request->data = data;
  request->prev = entry->last;
  if (entry->last != NULL)
    entry->last->next = request;
  else
    entry->first = request;
  entry->last = request;
  rmq_timer_init (&request->timer, waiter_timed_out, request);
  if (deadline_us != INT64_MAX)
    _rmq_timer_arm (_rmq_io_get_timers (core->io), &request->timer, deadline_us, WAITER_ACCURACY_US);

  if (entry->call == NULL)
    ask (core->routes, entry, false);
  return request;
}

void
_rmq_route_request_cancel (RmqRouteRequest *request)
{
  request_free (request);
}

RmqRoute *
_rmq_client_core_peek_route (RmqClientCore *core, const char *topic)
{
  RmqRouteTable *self = core->routes;

  if (self == NULL)
    return NULL;
  if (self->last == NULL || strcmp (self->last->topic, topic) != 0)
    self->last = g_hash_table_lookup (self->entries, topic);
  return self->last != NULL ? self->last->route : NULL;
}

static void
refresh_topic (const char *topic, void *data)
{
  RmqRouteTable *self = data;
  RouteEntry *entry = get_entry (self, topic);

  if (entry->call == NULL)
    ask (self, entry, false);
}

void
_rmq_client_core_refresh_soon (RmqClientCore *core, const char *topic)
{
  RouteEntry *entry;

  if (core->shut)
    return;
  entry = get_entry (core->routes, topic);
  if (entry->call == NULL && _rmq_io_now (core->io) - entry->asked_us >= REFRESH_DISTANCE_US)
    ask (core->routes, entry, false);
}

void
_rmq_route_table_refresh (RmqRouteTable *self)
{
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, self->core->producers);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    ((RmqProducerInner *) member)->iface->foreach_topic (member, refresh_topic, self);
  g_hash_table_iter_init (&iter, self->core->consumers);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    ((RmqConsumerInner *) member)->iface->foreach_topic (member, refresh_topic, self);
}

/* Nobody is a member for it, waits for it or has asked lately: what it says about brokers may be long wrong. */
static gboolean
is_stale (gpointer key, gpointer value, gpointer data)
{
  RouteEntry *entry = value;
  RmqClientCore *core = entry->table->core;

  return entry->call == NULL && entry->first == NULL
         && _rmq_io_now (core->io) - entry->asked_us > STALE_INTERVALS * core->settings->route_interval;
}

void
_rmq_route_table_clean (RmqRouteTable *self)
{
  self->last = NULL;
  g_hash_table_foreach_remove (self->entries, is_stale, NULL);
}

void
_rmq_route_table_foreach (RmqRouteTable *self, void (*func) (RmqRoute *route, void *data), void *data)
{
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    if (((RouteEntry *) entry)->route != NULL)
      func (((RouteEntry *) entry)->route, data);
}

void
_rmq_route_table_fail_all (RmqRouteTable *self, const GError *error)
{
  g_autoptr (GPtrArray) entries = rmq_hash_table_dup_values (self->entries);

  for (unsigned i = 0; i < entries->len; i++)
    serve_waiters (entries->pdata[i], NULL, error, true);
}
