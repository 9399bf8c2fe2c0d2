/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension point `rpc-hook`: sees, and may change, every request before it is written and every response to it.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-remoting-command.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_RPC_HOOK (rmq_rpc_hook_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (RmqRpcHook, rmq_rpc_hook, RMQ, RPC_HOOK, GObject)

/**
 * RmqRpcHookClass:
 * @parent_class: the parent
 * @before_request: a request is about to be written
 * @after_response: its response arrived
 *
 * What a hook implements; both are optional. They are called in the I/O
 * context and must not block.
 */
struct _RmqRpcHookClass
{
  GObjectClass parent_class;

  gboolean (*before_request) (RmqRpcHook *self, const char *address, RmqRemotingCommand *request, GError **error);
  gboolean (*after_response) (RmqRpcHook *self,
                              const char *address,
                              RmqRemotingCommand *request,
                              RmqRemotingCommand *response,
                              GError **error);

  /*< private >*/
  void *_reserved[14];
};

RMQ_AVAILABLE_IN_ALL
gboolean rmq_rpc_hook_before_request (RmqRpcHook *self,
                                      const char *address,
                                      RmqRemotingCommand *request,
                                      GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_rpc_hook_after_response (RmqRpcHook *self,
                                      const char *address,
                                      RmqRemotingCommand *request,
                                      RmqRemotingCommand *response,
                                      GError **error);

G_END_DECLS
