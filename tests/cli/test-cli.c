/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `rmq` from outside: what goes to stdout, what to stderr, and the exit codes. argv[1] is the command.
 */
#include "rmq-test.h"
#include <json-glib/json-glib.h>
#include <string.h>

static const char *command;

typedef struct
{
  char *out;
  char *err;
  int code;
} Outcome;

static void
outcome_clear (Outcome *self)
{
  g_free (self->out);
  g_free (self->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

/* plugin_path NULL: as the tests have it. */
static Outcome
run (const char *arguments, const char *plugin_path)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *line = g_strconcat (command, " ", arguments, NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  Outcome outcome = { NULL };

  if (plugin_path != NULL)
    g_subprocess_launcher_setenv (launcher, "RMQ_PLUGIN_PATH", plugin_path, TRUE);
  g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &outcome.out, &outcome.err, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  outcome.code = g_subprocess_get_exit_status (process);
  return outcome;
}

static JsonObject *
parse_line (const char *line, JsonParser *parser)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_usage (void)
{
  static const char *const wrong[] = {
    "",
    "frobnicate",
    "--frobnicate",
    "inspect --frobnicate",
    "inspect a b",
    "-n",
    "produce",
    "produce -t T --delay soon",
    "produce -t T --property colour",
    "produce -t T --compress rar",
    "produce -t T --size 10",
    "produce -t T --count -1",
    "produce -J --order-key k",
    "consume -t T",
    "consume -g G",
    "consume -t T -g G --tag a --sql b",
    "consume -t T -g G --grep (",
    "consume -t T -g G --orderly",
    "consume -t T -g G --tail 5",
    "consume -t T -g G --from yesterday",
    "topic",
    "topic frobnicate",
    "topic create",
    "topic list T",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (Outcome) outcome = run (wrong[i], NULL);

      g_assert_cmpint (outcome.code, ==, 1);
      g_assert_cmpstr (outcome.out, ==, "");
      g_assert_nonnull (strstr (outcome.err, "--help"));
    }
}

static void
test_help (void)
{
  static const char *const asked[] = { "--help", "-h", "inspect --help", "--json inspect -h" };
  g_auto (Outcome) version = run ("--version", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_auto (Outcome) outcome = run (asked[i], NULL);

      g_assert_cmpint (outcome.code, ==, 0);
      g_assert_cmpstr (outcome.err, ==, "");
      g_assert_nonnull (strstr (outcome.out, "--namesrv"));
      g_assert_nonnull (strstr (outcome.out, "inspect"));
    }
  g_assert_cmpint (version.code, ==, 0);
  g_assert_true (g_str_has_prefix (version.out, "rmq 0."));
}

static void
test_inspect_list (void)
{
  g_auto (Outcome) text = run ("inspect", NULL);
  g_auto (Outcome) json = run ("inspect --json transport", NULL);
  g_auto (GStrv) lines = g_strsplit (json.out, "\n", -1);
  bool found = false;

  g_assert_cmpint (text.code, ==, 0);
  g_assert_nonnull (strstr (text.out, "transport: "));
  g_assert_cmpint (json.code, ==, 0);
  for (char **line = lines; **line != '\0'; line++)
    {
      g_autoptr (JsonParser) parser = json_parser_new ();
      JsonObject *object = parse_line (*line, parser);

      g_assert_cmpstr (json_object_get_string_member (object, "point"), ==, "transport");
      found = found || g_str_equal (json_object_get_string_member (object, "name"), "tcp");
    }
  g_assert_true (found);
}

static void
test_inspect_feature (void)
{
  static const char *const asked[] = { "inspect tcp --json", "inspect transport/tcp --json" };
  g_auto (Outcome) text = run ("inspect tcp", NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_auto (Outcome) outcome = run (asked[i], NULL);
      g_autoptr (JsonParser) parser = json_parser_new ();
      JsonObject *object = parse_line (outcome.out, parser);

      g_assert_cmpint (outcome.code, ==, 0);
      g_assert_cmpstr (json_object_get_string_member (object, "license"), ==, "Apache-2.0");
      g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "options")), >=, 2);
    }
  g_assert_cmpint (text.code, ==, 0);
  g_assert_nonnull (strstr (text.out, "no-delay"));
}

