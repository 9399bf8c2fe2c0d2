/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON bodies as tables. A body is a plain struct; one row a member says its JSON name, kind, place and default, and
 * from the rows follow construction, release, decoding and encoding. Lists and maps are GPtrArrays of entries.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-byte-writer-private.h"
#include "base/rmq-json-private.h"

typedef struct _RmqMessageQueue RmqMessageQueue;

typedef struct _RmqBodyType RmqBodyType;
typedef struct _RmqBodyField RmqBodyField;
typedef struct _RmqBodyEnum RmqBodyEnum;

typedef enum
{
  RMQ_BODY_STRING,   /* char *; NULL: absent */
  RMQ_BODY_INT32,    /* int32_t */
  RMQ_BODY_INT64,    /* int64_t */
  RMQ_BODY_DOUBLE,   /* double; null reads as NaN and NaN is written null */
  RMQ_BODY_BOOLEAN,  /* bool */
  RMQ_BODY_TRISTATE, /* int32_t: -1 absent, 0 false, 1 true */
  RMQ_BODY_ENUM,     /* int32_t: index into names, -1 absent or unknown; numbers are accepted on input */
  RMQ_BODY_QUEUE,    /* RmqMessageQueue * */
  RMQ_BODY_STRUCT,   /* pointer to a struct of `nested`; NULL: absent */
  RMQ_BODY_STRINGS,  /* GPtrArray of char * */
  RMQ_BODY_QUEUES,   /* GPtrArray of RmqMessageQueue * */
  RMQ_BODY_INT32S,   /* GArray of int32_t */
  RMQ_BODY_INT64S,   /* GArray of int64_t */
  RMQ_BODY_LIST,     /* GPtrArray of structs of `nested` */
  RMQ_BODY_MAPS,     /* GPtrArray of maps (each a GPtrArray) of `nested` entries */
  RMQ_BODY_MAP,      /* GPtrArray of entries of `nested`: row 0 is the key, row 1 the value. Decoded maps have every key
                        once and are sorted by it; entries to be sent may be in any order */
} RmqBodyKind;

/* Flags of a row. Lists and maps are born empty unless NULLABLE. */
typedef enum
{
  RMQ_BODY_PLAIN = 0,
  RMQ_BODY_NULLABLE = 1 << 0, /* list, map: absent (NULL) differs from empty. Struct: not made by new */
} RmqBodyFlags;

struct _RmqBodyEnum
{
  const char *const *names;
  unsigned n_names;
};

struct _RmqBodyField
{
  const char *name;
  const char *alias; /* also accepted on input, or NULL */
  RmqBodyKind kind;
  RmqBodyFlags flags;
  size_t offset;
  int64_t initial; /* of numbers, booleans and enums */
  const char *initial_text;
  const RmqBodyType *nested;
  const RmqBodyEnum *names;
};

struct _RmqBodyType
{
  const char *name; /* RocketMQ's class */
  size_t size;
  const RmqBodyField *fields;
  unsigned n_fields;
  void (*free) (void *body);
  void (*init) (void *body);                   /* after the rows' defaults; or NULL */
  bool (*finish) (void *body, GError **error); /* after decoding; or NULL */
};

RMQ_PRIVATE_BEGIN

void *_rmq_body_new (const RmqBodyType *type);
void _rmq_body_release (const RmqBodyType *type, void *body); /* body may be NULL */

/* Decoders are tolerant (unknown members, wrong JSON types of single members) and bounded by the text's length.
 * RMQ_ERROR_PROTOCOL names the class. */
void *_rmq_body_decode (const RmqBodyType *type, RmqSlice text, GError **error);
/* Absent members are left out, members in the order of the rows, queue keys as raw objects, numeric keys quoted. */
void _rmq_body_encode (const RmqBodyType *type, const void *body, RmqByteWriter *out);
/* By the rows; order matters in lists and maps. */
bool _rmq_body_equal (const RmqBodyType *type, const void *a, const void *b);
/* (transfer full): what remains of it when it is sent and read. */
void *_rmq_body_copy (const RmqBodyType *type, const void *body);
/* Answers that are arrays: (transfer full) a GPtrArray of bodies. */
GPtrArray *_rmq_body_decode_list (const RmqBodyType *type, RmqSlice text, GError **error);
void _rmq_body_encode_list (const RmqBodyType *type, const GPtrArray *bodies, RmqByteWriter *out);
void _rmq_body_write (const RmqBodyType *type, const void *body, RmqJsonWriter *writer);
/* The JSON text as a new string: for logs and tests. */
char *_rmq_body_to_string (const RmqBodyType *type, const void *body);

