/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqSendReceipt: what is known of one message after its send.
 */
#include "rmq-send-receipt-private.h"

#include "base/rmq-block-pool-private.h"
#include "base/rmq-sync-private.h"

/**
 * RmqSendReceipt:
 *
 * How one send ended: stored, perhaps weakly, or not, or nobody knows.
 *
 * Receipts of [method@Producer.send] are always those of a success; those of
 * the signal [signal@Producer::receipts] may carry an error.
 *
 * A receipt is immutable and may be used from any thread. See RocketMQ's
 * `SendResult`.
 */
G_DEFINE_BOXED_TYPE (RmqSendReceipt, rmq_send_receipt, rmq_send_receipt_ref, rmq_send_receipt_unref)

static RmqBlockPool receipt_pool = RMQ_BLOCK_POOL_INIT (RmqSendReceipt);

RmqSendReceipt *
_rmq_send_receipt_new (RmqMessage *message, uint64_t sequence)
{
  RmqSendReceipt *self = _rmq_block_pool_take (&receipt_pool);

  self->ref_count = 1;
  self->message = rmq_message_ref (message);
  self->sequence = sequence;
  self->queue_id = -1;
  self->queue_offset = -1;
  return self;
}

/**
 * rmq_send_receipt_ref:
 * @self: a receipt
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 */
RmqSendReceipt *
rmq_send_receipt_ref (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * rmq_send_receipt_unref:
 * @self: (transfer full): a receipt
 *
 * Drops a reference.
 */
void
rmq_send_receipt_unref (RmqSendReceipt *self)
{
  g_return_if_fail (self != NULL);

  if (!rmq_ref_dec_and_test (&self->ref_count))
    return;
  rmq_message_unref (self->message);
  g_clear_error (&self->error);
  g_clear_pointer (&self->details, rmq_error_details_unref);
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  g_free (self->transaction_id);
  g_free (self->recall_handle);
  _rmq_block_pool_give (&receipt_pool, self);
}

/**
 * rmq_send_receipt_get_message:
 * @self: a receipt
 *
 * Gets the message that was sent.
 *
 * Returns: (transfer none): the message
 */
RmqMessage *
rmq_send_receipt_get_message (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->message;
}

/**
 * rmq_send_receipt_get_status:
 * @self: a receipt
 *
 * Gets how well the message is stored.
 *
 * Returns: the status; `RMQ_SEND_STATUS_FAILED` when there is an error
 */
RmqSendStatus
rmq_send_receipt_get_status (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, RMQ_SEND_STATUS_FAILED);

  return self->status;
}

/**
 * rmq_send_receipt_get_outcome:
 * @self: a receipt
 *
 * Gets whether the message was stored.
 *
 * Returns: the outcome
 */
RmqOutcome
rmq_send_receipt_get_outcome (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, RMQ_OUTCOME_NOT_STORED);

  return self->outcome;
}

/**
 * rmq_send_receipt_get_error:
 * @self: a receipt
 *
 * Gets why the send failed.
 *
 * Returns: (transfer none) (nullable): the error; `NULL` when it did not fail
 */
const GError *
rmq_send_receipt_get_error (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->error;
}

/**
 * rmq_send_receipt_get_details:
 * @self: a receipt
 *
 * Gets the attempts of a send that failed, or that did not succeed at once.
 *
 * Returns: (transfer none) (nullable): the details; `NULL` when the first
 *   attempt succeeded
 */
const RmqErrorDetails *
rmq_send_receipt_get_details (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->error != NULL ? rmq_error_get_details (self->error) : self->details;
}

/**
 * rmq_send_receipt_get_sequence:
 * @self: a receipt
 *
 * Gets the place of the message among those its producer sent: the first is 1.
 *
 * Returns: the number
 */
uint64_t
rmq_send_receipt_get_sequence (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->sequence;
}

/**
 * rmq_send_receipt_get_message_id:
 * @self: a receipt
 *
 * Gets the unique id that the message was sent with.
 *
 * Returns: the id
 */
const char *
rmq_send_receipt_get_message_id (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->unique_id;
}

/**
 * rmq_send_receipt_get_offset_id:
 * @self: a receipt
 *
 * Gets the id that tells broker and place in its commit log.
 *
 * Returns: (nullable): the id; `NULL` when the message was not stored
 */
const char *
rmq_send_receipt_get_offset_id (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->offset_id[0] != '\0' ? self->offset_id : NULL;
}

/**
 * rmq_send_receipt_get_topic:
 * @self: a receipt
 *
 * Gets the topic.
 *
 * Returns: the topic
 */
const char *
rmq_send_receipt_get_topic (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return rmq_message_get_topic (self->message);
}

/**
 * rmq_send_receipt_get_broker_name:
 * @self: a receipt
 *
 * Gets the broker of the last attempt.
 *
 * Returns: (nullable): the broker name; `NULL` when it did not come so far
 */
const char *
rmq_send_receipt_get_broker_name (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->queue != NULL ? rmq_message_queue_get_broker_name (self->queue) : NULL;
}

/**
 * rmq_send_receipt_get_queue_id:
 * @self: a receipt
 *
 * Gets the queue that the message stands in.
 *
 * Returns: the queue id; -1 when not known
 */
int
rmq_send_receipt_get_queue_id (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->queue_id;
}

/**
 * rmq_send_receipt_get_queue_offset:
 * @self: a receipt
 *
 * Gets the place of the message in its queue.
 *
 * Returns: the offset; -1 when not known
 */
int64_t
rmq_send_receipt_get_queue_offset (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->queue_offset;
}

/**
 * rmq_send_receipt_get_transaction_id:
 * @self: a receipt
 *
 * Gets the id of the transaction.
 *
 * Returns: (nullable): the id; `NULL` for messages outside of transactions
 */
const char *
rmq_send_receipt_get_transaction_id (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->transaction_id;
}

/**
 * rmq_send_receipt_get_recall_handle:
 * @self: a receipt
 *
 * Gets what a timer message can be recalled with.
 *
 * Returns: (nullable): the handle; `NULL` for other messages
 */
const char *
rmq_send_receipt_get_recall_handle (RmqSendReceipt *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->recall_handle;
}
