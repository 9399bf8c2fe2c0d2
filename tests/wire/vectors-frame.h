/* SPDX-License-Identifier: Apache-2.0
 *
 * How vectors describe frames: shared by the areas that hold whole frames.
 */
#pragma once

#include "vectors.h"
#include "wire/rmq-frame-private.h"

/* The string of a node, or NULL for null and nothing. */
RmqSlice vectors_frame_text (JsonNode *node);
/* code, opaque, flag, version, language, serialize and remark of an object. */
RmqFrameHead vectors_frame_head (JsonObject *object);
/* node: null, an ordered list of pairs, or an object. */
void vectors_frame_expect_ext (VectorCase *self, const RmqFrame *frame, JsonNode *node);
