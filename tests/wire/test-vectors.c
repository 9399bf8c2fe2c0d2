/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the golden vectors, one test a file. The folder is the first argument, RMQ_VECTORS_DIR, or tests/vectors. A file
 * nobody claims fails, and so does one of which not every case was run.
 */
#include "vectors.h"

/* One a line, so that everybody can add theirs. */
/* clang-format off */
static const VectorCategory *const areas[] = {
  vectors_acl,
  vectors_batch,
  vectors_body,
  vectors_client,
  vectors_constants,
  vectors_frame,
  vectors_header,
  vectors_id,
  vectors_message,
  vectors_pop,
  vectors_properties,
  vectors_queue,
  vectors_result,
  vectors_route,
  vectors_tables,
  vectors_text,
  vectors_trace,
};
/* clang-format on */

static char *folder;

static const VectorCategory *
find_category (const char *file)
{
  for (size_t area = 0; area < G_N_ELEMENTS (areas); area++)
    for (const VectorCategory *category = areas[area]; category->file != NULL; category++)
      if (strcmp (category->file, file) == 0)
        return category;
  return NULL;
}

static bool
run_case (const VectorCategory *category, JsonObject *head, JsonObject *object, unsigned *n_run)
{
  g_autoptr (JsonObject) empty = json_object_new ();
  JsonObject *input = vector_object (object, "input");
  VectorCase self = { category->file, vector_string (object, "name"), head, object, input != NULL ? input : empty, 0 };

  if (self.name == NULL)
    self.name = "(no name)";
  if (category->run (&self))
    (*n_run)++;
  else
    g_test_message ("FAIL %s/%s: nobody knows this case", self.file, self.name);
  return self.n_failures == 0;
}

static void
run_file (const void *data)
{
  const char *file = data;
  const VectorCategory *category = find_category (file);
  g_autofree char *base = g_strconcat (file, ".json", NULL);
  g_autofree char *path = g_build_filename (folder, base, NULL);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  JsonObject *head;
  JsonArray *cases;
  unsigned n_cases;
  unsigned n_run = 0;
  unsigned n_failed = 0;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  head = json_node_get_object (json_parser_get_root (parser));
  cases = json_object_get_array_member (head, "cases");
  n_cases = json_array_get_length (cases);

  if (category == NULL)
    {
      g_test_message ("%s: 0 cases run of %u", file, n_cases);
      g_test_fail_printf ("%s: no area claims this file", file);
      return;
    }

  for (unsigned i = 0; i < n_cases; i++)
    if (!run_case (category, head, json_array_get_object_element (cases, i), &n_run))
      n_failed++;

  g_test_message ("%s: %u cases run of %u", file, n_run, n_cases);
  if (n_failed > 0)
    g_test_fail_printf ("%s: %u cases failed", file, n_failed);
  if (n_run != n_cases || n_cases == 0)
    g_test_fail_printf ("%s: only %u cases run of %u", file, n_run, n_cases);
}

/* A category whose file is not there would pass silently. */
static void
check_files_exist (void)
{
  for (size_t area = 0; area < G_N_ELEMENTS (areas); area++)
    for (const VectorCategory *category = areas[area]; category->file != NULL; category++)
      {
        g_autofree char *base = g_strconcat (category->file, ".json", NULL);
        g_autofree char *path = g_build_filename (folder, base, NULL);

        g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
      }
}

static void
add_files (GPtrArray *names)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".json"))
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (".json")));
  for (unsigned i = 0; i < names->len; i++)
    {
      const char *file = g_ptr_array_index (names, i);
      g_autofree char *path = g_strconcat ("/wire/vectors/", file, NULL);

      g_test_add_data_func (path, file, run_file);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  /* One bad file must not hide the next. */
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  char **arg_values;
  int n_args;
  int result;

  for (int i = 0; i < argc; i++)
    g_ptr_array_add (args, argv[i]);
  g_ptr_array_insert (args, 1, (char *) "-k");
  g_ptr_array_add (args, NULL);
  arg_values = (char **) args->pdata;
  n_args = (int) args->len - 1;
  g_test_init (&n_args, &arg_values, NULL);
  if (n_args > 1)
    folder = g_strdup (arg_values[1]);
  else if (g_getenv ("RMQ_VECTORS_DIR") != NULL)
    folder = g_strdup (g_getenv ("RMQ_VECTORS_DIR"));
  else
    folder = g_test_build_filename (G_TEST_DIST, "vectors", NULL);

  add_files (names);
  g_test_add_func ("/wire/vectors-have-files", check_files_exist);
  result = g_test_run ();
  g_free (folder);
  return result;
}
