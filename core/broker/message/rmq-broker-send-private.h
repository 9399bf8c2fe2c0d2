/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of a send that others share: replies are messages, too.
 */
#pragma once

#include "broker/rmq-broker-put-private.h"
#include "wire/rmq-constants-private.h"

RMQ_PRIVATE_BEGIN

/* The checks of a topic that is sent to, in Java's order; makes it when that is allowed. False: answered. */
bool _rmq_broker_send_check_topic (RmqBrokerCore *core,
                                   const RmqBrokerTicket *ticket,
                                   const RmqSendMessageRequestHeader *header,
                                   RmqBrokerTopic **topic);
/* The properties as they are stored: the client's, without what only the broker may say, with what it says. */
void _rmq_broker_send_write_properties (RmqBrokerCore *core, RmqSlice text, RmqByteWriter *out);
/* All but the properties. */
void _rmq_broker_send_fill (const RmqBrokerRequest *request,
                            const RmqSendMessageRequestHeader *header,
                            RmqBrokerTopic *topic,
                            RmqBrokerMessage *message);

RMQ_PRIVATE_END
