/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerLocks: holders by group and queue. Nothing runs when a lock ends; it is found expired when somebody asks.
 */
#include "broker/rmq-broker-core-private.h"

#include "rmq-broker-locks-private.h"

/* Memory that locks of invented queues may take. */
#define MAX_LOCKS 500000

typedef struct
{
  char *client_id;
  int64_t until_us;
} Lock;

struct _RmqBrokerLocks
{
  RmqBrokerCore *core;
  GHashTable *groups; /* group → (queue → Lock) */
  unsigned n_locks;
};

static void
lock_free (void *data)
{
  Lock *lock = data;

  g_free (lock->client_id);
  g_free (lock);
}

RmqBrokerLocks *
_rmq_broker_locks_new (RmqBrokerCore *core)
{
  RmqBrokerLocks *self = g_new0 (RmqBrokerLocks, 1);

  self->core = core;
  self->groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  return self;
}

void
_rmq_broker_locks_free (RmqBrokerLocks *self)
{
  g_hash_table_unref (self->groups);
  g_free (self);
}

static char *
queue_key (const char *topic, const char *broker_name, int queue_id)
{
  return g_strdup_printf ("%s\1%s\1%d", topic, broker_name, queue_id);
}

static GHashTable *
ensure_group (RmqBrokerLocks *self, const char *group)
{
  GHashTable *locks = g_hash_table_lookup (self->groups, group);

  if (locks != NULL || self->n_locks >= MAX_LOCKS)
    return locks;
  locks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, lock_free);
  g_hash_table_insert (self->groups, g_strdup (group), locks);
  return locks;
}

bool
_rmq_broker_locks_try (RmqBrokerLocks *self,
                       const char *group,
                       const char *topic,
                       const char *broker_name,
                       int queue_id,
                       const char *client_id)
{
  int64_t now_us = rmq_broker_now_us (self->core);
  g_autofree char *key = queue_key (topic, broker_name, queue_id);
  GHashTable *locks = ensure_group (self, group);
  Lock *lock;

  if (locks == NULL)
    return false;
  lock = g_hash_table_lookup (locks, key);
  if (lock == NULL)
    {
      if (self->n_locks >= MAX_LOCKS)
        return false;
      self->n_locks++;
      lock = g_new0 (Lock, 1);
      g_hash_table_insert (locks, g_steal_pointer (&key), lock);
    }
  else if (lock->until_us > now_us && !g_str_equal (lock->client_id, client_id))
    return false;
  if (g_strcmp0 (lock->client_id, client_id) != 0)
    {
      g_free (lock->client_id);
      lock->client_id = g_strdup (client_id);
    }
  lock->until_us = now_us + self->core->settings->lock_timeout_ms * 1000;
  return true;
}

void
_rmq_broker_locks_release (RmqBrokerLocks *self,
                           const char *group,
                           const char *topic,
                           const char *broker_name,
                           int queue_id,
                           const char *client_id)
{
  g_autofree char *key = queue_key (topic, broker_name, queue_id);
  GHashTable *locks = g_hash_table_lookup (self->groups, group);
  Lock *lock = locks != NULL ? g_hash_table_lookup (locks, key) : NULL;

  if (lock == NULL || !g_str_equal (lock->client_id, client_id))
    return;
  g_hash_table_remove (locks, key);
  self->n_locks--;
  if (g_hash_table_size (locks) == 0)
    g_hash_table_remove (self->groups, group);
}

bool
_rmq_broker_locks_is_held (RmqBrokerLocks *self, const char *group)
{
  GHashTable *locks = g_hash_table_lookup (self->groups, group);
  int64_t now_us = rmq_broker_now_us (self->core);
  GHashTableIter iter;
  void *lock;

  if (locks == NULL)
    return false;
  g_hash_table_iter_init (&iter, locks);
  while (g_hash_table_iter_next (&iter, NULL, &lock))
    if (((Lock *) lock)->until_us > now_us)
      return true;
  return false;
}
