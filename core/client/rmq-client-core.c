/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a client instance (RocketMQ: MQClientInstance.start and shutdown): what is made at start, the periodic
 * services, and how everything ends.
 */
#include "rmq-client-core-internal-private.h"

#include <unistd.h>
#include "base/rmq-error-private.h"
#include "base/rmq-log-private.h"
#include "base/rmq-sync-private.h"
#include "plugin/rmq-plugin-registry-private.h"
#include "rmq-host-address-private.h"
#include "rmq-pull-service-private.h"
#include "rmq-rebalance-service-private.h"

#define ACCURACY(interval) ((interval) / 10)

typedef struct
{
  void (*done) (const GError *error, void *data);
  void *data;
} StartWaiter;

static void
init_unique_ids (RmqUniqueIdGenerator *generator)
{
  uint8_t ip[16];
  size_t ip_len = _rmq_host_address_pick (ip);

  _rmq_unique_id_generator_init (generator, ip, ip_len, (uint16_t) getpid (), g_random_int ());
}

RmqClientCore *
_rmq_client_core_new (RmqClientConfig *config)
{
  RmqClientCore *self = g_new0 (RmqClientCore, 1);

  self->ref_count = 1;
  self->settings = _rmq_client_config_snapshot (config, &self->settings_error);
  if (self->settings == NULL)
    {
      g_autoptr (RmqClientConfig) defaults = rmq_client_config_new (NULL);

      self->bad_settings = true;
      self->settings = _rmq_client_config_snapshot (defaults, NULL);
    }
  g_mutex_init (&self->lock);
  g_mutex_init (&self->send_pool.lock);
  self->events = _rmq_client_events_new ();
  init_unique_ids (&self->unique_ids);
  self->extra_hooks = g_ptr_array_new_with_free_func (g_object_unref);
  if (self->settings->io_context != NULL)
    self->io = _rmq_io_new_for_context (self->settings->io_context, self->settings->clock);
  else
    self->io = _rmq_io_get_shared ();
  if (_rmq_io_get_failure (self->io) != NULL)
    {
      /* It was never alive. A later client may find a thread, so this one must not be shared. */
      self->bad_settings = true;
      self->state = RMQ_STATE_CLOSED;
      g_clear_error (&self->settings_error);
      self->settings_error = g_error_copy (_rmq_io_get_failure (self->io));
    }
  self->budget = _rmq_budget_new (self->settings->memory_limit);
  self->producers = g_hash_table_new (g_str_hash, g_str_equal);
  self->consumers = g_hash_table_new (g_str_hash, g_str_equal);
  self->calls = g_hash_table_new (NULL, NULL);
  self->gone = g_hash_table_new (NULL, NULL);
  self->start_waiters = g_array_new (FALSE, FALSE, sizeof (StartWaiter));
  self->close_waiters = g_array_new (FALSE, FALSE, 2 * sizeof (void *));
  self->routes = _rmq_route_table_new (self);
  self->brokers = _rmq_broker_table_new (self);
  return self;
}

RmqClientCore *
_rmq_client_core_ref (RmqClientCore *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
_rmq_client_core_unref (RmqClientCore *self)
{
  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;

  /* Whatever lived in the I/O context ended with the close, or never began. */
  g_assert (self->remoting == NULL);
  _rmq_route_table_free (self->routes);
  _rmq_broker_table_free (self->brokers);
  g_array_unref (self->start_waiters);
  g_array_unref (self->close_waiters);
  g_hash_table_unref (self->calls);
  g_hash_table_unref (self->gone);
  g_hash_table_unref (self->producers);
  g_hash_table_unref (self->consumers);
  g_ptr_array_unref (self->extra_hooks);
  _rmq_client_events_free (self->events);
  _rmq_budget_unref (self->budget);
  g_clear_pointer (&self->settings, _rmq_client_settings_unref);
  g_clear_error (&self->settings_error);
  g_strfreev (self->wanted_name_servers);
  g_strfreev (self->wanted_address_map);
  g_strfreev (self->name_servers_in_use);
  g_mutex_clear (&self->lock);
  _rmq_send_pool_clear (&self->send_pool);
  _rmq_io_unref (self->io);
  g_free (self);
}

RmqIo *
_rmq_client_core_get_io (RmqClientCore *self)
{
  return self->io;
}

const RmqClientSettings *
_rmq_client_core_get_settings (RmqClientCore *self)
{
  return self->settings;
}

RmqBudget *
_rmq_client_core_get_budget (RmqClientCore *self)
{
  return self->budget;
}

const char *
_rmq_client_core_get_client_id (RmqClientCore *self)
{
  return self->bad_settings ? NULL : self->settings->client_id;
}

RmqState
_rmq_client_core_get_state (RmqClientCore *self)
{
  return (RmqState) g_atomic_int_get (&self->state);
}

RmqRemotingClient *
_rmq_client_core_get_remoting (RmqClientCore *self)
{
  return self->remoting;
}

RmqRebalanceService *
_rmq_client_core_get_rebalance_service (RmqClientCore *self)
{
  return self->rebalance_service;
}

RmqPullService *
_rmq_client_core_get_pull_service (RmqClientCore *self)
{
  return self->pull_service;
}

void
_rmq_client_core_set_state (RmqClientCore *self, RmqState state)
{
  g_atomic_int_set (&self->state, (int) state);
  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_STATE, NULL, NULL);
}

