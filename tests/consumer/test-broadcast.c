/* SPDX-License-Identifier: Apache-2.0
 *
 * Broadcasting: everybody gets everything, offsets in a file of one's own, failures that stay where they are.
 */
#include "consumer-fixture.h"
#include "consumer/rmq-local-offsets-private.h"

#include <glib/gstdio.h>

static RmqTestDir *state_dir; /* of all tests; each has its own client id */

static RmqPushConsumer *
new_member (Fixture *self, const char *client_id)
{
  RmqPushConsumer *consumer = fixture_new_consumer_with (self, GROUP, "client-id", client_id, NULL);

  g_object_set (consumer, "broadcasting", TRUE, NULL);
  return consumer;
}

static void
run_member (Fixture *self, RmqPushConsumer *consumer)
{
  fixture_run_consumer (self, consumer, NULL);
  FIXTURE_WAIT (self, fixture_count_owned (self, consumer) == 4);
}

static unsigned
count_texts (Fixture *self, unsigned times)
{
  unsigned n = 0;

  for (unsigned i = 0; i < 16; i++)
    {
      g_autofree char *text = g_strdup_printf ("message-%u", i);

      n += fixture_count_text (self, text) == times;
    }
  return n;
}

static void
check_brokers_know_nothing (Fixture *self)
{
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET), ==, 0);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_QUERY_CONSUMER_OFFSET), ==, 0);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_GET_CONSUMER_LIST_BY_GROUP), ==, 0);
  g_assert_cmpuint (fixture_count_requests (self, RMQ_REQUEST_CONSUMER_SEND_MSG_BACK), ==, 0);
}

/* --- C-BCAST-001 --- */

static void
test_all_get_all (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) one = new_member (self, "all-1");
  g_autoptr (RmqPushConsumer) two = new_member (self, "all-2");
  g_autoptr (RmqFakeRequest) heartbeat = NULL;
  g_autofree char *text = NULL;

  run_member (self, one);
  run_member (self, two);
  fixture_put (self, 16);
  FIXTURE_WAIT (self, fixture_count (self) == 32);
  g_assert_cmpuint (count_texts (self, 2), ==, 16);
  heartbeat = rmq_fake_broker_get_last_request (self->broker, RMQ_REQUEST_HEART_BEAT);
  text = g_strndup (g_bytes_get_data (heartbeat->body, NULL), g_bytes_get_size (heartbeat->body));
  g_assert_nonnull (strstr (text, "BROADCASTING"));
  g_assert_null (strstr (text, "%RETRY%"));
  g_assert_true (fixture_close (self, one, NULL));
  g_assert_true (fixture_close (self, two, NULL));
  check_brokers_know_nothing (self);
}

/* --- C-BCAST-002 --- */

static void
test_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) before = new_member (self, "restart");
  g_autoptr (RmqPushConsumer) after = NULL;

  run_member (self, before);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_assert_true (fixture_close (self, before, NULL));
  g_clear_object (&before);
  for (int i = 0; i < 4; i++)
    rmq_fake_broker_put (self->broker, TOPIC, i, "meanwhile", NULL);
  after = new_member (self, "restart");
  run_member (self, after);
  FIXTURE_WAIT (self, fixture_count (self) == 12);
  g_assert_cmpuint (fixture_count_text (self, "meanwhile"), ==, 4);
  g_assert_true (fixture_close (self, after, NULL));
}

/* --- C-BCAST-003 --- */

static void
test_later_member (Fixture *self, gconstpointer data)
{
  g_autoptr (RmqPushConsumer) one = new_member (self, "early");
  g_autoptr (RmqPushConsumer) two = new_member (self, "late");

  run_member (self, one);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_object_set (two, "consume-from", RMQ_CONSUME_FROM_LAST_OFFSET, NULL);
  run_member (self, two);
  for (int i = 0; i < 4; i++)
    rmq_fake_broker_put (self->broker, TOPIC, i, "new", NULL);
  FIXTURE_WAIT (self, fixture_count_text (self, "new") == 8);
  g_assert_cmpuint (fixture_count (self), ==, 16);
  g_assert_true (fixture_close (self, one, NULL));
  g_assert_true (fixture_close (self, two, NULL));
}

