/* SPDX-License-Identifier: Apache-2.0
 *
 * The address of this host that client and message ids carry.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/rmq-macros-private.h"

RMQ_PRIVATE_BEGIN

/* ip: 16 bytes. Sets 4 or 16 of them, loopback where there is nothing better; returns how many. */
size_t _rmq_host_address_pick (uint8_t *ip);

RMQ_PRIVATE_END