/* --- Start -----------------------------------------------------------------------------------------------------------
 */

static bool
add_hooks (RmqClientCore *self, GError **error)
{
  g_autoptr (GPtrArray) hooks = g_ptr_array_new_with_free_func (g_object_unref);

  if (self->settings->namespace_v2 != NULL)
    g_ptr_array_add (hooks, _rmq_namespace_hook_new (self->settings->namespace_v2));
  for (unsigned i = 0; self->settings->rpc_hooks != NULL && self->settings->rpc_hooks[i] != NULL; i++)
    {
      g_autofree char *prefix = g_strconcat ("rpc-hook.", self->settings->rpc_hooks[i], ".", NULL);
      GObject *hook =
          _rmq_plugin_registry_create_prefixed (rmq_plugin_registry_get_default (), "rpc-hook",
                                                self->settings->rpc_hooks[i], self->settings->options, prefix, error);

      if (hook == NULL)
        return false;
      g_ptr_array_add (hooks, hook);
    }
  rmq_mutex_lock (&self->lock);
  for (unsigned i = 0; i < self->extra_hooks->len; i++)
    g_ptr_array_add (hooks, g_object_ref (self->extra_hooks->pdata[i]));
  rmq_mutex_unlock (&self->lock);
  if (hooks->len > 0)
    _rmq_remoting_client_set_hooks (self->remoting, hooks);
  return true;
}

static void
connection_opened (RmqRemotingClient *remoting, const char *address, void *data)
{
  RmqClientCore *self = data;
  bool is_name_server = g_strv_contains (_rmq_name_servers_get (self->name_servers), address);

  _rmq_client_events_emit (self->events, RMQ_CLIENT_EVENT_OPENED, address, NULL);
  if (is_name_server && !_rmq_broker_table_has_address (self->brokers, address))
    return;
  _rmq_heartbeats_greet (self->heartbeats, address);
  _rmq_rebalance_service_wake (self->rebalance_service, NULL);
}

static void
connection_closed (RmqRemotingClient *remoting, const char *address, const GError *error, void *data)
{
  RmqClientCore *self = data;

  _rmq_client_events_emit_closed (self->events, address, error);
}

static void
request_came (RmqRemotingClient *remoting,
              RmqChannel *channel,
              const char *address,
              const RmqFrame *request,
              void *data)
{
  _rmq_request_processor_handle (data, channel, address, request);
}

static void
make_remoting (RmqClientCore *self)
{
  static const RmqRemotingClientEvents events = { connection_opened, connection_closed, request_came, NULL };
  const RmqClientSettings *settings = self->settings;
  RmqRemotingConfig config;

  _rmq_remoting_config_init (&config);
  config.connect_timeout_us = settings->connect_timeout;
  config.idle_timeout_us = settings->idle_timeout;
  config.max_in_flight = settings->max_in_flight;
  config.language = settings->language;
  config.version = settings->version;
  config.binary = settings->binary_headers;
  config.transport_options = settings->options;
  self->remoting = _rmq_remoting_client_new (self->io, &config, &events, self);
}

