/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers by which clients register, are listed, locked and inspected.
 */
#include "rmq-header-consumer-private.h"

RMQ_CONSUMER_HEADERS (RMQ_HEADER_DEFINE)
RMQ_CONSUMER_EMPTY_HEADERS (RMQ_HEADER_DEFINE_EMPTY)
