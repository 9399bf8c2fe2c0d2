/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry with plugins that are right and with plugins that are wrong in every way that could be thought of.
 */
#include "plugin-folder.h"
#include "plugin/rmq-plugin-manifest-private.h"
#include "plugin/rmq-plugin-registry-private.h"
#include "plugin/rmq-plugin-scan-private.h"
#include <rmq/rmq.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  RmqTestDir *folder;
  RmqPluginRegistry *registry;
} Fix;

static void
setup (Fix *fix, const void *data)
{
  fix->folder = rmq_test_dir_new ();
  fix->registry = rmq_plugin_registry_new ();
}

static void
teardown (Fix *fix, const void *data)
{
  g_assert_finalize_object (fix->registry);
  rmq_test_dir_free (fix->folder);
}

static void
add_folder (Fix *fix)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_plugin_registry_add_path (fix->registry, fix->folder, &error));
  g_assert_no_error (error);
}

/* The message must say all of the words, separated by '|'. */
static void
assert_says (const char *message, const char *words)
{
  g_auto (GStrv) parts = g_strsplit (words, "|", -1);

  for (char **part = parts; *part != NULL; part++)
    if (strstr (message, *part) == NULL)
      g_error ("\"%s\" is not said in \"%s\"", *part, message);
}

static void
assert_fails (Fix *fix, const char *name, RmqError code, const char *words)
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (rmq_plugin_registry_create (fix->registry, "rpc-hook", name, NULL, &error));
      g_assert_error (error, RMQ_ERROR, (int) code);
      assert_says (error->message, words);
    }
}

static void
assert_problem (Fix *fix, const char *words)
{
  g_auto (GStrv) problems = rmq_plugin_registry_dup_problems (fix->registry);

  g_assert_cmpuint (g_strv_length (problems), ==, 1);
  assert_says (problems[0], words);
}

static GHashTable *
options (const char *key, const char *value)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (table, g_strdup (key), g_strdup (value));
  return table;
}

static void
test_lazy (Fix *fix, const void *data)
{
  g_autoptr (GListModel) before = NULL;
  g_autoptr (RmqPluginFeature) feature = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;
  g_autoptr (GObject) second = NULL;

  plugin_folder_add_fixture (fix->folder, "described");
  plugin_folder_add_fixture (fix->folder, "failing");
  add_folder (fix);
  before = rmq_plugin_registry_list (fix->registry, "rpc-hook");
  g_assert_cmpuint (g_list_model_get_n_items (before), ==, 2);
  feature = g_list_model_get_item (before, 0);
  g_assert_cmpstr (rmq_plugin_feature_get_name (feature), ==, "described");
  g_assert_cmpstr (rmq_plugin_feature_get_plugin_version (feature), ==, "1.0");
  g_assert_cmpstr (rmq_plugin_feature_get_description (feature), ==, "described");
  g_assert_null (rmq_plugin_feature_get_license (feature));
  g_assert_true (rmq_plugin_feature_get_feature_type (feature) == G_TYPE_INVALID);
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 0);

  object = rmq_plugin_registry_create (fix->registry, "rpc-hook", "described", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (RMQ_IS_RPC_HOOK (object));
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 1);
  g_assert_true (rmq_plugin_feature_get_feature_type (feature) == G_OBJECT_TYPE (object));
  g_assert_cmpstr (rmq_plugin_feature_get_license (feature), ==, "MIT");

  second = rmq_plugin_registry_create (fix->registry, "rpc-hook", "described", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (second != object);
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 1);
}

static void
test_options (Fix *fix, const void *data)
{
  g_autoptr (GHashTable) given = options ("number", "-3");
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;
  g_autofree char *text = NULL;
  int number;

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  g_hash_table_insert (given, g_strdup ("text"), g_strdup ("a;b"));
  object = rmq_plugin_registry_create (fix->registry, "rpc-hook", "described", given, &error);
  g_assert_no_error (error);
  g_object_get (object, "number", &number, "text", &text, NULL);
  g_assert_cmpint (number, ==, -3);
  g_assert_cmpstr (text, ==, "a;b");
}

