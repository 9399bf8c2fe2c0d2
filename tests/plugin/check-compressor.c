/* SPDX-License-Identifier: Apache-2.0
 *
 * What every compressor must do: `check-compressor NAME`. Hostile input is the rule here: bodies come from anybody.
 */
#include "check.h"
#include <json-glib/json-glib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static GBytes *
make_body (size_t length, bool random)
{
  uint8_t *data = g_malloc (MAX (length, 1));
  uint64_t seed = length + 1;

  for (size_t i = 0; i < length; i++)
    data[i] = random ? (uint8_t) rmq_test_random (&seed) : (uint8_t) "orders are sold by the dozen "[i % 29];
  return g_bytes_new_take (data, length);
}

static GBytes *
compress (RmqCompressor *compressor, GBytes *body, int level)
{
  g_autoptr (GError) error = NULL;
  GBytes *packed = rmq_compressor_compress (compressor, body, level, &error);

  g_assert_no_error (error);
  return packed;
}

static void
assert_corrupt (RmqCompressor *compressor, GBytes *packed, size_t limit)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rmq_compressor_decompress (compressor, packed, limit, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
}

static void
test_type_id (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();

  g_assert_cmpint (rmq_compressor_get_type_id (compressor), >=, 1);
  g_assert_cmpint (rmq_compressor_get_type_id (compressor), <=, 7);
}

static void
test_round_trip (void)
{
  static const size_t lengths[] = { 0, 1, 2, 100, 4095, 4096, 65535, 65536, 65537, 1000000, 4 * 1024 * 1024 };
  g_autoptr (RmqCompressor) compressor = check_create ();

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (int random = 0; random < 2; random++)
      {
        g_autoptr (GBytes) body = make_body (lengths[i], random);
        g_autoptr (GBytes) packed = compress (compressor, body, 5);
        g_autoptr (GError) error = NULL;
        g_autoptr (GBytes) back = rmq_compressor_decompress (compressor, packed, lengths[i], &error);

        g_assert_no_error (error);
        g_assert_true (g_bytes_equal (back, body));
        if (!random && lengths[i] >= 4096)
          g_assert_cmpuint (g_bytes_get_size (packed), <, lengths[i] / 4);
      }
}

static void
test_levels (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autoptr (GBytes) body = make_body (50000, false);

  for (int level = -5; level <= 25; level++)
    {
      g_autoptr (GBytes) packed = compress (compressor, body, level);
      g_autoptr (GBytes) back = rmq_compressor_decompress (compressor, packed, 50000, NULL);

      g_assert_true (g_bytes_equal (back, body));
    }
}

static void
test_limit (void)
{
  static const size_t lengths[] = { 1, 1000, 1024, 1025, 65536, 300000 };
  g_autoptr (RmqCompressor) compressor = check_create ();

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) body = make_body (lengths[i], false);
      g_autoptr (GBytes) packed = compress (compressor, body, 5);
      g_autoptr (GBytes) back = rmq_compressor_decompress (compressor, packed, SIZE_MAX, NULL);

      g_assert_true (g_bytes_equal (back, body));
      assert_corrupt (compressor, packed, lengths[i] - 1);
      assert_corrupt (compressor, packed, 0);
    }
}

static bool
forget_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  bool done = fd >= 0 && write (fd, "5", 1) == 1;

  if (fd >= 0)
    close (fd);
  return done;
}

/* A small body that says it is huge. The peak is read from the kernel, and so includes what the algorithm itself takes
 * for its tables and window. */
static void
test_bomb (void)
{
  const size_t cap = 16 * 1024 * 1024;
  const size_t full = 64 * 1024 * 1024;
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autoptr (GBytes) packed = NULL;
  g_autofree char *status = NULL;
  uint64_t before;
  uint64_t after;

  {
    g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (full), full);

    packed = compress (compressor, body, 5);
  }
  g_assert_cmpuint (g_bytes_get_size (packed), <, full / 100);
  if (!forget_peak ())
    {
      g_test_skip ("the peak of memory cannot be reset here");
      assert_corrupt (compressor, packed, cap);
      return;
    }
  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  before = g_ascii_strtoull (strstr (status, "VmRSS:") + 6, NULL, 10) * 1024;
  assert_corrupt (compressor, packed, cap);
  g_clear_pointer (&status, g_free);
  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  after = g_ascii_strtoull (strstr (status, "VmHWM:") + 6, NULL, 10) * 1024;
  g_test_message ("peak %" G_GUINT64_FORMAT " KiB above the start", (after - MIN (before, after)) / 1024);
  /* Under valgrind and sanitizers memory is not what it seems. */
  if (rmq_test_get_slowness () == 1)
    g_assert_cmpuint (after - MIN (before, after), <, 2 * cap);
}

static void
test_truncated (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autoptr (GBytes) body = make_body (3000, true);
  g_autoptr (GBytes) packed = compress (compressor, body, 5);
  size_t length = g_bytes_get_size (packed);

  for (size_t cut = 0; cut < length; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (packed, 0, cut);

      assert_corrupt (compressor, part, 100000);
    }
}

