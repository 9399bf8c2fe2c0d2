/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be changed on a client: name servers and address map while it runs, hooks before it starts.
 */
#include "rmq-client-core-internal-private.h"

#include "base/rmq-error-private.h"
#include "base/rmq-sync-private.h"

/* The lists that the application asked for, by config or by a setter since. */
void
_rmq_client_core_apply_lists (RmqClientCore *self)
{
  g_auto (GStrv) name_servers = NULL;
  g_auto (GStrv) address_map = NULL;

  rmq_mutex_lock (&self->lock);
  name_servers = g_strdupv (self->wanted_name_servers);
  address_map = g_strdupv (self->wanted_address_map);
  rmq_mutex_unlock (&self->lock);
  _rmq_name_servers_set (self->name_servers,
                         (const char *const *) (name_servers != NULL ? name_servers : self->settings->name_servers));
  _rmq_remoting_client_set_address_map (
      self->remoting, (const char *const *) (address_map != NULL ? address_map : self->settings->address_map));
}

typedef struct
{
  RmqIoOp op;
  RmqClientCore *core;
} ApplyOp;

static void
apply_drop (RmqIoOp *op)
{
  ApplyOp *self = (ApplyOp *) op;

  _rmq_client_core_unref (self->core);
  g_free (self);
}

static void
apply_run (RmqIoOp *op)
{
  RmqClientCore *core = ((ApplyOp *) op)->core;

  if (!core->shut && core->remoting != NULL)
    _rmq_client_core_apply_lists (core);
  apply_drop (op);
}

static void
replace_list (RmqClientCore *self, char ***list, const char *const *value)
{
  ApplyOp *op = g_new0 (ApplyOp, 1);

  rmq_mutex_lock (&self->lock);
  g_strfreev (*list);
  *list = g_strdupv ((char **) value);
  rmq_mutex_unlock (&self->lock);

  op->op.run = apply_run;
  op->op.drop = apply_drop;
  op->core = _rmq_client_core_ref (self);
  _rmq_io_submit (self->io, &op->op);
}

void
_rmq_client_core_set_name_servers (RmqClientCore *self, const char *const *name_servers)
{
  replace_list (self, &self->wanted_name_servers, name_servers);
}

void
_rmq_client_core_set_address_map (RmqClientCore *self, const char *const *address_map)
{
  replace_list (self, &self->wanted_address_map, address_map);
}

char **
_rmq_client_core_dup_wanted_name_servers (RmqClientCore *self)
{
  char **list;

  rmq_mutex_lock (&self->lock);
  list = g_strdupv (self->wanted_name_servers != NULL ? self->wanted_name_servers
                    : self->settings != NULL          ? self->settings->name_servers
                                                      : NULL);
  rmq_mutex_unlock (&self->lock);
  return list != NULL ? list : g_new0 (char *, 1);
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
