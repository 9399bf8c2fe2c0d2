/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of transactions: their end, the broker's check, and resuming checks.
 */
#include "rmq-header-transaction-private.h"

RMQ_TRANSACTION_HEADERS (RMQ_HEADER_DEFINE)
RMQ_TRANSACTION_EMPTY_HEADERS (RMQ_HEADER_DEFINE_EMPTY)
