/* SPDX-License-Identifier: Apache-2.0
 *
 * How an RmqTopicRouteInfo is made.
 */
#pragma once

#include "client/rmq-route-private.h"

RMQ_PRIVATE_BEGIN

RmqTopicRouteInfo *_rmq_topic_route_info_new (RmqRoute *route);

RMQ_PRIVATE_END
