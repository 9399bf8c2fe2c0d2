/* SPDX-License-Identifier: Apache-2.0
 *
 * How one send ended.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-error.h>
#include <rmq/rmq-message.h>
#include <rmq/rmq-message-queue.h>
#include <rmq/rmq-send-status.h>

G_BEGIN_DECLS

typedef struct _RmqSendReceipt RmqSendReceipt;

#define RMQ_TYPE_SEND_RECEIPT (rmq_send_receipt_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_send_receipt_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqSendReceipt *rmq_send_receipt_ref (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
void rmq_send_receipt_unref (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
RmqMessage *rmq_send_receipt_get_message (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
RmqSendStatus rmq_send_receipt_get_status (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
RmqOutcome rmq_send_receipt_get_outcome (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const GError *rmq_send_receipt_get_error (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const RmqErrorDetails *rmq_send_receipt_get_details (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
uint64_t rmq_send_receipt_get_sequence (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_message_id (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_offset_id (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_topic (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_broker_name (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
int rmq_send_receipt_get_queue_id (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
int64_t rmq_send_receipt_get_queue_offset (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_transaction_id (RmqSendReceipt *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_send_receipt_get_recall_handle (RmqSendReceipt *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqSendReceipt, rmq_send_receipt_unref)

G_END_DECLS
