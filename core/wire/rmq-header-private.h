/* SPDX-License-Identifier: Apache-2.0
 *
 * Wire headers as tables. One list of fields makes the struct, the presence flags and the table; encoder, decoder,
 * checks and debug print walk the table.
 *
 *   RmqPullMessageRequestHeader header = { 0 };
 *   RMQ_HEADER_SET (header, topic, rmq_slice_from_string ("orders"));
 *   RMQ_HEADER_SET (header, queue_id, 3);
 *   _rmq_frame_add_header (&writer, RMQ_HEADER (PullMessageRequestHeader), &header, &error);
 */
#pragma once

#include <stddef.h>
#include "rmq-ext-field-private.h"
#include "base/rmq-byte-writer-private.h"

typedef enum
{
  RMQ_FIELD_STRING,   /* RmqSlice, valid UTF-8; a NULL slice is absent whatever its flag says */
  RMQ_FIELD_INT32,    /* int32_t, decimal on the wire */
  RMQ_FIELD_INT64,    /* int64_t, decimal on the wire */
  RMQ_FIELD_BOOL,     /* bool, "true" or "false"; only "true", in any case, is read as true */
  RMQ_FIELD_BOUNDARY, /* RmqBoundary, "LOWER" or "UPPER"; only "upper", in any case, is read as upper */
} RmqFieldKind;

typedef enum
{
  RMQ_BOUNDARY_LOWER,
  RMQ_BOUNDARY_UPPER,
} RmqBoundary;

#define RMQ_FIELD_PREFIX_SIZE 32

typedef struct
{
  const char *name;                   /* as it stands on the wire: the short one where there are two */
  const char *member;                 /* the long one */
  char prefix[RMQ_FIELD_PREFIX_SIZE]; /* ,"name":" and no NUL: the writer copies all of it at once */
  uint8_t name_len;
  uint8_t prefix_len;
  uint8_t kind; /* RmqFieldKind */
  bool required;
  bool has_default; /* a Java primitive: always written, and what an absent one reads as */
  uint16_t offset;
  uint16_t has_offset;
  int32_t default_value;
} RmqHeaderField;

typedef struct
{
  const char *class_name; /* Java's */
  int32_t code;           /* the request it belongs to, or RMQ_HEADER_OF_… */
  uint16_t struct_size;   /* 0: no fields, no struct */
  uint8_t n_fields;
  const RmqHeaderField *fields;
} RmqHeaderTable;

#define RMQ_HEADER_OF_RESPONSE 0
#define RMQ_HEADER_OF_NO_CODE (-1)

/* What a list of fields says: X (T, member, "wireName", KIND, need). */
#define RMQ_FIELD_REQUIRED .required = true
#define RMQ_FIELD_OPTIONAL .required = false
#define RMQ_FIELD_DEFAULT(value) .has_default = true, .default_value = (value)

/* Inherited from RpcRequestHeader: namespace, already namespaced, broker name, one-way. */
#define RMQ_RPC_FIELDS(X, T)                                                                                           \
  X (T, ns, "ns", STRING, RMQ_FIELD_OPTIONAL)                                                                          \
  X (T, nsd, "nsd", BOOL, RMQ_FIELD_OPTIONAL)                                                                          \
  X (T, bname, "bname", STRING, RMQ_FIELD_OPTIONAL)                                                                    \
  X (T, oway, "oway", BOOL, RMQ_FIELD_OPTIONAL)
/* Inherited from TopicRequestHeader: "logical queue", false bypasses static-topic mapping. */
#define RMQ_TOPIC_FIELDS(X, T)                                                                                         \
  X (T, lo, "lo", BOOL, RMQ_FIELD_OPTIONAL)                                                                            \
  RMQ_RPC_FIELDS (X, T)

#define RMQ_FIELD_TYPE_STRING RmqSlice
#define RMQ_FIELD_TYPE_INT32 int32_t
#define RMQ_FIELD_TYPE_INT64 int64_t
#define RMQ_FIELD_TYPE_BOOL bool
#define RMQ_FIELD_TYPE_BOUNDARY RmqBoundary

