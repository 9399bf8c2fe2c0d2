/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of transactions: their end, the broker's check, and resuming checks.
 * Each list makes a struct and a table: rmq-header-private.h says how.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

#define RMQ_EndTransactionRequestHeader_FIELDS(X, T)                                                                   \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, tran_state_table_offset, "tranStateTableOffset", INT64, RMQ_FIELD_REQUIRED)                                    \
  X (T, commit_log_offset, "commitLogOffset", INT64, RMQ_FIELD_REQUIRED)                                               \
  X (T, commit_or_rollback, "commitOrRollback", INT32, RMQ_FIELD_REQUIRED)                                             \
  X (T, from_transaction_check, "fromTransactionCheck", BOOL, RMQ_FIELD_OPTIONAL)                                      \
  X (T, msg_id, "msgId", STRING, RMQ_FIELD_REQUIRED)                                                                   \
  X (T, transaction_id, "transactionId", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_CheckTransactionStateRequestHeader_FIELDS(X, T)                                                            \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, tran_state_table_offset, "tranStateTableOffset", INT64, RMQ_FIELD_REQUIRED)                                    \
  X (T, commit_log_offset, "commitLogOffset", INT64, RMQ_FIELD_REQUIRED)                                               \
  X (T, msg_id, "msgId", STRING, RMQ_FIELD_OPTIONAL)                                                                   \
  X (T, transaction_id, "transactionId", STRING, RMQ_FIELD_OPTIONAL)                                                   \
  X (T, offset_msg_id, "offsetMsgId", STRING, RMQ_FIELD_OPTIONAL)                                                      \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_CheckTransactionStateResponseHeader_FIELDS(X, T)                                                           \
  X (T, producer_group, "producerGroup", STRING, RMQ_FIELD_REQUIRED)                                                   \
  X (T, tran_state_table_offset, "tranStateTableOffset", INT64, RMQ_FIELD_REQUIRED)                                    \
  X (T, commit_log_offset, "commitLogOffset", INT64, RMQ_FIELD_REQUIRED)                                               \
  X (T, commit_or_rollback, "commitOrRollback", INT32, RMQ_FIELD_REQUIRED)

#define RMQ_ResumeCheckHalfMessageRequestHeader_FIELDS(X, T)                                                           \
  X (T, topic, "topic", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, msg_id, "msgId", STRING, RMQ_FIELD_OPTIONAL)

#define RMQ_TRANSACTION_HEADERS(H)                                                                                     \
  H (EndTransactionRequestHeader, RMQ_REQUEST_END_TRANSACTION)                                                         \
  H (CheckTransactionStateRequestHeader, RMQ_REQUEST_CHECK_TRANSACTION_STATE)                                          \
  H (CheckTransactionStateResponseHeader, RMQ_HEADER_OF_RESPONSE)                                                      \
  H (ResumeCheckHalfMessageRequestHeader, RMQ_REQUEST_RESUME_CHECK_HALF_MESSAGE)

/* Classes without a field: a table, no struct. */
#define RMQ_TRANSACTION_EMPTY_HEADERS(H) H (EndTransactionResponseHeader, RMQ_HEADER_OF_RESPONSE)

RMQ_TRANSACTION_HEADERS (RMQ_HEADER_STRUCT)

RMQ_PRIVATE_BEGIN

RMQ_TRANSACTION_HEADERS (RMQ_HEADER_DECLARE)
RMQ_TRANSACTION_EMPTY_HEADERS (RMQ_HEADER_DECLARE)

RMQ_PRIVATE_END
