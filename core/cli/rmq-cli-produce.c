/* SPDX-License-Identifier: Apache-2.0
 *
 * `rmq produce`: one message a line, by the rate path of RmqProducer.
 */
#include "rmq-cli-produce.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include "rmq-cli-json.h"
#include "rmq-cli-message.h"

#define SHOWN_FAILURES 3

/* --- Counting --------------------------------------------------------------------------------------------------------
 */

static void
check_end (Produce *self)
{
  if (self->input_ended && self->n_sent + self->n_failed + self->n_maybe >= self->n_taken)
    g_main_loop_quit (self->loop);
}

static void
stop_input (Produce *self)
{
  if (self->lines != NULL)
    rmq_cli_lines_stop (self->lines);
  self->input_ended = true;
}

void
produce_failed (Produce *self, const GError *error, RmqOutcome outcome)
{
  RmqCliExit code = rmq_cli_exit_of_error (error);

  if (outcome == RMQ_OUTCOME_MAYBE_STORED)
    self->n_maybe++;
  else
    self->n_failed++;
  self->worst = code;
  if (self->n_failed + self->n_maybe <= SHOWN_FAILURES)
    rmq_cli_say (self->cli, "rmq produce: %s", error->message);
  else if (self->n_failed + self->n_maybe == SHOWN_FAILURES + 1)
    rmq_cli_say (self->cli, "rmq produce: further failures are only counted");
  /* When nothing has ever arrived, the next thousand will not either. */
  if (self->n_sent == 0 && (code == RMQ_CLI_NO_CONNECTION || code == RMQ_CLI_NOT_PERMITTED))
    {
      self->gave_up = true;
      stop_input (self);
    }
  check_end (self);
}

static void
print_receipt (Produce *self, RmqSendReceipt *receipt)
{
  static const char *const outcomes[] = { "not stored", "maybe stored", "stored" };
  const GError *error = rmq_send_receipt_get_error (receipt);
  g_auto (RmqCliJson) json = { NULL };

  rmq_cli_json_init (&json);
  rmq_cli_json_begin_object (&json, NULL);
  rmq_cli_json_int (&json, "number", (int64_t) rmq_send_receipt_get_sequence (receipt));
  rmq_cli_json_string (&json, "topic", rmq_send_receipt_get_topic (receipt));
  rmq_cli_json_string (&json, "broker", rmq_send_receipt_get_broker_name (receipt));
  rmq_cli_json_int (&json, "queue", rmq_send_receipt_get_queue_id (receipt));
  rmq_cli_json_int (&json, "offset", rmq_send_receipt_get_queue_offset (receipt));
  rmq_cli_json_string (&json, "msg_id", rmq_send_receipt_get_message_id (receipt));
  rmq_cli_json_string (&json, "offset_id", rmq_send_receipt_get_offset_id (receipt));
  rmq_cli_json_string (&json, "outcome", outcomes[rmq_send_receipt_get_outcome (receipt)]);
  if (error != NULL)
    rmq_cli_json_string (&json, "error", error->message);
  rmq_cli_json_end_object (&json);
  rmq_cli_json_print (&json);
}

void
produce_receipt (Produce *self, RmqSendReceipt *receipt)
{
  if (self->receipts)
    print_receipt (self, receipt);
  if (rmq_send_receipt_get_error (receipt) != NULL)
    {
      produce_failed (self, rmq_send_receipt_get_error (receipt), rmq_send_receipt_get_outcome (receipt));
      return;
    }
  self->n_sent++;
  check_end (self);
}

static void
on_receipts (RmqProducer *producer, GPtrArray *receipts, gpointer data)
{
  for (guint i = 0; i < receipts->len; i++)
    produce_receipt (data, receipts->pdata[i]);
}

static void
on_writable (RmqProducer *producer, gpointer data)
{
  Produce *self = data;

  if (self->lines != NULL)
    rmq_cli_lines_resume (self->lines);
  else
    produce_generate (self);
}

/* --- Messages --------------------------------------------------------------------------------------------------------
 */

