/* SPDX-License-Identifier: Apache-2.0
 *
 * SQL92 expressions: the table of what matches and what does not compile, the texts of errors, the bounds.
 */
#include <rmq/rmq.h>
#include "broker/filter/rmq-sql-private.h"
#include "sql-table.h"

/* "a=1;b=2" as a record carries it, with the property that every message has. */
static char *
make_properties (const char *list)
{
  GString *text = g_string_new ("UNIQ_KEY\0017F0000010539123456780036EE800001\002");
  g_auto (GStrv) pairs = g_strsplit (list, ";", -1);

  for (unsigned i = 0; pairs[i] != NULL; i++)
    if (*pairs[i] != '\0')
      {
        const char *value = strchr (pairs[i], '=');

        g_string_append_len (text, pairs[i], value - pairs[i]);
        g_string_append_printf (text, "\001%s\002", value + 1);
      }
  return g_string_free (text, FALSE);
}

static bool
match (const char *expression, const char *properties)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSql) sql = _rmq_sql_compile (rmq_slice_from_string (expression), &error);
  g_autofree char *text = make_properties (properties);

  if (sql == NULL)
    g_error ("%s: %s", expression, error->message);
  return _rmq_sql_match (sql, rmq_slice_from_string (text));
}

static void
test_table (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (sql_table); i++)
    {
      RmqSlice expression = rmq_slice_from_string (sql_table[i].expression);
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSql) sql = _rmq_sql_compile (expression, &error);
      g_autoptr (GString) matches = g_string_new (NULL);

      if (sql_table[i].matches == NULL)
        {
          if (sql != NULL)
            g_error ("%s compiles", sql_table[i].expression);
          g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
          continue;
        }
      if (sql == NULL)
        g_error ("%s: %s", sql_table[i].expression, error->message);
      for (unsigned j = 0; j < G_N_ELEMENTS (sql_sets); j++)
        {
          g_autofree char *properties = make_properties (sql_sets[j].properties);

          if (_rmq_sql_match (sql, rmq_slice_from_string (properties)))
            g_string_append_c (matches, sql_sets[j].name);
        }
      if (strcmp (matches->str, sql_table[i].matches) != 0)
        g_error ("%s matches %s, not %s", sql_table[i].expression, matches->str, sql_table[i].matches);
    }
}

