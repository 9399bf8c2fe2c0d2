/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqAllocationStrategy: the abstract class of extension point `allocation`, and the checks of what goes into a
 * strategy and of what comes out of it.
 */
#include <rmq/rmq.h>
#include "plugin/rmq-plugin-point-private.h"

/**
 * RmqAllocationStrategy:
 *
 * Chooses which of a topic's queues a member of a consumer group owns:
 * extension point `allocation` (RocketMQ: AllocateMessageQueueStrategy).
 *
 * Every member of a group computes its own share, so all members must use the
 * same strategy, and a strategy must depend on its arguments alone.
 *
 * A strategy in native code (C, Vala) is called in the I/O context, where it
 * must not block, unless it asks for the consumer's main context with
 * %RMQ_ALLOCATION_IN_OWNER_CONTEXT. One that is written in a scripting language
 * is always called in the consumer's main context. While a strategy fails, or
 * does not answer, the old assignment stays.
 */
G_DEFINE_ABSTRACT_TYPE (RmqAllocationStrategy, rmq_allocation_strategy, G_TYPE_OBJECT)

G_DEFINE_FLAGS_TYPE (RmqAllocationFlags,
                     rmq_allocation_flags,
                     G_DEFINE_ENUM_VALUE (RMQ_ALLOCATION_NONE, "none"),
                     G_DEFINE_ENUM_VALUE (RMQ_ALLOCATION_IN_OWNER_CONTEXT, "in-owner-context"))

static char *
rmq_allocation_strategy_real_dup_name (RmqAllocationStrategy *self)
{
  return g_strdup (G_OBJECT_TYPE_NAME (self));
}

static RmqAllocationFlags
rmq_allocation_strategy_real_get_flags (RmqAllocationStrategy *self)
{
  return RMQ_ALLOCATION_NONE;
}

static void
rmq_allocation_strategy_class_init (RmqAllocationStrategyClass *klass)
{
  klass->dup_name = rmq_allocation_strategy_real_dup_name;
  klass->get_flags = rmq_allocation_strategy_real_get_flags;
}

static void
rmq_allocation_strategy_init (RmqAllocationStrategy *self)
{
}

/**
 * rmq_allocation_strategy_dup_name: (virtual dup_name)
 * @self: a strategy
 *
 * Gets the name under which brokers and logs know the strategy, such as `AVG`
 * (RocketMQ: getName). By default it is the name of the type.
 *
 * Called in the context that [method@AllocationStrategy.get_flags] tells.
 *
 * Returns: (transfer full): the name
 */
char *
rmq_allocation_strategy_dup_name (RmqAllocationStrategy *self)
{
  char *name;

  g_return_val_if_fail (RMQ_IS_ALLOCATION_STRATEGY (self), NULL);

  name = RMQ_ALLOCATION_STRATEGY_GET_CLASS (self)->dup_name (self);
  return name != NULL ? name : g_strdup (G_OBJECT_TYPE_NAME (self));
}

/**
 * rmq_allocation_strategy_get_flags: (virtual get_flags)
 * @self: a strategy
 *
 * Asks where the strategy wants to be called. For a strategy in a scripting
 * language the answer always has %RMQ_ALLOCATION_IN_OWNER_CONTEXT, and the
 * implementation is not asked.
 *
 * May be called in any thread.
 *
 * Returns: the flags
 */
RmqAllocationFlags
rmq_allocation_strategy_get_flags (RmqAllocationStrategy *self)
{
  g_return_val_if_fail (RMQ_IS_ALLOCATION_STRATEGY (self), RMQ_ALLOCATION_NONE);

  if (!_rmq_plugin_type_is_native (G_OBJECT_TYPE (self), RMQ_TYPE_ALLOCATION_STRATEGY))
    return RMQ_ALLOCATION_IN_OWNER_CONTEXT;
  return RMQ_ALLOCATION_STRATEGY_GET_CLASS (self)->get_flags (self);
}

/* What GJS makes of an array of boxed values is an array of NULL. */
static gboolean
has_null (GPtrArray *queues)
{
  for (unsigned i = 0; i < queues->len; i++)
    if (g_ptr_array_index (queues, i) == NULL)
      return TRUE;
  return FALSE;
}

static gboolean
check_arguments (const char *client_id, GPtrArray *queues, const char *const *client_ids, GError **error)
{
  const char *missing = NULL;

  if (client_id == NULL || *client_id == '\0')
    missing = "client id";
  else if (queues == NULL || queues->len == 0 || has_null (queues))
    missing = "queues";
  else if (client_ids == NULL || *client_ids == NULL)
    missing = "client ids of the group";
  if (missing == NULL)
    return TRUE;

  g_set_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT, "Queues cannot be allocated without %s", missing);
  return FALSE;
}

static void
queue_unref (void *queue)
{
  if (queue != NULL)
    rmq_message_queue_unref (queue);
}

/* Takes the indexes; what is out of range becomes NULL, which the check of the result refuses. */
static GPtrArray *
queues_of_indexes (GPtrArray *queues, GArray *indexes)
{
  GPtrArray *result = g_ptr_array_new_full (indexes->len, queue_unref);

  for (unsigned i = 0; i < indexes->len; i++)
    {
      unsigned index = g_array_index (indexes, unsigned, i);

      g_ptr_array_add (result, index < queues->len ? rmq_message_queue_ref (g_ptr_array_index (queues, index)) : NULL);
    }
  g_array_unref (indexes);
  return result;
}

