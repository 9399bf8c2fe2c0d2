/* SPDX-License-Identifier: Apache-2.0
 *
 * How long from the start of a process to its first acknowledged message: it starts itself anew, once a round.
 */
#include "bench-common.h"

#include <rmq/rmq.h>
#include <stdio.h>

#define BEGAN "RMQ_BENCH_BEGAN_NS"

static int
send_first (const BenchOptions *options, int64_t began_ns)
{
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (options->name_servers);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "bench-producer");
  g_autoptr (GBytes) body = g_bytes_new_static ("first", 5);
  g_autoptr (RmqMessage) message = rmq_message_new (options->topic, body);
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (producer, message, NULL, &error);

  bench_check (error);
  printf ("{\"mode\":\"start\",\"ms\":%.2f}\n", (double) (bench_now_ns () - began_ns) / 1e6);
  if (rmq_producer_close (producer, NULL, &error))
    rmq_client_instance_close (client, NULL, &error);
  bench_check (error);
  return 0;
}

int
main (int argc, char **argv)
{
  const char *began = g_getenv (BEGAN);
  g_auto (GStrv) arguments = g_strdupv (argv);
  BenchOptions options;

  bench_options_parse (&options, argc, argv);
  if (began != NULL)
    return send_first (&options, g_ascii_strtoll (began, NULL, 10));

  for (int i = 0; i <= options.rounds; i++)
    {
      g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, bench_now_ns ());
      g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), BEGAN, now, TRUE);
      g_autoptr (GError) error = NULL;
      int status = 0;

      fflush (stdout);
      if (g_spawn_sync (NULL, arguments, environment, G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL, NULL, NULL, &status,
                        &error))
        g_spawn_check_wait_status (status, &error);
      bench_check (error);
    }
  return 0;
}
