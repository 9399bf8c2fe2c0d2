/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of pulling and of message queries.
 */
#include "rmq-header-pull-private.h"

RMQ_PULL_HEADERS (RMQ_HEADER_DEFINE)
RMQ_PULL_EMPTY_HEADERS (RMQ_HEADER_DEFINE_EMPTY)
