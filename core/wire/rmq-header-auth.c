/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the headers of user and access-list administration.
 */
#include "rmq-header-auth-private.h"

RMQ_AUTH_HEADERS (RMQ_HEADER_DEFINE)
