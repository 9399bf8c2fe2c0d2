/* SPDX-License-Identifier: Apache-2.0
 *
 * Filling header structs from vectors by their tables.
 */
#pragma once

#include "vectors.h"
#include "wire/rmq-header-private.h"
#include "wire/rmq-header-send-private.h"

/* The field of that wire name, or NULL. */
const RmqHeaderField *vectors_header_find (const RmqHeaderTable *table, const char *name);
/* Sets the members of an object; strings point into it. False, and a failure, when there is no such field. */
bool vectors_header_fill (VectorCase *self, const RmqHeaderTable *table, JsonObject *fields, void *header);
