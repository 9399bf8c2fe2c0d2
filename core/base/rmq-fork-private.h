/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells a forked child from its parent.
 */
#pragma once

#include "rmq-macros-private.h"
#include <stdbool.h>

RMQ_PRIVATE_BEGIN

/* Changes in a child of fork (). Remember it at construction and compare it, before taking any lock, at each entry. The
 * first call registers the handler, so it must be made before the fork that it is to notice. Any thread; one load. */
unsigned _rmq_fork_generation (void);

RMQ_PRIVATE_END
