/* SPDX-License-Identifier: Apache-2.0
 *
 * The remoting frame: length word, type and header length, header in JSON or binary, body. The decoder lends slices of
 * the received buffer; the writer appends to a byte writer and never copies a body it is not given.
 */
#pragma once

#include "rmq-codes-private.h"
#include "rmq-header-private.h"

/* With the length word, as Java's peers count. */
#define RMQ_FRAME_MAX_LENGTH 16777216u
#define RMQ_FRAME_MIN_LENGTH 8u
#define RMQ_FRAME_MAX_HEADER_LENGTH 0xffffffu
/* Java has no limit; this bounds the memory a hostile header takes. */
#define RMQ_FRAME_MAX_EXT_FIELDS 4096u

typedef enum
{
  RMQ_SERIALIZE_JSON = 0,
  RMQ_SERIALIZE_BINARY = 1, /* "ROCKETMQ" */
} RmqSerializeType;

/* flag */
#define RMQ_FRAME_FLAG_RESPONSE 1
#define RMQ_FRAME_FLAG_ONEWAY 2

typedef struct
{
  int32_t code;
  int32_t version;
  int32_t opaque;
  int32_t flag;
  RmqLanguage language; /* RMQ_LANGUAGE_UNKNOWN: null, or a name or number we do not know */
  RmqSerializeType serialize_type;
  RmqSlice remark; /* data NULL: none */
  /* Keys and values are valid UTF-8, as the remark is, but may hold NUL. Equal keys stand as sent: the last counts. A
   * key is NULL when a binary header has an empty one, as in Java. */
  const RmqExtField *ext;
  size_t n_ext;
  bool has_ext;  /* {} and null differ in JSON */
  RmqSlice body; /* data NULL: none; a zero-length body is none, too */
  /* Set by who received it, for rmq_frame_share (). */
  GBytes *(*share) (void *receiver);
  void *receiver;
} RmqFrame;

/* One for each connection. What a frame lends is valid until the next decode, and as long as the data is. */
typedef struct _RmqFrameDecoder RmqFrameDecoder;

/* Appends one frame: begin, then headers and ext fields, then end. Use on the stack. */
typedef struct
{
  int32_t code;
  int32_t opaque;
  int32_t flag;
  int32_t version;
  RmqLanguage language;
  RmqSerializeType serialize_type; /* codes that binary cannot carry go as JSON whatever this says */
  RmqSlice remark;
} RmqFrameHead;

typedef struct
{
  RmqByteWriter *out;
  size_t start;
  size_t ext_at; /* binary: where the length of the ext fields stands; JSON: 0 until they are open */
  unsigned n_ext;
  bool failed;
  RmqSerializeType serialize_type;
} RmqFrameWriter;

RMQ_PRIVATE_BEGIN

/* Looks at the first bytes of what was received. True with *total == 0: not enough yet to know. True with *total > 0:
 * the frame has that many bytes, length word included; more may have to come. False: the peer does not speak this
 * protocol, or the frame is over the limit; close the connection. Nothing is allocated. */
bool _rmq_frame_peek_length (const void *data, size_t len, size_t *total, GError **error);

RmqFrameDecoder *_rmq_frame_decoder_new (void);
void _rmq_frame_decoder_free (RmqFrameDecoder *self);
/* data holds one whole frame of len bytes. Errors: RMQ_ERROR_PROTOCOL; close the connection. */
bool _rmq_frame_decode (RmqFrameDecoder *self, const void *data, size_t len, RmqFrame *frame, GError **error);

/* The last field of that key; false when absent or null. */
bool _rmq_frame_get_ext (const RmqFrame *frame, const char *key, RmqSlice *value);

void _rmq_frame_begin (RmqFrameWriter *self, RmqByteWriter *out, const RmqFrameHead *head);
/* header may be NULL for a class without fields; JSON then sends {}. A missing required field withdraws the frame. */
bool _rmq_frame_add_header (RmqFrameWriter *self, const RmqHeaderTable *table, const void *header, GError **error);
/* A NULL value writes nothing. */
void _rmq_frame_add_ext (RmqFrameWriter *self, RmqSlice key, RmqSlice value);
/* Closes the header. The frame ends with body_length bytes that the caller appends or writes after it. False, and
 * nothing of the frame left, when a limit is passed: RMQ_ERROR_MESSAGE_ILLEGAL. */
bool _rmq_frame_end (RmqFrameWriter *self, size_t body_length, GError **error);

/* All in one; body may be RMQ_SLICE_NULL. */
bool _rmq_frame_write (RmqByteWriter *out,
                       const RmqFrameHead *head,
                       const RmqExtField *ext,
                       size_t n_ext,
                       RmqSlice body,
                       GError **error);

RMQ_PRIVATE_END

/* (transfer full) (nullable) Owns the bytes that the frame lends, body and all, so that they need not be copied; NULL
 * when whoever received the frame cannot give them away. Call while the frame is valid. */
static inline GBytes *
rmq_frame_share (const RmqFrame *frame)
{
  return frame->share != NULL ? frame->share (frame->receiver) : NULL;
}

static inline bool
rmq_frame_is_response (const RmqFrame *frame)
{
  return (frame->flag & RMQ_FRAME_FLAG_RESPONSE) != 0;
}

static inline bool
rmq_frame_is_oneway (const RmqFrame *frame)
{
  return (frame->flag & RMQ_FRAME_FLAG_ONEWAY) != 0;
}

static inline bool
rmq_frame_decode_header (const RmqFrame *frame, const RmqHeaderTable *table, void *header, GError **error)
{
  return _rmq_header_decode (table, frame->ext, frame->n_ext, header, error);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqFrameDecoder, _rmq_frame_decoder_free)
