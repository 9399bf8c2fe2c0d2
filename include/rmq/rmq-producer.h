/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends messages.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-client-instance.h>
#include <rmq/rmq-message.h>
#include <rmq/rmq-message-queue.h>
#include <rmq/rmq-send-receipt.h>

G_BEGIN_DECLS

#define RMQ_TYPE_PRODUCER (rmq_producer_get_type ())

RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqProducer, rmq_producer, RMQ, PRODUCER, GObject)

RMQ_AVAILABLE_IN_ALL
RmqProducer *rmq_producer_new (RmqClientInstance *client, const char *group);
RMQ_AVAILABLE_IN_ALL
RmqClientInstance *rmq_producer_get_client (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_producer_get_group (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
RmqState rmq_producer_get_state (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_producer_get_send_timeout (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_set_send_timeout (RmqProducer *self, unsigned milliseconds);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_producer_get_retries (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_set_retries (RmqProducer *self, unsigned retries);

RMQ_AVAILABLE_IN_ALL
void rmq_producer_send_async (RmqProducer *self,
                              RmqMessage *message,
                              int io_priority,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
RMQ_AVAILABLE_IN_ALL
RmqSendReceipt *rmq_producer_send_finish (RmqProducer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqSendReceipt *rmq_producer_send (RmqProducer *self, RmqMessage *message, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_send_to_queue_async (RmqProducer *self,
                                       RmqMessage *message,
                                       RmqMessageQueue *queue,
                                       int io_priority,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
RMQ_AVAILABLE_IN_ALL
RmqSendReceipt *rmq_producer_send_to_queue_finish (RmqProducer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqSendReceipt *rmq_producer_send_to_queue (RmqProducer *self,
                                            RmqMessage *message,
                                            RmqMessageQueue *queue,
                                            GCancellable *cancellable,
                                            GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_send_oneway (RmqProducer *self, RmqMessage *message, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_enqueue (RmqProducer *self, RmqMessage *message, GError **error);
RMQ_AVAILABLE_IN_ALL
uint64_t rmq_producer_get_n_pending (RmqProducer *self);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_flush_async (RmqProducer *self,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_flush_finish (RmqProducer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_flush (RmqProducer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_dup_queues_async (RmqProducer *self,
                                    const char *topic,
                                    int io_priority,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_producer_dup_queues_finish (RmqProducer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_producer_dup_queues (RmqProducer *self, const char *topic, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_producer_close_async (RmqProducer *self,
                               int io_priority,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_close_finish (RmqProducer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_producer_close (RmqProducer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_producer_dup_details (RmqProducer *self, GAsyncResult *result);

G_END_DECLS
