/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of SQL92 expressions: the types they have in the Java filter, and how those compare. Properties are strings;
 * the other side of a comparison decides what a string is converted to, and one that cannot be ends the evaluation.
 */
#pragma once

#include "base/rmq-slice-private.h"

typedef enum
{
  RMQ_SQL_NULL,
  RMQ_SQL_BOOLEAN,
  RMQ_SQL_INT, /* literals within 32 bits: strings compared with them must be, too */
  RMQ_SQL_LONG,
  RMQ_SQL_DOUBLE,
  RMQ_SQL_STRING,
} RmqSqlType;

typedef struct
{
  RmqSqlType type;
  union
  {
    bool boolean;
    int64_t integer; /* RMQ_SQL_INT, RMQ_SQL_LONG */
    double number;
    RmqSlice string;
  };
} RmqSqlValue;

static inline RmqSqlValue
rmq_sql_boolean (bool boolean)
{
  return (RmqSqlValue){ RMQ_SQL_BOOLEAN, { .boolean = boolean } };
}

static inline bool
rmq_sql_value_is_number (const RmqSqlValue *self)
{
  return self->type == RMQ_SQL_INT || self->type == RMQ_SQL_LONG || self->type == RMQ_SQL_DOUBLE;
}

static inline bool
rmq_sql_value_is (const RmqSqlValue *self, bool boolean)
{
  return self->type == RMQ_SQL_BOOLEAN && self->boolean == boolean;
}

/* Long.valueOf (), Integer.valueOf (), Double.valueOf (). */
bool _rmq_sql_parse_long (RmqSlice text, int64_t *number);
bool _rmq_sql_parse_int (RmqSlice text, int64_t *number);
bool _rmq_sql_parse_double (RmqSlice text, double *number);

/* With overflow as in Java; what is no number becomes NULL. */
RmqSqlValue _rmq_sql_value_negate (const RmqSqlValue *self);
/* Neither is NULL. false: they cannot be compared. */
bool _rmq_sql_value_equal (const RmqSqlValue *a, const RmqSqlValue *b, bool *equal);
/* Numbers and strings, which are then numbers in text. *order is below, at or above 0. false: as above. */
bool _rmq_sql_value_compare (const RmqSqlValue *a, const RmqSqlValue *b, int *order);
