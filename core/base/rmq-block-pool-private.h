/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of one size, for what comes and goes with every message: made in one thread and freed in another, which
 * allocators are worst at. Each thread has a few blocks of its own, and they change hands many at a time.
 */
#pragma once

#include <glib.h>
#include "rmq-macros-private.h"

#define RMQ_BLOCK_DEPOT_SIZE 64

/* Static, one for each type. What the depot keeps is never given back; it is bounded. */
typedef struct
{
  size_t size;
  GPrivate cache;                    /* of a thread */
  void *depot[RMQ_BLOCK_DEPOT_SIZE]; /* atomic: lists of blocks; exchanged as a whole, so no lock that a forked
                                        child could find held */
} RmqBlockPool;

#define RMQ_BLOCK_POOL_INIT(type)                                                                                      \
  {                                                                                                                    \
    sizeof (type), G_PRIVATE_INIT (_rmq_block_cache_free),                                                             \
    {                                                                                                                  \
      NULL                                                                                                             \
    }                                                                                                                  \
  }

RMQ_PRIVATE_BEGIN

/* A zeroed block. Any thread. */
void *_rmq_block_pool_take (RmqBlockPool *self);
/* Any thread. */
void _rmq_block_pool_give (RmqBlockPool *self, void *block);

/*< private >*/
void _rmq_block_cache_free (void *cache);

RMQ_PRIVATE_END
