/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerRegistry: who registered, and until when. (RocketMQ: RouteInfoManager, BrokerHousekeepingService.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-log-private.h"
#include "rmq-broker-registry-private.h"

/* How often expired registrations are looked for, while there are any. */
#define SCAN_US (5 * G_USEC_PER_SEC)
#define MAX_NAMES 10000

struct _RmqBrokerRegistry
{
  RmqBrokerCore *core;
  GHashTable *names; /* name → RmqRegisteredName */
  RmqTimer scan;
};

static void scan (RmqTimer *timer, void *data);

static void
broker_free (void *data)
{
  RmqRegisteredBroker *broker = data;

  g_free (broker->address);
  g_free (broker->ha_address);
  g_free (broker);
}

static void
name_free (void *data)
{
  RmqRegisteredName *name = data;

  g_ptr_array_unref (name->brokers);
  g_hash_table_unref (name->topics);
  g_free (name->cluster);
  g_free (name->name);
  g_free (name);
}

RmqBrokerRegistry *
_rmq_broker_registry_new (RmqBrokerCore *core)
{
  RmqBrokerRegistry *self = g_new0 (RmqBrokerRegistry, 1);

  self->core = core;
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, name_free);
  rmq_timer_init (&self->scan, scan, self);
  return self;
}

void
_rmq_broker_registry_free (RmqBrokerRegistry *self)
{
  _rmq_timer_disarm (self->core->timers, &self->scan);
  g_hash_table_unref (self->names);
  g_free (self);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

RmqRegisteredName *
_rmq_broker_registry_find (RmqBrokerRegistry *self, RmqSlice name)
{
  char text[RMQ_BROKER_TEXT_SIZE];

  return g_hash_table_lookup (self->names, rmq_broker_text (name, text));
}

static RmqRegisteredBroker *
find_id (RmqRegisteredName *name, int64_t id)
{
  for (unsigned i = 0; i < name->brokers->len; i++)
    {
      RmqRegisteredBroker *broker = g_ptr_array_index (name->brokers, i);

      if (broker->id == id)
        return broker;
    }
  return NULL;
}

RmqRegisteredBroker *
_rmq_broker_registry_find_address (RmqBrokerRegistry *self, RmqSlice address)
{
  GHashTableIter iter;
  void *value;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RmqRegisteredName *name = value;

      for (unsigned i = 0; i < name->brokers->len; i++)
        {
          RmqRegisteredBroker *broker = g_ptr_array_index (name->brokers, i);

          if (rmq_slice_equal_string (address, broker->address))
            return broker;
        }
    }
  return NULL;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp ((*(RmqRegisteredName *const *) a)->name, (*(RmqRegisteredName *const *) b)->name);
}

GPtrArray *
_rmq_broker_registry_get_all (RmqBrokerRegistry *self)
{
  GPtrArray *all = g_ptr_array_new ();
  GHashTableIter iter;
  void *name;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    g_ptr_array_add (all, name);
  g_ptr_array_sort (all, compare_names);
  return all;
}

/* --- coming -------------------------------------------------------------------------------------------------- */

static void
arm_scan (RmqBrokerRegistry *self)
{
  if (!rmq_timer_is_armed (&self->scan) && g_hash_table_size (self->names) > 0)
    _rmq_timer_arm (self->core->timers, &self->scan, rmq_broker_now_us (self->core) + SCAN_US, SCAN_US / 4);
}

void
_rmq_broker_registry_touch (RmqBrokerRegistry *self, RmqRegisteredBroker *broker)
{
  broker->last_us = rmq_broker_now_us (self->core);
}

static RmqRegisteredName *
ensure_name (RmqBrokerRegistry *self, const RmqRegisterBrokerRequestHeader *header)
{
  RmqRegisteredName *name = _rmq_broker_registry_find (self, header->broker_name);

  if (name != NULL || g_hash_table_size (self->names) >= MAX_NAMES)
    return name;
  name = g_new0 (RmqRegisteredName, 1);
  name->name = rmq_slice_dup (header->broker_name);
  name->cluster = rmq_slice_dup (header->cluster_name);
  name->brokers = g_ptr_array_new_with_free_func (broker_free);
  name->topics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) _rmq_queue_data_free);
  g_hash_table_insert (self->names, name->name, name);
  return name;
}

