/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors: the table of codes, details that travel with the error, and message texts that tell the story.
 */
#include "base/rmq-error-private.h"
#include "base/rmq-error-table-private.h"
#include "rmq-test.h"

static RmqErrorDetails *
two_attempts (void)
{
  RmqErrorDetails *details = _rmq_error_details_new ();

  _rmq_error_details_add_attempt (details, "127.0.0.1:10911", RMQ_PHASE_CONNECT, 3, "refused");
  _rmq_error_details_add_attempt (details, "127.0.0.1:10921", RMQ_PHASE_ANSWERED, 12, "busy");
  return details;
}

/* Each type has all its values, none twice. */
static void
check_enum (GType type, unsigned n_values)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  g_assert_cmpuint (klass->n_values, ==, n_values);
  for (int i = 0; i < (int) n_values; i++)
    g_assert_nonnull (g_enum_get_value (klass, i));
}

static void
test_types (void)
{
  check_enum (RMQ_TYPE_ERROR, RMQ_ERROR_BROKER + 1);
  check_enum (RMQ_TYPE_OUTCOME, RMQ_OUTCOME_STORED + 1);
  check_enum (RMQ_TYPE_PHASE, RMQ_PHASE_ANSWERED + 1);
  check_enum (RMQ_TYPE_ERROR_CLASS, RMQ_ERROR_CLASS_MAYBE_STORED + 1);
  g_assert_cmpstr (g_type_name (RMQ_TYPE_ERROR_DETAILS), ==, "RmqErrorDetails");
}

static void
test_table (void)
{
  size_t n;
  const RmqBrokerCode *rows = _rmq_broker_code_table (&n);

  g_assert_cmpuint (n, >, 70);
  for (size_t i = 0; i < n; i++)
    {
      if (i > 0)
        g_assert_cmpint (rows[i - 1].code, <, rows[i].code);
      g_assert_true (_rmq_broker_code_find (rows[i].code) == &rows[i]);
      g_assert_nonnull (rows[i].message);
    }
  g_assert_null (_rmq_broker_code_find (99));
  g_assert_null (_rmq_broker_code_find (G_MININT));
  g_assert_null (_rmq_broker_code_find (G_MAXINT));

  g_assert_cmpint (_rmq_error_from_broker_code (2), ==, RMQ_ERROR_SYSTEM_BUSY);
  g_assert_cmpint (_rmq_error_class_of_broker_code (2), ==, RMQ_ERROR_CLASS_THROTTLED);
  g_assert_cmpstr (_rmq_error_name_of_broker_code (2), ==, "SYSTEM_BUSY");
  g_assert_cmpint (_rmq_error_from_broker_code (2017), ==, RMQ_ERROR_QUOTA);
  g_assert_cmpstr (_rmq_error_name_of_broker_code (2018), ==, "LITE_SUBSCRIPTION_QUOTA_EXCEEDED");
  g_assert_cmpint (_rmq_error_from_broker_code (4711), ==, RMQ_ERROR_BROKER);
  g_assert_cmpint (_rmq_error_class_of_broker_code (4711), ==, RMQ_ERROR_CLASS_FATAL);
  g_assert_null (_rmq_error_name_of_broker_code (4711));
}

/* The codes after which the Java producer tries another broker are never fatal here. */
static void
test_retry_set (void)
{
  static const int codes[] = { 1, 2, 14, 16, 17, 204, 205, 1500 };

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_cmpint (_rmq_error_class_of_broker_code (codes[i]), !=, RMQ_ERROR_CLASS_FATAL);
}

static void
test_details (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  g_autofree char *text = NULL;

  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), ==, 2);
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 0), ==, "127.0.0.1:10911");
  g_assert_cmpint (rmq_error_details_get_attempt_phase (details, 0), ==, RMQ_PHASE_CONNECT);
  g_assert_cmpint (rmq_error_details_get_attempt_elapsed (details, 1), ==, 12);
  g_assert_cmpstr (rmq_error_details_get_attempt_cause (details, 1), ==, "busy");
  g_assert_null (rmq_error_details_get_attempt_address (details, 2));
  g_assert_null (rmq_error_details_get_attempt_cause (details, G_MAXUINT));
  g_assert_cmpint (rmq_error_details_get_attempt_phase (details, 2), ==, RMQ_PHASE_NONE);
  g_assert_cmpint (rmq_error_details_get_attempt_elapsed (details, 2), ==, 0);
  g_assert_cmpint (rmq_error_details_get_broker_code (details), ==, 0);
  g_assert_cmpint (rmq_error_details_get_outcome (details), ==, RMQ_OUTCOME_NOT_STORED);

  text = rmq_error_details_to_string (details);
  g_assert_cmpstr (text, ==,
                   "attempt 1 127.0.0.1:10911 connect 3 ms: refused; attempt 2 127.0.0.1:10921 answered 12 ms: busy");
  g_clear_pointer (&text, g_free);

  _rmq_error_details_set_broker_code (details, 2);
  _rmq_error_details_set_outcome (details, RMQ_OUTCOME_MAYBE_STORED);
  text = rmq_error_details_to_string (details);
  g_assert_true (g_str_has_prefix (text, "broker code 2 SYSTEM_BUSY; maybe stored; attempt 1 127.0.0.1:10911 "));
}

