/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts an SQL92 expression into tokens, one at a time: what stands behind the end of an expression is never looked at.
 */
#pragma once

#include "base/rmq-slice-private.h"

typedef enum
{
  RMQ_SQL_TOKEN_END,
  RMQ_SQL_TOKEN_BAD, /* no token begins here */
  RMQ_SQL_TOKEN_NOT,
  RMQ_SQL_TOKEN_AND,
  RMQ_SQL_TOKEN_OR,
  RMQ_SQL_TOKEN_BETWEEN,
  RMQ_SQL_TOKEN_IN,
  RMQ_SQL_TOKEN_TRUE,
  RMQ_SQL_TOKEN_FALSE,
  RMQ_SQL_TOKEN_NULL,
  RMQ_SQL_TOKEN_IS,
  RMQ_SQL_TOKEN_CONTAINS,
  RMQ_SQL_TOKEN_STARTS_WITH,
  RMQ_SQL_TOKEN_ENDS_WITH,
  RMQ_SQL_TOKEN_DECIMAL,
  RMQ_SQL_TOKEN_FLOAT,
  RMQ_SQL_TOKEN_STRING, /* with its quotes */
  RMQ_SQL_TOKEN_NAME,
  RMQ_SQL_TOKEN_EQUAL,
  RMQ_SQL_TOKEN_NOT_EQUAL,
  RMQ_SQL_TOKEN_GREATER,
  RMQ_SQL_TOKEN_GREATER_EQUAL,
  RMQ_SQL_TOKEN_LESS,
  RMQ_SQL_TOKEN_LESS_EQUAL,
  RMQ_SQL_TOKEN_OPEN,
  RMQ_SQL_TOKEN_CLOSE,
  RMQ_SQL_TOKEN_COMMA,
  RMQ_SQL_TOKEN_PLUS,
  RMQ_SQL_TOKEN_MINUS,
} RmqSqlTokenType;

typedef struct
{
  RmqSqlTokenType type;
  RmqSlice text;
} RmqSqlToken;

/* The token at *at, behind blanks and comments; *at moves behind it. */
RmqSqlToken _rmq_sql_lex (const char **at, const char *end);
