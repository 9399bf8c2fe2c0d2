/* SPDX-License-Identifier: Apache-2.0
 *
 * Our body types by the name of the RocketMQ class.
 */
#pragma once

#include "wire/rmq-body-private.h"

/* NULL for classes without one. */
const RmqBodyType *body_type_of_class (const char *name);
/* All of them: NULL behind the last. */
const RmqBodyType *body_type_at (unsigned at);