static void
test_many_attempts (void)
{
  g_autoptr (RmqErrorDetails) details = _rmq_error_details_new ();
  g_autofree char *text = NULL;

  for (unsigned i = 1; i <= 1000; i++)
    {
      g_autofree char *address = g_strdup_printf ("b:%u", i);

      _rmq_error_details_add_attempt (details, address, RMQ_PHASE_WAIT, i, NULL);
    }
  g_assert_cmpuint (rmq_error_details_get_n_attempts (details), ==, 16);
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 0), ==, "b:1");
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 7), ==, "b:8");
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 8), ==, "b:993");
  g_assert_cmpstr (rmq_error_details_get_attempt_address (details, 15), ==, "b:1000");
  text = rmq_error_details_to_string (details);
  g_assert_nonnull (strstr (text, "attempt 8 b:8 wait 8 ms; 984 more; attempt 993 b:993 wait 993 ms"));
}

static void
test_foreign_text (void)
{
  g_autoptr (RmqErrorDetails) details = _rmq_error_details_new ();
  g_autofree char *endless = g_strnfill (100000, 'x');
  g_autoptr (GError) error = NULL;

  /* An é across the limit, then a byte that is not UTF-8. */
  memcpy (endless + 511, "\xc3\xa9", 2);
  endless[3] = '\xff';
  _rmq_error_details_add_attempt (details, NULL, RMQ_PHASE_ROUTE, -5, endless);
  g_assert_cmpuint (strlen (rmq_error_details_get_attempt_cause (details, 0)), <, 600);
  g_assert_true (g_utf8_validate (rmq_error_details_get_attempt_cause (details, 0), -1, NULL));
  g_assert_cmpint (rmq_error_details_get_attempt_elapsed (details, 0), ==, 0);
  g_assert_null (rmq_error_details_get_attempt_address (details, 0));

  error = _rmq_error_new_broker (1, endless, details, "query");
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 2500);
}

static void
test_message (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  g_autoptr (GError) error = NULL;

  _rmq_error_details_set_outcome (details, RMQ_OUTCOME_NOT_STORED);
  error = _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, details, "Sending to topic %s failed", "orders");
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CONNECT_FAILED);
  g_assert_cmpstr (error->message, ==,
                   "Sending to topic orders failed; not stored; attempt 1 127.0.0.1:10911 connect 3 ms: refused; "
                   "attempt 2 127.0.0.1:10921 answered 12 ms: busy. "
                   "Check that the server runs, and that its address can be reached from here.");
  g_assert_true (g_str_has_suffix (error->message, rmq_error_get_hint (error)));
  g_clear_error (&error);

  _rmq_set_error (NULL, RMQ_ERROR_FAILED, NULL, "nobody asks");
  _rmq_set_error (&error, RMQ_ERROR_CLOSED, NULL, "The producer was closed");
  g_assert_cmpstr (error->message, ==, "The producer was closed");
  g_assert_null (rmq_error_get_details (error));
  g_assert_null (rmq_error_get_hint (error));
}

static void
test_broker_answer (void)
{
  g_autoptr (GError) error = _rmq_error_new_broker (2, "[REJECTREQUEST]", NULL, "Sending to topic orders");

  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SYSTEM_BUSY);
  g_assert_cmpstr (error->message, ==,
                   "Sending to topic orders: the broker is overloaded and refused the request ([REJECTREQUEST]); "
                   "broker code 2 SYSTEM_BUSY. Send more slowly, or to more brokers.");
  g_assert_cmpint (rmq_error_details_get_broker_code (rmq_error_get_details (error)), ==, 2);
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_THROTTLED);
  g_clear_error (&error);

  error = _rmq_error_new_broker (4711, NULL, NULL, "query");
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_BROKER);
  g_assert_cmpstr (error->message, ==, "query: the broker answered with an unknown code; broker code 4711");
}

