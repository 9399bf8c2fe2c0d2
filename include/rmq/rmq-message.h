/* SPDX-License-Identifier: Apache-2.0
 *
 * A message: topic, body and properties; received ones know where and when they were born and stored.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-message-queue.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

#define RMQ_TYPE_MESSAGE (rmq_message_get_type ())

typedef struct _RmqMessage RmqMessage;

RMQ_AVAILABLE_IN_ALL
GType rmq_message_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqMessage *rmq_message_new (const char *topic, GBytes *body);
RMQ_AVAILABLE_IN_ALL
RmqMessage *rmq_message_new_text (const char *topic, const char *text);
RMQ_AVAILABLE_IN_ALL
RmqMessage *rmq_message_ref (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
void rmq_message_unref (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
RmqMessage *rmq_message_copy (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_is_sealed (RmqMessage *self);

/* Setters: before the message is first sent. */
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_topic (RmqMessage *self, const char *topic, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_body (RmqMessage *self, GBytes *body, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_tag (RmqMessage *self, const char *tag, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_keys (RmqMessage *self, const char *const *keys, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_property (RmqMessage *self, const char *name, const char *value, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_unique_id (RmqMessage *self, const char *unique_id, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_ordering_key (RmqMessage *self, const char *key, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_flag (RmqMessage *self, int flag, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_wait_store_ok (RmqMessage *self, gboolean wait, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_delay_level (RmqMessage *self, int level, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_delay (RmqMessage *self, int64_t milliseconds, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_delivery_time (RmqMessage *self, int64_t unix_ms, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_set_priority (RmqMessage *self, int priority, GError **error);

RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_topic (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
GBytes *rmq_message_get_body (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
gsize rmq_message_get_body_size (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_message_dup_text (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_tag (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
char **rmq_message_dup_keys (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_property (RmqMessage *self, const char *name);
RMQ_AVAILABLE_IN_ALL
GHashTable *rmq_message_dup_properties (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_ordering_key (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_flag (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_get_wait_store_ok (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_delay_level (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_delay (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_delivery_time (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_priority (RmqMessage *self);

/* Received messages; the values of others are NULL, 0 or -1, as each one says. */
RMQ_AVAILABLE_IN_ALL
char *rmq_message_dup_message_id (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_unique_id (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_message_dup_offset_id (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_transaction_id (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
RmqMessageQueue *rmq_message_dup_queue (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_message_get_broker_name (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_queue_id (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_queue_offset (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_commit_log_offset (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_born_timestamp (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_message_dup_born_host (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_message_get_store_timestamp (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
char *rmq_message_dup_store_host (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_reconsume_times (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
int rmq_message_get_sys_flag (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
guint32 rmq_message_get_body_crc (RmqMessage *self);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_is_corrupt (RmqMessage *self);

/* Settling a message whose handler answered RMQ_CONSUME_DEFERRED. */
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_ack (RmqMessage *self, GError **error);
RMQ_AVAILABLE_IN_ALL
gboolean rmq_message_retry (RmqMessage *self, int delay_level, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqMessage, rmq_message_unref)

G_END_DECLS
