/* SPDX-License-Identifier: Apache-2.0
 *
 * "Did you mean …?": the name that was probably meant.
 */
#pragma once

#include "rmq-macros-private.h"
#include <stddef.h>

RMQ_PRIVATE_BEGIN

/* How many characters to change, add or remove to get from one to the other, whatever their case (Levenshtein).
 * G_MAXUINT when either is longer than any name that we have. */
unsigned _rmq_suggest_distance (const char *a, const char *b);
/* The nearest of names that is no further away than max_distance, or NULL. */
const char *_rmq_suggest_nearest (const char *name, const char *const *names, size_t n_names, unsigned max_distance);

RMQ_PRIVATE_END
