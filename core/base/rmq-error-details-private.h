/* SPDX-License-Identifier: Apache-2.0
 *
 * What the error constructors need of RmqErrorDetails beyond rmq-error-private.h.
 */
#pragma once

#include "rmq-error-private.h"
#include <stdbool.h>

RMQ_PRIVATE_BEGIN

RmqErrorDetails *_rmq_error_details_copy (const RmqErrorDetails *self);
bool _rmq_error_details_knows_outcome (const RmqErrorDetails *self);
/* Appends what rmq_error_details_to_string () gives, after separator unless that is nothing. */
void _rmq_error_details_append (const RmqErrorDetails *self, GString *text, const char *separator);
/* A valid UTF-8 copy that is at most max_bytes long, and an ellipsis if it was cut. For text from the network. */
char *_rmq_error_text_limit (const char *text, size_t max_bytes);

RMQ_PRIVATE_END
