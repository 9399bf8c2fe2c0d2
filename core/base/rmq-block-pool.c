/* SPDX-License-Identifier: Apache-2.0
 *
 * The block pool: two short lists for each thread, and a depot of lists for all. Under the address sanitizer blocks are
 * plainly allocated, so that it sees what is used after it was freed.
 */
#include "rmq-block-pool-private.h"

#include <stdbool.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define PLAIN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PLAIN 1
#endif
#endif
#ifndef PLAIN
#define PLAIN 0
#endif

/* So many blocks change hands at once. */
#define LIST_LENGTH 64

typedef struct _Block Block;

struct _Block
{
  Block *next;
};

typedef struct
{
  RmqBlockPool *pool;
  Block *blocks;
  unsigned n_blocks; /* below LIST_LENGTH */
  Block *full;       /* a whole list more, or NULL: who takes and gives in turn does not go to the depot each time */
} Cache;

static void
free_list (Block *block)
{
  while (block != NULL)
    {
      Block *next = block->next;

      g_free (block);
      block = next;
    }
}

/* Takes a list of LIST_LENGTH. */
static void
depot_put (RmqBlockPool *self, Block *list)
{
  for (unsigned i = 0; i < RMQ_BLOCK_DEPOT_SIZE; i++)
    {
      void *none = NULL;

      if (__atomic_load_n (&self->depot[i], __ATOMIC_RELAXED) == NULL
          && __atomic_compare_exchange_n (&self->depot[i], &none, list, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        return;
    }
  free_list (list);
}

static Block *
depot_take (RmqBlockPool *self)
{
  for (unsigned i = 0; i < RMQ_BLOCK_DEPOT_SIZE; i++)
    {
      Block *list = __atomic_load_n (&self->depot[i], __ATOMIC_RELAXED);

      if (list != NULL && (list = __atomic_exchange_n (&self->depot[i], NULL, __ATOMIC_ACQUIRE)) != NULL)
        return list;
    }
  return NULL;
}

void
_rmq_block_cache_free (void *data)
{
  Cache *self = data;

  if (self->full != NULL)
    depot_put (self->pool, self->full);
  free_list (self->blocks);
  g_free (self);
}

static Cache *
make_cache (RmqBlockPool *pool)
{
  Cache *self = g_new0 (Cache, 1);

  self->pool = pool;
  g_private_set (&pool->cache, self);
  return self;
}

static inline Cache *
get_cache (RmqBlockPool *pool)
{
  Cache *self = g_private_get (&pool->cache);

  return G_LIKELY (self != NULL) ? self : make_cache (pool);
}

static void
refill (Cache *self)
{
  self->blocks = self->full != NULL ? g_steal_pointer (&self->full) : depot_take (self->pool);
  self->n_blocks = self->blocks != NULL ? LIST_LENGTH : 0;
}

void *
_rmq_block_pool_take (RmqBlockPool *self)
{
  Cache *cache;
  Block *block;

  if (PLAIN)
    return g_malloc0 (self->size);
  cache = get_cache (self);
  if (cache->blocks == NULL)
    refill (cache);
  block = cache->blocks;
  if (G_UNLIKELY (block == NULL))
    return g_malloc0 (self->size);
  cache->blocks = block->next;
  cache->n_blocks--;
  return memset (block, 0, self->size);
}

void
_rmq_block_pool_give (RmqBlockPool *self, void *data)
{
  Block *block = data;
  Cache *cache;

  if (PLAIN)
    {
      g_free (data);
      return;
    }
  cache = get_cache (self);
  block->next = cache->blocks;
  cache->blocks = block;
  if (G_LIKELY (++cache->n_blocks < LIST_LENGTH))
    return;
  if (cache->full == NULL)
    cache->full = g_steal_pointer (&cache->blocks);
  else
    depot_put (self, g_steal_pointer (&cache->blocks));
  cache->n_blocks = 0;
}