/* An address stands for one id only: a slave that becomes master leaves its old place. */
static void
drop_address (RmqRegisteredName *name, RmqSlice address, int64_t id)
{
  for (unsigned i = name->brokers->len; i-- > 0;)
    {
      RmqRegisteredBroker *broker = g_ptr_array_index (name->brokers, i);

      if (broker->id != id && rmq_slice_equal_string (address, broker->address))
        g_ptr_array_remove_index (name->brokers, i);
    }
}

static int
compare_ids (const void *a, const void *b)
{
  int64_t one = (*(RmqRegisteredBroker *const *) a)->id;
  int64_t other = (*(RmqRegisteredBroker *const *) b)->id;

  return one < other ? -1 : one > other;
}

static RmqRegisteredBroker *
add_id (RmqRegisteredName *name, int64_t id)
{
  RmqRegisteredBroker *broker = g_new0 (RmqRegisteredBroker, 1);

  broker->id = id;
  g_ptr_array_add (name->brokers, broker);
  g_ptr_array_sort (name->brokers, compare_ids);
  return broker;
}

static bool
version_equal (const RmqDataVersion *a, const RmqDataVersion *b)
{
  return a->counter == b->counter && a->state_version == b->state_version && a->timestamp == b->timestamp;
}

void
_rmq_broker_registry_set_topic (RmqRegisteredName *self, const char *topic, const RmqQueueData *queues)
{
  RmqQueueData *copy = _rmq_body_copy (&_rmq_queue_data_type, queues);

  g_free (copy->broker_name);
  copy->broker_name = g_strdup (self->name);
  g_hash_table_replace (self->topics, g_strdup (topic), copy);
}

static void
take_topics (RmqBrokerRegistry *self, RmqRegisteredName *name, const RmqTopicTableBody *table, bool read_only)
{
  if (self->core->settings->delete_with_registration)
    g_hash_table_remove_all (name->topics);
  for (unsigned i = 0; i < table->configs->len; i++)
    {
      const RmqTopicConfigEntry *entry = g_ptr_array_index (table->configs, i);
      RmqQueueData queues = { NULL };

      if (entry->name == NULL || entry->config == NULL)
        continue;
      queues.read_queues = entry->config->read_queues;
      queues.write_queues = entry->config->write_queues;
      queues.perm = read_only ? entry->config->perm & ~RMQ_PERM_WRITE : entry->config->perm;
      queues.topic_sys_flag = entry->config->sys_flag;
      _rmq_broker_registry_set_topic (name, entry->name, &queues);
    }
}

bool
_rmq_broker_registry_register (RmqBrokerRegistry *self,
                               RmqBrokerPeer *peer,
                               const RmqRegisterBrokerRequestHeader *header,
                               const RmqTopicTableBody *table,
                               RmqRegisteredBroker **master)
{
  static const RmqDataVersion none;
  const RmqDataVersion *version = table->data_version != NULL ? table->data_version : &none;
  int64_t timeout_ms = header->has.heartbeat_timeout_millis && header->heartbeat_timeout_millis > 0
                           ? MIN (header->heartbeat_timeout_millis, G_MAXINT32)
                           : self->core->settings->registration_timeout_ms;
  RmqRegisteredName *name = _rmq_broker_registry_find (self, header->broker_name);
  RmqRegisteredBroker *broker = name != NULL ? find_id (name, header->broker_id) : NULL;
  bool first = broker == NULL;
  bool changed;

  *master = NULL;
  /* A broker has topics of its own; one topic alone is what a broker with a lost configuration would say. */
  if (first && table->configs->len == 1)
    return false;
  if (!first && !rmq_slice_equal_string (header->broker_addr, broker->address)
      && broker->version.state_version > version->state_version)
    return true;
  name = ensure_name (self, header);
  if (name == NULL)
    return false;
  name->acting_master = header->has.enable_acting_master && header->enable_acting_master;
  drop_address (name, header->broker_addr, header->broker_id);
  if (first)
    broker = add_id (name, header->broker_id);
  g_free (broker->address);
  broker->address = rmq_slice_dup (header->broker_addr);
  g_free (broker->ha_address);
  broker->ha_address = rmq_slice_dup (header->ha_server_addr);
  broker->peer = peer;
  broker->timeout_us = timeout_ms * 1000;
  changed = first || !version_equal (&broker->version, version);
  broker->version = *version;
  _rmq_broker_registry_touch (self, broker);
  peer->brokers = self;
  /* Topics are the master's, or those of the first slave that may act for it. */
  if (changed
      && (header->broker_id == RMQ_MASTER_BROKER_ID
          || (header->has.enable_acting_master && g_ptr_array_index (name->brokers, 0) == broker)))
    take_topics (self, name, table, header->broker_id != RMQ_MASTER_BROKER_ID && name->acting_master);
  if (header->broker_id != RMQ_MASTER_BROKER_ID)
    *master = find_id (name, RMQ_MASTER_BROKER_ID);
  if (first)
    rmq_info ("broker", broker->address, "Broker %s, id %d, registered from %s", name->name, (int) broker->id,
              broker->address);
  arm_scan (self);
  return true;
}