static void
test_options_prefixed (Fix *fix, const void *data)
{
  g_autoptr (GHashTable) given = options ("described.number", "5");
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;
  int number;

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  g_hash_table_insert (given, g_strdup ("tcp.number"), g_strdup ("6"));
  object = _rmq_plugin_registry_create_prefixed (fix->registry, "rpc-hook", "described", given, "described.", &error);
  g_assert_no_error (error);
  g_object_get (object, "number", &number, NULL);
  g_assert_cmpint (number, ==, 5);
}

static void
test_options_wrong (Fix *fix, const void *data)
{
  static const struct
  {
    const char *key;
    const char *value;
    const char *words;
  } wrong[] = {
    { "numbr", "1", "rpc-hook/described|numbr|number, text" },
    { "number", "x", "number|gint" },
    { "number", "11", "number|gint" },
    { "number", "", "number|gint" },
    { "number", "99999999999999999999", "number|gint" },
    { "", "1", "number, text" },
  };

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GHashTable) given = options (wrong[i].key, wrong[i].value);
      g_autoptr (GError) error = NULL;

      g_assert_null (rmq_plugin_registry_create (fix->registry, "rpc-hook", "described", given, &error));
      g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
      assert_says (error->message, wrong[i].words);
    }
}

static void
test_properties (Fix *fix, const void *data)
{
  const char *names[] = { "number" };
  const char *wrong_names[] = { "nothing" };
  GValue values[] = { G_VALUE_INIT };
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;
  int number;

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  g_value_init (&values[0], G_TYPE_INT64);
  g_value_set_int64 (&values[0], 4);
  object =
      rmq_plugin_registry_create_with_properties (fix->registry, "rpc-hook", "described", 1, names, values, &error);
  g_assert_no_error (error);
  g_object_get (object, "number", &number, NULL);
  g_assert_cmpint (number, ==, 4);

  g_assert_null (rmq_plugin_registry_create_with_properties (fix->registry, "rpc-hook", "described", 1, wrong_names,
                                                             values, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_value_set_int64 (&values[0], 400);
  g_assert_null (
      rmq_plugin_registry_create_with_properties (fix->registry, "rpc-hook", "described", 1, names, values, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_clear_error (&error);
  g_value_unset (&values[0]);
  g_value_init (&values[0], G_TYPE_OBJECT);
  g_assert_null (
      rmq_plugin_registry_create_with_properties (fix->registry, "rpc-hook", "described", 1, names, values, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
  g_value_unset (&values[0]);
}

static void
test_initable (Fix *fix, const void *data)
{
  g_autoptr (GHashTable) given = options ("number", "-1");
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;

  plugin_folder_add_fixture (fix->folder, "initable");
  add_folder (fix);
  object = rmq_plugin_registry_create (fix->registry, "rpc-hook", "initable", NULL, &error);
  g_assert_no_error (error);
  g_assert_null (rmq_plugin_registry_create (fix->registry, "rpc-hook", "initable", given, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_CONFIG);
}

static void
test_not_found (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;

  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_NOT_FOUND, "No plugin provides rpc-hook/described.|There is none.");
  plugin_folder_add_fixture (fix->folder, "described");
  plugin_folder_add_fixture (fix->folder, "silent");
  add_folder (fix);
  assert_fails (fix, "descibed", RMQ_ERROR_PLUGIN_NOT_FOUND,
                "No plugin provides rpc-hook/descibed.|Did you mean \"described\"?|described, silent.|Searched: /");
  assert_fails (fix, "", RMQ_ERROR_PLUGIN_NOT_FOUND, "described, silent");

  g_assert_null (rmq_plugin_registry_create (fix->registry, "transprt", "tcp", NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND);
  assert_says (error->message, "Did you mean \"transport\"?|compressor");
}

static void
test_folder_missing (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fix->folder, "nowhere", NULL);
  g_autofree char *file = rmq_test_dir_write (fix->folder, "file", "");

  g_assert_false (rmq_plugin_registry_add_path (fix->registry, path, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_NOT_FOUND);
  assert_says (error->message, path);
  g_clear_error (&error);
  g_assert_false (rmq_plugin_registry_add_path (fix->registry, file, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  assert_says (error->message, "not a folder");
}

typedef struct
{
  const char *kind;
  RmqError code;
  const char *words;
  unsigned n_opened;
} Wrong;

static const Wrong wrong_modules[] = {
  { "old-major", RMQ_ERROR_PLUGIN_ABI, "fixture-old-major.so|ABI 2.0|provides 1.0|rmq-glib 0.", 1 },
  { "new-minor", RMQ_ERROR_PLUGIN_ABI, "fixture-new-minor.so|ABI 1.2|provides 1.0", 1 },
  { "small", RMQ_ERROR_PLUGIN_ABI, "fixture-small.so|16 bytes", 1 },
  { "tiny", RMQ_ERROR_PLUGIN_ABI, "fixture-tiny.so|no valid plugin descriptor", 1 },
  { "null", RMQ_ERROR_PLUGIN_ABI, "fixture-null.so|no valid plugin descriptor", 1 },
  { "named", RMQ_ERROR_PLUGIN_FAILED, "fixture-named.so|somebody", 1 },
  { "nameless", RMQ_ERROR_PLUGIN_FAILED, "fixture-nameless.so|without a name", 1 },
  { "no-init", RMQ_ERROR_PLUGIN_FAILED, "fixture-no-init.so", 1 },
  { "no-symbol", RMQ_ERROR_PLUGIN_FAILED, "fixture-no-symbol.so|rmq_plugin_no_symbol_get_descriptor", 1 },
  { "failing", RMQ_ERROR_PLUGIN_FAILED, "failing|no such device", 1 },
  { "silent", RMQ_ERROR_PLUGIN_FAILED, "silent|without saying why", 1 },
  { "empty", RMQ_ERROR_PLUGIN_FAILED, "fixture-empty.so|does not add rpc-hook/empty", 1 },
  { "other", RMQ_ERROR_PLUGIN_FAILED, "fixture-other.so|rpc-hook/undeclared|manifest does not name", 1 },
  { "ranked", RMQ_ERROR_PLUGIN_FAILED, "fixture-ranked.so|rank 10|says 0", 1 },
  { "twice", RMQ_ERROR_PLUGIN_FAILED, "rpc-hook/twice|twice", 1 },
  { "wrong-type", RMQ_ERROR_INVALID_ARGUMENT, "GObject|RmqRpcHook", 1 },
  { "abstract", RMQ_ERROR_INVALID_ARGUMENT, "Fixture_abstract|abstract", 1 },
  { "unresolved", RMQ_ERROR_PLUGIN_FAILED, "fixture-unresolved.so|fixture_function_that_is_nowhere", 0 },
};

static void
test_wrong_module (Fix *fix, const void *data)
{
  const Wrong *wrong = data;

  plugin_folder_add_fixture (fix->folder, wrong->kind);
  add_folder (fix);
  assert_fails (fix, wrong->kind, wrong->code, wrong->words);
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, wrong->n_opened);
}

static void
test_manifest_abi (Fix *fix, const void *data)
{
  plugin_folder_add (fix->folder, "described", "described", NULL, "2.0", NULL);
  add_folder (fix);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_ABI, "fixture-described.so|ABI 2.0|provides 1.0");
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 0);
}

static void
test_manifest_lies (Fix *fix, const void *data)
{
  plugin_folder_add (fix->folder, "described", "described", "rpc-hook/described;rpc-hook/more", NULL, NULL);
  add_folder (fix);
  assert_fails (fix, "more", RMQ_ERROR_PLUGIN_FAILED, "does not add rpc-hook/more");
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_FAILED, "does not add rpc-hook/more");
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 1);
}

static void
test_not_a_module (Fix *fix, const void *data)
{
  g_autofree char *module = rmq_test_dir_write (fix->folder, "fixture-described.so", "This is no shared object.");

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_FAILED, "fixture-described.so|cannot be opened");
}

static void
test_module_missing (Fix *fix, const void *data)
{
  g_autofree char *module = g_build_filename (fix->folder, "fixture-described.so", NULL);

  plugin_folder_add_fixture (fix->folder, "described");
  g_assert_cmpint (g_unlink (module), ==, 0);
  add_folder (fix);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_NOT_FOUND, module);
}

static void
test_module_not_a_file (Fix *fix, const void *data)
{
  g_autofree char *module = g_build_filename (fix->folder, "fixture-described.so", NULL);

  g_assert_cmpint (g_mkdir (module, 0755), ==, 0);
  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_FAILED, "not a regular file");
}

static void
test_writable_module (Fix *fix, const void *data)
{
  g_autofree char *module = rmq_test_dir_write (fix->folder, "fixture-described.so", "");

  g_assert_cmpint (g_chmod (module, 0646), ==, 0);
  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_FAILED, "fixture-described.so|everybody may write");
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 0);
}

