/* SPDX-License-Identifier: Apache-2.0
 *
 * What every command of `rmq` shares: the table of commands, the options before and after the command, exit codes,
 * and how errors are told. Commands include this, rmq-cli-json.h and the public headers, nothing else.
 */
#pragma once

#include <rmq/rmq.h>
#include <stdbool.h>

typedef enum
{
  RMQ_CLI_DONE = 0,
  RMQ_CLI_USAGE = 1,         /* what was asked for makes no sense, or does not exist */
  RMQ_CLI_NO_CONNECTION = 2, /* no name server or broker could be reached */
  RMQ_CLI_NOT_PERMITTED = 3,
  RMQ_CLI_FAILED = 4, /* some messages failed (the counts are printed), or the command did */
  RMQ_CLI_TIMED_OUT = 5,
  RMQ_CLI_INTERRUPTED = 130,
} RmqCliExit;

typedef struct
{
  /* Options, wherever they stood. */
  char *name_servers; /* NULL when not given */
  char *config_path;
  gboolean json;
  unsigned verbosity; /* how many -v */
  /* Of the command that runs. */
  const char *command;
} RmqCli;

/* argv[0] is the name of the command. */
typedef RmqCliExit (*RmqCliRun) (int argc, char **argv, RmqCli *cli);

typedef struct
{
  const char *name;
  const char *summary; /* one line, for --help */
  RmqCliRun run;
} RmqCliCommand;

/* The table: rmq-cli-commands.c. Ends with an entry without name. */
extern const RmqCliCommand rmq_cli_commands[];

/* One function for each command, each in rmq-cli-NAME.c. */
RmqCliExit rmq_cli_broker (int argc, char **argv, RmqCli *cli);
RmqCliExit rmq_cli_consume (int argc, char **argv, RmqCli *cli);
RmqCliExit rmq_cli_inspect (int argc, char **argv, RmqCli *cli);
RmqCliExit rmq_cli_produce (int argc, char **argv, RmqCli *cli);
RmqCliExit rmq_cli_topic (int argc, char **argv, RmqCli *cli);

/* settings: key, value, … of the command, NULL: what file, environment and options say wins over them. */
RmqClientInstance *rmq_cli_make_client (RmqCli *self, const char *const *settings, GError **error);
/* 500ms, 10s, 5m, 1h, 2d; a bare number is seconds. */
bool rmq_cli_parse_duration (const char *text, int64_t *ms);
bool rmq_cli_parse_time (const char *text, int64_t *unix_ms);

/* Takes the options of a command, and those that all commands have, out of argv: what is left are its arguments, from
 * argv[1] on. arguments: "[PLUGIN]", may be NULL. entries may be NULL. False: it was told what is wrong, or --help was
 * printed; *exit_code is what the command returns. */
bool rmq_cli_parse (RmqCli *cli,
                    int *argc,
                    char ***argv,
                    const char *arguments,
                    const char *summary,
                    const GOptionEntry *entries,
                    RmqCliExit *exit_code);
/* The same for what stands before the command: argv[1] is then the command. */
bool rmq_cli_parse_global (RmqCli *cli, int *argc, char ***argv, RmqCliExit *exit_code);
void rmq_cli_clear (RmqCli *self);

/* Tells an error on stderr, with what to try next, and gives the exit code that fits. Takes the error. */
RmqCliExit rmq_cli_fail (RmqCli *self, GError *error);
/* The same for a wrong use of the command. */
RmqCliExit rmq_cli_fail_usage (RmqCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
RmqCliExit rmq_cli_exit_of_error (const GError *error);
/* Talk goes to stderr; results go to stdout. */
void rmq_cli_say (RmqCli *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RmqCli, rmq_cli_clear)
