/* SPDX-License-Identifier: Apache-2.0
 *
 * The test support tested: waiting, counting, and the scripted peer against a plain client.
 */
#include "rmq-test-peer.h"

static const uint8_t frame_a[] = { 0, 0, 0, 3, 'a', 'b', 'c' };
static const uint8_t frame_b[] = { 0, 0, 0, 0 };

static GSocketConnection *
dial (RmqTestPeer *peer)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, rmq_test_peer_get_address (peer), 0, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
say (GSocketConnection *connection, const void *data, size_t len)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), data, len, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
hear (GSocketConnection *connection, const void *expected, size_t len)
{
  g_autofree uint8_t *data = g_malloc (len);
  g_autoptr (GError) error = NULL;
  size_t n = 0;

  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), data, len, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (data, n, expected, len);
}

static void
hear_end (GSocketConnection *connection, bool reset)
{
  char byte;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL, &error);

  if (reset)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  else
    g_assert_no_error (error);
  g_assert_cmpint (n, ==, reset ? -1 : 0);
}

static void
test_script (void)
{
  g_autoptr (RmqTestPeer) peer = rmq_test_peer_new ();
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (GBytes) frame = NULL;
  unsigned connection = 9;

  rmq_test_peer_then_accept (peer);
  rmq_test_peer_then_read_frame (peer);
  rmq_test_peer_then_write (peer, "hello", 5);
  rmq_test_peer_then_read_frame (peer);
  rmq_test_peer_then_drip (peer, "world", 5, 2);
  rmq_test_peer_then_close (peer);
  rmq_test_peer_then_accept (peer);
  rmq_test_peer_then_read_frame (peer);
  rmq_test_peer_then_reset (peer);

  first = dial (peer);
  say (first, frame_a, 2);
  say (first, frame_a + 2, sizeof frame_a - 2);
  hear (first, "hello", 5);
  say (first, frame_b, sizeof frame_b);
  hear (first, "world", 5);
  hear_end (first, false);
  second = dial (peer);
  say (second, frame_a, sizeof frame_a);
  hear_end (second, true);
  g_assert_true (rmq_test_peer_wait_script (peer, RMQ_TEST_TIMEOUT_MS));

  g_assert_true (rmq_test_peer_wait_frames (peer, NULL, 3));
  frame = rmq_test_peer_dup_frame (peer, 0, &connection);
  g_assert_cmpuint (connection, ==, 0);
  g_assert_cmpmem (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame), frame_a, sizeof frame_a);
  g_assert_cmpuint (rmq_test_peer_get_n_accepted (peer), ==, 2);
  g_assert_cmpuint (rmq_test_peer_get_n_open (peer), ==, 0);
}

static void
echo (RmqTestPeer *peer, unsigned connection, GBytes *frame, void *data)
{
  rmq_test_peer_write (peer, connection, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static void
test_handler (void)
{
  g_autoptr (RmqTestPeer) peer = rmq_test_peer_new ();
  g_autoptr (GSocketConnection) a = NULL;
  g_autoptr (GSocketConnection) b = NULL;

  rmq_test_peer_set_handler (peer, echo, NULL);
  a = dial (peer);
  b = dial (peer);
  for (unsigned i = 0; i < 100; i++)
    {
      say (a, frame_a, sizeof frame_a);
      say (b, frame_b, sizeof frame_b);
      hear (b, frame_b, sizeof frame_b);
      hear (a, frame_a, sizeof frame_a);
    }
  g_assert_cmpuint (rmq_test_peer_get_n_frames (peer), ==, 200);
  g_assert_true (rmq_test_peer_wait_open (peer, NULL, 2));
  g_clear_object (&a);
  g_assert_true (rmq_test_peer_wait_open (peer, NULL, 1));
}

static void
test_listening (void)
{
  g_autoptr (RmqTestPeer) peer = rmq_test_peer_new ();
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) refused = NULL;
  g_autoptr (GSocketConnection) accepted = NULL;
  g_autoptr (GError) error = NULL;

  rmq_test_peer_set_listening (peer, false);
  g_socket_client_set_enable_proxy (client, FALSE);
  refused = g_socket_client_connect_to_host (client, rmq_test_peer_get_address (peer), 0, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  rmq_test_peer_set_listening (peer, true);
  accepted = dial (peer);
  g_assert_true (rmq_test_peer_wait_accepted (peer, NULL, 1));
}

static void *
set_later (void *data)
{
  __atomic_store_n ((int *) data, 1, __ATOMIC_RELEASE);
  rmq_test_wake ();
  return NULL;
}

static void
test_wait (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  int flag = 0;
  GThread *thread;

  g_assert_false (rmq_test_wait_until (NULL, rmq_test_int_is_set, &flag, 1));
  g_assert_false (rmq_test_wait_until (context, rmq_test_int_is_set, &flag, 1));
  thread = g_thread_new ("setter", set_later, &flag);
  rmq_test_assert_until (context, rmq_test_int_is_set, &flag);
  rmq_test_assert_until (NULL, rmq_test_int_is_set, &flag);
  g_thread_join (thread);
}

/* A thread that is there, with its name, until it is told to end. */
static void *
be_counted (void *data)
{
  GAsyncQueue **queues = data;

  g_async_queue_push (queues[0], data);
  g_async_queue_pop (queues[1]);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (GAsyncQueue) started = g_async_queue_new ();
  g_autoptr (GAsyncQueue) ended = g_async_queue_new ();
  GAsyncQueue *queues[] = { started, ended };
  GThread *thread = g_thread_new ("counted", be_counted, queues);

  g_async_queue_pop (started);
  g_assert_cmpuint (rmq_test_count_threads ("count"), ==, 1);
  g_assert_cmpuint (rmq_test_count_threads ("rmq-"), ==, 0);
  g_async_queue_push (ended, queues);
  g_thread_join (thread);
}

static void
test_counts (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqTestDir) dir = rmq_test_dir_new ();
  g_autofree char *path = rmq_test_dir_write (dir, "file", "text");
  unsigned n_sources = rmq_test_count_sources (context);
  unsigned n_fds = rmq_test_count_fds ();
  g_autoptr (GSource) source = g_timeout_source_new (1000);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  uint64_t seed = 1;

  g_source_attach (source, context);
  g_assert_cmpuint (rmq_test_count_sources (context), ==, n_sources + 1);
  g_source_destroy (source);
  g_assert_cmpuint (rmq_test_count_sources (context), ==, n_sources);

  stream = G_INPUT_STREAM (g_file_read (file, NULL, NULL));
  g_assert_cmpuint (rmq_test_count_fds (), ==, n_fds + 1);
  g_assert_cmpuint (rmq_test_random (&seed), ==, UINT64_C (0x910a2dec89025cc1));

  rmq_test_dir_free (g_steal_pointer (&dir));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/support/wait", test_wait);
  g_test_add_func ("/support/threads", test_threads);
  g_test_add_func ("/support/counts", test_counts);
  g_test_add_func ("/support/peer/script", test_script);
  g_test_add_func ("/support/peer/handler", test_handler);
  g_test_add_func ("/support/peer/listening", test_listening);
  return g_test_run ();
}
