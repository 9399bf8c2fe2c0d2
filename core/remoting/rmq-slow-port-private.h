/* SPDX-License-Identifier: Apache-2.0
 *
 * A port that lets through a few bytes at a time: what a bad network does, for faults that are asked for.
 */
#pragma once

#include "rmq-port-private.h"

RMQ_PRIVATE_BEGIN

/* Takes inner, whose ready goes on to tell the link of input. step bytes leave every interval. */
RmqPort *_rmq_slow_port_new (RmqIo *io, RmqPort *inner, size_t step, int64_t interval_us);

RMQ_PRIVATE_END
