/* SPDX-License-Identifier: Apache-2.0
 *
 * What the message areas share: properties, hosts and bodies as the vectors write them, and a decoded message against
 * its description.
 */
#pragma once

#include "vectors.h"
#include "wire/rmq-message-decoder-private.h"

/* The ordered list [[name, value], …]; null values are skipped, as the writer does. Valid until the case is done. */
void vector_read_properties (JsonObject *object, const char *member, RmqProperties *properties);
/* "7f000001:10911" */
RmqHost vector_read_host (JsonObject *object, const char *member);
/* "body": hex, null (an empty one), or { length, sha256, first16 }. */
void vector_expect_body (VectorCase *self, const char *what, RmqSlice got, JsonNode *want);
/* Properties as an unordered object, or null. */
void vector_expect_properties (VectorCase *self, RmqMessage *message, JsonNode *want);
/* Every member of want that is there. */
void vector_expect_message (VectorCase *self, RmqMessage *message, JsonObject *want);
/* All of `bytes`; NULL and a failure when they do not decode. */
GPtrArray *vector_decode_messages (VectorCase *self, RmqDecodeFlags flags, RmqDecodeStats *stats);
