/* SPDX-License-Identifier: Apache-2.0
 *
 * What to connect to instead of an address that a route names: for brokers behind NAT or in containers.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"
#include <stdbool.h>

typedef struct _RmqAddressMap RmqAddressMap;

RMQ_PRIVATE_BEGIN

/* rules are "from=to": from "host:port", "host", "*:port" or "*"; to "host:port" or "host". A malformed rule is an
 * error that shows it. rules may be NULL. */
RmqAddressMap *_rmq_address_map_new (const char *const *rules, GError **error);
void _rmq_address_map_free (RmqAddressMap *self);
/* (transfer full) The endpoint that endpoint stands for: the most exact rule wins, host and port before host before
 * any. Itself when no rule fits, or self is NULL. */
RmqEndpoint *_rmq_address_map_apply (const RmqAddressMap *self, RmqEndpoint *endpoint);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqAddressMap, _rmq_address_map_free)
