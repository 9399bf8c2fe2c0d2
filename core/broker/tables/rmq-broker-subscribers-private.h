/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration of consumer groups (Java's SubscriptionGroupManager), and what a group may not read.
 */
#pragma once

#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"
#include "wire/rmq-group-config-private.h"

RMQ_PRIVATE_BEGIN

RmqBrokerSubscribers *_rmq_broker_subscribers_new (RmqBrokerCore *core);
void _rmq_broker_subscribers_free (RmqBrokerSubscribers *self);
bool _rmq_broker_subscribers_load (RmqBrokerSubscribers *self, GError **error);

/* NULL when it is not known. Belongs to self. */
RmqGroupConfigBody *_rmq_broker_subscribers_find (RmqBrokerSubscribers *self, RmqSlice group);
/* Made with the defaults when it is not known and settings (or its being a system group) allow that; else NULL. */
RmqGroupConfigBody *_rmq_broker_subscribers_find_or_create (RmqBrokerSubscribers *self, RmqSlice group);
/* Takes config. */
void _rmq_broker_subscribers_update (RmqBrokerSubscribers *self, RmqGroupConfigBody *config);
/* False: not known. Modules hear of it. */
bool _rmq_broker_subscribers_delete (RmqBrokerSubscribers *self, RmqSlice group);
/* RmqGroupConfigBody, sorted by name. (transfer container) */
GPtrArray *_rmq_broker_subscribers_get_all (RmqBrokerSubscribers *self);
const RmqDataVersion *_rmq_broker_subscribers_get_version (RmqBrokerSubscribers *self);

/* 353. */
void _rmq_broker_subscribers_set_forbidden (RmqBrokerSubscribers *self, RmqSlice group, RmqSlice topic, bool forbidden);
bool _rmq_broker_subscribers_is_forbidden (RmqBrokerSubscribers *self, RmqSlice group, RmqSlice topic);

RMQ_PRIVATE_END