static void
route_interval_passed (RmqTimer *timer, void *data)
{
  RmqClientCore *self = data;
  int64_t interval = self->settings->route_interval;

  _rmq_timer_arm (_rmq_io_get_timers (self->io), timer, _rmq_io_now (self->io) + interval, ACCURACY (interval));
  _rmq_route_table_refresh (self->routes);
}

static void
commit_interval_passed (RmqTimer *timer, void *data)
{
  RmqClientCore *self = data;
  g_autoptr (GPtrArray) consumers = rmq_hash_table_dup_values (self->consumers);
  bool again = false;

  for (unsigned i = 0; i < consumers->len; i++)
    {
      RmqConsumerInner *consumer = consumers->pdata[i];

      again |= consumer->iface->persist_offsets (consumer);
    }
  if (again)
    _rmq_client_core_commit_soon (self);
}

void
_rmq_client_core_commit_soon (RmqClientCore *self)
{
  int64_t interval = self->settings->commit_interval;

  if (!rmq_timer_is_armed (&self->commit_timer) && !self->shut)
    _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->commit_timer, _rmq_io_now (self->io) + interval,
                    ACCURACY (interval));
}

static void
make_services (RmqClientCore *self)
{
  int64_t now = _rmq_io_now (self->io);
  int64_t interval = self->settings->route_interval;

  self->name_servers = _rmq_name_servers_new (self);
  self->heartbeats = _rmq_heartbeats_new (self);
  self->rebalance_service = _rmq_rebalance_service_new (self);
  self->pull_service = _rmq_pull_service_new (self);
  rmq_timer_init (&self->route_timer, route_interval_passed, self);
  rmq_timer_init (&self->commit_timer, commit_interval_passed, self);
  _rmq_timer_arm (_rmq_io_get_timers (self->io), &self->route_timer, now + interval, ACCURACY (interval));
  _rmq_heartbeats_start (self->heartbeats);
}

void
_rmq_client_core_tell_started (RmqClientCore *self, const GError *error)
{
  g_autoptr (GArray) waiters = g_array_copy (self->start_waiters);

  g_array_set_size (self->start_waiters, 0);
  for (unsigned i = 0; i < waiters->len; i++)
    g_array_index (waiters, StartWaiter, i).done (error, g_array_index (waiters, StartWaiter, i).data);
}

static void
begin (RmqClientCore *self)
{
  g_autoptr (GError) error = NULL;

  _rmq_client_core_set_state (self, RMQ_STATE_STARTING);
  make_remoting (self);
  make_services (self);
  _rmq_client_core_apply_address_map (self);
  _rmq_client_core_apply_name_servers (self);
  if (!add_hooks (self, &error) || !_rmq_name_servers_start_discovery (self->name_servers, &error))
    {
      g_clear_error (&self->settings_error);
      self->settings_error = g_error_copy (error);
      _rmq_client_core_shut (self);
      _rmq_client_core_set_state (self, RMQ_STATE_CLOSED);
      _rmq_client_core_tell_started (self, error);
      return;
    }
  self->awaits_discovery = self->settings->discovery != NULL && !_rmq_client_core_has_own_name_servers (self);
  if (self->awaits_discovery)
    return;
  _rmq_client_core_set_state (self, RMQ_STATE_RUNNING);
  _rmq_client_core_tell_started (self, NULL);
}

void
_rmq_client_core_discovery_done (RmqClientCore *self, const GError *error)
{
  if (!self->awaits_discovery)
    return;
  self->awaits_discovery = false;
  _rmq_client_core_set_state (self, RMQ_STATE_RUNNING);
  _rmq_client_core_tell_started (self, NULL);
}

void
_rmq_client_core_start (RmqClientCore *self, void (*done) (const GError *error, void *data), void *data)
{
  RmqState state = _rmq_client_core_get_state (self);
  g_autoptr (GError) error = NULL;

  if (state == RMQ_STATE_RUNNING)
    {
      done (NULL, data);
      return;
    }
  if (self->settings_error != NULL || state == RMQ_STATE_CLOSING || state == RMQ_STATE_CLOSED)
    {
      error = self->settings_error != NULL ? g_error_copy (self->settings_error)
                                           : _rmq_error_new (RMQ_ERROR_CLOSED, NULL, "The client is closed");
      done (error, data);
      return;
    }
  g_array_append_val (self->start_waiters, ((StartWaiter){ done, data }));
  if (state == RMQ_STATE_CREATED)
    begin (self);
}