/* --- C-BCAST-004 --- */

static RmqConsumeResult
fail_first (Fixture *self, RmqMessage *message)
{
  g_autofree char *text = rmq_message_dup_text (message);

  return g_str_equal (text, "message-0") ? RMQ_CONSUME_RETRY : RMQ_CONSUME_SUCCESS;
}

static void
test_failure (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (state_dir, "rmq-1", "offsets", "failure", GROUP, "offsets.json", NULL);
  g_autoptr (RmqPushConsumer) consumer = new_member (self, "failure");
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new (TOPIC, "broker-a", 0);
  g_autoptr (RmqLocalOffsets) offsets = NULL;
  g_autoptr (GError) error = NULL;

  self->handler = fail_first;
  run_member (self, consumer);
  fixture_put (self, 8);
  FIXTURE_WAIT (self, fixture_count (self) == 8);
  g_assert_true (fixture_close (self, consumer, NULL));
  check_brokers_know_nothing (self);
  offsets = _rmq_local_offsets_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (_rmq_local_offsets_get (offsets, queue), ==, 2);
}

/* --- C-PUSH-008 --- */

/* The messages it was to go on with are gone. */
static void
test_offset_illegal (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (state_dir, "rmq-1", "offsets", "illegal", GROUP, "offsets.json", NULL);
  g_autoptr (RmqPushConsumer) before = new_member (self, "illegal");
  g_autoptr (RmqPushConsumer) after = NULL;
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new (TOPIC, "broker-a", 0);
  g_autoptr (RmqLocalOffsets) offsets = NULL;
  g_autoptr (GError) error = NULL;

  run_member (self, before);
  fixture_put (self, 4);
  FIXTURE_WAIT (self, fixture_count (self) == 4);
  g_assert_true (fixture_close (self, before, NULL));
  g_clear_object (&before);

  for (int i = 0; i < 5; i++)
    rmq_fake_broker_put (self->broker, TOPIC, 0, i < 3 ? "gone" : "left", NULL);
  rmq_fake_broker_set_min_offset (self->broker, TOPIC, 0, 4);
  after = new_member (self, "illegal");
  run_member (self, after);
  FIXTURE_WAIT (self, fixture_count_text (self, "left") == 2);
  g_assert_cmpuint (fixture_count_text (self, "gone"), ==, 0);
  rmq_fake_broker_put (self->broker, TOPIC, 0, "more", NULL);
  FIXTURE_WAIT (self, fixture_count_text (self, "more") == 1);
  g_assert_true (fixture_close (self, after, NULL));
  check_brokers_know_nothing (self);
  offsets = _rmq_local_offsets_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (_rmq_local_offsets_get (offsets, queue), ==, 7);
}

/* --- C-BCAST-005, C-BCAST-006 --- */

#define JAVA_TEXT                                                                                                      \
  "{\n\t\"offsetTable\":{{\n\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":0,\n\t\t\t\"topic\":\"T\"\n\t\t\t}:7,"      \
  "{\n\t\t\t\"brokerName\":\"b\",\n\t\t\t\"queueId\":1,\n\t\t\t\"topic\":\"T\"\n\t\t\t}:5\n\t}\n}"

static int64_t
offset_in (const char *path, int queue_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqLocalOffsets) offsets = _rmq_local_offsets_open (path, &error);
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("T", "b", queue_id);

  g_assert_no_error (error);
  return _rmq_local_offsets_get (offsets, queue);
}

static void
set_offset (const char *path, int queue_id, int64_t offset)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqLocalOffsets) offsets = _rmq_local_offsets_open (path, &error);
  g_autoptr (RmqMessageQueue) queue = rmq_message_queue_new ("T", "b", queue_id);

  g_assert_no_error (error);
  _rmq_local_offsets_set (offsets, queue, offset);
  g_assert_true (_rmq_local_offsets_write (offsets, &error));
  g_assert_no_error (error);
}

