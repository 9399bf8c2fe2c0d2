/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerCore: puts the parts together, and hands each request to its module.
 */
#include "rmq-broker-core-private.h"

#include <unistd.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "rmq-broker-modules-private.h"

/* One code, with whom it belongs to. */
typedef struct
{
  RmqBrokerHandler handler;
  void *data;
} Route;

/* --- requests ------------------------------------------------------------------------------------------------ */

void
_rmq_broker_run (RmqBrokerCore *core, const RmqBrokerRequest *request)
{
  const Route *route = g_hash_table_lookup (core->handlers, GINT_TO_POINTER (request->ticket.code));

  if (G_LIKELY (route != NULL))
    {
      route->handler (core, request, route->data);
      return;
    }
  core->counters.n_unknown++;
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_REQUEST_CODE_NOT_SUPPORTED,
                           " request type %d not supported", request->ticket.code);
}

static void
on_request (RmqRemotingServer *server, RmqServerConnection *connection, const RmqFrame *frame, void *data)
{
  RmqBrokerCore *self = data;
  RmqBrokerRequest request = {
    .ticket = { connection, frame->code, frame->opaque, rmq_frame_is_oneway (frame) },
    .frame = frame,
    .peer = _rmq_server_connection_get_data (connection),
  };

  request.peer->language = frame->language;
  request.peer->version = frame->version;
  self->counters.n_requests++;
  if (G_UNLIKELY (self->draining) && frame->version > RMQ_VERSION_V5_3_1)
    {
      _rmq_broker_answer_code (self, &request.ticket, RMQ_RESPONSE_GO_AWAY, "the broker is about to stop");
      return;
    }
  for (unsigned i = 0; i < self->request_in->len; i++)
    {
      const RmqBrokerHook *hook = &g_array_index (self->request_in, RmqBrokerHook, i);

      if (hook->module->request_in (self, &request, hook->data))
        return;
    }
  _rmq_broker_run (self, &request);
}

/* --- connections --------------------------------------------------------------------------------------------- */

static void
on_opened (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  RmqBrokerCore *self = data;
  RmqBrokerPeer *peer = g_new0 (RmqBrokerPeer, 1);

  peer->core = self;
  peer->connection = connection;
  peer->language = RMQ_LANGUAGE_UNKNOWN;
  if (!_rmq_host_from_string (&peer->host, _rmq_server_connection_get_peer (connection)))
    peer->host = (RmqHost){ .address = { 127, 0, 0, 1 } };
  _rmq_server_connection_set_data (connection, peer, g_free);
  for (unsigned i = 0; i < self->connection_opened->len; i++)
    {
      const RmqBrokerHook *hook = &g_array_index (self->connection_opened, RmqBrokerHook, i);

      hook->module->connection_opened (self, peer, hook->data);
    }
  if (self->events.opened != NULL)
    self->events.opened (peer, self->events_data);
}

static void
on_closed (RmqRemotingServer *server, RmqServerConnection *connection, void *data)
{
  RmqBrokerCore *self = data;
  RmqBrokerPeer *peer = _rmq_server_connection_get_data (connection);

  _rmq_broker_holds_connection_closed (peer);
  _rmq_broker_clients_connection_closed (self->clients, peer);
  for (unsigned i = 0; i < self->connection_closed->len; i++)
    {
      const RmqBrokerHook *hook = &g_array_index (self->connection_closed, RmqBrokerHook, i);

      hook->module->connection_closed (self, peer, hook->data);
    }
  if (self->events.closed != NULL)
    self->events.closed (peer, self->events_data);
  peer->core = NULL;
}

static const RmqRemotingServerEvents remoting_events = { on_opened, on_closed, on_request };

/* --- modules ------------------------------------------------------------------------------------------------- */

void *
_rmq_broker_core_get_module_data (RmqBrokerCore *core, const RmqBrokerModule *module)
{
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    if (rmq_broker_modules[i] == module)
      return core->module_data[i];
  return NULL;
}

static unsigned
count_modules (void)
{
  unsigned n = 0;

  while (rmq_broker_modules[n] != NULL)
    n++;
  return n;
}

