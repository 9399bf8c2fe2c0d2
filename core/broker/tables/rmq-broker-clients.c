/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerClients: members of groups by connection, their subscriptions, and telling them of each other. (RocketMQ:
 * ConsumerManager, ProducerManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-log-private.h"
#include "rmq-broker-hash-private.h"
#include "wire/rmq-header-consumer-private.h"

/* Heartbeats beyond that register nothing: memory that one peer may take. */
#define MAX_MEMBERS_A_CONNECTION 100000

typedef struct
{
  RmqSlice name; /* in online */
  RmqBrokerOnline online;
} Entry;

struct _RmqBrokerClients
{
  RmqBrokerCore *core;
  GHashTable *consumers; /* &entry->name → Entry */
  GHashTable *producers;
  RmqTimer scan; /* armed while anybody is registered */
};

static void scan (RmqTimer *timer, void *data);

static void
subscription_free (void *data)
{
  RmqBrokerSubscription *self = data;

  g_clear_pointer (&self->filter, _rmq_broker_filter_unref);
  _rmq_subscription_free (self->subscription);
  g_free (self);
}

static void
member_free (void *data)
{
  RmqBrokerMember *member = data;

  member->peer->n_members--;
  g_free (member->client_id);
  g_free (member);
}

static void
entry_free (void *data)
{
  Entry *entry = data;

  g_ptr_array_unref (entry->online.members);
  g_clear_pointer (&entry->online.subscriptions, g_hash_table_unref);
  g_free (entry->online.name);
  g_free (entry);
}

RmqBrokerClients *
_rmq_broker_clients_new (RmqBrokerCore *core)
{
  RmqBrokerClients *self = g_new0 (RmqBrokerClients, 1);

  self->core = core;
  self->consumers = g_hash_table_new_full (rmq_broker_slice_hash, rmq_broker_slice_equal, NULL, entry_free);
  self->producers = g_hash_table_new_full (rmq_broker_slice_hash, rmq_broker_slice_equal, NULL, entry_free);
  rmq_timer_init (&self->scan, scan, self);
  return self;
}

void
_rmq_broker_clients_free (RmqBrokerClients *self)
{
  _rmq_timer_disarm (self->core->timers, &self->scan);
  g_hash_table_unref (self->consumers);
  g_hash_table_unref (self->producers);
  g_free (self);
}

static RmqBrokerOnline *
find (GHashTable *table, RmqSlice group)
{
  Entry *entry = group.data != NULL ? g_hash_table_lookup (table, &group) : NULL;

  return entry != NULL ? &entry->online : NULL;
}

static RmqBrokerOnline *
ensure (GHashTable *table, const char *group, bool producers)
{
  RmqBrokerOnline *online = find (table, rmq_slice_from_string (group));
  Entry *entry;

  if (online != NULL)
    return online;
  entry = g_new0 (Entry, 1);
  entry->online.name = g_strdup (group);
  entry->online.producers = producers;
  entry->online.members = g_ptr_array_new_with_free_func (member_free);
  if (!producers)
    entry->online.subscriptions =
        g_hash_table_new_full (rmq_broker_slice_hash, rmq_broker_slice_equal, NULL, subscription_free);
  entry->name = rmq_slice_from_string (entry->online.name);
  g_hash_table_insert (table, &entry->name, entry);
  return &entry->online;
}

static void
arm_scan (RmqBrokerClients *self)
{
  int64_t every_us = self->core->settings->client_scan_ms * 1000;

  if (!rmq_timer_is_armed (&self->scan))
    _rmq_timer_arm (self->core->timers, &self->scan, rmq_broker_now_us (self->core) + every_us, every_us / 2);
}

/* True: it is new there. */
static bool
join (RmqBrokerClients *self, RmqBrokerOnline *online, RmqBrokerPeer *peer, const char *client_id)
{
  RmqBrokerMember *member = NULL;
  bool made = false;

  for (unsigned i = 0; i < online->members->len && member == NULL; i++)
    {
      RmqBrokerMember *other = g_ptr_array_index (online->members, i);

      if (other->peer == peer && g_str_equal (other->client_id, client_id))
        member = other;
    }
  if (member == NULL && peer->n_members >= MAX_MEMBERS_A_CONNECTION)
    return false;
  if (member == NULL)
    {
      made = true;
      member = g_new0 (RmqBrokerMember, 1);
      member->client_id = g_strdup (client_id);
      member->peer = peer;
      peer->n_members++;
      g_ptr_array_add (online->members, member);
    }
  member->language = peer->language;
  member->version = peer->version;
  member->last_us = rmq_broker_now_us (self->core);
  member->last_ms = rmq_broker_now_ms (self->core);
  arm_scan (self);
  return made;
}

/* --- subscriptions ------------------------------------------------------------------------------------------- */

static void
compile (RmqBrokerClients *self, RmqBrokerSubscription *entry)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&entry->filter, _rmq_broker_filter_unref);
  entry->filter = _rmq_broker_filter_new (self->core, entry->subscription, &error);
  entry->invalid = error != NULL;
}

