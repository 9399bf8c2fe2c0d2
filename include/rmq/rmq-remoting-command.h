/* SPDX-License-Identifier: Apache-2.0
 *
 * One request or response of the remoting protocol, as RPC hooks and the signal broker-request see it.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

typedef struct _RmqRemotingCommand RmqRemotingCommand;

#define RMQ_TYPE_REMOTING_COMMAND (rmq_remoting_command_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_remoting_command_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqRemotingCommand *rmq_remoting_command_new (int code, GBytes *body);
RMQ_AVAILABLE_IN_ALL
RmqRemotingCommand *rmq_remoting_command_ref (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
void rmq_remoting_command_unref (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
RmqRemotingCommand *rmq_remoting_command_copy (RmqRemotingCommand *self);

RMQ_AVAILABLE_IN_ALL
int rmq_remoting_command_get_code (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_remoting_command_get_code_name (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_is_response (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_is_oneway (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_is_sealed (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
int rmq_remoting_command_get_flag (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
int rmq_remoting_command_get_opaque (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
int rmq_remoting_command_get_version (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_remoting_command_get_language (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_remoting_command_get_remark (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_set_remark (RmqRemotingCommand *self, const char *remark, GError **error);
RMQ_AVAILABLE_IN_ALL
GBytes *rmq_remoting_command_get_body (RmqRemotingCommand *self);

RMQ_AVAILABLE_IN_ALL
const char *rmq_remoting_command_get_ext_field (RmqRemotingCommand *self, const char *name);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_set_ext_field (RmqRemotingCommand *self,
                                             const char *name,
                                             const char *value,
                                             GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_remove_ext_field (RmqRemotingCommand *self, const char *name, GError **error);
RMQ_AVAILABLE_IN_ALL
char **rmq_remoting_command_dup_ext_field_names (RmqRemotingCommand *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_remoting_command_sign (RmqRemotingCommand *self,
                                    const char *access_key,
                                    const char *secret_key,
                                    const char *security_token,
                                    GError **error);
RMQ_AVAILABLE_IN_ALL
char *rmq_remoting_command_to_string (RmqRemotingCommand *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqRemotingCommand, rmq_remoting_command_unref)

G_END_DECLS