static void
add_hook (GArray *hooks, bool wanted, const RmqBrokerModule *module, void *data)
{
  RmqBrokerHook hook = { module, data };

  if (wanted)
    g_array_append_val (hooks, hook);
}

static void
plug_in (RmqBrokerCore *self, const RmqBrokerModule *module, void *data)
{
  for (unsigned i = 0; i < module->n_routes; i++)
    {
      Route *route = g_new (Route, 1);

      *route = (Route){ module->routes[i].handler, data };
      g_hash_table_replace (self->handlers, GINT_TO_POINTER (module->routes[i].code), route);
    }
  add_hook (self->request_in, module->request_in != NULL, module, data);
  add_hook (self->reply_out, module->reply_out != NULL, module, data);
  add_hook (self->before_put, module->before_put != NULL, module, data);
  add_hook (self->connection_opened, module->connection_opened != NULL, module, data);
  add_hook (self->connection_closed, module->connection_closed != NULL, module, data);
}

static bool
start_modules (RmqBrokerCore *self, GError **error)
{
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    {
      const RmqBrokerModule *module = rmq_broker_modules[i];

      if (module->start != NULL && !module->start (self, &self->module_data[i], error))
        {
          g_prefix_error (error, "The broker's module %s: ", module->name);
          return false;
        }
      self->n_started = i + 1;
      plug_in (self, module, self->module_data[i]);
    }
  return true;
}

/* --- life ---------------------------------------------------------------------------------------------------- */

static GArray *
hooks_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (RmqBrokerHook));
}

static bool
open_store (RmqBrokerCore *self, GError **error)
{
  const RmqBrokerSettings *settings = self->settings;
  RmqStoreOptions options = {
    .directory = settings->directory,
    .max_bytes = (uint64_t) MAX (settings->max_store_bytes, 0),
    .refuse_when_full = settings->refuse_when_full,
    .sync_flush = settings->sync_flush,
    .flush_ms = settings->flush_ms,
    .io = self->io,
  };

  self->store_open = _rmq_broker_store_open (self->store, &options, error);
  return self->store_open;
}

RmqBrokerCore *
_rmq_broker_core_new (RmqIo *io,
                      RmqBrokerSettings *settings,
                      RmqBrokerStore *store,
                      const RmqBrokerEvents *events,
                      void *data,
                      GError **error)
{
  RmqBrokerCore *self = g_new0 (RmqBrokerCore, 1);

  self->io = _rmq_io_ref (io);
  self->timers = _rmq_io_get_timers (io);
  self->clock = _rmq_io_get_clock (io);
  self->settings = settings;
  self->store = g_object_ref (store);
  if (events != NULL)
    self->events = *events;
  self->events_data = data;
  self->boot_ms = rmq_broker_now_ms (self);
  self->store_host = (RmqHost){ .address = { 127, 0, 0, 1 }, .port = 9876 };
  self->address = _rmq_host_to_string (&self->store_host);
  _rmq_unique_id_generator_init (&self->ids, self->store_host.address, 4, (uint16_t) getpid (), g_random_int ());
  self->news = g_ptr_array_new ();
  self->tell.run = _rmq_broker_tell_news;
  self->handlers = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->module_data = g_new0 (void *, count_modules ());
  self->request_in = hooks_new ();
  self->reply_out = hooks_new ();
  self->before_put = hooks_new ();
  self->connection_opened = hooks_new ();
  self->connection_closed = hooks_new ();
  self->topics = _rmq_broker_topics_new (self);
  self->subscribers = _rmq_broker_subscribers_new (self);
  self->offsets = _rmq_broker_offsets_new (self);
  self->clients = _rmq_broker_clients_new (self);
  self->locks = _rmq_broker_locks_new (self);
  self->registry = _rmq_broker_registry_new (self);
  self->remoting = _rmq_remoting_server_new (io, &remoting_events, self);
  _rmq_remoting_server_set_json_replies (self->remoting, true);
  _rmq_remoting_server_set_idle_timeout (self->remoting, settings->idle_timeout_ms * 1000);

  if (!open_store (self, error) || !_rmq_broker_topics_load (self->topics, error)
      || !_rmq_broker_subscribers_load (self->subscribers, error) || !_rmq_broker_offsets_load (self->offsets, error)
      || !start_modules (self, error))
    {
      _rmq_broker_core_free (self);
      return NULL;
    }
  return self;
}

