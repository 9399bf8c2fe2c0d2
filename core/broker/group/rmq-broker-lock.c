/* SPDX-License-Identifier: Apache-2.0
 *
 * LOCK_BATCH_MQ and UNLOCK_BATCH_MQ. (RocketMQ: AdminBrokerProcessor.)
 */
#include "broker/rmq-broker-core-private.h"

#include <rmq/rmq.h>
#include "broker/rmq-broker-modules-private.h"
#include "wire/rmq-lock-body-private.h"

/* (transfer full) NULL: answered. */
static RmqLockBody *
decode (RmqBrokerCore *core, const RmqBrokerRequest *request)
{
  g_autoptr (RmqLockBody) body = _rmq_broker_request_decode_body (core, request, &_rmq_lock_body_type);

  if (body == NULL)
    return NULL;
  if (body->group == NULL || body->client_id == NULL || body->queues == NULL)
    {
      _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SYSTEM_ERROR,
                               "consumerGroup, clientId and mqSet are required");
      return NULL;
    }
  return g_steal_pointer (&body);
}

static void
handle_lock (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqLockBody) body = decode (core, request);
  g_autoptr (RmqLockResultBody) result = NULL;

  if (body == NULL)
    return;
  result = _rmq_lock_result_body_new ();
  for (unsigned i = 0; i < body->queues->len; i++)
    {
      RmqMessageQueue *queue = g_ptr_array_index (body->queues, i);

      if (_rmq_broker_locks_try (core->locks, body->group, rmq_message_queue_get_topic (queue),
                                 rmq_message_queue_get_broker_name (queue), rmq_message_queue_get_queue_id (queue),
                                 body->client_id))
        g_ptr_array_add (result->locked, rmq_message_queue_ref (queue));
    }
  _rmq_broker_answer_body (core, &request->ticket, &_rmq_lock_result_body_type, result);
}

static void
handle_unlock (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data)
{
  g_autoptr (RmqLockBody) body = decode (core, request);

  if (body == NULL)
    return;
  for (unsigned i = 0; i < body->queues->len; i++)
    {
      RmqMessageQueue *queue = g_ptr_array_index (body->queues, i);

      _rmq_broker_locks_release (core->locks, body->group, rmq_message_queue_get_topic (queue),
                                 rmq_message_queue_get_broker_name (queue), rmq_message_queue_get_queue_id (queue),
                                 body->client_id);
    }
  _rmq_broker_answer_code (core, &request->ticket, RMQ_RESPONSE_SUCCESS, NULL);
}

static const RmqBrokerRoute routes[] = {
  { RMQ_REQUEST_LOCK_BATCH_MQ, handle_lock },
  { RMQ_REQUEST_UNLOCK_BATCH_MQ, handle_unlock },
};

const RmqBrokerModule rmq_broker_lock_module = {
  .name = "lock",
  .routes = routes,
  .n_routes = G_N_ELEMENTS (routes),
};
