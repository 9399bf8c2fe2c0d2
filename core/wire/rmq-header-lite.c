/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of lite topics (brokers of 5.5.0 and later).
 */
#include "rmq-header-lite-private.h"

RMQ_LITE_HEADERS (RMQ_HEADER_DEFINE)
