/* SPDX-License-Identifier: Apache-2.0
 *
 * RPC hooks: in order on each attempt to write a request, in reverse on the response to it. (RocketMQ: RPCHook,
 * NettyRemotingAbstract.doBeforeRpcHooks.)
 */
#include "rmq-channel-private.h"

#include "base/rmq-error-private.h"
#include "wire/rmq-remoting-command-private.h"

static void
set_hook_error (GError **error, RmqChannel *self, RmqRpcHook *hook, const char *when, const GError *cause)
{
  _rmq_set_error (error, RMQ_ERROR_HOOK_FAILED, NULL, "%s: hook %s failed %s: %s", self->link.name,
                  G_OBJECT_TYPE_NAME (hook), when, cause != NULL ? cause->message : "no reason given");
}

static RmqRemotingCommand *
command_new (RmqLink *link, RmqInvocation *invocation, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  RmqFrameHead head = link->head;

  head.code = invocation->code;
  head.opaque = invocation->opaque;
  head.flag = invocation->oneway ? RMQ_FRAME_FLAG_ONEWAY : 0;
  head.remark = invocation->remark;
  if (invocation->body_len > 0 && invocation->body_bytes != NULL)
    body = g_bytes_new_with_free_func (invocation->body, invocation->body_len, (GDestroyNotify) g_bytes_unref,
                                       g_bytes_ref (invocation->body_bytes));
  else if (invocation->body_len > 0)
    body = g_bytes_new (invocation->body, invocation->body_len);
  return _rmq_remoting_command_new_from_header (&head, invocation->table, rmq_invocation_get_header (invocation),
                                                invocation->ext, invocation->n_ext, body, error);
}

bool
_rmq_hook_chain_write_request (RmqLink *link, RmqInvocation *invocation, RmqByteWriter *out, GError **error)
{
  RmqChannel *self = (RmqChannel *) link;
  g_autoptr (GPtrArray) hooks = self->client->hooks != NULL ? g_ptr_array_ref (self->client->hooks) : NULL;
  g_autoptr (RmqRemotingCommand) command = NULL;

  if (hooks == NULL)
    return _rmq_link_write_plain_request (link, invocation, out, error);
  command = command_new (link, invocation, error);
  if (command == NULL)
    return false;
  for (unsigned i = 0; i < hooks->len; i++)
    {
      RmqRpcHook *hook = g_ptr_array_index (hooks, i);
      g_autoptr (GError) cause = NULL;

      if (rmq_rpc_hook_before_request (hook, link->name, command, &cause))
        continue;
      set_hook_error (error, self, hook, "before the request", cause);
      return false;
    }
  _rmq_remoting_command_seal (command);
  if (!_rmq_remoting_command_write (command, out, invocation->body_len, error))
    return false;
  if (!invocation->oneway)
    invocation->command = g_steal_pointer (&command);
  return true;
}

bool
_rmq_hook_chain_pass_response (RmqChannel *self, RmqInvocation *invocation, const RmqFrame *response, GError **error)
{
  g_autoptr (GPtrArray) hooks = self->client->hooks != NULL ? g_ptr_array_ref (self->client->hooks) : NULL;
  g_autoptr (GBytes) owner = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (RmqRemotingCommand) command = NULL;

  if (hooks == NULL)
    return true;
  if (response->body.len >= RMQ_OUTPUT_GATHER_LIMIT && (owner = rmq_frame_share (response)) != NULL)
    body = g_bytes_new_with_free_func (response->body.data, response->body.len, (GDestroyNotify) g_bytes_unref,
                                       g_steal_pointer (&owner));
  command = _rmq_remoting_command_new_from_frame (response, body);
  for (unsigned i = hooks->len; i-- > 0;)
    {
      RmqRpcHook *hook = g_ptr_array_index (hooks, i);
      g_autoptr (GError) cause = NULL;

      if (rmq_rpc_hook_after_response (hook, self->link.name, invocation->command, command, &cause))
        continue;
      set_hook_error (error, self, hook, "after the response", cause);
      return false;
    }
  return true;
}
