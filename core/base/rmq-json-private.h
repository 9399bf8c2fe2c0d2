/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as RocketMQ really writes it: bare integer keys, objects as keys, single quotes, trailing commas, longs as
 * strings. The reader makes a tree in an arena; the writer appends to a byte writer.
 */
#pragma once

#include "rmq-byte-writer-private.h"

typedef enum
{
  RMQ_JSON_NULL,
  RMQ_JSON_BOOLEAN,
  RMQ_JSON_INTEGER, /* fits int64_t exactly */
  RMQ_JSON_NUMBER,  /* any other number: value in `number`, text kept in `string` */
  RMQ_JSON_STRING,
  RMQ_JSON_ARRAY,
  RMQ_JSON_OBJECT,
} RmqJsonType;

typedef struct _RmqJsonNode RmqJsonNode;
typedef struct _RmqJsonDocument RmqJsonDocument;

struct _RmqJsonNode
{
  RmqJsonType type;
  RmqJsonNode *next; /* sibling */
  RmqJsonNode *key;  /* in an object: a string, integer or object node; else NULL */
  union
  {
    bool boolean;
    int64_t integer;
    double number;
    RmqJsonNode *first; /* of an array or object */
  };
  RmqSlice string;  /* unescaped UTF-8; for numbers the text as it stood */
  size_t n_members; /* of an array or object */
};

RMQ_PRIVATE_BEGIN

/* text need not end in NUL and is not kept. Depth, node count and memory are bounded by the input's length.
 * A {"$ref":…} object is an error (fastjson 1 reference), never mis-read. Errors: RMQ_ERROR_PROTOCOL with the byte
 * offset. */
RmqJsonDocument *_rmq_json_parse (const void *text, size_t len, GError **error);
void _rmq_json_document_free (RmqJsonDocument *self);
const RmqJsonNode *_rmq_json_document_get_root (const RmqJsonDocument *self);

/* All accept node == NULL. The last of duplicate members wins, as in Java. */
const RmqJsonNode *_rmq_json_find (const RmqJsonNode *object, const char *name);
/* String members; numbers and booleans yield their text. False when absent, null or a container. */
bool _rmq_json_get_string (const RmqJsonNode *node, RmqSlice *value);
/* Integers, integral doubles, and strings that hold an integer. */
bool _rmq_json_get_int64 (const RmqJsonNode *node, int64_t *value);
bool _rmq_json_get_int32 (const RmqJsonNode *node, int32_t *value);
bool _rmq_json_get_double (const RmqJsonNode *node, double *value);
/* true/false, "true"/"false" in any case, 0/1. */
bool _rmq_json_get_boolean (const RmqJsonNode *node, bool *value);

/* Writer: commas are its business. Every value inside an object follows a key. */
typedef struct
{
  RmqByteWriter *out;
  uint64_t has_member; /* one bit a level */
  unsigned depth;
  bool after_key;
} RmqJsonWriter;

void _rmq_json_writer_init (RmqJsonWriter *self, RmqByteWriter *out);
void _rmq_json_writer_begin_object (RmqJsonWriter *self);
void _rmq_json_writer_end_object (RmqJsonWriter *self);
void _rmq_json_writer_begin_array (RmqJsonWriter *self);
void _rmq_json_writer_end_array (RmqJsonWriter *self);
void _rmq_json_writer_key (RmqJsonWriter *self, const char *name);
void _rmq_json_writer_key_slice (RmqJsonWriter *self, RmqSlice name);
/* A raw object as key: call, write one object with begin_object … end_object, then end_raw_key, then the value. */
void _rmq_json_writer_begin_raw_key (RmqJsonWriter *self);
void _rmq_json_writer_end_raw_key (RmqJsonWriter *self);
void _rmq_json_writer_string (RmqJsonWriter *self, const char *value);
void _rmq_json_writer_slice (RmqJsonWriter *self, RmqSlice value);
void _rmq_json_writer_int64 (RmqJsonWriter *self, int64_t value);
/* As Java prints a double (1.0E7, 0.0); NaN and infinities become null. */
void _rmq_json_writer_double (RmqJsonWriter *self, double value);
void _rmq_json_writer_boolean (RmqJsonWriter *self, bool value);
void _rmq_json_writer_null (RmqJsonWriter *self);

/* Appends value with JSON escapes and no quotes; invalid UTF-8 becomes U+FFFD. */
void _rmq_json_escape (RmqByteWriter *out, RmqSlice value);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqJsonDocument, _rmq_json_document_free)
