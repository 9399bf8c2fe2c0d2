/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of the POP family.
 */
#include "rmq-header-pop-private.h"

RMQ_POP_HEADERS (RMQ_HEADER_DEFINE)
