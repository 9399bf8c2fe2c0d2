/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq broker`: the embedded broker, listening until it is interrupted.
 */
#include "rmq-cli.h"

#include <glib-unix.h>
#include <stdio.h>
#include <rmq-broker/rmq-broker.h>

typedef struct
{
  char *listen;
  char *store;
  char *directory;
  char **settings;
  char **faults;
} Options;

static gboolean
on_signal (void *data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static bool
apply_settings (RmqBrokerServer *server, char **settings, GError **error)
{
  for (; settings != NULL && *settings != NULL; settings++)
    {
      g_auto (GStrv) parts = g_strsplit (*settings, "=", 2);

      if (!rmq_broker_server_set_setting (server, parts[0], parts[1] != NULL ? parts[1] : "", error))
        return false;
    }
  return true;
}

static bool
add_faults (RmqBrokerServer *server, char **faults, GError **error)
{
  for (; faults != NULL && *faults != NULL; faults++)
    if (!rmq_broker_server_add_fault (server, *faults, error))
      return false;
  return true;
}

static RmqCliExit
serve (RmqCli *cli, RmqBrokerServer *server)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSource) interrupt = g_unix_signal_source_new (SIGINT);
  g_autoptr (GSource) terminate = g_unix_signal_source_new (SIGTERM);
  g_autofree char *address = rmq_broker_server_dup_address (server);
  GError *error = NULL;

  g_source_set_callback (interrupt, on_signal, loop, NULL);
  g_source_set_callback (terminate, on_signal, loop, NULL);
  g_source_attach (interrupt, NULL);
  g_source_attach (terminate, NULL);
  g_print ("%s\n", address);
  rmq_cli_say (cli, "Name server and broker listen at %s; Ctrl-C ends them.", address);
  fflush (stdout);
  g_main_loop_run (loop);
  g_source_destroy (interrupt);
  g_source_destroy (terminate);
  if (!rmq_broker_server_stop (server, NULL, &error))
    return rmq_cli_fail (cli, error);
  return RMQ_CLI_DONE;
}

static RmqCliExit
run (RmqCli *cli, const Options *options)
{
  g_autoptr (RmqBrokerServer) server = g_object_new (
      RMQ_BROKER_TYPE_SERVER, "listen", options->listen != NULL ? options->listen : "127.0.0.1:9876", "store",
      options->store, "data-directory", options->directory, "io-context", g_main_context_default (), NULL);
  GError *error = NULL;

  if (!apply_settings (server, options->settings, &error) || !add_faults (server, options->faults, &error)
      || !rmq_broker_server_start (server, NULL, &error))
    return rmq_cli_fail (cli, error);
  return serve (cli, server);
}

RmqCliExit
rmq_cli_broker (int argc, char **argv, RmqCli *cli)
{
  Options options = { NULL };
  const GOptionEntry entries[] = {
    { "listen", 'l', 0, G_OPTION_ARG_STRING, &options.listen, "Where to listen (127.0.0.1:9876)", "ADDRESS:PORT" },
    { "store", 0, 0, G_OPTION_ARG_STRING, &options.store, "What keeps the messages: memory, or sqlite (with --data)",
      "NAME" },
    { "data", 'd', 0, G_OPTION_ARG_FILENAME, &options.directory, "Keep everything in this folder", "DIR" },
    { "set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &options.settings, "A setting of the broker, by Java's name",
      "NAME=VALUE" },
    { "fault", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &options.faults,
      "What is to go wrong, as in send:SYSTEM_BUSY*3,pull:delay=200ms", "REQUEST:FAULT[*TIMES]" },
    { NULL },
  };
  RmqCliExit exit_code = RMQ_CLI_USAGE;

  if (rmq_cli_parse (cli, &argc, &argv, NULL, "Name server and broker in one process, for tests and small places.",
                     entries, &exit_code))
    exit_code = argc > 1 ? rmq_cli_fail_usage (cli, "\"%s\" is one argument too many", argv[1]) : run (cli, &options);
  g_free (options.listen);
  g_free (options.store);
  g_free (options.directory);
  g_strfreev (options.settings);
  g_strfreev (options.faults);
  return exit_code;
}
