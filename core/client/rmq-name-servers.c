/* SPDX-License-Identifier: Apache-2.0
 *
 * Which name server is asked (RocketMQ: NettyRemotingClient.getAndCreateNameserverChannel): one, for as long as it
 * answers; the next on failure; the whole list may be swapped, by hand or by discovery.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "wire/rmq-client-id-private.h"

#define DISCOVERY_ACCURACY_US (1 * G_TIME_SPAN_SECOND)
#define DISCOVERY_RETRY_US (10 * G_TIME_SPAN_SECOND)

struct _RmqNameServers
{
  RmqClientCore *core;
  char **addresses;
  unsigned current;
  RmqNameServerDiscovery *discovery;
  GCancellable *discovery_cancellable;
  RmqTimer discovery_timer;
};

static void run_discovery (RmqTimer *timer, void *data);

RmqNameServers *
_rmq_name_servers_new (RmqClientCore *core)
{
  RmqNameServers *self = g_new0 (RmqNameServers, 1);

  self->core = core;
  self->addresses = g_new0 (char *, 1);
  rmq_timer_init (&self->discovery_timer, run_discovery, self);
  return self;
}

void
_rmq_name_servers_free (RmqNameServers *self)
{
  _rmq_timer_disarm (_rmq_io_get_timers (self->core->io), &self->discovery_timer);
  if (self->discovery_cancellable != NULL)
    g_cancellable_cancel (self->discovery_cancellable);
  g_clear_object (&self->discovery_cancellable);
  g_clear_object (&self->discovery);
  g_strfreev (self->addresses);
  g_free (self);
}

const char *const *
_rmq_name_servers_get (RmqNameServers *self)
{
  return (const char *const *) self->addresses;
}

/* A client that many processes start at once must not ask the same server from all of them. */
static void
begin_anywhere (RmqNameServers *self)
{
  unsigned n = g_strv_length (self->addresses);

  self->current = n > 1 ? (unsigned) g_random_int_range (0, (gint32) n) : 0;
}

void
_rmq_name_servers_set (RmqNameServers *self, const char *const *addresses)
{
  g_autofree char *current = NULL;

  if (_rmq_name_servers_equal ((const char *const *) self->addresses, addresses))
    return;
  if (self->addresses[0] != NULL)
    current = g_strdup (self->addresses[self->current]);

  g_strfreev (self->addresses);
  self->addresses = g_strdupv ((char **) addresses);
  begin_anywhere (self);
  for (unsigned i = 0; current != NULL && self->addresses[i] != NULL; i++)
    {
      if (strcmp (self->addresses[i], current) != 0)
        continue;
      self->current = i;
      g_clear_pointer (&current, g_free);
    }

  if (current != NULL)
    {
      g_autoptr (GError) reason =
          _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s is no name server of this client any more", current);

      _rmq_remoting_client_close_address (self->core->remoting, current, reason);
    }
  _rmq_client_events_emit (self->core->events, RMQ_CLIENT_EVENT_NAME_SERVERS, NULL, NULL);
}

const char *
_rmq_name_servers_get_scheme (RmqNameServers *self)
{
  static const char separator[] = "://";
  const char *address = self->addresses[0] != NULL ? self->addresses[self->current] : "";
  const char *end = strstr (address, separator);

  return end != NULL ? address : "";
}

char **
_rmq_client_core_dup_name_servers (RmqClientCore *self, unsigned *first)
{
  *first = self->name_servers->current;
  return g_strdupv (self->name_servers->addresses);
}

void
_rmq_client_core_skip_name_server (RmqClientCore *self, const char *address)
{
  RmqNameServers *servers = self->name_servers;
  unsigned n;

  if (servers == NULL || servers->addresses[0] == NULL || strcmp (servers->addresses[servers->current], address) != 0)
    return;
  n = g_strv_length (servers->addresses);
  servers->current = (servers->current + 1) % n;
}

static void
discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RmqClientCore) core = user_data;
  RmqNameServers *self = core->name_servers;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) addresses =
      rmq_name_server_discovery_discover_finish (RMQ_NAME_SERVER_DISCOVERY (source), result, &error);
  int64_t delay = core->settings->discovery_interval;

  if (self == NULL || self->discovery != RMQ_NAME_SERVER_DISCOVERY (source))
    return;

  if (error != NULL)
    {
      rmq_warning ("name-servers", core->settings->discovery, "Discovery failed, the known list stays: %s",
                   error->message);
      delay = MIN (delay, DISCOVERY_RETRY_US);
    }
  else if (addresses != NULL && addresses[0] != NULL)
    {
      _rmq_name_servers_set (self, (const char *const *) addresses);
      _rmq_route_table_refresh (core->routes);
    }
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->discovery_timer, _rmq_io_now (core->io) + delay,
                  DISCOVERY_ACCURACY_US);
  _rmq_client_core_discovery_done (core, error);
}

static void
run_discovery (RmqTimer *timer, void *data)
{
  RmqNameServers *self = data;
  GMainContext *context = _rmq_io_get_context (self->core->io);

  g_main_context_push_thread_default (context);
  rmq_name_server_discovery_discover_async (self->discovery, self->discovery_cancellable, discovered,
                                            _rmq_client_core_ref (self->core));
  g_main_context_pop_thread_default (context);
}

bool
_rmq_name_servers_start_discovery (RmqNameServers *self, GError **error)
{
  RmqClientSettings *settings = self->core->settings;
  g_autoptr (GObject) feature = NULL;

  if (settings->discovery == NULL)
    return true;

  feature = rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "discovery", settings->discovery,
                                        settings->options, error);
  if (feature == NULL)
    return false;
  self->discovery = RMQ_NAME_SERVER_DISCOVERY (g_steal_pointer (&feature));
  self->discovery_cancellable = g_cancellable_new ();
  run_discovery (&self->discovery_timer, self);
  return true;
}
