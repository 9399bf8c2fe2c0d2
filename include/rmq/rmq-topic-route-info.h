/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqTopicRouteInfo: where a topic lives, as a name server told it.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <rmq/rmq-message-queue.h>

G_BEGIN_DECLS

#define RMQ_TYPE_TOPIC_ROUTE_INFO (rmq_topic_route_info_get_type ())

typedef struct _RmqTopicRouteInfo RmqTopicRouteInfo;

RMQ_AVAILABLE_IN_ALL
GType rmq_topic_route_info_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
RmqTopicRouteInfo *rmq_topic_route_info_ref (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
void rmq_topic_route_info_unref (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_topic_route_info_get_topic (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_topic_route_info_dup_read_queues (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_topic_route_info_dup_write_queues (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
unsigned rmq_topic_route_info_get_n_brokers (RmqTopicRouteInfo *self);
RMQ_AVAILABLE_IN_ALL
const char *rmq_topic_route_info_get_broker_name (RmqTopicRouteInfo *self, unsigned index);
RMQ_AVAILABLE_IN_ALL
const char *rmq_topic_route_info_get_broker_cluster (RmqTopicRouteInfo *self, unsigned index);
RMQ_AVAILABLE_IN_ALL
const char *rmq_topic_route_info_get_broker_master (RmqTopicRouteInfo *self, unsigned index);
RMQ_AVAILABLE_IN_ALL
char **rmq_topic_route_info_dup_broker_addresses (RmqTopicRouteInfo *self, unsigned index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqTopicRouteInfo, rmq_topic_route_info_unref)

G_END_DECLS
