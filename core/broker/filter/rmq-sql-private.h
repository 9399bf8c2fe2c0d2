/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL92 expressions of subscriptions: compiled once, then asked for each message. What is taken, refused and matched is
 * what the filter of Apache RocketMQ 5.5 takes, refuses and matches; only the bounds below are this broker's own.
 */
#pragma once

#include "base/rmq-macros-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_SQL_MAX_LENGTH 262144  /* bytes of text */
#define RMQ_SQL_MAX_DEPTH 200      /* of nesting: it is what recursion costs */
#define RMQ_SQL_MAX_NODES 10000    /* operands and operators; the strings of an IN list are not counted */
#define RMQ_SQL_MAX_PROPERTIES 256 /* different ones: each is a walk through the properties of a message */

/* Immutable; may be shared by threads. */
typedef struct _RmqSql RmqSql;

RMQ_PRIVATE_BEGIN

/* text is UTF-8 and need not outlive the call. RMQ_ERROR_SUBSCRIPTION says what is wrong and where. */
RmqSql *_rmq_sql_compile (RmqSlice text, GError **error);
RmqSql *_rmq_sql_ref (RmqSql *self);
void _rmq_sql_unref (RmqSql *self);
/* properties is the text of a record. Unknown, and values that cannot be compared, do not match. */
bool _rmq_sql_match (const RmqSql *self, RmqSlice properties);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqSql, _rmq_sql_unref)
