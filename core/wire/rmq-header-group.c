/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of the administration of consumer and producer groups.
 */
#include "rmq-header-group-private.h"

RMQ_GROUP_HEADERS (RMQ_HEADER_DEFINE)
RMQ_GROUP_EMPTY_HEADERS (RMQ_HEADER_DEFINE_EMPTY)
