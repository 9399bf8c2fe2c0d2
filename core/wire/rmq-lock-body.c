/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of lock, client-list and batch-ack bodies, and the ack's bit set.
 */
#include "rmq-lock-body-private.h"
#include "base/rmq-error-private.h"

static const RmqBodyField lock_rows[] = {
  RMQ_ROW (RmqLockBody, client_id, "clientId", STRING),
  RMQ_ROW (RmqLockBody, group, "consumerGroup", STRING),
  RMQ_ROW (RmqLockBody, queues, "mqSet", QUEUES),
  RMQ_ROW (RmqLockBody, only_this_broker, "onlyThisBroker", BOOLEAN),
};
RMQ_DEFINE_BODY (RmqLockBody, lock_body, "LockBatchRequestBody", lock_rows)

static const RmqBodyField lock_result_rows[] = {
  RMQ_ROW (RmqLockResultBody, locked, "lockOKMQSet", QUEUES),
};
RMQ_DEFINE_BODY (RmqLockResultBody, lock_result_body, "LockBatchResponseBody", lock_result_rows)

static const RmqBodyField consumer_list_rows[] = {
  RMQ_ROW (RmqConsumerListBody, client_ids, "consumerIdList", STRINGS, .flags = RMQ_BODY_NULLABLE),
};
RMQ_DEFINE_BODY (RmqConsumerListBody, consumer_list_body, "GetConsumerListByGroupResponseBody", consumer_list_rows)

static const RmqBodyField batch_ack_rows[] = {
  RMQ_ROW (RmqBatchAck, bits, "b", STRING, .alias = "bitSet"),
  RMQ_ROW (RmqBatchAck, group, "c", STRING, .alias = "consumerGroup"),
  RMQ_ROW (RmqBatchAck, invisible_time, "it", INT64, .alias = "invisibleTime"),
  RMQ_ROW (RmqBatchAck, pop_time, "pt", INT64, .alias = "popTime"),
  RMQ_ROW (RmqBatchAck, queue_id, "q", INT32, .alias = "queueId"),
  RMQ_ROW (RmqBatchAck, retry, "r", STRING, .alias = "retry"),
  RMQ_ROW (RmqBatchAck, revive_queue_id, "rq", INT32, .alias = "reviveQueueId"),
  RMQ_ROW (RmqBatchAck, start_offset, "so", INT64, .alias = "startOffset"),
  RMQ_ROW (RmqBatchAck, topic, "t", STRING, .alias = "topic"),
};
RMQ_DEFINE_BODY (RmqBatchAck, batch_ack, "BatchAck", batch_ack_rows)

static const RmqBodyField batch_ack_body_rows[] = {
  RMQ_ROW (RmqBatchAckBody, acks, "acks", LIST, .flags = RMQ_BODY_NULLABLE, .nested = &_rmq_batch_ack_type),
  RMQ_ROW (RmqBatchAckBody, broker_name, "brokerName", STRING),
};
RMQ_DEFINE_BODY (RmqBatchAckBody, batch_ack_body, "BatchAckMessageRequestBody", batch_ack_body_rows)

bool
_rmq_batch_ack_set_offsets (RmqBatchAck *self, const int64_t *offsets, unsigned n_offsets)
{
  g_autofree uint8_t *set = NULL;
  size_t n_bytes = 0;

  for (unsigned i = 0; i < n_offsets; i++)
    {
      if (offsets[i] < self->start_offset || offsets[i] - self->start_offset >= RMQ_BATCH_ACK_MAX_BITS)
        return false;
      n_bytes = MAX (n_bytes, (size_t) (offsets[i] - self->start_offset) / 8 + 1);
    }
  set = g_malloc0 (n_bytes + 1);
  for (unsigned i = 0; i < n_offsets; i++)
    {
      int64_t bit = offsets[i] - self->start_offset;

      set[bit / 8] |= (uint8_t) (1u << (bit % 8));
    }
  g_free (self->bits);
  self->bits = n_bytes > 0 ? g_base64_encode (set, n_bytes) : NULL;
  return true;
}

bool
_rmq_batch_ack_get_offsets (const RmqBatchAck *self, unsigned max_offsets, GArray *offsets, GError **error)
{
  g_autofree uint8_t *set = NULL;
  size_t n_bytes = 0;
  unsigned n_found = 0;

  if (self->bits == NULL || *self->bits == '\0')
    return true;
  /* g_base64_decode () skips what is not in its alphabet; a damaged set would acknowledge other messages. */
  if (strspn (self->bits, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != strlen (self->bits)
      || strlen (self->bits) % 4 != 0 || strlen (self->bits) > RMQ_BATCH_ACK_MAX_BITS)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "batch ack: the bit set is not Base64 of a sensible length");
      return false;
    }
  set = g_base64_decode (self->bits, &n_bytes);
  for (size_t i = 0; i < n_bytes; i++)
    for (unsigned bit = 0; bit < 8; bit++)
      {
        int64_t offset = (int64_t) (i * 8 + bit);

        if ((set[i] & 1u << bit) == 0)
          continue;
        if (n_found++ == max_offsets || self->start_offset > INT64_MAX - offset)
          {
            _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "batch ack: more than %u offsets", max_offsets);
            return false;
          }
        offset += self->start_offset;
        g_array_append_val (offsets, offset);
      }
  return true;
}
