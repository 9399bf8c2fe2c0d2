/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be changed on a client: name servers and address map while it runs, hooks before it starts.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"

bool
_rmq_client_core_has_own_name_servers (RmqClientCore *self)
{
  bool own;

  rmq_mutex_lock (&self->lock);
  own = self->wanted_name_servers != NULL || self->settings->name_servers[0] != NULL;
  rmq_mutex_unlock (&self->lock);
  return own;
}

/* The lists that the application asked for, by config or by a setter since. Without one, what discovery finds stays. */
void
_rmq_client_core_apply_name_servers (RmqClientCore *self)
{
  g_auto (GStrv) wanted = NULL;

  if (!_rmq_client_core_has_own_name_servers (self))
    return;
  rmq_mutex_lock (&self->lock);
  wanted = g_strdupv (self->wanted_name_servers);
  rmq_mutex_unlock (&self->lock);
  _rmq_name_servers_set (self->name_servers,
                         (const char *const *) (wanted != NULL ? wanted : self->settings->name_servers));
  _rmq_client_core_discovery_done (self, NULL);
}

void
_rmq_client_core_apply_address_map (RmqClientCore *self)
{
  g_auto (GStrv) wanted = NULL;

  rmq_mutex_lock (&self->lock);
  wanted = g_strdupv (self->wanted_address_map);
  rmq_mutex_unlock (&self->lock);
  _rmq_remoting_client_set_address_map (self->remoting,
                                        (const char *const *) (wanted != NULL ? wanted : self->settings->address_map));
}

/* Something to do with the core in its I/O context. */
typedef struct
{
  RmqIoOp op;
  RmqClientCore *core;
  void (*apply) (RmqClientCore *core);
  uint64_t sink_id; /* of a replay */
} CoreOp;

static void
core_op_drop (RmqIoOp *op)
{
  _rmq_client_core_unref (((CoreOp *) op)->core);
  g_free (op);
}

static void
submit (RmqClientCore *self, void (*run) (RmqIoOp *op), void (*apply) (RmqClientCore *core), uint64_t sink_id)
{
  CoreOp *op = g_new0 (CoreOp, 1);

  op->op.run = run;
  op->op.drop = core_op_drop;
  op->core = _rmq_client_core_ref (self);
  op->apply = apply;
  op->sink_id = sink_id;
  _rmq_io_submit (self->io, &op->op);
}

static void
apply_run (RmqIoOp *op)
{
  CoreOp *self = (CoreOp *) op;

  if (!self->core->shut && self->core->remoting != NULL)
    self->apply (self->core);
  core_op_drop (op);
}

static void
replace_list (RmqClientCore *self, char ***list, const char *const *value, void (*apply) (RmqClientCore *core))
{
  rmq_mutex_lock (&self->lock);
  g_strfreev (*list);
  *list = g_strdupv ((char **) value);
  rmq_mutex_unlock (&self->lock);
  submit (self, apply_run, apply, 0);
}

void
_rmq_client_core_set_name_servers (RmqClientCore *self, const char *const *name_servers)
{
  _rmq_client_core_show_name_servers (self, name_servers);
  replace_list (self, &self->wanted_name_servers, name_servers, _rmq_client_core_apply_name_servers);
}

void
_rmq_client_core_set_address_map (RmqClientCore *self, const char *const *address_map)
{
  replace_list (self, &self->wanted_address_map, address_map, _rmq_client_core_apply_address_map);
}

void
_rmq_client_core_show_name_servers (RmqClientCore *self, const char *const *name_servers)
{
  rmq_mutex_lock (&self->lock);
  g_strfreev (self->name_servers_in_use);
  self->name_servers_in_use = g_strdupv ((char **) name_servers);
  rmq_mutex_unlock (&self->lock);
}

char **
_rmq_client_core_dup_shown_name_servers (RmqClientCore *self)
{
  char **list;

  rmq_mutex_lock (&self->lock);
  list = g_strdupv (self->name_servers_in_use != NULL ? self->name_servers_in_use : self->settings->name_servers);
  rmq_mutex_unlock (&self->lock);
  return list;
}

/* --- What a handle is told that comes later, or missed something --- */

static void
add_connection (const RmqChannelInfo *info, void *data)
{
  if (strcmp (info->state, "open") == 0)
    g_strv_builder_add (data, info->address);
}

static char **
dup_groups (GHashTable *members)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer group;

  g_hash_table_iter_init (&iter, members);
  while (g_hash_table_iter_next (&iter, &group, NULL))
    g_strv_builder_add (builder, group);
  return g_strv_builder_end (builder);
}

static void
replay_run (RmqIoOp *op)
{
  CoreOp *self = (CoreOp *) op;
  RmqClientCore *core = self->core;
  g_autoptr (GStrvBuilder) connections = g_strv_builder_new ();

  if (core->remoting != NULL)
    _rmq_remoting_client_foreach (core->remoting, add_connection, connections);
  _rmq_client_events_emit_snapshot (core->events, self->sink_id, g_strv_builder_end (connections),
                                    dup_groups (core->producers), dup_groups (core->consumers));
  core_op_drop (op);
}

void
_rmq_client_core_replay (RmqClientCore *self, uint64_t sink_id)
{
  submit (self, replay_run, NULL, sink_id);
}

bool
_rmq_client_core_add_hook (RmqClientCore *self, RmqRpcHook *hook, GError **error)
{
  if (_rmq_client_core_get_state (self) != RMQ_STATE_CREATED)
    {
      _rmq_set_error (error, RMQ_ERROR_INVALID_STATE, NULL, "RPC hooks can be added only before the client starts");
      return false;
    }
  rmq_mutex_lock (&self->lock);
  g_ptr_array_add (self->extra_hooks, g_object_ref (hook));
  rmq_mutex_unlock (&self->lock);
  return true;
}
