/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two ways of delivering, rmq-delivery-source.c and rmq-consume-pool.c (threads), share with rmq-delivery.c.
 * Nobody else includes this.
 */
#pragma once

#include "base/rmq-clock-private.h"
#include "rmq-delivery-private.h"

typedef struct
{
  RmqIoOp op;
  RmqDelivery *delivery;
} RmqDeliveryOp;

struct _RmqDelivery
{
  int ref_count;
  RmqIo *io;
  RmqClock *clock;
  GMainContext *context;
  GWeakRef consumer;
  int stopped; /* atomic */
  int paused;  /* atomic */

  unsigned batch_size; /* set by start, constant from then on */

  GMutex mutex; /* over everything from here to reports */
  GCond cond;
  RmqConsumeHandler *handler; /* NULL once stopped */
  RmqDeliveryUnit *head;
  RmqDeliveryUnit **tail;
  bool kicked;
  unsigned n_threads; /* wanted */
  unsigned n_running; /* threads that exist */
  unsigned n_idle;
  int64_t busy_us;
  uint64_t n_handled;
  RmqConsumeBatch *reports;
  bool report_queued;
  RmqDeliveryOp report_op;

  /* The I/O context's. */
  GSource *source; /* NULL with threads */
  RmqDeliveryReported reported;
  void *reported_data;
};

/* How far a run may go, and what it costs. */
typedef struct
{
  RmqDelivery *delivery;
  RmqPushConsumer *consumer;
  RmqConsumeHandler *handler; /* referenced until run_end */
  int64_t now_us;             /* as last looked at */
  int64_t started_us;
  int64_t realtime_ms;
  int64_t until_us; /* INT64_MAX: no end */
  unsigned stride;  /* calls between two looks at the clock */
  unsigned since;   /* calls since the last one */
  unsigned n_calls;
  unsigned max_calls;
  uint64_t n_messages;
} RmqDeliveryRun;

RMQ_PRIVATE_BEGIN

/* False: stopped. max_us 0: no bound. */
bool _rmq_delivery_run_begin (RmqDeliveryRun *run, RmqDelivery *delivery, RmqPushConsumer *consumer, int64_t max_us);
/* One call of the handler. False: the unit has nothing left. */
bool _rmq_delivery_run_once (RmqDeliveryRun *run, RmqDeliveryUnit *unit);
/* Whether it is time to return to the main loop, or to let go. */
bool _rmq_delivery_run_is_over (RmqDeliveryRun *run);
void _rmq_delivery_run_end (RmqDeliveryRun *run);

/* Where the main context calls: the source of the delivery. */
void _rmq_delivery_attach_source (RmqDelivery *self, int priority);
/* A list that goes by `link`. */
void _rmq_delivery_free_units (RmqDeliveryUnit *unit);
/* With the mutex: brings the number of threads up to what is wanted. */
void _rmq_consume_pool_grow_locked (RmqDelivery *self);

RMQ_PRIVATE_END

static inline bool
rmq_delivery_is_stopped (RmqDelivery *self)
{
  return g_atomic_int_get (&self->stopped) != 0;
}
