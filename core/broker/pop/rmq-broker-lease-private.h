/* SPDX-License-Identifier: Apache-2.0
 *
 * Leases: what a POP took out of a queue and is not acknowledged yet (Java's PopCheckPoint). They are kept in the
 * store's state, so that nothing is lost over a restart.
 */
#pragma once

#include "base/rmq-timer-heap-private.h"
#include "broker/rmq-broker-types-private.h"
#include "base/rmq-slice-private.h"

#define RMQ_LEASE_MAX_OFFSETS 32

typedef struct _RmqLeases RmqLeases;
typedef struct _RmqLease RmqLease;

/* What a handle names. topic is the real one: a retry topic for what came from there. */
typedef struct
{
  RmqSlice group;
  RmqSlice topic;
  int32_t queue_id;
  int64_t start_offset;
  int64_t pop_time; /* ms */
} RmqLeaseKey;

struct _RmqLease
{
  RmqLeaseKey key; /* its text belongs to the lease */
  int64_t invisible_ms;
  bool keeps_count; /* the next delivery is not a further attempt */
  unsigned n;
  uint32_t acked; /* bit i: offsets[i] */

  /*< private >*/
  RmqLeases *leases;
  uint64_t id; /* in the store */
  RmqTimer timer;
  int64_t offsets[];
};

/* The time is over. True: all that was not acknowledged is delivered again, and the lease ends; false: not now. */
typedef bool (*RmqLeaseExpired) (RmqBrokerCore *core, RmqLease *lease, void *data);

RMQ_PRIVATE_BEGIN

/* Takes up what the store has. */
RmqLeases *_rmq_leases_new (RmqBrokerCore *core, RmqLeaseExpired expired, void *data);
/* Leases stay in the store. */
void _rmq_leases_free (RmqLeases *self);

/* key->pop_time is moved on when there is such a lease already; returns the time it has. n is 1 …
 * RMQ_LEASE_MAX_OFFSETS, offsets ascend. */
int64_t _rmq_leases_add (RmqLeases *self,
                         const RmqLeaseKey *key,
                         int64_t invisible_ms,
                         bool keeps_count,
                         const int64_t *offsets,
                         unsigned n);
/* Whether the lease was there and held the offset; it ends with its last one. */
bool _rmq_leases_ack (RmqLeases *self, const RmqLeaseKey *key, int64_t offset);
/* Without another delivery. group with data NULL, topic with data NULL, queue_id -1: any. */
void _rmq_leases_drop (RmqLeases *self, RmqSlice group, RmqSlice topic, int32_t queue_id);

RMQ_PRIVATE_END
