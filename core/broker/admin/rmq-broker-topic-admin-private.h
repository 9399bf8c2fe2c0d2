/* SPDX-License-Identifier: Apache-2.0
 *
 * Administration of topics, between the file that changes them and the one that describes them.
 */
#pragma once

#include "broker/rmq-broker-request-private.h"

RMQ_PRIVATE_BEGIN

/* (transfer full) char *: groups that consume the topic now, or have offsets in it. */
GPtrArray *_rmq_broker_topic_find_groups (RmqBrokerCore *core, RmqSlice topic);

/* 351, 21, 202, 300, 303, 305 */
void _rmq_broker_topic_handle_config (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_topic_handle_all_configs (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_topic_handle_stats (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_topic_handle_groups (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_topic_handle_time_span (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);
void _rmq_broker_topic_handle_system (RmqBrokerCore *core, const RmqBrokerRequest *request, void *data);

RMQ_PRIVATE_END
