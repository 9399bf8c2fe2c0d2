/* SPDX-License-Identifier: Apache-2.0
 *
 * The servers that run in this process, by name, and the transport `embedded` that finds them: embedded://NAME.
 */
#pragma once

#include "rmq-broker-server-internal-private.h"

#define RMQ_BROKER_EMBEDDED_SCHEME "embedded"

RMQ_PRIVATE_BEGIN

/* Any thread. False with error: the name is another running server's, or none at all. */
bool _rmq_broker_embedded_add (RmqBrokerServer *server, const char *name, const char *address, GError **error);
void _rmq_broker_embedded_remove (RmqBrokerServer *server);
/* A name for a server that was given none. */
char *_rmq_broker_embedded_make_name (void);

/* As rmq_broker_server_connect (); peer is what the server calls the other side. */
GIOStream *_rmq_broker_server_connect_as (RmqBrokerServer *self, const char *peer, GError **error);

RMQ_PRIVATE_END
