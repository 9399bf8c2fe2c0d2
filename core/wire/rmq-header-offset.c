/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of consumer offsets and queue offsets.
 */
#include "rmq-header-offset-private.h"

RMQ_OFFSET_HEADERS (RMQ_HEADER_DEFINE)
RMQ_OFFSET_EMPTY_HEADERS (RMQ_HEADER_DEFINE_EMPTY)