/* An error of our domain that others made has no hint to leave out. */
static void
test_what (void)
{
  g_autoptr (GError) ours = _rmq_error_new (RMQ_ERROR_CONNECT_FAILED, NULL, "No way to %s", "a:1");
  g_autoptr (GError) theirs = g_error_new_literal (RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND, "No plugin. Install one.");
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "Broken");
  g_autofree char *what = _rmq_error_dup_what (ours);
  g_autofree char *their_what = _rmq_error_dup_what (theirs);
  g_autofree char *foreign_what = _rmq_error_dup_what (foreign);

  g_assert_cmpstr (what, ==, "No way to a:1");
  g_assert_cmpstr (their_what, ==, "No plugin. Install one.");
  g_assert_cmpstr (foreign_what, ==, "Broken");
}

static void
test_copies (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, details, "first");
  g_autoptr (GError) copy = g_error_copy (error);

  /* What the operation tries next does not change the errors of before. */
  _rmq_error_details_add_attempt (details, "c:1", RMQ_PHASE_WAIT, 1, NULL);
  g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_error_get_details (error)), ==, 2);
  g_assert_true (rmq_error_get_details (copy) == rmq_error_get_details (error));
  g_clear_error (&error);
  g_assert_cmpstr (rmq_error_details_get_attempt_address (rmq_error_get_details (copy), 1), ==, "127.0.0.1:10921");

  /* As a binding rebuilds it. */
  error = g_error_new_literal (copy->domain, copy->code, copy->message);
  g_assert_null (rmq_error_get_details (error));
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_RETRIABLE);
}

static void
test_classify (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  g_autoptr (GError) error = NULL;

  _rmq_error_details_set_broker_code (details, 2);
  error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, details, "x");
  /* The code is an earlier attempt's: it does not decide. */
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_RETRIABLE);
  g_clear_error (&error);

  _rmq_error_details_set_outcome (details, RMQ_OUTCOME_MAYBE_STORED);
  error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, details, "x");
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_MAYBE_STORED);
  g_clear_error (&error);

  error = g_error_new_literal (RMQ_ERROR, 12345, "code of a later version");
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_FATAL);
  g_assert_null (rmq_error_get_hint (error));
  g_clear_error (&error);
  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "x");
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_RETRIABLE);
  g_assert_null (rmq_error_get_details (error));
  g_clear_error (&error);
  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x");
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_FATAL);
  g_clear_error (&error);
  error = g_error_new_literal (G_FILE_ERROR, 0, "x");
  g_assert_cmpint (rmq_error_classify (error), ==, RMQ_ERROR_CLASS_FATAL);
}

static void *
other_thread (void *data)
{
  g_assert_null (rmq_dup_last_error_details ());
  _rmq_error_remember (data);
  return rmq_dup_last_error_details ();
}

static void
test_remember (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  g_autoptr (GError) error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, details, "x");
  g_autoptr (GError) plain = g_error_new_literal (RMQ_ERROR, RMQ_ERROR_CLOSED, "y");
  g_autoptr (RmqErrorDetails) last = NULL;
  g_autoptr (RmqErrorDetails) of_thread = NULL;

  g_assert_null (rmq_dup_last_error_details ());
  of_thread = g_thread_join (g_thread_new ("other", other_thread, error));
  g_assert_true (of_thread == rmq_error_get_details (error));
  g_assert_null (rmq_dup_last_error_details ());

  _rmq_error_remember (error);
  last = rmq_dup_last_error_details ();
  g_assert_true (last == rmq_error_get_details (error));
  _rmq_error_remember (plain);
  g_assert_null (rmq_dup_last_error_details ());
}

static void *
ref_and_unref (void *data)
{
  for (unsigned i = 0; i < 20000; i++)
    {
      g_autoptr (GError) copy = g_error_copy (data);

      g_assert_cmpuint (rmq_error_details_get_n_attempts (rmq_error_get_details (copy)), ==, 2);
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (RmqErrorDetails) details = two_attempts ();
  GError *error = _rmq_error_new (RMQ_ERROR_TIMED_OUT, details, "x");
  GThread *threads[4];

  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ref", ref_and_unref, error);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/types", test_types);
  g_test_add_func ("/error/table", test_table);
  g_test_add_func ("/error/retry-set", test_retry_set);
  g_test_add_func ("/error/details", test_details);
  g_test_add_func ("/error/many-attempts", test_many_attempts);
  g_test_add_func ("/error/foreign-text", test_foreign_text);
  g_test_add_func ("/error/message", test_message);
  g_test_add_func ("/error/broker-answer", test_broker_answer);
  g_test_add_func ("/error/what", test_what);
  g_test_add_func ("/error/copies", test_copies);
  g_test_add_func ("/error/classify", test_classify);
  g_test_add_func ("/error/remember", test_remember);
  g_test_add_func ("/error/threads", test_threads);
  return g_test_run ();
}