static void
test_writable_manifest (Fix *fix, const void *data)
{
  g_autofree char *manifest = g_build_filename (fix->folder, "described.plugin", NULL);

  plugin_folder_add_fixture (fix->folder, "described");
  g_assert_cmpint (g_chmod (manifest, 0646), ==, 0);
  add_folder (fix);
  assert_problem (fix, "described.plugin|everybody may write");
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_NOT_FOUND, "Not used:|everybody may write");
}

static void
test_writable_folder (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;

  plugin_folder_add_fixture (fix->folder, "described");
  g_assert_cmpint (g_chmod (fix->folder, 0777), ==, 0);
  g_assert_false (rmq_plugin_registry_add_path (fix->registry, fix->folder, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  assert_says (error->message, fix->folder);
  assert_fails (fix, "described", RMQ_ERROR_PLUGIN_NOT_FOUND, "There is none");
}

static void
test_subfolder (Fix *fix, const void *data)
{
  g_autofree char *folder = g_build_filename (fix->folder, "described", NULL);
  g_autofree char *open_folder = g_build_filename (fix->folder, "open", NULL);
  g_autofree char *empty = g_build_filename (fix->folder, "empty", NULL);
  g_autoptr (GObject) object = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (open_folder, 0755), ==, 0);
  g_assert_cmpint (g_mkdir (empty, 0755), ==, 0);
  g_assert_cmpint (g_chmod (open_folder, 0777), ==, 0);
  g_assert_cmpint (g_chmod (empty, 0777), ==, 0);
  plugin_folder_add_fixture (folder, "described");
  plugin_folder_add_fixture (open_folder, "initable");
  add_folder (fix);
  assert_problem (fix, "open|everybody may write");
  object = rmq_plugin_registry_create (fix->registry, "rpc-hook", "described", NULL, &error);
  g_assert_no_error (error);
}

/* The owner counts in the system's folder only. */
static void
test_owner (Fix *fix, const void *data)
{
  g_autofree char *file = rmq_test_dir_write (fix->folder, "file", "");
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_plugin_check_trust (file, S_IFREG, RMQ_PLUGIN_TRUST_SYSTEM, &error));
  g_assert_no_error (error);
  if (chown (file, 12345, 12345) != 0)
    {
      g_test_skip ("needs root");
      return;
    }
  g_assert_true (_rmq_plugin_check_trust (file, S_IFREG, RMQ_PLUGIN_TRUST_USER, &error));
  g_assert_no_error (error);
  g_assert_false (_rmq_plugin_check_trust (file, S_IFREG, RMQ_PLUGIN_TRUST_SYSTEM, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  assert_says (error->message, "belongs neither to root");
}

#define HEAD "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n"

static void
test_manifests (Fix *fix, const void *data)
{
  static const struct
  {
    const char *text;
    const char *words;
  } wrong[] = {
    { "", "x.plugin|Name" },
    { "no key file", "x.plugin" },
    { "\xff\xfe\x00", "x.plugin" },
    { "[Other]\nName=x\n", "Name|missing" },
    { "[Plugin]\nName=y\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Name" },
    { "[Plugin]\nName=../x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Name" },
    { "[Plugin]\nName=x\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Module|missing" },
    { "[Plugin]\nName=x\nModule=../x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Module" },
    { "[Plugin]\nName=x\nModule=/lib/x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Module" },
    { "[Plugin]\nName=x\nModule=..\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0\n", "Module" },
    { "[Plugin]\nName=x\nModule=x.so\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=x\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=/x\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/X\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/a/b\nVersion=1\nAbi=1.0\n", "Provides" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=teapot/x\nVersion=1\nAbi=1.0\n", "extension point teapot" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nAbi=1.0\n", "Version|missing" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\n", "Abi|missing" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1\n", "Abi" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=1.0.0\n", "Abi" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=-1.0\n", "Abi" },
    { "[Plugin]\nName=x\nModule=x.so\nProvides=rpc-hook/x\nVersion=1\nAbi=99999.0\n", "Abi" },
    { HEAD "Rank=high\n", "Rank" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (RmqPluginRegistry) registry = rmq_plugin_registry_new ();
      Fix one = { fix->folder, registry };
      g_autofree char *path = rmq_test_dir_write (fix->folder, "x.plugin", wrong[i].text);

      add_folder (&one);
      assert_problem (&one, wrong[i].words);
    }
}

static void
test_manifest_no_file (Fix *fix, const void *data)
{
  g_autofree char *big = g_strnfill (70 * 1024, '#');
  g_autofree char *path = rmq_test_dir_write (fix->folder, "big.plugin", big);
  g_autofree char *folder = g_build_filename (fix->folder, "folder.plugin", NULL);
  g_autofree char *fifo = g_build_filename (fix->folder, "pipe.plugin", NULL);
  g_autofree char *dangling = g_build_filename (fix->folder, "to-nowhere.plugin", NULL);
  g_auto (GStrv) problems = NULL;

  g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  add_folder (fix);
  problems = rmq_plugin_registry_dup_problems (fix->registry);
  g_assert_cmpuint (g_strv_length (problems), ==, 4);
  assert_says (problems[0], "big.plugin|64 KiB");
  assert_says (problems[1], "folder.plugin|not a regular file");
  assert_says (problems[2], "pipe.plugin|not a regular file");
  assert_says (problems[3], "to-nowhere.plugin");
}

static void
test_same_plugin_twice (Fix *fix, const void *data)
{
  g_autoptr (RmqTestDir) second = rmq_test_dir_new ();
  g_autoptr (RmqPluginFeature) feature = NULL;
  g_autoptr (GError) error = NULL;

  plugin_folder_add_fixture (fix->folder, "described");
  plugin_folder_add (second, "described", "described", NULL, NULL, "100");
  add_folder (fix);
  g_assert_true (rmq_plugin_registry_add_path (fix->registry, second, &error));
  assert_problem (fix, "another plugin described");
  feature = rmq_plugin_registry_load (fix->registry, "rpc-hook", "described", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (rmq_plugin_feature_get_path (feature), fix->folder));
}

static GType rank_low_get_type (void);
static GType rank_high_get_type (void);

typedef RmqRpcHook RankLow;
typedef RmqRpcHookClass RankLowClass;
typedef RmqRpcHook RankHigh;
typedef RmqRpcHookClass RankHighClass;

G_DEFINE_TYPE (RankLow, rank_low, RMQ_TYPE_RPC_HOOK)
G_DEFINE_TYPE (RankHigh, rank_high, RMQ_TYPE_RPC_HOOK)

static void
rank_low_init (RankLow *self)
{
}

static void
rank_low_class_init (RankLowClass *klass)
{
}

static void
rank_high_init (RankHigh *self)
{
}

static void
rank_high_class_init (RankHighClass *klass)
{
}

static GType
type_that_serves (RmqPluginRegistry *registry, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqPluginFeature) feature = rmq_plugin_registry_load (registry, "rpc-hook", name, &error);

  g_assert_no_error (error);
  return rmq_plugin_feature_get_feature_type (feature);
}

static void
test_ranks (Fix *fix, const void *data)
{
  g_autoptr (GListModel) list = NULL;
  g_autoptr (RmqPluginFeature) first = NULL;
  g_autoptr (GError) error = NULL;

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  g_assert_true (
      rmq_plugin_registry_register (fix->registry, "rpc-hook", "described", rank_low_get_type (), -1, &error));
  g_assert_true (type_that_serves (fix->registry, "described") != rank_low_get_type ());
  g_assert_true (
      rmq_plugin_registry_register (fix->registry, "rpc-hook", "described", rank_low_get_type (), 0, &error));
  g_assert_true (type_that_serves (fix->registry, "described") != rank_low_get_type ());
  g_assert_true (
      rmq_plugin_registry_register (fix->registry, "rpc-hook", "described", rank_high_get_type (), 1, &error));
  g_assert_true (type_that_serves (fix->registry, "described") == rank_high_get_type ());
  g_assert_no_error (error);

  list = rmq_plugin_registry_list (fix->registry, "rpc-hook");
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 4);
  first = g_list_model_get_item (list, 0);
  g_assert_true (rmq_plugin_feature_get_feature_type (first) == rank_high_get_type ());
  g_assert_cmpstr (rmq_plugin_feature_get_plugin_name (first), ==, "application");
  g_assert_null (rmq_plugin_feature_get_path (first));
}

static void
test_register (Fix *fix, const void *data)
{
  static const struct
  {
    const char *point;
    const char *name;
    RmqError code;
  } wrong[] = {
    { "teapot", "x", RMQ_ERROR_PLUGIN_NOT_FOUND },       { "rpc-hook", "X", RMQ_ERROR_INVALID_ARGUMENT },
    { "rpc-hook", "", RMQ_ERROR_INVALID_ARGUMENT },      { "rpc-hook", "a b", RMQ_ERROR_INVALID_ARGUMENT },
    { "transport", "x", RMQ_ERROR_INVALID_ARGUMENT },    { "metrics", "x", RMQ_ERROR_INVALID_ARGUMENT },
    { "rpc-hook", "known", RMQ_ERROR_INVALID_ARGUMENT },
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (rmq_plugin_registry_register (fix->registry, "rpc-hook", "known", rank_high_get_type (), 0, &error));
  g_assert_true (rmq_plugin_registry_register (fix->registry, "rpc-hook", "known", rank_high_get_type (), 0, &error));
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (
          rmq_plugin_registry_register (fix->registry, wrong[i].point, wrong[i].name, rank_low_get_type (), 0, &error));
      g_assert_error (error, RMQ_ERROR, (int) wrong[i].code);
      g_clear_error (&error);
    }
  g_assert_false (rmq_plugin_registry_register (fix->registry, "rpc-hook", "x", G_TYPE_INVALID, 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_plugin_registry_register (fix->registry, "rpc-hook", "x", RMQ_TYPE_RPC_HOOK, 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  assert_says (error->message, "abstract");
}

/* What a binding does: a function in memory that belongs to no file; or a subclass without functions, with its mark. */
static GType scripted_get_type (void);

typedef RmqRpcHook Scripted;
typedef RmqRpcHookClass ScriptedClass;

G_DEFINE_TYPE (Scripted, scripted, RMQ_TYPE_RPC_HOOK)

static void
scripted_init (Scripted *self)
{
}

static void
scripted_class_init (ScriptedClass *klass)
{
  void *memory = mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  *(void **) &klass->before_request = memory;
}

static void
test_native_only (Fix *fix, const void *data)
{
  GType marked;
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_plugin_registry_register (fix->registry, "rpc-hook", "script", scripted_get_type (), 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED);
  assert_says (error->message, "Scripted|scripting language|C or Vala");
  g_clear_error (&error);

  marked = g_type_register_static_simple (rank_low_get_type (), "MarkedByABinding", sizeof (RmqRpcHookClass), NULL,
                                          sizeof (RmqRpcHook), NULL, 0);
  g_type_set_qdata (marked, g_quark_from_static_string ("PyGObject::custom"), GINT_TO_POINTER (1));
  g_assert_false (rmq_plugin_registry_register (fix->registry, "rpc-hook", "script", marked, 0, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED);
}

static gboolean
builtin_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "rpc-hook", "linked-in", rank_low_get_type (), 3);
}

static gboolean
builtin_wrong_init (RmqPluginContext *context, GError **error)
{
  rmq_plugin_context_add_feature (context, "teapot", "linked-in", rank_low_get_type (), 0);
  return TRUE;
}

RMQ_PLUGIN_DEFINE (linked_in, "2.0", "Apache-2.0", builtin_init)
RMQ_PLUGIN_DEFINE (wrongly_linked_in, "2.0", "Apache-2.0", builtin_wrong_init)

static void
test_builtin (Fix *fix, const void *data)
{
  g_autoptr (RmqPluginFeature) feature = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (_rmq_plugin_registry_add_builtin (fix->registry, "linked-in", rmq_plugin_linked_in_get_descriptor,
                                                   "as it says", &error));
  feature = rmq_plugin_registry_load (fix->registry, "rpc-hook", "linked-in", &error);
  g_assert_no_error (error);
  g_assert_cmpint (rmq_plugin_feature_get_rank (feature), ==, 3);
  g_assert_cmpstr (rmq_plugin_feature_get_plugin_version (feature), ==, "2.0");
  g_assert_cmpstr (rmq_plugin_feature_get_description (feature), ==, "as it says");
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 0);

  g_assert_false (_rmq_plugin_registry_add_builtin (fix->registry, "linked-in", rmq_plugin_linked_in_get_descriptor,
                                                    "as it says", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  g_clear_error (&error);
  g_assert_false (_rmq_plugin_registry_add_builtin (fix->registry, "other", rmq_plugin_linked_in_get_descriptor,
                                                    "as it says", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  g_clear_error (&error);
  g_assert_false (_rmq_plugin_registry_add_builtin (fix->registry, "wrongly-linked-in",
                                                    rmq_plugin_wrongly_linked_in_get_descriptor, "as it says", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  assert_says (error->message, "teapot");
}

static void
test_default_paths (void)
{
  g_auto (GStrv) both = _rmq_plugin_default_paths (false, "/a:/b::/c");
  g_auto (GStrv) secure = _rmq_plugin_default_paths (true, "/a:/b");
  g_auto (GStrv) unset = _rmq_plugin_default_paths (false, NULL);

  g_assert_cmpuint (g_strv_length (both), ==, 4);
  g_assert_cmpstr (both[0], ==, "/a");
  g_assert_cmpstr (both[2], ==, "/c");
  g_assert_cmpstr (both[3], ==, _rmq_plugin_system_path ());
  g_assert_cmpuint (g_strv_length (secure), ==, 1);
  g_assert_cmpstr (secure[0], ==, _rmq_plugin_system_path ());
  g_assert_cmpuint (g_strv_length (unset), ==, 1);
  g_assert_false (_rmq_plugin_process_is_secure ());
}

/* A module whose init asks the registry for itself must not lock up. */
static void
test_default_registry (Fix *fix, const void *data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) paths = NULL;

  plugin_folder_add_fixture (fix->folder, "reentrant");
  g_setenv ("RMQ_PLUGIN_PATH", fix->folder, TRUE);
  g_assert_null (
      rmq_plugin_registry_create (rmq_plugin_registry_get_default (), "rpc-hook", "reentrant", NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED);
  assert_says (error->message, "reentrant|a feature of its own");
  paths = rmq_plugin_registry_dup_paths (rmq_plugin_registry_get_default ());
  g_assert_cmpstr (paths[0], ==, fix->folder);
}

static void
on_feature_added (RmqPluginRegistry *registry, RmqPluginFeature *feature, void *data)
{
  int *n_added = data;

  g_assert_true (g_main_context_is_owner (g_main_context_get_thread_default ()));
  g_atomic_int_inc (n_added);
}

static bool
two_added (void *data)
{
  return g_atomic_int_get ((int *) data) == 2;
}

static void *
register_elsewhere (void *data)
{
  g_assert_true (rmq_plugin_registry_register (data, "rpc-hook", "elsewhere", rank_low_get_type (), 0, NULL));
  return NULL;
}

static void
test_feature_added (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (RmqTestDir) folder = rmq_test_dir_new ();
  RmqPluginRegistry *registry;
  int n_added = 0;

  g_main_context_push_thread_default (context);
  registry = rmq_plugin_registry_new ();
  g_signal_connect (registry, "feature-added", G_CALLBACK (on_feature_added), &n_added);
  plugin_folder_add_fixture (folder, "described");
  g_assert_true (rmq_plugin_registry_add_path (registry, folder, NULL));
  g_thread_join (g_thread_new ("elsewhere", register_elsewhere, registry));
  g_assert_cmpint (n_added, ==, 0);
  rmq_test_assert_until (context, two_added, &n_added);
  g_assert_finalize_object (registry);
  g_main_context_pop_thread_default (context);
}

static void *
create_many (void *data)
{
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GObject) object = rmq_plugin_registry_create (data, "rpc-hook", "described", NULL, &error);
      g_autoptr (GListModel) list = rmq_plugin_registry_list (data, NULL);

      g_assert_no_error (error);
    }
  return NULL;
}

static void
test_threads (Fix *fix, const void *data)
{
  GThread *threads[8];

  plugin_folder_add_fixture (fix->folder, "described");
  add_folder (fix);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("create", create_many, fix->registry);
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (rmq_plugin_registry_get_n_opened_modules (fix->registry), ==, 1);
}

static void
test_points (Fix *fix, const void *data)
{
  g_auto (GStrv) points = rmq_plugin_registry_dup_points (fix->registry);

  g_assert_cmpuint (g_strv_length (points), ==, 9);
  for (char **point = points; *point != NULL; point++)
    g_assert_nonnull (rmq_plugin_registry_describe_point (fix->registry, *point));
  g_assert_null (rmq_plugin_registry_describe_point (fix->registry, "teapot"));
}

/* What modules are compiled against. A change here is a change of RMQ_PLUGIN_ABI_MAJOR. */
static void
test_abi (void)
{
  g_assert_cmpuint (sizeof (RmqPluginDescriptor), ==, 8 + 12 * sizeof (void *));
  g_assert_cmpuint (G_STRUCT_OFFSET (RmqPluginDescriptor, init), ==, 8 + 3 * sizeof (void *));
  g_assert_cmpuint (sizeof (RmqTransportClass), ==, sizeof (GObjectClass) + 16 * sizeof (void *));
  g_assert_cmpuint (sizeof (RmqRpcHookClass), ==, sizeof (GObjectClass) + 16 * sizeof (void *));
  g_assert_cmpuint (sizeof (RmqCompressorClass), ==, sizeof (GObjectClass) + 16 * sizeof (void *));
  g_assert_cmpuint (sizeof (RmqAllocationStrategyClass), ==, sizeof (GObjectClass) + 16 * sizeof (void *));
  g_assert_cmpuint (sizeof (RmqNameServerDiscoveryClass), ==, sizeof (GObjectClass) + 16 * sizeof (void *));
  g_assert_cmpuint (G_STRUCT_OFFSET (RmqTransportClass, connect_async), ==, sizeof (GObjectClass) + sizeof (void *));
}

#define ADD(path, func) g_test_add ("/plugin/registry/" path, Fix, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lazy-open", test_lazy);
  ADD ("options/text", test_options);
  ADD ("options/prefixed", test_options_prefixed);
  ADD ("options/wrong", test_options_wrong);
  ADD ("options/values", test_properties);
  ADD ("initable", test_initable);
  ADD ("not-found/name", test_not_found);
  ADD ("not-found/folder", test_folder_missing);
  for (size_t i = 0; i < G_N_ELEMENTS (wrong_modules); i++)
    {
      g_autofree char *path = g_strconcat ("/plugin/registry/wrong-module/", wrong_modules[i].kind, NULL);

      g_test_add (path, Fix, &wrong_modules[i], setup, test_wrong_module, teardown);
    }
  ADD ("wrong-module/not-a-module", test_not_a_module);
  ADD ("wrong-module/missing", test_module_missing);
  ADD ("wrong-module/not-a-file", test_module_not_a_file);
  ADD ("manifest/abi", test_manifest_abi);
  ADD ("manifest/lies", test_manifest_lies);
  ADD ("manifest/wrong", test_manifests);
  ADD ("manifest/no-file", test_manifest_no_file);
  ADD ("trust/writable-module", test_writable_module);
  ADD ("trust/writable-manifest", test_writable_manifest);
  ADD ("trust/writable-folder", test_writable_folder);
  ADD ("trust/subfolder", test_subfolder);
  ADD ("trust/owner", test_owner);
  ADD ("duplicates/plugin", test_same_plugin_twice);
  ADD ("duplicates/ranks", test_ranks);
  ADD ("register", test_register);
  ADD ("native-only", test_native_only);
  ADD ("builtin", test_builtin);
  g_test_add_func ("/plugin/registry/default-paths", test_default_paths);
  ADD ("default-registry", test_default_registry);
  g_test_add_func ("/plugin/registry/feature-added", test_feature_added);
  ADD ("threads", test_threads);
  ADD ("points", test_points);
  g_test_add_func ("/plugin/abi", test_abi);
  return g_test_run ();
}