static void
test_inspect_missing (void)
{
  g_auto (Outcome) feature = run ("inspect transport/tpc", NULL);
  g_auto (Outcome) plugin = run ("inspect nothing", NULL);
  g_auto (Outcome) point = run ("inspect teapot/x", NULL);

  g_assert_cmpint (feature.code, ==, 1);
  g_assert_nonnull (strstr (feature.err, "Did you mean \"tcp\"?"));
  g_assert_cmpint (plugin.code, ==, 1);
  g_assert_cmpint (point.code, ==, 1);
  g_assert_nonnull (strstr (point.err, "transport"));
}

static void
test_inspect_problem (void)
{
  g_autoptr (RmqTestDir) folder = rmq_test_dir_new ();
  g_autofree char *manifest = rmq_test_dir_write (folder, "x.plugin", "[Plugin]\nName=x\n");
  g_auto (Outcome) outcome = run ("inspect", folder);

  g_assert_cmpint (outcome.code, ==, 0);
  g_assert_nonnull (strstr (outcome.err, "x.plugin"));
}

/* Nothing listens there: the answer is 2, soon, and says where it was looked for. */
static void
test_no_connection (void)
{
  static const char *const commands[] = {
    "topic list",
    "topic create T",
    "produce -t T --count 1 --size 1",
    "produce -t T --count 5000 --size 1",
    "produce -t T --count 1 --size 1 --order-key k",
    "consume -t T -g G --exit-at-end",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *line = g_strconcat ("-n 127.0.0.1:1 ", commands[i], NULL);
      g_auto (Outcome) outcome = run (line, NULL);

      g_test_message ("%s: %s", commands[i], outcome.err);
      g_assert_cmpint (outcome.code, ==, 2);
      g_assert_cmpstr (outcome.out, ==, "");
      g_assert_nonnull (strstr (outcome.err, "127.0.0.1:1"));
    }
}

/* Nothing to send is no failure. */
static void
test_nothing_to_send (void)
{
  g_auto (Outcome) outcome = run ("-n 127.0.0.1:1 produce -t T /dev/null", NULL);

  g_assert_cmpint (outcome.code, ==, 0);
  g_assert_nonnull (strstr (outcome.err, "sent 0, failed 0, maybe stored 0"));
}

/* Each is told and counted; none reaches a server or ends the program. */
static void
test_wrong_json (void)
{
  static const char *const lines[] = {
    "",
    "null",
    "[]",
    "x",
    "{\"body\":5}",
    "{\"body\":{}}",
    "{\"body\":\"a\\u0000b\"}",
    "{\"body\":\"!!\",\"encoding\":\"base64\"}",
    "{\"body\":\"YQ==\",\"encoding\":\"rot13\"}",
    "{\"body\":\"a\",\"encoding\":5}",
    "{\"body\":\"a\",\"tag\":[]}",
    "{\"body\":\"a\",\"keys\":\"k\"}",
    "{\"body\":\"a\",\"keys\":[1]}",
    "{\"body\":\"a\",\"properties\":[1]}",
    "{\"body\":\"a\",\"properties\":{\"x\":1}}",
    "{\"body\":\"a\",\"properties\":{\"x\":\"\\u0001\"}}",
    "{\"body\":\"a\"} x",
    "\xff\xfe",
  };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (RmqTestDir) dir = rmq_test_dir_new ();
  g_autofree char *path = NULL;
  g_autofree char *line = NULL;
  g_autofree char *counts = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    g_string_append_printf (text, "%s\n", lines[i]);
  for (int i = 0; i < 200000; i++)
    g_string_append (text, "{\"a\":");
  path = rmq_test_dir_write (dir, "lines", text->str);
  line = g_strdup_printf ("-n 127.0.0.1:1 produce -t T -J %s", path);
  counts = g_strdup_printf ("sent 0, failed %zu, maybe stored 0", G_N_ELEMENTS (lines) + 1);
  {
    g_auto (Outcome) outcome = run (line, NULL);

    g_test_message ("%s", outcome.err);
    g_assert_cmpint (outcome.code, ==, 1);
    g_assert_nonnull (strstr (outcome.err, counts));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  command = argv[1];
  g_test_add_func ("/cli/usage", test_usage);
  g_test_add_func ("/cli/help", test_help);
  g_test_add_func ("/cli/inspect/list", test_inspect_list);
  g_test_add_func ("/cli/inspect/feature", test_inspect_feature);
  g_test_add_func ("/cli/inspect/missing", test_inspect_missing);
  g_test_add_func ("/cli/inspect/problem", test_inspect_problem);
  g_test_add_func ("/cli/no-connection", test_no_connection);
  g_test_add_func ("/cli/nothing-to-send", test_nothing_to_send);
  g_test_add_func ("/cli/wrong-json", test_wrong_json);
  return g_test_run ();
}
