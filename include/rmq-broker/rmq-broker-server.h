/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqBrokerServer: a name server and a broker in one object, in this process.
 */
#pragma once

#include <gio/gio.h>
#include <rmq/rmq.h>

G_BEGIN_DECLS

#define RMQ_BROKER_TYPE_SERVER (rmq_broker_server_get_type ())
RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqBrokerServer, rmq_broker_server, RMQ_BROKER, SERVER, GObject)

RMQ_AVAILABLE_IN_ALL
RmqBrokerServer *rmq_broker_server_new (const char *listen);

RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_set_setting (RmqBrokerServer *self, const char *name, const char *value, GError **error);
RMQ_AVAILABLE_IN_ALL
char *rmq_broker_server_dup_setting (RmqBrokerServer *self, const char *name);

RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_start (RmqBrokerServer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_broker_server_start_async (RmqBrokerServer *self,
                                    int io_priority,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_start_finish (RmqBrokerServer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_stop (RmqBrokerServer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_broker_server_stop_async (RmqBrokerServer *self,
                                   int io_priority,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_stop_finish (RmqBrokerServer *self, GAsyncResult *result, GError **error);

RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_add_fault (RmqBrokerServer *self, const char *faults, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_broker_server_clear_faults (RmqBrokerServer *self);

RMQ_AVAILABLE_IN_ALL
GIOStream *rmq_broker_server_connect (RmqBrokerServer *self, GError **error);

RMQ_AVAILABLE_IN_ALL
char *rmq_broker_server_dup_address (RmqBrokerServer *self);
RMQ_AVAILABLE_IN_ALL
guint rmq_broker_server_get_port (RmqBrokerServer *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_broker_server_get_running (RmqBrokerServer *self);

G_END_DECLS
