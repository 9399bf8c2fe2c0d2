/* SPDX-License-Identifier: Apache-2.0
 *
 * A canonical text of JSON in any of the forms that RocketMQ and the vectors use, so that bodies compare as strings:
 * members sorted, null ones left out, keys that are numbers or queues as text.
 */
#pragma once

#include <json-glib/json-glib.h>
#include "base/rmq-json-private.h"

/* Of JSON text as peers write it; NULL when it does not parse. unordered: lists are sorted too. */
char *canonical_of_text (RmqSlice text, bool unordered);
/* Of a vector's value, where maps with other keys than strings are lists of {"key", "value"}. */
char *canonical_of_value (JsonNode *value, bool unordered);
