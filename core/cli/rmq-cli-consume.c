/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq consume`: prints the messages of a group as they come, and commits what it printed. --tail has its own file.
 */
#include "rmq-cli-consume.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include "rmq-cli-message.h"

#define NO_TAIL G_MININT64
/* All of them are held until it is known which are the last. */
#define MAX_TAIL 100000

static void
acknowledge (Consume *self)
{
  for (guint i = 0; i < self->printed->len; i++)
    {
      g_autoptr (GError) error = NULL;

      /* Its queue went to another member of the group, who gets it again. */
      if (!rmq_message_ack (self->printed->pdata[i], &error) && self->cli->verbosity > 0)
        rmq_cli_say (self->cli, "rmq consume: a printed message is not committed: %s", error->message);
    }
  g_ptr_array_set_size (self->printed, 0);
}

/* Only what is written counts as consumed: a full disk or a reader that went away loses nothing. */
static void
flush (Consume *self)
{
  if (self->write_failed)
    return;
  if (fwrite (self->out->str, 1, self->out->len, stdout) != self->out->len || fflush (stdout) != 0)
    {
      rmq_cli_say (self->cli, "rmq consume: cannot write: %s", g_strerror (errno));
      self->write_failed = true;
      if (self->loop != NULL)
        g_main_loop_quit (self->loop);
      return;
    }
  g_string_truncate (self->out, 0);
  acknowledge (self);
}

static gboolean
flush_later (gpointer data)
{
  Consume *self = data;

  self->flush_id = 0;
  flush (self);
  return G_SOURCE_REMOVE;
}

static void
append_plain (RmqMessage *message, GString *out)
{
  size_t size;
  const char *body = g_bytes_get_data (rmq_message_get_body (message), &size);

  g_string_append_len (out, body, (gssize) size);
  g_string_append_c (out, '\n');
}

bool
consume_wants (Consume *self, RmqMessage *message)
{
  size_t size;
  const char *body = g_bytes_get_data (rmq_message_get_body (message), &size);
  const char *tag = rmq_message_get_tag (message);

  if (self->tags != NULL && (tag == NULL || !g_strv_contains ((const char *const *) self->tags, tag)))
    return false;
  return self->regex == NULL || g_regex_match_full (self->regex, body, (gssize) size, 0, 0, NULL, NULL);
}

static bool
has_enough (Consume *self)
{
  return self->count > 0 && self->n_printed >= (uint64_t) self->count;
}

bool
consume_print (Consume *self, RmqMessage *message)
{
  if (has_enough (self) || self->write_failed)
    return false;
  if (self->json_lines || self->cli->json)
    rmq_cli_message_append_json (message, self->out);
  else if (self->format != NULL)
    rmq_cli_message_append_format (message, self->format, self->out);
  else
    append_plain (message, self->out);
  self->n_printed++;
  /* After the messages of this turn of the loop: these are bounded, and so is what is written at once. */
  if (self->flush_id == 0)
    self->flush_id = g_idle_add_full (G_PRIORITY_DEFAULT, flush_later, self, NULL);
  if (!has_enough (self))
    return true;
  g_main_loop_quit (self->loop);
  return false;
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  Consume *self = data;

  if (self->interrupted || self->write_failed || has_enough (self))
    {
      g_ptr_array_add (self->beyond, message);
      return RMQ_CONSUME_DEFERRED;
    }
  if (!consume_wants (self, message))
    {
      rmq_message_unref (message);
      return RMQ_CONSUME_SUCCESS;
    }
  g_ptr_array_add (self->printed, message);
  consume_print (self, message);
  return RMQ_CONSUME_DEFERRED;
}

static gboolean
interrupted (gpointer data)
{
  Consume *self = data;

  self->interrupted = true;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* first and last as they are, else a time. */
static bool
set_start (Consume *self)
{
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *text = NULL;
  int64_t unix_ms;

  if (self->from == NULL || g_str_equal (self->from, "first"))
    g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  else if (g_str_equal (self->from, "last"))
    g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_LAST_OFFSET, NULL);
  else if (rmq_cli_parse_time (self->from, &unix_ms))
    {
      time = g_date_time_new_from_unix_local (unix_ms / 1000);
      text = g_date_time_format (time, "%Y%m%d%H%M%S");
      g_object_set (self->consumer, "consume-from", RMQ_CONSUME_FROM_TIMESTAMP, "consume-timestamp", text, NULL);
    }
  else
    return false;
  return true;
}

static RmqCliExit
check_options (Consume *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (self->topic == NULL)
    return rmq_cli_fail_usage (self->cli, "--topic is missing");
  if (self->tail == NO_TAIL)
    self->tail = -1;
  else if (self->tail < 0 || self->tail > MAX_TAIL)
    return rmq_cli_fail_usage (self->cli, "--tail: 0 to %d messages", MAX_TAIL);
  if (self->group == NULL && self->tail < 0)
    return rmq_cli_fail_usage (self->cli, "--group is missing; only --tail needs none");
  if (argc > 1)
    return rmq_cli_fail_usage (self->cli, "it takes no arguments, \"%s\" was given", argv[1]);
  if (self->tag != NULL && self->sql != NULL)
    return rmq_cli_fail_usage (self->cli, "--tag and --sql exclude each other");
  if (self->count < 0)
    return rmq_cli_fail_usage (self->cli, "--count cannot be negative");
  if (self->tail >= 0 && (self->sql != NULL || self->from != NULL || self->broadcast))
    return rmq_cli_fail_usage (self->cli, "--tail goes with none of --sql, --from and --broadcast");
  if (self->broadcast && self->exit_at_end)
    return rmq_cli_fail_usage (self->cli, "--exit-at-end asks brokers how far the group is, who do not know that of "
                                          "--broadcast: use --count or --tail");
  if (self->grep != NULL)
    self->regex = g_regex_new (self->grep, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, &error);
  if (error != NULL)
    return rmq_cli_fail_usage (self->cli, "--grep: %s", error->message);
  return RMQ_CLI_DONE;
}

/* A message is looked at here when nobody has subscribed for it. */
static char **
split_tags (const char *expression)
{
  char **tags;

  if (expression == NULL || g_str_equal (expression, "*"))
    return NULL;
  tags = g_strsplit (expression, "||", -1);
  for (char **tag = tags; *tag != NULL; tag++)
    g_strstrip (*tag);
  return tags;
}

static bool
subscribe (Consume *self, GError **error)
{
  rmq_push_consumer_set_handler (self->consumer, on_message, self, NULL);
  if (self->sql != NULL)
    return rmq_push_consumer_subscribe_sql (self->consumer, self->topic, self->sql, error);
  return rmq_push_consumer_subscribe (self->consumer, self->topic, self->tag != NULL ? self->tag : "*", error);
}

RmqCliExit
consume_run_loop (Consume *self)
{
  guint signal_id = g_unix_signal_add (SIGINT, interrupted, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, interrupted, self);

  g_main_loop_run (self->loop);
  g_clear_handle_id (&self->poll_id, g_source_remove);
  g_clear_handle_id (&self->flush_id, g_source_remove);
  if (self->consumer != NULL)
    rmq_push_consumer_pause (self->consumer);
  flush (self);
  g_source_remove (signal_id);
  g_source_remove (terminate_id);
  if (self->write_failed)
    return RMQ_CLI_FAILED;
  return self->interrupted ? RMQ_CLI_INTERRUPTED : RMQ_CLI_DONE;
}

static RmqCliExit
consume_as_member (Consume *self)
{
  g_autoptr (GError) error = NULL;
  RmqCliExit exit_code;

  self->consumer = rmq_push_consumer_new (self->client, self->group);
  g_object_set (self->consumer, "broadcasting", self->broadcast, NULL);
  if (!set_start (self))
    return rmq_cli_fail_usage (self->cli, "--from=%s: first, last, a time or -10m was expected", self->from);
  if ((self->exit_at_end && !consume_find_ends (self, &error)) || !subscribe (self, &error)
      || !rmq_push_consumer_start (self->consumer, NULL, &error))
    return rmq_cli_fail (self->cli, g_steal_pointer (&error));

  if (self->exit_at_end)
    consume_watch_ends (self);
  exit_code = consume_run_loop (self);
  if (!rmq_push_consumer_commit (self->consumer, NULL, &error))
    rmq_cli_say (self->cli, "rmq consume: the last offsets may not be committed: %s", error->message);
  return exit_code;
}

static RmqCliExit
run (Consume *self)
{
  /* What is printed is committed soon, and what came too late to be printed does not hold up the end. */
  static const char *const settings[] = { "commit-interval", "500", "close-timeout", "1000", NULL };
  GError *error = NULL;
  RmqCliExit exit_code;

  self->client = rmq_cli_make_client (self->cli, settings, &error);
  if (self->client == NULL)
    return rmq_cli_fail (self->cli, error);
  self->admin = rmq_admin_new (self->client);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->tags = self->tail >= 0 ? split_tags (self->tag) : NULL;
  exit_code = self->tail >= 0 ? consume_tail (self) : consume_as_member (self);
  if (self->consumer != NULL)
    rmq_push_consumer_close (self->consumer, NULL, NULL);
  rmq_client_instance_close (self->client, NULL, NULL);
  if (self->cli->verbosity > 0)
    rmq_cli_say (self->cli, "printed %" G_GUINT64_FORMAT, self->n_printed);
  return exit_code;
}

static void
clear (Consume *self)
{
  g_clear_object (&self->consumer);
  g_clear_object (&self->admin);
  g_clear_object (&self->client);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->regex, g_regex_unref);
  g_clear_pointer (&self->targets, g_ptr_array_unref);
  g_strfreev (self->tags);
  g_ptr_array_unref (self->printed);
  g_ptr_array_unref (self->beyond);
  g_string_free (self->out, TRUE);
  g_free (self->topic);
  g_free (self->group);
  g_free (self->tag);
  g_free (self->sql);
  g_free (self->from);
  g_free (self->grep);
  g_free (self->format);
}

static gboolean
refuse (const char *name, const char *value, gpointer data, GError **error)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s is not supported by this version", name);
  return FALSE;
}

RmqCliExit
rmq_cli_consume (int argc, char **argv, RmqCli *cli)
{
  Consume self = { .cli = cli, .tail = NO_TAIL };
  const GOptionEntry entries[] = {
    { "topic", 't', 0, G_OPTION_ARG_STRING, &self.topic, "Topic", "TOPIC" },
    { "group", 'g', 0, G_OPTION_ARG_STRING, &self.group, "Consumer group", "GROUP" },
    { "tag", 0, 0, G_OPTION_ARG_STRING, &self.tag, "Only these tags: A || B", "EXPR" },
    { "sql", 0, 0, G_OPTION_ARG_STRING, &self.sql, "Only what this SQL92 expression selects", "EXPR" },
    { "from", 0, 0, G_OPTION_ARG_STRING, &self.from, "Where a new group starts: first (default), last, a time, or -10m",
      "WHERE" },
    { "count", 0, 0, G_OPTION_ARG_INT64, &self.count, "Stop after so many printed messages", "N" },
    { "exit-at-end", 0, 0, G_OPTION_ARG_NONE, &self.exit_at_end,
      "Stop when the group has consumed what was there at the start", NULL },
    { "tail", 0, 0, G_OPTION_ARG_INT64, &self.tail,
      "The last N messages of the topic, then what comes; as nobody's consumer, so that --group is not needed", "N" },
    { "grep", 0, 0, G_OPTION_ARG_STRING, &self.grep, "Print only bodies that match; the others are consumed too",
      "RE" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &self.format,
      "%s body, %t topic, %p queue, %o offset, %k keys, %g tag, %i id, %B broker, %T store time", "FMT" },
    { "json-lines", 'J', 0, G_OPTION_ARG_NONE, &self.json_lines, "One JSON object a line, for produce -J", NULL },
    { "orderly", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (void *) refuse, NULL, NULL },
    { "broadcast", 0, 0, G_OPTION_ARG_NONE, &self.broadcast,
      "Every message, not a share of them; how far it is stands in a file of this user", NULL },
    { "pop", 0, G_OPTION_FLAG_HIDDEN | G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (void *) refuse, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  RmqCliExit exit_code;

  self.out = g_string_sized_new (65536);
  self.printed = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  self.beyond = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_unref);
  if (rmq_cli_parse (cli, &argc, &argv, "-t TOPIC -g GROUP", "Prints the messages of a topic, one a line.", entries,
                     &exit_code))
    {
      exit_code = check_options (&self, argc, argv);
      if (exit_code == RMQ_CLI_DONE)
        exit_code = run (&self);
    }
  clear (&self);
  return exit_code;
}
