/* SPDX-License-Identifier: Apache-2.0
 *
 * The topics of a consumer: subscriptions and their versions, the heartbeats that tell brokers of them, and routes that
 * are missing yet.
 */
#include "rmq-rebalancer-private.h"

#include "base/rmq-sync-private.h"

#include "client/rmq-route-private.h"

/* A broker that says it does not know us hears from us at most this often. */
#define HEARTBEAT_AGAIN_US G_TIME_SPAN_SECOND
/* Routes that are missing are asked for at these distances, doubled each time up to the usual refresh. */
#define FIRST_MISSING_ROUTE_US (100 * G_TIME_SPAN_MILLISECOND)

RmqConsumerTopic *
_rmq_consumer_topic_new (const char *name, RmqSubscription *subscription)
{
  RmqConsumerTopic *self = g_new0 (RmqConsumerTopic, 1);

  self->ref_count = 1;
  self->name = g_ref_string_new (name);
  self->subscription = subscription;
  self->pull_version = subscription->version;
  return self;
}

RmqConsumerTopic *
_rmq_consumer_topic_ref (RmqConsumerTopic *self)
{
  self->ref_count++;
  return self;
}

void
_rmq_consumer_topic_unref (RmqConsumerTopic *self)
{
  if (--self->ref_count > 0)
    return;
  _rmq_subscription_free (self->subscription);
  rmq_ref_string_release (self->name);
  g_free (self);
}

RmqConsumerTopic *
_rmq_push_consumer_core_find_topic (RmqPushConsumerCore *self, const char *topic)
{
  return g_hash_table_lookup (self->topics, topic);
}

static bool
is_running (RmqPushConsumerCore *self)
{
  return _rmq_push_consumer_core_get_state (self) == RMQ_STATE_RUNNING;
}

static void
resubscribe_pullers (RmqPushConsumerCore *self, RmqConsumerTopic *topic)
{
  GHashTableIter iter;
  RmqPuller *puller;

  g_hash_table_iter_init (&iter, self->pullers);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &puller))
    if (puller->topic == topic)
      _rmq_puller_resubscribe (puller);
}

/* An answer that is under way was filtered by the old expression: what the new one wants could be skipped by it. So
 * pulls begin anew, and with the new version, which a broker refuses until it has heard of it. */
static void
replace_subscription (RmqPushConsumerCore *self, RmqConsumerTopic *topic, RmqSubscription *subscription)
{
  subscription->version = MAX (subscription->version, topic->subscription->version + 1);
  _rmq_subscription_free (topic->subscription);
  topic->subscription = subscription;
  topic->pull_version = subscription->version;
  resubscribe_pullers (self, topic);
}

void
_rmq_push_consumer_core_set_subscription (RmqPushConsumerCore *self, const char *name, RmqSubscription *subscription)
{
  RmqConsumerTopic *topic = _rmq_push_consumer_core_find_topic (self, name);

  if (subscription == NULL)
    g_hash_table_remove (self->topics, name);
  else if (topic != NULL)
    replace_subscription (self, topic, subscription);
  else
    {
      topic = _rmq_consumer_topic_new (name, subscription);
      topic->is_retry = g_str_equal (name, self->retry_topic);
      g_hash_table_insert (self->topics, topic->name, topic);
    }
  if (!is_running (self))
    return;
  if (subscription != NULL)
    _rmq_push_consumer_core_refresh_route (self, name);
  else
    _rmq_push_consumer_core_drop_unsubscribed (self);
  _rmq_push_consumer_core_heartbeat (self, true);
}

void
_rmq_push_consumer_core_bump_version (RmqPushConsumerCore *self, RmqConsumerTopic *topic)
{
  const RmqClientSettings *settings = _rmq_client_core_get_settings (self->client);

  /* Rises even when the clock was set back. */
  topic->subscription->version = MAX (_rmq_clock_realtime_ms (settings->clock), topic->subscription->version + 1);
}

/* --- heartbeats --- */

typedef struct
{
  RmqPushConsumerCore *core; /* referenced */
  GHashTable *versions;      /* RmqConsumerTopic, referenced → the version that was told */
  bool then_rebalance;
} RmqToldVersions;

