/* SPDX-License-Identifier: Apache-2.0
 *
 * Priority messages: the priority is the queue, the highest one in the last queue. (RocketMQ 5.4:
 * SendMessageProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include "broker/rmq-broker-modules-private.h"

/* A message is of one kind; these come before priority. */
static bool
is_of_other_kind (const RmqBrokerMessage *message)
{
  static const char *const names[] = {
    RMQ_PROPERTY_TRANSACTION_PREPARED, RMQ_PROPERTY_DELAY,
    RMQ_PROPERTY_TIMER_DELAY_SEC,      RMQ_PROPERTY_TIMER_DELAY_MS,
    RMQ_PROPERTY_TIMER_DELIVER_MS,     RMQ_PROPERTY_SHARDING_KEY,
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (_rmq_broker_message_get_property (message, names[i]).data != NULL)
      return true;
  return false;
}

static RmqBrokerPutVerdict
before_put (RmqBrokerCore *core, RmqBrokerMessage *message, void *data)
{
  RmqSlice text = _rmq_broker_message_get_property (message, RMQ_PROPERTY_PRIORITY);
  int32_t priority;

  if (message->header == NULL || text.data == NULL)
    return RMQ_BROKER_PUT_ON;
  if (is_of_other_kind (message))
    _rmq_broker_message_set_property (message, RMQ_PROPERTY_PRIORITY, RMQ_SLICE_NULL);
  else if (_rmq_property_parse_int32 (text, &priority) && priority >= 0 && message->topic->write_queues > 0)
    message->record.queue_id = MIN (priority, message->topic->write_queues - 1);
  return RMQ_BROKER_PUT_ON;
}

const RmqBrokerModule rmq_broker_priority_module = {
  .name = "priority",
  .before_put = before_put,
};
