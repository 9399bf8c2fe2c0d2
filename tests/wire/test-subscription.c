/* SPDX-License-Identifier: Apache-2.0
 *
 * Subscriptions: what an expression becomes, and which tags it lets through.
 */
#include <rmq/rmq.h>
#include "wire/rmq-java-private.h"
#include "wire/rmq-subscription-private.h"

static bool
match (const RmqSubscription *subscription, const char *tag)
{
  return _rmq_subscription_match (subscription, rmq_slice_from_string (tag));
}

static void
test_everything (void)
{
  static const char *const expressions[] = { "*", "", NULL };

  for (unsigned i = 0; i < G_N_ELEMENTS (expressions); i++)
    {
      g_autoptr (RmqSubscription) all = _rmq_subscription_build ("T", expressions[i], "TAG", 5, NULL);

      g_assert_cmpstr (all->topic, ==, "T");
      g_assert_cmpstr (all->expression, ==, "*");
      g_assert_cmpuint (all->tags->len, ==, 0);
      g_assert_cmpuint (all->codes->len, ==, 0);
      g_assert_cmpint (all->version, ==, 5);
      g_assert_true (match (all, "any"));
      g_assert_true (match (all, NULL));
      g_assert_true (_rmq_subscription_match_code (all, 12345));
    }
}

static void
test_tags (void)
{
  g_autoptr (RmqSubscription) some = _rmq_subscription_build ("T", " TagA|| TagB ||TagA||", NULL, 1, NULL);

  g_assert_cmpstr (some->expression, ==, " TagA|| TagB ||TagA||");
  g_assert_cmpuint (some->tags->len, ==, 2);
  g_assert_cmpuint (some->codes->len, ==, 2);
  g_assert_cmpint (g_array_index (some->codes, int32_t, 0), ==, 2598919);
  g_assert_true (match (some, "TagA"));
  g_assert_true (match (some, "TagB"));
  g_assert_false (match (some, "taga"));
  g_assert_false (match (some, "TagAB"));
  g_assert_false (match (some, ""));
  g_assert_false (match (some, NULL));
  g_assert_true (_rmq_subscription_match_code (some, 2598919));
  g_assert_false (_rmq_subscription_match_code (some, 1));
}

/* "Aa" and "BB" have the same hash: one code, two tags. */
static void
test_equal_hashes (void)
{
  g_autoptr (RmqSubscription) both = _rmq_subscription_build ("T", "Aa||BB", NULL, 1, NULL);
  g_autoptr (RmqSubscription) one = _rmq_subscription_build ("T", "BB", NULL, 1, NULL);

  g_assert_cmpuint (both->tags->len, ==, 2);
  g_assert_cmpuint (both->codes->len, ==, 1);
  g_assert_true (_rmq_subscription_match_code (one, _rmq_java_string_hash (RMQ_SLICE_LITERAL ("Aa"))));
  g_assert_false (match (one, "Aa"));
  g_assert_true (match (one, "BB"));
}

static void
test_sql (void)
{
  g_autoptr (RmqSubscription) sql = _rmq_subscription_build ("T", "a > 1", RMQ_EXPRESSION_SQL92, 1, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (sql->type, ==, "SQL92");
  g_assert_cmpuint (sql->tags->len, ==, 0);
  g_assert_true (match (sql, NULL));
  g_assert_true (match (sql, "any"));
  g_assert_null (_rmq_subscription_build ("T", "", RMQ_EXPRESSION_SQL92, 1, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
  g_clear_error (&error);
  g_assert_null (_rmq_subscription_build ("T", "||", NULL, 1, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
}

static void
test_long_tag (void)
{
  g_autofree char *tag = g_strnfill (16 * 1024, 'x');
  g_autoptr (RmqSubscription) subscription = _rmq_subscription_build ("T", tag, NULL, 1, NULL);

  g_assert_true (match (subscription, tag));
  tag[100] = 'y';
  g_assert_false (match (subscription, tag));
}

/* Tags are compared one by one: their number is bounded, in expressions and in what peers send. */
static void
test_too_many_tags (void)
{
  GString *expression = g_string_new ("t");
  GString *body = g_string_new ("{\"tagsSet\":[\"t\"");
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < RMQ_SUBSCRIPTION_MAX_TAGS; i++)
    {
      g_string_append_printf (expression, "||t%u", i);
      g_string_append_printf (body, ",\"t%u\"", i);
    }
  g_string_append (body, "]}");
  g_assert_null (_rmq_subscription_build ("T", expression->str, NULL, 1, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SUBSCRIPTION);
  g_clear_error (&error);
  g_assert_null (_rmq_subscription_decode (rmq_slice (body->str, body->len), &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PROTOCOL);
  g_string_free (expression, TRUE);
  g_string_free (body, TRUE);
}

static void
test_equal (void)
{
  g_autoptr (RmqSubscription) a = _rmq_subscription_build ("T", "A||B", NULL, 1, NULL);
  g_autoptr (RmqSubscription) copy = _rmq_subscription_copy (a);
  g_autoptr (RmqSubscription) other = _rmq_subscription_build ("T", "A||C", NULL, 1, NULL);

  copy->version = 99;
  g_assert_true (_rmq_subscription_equal (a, copy));
  g_assert_false (_rmq_subscription_equal (a, other));
  g_assert_false (_rmq_body_equal (&_rmq_subscription_type, a, copy));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/subscription/C-FILT-008/everything", test_everything);
  g_test_add_func ("/wire/subscription/C-FILT-008/tags", test_tags);
  g_test_add_func ("/wire/subscription/C-FILT-008/sql", test_sql);
  g_test_add_func ("/wire/subscription/equal-hashes", test_equal_hashes);
  g_test_add_func ("/wire/subscription/long-tag", test_long_tag);
  g_test_add_func ("/wire/subscription/too-many-tags", test_too_many_tags);
  g_test_add_func ("/wire/subscription/equal", test_equal);
  return g_test_run ();
}
