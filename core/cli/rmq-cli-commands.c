/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of commands. A new command is a file rmq-cli-NAME.c, a line in rmq-cli.h and a line here.
 */
#include "rmq-cli.h"

const RmqCliCommand rmq_cli_commands[] = {
  { "inspect", "List plugins and explain what they provide", rmq_cli_inspect },
  { NULL, NULL, NULL },
};
