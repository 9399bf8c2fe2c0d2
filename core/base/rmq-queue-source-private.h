/* SPDX-License-Identifier: Apache-2.0
 *
 * Hands items from any thread to one GMainContext: a mutex, an array and a GSource that is kicked only when the queue
 * goes from empty to non-empty. A dispatch takes the whole array and is bounded by count and by time.
 */
#pragma once

#include "rmq-macros-private.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct _RmqQueueSource
    RmqQueueSource; /* a GSource: cast, g_source_attach (), g_source_destroy (), g_source_unref () */

/* One item, in order, in the context of the source. Owns the item. May destroy the source. */
typedef void (*RmqQueueSourceFunc) (void *item, void *data);
/* After the last item of a dispatch: the place to flush what the items produced. */
typedef void (*RmqQueueSourceBatchEnd) (void *data);

RMQ_PRIVATE_BEGIN

/* item_free frees items that were never dispatched. name is a literal. */
RmqQueueSource *_rmq_queue_source_new (const char *name, GDestroyNotify item_free);
/* Before attaching. data is released with the source. */
void _rmq_queue_source_set_func (RmqQueueSource *self,
                                 RmqQueueSourceFunc func,
                                 RmqQueueSourceBatchEnd batch_end,
                                 void *data,
                                 GDestroyNotify destroy);
/* A dispatch ends after max_items items or max_us microseconds, whichever is first; 0: no bound. Default 0, 4000. */
void _rmq_queue_source_set_bounds (RmqQueueSource *self, unsigned max_items, int64_t max_us);
/* Any thread, also before attaching. False when the source is destroyed: the caller keeps the item. */
bool _rmq_queue_source_push (RmqQueueSource *self, void *item);
/* All or none, one lock. */
bool _rmq_queue_source_push_many (RmqQueueSource *self, void **items, size_t n_items);
/* Items pushed and not yet handed over. */
size_t _rmq_queue_source_get_length (RmqQueueSource *self);

RMQ_PRIVATE_END
