/* SPDX-License-Identifier: Apache-2.0
 *
 * Consumes with a push consumer: one C callback a message in a GMainLoop, checksums verified, tags checked again,
 * offsets committed. --mode idle: beside a producer that has sent one message it only waits, and says what that costs
 * (a null broker with --empty --queues N).
 */
#include "bench-common.h"

#include <rmq/rmq.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

typedef struct
{
  BenchOptions options;
  BenchRound round;
  GMainLoop *loop;
  int64_t end_ns;
  int number;
} Bench;

static void
begin (Bench *self)
{
  bench_round_begin (&self->round);
  self->end_ns = self->round.started_ns + (int64_t) (self->options.seconds * 1e9);
}

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, gpointer data)
{
  Bench *self = data;

  if (self->round.n == 0 && self->number == 0)
    begin (self);
  self->round.n++;
  if (rmq_message_get_body_size (message) != (gsize) self->options.body)
    self->round.n_failed++;
  rmq_message_unref (message);
  if (self->options.count > 0)
    {
      if (self->round.n == (uint64_t) self->options.count)
        {
          bench_round_end (&self->round, &self->options, 0);
          g_main_loop_quit (self->loop);
        }
      return RMQ_CONSUME_SUCCESS;
    }
  /* The clock costs as much as a message: look at it now and then. */
  if ((self->round.n & 255) == 0 && bench_now_ns () >= self->end_ns)
    {
      bench_round_end (&self->round, &self->options, self->number++);
      if (self->number > self->options.rounds)
        g_main_loop_quit (self->loop);
      begin (self);
    }
  return RMQ_CONSUME_SUCCESS;
}

static gboolean
end_wait (gpointer data)
{
  g_main_loop_quit (((Bench *) data)->loop);
  return G_SOURCE_REMOVE;
}

static void
wait_for (Bench *self, double seconds)
{
  g_timeout_add ((unsigned) (seconds * 1000), end_wait, self);
  g_main_loop_run (self->loop);
}

static void
send_one (Bench *self, RmqProducer *producer)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("first", 5);
  g_autoptr (RmqMessage) message = rmq_message_new (self->options.topic, body);
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (producer, message, NULL, &error);

  bench_check (error);
}

/* The start with its rebalance is not idle yet. */
static void
run_idle (Bench *self)
{
  struct rusage before;
  struct rusage after;
  int64_t cpu_ns;

  wait_for (self, 3);
  getrusage (RUSAGE_SELF, &before);
  cpu_ns = bench_cpu_ns ();
  wait_for (self, self->options.seconds);
  cpu_ns = bench_cpu_ns () - cpu_ns;
  getrusage (RUSAGE_SELF, &after);
  printf ("{\"mode\":\"idle\",\"cpu_percent\":%.3f,\"switches\":%.2f,\"rss_kb\":%ld}\n",
          (double) cpu_ns / 1e7 / self->options.seconds,
          (double) (after.ru_nvcsw - before.ru_nvcsw) / self->options.seconds, after.ru_maxrss);
}

int
main (int argc, char **argv)
{
  Bench self = { 0 };
  g_autoptr (RmqClientConfig) config = NULL;
  g_autoptr (RmqClientInstance) client = NULL;
  g_autoptr (RmqPushConsumer) consumer = NULL;
  g_autoptr (GError) error = NULL;

  bench_options_parse (&self.options, argc, argv);
  config = rmq_client_config_new (self.options.name_servers);
  client = rmq_client_instance_new (config);
  consumer = rmq_push_consumer_new (client, "bench-consumer");
  self.loop = g_main_loop_new (NULL, FALSE);
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, &self, NULL);
  rmq_push_consumer_subscribe (consumer, self.options.topic, "*", &error);
  bench_check (error);
  rmq_push_consumer_start (consumer, NULL, &error);
  bench_check (error);
  if (strcmp (self.options.mode, "idle") == 0)
    {
      g_autoptr (RmqProducer) producer = rmq_producer_new (client, "bench-producer");

      send_one (&self, producer);
      run_idle (&self);
    }
  else
    {
      self.options.mode = "consume";
      g_main_loop_run (self.loop);
    }
  if (rmq_push_consumer_close (consumer, NULL, &error))
    rmq_client_instance_close (client, NULL, &error);
  bench_check (error);
  g_main_loop_unref (self.loop);
  g_clear_pointer (&self.round.latencies, g_array_unref);
  return 0;
}
