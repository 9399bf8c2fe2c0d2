/* SPDX-License-Identifier: Apache-2.0
 *
 * Extension point `allocation`: which of a topic's queues a member of a consumer group owns.
 */
#pragma once

#if !defined(RMQ_INSIDE) && !defined(RMQ_COMPILATION)
#error "Only <rmq/rmq.h> can be included directly."
#endif

#include <glib-object.h>
#include <rmq/rmq-version-macros.h>

G_BEGIN_DECLS

/**
 * RmqAllocationFlags:
 * @RMQ_ALLOCATION_NONE: called in the I/O context
 * @RMQ_ALLOCATION_IN_OWNER_CONTEXT: called in the main context of the consumer
 *
 * Where a strategy wants to be called.
 */
typedef enum /*< flags >*/
{
  RMQ_ALLOCATION_NONE = 0,
  RMQ_ALLOCATION_IN_OWNER_CONTEXT = 1 << 0,
} RmqAllocationFlags;

#define RMQ_TYPE_ALLOCATION_FLAGS (rmq_allocation_flags_get_type ())
#define RMQ_TYPE_ALLOCATION_STRATEGY (rmq_allocation_strategy_get_type ())

RMQ_AVAILABLE_IN_ALL
GType rmq_allocation_flags_get_type (void) G_GNUC_CONST;
RMQ_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (RmqAllocationStrategy, rmq_allocation_strategy, RMQ, ALLOCATION_STRATEGY, GObject)

/**
 * RmqAllocationStrategyClass:
 * @parent_class: the parent
 * @dup_name: the name under which brokers know the strategy
 * @get_flags: where it wants to be called
 * @allocate: (skip): chooses the queues of one member, and gives them in an array that frees them
 * @allocate_indexes: the same, as indexes into the array of queues
 *
 * What a strategy implements: @allocate or @allocate_indexes must be, and the
 * latter goes first. Bindings implement [vfunc@AllocationStrategy.allocate_indexes]:
 * they cannot all give back an array of boxed values.
 */
struct _RmqAllocationStrategyClass
{
  GObjectClass parent_class;

  char *(*dup_name) (RmqAllocationStrategy *self);
  RmqAllocationFlags (*get_flags) (RmqAllocationStrategy *self);
  GPtrArray *(*allocate) (RmqAllocationStrategy *self,
                          const char *group,
                          const char *client_id,
                          GPtrArray *queues,
                          const char *const *client_ids,
                          GError **error);
  GArray *(*allocate_indexes) (RmqAllocationStrategy *self,
                               const char *group,
                               const char *client_id,
                               GPtrArray *queues,
                               const char *const *client_ids,
                               GError **error);

  /*< private >*/
  void *_reserved[12];
};

RMQ_AVAILABLE_IN_ALL
char *rmq_allocation_strategy_dup_name (RmqAllocationStrategy *self);
RMQ_AVAILABLE_IN_ALL
RmqAllocationFlags rmq_allocation_strategy_get_flags (RmqAllocationStrategy *self);
RMQ_AVAILABLE_IN_ALL
GPtrArray *rmq_allocation_strategy_allocate (RmqAllocationStrategy *self,
                                             const char *group,
                                             const char *client_id,
                                             GPtrArray *queues,
                                             const char *const *client_ids,
                                             GError **error);

G_END_DECLS
