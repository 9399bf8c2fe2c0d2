/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of commands. A new command is a file rmq-cli-NAME.c, a line in rmq-cli.h and a line here.
 */
#include "rmq-cli.h"

const RmqCliCommand rmq_cli_commands[] = {
  { "produce", "Send lines as messages", rmq_cli_produce },
  { "consume", "Print messages as lines", rmq_cli_consume },
  { "topic", "List, show, create and delete topics", rmq_cli_topic },
  { "broker", "Run a name server and broker, for tests and small places", rmq_cli_broker },
  { "inspect", "List plugins and explain what they provide", rmq_cli_inspect },
  { NULL, NULL, NULL },
};
