/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of maps that many bodies share: string to string, and string to number.
 */
#pragma once

#include "rmq-body-private.h"

typedef struct
{
  char *key;
  char *value;
} RmqStringPair;

typedef struct
{
  char *key;
  int64_t value;
} RmqStringCount;

typedef struct
{
  char *key;
  GPtrArray *values; /* char * */
} RmqStringsEntry;

RMQ_PRIVATE_BEGIN

RMQ_DECLARE_BODY (RmqStringPair, string_pair)
RMQ_DECLARE_BODY (RmqStringCount, string_count)
RMQ_DECLARE_BODY (RmqStringsEntry, strings_entry)

/* Appends to a map of RmqStringPair; the texts are copied. */
void _rmq_string_pairs_add (GPtrArray *pairs, const char *key, const char *value);
/* NULL when absent. */
const char *_rmq_string_pairs_get (GPtrArray *pairs, const char *key);

RMQ_PRIVATE_END
