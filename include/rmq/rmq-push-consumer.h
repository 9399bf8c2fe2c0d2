/* SPDX-License-Identifier: Apache-2.0
 *
 * Receives the messages of a group: shares the queues with its other members, pulls, and calls the application.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-client-instance.h>
#include <rmq/rmq-message.h>
#include <rmq/rmq-message-queue.h>

G_BEGIN_DECLS

/**
 * RmqConsumeResult:
 * @RMQ_CONSUME_RETRY: not done: the message comes again later. Also what a handler that fails or returns nothing means.
 * @RMQ_CONSUME_SUCCESS: done.
 * @RMQ_CONSUME_DEFERRED: settled later by rmq_message_ack () or rmq_message_retry ().
 *
 * What a handler says of a message.
 */
typedef enum
{
  RMQ_CONSUME_RETRY = 0,
  RMQ_CONSUME_SUCCESS,
  RMQ_CONSUME_DEFERRED,
} RmqConsumeResult;

/**
 * RmqConsumeFrom:
 * @RMQ_CONSUME_FROM_LAST_OFFSET: where the queue ends; a broker may give the beginning of a queue so young that it
 * still has its first message.
 * @RMQ_CONSUME_FROM_FIRST_OFFSET: where the queue begins.
 * @RMQ_CONSUME_FROM_TIMESTAMP: the first message stored at or after [property@PushConsumer:consume-timestamp].
 * @RMQ_CONSUME_FROM_NEWEST: where the queue ends, however young it is.
 * @RMQ_CONSUME_FROM_SAFE: where the queue ends when the group has no offset in any queue of the topic, else where it
 *   begins: a queue that came to the topic while the group was away is not skipped.
 *
 * Where a group starts in a queue for which it has no offset yet.
 */
typedef enum
{
  RMQ_CONSUME_FROM_LAST_OFFSET,
  RMQ_CONSUME_FROM_FIRST_OFFSET,
  RMQ_CONSUME_FROM_TIMESTAMP,
  RMQ_CONSUME_FROM_NEWEST,
  RMQ_CONSUME_FROM_SAFE,
} RmqConsumeFrom;

#define RMQ_TYPE_CONSUME_RESULT (rmq_consume_result_get_type ())
#define RMQ_TYPE_CONSUME_FROM (rmq_consume_from_get_type ())
#define RMQ_TYPE_PUSH_CONSUMER (rmq_push_consumer_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_consume_result_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
GType rmq_consume_from_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (RmqPushConsumer, rmq_push_consumer, RMQ, PUSH_CONSUMER, GObject)

/**
 * RmqMessageHandler:
 * @consumer: the consumer
 * @message: (transfer full): the message
 * @user_data: as given to [method@PushConsumer.set_handler]
 *
 * Handles one message.
 *
 * Returns: what became of it
 */
typedef RmqConsumeResult (*RmqMessageHandler) (RmqPushConsumer *consumer, RmqMessage *message, gpointer user_data);

/**
 * RmqBatchHandler:
 * @consumer: the consumer
 * @messages: (transfer none) (element-type RmqMessage): the messages, of one queue, in offset order
 * @user_data: as given to [method@PushConsumer.set_batch_handler]
 *
 * Handles a batch of messages. The result is that of all of them.
 *
 * Returns: what became of them
 */
typedef RmqConsumeResult (*RmqBatchHandler) (RmqPushConsumer *consumer, GPtrArray *messages, gpointer user_data);

RMQ_AVAILABLE_IN_ALL
RmqPushConsumer *rmq_push_consumer_new (RmqClientInstance *client, const char *group);
RMQ_AVAILABLE_IN_ALL
RmqClientInstance *rmq_push_consumer_get_client (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_push_consumer_get_group (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
RmqState rmq_push_consumer_get_state (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_subscribe (RmqPushConsumer *self, const char *topic, const char *tags, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_subscribe_sql (RmqPushConsumer *self, const char *topic, const char *sql, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_unsubscribe (RmqPushConsumer *self, const char *topic, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_set_handler (RmqPushConsumer *self,
                                    RmqMessageHandler handler,
                                    gpointer user_data,
                                    GDestroyNotify destroy);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_set_batch_handler (RmqPushConsumer *self,
                                          RmqBatchHandler handler,
                                          gpointer user_data,
                                          GDestroyNotify destroy);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_start_async (RmqPushConsumer *self,
                                    int io_priority,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_start_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_start (RmqPushConsumer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_pause (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_resume (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_push_consumer_dup_assignment (RmqPushConsumer *self);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_commit_async (RmqPushConsumer *self,
                                     int io_priority,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_commit_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_commit (RmqPushConsumer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
void rmq_push_consumer_close_async (RmqPushConsumer *self,
                                    int io_priority,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_close_finish (RmqPushConsumer *self, GAsyncResult *result, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_push_consumer_close (RmqPushConsumer *self, GCancellable *cancellable, GError **error);
RMQ_AVAILABLE_IN_ALL
RmqErrorDetails *rmq_push_consumer_dup_details (RmqPushConsumer *self, GAsyncResult *result);

G_END_DECLS
