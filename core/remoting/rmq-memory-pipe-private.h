/* SPDX-License-Identifier: Apache-2.0
 *
 * Two connected byte streams in memory, with pollable ends that may live in two contexts and two threads: what
 * embedded:// connects with, and what tests put in place of a socket.
 */
#pragma once

#include <gio/gio.h>
#include "base/rmq-macros-private.h"

RMQ_PRIVATE_BEGIN

/* What is written to one is read from the other. At most capacity bytes wait in each direction (0: 256 KiB); memory is
 * taken as bytes come. Closing an end is end-of-stream for the other's reads and a broken pipe for its writes. */
void _rmq_memory_pipe_new (size_t capacity, GIOStream **a, GIOStream **b);

RMQ_PRIVATE_END
