/* SPDX-License-Identifier: Apache-2.0
 *
 * Which name server is asked (RocketMQ: NettyRemotingClient.getAndCreateNameserverChannel): one, for as long as it
 * answers; the next on failure; the whole list may be swapped, by hand or by discovery.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "plugin/rmq-plugin-registry-private.h"
#include "wire/rmq-client-id-private.h"

#define DISCOVERY_ACCURACY_US (1 * G_TIME_SPAN_SECOND)
#define DISCOVERY_RETRY_US (10 * G_TIME_SPAN_SECOND)
/* A discovery has a limit of its own: it may say itself why it failed. */
#define DISCOVERY_GRACE_US (500 * G_TIME_SPAN_MILLISECOND)

struct _RmqNameServers
{
  RmqClientCore *core;
  char **addresses;
  unsigned current;
  RmqNameServerDiscovery *discovery;
  GCancellable *discovery_cancellable;
  RmqTimer discovery_timer; /* until the next look, or until the one under way has taken too long */
  bool looking;
};

/* A question to the discovery. */
typedef struct
{
  RmqClientCore *core;
  GCancellable *cancellable;
} Look;

static void
look_free (Look *self)
{
  g_object_unref (self->cancellable);
  _rmq_client_core_unref (self->core);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

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

/* A server that is no broker either is left at once. */
static void
leave (RmqNameServers *self, const char *address)
{
  g_autoptr (GError) reason = NULL;

  if (_rmq_broker_table_has_address (self->core->brokers, address))
    return;
  reason = _rmq_error_new (RMQ_ERROR_CONNECTION_LOST, NULL, "%s is no name server of this client any more", address);
  _rmq_remoting_client_close_address (self->core->remoting, address, reason);
}

void
_rmq_name_servers_set (RmqNameServers *self, const char *const *addresses)
{
  g_auto (GStrv) old = NULL;
  const char *current;

  if (_rmq_name_servers_equal ((const char *const *) self->addresses, addresses))
    return;
  old = g_steal_pointer (&self->addresses);
  current = old[0] != NULL ? old[self->current] : NULL;
  self->addresses = g_strdupv ((char **) addresses);
  begin_anywhere (self);
  for (unsigned i = 0; current != NULL && self->addresses[i] != NULL; i++)
    if (strcmp (self->addresses[i], current) == 0)
      self->current = i;

  _rmq_client_core_show_name_servers (self->core, addresses);
  _rmq_client_events_emit (self->core->events, RMQ_CLIENT_EVENT_NAME_SERVERS, NULL, NULL);
  /* What fails by this goes on with the new list. */
  for (unsigned i = 0; old[i] != NULL; i++)
    if (!g_strv_contains (addresses, old[i]))
      leave (self, old[i]);
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

/* The next look. */
static void
look_again_later (RmqNameServers *self, const GError *error)
{
  RmqClientCore *core = self->core;
  int64_t delay = core->settings->discovery_interval;

  self->looking = false;
  if (error != NULL)
    {
      rmq_warning ("name-servers", core->settings->discovery, "Discovery failed, the known list stays: %s",
                   error->message);
      delay = MIN (delay, DISCOVERY_RETRY_US);
    }
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->discovery_timer, _rmq_io_now (core->io) + delay,
                  DISCOVERY_ACCURACY_US);
  _rmq_client_core_discovery_done (core, error);
}

static void
discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  RmqNameServers *self = look->core->name_servers;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) addresses =
      rmq_name_server_discovery_discover_finish (RMQ_NAME_SERVER_DISCOVERY (source), result, &error);

  /* An answer that came too late, or after the end, is nobody's. */
  if (self == NULL || !self->looking || self->discovery_cancellable != look->cancellable)
    return;
  /* A list that the application gave meanwhile counts more. */
  if (addresses != NULL && addresses[0] != NULL && !_rmq_client_core_has_own_name_servers (look->core))
    {
      _rmq_name_servers_set (self, (const char *const *) addresses);
      _rmq_route_table_refresh (look->core->routes);
    }
  look_again_later (self, error);
}

static void
took_too_long (RmqNameServers *self)
{
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, NULL, "no answer in time");

  self->looking = false;
  g_cancellable_cancel (self->discovery_cancellable);
  look_again_later (self, error);
}

static void
run_discovery (RmqTimer *timer, void *data)
{
  RmqNameServers *self = data;
  RmqClientCore *core = self->core;
  GMainContext *context = _rmq_io_get_context (core->io);
  Look *look;

  if (self->looking)
    {
      took_too_long (self);
      return;
    }
  self->looking = true;
  g_clear_object (&self->discovery_cancellable);
  self->discovery_cancellable = g_cancellable_new ();
  look = g_new0 (Look, 1);
  look->core = _rmq_client_core_ref (core);
  look->cancellable = g_object_ref (self->discovery_cancellable);
  _rmq_timer_arm (_rmq_io_get_timers (core->io), &self->discovery_timer,
                  _rmq_io_now (core->io) + core->settings->request_timeout + DISCOVERY_GRACE_US,
                  DISCOVERY_GRACE_US / 2);
  g_main_context_push_thread_default (context);
  rmq_name_server_discovery_discover_async (self->discovery, self->discovery_cancellable, discovered, look);
  g_main_context_pop_thread_default (context);
}

bool
_rmq_name_servers_start_discovery (RmqNameServers *self, GError **error)
{
  RmqClientSettings *settings = self->core->settings;
  g_autoptr (GObject) feature = NULL;
  g_autofree char *prefix = NULL;

  if (settings->discovery == NULL || _rmq_client_core_has_own_name_servers (self->core))
    return true;

  prefix = g_strconcat ("discovery.", settings->discovery, ".", NULL);
  feature = _rmq_plugin_registry_create_prefixed (rmq_plugin_registry_get_default (), "discovery", settings->discovery,
                                                  settings->options, prefix, error);
  if (feature == NULL)
    return false;
  self->discovery = RMQ_NAME_SERVER_DISCOVERY (g_steal_pointer (&feature));
  run_discovery (&self->discovery_timer, self);
  return true;
}
