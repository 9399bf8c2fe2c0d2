/* SPDX-License-Identifier: Apache-2.0
 *
 * The one header applications and plugins include.
 */
#pragma once

#define RMQ_INSIDE

#include <rmq/rmq-version-macros.h>
#include <rmq/rmq-version.h>
#include <rmq/rmq-error.h>

#undef RMQ_INSIDE
