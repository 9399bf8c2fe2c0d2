/* SPDX-License-Identifier: Apache-2.0
 *
 * Options that stand before or after every command.
 */
#include "rmq-cli.h"
#include <stdio.h>

static gboolean
on_verbose (const char *name, const char *value, void *data, GError **error)
{
  ((RmqCli *) data)->verbosity++;
  return TRUE;
}

static gboolean
on_version (const char *name, const char *value, void *data, GError **error)
{
  g_print ("rmq %s (rmq-glib, plugin ABI %d.%d)\n", rmq_get_version (), RMQ_PLUGIN_ABI_MAJOR, RMQ_PLUGIN_ABI_MINOR);
  exit (RMQ_CLI_DONE);
}

static GOptionGroup *
make_global_group (RmqCli *cli)
{
  const GOptionEntry entries[] = {
    { "namesrv", 'n', 0, G_OPTION_ARG_STRING, &cli->name_servers, "Name servers; also RMQ_NAMESRV, NAMESRV_ADDR",
      "HOST:PORT[;…]" },
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &cli->config_path, "Settings of the client", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, "Print results as one JSON object a line", NULL },
    { "verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (void *) on_verbose, "Say more; twice: say all",
      NULL },
    { "version", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (void *) on_version, "Print the version and exit",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionGroup *group = g_option_group_new ("rmq", "Options of every command:", "Options of every command", cli, NULL);

  g_option_group_add_entries (group, entries);
  return group;
}

/* Help comes as a normal result: it must not end the program somewhere inside a parser. */
static bool
parse (RmqCli *cli, GOptionContext *context, int *argc, char ***argv, RmqCliExit *exit_code)
{
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Print this help and exit", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, help_entry, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      *exit_code = rmq_cli_fail_usage (cli, "%s", error->message);
      return false;
    }
  if (!help)
    return true;
  text = g_option_context_get_help (context, FALSE, NULL);
  fputs (text, stdout);
  *exit_code = RMQ_CLI_DONE;
  return false;
}

bool
rmq_cli_parse (RmqCli *cli,
               int *argc,
               char ***argv,
               const char *arguments,
               const char *summary,
               const GOptionEntry *entries,
               RmqCliExit *exit_code)
{
  g_autofree char *usage =
      g_strdup_printf ("%s%s%s", cli->command, arguments != NULL ? " " : "", arguments != NULL ? arguments : "");
  g_autoptr (GOptionContext) context = g_option_context_new (usage);

  /* argv[0] is the command, which the parser would print as the program. */
  g_option_context_set_summary (context, summary);
  g_option_context_set_main_group (context, make_global_group (cli));
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  return parse (cli, context, argc, argv, exit_code);
}

static char *
describe_commands (void)
{
  GString *text = g_string_new ("Commands:\n");

  for (const RmqCliCommand *command = rmq_cli_commands; command->name != NULL; command++)
    g_string_append_printf (text, "  %-10s %s\n", command->name, command->summary);
  g_string_append (text, "\n\"rmq COMMAND --help\" explains a command.");
  return g_string_free (text, FALSE);
}

bool
rmq_cli_parse_global (RmqCli *cli, int *argc, char ***argv, RmqCliExit *exit_code)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("COMMAND [ARGUMENTS…]");
  g_autofree char *commands = describe_commands ();

  g_option_context_set_summary (context, "Produces to, consumes from and looks into Apache RocketMQ.");
  g_option_context_set_description (context, commands);
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_main_group (context, make_global_group (cli));
  return parse (cli, context, argc, argv, exit_code);
}

void
rmq_cli_clear (RmqCli *self)
{
  g_clear_pointer (&self->name_servers, g_free);
  g_clear_pointer (&self->config_path, g_free);
}
