/* SPDX-License-Identifier: Apache-2.0
 *
 * One queue of a topic: topic, broker name and queue id. Immutable.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_MESSAGE_QUEUE (rmq_message_queue_get_type ())

typedef struct _RmqMessageQueue RmqMessageQueue;

RMQ_AVAILABLE_IN_ALL
GType rmq_message_queue_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqMessageQueue *rmq_message_queue_new (const char *topic, const char *broker_name, int queue_id);
RMQ_AVAILABLE_IN_ALL
RmqMessageQueue *rmq_message_queue_ref (RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
void rmq_message_queue_unref (RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_queue_get_topic (const RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_queue_get_broker_name (const RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_queue_get_queue_id (const RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_message_queue_to_string (const RmqMessageQueue *self);
RMQ_AVAILABLE_IN_ALL
guint rmq_message_queue_hash (gconstpointer self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_queue_equal (gconstpointer a, gconstpointer b);
RMQ_AVAILABLE_IN_ALL
int rmq_message_queue_compare (gconstpointer a, gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqMessageQueue, rmq_message_queue_unref)

G_END_DECLS