static void
test_values (void)
{
  static const struct
  {
    const char *expression;
    const char *properties;
    bool matches;
  } rows[] = {
    /* Integers: a sign, decimal digits of any script, and the range of the literal's type. */
    { "a = 12", "a=\u0661\u0662", true },
    { "a = 12", "a=+12", true },
    { "a = 0", "a=-0", true },
    { "a = 1", "a=+", false },
    { "a = 1", "a=--1", false },
    { "a < 0", "a=-2147483648", true },
    { "a < 0", "a=-2147483649", false },
    { "a < 0L", "a=-2147483649", false },
    { "a < 2147483648", "a=-9223372036854775808", true },
    { "a < 2147483648", "a=-9223372036854775809", false },
    { "a > 2147483648", "a=9223372036854775808", false },
    /* Floating point: blanks around, suffixes, hexadecimal, the names of the special ones. */
    { "a > 1.0", "a=\t2.5 ", true },
    { "a > 1.0", "a=2.5f", true },
    { "a > 1.0", "a=2.5D", true },
    { "a > 1.0", "a=2.5L", false },
    { "a > 1.0", "a=0x.8p3", true },
    { "a > 1.0", "a=0x8", false },
    { "a > 1.0", "a=Infinity", true },
    { "a < 1.0", "a=-Infinity", true },
    { "a > 1.0", "a=NaN", true },
    { "a > 1.0", "a=nan", false },
    { "a > 1.0", "a=1e999", true },
    { "a > 1.0", "a=.", false },
    { "a > 1.0", "a=2e", false },
    { "a > 1.0", "a=\u0662", false },
    { "a < b", "a=-0.0;b=0.0", true },
    { "a >= b", "a=NaN;b=NaN", true },
    /* The last property of a name counts. */
    { "a = 2", "a=1;a=2", true },
    /* A decision that is made needs no operand that cannot be compared. */
    { "a = 1 OR b > 1", "a=1;b=x", true },
    { "b > 1 OR a = 1", "a=1;b=x", false },
    { "NOT (a = 1 AND b > 1)", "a=2;b=x", true },
    { "-(-a) IS NULL AND -2147483648 = -2147483648", "a=1", true },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++)
    if (match (rows[i].expression, rows[i].properties) != rows[i].matches)
      g_error ("%s of %s", rows[i].expression, rows[i].properties);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *expression;
    const char *message;
  } rows[] = {
    { "", "SQL92 expression, near character 1: it ends where a value, a property or a parenthesis is expected" },
    { "a IN ('x' 5)", "near character 11: 5 stands where a comma or a closing parenthesis is expected" },
    { "標 = 1", "near character 1: a character that begins nothing" },
    { "b = 'ünter' AND c = 'x", "near character 21: a string without its closing quote" },
    { "a = 99999999999999999999", "a number beyond 64 bits" },
    { "a > 0.0", "a floating point number that is 0 or beyond the range" },
    { "a BETWEEN 10 AND 0", "the second value of BETWEEN is less than the first" },
    { "a > 'x'", "only numbers have an order" },
    { "(a = 1) > 2", "a condition has no order" },
    { "5 AND TRUE", "a value stands where a condition is expected" },
    { "'x' IN ('x')", "IN takes a property only" },
    { "a <> NULL", "NULL is not compared: IS NULL asks for it" },
    { "TRUE = 1", "TRUE and FALSE are not compared with a number or a string" },
    { "a NOT 5", "5 stands where BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH is expected" },
    { "a (\xff", "not UTF-8" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (_rmq_sql_compile (rmq_slice_from_string (rows[i].expression), &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
      if (strstr (error->message, rows[i].message) == NULL)
        g_error ("%s: %s", rows[i].expression, error->message);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  g_assert_null (_rmq_sql_compile (RMQ_SLICE_NULL, NULL));
  g_assert_null (_rmq_sql_compile (rmq_slice ("a = '\0'", 7), NULL));
}

static RmqSql *
compile_repeated (const char *begin, const char *part, unsigned n, const char *end)
{
  GString *text = g_string_new (begin);

  for (unsigned i = 0; i < n; i++)
    g_string_append_printf (text, part, i);
  g_string_append (text, end);
  RmqSql *sql = _rmq_sql_compile (rmq_slice (text->str, text->len), NULL);
  g_string_free (text, TRUE);
  return sql;
}

static void
assert_bound (const char *begin, const char *part, unsigned n, const char *end, bool compiles)
{
  g_autoptr (RmqSql) sql = compile_repeated (begin, part, n, end);

  g_assert_cmpint (sql != NULL, ==, compiles);
  if (sql != NULL)
    _rmq_sql_match (sql, RMQ_SLICE_LITERAL ("a\0011\002"));
}

static void
test_bounds (void)
{
  /* Long is not deep. */
  assert_bound ("a = 1", " OR a = 1", 3000, "", true);
  assert_bound ("a = 1", " AND a = 1", 3000, "", true);
  assert_bound ("a IN ('x'", ", 'y%u'", 20000, ")", true);
  assert_bound ("a = 1", " OR a = 1", RMQ_SQL_MAX_NODES, "", false);
  assert_bound ("TRUE", " OR p%u = 1", RMQ_SQL_MAX_PROPERTIES, "", true);
  assert_bound ("TRUE", " OR p%u = 1", RMQ_SQL_MAX_PROPERTIES + 1, "", false);
  /* Each way to be deep. */
  assert_bound ("", "(", 150, "a", false);
  assert_bound ("", "NOT ", 150, "a", true);
  assert_bound ("", "NOT ", RMQ_SQL_MAX_LENGTH / 8, "a", false);
  assert_bound ("", "(", RMQ_SQL_MAX_LENGTH - 1, "a", false);
  assert_bound ("a = ", "-", RMQ_SQL_MAX_LENGTH - 5, "1", false);
  assert_bound ("a = ", "+", RMQ_SQL_MAX_LENGTH - 5, "1", false);
  assert_bound ("a", " = a", 150, "", true);
  assert_bound ("a", " = a", 3000, "", false);
  assert_bound ("a", " IS NULL", 3000, "", false);
  assert_bound ("a", " CONTAINS 'x'", 3000, "", false);
  assert_bound ("-a", " BETWEEN 1 AND 2 OR -a", 150, " IS NULL", true);
  assert_bound ("a = 1 OR (", "(a = 1) AND NOT (", 1000, "a", false);
  /* The text itself. */
  assert_bound ("a = '", "x", RMQ_SQL_MAX_LENGTH - 6, "'", true);
  assert_bound ("a = '", "x", RMQ_SQL_MAX_LENGTH - 5, "'", false);
}

static void
test_sharing (void)
{
  RmqSql *sql = _rmq_sql_compile (RMQ_SLICE_LITERAL ("a IN ('x', 'y') AND b CONTAINS 'z'"), NULL);
  RmqSql *other = _rmq_sql_ref (sql);

  _rmq_sql_unref (sql);
  g_assert_true (_rmq_sql_match (other, RMQ_SLICE_LITERAL ("a\001y\002b\001xyz\002")));
  g_assert_false (_rmq_sql_match (other, RMQ_SLICE_LITERAL ("a\001y\002")));
  g_assert_false (_rmq_sql_match (other, RMQ_SLICE_NULL));
  _rmq_sql_unref (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sql/B-FILT-002,B-FILT-003,B-FILT-004,B-FILT-005/table", test_table);
  g_test_add_func ("/sql/B-FILT-005/values", test_values);
  g_test_add_func ("/sql/B-FILT-003/errors", test_errors);
  g_test_add_func ("/sql/bounds", test_bounds);
  g_test_add_func ("/sql/sharing", test_sharing);
  return g_test_run ();
}
