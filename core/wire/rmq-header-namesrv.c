/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of the name server, for clients and for brokers.
 */
#include "rmq-header-namesrv-private.h"

RMQ_NAMESRV_HEADERS (RMQ_HEADER_DEFINE)
