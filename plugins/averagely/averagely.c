/* SPDX-License-Identifier: Apache-2.0
 *
 * Strategy `averagely`: neighbouring queues in shares that differ by one at most (RocketMQ:
 * AllocateMessageQueueAveragely, the default of all clients).
 */
#include <rmq/rmq.h>

#define RMQ_TYPE_AVERAGELY_STRATEGY (rmq_averagely_strategy_get_type ())

G_DECLARE_FINAL_TYPE (RmqAveragelyStrategy, rmq_averagely_strategy, RMQ, AVERAGELY_STRATEGY, RmqAllocationStrategy)

struct _RmqAveragelyStrategy
{
  RmqAllocationStrategy parent_instance;
};

G_DEFINE_FINAL_TYPE (RmqAveragelyStrategy, rmq_averagely_strategy, RMQ_TYPE_ALLOCATION_STRATEGY)

static char *
rmq_averagely_strategy_dup_name (RmqAllocationStrategy *strategy)
{
  return g_strdup ("AVG");
}

static GPtrArray *
rmq_averagely_strategy_allocate (RmqAllocationStrategy *strategy,
                                 const char *group,
                                 const char *client_id,
                                 GPtrArray *queues,
                                 const char *const *client_ids,
                                 GError **error)
{
  GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify) rmq_message_queue_unref);
  unsigned n_queues = queues->len;
  unsigned n_clients = g_strv_length ((char **) client_ids);
  unsigned self = 0;
  unsigned share;
  unsigned rest;
  unsigned start;

  while (self < n_clients && !g_str_equal (client_ids[self], client_id))
    self++;
  if (self == n_clients)
    return result;

  /* The first `rest` members take one more. */
  share = n_queues / n_clients;
  rest = n_queues % n_clients;
  start = self * share + MIN (self, rest);
  for (unsigned i = 0; i < share + (self < rest ? 1 : 0); i++)
    g_ptr_array_add (result, rmq_message_queue_ref (g_ptr_array_index (queues, start + i)));
  return result;
}

static void
rmq_averagely_strategy_class_init (RmqAveragelyStrategyClass *klass)
{
  RmqAllocationStrategyClass *strategy_class = RMQ_ALLOCATION_STRATEGY_CLASS (klass);

  strategy_class->dup_name = rmq_averagely_strategy_dup_name;
  strategy_class->allocate = rmq_averagely_strategy_allocate;
}

static void
rmq_averagely_strategy_init (RmqAveragelyStrategy *self)
{
}

static gboolean
averagely_init (RmqPluginContext *context, GError **error)
{
  return rmq_plugin_context_add_feature (context, "allocation", "averagely", RMQ_TYPE_AVERAGELY_STRATEGY, 0);
}

RMQ_PLUGIN_DEFINE (averagely, "1.0", "Apache-2.0", averagely_init)
