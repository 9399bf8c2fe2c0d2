/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the push consumer that need no broker: settings, offsets in memory, assignments, rates.
 */
#include <rmq/rmq.h>
#include "consumer/rmq-assignment-private.h"
#include "consumer/rmq-consumer-stats-private.h"
#include "consumer/rmq-offset-store-private.h"
#include "consumer/rmq-push-consumer-settings-private.h"
#include "rmq-test.h"
#include "wire/rmq-delay-level-private.h"

/* --- C-PUSH-002 --- */

static void
assert_refused (RmqPushConsumerSettings *settings, const char *property)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (_rmq_push_consumer_settings_check (settings, 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, property));
}

#define REFUSE(member, bad, property)                                                                                  \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_auto (RmqPushConsumerSettings) settings;                                                                         \
    _rmq_push_consumer_settings_init (&settings);                                                                      \
    settings.member = bad;                                                                                             \
    assert_refused (&settings, property);                                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
test_ranges (void)
{
  g_auto (RmqPushConsumerSettings) good = { 0 };
  g_autoptr (GError) error = NULL;

  _rmq_push_consumer_settings_init (&good);
  g_assert_true (_rmq_push_consumer_settings_check (&good, 5000000, &error));
  g_assert_no_error (error);
  REFUSE (consume_threads, 1001, "consume-threads");
  REFUSE (consume_batch_size, 0, "consume-batch-size");
  REFUSE (consume_batch_size, 1025, "consume-batch-size");
  REFUSE (pull_batch_size, 0, "pull-batch-size");
  REFUSE (pull_batch_size, 1025, "pull-batch-size");
  REFUSE (pull_batch_bytes, 0, "pull-batch-bytes");
  REFUSE (pull_interval, 65536, "pull-interval");
  REFUSE (pull_threshold_count, 0, "pull-threshold-count");
  REFUSE (pull_threshold_count, 65536, "pull-threshold-count");
  REFUSE (pull_threshold_bytes, 1000, "pull-threshold-bytes");
  REFUSE (pull_threshold_bytes, G_MAXUINT64, "pull-threshold-bytes");
  REFUSE (pull_threshold_span, 0, "pull-threshold-span");
  REFUSE (pull_threshold_topic_count, 0, "pull-threshold-topic-count");
  REFUSE (pull_threshold_topic_count, 6553501, "pull-threshold-topic-count");
  REFUSE (pull_threshold_topic_bytes, 0, "pull-threshold-topic-bytes");
  REFUSE (max_reconsume_times, -2, "max-reconsume-times");
  REFUSE (consume_timeout, 0, "consume-timeout");
  REFUSE (consume_from, 17, "consume-from");
}

static void
test_groups (void)
{
  static const char *const bad[] = { NULL, "", "DEFAULT_CONSUMER", "CID_RMQ_SYS_TRANS", "TOOLS_CONSUMER", "a b" };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (_rmq_consumer_group_check (bad[i], &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
    }
  g_assert_true (_rmq_consumer_group_check ("orders-service", NULL));
}

/* --- C-FROM-006 --- */

static void
test_timestamp (void)
{
  g_auto (RmqPushConsumerSettings) settings = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GDateTime) local = g_date_time_new_local (2024, 2, 29, 13, 14, 15);

  _rmq_push_consumer_settings_init (&settings);
  g_assert_true (_rmq_push_consumer_settings_check (&settings, 10000000, &error));
  g_assert_cmpint (settings.timestamp_ms, ==, 10000000 - 30 * 60 * 1000);
  settings.consume_timestamp = g_strdup ("20240229131415");
  g_assert_true (_rmq_push_consumer_settings_check (&settings, 0, &error));
  g_assert_cmpint (settings.timestamp_ms, ==, g_date_time_to_unix (local) * 1000);
  g_free (settings.consume_timestamp);
  settings.consume_timestamp = g_strdup ("2024-02-29");
  assert_refused (&settings, "consume-timestamp");
}

/* --- C-OFF-003, C-OFF-005 --- */

static void
test_offset (void)
{
  RmqOffset offset;

  rmq_offset_init (&offset);
  g_assert_false (rmq_offset_is_changed (&offset));
  g_assert_false (rmq_offset_update (&offset, -1, true));
  g_assert_false (rmq_offset_update (&offset, -1, false));
  g_assert_false (rmq_offset_is_changed (&offset));

  g_assert_true (rmq_offset_update (&offset, 10, true));
  g_assert_true (rmq_offset_is_changed (&offset));
  g_assert_false (rmq_offset_update (&offset, 9, true));
  g_assert_cmpint (offset.value, ==, 10);
  g_assert_true (rmq_offset_update (&offset, 5, false));
  g_assert_cmpint (offset.value, ==, 5);
  offset.sent = 5;
  g_assert_false (rmq_offset_is_changed (&offset));
  g_assert_true (rmq_offset_is_unconfirmed (&offset));
  offset.acked = 5;
  g_assert_false (rmq_offset_is_unconfirmed (&offset));

  rmq_offset_update_and_freeze (&offset, 3);
  g_assert_cmpint (offset.value, ==, 3);
  g_assert_false (rmq_offset_update (&offset, 100, true));
  g_assert_false (rmq_offset_update (&offset, 1, false));
  g_assert_cmpint (offset.value, ==, 3);
}