static bool
decorate (Produce *self, RmqMessage *message, GError **error)
{
  if (self->tag != NULL && !rmq_message_set_tag (message, self->tag, error))
    return false;
  if (self->keys != NULL && !rmq_message_set_keys (message, (const char *const *) self->keys, error))
    return false;
  if (self->delay_ms > 0 && !rmq_message_set_delay (message, self->delay_ms, error))
    return false;
  if (self->order_key != NULL && !rmq_message_set_ordering_key (message, self->order_key, error))
    return false;
  for (unsigned i = 0; self->properties != NULL && self->properties[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup (self->properties[i]);
      char *value = strchr (name, '=');

      *value++ = '\0';
      if (!rmq_message_set_property (message, name, value, error))
        return false;
    }
  return true;
}

static RmqMessage *
make_message (Produce *self, const char *line, gsize len, GError **error)
{
  g_autoptr (RmqMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;

  if (self->json_lines)
    {
      message = rmq_cli_message_from_json (line, len, self->topic, error);
    }
  else
    {
      body = g_bytes_new (line, len);
      message = rmq_message_new (self->topic, body);
    }
  return message != NULL && decorate (self, message, error) ? g_steal_pointer (&message) : NULL;
}

/* Nothing is read beyond the last message that is wanted: who types it need not type another. */
static void
taken (Produce *self)
{
  self->n_taken++;
  if (self->count > 0 && self->n_taken >= (uint64_t) self->count)
    stop_input (self);
}

/* False: not now. */
static bool
take (const char *line, gsize len, void *data)
{
  Produce *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqMessage) message = NULL;

  if (!produce_may_go (self))
    return false;
  message = make_message (self, line, len, &error);
  if (message != NULL && self->order_key != NULL)
    {
      taken (self);
      produce_ordered (self, message);
      return true;
    }
  if (message != NULL && rmq_producer_enqueue (self->producer, message, &error))
    {
      taken (self);
      return true;
    }
  if (g_error_matches (error, RMQ_ERROR, RMQ_ERROR_QUEUE_FULL))
    return false;
  taken (self);
  produce_failed (self, error, RMQ_OUTCOME_NOT_STORED);
  return true;
}

void
produce_generate (Produce *self)
{
  while (!self->input_ended && self->n_taken < (uint64_t) self->count)
    if (!take (self->filler, (gsize) self->size, self))
      return;
  self->input_ended = true;
  check_end (self);
}

static void
input_ended (GError *error, void *data)
{
  Produce *self = data;

  self->input_ended = true;
  if (error != NULL)
    {
      self->worst = RMQ_CLI_USAGE;
      self->input_failed = true;
      rmq_cli_say (self->cli, "rmq produce: %s", error->message);
      g_error_free (error);
    }
  check_end (self);
}

static gboolean
interrupted (gpointer data)
{
  Produce *self = data;

  self->interrupted = true;
  stop_input (self);
  check_end (self);
  return G_SOURCE_CONTINUE;
}

/* --- The command
 * ------------------------------------------------------------------------------------------------------- */

static RmqCliExit
summarize (Produce *self)
{
  double seconds = (double) (g_get_monotonic_time () - self->began_us) / G_USEC_PER_SEC;

  fflush (stdout);
  rmq_cli_say (self->cli,
               "sent %" G_GUINT64_FORMAT ", failed %" G_GUINT64_FORMAT ", maybe stored %" G_GUINT64_FORMAT " in %.2f s",
               self->n_sent, self->n_failed, self->n_maybe, seconds);
  if (self->interrupted)
    return RMQ_CLI_INTERRUPTED;
  if (self->input_failed || self->gave_up)
    return self->worst;
  if (self->n_failed + self->n_maybe == 0)
    return RMQ_CLI_DONE;
  return self->n_sent == 0 && self->n_maybe == 0 ? self->worst : RMQ_CLI_FAILED;
}

static const char *const compressions[] = { "none", "zlib", "lz4", "zstd", NULL };

static bool
check_options (Produce *self, int argc, RmqCliExit *exit_code)
{
  *exit_code = RMQ_CLI_USAGE;
  if (self->topic == NULL && !self->json_lines)
    rmq_cli_fail_usage (self->cli, "--topic is missing");
  else if (self->topic == NULL && self->order_key != NULL)
    rmq_cli_fail_usage (self->cli, "--order-key needs --topic: its queues are those of one topic");
  else if (self->compression != NULL && !g_strv_contains (compressions, self->compression))
    rmq_cli_fail_usage (self->cli, "--compress=%s: none, zlib, lz4 or zstd was expected", self->compression);
  else if (self->size > 0 && self->count <= 0)
    rmq_cli_fail_usage (self->cli, "--size goes with --count");
  else if (self->size > 0 && argc > 1)
    rmq_cli_fail_usage (self->cli, "--size makes its own messages: no FILE goes with it");
  else if (self->size < 0 || self->count < 0 || self->rate < 0)
    rmq_cli_fail_usage (self->cli, "--size, --count and --rate cannot be negative");
  else if (self->delay != NULL && !rmq_cli_parse_duration (self->delay, &self->delay_ms))
    rmq_cli_fail_usage (self->cli, "--delay=%s: a duration such as 500ms, 10s, 5m or 1h was expected", self->delay);
  else
    *exit_code = RMQ_CLI_DONE;
  for (unsigned i = 0; *exit_code == RMQ_CLI_DONE && self->properties != NULL && self->properties[i] != NULL; i++)
    if (strchr (self->properties[i], '=') == NULL || self->properties[i][0] == '=')
      *exit_code = rmq_cli_fail_usage (self->cli, "--property=%s: KEY=VALUE was expected", self->properties[i]);
  return *exit_code == RMQ_CLI_DONE;
}

static void
run_loop (Produce *self, char **files)
{
  guint signal_id = g_unix_signal_add (SIGINT, interrupted, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, interrupted, self);

  self->loop = g_main_loop_new (NULL, FALSE);
  g_signal_connect (self->producer, "receipts", G_CALLBACK (on_receipts), self);
  g_signal_connect (self->producer, "writable", G_CALLBACK (on_writable), self);
  self->began_us = g_get_monotonic_time ();
  if (self->size > 0)
    {
      self->filler = g_strnfill ((gsize) self->size, 'x');
      produce_generate (self);
    }
  else
    {
      self->lines = rmq_cli_lines_new (files, take, input_ended, self);
      rmq_cli_lines_resume (self->lines);
    }
  if (!self->input_ended || self->n_sent + self->n_failed + self->n_maybe < self->n_taken)
    g_main_loop_run (self->loop);
  produce_stop_pacing (self);
  g_source_remove (signal_id);
  g_source_remove (terminate_id);
}

static void
clear (Produce *self)
{
  g_clear_pointer (&self->lines, rmq_cli_lines_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->queue, rmq_message_queue_unref);
  g_clear_object (&self->producer);
  g_clear_object (&self->client);
  g_strfreev (self->keys);
  g_strfreev (self->properties);
  g_free (self->topic);
  g_free (self->group);
  g_free (self->tag);
  g_free (self->delay);
  g_free (self->order_key);
  g_free (self->compression);
  g_free (self->filler);
}

static RmqCliExit
run (Produce *self, char **files)
{
  GError *error = NULL;
  RmqCliExit exit_code;

  self->client = rmq_cli_make_client (self->cli, NULL, &error);
  if (self->client == NULL)
    return rmq_cli_fail (self->cli, error);
  self->producer = rmq_producer_new (self->client, self->group != NULL ? self->group : "rmq-produce");
  g_object_set (self->producer, "send-timeout", self->timeout_ms > 0 ? (guint) self->timeout_ms : 30000u, NULL);
  if (self->compression != NULL)
    g_object_set (self->producer, "compression", self->compression, NULL);
  if (self->order_key != NULL && !produce_find_queue (self, &error))
    return rmq_cli_fail (self->cli, error);
  run_loop (self, files);
  exit_code = summarize (self);
  rmq_producer_close (self->producer, NULL, NULL);
  rmq_client_instance_close (self->client, NULL, NULL);
  return exit_code;
}

RmqCliExit
rmq_cli_produce (int argc, char **argv, RmqCli *cli)
{
  Produce self = { .cli = cli };
  const GOptionEntry entries[] = {
    { "topic", 't', 0, G_OPTION_ARG_STRING, &self.topic, "Topic; with -J default: the line's", "TOPIC" },
    { "group", 'g', 0, G_OPTION_ARG_STRING, &self.group, "Producer group; default rmq-produce", "GROUP" },
    { "tag", 0, 0, G_OPTION_ARG_STRING, &self.tag, "Tag of every message", "TAG" },
    { "key", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.keys, "Key of every message; may be repeated", "KEY" },
    { "property", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.properties, "Property of every message", "KEY=VALUE" },
    { "delay", 0, 0, G_OPTION_ARG_STRING, &self.delay, "Deliver after this time: 500ms, 10s, 5m, 1h", "TIME" },
    { "order-key", 0, 0, G_OPTION_ARG_STRING, &self.order_key, "All to the queue of this key, in order, one at a time",
      "KEY" },
    { "compress", 0, 0, G_OPTION_ARG_STRING, &self.compression, "Of bodies from 4 KiB: none, zlib, lz4, zstd", "NAME" },
    { "rate", 0, 0, G_OPTION_ARG_INT, &self.rate, "At most so many messages a second", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT64, &self.count, "Stop after so many messages", "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &self.size, "Make COUNT messages of so many bytes, read nothing", "BYTES" },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &self.timeout_ms, "Milliseconds a message may take; default 30000", "MS" },
    { "json-lines", 'J', 0, G_OPTION_ARG_NONE, &self.json_lines, "Lines are what consume -J wrote", NULL },
    { "receipts", 0, 0, G_OPTION_ARG_NONE, &self.receipts, "Print a JSON receipt for each message", NULL },
    G_OPTION_ENTRY_NULL,
  };
  RmqCliExit exit_code;

  if (rmq_cli_parse (cli, &argc, &argv, "-t TOPIC [FILE…]",
                     "Sends each line of FILEs, or standard input, as a message.", entries, &exit_code)
      && check_options (&self, argc, &exit_code))
    exit_code = run (&self, argv + 1);
  clear (&self);
  return exit_code;
}
