/* SPDX-License-Identifier: Apache-2.0
 *
 * Retry topics and dead letters, for sends and send-backs.
 */
#pragma once

#include "rmq-broker-put-private.h"

RMQ_PRIVATE_BEGIN

/* The topics are made when they are needed. */
RmqBrokerTopic *_rmq_broker_retry_topic (RmqBrokerCore *core, const char *group, int queues);
RmqBrokerTopic *_rmq_broker_dead_letter_topic (RmqBrokerCore *core, const char *group);
/* A message of a client to a retry topic: looks whether it tried often enough and belongs with the dead letters. False:
 * message->code and remark say why it is refused. */
bool _rmq_broker_retry_route (RmqBrokerCore *core, RmqBrokerMessage *message);

RMQ_PRIVATE_END
