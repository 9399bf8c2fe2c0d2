/* SPDX-License-Identifier: Apache-2.0
 *
 * One client: its connections, routes, heartbeats, and the producers and consumers that share them.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-client-config.h>
#include <rmq/rmq-error.h>
#include <rmq/rmq-rpc-hook.h>

G_BEGIN_DECLS

/**
 * RmqState:
 * @RMQ_STATE_CREATED: not started; the first operation starts it.
 * @RMQ_STATE_STARTING: starting.
 * @RMQ_STATE_RUNNING: running.
 * @RMQ_STATE_CLOSING: closing: pending work is finished or failed.
 * @RMQ_STATE_CLOSED: closed for good.
 *
 * The state of a client, producer or consumer.
 */
typedef enum
{
  RMQ_STATE_CREATED,
  RMQ_STATE_STARTING,
  RMQ_STATE_RUNNING,
  RMQ_STATE_CLOSING,
  RMQ_STATE_CLOSED,
} RmqState;

#define RMQ_TYPE_STATE (rmq_state_get_type ())
#define RMQ_TYPE_CLIENT_INSTANCE (rmq_client_instance_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_state_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqClientInstance, rmq_client_instance, RMQ, CLIENT_INSTANCE, GObject)

RMQ_AVAILABLE_IN_ALL
RmqClientInstance *rmq_client_instance_new (RmqClientConfig *config);
RMQ_AVAILABLE_IN_ALL
RmqClientInstance *rmq_client_instance_get_shared (RmqClientConfig *config, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqState rmq_client_instance_get_state (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_client_instance_dup_client_id (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
char **rmq_client_instance_dup_name_servers (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_set_name_servers (RmqClientInstance *self,
                                               const char *const *name_servers,
                                               GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_set_address_map (RmqClientInstance *self, const char *const *address_map, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_add_rpc_hook (RmqClientInstance *self, RmqRpcHook *hook, GError **error);
RMQ_AVAILABLE_IN_ALL
GMainContext *rmq_client_instance_get_main_context (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
GListModel *rmq_client_instance_get_connections (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
GListModel *rmq_client_instance_get_producers (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
GListModel *rmq_client_instance_get_consumers (RmqClientInstance *self);
RMQ_AVAILABLE_IN_ALL
void rmq_client_instance_start_async (RmqClientInstance *self,
                                      int io_priority,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_start_finish (RmqClientInstance *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_start (RmqClientInstance *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_client_instance_close_async (RmqClientInstance *self,
                                      int io_priority,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_close_finish (RmqClientInstance *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_client_instance_close (RmqClientInstance *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_client_instance_dup_details (RmqClientInstance *self, GAsyncResult *result);

G_END_DECLS