static void
test_trailing (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autoptr (GBytes) body = make_body (3000, false);
  g_autoptr (GBytes) packed = compress (compressor, body, 5);

  for (size_t extra = 1; extra < 40; extra += 7)
    {
      size_t length = g_bytes_get_size (packed);
      uint8_t *data = g_malloc (length + extra);

      memcpy (data, g_bytes_get_data (packed, NULL), length);
      memset (data + length, 'x', extra);
      {
        g_autoptr (GBytes) longer = g_bytes_new_take (data, length + extra);

        assert_corrupt (compressor, longer, 100000);
      }
    }
}

/* Whatever comes, there is an answer, and not more of it than allowed. */
static void
test_noise (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autoptr (GBytes) body = make_body (2000, false);
  g_autoptr (GBytes) packed = compress (compressor, body, 5);
  size_t length = g_bytes_get_size (packed);
  uint64_t seed = 20240117;

  for (int round = 0; round < 3000; round++)
    {
      uint8_t *data = g_memdup2 (g_bytes_get_data (packed, NULL), length);
      g_autoptr (GBytes) damaged = NULL;
      g_autoptr (GBytes) back = NULL;
      g_autoptr (GError) error = NULL;

      for (uint64_t n = 1 + rmq_test_random_below (&seed, 4); n > 0; n--)
        data[rmq_test_random_below (&seed, length)] = rmq_test_random (&seed);
      damaged = g_bytes_new_take (data, length);
      back = rmq_compressor_decompress (compressor, damaged, 5000, &error);
      g_assert_true ((back == NULL) == (error != NULL));
      if (back != NULL)
        g_assert_cmpuint (g_bytes_get_size (back), <=, 5000);
      else
        g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
    }
}

static void *
pack_and_unpack (void *data)
{
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (GBytes) body = make_body (5000 + i, false);
      g_autoptr (GBytes) packed = compress (data, body, 5);
      g_autoptr (GBytes) back = rmq_compressor_decompress (data, packed, 100000, NULL);

      g_assert_true (g_bytes_equal (back, body));
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  GThread *threads[4];

  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("pack", pack_and_unpack, compressor);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static GBytes *
parse_hex (const char *hex)
{
  size_t length = strlen (hex) / 2;
  uint8_t *data = g_malloc (MAX (length, 1));

  for (size_t i = 0; i < length; i++)
    data[i] = g_ascii_xdigit_value (hex[2 * i]) * 16 + g_ascii_xdigit_value (hex[2 * i + 1]);
  return g_bytes_new_take (data, length);
}

/* A long body stands there as its length and sum. */
static void
assert_is (GBytes *body, JsonNode *wanted)
{
  if (JSON_NODE_HOLDS_OBJECT (wanted))
    {
      JsonObject *sum = json_node_get_object (wanted);
      g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);

      g_assert_cmpint (g_bytes_get_size (body), ==, json_object_get_int_member (sum, "length"));
      g_assert_cmpstr (sha256, ==, json_object_get_string_member (sum, "sha256"));
    }
  else
    {
      g_autoptr (GBytes) bytes = parse_hex (json_node_get_string (wanted));

      g_assert_true (g_bytes_equal (body, bytes));
    }
}

/* What the Java client packed. */
static void
test_java (void)
{
  g_autoptr (RmqCompressor) compressor = check_create ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", "message-compressed.json", NULL);
  g_autofree char *algorithm = g_ascii_strup (check_get_name (), -1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonArray *cases;
  unsigned n = 0;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  cases = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "cases");
  for (unsigned i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *one = json_array_get_object_element (cases, i);
      JsonObject *input = json_object_get_object_member (one, "input");
      g_autoptr (GBytes) packed = NULL;
      g_autoptr (GBytes) body = NULL;

      if (!g_str_has_prefix (json_object_get_string_member_with_default (input, "compression", ""), algorithm))
        continue;
      packed = parse_hex (json_object_get_string_member (one, "storedBody"));
      body = rmq_compressor_decompress (compressor, packed, 1024 * 1024, &error);
      g_assert_no_error (error);
      assert_is (body, json_object_get_member (input, "body"));
      n++;
    }
  if (n == 0)
    g_test_skip ("the Java client does not have this algorithm");
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  check_setup ("compressor", argc, argv, NULL);
  check_add ("type-id", test_type_id);
  check_add ("C-MSG-006/round-trip", test_round_trip);
  check_add ("levels", test_levels);
  check_add ("limit", test_limit);
  check_add ("C-MSG-009/bomb", test_bomb);
  check_add ("C-MSG-008/truncated", test_truncated);
  check_add ("C-MSG-008/trailing", test_trailing);
  check_add ("C-MSG-008/noise", test_noise);
  check_add ("java", test_java);
  check_add ("threads", test_threads);
  result = g_test_run ();
  check_teardown ();
  return result;
}
