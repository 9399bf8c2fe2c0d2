/* SPDX-License-Identifier: Apache-2.0
 *
 * Golden vectors: what an area's file exports to the runner, and how a case is read and compared. The files and their
 * marks (EXACT, PARSED, DECODE, RESULT, INFO) are described in tests/vectors/README.md.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/rmq-slice-private.h"

typedef struct
{
  const char *file; /* without .json: the category */
  const char *name; /* of the case */
  JsonObject *head; /* the whole file */
  JsonObject *object;
  JsonObject *input; /* an empty object when the case has none */
  unsigned n_failures;
} VectorCase;

/* One category is one file. run compares one case and reports with vector_fail () or an expect function; it returns
 * false for a case it does not know, which fails the file: every case is run. */
typedef struct
{
  const char *file;
  bool (*run) (VectorCase *self);
} VectorCategory;

/* Each vectors-AREA.c exports one of these, ended by { NULL }, and is listed in test-vectors.c and meson.build. */
extern const VectorCategory vectors_acl[];
extern const VectorCategory vectors_batch[];
extern const VectorCategory vectors_body[];
extern const VectorCategory vectors_client[];
extern const VectorCategory vectors_constants[];
extern const VectorCategory vectors_frame[];
extern const VectorCategory vectors_header[];
extern const VectorCategory vectors_id[];
extern const VectorCategory vectors_message[];
extern const VectorCategory vectors_pop[];
extern const VectorCategory vectors_properties[];
extern const VectorCategory vectors_queue[];
extern const VectorCategory vectors_result[];
extern const VectorCategory vectors_route[];
extern const VectorCategory vectors_tables[];
extern const VectorCategory vectors_text[];
extern const VectorCategory vectors_trace[];

void vector_fail (VectorCase *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Reading. All accept object == NULL. NULL, or the fallback, when the member is absent, null or of another type. */
JsonNode *vector_node (JsonObject *object, const char *member); /* also for null */
bool vector_has (JsonObject *object, const char *member);       /* present and not null */
const char *vector_string (JsonObject *object, const char *member);
int64_t vector_int (JsonObject *object, const char *member, int64_t fallback);
bool vector_bool (JsonObject *object, const char *member, bool fallback);
JsonObject *vector_object (JsonObject *object, const char *member);
JsonArray *vector_array (JsonObject *object, const char *member);
/* Hex text to bytes (transfer full); aborts on text that is not hex. Empty text gives empty bytes. */
GBytes *vector_bytes (JsonObject *object, const char *member);
RmqSlice vector_slice_of_bytes (GBytes *bytes); /* NULL gives RMQ_SLICE_NULL */

/* Comparing: true when equal; else a failure that shows both. what names the member. */
bool vector_expect_int (VectorCase *self, const char *what, int64_t got, int64_t want);
bool vector_expect_bool (VectorCase *self, const char *what, bool got, bool want);
bool vector_expect_string (VectorCase *self, const char *what, const char *got, const char *want); /* NULL == NULL */
bool vector_expect_slice (VectorCase *self, const char *what, RmqSlice got, const char *want);
bool vector_expect_bytes (VectorCase *self, const char *what, RmqSlice got, RmqSlice want);
/* Order of members is free. Texts are parsed first. */
bool vector_expect_json (VectorCase *self, const char *what, const char *got, size_t got_len, JsonNode *want);
bool vector_json_equal (JsonNode *a, JsonNode *b);