/* True: the topic is new in the group. */
static bool
subscribe (RmqBrokerClients *self, RmqBrokerOnline *online, const RmqSubscription *subscription)
{
  RmqSlice topic = rmq_slice_from_string (subscription->topic);
  RmqBrokerSubscription *entry = _rmq_broker_online_find_subscription (online, topic);
  bool made = entry == NULL;

  if (!made && entry->subscription->version >= subscription->version)
    return false;
  entry = g_new0 (RmqBrokerSubscription, 1);
  entry->subscription = _rmq_subscription_copy (subscription);
  entry->topic = rmq_slice_from_string (entry->subscription->topic);
  compile (self, entry);
  g_hash_table_replace (online->subscriptions, &entry->topic, entry);
  return made;
}

static bool
is_subscribed (const GPtrArray *subscriptions, const char *topic)
{
  for (unsigned i = 0; i < subscriptions->len; i++)
    {
      const RmqSubscription *subscription = g_ptr_array_index (subscriptions, i);

      if (g_strcmp0 (subscription->topic, topic) == 0)
        return true;
    }
  return false;
}

/* What the newest heartbeat leaves out goes. */
static bool
replace_subscriptions (RmqBrokerClients *self, RmqBrokerOnline *online, const GPtrArray *subscriptions)
{
  bool changed = false;
  GHashTableIter iter;
  void *value;

  for (unsigned i = 0; i < subscriptions->len; i++)
    {
      const RmqSubscription *subscription = g_ptr_array_index (subscriptions, i);

      if (subscription->topic != NULL)
        changed |= subscribe (self, online, subscription);
    }
  if (g_hash_table_size (online->subscriptions) == subscriptions->len)
    return changed;
  g_hash_table_iter_init (&iter, online->subscriptions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!is_subscribed (subscriptions, ((RmqBrokerSubscription *) value)->subscription->topic))
      {
        g_hash_table_iter_remove (&iter);
        changed = true;
      }
  return changed;
}

/* --- coming and going ---------------------------------------------------------------------------------------- */

static void
notify (RmqBrokerClients *self, RmqBrokerOnline *online)
{
  RmqNotifyConsumerIdsChangedRequestHeader header = { 0 };

  RMQ_HEADER_SET (header, consumer_group, rmq_slice_from_string (online->name));
  for (unsigned i = 0; i < online->members->len; i++)
    {
      RmqBrokerMember *member = g_ptr_array_index (online->members, i);

      _rmq_broker_call (self->core, member->peer->connection, RMQ_REQUEST_NOTIFY_CONSUMER_IDS_CHANGED,
                        RMQ_HEADER (NotifyConsumerIdsChangedRequestHeader), &header, NULL, 10000, NULL, NULL);
    }
}

static void
notify_if_wanted (RmqBrokerClients *self, RmqBrokerOnline *online)
{
  RmqGroupConfigBody *config =
      _rmq_broker_subscribers_find (self->core->subscribers, rmq_slice_from_string (online->name));

  if (online->model != RMQ_HEARTBEAT_BROADCASTING && (config == NULL || config->notify_ids_changed))
    notify (self, online);
}

void
_rmq_broker_clients_notify (RmqBrokerClients *self, RmqSlice group)
{
  RmqBrokerOnline *online = find (self->consumers, group);

  if (online != NULL)
    notify (self, online);
}

bool
_rmq_broker_clients_register_consumer (RmqBrokerClients *self,
                                       RmqBrokerPeer *peer,
                                       const RmqHeartbeatData *heartbeat,
                                       const RmqConsumerData *consumer)
{
  RmqBrokerOnline *online = ensure (self->consumers, consumer->group, false);
  bool changed;

  online->consume_type = consumer->consume_type;
  online->model = consumer->model;
  online->from_where = consumer->from_where;
  changed = join (self, online, peer, heartbeat->client_id);
  if (!heartbeat->without_sub)
    changed |= replace_subscriptions (self, online, consumer->subscriptions);
  if (changed)
    notify_if_wanted (self, online);
  return changed;
}

void
_rmq_broker_clients_register_producer (RmqBrokerClients *self,
                                       RmqBrokerPeer *peer,
                                       const char *client_id,
                                       const char *group)
{
  join (self, ensure (self->producers, group, true), peer, client_id);
}

/* Members that leave () wants gone. True when any was. */
typedef bool (*Leaves) (const RmqBrokerMember *member, const void *data);

static bool
drop_members (RmqBrokerOnline *online, Leaves leaves, const void *data)
{
  bool gone = false;

  for (unsigned i = online->members->len; i-- > 0;)
    if (leaves (g_ptr_array_index (online->members, i), data))
      {
        g_ptr_array_remove_index (online->members, i);
        gone = true;
      }
  return gone;
}

