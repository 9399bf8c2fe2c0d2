/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRpcHook: the abstract class of extension point `rpc-hook`. The remoting layer calls it in the I/O context.
 */
#include <rmq/rmq.h>

/**
 * RmqRpcHook:
 *
 * Sees, and may change, every request before it is written and every response
 * before it is handed on: extension point `rpc-hook` (RocketMQ: RPCHook).
 *
 * Hooks are chosen for each client (`rpc-hooks=acl;log`), run in that order on
 * requests and in reverse on responses. A retried request runs through the
 * hooks again. For one client they never run concurrently.
 *
 * Everything is called in the I/O context, which belongs to the library: a hook
 * must not block. Only native code (C, Vala) can serve here.
 */
G_DEFINE_ABSTRACT_TYPE (RmqRpcHook, rmq_rpc_hook, G_TYPE_OBJECT)

static void
rmq_rpc_hook_class_init (RmqRpcHookClass *klass)
{
}

static void
rmq_rpc_hook_init (RmqRpcHook *self)
{
}

/**
 * rmq_rpc_hook_before_request: (virtual before_request)
 * @self: a hook
 * @address: the address the request goes to
 * @request: the request; it may be changed during the call
 * @error: return location for a [type@GLib.Error]
 *
 * Called with each request before it is written (RocketMQ: doBeforeRequest).
 * An error fails the request, which then is not written.
 *
 * Called in the I/O context.
 *
 * Returns: whether the request may go
 */
gboolean
rmq_rpc_hook_before_request (RmqRpcHook *self, const char *address, RmqRemotingCommand *request, GError **error)
{
  RmqRpcHookClass *klass;

  g_return_val_if_fail (RMQ_IS_RPC_HOOK (self), FALSE);
  g_return_val_if_fail (address != NULL && request != NULL, FALSE);

  klass = RMQ_RPC_HOOK_GET_CLASS (self);
  return klass->before_request == NULL || klass->before_request (self, address, request, error);
}

/**
 * rmq_rpc_hook_after_response: (virtual after_response)
 * @self: a hook
 * @address: the address that answered
 * @request: the request as it was written
 * @response: its response; it may be changed during the call
 * @error: return location for a [type@GLib.Error]
 *
 * Called with each response before it is handed on (RocketMQ: doAfterResponse).
 * An error fails the request although the broker answered it. A request that
 * is one-way, or that gets no response, does not come here.
 *
 * Called in the I/O context.
 *
 * Returns: whether the response may be handed on
 */
gboolean
rmq_rpc_hook_after_response (RmqRpcHook *self,
                             const char *address,
                             RmqRemotingCommand *request,
                             RmqRemotingCommand *response,
                             GError **error)
{
  RmqRpcHookClass *klass;

  g_return_val_if_fail (RMQ_IS_RPC_HOOK (self), FALSE);
  g_return_val_if_fail (address != NULL && request != NULL && response != NULL, FALSE);

  klass = RMQ_RPC_HOOK_GET_CLASS (self);
  return klass->after_response == NULL || klass->after_response (self, address, request, response, error);
}