/* --- going --------------------------------------------------------------------------------------------------- */

/* What a broker that acts for its master has left is not written to. */
static void
wipe_write (RmqRegisteredName *name)
{
  GHashTableIter iter;
  void *queues;

  g_hash_table_iter_init (&iter, name->topics);
  while (g_hash_table_iter_next (&iter, NULL, &queues))
    ((RmqQueueData *) queues)->perm &= ~RMQ_PERM_WRITE;
}

typedef bool (*Leaves) (RmqBrokerRegistry *self, const RmqRegisteredBroker *broker, const void *data);

/* True: nothing of the name is left. */
static bool
drop_brokers (RmqBrokerRegistry *self, RmqRegisteredName *name, Leaves leaves, const void *data)
{
  bool master_gone = false;

  for (unsigned i = name->brokers->len; i-- > 0;)
    {
      RmqRegisteredBroker *broker = g_ptr_array_index (name->brokers, i);

      if (!leaves (self, broker, data))
        continue;
      rmq_info ("broker", broker->address, "Broker %s, id %d, is gone", name->name, (int) broker->id);
      master_gone |= broker->id == RMQ_MASTER_BROKER_ID;
      g_ptr_array_remove_index (name->brokers, i);
    }
  if (master_gone && name->acting_master)
    wipe_write (name);
  return name->brokers->len == 0;
}

static void
drop_everywhere (RmqBrokerRegistry *self, Leaves leaves, const void *data)
{
  GHashTableIter iter;
  void *name;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    if (drop_brokers (self, name, leaves, data))
      g_hash_table_iter_remove (&iter);
}

static bool
has_id (RmqBrokerRegistry *self, const RmqRegisteredBroker *broker, const void *data)
{
  return broker->id == *(const int64_t *) data;
}

void
_rmq_broker_registry_unregister (RmqBrokerRegistry *self, RmqSlice broker_name, int64_t id)
{
  RmqRegisteredName *name = _rmq_broker_registry_find (self, broker_name);

  if (name != NULL && drop_brokers (self, name, has_id, &id))
    g_hash_table_remove (self->names, name->name);
}

static bool
is_of_peer (RmqBrokerRegistry *self, const RmqRegisteredBroker *broker, const void *data)
{
  return broker->peer == data;
}

void
_rmq_broker_registry_connection_closed (RmqBrokerRegistry *self, RmqBrokerPeer *peer)
{
  if (peer->brokers != NULL)
    drop_everywhere (self, is_of_peer, peer);
}

static bool
is_expired (RmqBrokerRegistry *self, const RmqRegisteredBroker *broker, const void *data)
{
  return broker->last_us + broker->timeout_us < rmq_broker_now_us (self->core);
}

static void
scan (RmqTimer *timer, void *data)
{
  RmqBrokerRegistry *self = data;

  drop_everywhere (self, is_expired, NULL);
  arm_scan (self);
}