/* A strategy is foreign code: a queue that does not exist, or the same one twice, would be consumed wrongly. */
static gboolean
check_result (RmqAllocationStrategy *self, GPtrArray *queues, GPtrArray *result, GError **error)
{
  g_autoptr (GHashTable) free_queues = NULL;

  free_queues = g_hash_table_new ((GHashFunc) rmq_message_queue_hash, (GEqualFunc) rmq_message_queue_equal);
  for (unsigned i = 0; i < queues->len; i++)
    g_hash_table_add (free_queues, g_ptr_array_index (queues, i));

  for (unsigned i = 0; i < result->len; i++)
    {
      RmqMessageQueue *queue = g_ptr_array_index (result, i);
      g_autofree char *text = NULL;

      if (queue != NULL && g_hash_table_remove (free_queues, queue))
        continue;
      text = queue != NULL ? rmq_message_queue_to_string (queue) : g_strdup ("no queue");
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED,
                   "The allocation strategy %s answered with %s, which is not a queue of the topic, or is there twice",
                   G_OBJECT_TYPE_NAME (self), text);
      return FALSE;
    }
  return TRUE;
}

static GPtrArray *
call (RmqAllocationStrategy *self,
      const char *group,
      const char *client_id,
      GPtrArray *queues,
      const char *const *client_ids,
      GError **error)
{
  RmqAllocationStrategyClass *klass = RMQ_ALLOCATION_STRATEGY_GET_CLASS (self);
  GArray *indexes;

  if (klass->allocate_indexes != NULL)
    {
      indexes = klass->allocate_indexes (self, group, client_id, queues, client_ids, error);
      return indexes != NULL ? queues_of_indexes (queues, indexes) : NULL;
    }
  if (klass->allocate != NULL)
    return klass->allocate (self, group, client_id, queues, client_ids, error);
  g_set_error (error, RMQ_ERROR, RMQ_ERROR_NOT_SUPPORTED, "%s implements neither allocate () nor allocate_indexes ()",
               G_OBJECT_TYPE_NAME (self));
  return NULL;
}

/**
 * RmqAllocationStrategyClass::allocate: (skip)
 *
 * In native code alone: see [vfunc@AllocationStrategy.allocate_indexes].
 */

/**
 * RmqAllocationStrategyClass::allocate_indexes:
 * @self: a strategy
 * @group: the consumer group
 * @client_id: the id of the member whose share is asked for
 * @queues: (element-type RmqMessageQueue): all queues of the topic, sorted by
 *   broker name and id
 * @client_ids: (array zero-terminated=1): the ids of all members of the group,
 *   sorted as Java sorts strings
 * @error: return location for a [type@GLib.Error]
 *
 * Chooses the queues of one member, as indexes into @queues.
 *
 * Returns: (transfer full) (element-type guint): the indexes, perhaps none; or
 *   `NULL` with an error
 */

/**
 * rmq_allocation_strategy_allocate:
 * @self: a strategy
 * @group: the consumer group
 * @client_id: the id of the member whose share is asked for
 * @queues: (element-type RmqMessageQueue): all queues of the topic, sorted by
 *   broker name and id
 * @client_ids: (array zero-terminated=1): the ids of all members of the group,
 *   sorted as Java sorts strings
 * @error: return location for a [type@GLib.Error]
 *
 * Chooses the queues of one member (RocketMQ: allocate). A @client_id that is
 * not among the @client_ids owns nothing.
 *
 * This function checks both ways: without an id, queues or ids it gives
 * [error@Rmq.Error.INVALID_ARGUMENT]; an answer with a queue that does not exist, or with
 * the same queue twice, is [error@Rmq.Error.PLUGIN_FAILED].
 *
 * GJS cannot hand over an array of boxed values, so JavaScript gets
 * [error@Rmq.Error.INVALID_ARGUMENT] here; it can implement a strategy, by
 * [vfunc@AllocationStrategy.allocate_indexes], and let a consumer use it.
 *
 * Called in the context that [method@AllocationStrategy.get_flags] tells.
 *
 * Returns: (transfer container) (element-type RmqMessageQueue): the queues, perhaps
 *   none, in an array that frees them, or `NULL` with an error
 */
GPtrArray *
rmq_allocation_strategy_allocate (RmqAllocationStrategy *self,
                                  const char *group,
                                  const char *client_id,
                                  GPtrArray *queues,
                                  const char *const *client_ids,
                                  GError **error)
{
  g_autoptr (GPtrArray) result = NULL;
  GError *failure = NULL;

  g_return_val_if_fail (RMQ_IS_ALLOCATION_STRATEGY (self), NULL);

  if (!check_arguments (client_id, queues, client_ids, error))
    return NULL;

  result = call (self, group, client_id, queues, client_ids, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return NULL;
    }
  if (result == NULL) /* an exception in a script becomes NULL without an error */
    {
      g_set_error (error, RMQ_ERROR, RMQ_ERROR_PLUGIN_FAILED, "The allocation strategy %s gave no answer",
                   G_OBJECT_TYPE_NAME (self));
      return NULL;
    }
  return check_result (self, queues, result, error) ? g_steal_pointer (&result) : NULL;
}