static void
unref_topic (void *topic)
{
  _rmq_consumer_topic_unref (topic);
}

static void
heartbeat_done (void *data)
{
  RmqToldVersions *told = data;
  RmqPushConsumerCore *self = told->core;
  GHashTableIter iter;
  RmqConsumerTopic *topic;
  int64_t *version;

  g_hash_table_iter_init (&iter, told->versions);
  while (g_hash_table_iter_next (&iter, (void **) &topic, (void **) &version))
    {
      topic->pull_version = MAX (topic->pull_version, *version);
      topic->is_told = true;
    }
  if (is_running (self))
    {
      if (!rmq_timer_is_armed (&self->missing_route_timer))
        _rmq_push_consumer_core_want_routes (self);
      if (told->then_rebalance)
        _rmq_push_consumer_core_rebalance_now (self);
    }
  g_hash_table_unref (told->versions);
  g_free (told);
  _rmq_push_consumer_core_unref (self);
}

void
_rmq_push_consumer_core_heartbeat (RmqPushConsumerCore *self, bool then_rebalance)
{
  RmqToldVersions *told = g_new0 (RmqToldVersions, 1);
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  told->core = _rmq_push_consumer_core_ref (self);
  told->versions = g_hash_table_new_full (NULL, NULL, unref_topic, g_free);
  told->then_rebalance = then_rebalance;
  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    g_hash_table_insert (told->versions, _rmq_consumer_topic_ref (topic),
                         g_memdup2 (&topic->subscription->version, sizeof (int64_t)));
  _rmq_client_core_heartbeat_now (self->client, heartbeat_done, told);
}

void
_rmq_push_consumer_core_heartbeat_again (RmqPushConsumerCore *self)
{
  int64_t now = _rmq_io_now (self->io);

  if (self->heartbeat_us != 0 && now - self->heartbeat_us < HEARTBEAT_AGAIN_US)
    return;
  self->heartbeat_us = now;
  _rmq_push_consumer_core_heartbeat (self, false);
}

void
_rmq_push_consumer_core_rebalance_now (RmqPushConsumerCore *self)
{
  _rmq_rebalance_service_wake (_rmq_client_core_get_rebalance_service (self->client), &self->inner);
}

/* --- routes --- */

static void
route_refreshed (RmqRoute *route, const GError *error, void *data)
{
  /* Whoever wanted it hears of it by route_changed. */
}

void
_rmq_push_consumer_core_refresh_route (RmqPushConsumerCore *self, const char *topic)
{
  const RmqClientSettings *settings = _rmq_client_core_get_settings (self->client);

  _rmq_client_core_fetch_route (self->client, topic, false, 0, _rmq_io_now (self->io) + settings->request_timeout,
                                route_refreshed, NULL);
}

/* Topics come to be: %RETRY% by our first heartbeat, others by their first message. Who waits for one should not have
 * to wait for the usual refresh. */
void
_rmq_push_consumer_core_fetch_missing_routes (RmqTimer *timer, void *data)
{
  RmqPushConsumerCore *self = data;
  int64_t delay = self->missing_route_delay;
  bool any = false;
  GHashTableIter iter;
  RmqConsumerTopic *topic;

  if (!is_running (self))
    return;
  g_hash_table_iter_init (&iter, self->topics);
  while (g_hash_table_iter_next (&iter, NULL, (void **) &topic))
    if (_rmq_client_core_peek_route (self->client, topic->name) == NULL)
      {
        any = true;
        _rmq_push_consumer_core_refresh_route (self, topic->name);
      }
  if (!any || delay > _rmq_client_core_get_settings (self->client)->route_interval)
    return;
  self->missing_route_delay = delay * 2;
  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->missing_route_timer, _rmq_io_now (self->io) + delay, delay / 4);
}

void
_rmq_push_consumer_core_want_routes (RmqPushConsumerCore *self)
{
  self->missing_route_delay = FIRST_MISSING_ROUTE_US;
  _rmq_push_consumer_core_fetch_missing_routes (&self->missing_route_timer, self);
}
