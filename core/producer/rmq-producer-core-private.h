/* SPDX-License-Identifier: Apache-2.0
 *
 * The producer itself, behind its GObject handle: registration, the sends under way, their receipts. Lives in the I/O
 * context; what may be called from any thread says so.
 */
#pragma once

#include "base/rmq-queue-source-private.h"
#include "client/rmq-client-core-private.h"
#include "client/rmq-operation-private.h"
#include "client/rmq-sender-private.h"

typedef struct _RmqProducerCore RmqProducerCore;

/* What a send inherits; written under `lock` by setters, copied by each send. */
typedef struct
{
  unsigned send_timeout_ms;
  unsigned attempt_timeout_ms; /* 0: none */
  unsigned retries;
  bool retry_weak;
  unsigned max_pending;
  size_t max_message_size;
  size_t compress_threshold;
  RmqCompression compression;
  bool compress;
  int default_queues;
} RmqProducerOptions;

struct _RmqProducerCore
{
  RmqProducerInner inner; /* first */
  int ref_count;
  int state; /* RmqState; atomic */
  RmqClientCore *client;
  GMutex lock;
  RmqProducerOptions options; /* under lock */
  uint64_t next_sequence;     /* under lock */
  int n_pending;              /* atomic: accepted, receipt not yet handed over */
  int was_full;               /* atomic: somebody waits for ::writable */
  int n_turns;                /* atomic: how often receipts were handed over */
  int n_failed_unseen;        /* atomic */
  RmqQueueSource *receipts;   /* the handle's, under lock, NULL once it is gone; takes arrays of RmqSendReceipt */

  /* The I/O context's. */
  RmqSendOp *first; /* accepted and not ended, oldest first */
  RmqSendOp *last;
  unsigned n_sends;
  GHashTable *topics; /* their routes are kept fresh */
  const char *last_topic;
  unsigned queue_counter;
  GPtrArray *ready;    /* RmqSendReceipt of this turn, or NULL */
  unsigned n_expected; /* as many as in the last one */
  bool is_writable;    /* to be told with them */
  RmqIoDeferred flush_ready;
  GPtrArray *flushing; /* RmqOperation */
  GPtrArray *closing;  /* RmqOperation */
  RmqTimer close_timer;
  int64_t close_deadline_us;
  bool leaving;
};

/* Among the receipts: there is room again. */
#define RMQ_PRODUCER_WRITABLE ((void *) &_rmq_producer_writable)

RMQ_PRIVATE_BEGIN

extern const char _rmq_producer_writable;

/* Of an item in the receipts queue: an array or RMQ_PRODUCER_WRITABLE. */
void _rmq_producer_item_free (void *item);
/* Any thread. receipts is the handle's, and stays so: GLib's sources must not be dropped in one thread while their
 * context ends in another. */
RmqProducerCore *_rmq_producer_core_new (RmqClientCore *client, const char *group, RmqQueueSource *receipts);
/* Before the handle drops it. */
void _rmq_producer_core_forget_receipts (RmqProducerCore *self);
RmqProducerCore *_rmq_producer_core_ref (RmqProducerCore *self);
void _rmq_producer_core_unref (RmqProducerCore *self);
RmqState _rmq_producer_core_get_state (RmqProducerCore *self);
/* Any thread. Checks and encodes. queue may be NULL. The op is not yet under way: submit, run or discard it. */
RmqSendOp *_rmq_producer_core_prepare (RmqProducerCore *self,
                                       RmqMessage *message,
                                       RmqMessageQueue *queue,
                                       RmqSendFlags flags,
                                       GError **error);
/* Any thread. Takes op; its receipt goes to the queue if wanted. */
void _rmq_producer_core_submit (RmqProducerCore *self, RmqSendOp *op, bool wants_receipt);
void _rmq_producer_core_discard (RmqSendOp *op);
/* In the I/O context. Takes op and the reference of operation, which is told of the end. */
void _rmq_producer_core_run (RmqProducerCore *self, RmqSendOp *op, RmqOperation *operation);
/* In the I/O context: operation ends once nothing is under way. Takes its reference. */
void _rmq_producer_core_wait_idle (RmqProducerCore *self, RmqOperation *operation);
void _rmq_producer_core_forget_flush (RmqProducerCore *self, RmqOperation *operation);
/* In the I/O context: waits for what is under way until the deadline, then leaves the client. Takes the reference of
 * operation, which may be NULL. */
void _rmq_producer_core_close (RmqProducerCore *self, int64_t deadline_us, RmqOperation *operation);
/* Any thread: nobody hears of this receipt. */
void _rmq_producer_core_note_unseen (RmqSendReceipt *receipt, RmqProducerCore *self);
/* Any thread: room for one more; counts it. */
bool _rmq_producer_core_take_slot (RmqProducerCore *self, GError **error);
/* Any thread. True when ::writable is due. */
bool _rmq_producer_core_release_slots (RmqProducerCore *self, unsigned n);

RMQ_PRIVATE_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RmqProducerCore, _rmq_producer_core_unref)
