/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a queue is consumed: the value in memory, and the requests that read and write it at the broker (RocketMQ:
 * RemoteBrokerOffsetStore, ControllableOffset). The value belongs to whoever owns the queue and goes away with it.
 */
#pragma once

#include "client/rmq-client-core-private.h"

typedef struct
{
  int64_t value; /* the next message to consume; -1: not known */
  int64_t sent;  /* what the broker was told last, or told us */
  int64_t acked; /* what it is known to have */
  bool frozen;   /* no update counts any more */
} RmqOffset;

typedef struct _RmqOffsetRequest RmqOffsetRequest;

/* offset: -1: the group has none there (reads), or nothing (commits). error is borrowed. */
typedef void (*RmqOffsetDone) (int64_t offset, const GError *error, void *data);

static inline void
rmq_offset_init (RmqOffset *self)
{
  *self = (RmqOffset){ -1, -1, -1, false };
}

/* False: nothing changed, because it is frozen, negative, or (increase_only) not above the value. */
static inline bool
rmq_offset_update (RmqOffset *self, int64_t offset, bool increase_only)
{
  if (self->frozen || offset < 0 || (increase_only && offset <= self->value))
    return false;
  self->value = offset;
  return true;
}

static inline void
rmq_offset_update_and_freeze (RmqOffset *self, int64_t offset)
{
  rmq_offset_update (self, offset, false);
  self->frozen = true;
}

/* Whether the broker is to be told for the last time: one-way words may be lost. */
static inline bool
rmq_offset_is_unconfirmed (const RmqOffset *self)
{
  return self->value >= 0 && self->value != self->acked;
}

/* Whether the broker should be told. */
static inline bool
rmq_offset_is_changed (const RmqOffset *self)
{
  return self->value >= 0 && self->value != self->sent;
}

RMQ_PRIVATE_BEGIN

/* QUERY_CONSUMER_OFFSET. Only the answer "not found" means that there is none; everything else that is no offset is an
 * error. young_is_zero: a broker may answer 0 for a queue that still has its first message. done exactly once, never
 * inline. */
RmqOffsetRequest *_rmq_offset_read (RmqClientCore *client,
                                    const char *group,
                                    RmqMessageQueue *queue,
                                    bool young_is_zero,
                                    RmqOffsetDone done,
                                    void *data);
/* GET_MAX_OFFSET, and SEARCH_OFFSET_BY_TIMESTAMP: the first message stored at or after the time. */
RmqOffsetRequest *_rmq_offset_read_max (RmqClientCore *client, RmqMessageQueue *queue, RmqOffsetDone done, void *data);
RmqOffsetRequest *_rmq_offset_search (RmqClientCore *client,
                                      RmqMessageQueue *queue,
                                      int64_t timestamp_ms,
                                      RmqOffsetDone done,
                                      void *data);
/* UPDATE_CONSUMER_OFFSET, answered. timeout_us 0: RocketMQ's 5 s. */
RmqOffsetRequest *_rmq_offset_commit (RmqClientCore *client,
                                      const char *group,
                                      RmqMessageQueue *queue,
                                      int64_t offset,
                                      int64_t timeout_us,
                                      RmqOffsetDone done,
                                      void *data);
/* The same, one-way. False: there is no broker to tell. */
bool _rmq_offset_commit_oneway (RmqClientCore *client, const char *group, RmqMessageQueue *queue, int64_t offset);
/* done will not be called. */
void _rmq_offset_request_cancel (RmqOffsetRequest *request);

RMQ_PRIVATE_END
