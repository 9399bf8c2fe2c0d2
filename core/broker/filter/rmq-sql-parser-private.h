/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text of an SQL92 expression to its tree.
 */
#pragma once

#include "rmq-sql-node-private.h"

/* names: of char *, empty; the index of a name is the number of the property. Owns its elements. */
RmqSqlNode *_rmq_sql_parse (RmqSlice text, GPtrArray *names, GError **error);
