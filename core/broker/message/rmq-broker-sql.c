/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL92 as a language of subscriptions: ties the filter of filter/ to the broker.
 */
#include "broker/filter/rmq-sql-private.h"
#include "broker/rmq-broker-core-private.h"
#include "broker/rmq-broker-modules-private.h"

typedef struct
{
  RmqBrokerFilter filter;
  RmqSql *sql;
} SqlFilter;

static bool
sql_filter_match_record (const RmqBrokerFilter *filter, const RmqRecord *record)
{
  return _rmq_sql_match (((const SqlFilter *) filter)->sql, record->properties);
}

static void
sql_filter_free (RmqBrokerFilter *filter)
{
  SqlFilter *self = (SqlFilter *) filter;

  _rmq_sql_unref (self->sql);
  g_free (self);
}

static const RmqBrokerFilterClass sql_filter_class = {
  .match_record = sql_filter_match_record,
  .free = sql_filter_free,
};

static RmqBrokerFilter *
compile_sql (RmqBrokerCore *core, const char *type, const char *expression, void *data, GError **error)
{
  RmqSql *sql;
  SqlFilter *self;

  if (strcmp (type, RMQ_EXPRESSION_SQL92) != 0)
    return NULL;
  sql = _rmq_sql_compile (rmq_slice_from_string (expression), error);
  if (sql == NULL)
    return NULL;
  self = g_new0 (SqlFilter, 1);
  _rmq_broker_filter_init (&self->filter, &sql_filter_class);
  self->sql = sql;
  return &self->filter;
}

const RmqBrokerModule rmq_broker_sql_module = {
  .name = "sql",
  .compile = compile_sql,
};
