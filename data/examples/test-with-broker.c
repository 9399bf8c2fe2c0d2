/* SPDX-License-Identifier: Apache-2.0
 *
 * An application's test with a broker of its own, in this process and without a socket.
 * cc test-with-broker.c -o test-with-broker $(pkg-config --cflags --libs rmq-broker-1)
 */
#include <rmq-broker/rmq-broker.h>
#include <rmq/rmq.h>

static RmqConsumeResult
on_message (RmqPushConsumer *consumer, RmqMessage *message, void *text)
{
  *(char **) text = rmq_message_dup_text (message);
  rmq_message_unref (message);
  return RMQ_CONSUME_SUCCESS;
}

int
main (void)
{
  g_autoptr (RmqBrokerServer) broker = rmq_broker_server_new (NULL);
  gboolean started = rmq_broker_server_start (broker, NULL, NULL);
  g_autofree char *address = rmq_broker_server_dup_address (broker);
  g_autoptr (RmqClientConfig) config = rmq_client_config_new (address);
  g_autoptr (RmqClientInstance) client = rmq_client_instance_new (config);
  g_autoptr (RmqProducer) producer = rmq_producer_new (client, "waiter");
  g_autoptr (RmqMessage) order = rmq_message_new_text ("orders", "one tea");
  g_autoptr (RmqSendReceipt) receipt = rmq_producer_send (producer, order, NULL, NULL);
  g_autoptr (RmqPushConsumer) consumer = rmq_push_consumer_new (client, "kitchen");
  g_autofree char *text = NULL;

  g_assert_true (started && receipt != NULL);
  g_object_set (consumer, "consume-from", RMQ_CONSUME_FROM_FIRST_OFFSET, NULL);
  rmq_push_consumer_set_handler (consumer, on_message, &text, NULL);
  g_assert_true (rmq_push_consumer_subscribe (consumer, "orders", "*", NULL));
  g_assert_true (rmq_push_consumer_start (consumer, NULL, NULL));
  while (text == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (text, ==, "one tea");
  return rmq_client_instance_close (client, NULL, NULL) ? 0 : 1;
}