/* --- C-PUSH-011 --- */

static void
test_thresholds (void)
{
  g_assert_cmpint (_rmq_assignment_split_threshold (1000, 1000, 4), ==, 250);
  g_assert_cmpint (_rmq_assignment_split_threshold (1000, 1000, 3), ==, 333);
  g_assert_cmpint (_rmq_assignment_split_threshold (1000, -1, 4), ==, 1000);
  g_assert_cmpint (_rmq_assignment_split_threshold (1000, 2, 4), ==, 1);
  g_assert_cmpint (_rmq_assignment_split_threshold (1000, 500, 0), ==, 1000);
}

/* --- C-REB-011, C-REB-004: what strategies answer --- */

static GPtrArray *
make_queues (unsigned n)
{
  GPtrArray *queues = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (queues, rmq_message_queue_new ("T", "b", (int) i));
  return queues;
}

static void
test_assignment (void)
{
  g_autoptr (GPtrArray) queues = make_queues (4);
  g_autoptr (GPtrArray) some = make_queues (2);
  g_autoptr (GPtrArray) twice = make_queues (2);
  g_autoptr (GPtrArray) foreign = make_queues (5);
  g_autoptr (GPtrArray) with_null = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_assignment_check (some, queues, &error));
  g_assert_no_error (error);
  g_ptr_array_add (twice, rmq_message_queue_new ("T", "b", 1));
  g_assert_false (_rmq_assignment_check (twice, queues, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  g_clear_error (&error);
  g_assert_false (_rmq_assignment_check (foreign, queues, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  g_clear_error (&error);
  g_ptr_array_add (with_null, NULL);
  g_assert_false (_rmq_assignment_check (with_null, queues, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  g_clear_error (&error);
  g_assert_false (_rmq_assignment_check (NULL, queues, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
}

/* An emoji is two surrogates in Java, which sort before U+E000. */
static void
test_sort_ids (void)
{
  char *ids[] = { (char *) "10.0.0.2@9", (char *) "\xee\x80\x80", (char *) "\xf0\x9f\x98\x80", (char *) "10.0.0.10@1",
                  NULL };

  _rmq_assignment_sort_ids (ids);
  g_assert_cmpstr (ids[0], ==, "10.0.0.10@1");
  g_assert_cmpstr (ids[1], ==, "10.0.0.2@9");
  g_assert_cmpstr (ids[2], ==, "\xf0\x9f\x98\x80");
  g_assert_cmpstr (ids[3], ==, "\xee\x80\x80");
}

/* --- rates --- */

static void
test_stats (void)
{
  RmqConsumerStats stats = { 0 };
  RmqConsumeStatus status = { 0 };
  int64_t now = 1000 * (int64_t) G_USEC_PER_SEC;

  _rmq_consumer_stats_pulled (&stats, now, 4000, 30);
  _rmq_consumer_stats_pulled (&stats, now, 2000, 30);
  _rmq_consumer_stats_consumed (&stats, now + 10 * G_USEC_PER_SEC, 54, 6);
  _rmq_consumer_stats_busy (&stats, now + 10 * G_USEC_PER_SEC, 120000, 60);
  _rmq_consumer_stats_fill (&stats, now + 20 * G_USEC_PER_SEC, &status);
  g_assert_cmpfloat_with_epsilon (status.pull_rt, 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (status.pull_tps, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (status.consume_rt, 2.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (status.consume_ok_tps, 0.9, 1e-9);
  g_assert_cmpfloat_with_epsilon (status.consume_failed_tps, 0.1, 1e-9);
  g_assert_cmpint (status.consume_failed_messages, ==, 6);
  _rmq_consumer_stats_fill (&stats, now + 90 * G_USEC_PER_SEC, &status);
  g_assert_cmpfloat_with_epsilon (status.pull_tps, 0.0, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/consumer/settings/C-PUSH-002/ranges", test_ranges);
  g_test_add_func ("/consumer/settings/C-PUSH-002/groups", test_groups);
  g_test_add_func ("/consumer/settings/C-FROM-006/timestamp", test_timestamp);
  g_test_add_func ("/consumer/offset/C-OFF-003/C-OFF-005/rules", test_offset);
  g_test_add_func ("/consumer/assignment/C-PUSH-011/topic-thresholds", test_thresholds);
  g_test_add_func ("/consumer/assignment/C-REB-004/bad-answers", test_assignment);
  g_test_add_func ("/consumer/assignment/C-REB-011/sort-ids", test_sort_ids);
  g_test_add_func ("/consumer/stats/rates", test_stats);
  return g_test_run ();
}
