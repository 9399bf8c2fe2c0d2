/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of one pull on their way through the handler, one block for all of them. Whoever changes the state of an
 * item by compare-and-exchange owns what follows from it; nothing else is locked.
 */
#pragma once

#include "rmq-process-queue-private.h"
#include "wire/rmq-message-private.h"

typedef struct _RmqConsumeBatch RmqConsumeBatch;
typedef struct _RmqDelivery RmqDelivery;
typedef struct _RmqPuller RmqPuller;
typedef struct _RmqDirectConsume RmqDirectConsume;

/* CACHED → RUNNING by who delivers; RUNNING → DONE or FAILED by the handler's answer, or by ack and retry;
 * CACHED, RUNNING, DONE, FAILED → TAKEN by the I/O context: finished, sent back, or no longer ours. */
typedef enum
{
  RMQ_ITEM_CACHED,
  RMQ_ITEM_RUNNING,
  RMQ_ITEM_DONE,
  RMQ_ITEM_FAILED,
  RMQ_ITEM_TAKEN,
} RmqItemState;

typedef struct
{
  RmqProcessEntry entry; /* I/O context */
  RmqMessageOwner owner; /* what the message points to */
  RmqMessage *message;   /* never changes. The cache has a reference while the item is open; another one waits for the
                            handler while it is CACHED, and goes to whoever changes that */
  int64_t started_us;    /* when the handler got it; written before RUNNING */
  int state;             /* RmqItemState; atomic */
  int delay_level;       /* of a retry; atomic */
  unsigned index;        /* in the batch */
  bool open;             /* I/O context: in the cache of its queue */
  bool is_unanswered;    /* what the handler returned is no result; written before FAILED */
} RmqConsumeItem;

struct _RmqConsumeBatch
{
  int ref_count; /* atomic: the open items as one, each message, each unit, each report */
  int reported;  /* atomic: stands in the delivery's list of reports */
  RmqDelivery *delivery;
  RmqConsumeBatch *next_report;
  unsigned n_items;
  unsigned n_open;          /* I/O context */
  RmqPuller *puller;        /* I/O context; NULL once the queue is dropped, and for direct consumption */
  RmqDirectConsume *direct; /* I/O context */
  RmqConsumeItem items[];
};

/* Some neighbouring items of a batch that wait for a handler. */
typedef struct _RmqDeliveryUnit RmqDeliveryUnit;
struct _RmqDeliveryUnit
{
  int ref_count; /* atomic */
  int next;      /* atomic: the first item not yet handed out */
  int end;
  RmqConsumeBatch *batch; /* referenced */
  RmqDeliveryUnit *link;
};

RMQ_PRIVATE_BEGIN

/* Takes the messages over and becomes their owner. They must not have been handed out yet. */
RmqConsumeBatch *_rmq_consume_batch_new (RmqDelivery *delivery, RmqMessage **messages, unsigned n_messages);
RmqConsumeBatch *_rmq_consume_batch_ref (RmqConsumeBatch *self);
void _rmq_consume_batch_unref (RmqConsumeBatch *self);
/* I/O context: the item has left the cache, its message is no longer needed. */
void _rmq_consume_item_close (RmqConsumeItem *self);
/* True for the one that did it. From CACHED: the caller now has the handler's reference. */
bool _rmq_consume_item_change (RmqConsumeItem *self, RmqItemState from, RmqItemState to);
/* I/O context: takes the item away from whoever has it; the state it had. */
RmqItemState _rmq_consume_item_take (RmqConsumeItem *self);
/* I/O context: a TAKEN item is to be handed out once more. */
void _rmq_consume_item_requeue (RmqConsumeItem *self);

RmqDeliveryUnit *_rmq_delivery_unit_new (RmqConsumeBatch *batch, unsigned first, unsigned n_items);
RmqDeliveryUnit *_rmq_delivery_unit_ref (RmqDeliveryUnit *self);
void _rmq_delivery_unit_unref (RmqDeliveryUnit *self);

RMQ_PRIVATE_END

static inline RmqItemState
rmq_consume_item_get_state (RmqConsumeItem *self)
{
  return (RmqItemState) g_atomic_int_get (&self->state);
}

static inline RmqConsumeBatch *
rmq_consume_item_get_batch (RmqConsumeItem *self)
{
  return (RmqConsumeBatch *) ((char *) (self - self->index) - offsetof (RmqConsumeBatch, items));
}

static inline RmqConsumeItem *
rmq_consume_item_of_entry (RmqProcessEntry *entry)
{
  return (RmqConsumeItem *) ((char *) entry - offsetof (RmqConsumeItem, entry));
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqConsumeBatch, _rmq_consume_batch_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqDeliveryUnit, _rmq_delivery_unit_unref)
