/* SPDX-License-Identifier: Apache-2.0
 *
 * The route of one topic as it stood when a name server was asked: an immutable, refcounted snapshot.
 */
#pragma once

#include <rmq/rmq.h>
#include "base/rmq-macros-private.h"
#include "wire/rmq-topic-route-private.h"

typedef struct _RmqRoute RmqRoute;
typedef struct _RmqClientCore RmqClientCore;
typedef struct _RmqRouteRequest RmqRouteRequest;

struct _RmqRoute
{
  int ref_count;
  char *topic; /* GRefString */
  RmqTopicRoute *data;
  GPtrArray *publish;   /* (element-type RmqMessageQueue), in Java's order */
  GPtrArray *subscribe; /* (element-type RmqMessageQueue), sorted */
  bool is_default;      /* made from the route of TBW102: the topic does not exist yet */
};

/* route: NULL exactly when error is set; borrowed. */
typedef void (*RmqRouteDone) (RmqRoute *route, const GError *error, void *data);

RMQ_PRIVATE_BEGIN

RmqRoute *_rmq_route_ref (RmqRoute *self);
void _rmq_route_unref (RmqRoute *self);

/* In the I/O context. What is cached, or NULL; (transfer none). */
RmqRoute *_rmq_client_core_peek_route (RmqClientCore *core, const char *topic);
/* Asks a name server; callers of the same topic share one request. A cached route is no answer here. allow_default:
 * when the topic is unknown, that of TBW102 with at most default_queues queues. done exactly once, never inline.
 * Errors: RMQ_ERROR_NO_ROUTE (unknown topic), NO_NAME_SERVER, and those of the connection. */
RmqRouteRequest *_rmq_client_core_fetch_route (RmqClientCore *core,
                                               const char *topic,
                                               bool allow_default,
                                               int default_queues,
                                               int64_t deadline_us,
                                               RmqRouteDone done,
                                               void *data);
void _rmq_route_request_cancel (RmqRouteRequest *request);
/* Something about the topic's route seems wrong: asks again, at most once a second for a topic. */
void _rmq_client_core_refresh_soon (RmqClientCore *core, const char *topic);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqRoute, _rmq_route_unref)