/* What routes tell: the settings' address, else what was bound; a wildcard becomes the loopback address. */
static void
set_address (RmqBrokerCore *self, const char *address, uint16_t port)
{
  const char *advertised = self->settings->advertised_address;
  RmqHost host;

  if (advertised != NULL && strrchr (advertised, ':') == NULL)
    {
      g_autofree char *text = g_strdup_printf ("%s:%u", advertised, port);

      if (_rmq_host_from_string (&host, text))
        self->store_host = host;
    }
  else if (advertised != NULL && _rmq_host_from_string (&host, advertised))
    self->store_host = host;
  else
    {
      if (!_rmq_host_from_string (&host, address) || (host.address[0] == 0 && !host.is_ipv6))
        host = (RmqHost){ .address = { 127, 0, 0, 1 } };
      host.port = port;
      self->store_host = host;
    }
  g_free (self->address);
  self->address = _rmq_host_to_string (&self->store_host);
}

bool
_rmq_broker_core_listen (RmqBrokerCore *self, const char *address, uint16_t *port, GError **error)
{
  uint16_t bound;

  if (!_rmq_remoting_server_listen (self->remoting, address, &bound, error))
    return false;
  if (!self->listening)
    {
      self->listening = true;
      set_address (self, address, bound);
      for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
        if (rmq_broker_modules[i]->listening != NULL)
          rmq_broker_modules[i]->listening (self, self->module_data[i]);
    }
  if (port != NULL)
    *port = bound;
  return true;
}

void
_rmq_broker_core_topics_changed (RmqBrokerCore *self)
{
  for (unsigned i = 0; rmq_broker_modules[i] != NULL; i++)
    if (rmq_broker_modules[i]->topics_changed != NULL)
      rmq_broker_modules[i]->topics_changed (self, self->module_data[i]);
}

bool
_rmq_broker_core_accept_stream (RmqBrokerCore *self, GIOStream *stream, const char *peer, GError **error)
{
  return _rmq_remoting_server_accept_stream (self->remoting, stream, peer, error);
}

static void
close_store (RmqBrokerCore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->store_open && !_rmq_broker_store_close (self->store, &error))
    rmq_warning ("broker", self->address, "The broker's store did not close well: %s", error->message);
  g_object_unref (self->store);
}

void
_rmq_broker_core_drain (RmqBrokerCore *self)
{
  self->draining = true;
  _rmq_io_enter (self->io);
  _rmq_broker_holds_stop (self);
  _rmq_io_leave (self->io);
}

void
_rmq_broker_core_free (RmqBrokerCore *self)
{
  RmqIo *io = self->io;

  self->stopping = true;
  /* What is held gets its answer: entering and leaving writes it. */
  _rmq_io_enter (io);
  _rmq_broker_holds_stop (self);
  _rmq_io_undefer (io, &self->tell);
  _rmq_io_leave (io);
  _rmq_remoting_server_close (self->remoting);
  _rmq_remoting_server_unref (self->remoting);
  while (self->n_started > 0)
    {
      const RmqBrokerModule *module = rmq_broker_modules[--self->n_started];

      if (module->stop != NULL)
        module->stop (self, self->module_data[self->n_started]);
    }
  /* What the store still has to say is answered without them. */
  g_array_set_size (self->reply_out, 0);
  if (self->store_open)
    _rmq_broker_offsets_flush (self->offsets);
  _rmq_broker_registry_free (self->registry);
  _rmq_broker_locks_free (self->locks);
  _rmq_broker_clients_free (self->clients);
  _rmq_broker_offsets_free (self->offsets);
  _rmq_broker_subscribers_free (self->subscribers);
  _rmq_broker_topics_free (self->topics);
  close_store (self);
  _rmq_broker_settings_free (self->settings);
  g_hash_table_unref (self->handlers);
  g_array_unref (self->request_in);
  g_array_unref (self->reply_out);
  g_array_unref (self->before_put);
  g_array_unref (self->connection_opened);
  g_array_unref (self->connection_closed);
  g_ptr_array_unref (self->news);
  g_free (self->module_data);
  g_free (self->address);
  g_free (self);
  _rmq_io_unref (io);
}