static void
test_file (void)
{
  g_autoptr (RmqTestDir) dir = rmq_test_dir_new ();
  g_autofree char *path = rmq_test_dir_write (dir, "offsets.json", JAVA_TEXT);
  g_autofree char *old_path = g_strconcat (path, ".bak", NULL);
  g_autofree char *text = NULL;
  g_autofree char *deep = g_build_filename (dir, "a", "b", "offsets.json", NULL);

  g_assert_cmpint (offset_in (path, 0), ==, 7);
  g_assert_cmpint (offset_in (path, 1), ==, 5);
  g_assert_cmpint (offset_in (path, 2), ==, -1);
  set_offset (path, 1, 6);
  g_assert_cmpint (offset_in (path, 0), ==, 7);
  g_assert_cmpint (offset_in (path, 1), ==, 6);
  g_assert_cmpint (offset_in (old_path, 1), ==, 5);
  /* Objects as keys, as every version of Java takes them. */
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"offsetTable\":{"));
  g_assert_null (strstr (text, "\\\""));
  /* Killed between the two renames. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (offset_in (path, 1), ==, 5);

  g_assert_cmpint (offset_in (deep, 0), ==, -1);
  set_offset (deep, 0, 1);
  g_assert_cmpint (offset_in (deep, 0), ==, 1);
}

static void
test_file_damaged (void)
{
  static const char *const damaged[] = { "", "x", "{\"offsetTable\":{{", "[]" };

  for (size_t i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autoptr (RmqTestDir) dir = rmq_test_dir_new ();
      g_autofree char *path = rmq_test_dir_write (dir, "offsets.json", damaged[i]);
      g_autofree char *old_path = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (_rmq_local_offsets_open (path, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, path));
      g_clear_error (&error);
      old_path = rmq_test_dir_write (dir, "offsets.json.bak", JAVA_TEXT);
      g_assert_cmpint (offset_in (path, 0), ==, 7);
      g_free (rmq_test_dir_write (dir, "offsets.json.bak", damaged[i]));
      g_assert_null (_rmq_local_offsets_open (path, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, old_path));
    }
}

/* The start says it, rather than to skip or to repeat. */
static void
test_damaged_start (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (state_dir, "rmq-1", "offsets", "damaged", GROUP, NULL);
  g_autofree char *path = g_build_filename (folder, "offsets.json", NULL);
  g_autoptr (RmqPushConsumer) consumer = new_member (self, "damaged");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  g_assert_true (rmq_push_consumer_subscribe (consumer, TOPIC, NULL, NULL));
  g_assert_false (fixture_start (self, consumer, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (fixture_start (self, consumer, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_close (self, consumer, NULL));
}

int
main (int argc, char **argv)
{
  int status;

  state_dir = rmq_test_dir_new ();
  g_setenv ("XDG_STATE_HOME", state_dir, TRUE);
  fixture_init (&argc, &argv);
  fixture_add ("/consumer/broadcast/C-BCAST-001/all-get-all", test_all_get_all);
  fixture_add ("/consumer/broadcast/C-BCAST-002/restart", test_restart);
  fixture_add ("/consumer/broadcast/C-BCAST-003/later-member", test_later_member);
  fixture_add ("/consumer/broadcast/C-BCAST-004/failure", test_failure);
  fixture_add ("/consumer/broadcast/C-PUSH-008/offset-illegal", test_offset_illegal);
  fixture_add ("/consumer/broadcast/C-BCAST-005/damaged-start", test_damaged_start);
  g_test_add_func ("/consumer/broadcast/C-BCAST-005/C-BCAST-006/file", test_file);
  g_test_add_func ("/consumer/broadcast/C-BCAST-005/damaged", test_file_damaged);
  status = g_test_run ();
  rmq_test_dir_free (state_dir);
  return status;
}
