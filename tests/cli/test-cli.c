/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `rmq` from outside: what goes to stdout, what to stderr, and the exit codes. argv[1] is the command.
 */
#include "rmq-fake-broker.h"
#include "rmq-test.h"
#include "wire/rmq-codes-private.h"
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
    "consume -t T --tail -1",
    "consume -t T --tail 100001",
    "consume -t T --tail 5 --sql a>1",
    "consume -t T --tail 5 --from first",
    "consume --tail 5",
    "consume -t T -g G --tail 5 --broadcast",
    "consume -t T -g G --broadcast --exit-at-end",
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
    "consume -t T --tail 5",
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

/* --- consume --tail --- */

#define GROUP "audit"

/* In three of four queues in turn, so that the newest stand in all of them. */
static RmqFakeBroker *
make_topic (unsigned n_messages)
{
  RmqFakeBroker *broker = rmq_fake_broker_new ();

  rmq_fake_broker_add_topic (broker, "T", "broker-a", 4, 6);
  for (unsigned i = 1; i <= n_messages; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);
      g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
      RmqFakeMessage message = { .body = body, .tag = i % 2 == 0 ? "even" : "odd", .store_timestamp = 1000 + i };

      rmq_fake_broker_put_message (broker, "T", "broker-a", (int) (i % 3), &message);
    }
  return broker;
}

static void
check_offsets_unknown (RmqFakeBroker *broker, const char *group)
{
  g_assert_cmpuint (rmq_fake_broker_count (broker, RMQ_REQUEST_UPDATE_CONSUMER_OFFSET), ==, 0);
  for (int queue_id = 0; queue_id < 4; queue_id++)
    g_assert_cmpint (rmq_fake_broker_get_offset (broker, group, "T", queue_id), ==, -1);
}

static void
check_nobody_consumed (RmqFakeBroker *broker, const char *group)
{
  g_auto (GStrv) ids = rmq_fake_broker_dup_client_ids (broker, group);

  g_assert_cmpuint (g_strv_length (ids), ==, 0);
  check_offsets_unknown (broker, group);
}

static void
test_tail (void)
{
  static const struct
  {
    const char *options;
    const char *printed;
  } cases[] = {
    { "--tail 4", "997\n998\n999\n1000\n" },
    { "--tail 1 -g " GROUP, "1000\n" },
    { "--tail 0", "" },
    { "--tail 3 --tag even", "996\n998\n1000\n" },
    { "--tail 2 --tag \"odd || x\" -f '%g %s\\n'", "odd 997\nodd 999\n" },
    { "--tail 2000 --grep ^99.$", "990\n991\n992\n993\n994\n995\n996\n997\n998\n999\n" },
    { "--tail 500 --count 2", "501\n502\n" },
  };
  RmqFakeBroker *broker = make_topic (1000);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = g_strdup_printf ("-n %s consume -t T --exit-at-end %s",
                                               rmq_fake_broker_get_address (broker), cases[i].options);
      g_auto (Outcome) outcome = run (line, NULL);

      g_assert_cmpstr (outcome.err, ==, "");
      g_assert_cmpstr (outcome.out, ==, cases[i].printed);
      g_assert_cmpint (outcome.code, ==, 0);
    }
  check_nobody_consumed (broker, GROUP);
  check_nobody_consumed (broker, "TOOLS_CONSUMER");
  rmq_fake_broker_free (broker);
}

static char *
read_line (GDataInputStream *stream)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (stream, NULL, NULL, &error);

  g_assert_no_error (error);
  return line;
}

/* It goes on with what comes, through an answer that fails, until it is interrupted. */
static void
test_tail_follow (void)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  RmqFakeBroker *broker = make_topic (10);

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, command, "-n",
                              rmq_fake_broker_get_address (broker), "consume", "-t", "T", "--tail", "2", NULL);
  g_assert_no_error (error);
  stream = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  for (int i = 9; i <= 10; i++)
    {
      g_autofree char *line = read_line (stream);

      g_assert_cmpint (atoi (line), ==, i);
    }
  rmq_fake_broker_fail (broker, RMQ_REQUEST_PULL_MESSAGE, 2, RMQ_RESPONSE_SYSTEM_ERROR, "not now");
  for (int queue_id = 0; queue_id < 4; queue_id++)
    {
      g_autofree char *line = NULL;

      rmq_fake_broker_put (broker, "T", queue_id, "new", NULL);
      line = read_line (stream);
      g_assert_cmpstr (line, ==, "new");
    }
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
  check_nobody_consumed (broker, "TOOLS_CONSUMER");
  rmq_fake_broker_free (broker);
}

/* All of it; and the next time what is new. */
static void
test_broadcast (void)
{
  g_autoptr (RmqTestDir) state_dir = rmq_test_dir_new ();
  RmqFakeBroker *broker = make_topic (10);
  const char *address = rmq_fake_broker_get_address (broker);
  g_autofree char *all = g_strdup_printf ("-n %s consume -t T -g " GROUP " --broadcast --count 10", address);
  g_autofree char *more = g_strdup_printf ("-n %s consume -t T -g " GROUP " --broadcast --count 1", address);

  g_setenv ("XDG_STATE_HOME", state_dir, TRUE);
  {
    g_auto (Outcome) outcome = run (all, NULL);
    g_auto (GStrv) lines = g_strsplit (outcome.out, "\n", -1);

    g_assert_cmpint (outcome.code, ==, 0);
    g_assert_cmpuint (g_strv_length (lines), ==, 11);
  }
  rmq_fake_broker_put (broker, "T", 0, "later", NULL);
  {
    g_auto (Outcome) outcome = run (more, NULL);

    g_assert_cmpint (outcome.code, ==, 0);
    g_assert_cmpstr (outcome.out, ==, "later\n");
  }
  g_unsetenv ("XDG_STATE_HOME");
  check_offsets_unknown (broker, GROUP);
  rmq_fake_broker_free (broker);
}

/* What it cannot read at the start is an error, with the exit code of that. */
static void
test_tail_refused (void)
{
  RmqFakeBroker *broker = make_topic (10);
  g_autofree char *line = g_strdup_printf ("-n %s consume -t T --tail 2", rmq_fake_broker_get_address (broker));

  rmq_fake_broker_fail (broker, RMQ_REQUEST_PULL_MESSAGE, -1, RMQ_RESPONSE_NO_PERMISSION, "no sub permission");
  {
    g_auto (Outcome) outcome = run (line, NULL);

    g_assert_cmpint (outcome.code, ==, 3);
    g_assert_cmpstr (outcome.out, ==, "");
    g_assert_nonnull (strstr (outcome.err, "no sub permission"));
  }
  rmq_fake_broker_free (broker);
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
  g_test_add_func ("/cli/consume/tail", test_tail);
  g_test_add_func ("/cli/consume/C-BCAST-002/broadcast", test_broadcast);
  g_test_add_func ("/cli/consume/tail/follow", test_tail_follow);
  g_test_add_func ("/cli/consume/tail/refused", test_tail_refused);
  return g_test_run ();
}
