/* SPDX-License-Identifier: Apache-2.0
 *
 * Namespace v2 on every request (RocketMQ: NamespaceRpcHook): a hook like any other, first in the chain so that later
 * ones sign what it adds.
 */
#include "rmq-client-core-internal-private.h"

#include <rmq/rmq.h>

#define RMQ_TYPE_NAMESPACE_HOOK (_rmq_namespace_hook_get_type ())
G_DECLARE_FINAL_TYPE (RmqNamespaceHook, _rmq_namespace_hook, RMQ, NAMESPACE_HOOK, RmqRpcHook)

struct _RmqNamespaceHook
{
  RmqRpcHook parent_instance;
  char *name;
};

G_DEFINE_FINAL_TYPE (RmqNamespaceHook, _rmq_namespace_hook, RMQ_TYPE_RPC_HOOK)

static gboolean
before_request (RmqRpcHook *hook, const char *address, RmqRemotingCommand *request, GError **error)
{
  return rmq_remoting_command_set_ext_field (request, "ns", RMQ_NAMESPACE_HOOK (hook)->name, error)
         && rmq_remoting_command_set_ext_field (request, "nsd", "true", error);
}

static void
_rmq_namespace_hook_finalize (GObject *object)
{
  g_free (RMQ_NAMESPACE_HOOK (object)->name);
  G_OBJECT_CLASS (_rmq_namespace_hook_parent_class)->finalize (object);
}

static void
_rmq_namespace_hook_class_init (RmqNamespaceHookClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = _rmq_namespace_hook_finalize;
  RMQ_RPC_HOOK_CLASS (klass)->before_request = before_request;
}

static void
_rmq_namespace_hook_init (RmqNamespaceHook *self)
{
}

GObject *
_rmq_namespace_hook_new (const char *namespace_v2)
{
  RmqNamespaceHook *self = g_object_new (RMQ_TYPE_NAMESPACE_HOOK, NULL);

  self->name = g_strdup (namespace_v2);
  return G_OBJECT (self);
}
