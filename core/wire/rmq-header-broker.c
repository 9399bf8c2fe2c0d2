/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of broker state, high availability and the broker container.
 */
#include "rmq-header-broker-private.h"

RMQ_BROKER_HEADERS (RMQ_HEADER_DEFINE)
