/* SPDX-License-Identifier: Apache-2.0
 *
 * A listening socket in a poller. I/O context only.
 */
#pragma once

#include "rmq-poller-private.h"

typedef struct _RmqListener RmqListener;

/* fd is connected and non-blocking, and is now the callee's. May free the listener. */
typedef void (*RmqListenerAccepted) (int fd, void *data);

RMQ_PRIVATE_BEGIN

/* address "127.0.0.1:9876", "[::1]:0", "localhost:…", "*:…" (all, of both families where the system can). */
RmqListener *_rmq_listener_new (RmqPoller *poller,
                                RmqIo *io,
                                const char *address,
                                RmqListenerAccepted accepted,
                                void *data,
                                GError **error);
void _rmq_listener_free (RmqListener *self);
/* In a forked child. */
void _rmq_listener_abandon (RmqListener *self);
uint16_t _rmq_listener_get_port (RmqListener *self);

RMQ_PRIVATE_END