/* A map entry by key in a decoded (sorted) or hand-made map; NULL when absent. */
void *_rmq_body_map_find (GPtrArray *map, const char *key);
void *_rmq_body_map_find_int (GPtrArray *map, int64_t key);

RMQ_PRIVATE_END

/* Declares TypeName *_rmq_type_name_new (), _free (), _decode (text, &error), _encode (self, out) and the autoptr. */
#define RMQ_DECLARE_BODY(TypeName, type_name)                                                                          \
  extern const RmqBodyType _rmq_##type_name##_type;                                                                    \
  void _rmq_##type_name##_free (TypeName *self);                                                                       \
  static inline TypeName *_rmq_##type_name##_new (void)                                                                \
  {                                                                                                                    \
    return (TypeName *) _rmq_body_new (&_rmq_##type_name##_type);                                                      \
  }                                                                                                                    \
  static inline TypeName *_rmq_##type_name##_decode (RmqSlice text, GError **error)                                    \
  {                                                                                                                    \
    return (TypeName *) _rmq_body_decode (&_rmq_##type_name##_type, text, error);                                      \
  }                                                                                                                    \
  static inline void _rmq_##type_name##_encode (const TypeName *self, RmqByteWriter *out)                              \
  {                                                                                                                    \
    _rmq_body_encode (&_rmq_##type_name##_type, self, out);                                                            \
  }                                                                                                                    \
  G_DEFINE_AUTOPTR_CLEANUP_FUNC (TypeName, _rmq_##type_name##_free)

/* The table of a type; further arguments set hooks. */
#define RMQ_DEFINE_BODY_TYPE(TypeName, type_name, java_name, rows, free_func, ...)                                     \
  const RmqBodyType _rmq_##type_name##_type = { .name = java_name,                                                     \
                                                .size = sizeof (TypeName),                                             \
                                                .fields = rows,                                                        \
                                                .n_fields = G_N_ELEMENTS (rows),                                       \
                                                .free = free_func,                                                     \
                                                __VA_ARGS__ };

/* Defines all that RMQ_DECLARE_BODY declares, from a static array of rows; further arguments set hooks. */
#define RMQ_DEFINE_BODY(TypeName, type_name, java_name, rows, ...)                                                     \
  static void release_##type_name (void *body)                                                                         \
  {                                                                                                                    \
    _rmq_body_release (&_rmq_##type_name##_type, body);                                                                \
  }                                                                                                                    \
  void _rmq_##type_name##_free (TypeName *self)                                                                        \
  {                                                                                                                    \
    release_##type_name (self);                                                                                        \
  }                                                                                                                    \
  RMQ_DEFINE_BODY_TYPE (TypeName, type_name, java_name, rows, release_##type_name, __VA_ARGS__)

/* One row. The compiler refuses a member whose size does not fit the kind. */
#define RMQ_ROW(TypeName, member, json_name, KIND, ...)                                                                \
  {                                                                                                                    \
    .name = json_name, .kind = RMQ_BODY_##KIND,                                                                        \
    .offset = G_STRUCT_OFFSET (TypeName, member)                                                                       \
              + 0 * sizeof (char[sizeof (((TypeName *) 0)->member) == RMQ_BODY_SIZE_##KIND ? 1 : -1]),                 \
    __VA_ARGS__                                                                                                        \
  }

#define RMQ_BODY_SIZE_STRING sizeof (char *)
#define RMQ_BODY_SIZE_INT32 sizeof (int32_t)
#define RMQ_BODY_SIZE_INT64 sizeof (int64_t)
#define RMQ_BODY_SIZE_DOUBLE sizeof (double)
#define RMQ_BODY_SIZE_BOOLEAN sizeof (bool)
#define RMQ_BODY_SIZE_TRISTATE sizeof (int32_t)
#define RMQ_BODY_SIZE_ENUM sizeof (int32_t)
#define RMQ_BODY_SIZE_QUEUE sizeof (void *)
#define RMQ_BODY_SIZE_STRUCT sizeof (void *)
#define RMQ_BODY_SIZE_STRINGS sizeof (void *)
#define RMQ_BODY_SIZE_QUEUES sizeof (void *)
#define RMQ_BODY_SIZE_INT32S sizeof (void *)
#define RMQ_BODY_SIZE_INT64S sizeof (void *)
#define RMQ_BODY_SIZE_LIST sizeof (void *)
#define RMQ_BODY_SIZE_MAPS sizeof (void *)
#define RMQ_BODY_SIZE_MAP sizeof (void *)

#define RMQ_BODY_ENUM(name_array)                                                                                      \
  {                                                                                                                    \
    name_array, G_N_ELEMENTS (name_array)                                                                              \
  }