/* The rest hears of it; a group without members goes. */
static void
drop_everywhere (RmqBrokerClients *self, GHashTable *table, Leaves leaves, const void *data)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new ();
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqBrokerOnline *online = &((Entry *) value)->online;

      if (!drop_members (online, leaves, data))
        continue;
      if (online->members->len == 0)
        g_hash_table_iter_remove (&iter);
      else if (!online->producers)
        g_ptr_array_add (changed, online);
    }
  for (unsigned i = 0; i < changed->len; i++)
    notify_if_wanted (self, g_ptr_array_index (changed, i));
}

typedef struct
{
  RmqBrokerPeer *peer;
  RmqSlice client_id;
} Leaving;

static bool
unregistered (const RmqBrokerMember *member, const void *data)
{
  const Leaving *leaving = data;

  return member->peer == leaving->peer && rmq_slice_equal_string (leaving->client_id, member->client_id);
}

void
_rmq_broker_clients_unregister (RmqBrokerClients *self,
                                RmqBrokerPeer *peer,
                                RmqSlice client_id,
                                RmqSlice group,
                                bool producers)
{
  GHashTable *table = producers ? self->producers : self->consumers;
  RmqBrokerOnline *online = find (table, group);
  Leaving leaving = { peer, client_id };

  if (online == NULL || !drop_members (online, unregistered, &leaving))
    return;
  if (online->members->len == 0)
    g_hash_table_remove (table, &group);
  else if (!producers)
    notify_if_wanted (self, online);
}

static bool
is_of_peer (const RmqBrokerMember *member, const void *data)
{
  return member->peer == data;
}

void
_rmq_broker_clients_connection_closed (RmqBrokerClients *self, RmqBrokerPeer *peer)
{
  if (peer->n_members == 0)
    return;
  drop_everywhere (self, self->consumers, is_of_peer, peer);
  drop_everywhere (self, self->producers, is_of_peer, peer);
}

/* --- silent ones --------------------------------------------------------------------------------------------- */

typedef struct
{
  int64_t since_us;
  GPtrArray *connections;
} Silence;

static bool
is_silent (const RmqBrokerMember *member, const void *data)
{
  const Silence *silence = data;

  if (member->last_us > silence->since_us)
    return false;
  if (!g_ptr_array_find (silence->connections, member->peer->connection, NULL))
    g_ptr_array_add (silence->connections, _rmq_server_connection_ref (member->peer->connection));
  return true;
}

static void
scan (RmqTimer *timer, void *data)
{
  RmqBrokerClients *self = data;
  RmqBrokerCore *core = self->core;
  g_autoptr (GPtrArray) silent = g_ptr_array_new_with_free_func ((GDestroyNotify) _rmq_server_connection_unref);
  Silence silence = { rmq_broker_now_us (core) - core->settings->client_timeout_ms * 1000, silent };

  _rmq_io_enter (core->io);
  drop_everywhere (self, self->consumers, is_silent, &silence);
  drop_everywhere (self, self->producers, is_silent, &silence);
  for (unsigned i = 0; i < silent->len; i++)
    _rmq_server_connection_close (g_ptr_array_index (silent, i));
  if (g_hash_table_size (self->consumers) + g_hash_table_size (self->producers) > 0)
    arm_scan (self);
  _rmq_io_leave (core->io);
}

/* --- asking -------------------------------------------------------------------------------------------------- */

RmqBrokerOnline *
_rmq_broker_clients_find_consumers (RmqBrokerClients *self, RmqSlice group)
{
  return find (self->consumers, group);
}

RmqBrokerOnline *
_rmq_broker_clients_find_producers (RmqBrokerClients *self, RmqSlice group)
{
  return find (self->producers, group);
}

RmqBrokerSubscription *
_rmq_broker_online_find_subscription (RmqBrokerOnline *self, RmqSlice topic)
{
  return g_hash_table_lookup (self->subscriptions, &topic);
}

RmqBrokerMember *
_rmq_broker_online_find_member (RmqBrokerOnline *self, RmqSlice client_id)
{
  for (unsigned i = 0; i < self->members->len; i++)
    {
      RmqBrokerMember *member = g_ptr_array_index (self->members, i);

      if (rmq_slice_equal_string (client_id, member->client_id))
        return member;
    }
  return NULL;
}

RmqBrokerMember *
_rmq_broker_clients_pick_producer (RmqBrokerClients *self, RmqSlice group)
{
  RmqBrokerOnline *online = find (self->producers, group);

  for (unsigned i = 0; online != NULL && i < online->members->len; i++)
    {
      RmqBrokerMember *member = g_ptr_array_index (online->members, online->next++ % online->members->len);

      if (_rmq_server_connection_is_open (member->peer->connection))
        return member;
    }
  return NULL;
}

RmqBrokerMember *
_rmq_broker_clients_find_producer_by_id (RmqBrokerClients *self, RmqSlice client_id)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->producers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqBrokerMember *member = _rmq_broker_online_find_member (&((Entry *) value)->online, client_id);

      if (member != NULL)
        return member;
    }
  return NULL;
}

void
_rmq_broker_clients_foreach (RmqBrokerClients *self, bool producers, RmqBrokerOnlineVisit visit, void *data)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, producers ? self->producers : self->consumers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    visit (&((Entry *) value)->online, data);
}
