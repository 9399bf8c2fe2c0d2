/* SPDX-License-Identifier: Apache-2.0
 *
 * rmq-fake-broker -- COMMAND...: runs a command with RMQ_NAMESRV set to a fake broker that makes topics as they are
 * sent to, so that programs in any language have a server. The exit status is the command's.
 */
#include "rmq-fake-broker.h"

#include <signal.h>

#include <glib-unix.h>

#include "wire/rmq-names-private.h"
#include "wire/rmq-topic-route-private.h"

static GSubprocess *command;

static gboolean
pass_on (void *data)
{
  g_subprocess_send_signal (command, GPOINTER_TO_INT (data));
  return G_SOURCE_CONTINUE;
}

static void
on_command_ended (GObject *source, GAsyncResult *result, void *data)
{
  GMainLoop *loop = data;
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error))
    g_printerr ("rmq-fake-broker: %s\n", error->message);
  g_main_loop_quit (loop);
}

static int
run (RmqFakeBroker *broker, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_INHERIT);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  int status;

  g_subprocess_launcher_setenv (launcher, "RMQ_NAMESRV", rmq_fake_broker_get_address (broker), TRUE);
  command = g_subprocess_launcher_spawnv (launcher, argv, &error);
  if (command == NULL)
    {
      g_printerr ("rmq-fake-broker: %s\n", error->message);
      return 127;
    }
  g_unix_signal_add (SIGTERM, pass_on, GINT_TO_POINTER (SIGTERM));
  g_unix_signal_add (SIGINT, pass_on, GINT_TO_POINTER (SIGINT));
  g_subprocess_wait_async (command, NULL, on_command_ended, loop);
  g_main_loop_run (loop);
  status = g_subprocess_get_if_exited (command) ? g_subprocess_get_exit_status (command)
                                                : 128 + g_subprocess_get_term_sig (command);
  g_clear_object (&command);
  return status;
}

int
main (int argc, char **argv)
{
  g_autoptr (RmqFakeBroker) broker = NULL;

  if (argc < 3 || g_strcmp0 (argv[1], "--") != 0)
    {
      g_printerr ("Usage: rmq-fake-broker -- COMMAND...\n");
      return 2;
    }
  broker = rmq_fake_broker_new ();
  /* The topic that others are made from. */
  rmq_fake_broker_add_topic (broker, RMQ_TOPIC_AUTO_CREATE, "broker-a", 4,
                             RMQ_PERM_READ | RMQ_PERM_WRITE | RMQ_PERM_INHERIT);
  return run (broker, (const char *const *) argv + 2);
}
