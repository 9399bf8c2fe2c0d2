/* SPDX-License-Identifier: Apache-2.0
 *
 * Produces by one of three ways: sync, async (callbacks, so many unanswered), enqueue (::receipts). Every receipt is
 * looked at, and that no id comes twice.
 */
#include "bench-common.h"

#include <rmq/rmq.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  BenchOptions options;
  BenchRound round;
  RmqProducer *producer;
  GBytes *body;
  GMainLoop *loop;
  uint64_t n_sent;
  uint64_t n_unanswered;
  int64_t end_ns;
  bool over;
  char last_id[64];
} Bench;

static RmqMessage *
make_message (Bench *self)
{
  return rmq_message_new (self->options.topic, self->body);
}

/* Ids of one process only grow, and the null broker answers in order: a look at the last one shows that all differ. */
static void
check_receipt (Bench *self, RmqSendReceipt *receipt)
{
  const char *id = receipt != NULL ? rmq_send_receipt_get_message_id (receipt) : NULL;

  self->round.n++;
  if (id == NULL || rmq_send_receipt_get_error (receipt) != NULL || rmq_send_receipt_get_queue_offset (receipt) < 0
      || (!self->options.unordered && strcmp (self->last_id, id) >= 0))
    {
      if (self->round.n_failed++ == 0 && receipt != NULL && rmq_send_receipt_get_error (receipt) != NULL)
        fprintf (stderr, "%s\n", rmq_send_receipt_get_error (receipt)->message);
    }
  /* Not g_strlcpy (), which looks at each byte: this is in what is measured. */
  if (id != NULL)
    memcpy (self->last_id, id, MIN (strlen (id) + 1, sizeof self->last_id - 1));
}

static bool
is_over (Bench *self)
{
  if (self->options.count > 0)
    return self->n_sent >= (uint64_t) self->options.count;
  /* The clock costs as much as a send: look at it now and then. */
  if (!self->over && (self->n_sent & 63) == 0)
    self->over = bench_now_ns () >= self->end_ns;
  return self->over;
}

/* --- sync ------------------------------------------------------------------------------------------------------ */

static void
run_sync (Bench *self)
{
  for (int64_t before = bench_now_ns (); self->options.count > 0 ? !is_over (self) : before < self->end_ns;)
    {
      g_autoptr (RmqMessage) message = make_message (self);
      g_autoptr (GError) error = NULL;
      g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (self->producer, message, NULL, &error);
      int64_t after = bench_now_ns ();

      self->n_sent++;
      bench_round_add_latency (&self->round, after - before);
      check_receipt (self, receipt);
      before = after;
    }
}

/* --- async ----------------------------------------------------------------------------------------------------- */

static void send_more (Bench *self);

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Bench *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send_finish (RMQ_PRODUCER (source), result, &error);

  self->n_unanswered--;
  check_receipt (self, receipt);
  send_more (self);
}

static void
send_more (Bench *self)
{
  while (self->n_unanswered < (uint64_t) self->options.in_flight && !is_over (self))
    {
      g_autoptr (RmqMessage) message = make_message (self);

      self->n_sent++;
      self->n_unanswered++;
      rmq_producer_send_async (self->producer, message, G_PRIORITY_DEFAULT, NULL, on_sent, self);
    }
  if (self->n_unanswered == 0)
    g_main_loop_quit (self->loop);
}

/* --- enqueue --------------------------------------------------------------------------------------------------- */

static void
enqueue_more (Bench *self)
{
  while (!is_over (self))
    {
      g_autoptr (RmqMessage) message = make_message (self);
      g_autoptr (GError) error = NULL;

      if (!rmq_producer_enqueue (self->producer, message, &error))
        {
          if (!g_error_matches (error, RMQ_ERROR, RMQ_ERROR_QUEUE_FULL))
            bench_check (error);
          return;
        }
      self->n_sent++;
      self->n_unanswered++;
    }
}

static void
on_receipts (RmqProducer *producer, GPtrArray *receipts, gpointer data)
{
  Bench *self = data;

  for (unsigned i = 0; i < receipts->len; i++)
    check_receipt (self, receipts->pdata[i]);
  self->n_unanswered -= receipts->len;
  if (self->n_unanswered == 0 && is_over (self))
    g_main_loop_quit (self->loop);
}

static void
on_writable (RmqProducer *producer, gpointer data)
{
  enqueue_more (data);
}

/* --- rounds ---------------------------------------------------------------------------------------------------- */

static void
run_round (Bench *self, int number)
{
  bench_round_begin (&self->round);
  self->n_sent = 0;
  self->over = false;
  self->end_ns = self->round.started_ns + (int64_t) (self->options.seconds * 1e9);
  if (strcmp (self->options.mode, "sync") == 0)
    {
      run_sync (self);
    }
  else
    {
      if (strcmp (self->options.mode, "async") == 0)
        send_more (self);
      else
        enqueue_more (self);
      g_main_loop_run (self->loop);
    }
  bench_round_end (&self->round, &self->options, number);
}

int
main (int argc, char **argv)
{
  Bench self = { 0 };
  g_autoptr (RmqClientConfig) config = NULL;
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (RmqProducer) producer = NULL;
  g_autoptr (RmqMessage) first = NULL;
  g_autoptr (RmqSendReceipt) receipt = NULL;
  g_autoptr (GError) error = NULL;
  bool enqueues;

  bench_options_parse (&self.options, argc, argv);
  enqueues = strcmp (self.options.mode, "enqueue") == 0;
  if (!enqueues && strcmp (self.options.mode, "sync") != 0 && strcmp (self.options.mode, "async") != 0)
    {
      fprintf (stderr, "--mode is sync, async or enqueue\n");
      return 1;
    }
  config = rmq_client_config_new (self.options.name_servers);
  client = rmq_client_instance_new (config);
  producer = self.producer = rmq_producer_new (client, "bench-producer");
  self.body = g_bytes_new_take (g_strnfill ((size_t) self.options.body, 'x'), (size_t) self.options.body);
  self.loop = g_main_loop_new (NULL, FALSE);
  if (enqueues)
    {
      g_signal_connect (producer, "receipts", G_CALLBACK (on_receipts), &self);
      g_signal_connect (producer, "writable", G_CALLBACK (on_writable), &self);
    }

  first = make_message (&self);
  receipt = rmq_producer_send (producer, first, NULL, &error);
  bench_check (error);
  for (int i = 0; i <= (self.options.count > 0 ? 0 : self.options.rounds); i++)
    run_round (&self, i);
  if (rmq_producer_close (producer, NULL, &error))
    rmq_client_instance_close (client, NULL, &error);
  bench_check (error);
  g_main_loop_unref (self.loop);
  g_bytes_unref (self.body);
  g_array_unref (self.round.latencies);
  return self.round.n_failed == 0 ? 0 : 1;
}
