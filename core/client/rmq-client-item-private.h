/* SPDX-License-Identifier: Apache-2.0
 *
 * How the client makes the entries of its list models.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"

RMQ_PRIVATE_BEGIN

RmqClientItem *_rmq_client_item_new (const char *name);

RMQ_PRIVATE_END
