/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target without libFuzzer: every file of the corpus, then so many seeded mutations of them. The same seed
 * gives the same inputs on every machine. An input that kills the process is left behind in a file.
 *
 * Usage: fuzz-NAME [--runs=N] [--seed=N] FILE-OR-FOLDER...
 */
#include "rmq-fuzz.h"
#include "rmq-test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INPUT_BYTES (1u << 16)
/* An input that takes longer hangs. */
#define MAX_SECONDS 20

static struct
{
  char path[256];
  const uint8_t *data;
  size_t size;
} running;

static void
on_death (int signal_number)
{
  int fd = open (running.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  static const char told[] = "The input that did this is in ";

  if (fd >= 0 && write (fd, running.data, running.size) == (ssize_t) running.size
      && write (STDERR_FILENO, told, sizeof told - 1) > 0
      && write (STDERR_FILENO, running.path, strlen (running.path)) > 0 && write (STDERR_FILENO, "\n", 1) > 0)
    close (fd);
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

static void
run_input (const uint8_t *data, size_t size)
{
  uint8_t *exact = malloc (MAX (size, 1));

  g_assert_nonnull (exact);
  if (size > 0)
    memcpy (exact, data, size);
  running.data = exact;
  running.size = size;
  alarm (MAX_SECONDS);
  LLVMFuzzerTestOneInput (exact, size);
  alarm (0);
  free (exact);
}

/* ---- The corpus ---- */

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_path (GPtrArray *corpus, const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_dir_open (path, 0, NULL) : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  const char *name;
  char *content;
  size_t size;

  if (dir == NULL)
    {
      if (!g_file_get_contents (path, &content, &size, &error))
        g_error ("%s", error->message);
      g_ptr_array_add (corpus, g_bytes_new_take (content, size));
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  /* The order of a folder is not the same everywhere. */
  g_ptr_array_sort (names, compare_names);
  for (unsigned i = 0; i < names->len; i++)
    add_path (corpus, g_ptr_array_index (names, i));
}

/* ---- Mutations ---- */

static void
overwrite_number (uint64_t *seed, GByteArray *input)
{
  static const uint32_t numbers[] = {
    0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff
  };
  uint32_t number = GUINT32_TO_BE (numbers[rmq_test_random_below (seed, G_N_ELEMENTS (numbers))]);
  size_t width = 1u << rmq_test_random_below (seed, 3);

  if (input->len < width)
    return;
  memcpy (input->data + rmq_test_random_below (seed, input->len - width + 1),
          (uint8_t *) &number + sizeof number - width, width);
}

static void
insert_part (uint64_t *seed, GByteArray *input, const uint8_t *from, size_t len)
{
  size_t at = rmq_test_random_below (seed, input->len + 1);
  size_t start = len > 0 ? rmq_test_random_below (seed, len) : 0;
  size_t n = len > 0 ? 1 + rmq_test_random_below (seed, MIN (len - start, 64)) : 0;
  g_autofree uint8_t *part = g_memdup2 (from + start, n);
  g_autofree uint8_t *tail = g_memdup2 (input->data + at, input->len - at);
  size_t n_tail = input->len - at;

  if (n == 0 || input->len + n > MAX_INPUT_BYTES)
    return;
  g_byte_array_set_size (input, (unsigned) at);
  g_byte_array_append (input, part, (unsigned) n);
  if (n_tail > 0)
    g_byte_array_append (input, tail, (unsigned) n_tail);
}

static void
remove_part (uint64_t *seed, GByteArray *input)
{
  size_t at;

  if (input->len == 0)
    return;
  at = rmq_test_random_below (seed, input->len);
  g_byte_array_remove_range (input, (unsigned) at,
                             1 + (unsigned) rmq_test_random_below (seed, MIN (input->len - at, 64)));
}

static void
mutate_once (uint64_t *seed, GByteArray *input, GPtrArray *corpus)
{
  size_t other_len;
  const uint8_t *other;
  uint8_t byte = (uint8_t) rmq_test_random (seed);

  switch (rmq_test_random_below (seed, 7))
    {
    case 0:
      if (input->len > 0)
        input->data[rmq_test_random_below (seed, input->len)] ^= (uint8_t) (1u << (byte & 7));
      break;
    case 1:
      if (input->len > 0)
        input->data[rmq_test_random_below (seed, input->len)] = byte;
      break;
    case 2:
      overwrite_number (seed, input);
      break;
    case 3:
      remove_part (seed, input);
      break;
    case 4:
      insert_part (seed, input, &byte, 1);
      break;
    case 5:
      other = g_bytes_get_data (g_ptr_array_index (corpus, rmq_test_random_below (seed, corpus->len)), &other_len);
      insert_part (seed, input, other, other_len);
      break;
    default:
      if (input->len > 0 && byte < 64)
        g_byte_array_set_size (input, (unsigned) rmq_test_random_below (seed, input->len));
      else
        insert_part (seed, input, input->data, input->len);
      break;
    }
}

static void
run_mutation (uint64_t *seed, GPtrArray *corpus)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();
  GBytes *origin = g_ptr_array_index (corpus, rmq_test_random_below (seed, corpus->len));
  unsigned n = 1 + (unsigned) rmq_test_random_below (seed, 8);

  if (g_bytes_get_size (origin) > 0)
    g_byte_array_append (input, g_bytes_get_data (origin, NULL),
                         (unsigned) MIN (g_bytes_get_size (origin), MAX_INPUT_BYTES));
  while (n-- > 0)
    mutate_once (seed, input, corpus);
  run_input (input->data, input->len);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *name = g_path_get_basename (argv[0]);
  static const int deadly[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGALRM };
  uint64_t seed = 1;
  uint64_t n_runs = 0;

  g_snprintf (running.path, sizeof running.path, "%s-crash", name);
  for (int i = 1; i < argc; i++)
    {
      if (g_str_has_prefix (argv[i], "--runs="))
        n_runs = g_ascii_strtoull (argv[i] + strlen ("--runs="), NULL, 10);
      else if (g_str_has_prefix (argv[i], "--seed="))
        seed = g_ascii_strtoull (argv[i] + strlen ("--seed="), NULL, 10);
      else
        add_path (corpus, argv[i]);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (deadly); i++)
    signal (deadly[i], on_death);

  for (unsigned i = 0; i < corpus->len; i++)
    {
      GBytes *input = g_ptr_array_index (corpus, i);

      run_input (g_bytes_get_data (input, NULL), g_bytes_get_size (input));
    }
  for (uint64_t i = 0; corpus->len > 0 && i < n_runs; i++)
    run_mutation (&seed, corpus);
  g_print ("%s: %u files, %" G_GUINT64_FORMAT " mutations\n", name, corpus->len, n_runs);
  return corpus->len > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
