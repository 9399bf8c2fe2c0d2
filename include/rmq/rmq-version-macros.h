/* SPDX-License-Identifier: Apache-2.0
 *
 * Export and availability of the public functions.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib.h>
#include <stdint.h>

#ifndef _RMQ_EXTERN
#define _RMQ_EXTERN __attribute__ ((visibility ("default"))) extern
#endif

#define RMQ_AVAILABLE_IN_ALL _RMQ_EXTERN
