/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of each error without looking at a particular failure: one row for each code a broker, a name server
 * or the reference client can give, and one for each RmqError.
 */
#pragma once

#include <rmq/rmq.h>
#include "rmq-macros-private.h"

typedef struct
{
  int code;
  const char *name; /* as RocketMQ spells it */
  RmqError error;
  RmqErrorClass error_class;
  const char *message; /* what it means */
  const char *hint;    /* what to do about it, or NULL: then the hint of the RmqError holds */
} RmqBrokerCode;

typedef struct
{
  RmqErrorClass error_class;
  const char *hint; /* or NULL */
} RmqErrorKind;

RMQ_PRIVATE_BEGIN

/* NULL for codes that nobody has documented. */
const RmqBrokerCode *_rmq_broker_code_find (int code);
const RmqBrokerCode *_rmq_broker_code_table (size_t *n_rows); /* ascending by code */
/* Never NULL. */
const RmqErrorKind *_rmq_error_kind (int error);

RMQ_PRIVATE_END
