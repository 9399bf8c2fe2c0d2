/* SPDX-License-Identifier: Apache-2.0
 *
 * What every compressor must do, run against the one that is named: round trips, limits, damage.
 */
#include <rmq/rmq.h>
#include "rmq-test.h"

static RmqCompressor *compressor;

static GBytes *
make_body (size_t size, uint64_t seed)
{
  uint8_t *data = g_malloc (size + 1);

  /* Half noise, half repetition. */
  for (size_t i = 0; i < size; i++)
    data[i] = (uint8_t) (i % 2 == 0 ? rmq_test_random (&seed) : 'x');
  return g_bytes_new_take (data, size);
}

static void
test_round_trip (void)
{
  static const size_t sizes[] = { 1, 100, 4096, 65536, 4 * 1024 * 1024 };

  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) body = make_body (sizes[i], i + 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, body, -1, &error);
      g_autoptr (GBytes) again = NULL;

      g_assert_no_error (error);
      again = rmq_compressor_decompress (compressor, packed, sizes[i], &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (body, again));
    }
}

/* A small body that unpacks to a gigabyte must stop at the limit. */
static void
test_limit (void)
{
  size_t size = 64 * 1024 * 1024;
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (size), size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, zeros, -1, &error);
  g_autoptr (GBytes) unpacked = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (packed), <, size / 50);
  unpacked = rmq_compressor_decompress (compressor, packed, 1024 * 1024, &error);
  g_assert_null (unpacked);
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
}

/* Cut anywhere, or with a bit turned: an error or, where no check sees it, other bytes; never a crash. */
static void
test_damage (void)
{
  g_autoptr (GBytes) body = make_body (5000, 7);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) packed = rmq_compressor_compress (compressor, body, -1, &error);
  size_t size;
  const uint8_t *data = g_bytes_get_data (packed, &size);

  for (size_t cut = 0; cut < size; cut += 1 + cut / 16)
    {
      g_autoptr (GBytes) part = g_bytes_new (data, cut);
      g_autoptr (GError) reason = NULL;
      g_autoptr (GBytes) unpacked = rmq_compressor_decompress (compressor, part, 1024 * 1024, &reason);

      g_assert_null (unpacked);
      g_assert_error (reason, RMQ_ERROR, RMQ_ERROR_CORRUPT_MESSAGE);
    }
  for (size_t at = 0; at < size; at += 1 + size / 500)
    {
      g_autofree uint8_t *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) damaged = NULL;
      g_autoptr (GError) reason = NULL;
      g_autoptr (GBytes) unpacked = NULL;

      copy[at] ^= 0x10;
      damaged = g_bytes_new (copy, size);
      unpacked = rmq_compressor_decompress (compressor, damaged, 1024 * 1024, &reason);
      g_assert_true ((unpacked == NULL) == (reason != NULL));
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    g_error ("usage: check-compressor NAME");
  compressor = (RmqCompressor *) rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "compressor", argv[1],
                                                             NULL, &error);
  g_assert_no_error (error);
  g_test_add_func ("/compressor/C-MSG-006/round-trip", test_round_trip);
  g_test_add_func ("/compressor/C-MSG-009/limit", test_limit);
  g_test_add_func ("/compressor/C-MSG-008/damage", test_damage);
  return g_test_run ();
}
