/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of sending: plain and batch sends, replies, send-back and recall.
 */
#include "rmq-header-send-private.h"

RMQ_SEND_HEADERS (RMQ_HEADER_DEFINE)
RMQ_HEADER_DEFINE (SendMessageRequestHeader, RMQ_REQUEST_SEND_MESSAGE)
