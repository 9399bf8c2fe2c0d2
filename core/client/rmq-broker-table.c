/* SPDX-License-Identifier: Apache-2.0
 *
 * Brokers by name (RocketMQ: brokerAddrTable and findBrokerAddress…): their addresses by id, and the version that each
 * address told in its heartbeat answer.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "wire/rmq-constants-private.h"

typedef struct
{
  int64_t id;
  char *address; /* with the scheme to connect by */
} BrokerAddress;

typedef struct
{
  char *name;
  GArray *addresses; /* BrokerAddress, by id */
} Broker;

struct _RmqBrokerTable
{
  RmqClientCore *core;
  GHashTable *brokers;  /* name → Broker */
  Broker *last;         /* that was looked up: often the same; or NULL */
  GHashTable *versions; /* address → int */
};

static void
broker_address_clear (gpointer data)
{
  g_free (((BrokerAddress *) data)->address);
}

static void
broker_free (gpointer data)
{
  Broker *self = data;

  g_array_unref (self->addresses);
  g_free (self->name);
  g_free (self);
}

RmqBrokerTable *
_rmq_broker_table_new (RmqClientCore *core)
{
  RmqBrokerTable *self = g_new0 (RmqBrokerTable, 1);

  self->core = core;
  self->brokers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, broker_free);
  self->versions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
_rmq_broker_table_free (RmqBrokerTable *self)
{
  g_hash_table_unref (self->brokers);
  g_hash_table_unref (self->versions);
  g_free (self);
}

/* A broker is reached the way its name server is, wrappers included: never silently in the clear. */
static char *
full_address (RmqBrokerTable *self, const char *address)
{
  const char *wanted = self->core->settings->broker_scheme;
  const char *server = _rmq_name_servers_get_scheme (self->core->name_servers);
  const char *end = strstr (server, "://");

  if (wanted != NULL)
    return g_strdup_printf ("%s://%s", wanted, address);
  if (end != NULL)
    return g_strdup_printf ("%.*s://%s", (int) (end - server), server, address);
  return g_strdup (address);
}

static bool
broker_set (Broker *self, int64_t id, char *address) /* taken */
{
  BrokerAddress entry = { id, address };
  unsigned i;

  for (i = 0; i < self->addresses->len; i++)
    {
      BrokerAddress *at = &g_array_index (self->addresses, BrokerAddress, i);

      if (at->id > id)
        break;
      if (at->id < id)
        continue;
      if (strcmp (at->address, address) == 0)
        {
          g_free (address);
          return false;
        }
      g_free (at->address);
      at->address = address;
      return true;
    }
  g_array_insert_val (self->addresses, i, entry);
  return true;
}

bool
_rmq_broker_table_add_route (RmqBrokerTable *self, const RmqTopicRoute *route)
{
  bool news = false;

  for (unsigned i = 0; i < route->brokers->len; i++)
    {
      const RmqBrokerData *data = route->brokers->pdata[i];
      Broker *broker = g_hash_table_lookup (self->brokers, data->name);

      if (broker == NULL)
        {
          broker = g_new0 (Broker, 1);
          broker->name = g_strdup (data->name);
          broker->addresses = g_array_new (FALSE, FALSE, sizeof (BrokerAddress));
          g_array_set_clear_func (broker->addresses, broker_address_clear);
          g_hash_table_insert (self->brokers, broker->name, broker);
        }
      for (unsigned j = 0; j < data->addresses->len; j++)
        {
          const RmqBrokerAddress *address = data->addresses->pdata[j];

          news |= broker_set (broker, address->id, full_address (self, address->address));
        }
    }
  return news;
}

typedef struct
{
  const char *name;
  const char *address;
  RmqBrokerTable *table;
  bool found;
} Search;

static void
search_route (RmqRoute *route, void *data)
{
  Search *search = data;
  const RmqBrokerData *broker;

  if (search->found || (broker = _rmq_topic_route_find_broker (route->data, search->name)) == NULL)
    return;
  for (unsigned i = 0; i < broker->addresses->len && !search->found; i++)
    {
      const RmqBrokerAddress *at = broker->addresses->pdata[i];
      g_autofree char *full = full_address (search->table, at->address);

      search->found = strcmp (full, search->address) == 0;
    }
}

static bool
is_in_a_route (RmqBrokerTable *self, const char *name, const char *address)
{
  Search search = { name, address, self, false };

  _rmq_route_table_foreach (self->core->routes, search_route, &search);
  return search.found;
}

/* (transfer full): addresses */
static GPtrArray *
take_unrouted (RmqBrokerTable *self)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  self->last = NULL;
  g_hash_table_iter_init (&iter, self->brokers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Broker *broker = value;

      for (unsigned i = broker->addresses->len; i-- > 0;)
        {
          const char *address = g_array_index (broker->addresses, BrokerAddress, i).address;

          if (is_in_a_route (self, broker->name, address))
            continue;
          rmq_info ("brokers", address, "No route names %s of broker %s any more", address, broker->name);
          g_ptr_array_add (taken, g_strdup (address));
          g_array_remove_index (broker->addresses, i);
        }
      if (broker->addresses->len == 0)
        g_hash_table_iter_remove (&iter);
    }
  return taken;
}

