/* SPDX-License-Identifier: Apache-2.0
 *
 * This client behind the line formats that the tests of tests/interop and tests/faults speak. See README.md.
 */
#include "interop-peer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
peer_write (const char *line, size_t length)
{
  while (length > 0)
    {
      ssize_t n = write (STDOUT_FILENO, line, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        g_error ("stdout: %s", g_strerror (errno));
      line += n;
      length -= (size_t) n;
    }
}

void
peer_printf (const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  peer_write (line, strlen (line));
}

void
peer_append_json (GString *out, const char *text)
{
  if (text == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  g_string_append_c (out, '"');
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_printf (out, "\\%c", *at);
      else if ((unsigned char) *at < 0x20)
        g_string_append_printf (out, "\\u%04x", (unsigned) *at);
      else
        g_string_append_c (out, *at);
    }
  g_string_append_c (out, '"');
}

RmqClientInstance *
peer_make_client (const PeerOptions *options)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (options->name_servers);

  if (options->settle_every > 0)
    g_object_set (config, "commit-interval", (unsigned) options->settle_every, NULL);
  if (options->route_interval > 0)
    g_object_set (config, "route-interval", (unsigned) options->route_interval, NULL);
  return rmq_client_instance_new (config);
}

int
main (int argc, char **argv)
{
  PeerOptions options = { .count = 1, .timeout = 60 };
  const GOptionEntry entries[] = {
    { "namesrv", 0, 0, G_OPTION_ARG_STRING, &options.name_servers, "Name servers", "A;B" },
    { "topic", 0, 0, G_OPTION_ARG_STRING, &options.topic, "Topic", "T" },
    { "group", 0, 0, G_OPTION_ARG_STRING, &options.group, "Group", "G" },
    { "tag", 0, 0, G_OPTION_ARG_STRING, &options.tags, "Subscription", "EXPR" },
    { "compression", 0, 0, G_OPTION_ARG_STRING, &options.compression, "How bodies are compressed", "NAME" },
    { "count", 0, 0, G_OPTION_ARG_INT, &options.count, "Messages; 0: until stdin ends", "N" },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &options.timeout, "Seconds", "S" },
    { "rate", 0, 0, G_OPTION_ARG_INT, &options.rate, "Messages a second", "N" },
    { "first", 0, 0, G_OPTION_ARG_INT, &options.first, "First number of flood", "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "Threads that handle", "N" },
    { "commit-interval", 0, 0, G_OPTION_ARG_INT, &options.settle_every, "Milliseconds", "MS" },
    { "route-interval", 0, 0, G_OPTION_ARG_INT, &options.route_interval, "Milliseconds", "MS" },
    { "lean", 0, 0, G_OPTION_ARG_NONE, &options.lean, "The short lines of tests/faults", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("produce|consume|flood");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (argc != 2 || options.name_servers == NULL || options.topic == NULL)
    {
      g_printerr ("a command, --namesrv and --topic are needed\n");
      return 2;
    }
  if (g_str_equal (argv[1], "produce"))
    return peer_produce (&options);
  if (g_str_equal (argv[1], "consume") && options.group != NULL)
    return peer_consume (&options);
  if (g_str_equal (argv[1], "flood"))
    return peer_flood (&options);
  g_printerr ("no such command, or no --group\n");
  return 2;
}
