/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes from anywhere: the queues that follow from what decodes are within bounds, in order and never twice.
 */
#include <rmq/rmq.h>
#include "rmq-fuzz.h"
#include "wire/rmq-topic-route-private.h"

static void
check_subscribe (const RmqTopicRoute *route)
{
  g_autoptr (GPtrArray) queues = _rmq_topic_route_subscribe_queues (route, "T", NULL);

  if (queues == NULL)
    return;
  RMQ_FUZZ_CHECK (queues->len <= RMQ_ROUTE_MAX_QUEUES);
  for (unsigned i = 1; i < queues->len; i++)
    RMQ_FUZZ_CHECK (rmq_message_queue_compare (queues->pdata[i - 1], queues->pdata[i]) < 0);
}

static void
check_publish (const RmqTopicRoute *route)
{
  bool ordered;
  g_autoptr (GPtrArray) queues = _rmq_topic_route_publish_queues (route, "T", &ordered, NULL);

  if (queues == NULL)
    return;
  RMQ_FUZZ_CHECK (queues->len <= RMQ_ROUTE_MAX_QUEUES);
  for (unsigned i = 0; i < queues->len; i++)
    {
      const char *name = rmq_message_queue_get_broker_name (queues->pdata[i]);
      const char *owner;
      int physical;

      RMQ_FUZZ_CHECK (rmq_message_queue_get_queue_id (queues->pdata[i]) >= 0);
      if (ordered)
        continue;
      if (_rmq_topic_route_is_static (route) && route->order_conf == NULL)
        RMQ_FUZZ_CHECK (_rmq_topic_route_resolve_logical (
            route, name, rmq_message_queue_get_queue_id (queues->pdata[i]), &owner, &physical));
      else
        RMQ_FUZZ_CHECK (_rmq_topic_route_find_master (route, name) != NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RmqTopicRoute) route = _rmq_topic_route_decode (rmq_slice ((const char *) data, size), &error);
  g_autoptr (RmqTopicRoute) copy = NULL;
  g_autoptr (RmqTopicRoute) again = NULL;
  g_autoptr (RmqTopicRoute) derived = NULL;

  RMQ_FUZZ_CHECK ((route == NULL) == (error != NULL));
  if (route == NULL)
    return 0;
  check_publish (route);
  check_subscribe (route);
  RMQ_FUZZ_CHECK (_rmq_topic_route_equal (route, route));
  copy = _rmq_body_copy (&_rmq_topic_route_type, route);
  if (copy == NULL)
    return 0;
  /* A null over a default has become the default in the copy. */
  again = _rmq_body_copy (&_rmq_topic_route_type, copy);
  RMQ_FUZZ_CHECK (again != NULL && _rmq_topic_route_equal (copy, again));
  derived = _rmq_topic_route_derive_default (route, 4);
  return 0;
}
