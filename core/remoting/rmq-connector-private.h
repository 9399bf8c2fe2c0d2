/* SPDX-License-Identifier: Apache-2.0
 *
 * One attempt to connect: resolves the host where the transport wants that, and tries its addresses one after another
 * within one time limit. I/O context only.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-io-private.h"

typedef struct _RmqConnector RmqConnector;

/* Once, never inline. stream, or error, is borrowed. The connector is gone afterwards. */
typedef void (*RmqConnectorDone) (GIOStream *stream, const GError *error, void *data);

RMQ_PRIVATE_BEGIN

/* name stands in errors: RMQ_ERROR_CONNECT_FAILED, with the cause for each address. */
RmqConnector *_rmq_connector_start (RmqIo *io,
                                    RmqTransport *transport,
                                    RmqEndpoint *endpoint,
                                    const char *name,
                                    int64_t timeout_us,
                                    RmqConnectorDone done,
                                    void *data);
/* done will not be called. */
void _rmq_connector_cancel (RmqConnector *self);

RMQ_PRIVATE_END
