/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of topic administration.
 */
#include "rmq-header-topic-private.h"

RMQ_TOPIC_HEADERS (RMQ_HEADER_DEFINE)