#define RMQ_HEADER_HAS_(T, member, name, kind, need) bool member;
#define RMQ_HEADER_MEMBER_(T, member, name, kind, need) RMQ_FIELD_TYPE_##kind member;
#define RMQ_HEADER_FIELD_(T, member, name, kind, need)                                                                 \
  { name,                                                                                                              \
    #member,                                                                                                           \
    ",\"" name "\":\"",                                                                                                \
    sizeof (name) - 1,                                                                                                 \
    sizeof (name) + 4,                                                                                                 \
    RMQ_FIELD_##kind,                                                                                                  \
    .offset = offsetof (T, member),                                                                                    \
    .has_offset = offsetof (T, has.member),                                                                            \
    need },

#define RMQ_HEADER_STRUCT(class, code)                                                                                 \
  typedef struct                                                                                                       \
  {                                                                                                                    \
    struct                                                                                                             \
    {                                                                                                                  \
      RMQ_##class##_FIELDS (RMQ_HEADER_HAS_, ) /**/                                                                    \
    } has;                                                                                                             \
    RMQ_##class##_FIELDS (RMQ_HEADER_MEMBER_, ) /**/                                                                   \
  } Rmq##class;
#define RMQ_HEADER_DECLARE(class, code) extern const RmqHeaderTable _rmq_header_##class;
#define RMQ_HEADER_DEFINE(class, code)                                                                                 \
  static const RmqHeaderField class##_fields[] = { RMQ_##class##_FIELDS (RMQ_HEADER_FIELD_, Rmq##class) };             \
  const RmqHeaderTable _rmq_header_##class = { #class, code, sizeof (Rmq##class), G_N_ELEMENTS (class##_fields),       \
                                               class##_fields };
/* Its fields are not NULL, to which C lets nobody add even 0. */
#define RMQ_HEADER_DEFINE_EMPTY(class, code)                                                                           \
  static const RmqHeaderField class##_fields[1];                                                                       \
  const RmqHeaderTable _rmq_header_##class = { #class, code, 0, 0, class##_fields };

/* The table of a class. */
#define RMQ_HEADER(class) (&_rmq_header_##class)
#define RMQ_HEADER_SET(header, member, value) ((header).has.member = true, (header).member = (value))
#define RMQ_HEADER_UNSET(header, member) ((header).has.member = false)

/* The longest text of a field that is not a string. */
#define RMQ_FIELD_TEXT_MAX 24

RMQ_PRIVATE_BEGIN

/* False when a required field is unset: RMQ_ERROR_INVALID_ARGUMENT names class and field. */
bool _rmq_header_check (const RmqHeaderTable *table, const void *header, GError **error);

/* Fills header, which points into ext, from the fields of a frame. Unknown keys are ignored, of equal keys the last
 * wins. A malformed or missing required field is RMQ_ERROR_PROTOCOL that names it; header is then all unset. */
bool _rmq_header_decode (const RmqHeaderTable *table,
                         const RmqExtField *ext,
                         size_t n_ext,
                         void *header,
                         GError **error);
/* The same, but nothing is required: for answers with an error code, and for senders that leave fields out. */
bool _rmq_header_decode_partial (const RmqHeaderTable *table,
                                 const RmqExtField *ext,
                                 size_t n_ext,
                                 void *header,
                                 GError **error);

/* Appends the members of extFields; first says that no comma stands before. Returns how many were written. */
unsigned _rmq_header_write_json (const RmqHeaderTable *table, const void *header, RmqByteWriter *out, bool first);
/* Appends the entries of a binary header. */
unsigned _rmq_header_write_binary (const RmqHeaderTable *table, const void *header, RmqByteWriter *out);

/* Each field that would be sent, in table order. The name is a literal; the value lives during the call only. */
typedef void (*RmqHeaderVisit) (RmqSlice name, RmqSlice value, void *data);
void _rmq_header_foreach (const RmqHeaderTable *table, const void *header, RmqHeaderVisit visit, void *data);

/* "PullMessageRequestHeader { topic=orders queue_id=3 }", strings cut at 64 bytes. */
char *_rmq_header_describe (const RmqHeaderTable *table, const void *header);

/* All tables, in no order that means anything. */
const RmqHeaderTable *const *_rmq_header_get_tables (size_t *n_tables);
/* The table of a request's header, or NULL. */
const RmqHeaderTable *_rmq_header_of_request (int code);
const RmqHeaderTable *_rmq_header_of_class (const char *class_name);

RMQ_PRIVATE_END
