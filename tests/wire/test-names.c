/* SPDX-License-Identifier: Apache-2.0
 *
 * Names, namespaces, hashes for queue choice, tables of times, and the texts that identify clients and servers.
 */
#include <rmq/rmq.h>
#include "wire/rmq-client-id-private.h"
#include "wire/rmq-delay-level-private.h"
#include "wire/rmq-java-private.h"
#include "wire/rmq-names-private.h"
#include "wire/rmq-namespace-private.h"

static void
assert_refused (bool (*check) (const char *, GError **), const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (check (name, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
}

static void
test_checks (void)
{
  g_autofree char *topic = g_strnfill (RMQ_TOPIC_MAX_LENGTH + 1, 't');
  g_autofree char *group = g_strnfill (RMQ_GROUP_MAX_LENGTH + 1, 'g');

  g_assert_true (_rmq_topic_check ("%|a-zA-Z0-9_-", NULL));
  assert_refused (_rmq_topic_check, NULL);
  assert_refused (_rmq_topic_check, "");
  assert_refused (_rmq_topic_check, " \t");
  assert_refused (_rmq_topic_check, "a b");
  assert_refused (_rmq_topic_check, "主题");
  assert_refused (_rmq_topic_check, topic);
  assert_refused (_rmq_group_check, group);
  topic[RMQ_TOPIC_MAX_LENGTH] = '\0';
  group[RMQ_GROUP_MAX_LENGTH] = '\0';
  g_assert_true (_rmq_topic_check (topic, NULL));
  g_assert_true (_rmq_group_check (group, NULL));
  g_assert_true (_rmq_group_check (RMQ_GROUP_DEFAULT_PRODUCER, NULL));
  assert_refused (_rmq_producer_group_check, RMQ_GROUP_DEFAULT_PRODUCER);
  assert_refused (_rmq_producer_group_check, "");
  g_assert_true (_rmq_producer_group_check ("PG", NULL));
}

static void
test_unsendable (void)
{
  assert_refused (_rmq_topic_check_sendable, RMQ_TOPIC_SCHEDULE);
  assert_refused (_rmq_topic_check_sendable, RMQ_TOPIC_TRANS_HALF);
  assert_refused (_rmq_topic_check_sendable, RMQ_TOPIC_TRANS_OP_HALF);
  assert_refused (_rmq_topic_check_sendable, "SELF_TEST_TOPIC");
  assert_refused (_rmq_topic_check_sendable, "OFFSET_MOVED_EVENT");
  g_assert_true (_rmq_topic_check_sendable (RMQ_TOPIC_AUTO_CREATE, NULL));
  g_assert_true (_rmq_topic_check_sendable (RMQ_TOPIC_TRACE, NULL));
}

static void
test_derived_topics (void)
{
  g_assert_cmpstr (_rmq_topic_get_group ("%RETRY%CG"), ==, "CG");
  g_assert_cmpstr (_rmq_topic_get_group ("%DLQ%CG"), ==, "CG");
  g_assert_null (_rmq_topic_get_group ("CG"));
}

/* Takes both. */
static void
assert_text (char *got, const char *want)
{
  g_assert_cmpstr (got, ==, want);
  g_free (got);
}

static void
test_wrap (void)
{
  assert_text (_rmq_namespace_wrap ("NS", "topic"), "NS%topic");
  assert_text (_rmq_namespace_wrap ("NS", "%RETRY%group"), "%RETRY%NS%group");
  assert_text (_rmq_namespace_wrap ("NS", "%DLQ%group"), "%DLQ%NS%group");
  assert_text (_rmq_namespace_wrap ("NS", "TBW102"), "TBW102");
  assert_text (_rmq_namespace_wrap ("NS", "CID_RMQ_SYS_x"), "CID_RMQ_SYS_x");
  assert_text (_rmq_namespace_wrap ("NS", "NS%topic"), "NS%topic");
  assert_text (_rmq_namespace_wrap ("NS", "%RETRY%NS%group"), "%RETRY%NS%group");
  assert_text (_rmq_namespace_wrap (NULL, "topic"), "topic");
  assert_text (_rmq_namespace_wrap ("", "topic"), "topic");
  assert_text (_rmq_namespace_wrap ("NS", NULL), NULL);
  assert_text (_rmq_namespace_wrap_retry ("NS", "group"), "%RETRY%NS%group");
}

static void
test_unwrap (void)
{
  assert_text (_rmq_namespace_unwrap ("NS", "NS%topic"), "topic");
  assert_text (_rmq_namespace_unwrap ("NS", "%RETRY%NS%group"), "%RETRY%group");
  assert_text (_rmq_namespace_unwrap ("NS", "OTHER%topic"), "OTHER%topic");
  assert_text (_rmq_namespace_unwrap ("N", "NS%topic"), "NS%topic");
  assert_text (_rmq_namespace_unwrap (NULL, "OTHER%topic"), "topic");
  assert_text (_rmq_namespace_unwrap ("NS", "topic"), "topic");
}

static void
test_hash_selector (void)
{
  int32_t lowest = _rmq_java_string_hash (RMQ_SLICE_LITERAL ("polygenelubricants"));

  g_assert_cmpint (lowest, ==, INT32_MIN);
  g_assert_cmpuint (_rmq_java_hash_index (lowest, 7), ==, 2);
  for (unsigned n = 1; n < 100; n++)
    for (int32_t hash = -200; hash < 200; hash++)
      {
        g_assert_cmpuint (_rmq_java_hash_index (hash, n), <, n);
        g_assert_cmpuint (_rmq_java_hash_index (hash, n), ==, (unsigned) ABS (hash % (int) n));
      }
  g_assert_cmpint (_rmq_java_string_hash (RMQ_SLICE_NULL), ==, 0);
  g_assert_cmpuint (_rmq_java_string_length (RMQ_SLICE_LITERAL ("a\xf0\x9f\x98\x80\xff")), ==, 4);
}

static void
test_latency (void)
{
  static const int64_t table[][2] = { { 0, 0 },        { 49, 0 },        { 50, 0 },        { 100, 0 },
                                      { 549, 0 },      { 550, 2000 },    { 1800, 5000 },   { 3000, 6000 },
                                      { 5000, 10000 }, { 14999, 10000 }, { 15000, 30000 }, { INT64_MAX, 30000 } };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpint (_rmq_latency_unavailable_ms (table[i][0], false), ==, table[i][1]);
  g_assert_cmpint (_rmq_latency_unavailable_ms (1, true), ==, 10000);
}

static void
test_delay_levels (void)
{
  RmqDelayTable table;
  g_autoptr (GString) text = g_string_new ("1s");

  g_assert_true (_rmq_delay_table_parse (&table, RMQ_DELAY_LEVELS_DEFAULT));
  g_assert_cmpuint (table.n_levels, ==, 18);
  g_assert_cmpint (table.milliseconds[18], ==, 7200000);
  g_assert_cmpint (_rmq_delay_table_find_level (&table, 10000), ==, 3);
  g_assert_cmpint (_rmq_delay_table_find_level (&table, 10001), ==, 4);
  g_assert_cmpint (_rmq_delay_table_find_level (&table, 7200001), ==, 0);
  g_assert_cmpint (_rmq_delay_table_deliver_time (&table, 18, INT64_MAX), ==, INT64_MAX);
  g_assert_cmpint (_rmq_pop_retry_delay_seconds (-1), ==, 10);
  g_assert_cmpint (_rmq_pop_retry_delay_seconds (99), ==, 7200);

  g_assert_false (_rmq_delay_table_parse (&table, "9223372036854775807d"));
  for (unsigned i = 0; i < RMQ_DELAY_LEVEL_MAX; i++)
    g_string_append (text, " 1s");
  g_assert_false (_rmq_delay_table_parse (&table, text->str));
  g_assert_cmpuint (table.n_levels, ==, RMQ_DELAY_LEVEL_MAX);
}

static void
test_timestamp (void)
{
  static const char *const bad[] = { "",
                                     "2024",
                                     "20241301000000",
                                     "20240230000000",
                                     "20240101250000",
                                     "2024010112000x",
                                     "202401011200000",
                                     " 0240101120000" };
  g_autoptr (GDateTime) time = g_date_time_new_local (2024, 2, 29, 13, 45, 7);
  g_autofree char *text = NULL;
  int64_t ms;

  g_assert_true (_rmq_timestamp_parse ("20240229134507", &ms, NULL));
  g_assert_cmpint (ms, ==, g_date_time_to_unix (time) * 1000);
  text = _rmq_timestamp_format (ms);
  g_assert_cmpstr (text, ==, "20240229134507");
  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (_rmq_timestamp_parse (bad[i], &ms, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
    }
  g_assert_false (_rmq_timestamp_parse (NULL, &ms, NULL));
}

static void
assert_address (const char *text, const char *want_host, int want_port)
{
  g_autofree char *host = NULL;
  g_autoptr (GError) error = NULL;
  uint16_t port;

  if (want_host == NULL)
    {
      g_assert_false (_rmq_address_parse (text, &host, &port, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
      return;
    }
  g_assert_true (_rmq_address_parse (text, &host, &port, NULL));
  g_assert_cmpstr (host, ==, want_host);
  g_assert_cmpint (port, ==, want_port);
}

static void
test_addresses (void)
{
  assert_address ("localhost:9876", "localhost", 9876);
  assert_address ("[fe80::1]:1", "fe80::1", 1);
  assert_address ("fe80::1:10911", "fe80::1", 10911);
  assert_address ("h:65535", "h", 65535);
  assert_address ("h:65536", NULL, 0);
  assert_address ("h:0", NULL, 0);
  assert_address ("h:", NULL, 0);
  assert_address (":1", NULL, 0);
  assert_address ("[]:1", NULL, 0);
  assert_address ("h", NULL, 0);
  assert_address ("a b:1", NULL, 0);
  assert_address ("", NULL, 0);
  assert_address (NULL, NULL, 0);
}

static void
test_name_servers (void)
{
  static const char *const bad[] = { "", " ; ", "host", "a:1;b", "a:1;b:x" };
  g_auto (GStrv) servers = _rmq_name_servers_parse (" a:1 ;; b:2;http://x/y/c:3;tls://d:4;embedded://e", NULL);
  static const char *const same[] = { "b:2", "embedded://e", "tls://d:4", "c:3", "a:1", NULL };
  static const char *const other[] = { "b:2", "embedded://e", "tls://d:4", "c:3", "a:2", NULL };

  g_assert_cmpuint (g_strv_length (servers), ==, 5);
  g_assert_cmpstr (servers[0], ==, "a:1");
  g_assert_cmpstr (servers[2], ==, "c:3");
  g_assert_true (_rmq_name_servers_equal ((const char *const *) servers, same));
  g_assert_false (_rmq_name_servers_equal ((const char *const *) servers, other));
  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (_rmq_name_servers_parse (bad[i], &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
    }
}

static void
test_discovery (void)
{
  assert_text (_rmq_discovery_url (NULL, NULL, NULL), "http://jmenv.tbsite.net:8080/rocketmq/nsaddr");
  assert_text (_rmq_discovery_url ("ns:81", "sub", "u1"), "http://ns:81/rocketmq/sub-u1?nofix=1");
  assert_text (_rmq_discovery_url ("ns", NULL, " "), "http://ns:8080/rocketmq/nsaddr");
  assert_text (_rmq_discovery_parse_body (RMQ_SLICE_LITERAL (" a:1;b:2\r\nmore")), "a:1;b:2");
  assert_text (_rmq_discovery_parse_body (RMQ_SLICE_LITERAL ("a:1\n")), "a:1");
  assert_text (_rmq_discovery_parse_body (RMQ_SLICE_LITERAL (" \n ")), NULL);
  assert_text (_rmq_discovery_parse_body (RMQ_SLICE_NULL), NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/names/C-SEND-013/checks", test_checks);
  g_test_add_func ("/wire/names/C-SEND-014/unsendable", test_unsendable);
  g_test_add_func ("/wire/names/derived-topics", test_derived_topics);
  g_test_add_func ("/wire/names/C-NSP-001/wrap", test_wrap);
  g_test_add_func ("/wire/names/C-NSP-002/unwrap", test_unwrap);
  g_test_add_func ("/wire/names/C-SEND-006/hash-selector", test_hash_selector);
  g_test_add_func ("/wire/names/C-RETRY-011/latency", test_latency);
  g_test_add_func ("/wire/names/delay-levels", test_delay_levels);
  g_test_add_func ("/wire/names/C-FROM-006/timestamp", test_timestamp);
  g_test_add_func ("/wire/names/addresses", test_addresses);
  g_test_add_func ("/wire/names/name-servers", test_name_servers);
  g_test_add_func ("/wire/names/discovery", test_discovery);
  return g_test_run ();
}
