/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the frame decoder: memory that lasts from one frame to the next, and the two header formats.
 */
#pragma once

#include "rmq-frame-private.h"
#include "base/rmq-json-private.h"

struct _RmqFrameDecoder
{
  RmqExtField *ext;
  size_t n_ext;
  size_t ext_allocated;
  /* Unescaped text. Never moves within a frame: it is made as long as the header when first needed. */
  char *scratch;
  size_t scratch_used;
  size_t scratch_allocated;
  /* Only for unusual frames; released at the next one. */
  RmqJsonDocument *document; /* what only the tree parser understood */
  GPtrArray *texts;          /* copies: of what was not UTF-8, and of JSON within JSON */
};

RMQ_PRIVATE_BEGIN

RmqExtField *_rmq_frame_decoder_grow_ext (RmqFrameDecoder *self, GError **error);
/* A copy that lives as long as the frame; text not in UTF-8 is repaired. */
RmqSlice _rmq_frame_decoder_keep (RmqFrameDecoder *self, RmqSlice text);

/* Both fill in everything but the body. frame holds defaults. */
bool _rmq_frame_decode_json (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error);
bool _rmq_frame_decode_binary (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error);
/* The slow way, for what the scanner of the fast one does not expect. */
bool _rmq_frame_decode_json_tree (RmqFrameDecoder *self, RmqSlice header, RmqFrame *frame, GError **error);

RMQ_PRIVATE_END

/* The next free ext field, or NULL and an error when there are too many. */
static inline RmqExtField *
rmq_frame_decoder_add_ext (RmqFrameDecoder *self, GError **error)
{
  if (G_UNLIKELY (self->n_ext == self->ext_allocated))
    return _rmq_frame_decoder_grow_ext (self, error);
  return &self->ext[self->n_ext++];
}
