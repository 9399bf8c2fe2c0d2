/* SPDX-License-Identifier: Apache-2.0
 *
 * Handles and the cores behind them (RocketMQ: MQClientManager): which core a handle gets, and what the close of one
 * handle means for the others.
 */
#include "rmq-client-instance-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-fork-private.h"
#include "base/rmq-sync-private.h"
#include "rmq-operation-private.h"

/* Shared clients by id. A core is here as long as a handle of it is open. */
static GMutex shared_lock;
static GHashTable *shared_cores; /* client id → RmqClientCore, not referenced */

/* Set by rmq_client_instance_get_shared () around the construction, in its own thread. */
static GPrivate core_to_share;

RmqClientCore *
_rmq_client_instance_take_core (RmqClientConfig *config, bool *is_new)
{
  RmqClientCore *core = g_private_get (&core_to_share);

  *is_new = core == NULL;
  core = core != NULL ? _rmq_client_core_ref (core) : _rmq_client_core_new (config);
  g_atomic_int_inc (&core->n_handles);
  return core;
}

/* The lock is held. */
static RmqClientCore *
find_shared (const RmqClientSettings *settings, GError **error)
{
  RmqClientCore *core = g_hash_table_lookup (shared_cores, settings->client_id);

  if (core == NULL || _rmq_client_core_get_state (core) >= RMQ_STATE_CLOSING)
    return NULL;
  if (strcmp (core->settings->fingerprint, settings->fingerprint) != 0
      || core->settings->io_context != settings->io_context)
    _rmq_set_error (error, RMQ_ERROR_INVALID_CONFIG, NULL,
                    "A client with the id %s and other settings is there already: use another instance-name",
                    settings->client_id);
  return core;
}

/**
 * rmq_client_instance_get_shared:
 * @config: the settings, with a `client-id` or `instance-name`
 * @error: return location for an error
 *
 * Gets a handle of the client with the client id of @config in this process:
 * a new one, or another handle of one that is already there. Handles share
 * connections and heartbeats. Closing a handle closes what was made with it;
 * the client itself closes with its last handle.
 *
 * May be called from any thread. Errors: `RMQ_ERROR_INVALID_CONFIG` when the
 * settings are wrong, or differ from those of the client that is there. See
 * RocketMQ's `MQClientManager`.
 *
 * Returns: (transfer full): a handle
 */
RmqClientInstance *
rmq_client_instance_get_shared (RmqClientConfig *config, GError **error)
{
  g_autoptr (RmqClientSettings) settings = NULL;
  g_autoptr (GError) differs = NULL;
  RmqClientInstance *self = NULL;
  RmqClientCore *core;

  g_return_val_if_fail (RMQ_IS_CLIENT_CONFIG (config), NULL);

  settings = _rmq_client_config_snapshot (config, error);
  if (settings == NULL)
    return NULL;

  rmq_mutex_lock (&shared_lock);
  if (shared_cores == NULL)
    shared_cores = g_hash_table_new (g_str_hash, g_str_equal);
  core = find_shared (settings, &differs);
  if (differs == NULL)
    {
      g_private_set (&core_to_share, core);
      self = rmq_client_instance_new (config);
      g_private_set (&core_to_share, NULL);
      g_hash_table_replace (shared_cores, self->core->settings->client_id, self->core);
    }
  rmq_mutex_unlock (&shared_lock);
  if (differs != NULL)
    g_propagate_error (error, g_steal_pointer (&differs));
  return self;
}

/* Any thread, any number of times. Returns whether the whole core closes with this handle. */
static bool
leave (RmqClientInstance *self)
{
  RmqClientCore *core = self->core;
  bool is_last;

  rmq_mutex_lock (&shared_lock);
  if (!self->left)
    {
      self->left = true;
      is_last = g_atomic_int_dec_and_test (&core->n_handles);
      if (!is_last)
        g_atomic_int_set (&self->left_early, 1);
      else if (shared_cores != NULL && g_hash_table_lookup (shared_cores, core->settings->client_id) == core)
        g_hash_table_remove (shared_cores, core->settings->client_id);
    }
  is_last = g_atomic_int_get (&core->n_handles) == 0;
  rmq_mutex_unlock (&shared_lock);
  return is_last;
}

/* --- Close --- */

typedef struct
{
  RmqIoOp op; /* when nobody waits */
  RmqClientCore *core;
  const void *owner;
  uint64_t sink_id;
  bool whole;
} CloseData;

static CloseData *
close_data_new (RmqClientInstance *self)
{
  CloseData *data = g_new0 (CloseData, 1);

  data->core = _rmq_client_core_ref (self->core);
  data->owner = self;
  data->sink_id = self->sink != NULL ? _rmq_client_event_sink_get_id (self->sink) : 0;
  return data;
}

static void
close_data_free (void *data)
{
  _rmq_client_core_unref (((CloseData *) data)->core);
  g_free (data);
}

static void
closed (void *data)
{
  RmqOperation *operation = data;
  CloseData *close = _rmq_operation_get_data (operation);

  if (!close->whole)
    _rmq_client_events_emit_to (close->core->events, close->sink_id, RMQ_CLIENT_EVENT_STATE, NULL);
  _rmq_operation_return_boolean (operation, true);
  _rmq_operation_unref (operation);
}

static void
close_start (RmqOperation *operation, void *data)
{
  CloseData *self = data;
  int64_t deadline_us = _rmq_io_now (self->core->io) + self->core->settings->close_timeout;

  if (self->whole)
    _rmq_client_core_close (self->core, deadline_us, closed, _rmq_operation_ref (operation));
  else
    _rmq_client_core_close_owner (self->core, self->owner, deadline_us, closed, _rmq_operation_ref (operation));
}

RmqOperation *
_rmq_client_instance_close_operation (RmqClientInstance *self, GCancellable *cancellable)
{
  static const RmqOperationFuncs funcs = { close_start, NULL };
  CloseData *data = close_data_new (self);

  data->whole = self->fork_generation == _rmq_fork_generation () && leave (self);
  return _rmq_operation_new (self->core->io, &funcs, data, close_data_free,
                             self->core->settings->close_timeout + G_TIME_SPAN_SECOND, cancellable);
}

static void
release_drop (RmqIoOp *op)
{
  close_data_free (op);
}

static void
release_run (RmqIoOp *op)
{
  CloseData *self = (CloseData *) op;

  if (self->whole)
    _rmq_client_core_close (self->core, 0, NULL, NULL);
  else
    _rmq_client_core_close_owner (self->core, self->owner, 0, NULL, NULL);
  /* Another handle may come to lie at the same address. */
  g_hash_table_remove (self->core->gone, self->owner);
  release_drop (op);
}

/* The handle goes: what was made with it fails, brokers are told without waiting. */
void
_rmq_client_instance_release (RmqClientInstance *self)
{
  CloseData *data;

  if (self->released)
    return;
  self->released = true;
  if (self->fork_generation != _rmq_fork_generation ())
    {
      if (g_atomic_int_dec_and_test (&self->core->n_handles))
        _rmq_client_core_abandon (self->core);
      return;
    }
  data = close_data_new (self);
  data->whole = leave (self);
  data->op.run = release_run;
  data->op.drop = release_drop;
  _rmq_client_events_remove_sink (self->core->events, g_steal_pointer (&self->sink));
  _rmq_io_submit (self->core->io, &data->op);
}
