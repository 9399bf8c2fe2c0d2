/* SPDX-License-Identifier: Apache-2.0
 *
 * main () of the command `rmq`: options before the command, then the command.
 */
#include "rmq-cli.h"
#include <locale.h>

static const RmqCliCommand *
find_command (const char *name)
{
  for (const RmqCliCommand *command = rmq_cli_commands; command->name != NULL; command++)
    if (g_str_equal (command->name, name))
      return command;
  return NULL;
}

static RmqCliExit
run (RmqCli *cli, int argc, char **argv)
{
  const RmqCliCommand *command;
  RmqCliExit exit_code;

  if (!rmq_cli_parse_global (cli, &argc, &argv, &exit_code))
    return exit_code;
  if (argc < 2)
    return rmq_cli_fail_usage (cli, "A command is missing");

  command = find_command (argv[1]);
  if (command == NULL)
    return rmq_cli_fail_usage (cli, "There is no command \"%s\"", argv[1]);
  cli->command = command->name;
  return command->run (argc - 1, argv + 1, cli);
}

int
main (int argc, char **argv)
{
  g_auto (RmqCli) cli = { NULL };
  g_auto (GStrv) arguments = NULL;
  g_autofree char **remaining = NULL;
  int n;

  setlocale (LC_ALL, "");
  g_set_prgname ("rmq");
  arguments = g_strdupv (argv);
  n = argc;
  /* The option parser moves the pointers about: it gets an array of its own. */
  remaining = g_memdup2 (arguments, sizeof (char *) * (n + 1));
  return run (&cli, n, remaining);
}
