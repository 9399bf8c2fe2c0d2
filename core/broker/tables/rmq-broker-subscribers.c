/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerSubscribers: the table of consumer groups' settings, kept in the store as JSON. (RocketMQ:
 * SubscriptionGroupManager.)
 */
#include "broker/rmq-broker-core-private.h"

#include "base/rmq-log-private.h"
#include "rmq-broker-hash-private.h"
#include "wire/rmq-names-private.h"

/* Made by clients; administrators may make more. */
#define MAX_GROUPS 100000
#define STATE_FORBIDDEN "forbidden"

typedef struct
{
  RmqSlice name; /* in config */
  RmqGroupConfigBody *config;
} Entry;

struct _RmqBrokerSubscribers
{
  RmqBrokerCore *core;
  GHashTable *by_name;   /* &entry->name → Entry */
  GHashTable *forbidden; /* "group\1topic" */
  RmqDataVersion version;
};

static void
entry_free (void *data)
{
  Entry *entry = data;

  _rmq_group_config_body_free (entry->config);
  g_free (entry);
}

RmqBrokerSubscribers *
_rmq_broker_subscribers_new (RmqBrokerCore *core)
{
  RmqBrokerSubscribers *self = g_new0 (RmqBrokerSubscribers, 1);

  self->core = core;
  self->by_name = g_hash_table_new_full (rmq_broker_slice_hash, rmq_broker_slice_equal, NULL, entry_free);
  self->forbidden = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->version.timestamp = rmq_broker_now_ms (core);
  return self;
}

void
_rmq_broker_subscribers_free (RmqBrokerSubscribers *self)
{
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->forbidden);
  g_free (self);
}

static RmqGroupConfigBody *
insert (RmqBrokerSubscribers *self, RmqGroupConfigBody *config)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->config = config;
  entry->name = rmq_slice_from_string (config->name);
  g_hash_table_replace (self->by_name, &entry->name, entry);
  return config;
}

/* --- keeping them -------------------------------------------------------------------------------------------- */

static void
load_one (const char *key, GBytes *value, void *data)
{
  size_t len;
  const char *text = g_bytes_get_data (value, &len);
  g_autoptr (GError) error = NULL;
  RmqGroupConfigBody *config = _rmq_group_config_body_decode (rmq_slice (text, len), &error);

  if (config == NULL)
    {
      rmq_warning ("broker", key, "The stored group %s cannot be read: %s", key, error->message);
      return;
    }
  if (config->name == NULL)
    config->name = g_strdup (key);
  insert (data, config);
}

static void
load_forbidden (const char *key, GBytes *value, void *data)
{
  g_hash_table_add (((RmqBrokerSubscribers *) data)->forbidden, g_strdup (key));
}

bool
_rmq_broker_subscribers_load (RmqBrokerSubscribers *self, GError **error)
{
  _rmq_broker_store_each_state (self->core->store, RMQ_STATE_GROUPS, load_one, self);
  _rmq_broker_store_each_state (self->core->store, STATE_FORBIDDEN, load_forbidden, self);
  return true;
}

static void
persist (RmqBrokerSubscribers *self, const RmqGroupConfigBody *config)
{
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (SIZE_MAX);
  g_autoptr (GBytes) bytes = NULL;

  _rmq_group_config_body_encode (config, &out);
  bytes = _rmq_byte_writer_steal (&out);
  _rmq_broker_store_put_state (self->core->store, RMQ_STATE_GROUPS, config->name, bytes);
  self->version.counter++;
  self->version.timestamp = rmq_broker_now_ms (self->core);
}

/* --- use ----------------------------------------------------------------------------------------------------- */

RmqGroupConfigBody *
_rmq_broker_subscribers_find (RmqBrokerSubscribers *self, RmqSlice group)
{
  Entry *entry = group.data != NULL ? g_hash_table_lookup (self->by_name, &group) : NULL;

  return entry != NULL ? entry->config : NULL;
}

RmqGroupConfigBody *
_rmq_broker_subscribers_find_or_create (RmqBrokerSubscribers *self, RmqSlice group)
{
  RmqGroupConfigBody *config = _rmq_broker_subscribers_find (self, group);
  char text[RMQ_BROKER_TEXT_SIZE];
  const char *name;

  if (G_LIKELY (config != NULL))
    return config;
  name = rmq_broker_text (group, text);
  if ((!self->core->settings->auto_create_groups && !_rmq_group_is_predefined (name))
      || g_hash_table_size (self->by_name) >= MAX_GROUPS || !rmq_broker_slice_is_text (group)
      || !_rmq_group_check_broker (name, NULL))
    return NULL;
  config = insert (self, _rmq_group_config_body_new_for (name));
  rmq_info ("broker", name, "Consumer group %s was made", name);
  persist (self, config);
  return config;
}

void
_rmq_broker_subscribers_update (RmqBrokerSubscribers *self, RmqGroupConfigBody *config)
{
  persist (self, insert (self, config));
}

bool
_rmq_broker_subscribers_delete (RmqBrokerSubscribers *self, RmqSlice group)
{
  RmqBrokerCore *core = self->core;
  g_autofree char *name = rmq_slice_dup (group);

  if (_rmq_broker_subscribers_find (self, group) == NULL)
    return false;
  g_hash_table_remove (self->by_name, &group);
  _rmq_broker_store_put_state (core->store, RMQ_STATE_GROUPS, name, NULL);
  self->version.counter++;
  self->version.timestamp = rmq_broker_now_ms (core);
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    if (rmq_broker_modules[i]->group_deleted != NULL)
      rmq_broker_modules[i]->group_deleted (core, name, core->module_data[i]);
  return true;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp ((*(RmqGroupConfigBody *const *) a)->name, (*(RmqGroupConfigBody *const *) b)->name);
}

GPtrArray *
_rmq_broker_subscribers_get_all (RmqBrokerSubscribers *self)
{
  GPtrArray *all = g_ptr_array_new ();
  GHashTableIter iter;
  void *entry;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    g_ptr_array_add (all, ((Entry *) entry)->config);
  g_ptr_array_sort (all, compare_names);
  return all;
}

const RmqDataVersion *
_rmq_broker_subscribers_get_version (RmqBrokerSubscribers *self)
{
  return &self->version;
}

/* --- what a group may not read ------------------------------------------------------------------------------- */

static char *
forbidden_key (RmqSlice group, RmqSlice topic)
{
  return g_strdup_printf ("%.*s\1%.*s", (int) group.len, group.data, (int) topic.len, topic.data);
}

void
_rmq_broker_subscribers_set_forbidden (RmqBrokerSubscribers *self, RmqSlice group, RmqSlice topic, bool forbidden)
{
  g_autofree char *key = forbidden_key (group, topic);
  g_autoptr (GBytes) value = forbidden ? g_bytes_new_static ("1", 1) : NULL;

  _rmq_broker_store_put_state (self->core->store, STATE_FORBIDDEN, key, value);
  if (forbidden)
    g_hash_table_add (self->forbidden, g_steal_pointer (&key));
  else
    g_hash_table_remove (self->forbidden, key);
}

bool
_rmq_broker_subscribers_is_forbidden (RmqBrokerSubscribers *self, RmqSlice group, RmqSlice topic)
{
  g_autofree char *key = NULL;

  if (G_LIKELY (g_hash_table_size (self->forbidden) == 0))
    return false;
  key = forbidden_key (group, topic);
  return g_hash_table_contains (self->forbidden, key);
}