void
_rmq_broker_table_clean (RmqBrokerTable *self)
{
  g_autoptr (GPtrArray) taken = take_unrouted (self);

  /* Only now: what fails by it looks for other brokers here. */
  for (unsigned i = 0; i < taken->len; i++)
    {
      const char *address = taken->pdata[i];
      g_autoptr (GError) reason =
          _rmq_error_new (RMQ_ERROR_BROKER_NOT_FOUND, NULL, "No route names %s any more", address);

      if (_rmq_broker_table_has_address (self, address))
        continue;
      g_hash_table_remove (self->versions, address);
      if (!g_strv_contains (_rmq_name_servers_get (self->core->name_servers), address))
        _rmq_remoting_client_close_address (self->core->remoting, address, reason);
    }
}

void
_rmq_broker_table_set_version (RmqBrokerTable *self, const char *address, int version)
{
  g_hash_table_insert (self->versions, g_strdup (address), GINT_TO_POINTER (version));
}

int
_rmq_client_core_get_broker_version (RmqClientCore *self, const char *address)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->brokers->versions, address));
}

static const char *
find_id (Broker *broker, int64_t id)
{
  for (unsigned i = 0; i < broker->addresses->len; i++)
    if (g_array_index (broker->addresses, BrokerAddress, i).id == id)
      return g_array_index (broker->addresses, BrokerAddress, i).address;
  return NULL;
}

static Broker *
find_broker (RmqBrokerTable *self, const char *name)
{
  if (self == NULL)
    return NULL;
  if (self->last == NULL || strcmp (self->last->name, name) != 0)
    self->last = g_hash_table_lookup (self->brokers, name);
  return self->last;
}

const char *
_rmq_client_core_find_master (RmqClientCore *self, const char *broker_name)
{
  Broker *broker = find_broker (self->brokers, broker_name);

  return broker != NULL ? find_id (broker, RMQ_MASTER_BROKER_ID) : NULL;
}

const char *
_rmq_client_core_find_broker (RmqClientCore *self,
                              const char *broker_name,
                              int64_t broker_id,
                              bool only_this,
                              bool *is_slave)
{
  Broker *broker = find_broker (self->brokers, broker_name);
  const char *address;
  int64_t found = broker_id;

  if (broker == NULL)
    return NULL;
  address = find_id (broker, broker_id);
  if (address == NULL && broker_id != RMQ_MASTER_BROKER_ID)
    {
      found = broker_id + 1;
      address = find_id (broker, found);
    }
  if (address == NULL && !only_this && broker->addresses->len > 0)
    {
      found = g_array_index (broker->addresses, BrokerAddress, 0).id;
      address = g_array_index (broker->addresses, BrokerAddress, 0).address;
    }
  if (is_slave != NULL)
    *is_slave = address != NULL && found != RMQ_MASTER_BROKER_ID;
  return address;
}

const char *
_rmq_client_core_find_broker_of_topic (RmqClientCore *self, const char *topic)
{
  RmqRoute *route = _rmq_client_core_peek_route (self, topic);
  unsigned n = route != NULL ? route->data->brokers->len : 0;
  unsigned first = n > 1 ? (unsigned) g_random_int_range (0, (gint32) n) : 0;

  for (unsigned i = 0; i < n; i++)
    {
      const RmqBrokerData *data = route->data->brokers->pdata[(first + i) % n];
      const char *address = _rmq_client_core_find_broker (self, data->name, RMQ_MASTER_BROKER_ID, false, NULL);

      if (address != NULL)
        return address;
    }
  return NULL;
}

bool
_rmq_broker_table_has_address (RmqBrokerTable *self, const char *address)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->brokers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (unsigned i = 0; i < ((Broker *) value)->addresses->len; i++)
      if (strcmp (g_array_index (((Broker *) value)->addresses, BrokerAddress, i).address, address) == 0)
        return true;
  return false;
}

void
_rmq_client_core_foreach_broker_address (
    RmqClientCore *self,
    void (*func) (const char *broker_name, int64_t broker_id, const char *address, void *data),
    void *data)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->brokers->brokers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Broker *broker = value;

      for (unsigned i = 0; i < broker->addresses->len; i++)
        {
          const BrokerAddress *at = &g_array_index (broker->addresses, BrokerAddress, i);

          func (broker->name, at->id, at->address, data);
        }
    }
}

typedef struct
{
  void (*func) (const char *broker_name, int64_t broker_id, const char *address, void *data);
  void *data;
  bool slaves_too;
} Filter;

static void
filter_one (const char *broker_name, int64_t broker_id, const char *address, void *data)
{
  Filter *filter = data;

  if (broker_id == RMQ_MASTER_BROKER_ID || filter->slaves_too)
    filter->func (broker_name, broker_id, address, filter->data);
}

void
_rmq_client_core_foreach_broker (
    RmqClientCore *self,
    void (*func) (const char *broker_name, int64_t broker_id, const char *address, void *data),
    void *data)
{
  Filter filter = { func, data, g_hash_table_size (self->consumers) > 0 };

  _rmq_client_core_foreach_broker_address (self, filter_one, &filter);
}
