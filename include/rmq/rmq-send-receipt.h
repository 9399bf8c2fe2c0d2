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

G_BEGIN_DECLS

/**
 * RmqSendStatus:
 * @RMQ_SEND_STATUS_FAILED: not stored, or not known to be: see the receipt's error and outcome.
 * @RMQ_SEND_STATUS_OK: stored as the broker is configured to store.
 * @RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT: stored, the flush to disk not confirmed in time.
 * @RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT: stored, the copy on the slave not confirmed in time.
 * @RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE: stored, no slave was there to copy to.
 *
 * How well a message is stored. All but @RMQ_SEND_STATUS_FAILED count as stored.
 */
typedef enum
{
  RMQ_SEND_STATUS_FAILED,
  RMQ_SEND_STATUS_OK,
  RMQ_SEND_STATUS_FLUSH_DISK_TIMEOUT,
  RMQ_SEND_STATUS_FLUSH_SLAVE_TIMEOUT,
  RMQ_SEND_STATUS_SLAVE_NOT_AVAILABLE,
} RmqSendStatus;

typedef struct _RmqSendReceipt RmqSendReceipt;

#define RMQ_TYPE_SEND_STATUS (rmq_send_status_get_type ())
#define RMQ_TYPE_SEND_RECEIPT (rmq_send_receipt_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_send_status_get_type (void) G_GNUC_CONST;
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
