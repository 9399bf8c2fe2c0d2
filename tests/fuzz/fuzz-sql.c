/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL92 expressions: the first line is the properties of a message, the rest an expression. What compiles decides, and
 * decides the same in parentheses and under two NOTs.
 */
#include <string.h>
#include "broker/filter/rmq-sql-private.h"
#include "rmq-fuzz.h"

static RmqSql *
compile_wrapped (RmqSlice expression, const char *before, const char *after)
{
  g_autofree char *text = g_strdup_printf ("%s%.*s%s", before, (int) expression.len, expression.data, after);

  return _rmq_sql_compile (rmq_slice_from_string (text), NULL);
}

static void
check_same (RmqSlice expression, RmqSlice properties, const char *before, const char *after, bool matches)
{
  g_autoptr (RmqSql) sql = compile_wrapped (expression, before, after);

  RMQ_FUZZ_CHECK (sql == NULL
                  || _rmq_sql_match (sql, properties) == matches); /* NULL: deeper or longer than the bounds */
}

/* Behind the end of an expression anything may stand, as long as a token begins there: so the parser came to the end of
 * the text when what begins no token is seen there. */
static bool
is_whole (RmqSlice expression)
{
  g_autoptr (RmqSql) sql = compile_wrapped (expression, "", "\n#");

  return sql == NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  RmqSlice all = rmq_slice ((const char *) data, size);
  const char *line_end = size > 0 ? memchr (data, '\n', size) : NULL;
  RmqSlice properties = line_end != NULL ? rmq_slice (all.data, line_end - all.data) : RMQ_SLICE_NULL;
  RmqSlice expression = line_end != NULL ? rmq_slice (line_end + 1, all.len - properties.len - 1) : all;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSql) sql = _rmq_sql_compile (expression, &error);
  bool matches;

  RMQ_FUZZ_CHECK ((sql == NULL) == (error != NULL));
  if (sql == NULL)
    {
      RMQ_FUZZ_CHECK (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  matches = _rmq_sql_match (sql, properties);
  RMQ_FUZZ_CHECK (_rmq_sql_match (sql, properties) == matches);
  if (!is_whole (expression))
    return 0;
  check_same (expression, properties, "(", "\n)", matches);
  check_same (expression, properties, "NOT NOT (", "\n)", matches);
  check_same (expression, properties, "FALSE OR (", "\n) AND TRUE", matches);
  if (matches)
    check_same (expression, properties, "NOT (", "\n)", false);
  return 0;
}
